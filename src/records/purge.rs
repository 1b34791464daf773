//! Removing old records: only whole ones, only this store's, and none that a gate still compares with.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use ulid::Ulid;

use super::folder::{Folder, written_at};
use super::listing::{Damaged, read};
use super::name::{self, Name};
use super::record::Record;
use super::store::{Store, StoreError};

/// The type of gate that compares with its newest passed record.
const COMPARES: &str = "performance_regression";

/// How long a writer may take. What is older was left behind by a killed one.
const WRITING: Duration = Duration::from_hours(24);

/// How many records are in memory at once.
const BATCH: usize = 4096;

const MS_A_DAY: i64 = 24 * 60 * 60 * 1000;

/// What a purge did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// Records that are gone now.
    pub removed: usize,
    /// Old records that were kept, because their gate compares with them.
    pub baselines: usize,
    /// Files of killed writers that are gone now.
    pub leftovers: usize,
    /// Old files that nobody can read, kept.
    pub damaged: Vec<Damaged>,
}

impl Store {
    /// Removes the records that are more than `days` old by the time in their id.
    ///
    /// # Errors
    /// The directory cannot be read, or an entry in it cannot be removed.
    pub fn purge(&self, days: u32, now: Timestamp) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        let Some(folder) = self.folder()? else { return Ok(purged) };
        let names = self.names(&folder, None)?;
        let end = now.as_millisecond() - MS_A_DAY * i64::from(days);
        let old = &names[names.partition_point(|name| made_at(name) >= end)..];
        let mut baselines = Baselines { folder: &folder, names: &names, compared: HashMap::new() };
        for batch in old.chunks(BATCH) {
            for (name, record) in batch.iter().zip(read(&folder, batch)) {
                self.consider(&folder, name, record, &mut baselines, &mut purged)?;
            }
        }
        self.remove_leftovers(&folder, now, &mut purged)?;
        Ok(purged)
    }

    fn consider(
        &self,
        folder: &Folder,
        name: &Name,
        record: Result<Option<Record>, Damaged>,
        baselines: &mut Baselines<'_>,
        purged: &mut Purged,
    ) -> Result<(), StoreError> {
        match record {
            Err(damaged) => purged.damaged.push(damaged),
            Ok(Some(record)) if baselines.has(&record) => purged.baselines += 1,
            Ok(Some(_)) => purged.removed += self.remove(folder, &name.file_name())?,
            Ok(None) => {}
        }
        Ok(())
    }

    fn remove_leftovers(&self, folder: &Folder, now: Timestamp, purged: &mut Purged) -> Result<(), StoreError> {
        let entries = folder.names().map_err(|error| self.failed(error))?;
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or(0));
        let is_old = |at: SystemTime| now.duration_since(at).is_ok_and(|age| age > WRITING);
        let left = |entry: &&String| name::is_temporary(entry) && written_at(self.dir(), entry).is_some_and(is_old);
        for entry in entries.iter().filter(left) {
            purged.leftovers += self.remove(folder, entry)?;
        }
        Ok(())
    }

    /// How many files this removed: somebody else may have been faster.
    fn remove(&self, folder: &Folder, name: &str) -> Result<usize, StoreError> {
        match folder.remove(name) {
            Ok(()) => Ok(1),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(StoreError::Io(self.dir().join(name), error)),
        }
    }
}

/// The records that gates compare with, looked up when an old one might be among them.
struct Baselines<'a> {
    folder: &'a Folder,
    names: &'a [Name],
    compared: HashMap<(String, String), Option<(Ulid, Ulid)>>,
}

impl Baselines<'_> {
    /// Whether it is the newest of its configuration or the oldest: the one is the baseline, with the other drift is measured.
    fn has(&mut self, record: &Record) -> bool {
        let Some(configuration) = candidate(record) else { return false };
        let Self { folder, names, compared } = self;
        let ends = compared.entry((record.gate_id.clone(), configuration.to_owned())).or_insert_with(|| {
            let passed = |name: &&&Name| {
                Damaged::or_record(folder, name).ok().flatten().is_some_and(|r| candidate(&r) == Some(configuration))
            };
            let own: Vec<&Name> = names.iter().filter(|name| name.gate_id == record.gate_id).collect();
            let newest = own.iter().find(passed)?;
            own.iter().rev().find(passed).map(|oldest| (newest.id, oldest.id))
        });
        ends.is_none_or(|(newest, oldest)| newest <= record.artifact_id || oldest == record.artifact_id)
    }
}

/// Milliseconds since 1970, by the id.
fn made_at(name: &Name) -> i64 {
    i64::try_from(name.id.timestamp_ms()).unwrap_or(i64::MAX)
}

/// The configuration of which a record may be the baseline.
fn candidate(record: &Record) -> Option<&str> {
    record.comparable().filter(|_| record.gate_type == COMPARES)
}
