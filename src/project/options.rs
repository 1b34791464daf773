//! How a project is judged.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::checks::context::{AskForge, CiStatus};
use crate::config::ci::ForgeKind;
use crate::engine::session::{HowToRun, SessionOptions};
use crate::evidence::decision::settings::Flags;
use crate::system::environment::Environment;

/// What stands as the source of an outcome of CI that the calling program gave.
const CALLER: &str = "the calling program";

/// How a project is judged; without more, as the program does it without flags.
///
/// ```
/// use delivery_gate::Options;
///
/// let options = Options::default().revision("v1.2.0").ci_status("success").environment([("HOME", "/home/me")]);
/// ```
#[derive(Clone, Default)]
pub struct Options {
    pub(crate) revision: Option<String>,
    pub(crate) release: Option<PathBuf>,
    pub(crate) policy: Option<PathBuf>,
    pub(crate) policy_ref: Option<String>,
    pub(crate) ci_status: Option<CiStatus>,
    pub(crate) ask_forge: AskForge,
    pub(crate) environment: Option<Environment>,
    pub(crate) now: Option<Timestamp>,
    pub(crate) change: Flags,
    pub(crate) confidence: Option<f64>,
    pub(crate) session: SessionOptions,
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) package: Option<String>,
    pub(crate) claims: Option<PathBuf>,
    pub(crate) signers: Option<PathBuf>,
    /// The folder of release.yaml below the directory, which a bare repository does not have on the disk.
    pub(crate) folder: Option<String>,
    pub(crate) is_looked_at_again: bool,
    pub(crate) record: Option<PathBuf>,
    pub(crate) before_tag: bool,
    pub(crate) tag_to_be: Option<String>,
    pub(crate) draft: bool,
    pub(crate) no_skip: bool,
    pub(crate) on_ctrl_c: bool,
}

impl Options {
    /// Judges this tag or commit instead of the working tree. Gates do not run then.
    #[must_use]
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// release.yaml, as the process sees the path, from outside the commit that is judged: for a release that was tagged
    /// before it had one. Its version must have its tag at that commit, and each of its claims needs `for`.
    #[must_use]
    pub fn release(mut self, file: impl Into<PathBuf>) -> Self {
        self.release = Some(file.into());
        self
    }

    /// The policy, as the process sees the path, instead of the delivery-gate.yaml in the project's directory.
    #[must_use]
    pub fn policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.policy = Some(file.into());
        self
    }

    /// The commit whose policy holds, instead of the one that is judged, which it may not be. A policy that was named comes first.
    #[must_use]
    pub fn policy_ref(mut self, revision: impl Into<String>) -> Self {
        self.policy_ref = Some(revision.into());
        self
    }

    /// CI's outcome, `success` for example, instead of what the environment says of it.
    #[must_use]
    pub fn ci_status(mut self, status: impl Into<String>) -> Self {
        self.ci_status = Some(CiStatus { value: status.into(), source: CALLER });
        self
    }

    /// Asks a forge what its CI came to for the very commit: by its word (`github`, `gitlab`, `gitea`, `bitbucket`), or the one
    /// that is around for `auto` and any other. What [`Options::ci_status`] says can hold the release then, and never lift it.
    #[must_use]
    pub fn ask_forge(mut self, word: &str) -> Self {
        self.ask_forge.is_asked = true;
        self.ask_forge.said.kind = ForgeKind::of_word(word);
        self
    }

    /// The address of the forge's API, instead of what the environment says.
    #[must_use]
    pub fn forge_url(mut self, address: impl Into<String>) -> Self {
        self.ask_forge.said.url = Some(address.into());
        self
    }

    /// The project at the forge, `owner/name`, instead of what the environment or the remote says.
    #[must_use]
    pub fn forge_project(mut self, project: impl Into<String>) -> Self {
        self.ask_forge.said.project = Some(project.into());
        self
    }

    /// How long a check waits for what is not over at the forge.
    #[must_use]
    pub fn forge_wait(mut self, longest: Duration) -> Self {
        self.ask_forge.wait = Some(longest);
        self
    }

    /// Asks one of the packages in release.yaml, by its folder there, and what is claimed for all of them.
    #[must_use]
    pub fn package(mut self, folder: impl Into<String>) -> Self {
        self.package = Some(folder.into());
        self
    }

    /// A folder with signed claims, as the process sees the path, which are not part of the commit: made after the tag, say. Its
    /// `*.json` count, and those in a folder of it that is called as the version.
    #[must_use]
    pub fn claims(mut self, folder: impl Into<PathBuf>) -> Self {
        self.claims = Some(folder.into());
        self
    }

    /// A rehearsal: judges the release as it is before its tag is there. The decision is then [`Decision::Ready`],
    /// [`Decision::NotReady`] or [`Decision::Unasked`], and never GO.
    ///
    /// [`Decision::Ready`]: crate::Decision::Ready
    /// [`Decision::NotReady`]: crate::Decision::NotReady
    /// [`Decision::Unasked`]: crate::Decision::Unasked
    #[must_use]
    pub fn before_tag(mut self) -> Self {
        self.before_tag = true;
        self
    }

    /// A rehearsal for a tool that is about to make this tag: it holds where release.yaml is for another, and where the tag
    /// is there already.
    #[must_use]
    pub fn before_this_tag(mut self, tag: impl Into<String>) -> Self {
        self.tag_to_be = Some(tag.into());
        self.before_tag()
    }

    /// The variables instead of the process's own.
    #[must_use]
    pub fn environment<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.environment = Some(variables.collect());
        self
    }

    /// The time that claims and records are dated against, instead of the time of each question.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// What a change is compared with, a revision, instead of what the CI system says.
    #[must_use]
    pub fn base(mut self, revision: impl Into<String>) -> Self {
        self.change.base = Some(revision.into());
        self
    }

    /// The end of the change, a revision, instead of HEAD. It counts beside a base only.
    #[must_use]
    pub fn head(mut self, revision: impl Into<String>) -> Self {
        self.change.head = Some(revision.into());
        self
    }

    /// The least confidence with which a secret is reported, 0 to 1, instead of what the environment says.
    #[must_use]
    pub fn confidence(mut self, least: f64) -> Self {
        self.confidence = Some(least);
        self
    }

    /// Where the records of gates are kept, instead of where the environment says.
    #[must_use]
    pub fn artifact_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.session.artifact_dir = Some(dir.into());
        self
    }

    /// Where the verdicts of [`Project::check`], [`Project::decide`] and [`Project::run`] are recorded, instead of where the
    /// policy says. One that cannot be recorded is no GO: its report has a row that says why.
    ///
    /// [`Project::check`]: crate::Project::check
    /// [`Project::decide`]: crate::Project::decide
    /// [`Project::run`]: crate::Project::run
    #[must_use]
    pub fn record(mut self, dir: impl Into<PathBuf>) -> Self {
        self.record = Some(dir.into());
        self
    }

    /// The project that records of gates are of.
    #[must_use]
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.session.project_id = Some(id.into());
        self
    }

    /// This run, as the CI system calls it.
    #[must_use]
    pub fn pipeline_id(mut self, id: impl Into<String>) -> Self {
        self.session.pipeline_id = Some(id.into());
        self
    }

    /// One more variable for the commands and conditions of a gate file.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.session.context.push((name.into(), value.into()));
        self
    }

    /// How many gates run at once, instead of one per processor.
    #[must_use]
    pub fn jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// The change is a draft: gates with `skip_on_draft` are skipped.
    #[must_use]
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// Runs every gate, whatever its file says of skipping.
    #[must_use]
    pub fn no_skip(mut self) -> Self {
        self.no_skip = true;
        self
    }

    /// Lets Ctrl-C and the signals like it end the gates that run, and no longer this process: a handler is set, once, when
    /// gates begin.
    #[must_use]
    pub fn on_ctrl_c(mut self) -> Self {
        self.on_ctrl_c = true;
        self
    }
}

impl Options {
    pub(super) fn variables(&self) -> Environment {
        self.environment.clone().unwrap_or_else(Environment::of_process)
    }

    pub(super) fn time(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    pub(super) fn how_to_run(&self) -> HowToRun<'static> {
        HowToRun { jobs: self.jobs, draft: self.draft, no_skip: self.no_skip, observer: None }
    }
}
