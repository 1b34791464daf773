//! The report for a terminal: fixed columns, one line a row, nothing from outside unescaped.

use std::fmt::Write as _;

use owo_colors::{OwoColorize, Style};

use super::sections::Aside;
use crate::model::escape::{visible_line, visible_up_to};
use crate::model::{Decision, Kind, Report, Row, Status};

/// The longest detail in text, in characters; JSON has it whole.
const DETAIL_LIMIT: usize = 400;

/// Renders the report; `colour` adds ANSI styles and changes nothing else, `every_fact` tells what was judged in any case.
#[must_use]
pub(crate) fn render(report: &Report, colour: bool, every_fact: bool) -> String {
    if let Some(lines) = &report.transcript {
        return lines.iter().map(|line| format!("{}\n", visible_line(line, DETAIL_LIMIT))).collect();
    }
    let mut out = String::from("delivery-gate report\n========================================\n");
    for row in &report.rows {
        line(&mut out, row, colour);
    }
    for aside in Aside::ALL {
        let rows = aside.rows(report).map(|row| exactly(titled(row, ": "), &row.below));
        section(&mut out, &format!("{}:", aside.heading()), rows);
    }
    if let Some(changes) = &report.subject.policy_changes {
        section(
            &mut out,
            &format!("{}:", shown(&changes.heading())),
            changes.changes.iter().map(|change| shown(&change.said())),
        );
    }
    section(&mut out, "Warnings:", warnings(report));
    let (reasons, decision) = (report.hold_reasons(), report.decision());
    let reasons = reasons.iter().map(|reason| exactly(pair(&reason.title, ": ", &reason.detail), &reason.below));
    section(&mut out, &format!("Hold reasons ({}):", decision.label()), reasons);
    let is_release = report.subject.is_release();
    if every_fact || (is_release && decision == Decision::Go) || report.has_unusual_facts() {
        section(&mut out, "Judged:", report.facts().iter().map(|fact| pair(fact.name, ": ", &fact.text)));
    }
    if let Some(summary) = &report.summary {
        let _ = writeln!(out, "\n{summary}");
    }
    let word = paint(&report.decision_in_words(), decision_style(decision), colour);
    let _ = writeln!(out, "\nDecision: {word}");
    out
}

fn line(out: &mut String, row: &Row, colour: bool) {
    let label = format!("[{}]", row.kind.label());
    let label = paint(&format!("{label:<10}"), kind_style(row.kind), colour);
    let status = paint(&format!("{:<4}", row.status.label()), status_style(row.status), colour);
    let _ = writeln!(out, "{label}  {status}  {}", titled(row, " — "));
}

fn section(out: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = writeln!(out, "\n{heading}");
    }
    for item in items {
        let _ = writeln!(out, "  - {item}");
    }
}

fn warnings(report: &Report) -> impl Iterator<Item = String> {
    report.warnings.iter().map(|warning| shown(warning))
}

fn titled(row: &Row, separator: &str) -> String {
    pair(&row.title, separator, &row.detail)
}

fn pair(title: &str, separator: &str, detail: &str) -> String {
    format!("{}{separator}{}", shown(title), shown(detail))
}

/// The item of a list with its lines below it, each on a line of its own.
fn exactly(item: String, below: &[String]) -> String {
    below.iter().fold(item, |item, line| item + "\n      " + &visible_line(line, DETAIL_LIMIT))
}

fn shown(text: &str) -> String {
    visible_up_to(text, DETAIL_LIMIT)
}

fn paint(text: &str, style: Style, colour: bool) -> String {
    if colour { text.style(style).to_string() } else { text.to_owned() }
}

fn kind_style(kind: Kind) -> Style {
    match kind {
        Kind::Auto => Style::new().cyan(),
        Kind::Attested => Style::new().magenta(),
    }
}

fn status_style(status: Status) -> Style {
    match status {
        Status::Pass | Status::Hollow(_) => Style::new().green(),
        Status::Fail | Status::Unproven => Style::new().red().bold(),
        Status::Warn(_) => Style::new().yellow(),
        Status::Na | Status::Skipped => Style::new().dimmed(),
    }
}

fn decision_style(decision: Decision) -> Style {
    match decision {
        Decision::Go | Decision::Ready => Style::new().green().bold(),
        Decision::NoGo | Decision::NotReady => Style::new().red().bold(),
        Decision::Unasked => Style::new().dimmed(),
    }
}
