//! What stands at a name of a folder: in the tree of a commit, or in the working tree as it would be committed now.

use std::fs;
use std::io;
use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository as Handle, TreeEntry};

use super::dir::{Dir, Kind};
use super::ignore::Rules;
use super::index::{Entry, Index, Member};
use super::object::object;
use super::snapshot::{content, folder_at};
use super::walk::is_too_deep;
use super::{Repository, as_path, text_of};
use crate::system::files::{ReadError, read_anywhere};

const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The longest target of a symbolic link, in bytes: what Linux allows.
const TARGET_LIMIT: u64 = 4096;

/// A folder that was reached without a symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(At);

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    /// A tree object.
    Tree(Oid),
    /// The working tree's: its path with a slash at its end, "" at the top.
    Here(Vec<u8>),
}

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
    /// Another repository at a commit, 40 hex digits.
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
    Blob(Oid),
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

    /// The top of a commit's tree; the commit is given as 40 hex digits.
    ///
    /// # Errors
    /// The commit is not here, or damaged.
    pub fn tree_at(&self, commit: &str) -> Result<Folder, String> {
        let handle = self.handle();
        let tree = handle.odb().and_then(|odb| super::object::tree_of(&handle, &odb, commit));
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

    fn blob(&self, id: Oid, limit: u64) -> Result<Vec<u8>, ReadError> {
        let handle = self.handle();
        let lacks = |error: &git2::Error| ReadError::Io(io::Error::other(self.lacks(&handle, &id.to_string(), error)));
        let odb = handle.odb().map_err(|error| lacks(&error))?;
        let (size, _) = odb.read_header(id).map_err(|error| lacks(&error))?;
        if size as u64 > limit {
            return Err(ReadError::TooLarge(limit));
        }
        let blob = object(&odb, id, ObjectType::Blob).map_err(|error| lacks(&error))?;
        Ok(blob.data().to_vec())
    }

    fn path(&self, path: &[u8]) -> std::path::PathBuf {
        self.top().join(as_path(path))
    }

    fn in_tree(&self, tree: Oid, name: &[u8]) -> Result<Standing, String> {
        let handle = self.handle();
        let tree = folder_at(&handle, tree).map_err(|error| self.lacks(&handle, &tree.to_string(), &error))?;
        let twin = tree.iter().find(|entry| is_twin(entry.name_bytes(), name)).map(|entry| entry.name_bytes().to_vec());
        let Some(entry) = tree.iter().find(|entry| entry.name_bytes() == name) else { return Ok(Standing::Missing) };
        if let Some(twin) = twin {
            return Err(twins(name, &twin));
        }
        Ok(match mode(&entry) {
            REGULAR => Standing::File(Content { at: Bytes::Blob(entry.id()), tracked: true }),
            LINK => Standing::Link(target(&handle, entry.id())?),
            SUBMODULE => Standing::Submodule(entry.id().to_string()),
            _ => Standing::Folder(Folder(At::Tree(entry.id()))),
        })
    }

    fn names_of_tree(&self, tree: Oid) -> Result<Vec<(Vec<u8>, Named)>, String> {
        let handle = self.handle();
        let tree = folder_at(&handle, tree).map_err(|error| self.lacks(&handle, &tree.to_string(), &error))?;
        Ok(tree.iter().map(|entry| (entry.name_bytes().to_vec(), named(mode(&entry)))).collect())
    }

    /// What git tracks decides first, then what the folder has and git would add.
    fn here(&self, prefix: &[u8], name: &[u8]) -> Result<Standing, String> {
        let index = self.index()?;
        let path = [prefix, name].concat();
        let (below, own) = (index.has_below(&path), index.entry(&path));
        if let Some(twin) = index.twin(prefix, name).filter(|_| below || own.is_some() || self.found(&path).is_some()) {
            return Err(twins(name, twin));
        }
        match own {
            Some(entry) if entry.stage != 0 => Err("it has conflicts that nobody has settled".to_owned()),
            Some(entry) if entry.mode & TYPE == SUBMODULE => Ok(Standing::Submodule(hex(entry))),
            Some(entry) if entry.skip_worktree => self.indexed(entry),
            Some(entry) => self.on_disk(path, !entry.intent_to_add),
            None if below => match self.found(&path) {
                Some(Kind::Link | Kind::File) => self.on_disk(path, false),
                _ => Ok(Standing::Folder(Folder(At::Here([&path, b"/".as_slice()].concat())))),
            },
            None => self.untracked(path),
        }
    }

    /// A sparse checkout leaves files out on purpose; they are part of the release all the same.
    fn indexed(&self, entry: &Entry) -> Result<Standing, String> {
        let id = Oid::from_bytes(&entry.id).map_err(|error| error.message().to_owned())?;
        match entry.mode & TYPE {
            LINK => target(&self.handle(), id).map(Standing::Link),
            _ => Ok(Standing::File(Content { at: Bytes::Blob(id), tracked: true })),
        }
    }

    fn on_disk(&self, path: Vec<u8>, tracked: bool) -> Result<Standing, String> {
        Ok(match self.found(&path) {
            None => Standing::Missing,
            Some(Kind::File) => Standing::File(Content { at: Bytes::File(path), tracked }),
            Some(Kind::Folder) => Standing::Folder(Folder(At::Here([&path, b"/".as_slice()].concat()))),
            Some(Kind::Other) => Standing::Other,
            Some(Kind::Link) => {
                let target =
                    fs::read_link(self.path(&path)).map_err(|error| format!("it could not be read: {error}"))?;
                Standing::Link(target.into_os_string().into_encoded_bytes())
            }
        })
    }

    /// What git does not track.
    fn untracked(&self, path: Vec<u8>) -> Result<Standing, String> {
        match self.found(&path) {
            Some(kind) if self.leaves_out(&path, kind)? => Ok(Standing::LeftOut),
            _ => self.on_disk(path, false),
        }
    }

    fn found(&self, path: &[u8]) -> Option<Kind> {
        let kind = self.path(path).symlink_metadata().ok()?.file_type();
        Some(match kind {
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File,
            _ => Kind::Other,
        })
    }

    /// Whether git would not add an untracked path.
    fn leaves_out(&self, path: &[u8], kind: Kind) -> Result<bool, String> {
        let top = self.open_top()?;
        Ok(is_left_out(&top, &Rules::top(self.everywhere(), &top), b"", path, kind))
    }

    fn open_top(&self) -> Result<Dir, String> {
        Dir::open(self.top()).map_err(|error| format!("the working tree could not be opened: {error}"))
    }

    fn names_here(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Named)>, String> {
        let index = self.index()?;
        let members = index.members(prefix.len(), index.below(prefix));
        let mut names = Vec::new();
        for (name, member) in &members {
            let path = [prefix, name].concat();
            match member {
                Member::Folder(_) => names.push((name.to_vec(), Named::Folder)),
                Member::File(entry) if entry.skip_worktree || self.found(&path).is_some() => {
                    names.push((name.to_vec(), named(entry.mode & TYPE)));
                }
                Member::File(_) => {}
            }
        }
        let known = |name: &[u8]| members.binary_search_by_key(&name, |(known, _)| known).is_ok();
        for (name, kind) in self.untracked_names(prefix)?.into_iter().filter(|(name, _)| !known(name)) {
            let path = [prefix, &name].concat();
            match kind {
                Kind::Folder if !self.leaves_out(&path, kind)? => names.push((name, Named::Folder)),
                Kind::File if !self.leaves_out(&path, kind)? => names.push((name, Named::File)),
                Kind::Link if !self.leaves_out(&path, kind)? => names.push((name, Named::Link)),
                _ => {}
            }
        }
        Ok(names)
    }

    fn untracked_names(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Kind)>, String> {
        let mut names = Vec::new();
        match Dir::open(&self.path(prefix.strip_suffix(b"/").unwrap_or(prefix))) {
            Ok(dir) => dir.names(|name, kind| names.push((name.to_vec(), kind))).map_err(|error| error.to_string())?,
            // What a sparse checkout leaves out is in the index.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("it could not be listed: {error}")),
        }
        Ok(names)
    }

    /// Why an object cannot be read, with the command that fetches it where there is one.
    fn lacks(&self, handle: &Handle, id: &str, error: &git2::Error) -> String {
        if error.code() != ErrorCode::NotFound {
            return format!("it could not be read: {}", error.message());
        }
        let short = id.get(..12).unwrap_or(id);
        if is_partial(handle) {
            format!("object {short} is not in this partial clone; `git cat-file -e {id}` fetches it")
        } else if handle.is_shallow() {
            format!("object {short} is not in this shallow clone; `git fetch --unshallow` fetches it")
        } else {
            format!("object {short} is not in this repository; `git fsck` tells what is missing")
        }
    }
}

impl Index {
    /// The entry of a path, in whatever state.
    fn entry(&self, path: &[u8]) -> Option<&Entry> {
        self.entries().binary_search_by(|entry| self.path(entry).cmp(path)).ok().map(|at| &self.entries()[at])
    }

    /// The entries below a folder, given with a slash at its end ("" is the top).
    fn below(&self, prefix: &[u8]) -> &[Entry] {
        let entries = self.entries();
        let start = entries.partition_point(|entry| self.path(entry) < prefix);
        let length = entries[start..].partition_point(|entry| self.path(entry).starts_with(prefix));
        &entries[start..start + length]
    }

    fn has_below(&self, path: &[u8]) -> bool {
        !self.below(&[path, b"/".as_slice()].concat()).is_empty()
    }

    /// Another name in a folder that differs from `name` in letter case only.
    fn twin(&self, prefix: &[u8], name: &[u8]) -> Option<&[u8]> {
        let mut rest = self.below(prefix);
        while let Some(first) = rest.first() {
            let tail = self.path(first).get(prefix.len()..).unwrap_or_default();
            let slash = tail.iter().position(|byte| *byte == b'/');
            let (found, group) = slash.map_or((tail, tail), |slash| (&tail[..slash], &tail[..=slash]));
            if is_twin(found, name) {
                return Some(found);
            }
            let in_group = |entry: &Entry| {
                slash.is_some() && self.path(entry).get(prefix.len()..).unwrap_or_default().starts_with(group)
            };
            rest = &rest[rest.partition_point(in_group).max(1)..];
        }
        None
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

/// Whether git would leave out an untracked path below `dir`, whose path is `prefix`.
fn is_left_out(dir: &Dir, rules: &Rules<'_>, prefix: &[u8], rest: &[u8], kind: Kind) -> bool {
    let Some(slash) = rest.iter().position(|byte| *byte == b'/') else {
        let is_repository = || dir.folder(rest).is_ok_and(|folder| folder.find(b".git").is_ok());
        return rules.ignores(rest, kind) || kind == Kind::Folder && is_repository();
    };
    let (name, below) = (&rest[..slash], &rest[slash + 1..]);
    let prefix = [prefix, name, b"/"].concat();
    if is_too_deep(&prefix) || rules.ignores(name, Kind::Folder) {
        return true;
    }
    match dir.folder(name) {
        // A repository of its own is none of this one's files.
        Ok(folder) if folder.find(b".git").is_ok() => true,
        Ok(folder) => is_left_out(&folder, &rules.below(&prefix, &folder), &prefix, below, kind),
        Err(_) => true,
    }
}

fn target(handle: &Handle, blob: Oid) -> Result<Vec<u8>, String> {
    content(handle, blob, TARGET_LIMIT).map_err(|why| format!("where the symbolic link leads is not known: {why}"))
}

fn mode(entry: &TreeEntry<'_>) -> u32 {
    u32::try_from(entry.filemode()).unwrap_or_default() & TYPE
}

fn named(mode: u32) -> Named {
    match mode {
        REGULAR => Named::File,
        LINK => Named::Link,
        SUBMODULE => Named::Submodule,
        _ => Named::Folder,
    }
}

fn hex(entry: &Entry) -> String {
    entry.id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether objects were left at the remote on purpose.
fn is_partial(handle: &Handle) -> bool {
    let Ok(config) = handle.config() else { return false };
    let named = |pattern: &str| config.entries(Some(pattern)).is_ok_and(|mut found| found.next().is_some());
    named(r"^extensions\.partialclone$") || named(r"^remote\..*\.promisor$")
}

/// Whether a name is that of git's own folder, which no read enters.
pub(crate) fn is_git_folder(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b".git")
}

/// A path as git writes it, `/` between its parts.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect::<Vec<_>>().join(&b'/')
}
