//! A JSON document of a tool, with its lists of numbers kept as numbers: a million samples are 8 MB.

use std::fmt;

use serde::Deserialize;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};

use super::plain;

/// How many values that are no numbers in a list a document may have: reports have some thousand, and each takes memory.
const MOST_VALUES: usize = 50_000;

/// A document, or a part of it. An object has each key once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doc {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A list of nothing but numbers; an empty one is [`Doc::List`].
    Numbers(Vec<f64>),
    List(Vec<Doc>),
    Object(Vec<(String, Doc)>),
}

impl Doc {
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value behind several keys, one in the other.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |doc, key| doc.get(key))
    }

    pub(crate) fn has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.get(key).is_some())
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The items of a list that is not one of numbers.
    pub(crate) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(crate) fn entries(&self) -> &[(String, Self)] {
        if let Self::Object(entries) = self { entries } else { &[] }
    }

    /// For people.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Numbers(_) | Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The number at a path.
    ///
    /// # Errors
    /// It is not there, or is something else: a shape that changed is not guessed at.
    pub(crate) fn number(&self, path: &[&str]) -> Result<f64, String> {
        let shown = || plain(&path.join("."));
        let found = self.at(path).ok_or_else(|| format!("it has no `{}`", shown()))?;
        found.as_number().ok_or_else(|| format!("`{}` is {}", shown(), found.kind()))
    }

    /// The count at a path.
    ///
    /// # Errors
    /// It is not there, or is no whole number of 0 or more.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    pub(crate) fn count(&self, path: &[&str]) -> Result<u64, String> {
        let number = self.number(path)?;
        let whole = number >= 0.0 && number.fract() == 0.0 && number < 1e15;
        if whole {
            Ok(number as u64)
        } else {
            Err(format!("`{}` is {number}, which is no count", plain(&path.join("."))))
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut left = MOST_VALUES;
        serde::de::DeserializeSeed::deserialize(Seed { left: &mut left }, deserializer)
    }
}

struct Seed<'l> {
    left: &'l mut usize,
}

impl Seed<'_> {
    fn one<E: Error>(&mut self) -> Result<Seed<'_>, E> {
        let left = self.left.checked_sub(1);
        *self.left =
            left.ok_or_else(|| E::custom(format!("it has more than {MOST_VALUES} values; name one with `field:`")))?;
        Ok(Seed { left: self.left })
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Seed<'_> {
    type Value = Doc;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Doc, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(Doc::Number(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "a time of 2^53 ns is a hundred days")]
    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(Doc::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "it is below 0 and will be refused")]
    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Number(value as f64))
    }

    fn visit_str<E>(self, value: &str) -> Result<Doc, E> {
        Ok(Doc::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Doc, A::Error> {
        let (mut numbers, mut others) = (Vec::new(), Vec::new());
        // A number takes none of the room: it goes to the others only where there is one already.
        while let Some(item) = items.next_element_seed(Seed { left: self.left })? {
            match item {
                Doc::Number(number) if others.is_empty() => numbers.push(number),
                other => {
                    if others.is_empty() {
                        self.make_room(numbers.len())?;
                        others.extend(numbers.drain(..).map(Doc::Number));
                    }
                    self.one()?;
                    others.push(other);
                }
            }
        }
        Ok(if numbers.is_empty() { Doc::List(others) } else { Doc::Numbers(numbers) })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Doc, A::Error> {
        let mut entries: Vec<(String, Doc)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !known.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key '{}' is there twice", plain(&key))));
            }
            let seed = self.one()?;
            entries.push((key, map.next_value_seed(seed)?));
        }
        Ok(Doc::Object(entries))
    }
}

impl Seed<'_> {
    fn make_room<E: Error>(&mut self, count: usize) -> Result<(), E> {
        let left = self.left.checked_sub(count);
        *self.left = left.ok_or_else(|| E::custom("a long list of numbers has something else in it"))?;
        Ok(())
    }
}
