//! The id that a commit's tree would have without one folder, as `git rm -r --cached FOLDER` and `git write-tree` tell it. Nothing is
//! written.

use git2::{Error, ObjectType, Odb};

use super::Repository;
use super::changes::entries;
use super::id::{Id, id_of};
use super::mode::FOLDER;
use super::object::{cause, object, tree_of};

impl Repository {
    /// The id, in hex digits, of a commit's tree without what stands at a path: names from the top, joined with `/`.
    ///
    /// # Errors
    /// A tree on the way is not here, or damaged.
    pub(crate) fn tree_without(&self, commit: &str, path: &[u8]) -> Result<String, String> {
        let handle = self.handle();
        let id = || {
            let odb = handle.odb()?;
            let top = tree_of(&handle, &odb, commit)?;
            let names: Vec<_> = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
            Ok(without(&odb, top, &names)?.unwrap_or_else(|| id_of(top.format(), "tree", &[])))
        };
        let id: Result<Id, Error> = id();
        id.map(|id| id.to_string()).map_err(|error| format!("the tree of {commit}: {}", cause(&handle, &error)))
    }
}

/// The id of a tree without a path below it; nothing where nothing is left: git has no empty folders.
fn without(odb: &Odb<'_>, tree: Id, names: &[&[u8]]) -> Result<Option<Id>, Error> {
    let Some((name, below)) = names.split_first() else { return Ok(None) };
    let read = object(odb, tree, ObjectType::Tree)?;
    let mut kept = Vec::with_capacity(read.len());
    let (mut is_changed, mut is_empty) = (false, true);
    for entry in entries(tree.format(), read.data())? {
        let mut id = Some(entry.id);
        if entry.name == *name && (below.is_empty() || entry.mode == FOLDER) {
            id = without(odb, entry.id, below)?;
            is_changed |= id != Some(entry.id);
        }
        if let Some(id) = id {
            is_empty = false;
            kept.extend(format!("{:o} ", entry.mode).into_bytes());
            kept.extend(entry.name);
            kept.push(0);
            kept.extend(id.as_bytes());
        }
    }
    match (is_changed, is_empty) {
        (false, _) => Ok(Some(tree)),
        (true, true) => Ok(None),
        (true, false) => Ok(Some(id_of(tree.format(), "tree", &kept))),
    }
}
