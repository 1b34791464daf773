//! Where verdicts are recorded: a flag, else the policy.

use std::path::{Path, PathBuf};

use crate::config::policy::{self, Policy};
use crate::model::PolicySource;
use crate::records::settings::stays_inside;
use crate::world::World;

/// The folder that the policy names with `record:`, absolute: it is relative to the policy's own.
///
/// # Errors
/// Why nothing can be recorded there.
pub(crate) fn of_policy(world: &World, policy: &Policy) -> Result<Option<PathBuf>, String> {
    let Some(record) = &policy.record else { return Ok(None) };
    let above = match &policy.source {
        PolicySource::Release { path, .. } | PolicySource::Revision { path, .. } => Path::new(path).parent(),
        PolicySource::Defaults | PolicySource::Named { .. } => Some(world.dir.as_path()),
    };
    let named = format!("`record: {record}` of {}", policy::FILE);
    if world.repository.as_ref().is_ok_and(|repository| repository.is_bare()) {
        return Err(format!("{named}: a bare repository has no such folder; name one with --record DIR"));
    }
    let dir = world.root.path().join(above.unwrap_or(Path::new(""))).join(record);
    if stays_inside(&dir, &world.root) {
        Ok(Some(dir))
    } else {
        Err(format!("{named} leads out of the repository through a symbolic link, or into git's own folder"))
    }
}
