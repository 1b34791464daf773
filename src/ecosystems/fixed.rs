//! What stands for one content only, whichever tool wrote it.

use std::path::Path;

use super::Pin;
use crate::model::path::within_on_any_system;
use crate::world::{Refused, World};

/// Whether a text is a whole commit id, SHA-1's or SHA-256's.
pub(crate) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is a SHA-256 in hexadecimal digits.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_commit(text)
}

/// Whether a package beside the project is part of the release: its folder, as seen from `folder`, has this manifest.
pub(crate) fn local(world: &World, folder: &Path, path: &str, manifest: &str) -> Pin {
    let Some(path) = within_on_any_system(folder, path).map(|path| path.join(manifest)) else {
        return Pin::Loose("its path leaves the repository".to_owned());
    };
    match world.part(&path) {
        Ok(_) => Pin::Pinned,
        Err(error @ Refused::Untracked(_)) => Pin::Loose(error.about(&path.display().to_string())),
        Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
    }
}

/// Whether the release has a file or a folder, as seen from `folder`.
pub(crate) fn has(world: &World, folder: &Path, path: &str) -> bool {
    let path = within_on_any_system(folder, path);
    path.is_some_and(|path| path.as_os_str().is_empty() || world.has(&path))
}
