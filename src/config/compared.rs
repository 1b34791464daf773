//! Two texts of a policy, key by key: what the later one lets through that the earlier one did not.

use serde_json::{Map, Value};

use crate::model::escape::visible_up_to;
use crate::model::{Direction, PolicyChange};
use crate::structured::yaml;

/// How much of a value is shown, in characters.
const VALUE_LIMIT: usize = 80;

/// What more of a key's entries means.
#[derive(Clone, Copy)]
enum More {
    Asks,
    LetsThrough,
}

/// The keys whose entries stand each for itself: items of a list, or entries of a mapping.
const COLLECTIONS: [(&str, More); 8] = [
    ("required", More::Asks),
    ("manifests", More::Asks),
    ("versions", More::Asks),
    ("attestations", More::Asks),
    ("gates", More::Asks),
    ("exceptions", More::LetsThrough),
    ("manifests_ignore", More::LetsThrough),
    ("versions_ignore", More::LetsThrough),
];

/// The keys whose values have an order, from what lets most through to what asks most; the first is the default.
const ORDERS: [(&str, &[&str]); 4] = [
    ("tag_annotated", &["false", "true"]),
    ("lockstep", &["false", "true"]),
    ("not_applicable", &["any", "unless_failed", "attested_only"]),
    ("policy_changes", &["warn", "attest"]),
];

/// What differs, what lets more through first. No text is no file: the defaults.
///
/// # Errors
/// One of them is no policy that can be read: the earlier one (`false`) or the later one (`true`).
pub(crate) fn compared(before: Option<&str>, now: Option<&str>) -> Result<Vec<PolicyChange>, bool> {
    let (before, now) = (keys(before).ok_or(false)?, keys(now).ok_or(true)?);
    let mut changes = Vec::new();
    for key in before.keys().chain(now.keys().filter(|key| !before.contains_key(*key))) {
        let (was, is) = (before.get(key), now.get(key));
        if was != is {
            of_key(key, was, is, &mut changes);
        }
    }
    changes.sort();
    Ok(changes)
}

/// The keys of a policy, as they are written.
pub(crate) fn names(text: &str) -> Vec<String> {
    keys(Some(text)).unwrap_or_default().into_iter().map(|(name, _)| name).collect()
}

fn keys(text: Option<&str>) -> Option<Map<String, Value>> {
    let Some(text) = text else { return Some(Map::new()) };
    let node = yaml::parse("", text.trim_start_matches('\u{feff}')).ok()?;
    let Some(node) = node else { return Some(Map::new()) };
    match node.to_json().ok()? {
        Value::Object(keys) => Some(keys),
        Value::Null => Some(Map::new()),
        _ => None,
    }
}

fn of_key(key: &str, was: Option<&Value>, is: Option<&Value>, changes: &mut Vec<PolicyChange>) {
    if let Some((_, more)) = COLLECTIONS.iter().find(|(name, _)| *name == key) {
        return collection(key, (was, is), *more, changes);
    }
    let order = ORDERS.iter().find(|(name, _)| *name == key);
    let direction = match order.and_then(|(_, order)| Some((place(order, was)?, place(order, is)?))) {
        Some((before, now)) if before == now => return,
        Some((before, now)) if now < before => Direction::Loosened,
        Some(_) => Direction::Tightened,
        None if key == "decision" && is.is_none() => Direction::Loosened,
        None if key == "decision" && was.is_none() => Direction::Tightened,
        None => Direction::Changed,
    };
    changes.push(PolicyChange { direction, key: key.to_owned(), detail: was_and_is(was, is) });
}

/// Where a value stands in an order; the default is the first.
fn place(order: &[&str], value: Option<&Value>) -> Option<usize> {
    let text = match value {
        None => return Some(0),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    order.iter().position(|known| *known == text)
}

fn collection(key: &str, (was, is): (Option<&Value>, Option<&Value>), more: More, changes: &mut Vec<PolicyChange>) {
    let (was, is) = (entries(was), entries(is));
    let (gone, new) = match more {
        More::Asks => (Direction::Loosened, Direction::Tightened),
        More::LetsThrough => (Direction::Tightened, Direction::Loosened),
    };
    let mut tell = |direction, (name, value): (&String, &Value), detail: &str| {
        let detail = if value.is_null() { detail.to_owned() } else { format!("{detail}: {}", shown(value)) };
        changes.push(PolicyChange { direction, key: format!("{key}.{name}"), detail });
    };
    for (name, value) in &was {
        match is.get(name) {
            None => tell(gone, (name, &Value::Null), "is gone"),
            Some(now) if now != value => match more {
                // Another reason, or another day, is another exception.
                More::LetsThrough => tell(Direction::Loosened, (name, now), "is another one"),
                More::Asks => tell(within(value, now), (name, now), "is another one"),
            },
            Some(_) => {}
        }
    }
    for (name, value) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        tell(new, (name, value), "is new");
    }
}

/// Which way an entry changed that asks for something: where all that differs is what it asks for, that tells.
fn within(was: &Value, is: &Value) -> Direction {
    let asks = |value: &Value| {
        let evidence = value.get("evidence").is_some_and(|word| word == "required");
        let others = value.get("distinct_from").and_then(Value::as_array).cloned().unwrap_or_default();
        (evidence, others)
    };
    let ((evidence, others), (now_evidence, now_others)) = (asks(was), asks(is));
    let has_less = (evidence && !now_evidence) || others.iter().any(|other| !now_others.contains(other));
    let has_more = (now_evidence && !evidence) || now_others.iter().any(|other| !others.contains(other));
    match (has_less, has_more) {
        (true, _) => Direction::Loosened,
        (false, true) => Direction::Tightened,
        (false, false) => Direction::Changed,
    }
}

/// The entries by their names: of a list, the items themselves, or their `id` or `file`.
fn entries(value: Option<&Value>) -> Map<String, Value> {
    let named = |item: &Value| match item {
        Value::String(text) => (text.clone(), Value::Null),
        item => {
            let name = ["id", "file"].iter().find_map(|key| item.get(key)?.as_str());
            (name.map_or_else(|| item.to_string(), str::to_owned), item.clone())
        }
    };
    match value {
        Some(Value::Object(entries)) => entries.clone(),
        Some(Value::Array(items)) => items.iter().map(named).collect(),
        _ => Map::new(),
    }
}

fn was_and_is(was: Option<&Value>, is: Option<&Value>) -> String {
    match (was, is) {
        (Some(was), Some(is)) => format!("was {} and is {}", shown(was), shown(is)),
        (Some(was), None) => format!("is gone; it was {}", shown(was)),
        (None, Some(is)) => format!("is new: {}", shown(is)),
        (None, None) => String::new(),
    }
}

fn shown(value: &Value) -> String {
    visible_up_to(&value.to_string(), VALUE_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(before: &str, now: &str) -> Vec<String> {
        compared(Some(before), Some(now)).expect("two policies").iter().map(PolicyChange::said).collect()
    }

    #[test]
    fn what_lets_more_through_is_loosened() {
        for (before, now, expected) in [
            ("required: [changelog, tests]\n", "required: [tests]\n", "loosened: required.changelog is gone"),
            ("required: [a]\n", "", "loosened: required.a is gone"),
            ("", "exceptions: {a: {reason: b}}\n", "loosened: exceptions.a is new: {\"reason\":\"b\"}"),
            (
                "exceptions: {a: {reason: b, until: 2026-01-01}}\n",
                "exceptions: {a: {reason: b}}\n",
                "loosened: exceptions.a is another one: {\"reason\":\"b\"}",
            ),
            ("not_applicable: unless_failed\n", "", "loosened: not_applicable is gone; it was \"unless_failed\""),
            ("tag_annotated: true\n", "tag_annotated: false\n", "loosened: tag_annotated was true and is false"),
            (
                "attestations: {a: {evidence: required}}\n",
                "attestations: {a: {}}\n",
                "loosened: attestations.a is another one: {}",
            ),
            ("gates: [{id: g, type: command}]\n", "tag: 'v{version}'\n", "loosened: gates.g is gone"),
            ("decision: {}\n", "", "loosened: decision is gone; it was {}"),
        ] {
            assert_eq!(said(before, now).first().map(String::as_str), Some(expected), "{before} {now}");
        }
    }

    #[test]
    fn what_asks_for_more_is_tightened() {
        for (before, now) in [
            ("", "required: [a]\n"),
            ("exceptions: {a: {reason: b}}\n", ""),
            ("", "decision: {}\n"),
            ("", "policy_changes: attest\n"),
            ("attestations: {a: {}}\n", "attestations: {a: {distinct_from: [b]}}\n"),
            ("versions_ignore: [a]\n", ""),
        ] {
            let changes = compared(Some(before), Some(now)).expect("two policies");
            assert!(
                changes.iter().all(|change| change.direction == Direction::Tightened),
                "{before} {now}: {changes:?}"
            );
            assert!(!changes.is_empty(), "{before} {now}");
        }
    }

    #[test]
    fn what_nobody_can_tell_is_changed_and_what_stays_is_nothing() {
        for (before, now) in [
            ("tag: 'v{version}'\n", "tag: '{version}'\n"),
            ("pinning: {mode: exact}\n", "pinning: {mode: lock}\n"),
            ("decision: {ignore: [a]}\n", "decision: {ignore: [b]}\n"),
            ("gates: [{id: g, command: a}]\n", "gates: [{id: g, command: b}]\n"),
        ] {
            let changes = compared(Some(before), Some(now)).expect("two policies");
            assert_eq!(
                changes.iter().map(|change| change.direction).collect::<Vec<_>>(),
                [Direction::Changed],
                "{before}"
            );
        }
        assert_eq!(said("lockstep: false\ntag: a\n", "# why\ntag: \"a\"\n"), [""; 0]);
        assert_eq!(compared(None, None), Ok(Vec::new()));
        assert_eq!((compared(Some("["), None), compared(None, Some("- a\n"))), (Err(false), Err(true)));
    }

    #[test]
    fn loosened_ones_come_first() {
        let said = said("required: [a]\n", "tag: x\nrequired: [b]\n");
        assert_eq!(
            said,
            ["loosened: required.a is gone", "changed: tag is new: \"x\"", "tightened: required.b is new"]
        );
    }
}
