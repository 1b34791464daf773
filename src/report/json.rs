//! The JSON report, schema `delivery-gate/report/v1`: types of its own, so that the domain may change and the format not.

use serde::Serialize;
use serde_json::{Map, Value};

use super::pretty::to_string;
use super::{HoldReason, Report, Row, Source, Subject, Timing};
use crate::diagnostic::Problem;
use crate::failure::Failure;

/// The `schema` key's value.
pub const SCHEMA: &str = "delivery-gate/report/v1";

/// The longest detail, in bytes (report.md).
const DETAIL_LIMIT: usize = 64 << 10;

/// The whole document; the keys' order is part of the format.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    command: &'a str,
    decision: Option<&'static str>,
    exit_code: u8,
    subject: JsonSubject<'a>,
    started_at: String,
    duration_ms: f64,
    results: Vec<JsonRow<'a>>,
    hold_reasons: Vec<JsonHoldReason>,
    warnings: &'a [String],
    error: Option<JsonError<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Default, Serialize)]
struct JsonSubject<'a> {
    root: Option<&'a str>,
    commit: Option<&'a str>,
    tag: Option<&'a str>,
    version: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct JsonRow<'a> {
    id: &'a str,
    title: &'a str,
    kind: &'static str,
    status: &'static str,
    blocking: bool,
    detail: &'a str,
    source: Option<&'a str>,
    metrics: &'a Map<String, Value>,
    evidence: &'a [String],
    duration_ms: f64,
}

#[derive(Debug, Serialize)]
struct JsonHoldReason {
    id: String,
    title: String,
    detail: String,
}

/// The first problem in the keys every reader knows; all of them in `problems`.
#[derive(Debug, Serialize)]
struct JsonError<'a> {
    kind: &'static str,
    message: &'a str,
    path: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    problems: Vec<JsonProblem<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonProblem<'a> {
    message: &'a str,
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    help: Option<&'a str>,
}

/// Renders a report.
#[must_use]
pub fn render(report: &Report) -> String {
    let decision = report.decision();
    to_string(&Document {
        decision: Some(decision.label()),
        exit_code: decision.exit_code(),
        subject: JsonSubject::of(&report.subject),
        results: report.rows.iter().map(JsonRow::of).collect(),
        hold_reasons: report.hold_reasons().into_iter().map(JsonHoldReason::from).collect(),
        warnings: &report.warnings,
        error: None,
        ..empty(report.command, report.timing)
    })
}

/// Renders a run that reached no decision (exit code 2).
#[must_use]
pub fn render_failure(failure: &Failure, command: &str, timing: Timing) -> String {
    to_string(&Document { error: Some(JsonError::of(failure)), ..empty(command, timing) })
}

fn empty(command: &str, timing: Timing) -> Document<'_> {
    Document {
        schema: SCHEMA,
        tool: Tool { name: "delivery-gate", version: env!("CARGO_PKG_VERSION") },
        command,
        decision: None,
        exit_code: Failure::EXIT_CODE,
        subject: JsonSubject::default(),
        started_at: format!("{:.3}", timing.started_at),
        duration_ms: milliseconds(timing.duration_ms),
        results: Vec::new(),
        hold_reasons: Vec::new(),
        warnings: &[],
        error: None,
    }
}

impl<'a> JsonSubject<'a> {
    fn of(subject: &'a Subject) -> Self {
        Self {
            root: subject.root.as_deref(),
            commit: subject.commit.as_deref(),
            tag: subject.tag.as_deref(),
            version: subject.version.as_deref(),
        }
    }
}

impl<'a> JsonRow<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            id: &row.id,
            title: &row.title,
            kind: row.kind.label(),
            status: row.status.label(),
            blocking: row.blocking,
            detail: cut(&row.detail),
            source: row.source.as_ref().map(Source::text),
            metrics: &row.metrics,
            evidence: &row.evidence,
            duration_ms: milliseconds(row.duration_ms),
        }
    }
}

impl From<HoldReason> for JsonHoldReason {
    fn from(reason: HoldReason) -> Self {
        Self { detail: cut(&reason.detail).to_owned(), id: reason.id, title: reason.title }
    }
}

impl<'a> JsonError<'a> {
    fn of(failure: &'a Failure) -> Self {
        let problems: Vec<_> = failure.problems.iter().map(JsonProblem::of).collect();
        let first = problems.first();
        Self {
            kind: failure.kind.label(),
            message: first.map_or(&failure.message, |problem| problem.message),
            path: first.map(|problem| problem.path),
            line: first.and_then(|problem| problem.line),
            column: first.and_then(|problem| problem.column),
            problems,
        }
    }
}

impl<'a> JsonProblem<'a> {
    fn of(problem: &'a Problem) -> Self {
        let place = problem.place.as_ref();
        Self {
            message: &problem.message,
            path: &problem.path,
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            help: problem.help.as_deref(),
        }
    }
}

fn cut(detail: &str) -> &str {
    &detail[..detail.floor_char_boundary(DETAIL_LIMIT)]
}

/// Three decimals: microseconds are noise already.
fn milliseconds(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
