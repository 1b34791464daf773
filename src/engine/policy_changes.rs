//! The gate itself against that of the last release: what a policy lets through that its predecessor did not.

use std::path::Path;

use crate::config::compared::compared;
use crate::config::policy::AttestationPolicy;
use crate::config::{Policy, policy};
use crate::model::names::POLICY_CHANGE;
use crate::model::{PolicyChange, PolicyChanges};
use crate::world::World;
use crate::world::last_release::{Last, LastRelease, Untold};

/// The row's title.
const TITLE: &str = "The changed gate was agreed to";

/// What differs from the last release's policy; nothing where there was no release before, or where the two say the same.
/// Where the last one asks for it, or this one, the claim [`POLICY_CHANGE`] is asked from now on.
///
/// # Errors
/// Why nobody can tell, as a warning says it.
pub(crate) fn since_last(
    world: &World,
    policy: &mut Policy,
    last: Result<&Last, &Untold>,
    of_packages: Result<Vec<PolicyChange>, String>,
) -> Result<Option<PolicyChanges>, String> {
    let found = find(world, policy, last, of_packages);
    let is_asked = match &found {
        Ok(None) => false,
        Ok(Some((changes, attest))) => changes.may_loosen() && (*attest || policy.attest_changes),
        // What the last policy asked for is not known: this one's word counts.
        Err(_) => policy.attest_changes,
    };
    if is_asked {
        let title = Some(TITLE.to_owned());
        policy.attestations.push(AttestationPolicy {
            id: POLICY_CHANGE.to_owned(),
            title,
            ..AttestationPolicy::default()
        });
    }
    found.map(|found| found.map(|(changes, _)| changes))
}

/// What differs, and whether the last policy asks for a claim then.
fn find(
    world: &World,
    policy: &Policy,
    last: Result<&Last, &Untold>,
    of_packages: Result<Vec<PolicyChange>, String>,
) -> Result<Option<(PolicyChanges, bool)>, String> {
    if world.commit().is_err() {
        // Nothing is a release there, and `release_point` says why.
        return Ok(None);
    }
    let untold = |why: &str| format!("the gate was not compared with that of the last release: {why}");
    let last = match last {
        Ok(Last::Release(last)) => last,
        Ok(Last::None) => return Ok(None),
        Err(why) => return Err(untold(&why.to_string())),
    };
    let before = before(world, last).map_err(|why| untold(&why))?;
    let unreadable = |is_now| untold(if is_now { "this one cannot be compared" } else { "that one is no policy" });
    let mut changes = compared(before.as_deref(), policy.text.as_deref()).map_err(unreadable)?;
    changes.extend(of_packages?);
    changes.sort();
    if changes.is_empty() {
        return Ok(None);
    }
    let parsed = before.and_then(|text| Policy::parse(policy::FILE, &text).ok());
    let attest = parsed.is_some_and(|policy| policy.attest_changes);
    Ok(Some((PolicyChanges { since: last.tag.clone(), changes }, attest)))
}

/// What differs in the own policy of one package among several, now or then; `folder` is what the keys begin with.
///
/// # Errors
/// Why nobody can tell.
pub(crate) fn of_package(
    world: &World,
    policy: &Policy,
    folder: &str,
    last: &LastRelease,
) -> Result<Vec<PolicyChange>, String> {
    let is_own = |path: &Path| path.parent() == Some(&world.dir);
    let untold = |why: String| format!("the gate was not compared with that of the last release: {why}");
    let before = world
        .policy_at(&last.commit)
        .map_err(|(path, refused)| untold(refused.about(&format!("{} of {}", path.display(), last.tag))))?;
    let before = before.filter(|(path, _)| is_own(path)).map(|(_, text)| text);
    let now = policy.text.as_ref().filter(|_| world.policy_path().is_some_and(|path| is_own(&path)));
    let changes = compared(before.as_deref(), now.map(String::as_str));
    let changes = changes.map_err(|_| untold(format!("the policy of {folder} cannot be compared")))?;
    Ok(changes.into_iter().map(|change| PolicyChange { key: format!("{folder}: {}", change.key), ..change }).collect())
}

fn before(world: &World, last: &LastRelease) -> Result<Option<String>, String> {
    let written = world.policy_at(&last.commit);
    let written = written.map_err(|(path, refused)| refused.about(&format!("{} of {}", path.display(), last.tag)))?;
    Ok(written.map(|(_, text)| text))
}
