//! GitLab's Code Quality report (`artifacts: reports: codequality`): what does not hold, and nothing else.

use serde::Serialize;

use super::format::Finished;
use super::items::{Item, asking_file, fingerprint, items, policy_file, rows};
use crate::model::escape::visible_up_to;
use crate::model::failure::Failure;
use crate::model::{Caution, Place, Report, Row, Status};
use crate::structured::pretty::to_string;

/// The longest description, in characters: GitLab shows it on one line of a merge request.
const DESCRIPTION_LIMIT: usize = 1_000;

#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: usize,
}

/// Renders a finished run.
#[must_use]
pub(crate) fn render(finished: &Finished) -> String {
    match &finished.result {
        Ok(report) => to_string(&issues(report)),
        Err(failure) => to_string(&problems(failure)),
    }
}

fn issues(report: &Report) -> Vec<Issue> {
    let home = asking_file(report);
    let rows = rows(report);
    let items = items(&rows);
    items.iter().filter_map(|item| Some(issue(item, severity(item.row)?, &home))).collect()
}

/// How bad a row is in GitLab's words, if it is bad.
fn severity(row: &Row) -> Option<&'static str> {
    match row.status {
        Status::Fail if row.blocking => Some("blocker"),
        Status::Unproven if row.blocking => Some("critical"),
        Status::Fail | Status::Unproven | Status::Warn(Caution::Excused) => Some("minor"),
        Status::Warn(Caution::Amber) => Some("info"),
        Status::Pass | Status::Hollow(_) | Status::Na | Status::Skipped => None,
    }
}

fn issue(item: &Item<'_>, severity: &'static str, home: &Place) -> Issue {
    let lines = item.below().join(", ");
    let separator = if lines.is_empty() { "" } else { " — " };
    let description = format!("{}: {}{separator}{lines}", item.row.title, item.message());
    Issue {
        description: visible_up_to(&description, DESCRIPTION_LIMIT),
        check_name: visible_up_to(&item.row.id, DESCRIPTION_LIMIT),
        fingerprint: item.fingerprint.clone(),
        severity,
        location: Location::of(item.place().unwrap_or(home)),
    }
}

impl Location {
    fn of(place: &Place) -> Self {
        Self { path: place.path.clone(), lines: Lines { begin: place.line.unwrap_or(1) } }
    }
}

fn problems(failure: &Failure) -> Vec<Issue> {
    let one = |at: usize, message: &str, place: Place| Issue {
        description: visible_up_to(message, DESCRIPTION_LIMIT),
        check_name: format!("exit-2-{}", failure.kind.label()),
        fingerprint: fingerprint(&[failure.kind.label(), &place.path, message, &at.to_string()]),
        severity: "blocker",
        location: Location::of(&place),
    };
    if failure.problems.is_empty() {
        return vec![one(0, &failure.message, policy_file())];
    }
    let problems = failure.placed().enumerate();
    problems.map(|(at, (problem, place))| one(at, &problem.in_one_line(), place.unwrap_or_else(policy_file))).collect()
}
