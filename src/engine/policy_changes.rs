//! The gate itself against that of the last release: what a policy lets through that its predecessor did not.

use crate::config::compared::{Unreadable, asks_for_a_claim, compared, compared_in};
use crate::config::policy::{AttestationPolicy, PACKAGE_KEYS};
use crate::config::{Policy, policy};
use crate::model::names::POLICY_CHANGE;
use crate::model::{Direction, PolicyChange, PolicyChanges, PolicySource};
use crate::world::last_release::{self, Last, LastRelease, Untold};
use crate::world::{PolicyText, World};

/// The policy's key.
const KEY: &str = "policy_changes";

/// The row's title.
const TITLE: &str = "The changed gate was agreed to";

/// A package among several that may have a policy of its own, for what is its own.
pub(crate) struct OwnPolicy<'a> {
    pub(crate) folder: &'a str,
    pub(crate) world: &'a World,
    pub(crate) policy: &'a Policy,
    /// Whether it has one, and not that of the release as a whole.
    pub(crate) is_own: bool,
}

/// What differs from the last release's policy, and from those of single packages; nothing where there was no release before, or
/// where they say the same. Where the last one asks for it, or this one, the claim [`POLICY_CHANGE`] is asked from now on.
///
/// # Errors
/// Why nobody can tell, as a warning says it.
pub(crate) fn since_last(
    world: &World,
    policy: &mut Policy,
    packages: &[OwnPolicy<'_>],
    last: Result<&Last, &Untold>,
) -> Result<Option<PolicyChanges>, String> {
    let (found, attest) = match last {
        // Without a commit nothing is a release, and `release_point` says why.
        _ if world.commit().is_err() => return Ok(None),
        Ok(Last::None) => return Ok(None),
        Ok(Last::Release(last)) => (find(world, policy, packages, last), last_asks(world, last)),
        // What any policy before asked for, nobody took back in a release that is here.
        Err(why) => (Err(why.to_string()), last_release::policy_had(world, KEY)),
    };
    let may_loosen = found.as_ref().map_or(true, |found| found.as_ref().is_some_and(PolicyChanges::may_loosen));
    if may_loosen && (attest || policy.attest_changes) {
        let title = Some(TITLE.to_owned());
        let asked = AttestationPolicy { id: POLICY_CHANGE.to_owned(), title, ..AttestationPolicy::default() };
        policy.attestations.push(asked);
    }
    found.map_err(|why| format!("the gate was not compared with that of the last release: {why}"))
}

/// Whether the last release's policy asks for a claim, or that of one as near. One that cannot be read may.
fn last_asks(world: &World, last: &LastRelease) -> bool {
    let asks = |(_, commit): &(String, String)| {
        world.policy_at(commit).map_or(true, |policy| policy.is_some_and(|(_, text)| asks_for_a_claim(&text)))
    };
    last.commits(world).iter().any(asks)
}

/// What differs from the last release, and from those that are as near.
fn find(
    world: &World,
    policy: &Policy,
    packages: &[OwnPolicy<'_>],
    last: &LastRelease,
) -> Result<Option<PolicyChanges>, String> {
    let (commits, mut changes) = (last.commits(world), Vec::new());
    for (tag, commit) in &commits {
        let before = policy_of(world, tag, commit)?;
        changes.extend(differing(before.as_ref(), policy.text.as_deref())?);
        changes.extend(moved(world, policy, before.as_ref()));
        for package in packages {
            changes.extend(own(package, (policy, before.as_ref()), tag, commit)?);
        }
    }
    changes.sort();
    changes.dedup();
    let since = commits.into_iter().map(|(tag, _)| tag).collect::<Vec<_>>().join(" and ");
    Ok((!changes.is_empty()).then_some(PolicyChanges { since, changes }))
}

fn policy_of(world: &World, tag: &str, commit: &str) -> Result<Option<PolicyText>, String> {
    world.policy_at(commit).map_err(|(path, refused)| refused.about(&format!("{} of {tag}", path.display())))
}

fn differing(before: Option<&PolicyText>, now: Option<&str>) -> Result<Vec<PolicyChange>, String> {
    compared(before.map(|(_, text)| text.as_str()), now).map_err(told)
}

/// The same words mean other files elsewhere.
fn moved(world: &World, policy: &Policy, before: Option<&PolicyText>) -> Option<PolicyChange> {
    let is_of_release = matches!(policy.source, PolicySource::Release { .. });
    let (was, is) = before.map(|(path, _)| path).zip(world.policy_path().filter(|_| is_of_release))?;
    let detail = format!("stood at {} and stands at {}", was.display(), is.display());
    (*was != is).then(|| PolicyChange { direction: Direction::Changed, key: policy::FILE.to_owned(), detail })
}

/// What differs for a package that has a policy of its own, or had one then: it stands before that of the release as a whole, and
/// so it lets through what that one does not.
fn own(
    package: &OwnPolicy<'_>,
    (of_all, before): (&Policy, Option<&PolicyText>),
    tag: &str,
    commit: &str,
) -> Result<Vec<PolicyChange>, String> {
    let OwnPolicy { folder, world, policy, is_own } = package;
    let own_before = policy_of(world, tag, commit)?.filter(|(path, _)| before.is_none_or(|(of_all, _)| of_all != path));
    if !is_own && own_before.is_none() {
        return Ok(Vec::new());
    }
    let was = own_before.as_ref().or(before).map(|(_, text)| text.as_str());
    let is = if *is_own { policy.text.as_deref() } else { of_all.text.as_deref() };
    let changes = compared_in(was, is, &PACKAGE_KEYS).map_err(told)?;
    Ok(changes.into_iter().map(|change| PolicyChange { key: format!("{folder}: {}", change.key), ..change }).collect())
}

fn told(which: Unreadable) -> String {
    match which {
        Unreadable::Before => "that one is no policy".to_owned(),
        Unreadable::Now => "this one cannot be compared".to_owned(),
    }
}
