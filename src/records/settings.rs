//! Where records are kept: a flag, then the environment, then the defaults.

use std::path::{Component, Path, PathBuf};

use super::store::StoreError;
use crate::system::environment::Environment;
use crate::system::files::Root;
use crate::world::settings::ARTIFACT_DIR;

/// Where records are kept. A flag may name any directory; a relative path from the environment starts at the repository.
///
/// # Errors
/// The variable names none; the directory is meant to be in the repository, and a symbolic link there leads out of it.
pub(crate) fn directory(flag: Option<&Path>, environment: &Environment, root: &Root) -> Result<PathBuf, StoreError> {
    if let Some(path) = flag {
        return Ok(path.to_owned());
    }
    let path = ARTIFACT_DIR.folder(environment).map_err(|problem| StoreError::Setting(problem.in_one_line()))?;
    let path = Path::new(path);
    let whole = root.path().join(path);
    let meant_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if meant_inside && !stays_inside(&whole, root) { Err(StoreError::Leaves(whole)) } else { Ok(whole) }
}

/// Whether the part of a path that exists really is in the root; a link to nowhere is not.
pub(super) fn stays_inside(path: &Path, root: &Root) -> bool {
    let there = path.ancestors().find(|part| part.symlink_metadata().is_ok());
    let inside = |part: &Path| root.resolve(part.strip_prefix(root.path()).ok()?).ok();
    there.and_then(inside).is_some()
}
