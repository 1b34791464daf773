//! Where a command looks: a directory, and the repository around it.

use std::path::{Path, PathBuf};

use crate::config::{Policy, Release, policy};
use crate::diagnostic::Problem;
use crate::failure::{Failure, FailureKind};
use crate::files::Root;
use crate::git::{Repository, Unavailable};
use crate::report::Place as FilePlace;
use crate::report::escape::visible;

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

    /// release.yaml as it was read, and the policy that `--config` names or that lies beside it. All problems of both come
    /// back together.
    ///
    /// # Errors
    /// Every problem found.
    pub(super) fn with_policy(
        &self,
        release: Result<Release, Vec<Problem>>,
        config: Option<&Path>,
    ) -> Result<(Release, Policy), Failure> {
        match (release, self.policy(config)) {
            (Ok(release), Ok(policy)) => Ok((release, policy)),
            (Err(mut problems), policy) => {
                problems.extend(policy.err().unwrap_or_default());
                Err(Failure::of(FailureKind::Manifest, problems))
            }
            (Ok(_), Err(problems)) => Err(Failure::of(FailureKind::Configuration, problems)),
        }
    }

    fn policy(&self, config: Option<&Path>) -> Result<Policy, Vec<Problem>> {
        let Some(path) = config else {
            let path = self.dir.join(policy::FILE);
            let there = self.root.exists(&path);
            return if there { Policy::load(&self.root, &path, policy::FILE) } else { Ok(Policy::default()) };
        };
        let shown = path.display().to_string();
        let unusable = |why: String| vec![Problem::new(&shown, why).help("check the path given with --config")];
        // The user named this file, wherever it is: only what it resolves to is read.
        let resolved = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
        let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
            return Err(unusable("this is not a file".to_owned()));
        };
        let folder = Root::new(folder).map_err(|error| unusable(error.to_string()))?;
        let mut policy = Policy::load(&folder, Path::new(name), &shown)?;
        if let Some(pipeline) = &mut policy.gates {
            let inside = resolved.strip_prefix(self.root.path()).ok();
            pipeline.stands_in(&shown, inside.and_then(|path| FilePlace::under(path, "")).as_ref());
        }
        Ok(policy)
    }
}

/// A text as one word of a shell's command line.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ':' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", visible(text).replace('\'', "'\\''"))
}

/// The address that a repository was fetched from, where there is one.
pub(super) fn remote(repository: &Result<Repository, Unavailable>) -> Option<String> {
    repository.as_ref().ok().and_then(Repository::remote)
}
