//! The modes of a tree and an index, as git's `Documentation/gitformat-index.txt` has them.

/// The part of a mode that says what kind of thing it is.
pub(super) const TYPE: u32 = 0o170_000;

/// A regular file, executable or not.
pub(super) const REGULAR: u32 = 0o100_000;

/// A symbolic link.
pub(super) const LINK: u32 = 0o120_000;

/// Another repository at a commit.
pub(super) const SUBMODULE: u32 = 0o160_000;

/// A folder.
pub(super) const FOLDER: u32 = 0o040_000;
