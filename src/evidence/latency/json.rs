//! Samples out of JSON by the name of their field, one by one: a list may be larger than memory.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::doc::Doc;
use super::interval::Estimate;
use super::percentiles::{NAMES, Percentiles};
use super::{How, Measured, Run, Unit, checked, file, keep, plain};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;

/// Reads a document with a field: samples, or in an object without that field the percentiles themselves.
///
/// # Errors
/// What is no sample, with its place.
pub(super) fn by_field(reader: impl BufRead, field: &str, unit: Unit) -> Result<Measured, String> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let mut found = Found { samples: Vec::new(), given: Metrics::new(), unit };
    let read = Walk { field, found: &mut found, at: At::Outside }.deserialize(&mut deserializer);
    read.map_err(|error| plain(&error.to_string()))?;
    deserializer.end().map_err(|error| plain(&error.to_string()))?;
    if found.samples.is_empty() && !found.given.is_empty() {
        return of_given(&found.given);
    }
    if found.samples.is_empty() {
        return Err(format!("it has no `{}`", visible_up_to(field, 40)));
    }
    Ok(Measured::samples(found.samples))
}

/// The percentiles of an object that has them by their names.
pub(super) fn of_given(given: &Metrics) -> Result<Measured, String> {
    let found =
        Percentiles::given(given)?.ok_or("it is an object without `p99_latency_ms`, and of no tool that is known")?;
    let tool = found.tool.as_deref().map(super::tools::named).transpose()?;
    Ok(Measured { tool, series: found.series, runs: vec![Run::Given(found.all)], ..Measured::default() })
}

/// Samples of a value that was read before.
pub(super) fn of_value(value: &Value, how: &How) -> Result<Measured, String> {
    match &how.field {
        Some(field) => {
            let text = value.to_string();
            by_field(text.as_bytes(), field, how.unit.unwrap_or(Unit::Ms))
        }
        None => file::of_doc(serde_json::from_value(value.clone()).map_err(|error| plain(&error.to_string()))?, how),
    }
}

/// A sample on each line.
pub(super) struct Lines<'h> {
    field: Option<&'h str>,
    unit: Unit,
    samples: Vec<f64>,
}

impl<'h> Lines<'h> {
    pub(super) fn new(field: Option<&'h str>, unit: Unit) -> Self {
        Self { field, unit, samples: Vec::new() }
    }

    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let wrong = |error: serde_json::Error| plain(error.to_string().split(" at line ").next().unwrap_or_default());
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let Some(field) = self.field else {
            return match serde_json::from_slice::<Doc>(line).map_err(wrong)? {
                Doc::Number(number) => keep(&mut self.samples, self.unit.milliseconds(number)),
                Doc::Object(_) => Err("the samples are objects: name the value with `field:`".to_owned()),
                other => Err(format!("a sample is {}", other.kind())),
            };
        };
        let mut found = Found { samples: std::mem::take(&mut self.samples), given: Metrics::new(), unit: self.unit };
        let read = Walk { field, found: &mut found, at: At::List }.deserialize(&mut deserializer);
        self.samples = found.samples;
        read.map_err(wrong)?;
        deserializer.end().map_err(wrong)
    }

    pub(super) fn end(self) -> Measured {
        Measured::samples(self.samples)
    }
}

/// What is found on the way.
struct Found {
    samples: Vec<f64>,
    /// The percentiles of an object outside of everything.
    given: Metrics,
    unit: Unit,
}

/// Goes down the names of a field, through every list on the way. Inside a list each object must have it.
struct Walk<'f> {
    field: &'f str,
    found: &'f mut Found,
    at: At,
}

/// Where in a document.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Outside,
    /// In a list that is the whole document: there a sample may be a plain number.
    List,
    Inside,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Walk<'_> {
    /// What follows in the field where a key is its beginning: nothing, where it is all of it.
    fn rest(&self, key: &str) -> Option<&str> {
        let rest = self.field.strip_prefix(key)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
    }

    fn missing(&self) -> String {
        format!("a sample has no `{}`", visible_up_to(self.field, 40))
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", visible_up_to(self.field, 40))
    }

    fn visit_f64<E: Error>(self, sample: f64) -> Result<(), E> {
        if self.at != At::List {
            return Err(E::custom(format!("`{}` leads through a number", visible_up_to(self.field, 40))));
        }
        Leaf { found: self.found }.visit_f64(sample)
    }

    #[expect(clippy::cast_precision_loss, reason = "a time of 2^53 ns is a hundred days")]
    fn visit_u64<E: Error>(self, sample: u64) -> Result<(), E> {
        self.visit_f64(sample as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "it is below 0 and refused")]
    fn visit_i64<E: Error>(self, sample: i64) -> Result<(), E> {
        self.visit_f64(sample as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { field, found, at } = self;
        let at = if at == At::Outside { At::List } else { At::Inside };
        while items.next_element_seed(Walk { field, found: &mut *found, at })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = entries.next_key::<String>()? {
            let Some(rest) = self.rest(&key).map(str::to_owned) else {
                if self.at == At::Outside && NAMES.contains(&key.as_str()) {
                    if self.found.given.insert(key, entries.next_value()?).is_some() {
                        return Err(A::Error::custom("a percentile is there twice"));
                    }
                } else {
                    entries.next_value::<IgnoredAny>()?;
                }
                continue;
            };
            if std::mem::replace(&mut seen, true) {
                return Err(A::Error::custom("the value is there twice"));
            }
            if rest.is_empty() {
                entries.next_value_seed(Leaf { found: &mut *self.found })?;
            } else {
                entries.next_value_seed(Walk { field: &rest, found: &mut *self.found, at: At::Inside })?;
            }
        }
        if seen || self.at == At::Outside { Ok(()) } else { Err(A::Error::custom(self.missing())) }
    }
}

/// The value itself: a number, or lists of them.
struct Leaf<'f> {
    found: &'f mut Found,
}

impl<'de> DeserializeSeed<'de> for Leaf<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Leaf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom("the value is null: nothing was measured"))
    }

    fn visit_f64<E: Error>(self, sample: f64) -> Result<(), E> {
        keep(&mut self.found.samples, self.found.unit.milliseconds(sample)).map_err(E::custom)
    }

    #[expect(clippy::cast_precision_loss, reason = "a time of 2^53 ns is a hundred days")]
    fn visit_u64<E: Error>(self, sample: u64) -> Result<(), E> {
        self.visit_f64(sample as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "it is below 0 and refused")]
    fn visit_i64<E: Error>(self, sample: i64) -> Result<(), E> {
        self.visit_f64(sample as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { found } = self;
        while items.next_element_seed(Leaf { found: &mut *found })?.is_some() {}
        Ok(())
    }
}

/// An amount of a tool's document as an estimate without an interval.
pub(super) fn point(value: f64) -> Result<Option<Estimate>, String> {
    Ok(Some(Estimate { value: checked(value)?, interval: None }))
}
