//! Each row as it is now beside the one that was recorded.

use crate::model::{Kind, Row};
use crate::records::verdicts::{ResultRecord, Sealed};

/// The words of what holds a release.
const HOLDS: [&str; 2] = ["FAIL", "UNPROVEN"];

/// A check that is not asked again.
pub(super) struct LeftOut {
    /// The id of its row.
    pub(super) id: String,
    pub(super) why: &'static str,
}

/// What a row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is established again, as it was recorded where there is a record.
    Confirmed,
    /// It is not as it was, or not as a release that is out must be.
    Different,
    /// It is as recorded: nobody looked again, and why.
    Recorded(&'static str),
    /// Nobody can tell any more, and why.
    Lost(String),
}

impl Standing {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Different => "different",
            Self::Recorded(_) => "recorded",
            Self::Lost(_) => "cannot be established any more",
        }
    }
}

/// One row.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) standing: Standing,
    /// What was recorded: status and detail.
    pub(super) was: Option<(String, String)>,
    /// What it is now.
    pub(super) is: Option<(String, String)>,
}

impl Compared {
    pub(super) fn holds(&self) -> bool {
        matches!(self.standing, Standing::Confirmed | Standing::Recorded(_))
    }
}

/// Every row, in the order of the record where there is one.
pub(super) fn rows(now: &[Row], sealed: Option<&Sealed>, left_out: &[LeftOut]) -> Vec<Compared> {
    let recorded = sealed.map_or(&[][..], |sealed| &sealed.record.results);
    let established = |id: &str| now.iter().find(|row| row.id == id);
    let both = recorded.iter().map(|was| of_record(was, established(&was.check_id), left_out));
    let is_new = |row: &&Row| !recorded.iter().any(|was| was.check_id == row.id);
    let others = now.iter().filter(is_new).map(|row| new(row, sealed.is_some()));
    let is_recorded = |one: &LeftOut| recorded.iter().any(|was| was.check_id == one.id);
    let unrecorded = left_out.iter().filter(|one| !is_recorded(one) && established(&one.id).is_none());
    both.chain(others).chain(unrecorded.map(lost)).collect()
}

fn of_record(was: &ResultRecord, is: Option<&Row>, left_out: &[LeftOut]) -> Compared {
    let kind = if was.kind == Kind::Attested.label() { Kind::Attested } else { Kind::Auto };
    let left = left_out.iter().find(|one| one.id == was.check_id);
    let standing = match (is, left) {
        // What holds a release did not let it out, whatever the record says it came to.
        (None, Some(_)) if was.is_blocking && HOLDS.contains(&was.status.as_str()) => Standing::Different,
        (None, Some(left)) => Standing::Recorded(left.why),
        (None, None) => Standing::Lost("nothing asks for it here".to_owned()),
        (Some(is), _) if is_same(was, is) && !is.holds() => Standing::Confirmed,
        (Some(is), _) if is.status.label() == "UNPROVEN" => Standing::Lost(is.detail.clone()),
        (Some(_), _) => Standing::Different,
    };
    let was_said = Some((was.status.clone(), was.detail.clone()));
    Compared { id: was.check_id.clone(), kind, standing, was: was_said, is: is.map(said) }
}

/// Whether the same was found, by the same persons and keys, under the same excuse. How it is worded may differ.
fn is_same(was: &ResultRecord, is: &Row) -> bool {
    let now = ResultRecord::of(is);
    let facts = |of: &ResultRecord| {
        (
            of.status.clone(),
            of.is_blocking,
            of.kind.clone(),
            of.actor.clone(),
            of.signed_by.clone(),
            of.exception.clone(),
        )
    };
    facts(was) == facts(&now) && was.claimed_at == now.claimed_at
}

/// A row that no record has: with a record that is a difference, unless nobody can tell, without one it stands for itself.
fn new(row: &Row, has_record: bool) -> Compared {
    let standing = match row.status {
        status if status.label() == "UNPROVEN" && row.blocking => Standing::Lost(row.detail.clone()),
        _ if has_record => Standing::Different,
        status if !status.holds() || !row.blocking => Standing::Confirmed,
        _ => Standing::Different,
    };
    Compared { id: row.id.clone(), kind: row.kind, standing, was: None, is: Some(said(row)) }
}

fn lost(left: &LeftOut) -> Compared {
    let why = format!("there is no record of it, and {}", left.why);
    Compared { id: left.id.clone(), kind: Kind::Auto, standing: Standing::Lost(why), was: None, is: None }
}

fn said(row: &Row) -> (String, String) {
    (row.status.label().to_owned(), row.detail.clone())
}
