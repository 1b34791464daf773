//! What stands at a name of a folder: in the tree of a commit, or in the working tree as it would be committed now.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{ErrorCode, ObjectType, Repository as Handle};

use super::changes::{Entry, entries};
use super::id::Id;
use super::mode::{FOLDER, LINK, REGULAR, SUBMODULE, TYPE};
use super::object::{self, object};
use super::snapshot::content;
use super::walk::is_too_deep;
use super::{Repository, as_path, text_of};
use crate::model::escape::visible_up_to;
use crate::system::files::{ReadError, read_anywhere};

mod here;

/// The longest target of a symbolic link, in bytes: what Linux allows.
const TARGET_LIMIT: u64 = 4096;

/// How much of a path a reason shows, in characters.
const PATH_LIMIT: usize = 80;

/// A folder that was reached without a symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(At);

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    /// A tree object.
    Tree(Id),
    /// The working tree's: its path with a slash at its end, "" at the top.
    Here(Vec<u8>),
}

/// Whether a path is wanted, by what stands there.
pub(crate) type Wanted<'w> = dyn Fn(&str, Named) -> bool + 'w;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Missing,
    /// Something that git leaves out: it is ignored, or of another repository.
    LeftOut,
    /// A regular file.
    File(Content),
    /// A symbolic link, and where it leads.
    Link(Vec<u8>),
    /// A folder.
    Folder(Folder),
    /// Another repository at a commit, in hex digits.
    Submodule(String),
    /// A pipe, a device.
    Other,
}

/// A regular file's content, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    at: Bytes,
    /// Whether git tracks it; it would add it otherwise.
    pub tracked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bytes {
    Blob(Id),
    /// Relative to the top.
    File(Vec<u8>),
}

/// What kind of thing a name in a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// Another repository.
    Submodule,
}

impl Repository {
    /// The top of the working tree.
    ///
    /// # Errors
    /// Why nobody can tell what git tracks in it.
    pub fn working_tree(&self) -> Result<Folder, String> {
        self.index().map(|_| Folder(At::Here(Vec::new())))
    }

    /// The top of a commit's tree; the commit is given in hex digits.
    ///
    /// # Errors
    /// The commit is not here, or damaged.
    pub fn tree_at(&self, commit: &str) -> Result<Folder, String> {
        let handle = self.handle();
        let tree = handle.odb().and_then(|odb| object::tree_of(&handle, &odb, commit));
        tree.map(|tree| Folder(At::Tree(tree))).map_err(|error| self.lacks(&handle, commit, &error))
    }

    /// What stands at a name in a folder.
    ///
    /// # Errors
    /// Why nobody can tell: an object is not here, a conflict, two names that differ in letter case only.
    pub fn standing(&self, folder: &Folder, name: &[u8]) -> Result<Standing, String> {
        match &folder.0 {
            At::Tree(tree) => self.in_tree(*tree, name),
            At::Here(prefix) => self.here(prefix, name),
        }
    }

    /// The names in a folder, in the order of their bytes.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn names(&self, folder: &Folder) -> Result<Vec<(Vec<u8>, Named)>, String> {
        let mut names = match &folder.0 {
            At::Tree(tree) => self.names_of_tree(*tree)?,
            At::Here(prefix) => self.names_here(prefix)?,
        };
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(names)
    }

    /// What a commit's tree or the index has at paths that are wanted, folders aside: relative to the top, in the order of their
    /// bytes. A path that is not UTF-8 is asked for with a mark in the place of what is none.
    ///
    /// # Errors
    /// Why nobody can tell: a tree is not here, for one.
    pub(crate) fn paths(&self, top: &Folder, wanted: &Wanted<'_>) -> Result<Vec<PathBuf>, String> {
        match &top.0 {
            At::Here(_) => self.indexed_paths(wanted),
            At::Tree(tree) => {
                let mut found = Vec::new();
                self.paths_of_tree(&self.handle(), *tree, &mut Vec::new(), wanted, &mut found)?;
                Ok(found)
            }
        }
    }

    /// A file's bytes.
    ///
    /// # Errors
    /// It is larger than `limit` bytes, or cannot be read.
    pub fn content(&self, file: &Content, limit: u64) -> Result<Vec<u8>, ReadError> {
        match &file.at {
            Bytes::File(path) => read_anywhere(&self.path(path), limit),
            Bytes::Blob(id) => self.blob(*id, limit),
        }
    }

    /// The id of a file's blob, in hex digits.
    ///
    /// # Errors
    /// As for [`Repository::content`].
    pub fn blob_id(&self, file: &Content, limit: u64) -> Result<String, ReadError> {
        match &file.at {
            Bytes::File(path) => read_anywhere(&self.path(path), limit).map(|bytes| self.id_here(path, &bytes)),
            Bytes::Blob(id) => Ok(id.to_string()),
        }
    }

    fn blob(&self, id: Id, limit: u64) -> Result<Vec<u8>, ReadError> {
        let handle = self.handle();
        let lacks = |error: &git2::Error| ReadError::Io(io::Error::other(self.lacks(&handle, &id.to_string(), error)));
        let odb = handle.odb().map_err(|error| lacks(&error))?;
        let (size, _) = id.oid().and_then(|id| odb.read_header(id)).map_err(|error| lacks(&error))?;
        if size as u64 > limit {
            return Err(ReadError::TooLarge(limit));
        }
        let blob = object(&odb, id, ObjectType::Blob).map_err(|error| lacks(&error))?;
        Ok(blob.data().to_vec())
    }

    fn path(&self, path: &[u8]) -> PathBuf {
        self.top().join(as_path(path))
    }

    fn in_tree(&self, tree: Id, name: &[u8]) -> Result<Standing, String> {
        let handle = self.handle();
        let bytes = self.bytes_of_tree(&handle, tree)?;
        let (mut found, mut twin) = (None, None);
        for entry in self.entries_of(&handle, tree, &bytes)? {
            if entry.name == name {
                found = Some(entry);
            } else if is_twin(entry.name, name) {
                twin = Some(entry.name);
            }
        }
        let Some(entry) = found else { return Ok(Standing::Missing) };
        if let Some(twin) = twin {
            return Err(twins(name, twin));
        }
        Ok(match named(entry.mode & TYPE) {
            Named::File => Standing::File(Content { at: Bytes::Blob(entry.id), tracked: true }),
            Named::Link => Standing::Link(target(&handle, entry.id)?),
            Named::Submodule => Standing::Submodule(entry.id.to_string()),
            Named::Folder => Standing::Folder(Folder(At::Tree(entry.id))),
        })
    }

    fn bytes_of_tree(&self, handle: &Handle, id: Id) -> Result<Arc<[u8]>, String> {
        self.trees.read(handle, id).map_err(|error| self.lacks(handle, &id.to_string(), &error))
    }

    fn entries_of<'t>(&self, handle: &Handle, id: Id, bytes: &'t [u8]) -> Result<Vec<Entry<'t>>, String> {
        entries(self.format, bytes).map_err(|error| self.lacks(handle, &id.to_string(), &error))
    }

    fn names_of_tree(&self, tree: Id) -> Result<Vec<(Vec<u8>, Named)>, String> {
        let handle = self.handle();
        let bytes = self.bytes_of_tree(&handle, tree)?;
        let entries = self.entries_of(&handle, tree, &bytes)?.into_iter();
        Ok(entries.map(|entry| (entry.name.to_vec(), named(entry.mode & TYPE))).collect())
    }

    /// One handle serves all levels: it is a lock.
    fn paths_of_tree(
        &self,
        handle: &Handle,
        tree: Id,
        path: &mut Vec<u8>,
        wanted: &Wanted<'_>,
        found: &mut Vec<PathBuf>,
    ) -> Result<(), String> {
        if is_too_deep(path) {
            return Err(format!("{} is nested too deeply", visible_up_to(&text_of(path), PATH_LIMIT)));
        }
        let bytes = self.bytes_of_tree(handle, tree)?;
        for entry in self.entries_of(handle, tree, &bytes)? {
            let length = path.len();
            path.extend_from_slice(entry.name);
            match named(entry.mode & TYPE) {
                Named::Folder => {
                    path.push(b'/');
                    self.paths_of_tree(handle, entry.id, path, wanted, found)?;
                }
                kind if wanted(&String::from_utf8_lossy(path), kind) => found.push(as_path(path).to_owned()),
                Named::File | Named::Link | Named::Submodule => {}
            }
            path.truncate(length);
        }
        Ok(())
    }

    /// Why an object cannot be read, with the command that fetches it where there is one.
    fn lacks(&self, handle: &Handle, id: &str, error: &git2::Error) -> String {
        if error.code() != ErrorCode::NotFound {
            return format!("it could not be read: {}", error.message());
        }
        object::lacks(handle, id)
    }
}

fn is_twin(found: &[u8], name: &[u8]) -> bool {
    if found.is_ascii() && name.is_ascii() {
        return found.len() == name.len() && found != name && found.eq_ignore_ascii_case(name);
    }
    let folded = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase();
    found != name && folded(found) == folded(name)
}

fn twins(name: &[u8], twin: &[u8]) -> String {
    format!("{} stands there too, and differs from {} only in letter case", text_of(twin), text_of(name))
}

fn target(handle: &Handle, blob: Id) -> Result<Vec<u8>, String> {
    content(handle, blob, TARGET_LIMIT).map_err(|why| format!("where the symbolic link leads is not known: {why}"))
}

/// What git has under the type of a mode: what is none of the three is a submodule to it.
fn named(kind: u32) -> Named {
    match kind {
        REGULAR => Named::File,
        LINK => Named::Link,
        FOLDER => Named::Folder,
        _ => Named::Submodule,
    }
}

/// Whether a name is that of git's own folder, which no read enters.
pub(crate) fn is_git_folder(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b".git")
}

/// A path as git writes it, `/` between its parts.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect::<Vec<_>>().join(&b'/')
}
