//! A project, and every question that the gate answers about it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::checks::Check;
use crate::checks::ci_status::Judge;
use crate::checks::context::Context;
use crate::checks::version_agrees::VersionAgrees;
use crate::config::release::Released;
use crate::config::{Release, release as release_yaml};
use crate::engine::error::Error;
use crate::engine::release::{self, How};
use crate::engine::run::Observer;
use crate::engine::session::{HowToRun, Session};
use crate::evidence::decision;
use crate::evidence::decision::settings::DecisionOptions;
use crate::evidence::decision::{Change, report};
use crate::evidence::forge::place::Said;
use crate::gates::{GateType, Registry};
use crate::git::{Repository, Tag, name_by_remote};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::model::{Place, Rehearsal, Report, Row, Subject, SubjectPackage, Timing};
use crate::proc::Stop;
use crate::records::verdicts::place;
use crate::system::files::in_words;
use crate::world::settings::check_gates;
use crate::world::{Unopened, World};

mod ci;
mod inputs;
mod options;
mod packages;
pub(crate) mod recorded;
pub(crate) mod run;
pub(crate) mod scan;
mod stated;
pub(crate) mod verify;
pub(crate) mod written;

pub(crate) use ci::CiAnswer;
pub use options::Options;
pub use scan::Scanned;

use written::{Written, policy_warning, release_warning};

/// A project: the directory that holds release.yaml, and the git repository around it.
///
/// Nothing of it is kept: each question looks at the files as they are then, and answers with a [`Report`].
///
/// ```
/// use delivery_gate::{Decision, Format, Options, Project};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("release.yaml"), "version: 1.0.0\n")?;
/// let project = Project::open(folder.path(), Options::default().ci_status("success"))?;
/// let report = project.check()?;
/// // Nothing here is tagged, and nobody has attested anything.
/// assert_eq!(report.decision(), Decision::NoGo);
/// assert!(report.render(Format::Text).ends_with("Decision: NO-GO\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Project {
    dir: PathBuf,
    options: Options,
    registry: Registry,
    checks: Vec<Box<dyn Check>>,
}

impl Project {
    /// The project whose directory is `dir`, as the process sees the path.
    ///
    /// # Errors
    /// [`Error::Directory`]: it is no directory.
    pub fn open(dir: impl Into<PathBuf>, options: Options) -> Result<Self, Error> {
        let dir = dir.into();
        let is_none = |why: String| Error::unopened(Unopened::Directory(why), &dir, None);
        let found = dir.metadata().map_err(|error| is_none(in_words(&error)))?;
        if !found.is_dir() {
            return Err(is_none("this is not a directory".to_owned()));
        }
        Ok(Self { dir, options, registry: Registry::builtin(), checks: Vec::new() })
    }

    /// Adds a check of the caller's own, which [`Project::check`] asks after all others.
    ///
    /// What it returns is its row: an error is UNPROVEN with that reason, and so is a panic. Both hold the release as FAIL
    /// does.
    ///
    /// ```
    /// use delivery_gate::{Check, Identity, Options, Outcome, Project, Status, Unproven, World};
    ///
    /// struct Licence;
    ///
    /// impl Check for Licence {
    ///     fn identity(&self) -> Identity {
    ///         Identity::auto("licence", "The release has a licence")
    ///     }
    ///
    ///     fn look(&self, world: &World) -> Result<Outcome, Unproven> {
    ///         let text = world.text("LICENSE")?;
    ///         Ok(if text.starts_with("MIT") { Outcome::pass("it is MIT") } else { Outcome::fail("it is another") })
    ///     }
    /// }
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::write(folder.path().join("release.yaml"), "version: 1.0.0\n")?;
    /// let mut project = Project::open(folder.path(), Options::default())?;
    /// project.add_check(Box::new(Licence));
    /// let report = project.check()?;
    /// let row = report.rows.last().ok_or("no row")?;
    /// assert_eq!((row.id.as_str(), row.status), ("licence", Status::Unproven));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_check(&mut self, check: Box<dyn Check>) {
        self.checks.push(check);
    }

    /// Adds a type of gate of the caller's own: the gates of the policy and of gate files may name it.
    ///
    /// # Errors
    /// [`Error::Usage`]: a type of that name is there, or one of its keys is common to all gates.
    pub fn add_gate_type(&mut self, kind: Box<dyn GateType>) -> Result<(), Error> {
        self.registry.add(kind).map_err(Error::usage)
    }

    /// Judges the release that release.yaml names: the release checklist.
    ///
    /// # Errors
    /// [`Error::Manifest`] and [`Error::Configuration`] with every problem of what people wrote, [`Error::Revision`], and
    /// [`Error::Usage`] where a variable is wrong or a check of the caller's own has the id of another. What a check cannot
    /// tell is no error: its row is UNPROVEN.
    pub fn check(&self) -> Result<Report, Error> {
        self.checked().map(|(report, _)| report)
    }

    /// The same, with what was looked at.
    fn checked(&self) -> Result<(Report, Context), Error> {
        let clock = self.clock();
        let context = self.context(clock.started_at)?;
        told_in_vain(&context)?;
        let rehearsal = context.before_tag.then(|| rehearsal(&context));
        if let Some(Rehearsal::Out(_)) = rehearsal {
            return Ok((report(&context, (Vec::new(), Vec::new()), rehearsal, clock.timing()), context));
        }
        if context.gates.is_some() {
            check_gates(&context.world.environment).map_err(Error::configuration)?;
        }
        let how = How {
            own: &self.checks,
            registry: &self.registry,
            session: self.options.session.clone(),
            gates: self.options.how_to_run(),
            left_out: &[],
            on_ctrl_c: self.options.on_ctrl_c,
        };
        let (rows, more) = release::judge(&context, how)?;
        let mut warnings: Vec<_> = context.each_package().flat_map(|one| VersionAgrees(one).warnings()).collect();
        warnings.extend(more);
        warnings.extend(context.policy_changes.as_ref().err().cloned());
        warnings.extend(release_warning(&context));
        warnings.extend(policy_warning(&context.world, &context.policy, self.options.policy.as_deref()));
        warnings.extend(packages::ignored_policies(&context));
        let report = report(&context, (rows, warnings), rehearsal, clock.timing());
        let report = self.recorded(report, || place::of_policy(&context.world, &context.policy));
        Ok((report, context))
    }

    /// Judges a change: a high-impact one needs an approved decision. Which change that is, the options say or the CI system
    /// around the process; everything else is in the policy of the base and in the environment.
    ///
    /// # Errors
    /// [`Error::Usage`] with every variable that is wrong.
    pub fn decide(&self) -> Result<Report, Error> {
        self.decide_in_words(false)
    }

    /// The same; the text has every fact, where the caller wants that.
    pub(crate) fn decide_in_words(&self, every_fact: bool) -> Result<Report, Error> {
        let clock = self.clock();
        let environment = self.options.variables();
        let asked = DecisionOptions::read(&self.options.change, &environment).map_err(Error::settings)?;
        let world = self.world(clock.started_at)?;
        Repository::trust_own_hashing();
        let findings = decision::run(asked, &Change::Proposed, &world);
        let commit = findings.ends.as_ref().map(|ends| ends.head.clone());
        let repository = world.repository.as_deref().ok();
        let tree = repository.zip(commit.as_deref()).and_then(|(repository, commit)| repository.tree_id(commit));
        let report = Report {
            command: "decision",
            subject: Subject { commit, tree, ..subject_in(&world) },
            rows: report::rows(&findings),
            warnings: findings.warnings.clone(),
            transcript: Some(report::transcript(&findings, every_fact)),
            summary: None,
            rehearsal: None,
            recorded: None,
            timing: clock.timing(),
        };
        Ok(self.recorded(report, || recorded::of_policy_alone(&world)))
    }

    /// Runs the gates of a file, each verdict with its record. The path is relative to the project's directory.
    ///
    /// # Errors
    /// [`Error::Configuration`] with every problem of the file: then nothing was run. [`Error::Unrecorded`] and
    /// [`Error::Store`]: a verdict that was not kept counts for nothing. [`Error::Interrupted`] by Ctrl-C, where the options
    /// let it end gates.
    pub fn run(&self, gates: impl AsRef<Path>) -> Result<Report, Error> {
        self.run_before(gates.as_ref(), None)
    }

    /// The same, before somebody who is told of each gate.
    pub(crate) fn run_before(&self, gates: &Path, observer: Option<&dyn Observer>) -> Result<Report, Error> {
        let clock = self.clock();
        let session = self.session_at(clock.started_at)?;
        let pipeline = run::load(&session, gates)?;
        let how = HowToRun { observer, ..self.options.how_to_run() };
        let outcome = session.run(&pipeline, &how)?;
        let report = run::report("run", &session, outcome.gates, clock.timing())?;
        Ok(self.recorded(report, || recorded::of_policy_alone(&session.world)))
    }

    /// Looks for secrets in files and folders, whose paths are relative to the project's directory.
    ///
    /// ```
    /// use delivery_gate::{Options, Project, Scanned, Status};
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::write(folder.path().join("notes.txt"), "nothing to see here\n")?;
    /// let report = Project::open(folder.path(), Options::default())?.scan(&["."], &Scanned::WorkTree)?;
    /// assert_eq!(report.rows[0].status, Status::Pass);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`]: something could not be read, so that nothing is shown. [`Error::NotARepository`]: the index or the
    /// history of a path was asked for that is in no repository.
    pub fn scan(&self, paths: &[impl AsRef<Path>], of: &Scanned) -> Result<Report, Error> {
        let clock = self.clock();
        let (base, confidence) = (self.dir.as_path(), self.options.confidence);
        let asked = scan::ScanOptions { base, of, confidence, environment: &self.options.variables() };
        let inputs = paths.iter().map(|path| scan::Input::Path(path.as_ref()));
        scan::scan(&asked, inputs.collect(), || clock.timing())
    }

    /// The gate pipeline, for single gates, their records and scores.
    ///
    /// # Errors
    /// A setting is wrong, or the records cannot be kept there.
    pub fn session(&self) -> Result<Session, Error> {
        self.session_at(self.options.time())
    }
}

/// What the program's other commands look at.
impl Project {
    /// Where the gate looks.
    pub(crate) fn world(&self, now: Timestamp) -> Result<World, Error> {
        let revision = self.options.revision.as_deref();
        let world = World::open(&self.dir, revision, self.options.variables(), now);
        let world = world.map_err(|why| Error::unopened(why, &self.dir, revision))?;
        let Some(folder) = &self.options.folder else { return Ok(world) };
        let dir = within(&world.dir, folder);
        let dir = dir.ok_or_else(|| Error::usage(format!("--folder {folder}: it leads out of the repository")))?;
        Ok(world.in_dir(dir))
    }

    /// The same for what asks the release's own files: without a revision there are none in a bare repository.
    fn world_of_release(&self, now: Timestamp) -> Result<World, Error> {
        let world = self.world(now)?;
        match &world.repository {
            Err(why) if why.is_bare => {
                let why = format!("{why}, or let `check --rev REV` judge a commit of it");
                Err(Error::unopened(Unopened::Directory(why), &self.dir, None))
            }
            _ => Ok(world),
        }
    }

    /// What the forge's CI says of the commit.
    pub(crate) fn ci(&self) -> Result<CiAnswer, Error> {
        Ok(CiAnswer::of(&self.before_release()?))
    }

    /// Establishes a release that is out again, without a command and without a server.
    pub(crate) fn verify(&self, tag: &str, record: Option<&Path>) -> Result<verify::Verified, Error> {
        verify::verify(self, tag, record)
    }

    /// What the checks look at.
    fn context(&self, now: Timestamp) -> Result<Context, Error> {
        let world = self.world_of_release(now)?;
        let release = self.release(&world);
        inputs::context(world, release, &self.options, &self.registry)
    }

    /// The same before release.yaml is written: nothing in it then is not an error.
    pub(crate) fn before_release(&self) -> Result<Context, Error> {
        let world = self.world_of_release(self.options.time())?;
        let there = self.options.release.is_some() || world.has(&world.dir.join(release_yaml::FILE));
        let release = if there { self.release(&world) } else { Ok(Release::unwritten()) };
        inputs::context(world, release, &self.options, &self.registry)
    }

    /// What people wrote, and where: without the manifests, which only a check looks at.
    pub(crate) fn written(&self) -> Result<(World, Written), Error> {
        let world = self.world(self.options.time())?;
        let release = self.release(&world);
        let written = Written::read(&world, release, &self.options, &self.registry)?;
        Ok((world, written))
    }

    fn release(&self, world: &World) -> Result<Release, Vec<Problem>> {
        match &self.options.release {
            Some(named) => written::named_release(world, named),
            None => Release::load(world),
        }
    }

    fn session_at(&self, now: Timestamp) -> Result<Session, Error> {
        let (world, options) = (self.world(now)?, self.options.session.clone());
        let mut session = Session::at(world, options, self.registry.clone(), Stop::new())?;
        if self.options.on_ctrl_c {
            session.stop = Stop::on_ctrl_c().map_err(Error::Signals)?;
        }
        Ok(session)
    }

    fn clock(&self) -> Clock {
        Clock { started_at: self.options.time(), start: Instant::now() }
    }
}

/// What says how to ask the forge says nothing where it is not asked.
fn told_in_vain(context: &Context) -> Result<(), Error> {
    let ask = &context.ask_forge;
    let is_told = ask.wait.is_some() || ask.said != Said::default();
    if !is_told || ask.is_asked || Judge::of(context).map_or(true, |judge| judge.is_forge()) {
        return Ok(());
    }
    Err(Error::usage(
        "the forge is not asked: beside --ci-wait, --ci-url or --ci-project say --ci, or `ci: {from: forge}` in the policy",
    ))
}

struct Clock {
    started_at: Timestamp,
    start: Instant,
}

impl Clock {
    fn timing(&self) -> Timing {
        Timing { started_at: self.started_at, duration_ms: self.start.elapsed().as_secs_f64() * 1000.0 }
    }
}

fn report(
    context: &Context,
    (rows, warnings): (Vec<Row>, Vec<String>),
    rehearsal: Option<Rehearsal>,
    timing: Timing,
) -> Report {
    let subject = subject_of(context);
    Report {
        command: "check",
        subject,
        rows,
        warnings,
        transcript: None,
        summary: None,
        rehearsal,
        recorded: None,
        timing,
    }
}

/// What is known of the tag before it should be there. A release is out whose tag is at an earlier commit; a tag of its name
/// elsewhere is a matter of `release_point`. Whoever is about to make a tag prepares a release, whatever release.yaml says.
fn rehearsal(context: &Context) -> Rehearsal {
    let untagged = |names| Rehearsal::Untagged(context.tag_to_be.clone().unwrap_or(names));
    let (Ok(repository), Ok(head)) = (&context.world.repository, context.world.commit()) else {
        return untagged(tag_names(context));
    };
    if context.tag_astray().is_some() {
        return untagged(String::new());
    }
    let is_out = |one: &Context| {
        let is_another_form = one.tags().iter().all(|(_, tag)| matches!(tag, Tag::Missing));
        (is_another_form && one.out_before().is_some())
            || one.tags().iter().any(|(_, tag)| match tag {
                Tag::At { commit, .. } if commit != head => {
                    repository.is_before(commit, head) || is_release_of(context, one, commit)
                }
                _ => false,
            })
    };
    if context.tag_to_be.is_none() && context.each_package().all(is_out) {
        return Rehearsal::Out(asked_in_words(context));
    }
    let there = |one: &Context| {
        let tag = one.tags().iter().find(|(_, tag)| !matches!(tag, Tag::Missing));
        tag.map(|(name, _)| name.clone())
    };
    let there: Option<Vec<_>> = context.each_package().map(there).collect();
    let there = there.map(each_once);
    let is_untagged = |one: &&Context| one.tags().iter().all(|(_, tag)| matches!(tag, Tag::Missing));
    let open = || context.each_package().filter(is_untagged).map(Context::tag_name);
    let open = || each_once(open().collect()).join(", ");
    there.map_or_else(|| untagged(open()), |names| Rehearsal::Tagged(names.join(", ")))
}

/// Whether a commit is the release of this very version: a squashed branch, a later one, one that a shallow clone does not lead to.
fn is_release_of(context: &Context, one: &Context, commit: &str) -> bool {
    let text = context.world.text_at(commit, &context.world.dir.join(release_yaml::FILE)).ok().flatten();
    let release = text.and_then(|text| Release::parse(release_yaml::FILE, &text).ok());
    let folder = one.package.as_ref().map(|package| &package.folder);
    release.is_some_and(|release| match (&release.released, folder) {
        (Released::One(version), None) => *version == one.version,
        (Released::Packages(packages), Some(folder)) => {
            packages.iter().any(|package| package.folder == *folder && package.version == one.version)
        }
        _ => false,
    })
}

fn tag_names(context: &Context) -> String {
    each_once(context.each_package().map(Context::tag_name).collect()).join(", ")
}

/// One tag may be that of several packages.
fn each_once(mut names: Vec<String>) -> Vec<String> {
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

/// The version, or the packages that were asked, each with its own.
fn asked_in_words(context: &Context) -> String {
    let one = |one: &Context| match &one.package {
        Some(package) => format!("{} {}", package.folder, one.version),
        None => one.version.clone(),
    };
    context.each_package().map(one).collect::<Vec<_>>().join(", ")
}

fn subject_of(context: &Context) -> Subject {
    let commit = context.world.commit().ok();
    let at_it = |tag: &Tag| matches!(tag, Tag::At { commit: at, .. } if Some(at.as_str()) == commit);
    let tag_of = |one: &Context| one.tags().iter().find(|(_, tag)| at_it(tag)).map(|(name, _)| name.clone());
    let repository = context.world.repository.as_deref().ok();
    let object_of = |tag: &Option<String>| repository?.tag_object(tag.as_deref()?);
    let is_one = context.packages.is_empty();
    let package = |one: &Context| SubjectPackage {
        folder: one.package.as_ref().map_or(String::new(), |package| package.folder.clone()),
        name: one.name().map(str::to_owned),
        version: one.version.clone(),
        tag: tag_of(one),
        policy: one.package.as_ref().filter(|package| package.has_own_policy).map(|_| one.policy.source.clone()),
        tag_object: object_of(&tag_of(one)),
    };
    let around = subject_in(&context.world);
    let tag = tag_of(context).filter(|_| is_one);
    Subject {
        commit: commit.map(str::to_owned),
        tree: repository.zip(commit).and_then(|(repository, commit)| repository.tree_id(commit)),
        tag_object: object_of(&tag),
        tag,
        version: Some(context.version.clone()).filter(|_| is_one),
        packages: context.packages.iter().map(package).collect(),
        file: context.release_file(None).place().cloned(),
        release: context.release.named.clone(),
        project: context.policy.project.clone().or_else(|| context.name().map(str::to_owned)).or(around.project),
        policy: Some(context.policy.source.clone()),
        policy_changes: context.policy_changes.clone().ok().flatten(),
        ..around
    }
}

/// Where a report is about.
fn subject_in(world: &World) -> Subject {
    let folder = Place::under(&world.dir, "").map_or_else(|| ".".to_owned(), |place| place.path);
    Subject {
        root: Some(world.root.path().display().to_string()),
        folder: Some(folder),
        revision: world.revision().map(str::to_owned),
        ..cloned_from(world.repository.as_deref().ok())
    }
}

/// Where a repository is from, and what the project is called there.
fn cloned_from(repository: Option<&Repository>) -> Subject {
    let remote = repository.and_then(Repository::remote);
    let project = remote.as_deref().and_then(name_by_remote);
    Subject { remote, project, ..Subject::default() }
}
