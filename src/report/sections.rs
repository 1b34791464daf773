//! What the formats for people list from a report, so that each of them lists the same.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::names::SIGNED;
use crate::model::{Caution, Kind, Report, Row, Status};

/// How many of several signed claims are listed.
const LISTED_LIMIT: usize = 5;

/// What is said again in a list of its own, so that a GO never hides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// Declared by a person.
    NotApplicable,
    /// Gates whose condition matched.
    Skipped,
    /// Amber scores.
    Tolerable,
    /// Would hold the release, had the policy not said otherwise.
    LetThrough,
}

impl Aside {
    /// In the order in which they are listed.
    pub(super) const ALL: [Self; 4] = [Self::NotApplicable, Self::Skipped, Self::Tolerable, Self::LetThrough];

    /// The list's heading.
    #[must_use]
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::NotApplicable => "Not applicable, as a person declared",
            Self::Skipped => "Skipped by their own condition",
            Self::Tolerable => "Tolerable, and not good",
            Self::LetThrough => "Let through by policy",
        }
    }

    /// Whether the list has this row.
    #[must_use]
    pub(super) fn has(self, row: &Row) -> bool {
        match self {
            Self::NotApplicable => row.status == Status::Na,
            Self::Skipped => row.status == Status::Skipped,
            Self::Tolerable => row.status == Status::Warn(Caution::Amber),
            Self::LetThrough => row.is_let_through(),
        }
    }

    /// The list's rows, in registry order.
    pub(super) fn rows(self, report: &Report) -> impl Iterator<Item = &Row> {
        report.rows.iter().filter(move |row| self.has(row))
    }
}

/// Whether a person claimed what the row says. (A declaration that something does not apply is no such claim.)
#[must_use]
pub(super) fn is_claim(row: &Row) -> bool {
    row.kind == Kind::Attested && row.status != Status::Na
}

/// What a claim says beside its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim<'r> {
    /// Who made it, as written.
    pub(super) by: Option<Cow<'r, str>>,
    /// When, as written.
    pub(super) at: Option<Cow<'r, str>>,
    /// Free text.
    pub(super) note: Option<Cow<'r, str>>,
}

impl<'r> Claim<'r> {
    /// The claim that a row holds; of several that were signed, what any of them says.
    #[must_use]
    pub(super) fn of(row: &'r Row) -> Self {
        let signed: Vec<_> = signed(row).collect();
        let fact = |name: &str| {
            if signed.is_empty() {
                return row.metrics.get(name).and_then(Value::as_str).map(Cow::Borrowed);
            }
            listed(signed.iter().filter_map(|claim| claim.get(name)?.as_str()))
        };
        Self { by: fact("by"), at: fact("at"), note: fact("note") }
    }
}

/// The signed claims of a row that hold.
fn signed(row: &Row) -> impl Iterator<Item = &Value> {
    let all = row.metrics.get(SIGNED).and_then(Value::as_array).into_iter().flatten();
    all.filter(|one| one["holds"] == true).map(|one| &one["claim"])
}

/// Texts, each once, and how many more there are.
fn listed<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Cow<'t, str>> {
    let mut known: Vec<&str> = Vec::new();
    for text in texts {
        if !known.contains(&text) {
            known.push(text);
        }
    }
    let more = known.len().saturating_sub(LISTED_LIMIT);
    known.truncate(LISTED_LIMIT);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!known.is_empty()).then(|| Cow::Owned(known.join(", ") + &more))
}

/// The same number of things in words: `1 result`, `3 results`.
#[must_use]
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A duration for people.
#[must_use]
pub(super) fn duration(milliseconds: f64) -> String {
    match milliseconds {
        nothing if nothing < 0.05 => "under 0.1 ms".to_owned(),
        short if short < 1000.0 => format!("{short:.1} ms"),
        middle if middle < 60_000.0 => format!("{:.1} s", middle / 1000.0),
        long => format!("{:.1} min", long / 60_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let shown = [0.04, 3.25, 999.0, 1000.0, 59_000.0, 90_000.0].map(duration);
        assert_eq!(shown, ["under 0.1 ms", "3.2 ms", "999.0 ms", "1.0 s", "59.0 s", "1.5 min"]);
    }
}
