//! One audit record: a line of JSON, validated whole, of which a few fields count.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// What of a record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A score, critical or not.
    Score(bool),
    /// A look for personal data that found some or not.
    Pii(bool),
    /// A look for secrets that found some or not.
    Secrets(bool),
    /// A record of something else.
    Other,
}

/// A sound record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) kind: Kind,
    pub(super) project_id: Cow<'a, str>,
    pub(super) at: Timestamp,
}

/// Reads one line.
pub(super) fn parse(line: &str) -> Result<Record<'_>, String> {
    let raw: Raw<'_> = serde_json::from_str(line).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        format!("it is not a sound record: {why} (column {})", error.column())
    })?;
    Ok(Record {
        kind: raw.kind()?,
        project_id: raw.project_id.text("project_id")?,
        at: timestamp(&raw.timestamp.text("timestamp")?)?,
    })
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "its `timestamp` is not a date and time with an offset".to_owned())
}

/// A field as it stands in the line.
#[derive(Default)]
enum Field<'a> {
    #[default]
    Missing,
    Text(Cow<'a, str>),
    Flag(bool),
    Other,
}

impl<'a> Field<'a> {
    fn text(self, name: &str) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Missing => Err(format!("it has no `{name}`")),
            Self::Flag(_) | Self::Other => Err(format!("its `{name}` is not a text")),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        match self {
            Self::Flag(flag) => Ok(Some(*flag)),
            Self::Missing => Ok(None),
            Self::Text(_) | Self::Other => Err(format!("its `{name}` is neither true nor false")),
        }
    }
}

#[derive(Default)]
struct Raw<'a> {
    schema_key: Field<'a>,
    project_id: Field<'a>,
    timestamp: Field<'a>,
    is_critical: Field<'a>,
    detected: Field<'a>,
    pii_detected: Field<'a>,
    has_secrets: Field<'a>,
    secrets_detected: Field<'a>,
}

impl<'a> Raw<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Field<'a>> {
        Some(match name {
            "schema_key" => &mut self.schema_key,
            "project_id" => &mut self.project_id,
            "timestamp" => &mut self.timestamp,
            "is_critical" => &mut self.is_critical,
            "detected" => &mut self.detected,
            "pii_detected" => &mut self.pii_detected,
            "has_secrets" => &mut self.has_secrets,
            "secrets_detected" => &mut self.secrets_detected,
            _ => return None,
        })
    }

    fn kind(&self) -> Result<Kind, String> {
        let key = match &self.schema_key {
            Field::Text(key) => key.as_ref(),
            Field::Missing => return Err("it has no `schema_key`".into()),
            Field::Flag(_) | Field::Other => return Err("its `schema_key` is not a text".into()),
        };
        match key {
            "halluccheck.score.v1" => {
                let critical = self.is_critical.flag("is_critical")?;
                critical.map(Kind::Score).ok_or_else(|| "it has no `is_critical`".to_owned())
            }
            "halluccheck.pii.v1" => {
                either(("detected", &self.detected), ("pii_detected", &self.pii_detected)).map(Kind::Pii)
            }
            "halluccheck.secrets.v1" => {
                let names = (("has_secrets", &self.has_secrets), ("secrets_detected", &self.secrets_detected));
                either(names.0, names.1).map(Kind::Secrets)
            }
            _ => Ok(Kind::Other),
        }
    }
}

fn either(one: (&str, &Field<'_>), other: (&str, &Field<'_>)) -> Result<bool, String> {
    match (one.1.flag(one.0)?, other.1.flag(other.0)?) {
        (Some(a), Some(b)) if a != b => Err(format!("its `{}` and `{}` contradict each other", one.0, other.0)),
        (Some(flag), _) | (None, Some(flag)) => Ok(flag),
        (None, None) => Err(format!("it has neither `{}` nor `{}`", one.0, other.0)),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw<'de>, A::Error> {
        let mut raw = Raw::default();
        while let Some(Name(name)) = entries.next_key()? {
            match raw.slot(&name) {
                None => drop(entries.next_value::<IgnoredAny>()?),
                Some(slot) if matches!(slot, Field::Missing) => *slot = entries.next_value()?,
                Some(_) => return Err(A::Error::custom(format_args!("`{name}` is there twice"))),
            }
        }
        Ok(raw)
    }
}

/// A key, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Field<'de>, E> {
        Ok(Field::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field<'de>, E> {
        Ok(Field::Other)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, items: A) -> Result<Field<'de>, A::Error> {
        IgnoredAny.visit_seq(items).map(|_| Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Field<'de>, A::Error> {
        IgnoredAny.visit_map(entries).map(|_| Field::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, rest: &str) -> String {
        format!(
            r#"{{"schema_key": "halluccheck.{key}.v1", "project_id": "p", "timestamp": "2026-11-24T11:00:00Z"{rest}}}"#
        )
    }

    #[test]
    fn records_are_read_by_their_schema() {
        let cases = [
            ("score", r#", "is_critical": true"#, Kind::Score(true)),
            ("score", r#", "is_critical": false, "detected": "x", "more": [{"is_critical": 1}]"#, Kind::Score(false)),
            ("score", r#", "is\u005fcritical": true"#, Kind::Score(true)),
            ("pii", r#", "detected": false"#, Kind::Pii(false)),
            ("pii", r#", "pii_detected": true, "detected": true"#, Kind::Pii(true)),
            ("secrets", r#", "has_secrets": true"#, Kind::Secrets(true)),
            ("secrets", r#", "secrets_detected": false"#, Kind::Secrets(false)),
            ("drift", r#", "is_critical": "whatever""#, Kind::Other),
        ];
        for (key, rest, kind) in cases {
            assert_eq!(parse(&with(key, rest)).expect(rest).kind, kind, "{key} {rest}");
        }
        let record = r#"{"schema_key":"x","project_id":"p\u0031","timestamp":"2026-11-24T12:00:00+01:00"}"#;
        let record = parse(record).unwrap();
        assert_eq!((record.project_id.as_ref(), record.at.to_string().as_str()), ("p1", "2026-11-24T11:00:00Z"));
    }

    #[test]
    fn anything_else_is_refused() {
        let score = |rest: &str| with("score", rest);
        let cases = [
            (score(""), "no `is_critical`"),
            (score(r#", "is_critical": "true""#), "neither true nor false"),
            (score(r#", "is_critical": null"#), "neither true nor false"),
            (score(r#", "is_critical": 1"#), "neither true nor false"),
            (score(r#", "is_critical": [true]"#), "neither true nor false"),
            (score(r#", "is_critical": true, "is_critical": false"#), "`is_critical` is there twice"),
            (score(r#", "is_critical": null, "is_critical": false"#), "there twice"),
            (score(r#", "is_critical": true, "is\u005fcritical": false"#), "there twice"),
            (score(r#", "is_critical": false, "x": 01"#), "not a sound record"),
            (score(r#", "is_critical": false, "x": {"y": [}"#), "not a sound record"),
            (score(r#", "is_critical": false, "x": "a"#), "not a sound record"),
            (score(r#", "is_critical": false}{"x": 1"#), "not a sound record"),
            (score(", \"is_critical\": false, \"x\": \"a\tb\""), "not a sound record"),
            (with("pii", ""), "neither `detected` nor `pii_detected`"),
            (with("pii", r#", "detected": false, "pii_detected": true"#), "contradict"),
            (with("secrets", r#", "secrets_detected": null, "has_secrets": false"#), "neither true nor false"),
            (r#"{"project_id": "p", "timestamp": "2026-11-24T11:00:00Z"}"#.into(), "no `schema_key`"),
            (r#"{"schema_key": "x", "timestamp": "2026-11-24T11:00:00Z"}"#.into(), "no `project_id`"),
            (r#"{"schema_key": "x", "project_id": "p"}"#.into(), "no `timestamp`"),
            (r#"{"schema_key": 1, "project_id": "p", "timestamp": "2026-11-24T11:00:00Z"}"#.into(), "is not a text"),
            (r#"{"schema_key": "x", "project_id": 7, "timestamp": "2026-11-24T11:00:00Z"}"#.into(), "is not a text"),
            (r#"{"schema_key": "x", "project_id": "p", "timestamp": 1}"#.into(), "is not a text"),
            (r#"{"schema_key": "x", "project_id": "p", "timestamp": "2026-11-24T11:00:00"}"#.into(), "with an offset"),
            (r#"{"schema_key": "x", "project_id": "p", "timestamp": "yesterday"}"#.into(), "with an offset"),
            ("[]".into(), "an object"),
            ("null".into(), "an object"),
        ];
        for (line, reason) in cases {
            let error = parse(&line).expect_err(&line);
            assert!(error.contains(reason), "{line}: {error}");
        }
    }
}
