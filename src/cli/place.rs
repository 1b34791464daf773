//! Where a command looks: a directory, and the repository around it.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, FailureKind};
use crate::files::Root;
use crate::git::{Repository, Unavailable};

/// A directory and what bounds every read in it.
pub(super) struct Place {
    /// The repository's top level; without a repository, the directory itself.
    pub(super) root: Root,
    /// The directory, relative to the root.
    pub(super) dir: PathBuf,
    /// The repository around the directory.
    pub(super) repository: Result<Repository, Unavailable>,
}

impl Place {
    /// The place that `--repo` names.
    ///
    /// # Errors
    /// It is no directory.
    pub(super) fn of(repo: &Path) -> Result<Self, Failure> {
        let unusable = |why: String| Failure::new(FailureKind::Usage, format!("--repo {}: {why}", repo.display()));
        let directory = repo.canonicalize().map_err(|error| unusable(error.to_string()))?;
        if !directory.is_dir() {
            return Err(unusable("this is not a directory".to_owned()));
        }
        let repository = Repository::discover(&directory);
        let top = repository.as_ref().map_or(directory.as_path(), Repository::top);
        let root = Root::new(top).map_err(|error| unusable(error.to_string()))?;
        let dir = directory.strip_prefix(root.path()).unwrap_or(Path::new("")).to_owned();
        Ok(Self { root, dir, repository })
    }
}

/// The address that a repository was fetched from, where there is one.
pub(super) fn remote(repository: &Result<Repository, Unavailable>) -> Option<String> {
    repository.as_ref().ok().and_then(Repository::remote)
}
