//! SARIF 2.1.0: one rule a check, one result a row or single thing found. Section numbers are the standard's.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::format::Finished;
use super::items::{Item, asking_file, items, rows};
use crate::model::escape::visible_up_to;
use crate::model::failure::{Failure, FailureKind};
use crate::model::{Caution, Place, Report, Row, Status, Timing};
use crate::structured::pretty::to_string;

mod document;
mod help;

use document::{
    ArtifactLocation, Described, Driver, Invocation, Location, Log, Named, Notification, PhysicalLocation, Provenance,
    ROOT, Region, Rule, RuleReference, Run, SarifResult, Text, Tool,
};

/// The longest message, in characters; JSON has a detail whole.
const MESSAGE_LIMIT: usize = 4_000;

/// How many results GitHub's code scanning keeps of one run.
const RESULT_LIMIT: usize = 5_000;

/// The name of our fingerprint among a result's (3.27.17); the number is that of its recipe.
const FINGERPRINT: &str = "deliveryGateItem/v1";

/// Renders a finished run.
#[must_use]
pub(crate) fn render(finished: &Finished) -> String {
    let run = match &finished.result {
        Ok(report) => judged(report, finished.exit_code()),
        Err(failure) => refused(failure, finished),
    };
    to_string(&Log::of(run))
}

fn judged(report: &Report, exit_code: u8) -> Run {
    let rows = rows(report);
    let rules = rules(&rows);
    let home = asking_file(report);
    let mut all = items(&rows);
    if all.len() > RESULT_LIMIT {
        // Each row that holds the release has a result: first one of each, then the others of these rows.
        all.sort_by_key(|item| (!item.row.holds(), !item.is_first));
    }
    let results = all.iter().take(RESULT_LIMIT).map(|item| result(item, &rules, &home)).collect();
    let mut invocation = Invocation { execution_successful: true, ..invocation(report.timing, exit_code) };
    let notes = &mut invocation.tool_execution_notifications;
    notes.extend(rows.iter().filter(|row| row.status == Status::Unproven).map(|row| not_looked_at(row, &rules)));
    notes.extend(report.warnings.iter().map(|warning| notification("warning", warning)));
    if let Some(changes) = &report.subject.policy_changes {
        let said = changes.changes.iter().map(|change| format!("{}: {}", changes.heading(), change.said()));
        notes.extend(said.map(|said| notification("note", &said)));
    }
    if all.len() > RESULT_LIMIT {
        let more = format!("{} more results are not listed; the JSON report has them", all.len() - RESULT_LIMIT);
        notes.push(notification("warning", &more));
    }
    Run {
        results,
        version_control_provenance: provenance(report).into_iter().collect(),
        properties: properties(report),
        ..run(report.command, rules.list, invocation)
    }
}

/// The rules in the order of the rows, and where each stands among them.
struct Rules<'r> {
    list: Vec<Rule>,
    places: HashMap<&'r str, usize>,
}

fn rules(rows: &[Row]) -> Rules<'_> {
    let mut rules = Rules { list: Vec::new(), places: HashMap::new() };
    for row in rows {
        let next = rules.list.len();
        if *rules.places.entry(&row.id).or_insert(next) == next {
            rules.list.push(rule(row));
        }
    }
    rules
}

fn rule(row: &Row) -> Rule {
    let help = help::help(row);
    Rule {
        id: shown(&row.id),
        short_description: Text::plain(shown(&row.title)),
        full_description: help::summary(&help),
        help,
    }
}

impl Rules<'_> {
    fn reference(&self, row: &Row) -> RuleReference {
        RuleReference { id: shown(&row.id), index: self.places.get(row.id.as_str()).copied().unwrap_or_default() }
    }
}

fn result(item: &Item<'_>, rules: &Rules<'_>, home: &Place) -> SarifResult {
    let row = item.row;
    let (kind, level) = kind_and_level(row);
    let RuleReference { id, index } = rules.reference(row);
    let facts = json!({
        "check": row.id, "title": row.title, "kind": row.kind.label(), "status": row.status.label(),
        "blocking": row.blocking, "finding": item.finding.map(|finding| &finding.rule),
        "detail": item.finding.filter(|_| item.is_first).map(|_| row.detail.as_str()), "evidence": evidence(row),
    });
    SarifResult {
        rule_id: id,
        rule_index: index,
        kind,
        level,
        message: Text::plain(in_lines(item)),
        locations: [location(item.place().unwrap_or(home))],
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, item.fingerprint.clone())]),
        properties: stated(facts),
    }
}

/// What a person gave. The records of gates are paths of this machine, which nobody needs elsewhere.
fn evidence(row: &Row) -> Vec<&str> {
    row.evidence.iter().map(String::as_str).filter(|text| !Path::new(text).is_absolute()).collect()
}

/// A kind other than `fail` has the level `none` (3.27.10). What nobody could tell is `open`: its notification says that
/// it holds the release. An amber score is for a person to judge, which is `review`.
fn kind_and_level(row: &Row) -> (&'static str, &'static str) {
    match row.status {
        Status::Pass | Status::Hollow(_) => ("pass", "none"),
        Status::Fail if row.blocking => ("fail", "error"),
        Status::Fail | Status::Warn(Caution::Excused) => ("fail", "warning"),
        Status::Unproven => ("open", "none"),
        Status::Warn(Caution::Amber) => ("review", "none"),
        Status::Na | Status::Skipped => ("notApplicable", "none"),
    }
}

fn location(place: &Place) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(&place.path), uri_base_id: ROOT },
            region: Region {
                start_line: place.line.unwrap_or(1),
                start_column: place.column.filter(|_| place.line.is_some()),
            },
        },
    }
}

/// A relative reference (RFC 3986, 4.2); a colon would make a scheme of what stands before it.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Text as viewers show it: a bracket before a parenthesis would end a link's text (3.11.6).
fn shown(text: &str) -> String {
    visible_up_to(text, MESSAGE_LIMIT).replace("](", r"\](")
}

fn in_lines(item: &Item<'_>) -> String {
    let below = item.below().iter().map(String::as_str);
    std::iter::once(item.message()).chain(below).map(shown).collect::<Vec<_>>().join("\n")
}

/// That the gate could not look made the results incomplete (3.58.6).
fn not_looked_at(row: &Row, rules: &Rules<'_>) -> Notification {
    let level = if row.blocking { "error" } else { "warning" };
    let place = row.source.as_ref().and_then(|source| source.place());
    Notification {
        locations: place.map(location).into_iter().collect(),
        associated_rule: Some(rules.reference(row)),
        ..notification(level, &format!("UNPROVEN: {}: {}", row.title, row.detail))
    }
}

fn notification(level: &'static str, text: &str) -> Notification {
    Notification { level, message: Text::plain(shown(text)), locations: Vec::new(), associated_rule: None }
}

fn properties(report: &Report) -> Map<String, Value> {
    let reasons = report.hold_reasons();
    let mut properties = stated(json!({
        "decision": report.decision().label(),
        "holdReasons": reasons.iter().map(|reason| &reason.id).collect::<Vec<_>>(),
    }));
    properties.extend(report.facts().into_iter().map(|fact| (fact.name.to_owned(), fact.text.into())));
    properties
}

/// The facts that are known.
fn stated(facts: Value) -> Map<String, Value> {
    match facts {
        Value::Object(facts) => facts.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

fn provenance(report: &Report) -> Option<Provenance> {
    Some(Provenance {
        repository_uri: report.subject.remote.clone()?,
        revision_id: report.subject.commit.clone()?,
        revision_tag: report.subject.tag.clone(),
    })
}

/// What a person wrote is the configuration; everything else happened on the way.
fn refused(failure: &Failure, finished: &Finished) -> Run {
    let notes = failure.placed().map(|(problem, place)| Notification {
        locations: place.iter().map(location).collect(),
        ..notification("error", &problem.in_one_line())
    });
    let mut notes: Vec<_> = notes.collect();
    if notes.is_empty() {
        notes.push(notification("error", &failure.message));
    }
    let mut invocation = invocation(finished.timing, Failure::EXIT_CODE);
    match failure.kind {
        FailureKind::Usage | FailureKind::Manifest | FailureKind::Configuration => {
            invocation.tool_configuration_notifications = notes;
        }
        FailureKind::Output | FailureKind::Interrupted | FailureKind::Internal => {
            invocation.tool_execution_notifications = notes;
        }
    }
    run(finished.command, Vec::new(), invocation)
}

fn run(command: &str, rules: Vec<Rule>, invocation: Invocation) -> Run {
    let root = Described { description: Text::plain("The repository's top level.") };
    Run {
        tool: Tool { driver: Driver { name: "delivery-gate", semantic_version: env!("CARGO_PKG_VERSION"), rules } },
        invocations: [invocation],
        automation_details: Named { id: format!("delivery-gate/{command}/") },
        version_control_provenance: Vec::new(),
        original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
        column_kind: "unicodeCodePoints",
        results: Vec::new(),
        properties: Map::from_iter([("decision".to_owned(), Value::Null)]),
    }
}

fn invocation(timing: Timing, exit_code: u8) -> Invocation {
    Invocation {
        execution_successful: false,
        exit_code,
        start_time_utc: format!("{:.3}", timing.started_at),
        end_time_utc: format!("{:.3}", end(timing)),
        tool_execution_notifications: Vec::new(),
        tool_configuration_notifications: Vec::new(),
    }
}

fn end(timing: Timing) -> Timestamp {
    let took = SignedDuration::try_from_secs_f64(timing.duration_ms / 1000.0);
    took.ok().and_then(|took| timing.started_at.checked_add(took).ok()).unwrap_or(timing.started_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_references() {
        let cases = [
            ("src/main.rs", "src/main.rs"),
            ("a b/%41:c?d#e", "a%20b/%2541%3Ac%3Fd%23e"),
            ("https://evil.example/x", "https%3A//evil.example/x"),
            ("\u{202e}ü\n", "%E2%80%AE%C3%BC%0A"),
        ];
        for (path, expected) in cases {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn no_text_makes_a_link() {
        assert_eq!(shown("[x](https://evil.example) [REDACTED:X]"), r"[x\](https://evil.example) [REDACTED:X]");
    }
}
