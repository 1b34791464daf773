//! YAML as the gate takes it: one document of mappings, lists and scalars. What could make two readers see two things
//! (anchors, aliases, merge keys, tags, duplicate keys, a second document) is a problem, each with its place.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, options};

use super::node::{Entry, Meaning, Node, Value};
use crate::model::problem::{PROBLEM_LIMIT, Problem};

/// The deepest nesting of lists and mappings (docs/configuration.md).
const DEPTH_LIMIT: usize = 64;

/// Reads one document. `None` stands for a file without any content.
///
/// # Errors
/// Every construct that is refused, and the first syntax error.
pub fn parse<'t>(path: &'t str, text: &'t str) -> Result<Option<Node<'t>>, Vec<Problem>> {
    let mut reader = Reader::new(path, text);
    let documents = reader.documents(1);
    if reader.more > 0 {
        reader.problems.push(Problem::more(path, reader.more));
    }
    match documents {
        Ok(mut nodes) if reader.problems.is_empty() => Ok(nodes.pop()),
        Ok(_) => Err(reader.problems),
        Err(Stop) => Err(reader.problems),
    }
}

/// Reads every document of a stream. One without any content is left out.
///
/// # Errors
/// As [`parse`], a second document apart.
pub(crate) fn parse_all<'t>(path: &'t str, text: &'t str) -> Result<Vec<Node<'t>>, Vec<Problem>> {
    let mut reader = Reader::new(path, text);
    match reader.documents(usize::MAX) {
        Ok(nodes) if reader.problems.is_empty() => {
            Ok(nodes.into_iter().filter(|node| !(node.is_null() && node.span.is_empty())).collect())
        }
        _ => Err(reader.problems),
    }
}

/// The rest of the text cannot be read; the reason is among the problems.
struct Stop;

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    problems: Vec<Problem>,
    more: usize,
}

impl<'a> Reader<'a> {
    fn new(path: &'a str, text: &'a str) -> Self {
        let options = options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEPTH_LIMIT,
            block_nesting_limit: DEPTH_LIMIT,
        };
        Self { path, text, parser: Parser::new_from_str_with_options(text, options), problems: Vec::new(), more: 0 }
    }

    fn documents(&mut self, most: usize) -> Result<Vec<Node<'a>>, Stop> {
        let mut documents = Vec::new();
        let mut started = 0;
        while let Some((event, span)) = self.event()? {
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                Event::DocumentStart(..) => {
                    started += 1;
                    if started > most {
                        self.problem(self.range(&span), "a second YAML document starts here", "keep one document");
                        return Err(Stop);
                    }
                }
                event => documents.push(self.node(event, &span, 0)?),
            }
        }
        Ok(documents)
    }

    fn event(&mut self) -> Result<Option<(Event<'a>, Span)>, Stop> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.text.len());
                self.problem(at..at, &format!("this is not valid YAML: {}", error.info()), SYNTAX_HELP);
                Err(Stop)
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node<'a>, Stop> {
        let range = self.range(span);
        if depth > DEPTH_LIMIT {
            self.problem(range, &format!("nesting is deeper than {DEPTH_LIMIT} levels"), "flatten it");
            return Err(Stop);
        }
        self.refuse_properties(&event, &range);
        let value = match event {
            Event::Scalar(text, style, ..) => {
                let meaning = meaning(&text, style == ScalarStyle::Plain);
                Value::Scalar { text, meaning }
            }
            Event::SequenceStart(..) => self.sequence(depth)?,
            Event::MappingStart(..) => self.mapping(depth)?,
            // An alias has been reported by now; the text stands in for it so that reading can go on.
            _ => Value::Scalar { text: Cow::Borrowed(""), meaning: Meaning::Text },
        };
        Ok(Node { value, span: range })
    }

    fn refuse_properties(&mut self, event: &Event<'_>, range: &Range<usize>) {
        let refused = match event {
            Event::Alias(_) | Event::UnresolvedAlias(_) => Some("an alias (`*name`)"),
            event if event.anchor_id().is_some() => Some("an anchor (`&name`)"),
            event if event.tag().is_some() => Some("a tag (`!name`)"),
            _ => None,
        };
        if let Some(what) = refused {
            let message = format!("{what} is not allowed here");
            self.problem(range.clone(), &message, "write the value out, so that every reader sees the same");
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Value<'a>, Stop> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.event()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
        Ok(Value::Sequence(items))
    }

    fn mapping(&mut self, depth: usize) -> Result<Value<'a>, Stop> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        while let Some((event, span)) = self.event()? {
            if event == Event::MappingEnd {
                break;
            }
            let key = self.node(event, &span, depth + 1)?;
            let Some((event, span)) = self.event()? else { break };
            let value = self.node(event, &span, depth + 1)?;
            if let Some(name) = self.key_name(&key, &mut seen) {
                entries.push(Entry { key: name, span: key.span, value });
            }
        }
        Ok(Value::Mapping(entries))
    }

    fn key_name(&mut self, key: &Node<'a>, seen: &mut HashSet<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        let Value::Scalar { text, .. } = &key.value else {
            self.problem(key.span.clone(), "a key must be a word", "");
            return None;
        };
        if self.text.get(key.span.clone()) == Some("<<") {
            let help = "write the values out, so that each stands where it counts";
            self.problem(key.span.clone(), "a merge key (`<<`) is not allowed here", help);
            return None;
        }
        if !seen.insert(text.clone()) {
            self.problem(key.span.clone(), &format!("the key `{text}` is here twice"), "keep one of the two");
            return None;
        }
        Some(text.clone())
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or(self.text.len()..self.text.len());
        match span.tag_start().and_then(|tag| tag.byte_offset()) {
            Some(start) if start < range.start => start..range.end,
            _ => range,
        }
    }

    fn problem(&mut self, range: Range<usize>, message: &str, help: &str) {
        if self.problems.len() >= PROBLEM_LIMIT {
            self.more += 1;
            return;
        }
        let problem = Problem::at(self.path, self.text, range, message);
        self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
    }
}

const SYNTAX_HELP: &str = "check the indentation (spaces, no tabs), the quotes and the brackets around this place";

/// What a scalar means in YAML 1.2's core schema: written with quotes or in a block, it is always a text.
fn meaning(text: &str, plain: bool) -> Meaning {
    match text {
        _ if !plain => Meaning::Text,
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        "true" | "True" | "TRUE" => Meaning::Boolean(true),
        "false" | "False" | "FALSE" => Meaning::Boolean(false),
        text if is_number(text) => Meaning::Number,
        _ => Meaning::Text,
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |prefix: &str, base: u32| {
        unsigned.strip_prefix(prefix).is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(base)))
    };
    let decimal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
        && unsigned.parse::<f64>().is_ok();
    decimal
        || radix("0x", 16)
        || radix("0o", 8)
        || matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(usize, usize, String)> {
        let problems = parse("f.yaml", text).expect_err(text);
        problems
            .into_iter()
            .map(|p| {
                let place = p.place.expect("a place");
                (place.line, place.column, p.message)
            })
            .collect()
    }

    #[test]
    fn refusals_name_their_place_and_all_are_found() {
        let text = "a: &x 1\nb: *x\nc: !!bool \"true\"\nd: {<<: *x}\na: 2\n";
        let found: Vec<_> = problems(text).into_iter().map(|(line, _, message)| (line, message)).collect();
        assert_eq!(
            found,
            [
                (1, "an anchor (`&name`) is not allowed here".to_owned()),
                (2, "an alias (`*name`) is not allowed here".to_owned()),
                (3, "a tag (`!name`) is not allowed here".to_owned()),
                (4, "an alias (`*name`) is not allowed here".to_owned()),
                (4, "a merge key (`<<`) is not allowed here".to_owned()),
                (5, "the key `a` is here twice".to_owned()),
            ]
        );
    }

    #[test]
    fn a_second_document_is_refused() {
        assert_eq!(problems("a: 1\n---\na: 2\n"), [(2, 1, "a second YAML document starts here".to_owned())]);
    }

    #[test]
    fn a_stream_has_as_many_documents_as_are_written() {
        for (text, count) in [("", 0), ("# x\n", 0), ("a: 1\n", 1), ("---\na: 1\n---\n- 2\n...\n", 2), ("1\n---\n", 1)]
        {
            assert_eq!(parse_all("f.yaml", text).expect(text).len(), count, "{text}");
        }
        for text in ["a: 1\n---\nb: *x\n", "a: 1\n---\nb: [\n"] {
            assert!(parse_all("f.yaml", text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_quickly() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
            assert_eq!(problems(&text).len(), 1);
        }
        let deepest = format!("{}1{}", "[".repeat(DEPTH_LIMIT), "]".repeat(DEPTH_LIMIT));
        assert!(parse("f.yaml", &deepest).is_ok());
    }

    #[test]
    fn scalars_mean_what_yaml_1_2_says() {
        let plain = [
            ("1.10", Meaning::Number),
            ("1.2.3", Meaning::Text),
            ("1e5", Meaning::Number),
            ("0x1f", Meaning::Number),
            ("-1", Meaning::Number),
            (".5", Meaning::Number),
            (".", Meaning::Text),
            ("yes", Meaning::Text),
            ("true", Meaning::Boolean(true)),
            ("~", Meaning::Null),
            ("2026-11-20", Meaning::Text),
            ("inf", Meaning::Text),
        ];
        for (text, expected) in plain {
            assert_eq!(meaning(text, true), expected, "{text}");
            assert_eq!(meaning(text, false), Meaning::Text, "{text} in quotes");
        }
    }
}
