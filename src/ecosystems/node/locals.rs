//! Packages beside the project, which a manifest or a lock file names by their path.

use std::path::Path;

use super::MANIFEST;
use crate::ecosystems::Pin;
use crate::model::path::within_on_any_system;
use crate::system::files::ReadError;
use crate::world::{Listed, Part, Refused, World};

/// How many names are looked at for one that git tracks.
const NAME_LIMIT: usize = 10_000;

/// Whether a path, as seen from a folder, is part of what is released. A folder without a manifest of its own is (`link:`).
pub(super) fn pin(world: &World, folder: &Path, path: &str) -> Pin {
    let outside = || Pin::Loose("it is outside the repository".to_owned());
    let Some(target) = within_on_any_system(folder, path) else { return outside() };
    let is_folder = world.is_folder(&target).unwrap_or(false);
    let probe = if is_folder { target.join(MANIFEST) } else { target.clone() };
    match world.part(&probe) {
        Ok(Part::Tracked) => Pin::Pinned,
        Err(Refused::Missing) if is_folder && has_files(world, &target) => Pin::Pinned,
        Err(Refused::Missing) if is_folder => Pin::Loose(Refused::Untracked(None).about(&target.display().to_string())),
        Ok(Part::New) => Pin::Loose(Refused::Untracked(None).about(&probe.display().to_string())),
        Ok(Part::Unknown) => Pin::Unproven(world.undetermined().unwrap_or_default().to_owned()),
        Err(Refused::Unreadable(ReadError::Leaves | ReadError::Outside | ReadError::OfGit)) => outside(),
        Err(error @ (Refused::Missing | Refused::Untracked(_))) => {
            Pin::Loose(error.about(&probe.display().to_string()))
        }
        Err(error) => Pin::Unproven(error.about(&probe.display().to_string())),
    }
}

/// Whether the release has a file in a folder, or below it: one that is only on the disk does not ship.
fn has_files(world: &World, folder: &Path) -> bool {
    let (mut waiting, mut count) = (vec![folder.to_owned()], 0);
    while let Some(folder) = waiting.pop() {
        for (name, kind) in world.listed(&folder).unwrap_or_default() {
            count += 1;
            let path = folder.join(name);
            if kind == Listed::Folder {
                waiting.push(path);
            } else if count > NAME_LIMIT || matches!(world.part(&path), Ok(Part::Tracked | Part::Unknown)) {
                return true;
            }
        }
    }
    false
}
