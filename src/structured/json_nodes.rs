//! JSON with the place of every value. A key may be there twice: whoever reads that mapping is told.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::MAX_DEPTH;
use super::node::{Entry, Meaning, Node, Value};
use crate::model::problem::Problem;

/// Reads a whole text as one JSON value.
///
/// # Errors
/// The first syntax error, with its place.
pub(crate) fn parse<'t>(path: &str, text: &'t str) -> Result<Node<'t>, Vec<Problem>> {
    let raw: Result<&RawValue, _> = serde_json::from_str(text);
    let raw = raw.map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let message = format!("this is not valid JSON: {}", without_place(&error.to_string()));
        vec![Problem::at(path, text, at..at, message).help("fix the syntax there")]
    })?;
    Ok(Reader { text }.node(raw.get(), 0))
}

/// serde_json counts lines and, in bytes, columns from 1; a column of 0 is the line break before.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column).saturating_sub(1)
}

fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what)
}

fn place(text: &str, part: &str) -> std::ops::Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

struct Reader<'t> {
    text: &'t str,
}

impl<'t> Reader<'t> {
    /// A value that is known to be JSON. What nests deeper than [`MAX_DEPTH`] is not gone into: nothing that is read
    /// stands there.
    fn node(&self, raw: &'t str, depth: usize) -> Node<'t> {
        let scalar = |meaning| Value::Scalar { text: Cow::Borrowed(raw), meaning };
        let value = match raw.as_bytes().first() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => scalar(Meaning::Other("a value nested too deep")),
            Some(b'{') => Value::Mapping(self.entries(raw, depth)),
            Some(b'[') => Value::Sequence(self.items(raw, depth)),
            Some(b'"') => match string(raw) {
                Some(text) => Value::Scalar { text, meaning: Meaning::Text },
                None => scalar(Meaning::Other("a broken string")),
            },
            Some(b't') => scalar(Meaning::Boolean(true)),
            Some(b'f') => scalar(Meaning::Boolean(false)),
            Some(b'n') => scalar(Meaning::Null),
            _ => scalar(Meaning::Number),
        };
        Node { value, span: place(self.text, raw) }
    }

    fn items(&self, raw: &'t str, depth: usize) -> Vec<Node<'t>> {
        let items: Vec<&'t RawValue> = serde_json::from_str(raw).unwrap_or_default();
        items.into_iter().map(|item| self.node(item.get(), depth + 1)).collect()
    }

    fn entries(&self, raw: &'t str, depth: usize) -> Vec<Entry<'t>> {
        let members = serde_json::Deserializer::from_str(raw).deserialize_map(Members).unwrap_or_default();
        let entry = |(key, value): (&'t RawValue, &'t RawValue)| Entry {
            key: string(key.get()).unwrap_or(Cow::Borrowed(key.get())),
            span: place(self.text, key.get()),
            value: self.node(value.get(), depth + 1),
        };
        members.into_iter().map(entry).collect()
    }
}

/// The text of a string; none where it has half a character in it.
fn string(raw: &str) -> Option<Cow<'_, str>> {
    let plain = raw.strip_prefix('"')?.strip_suffix('"')?;
    if plain.contains('\\') { serde_json::from_str(raw).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(plain)) }
}

struct Members;

impl<'t> Visitor<'t> for Members {
    type Value = Vec<(&'t RawValue, &'t RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_and_its_meaning() {
        let text = "{\n \"a\\u0062\": {\"x\": [1, \"y\", \"\\ud800\"]},\n \"ab\": null }";
        let node = parse("f", text).expect("JSON");
        let entries = node.entries().expect("an object");
        let found: Vec<_> = entries.iter().map(|e| (&*e.key, &text[e.span.clone()], e.value.is_null())).collect();
        assert_eq!(found, [("ab", "\"a\\u0062\"", false), ("ab", "\"ab\"", true)]);
        let items = entries[0].value.entry("x").and_then(|x| x.value.items()).expect("an array");
        let found: Vec<_> = items.iter().map(|item| (&text[item.span.clone()], item.scalar().map(|s| s.1))).collect();
        let broken = Meaning::Other("a broken string");
        let expected = [("1", Meaning::Number), ("\"y\"", Meaning::Text), ("\"\\ud800\"", broken)];
        assert_eq!(found, expected.map(|(text, meaning)| (text, Some(meaning))));
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
            let place = parse("f", text).expect_err(text)[0].place.clone().expect("a place");
            assert_eq!((place.line, place.column), expected, "{text:?}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_not_gone_into() {
        let nested = |depth: usize| format!("{{\"a\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
        let depth = |text: &str| {
            let mut node = &parse("f", text).expect("JSON").entry("a").expect("a").value.clone();
            let mut depth = 0;
            while let Some([inner]) = node.items() {
                (node, depth) = (inner, depth + 1);
            }
            (depth, node.scalar().map(|(_, meaning)| meaning))
        };
        assert_eq!(depth(&nested(MAX_DEPTH - 1)), (MAX_DEPTH - 1, Some(Meaning::Number)));
        let too_deep = (MAX_DEPTH - 1, Some(Meaning::Other("a value nested too deep")));
        assert_eq!((depth(&nested(MAX_DEPTH)), depth(&nested(200_000))), (too_deep, too_deep));
        assert!(parse("f", &"[".repeat(1_000_000)).is_err());
    }
}
