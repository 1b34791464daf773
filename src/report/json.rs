//! The JSON report, schema `delivery-gate/report/v1`: types of its own, so that the domain may change and the format not.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use serde_json::{Map, Value};

use super::escape::{is_hidden, starts_command};
use super::{HoldReason, Report, Row, Subject, Timing};
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
            source: row.source.as_deref(),
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

fn to_string(document: &Document<'_>) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Visible(PrettyFormatter::new()));
    // Strings, numbers and maps with string keys into memory: there is nothing that could fail.
    let _ = document.serialize(&mut serializer);
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

/// Pretty JSON in which hidden characters and CI commands are written as `\uXXXX`.
struct Visible(PrettyFormatter<'static>);

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            let command = c == '#' && at > 0 && starts_command(&fragment[at - 1..]);
            if command || is_hidden(c) {
                writer.write_all(&fragment.as_bytes()[plain..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                plain = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_back_unchanged() {
        let text = "a\u{202e}\u{2028}\u{7f}\u{9b}\u{e0041}\0\n ##[error]x \"quoted\" ##";
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Visible(PrettyFormatter::new()));
        text.serialize(&mut serializer).unwrap();
        let written = String::from_utf8(bytes).unwrap();
        assert!(!written.contains("##[") && !written.chars().any(is_hidden), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
