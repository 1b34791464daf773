//! JSON from outside, read strictly: one document, no key twice, no deep nesting.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::model::escape::visible;

/// How deep arrays and objects may nest.
pub(crate) const MAX_DEPTH: usize = 64;

/// Reads one JSON document in UTF-8.
///
/// # Errors
/// What is wrong, in one line: the syntax, a key that an object has twice, nesting over [`MAX_DEPTH`], or text after
/// the document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { room: MAX_DEPTH }.deserialize(&mut deserializer).map_err(|e| e.to_string())?;
    deserializer.end().map_err(|e| e.to_string())?;
    Ok(value)
}

/// Reads an object inside a larger document, as strictly.
pub(crate) fn object<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    match (Strict { room: MAX_DEPTH }).deserialize(deserializer)? {
        Value::Object(map) => Ok(map),
        _ => Err(D::Error::custom("an object is expected")),
    }
}

/// A value that may nest `room` levels further.
#[derive(Clone, Copy)]
struct Strict {
    room: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let room = self.room.checked_sub(1);
        room.map(|room| Self { room }).ok_or_else(|| E::custom(format!("nested deeper than {MAX_DEPTH} levels")))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("{} is there twice", named(&key))));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// A key as it is, or not at all: a cut one could show half of a secret.
fn named(key: &str) -> String {
    let plain = key.len() <= 60 && visible(key) == key;
    if plain { format!("the key '{key}'") } else { "a key".to_owned() }
}

/// What kind of value a payload is, for people; of a text that begins as JSON does, what keeps it from being some.
pub(crate) fn kind_of_payload(payload: &Value) -> String {
    let text = payload.as_str().map(|text| text.trim_start_matches('\u{feff}').trim_start());
    let text = text.filter(|text| text.starts_with('{'));
    // Several objects behind one another are what some tools print.
    let first = text.and_then(|text| serde_json::Deserializer::from_str(text).into_iter::<Value>().next());
    match first {
        Some(Err(why)) => format!("a text that begins as JSON does and is none ({why})"),
        _ => kind(payload).to_owned(),
    }
}

/// What a value is, in words.
#[must_use]
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_json_is_read_as_serde_does() {
        let nested = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        let texts = [
            "null",
            r#" {"a": [1, -2, 3.5, 1e3, true, "x\u00e9\n"], "b": {"a": {}}, "A": null} "#,
            "18446744073709551615",
            &nested,
        ];
        for text in texts {
            assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let deep = "[".repeat(MAX_DEPTH + 1);
        let deeper = r#"{"a":"#.repeat(100_000);
        let long = format!("{{{0}: 1, {0}: 2}}", Value::from("x".repeat(61)));
        let cases: [(&[u8], &str); 12] = [
            (br#"{"a": 1, "a": 1}"#, "the key 'a' is there twice"),
            (br#"[{"x": {"valid": false, "v\u0061lid": true}}]"#, "the key 'valid' is there twice"),
            (br#"{"a\nb": 1, "a\nb": 1}"#, "a key is there twice"),
            (long.as_bytes(), "a key is there twice"),
            (deep.as_bytes(), "nested deeper than 64 levels"),
            (deeper.as_bytes(), "nested deeper than 64 levels"),
            (b"", "EOF"),
            (b"{} {}", "trailing characters"),
            (b"<html>", "expected value"),
            (b"{'valid': true}", "key must be a string"),
            (b"\"\xff\"", "invalid unicode code point"),
            (b"1e999", "number out of range"),
        ];
        for (text, reason) in cases {
            let error = parse(text).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }
}
