//! A folder of verdicts' records: how one is added, and how they are read again.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ulid::Ulid;

use super::document::{Digest, VerdictRecord};
use super::seal::{self, Sealed};
use crate::model::escape::visible_up_to;
use crate::model::{Recorded, Report};
use crate::records::folder::{Folder, LIMIT, Unread, written_at};
use crate::records::listing::{Damaged, REASON_LIMIT};
use crate::records::next_id;
use crate::records::shelf::{Shelf, ShelfError};

/// What every record's name ends in.
const SUFFIX: &str = ".json";

/// Among how many of the newest records a new one looks for those that none was made after. It bounds what a record costs
/// in a large folder, and how many may be made at once and still all be named.
const NEWEST: usize = 128;

/// How often a name may be taken before a record is given up: by that many others that are made at the same moment.
const ATTEMPTS: usize = 1_000;

/// How many records are in memory at once.
pub(super) const BATCH: usize = 4096;

/// The records of one folder. Any number of processes may add to it at once.
#[derive(Debug)]
pub struct Ledger {
    shelf: Shelf,
}

/// Why the folder did not do what it was asked for.
#[derive(Debug)]
pub enum LedgerError {
    /// The folder is none, or the system refused.
    Shelf(ShelfError),
    /// The record would be larger than any that is read.
    TooLarge,
    /// What was to be written does not read back.
    Unreadable(String),
    /// No id is greater than the newest record's.
    NoId(Ulid),
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shelf(ShelfError::NotADirectory(path)) => {
                write!(f, "the record directory {} is not a directory", path.display())
            }
            Self::Shelf(error) => error.fmt(f),
            Self::TooLarge => write!(f, "the record would be larger than {} MiB", LIMIT >> 20),
            Self::Unreadable(why) => write!(f, "the record could not be read back: {why}"),
            Self::NoId(id) => write!(f, "no id is greater than that of the record {id}: move that one elsewhere"),
        }
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Shelf(error) => error.source(),
            Self::TooLarge | Self::Unreadable(_) | Self::NoId(_) => None,
        }
    }
}

impl From<ShelfError> for LedgerError {
    fn from(error: ShelfError) -> Self {
        Self::Shelf(error)
    }
}

/// A record that was added, and what its folder lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The record.
    pub recorded: Recorded,
    /// Files among the newest records that cannot be relied on: nothing was made after them.
    pub damaged: Vec<Damaged>,
}

/// The newest records that none was made after.
#[derive(Default)]
struct Ends {
    newest: Option<Ulid>,
    prev: Vec<Digest>,
    damaged: Vec<Damaged>,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Those of records, oldest first.
    pub(super) records: Vec<Ulid>,
    /// JSON that is called otherwise.
    pub(super) unknown: Vec<Damaged>,
}

impl Ledger {
    /// The folder at `dir`. Nothing is made before the first record is added.
    ///
    /// # Errors
    /// Something else stands there, or nobody can tell.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        Ok(Self { shelf: Shelf::open(dir, |entry| id_of(entry).is_some())? })
    }

    /// The folder, absolute.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.shelf.dir()
    }

    /// Whether the folder is there.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn is_there(&self) -> Result<bool, LedgerError> {
        Ok(self.shelf.folder()?.is_some())
    }

    /// Records a report. When this returns, the record survives a loss of power.
    ///
    /// # Errors
    /// The verdict is not recorded.
    pub fn add(&self, report: &Report) -> Result<Added, LedgerError> {
        self.shelf.prepare()?;
        let mut taken = None;
        for _ in 0..ATTEMPTS {
            let Ends { newest, prev, damaged } = self.ends()?;
            let id = id_after(newest.max(taken))?;
            match self.place(&VerdictRecord::of(report, id, prev)) {
                Ok(recorded) => return Ok(Added { recorded, damaged }),
                Err(LedgerError::Shelf(ShelfError::Exists(_))) => taken = Some(id),
                Err(error) => return Err(error),
            }
        }
        Err(LedgerError::Shelf(ShelfError::Exists(self.path(taken.unwrap_or_default()))))
    }

    fn place(&self, record: &VerdictRecord) -> Result<Recorded, LedgerError> {
        let line = seal::line(record);
        if line.len() as u64 > LIMIT {
            return Err(LedgerError::TooLarge);
        }
        let Sealed { sha256, .. } = seal::read(&line, record.record_id).map_err(LedgerError::Unreadable)?;
        let path = self.path(record.record_id);
        self.shelf.place(&path, &line)?;
        Ok(Recorded { path: path.display().to_string(), id: record.record_id.to_string(), sha256: sha256.0 })
    }

    pub(crate) fn path(&self, id: Ulid) -> PathBuf {
        self.dir().join(file_name(id))
    }

    /// The ends of the chain among the newest records: no older one is read.
    fn ends(&self) -> Result<Ends, LedgerError> {
        let Some(folder) = self.shelf.folder()? else { return Ok(Ends::default()) };
        let mut ids = self.ids(&folder)?;
        let newest = ids.len().saturating_sub(NEWEST);
        if newest > 0 {
            ids.select_nth_unstable(newest);
            ids.drain(..newest);
        }
        ids.sort_unstable();
        let (mut ends, mut records, mut named) = (Ends::default(), Vec::new(), HashSet::new());
        for read in ids.iter().filter_map(|id| read(&folder, *id)) {
            match read {
                Ok((Sealed { record, sha256 }, _)) => {
                    ends.newest = ends.newest.max(Some(record.record_id));
                    named.extend(record.prev);
                    records.push(sha256);
                }
                Err(damaged) => ends.damaged.push(damaged),
            }
        }
        ends.prev = records.into_iter().filter(|sha256| !named.contains(sha256)).collect();
        Ok(ends)
    }

    fn ids(&self, folder: &Folder) -> Result<Vec<Ulid>, LedgerError> {
        let entries = folder.names().map_err(|error| self.shelf.failed(error))?;
        Ok(entries.iter().filter_map(|entry| id_of(entry)).collect())
    }

    /// The files of the folder, and the open folder, if it is there.
    pub(super) fn names(&self) -> Result<Option<(Folder, Names)>, LedgerError> {
        let Some(folder) = self.shelf.folder()? else { return Ok(None) };
        let entries = folder.names().map_err(|error| self.shelf.failed(error))?;
        let mut names = Names::default();
        for entry in entries {
            match id_of(&entry) {
                Some(id) => names.records.push(id),
                None => names.unknown.extend(self.unknown(&entry)),
            }
        }
        names.records.sort_unstable();
        names.unknown.sort_unstable_by(|a, b| a.file.cmp(&b.file));
        Ok(Some((folder, names)))
    }

    /// JSON that is no record could be one whose name was changed.
    fn unknown(&self, entry: &str) -> Option<Damaged> {
        let is_json = entry.to_ascii_lowercase().ends_with(SUFFIX);
        let is_file = || written_at(self.dir(), entry).is_some();
        let reason = "its name is no record's; move it elsewhere".to_owned();
        (is_json && is_file()).then(|| Damaged { file: visible_up_to(entry, REASON_LIMIT), reason })
    }
}

/// Reads records at once and keeps what is wanted of each; one that is gone is left out.
pub(super) fn read_all<T: Send>(
    folder: &Folder,
    ids: &[Ulid],
    keep: impl Fn(Sealed, Vec<u8>) -> T + Sync,
) -> Vec<Result<T, Damaged>> {
    let read = |id: &Ulid| Some(read(folder, *id)?.map(|(sealed, bytes)| keep(sealed, bytes)));
    ids.par_iter().filter_map(read).collect()
}

/// Reads one record, with its bytes; nothing, when it is gone.
fn read(folder: &Folder, id: Ulid) -> Option<Result<(Sealed, Vec<u8>), Damaged>> {
    let file = file_name(id);
    let reason = match folder.read(&file) {
        Err(Unread::Missing) => return None,
        Err(Unread::Damaged(reason)) => reason,
        Ok(bytes) => match seal::read(&bytes, id) {
            Ok(sealed) => return Some(Ok((sealed, bytes))),
            Err(reason) => reason,
        },
    };
    Some(Err(Damaged { file, reason: visible_up_to(&reason, REASON_LIMIT) }))
}

/// An id of now, or the next one where the newest record's is of later: what was made after is greater.
fn id_after(newest: Option<Ulid>) -> Result<Ulid, LedgerError> {
    let now = next_id();
    match newest.filter(|newest| *newest >= now) {
        Some(newest) => newest.0.checked_add(1).map(Ulid).ok_or(LedgerError::NoId(newest)),
        None => Ok(now),
    }
}

pub(super) fn file_name(id: Ulid) -> String {
    format!("{id}{SUFFIX}")
}

/// The id in a record's name, spelled as this program spells it.
fn id_of(entry: &str) -> Option<Ulid> {
    let stem = entry.strip_suffix(SUFFIX)?;
    Ulid::from_string(stem).ok().filter(|id| id.to_string() == stem)
}
