//! From YAML nodes to values, against tables of keys. Every problem is kept; nothing is guessed.

use std::ops::Range;

use super::yaml::{Entry, Meaning, Node, Value, meaning};
use crate::model::nearest::suggestion;
use crate::model::problem::{LineIndex, PROBLEM_LIMIT, Problem};

/// A key that a file may have. The same table checks the file and stands behind `docs/configuration.md`.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as written.
    pub name: &'static str,
    /// What stands under it, in a few words.
    pub kind: &'static str,
    /// What holds without it; "required" when nothing does.
    pub default: &'static str,
}

impl Key {
    /// Whether a file must have it.
    pub(crate) fn is_required(&self) -> bool {
        self.default == "required"
    }

    /// Type and default in a sentence.
    pub(crate) fn sentence(&self) -> String {
        if self.is_required() {
            format!("{}; required", self.kind)
        } else {
            format!("{}; default: {}", self.kind, self.default)
        }
    }
}

/// The keys of one mapping.
pub type Keys = &'static [Key];

/// Reads values and gathers problems.
pub(crate) struct Decoder<'a> {
    path: &'a str,
    text: &'a str,
    lines: LineIndex,
    problems: Vec<Problem>,
    more: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str) -> Self {
        Self { path, text, lines: LineIndex::new(text), problems: Vec::new(), more: 0 }
    }

    /// The value, or every problem in the order of the file.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Problem>> {
        self.problems.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line, place.column)));
        if self.more > 0 {
            self.problems.push(Problem::more(self.path, self.more));
        }
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.problems),
        }
    }

    pub(crate) fn problem(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem::at(self.path, self.text, span.clone(), message).help(help));
        } else {
            self.more += 1;
        }
    }

    /// Where a range of a scalar's text stands in the file: the whole scalar, where escapes or folding moved it.
    pub(crate) fn within(&self, node: &Node, range: Range<usize>) -> Range<usize> {
        let Value::Scalar { text, .. } = &node.value else { return node.span.clone() };
        let source = self.text.get(node.span.clone()).unwrap_or_default();
        let start = source.find(text.as_str()).filter(|_| !text.is_empty() && range.end <= text.len());
        start.map_or(node.span.clone(), |at| {
            let base = node.span.start + at;
            base + range.start..base + range.end
        })
    }

    pub(crate) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.line(span.start)
    }

    /// A mapping with fixed keys: the entries by name, unknown ones reported with the nearest known one.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &str, keys: Keys) -> Option<Fields<'n>> {
        self.fields_among(node, what, &[keys])
    }

    /// The same with keys from several tables.
    pub(crate) fn fields_among<'n>(&mut self, node: &'n Node, what: &str, tables: &[Keys]) -> Option<Fields<'n>> {
        let entries = self.entries(node, what)?;
        let keys = || tables.iter().flat_map(|keys| keys.iter()).map(|key| key.name);
        for entry in entries {
            if keys().all(|key| key != entry.key) {
                let help = suggestion(&entry.key, keys());
                self.problem(&entry.span, format!("unknown key `{}` in {what}", entry.key), help);
            }
        }
        Some(Fields { entries, span: &node.span })
    }

    /// A mapping whose keys are the user's own.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Mapping(entries) => Some(entries),
            _ => self.wrong(node, what, "a mapping (`key: value` lines)"),
        }
    }

    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.value {
            Value::Sequence(items) if !items.is_empty() => Some(items),
            Value::Sequence(_) => {
                self.problem(&node.span, format!("{what} is an empty list"), "name at least one, or leave the key out");
                None
            }
            _ => self.wrong(node, what, "a list"),
        }
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.any_text(node, what)?;
        if crate::model::escape::is_blank(&text) {
            self.problem(&node.span, format!("{what} is empty"), "write it, or leave the key out");
            return None;
        }
        Some(text)
    }

    /// A text, blank or not.
    pub(crate) fn any_text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.value {
            Value::Scalar { text, plain } if meaning(text, *plain) == Meaning::Text => Some(text.clone()),
            Value::Scalar { text, .. } => {
                let found = found(node);
                let help = match meaning(text, true) {
                    Meaning::Null => "write it, or leave the key out".to_owned(),
                    _ => format!("put it in quotes: \"{text}\""),
                };
                self.problem(&node.span, format!("{what} must be a text, this is {found}"), help);
                None
            }
            _ => self.wrong(node, what, "a text"),
        }
    }

    pub(crate) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        truth(node).or_else(|| self.wrong(node, what, "true or false, without quotes"))
    }

    /// A number's text; nothing is reported where there is none.
    pub(crate) fn number<'n>(&self, node: &'n Node) -> Option<&'n str> {
        match &node.value {
            Value::Scalar { text, plain } if meaning(text, *plain) == Meaning::Number => Some(text),
            _ => None,
        }
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.any_text(node, what)?;
        let chosen = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if chosen.is_none() {
            let help = suggestion(&word, choices.iter().map(|(name, _)| *name));
            self.problem(&node.span, format!("`{word}` is not a value of {what}"), help);
        }
        chosen
    }

    /// An id: it becomes a row's name in reports and, later, a file's.
    pub(crate) fn id(&mut self, entry: &Entry) -> Option<String> {
        let id = entry.key.as_str();
        let valid = id.len() <= 64
            && id.starts_with(|c: char| c.is_ascii_alphanumeric())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if !valid {
            let help = "use letters, digits, `_`, `-` and `.`, at most 64, a letter or digit first";
            self.problem(&entry.span, format!("`{id}` is not an id"), help);
        }
        valid.then(|| id.to_owned())
    }

    pub(crate) fn wrong<T>(&mut self, node: &Node, what: &str, expected: &str) -> Option<T> {
        let message = format!("{what} must be {expected}; this is {}", found(node));
        self.problem(&node.span, message, format!("write {expected}"));
        None
    }
}

/// The entries of a mapping with fixed keys.
pub(crate) struct Fields<'n> {
    entries: &'n [Entry],
    span: &'n Range<usize>,
}

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    pub(crate) fn required(&self, decoder: &mut Decoder<'_>, name: &str, what: &str) -> Option<&'n Node> {
        let node = self.get(name);
        if node.is_none() {
            let start = self.span.start..self.span.start;
            decoder.problem(&start, format!("{what} has no `{name}`"), format!("add `{name}:`"));
        }
        node
    }
}

/// `true` or `false`, where the node is one of them.
pub(crate) fn truth(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Scalar { text, plain } => match meaning(text, *plain) {
            Meaning::Boolean(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn found(node: &Node) -> &'static str {
    match &node.value {
        Value::Mapping(_) => "a mapping",
        Value::Sequence(_) => "a list",
        Value::Scalar { plain: false, .. } => "a text in quotes",
        Value::Scalar { text, plain } => match meaning(text, *plain) {
            Meaning::Null => "nothing (null)",
            Meaning::Boolean(_) => "a boolean",
            Meaning::Number => "a number",
            Meaning::Text => "a text",
        },
    }
}
