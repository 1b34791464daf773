//! Workflow commands of GitHub Actions, which shows each as an annotation. Whatever comes from outside is escaped as the
//! runner reads it, so that no text can start a command of its own.

use std::fmt::Write as _;

use super::format::Finished;
use super::items::rows;
use crate::model::escape::visible_up_to;
use crate::model::failure::Failure;
use crate::model::names::RELEASE_FILE;
use crate::model::{Caution, Place, Report, Row, Status};

/// How many annotations of a level GitHub shows for one step.
const SHOWN_LIMIT: usize = 10;

/// The longest message, in characters: an annotation is read beside the code.
const MESSAGE_LIMIT: usize = 1_000;

/// The longest title, in characters.
const TITLE_LIMIT: usize = 200;

/// The name of what says the decision.
const NAME: &str = "delivery-gate";

/// An annotation before it is written.
struct Annotation<'r> {
    title: &'r str,
    message: String,
    /// Lines below the message.
    below: &'r [String],
    place: Option<Place>,
}

/// Renders a finished run.
#[must_use]
pub(crate) fn render(finished: &Finished) -> String {
    let mut out = String::new();
    match &finished.result {
        Ok(report) => judged(&mut out, report),
        Err(failure) => refused(&mut out, failure),
    }
    out
}

/// First what holds the release, then what was let through, then what is tolerable; last the decision.
fn judged(out: &mut String, report: &Report) {
    let rows = rows(report);
    let of = |wanted: fn(&Row) -> bool| annotations(rows.iter().filter(|row| wanted(row)));
    level(out, "error", of(Row::holds));
    level(out, "warning", of(Row::is_let_through));
    level(out, "notice", of(|row| row.status == Status::Warn(Caution::Amber)));
    if let Some(named) = &report.subject.release {
        note(out, &format!("{RELEASE_FILE}: {named}"));
    }
    if let Some(claims) = report.claims().filter(|claims| claims.are_by_one_person()) {
        note(out, &format!("Claims: {claims}"));
    }
    if let Some(changes) = report.subject.policy_changes.as_ref().filter(|changes| changes.may_loosen()) {
        let said: Vec<_> = changes.changes.iter().map(|change| change.said()).collect();
        note(out, &format!("{}: {}", changes.heading(), said.join("; ")));
    }
    note(out, &format!("Decision: {}", report.decision_in_words()));
}

/// One for each row first, for they are the reasons; then the single things that they found.
fn annotations<'r>(rows: impl Iterator<Item = &'r Row>) -> Vec<Annotation<'r>> {
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for row in rows {
        let place = row.source.as_ref().and_then(|source| source.place().cloned());
        let mut single = row.findings.iter().map(|found| Annotation {
            title: &row.title,
            message: found.message.clone(),
            below: &[],
            place: found.place.clone(),
        });
        // A row that stands where its first finding does would name all of them at that place again.
        let stands_there = place.is_some() && row.findings.first().is_some_and(|found| found.place == place);
        let told = if stands_there { single.next() } else { None };
        let whole = || Annotation { title: &row.title, message: row.detail.clone(), below: &row.below, place };
        first.push(told.unwrap_or_else(whole));
        others.extend(single);
    }
    first.extend(others);
    first
}

fn refused(out: &mut String, failure: &Failure) {
    let title = "delivery-gate could not be asked";
    let problems = failure.placed();
    let problems =
        problems.map(|(problem, place)| Annotation { title, message: problem.in_one_line(), below: &[], place });
    let mut problems: Vec<_> = problems.collect();
    if problems.is_empty() {
        problems.push(Annotation { title, message: failure.message.clone(), below: &[], place: None });
    }
    level(out, "error", problems);
}

/// Beyond what GitHub shows, the number stands for the rest.
fn level(out: &mut String, name: &str, annotations: Vec<Annotation<'_>>) {
    let more = annotations.len().saturating_sub(SHOWN_LIMIT);
    for annotation in annotations.iter().take(SHOWN_LIMIT) {
        command(out, name, annotation);
    }
    if more > 0 {
        let plural = if more == 1 { "" } else { "s" };
        note(out, &format!("{more} more {name}{plural}: see the report"));
    }
}

fn note(out: &mut String, message: &str) {
    command(out, "notice", &Annotation { title: NAME, message: message.to_owned(), below: &[], place: None });
}

fn command(out: &mut String, name: &str, annotation: &Annotation<'_>) {
    let Annotation { title, message, below, place } = annotation;
    let _ = write!(out, "::{name} ");
    if let Some(Place { path, line, column }) = place {
        let _ = write!(out, "file={},", property(&visible_up_to(path, MESSAGE_LIMIT)));
        // A column without its line has no meaning, and the other way round it has.
        if let Some(line) = line {
            let _ = write!(out, "line={line},");
            let _ = column.map(|column| write!(out, "col={column},"));
        }
    }
    let lines: Vec<_> = std::iter::once(message).chain(*below).map(|line| visible_up_to(line, MESSAGE_LIMIT)).collect();
    let _ = writeln!(out, "title={}::{}", property(&visible_up_to(title, TITLE_LIMIT)), data(&lines.join("\n")));
}

/// The escapes of a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a command's properties, which colons and commas end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_the_runners() {
        assert_eq!(data("100%\r\n::error::x, y"), "100%25%0D%0A::error::x, y");
        assert_eq!(property("a%0A:b,c"), "a%250A%3Ab%2Cc");
    }
}
