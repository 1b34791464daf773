//! The keys of a gate's type, as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::COMMON_KEYS;
use crate::gates::condition::Condition;
use crate::gates::gate::{Gate, GateType};
use crate::structured::decode::Decoder;
use crate::structured::node::{Entry, Node};

/// A digest of what a gate is judged by.
pub(super) fn digest(kind: &str, options: &Map<String, Json>, condition: Option<&Condition>) -> String {
    // In one order, however the file has them.
    let options: BTreeMap<_, _> = options.iter().collect();
    let text = json!([kind, options, condition.map(Condition::text)]).to_string();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The gate that a type makes of its keys; what cannot be read, and what the type refuses, is the decoder's.
pub(super) fn read(
    decoder: &mut Decoder<'_>,
    node: &Node<'_>,
    what: &str,
    kind: &dyn GateType,
) -> Option<(Arc<dyn Gate>, Map<String, Json>)> {
    let own: Vec<&Entry<'_>> =
        node.entries()?.iter().filter(|entry| kind.keys().iter().any(|key| key.name == entry.key)).collect();
    debug_assert!(own.iter().all(|entry| COMMON_KEYS.iter().all(|key| key.name != entry.key)));
    let read = own.iter().filter_map(|entry| Some((entry.key.to_string(), option(decoder, entry, what)?)));
    let options: Map<String, Json> = read.collect();
    if options.len() < own.len() {
        return None;
    }
    let (key, why) = match kind.gate(options.clone()) {
        Ok(gate) => return Some((gate, options)),
        Err(wrong) => wrong,
    };
    let start = node.span.start..node.span.start;
    let place = own.iter().find(|entry| entry.key == key).map_or(&start, |entry| &entry.value.span);
    let help = match kind.keys().iter().find(|known| known.name == key) {
        Some(known) => format!("`{key}` takes: {}", known.kind.phrase()),
        None => format!("see the keys of `{}`", kind.name()),
    };
    decoder.problem(place, format!("{what}: {key}: {why}"), help);
    None
}

fn option(decoder: &mut Decoder<'_>, entry: &Entry<'_>, what: &str) -> Option<Json> {
    let what = format!("{what}: {}", entry.key);
    if entry.value.is_null() {
        decoder.problem(&entry.value.span, format!("{what} is nothing (null)"), "write it, or leave the key out");
        return None;
    }
    let report = |node: &Node<'_>| {
        let text = node.scalar().map_or("", |(text, _)| text);
        let message = format!("{what}: `{text}` is not a number that 64 bits hold");
        decoder.problem(&node.span, message, "if it is a text, put it in quotes");
    };
    entry.value.to_json().map_err(report).ok()
}
