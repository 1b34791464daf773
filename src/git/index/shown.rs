//! What libgit2 is shown of an index that it cannot read: a split and a sparse one. It looks for attributes there, and for
//! nothing else that the gate asks for.

use git2::{Error, IndexEntry, IndexTime, ObjectFormat, Repository};

use super::super::id::Format;
use super::{Entry, Index};

const NAME: &[u8] = b".gitattributes";

/// Gives the repository an index in memory, with the files of attributes alone.
pub(super) fn show(index: &Index, repository: &Repository, format: Format) -> Result<(), String> {
    let shown = || {
        let format = match format {
            Format::Sha1 => ObjectFormat::Sha1,
            Format::Sha256 => ObjectFormat::Sha256,
        };
        let mut memory = git2::Index::new_ext(format)?;
        for entry in index.entries() {
            let path = index.path(entry);
            if path.rsplit(|byte| *byte == b'/').next() == Some(NAME) && entry.stage == 0 {
                memory.add(&of(entry, path)?)?;
            }
        }
        repository.set_index(&mut memory)
    };
    shown().map_err(|error: Error| format!("the attributes of the index: {}", error.message()))
}

fn of(entry: &Entry, path: &[u8]) -> Result<IndexEntry, Error> {
    let never = IndexTime::new(0, 0);
    Ok(IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: entry.mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id: entry.id.oid()?,
        flags: 0,
        flags_extended: 0,
        path: path.to_vec(),
    })
}
