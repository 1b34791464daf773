//! `delivery-gate check`: the release checklist.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::Judged;
use super::output::Output;
use super::place::Place;
use crate::check::{registry, run, version_agrees::VersionAgrees};
use crate::config::{Policy, Release, policy, release};
use crate::context::{CiStatus, Context, tracked};
use crate::decision::settings::{Asked, Flags};
use crate::diagnostic::Problem;
use crate::environment::Environment;
use crate::failure::{Failure, FailureKind};
use crate::files::Root;
use crate::git::Tag;
use crate::pipeline::GateSpec;
use crate::project::{Checkout, manifests};
use crate::report::{Place as FilePlace, Subject, declared};

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

/// Asks every check.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Judged, Failure> {
    let context = context(args, now)?;
    let (rows, mut warnings) = run::run(&registry::release_checks(&context), &context);
    let (rows, declared) = declared::apply(rows, &context.release.not_applicable, &context.dir, &context.policy);
    warnings.extend(VersionAgrees::warnings(&context));
    warnings.extend(declared);
    Ok(Judged { command: "check", subject: subject(&context), rows, warnings, transcript: None, summary: None })
}

/// Reads everything that people wrote; all problems of all files come back together.
fn context(args: &Args, now: Timestamp) -> Result<Context, Failure> {
    let place = Place::of(&args.repo)?;
    let dir = place.dir.clone();
    context_at(args, place, now).map_err(|failure| failure.in_dir(&dir))
}

fn context_at(args: &Args, place: Place, now: Timestamp) -> Result<Context, Failure> {
    let environment = Environment::of_process();
    let Place { root, dir, repository } = place;
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
    let attested_gates = attested_gates(&release, &policy);
    if !attested_gates.is_empty() {
        return Err(Failure::of(FailureKind::Manifest, attested_gates));
    }
    let tracked = |path: &Path| tracked(&repository, path);
    let checkout = Checkout { root: &root, dir: &dir, tracked: &tracked };
    let manifests = manifests::load(&checkout, &policy.manifests)
        .map_err(|problems| Failure::of(FailureKind::Manifest, problems))?;
    let ci_status = ci_status(args, &environment);
    let decision = policy.decision.is_some().then(|| Asked::read(&Flags::default(), &environment)).transpose();
    let decision = decision.map_err(|problems| Failure::of(FailureKind::Usage, problems))?;
    let tags = OnceLock::new();
    Ok(Context { root, dir, repository, release, policy, manifests, ci_status, environment, decision, now, tags })
}

/// A gate establishes its result itself: nobody can claim it.
fn attested_gates(release: &Release, policy: &Policy) -> Vec<Problem> {
    let gates = policy.gates.iter().flat_map(|pipeline| &pipeline.gates);
    let attested = gates.filter(|gate| release.attestations.iter().any(|claim| claim.id == gate.id));
    let problem = |gate: &GateSpec| {
        let message = format!("attestations.{} is a gate of {}", gate.id, policy::FILE);
        Problem::new(release::FILE, message).help("take the attestation out, or give the gate another id")
    };
    attested.map(problem).collect()
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
    let mut policy = Policy::load(&folder, Path::new(name), &shown)?;
    if let Some(pipeline) = &mut policy.gates {
        let inside = resolved.strip_prefix(root.path()).ok();
        pipeline.stands_in(&shown, inside.and_then(|path| FilePlace::under(path, "")).as_ref());
    }
    Ok(policy)
}

/// A flag wins over the variable.
fn ci_status(args: &Args, environment: &Environment) -> Option<CiStatus> {
    let given = args.ci_status.clone().map(|value| CiStatus { value, source: "--ci-status" });
    let variable = environment.get(CI_STATUS_VARIABLE);
    given.or_else(|| Some(CiStatus { value: variable?.to_owned(), source: CI_STATUS_VARIABLE }))
}

fn subject(context: &Context) -> Subject {
    let head = context.repository.as_ref().ok().and_then(|repository| repository.head().ok());
    let at_head = |tag: &Tag| matches!(tag, Tag::At { commit, .. } if Some(commit.as_str()) == head);
    Subject {
        root: Some(context.root.path().display().to_string()),
        commit: head.map(str::to_owned),
        tag: context.tags().iter().find(|(_, tag)| at_head(tag)).map(|(name, _)| name.clone()),
        version: Some(context.release.version.clone()),
        remote: super::place::remote(&context.repository),
        file: FilePlace::under(&context.dir, release::FILE),
    }
}
