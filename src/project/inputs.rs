//! What people wrote for a release, read into the context of its checks.

use std::sync::OnceLock;

use super::options::Options;
use super::written::Written;
use crate::checks::context::{CiStatus, Context};
use crate::checks::release_point;
use crate::config::{Policy, Release, policy};
use crate::ecosystems::manifests::Manifests;
use crate::ecosystems::{Scope, manifests};
use crate::engine::error::Error;
use crate::engine::policy_changes;
use crate::evidence::decision::settings::{DecisionOptions, Flags};
use crate::gates::{GateSpec, Pipeline, Registry};
use crate::model::problem::Problem;
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
    let context = written.and_then(|written| put_together(world, written, options));
    context.map_err(|error| error.in_dir(&dir))
}

fn put_together(
    world: World,
    Written { release, mut policy, gates }: Written,
    options: &Options,
) -> Result<Context, Error> {
    let attested_gates = attested_gates(&release, gates.as_ref());
    if !attested_gates.is_empty() {
        return Err(Error::manifest(attested_gates));
    }
    if release.named.is_some() {
        // What is not part of the commit belongs to it by the tag alone.
        policy.exceptions.retain(|exception| exception.id != release_point::ID);
    }
    let development = policy.pinning_scope.as_ref().is_some_and(|scope| scope.contains(&Scope::Dev));
    let manifests =
        manifests::load(&world, &policy.manifests, &policy.manifests_ignore, development).map_err(Error::manifest)?;
    if let Some(why) = no_name(&policy, &world, &manifests) {
        return Err(Error::configuration(vec![why]));
    }
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
    let mut context = Context {
        world,
        release,
        policy,
        gates,
        manifests,
        versions: OnceLock::new(),
        before_tag: options.before_tag,
        ci_status,
        decision,
        tags: OnceLock::new(),
        last_release: OnceLock::new(),
        policy_changes: Ok(None),
        last_claims: OnceLock::new(),
    };
    if context.release.version.is_empty() {
        return Ok(context);
    }
    let mut policy = context.policy.clone();
    context.policy_changes = policy_changes::since_last(&context.world, &mut policy, context.last_release());
    context.policy = policy;
    Ok(context)
}

/// A tag that is to have a name in it that nobody knows could be any.
fn no_name(policy: &Policy, world: &World, manifests: &Manifests) -> Option<Problem> {
    let tag = policy.tag.as_deref()?;
    let is_named = policy.project.is_some() || manifests.loaded.iter().any(|loaded| loaded.manifest.name.is_some());
    let (what, next) = if tag.contains(policy::DIR_PLACEHOLDER) && world.dir.as_os_str().is_empty() {
        ("`tag` has `{dir}`, and release.yaml is at the top level", "take it out: there is no folder to name")
    } else if tag.contains(policy::NAME_PLACEHOLDER) && !is_named {
        ("`tag` has `{name}`, and no manifest that was read has a name", "say it with `project:`")
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
