//! JSON with the place of every value. Only what is asked for is decoded, so deep nesting costs no stack.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::problem::Problem;

/// A value in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    text: &'t str,
    raw: &'t str,
}

/// One key of an object, with what stands under it.
#[derive(Debug, Clone)]
pub(super) struct Member<'t> {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node<'t>,
}

/// Reads a whole text as one JSON value.
///
/// # Errors
/// The first syntax error, with its place.
pub(super) fn parse<'t>(path: &Path, text: &'t str) -> Result<Node<'t>, Problem> {
    let raw: Result<&RawValue, _> = serde_json::from_str(text);
    raw.map(|raw| Node { text, raw: raw.get() }).map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let message = format!("this is not valid JSON: {}", without_place(&error.to_string()));
        Problem::at(path.display().to_string(), text, at..at, message).help("mend the syntax there")
    })
}

/// serde_json counts lines and, in bytes, columns from 1; a column of 0 is the line break before.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column).saturating_sub(1)
}

fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what)
}

impl<'t> Node<'t> {
    /// Its bytes in the text.
    pub(super) fn span(&self) -> Range<usize> {
        span(self.text, self.raw)
    }

    /// What it is, with an article.
    pub(super) fn kind(&self) -> &'static str {
        match self.raw.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') if self.string().is_none() => "a broken string",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    /// The text of a string.
    pub(super) fn string(&self) -> Option<String> {
        serde_json::from_str(self.raw).ok()
    }

    /// The items of an array.
    pub(super) fn array(&self) -> Option<Vec<Self>> {
        let items: Vec<&'t RawValue> = serde_json::from_str(self.raw).ok()?;
        Some(items.into_iter().map(|raw| Self { text: self.text, raw: raw.get() }).collect())
    }

    /// The members of an object, in file order, repeated keys included.
    pub(super) fn object(&self) -> Option<Vec<Member<'t>>> {
        let mut deserializer = serde_json::Deserializer::from_str(self.raw);
        deserializer.deserialize_map(Members { text: self.text }).ok()
    }
}

fn span(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

struct Members<'t> {
    text: &'t str,
}

impl<'t> Visitor<'t> for Members<'t> {
    type Value = Vec<Member<'t>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<&'t RawValue, &'t RawValue>()? {
            let (key, value) = (Node { text: self.text, raw: key.get() }, Node { text: self.text, raw: value.get() });
            let name = key.string().unwrap_or_else(|| key.raw.to_owned());
            members.push(Member { key: name, key_span: key.span(), value });
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_their_places() {
        let text = "{\n \"a\\u0062\": {\"x\": [1, \"y\"]},\n \"ab\": null }";
        let members = parse(Path::new("f"), text).expect("JSON").object().expect("an object");
        let found: Vec<_> =
            members.iter().map(|m| (m.key.as_str(), &text[m.key_span.clone()], m.value.kind())).collect();
        assert_eq!(found, [("ab", "\"a\\u0062\"", "an object"), ("ab", "\"ab\"", "null")]);
        let inner = members[0].value.object().expect("an object");
        let items = inner[0].value.array().expect("an array");
        assert_eq!(items.iter().map(|item| &text[item.span()]).collect::<Vec<_>>(), ["1", "\"y\""]);
    }

    #[test]
    fn syntax_errors_have_their_places() {
        let cases = [
            ("{\"name\": }\n", (1, 10)),
            ("{\n  \"a\": 1,\n}\n", (3, 1)),
            ("", (1, 1)),
            ("{} x", (1, 4)),
            ("{\"ä\": x}", (1, 7)),
            ("{\"a\": \"\u{1}\"}", (1, 7)),
            ("{'a': 1}", (1, 2)),
            ("{\"a\": 01}", (1, 8)),
        ];
        for (text, expected) in cases {
            let place = parse(Path::new("f"), text).expect_err(text).place.expect("a place");
            assert_eq!((place.line, place.column), expected, "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let text = format!("{{\"a\": {}1{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let members = parse(Path::new("f"), &text).expect("JSON").object().expect("an object");
        assert_eq!((members[0].key.as_str(), members[0].value.kind()), ("a", "an array"));
        assert!(parse(Path::new("f"), &"[".repeat(1_000_000)).is_err());
    }
}
