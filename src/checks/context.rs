//! What a check of a release may look at: the world, and what people wrote for this release.

use std::sync::OnceLock;

use crate::checks::last_claims::LastClaims;
use crate::config::policy::{DIR_PLACEHOLDER, NAME_PLACEHOLDER, VERSION_PLACEHOLDER};
use crate::config::release::FILE;
use crate::config::{Policy, Release};
use crate::ecosystems::manifests::Manifests;
use crate::ecosystems::versions::Versions;
use crate::evidence::decision::settings::DecisionOptions;
use crate::gates::{GateSpec, Pipeline};
use crate::git::Tag;
use crate::model::{PolicyChanges, Source};
use crate::world::World;
use crate::world::last_release::{self, Last, Untold, Wanted};

/// CI's outcome, as it was reported to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CiStatus {
    /// As given.
    pub value: String,
    /// The flag or the variable that gave it.
    pub source: &'static str,
}

/// A release as the checks see it.
pub(crate) struct Context {
    /// Where it is.
    pub world: World,
    /// release.yaml.
    pub release: Release,
    /// delivery-gate.yaml, or the defaults.
    pub policy: Policy,
    /// The policy's gates.
    pub gates: Option<Pipeline>,
    /// The package manifests, read and understood.
    pub manifests: Manifests,
    /// What states the project's own version, looked for once.
    pub versions: OnceLock<Versions>,
    /// Whether this is a rehearsal, before the release's tag is there.
    pub before_tag: bool,
    /// What CI reported.
    pub ci_status: Option<CiStatus>,
    /// What the decision gate was asked to do, where the project has it in its checklist.
    pub decision: Option<DecisionOptions>,
    /// The release's tags, looked up once.
    pub tags: OnceLock<Vec<(String, Tag)>>,
    /// The last release, looked for once, when somebody asks.
    pub last_release: OnceLock<Result<Last, Untold>>,
    /// What differs between the policy and the last release's, or why nobody can tell.
    pub policy_changes: Result<Option<PolicyChanges>, String>,
    /// What was claimed for it, read once.
    pub last_claims: OnceLock<LastClaims>,
}

impl Context {
    /// The project's own gates, in the file's order.
    pub(crate) fn each_gate(&self) -> impl Iterator<Item = &GateSpec> {
        self.gates.iter().flat_map(|pipeline| &pipeline.gates)
    }

    /// What states the project's own version.
    pub(crate) fn versions(&self) -> &Versions {
        let look = || Versions::look(&self.world, &self.manifests, &self.policy, &self.release.version);
        self.versions.get_or_init(look)
    }

    /// A file as the source of a result; `path` is relative to the directory of release.yaml.
    #[must_use]
    pub(crate) fn file(&self, path: &str, line: Option<usize>) -> Source {
        Source::file(&self.world.dir, path, line)
    }

    /// release.yaml as the source of a result: the commit's, or the one that was named for this run.
    #[must_use]
    pub(crate) fn release_file(&self, line: Option<usize>) -> Source {
        match &self.release.named {
            Some(named) => Source::named(&named.path, line, None),
            None => self.file(FILE, line),
        }
    }

    /// What the package is called in its tag and its changelog: the first manifest's name, else what the policy says.
    pub(crate) fn name(&self) -> Option<&str> {
        let named = self.manifests.loaded.iter().find_map(|loaded| loaded.manifest.name.as_deref());
        named.or(self.policy.project.as_deref())
    }

    /// The form of the tag that the policy asks for, with nothing but the version open in it.
    pub(crate) fn tag_form(&self) -> Option<String> {
        let folder = self.world.dir.to_string_lossy().replace('\\', "/");
        let form = self.policy.tag.as_ref()?.replace(DIR_PLACEHOLDER, &folder);
        Some(self.name().map_or_else(|| form.clone(), |name| form.replace(NAME_PLACEHOLDER, name)))
    }

    /// The names that the release's tag may have, and what stands at each.
    pub(crate) fn tags(&self) -> &[(String, Tag)] {
        self.tags.get_or_init(|| {
            let Ok(repository) = &self.world.repository else { return Vec::new() };
            let names = self.tag_names().into_iter();
            names.map(|name| (repository.tag(&name), name)).map(|(tag, name)| (name, tag)).collect()
        })
    }

    /// The last release before this one.
    ///
    /// # Errors
    /// Why nobody can tell, with the next step.
    pub(crate) fn last_release(&self) -> Result<&Last, &Untold> {
        let form = self.tag_form();
        let wanted = Wanted { version: &self.release.version, tag: form.as_deref() };
        self.last_release.get_or_init(|| last_release::find(&self.world, wanted)).as_ref()
    }

    /// What was claimed for the last release.
    pub(crate) fn last_claims(&self) -> &LastClaims {
        let look = || LastClaims::look(&self.world, self.last_release()).of(&self.release);
        self.last_claims.get_or_init(look)
    }

    /// The name that the release's tag is to have; the first of several.
    pub(crate) fn tag_name(&self) -> String {
        self.tag_names().into_iter().next().unwrap_or_default()
    }

    fn tag_names(&self) -> Vec<String> {
        let version = &self.release.version;
        match self.tag_form() {
            Some(form) => vec![form.replace(VERSION_PLACEHOLDER, version)],
            None => vec![format!("v{version}"), version.clone()],
        }
    }
}
