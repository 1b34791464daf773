//! TOML with the place of every value.

use std::borrow::Cow;
use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::node::{Entry, Meaning, Node, Value};
use crate::model::problem::{Problem, line_of};

/// How many values a file may have: a parser's tree takes up to 200 bytes for each. The largest lock files that
/// people commit have a quarter of it.
const VALUE_LIMIT: usize = 1 << 20;

/// Refuses a text that may have more than [`VALUE_LIMIT`] values: before each stands one of these characters.
///
/// # Errors
/// The reason, in a sentence.
pub(crate) fn refuse_countless(text: &str) -> Result<(), String> {
    // Few texts have as many bytes.
    if text.len() <= VALUE_LIMIT {
        return Ok(());
    }
    let marks = text.bytes().filter(|byte| matches!(byte, b',' | b'=' | b'[' | b'{')).count();
    if marks > VALUE_LIMIT { Err("it has too many values to be read".to_owned()) } else { Ok(()) }
}

/// Reads a document, a mapping of its keys.
///
/// # Errors
/// The first syntax error, with its place.
pub(crate) fn parse<'t>(path: &str, text: &'t str) -> Result<Node<'t>, Vec<Problem>> {
    refuse_countless(text).map_err(|why| vec![Problem::new(path, why).help("name fewer dependencies")])?;
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(text.len()..text.len());
        let message = format!("this is not valid TOML: {}", error.message());
        let help = help(path, text, &span);
        vec![Problem::at(path, text, span, message).help(help)]
    })?;
    Ok(Node { span: table.span(), value: mapping(text, table.into_inner()) })
}

/// What is missing is noticed only where the next text begins, often on a later line.
fn help(path: &str, text: &str, span: &Range<usize>) -> String {
    let before = text.get(..span.start).map(str::trim_end).filter(|before| span.is_empty() && !before.is_empty());
    let line = before.map(|before| line_of(text, before.len()));
    match line.filter(|line| *line < line_of(text, span.start)) {
        Some(line) => format!("fix the syntax there, or at the end of {path}:{line}"),
        None => "fix the syntax there".to_owned(),
    }
}

fn mapping<'t>(text: &'t str, table: DeTable<'t>) -> Value<'t> {
    let entries = table.into_iter().map(|(key, value)| Entry {
        span: key.span(),
        key: key.into_inner(),
        value: node(text, value),
    });
    Value::Mapping(entries.collect())
}

/// How deep it goes, the parser bounds.
fn node<'t>(text: &'t str, value: Spanned<DeValue<'t>>) -> Node<'t> {
    let span = value.span();
    let scalar = |meaning| Value::Scalar { text: Cow::Borrowed(text.get(span.clone()).unwrap_or_default()), meaning };
    let value = match value.into_inner() {
        DeValue::Table(table) => mapping(text, table),
        DeValue::Array(items) => Value::Sequence(items.into_iter().map(|item| node(text, item)).collect()),
        DeValue::String(text) => Value::Scalar { text, meaning: Meaning::Text },
        DeValue::Boolean(value) => scalar(Meaning::Boolean(value)),
        DeValue::Integer(_) | DeValue::Float(_) => scalar(Meaning::Number),
        DeValue::Datetime(_) => scalar(Meaning::Other("a date or time")),
    };
    Node { value, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place_and_its_meaning() {
        let text = "a = \"x\\ty\"\n[t]\nn = 0x1F\nf = 1.5\nb = true\nd = 2026-01-02\nl = ['q', {k = 1}]\n";
        let node = parse("f.toml", text).expect("TOML");
        assert_eq!(node.entry("a").and_then(|a| a.value.text()), Some("x\ty"));
        let table = &node.entry("t").expect("a table").value;
        let found: Vec<_> =
            table.entries().expect("entries").iter().map(|e| (&*e.key, &text[e.value.span.clone()])).collect();
        assert_eq!(found, [("n", "0x1F"), ("f", "1.5"), ("b", "true"), ("d", "2026-01-02"), ("l", "['q', {k = 1}]")]);
        let value = |key| &table.entry(key).expect(key).value;
        assert_eq!((value("n").number(), value("b").boolean()), (Some("0x1F"), Some(true)));
        assert_eq!(value("d").scalar(), Some(("2026-01-02", Meaning::Other("a date or time"))));
        assert!(value("d").to_json().is_err());
    }
}
