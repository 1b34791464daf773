//! `delivery-gate check`: the release checklist.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::output::Output;
use crate::check::{registry, run, version_agrees::VersionAgrees};
use crate::config::{Policy, Release, policy};
use crate::context::{CiStatus, Context, tracked};
use crate::diagnostic::Problem;
use crate::failure::{Failure, FailureKind};
use crate::files::Root;
use crate::git::{Repository, Tag};
use crate::project::{Checkout, manifests};
use crate::report::{Report, Row, Subject, Timing, declared};

/// Where CI's outcome comes from without a flag.
const CI_STATUS_VARIABLE: &str = "DELIVERY_GATE_CI_STATUS";

/// The flags of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory that holds release.yaml; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// CI's outcome, e.g. success [default: $DELIVERY_GATE_CI_STATUS]
    #[arg(long, value_name = "STATUS", value_parser = NonEmptyStringValueParser::new())]
    ci_status: Option<String>,
    /// The project's policy [default: delivery-gate.yaml in the repo directory, if there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// What a run found, before it is dated.
pub(super) struct Judged {
    subject: Subject,
    rows: Vec<Row>,
    warnings: Vec<String>,
}

impl Judged {
    pub(super) fn into_report(self, timing: Timing) -> Report {
        Report { command: "check", subject: self.subject, rows: self.rows, warnings: self.warnings, timing }
    }
}

/// Asks every check.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Judged, Failure> {
    let context = context(args, now)?;
    let (rows, mut warnings) = run::run(&registry::release_checks(&context), &context);
    let (rows, declared) = declared::apply(rows, &context.release.not_applicable, &context.policy);
    warnings.extend(VersionAgrees::warnings(&context));
    warnings.extend(declared);
    Ok(Judged { subject: subject(&context), rows, warnings })
}

/// Reads everything that people wrote; all problems of all files come back together.
fn context(args: &Args, now: Timestamp) -> Result<Context, Failure> {
    let (root, dir, repository) = place(&args.repo)?;
    let release = Release::load(&root, &dir);
    let policy = policy(args, &root, &dir);
    let (release, policy) = match (release, policy) {
        (Ok(release), Ok(policy)) => (release, policy),
        (Err(mut problems), policy) => {
            problems.extend(policy.err().unwrap_or_default());
            return Err(Failure::of(FailureKind::Manifest, problems));
        }
        (Ok(_), Err(problems)) => return Err(Failure::of(FailureKind::Configuration, problems)),
    };
    let tracked = |path: &Path| tracked(&repository, path);
    let checkout = Checkout { root: &root, dir: &dir, tracked: &tracked };
    let manifests = manifests::load(&checkout, &policy.manifests)
        .map_err(|problems| Failure::of(FailureKind::Manifest, problems))?;
    let ci_status = ci_status(args);
    Ok(Context { root, dir, repository, release, policy, manifests, ci_status, now, tags: OnceLock::new() })
}

type Place = (Root, PathBuf, Result<Repository, crate::git::Unavailable>);

/// The repository around a directory; without one, the directory itself bounds every read.
fn place(repo: &Path) -> Result<Place, Failure> {
    let unusable = |why: String| Failure::new(FailureKind::Usage, format!("--repo {}: {why}", repo.display()));
    let directory = repo.canonicalize().map_err(|error| unusable(error.to_string()))?;
    if !directory.is_dir() {
        return Err(unusable("this is not a directory".to_owned()));
    }
    let repository = Repository::discover(&directory);
    let top = repository.as_ref().map_or(directory.as_path(), Repository::top);
    let root = Root::new(top).map_err(|error| unusable(error.to_string()))?;
    let dir = directory.strip_prefix(root.path()).unwrap_or(Path::new("")).to_owned();
    Ok((root, dir, repository))
}

fn policy(args: &Args, root: &Root, dir: &Path) -> Result<Policy, Vec<Problem>> {
    let Some(path) = &args.config else {
        let path = dir.join(policy::FILE);
        return if root.exists(&path) { Policy::load(root, &path, policy::FILE) } else { Ok(Policy::default()) };
    };
    let shown = path.display().to_string();
    let unusable = |why: String| vec![Problem::new(&shown, why).help("check the path given with --config")];
    // The user named this file, wherever it is: only what it resolves to is read.
    let resolved = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
    let (Some(folder), Some(name)) = (resolved.parent(), resolved.file_name()) else {
        return Err(unusable("this is not a file".to_owned()));
    };
    let folder = Root::new(folder).map_err(|error| unusable(error.to_string()))?;
    Policy::load(&folder, Path::new(name), &shown)
}

/// A flag wins over the variable; a variable that is exported but empty is as good as none.
fn ci_status(args: &Args) -> Option<CiStatus> {
    let given = args.ci_status.clone().map(|value| CiStatus { value, source: "--ci-status" });
    given.or_else(|| {
        let value = env::var_os(CI_STATUS_VARIABLE).filter(|value| !value.is_empty())?;
        Some(CiStatus { value: value.to_string_lossy().into_owned(), source: CI_STATUS_VARIABLE })
    })
}

fn subject(context: &Context) -> Subject {
    let head = context.repository.as_ref().ok().and_then(|repository| repository.head().ok());
    let at_head = |tag: &Tag| matches!(tag, Tag::At { commit, .. } if Some(commit.as_str()) == head);
    Subject {
        root: Some(context.root.path().display().to_string()),
        commit: head.map(str::to_owned),
        tag: context.tags().iter().find(|(_, tag)| at_head(tag)).map(|(name, _)| name.clone()),
        version: Some(context.release.version.clone()),
    }
}
