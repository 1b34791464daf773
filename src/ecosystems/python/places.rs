//! Files that a manifest names: inside the repository, tracked by git, of bounded size.

use std::path::Path;

use crate::world::{Refused, World};

/// The largest lock or requirements file that is read, in bytes.
const SIZE_LIMIT: u64 = 64 << 20;

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Why a file's content cannot be relied on.
pub(super) enum Unreliable {
    /// The release does not have it.
    Untracked(String),
    /// It cannot be read, or nobody can tell whether the release has it.
    Unreadable(String),
}

impl Unreliable {
    pub(super) fn reason(self) -> String {
        match self {
            Self::Untracked(reason) | Self::Unreadable(reason) => reason,
        }
    }
}

/// The text of a file that git tracks; the file behind a symbolic link must be tracked as well.
pub(super) fn read_tracked(world: &World, path: &Path) -> Result<String, Unreliable> {
    let shown = path.display().to_string();
    match world.released(path, SIZE_LIMIT) {
        Ok(text) => Ok(text.content),
        Err(error @ Refused::Untracked(_)) => Err(Unreliable::Untracked(error.about(&shown))),
        Err(error) => Err(Unreliable::Unreadable(format!("{shown} was not read: {error}"))),
    }
}
