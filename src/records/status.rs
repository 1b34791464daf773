//! Whether the store can be relied on.

use std::path::Path;

use serde::Serialize;

use super::listing::read;
use super::store::{Store, StoreError};

/// How many records are in memory at once.
const BATCH: usize = 4096;

/// The store's state; the order of the fields is the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Ok, unless there is a problem.
    pub status: Health,
    /// The registered types of gates.
    pub gate_count: usize,
    /// The whole records.
    pub artifact_count: usize,
    /// The directory, absolute.
    pub artifact_dir: String,
    /// After how many days a purge removes a record.
    pub retention_days: u32,
    /// Always 0: there are none here; readers of the older format look for it.
    pub open_circuit_breakers: usize,
    /// Whether `status` is ok.
    pub healthy: bool,
    /// What is wrong, for people.
    pub problems: Vec<String>,
}

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Every record is whole, and another can be written.
    Ok,
    /// Not so.
    Degraded,
}

impl Health {
    /// The word in every output.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
        }
    }
}

impl Store {
    /// Reads every record and asks whether another could be written.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn status(&self, gate_count: usize, retention_days: u32) -> Result<Status, StoreError> {
        let (artifact_count, mut problems) = self.count()?;
        problems.extend(self.unwritable());
        let healthy = problems.is_empty();
        Ok(Status {
            status: if healthy { Health::Ok } else { Health::Degraded },
            gate_count,
            artifact_count,
            artifact_dir: self.dir().display().to_string(),
            retention_days,
            open_circuit_breakers: 0,
            healthy,
            problems,
        })
    }

    fn count(&self) -> Result<(usize, Vec<String>), StoreError> {
        let (mut whole, mut problems) = (0, Vec::new());
        let Some(folder) = self.folder()? else { return Ok((whole, problems)) };
        for batch in self.names(&folder, None)?.chunks(BATCH) {
            for result in read(&folder, batch) {
                match result {
                    Ok(record) => whole += usize::from(record.is_some()),
                    Err(damaged) => problems.push(damaged.to_string()),
                }
            }
        }
        problems.extend(self.unknown(&folder)?.iter().map(ToString::to_string));
        Ok((whole, problems))
    }

    /// Why no record could be written: into the directory, or into the one it would be made in.
    fn unwritable(&self) -> Option<String> {
        let there = self.dir().ancestors().find(|folder| folder.symlink_metadata().is_ok())?;
        (!is_writable(there)).then(|| format!("{} is not writable", there.display()))
    }
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    folder.is_dir() && access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| metadata.is_dir() && !metadata.permissions().readonly())
}
