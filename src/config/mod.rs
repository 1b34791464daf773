//! What people write for the gate: `release.yaml` (this release) and `delivery-gate.yaml` (the project's policy).

use std::path::Path;

use crate::model::problem::Problem;
use crate::system::files::{ReadError, Root};
use crate::world::{Refused, World};

pub(crate) mod ci;
pub(crate) mod claims;
pub(crate) mod compared;
pub(crate) mod decision;
pub(crate) mod policy;
pub(crate) mod prri;
pub(crate) mod release;

pub(crate) use policy::Policy;
pub use release::Release;

/// The largest file that a person writes for the gate, in bytes (docs/configuration.md).
pub(crate) const SIZE_LIMIT: u64 = 1 << 20;

/// Reads a file of the release and decodes it. `shown` is the path as the user knows it.
pub(crate) fn load<T>(
    world: &World,
    path: &Path,
    shown: &str,
    decode: impl FnOnce(&str, &str) -> Result<T, Vec<Problem>>,
    when_missing: &str,
) -> Result<T, Vec<Problem>> {
    let text = world.drafted(path, SIZE_LIMIT).map_err(|error| vec![unreadable(shown, &error, when_missing)])?;
    decode(shown, &text.content)
}

/// Reads a file that the user named, wherever it is, and decodes it.
pub(crate) fn load_anywhere<T>(
    folder: &Root,
    name: &Path,
    shown: &str,
    decode: impl FnOnce(&str, &str) -> Result<T, Vec<Problem>>,
    when_missing: &str,
) -> Result<T, Vec<Problem>> {
    let unreadable = |error| vec![unreadable(shown, &Refused::from(error), when_missing)];
    decode(shown, &folder.read_text(name, SIZE_LIMIT).map_err(unreadable)?.content)
}

fn unreadable(shown: &str, error: &Refused, when_missing: &str) -> Problem {
    let help = match error {
        Refused::Missing => when_missing,
        Refused::Untracked(_) => "let git track it (`git add -f`), or take the pattern that ignores it away",
        Refused::Undetermined(_) => "make it readable here: only what is part of the release is read",
        Refused::Unreadable(error) => match error {
            ReadError::Missing => when_missing,
            ReadError::NotUtf8(_) => "save it as UTF-8",
            ReadError::TooLarge(_) => "it holds a few lines for people to read: take the rest out",
            ReadError::NotRegular | ReadError::Leaves => "put the file itself there",
            ReadError::Outside | ReadError::OfGit => "name a file of the repository",
            ReadError::Io(_) => "check the file's permissions",
        },
    };
    error.problem(shown).help(help)
}
