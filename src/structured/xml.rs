//! XML as elements with places. What people write has no document type and no entities of its own: both are refused.

use std::ops::Range;

use roxmltree::{Document, Error, Node, NodeType, ParsingOptions};

use crate::model::problem::{LineIndex, Problem};

/// How many elements, texts and comments a file may have.
const NODE_LIMIT: u32 = 1 << 18;

/// How deep elements may lie in one another.
const DEPTH_LIMIT: usize = 128;

/// How many attributes an element may have: the parser compares each with each.
const ATTRIBUTE_LIMIT: usize = 1 << 12;

/// How many namespaces a file may declare: the parser keeps those above anew for each.
const NAMESPACE_LIMIT: usize = 64;

/// An element, its name without the namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// As written.
    pub(crate) name: String,
    /// In file order.
    attributes: Vec<(String, String)>,
    /// In file order.
    pub(crate) children: Vec<Element>,
    /// Its own text, without the space around it.
    pub(crate) text: String,
    /// From 1.
    pub(crate) line: usize,
    /// In bytes.
    span: Range<usize>,
}

/// Reads a document: its outermost element.
///
/// # Errors
/// The first syntax error, with its place; what is larger than the limits.
pub(crate) fn parse(path: &str, text: &str) -> Result<Element, Vec<Problem>> {
    refuse_countless(text).map_err(|why| vec![Problem::new(path, why).help("write fewer of them")])?;
    let options = ParsingOptions { nodes_limit: NODE_LIMIT, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| vec![problem(path, text, &error)])?;
    let lines = LineIndex::new(text);
    element(document.root_element(), &lines, DEPTH_LIMIT).map_err(|deepest| {
        let message = format!("elements lie in one another more than {DEPTH_LIMIT} deep");
        vec![Problem::at(path, text, deepest, message).help("write it flatter")]
    })
}

/// What the parser would need the square of.
fn refuse_countless(text: &str) -> Result<(), String> {
    if text.matches("xmlns").count() > NAMESPACE_LIMIT {
        return Err(format!("it declares more than {NAMESPACE_LIMIT} namespaces"));
    }
    let most = text.split('<').map(|tag| tag.bytes().filter(|byte| *byte == b'=').count()).max();
    if most.unwrap_or(0) > ATTRIBUTE_LIMIT {
        return Err(format!("an element has more than {ATTRIBUTE_LIMIT} attributes"));
    }
    Ok(())
}

fn problem(path: &str, text: &str, error: &Error) -> Problem {
    let (message, help) = match error {
        Error::DtdDetected => {
            ("it has a document type".to_owned(), "remove the <!DOCTYPE …>: nothing is read from elsewhere")
        }
        Error::NodesLimitReached => {
            return Problem::new(path, format!("it has more than {NODE_LIMIT} elements and texts"));
        }
        error => (format!("this is not valid XML: {}", without_place(error)), "fix the syntax there"),
    };
    let at = match error {
        Error::UnclosedRootNode | Error::NoRootNode => text.len(),
        Error::DtdDetected => text.find("<!DOCTYPE").unwrap_or(0),
        error => offset(text, error.pos().row, error.pos().col),
    };
    let problem = Problem::at(path, text, at..at, message).help(help);
    if matches!(error, Error::DtdDetected) { problem.of_reader() } else { problem }
}

/// The parser's own words without the place, which is told apart.
fn without_place(error: &Error) -> String {
    error.to_string().replace(&format!(" at {}", error.pos()), "")
}

/// The byte at a line and a column, both from 1.
fn offset(text: &str, row: u32, column: u32) -> usize {
    let (row, column) = (row as usize, column as usize);
    let begin: usize = text.split_inclusive('\n').take(row.saturating_sub(1)).map(str::len).sum();
    let before = text[begin..].chars().take(column.saturating_sub(1));
    begin + before.map(char::len_utf8).sum::<usize>()
}

/// # Errors
/// The place of the first element that lies too deep.
fn element(node: Node<'_, '_>, lines: &LineIndex, depth: usize) -> Result<Element, Range<usize>> {
    let Some(depth) = depth.checked_sub(1) else { return Err(node.range()) };
    let mut own = String::new();
    let mut children = Vec::new();
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => children.push(element(child, lines, depth)?),
            NodeType::Text => own.push_str(child.text().unwrap_or_default()),
            NodeType::Root | NodeType::PI | NodeType::Comment => {}
        }
    }
    let attributes = node.attributes().map(|one| (one.name().to_owned(), one.value().to_owned())).collect();
    Ok(Element {
        name: node.tag_name().name().to_owned(),
        attributes,
        children,
        text: own.trim().to_owned(),
        line: lines.line(node.range().start),
        span: node.range(),
    })
}

impl Element {
    /// The same with all names of elements and attributes in lower case, for formats in which case does not count.
    pub(crate) fn in_lower_case(mut self) -> Self {
        self.name = self.name.to_lowercase();
        self.attributes.iter_mut().for_each(|(name, _)| *name = name.to_lowercase());
        self.children = self.children.into_iter().map(Self::in_lower_case).collect();
        self
    }

    /// The value of an attribute, without the space around it.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// What is said under a name in any case: by the last child of it that says something, else by an attribute.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        let is_it = |known: &str| known.eq_ignore_ascii_case(name);
        let children = self.children.iter().rev().filter(|child| is_it(&child.name)).map(|child| child.text.as_str());
        let attributes = self.attributes.iter().filter(|(known, _)| is_it(known)).map(|(_, value)| value.trim());
        children.chain(attributes).find(|text| !text.is_empty())
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.all(name).next()
    }

    /// The children of a name.
    pub(crate) fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The children of a name that lie in the first child of another.
    pub(crate) fn listed<'e>(&'e self, list: &str, name: &str) -> impl Iterator<Item = &'e Element> {
        self.child(list).into_iter().flat_map(move |list| list.all(name))
    }

    /// The text of a child, where it has any.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// A problem at its place.
    pub(crate) fn problem(&self, path: &str, text: &str, message: impl Into<String>) -> Problem {
        Problem::at(path, text, self.span.start..self.span.start + self.name.len() + 1, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let problems = parse("x.xml", text).expect_err(text);
        format!("{} {}", problems[0].location(), problems[0].message)
    }

    #[test]
    fn elements_have_their_text_and_their_place() {
        let text = "<?xml version=\"1.0\"?>\n<a xmlns=\"urn:x\">\n <b k=' v '>1<!-- c -->.2&amp;<![CDATA[<3>]]></b>\n <b/>\n</a>";
        let root = parse("x.xml", text).unwrap();
        let b = root.child("b").unwrap();
        assert_eq!((b.text.as_str(), b.attribute("k"), b.line, b.attribute("x")), ("1.2&<3>", Some("v"), 3, None));
        assert_eq!((root.all("b").count(), root.value("b"), root.value("c")), (2, Some("1.2&<3>"), None));
        assert_eq!(b.problem("x.xml", text, "no").location(), "x.xml:3:2");
    }

    #[test]
    fn what_is_no_plain_xml_is_refused_with_its_place() {
        for (text, told) in [
            ("<a>\n  <b></c>\n</a>", "x.xml:2:6 this is not valid XML: expected 'b' tag, not 'c'"),
            ("<a>\n  <b>", "x.xml:2:6 this is not valid XML: the root node was opened but never closed"),
            ("", "x.xml:1:1 this is not valid XML: the document does not have a root node"),
            ("<a b='1' b='2'/>", "x.xml:1:10 this is not valid XML: attribute 'b' is already defined"),
            ("<a>&x;</a>", "x.xml:1:4 this is not valid XML: unknown entity reference 'x'"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]>\n<a>&x;</a>", "x.xml:1:1 it has a document type"),
            ("\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "x.xml:2:1 it has a document type"),
        ] {
            assert_eq!(refused(text), told);
        }
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_costs_anything() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(refused(&deep), "x.xml:1:385 elements lie in one another more than 128 deep");
        let many = format!("<a>{}</a>", "<b/>".repeat(300_000));
        assert_eq!(refused(&many), "x.xml it has more than 262144 elements and texts");
        let attributes: String = (0..100_000).map(|number| format!(" a{number}=''")).collect();
        assert_eq!(refused(&format!("<a{attributes}/>")), "x.xml an element has more than 4096 attributes");
        let spaces: String = (0..100).map(|number| format!("<a xmlns:n{number}='u'>")).collect();
        assert_eq!(refused(&spaces), "x.xml it declares more than 64 namespaces");
    }
}
