//! A sparse index (`index.sparse`): a folder that a sparse checkout leaves out is one entry, the tree that it has. Here its
//! files are entries again, as in an index that is not sparse.

use git2::{Error, ObjectType, Odb, Repository};

use super::super::changes::entries;
use super::super::id::Id;
use super::super::mode::FOLDER;
use super::super::object::{cause, object};
use super::super::walk::DEPTH_LIMIT;
use super::blocks::corrupt;
use super::{Entry, Index, Moment, Parsed, Stat};

const NEVER: Moment = (0, 0);

/// The index with the files of its folders, whose trees the repository has.
pub(super) fn expanded(sparse: &Parsed, repository: &Repository) -> Result<Index, String> {
    let unreadable =
        |error: Error| format!("a folder of the sparse index could not be read: {}", cause(repository, &error));
    let objects = repository.odb().map_err(unreadable)?;
    let mut index = Index { tree: sparse.index.tree, written: sparse.index.written, ..Index::empty() };
    for entry in sparse.index.entries() {
        let path = sparse.index.path(entry);
        if entry.mode != FOLDER {
            index.add(path, *entry)?;
        } else if path.ends_with(b"/") && entry.skip_worktree {
            let mut paths = Vec::new();
            files(&objects, entry.id, &mut path.to_vec(), 0, &mut paths).map_err(unreadable)?;
            for (path, mode, id) in paths {
                index.add(&path, left_out(entry, mode, id))?;
            }
        } else {
            return Err(corrupt("a folder is an entry of it"));
        }
    }
    Ok(index)
}

/// A file that is not checked out has no stat data.
fn left_out(folder: &Entry, mode: u32, id: Id) -> Entry {
    Entry { mode, id, stat: Stat { ctime: NEVER, mtime: NEVER, ino: 0, uid: 0, gid: 0, size: 0 }, ..*folder }
}

fn files(
    objects: &Odb<'_>,
    tree: Id,
    path: &mut Vec<u8>,
    depth: usize,
    found: &mut Vec<(Vec<u8>, u32, Id)>,
) -> Result<(), Error> {
    if depth > DEPTH_LIMIT {
        return Err(Error::from_str("it is too deep"));
    }
    let read = object(objects, tree, ObjectType::Tree)?;
    for entry in entries(tree.format(), read.data())? {
        let length = path.len();
        path.extend_from_slice(entry.name);
        if entry.mode == FOLDER {
            path.push(b'/');
            files(objects, entry.id, path, depth + 1, found)?;
        } else {
            found.push((path.clone(), entry.mode, entry.id));
        }
        path.truncate(length);
    }
    Ok(())
}
