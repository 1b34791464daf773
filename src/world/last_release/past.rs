//! What was read of earlier commits, once for all who ask.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::said::{Stated, stated_in};
use super::{World, release_at};
use crate::git::{Repository, Tagged};

/// The tags of a repository, and what the release.yaml of each tagged commit says: every package asks for the same.
#[derive(Debug, Default)]
pub(in crate::world) struct Past {
    tagged: Mutex<Option<Arc<Tagged>>>,
    stated: Mutex<HashMap<Asked, Arc<Vec<Stated>>>>,
    is_after_head: OnceLock<bool>,
}

/// A commit, and the folder of a release.yaml.
type Asked = (String, PathBuf);

impl Past {
    /// The commits with tags that may name a version.
    ///
    /// # Errors
    /// The tags cannot be listed.
    pub(in crate::world) fn tagged(&self, repository: &Repository) -> Result<Arc<Tagged>, String> {
        let mut known = self.tagged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tagged) = known.as_ref() {
            return Ok(Arc::clone(tagged));
        }
        let tagged = Arc::new(repository.tagged(|name| name.contains(|c: char| c.is_ascii_digit()))?);
        Ok(Arc::clone(known.insert(tagged)))
    }

    /// Whether it is the working tree that is judged, and something in it is not committed.
    pub(super) fn is_after_head(&self, world: &World) -> bool {
        let is_changed = || world.repository.as_ref().is_ok_and(|repository| repository.state().dirty_total > 0);
        world.revision().is_none() && *self.is_after_head.get_or_init(is_changed)
    }

    /// What the release.yaml of a folder says at a commit; nothing where there is no such file, or another one of that name.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn stated_at(&self, world: &World, commit: &str, folder: &Path) -> Result<Arc<Vec<Stated>>, String> {
        let key = (commit.to_owned(), folder.to_owned());
        if let Some(stated) = self.stated.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(stated));
        }
        let text = release_at(&world.clone().in_dir(folder.to_owned()), commit)?;
        let stated = Arc::new(text.map(|text| stated_in(&text)).unwrap_or_default());
        self.stated.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&stated));
        Ok(stated)
    }
}
