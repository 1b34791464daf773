//! The keys of a gate's type, as JSON.

use serde_json::{Map, Number, Value as Json};

use std::sync::Arc;

use super::COMMON_KEYS;
use crate::gates::gate::{Gate, GateType, Options};
use crate::structured::decode::{Decoder, truth};
use crate::structured::yaml::{Entry, Meaning, Node, Value, meaning};

/// The gate that a type makes of its keys; what cannot be read, and what the type refuses, is the decoder's.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node, what: &str, kind: &dyn GateType) -> Option<Arc<dyn Gate>> {
    let Value::Mapping(entries) = &node.value else { return None };
    let own: Vec<&Entry> = entries.iter().filter(|entry| kind.keys().iter().any(|key| key.name == entry.key)).collect();
    debug_assert!(own.iter().all(|entry| COMMON_KEYS.iter().all(|key| key.name != entry.key)));
    let read = own.iter().filter_map(|entry| Some((entry.key.clone(), option(decoder, entry, what)?)));
    let options: Options = read.collect();
    if options.len() < own.len() {
        return None;
    }
    let (key, why) = match kind.configure(&options) {
        Ok(gate) => return Some(gate),
        Err(wrong) => wrong,
    };
    let start = node.span.start..node.span.start;
    let place = own.iter().find(|entry| entry.key == key).map_or(&start, |entry| &entry.value.span);
    let help = match kind.keys().iter().find(|known| known.name == key) {
        Some(known) => format!("`{key}` takes: {}", known.kind),
        None => format!("see the keys of `{}`", kind.name()),
    };
    decoder.problem(place, format!("{what}: {key}: {why}"), help);
    None
}

fn option(decoder: &mut Decoder<'_>, entry: &Entry, what: &str) -> Option<Json> {
    let what = format!("{what}: {}", entry.key);
    let value = json(decoder, &entry.value, &what)?;
    if value.is_null() {
        decoder.problem(&entry.value.span, format!("{what} is nothing (null)"), "write it, or leave the key out");
        return None;
    }
    Some(value)
}

fn json(decoder: &mut Decoder<'_>, node: &Node, what: &str) -> Option<Json> {
    match &node.value {
        Value::Sequence(items) => items.iter().map(|item| json(decoder, item, what)).collect(),
        Value::Mapping(entries) => {
            let read = entries.iter().map(|entry| Some((entry.key.clone(), json(decoder, &entry.value, what)?)));
            read.collect::<Option<Map<_, _>>>().map(Json::Object)
        }
        Value::Scalar { text, plain } => match meaning(text, *plain) {
            Meaning::Null => Some(Json::Null),
            Meaning::Boolean(_) => truth(node).map(Json::Bool),
            Meaning::Text => Some(Json::String(text.clone())),
            Meaning::Number => {
                let number = number(text);
                if number.is_none() {
                    let message = format!("{what}: `{text}` is not a number that 64 bits hold");
                    decoder.problem(&node.span, message, "if it is a text, put it in quotes");
                }
                number.map(Json::Number)
            }
        },
    }
}

/// A number of YAML's core schema. Infinity and what is not a number are none in JSON.
fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |digits, base| i128::from_str_radix(digits, base).ok();
    let whole = match (unsigned.strip_prefix("0x"), unsigned.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        _ if unsigned.bytes().all(|b| b.is_ascii_digit()) => Some(unsigned.parse().ok()?),
        _ => return text.parse().ok().and_then(Number::from_f64),
    };
    let whole = whole.map(|value: i128| if text.starts_with('-') { -value } else { value })?;
    Number::from_i128(whole)
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
        ];
        for (text, json) in cases {
            assert_eq!(number(text).map(|number| number.to_string()).as_deref(), Some(json), "{text}");
        }
        for text in [".inf", "-.inf", ".nan", "1e999", "18446744073709551616", "-9223372036854775809"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
