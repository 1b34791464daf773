//! What the formats for machines list: a row, or each single thing that it found.

use std::borrow::Cow;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::model::names::POLICY_FILE;
use crate::model::{Finding, HoldReason, Place, Report, Row, Status};

/// One entry of a list.
pub(super) struct Item<'r> {
    /// The check's row.
    pub(super) row: &'r Row,
    /// Whether no other entry of its row stands before it.
    pub(super) is_first: bool,
    /// The single thing; without one it is about the row as a whole.
    pub(super) finding: Option<&'r Finding>,
    /// The same in every run for the same thing, and no other has it: 64 hex digits.
    pub(super) fingerprint: String,
}

impl Item<'_> {
    /// What to tell a person.
    pub(super) fn message(&self) -> &str {
        self.finding.map_or(&self.row.detail, |finding| &finding.message)
    }

    /// The lines below the message: those of the row as a whole.
    pub(super) fn below(&self) -> &[String] {
        if self.finding.is_some() { &[] } else { &self.row.below }
    }

    /// Where it stands, if it stands anywhere.
    pub(super) fn place(&self) -> Option<&Place> {
        let own = self.finding.and_then(|finding| finding.place.as_ref());
        own.or_else(|| self.row.source.as_ref()?.place())
    }
}

/// The rows, and one more where NO-GO has none that holds the release: no reader may take that for green.
pub(super) fn rows(report: &Report) -> Cow<'_, [Row]> {
    let reasons = report.hold_reasons();
    if reasons.is_empty() || report.rows.iter().any(Row::holds) {
        return Cow::Borrowed(&report.rows);
    }
    Cow::Owned(report.rows.iter().cloned().chain(reasons.into_iter().map(row_of)).collect())
}

fn row_of(HoldReason { id, title, detail, below }: HoldReason) -> Row {
    Row { below, ..Row::auto(id, title, Status::Unproven, detail) }
}

/// Every row, in its single things where it is not good and has such.
pub(super) fn items(rows: &[Row]) -> Vec<Item<'_>> {
    let mut seen = HashMap::new();
    rows.iter().flat_map(|row| entries(row, &mut seen)).collect()
}

fn entries<'r>(row: &'r Row, seen: &mut HashMap<String, usize>) -> Vec<Item<'r>> {
    let is_good = matches!(row.status, Status::Pass | Status::Hollow(_) | Status::Na | Status::Skipped);
    if is_good || row.findings.is_empty() {
        return vec![item(row, None, seen)];
    }
    let mut items: Vec<_> = row.findings.iter().map(|finding| item(row, Some(finding), seen)).collect();
    items.iter_mut().skip(1).for_each(|item| item.is_first = false);
    items
}

fn item<'r>(row: &'r Row, finding: Option<&'r Finding>, seen: &mut HashMap<String, usize>) -> Item<'r> {
    let path = finding.and_then(|finding| finding.place.as_ref()).map_or("", |place| &place.path);
    let (rule, key) = finding.map_or(("", ""), |finding| (&finding.rule, &finding.key));
    let first = fingerprint(&[&row.id, rule, path, key]);
    let before = seen.entry(first.clone()).or_insert(0);
    *before += 1;
    let fingerprint = if *before == 1 { first } else { fingerprint(&[&first, &before.to_string()]) };
    Item { row, is_first: true, finding, fingerprint }
}

/// SHA-256 over the parts.
pub(super) fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where something stands that has no place of its own: in the file that asks.
pub(super) fn asking_file(report: &Report) -> Place {
    report.subject.file.clone().unwrap_or_else(policy_file)
}

/// The file that configures the gate, where nothing is known.
pub(super) fn policy_file() -> Place {
    Place { path: POLICY_FILE.to_owned(), line: None, column: None }
}
