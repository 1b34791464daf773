//! What the gate may look at. Everything from outside comes in here, once: where it looks, the release that is judged, the
//! process's variables, the time.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use foldhash::HashMap;
use jiff::Timestamp;

use crate::git::{Folder, Repository, Unavailable};
use crate::model::Unproven;
use crate::system::environment::Environment;
use crate::system::files::{Root, in_words};

pub(crate) mod ci_systems;
mod earlier;
pub(crate) mod glob;
pub(crate) mod last_release;
mod released;
pub(crate) mod settings;
mod trail;

pub(crate) use earlier::PolicyText;
pub(crate) use released::UNTRACKED;
pub(crate) use released::{Listed, Part, Refused};

/// The largest file that a check of a caller's own reads, in bytes.
const TEXT_LIMIT: u64 = 16 << 20;

/// A directory, the repository around it, and the release that is judged: what a check may look at.
#[derive(Clone)]
pub struct World {
    /// The directory that no read leaves: the repository's top level; without a repository, the directory itself.
    pub(crate) root: Root,
    /// The directory of release.yaml, relative to the root.
    pub(crate) dir: PathBuf,
    /// The repository, or why there is none to look at.
    pub(crate) repository: Result<Arc<Repository>, Unavailable>,
    /// The process's variables.
    pub(crate) environment: Environment,
    /// When the run began.
    pub(crate) now: Timestamp,
    /// Looked at when the first file is asked for: to know what git tracks takes long in a large repository.
    release: OnceLock<Release>,
    /// Whether what git would add counts as if it were added.
    drafting: bool,
    seen: Arc<Seen>,
    /// What earlier commits said.
    past: Arc<last_release::Past>,
}

/// What was looked at in one release, and is true of no other one.
#[derive(Default)]
struct Seen {
    submodules: Mutex<HashMap<Vec<u8>, Arc<Repository>>>,
    /// What stands at the paths that were asked about: many manifests lead to the same ones.
    known: Mutex<HashMap<Vec<u8>, released::Known>>,
    /// The ways to folders, by what was asked for: in a folder many files are looked up.
    trails: Mutex<HashMap<Vec<u8>, trail::Trail>>,
}

/// Where the files of the release are read.
#[derive(Clone)]
enum Release {
    /// In the tree of a commit that was asked for.
    Commit { revision: String, commit: String, top: Folder },
    /// In the working tree, as it would be committed now.
    Tree { top: Folder },
    /// Nowhere: nobody can tell what is part of it, and why.
    Unknown(String),
}

/// Why there is nothing to look at: what the user named, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unopened {
    /// The directory.
    Directory(String),
    /// The revision.
    Revision(String),
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Directory(why) | Self::Revision(why)) = self;
        f.write_str(why)
    }
}

impl World {
    /// The world around a directory. The release is HEAD, as it would be committed now, or the commit that `revision` names;
    /// a bare repository has only the latter.
    ///
    /// # Errors
    /// It is no directory, or the revision names no commit of its repository.
    #[doc(hidden)]
    pub fn open(
        directory: &Path,
        revision: Option<&str>,
        environment: Environment,
        now: Timestamp,
    ) -> Result<Self, Unopened> {
        let unusable = |why: String| Unopened::Directory(why);
        let directory = directory.canonicalize().map_err(|error| unusable(in_words(&error)))?;
        if !directory.is_dir() {
            return Err(unusable("this is not a directory".to_owned()));
        }
        let discover = if revision.is_some() { Repository::discover_commits } else { Repository::discover };
        let repository = discover(&directory).map(Arc::new);
        let top = repository.as_ref().map_or(directory.as_path(), |repository| repository.top());
        let root = Root::new(top).map_err(|error| unusable(in_words(&error)))?;
        let dir = directory.strip_prefix(root.path()).unwrap_or(Path::new("")).to_owned();
        let release = match revision {
            Some(revision) => OnceLock::from(Release::at(&repository, revision).map_err(Unopened::Revision)?),
            None => OnceLock::new(),
        };
        Ok(Self {
            root,
            dir,
            repository,
            environment,
            now,
            release,
            drafting: false,
            seen: Arc::default(),
            past: Arc::default(),
        })
    }

    /// The world around a directory for a test: no variables, the epoch.
    #[cfg(test)]
    pub(crate) fn of_test(directory: &Path) -> Self {
        Self::open(directory, None, Environment::default(), Timestamp::UNIX_EPOCH).unwrap()
    }

    /// The same for a release that is only being written: what git would add counts as if it were added.
    #[must_use]
    pub(crate) fn drafting(mut self) -> Self {
        self.drafting = self.revision().is_none();
        self
    }

    /// The same release, seen from another folder of it (relative to the root).
    #[must_use]
    pub(crate) fn in_dir(mut self, dir: PathBuf) -> Self {
        self.dir = dir;
        self
    }

    /// A text file of the release, whose path is relative to the project's directory. What git does not track is no part of
    /// it.
    ///
    /// # Errors
    /// Why it was not read, as a check may return it.
    pub fn text(&self, path: &str) -> Result<String, Unproven> {
        let written = self.released(&self.dir.join(path), TEXT_LIMIT);
        Ok(written.map_err(|refused| refused.about(path))?.content)
    }

    /// The project's directory on the disk, for what the release does not have.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.path().join(&self.dir)
    }

    /// A variable; one that is empty is as good as none.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name)
    }

    /// When the run began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The commit that is judged, in hex digits.
    ///
    /// # Errors
    /// Why there is none.
    pub fn commit(&self) -> Result<&str, Unavailable> {
        match self.release.get() {
            Some(Release::Commit { commit, .. }) => Ok(commit),
            _ => self.repository.as_ref().map_err(Clone::clone)?.head(),
        }
    }

    /// The revision that was asked for, where it is not the working tree that is judged.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        match self.release.get() {
            Some(Release::Commit { revision, .. }) => Some(revision),
            _ => None,
        }
    }
}

impl World {
    fn release(&self) -> &Release {
        self.release.get_or_init(|| Release::of_working_tree(&self.repository))
    }
}

impl Release {
    fn at(repository: &Result<Arc<Repository>, Unavailable>, revision: &str) -> Result<Self, String> {
        let repository = repository.as_ref().map_err(ToString::to_string)?;
        let commit = repository.resolve(revision)?;
        let top = repository.tree_at(&commit)?;
        Ok(Self::Commit { revision: revision.to_owned(), commit, top })
    }

    fn of_working_tree(repository: &Result<Arc<Repository>, Unavailable>) -> Self {
        let top = repository.as_ref().map_err(ToString::to_string).and_then(|repository| repository.working_tree());
        top.map_or_else(Self::Unknown, |top| Self::Tree { top })
    }
}
