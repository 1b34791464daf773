//! The files of one commit, as they were committed: no filter, no working tree.

use git2::{ErrorCode, ObjectType, Repository as Handle};

use super::Repository;
use super::changes::{Entry, Side, entries};
use super::id::Id;
use super::mode::{FOLDER, REGULAR, TYPE};
use super::object::{cause, lacking, object, tree_of};

/// The files of one commit.
pub struct Snapshot<'r> {
    repository: &'r Repository,
    tree: Id,
}

/// A regular file in a folder of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name within the folder.
    pub name: String,
    blob: Id,
}

impl Repository {
    /// The files of a commit, given in hex digits.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn snapshot(&self, commit: &str) -> Result<Snapshot<'_>, String> {
        let handle = self.handle();
        let tree = handle.odb().and_then(|odb| tree_of(&handle, &odb, commit));
        let tree = tree.map_err(|error| format!("commit {commit} could not be read: {}", cause(&handle, &error)))?;
        Ok(Snapshot { repository: self, tree })
    }
}

impl Snapshot<'_> {
    /// The bytes of a regular file, `None` where there is none.
    ///
    /// # Errors
    /// Something else stands there, it is larger than `limit` bytes, or it cannot be read.
    pub fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let handle = self.repository.handle();
        let Some(entry) = found(&handle, self.entry(&handle, path))? else { return Ok(None) };
        if !is_regular(entry.mode) {
            return Err("it is not a regular file".to_owned());
        }
        content(&handle, entry.id, limit).map(Some)
    }

    /// Whether a file can be told: what is not there can, and what is there and not here cannot.
    ///
    /// # Errors
    /// It, or a folder on the way, is not in this clone, with the command that fetches it.
    pub fn can_be_told(&self, path: &str) -> Result<(), String> {
        let handle = self.repository.handle();
        let look = || handle.odb()?.read_header(self.entry(&handle, path)?.id.oid()?);
        found(&handle, look()).map(drop)
    }

    /// The bytes of a file that [`Snapshot::files`] named. Much cheaper than [`Snapshot::read`] in a large folder.
    ///
    /// # Errors
    /// It is larger than `limit` bytes, or cannot be read.
    pub fn read_file(&self, file: &File, limit: u64) -> Result<Vec<u8>, String> {
        content(&self.repository.handle(), file.blob, limit)
    }

    /// The names of the regular files in a folder, in git's order; `None` where there is no such folder. A name that is
    /// not UTF-8 is left out.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn names(&self, folder: &str) -> Result<Option<Vec<String>>, String> {
        let files = self.files(folder)?;
        Ok(files.map(|files| files.into_iter().map(|file| file.name).collect()))
    }

    /// The regular files in a folder, as [`Snapshot::names`] has them.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn files(&self, folder: &str) -> Result<Option<Vec<File>>, String> {
        let handle = self.repository.handle();
        let entry = found(&handle, self.entry(&handle, folder))?;
        let Some(entry) = entry.filter(|entry| entry.mode & TYPE == FOLDER) else { return Ok(None) };
        let files = || {
            let tree = self.repository.trees.read(&handle, entry.id)?;
            let files = entries(entry.id.format(), &tree)?.into_iter().filter(|entry| is_regular(entry.mode));
            let named = files.filter_map(|file| Some((str::from_utf8(file.name).ok()?.to_owned(), file.id)));
            Ok(named.map(|(name, blob)| File { name, blob }).collect())
        };
        files().map(Some).map_err(|error| unreadable(&handle, &error))
    }

    fn entry(&self, handle: &Handle, path: &str) -> Result<Side, git2::Error> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut tree = self.tree;
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            tree = self.entry_in(handle, tree, folder)?.id;
        }
        self.entry_in(handle, tree, name)
    }

    fn entry_in(&self, handle: &Handle, tree: Id, name: &str) -> Result<Side, git2::Error> {
        let bytes = self.repository.trees.read(handle, tree)?;
        let entry = entries(tree.format(), &bytes)?.into_iter().find(|entry| entry.name == name.as_bytes());
        let missing = || git2::Error::new(ErrorCode::NotFound, git2::ErrorClass::Tree, "there is no such name");
        entry.map(Entry::side).ok_or_else(missing)
    }
}

pub(super) fn content(handle: &Handle, blob: Id, limit: u64) -> Result<Vec<u8>, String> {
    let unreadable = |error| unreadable(handle, &error);
    let odb = handle.odb().map_err(unreadable)?;
    let (size, _) = blob.oid().and_then(|blob| odb.read_header(blob)).map_err(unreadable)?;
    if size as u64 > limit {
        return Err(format!("it is larger than {limit} bytes"));
    }
    Ok(object(&odb, blob, ObjectType::Blob).map_err(unreadable)?.data().to_vec())
}

fn is_regular(mode: u32) -> bool {
    mode & TYPE == REGULAR
}

/// What is not here is something else than what is not there.
fn found<T>(handle: &Handle, looked_up: Result<T, git2::Error>) -> Result<Option<T>, String> {
    match looked_up {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.code() == ErrorCode::NotFound && lacking(&error).is_none() => Ok(None),
        Err(error) => Err(unreadable(handle, &error)),
    }
}

fn unreadable(handle: &Handle, error: &git2::Error) -> String {
    format!("it could not be read: {}", cause(handle, error))
}
