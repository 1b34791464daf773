//! What a check may look at. Everything from outside comes in here, once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::config::policy::VERSION_PLACEHOLDER;
use crate::config::{Policy, Release};
use crate::decision::settings::Asked;
use crate::environment::Environment;
use crate::files::Root;
use crate::git::{Repository, Tag, Unavailable};
use crate::project::manifests::Loaded;
use crate::report::Source;

/// CI's outcome, as it was reported to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiStatus {
    /// As given.
    pub value: String,
    /// The flag or the variable that gave it.
    pub source: &'static str,
}

/// The world as the checks see it.
pub struct Context {
    /// The directory that no read leaves: the repository's top level, or `--repo` where there is no repository.
    pub root: Root,
    /// The directory of release.yaml, relative to the root.
    pub dir: PathBuf,
    /// The repository, or why there is none to look at.
    pub repository: Result<Repository, Unavailable>,
    /// release.yaml.
    pub release: Release,
    /// delivery-gate.yaml, or the defaults.
    pub policy: Policy,
    /// The package manifests, read and understood.
    pub manifests: Vec<Loaded>,
    /// What CI reported.
    pub ci_status: Option<CiStatus>,
    /// The process's variables.
    pub environment: Environment,
    /// What the decision gate was asked to do, where the project has it in its checklist.
    pub decision: Option<Asked>,
    /// When the run began.
    pub now: Timestamp,
    /// The release's tags, looked up once.
    pub tags: OnceLock<Vec<(String, Tag)>>,
}

impl Context {
    /// Whether git tracks a path relative to the root.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub fn tracked(&self, path: &Path) -> Result<bool, String> {
        tracked(&self.repository, path)
    }

    /// A file as the source of a result; `path` is relative to the directory of release.yaml.
    #[must_use]
    pub fn file(&self, path: &str, line: Option<usize>) -> Source {
        Source::file(&self.dir, path, line)
    }

    /// The names that the release's tag may have, and what stands at each.
    pub fn tags(&self) -> &[(String, Tag)] {
        self.tags.get_or_init(|| {
            let Ok(repository) = &self.repository else { return Vec::new() };
            let names = self.tag_names().into_iter();
            names.map(|name| (repository.tag(&name), name)).map(|(tag, name)| (name, tag)).collect()
        })
    }

    /// Whether a tag has the form of a release's: the policy's, else a version with or without `v`.
    #[must_use]
    pub fn is_release_tag(&self, name: &str) -> bool {
        let template = self.policy.tag.as_deref().unwrap_or(VERSION_PLACEHOLDER);
        let Some((before, after)) = template.split_once(VERSION_PLACEHOLDER) else { return false };
        let version = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        let version = version.map(|version| version.strip_prefix('v').unwrap_or(version));
        version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn tag_names(&self) -> Vec<String> {
        let version = &self.release.version;
        match &self.policy.tag {
            Some(template) => vec![template.replace(VERSION_PLACEHOLDER, version)],
            None => vec![format!("v{version}"), version.clone()],
        }
    }
}

/// Whether the repository's index has a path.
///
/// # Errors
/// Why nobody can tell.
pub fn tracked(repository: &Result<Repository, Unavailable>, path: &Path) -> Result<bool, String> {
    match repository {
        Ok(repository) => repository.is_tracked(path),
        Err(unavailable) => Err(unavailable.to_string()),
    }
}
