//! What people wrote for a release, read into the context of its checks.

use std::path::Path;
use std::sync::OnceLock;

use super::options::Options;
use super::packages;
use super::written::Written;
use crate::checks::context::{CiStatus, Context, OfPackage};
use crate::checks::release_point;
use crate::config::release::Released;
use crate::config::{Policy, Release, policy};
use crate::ecosystems::manifests::Manifests;
use crate::ecosystems::{Scope, manifests};
use crate::engine::error::Error;
use crate::engine::policy_changes;
use crate::evidence::decision::settings::{DecisionOptions, Flags};
use crate::gates::{GateSpec, Pipeline, Registry};
use crate::model::problem::Problem;
use crate::model::tag_form::{DIR_PLACEHOLDER, NAME_PLACEHOLDER};
use crate::system::environment::Environment;
use crate::world::World;
use crate::world::settings::CI_STATUS;

/// Reads everything; all problems of all files come back together.
pub(super) fn context(
    world: World,
    release: Result<Release, Vec<Problem>>,
    options: &Options,
    registry: &Registry,
) -> Result<Context, Error> {
    let dir = world.dir.clone();
    let written = Written::read(&world, release, options, registry);
    let context = written.and_then(|written| put_together(world, written, options, registry));
    context.map_err(|error| error.in_dir(&dir))
}

fn put_together(world: World, written: Written, options: &Options, registry: &Registry) -> Result<Context, Error> {
    let Written { release, mut policy, gates } = written;
    if let Some(folder) = options.claims.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(Error::usage(format!("--claims {}: {}", folder.display(), not_a("folder", folder))));
    }
    if let Some(signers) = options.signers.as_ref().filter(|signers| !signers.is_file()) {
        return Err(Error::usage(format!("--signers {}: {}", signers.display(), not_a("file", signers))));
    }
    let attested_gates = attested_gates(&release, gates.as_ref());
    if !attested_gates.is_empty() {
        return Err(Error::manifest(attested_gates));
    }
    if release.named.is_some() {
        // What is not part of the commit belongs to it by the tag alone.
        policy.exceptions.retain(|exception| exception.id != release_point::ID);
    }
    let context = match &release.released {
        Released::One(version) => {
            if let Some(folder) = &options.package {
                return Err(Error::usage(format!(
                    "--package {folder}: {} has one version and no packages",
                    release.shown()
                )));
            }
            let version = version.clone();
            of_one(world, release, policy, (version, None), options)?
        }
        Released::Packages(_) => packages::context(world, release, policy, options, registry)?,
    };
    let context = Context { gates, ..context };
    if context.release.released == Released::One(String::new()) {
        return Ok(context);
    }
    let mut policy = context.policy.clone();
    let packages = packages::with_policies(&context.packages);
    let changes = policy_changes::since_last(&context.world, &mut policy, &packages, context.last_release());
    Ok(Context { policy, policy_changes: changes, ..context })
}

/// What the checks of one version look at, the gates aside.
pub(super) fn of_one(
    world: World,
    release: Release,
    policy: Policy,
    (version, package): (String, Option<OfPackage>),
    options: &Options,
) -> Result<Context, Error> {
    let development = policy.pinning_scope.as_ref().is_some_and(|scope| scope.contains(&Scope::Dev));
    let manifests = manifests::load(&world, &policy.manifests, &policy.manifests_ignore, development);
    let manifests = manifests.map_err(|problems| Error::manifest(in_the_policy(problems, &policy)))?;
    let context = Context { version, package, manifests, ..without_manifests(world, release, policy, options)? };
    match no_name(&context) {
        Some(why) => Err(Error::configuration(vec![why])),
        None => Ok(context),
    }
}

/// What is wrong with a manifest as a whole that the policy names is told where it does.
fn in_the_policy(problems: Vec<Problem>, policy: &Policy) -> Vec<Problem> {
    let place = |problem: Problem| match policy.manifests_at.iter().find(|(path, _)| *path == problem.path) {
        Some((path, at)) if problem.place.is_none() => {
            Problem { message: format!("{path}: {}", problem.message), help: problem.help, ..at.clone() }
        }
        _ => problem,
    };
    problems.into_iter().map(place).collect()
}

/// What is the same for every package, or for the release as a whole.
pub(super) fn without_manifests(
    world: World,
    release: Release,
    policy: Policy,
    options: &Options,
) -> Result<Context, Error> {
    let ci_status = options.ci_status.clone().or_else(|| reported(&world.environment));
    let mut decision = match DecisionOptions::read(&Flags::default(), &world.environment) {
        // Nobody asked for it, unless the last release did.
        Err(_) if policy.decision.is_none() => None,
        read => Some(read.map_err(Error::settings)?),
    };
    if let Some(decision) = &mut decision {
        // What a CI system says of a change is nothing to a release: its base is the last one.
        decision.policy_from.clone_from(&policy.from_commit);
        decision.ends = options.change.base.clone().map(|base| (base, None));
    }
    Ok(Context {
        world,
        release,
        version: String::new(),
        package: None,
        packages: Vec::new(),
        policy,
        gates: None,
        manifests: Manifests::default(),
        versions: OnceLock::new(),
        before_tag: options.before_tag,
        tag_to_be: options.tag_to_be.clone(),
        ci_status,
        ask_forge: options.ask_forge.clone(),
        decision,
        tags: OnceLock::new(),
        last_release: OnceLock::new(),
        out_before: OnceLock::new(),
        policy_changes: Ok(None),
        last_claims: OnceLock::new(),
        claims_from: options.claims.clone(),
        signers_from: options.signers.clone(),
        is_looked_at_again: options.is_looked_at_again,
        signed: OnceLock::new(),
    })
}

/// A tag that is to have a name in it that nobody knows could be any.
fn no_name(context: &Context) -> Option<Problem> {
    let tag = context.policy.tag.as_deref()?;
    let folder = context.package.as_ref().map_or(String::new(), |package| format!(" in {}", package.folder));
    let (what, next) = if tag.contains(DIR_PLACEHOLDER) && context.world.dir.as_os_str().is_empty() {
        (
            "`tag` has `{dir}`, and the package is at the repository's top level".to_owned(),
            "take it out: there is no folder to name",
        )
    } else if tag.contains(NAME_PLACEHOLDER) && context.name().is_none() {
        (
            format!("`tag` has `{{name}}`, and no manifest that was read{folder} has a name"),
            match &context.package {
                Some(_) => "say it with `project:` in a delivery-gate.yaml of its own, or use `{dir}`",
                None => "say it with `project:`, or use `{dir}`",
            },
        )
    } else {
        return None;
    };
    Some(Problem::new(policy::FILE, what).help(next))
}

/// A gate establishes its result itself: nobody can claim it.
fn attested_gates(release: &Release, gates: Option<&Pipeline>) -> Vec<Problem> {
    let gates = gates.into_iter().flat_map(|pipeline| &pipeline.gates);
    let attested = gates.filter(|gate| release.attestations.iter().any(|claim| claim.id == gate.id));
    let problem = |gate: &GateSpec| {
        let message = format!("attestations.{} is a gate of {}", gate.id, policy::FILE);
        Problem::new(release.shown(), message).help("take the attestation out, or give the gate another id")
    };
    attested.map(problem).collect()
}

fn reported(environment: &Environment) -> Option<CiStatus> {
    CI_STATUS.given(environment).map(|(source, value)| CiStatus { value: value.to_owned(), source })
}

/// Why a path is not what was asked for.
fn not_a(kind: &str, path: &Path) -> String {
    if path.exists() { format!("this is no {kind}") } else { format!("there is no such {kind}") }
}
