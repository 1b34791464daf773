//! The one writer of records: a directory whose files are whole, and none of which is ever overwritten.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::folder::{self, Folder};
use super::name::{self, TEMPORARY};
use crate::system::atomic::Draft;

/// Keeps records out of git, so that a verdict never makes a release's working tree dirty.
const IGNORE: &str = ".gitignore";

/// A directory of records of one kind. Any number of processes may use it at once.
#[derive(Debug)]
pub(super) struct Shelf {
    dir: PathBuf,
    /// Whether a file's name is that of a record of this kind.
    is_own: fn(&str) -> bool,
    parent_synced: OnceLock<()>,
}

/// Why a directory of records did not take one, or cannot be read.
#[derive(Debug)]
pub enum ShelfError {
    /// The path is there and is not a directory.
    NotADirectory(PathBuf),
    /// There is a record of this name.
    Exists(PathBuf),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl fmt::Display for ShelfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADirectory(path) => write!(f, "{} is not a directory", path.display()),
            Self::Exists(path) => write!(f, "there is a record {} already", path.display()),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ShelfError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            Self::NotADirectory(_) | Self::Exists(_) => None,
        }
    }
}

impl Shelf {
    /// The directory at `dir`. Nothing is made before the first record is placed.
    ///
    /// # Errors
    /// Something else stands there, or nobody can tell.
    pub(super) fn open(dir: &Path, is_own: fn(&str) -> bool) -> Result<Self, ShelfError> {
        let dir = std::path::absolute(dir).map_err(|error| ShelfError::Io(dir.to_owned(), error))?;
        match fs::metadata(&dir) {
            Ok(metadata) if metadata.is_dir() => {}
            // Nothing, or what another writer has made since; a link to nowhere is neither.
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && dir.symlink_metadata().map_or(true, |metadata| metadata.is_dir()) => {}
            Ok(_) => return Err(ShelfError::NotADirectory(dir)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(ShelfError::NotADirectory(dir));
            }
            Err(error) => return Err(ShelfError::Io(dir, error)),
        }
        Ok(Self { dir, is_own, parent_synced: OnceLock::new() })
    }

    /// The directory, absolute.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the directory, with its own `.gitignore`. A directory with other people's files gets none: it would hide
    /// them from git.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn prepare(&self) -> Result<(), ShelfError> {
        self.make().map_err(|error| self.failed(error))
    }

    fn make(&self) -> io::Result<()> {
        let made = folder::make(&self.dir)?;
        let ignore = self.dir.join(IGNORE);
        if ignore.symlink_metadata().is_err() && (made || self.holds_only_records()?) {
            match self.put(&ignore, b"*\n") {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        // Another process may have made the directory a moment ago. A parent that may not be read was there before.
        self.parent_synced.get_or_init(|| drop(self.dir.parent().map(folder::sync)));
        Ok(())
    }

    fn holds_only_records(&self) -> io::Result<bool> {
        let names = Folder::open(&self.dir)?.names()?;
        let own = |entry: &str| name::is_temporary(entry) || (self.is_own)(entry);
        Ok(names.iter().all(|entry| matches!(entry.as_str(), "." | ".." | IGNORE) || own(entry)))
    }

    /// Places a file under a name that is free, in a directory that was prepared. When this returns, it survives a loss of
    /// power.
    ///
    /// # Errors
    /// The name is taken, or the system refuses: the file is not there.
    pub(super) fn place(&self, path: &Path, content: &[u8]) -> Result<(), ShelfError> {
        match self.put(path, content) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(ShelfError::Exists(path.to_owned())),
            Err(error) => Err(ShelfError::Io(path.to_owned(), error)),
        }
    }

    /// Writes beside and renames, so that whatever has the name is whole.
    fn put(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        Draft::named(TEMPORARY, path, content)?.create(path)?;
        folder::sync(&self.dir)
    }

    /// The open directory, if it is there.
    pub(super) fn folder(&self) -> Result<Option<Folder>, ShelfError> {
        match Folder::open(&self.dir) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    pub(super) fn failed(&self, error: io::Error) -> ShelfError {
        ShelfError::Io(self.dir.clone(), error)
    }
}
