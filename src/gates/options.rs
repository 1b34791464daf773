//! Reading the keys of a gate that belong to its type, strictly: a value of another kind is a mistake, never a default.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::gate::{Options, Wrong};
use crate::model::escape::{is_blank, visible_up_to};
use crate::structured::json::kind;

fn wrong(key: &str, message: impl Into<String>) -> Wrong {
    (key.to_owned(), message.into())
}

/// The same in one line, where a run meets it.
#[must_use]
pub fn sentence((key, message): Wrong) -> String {
    format!("`{key}` {message}")
}

/// A text that is not blank.
///
/// # Errors
/// Another kind of value, or a blank one.
pub fn text<'o>(options: &'o Options, key: &str) -> Result<Option<&'o str>, Wrong> {
    options.get(key).map(|value| one_text(key, value)).transpose()
}

fn one_text<'o>(key: &str, value: &'o Value) -> Result<&'o str, Wrong> {
    let text = value.as_str().ok_or_else(|| wrong(key, format!("must be a text; this is {}", kind(value))))?;
    if is_blank(text) { Err(wrong(key, "is empty")) } else { Ok(text) }
}

/// As [`text`], to keep.
///
/// # Errors
/// As [`text`].
pub fn owned(options: &Options, key: &str) -> Result<Option<String>, Wrong> {
    Ok(text(options, key)?.map(str::to_owned))
}

/// One text, or a list of them that is not empty. No key is an empty answer.
///
/// # Errors
/// Another kind of value, a blank text, an empty list.
pub fn texts<'o>(options: &'o Options, key: &str) -> Result<Vec<&'o str>, Wrong> {
    match options.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) if items.is_empty() => Err(wrong(key, "is an empty list")),
        Some(Value::Array(items)) => items.iter().map(|item| one_text(key, item)).collect(),
        Some(value) => Ok(vec![one_text(key, value)?]),
    }
}

/// `true` or `false`; without the key, `false`.
///
/// # Errors
/// Another kind of value.
pub fn switch(options: &Options, key: &str) -> Result<bool, Wrong> {
    match options.get(key) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(value) => Err(wrong(key, format!("must be true or false; this is {}", kind(value)))),
    }
}

/// A number within a range.
///
/// # Errors
/// Another kind of value, or one outside.
pub fn number(options: &Options, key: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Wrong> {
    let Some(value) = options.get(key) else { return Ok(None) };
    let found = value.as_f64().filter(|found| range.contains(found));
    found.map(Some).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        wrong(key, format!("must be a number from {least} to {most}; this is {}", shown(value)))
    })
}

/// A whole number within a range.
///
/// # Errors
/// Another kind of value, or one outside.
pub fn integer(options: &Options, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Wrong> {
    let Some(value) = options.get(key) else { return Ok(None) };
    let found = value.as_u64().and_then(|found| u32::try_from(found).ok()).filter(|found| range.contains(found));
    found.map(Some).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        wrong(key, format!("must be a whole number from {least} to {most}; this is {}", shown(value)))
    })
}

/// A few words out of those known.
///
/// # Errors
/// Another kind of value, or an unknown word.
pub fn words<'o>(options: &'o Options, key: &str, known: &[&str]) -> Result<Vec<&'o str>, Wrong> {
    let words = texts(options, key)?;
    match words.iter().find(|word| !known.contains(word)) {
        None => Ok(words),
        Some(word) => {
            let word = visible_up_to(word, 40);
            Err(wrong(key, format!("knows {}; `{word}` is none of them", known.join(", "))))
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        value => kind(value).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(value: Value) -> Options {
        Options::from_iter([("k".to_owned(), value)])
    }

    #[test]
    fn values_of_the_kind_are_read() {
        let none = Options::new();
        assert_eq!(text(&none, "k"), Ok(None));
        assert_eq!(texts(&none, "k"), Ok(vec![]));
        assert_eq!(switch(&none, "k"), Ok(false));
        assert_eq!(text(&options(json!("a")), "k"), Ok(Some("a")));
        assert_eq!(texts(&options(json!("a")), "k"), Ok(vec!["a"]));
        assert_eq!(texts(&options(json!(["a", "b"])), "k"), Ok(vec!["a", "b"]));
        assert_eq!(switch(&options(json!(true)), "k"), Ok(true));
        assert_eq!(number(&options(json!(1)), "k", 0.0..=1.0), Ok(Some(1.0)));
        assert_eq!(integer(&options(json!(7)), "k", 1..=9), Ok(Some(7)));
        assert_eq!(words(&options(json!(["pii"])), "k", &["pii", "secrets"]), Ok(vec!["pii"]));
    }

    #[test]
    fn everything_else_is_a_mistake_with_its_key() {
        let wrong = |result: Result<(), Wrong>| sentence(result.expect_err("a mistake"));
        for value in [json!(null), json!(1), json!(" "), json!({"a": 1}), json!("\u{200b}"), json!([["a"]]), json!([])]
        {
            assert!(wrong(texts(&options(value), "k").map(drop)).starts_with("`k` "));
        }
        for value in [json!("1"), json!(-0.1), json!(1.1), json!(null), json!(true), json!([])] {
            assert!(wrong(number(&options(value), "k", 0.0..=1.0).map(drop)).contains("a number from 0 to 1"));
        }
        for value in [json!(0), json!(10), json!(1.5), json!("3"), json!(u64::MAX)] {
            assert!(wrong(integer(&options(value), "k", 1..=9).map(drop)).contains("from 1 to 9"));
        }
        for value in [json!("true"), json!(1), json!(null)] {
            assert!(wrong(switch(&options(value), "k").map(drop)).contains("true or false"));
        }
        assert!(wrong(words(&options(json!(["scores"])), "k", &["pii"]).map(drop)).contains("`scores`"));
    }
}
