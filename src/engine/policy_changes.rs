//! The gate itself against that of the last release: what a policy lets through that its predecessor did not.

use std::path::Path;

use crate::config::compared::{asks_for_a_claim, compared};
use crate::config::policy::AttestationPolicy;
use crate::config::{Policy, policy};
use crate::model::names::POLICY_CHANGE;
use crate::model::{Direction, PolicyChange, PolicyChanges, PolicySource};
use crate::world::last_release::{self, Last, LastRelease, Untold};
use crate::world::{PolicyText, World};

/// The policy's key.
const KEY: &str = "policy_changes";

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
    policy: &mut Policy,
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
        // What any policy before asked for, nobody took back in a release that is here.
        Err(why) if last_release::policy_had(world, KEY) => {
            policy.attest_changes = true;
            return Err(untold(&why.to_string()));
        }
        Err(why) => return Err(untold(&why.to_string())),
    };
    let mut changes = of_packages?;
    let mut attest = false;
    for (tag, commit) in last.commits(world) {
        let before = world.policy_at(&commit);
        let before = before.map_err(|(path, why)| untold(&why.about(&format!("{} of {tag}", path.display()))))?;
        attest |= before.as_ref().is_some_and(|(_, text)| asks_for_a_claim(text));
        changes.extend(since(world, policy, before.as_ref()).map_err(|why| untold(&why))?);
    }
    changes.sort();
    changes.dedup();
    let since = last.commits(world).into_iter().map(|(tag, _)| tag).collect::<Vec<_>>().join(" and ");
    Ok((!changes.is_empty()).then_some((PolicyChanges { since, changes }, attest)))
}

/// What differs from one policy before.
fn since(world: &World, policy: &Policy, before: Option<&PolicyText>) -> Result<Vec<PolicyChange>, String> {
    let text = before.map(|(_, text)| text.as_str());
    let unreadable = |is_now| if is_now { "this one cannot be compared" } else { "that one is no policy" };
    let mut changes = compared(text, policy.text.as_deref()).map_err(unreadable)?;
    // The same words mean other files elsewhere.
    if let (Some((was, _)), Some(is)) = (before, world.policy_path())
        && *was != is
        && matches!(policy.source, PolicySource::Release { .. })
    {
        let detail = format!("stood at {} and stands at {}", was.display(), is.display());
        changes.push(PolicyChange { direction: Direction::Changed, key: policy::FILE.to_owned(), detail });
    }
    Ok(changes)
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
