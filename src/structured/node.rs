//! A value of a text with its place, the same for YAML, TOML and JSON.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Number, Value as Json};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Files that people write for the gate, and lock files.
    Yaml,
    /// Manifests and lock files.
    Toml,
    /// Manifests and lock files.
    Json,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node<'t> {
    /// What it is.
    pub value: Value<'t>,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Value<'t> {
    /// A single value.
    Scalar {
        /// Its text, after the escapes of the format.
        text: Cow<'t, str>,
        /// What it stands for.
        meaning: Meaning,
    },
    /// A list.
    Sequence(Vec<Node<'t>>),
    /// A mapping, in the file's order. JSON may have a key twice; the decoder tells whoever reads that mapping.
    Mapping(Vec<Entry<'t>>),
}

/// What a scalar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// `null`, and in YAML nothing at all.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer or a floating-point number.
    Number,
    /// A text.
    Text,
    /// What no key of any file here takes, in words: a date of TOML, a string of JSON that is none.
    Other(&'static str),
}

/// One key of a mapping.
#[derive(Debug, Clone)]
pub struct Entry<'t> {
    /// The key's text.
    pub key: Cow<'t, str>,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What stands under it.
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    /// The text, where it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|(_, meaning)| *meaning == Meaning::Text).map(|(text, _)| text)
    }

    /// The number as it is written, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.scalar().filter(|(_, meaning)| *meaning == Meaning::Number).map(|(text, _)| text)
    }

    /// `true` or `false`, where it is one of them.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self.scalar() {
            Some((_, Meaning::Boolean(value))) => Some(value),
            _ => None,
        }
    }

    /// Whether it is null, or nothing at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.scalar(), Some((_, Meaning::Null)))
    }

    /// The text of a scalar and what it stands for.
    #[must_use]
    pub fn scalar(&self) -> Option<(&str, Meaning)> {
        match &self.value {
            Value::Scalar { text, meaning } => Some((text, *meaning)),
            _ => None,
        }
    }

    /// The items, where it is a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a list; of anything else, itself.
    #[must_use]
    pub fn one_or_many(&self) -> &[Self] {
        self.items().unwrap_or(std::slice::from_ref(self))
    }

    /// The entries, where it is a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry<'t>]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a key, where it is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The same as a value of JSON. How deep it is, the parser bounds.
    ///
    /// # Errors
    /// The node that JSON has no place for: a number that 64 bits do not hold, infinity, a date.
    pub fn to_json(&self) -> Result<Json, &Self> {
        match &self.value {
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|entry| Ok((entry.key.to_string(), entry.value.to_json()?)));
                entries.collect::<Result<Map<_, _>, _>>().map(Json::Object)
            }
            Value::Scalar { text, meaning } => match meaning {
                Meaning::Null => Ok(Json::Null),
                Meaning::Boolean(value) => Ok(Json::Bool(*value)),
                Meaning::Text => Ok(Json::String(text.to_string())),
                Meaning::Number => number(text).map(Json::Number).ok_or(self),
                Meaning::Other(_) => Err(self),
            },
        }
    }
}

/// A number of YAML's core schema. A whole one that 64 bits do not hold is a floating-point one, as for JSON's readers.
fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |digits, base| i128::from_str_radix(digits, base).ok();
    let signed = |whole: i128| Number::from_i128(if text.starts_with('-') { -whole } else { whole });
    match (unsigned.strip_prefix("0x"), unsigned.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16).and_then(signed),
        (_, Some(digits)) => radix(digits, 8).and_then(signed),
        _ => radix(unsigned, 10).and_then(signed).or_else(|| text.parse().ok().and_then(Number::from_f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_what_yaml_says() {
        let cases = [
            ("5", "5"),
            ("+5", "5"),
            ("-5", "-5"),
            ("010", "10"),
            ("0x1f", "31"),
            ("0o17", "15"),
            ("0.05", "0.05"),
            ("-.5", "-0.5"),
            ("1e3", "1000.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "1.8446744073709552e+19"),
        ];
        for (text, json) in cases {
            assert_eq!(number(text).map(|number| number.to_string()).as_deref(), Some(json), "{text}");
        }
        for text in [".inf", "-.inf", ".nan", "1e999", "0xFFFFFFFFFFFFFFFFFF"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
