//! Which paths differ between two commits: raw tree objects compared side by side, equal ones skipped. A rename is a
//! delete and an add, so both of its names are there; modes and submodules count; no setting or attribute is asked.

use std::cmp::Ordering;

use git2::{ObjectType, Odb, OdbObject};

use super::Repository;
use super::id::{Format, Id};
use super::mode::{FOLDER, REGULAR, TYPE, canonical};
use super::object::{cause, object, tree_of};
use super::snapshot::content;
use super::walk::DEPTH_LIMIT;

/// How many names are looked at: a small repository can name one folder a million times over.
const NAMES_LIMIT: usize = 5_000_000;

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
    pub(super) id: Id,
}

impl Repository {
    /// The paths that differ between two commits (40 hex digits each), in git's order; `from` nothing, all of them do.
    ///
    /// # Errors
    /// An object is missing or damaged.
    pub fn changes(&self, from: Option<&str>, to: &str) -> Result<Vec<Change>, String> {
        let handle = self.handle();
        let compare = || {
            let odb = handle.odb()?;
            let tree = |commit: &str| tree_of(&handle, &odb, commit);
            let format = Format::of(&handle);
            let mut comparison = Comparison { odb: &odb, format, changes: Vec::new(), path: Vec::new(), names: 0 };
            comparison.folders(from.map(tree).transpose()?, Some(tree(to)?), 0)?;
            Ok(comparison.changes)
        };
        compare().map_err(|error: git2::Error| format!("the change could not be read: {}", cause(&handle, &error)))
    }

    /// The content of a regular file of a change, of at most `limit` bytes.
    #[must_use]
    pub fn content_of(&self, side: Side, limit: u64) -> Option<Vec<u8>> {
        if side.mode & TYPE != REGULAR {
            return None;
        }
        content(&self.handle(), side.id, limit).ok()
    }
}

struct Comparison<'a> {
    odb: &'a Odb<'a>,
    format: Format,
    changes: Vec<Change>,
    path: Vec<u8>,
    names: usize,
}

impl Comparison<'_> {
    /// Two versions of one folder; `None` where there is none.
    fn folders(&mut self, old: Option<Id>, new: Option<Id>, depth: usize) -> Result<(), git2::Error> {
        if old == new {
            return Ok(());
        }
        if depth > DEPTH_LIMIT {
            return Err(git2::Error::from_str("a folder is too deep"));
        }
        let (old, new) = (read(self.odb, old)?, read(self.odb, new)?);
        let (mut left, mut right) = (Entries::of(self.format, old.as_ref()), Entries::of(self.format, new.as_ref()));
        let (mut a, mut b) = (left.next()?, right.next()?);
        while let Some(order) = order(a, b) {
            let at = match order {
                Ordering::Less => (a, None),
                Ordering::Greater => (None, b),
                Ordering::Equal => (a, b),
            };
            self.entry(at.0, at.1, depth)?;
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
    fn entry(&mut self, old: Option<Entry<'_>>, new: Option<Entry<'_>>, depth: usize) -> Result<(), git2::Error> {
        if old.map(|entry| (entry.mode, entry.id)) == new.map(|entry| (entry.mode, entry.id)) {
            return Ok(());
        }
        let Some(any) = old.or(new) else { return Ok(()) };
        self.names += 1;
        if self.names > NAMES_LIMIT {
            return Err(git2::Error::from_str("it has more than five million names"));
        }
        let length = self.path.len();
        self.path.extend_from_slice(any.name);
        if any.mode == FOLDER {
            self.path.push(b'/');
            self.folders(old.map(|entry| entry.id), new.map(|entry| entry.id), depth + 1)?;
        } else {
            self.changes.push(Change { path: self.path.clone(), old: old.map(Entry::side), new: new.map(Entry::side) });
        }
        self.path.truncate(length);
        Ok(())
    }
}

fn read<'o>(odb: &'o Odb<'_>, tree: Option<Id>) -> Result<Option<OdbObject<'o>>, git2::Error> {
    tree.map(|tree| object(odb, tree, ObjectType::Tree)).transpose()
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

/// The entries of a tree that was read.
pub(super) fn entries(format: Format, tree: &[u8]) -> Result<Vec<Entry<'_>>, git2::Error> {
    let (mut rest, mut found) = (Entries { format, rest: tree }, Vec::new());
    while let Some(entry) = rest.next()? {
        found.push(entry);
    }
    Ok(found)
}

/// A name in a tree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// As git takes it, whatever was written.
    pub(super) mode: u32,
    pub(super) name: &'t [u8],
    pub(super) id: Id,
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

    pub(super) fn side(self) -> Side {
        Side { mode: self.mode, id: self.id }
    }
}

/// The entries of a raw tree: octal mode, space, name, NUL, the bytes of the id.
struct Entries<'t> {
    format: Format,
    rest: &'t [u8],
}

impl<'t> Entries<'t> {
    fn of(format: Format, tree: Option<&'t OdbObject<'_>>) -> Self {
        Self { format, rest: tree.map(OdbObject::data).unwrap_or_default() }
    }

    fn next(&mut self) -> Result<Option<Entry<'t>>, git2::Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let entry = self.split().ok_or_else(|| git2::Error::from_str("a tree object is damaged"))?;
        Ok(Some(entry))
    }

    fn split(&mut self) -> Option<Entry<'t>> {
        let space = self.rest.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = (&self.rest[..space], &self.rest[space + 1..]);
        let mode = canonical(u32::from_str_radix(str::from_utf8(mode).ok()?, 8).ok()?);
        let end = memchr::memchr(0, rest)?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let (id, rest) = rest.split_at_checked(self.format.bytes())?;
        self.rest = rest;
        Some(Entry { mode, name, id: Id::from_bytes(id)? })
    }
}
