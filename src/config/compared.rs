//! Two texts of a policy, key by key: what the later one lets through that the earlier one did not.

use serde_json::{Map, Value};

use crate::model::{Direction, PolicyChange};
use crate::structured::yaml;

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

/// The keys whose values have an order, from what lets most through to what asks most, each with the one that holds where it is not
/// written.
const ORDERS: [(&str, &[&str], &str); 9] = [
    ("tag_annotated", &["false", "true"], "false"),
    ("lockstep", &["false", "true"], "false"),
    ("not_applicable", &["any", "unless_failed", "attested_only"], "any"),
    ("policy_changes", &["warn", "attest"], "warn"),
    ("on_fail", &["report", "warn", "block"], "block"),
    ("references", &["anywhere", "trailer"], "anywhere"),
    ("adr_from", &["head", "base"], "base"),
    ("judge_partial", &["warn", "block"], "block"),
    ("from", &["reported", "forge"], "reported"),
];

/// The keys that are mappings of keys of their own.
const MAPPINGS: [&str; 4] = ["ci", "claims", "decision", "pinning"];

/// The keys of a gate or of `decision` by which less is asked: to have more of them lets more through.
const LETS_THROUGH: [&str; 7] =
    ["ignore", "skip_on", "skip_on_draft", "allow_skipped", "allow_empty", "allow_no_records", "init_baseline"];

/// Which of two texts is no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The earlier one.
    Before,
    /// The later one.
    Now,
}

/// What differs, what lets more through first. No text is no file: the defaults.
///
/// # Errors
/// Which of them is no policy that can be read.
pub(crate) fn compared(before: Option<&str>, now: Option<&str>) -> Result<Vec<PolicyChange>, Unreadable> {
    let (before, now) = (keys(before).ok_or(Unreadable::Before)?, keys(now).ok_or(Unreadable::Now)?);
    Ok(differing(&before, &now))
}

/// The same for some of the keys.
///
/// # Errors
/// The same.
pub(crate) fn compared_in(
    before: Option<&str>,
    now: Option<&str>,
    asked: &[&str],
) -> Result<Vec<PolicyChange>, Unreadable> {
    let (mut before, mut now) = (keys(before).ok_or(Unreadable::Before)?, keys(now).ok_or(Unreadable::Now)?);
    before.retain(|key, _| asked.contains(&key.as_str()));
    now.retain(|key, _| asked.contains(&key.as_str()));
    Ok(differing(&before, &now))
}

fn differing(before: &Map<String, Value>, now: &Map<String, Value>) -> Vec<PolicyChange> {
    let mut changes = Vec::new();
    for key in before.keys().chain(now.keys().filter(|key| !before.contains_key(*key))) {
        let (was, is) = (before.get(key), now.get(key));
        if was != is {
            of_key(key, was, is, &mut changes);
        }
    }
    changes.sort();
    changes
}

/// Whether a policy asks for a claim where its successor lets more through, whatever else is wrong with it.
pub(crate) fn asks_for_a_claim(text: &str) -> bool {
    keys(Some(text)).is_none_or(|keys| keys.get("policy_changes").is_some_and(|word| word != "warn"))
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
    if let (true, Some(Value::Object(was)), Some(Value::Object(is))) = (MAPPINGS.contains(&key), was, is) {
        return changes.extend(within(key, was, is));
    }
    let direction = match (key, was, is) {
        ("ci" | "claims" | "decision" | "record", _, None) => Direction::Loosened,
        ("claims" | "decision" | "record", None, _) => Direction::Tightened,
        _ => direction(key, was, is),
    };
    if place_in_order(key, was).is_some_and(|at| Some(at) == place_in_order(key, is)) {
        return;
    }
    changes.push(PolicyChange { direction, key: key.to_owned(), detail: was_and_is(was, is) });
}

/// Which way a single value changed.
fn direction(key: &str, was: Option<&Value>, is: Option<&Value>) -> Direction {
    let is_written = |value: Option<&Value>| value.is_some_and(|value| *value != Value::Bool(false));
    match (place_in_order(key, was), place_in_order(key, is)) {
        (Some(before), Some(now)) if now < before => return Direction::Loosened,
        (Some(before), Some(now)) if now > before => return Direction::Tightened,
        _ => {}
    }
    match (LETS_THROUGH.contains(&key), is_written(was), is_written(is)) {
        (true, false, true) => Direction::Loosened,
        (true, true, false) => Direction::Tightened,
        (true, true, true) if has_all(is, was) => Direction::Loosened,
        (true, true, true) if has_all(was, is) => Direction::Tightened,
        _ => Direction::Changed,
    }
}

/// Whether a list has every item of another one.
fn has_all(list: Option<&Value>, other: Option<&Value>) -> bool {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
    items(list).zip(items(other)).is_some_and(|(list, other)| other.iter().all(|item| list.contains(item)))
}

/// Where a value stands in the order of its key; what is not written stands where the default does.
fn place_in_order(key: &str, value: Option<&Value>) -> Option<usize> {
    let (_, order, default) = ORDERS.iter().find(|(name, ..)| *name == key)?;
    let text = match value {
        None => (*default).to_owned(),
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
    let change =
        |direction, name: &str, detail: String| PolicyChange { direction, key: format!("{key}.{name}"), detail };
    for (name, value) in &was {
        match (is.get(name), more) {
            (None, _) => changes.push(change(gone, name, "is gone".to_owned())),
            (Some(now), _) if now == value => {}
            (Some(now), More::LetsThrough) => {
                changes.push(change(excuse(value, now), name, was_and_is(Some(value), Some(now))))
            }
            (Some(now), More::Asks) => match (value, now) {
                (Value::Object(was), Value::Object(is)) => changes.extend(within(&format!("{key}.{name}"), was, is)),
                _ => changes.push(change(Direction::Changed, name, was_and_is(Some(value), Some(now)))),
            },
        }
    }
    for (name, value) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
        let detail = if value.is_null() { "is new".to_owned() } else { was_and_is(None, Some(value)) };
        // What a new gate runs may change what the next ones find.
        let direction = if key == "gates" { Direction::Changed } else { new };
        changes.push(change(direction, name, detail));
    }
    let stay = |names: &Map<String, Value>, others: &Map<String, Value>| {
        names.keys().filter(|name| others.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    if key == "gates" && stay(&was, &is) != stay(&is, &was) {
        let detail = "run in another order".to_owned();
        changes.push(PolicyChange { direction: Direction::Changed, key: key.to_owned(), detail });
    }
}

/// An excuse that ends earlier asks for more; another reason, or a later day, is another excuse.
fn excuse(was: &Value, is: &Value) -> Direction {
    let (reason, until) = (
        |value: &Value| value.get("reason").cloned(),
        |value: &Value| value.get("until").and_then(Value::as_str).map(str::to_owned),
    );
    let is_earlier = match (until(was), until(is)) {
        (None, Some(_)) => true,
        (Some(before), Some(now)) => now < before,
        _ => false,
    };
    if reason(was) == reason(is) && is_earlier { Direction::Tightened } else { Direction::Loosened }
}

/// What differs among the keys of a mapping.
fn within(key: &str, was: &Map<String, Value>, is: &Map<String, Value>) -> Vec<PolicyChange> {
    let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
    let differ = names.filter(|name| was.get(*name) != is.get(*name));
    let one = |name: &String| {
        let (before, now) = (was.get(name), is.get(name));
        let direction = match name.as_str() {
            "evidence" => evidence(before, now),
            "distinct_from" | "distinct_from_author" | "required" => asked(before, now),
            "threshold" => thresholds(before, now),
            "require" if has_all(now, before) => Direction::Tightened,
            "require" if has_all(before, now) => Direction::Loosened,
            name => direction(name, before, now),
        };
        PolicyChange { direction, key: format!("{key}.{name}"), detail: was_and_is(before, now) }
    };
    differ.map(one).collect()
}

static EMPTY: Value = Value::Array(Vec::new());

/// A list of which each item asks for more.
fn asked(was: Option<&Value>, is: Option<&Value>) -> Direction {
    let (was, is) = (was.or(Some(&EMPTY)), is.or(Some(&EMPTY)));
    match (has_all(was, is), has_all(is, was)) {
        (true, false) => Direction::Loosened,
        (false, true) => Direction::Tightened,
        _ => Direction::Changed,
    }
}

/// How many must sign: fewer of any is looser.
fn thresholds(was: Option<&Value>, is: Option<&Value>) -> Direction {
    let (was, is) = (entries(was), entries(is));
    let count = |all: &Map<String, Value>, id: &str| all.get(id).map_or(Some(0), Value::as_u64);
    let mut all = was.keys().chain(is.keys()).map(|id| count(&was, id).zip(count(&is, id)));
    match all.clone().all(|counts| counts.is_some_and(|(before, now)| now >= before)) {
        true => Direction::Tightened,
        false if all.any(|counts| counts.is_some_and(|(before, now)| now < before)) => Direction::Loosened,
        false => Direction::Changed,
    }
}

fn evidence(was: Option<&Value>, is: Option<&Value>) -> Direction {
    let is_required = |value: Option<&Value>| value.is_some_and(|word| word == "required");
    match (is_required(was), is_required(is)) {
        (true, false) => Direction::Loosened,
        (false, true) => Direction::Tightened,
        _ => Direction::Changed,
    }
}

/// The entries by their names: of a list, the items themselves, or their `id`; a file with the text around its version.
fn entries(value: Option<&Value>) -> Map<String, Value> {
    let named = |item: &Value| match item {
        Value::String(text) => (text.clone(), Value::Null),
        item => {
            let text = |key: &str| item.get(key).and_then(Value::as_str);
            let pattern = || Some(format!("{} ({})", text("file")?, text("pattern")?));
            let name = text("id").map(str::to_owned).or_else(pattern).unwrap_or_else(|| item.to_string());
            (name, item.clone())
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
        (Some(was), Some(is)) => format!("was {was} and is {is}"),
        (Some(was), None) => format!("is gone; it was {was}"),
        (None, Some(is)) => format!("is new: {is}"),
        (None, None) => String::new(),
    }
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
            (
                "decision: {}\n",
                "decision: {judge_partial: warn}\n",
                "loosened: decision.judge_partial is new: \"warn\"",
            ),
            ("required: [changelog, tests]\n", "required: [tests]\n", "loosened: required.changelog is gone"),
            ("required: [a]\n", "", "loosened: required.a is gone"),
            ("record: records\n", "", "loosened: record is gone; it was \"records\""),
            ("", "exceptions: {a: {reason: b}}\n", "loosened: exceptions.a is new: {\"reason\":\"b\"}"),
            (
                "exceptions: {a: {reason: b, until: 2026-01-01}}\n",
                "exceptions: {a: {reason: b}}\n",
                "loosened: exceptions.a was {\"reason\":\"b\",\"until\":\"2026-01-01\"} and is {\"reason\":\"b\"}",
            ),
            ("not_applicable: unless_failed\n", "", "loosened: not_applicable is gone; it was \"unless_failed\""),
            ("tag_annotated: true\n", "tag_annotated: false\n", "loosened: tag_annotated was true and is false"),
            (
                "attestations: {a: {evidence: required}}\n",
                "attestations: {a: {}}\n",
                "loosened: attestations.a.evidence is gone; it was \"required\"",
            ),
            ("gates: [{id: g, type: command}]\n", "tag: 'v{version}'\n", "loosened: gates.g is gone"),
            ("decision: {}\n", "", "loosened: decision is gone; it was {}"),
            ("claims: {}\n", "", "loosened: claims is gone; it was {}"),
            (
                "claims: {required: [a, b]}\n",
                "claims: {required: [b]}\n",
                "loosened: claims.required was [\"a\",\"b\"] and is [\"b\"]",
            ),
            (
                "claims: {threshold: {a: 2}}\n",
                "claims: {threshold: {a: 1, b: 3}}\n",
                "loosened: claims.threshold was {\"a\":2} and is {\"a\":1,\"b\":3}",
            ),
            (
                "decision: {patterns: [a]}\n",
                "decision: {patterns: [a], ignore: [b]}\n",
                "loosened: decision.ignore is new: [\"b\"]",
            ),
            (
                "decision: {ignore: [a]}\n",
                "decision: {ignore: [b, a]}\n",
                "loosened: decision.ignore was [\"a\"] and is [\"b\",\"a\"]",
            ),
            (
                "gates: [{id: g, type: command}]\n",
                "gates: [{id: g, type: command, on_fail: warn}]\n",
                "loosened: gates.g.on_fail is new: \"warn\"",
            ),
            (
                "gates: [{id: g, type: command}]\n",
                "gates: [{id: g, type: command, skip_on: [x]}]\n",
                "loosened: gates.g.skip_on is new: [\"x\"]",
            ),
            (
                "versions: [{file: v, pattern: 'A={version}'}, {file: v, pattern: 'B={version}'}]\n",
                "versions: [{file: v, pattern: 'B={version}'}]\n",
                "loosened: versions.v (A={version}) is gone",
            ),
            (
                "policy_changes: attest\nnew_key: 1\n",
                "new_key: 1\n",
                "loosened: policy_changes is gone; it was \"attest\"",
            ),
        ] {
            assert_eq!(said(before, now).first().map(String::as_str), Some(expected), "{before} {now}");
        }
    }

    #[test]
    fn what_asks_for_more_is_tightened() {
        for (before, now) in [
            ("", "required: [a]\n"),
            ("exceptions: {a: {reason: b}}\n", ""),
            ("exceptions: {a: {reason: b, until: 2028-01-01}}\n", "exceptions: {a: {reason: b, until: 2027-01-01}}\n"),
            ("exceptions: {a: {reason: b}}\n", "exceptions: {a: {reason: b, until: 2027-01-01}}\n"),
            ("decision: {ignore: [a, b]}\n", "decision: {ignore: [a]}\n"),
            ("gates: [{id: g, on_fail: warn}]\n", "gates: [{id: g, on_fail: block}]\n"),
            ("", "decision: {}\n"),
            ("", "claims: {}\n"),
            ("claims: {required: [a]}\n", "claims: {required: [b, a]}\n"),
            ("claims: {threshold: {a: 1}}\n", "claims: {threshold: {a: 2, b: 1}}\n"),
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
            ("decision: {patterns: [a]}\n", "decision: {patterns: [b]}\n"),
            ("claims: {signers: a}\n", "claims: {signers: b}\n"),
            ("", "gates: [{id: g, command: a}]\n"),
            ("gates: [{id: a}, {id: b}]\n", "gates: [{id: b}, {id: a}]\n"),
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
        assert_eq!(
            (compared(Some("["), None), compared(None, Some("- a\n"))),
            (Err(Unreadable::Before), Err(Unreadable::Now))
        );
    }

    #[test]
    fn loosened_ones_come_first() {
        let said = said("required: [a]\n", "tag: x\nrequired: [b]\n");
        assert_eq!(
            said,
            ["loosened: required.a is gone", "changed: tag is new: \"x\"", "tightened: required.b is new"]
        );
    }

    /// A key that is renamed, or a new one with entries of its own, is to be told here, too.
    #[test]
    fn the_keys_are_those_of_the_policy() {
        fn properties(schema: &Value, found: &mut Vec<String>) {
            match schema {
                Value::Object(keys) => {
                    let own = keys.get("properties").and_then(Value::as_object).into_iter();
                    found.extend(own.flat_map(|own| own.keys().cloned()));
                    keys.values().for_each(|value| properties(value, found));
                }
                Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
                _ => {}
            }
        }
        let schema: Value = serde_json::from_str(include_str!("../../schemas/policy.schema.json")).expect("JSON");
        let mut all = Vec::new();
        properties(&schema, &mut all);
        let collections = COLLECTIONS.iter().map(|(name, _)| *name);
        let ours = collections.clone().chain(ORDERS.iter().map(|(name, ..)| *name)).chain(LETS_THROUGH).chain(MAPPINGS);
        for name in ours {
            assert!(all.iter().any(|known| known == name), "{name} is no key");
        }
        let known: Vec<_> = collections.chain(MAPPINGS).collect();
        for (name, kind) in schema["properties"].as_object().expect("keys") {
            let has_entries = kind["type"] == "array" || kind["type"] == "object" || kind.get("$ref").is_some();
            assert!(!has_entries || known.contains(&name.as_str()), "{name} has entries");
        }
    }
}
