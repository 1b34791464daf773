//! Listing records, newest first.

use std::fmt;

use rayon::prelude::*;

use super::folder::{Folder, Unread, written_at};
use super::name::Name;
use super::record::Record;
use super::store::{Store, StoreError, checked};
use crate::model::escape::visible_up_to;

/// How many records are read at a time while looking for some of them.
const BATCH: usize = 512;

/// The longest reason, in characters: a parser's message may quote the file.
pub(super) const REASON_LIMIT: usize = 300;

/// Which records are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of one gate.
    pub gate_id: Option<String>,
    /// Those of one project.
    pub project_id: Option<String>,
    /// The newest so many.
    pub limit: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Newest first, each without what its command printed, which may be megabytes: [`Store::get`] has it.
    pub records: Vec<Record>,
    /// Newest first. With a limit, only as far as records were read.
    pub damaged: Vec<Damaged>,
}

/// A file with a record's name that is no whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The file's name.
    pub file: String,
    /// What is wrong with it, escaped.
    pub reason: String,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record {} is damaged: {}", self.file, self.reason)
    }
}

impl Damaged {
    /// Reads a record; nothing, when it is gone.
    pub(super) fn or_record(folder: &Folder, name: &Name) -> Result<Option<Record>, Self> {
        let file = name.file_name();
        let reason = match folder.read(&file) {
            Err(Unread::Missing) => return Ok(None),
            Err(Unread::Damaged(reason)) => reason,
            Ok(content) => match Record::read(&content, name) {
                Ok(record) => return Ok(Some(record)),
                Err(reason) => reason,
            },
        };
        Err(Self { file, reason: visible_up_to(&reason, REASON_LIMIT) })
    }
}

impl Filter {
    fn takes(&self, record: &Record) -> bool {
        self.project_id.is_none() || self.project_id == record.project_id
    }

    /// How many records to read next. Which project a record belongs to is not in its name.
    fn batch(&self, listing: &Listing) -> usize {
        let Some(limit) = self.limit else { return usize::MAX };
        let missing = limit.saturating_sub(listing.records.len());
        if self.project_id.is_some() && missing > 0 { missing.max(BATCH) } else { missing }
    }
}

impl Store {
    /// The records that a filter takes.
    ///
    /// # Errors
    /// The directory cannot be read, or the filter's gate is no gate's id.
    pub fn list(&self, filter: &Filter) -> Result<Listing, StoreError> {
        checked(filter.gate_id.as_deref())?;
        let mut listing = Listing::default();
        let Some(folder) = self.folder()? else { return Ok(listing) };
        let names = self.names(&folder, filter.gate_id.as_deref())?;
        let mut rest = &names[..];
        while !rest.is_empty() && filter.batch(&listing) > 0 {
            let (batch, later) = rest.split_at(filter.batch(&listing).min(rest.len()));
            listing.add(read(&folder, batch), filter);
            rest = later;
        }
        listing.records.truncate(filter.limit.unwrap_or(usize::MAX));
        if filter.gate_id.is_none() && filter.project_id.is_none() {
            listing.damaged.extend(self.unknown(&folder)?);
        }
        Ok(listing)
    }

    /// JSON files among the records that are none, and that no gate's command wrote for a record: one could be a record whose
    /// name was changed.
    pub(super) fn unknown(&self, folder: &Folder) -> Result<Vec<Damaged>, StoreError> {
        let entries = folder.names().map_err(|error| self.failed(error))?;
        let is_json = |entry: &str| entry.to_ascii_lowercase().ends_with(".json") && Name::parse(entry).is_none();
        let mut unknown: Vec<_> =
            entries.into_iter().filter(|entry| is_json(entry) && written_at(self.dir(), entry).is_some()).collect();
        unknown.sort_unstable();
        for batch in self.names(folder, None)?.chunks(BATCH) {
            if unknown.is_empty() {
                break;
            }
            for record in read(folder, batch).into_iter().filter_map(|found| found.ok().flatten()) {
                let path = record.artifact_path.unwrap_or_default();
                let written = path.rsplit(['/', '\\']).next().unwrap_or_default();
                unknown.retain(|entry| entry != written);
            }
        }
        let reason = "its name is no record's, and no gate wrote it; move it elsewhere".to_owned();
        Ok(unknown
            .iter()
            .map(|file| Damaged { file: visible_up_to(file, REASON_LIMIT), reason: reason.clone() })
            .collect())
    }
}

impl Listing {
    fn add(&mut self, read: Vec<Result<Option<Record>, Damaged>>, filter: &Filter) {
        for result in read {
            match result {
                Ok(record) => self.records.extend(record.filter(|record| filter.takes(record))),
                Err(damaged) => self.damaged.push(damaged),
            }
        }
    }
}

/// Reads records, each without what its command printed.
pub(super) fn read(folder: &Folder, names: &[Name]) -> Vec<Result<Option<Record>, Damaged>> {
    let bare = |record: Record| Record { output: None, ..record };
    names.par_iter().map(|name| Ok(Damaged::or_record(folder, name)?.map(bare))).collect()
}
