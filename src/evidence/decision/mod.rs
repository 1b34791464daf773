//! The decision gate: a high-impact change ships only with an approved decision.
//!
//! Changed files, then the policy (is any high-impact?), then references in the PR text or the commit messages, then
//! what the provider says of each, then the optional judge.

use std::path::Path;

use crate::config::decision::DecisionPolicy;
use crate::config::{Policy, policy};
use crate::git::{Repository, bytes_of};
use crate::net::Client;
use crate::system::environment::Environment;
use crate::world::World;
use crate::world::last_release::LastRelease;
use crate::world::settings::{COMMIT_MESSAGE, PR_BODY, PR_TITLE, Setting};

mod answer;
mod badge;
pub(crate) mod ci;
mod coverage;
mod findings;
pub(crate) mod gate;
pub(crate) mod high_impact;
pub(crate) mod judge;
mod linked;
mod own_version;
pub(crate) mod provider;
pub(crate) mod range;
pub(crate) mod reference;
pub(crate) mod report;
pub(crate) mod settings;
mod visible;

pub(crate) use provider::Validation;
pub use provider::{Approval, Provider};
pub use reference::Reference;
pub(crate) use reference::References;

use ci::Ci;
use findings::Findings;
use gate::Gate;
use range::{ChangeRange, Named};
use settings::{DecisionOptions, Settings};

/// Which change is judged, and where its author may have named decisions.
pub(crate) enum Change<'a> {
    /// What a pull request or a push brings: flags, variables and the CI system name its ends and its text.
    Proposed,
    /// What a release brings since another one; only its commits' messages count.
    Released {
        /// Where it begins.
        since: &'a Since,
        /// The folder of its release.yaml, relative to the root.
        release_dir: &'a Path,
    },
}

/// Where a release's change begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Since {
    /// Where somebody said.
    Named(Named),
    /// At the last release.
    Last(LastRelease),
    /// There was none before.
    Nothing,
}

/// The commit that what is here is compared with: the base of the change, or its end where it brought nothing; none for a first
/// commit, before which nothing was.
///
/// # Errors
/// Why nobody can tell, with the next step.
pub(crate) fn compared_with(environment: &Environment, repository: &Repository) -> Result<Option<String>, String> {
    let ci = ci::detect(environment)?;
    let named = range::named(None, environment, ci.as_ref(), repository);
    match named.and_then(|named| range::compared_with(&named, repository)) {
        Ok(base) => Ok(Some(base)),
        Err(_) if repository.begins_at_head() => Ok(None),
        Err(why) => Err(why),
    }
}

/// Runs the gate.
#[must_use]
pub(crate) fn run(asked: DecisionOptions, change: &Change<'_>, world: &World) -> Findings {
    let repository = world.repository.as_deref().map_err(ToString::to_string);
    repository.and_then(|repository| judge_change(asked, change, world, repository)).unwrap_or_else(Findings::unproven)
}

fn judge_change(
    asked: DecisionOptions,
    change: &Change<'_>,
    world: &World,
    repository: &Repository,
) -> Result<Findings, String> {
    let ci = match change {
        Change::Proposed => ci::detect(&world.environment)?,
        Change::Released { .. } => None,
    };
    let ends = match change {
        Change::Proposed => {
            let named = range::named(asked.ends.clone(), &world.environment, ci.as_ref(), repository)?;
            range::resolve(named, repository)?
        }
        Change::Released { since, .. } => released(since, world, repository)?,
    };
    // What the change itself says of the policy counts from the next change on.
    let (policy, broken) = match policy_at(world, asked.policy_from.as_deref().unwrap_or(&ends.trusted)) {
        Ok(policy) => (policy, None),
        Err(why) => (DecisionPolicy::default(), Some(why)),
    };
    let texts = texts(change, world, ci).map_or_else(|| repository.messages(ends.since(), &ends.head), Ok)?;
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let references = reference::read(&texts, policy.trailers_only);
    let mut findings = gate(&asked.with(policy), change, world, repository, ends, references)?;
    findings.unproven.extend(broken);
    Ok(findings)
}

fn released(since: &Since, world: &World, repository: &Repository) -> Result<ChangeRange, String> {
    let head = world.commit().map_err(|unavailable| unavailable.to_string())?;
    match since {
        Since::Named(named) => range::resolve(named.clone(), repository),
        Since::Last(last) => range::since_release(last, head, repository),
        Since::Nothing => Ok(ChangeRange::of_first_release(head)),
    }
}

/// `decision:` of delivery-gate.yaml at a commit; the defaults where the commit has no such file or key.
fn policy_at(world: &World, commit: &str) -> Result<DecisionPolicy, String> {
    let shown = |path: &Path| format!("{} at the base commit", path.display());
    let written = world.policy_at(commit).map_err(|(path, refused)| refused.about(&shown(&path)))?;
    let Some((path, text)) = written else { return Ok(DecisionPolicy::default()) };
    let policy = Policy::parse(policy::FILE, &text).map_err(|problems| {
        let shown = shown(&path);
        let first = problems.first();
        let line = first.and_then(|problem| problem.place.as_ref()).map(|place| format!(", line {}", place.line));
        let message = first.map(|problem| problem.message.clone()).unwrap_or_default();
        format!("{shown} cannot be used: {message}{}; fix it there", line.unwrap_or_default())
    })?;
    Ok(policy.decision.unwrap_or_default())
}

/// The texts in which decisions may be named: the pull request's, else the commit's. Without them, all commits' messages
/// are.
fn texts(change: &Change<'_>, world: &World, ci: Option<Ci>) -> Option<Vec<String>> {
    if let Change::Proposed = change {
        let given = |settings: &[&Setting]| -> Vec<String> {
            settings.iter().filter_map(|setting| setting.text(&world.environment)).map(str::to_owned).collect()
        };
        let pull_request = given(&[&PR_TITLE, &PR_BODY]);
        let from_ci = ci.map(|ci| ci.texts).unwrap_or_default();
        let commit = given(&[&COMMIT_MESSAGE]);
        return [pull_request, from_ci, commit].into_iter().find(|texts| !texts.is_empty());
    }
    None
}

fn gate(
    settings: &Settings,
    change: &Change<'_>,
    world: &World,
    repository: &Repository,
    ends: ChangeRange,
    references: References,
) -> Result<Findings, String> {
    let client = Client::new(&world.environment);
    let provider = provider::Chosen::new(settings, repository, world.now, &client, &ends);
    let judge = settings.judge.then(|| judge::chosen(settings, &client));
    let gate = Gate {
        repository,
        policy: high_impact::Policy::new(&settings.patterns, &settings.policy.ignore)?,
        provider: &provider,
        judge: judge.as_deref(),
        min_confidence: settings.min_confidence,
        confidence_from: settings.confidence_from.clone(),
        partial_warns: settings.policy.judge_partial_warns,
        scoped: settings.policy.scoped,
        release: match change {
            Change::Proposed => None,
            Change::Released { release_dir, .. } => Some(bytes_of(release_dir)),
        },
    };
    Ok(gate.run(ends, references))
}
