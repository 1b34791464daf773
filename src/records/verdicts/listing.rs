//! Finding records again.

use ulid::Ulid;

use super::document::VerdictRecord;
use super::ledger::{BATCH, Ledger, LedgerError, file_name, read_all};
use super::seal::Sealed;
use crate::records::listing::Damaged;

/// How many ids are named where a prefix is that of several.
const NAMED: usize = 5;

/// Which records are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of one project.
    pub project_name: Option<String>,
    /// Those that ended so: `GO`.
    pub decision: Option<String>,
    /// The newest so many.
    pub limit: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// Newest first.
    pub records: Vec<Sealed>,
    /// Newest first; with a limit, only as far as records were read.
    pub damaged: Vec<Damaged>,
}

/// What the beginning of an id led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// One record.
    One(Box<Sealed>),
    /// Nothing.
    None,
    /// Several; these are the newest.
    Several(Vec<Ulid>),
    /// A file that is no whole record.
    Damaged(Damaged),
}

impl Wanted {
    fn takes(&self, record: &VerdictRecord) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| wanted.as_deref().is_none_or(|w| Some(w) == value);
        is(&self.project_name, record.project_name.as_deref()) && is(&self.decision, Some(&record.decision))
    }
}

impl Ledger {
    /// The records that are wanted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self, wanted: &Wanted) -> Result<Listed, LedgerError> {
        let mut listed = Listed::default();
        let Some((folder, names)) = self.names()? else { return Ok(listed) };
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let mut ids = names.records;
        ids.reverse();
        let mut rest = &ids[..];
        while !rest.is_empty() && listed.records.len() < limit {
            let (batch, later) = rest.split_at(rest.len().min(limit.min(BATCH)));
            for read in read_all(&folder, batch, |sealed, _| Some(sealed).filter(|one| wanted.takes(&one.record))) {
                match read {
                    Ok(taken) => listed.records.extend(taken),
                    Err(damaged) => listed.damaged.push(damaged),
                }
            }
            rest = later;
        }
        listed.records.truncate(limit);
        listed.damaged.extend(names.unknown);
        Ok(listed)
    }

    /// The record whose id begins so, in any letter case.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn find(&self, beginning: &str) -> Result<Found, LedgerError> {
        let Some((folder, names)) = self.names()? else { return Ok(Found::None) };
        let beginning = beginning.to_ascii_uppercase();
        let mut found: Vec<_> = names.records.into_iter().filter(|id| id.to_string().starts_with(&beginning)).collect();
        found.reverse();
        let Some(id) = found.first().copied() else { return Ok(Found::None) };
        if found.len() > 1 {
            found.truncate(NAMED);
            return Ok(Found::Several(found));
        }
        Ok(match read_all(&folder, &[id], |sealed, _| sealed).pop() {
            Some(Ok(sealed)) => Found::One(Box::new(sealed)),
            Some(Err(damaged)) => Found::Damaged(damaged),
            None => Found::Damaged(Damaged { file: file_name(id), reason: "it is gone".to_owned() }),
        })
    }
}
