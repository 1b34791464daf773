//! The tables of a reftable, of which the newest that has a name says what it leads to.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::id::Format;
use super::{Target, table};
use crate::system::files::{ReadError, read_anywhere};

/// The largest list of tables that is read, in bytes: git merges them, so that there are a few dozen at most.
const LIST_LIMIT: u64 = 1 << 20;

/// How often the list is read anew where git replaced its tables meanwhile.
const ATTEMPTS: usize = 100;

/// By their full names.
type Names = BTreeMap<Vec<u8>, Target>;

/// A folder of tables.
pub(in super::super) struct Stack {
    folder: PathBuf,
    format: Format,
    /// What was read last, with the list that it was read by: a table is never written again, and no name is used twice.
    read: Mutex<Option<(Vec<u8>, Arc<Names>)>>,
}

impl Stack {
    pub(super) fn new(folder: PathBuf, format: Format) -> Self {
        Self { folder, format, read: Mutex::default() }
    }

    /// What a reference leads to now.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub(super) fn find(&self, name: &[u8]) -> Result<Option<Target>, String> {
        Ok(self.names()?.get(name).cloned())
    }

    /// Each reference whose name begins so, in the order of the names.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub(super) fn each(&self, prefix: &[u8], take: &mut dyn FnMut(&[u8], &Target)) -> Result<(), String> {
        let names = self.names()?;
        let from = names.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(|(name, _)| name.starts_with(prefix)).for_each(|(name, target)| take(name, target));
        Ok(())
    }

    fn names(&self) -> Result<Arc<Names>, String> {
        let mut list = self.list()?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..ATTEMPTS {
            if let Some((known, names)) = read.as_ref()
                && *known == list
            {
                return Ok(Arc::clone(names));
            }
            match self.merged(&list)? {
                Ok(names) => return Ok(Arc::clone(&read.insert((list, Arc::new(names))).1)),
                Err(missing) => {
                    // Git writes the new list before it removes what it merged.
                    let now = self.list()?;
                    if now == list {
                        return Err(self.unreadable(&format!("{missing} is not there")));
                    }
                    list = now;
                }
            }
        }
        Err(self.unreadable("git replaces its tables all the time"))
    }

    fn list(&self) -> Result<Vec<u8>, String> {
        read_anywhere(&self.folder.join("tables.list"), LIST_LIMIT).map_err(|error| match error {
            ReadError::TooLarge(_) => self.unreadable("tables.list is too large"),
            error => self.unreadable(&format!("tables.list: {error}")),
        })
    }

    /// What all tables of a list come to, or the one that is not there.
    fn merged(&self, list: &[u8]) -> Result<Result<Names, String>, String> {
        let (mut names, mut room) = (Names::new(), table::NAMES_LIMIT);
        let list = str::from_utf8(list).map_err(|_| self.unreadable("tables.list is not UTF-8"))?;
        for file in list.lines() {
            if !is_plain(file) {
                return Err(self.unreadable("tables.list names something else than its tables"));
            }
            let records = match table::read(&self.folder.join(file), self.format, &mut room) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err(file.to_owned())),
                read => read.map_err(|error| self.unreadable(&format!("{file}: {error}")))?,
            };
            for (name, target) in records {
                match target {
                    Some(target) => drop(names.insert(name, target)),
                    None => drop(names.remove(&name)),
                }
            }
        }
        Ok(Ok(names))
    }

    fn unreadable(&self, why: &str) -> String {
        format!("the reftable could not be read: {why}; `git refs verify` and `git fsck` tell more")
    }
}

/// A name that leads to no other folder.
fn is_plain(file: &str) -> bool {
    !file.is_empty() && file != ".." && file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
