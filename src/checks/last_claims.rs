//! What people claimed for the last release. A claim is for one release: one that stands as it stood then was not made again.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::config::Release;
use crate::config::release::{Attestation, Exemption, FILE, Released};
use crate::git::{Repository, Tag};
use crate::model::Outcome;
use crate::model::filled::is_filled_in;
use crate::world::World;
use crate::world::last_release::{Last, LastRelease, Untold, release_at};

/// What a claim of this release is compared with.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastClaims {
    releases: Vec<Claims>,
    /// Why nobody can tell what the last release was.
    untold: Option<String>,
    /// Whether the claims are not part of the commit that is judged: then nothing but their own word says for which
    /// version they were made.
    is_outside: bool,
    /// What a reader should know.
    pub(crate) warning: Option<String>,
}

/// The claims of a release.
#[derive(Debug, Clone)]
struct Claims {
    tag: String,
    version: String,
    /// When it was tagged.
    at: Option<Timestamp>,
    attestations: Vec<Attestation>,
    not_applicable: Vec<Exemption>,
}

impl LastClaims {
    /// Reads what was claimed for the last release; where several are as near, for each of them.
    #[must_use]
    pub(crate) fn look(world: &World, last: Result<&Last, &Untold>) -> Self {
        match last {
            Ok(Last::Release(last)) => match of(world, last) {
                Ok(releases) => Self { releases, ..Self::default() },
                Err(why) => Self { untold: Some(why), ..Self::default() },
            },
            Ok(Last::None) => Self::default(),
            // Without a commit there is no release to speak of, and `release_point` says so.
            Err(_) if world.commit().is_err() => Self::default(),
            Err(Untold::Untagged(why)) => {
                let warning = format!("claims were not compared with those of the last release: {why}");
                Self { warning: Some(warning), ..Self::default() }
            }
            Err(Untold::Unread(why)) => Self { untold: Some(why.clone()), ..Self::default() },
        }
    }

    /// The same, for the claims of a release.yaml that may not be part of the commit.
    #[must_use]
    pub(crate) fn of(self, release: &Release) -> Self {
        Self { is_outside: release.named.is_some(), ..self }
    }

    /// What stands against taking a claim, which has a person's name and says yes, for one of this release.
    #[must_use]
    pub(crate) fn objection(&self, claim: &Attestation, by: &str, version: &Released) -> Option<Outcome> {
        let again = format!("claim it again: `delivery-gate attest {}`", claim.id);
        if let Some(other) = &claim.made_for {
            let is_other = !other.is(version, |one, other| bare(one) == bare(other));
            let told = format!("Attested by {by} for {other}, and the release is {version}; {again}");
            return is_other.then(|| Outcome::fail(told));
        }
        if self.is_outside {
            let told = format!(
                "Attested by {by}, and nobody can tell for which version: a release.yaml that is not part of the commit \
                 needs `for: \"{version}\"` in each claim"
            );
            return Some(Outcome::unproven(told));
        }
        if let Some(why) = &self.untold {
            let told = format!("Attested by {by}, and nobody can tell whether for {version}: {why}; or {again}");
            return Some(Outcome::unproven(told));
        }
        let held = self.releases.iter().find_map(|last| last.held(claim))?;
        Some(Outcome::unproven(format!("Attested by {by}, but {held}; {again}")))
    }

    /// A declaration as it is told: one that stands as it stood in the last release still holds, and its reason says so.
    #[must_use]
    pub(crate) fn told(&self, declared: &Exemption) -> Exemption {
        let stands = |last: &&Claims| {
            last.not_applicable.iter().any(|was| (&was.id, &was.reason) == (&declared.id, &declared.reason))
        };
        match self.releases.iter().find(stands).filter(|_| is_filled_in(&declared.reason)) {
            Some(last) => {
                let reason = format!("{} (carried over from {})", declared.reason.trim_end(), last.version);
                Exemption { reason, ..declared.clone() }
            }
            None => declared.clone(),
        }
    }
}

impl Claims {
    /// Why a claim was not made after this release.
    fn held(&self, claim: &Attestation) -> Option<String> {
        let Self { tag, version, .. } = self;
        let is_unchanged = |was: &Attestation| {
            (&was.id, was.answer, &was.by, &was.at, &was.evidence, &was.note)
                == (&claim.id, claim.answer, &claim.by, &claim.at, &claim.evidence, &claim.note)
        };
        if self.attestations.iter().any(is_unchanged) {
            return Some(format!("for {version}: it is unchanged since {tag}"));
        }
        let at = claim.at.as_ref()?;
        (at.latest < self.at?).then(|| format!("at {}, before {tag} was tagged", at.text))
    }
}

/// A version as people claim it. Two builds of one version are two releases, whatever an ecosystem takes for equal.
fn bare(version: &str) -> &str {
    version.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(version)
}

fn of(world: &World, last: &LastRelease) -> Result<Vec<Claims>, String> {
    let Ok(repository) = &world.repository else { return Ok(Vec::new()) };
    let others = last.others.iter().filter_map(|tag| match repository.tag(tag) {
        Tag::At { commit, .. } => Some((tag.clone(), None, commit)),
        _ => None,
    });
    let nearest = std::iter::once((last.tag.clone(), Some(last.version.clone()), last.commit.clone()));
    let mut known = HashSet::new();
    let claims = nearest.chain(others).filter(|(.., commit)| known.insert(commit.clone()));
    claims.map(|(tag, version, commit)| read(world, repository, tag, version, &commit)).collect()
}

/// The claims at a release's commit; none from before the gate.
fn read(
    world: &World,
    repository: &Repository,
    tag: String,
    version: Option<String>,
    commit: &str,
) -> Result<Claims, String> {
    let text = release_at(world, commit)?;
    let release = text.map(|text| Release::parse(FILE, &text)).transpose();
    let release = release.map_err(|_| format!("{FILE} of {tag} is none that can be read"))?;
    let at = repository.tagged_at(&tag);
    let (own, attestations, not_applicable) =
        release.map(|own| (own.released.to_string(), own.attestations, own.not_applicable)).unwrap_or_default();
    Ok(Claims { tag, version: version.unwrap_or(own), at, attestations, not_applicable })
}
