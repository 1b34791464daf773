//! A directory of records: what is in it is whole, and nothing in it is ever overwritten.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use ulid::Ulid;

use super::folder::{Folder, LIMIT};
use super::listing::Damaged;
use super::name::{Name, is_gate_id};
use super::record::{Record, Verdict};
use super::shelf::{Shelf, ShelfError};

/// The records of one directory. Any number of processes may use it at once.
#[derive(Debug)]
pub struct Store {
    shelf: Shelf,
}

/// Why the store did not do what it was asked for.
#[derive(Debug)]
pub enum StoreError {
    /// The path is there and is not a directory.
    NotADirectory(PathBuf),
    /// A directory of the repository is a symbolic link out of it.
    Leaves(PathBuf),
    /// What a variable should have said of it.
    Setting(String),
    /// A gate's id that could lead elsewhere.
    GateId(String),
    /// A record that could not be read back, and why.
    Unreadable(String),
    /// There is a record of this name.
    Exists(PathBuf),
    /// A record that somebody else must fix or remove.
    Damaged(Damaged),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADirectory(path) => write!(f, "the artifact directory {} is not a directory", path.display()),
            Self::Leaves(path) => write!(
                f,
                "the artifact directory {} leads out of the repository through a symbolic link",
                path.display()
            ),
            Self::GateId(id) => {
                write!(f, "invalid gate id {id:?}: it must match [A-Za-z0-9][A-Za-z0-9._-]{{0,127}}")
            }
            Self::Setting(why) => f.write_str(why),
            Self::Unreadable(why) => write!(f, "the record could not be read back: {why}"),
            Self::Exists(path) => write!(f, "there is a record {} already", path.display()),
            Self::Damaged(damaged) => damaged.fmt(f),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<ShelfError> for StoreError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::NotADirectory(path) => Self::NotADirectory(path),
            ShelfError::Exists(path) => Self::Exists(path),
            ShelfError::Io(path, error) => Self::Io(path, error),
        }
    }
}

/// The records of a gate that its next run may be compared with.
#[derive(Debug, Default)]
pub struct Passed {
    /// The newest run that passed.
    pub newest: Option<Record>,
    /// The oldest that is kept.
    pub oldest: Option<Record>,
    /// Whether any record of the gate is kept.
    pub is_known: bool,
}

impl Store {
    /// The store at `dir`. Nothing is made before the first record is written.
    ///
    /// # Errors
    /// Something else stands there, or nobody can tell.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { shelf: Shelf::open(dir, |entry| Name::parse(entry).is_some())? })
    }

    /// The directory, absolute.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.shelf.dir()
    }

    /// Keeps a record and returns its path. When this returns, the record survives a loss of power.
    ///
    /// # Errors
    /// The record is not kept.
    pub fn write(&self, record: &Record) -> Result<PathBuf, StoreError> {
        let name = record.file().ok_or_else(|| StoreError::GateId(record.gate_id.clone()))?;
        let path = self.dir().join(name.file_name());
        let content = record.content(&path);
        if content.len() as u64 > LIMIT {
            return Err(StoreError::Unreadable(format!("it is larger than {} MiB", LIMIT >> 20)));
        }
        Record::read(content.as_bytes(), &name).map_err(StoreError::Unreadable)?;
        self.shelf.prepare()?;
        self.shelf.place(&path, content.as_bytes())?;
        Ok(path)
    }

    /// Makes the directory, with its own `.gitignore`. A directory with other people's files gets none: it would hide
    /// them from git.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn prepare(&self) -> Result<(), StoreError> {
        Ok(self.shelf.prepare()?)
    }

    /// The record with an id.
    ///
    /// # Errors
    /// It is damaged, or the directory cannot be read.
    pub fn get(&self, id: Ulid) -> Result<Option<Record>, StoreError> {
        self.newest(None, |name| name.id == id, |_| true)
    }

    /// A gate's newest record.
    ///
    /// # Errors
    /// It is damaged, or the directory cannot be read, or this is no gate's id.
    pub fn latest(&self, gate_id: &str) -> Result<Option<Record>, StoreError> {
        self.newest(Some(gate_id), |_| true, |_| true)
    }

    /// A gate's newest record with the verdict PASS. Only newer records of this gate are read on the way.
    ///
    /// # Errors
    /// It or a newer record of the gate is damaged, the directory cannot be read, or this is no gate's id.
    pub fn newest_passed(&self, gate_id: &str) -> Result<Option<Record>, StoreError> {
        self.newest(Some(gate_id), |_| true, |record| record.verdict == Verdict::Pass)
    }

    /// What runs of a gate with one configuration came to.
    ///
    /// # Errors
    /// A record that had to be read on the way is damaged, the directory cannot be read, or this is no gate's id.
    pub fn passed(&self, gate_id: &str, configuration: &str) -> Result<Passed, StoreError> {
        checked(Some(gate_id))?;
        let Some(folder) = self.folder()? else { return Ok(Passed::default()) };
        let names = self.names(&folder, Some(gate_id))?;
        let first = |names: &mut dyn Iterator<Item = &Name>| -> Result<Option<Record>, StoreError> {
            for name in names {
                let record = Damaged::or_record(&folder, name).map_err(StoreError::Damaged)?;
                if let Some(record) = record.filter(|record| record.comparable() == Some(configuration)) {
                    return Ok(Some(record));
                }
            }
            Ok(None)
        };
        let newest = first(&mut names.iter())?;
        let oldest = if newest.is_some() { first(&mut names.iter().rev())? } else { None };
        Ok(Passed { newest, oldest, is_known: !names.is_empty() })
    }

    fn newest(
        &self,
        gate_id: Option<&str>,
        named: impl Fn(&Name) -> bool,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Option<Record>, StoreError> {
        checked(gate_id)?;
        let Some(folder) = self.folder()? else { return Ok(None) };
        for name in self.names(&folder, gate_id)?.iter().filter(|name| named(name)) {
            match Damaged::or_record(&folder, name).map_err(StoreError::Damaged)? {
                Some(record) if wanted(&record) => return Ok(Some(record)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The open directory, if it is there.
    pub(super) fn folder(&self) -> Result<Option<Folder>, StoreError> {
        Ok(self.shelf.folder()?)
    }

    /// The names of all records or of one gate's, newest first.
    pub(super) fn names(&self, folder: &Folder, gate_id: Option<&str>) -> Result<Vec<Name>, StoreError> {
        let entries = folder.names().map_err(|error| self.failed(error))?;
        let of_gate = |name: &Name| gate_id.is_none_or(|id| name.gate_id == id);
        let mut names: Vec<_> = entries.iter().filter_map(|entry| Name::parse(entry)).filter(of_gate).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }

    pub(super) fn failed(&self, error: io::Error) -> StoreError {
        self.shelf.failed(error).into()
    }
}

/// Refuses what is no gate's id.
pub(super) fn checked(gate_id: Option<&str>) -> Result<(), StoreError> {
    match gate_id.filter(|id| !is_gate_id(id)) {
        Some(id) => Err(StoreError::GateId(id.to_owned())),
        None => Ok(()),
    }
}
