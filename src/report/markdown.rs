//! The report as GitHub-flavoured Markdown, for release notes and a CI system's summary of a job.

use std::fmt::Write as _;

use super::sections::{self, Aside, Claim, count, is_claim};
use crate::model::failure::Failure;
use crate::model::problem::Problem;
use crate::model::{Kind, Report, Row, Timing};

mod inline;

use inline::{code, evidence, inline};

/// Renders the report: the decision first.
#[must_use]
pub(crate) fn render(report: &Report) -> String {
    let mut out = format!("## Decision: {}\n", report.decision_in_words());
    for line in std::iter::once(judged(report)).chain(report.summary.as_deref().map(inline)) {
        let _ = writeln!(out, "\n{line}");
    }
    table(&mut out, &report.rows);
    let reasons = report.hold_reasons();
    list(&mut out, "Hold reasons", reasons.iter().map(|reason| item(&reason.title, &reason.detail, &reason.below)));
    list(&mut out, "Claims", report.rows.iter().filter(|row| is_claim(row)).map(claim));
    for aside in Aside::ALL {
        list(&mut out, aside.heading(), aside.rows(report).map(|row| item(&row.title, &row.detail, &row.below)));
    }
    if let Some(changes) = &report.subject.policy_changes {
        list(&mut out, &inline(&changes.heading()), changes.changes.iter().map(|change| inline(&change.said())));
    }
    list(&mut out, "Warnings", report.warnings.iter().map(|warning| inline(warning)));
    list(&mut out, "Log", report.transcript.iter().flatten().map(|line| inline(line)));
    out + &origin(report.command, report.timing)
}

/// Renders a run that reached no decision (exit code 2).
#[must_use]
pub(crate) fn render_failure(failure: &Failure, command: &str, timing: Timing) -> String {
    let mut out = String::from("## Decision: none, the gate could not be asked\n\nNothing was shown: this is no GO.\n");
    match failure.problems.len() {
        0 => list(&mut out, "Problem", std::iter::once(inline(&failure.message))),
        many => list(&mut out, &count(many, "problem", "problems"), failure.problems.iter().map(problem)),
    }
    out + &origin(command, timing)
}

/// What was judged and by which gate, in one line; the program stands at the end. What has no name has its place.
fn judged(report: &Report) -> String {
    let (subject, facts) = (&report.subject, report.facts());
    let root = subject.root.as_deref().filter(|_| subject.commit.is_none() && subject.version.is_none());
    let facts = facts.iter().filter(|fact| fact.name != "tool");
    let facts = facts.map(|fact| format!("{} {}", fact.name, code(&fact.text)));
    root.map(code).into_iter().chain(facts).collect::<Vec<_>>().join(", ")
}

fn table(out: &mut String, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    out.push_str("\n| Kind | Status | Check | Detail | Source |\n|---|---|---|---|---|\n");
    for row in rows {
        let status = if row.holds() { format!("**{}**", row.status.label()) } else { row.status.label().to_owned() };
        let (title, detail) = (inline(&row.title), inline(&row.detail));
        let _ = writeln!(out, "| {} | {status} | {title} | {detail} | {} |", row.kind.label(), source(row));
    }
}

/// What the row was read from, and the record that the run kept of it. What a person gave is among the claims.
fn source(row: &Row) -> String {
    let records = row.evidence.iter().filter(|_| row.kind == Kind::Auto).map(|record| evidence(record));
    let parts: Vec<_> = row.source.iter().map(|source| code(source.text())).chain(records).collect();
    parts.join(", ")
}

fn list(out: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = writeln!(out, "\n### {heading}\n");
    }
    for item in items {
        let _ = writeln!(out, "- {item}");
    }
}

/// The lines below are a list of the item's own.
fn item(title: &str, detail: &str, below: &[String]) -> String {
    let item = format!("**{}**: {}", inline(title), inline(detail));
    below.iter().fold(item, |item, line| item + "\n  - " + &inline(line))
}

/// Who says so, since when, and where it can be looked at.
fn claim(row: &Row) -> String {
    let Claim { by, at, note } = Claim::of(row);
    let by = by.map_or_else(|| "nobody".to_owned(), |by| inline(&by));
    let at = at.map(|at| format!(" on {}", inline(&at))).unwrap_or_default();
    let mut text = format!("**{}**: {}, by {by}{at}", inline(&row.title), row.status.label());
    for reference in &row.evidence {
        let _ = write!(text, "; evidence {}", evidence(reference));
    }
    if let Some(note) = note {
        let _ = write!(text, "; note: {}", inline(&note));
    }
    text
}

/// What is wrong, where, and the next step.
fn problem(problem: &Problem) -> String {
    let mut text = format!("**{}**", inline(&problem.message));
    let at = code(&problem.location());
    let _ = match &problem.place {
        Some(place) => write!(text, " at {at}, where it says {}", code(&place.quote)),
        None => write!(text, " in {at}"),
    };
    if let Some(help) = &problem.help {
        let _ = write!(text, ". Next: {}", inline(help));
    }
    text
}

fn origin(command: &str, timing: Timing) -> String {
    let (version, duration) = (env!("CARGO_PKG_VERSION"), sections::duration(timing.duration_ms));
    format!("\ndelivery-gate {version}, `{command}`, `{:.0}`, {duration}\n", timing.started_at)
}
