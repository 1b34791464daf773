//! Which paths differ between two commits: raw tree objects compared side by side, equal ones skipped. A rename is a
//! delete and an add, so both of its names are there; modes and submodules count; no setting or attribute is asked.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering as AtomicOrdering};

use git2::{Error, Odb, OdbObject, Oid, Repository as Handle, RepositoryOpenFlags};
use rayon::prelude::*;

use super::Repository;
use super::walk::is_too_deep;

/// From how many folders on they are shared out among threads.
const SHARED: usize = 32;

/// How many names are looked at: a small repository can name one folder a million times over.
const NAMES_LIMIT: usize = 5_000_000;

/// The mode of a folder in a tree.
const FOLDER: u32 = 0o040_000;

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Bytes, with forward slashes, relative to the top.
    pub path: Vec<u8>,
    /// What stood there.
    pub old: Option<Side>,
    /// What stands there now.
    pub new: Option<Side>,
}

/// A file, a link or a submodule in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// The mode, such as 0o100644.
    pub mode: u32,
    /// The blob's or, for a submodule, the commit's id.
    pub(super) id: Oid,
}

impl Repository {
    /// The paths that differ between two commits (40 hex digits each), in git's order.
    ///
    /// # Errors
    /// An object is missing or damaged.
    pub fn changes(&self, from: &str, to: &str) -> Result<Vec<Change>, String> {
        let handle = self.handle();
        let compare = || {
            let tree =
                |commit: &str| -> Result<Oid, Error> { Ok(handle.find_commit(Oid::from_str(commit)?)?.tree_id()) };
            let whole = Folder { old: Some(tree(from)?), new: Some(tree(to)?), path: Vec::new() };
            compare(&handle, whole)
        };
        compare().map_err(|error: Error| format!("the change could not be read: {}", error.message()))
    }
}

/// Two versions of one folder; `None` where there is none.
struct Folder {
    old: Option<Oid>,
    new: Option<Oid>,
    /// With a slash at its end ("" at the top).
    path: Vec<u8>,
}

/// Goes down level by level until there is enough to share out; a few folders are not worth the threads.
fn compare(handle: &Handle, whole: Folder) -> Result<Vec<Change>, Error> {
    let (odb, git_dir) = (handle.odb()?, handle.path());
    let names = AtomicUsize::new(0);
    let mut comparison = Comparison { odb: &odb, names: &names, changes: Vec::new(), waiting: vec![whole] };
    while (1..SHARED).contains(&comparison.waiting.len()) {
        for folder in std::mem::take(&mut comparison.waiting) {
            comparison.folder(&folder)?;
        }
    }
    let Comparison { mut changes, waiting, .. } = comparison;
    let nothing: [&Path; 0] = [];
    let open = || Handle::open_ext(git_dir, RepositoryOpenFlags::NO_SEARCH, nothing);
    let rest: Vec<_> = waiting
        .into_par_iter()
        .map_init(open, |handle, folder| {
            let odb = handle.as_ref().map_err(|error| Error::from_str(error.message()))?.odb()?;
            Comparison { odb: &odb, names: &names, changes: Vec::new(), waiting: vec![folder] }.rest()
        })
        .collect::<Result<_, Error>>()?;
    changes.extend(rest.into_iter().flatten());
    changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

struct Comparison<'a> {
    odb: &'a Odb<'a>,
    names: &'a AtomicUsize,
    changes: Vec<Change>,
    /// Folders that differ and were not looked into yet.
    waiting: Vec<Folder>,
}

impl Comparison<'_> {
    fn rest(mut self) -> Result<Vec<Change>, Error> {
        while let Some(folder) = self.waiting.pop() {
            self.folder(&folder)?;
        }
        Ok(self.changes)
    }

    fn folder(&mut self, folder: &Folder) -> Result<(), Error> {
        if is_too_deep(&folder.path) {
            return Err(Error::from_str("a folder is too deep"));
        }
        let (old, new) = (read(self.odb, folder.old)?, read(self.odb, folder.new)?);
        let (mut left, mut right) = (Entries::of(old.as_ref()), Entries::of(new.as_ref()));
        let (mut a, mut b) = (left.next()?, right.next()?);
        while let Some(order) = order(a, b) {
            match order {
                Ordering::Less => self.entry(folder, a, None)?,
                Ordering::Greater => self.entry(folder, None, b)?,
                Ordering::Equal => self.entry(folder, a, b)?,
            }
            if order.is_le() {
                a = left.next()?;
            }
            if order.is_ge() {
                b = right.next()?;
            }
        }
        Ok(())
    }

    /// One name; the two sides are of one kind, folder or not.
    fn entry(&mut self, folder: &Folder, old: Option<Entry<'_>>, new: Option<Entry<'_>>) -> Result<(), Error> {
        let Some(any) = old.or(new).filter(|_| differs(old, new)) else { return Ok(()) };
        if self.names.fetch_add(1, AtomicOrdering::Relaxed) >= NAMES_LIMIT {
            return Err(Error::from_str("it has more than five million names"));
        }
        if any.mode == FOLDER {
            let path = [&folder.path, any.name, b"/"].concat();
            self.waiting.push(Folder { old: old.map(|entry| entry.id), new: new.map(|entry| entry.id), path });
        } else {
            let path = [&folder.path, any.name].concat();
            self.changes.push(Change { path, old: old.map(Entry::side), new: new.map(Entry::side) });
        }
        Ok(())
    }
}

fn differs(old: Option<Entry<'_>>, new: Option<Entry<'_>>) -> bool {
    old.map(|entry| (entry.mode, entry.id)) != new.map(|entry| (entry.mode, entry.id))
}

fn read<'o>(odb: &'o Odb<'_>, tree: Option<Oid>) -> Result<Option<OdbObject<'o>>, Error> {
    tree.map(|tree| odb.read(tree)).transpose()
}

/// Which of the next two names comes first; `None` at the end of both.
fn order(a: Option<Entry<'_>>, b: Option<Entry<'_>>) -> Option<Ordering> {
    match (a, b) {
        (None, None) => None,
        (Some(_), None) => Some(Ordering::Less),
        (None, Some(_)) => Some(Ordering::Greater),
        (Some(a), Some(b)) => Some(a.cmp(b)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry<'t> {
    mode: u32,
    name: &'t [u8],
    id: Oid,
}

impl<'t> Entry<'t> {
    /// Git sorts a folder as if its name ended in a slash, so a file and a folder of one name are two names.
    fn cmp(self, other: Entry<'_>) -> Ordering {
        let common = self.name.len().min(other.name.len());
        let after = |entry: Entry<'_>| entry.name.get(common).copied().unwrap_or(entry.end());
        self.name[..common]
            .cmp(&other.name[..common])
            .then_with(|| after(self).cmp(&after(other)))
            .then_with(|| self.name.len().cmp(&other.name.len()))
    }

    fn end(self) -> u8 {
        if self.mode == FOLDER { b'/' } else { 0 }
    }

    fn side(self) -> Side {
        Side { mode: self.mode, id: self.id }
    }
}

/// The entries of a raw tree: octal mode, space, name, NUL, 20 bytes of id.
struct Entries<'t> {
    rest: &'t [u8],
}

impl<'t> Entries<'t> {
    fn of(tree: Option<&'t OdbObject<'_>>) -> Self {
        Self { rest: tree.map(OdbObject::data).unwrap_or_default() }
    }

    fn next(&mut self) -> Result<Option<Entry<'t>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let entry = self.split().ok_or_else(|| Error::from_str("a tree object is damaged"))?;
        Ok(Some(entry))
    }

    fn split(&mut self) -> Option<Entry<'t>> {
        let space = self.rest.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = (&self.rest[..space], &self.rest[space + 1..]);
        let mode = u32::from_str_radix(str::from_utf8(mode).ok()?, 8).ok()?;
        let end = memchr::memchr(0, rest)?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let (id, rest) = rest.split_first_chunk::<20>()?;
        self.rest = rest;
        Some(Entry { mode, name, id: Oid::from_bytes(id).ok()? })
    }
}
