//! The event envelope 2.0: what the fields around an event's payload must look like.

use crate::structured::json::kind;
use jiff::Timestamp;
use semver::Version;
use serde_json::Value;

/// Fields, whether every envelope has them, and what is wrong with a value.
const FIELDS: [(&str, bool, Rule); 6] = [
    ("schema_version", true, schema_version),
    ("source", true, source),
    ("payload", true, payload),
    ("event_id", false, event_id),
    ("event_type", false, event_type),
    ("timestamp", false, timestamp),
];

type Rule = fn(&Value) -> Result<(), &'static str>;

/// What is wrong with an envelope, as pointers and messages. `strict` makes every field required.
pub(super) fn faults(document: &Value, strict: bool) -> Vec<(String, String)> {
    let Some(envelope) = document.as_object() else {
        return vec![(String::new(), format!("an event must be an object; this is {}", kind(document)))];
    };
    let fault = |(name, required, rule): &(&str, bool, Rule)| match envelope.get(*name) {
        None if *required || strict => Some((String::new(), format!("`{name}` is missing"))),
        None => None,
        Some(value) => rule(value).err().map(|what| (format!("/{name}"), format!("it must be {what}"))),
    };
    FIELDS.iter().filter_map(fault).collect()
}

fn test(value: &Value, what: &'static str, holds: impl Fn(&str) -> bool) -> Result<(), &'static str> {
    if value.as_str().is_some_and(holds) { Ok(()) } else { Err(what) }
}

fn schema_version(value: &Value) -> Result<(), &'static str> {
    test(value, r#""1.0" or "2.0""#, |text| matches!(text, "1.0" | "2.0"))
}

fn source(value: &Value) -> Result<(), &'static str> {
    test(value, "`name@version` with a semantic version", |text| {
        let Some((name, version)) = text.split_once('@') else { return false };
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && Version::parse(version).is_ok()
    })
}

fn payload(value: &Value) -> Result<(), &'static str> {
    if value.is_object() { Ok(()) } else { Err("an object") }
}

/// 128 bits in Crockford's base 32, so that the first character is at most 7.
fn event_id(value: &Value) -> Result<(), &'static str> {
    test(value, "a ULID", |text| {
        let digit = |b: u8| b.is_ascii_alphanumeric() && !matches!(b.to_ascii_uppercase(), b'I' | b'L' | b'O' | b'U');
        text.len() == 26 && text.bytes().all(digit) && text.starts_with(|c| matches!(c, '0'..='7'))
    })
}

fn event_type(value: &Value) -> Result<(), &'static str> {
    test(value, "a dotted name such as `model.answer.created`", |text| {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        text.contains('.') && text.split('.').all(part) && text.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

fn timestamp(value: &Value) -> Result<(), &'static str> {
    test(value, "a time in UTC with microseconds, such as 2026-01-02T03:04:05.678901Z", |text| {
        let local = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"));
        local.is_some_and(has_microseconds) && text.parse::<Timestamp>().is_ok()
    })
}

fn has_microseconds(local: &str) -> bool {
    let shape = b"0000-00-00T00:00:00.000000";
    let alike = |(b, shape): (u8, &u8)| if *shape == b'0' { b.is_ascii_digit() } else { b == *shape };
    local.len() == shape.len() && local.bytes().zip(shape).all(alike)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole() -> Value {
        json!({
            "schema_version": "2.0",
            "source": "my-app@1.0.0-rc.1+b",
            "payload": {},
            "event_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "event_type": "model.answer.created",
            "timestamp": "2026-01-02T03:04:05.678901Z",
            "more": 1,
        })
    }

    #[test]
    fn envelopes_are_read() {
        assert_eq!(faults(&whole(), true), []);
        let small = json!({"schema_version": "1.0", "source": "a@0.1.0", "payload": {"x": 1}});
        assert_eq!(faults(&small, false), []);
        let missing: Vec<_> = faults(&small, true).into_iter().map(|(_, message)| message).collect();
        assert_eq!(missing, ["`event_id` is missing", "`event_type` is missing", "`timestamp` is missing"]);
    }

    #[test]
    fn every_field_is_held_to_its_rule() {
        let bad = [
            ("schema_version", json!("3.0")),
            ("schema_version", json!(2.0)),
            ("source", json!("my-app")),
            ("source", json!("my-app@1.0")),
            ("source", json!("@1.0.0")),
            ("source", json!("a b@1.0.0")),
            ("payload", json!([])),
            ("payload", json!(null)),
            ("event_id", json!("81ARZ3NDEKTSV4RRFFQ69G5FAV")),
            ("event_id", json!("01ARZ3NDEKTSV4RRFFQ69G5FA")),
            ("event_id", json!("01ARZ3NDEKTSV4RRFFQ69G5FAU")),
            ("event_id", json!(null)),
            ("event_type", json!("created")),
            ("event_type", json!("a..b")),
            ("event_type", json!(".a.b")),
            ("timestamp", json!("2026-01-02T03:04:05Z")),
            ("timestamp", json!("2026-01-02T03:04:05.678901")),
            ("timestamp", json!("2026-01-02T03:04:05.678901+01:00")),
            ("timestamp", json!("2026-13-02T03:04:05.678901Z")),
            ("timestamp", json!("2026-01-02 03:04:05.678901Z")),
        ];
        for (field, value) in bad {
            let mut envelope = whole();
            envelope[field] = value.clone();
            let found = faults(&envelope, false);
            assert_eq!(found.len(), 1, "{field} {value}");
            assert_eq!(found[0].0, format!("/{field}"));
        }
        for document in [json!([]), json!(null), json!("x")] {
            assert_eq!(faults(&document, false).len(), 1);
        }
        assert_eq!(faults(&json!({}), false).len(), 3);
    }
}
