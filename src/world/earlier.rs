//! What files of the release said at other commits, and which policy held there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{Refused, Release, World};
use crate::model::names::POLICY_FILE;

/// The largest release.yaml or policy that is read, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// A policy as it was written: where it stands, relative to the root, and its text.
pub(crate) type PolicyText = (PathBuf, String);

impl World {
    /// The same folder of another commit, in hex digits.
    ///
    /// # Errors
    /// Its tree is not here.
    pub(crate) fn at_commit(&self, commit: &str) -> Result<Self, String> {
        let release = Release::at(&self.repository, commit)?;
        Ok(Self { release: OnceLock::from(release), drafting: false, seen: Arc::default(), ..self.clone() })
    }

    /// Where the policy of this folder stands, relative to the root: beside release.yaml, else in the nearest folder above it
    /// inside of the repository.
    #[must_use]
    pub(crate) fn policy_path(&self) -> Option<PathBuf> {
        self.dir.ancestors().map(|folder| folder.join(POLICY_FILE)).find(|path| self.has(path))
    }

    /// A text file of another commit, at a path from the root; `None` where there was none.
    ///
    /// # Errors
    /// It cannot be read: it is too large or no text, or an object of it is not in this clone.
    pub(crate) fn text_at(&self, commit: &str, path: &Path) -> Result<Option<String>, Refused> {
        self.at_commit(commit).map_err(Refused::Undetermined)?.text_if_there(path)
    }

    /// The policy of this folder at another commit; `None` where there was none.
    ///
    /// # Errors
    /// The same, with the path of the policy.
    pub(crate) fn policy_at(&self, commit: &str) -> Result<Option<PolicyText>, (PathBuf, Refused)> {
        let own = || self.dir.join(POLICY_FILE);
        let at = self.at_commit(commit).map_err(|why| (own(), Refused::Undetermined(why)))?;
        let Some(path) = at.policy_path() else { return Ok(None) };
        match at.text_if_there(&path) {
            Ok(text) => Ok(text.map(|text| (path, text))),
            Err(refused) => Err((path, refused)),
        }
    }

    fn text_if_there(&self, path: &Path) -> Result<Option<String>, Refused> {
        match self.released(path, SIZE_LIMIT) {
            Ok(written) => Ok(Some(written.content)),
            Err(Refused::Missing) => Ok(None),
            Err(refused) => Err(refused),
        }
    }
}
