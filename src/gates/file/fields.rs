//! The keys of a gate that are more than one value.

use std::collections::BTreeMap;

use super::TIMEOUT_LIMIT;
use super::spec::Reader;
use crate::gates::command::Command;
use crate::gates::condition::{Condition, ConditionError};
use crate::gates::skip::{BranchGlob, SkipOn};
use crate::gates::variables::{ENVIRONMENT_PREFIX, is_name};
use crate::model::escape::{is_blank, is_hidden};
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node, Value};

const CONDITION_HELP: &str = "for example \"p99_latency_ms < 2000 && regression_pct <= 5\"";
const TEST_HELP: &str = "for example \"< 70\", \"== 0\" or \"false\"";
const SKIP_HELP: &str = "for example \"branch.startsWith('dependabot/')\" or refs/heads/dependabot/*";
const COMMAND_HELP: &str = "write the program and its arguments, with quotes around what has blanks";

/// Reports a condition's, glob's or command's error where it is in the file.
fn report<T>(
    reader: &mut Reader<'_, '_>,
    node: &Node<'_>,
    found: Result<T, ConditionError>,
    what: &str,
    help: &str,
) -> Option<T> {
    found.map_err(|e| reader.within(node, e.offset..e.offset, format!("{what}: {}", e.message), help)).ok()
}

pub(super) fn condition(reader: &mut Reader<'_, '_>, node: &Node<'_>, what: &str) -> Option<Condition> {
    let what = format!("{what}: pass_condition");
    match &node.value {
        Value::Mapping(entries) if entries.is_empty() => {
            reader.decoder.problem(&node.span, format!("{what} is empty"), TEST_HELP);
            None
        }
        Value::Mapping(entries) => tests(reader, entries, &what),
        Value::Sequence(_) => reader.decoder.wrong(node, &what, "an expression or a mapping"),
        Value::Scalar { .. } => {
            let text = reader.decoder.text(node, &what)?;
            report(reader, node, Condition::parse(&text), &what, CONDITION_HELP)
        }
    }
}

fn tests(reader: &mut Reader<'_, '_>, entries: &[Entry<'_>], what: &str) -> Option<Condition> {
    let tests: Vec<_> = entries.iter().filter_map(|entry| test(reader, entry, what)).collect();
    if tests.len() < entries.len() { None } else { Condition::of_tests(&tests).ok() }
}

fn test<'n>(reader: &mut Reader<'_, '_>, entry: &'n Entry<'n>, what: &str) -> Option<(&'n str, &'n str)> {
    let what = format!("{what}.{}", entry.key);
    if is_blank(&entry.key) || entry.key.contains(is_hidden) {
        reader.decoder.problem(&entry.span, format!("{what}: this is not a metric's name"), TEST_HELP);
        return None;
    }
    let Some((text, _)) = entry.value.scalar().filter(|_| !entry.value.is_null()) else {
        return reader.decoder.wrong(&entry.value, &what, "a test of a metric");
    };
    let found = Condition::of_tests(&[(&entry.key, text)]).map_err(|(_, error)| error);
    report(reader, &entry.value, found, &what, TEST_HELP)?;
    Some((&entry.key, text))
}

pub(super) fn skip_on(reader: &mut Reader<'_, '_>, node: &Node<'_>, what: &str) -> Option<SkipOn> {
    let what = format!("{what}: skip_on");
    if let Value::Sequence(_) = &node.value {
        return globs(reader, node, &what);
    }
    let text = reader.decoder.text(node, &what)?;
    let found = SkipOn::parse(&text, reader.known);
    report(reader, node, found, &what, SKIP_HELP)
}

fn globs(reader: &mut Reader<'_, '_>, node: &Node<'_>, what: &str) -> Option<SkipOn> {
    let items = reader.decoder.items(node, what)?;
    let globs: Vec<_> = items.iter().filter_map(|item| glob(reader, item, what)).collect();
    (globs.len() == items.len()).then_some(SkipOn::Branches(globs))
}

fn glob(reader: &mut Reader<'_, '_>, item: &Node<'_>, what: &str) -> Option<BranchGlob> {
    let text = reader.decoder.text(item, what)?;
    report(reader, item, BranchGlob::parse_in_list(&text), what, SKIP_HELP)
}

pub(super) fn command(reader: &mut Reader<'_, '_>, fields: &Fields<'_>, what: &str) -> Option<Command> {
    let shell = switch(reader, fields, "shell", what);
    let fail_fast = switch(reader, fields, "fail_fast", what);
    let Some(node) = fields.get("command") else {
        for (key, (node, _)) in [("shell", shell), ("fail_fast", fail_fast)].into_iter().filter_map(with_its_node) {
            let message = format!("{what}: {key} is nothing without a command");
            reader.decoder.problem(&node.span, message, "add `command:`");
        }
        return None;
    };
    let script = matches!(shell, Some((_, Some(true))));
    if let Some((node, _)) = fail_fast
        && !script
    {
        let message = format!("{what}: fail_fast is about a script, and no shell reads this command");
        reader.decoder.problem(&node.span, message, "remove it, or set `shell: true`");
    }
    let what = format!("{what}: command");
    match &node.value {
        Value::Sequence(_) if script => reader.decoder.wrong(node, &what, "one text, under `shell: true`"),
        Value::Sequence(_) => list(reader, node, &what),
        _ => {
            let text = reader.decoder.text(node, &what)?;
            let found = match script {
                true => Command::script(&text, !matches!(fail_fast, Some((_, Some(false)))), reader.known),
                false => Command::split(&text, reader.known),
            };
            report(reader, node, found, &what, COMMAND_HELP)
        }
    }
}

/// A key that is true or false: where it stands, and what it says where it says one of them.
type Switch<'n> = Option<(&'n Node<'n>, Option<bool>)>;

fn switch<'n>(reader: &mut Reader<'_, '_>, fields: &Fields<'n>, key: &str, what: &str) -> Switch<'n> {
    let node = fields.get(key)?;
    Some((node, reader.decoder.boolean(node, &format!("{what}: {key}"))))
}

fn with_its_node<'n>((key, found): (&'static str, Switch<'n>)) -> Option<(&'static str, (&'n Node<'n>, Option<bool>))> {
    Some((key, found?))
}

fn list(reader: &mut Reader<'_, '_>, node: &Node<'_>, what: &str) -> Option<Command> {
    let items = reader.decoder.items(node, what)?;
    let texts: Vec<_> = items.iter().filter_map(|item| reader.decoder.any_text(item, what)).collect();
    if texts.len() < items.len() {
        return None;
    }
    let found = Command::of_list(&texts, reader.known);
    let at = found.as_ref().err().map_or(0, |(at, _)| *at);
    report(reader, &items[at], found.map_err(|(_, error)| error), what, COMMAND_HELP)
}

pub(super) fn timeout(decoder: &mut Decoder<'_>, fields: &Fields<'_>, what: &str) -> Option<u64> {
    let node = fields.get("timeout_seconds")?;
    let valid = node.number().and_then(|text| text.parse().ok()).filter(|s| (1..=TIMEOUT_LIMIT).contains(s));
    if valid.is_none() {
        let message = format!("{what}: timeout_seconds must be a whole number of seconds");
        decoder.problem(&node.span, message, format!("write 1 to {TIMEOUT_LIMIT}, without quotes"));
    }
    valid
}

pub(super) fn env(reader: &mut Reader<'_, '_>, node: &Node<'_>, what: &str) -> BTreeMap<String, String> {
    let what = format!("{what}: env");
    let entries = reader.decoder.entries(node, &what).unwrap_or_default();
    entries.iter().filter_map(|entry| variable(reader, entry, &what)).collect()
}

fn variable(reader: &mut Reader<'_, '_>, entry: &Entry<'_>, what: &str) -> Option<(String, String)> {
    let name = entry.key.to_string();
    if !is_name(&name) || name.to_ascii_uppercase().starts_with(ENVIRONMENT_PREFIX) {
        let help = format!("use letters, digits and `_`, no digit first, and not `{ENVIRONMENT_PREFIX}`");
        reader.decoder.problem(&entry.span, format!("{what}: this cannot be set"), help);
        return None;
    }
    let value = reader.decoder.any_text(&entry.value, &format!("{what}.{name}"))?;
    let filled =
        |known: &&str| [format!("${{{known}}}"), format!("{{{{ {known} }}}}")].iter().any(|t| value.contains(t));
    if value.contains('\0') || reader.known.iter().any(filled) {
        let help = "a value is taken as it stands; the command finds the variables as DG_PROJECT_ID and so on";
        reader.decoder.problem(&entry.value.span, format!("{what}.{name} is not filled in"), help);
        return None;
    }
    Some((name, value.to_owned()))
}
