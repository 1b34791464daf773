//! release.yaml on the disk: one writer at a time, whole or not at all.

use std::fs;
#[cfg(unix)]
use std::fs::File;
use std::io;
use std::path::Path;

use crate::config::SIZE_LIMIT;
use crate::system::atomic::Draft;
use crate::system::files::{BYTE_ORDER_MARK, ReadError, Root};

/// Why a file is as it was.
#[derive(Debug)]
pub enum Unwritten<E> {
    /// It could not be read.
    Unread(ReadError),
    /// The edit was refused.
    Refused(E),
    /// The new text is larger than what is read, in bytes.
    TooLarge(u64),
    /// Its owner does not want it written.
    ReadOnly,
    /// Somebody else wrote it meanwhile.
    Changed,
    /// The system refused.
    Io(io::Error),
}

/// Replaces the text at `relative` by what `edit` makes of it. A byte order mark, the file's mode and a symbolic link to
/// it stay.
///
/// # Errors
/// See [`Unwritten`]; the file is as it was.
pub fn change<E>(
    root: &Root,
    relative: &Path,
    edit: impl FnOnce(&str) -> Result<String, E>,
) -> Result<(), Unwritten<E>> {
    let place = root.path().join(root.resolve(relative).map_err(Unwritten::Unread)?);
    let _lock = locked(&place).map_err(Unwritten::Io)?;
    let before = root.read_text(relative, SIZE_LIMIT).map_err(Unwritten::Unread)?;
    let after = edit(&before.content).map_err(Unwritten::Refused)?;
    if after.len() as u64 > SIZE_LIMIT {
        return Err(Unwritten::TooLarge(SIZE_LIMIT));
    }
    let permissions = fs::metadata(&place).map_err(Unwritten::Io)?.permissions();
    if permissions.readonly() {
        return Err(Unwritten::ReadOnly);
    }
    let mark = if before.marked { BYTE_ORDER_MARK.to_string() } else { String::new() };
    let draft = Draft::beside(&place, (mark + &after).as_bytes()).and_then(|draft| draft.permit(permissions));
    let draft = draft.map_err(Unwritten::Io)?;
    if root.read_text(relative, SIZE_LIMIT).ok().as_ref() != Some(&before) {
        return Err(Unwritten::Changed);
    }
    draft.replace(&place).map_err(Unwritten::Io)
}

/// Waits for the other writers. Each of them renames a new file into the place, so that the lock may turn out to be one
/// of a file that is gone.
#[cfg(unix)]
fn locked(place: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt;
    loop {
        let file = crate::system::files::open_without_waiting(place)?;
        match file.lock() {
            // Some file systems have no locks: that the file is as it was is looked at before it is replaced.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            other => other?,
        }
        let (held, there) = (file.metadata()?, fs::metadata(place)?);
        if (held.dev(), held.ino()) == (there.dev(), there.ino()) {
            return Ok(file);
        }
    }
}

/// A file that is open cannot be replaced here: whether it is as it was is looked at before it is.
#[cfg(not(unix))]
fn locked(_place: &Path) -> io::Result<()> {
    Ok(())
}
