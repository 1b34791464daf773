//! What a check of a release may look at: the world, and what people wrote for this release.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::checks::last_claims::LastClaims;
use crate::checks::signed::Signed;
use crate::config::release::FILE;
use crate::config::{Policy, Release, policy};
use crate::ecosystems::manifests::Manifests;
use crate::ecosystems::versions::Versions;
use crate::evidence::decision::settings::DecisionOptions;
use crate::evidence::forge::place::Said;
use crate::gates::{GateSpec, Pipeline};
use crate::git::Tag;
use crate::model::names::check_of;
use crate::model::tag_form::USUAL_FORMS;
use crate::model::{PolicyChanges, Source, tag_form};
use crate::world::World;
use crate::world::last_release::{self, Last, OnePackage, Untold, Wanted};

/// CI's outcome, as it was reported to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CiStatus {
    /// As given.
    pub value: String,
    /// The flag or the variable that gave it.
    pub source: &'static str,
}

/// Told, again and again, what is waited for.
pub(crate) type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// How a forge is asked what its CI came to, as the caller says.
#[derive(Clone, Default)]
pub(crate) struct AskForge {
    /// Whether the caller wants it asked.
    pub is_asked: bool,
    /// Which one, where, and about which project.
    pub said: Said,
    /// How long is waited for what is not over.
    pub wait: Option<Duration>,
    /// Told what is waited for.
    pub progress: Option<Progress>,
}

/// A package of a release.yaml with several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfPackage {
    /// Its folder, as release.yaml has it: `packages/cli`.
    pub folder: String,
    /// The folder of release.yaml, relative to the root.
    pub release_dir: PathBuf,
    /// Whether there are several and all have one version: then one tag may be that of all.
    pub shares_version: bool,
    /// Forms of tags that are a neighbour's as well, and so nobody's.
    pub taken: Vec<String>,
    /// The packages beside it.
    pub others: Vec<OtherPackage>,
    /// Whether it has another policy than the release as a whole.
    pub has_own_policy: bool,
    /// Why nobody looks into its folder, where that is so.
    pub unseen: Option<String>,
}

/// A package that is released beside another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherPackage {
    /// Its folder, as release.yaml has it.
    pub folder: String,
    /// Its name, where one is known.
    pub name: Option<String>,
}

/// The forms of tags that a package among others may have, where the policy has none.
const PACKAGE_FORMS: [&str; 5] =
    ["{name}@{version}", "{name}-v{version}", "{name}/v{version}", "{name}-{version}", "{dir}/v{version}"];

/// A release as the checks see it.
pub(crate) struct Context {
    /// Where it is.
    pub world: World,
    /// release.yaml.
    pub release: Release,
    /// The version that is judged here; nothing where the packages are, each with its own.
    pub version: String,
    /// Which package of release.yaml this is, where that has several.
    pub package: Option<OfPackage>,
    /// The packages, where there are several: each is judged in its own folder.
    pub packages: Vec<Context>,
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
    /// The tag that is about to be made, where the rehearsal is for one.
    pub tag_to_be: Option<String>,
    /// What CI reported.
    pub ci_status: Option<CiStatus>,
    /// How the forge is asked for it.
    pub ask_forge: AskForge,
    /// What the decision gate was asked to do, where the project has it in its checklist.
    pub decision: Option<DecisionOptions>,
    /// The release's tags, looked up once.
    pub tags: OnceLock<Vec<(String, Tag)>>,
    /// The last release, looked for once, when somebody asks.
    pub last_release: OnceLock<Result<Last, Untold>>,
    /// The tag by which this very version went out before, looked for once.
    pub out_before: OnceLock<Option<(String, String)>>,
    /// What differs between the policy and the last release's, or why nobody can tell.
    pub policy_changes: Result<Option<PolicyChanges>, String>,
    /// What was claimed for it, read once.
    pub last_claims: OnceLock<LastClaims>,
    /// A folder with signed claims that are not part of the commit.
    pub claims_from: Option<PathBuf>,
    /// The file of allowed signers that counts instead of the policy's.
    pub signers_from: Option<PathBuf>,
    /// Whether keys must count when the release was tagged, and not now as well: a release that is out is looked at again.
    pub is_looked_at_again: bool,
    /// What is signed, looked at once.
    pub signed: OnceLock<Signed>,
}

impl Context {
    /// The project's own gates, in the file's order.
    pub(crate) fn each_gate(&self) -> impl Iterator<Item = &GateSpec> {
        self.gates.iter().flat_map(|pipeline| &pipeline.gates)
    }

    /// What states the project's own version.
    pub(crate) fn versions(&self) -> &Versions {
        let look = || Versions::look(&self.world, &self.manifests, &self.policy, &self.version);
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
            None => match &self.package {
                Some(package) => Source::file(&package.release_dir, FILE, line),
                None => self.file(FILE, line),
            },
        }
    }

    /// The packages that are judged: this release itself, where there is one version.
    pub(crate) fn each_package(&self) -> impl Iterator<Item = &Context> {
        let itself = self.packages.is_empty().then_some(self);
        itself.into_iter().chain(&self.packages)
    }

    /// What a row was judged in: its package, where it has one.
    pub(crate) fn of_row(&self, id: &str) -> &Context {
        let folder = id.strip_prefix(check_of(id)).and_then(|rest| rest.strip_prefix(':'));
        let is_that = |context: &&Context| context.package.as_ref().map(|package| package.folder.as_str()) == folder;
        self.packages.iter().find(is_that).unwrap_or(self)
    }

    /// What the package is called in its tag and its changelog: the first manifest's name, else what the policy says.
    pub(crate) fn name(&self) -> Option<&str> {
        let named = self.manifests.loaded.iter().find_map(|loaded| loaded.manifest.name.as_deref());
        // What the policy of all packages says is the name of all of them, and so does one between.
        let stands = self.world.dir.join(policy::FILE);
        let is_own = self.package.as_ref().is_none_or(|one| one.has_own_policy && self.policy.stands_at(&stands));
        named.or(self.policy.project.as_deref().filter(|_| is_own))
    }

    /// The forms that its tag may have, with nothing but the version open in them; the first is the one to be made.
    pub(crate) fn tag_forms(&self) -> Vec<String> {
        let Some(tag) = &self.policy.tag else { return self.usual_forms() };
        tag_form::filled(tag, self.name(), &self.world.dir).into_iter().collect()
    }

    /// The forms that its tag may have where the policy has none.
    fn usual_forms(&self) -> Vec<String> {
        let Some(package) = &self.package else { return USUAL_FORMS.map(str::to_owned).to_vec() };
        // The whole may be tagged as such.
        let shared = package.shares_version || package.folder == ".";
        let fill = |form| tag_form::filled(form, self.name(), &self.world.dir);
        let own = PACKAGE_FORMS.into_iter().filter_map(fill).filter(|form| !package.taken.contains(form));
        own.chain(USUAL_FORMS.into_iter().filter(|_| shared).map(str::to_owned)).collect()
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
        let find = || self.with_wanted(|wanted| last_release::find(&self.world, wanted));
        self.last_release.get_or_init(find).as_ref()
    }

    /// The revision that `--base` names.
    pub(crate) fn base(&self) -> Option<&str> {
        self.decision.as_ref()?.ends.as_ref().map(|(base, _)| base.as_str())
    }

    /// The tag by which this very version went out before, in a form that today's policy does not have, and its commit.
    pub(crate) fn out_before(&self) -> Option<&(String, String)> {
        let known: Vec<_> = self.tags().iter().map(|(name, _)| name.as_str()).collect();
        let look = || self.with_wanted(|wanted| last_release::out_before(&self.world, wanted, &known));
        self.out_before.get_or_init(look).as_ref()
    }

    fn with_wanted<T>(&self, ask: impl FnOnce(Wanted<'_>) -> T) -> T {
        let is_open = self.policy.tag.is_none() && self.package.is_none();
        let forms = if is_open { Vec::new() } else { self.tag_forms() };
        let usual: Vec<_> = self.each_package().flat_map(Self::usual_forms).collect();
        let package = self.package.as_ref();
        let of_one = package.map(|one| vec![(Some(one.folder.as_str()), self.version.as_str())]);
        let releasing = of_one.unwrap_or_else(|| self.release.released.each());
        ask(Wanted {
            releasing: &releasing,
            forms: &forms,
            usual: &usual,
            name: self.name(),
            package: package.map(|one| OnePackage { folder: &one.folder, release_dir: &one.release_dir }),
        })
    }

    /// What was claimed for the last release.
    pub(crate) fn last_claims(&self) -> &LastClaims {
        let look = || LastClaims::look(&self.world, self.last_release()).of(&self.release);
        self.last_claims.get_or_init(look)
    }

    /// What is signed for this release, and what must be.
    pub(crate) fn signed(&self) -> &Signed {
        self.signed.get_or_init(|| Signed::look(self))
    }

    /// The name that the release's tag is to have; the first of several.
    pub(crate) fn tag_name(&self) -> String {
        self.tag_names().into_iter().next().unwrap_or_default()
    }

    /// The tag that is about to be made, where that is not the release's.
    pub(crate) fn tag_astray(&self) -> Option<&str> {
        let is_own = |tag: &str| self.each_package().any(|one| one.tag_names().iter().any(|name| name == tag));
        self.tag_to_be.as_deref().filter(|tag| !is_own(tag))
    }

    /// Whether a tag names the version, whatever its form; of a package among others that would say nothing.
    pub(crate) fn names_its_version(&self, tag: &str) -> bool {
        self.package.is_none() && self.packages.is_empty() && last_release::names_version(tag, &self.version)
    }

    fn tag_names(&self) -> Vec<String> {
        self.tag_forms().iter().map(|form| tag_form::of_version(form, &self.version)).collect()
    }
}
