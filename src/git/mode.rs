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

/// A mode of a tree as git takes it: of a file only whether its owner may run it counts, of everything else nothing but its kind, and
/// what is none of the others is a submodule. Trees that other programs wrote have others, a folder of 40755 among them.
pub(super) const fn canonical(mode: u32) -> u32 {
    match mode & TYPE {
        REGULAR if mode & 0o100 != 0 => REGULAR | 0o755,
        REGULAR => REGULAR | 0o644,
        LINK => LINK,
        FOLDER => FOLDER,
        _ => SUBMODULE,
    }
}
