//! Samples out of JSON, one by one: a list may be larger than memory.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{NAMES, checked, keep, plain};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::structured::bounded_lines::each_line;
use crate::structured::json::kind;

/// What a JSON text may be.
pub(crate) enum Json {
    Samples(Vec<f64>),
    Object(Metrics),
}

/// The samples of a list, or an object as it stands.
pub(crate) fn json_samples<'de, D>(source: D, field: Option<&str>) -> Result<Json, String>
where
    D: JsonSource<'de>,
{
    source.read(Any(Samples { field })).map_err(|why| plain(&why))
}

/// Either a text that is read to its end, or a value that was read before.
pub(crate) trait JsonSource<'de> {
    fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, String>;
}

impl<'de, R: serde_json::de::Read<'de>> JsonSource<'de> for &mut serde_json::Deserializer<R> {
    fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, String> {
        let value = seed.deserialize(&mut *self).map_err(|error| error.to_string())?;
        self.end().map_err(|error| error.to_string())?;
        Ok(value)
    }
}

impl<'de> JsonSource<'de> for &'de Value {
    fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, String> {
        seed.deserialize(self).map_err(|error| error.to_string())
    }
}

/// A sample on each line.
pub(crate) fn jsonl_samples(reader: impl BufRead, field: Option<&str>) -> Result<Vec<f64>, String> {
    let mut samples = Vec::new();
    each_line(reader, |number, line| {
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let sample = JsonSource::read(&mut deserializer, Any(Sample { field })).map_err(|why| {
            let why = why.split(" at line ").next().unwrap_or_default();
            format!("line {number}: {}", plain(why))
        })?;
        keep(&mut samples, sample).map_err(|why| format!("line {number}: {why}"))
    })?;
    Ok(samples)
}

/// Reads whatever stands there, for a visitor that knows what to make of it.
struct Any<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Any<V> {
    type Value = V::Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

/// A list of samples, or an object as it stands.
struct Samples<'f> {
    field: Option<&'f str>,
}

impl<'de> Visitor<'de> for Samples<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut samples = Vec::new();
        while let Some(sample) = items.next_element_seed(Any(Sample { field: self.field }))? {
            keep(&mut samples, sample).map_err(A::Error::custom)?;
        }
        Ok(Json::Samples(samples))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut metrics = Metrics::new();
        while let Some(key) = entries.next_key::<String>()? {
            let known = NAMES.contains(&key.as_str());
            let value = if known { entries.next_value()? } else { ignored(&mut entries)? };
            if known && metrics.insert(key, value).is_some() {
                return Err(A::Error::custom("a percentile is there twice"));
            }
        }
        Ok(Json::Object(metrics))
    }
}

fn ignored<'de, A: MapAccess<'de>>(entries: &mut A) -> Result<Value, A::Error> {
    entries.next_value::<IgnoredAny>().map(|_| Value::Null)
}

/// One sample: a number, or an object with one under `field`.
#[derive(Clone, Copy)]
struct Sample<'f> {
    field: Option<&'f str>,
}

impl<'de> Visitor<'de> for Sample<'_> {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a latency in milliseconds")
    }

    fn visit_f64<E: Error>(self, sample: f64) -> Result<f64, E> {
        checked(sample).map_err(E::custom)
    }

    #[expect(clippy::cast_precision_loss, reason = "a latency of 2^53 ms is 285,000 years")]
    fn visit_u64<E: Error>(self, sample: u64) -> Result<f64, E> {
        Ok(sample as f64)
    }

    fn visit_i64<E: Error>(self, sample: i64) -> Result<f64, E> {
        Err(E::custom(format!("a latency must be a number of 0 or more; this is {sample}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<f64, A::Error> {
        let Some(field) = self.field else {
            return Err(A::Error::custom("the samples are objects: name the value with `field:`"));
        };
        let mut found = None;
        while let Some(key) = entries.next_key::<String>()? {
            if key != field {
                ignored(&mut entries)?;
                continue;
            }
            let value: Value = entries.next_value()?;
            let number = value.as_f64().ok_or_else(|| A::Error::custom(format!("the value is {}", kind(&value))))?;
            if found.replace(checked(number).map_err(A::Error::custom)?).is_some() {
                return Err(A::Error::custom("the value is there twice"));
            }
        }
        found.ok_or_else(|| A::Error::custom(format!("a sample has no `{}`", visible_up_to(field, 40))))
    }
}
