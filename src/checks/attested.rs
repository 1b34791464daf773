//! ATTESTED checks: what a named person claimed in release.yaml, in valid form. The gate proves none of it and says so.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Applies, Check, Identity};
use crate::checks::context::Context;
use crate::checks::last_claims::LastClaims;
use crate::checks::signed::{self, Asked, Signed};
use crate::config::policy::AttestationPolicy;
use crate::config::release::{Attestation, FILE};
use crate::config::{Policy, Release};
use crate::evidence::claims::Examined;
use crate::model::Kind;
use crate::model::escape::{is_blank, visible_up_to};
use crate::model::filled::{folded, is_filled_in, is_person};
use crate::model::names::{POLICY_CHANGE, SIGNED, SIGNED_CLAIMS, STANDARD_ATTESTATIONS};
use crate::model::nearest::nearest;
use crate::model::{Outcome, Source, Unproven};
use crate::world::World;

/// Clocks differ: how far in the future an attestation may seem to be (docs/configuration.md).
pub(super) const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// How much of a refused name is shown, in characters.
pub(super) const SHOWN_LIMIT: usize = 80;

/// The title of the row about signed claims that belong to no attestation.
const SIGNED_CLAIMS_TITLE: &str = "Signed claims were verified";

/// How many claims that nobody asks for are looked at for a mistyped id.
const MISTYPED_LIMIT: usize = 20;

/// One attestation that the release needs, or that somebody gave unasked.
pub(crate) struct Attested {
    id: String,
    title: String,
    asked: Asker,
    policy: AttestationPolicy,
    /// Which of release.yaml's entries answers it.
    claim: Option<usize>,
    /// Without one: the claim that nobody asks for and that may have been meant for it.
    mistyped: Option<String>,
}

/// Who asks for an attestation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    Always,
    ByPolicy,
    /// `claims:` wants it signed.
    BySigning,
    ByNobody,
}

impl Attested {
    /// The four standard ones, then the policy's, then those that must be signed, then those that release.yaml and signed claims
    /// have besides: no claim is dropped.
    #[must_use]
    pub(crate) fn all(release: &Release, policy: &Policy, signed: Option<&Signed>) -> Vec<Self> {
        let standard = STANDARD_ATTESTATIONS.iter().map(|(id, title)| (*id, *title, Asker::Always));
        let own = policy.attestations.iter().map(|policy| policy.id.as_str());
        let own = own.map(|id| (id, id, Asker::ByPolicy));
        let unasked = release.attestations.iter().map(|claim| claim.id.as_str());
        let unasked = unasked.map(|id| (id, id, Asker::ByNobody));
        let (wanted, found): (Vec<_>, Vec<_>) = signed
            .into_iter()
            .flat_map(|signed| signed.ids().map(|id| (id, signed.wanted(id) > 0)))
            // Asked where the gate changed, and not otherwise.
            .filter(|(id, is_wanted)| !is_wanted || *id != POLICY_CHANGE || signed.is_some_and(|signed| signed.has(id)))
            .partition(|(_, is_wanted)| *is_wanted);
        let titled = |id| if id == SIGNED_CLAIMS { SIGNED_CLAIMS_TITLE } else { id };
        let wanted = wanted.into_iter().map(|(id, _)| (id, id, Asker::BySigning));
        let found = found.into_iter().map(|(id, _)| (id, titled(id), Asker::ByNobody));
        let claims = release.attestations.iter().enumerate();
        let claims: HashMap<_, _> = claims.map(|(index, claim)| (claim.id.as_str(), index)).collect();
        let policies = policy.attestations.iter();
        let policies: HashMap<_, _> = policies.map(|policy| (policy.id.as_str(), policy)).collect();
        let mut known = HashSet::new();
        let asked: Vec<_> = standard
            .chain(own)
            .chain(wanted)
            .chain(unasked)
            .chain(found)
            .filter(|(id, ..)| known.insert(*id))
            .collect();
        let mistyped = mistyped(&asked, &claims);
        let asked = asked.into_iter().map(|(id, title, asked)| {
            let policy = policies.get(id).copied().cloned().unwrap_or_default();
            let title = policy.title.clone().unwrap_or_else(|| title.to_owned());
            let mistyped = mistyped.get(id).map(|id| (*id).to_owned());
            Self { id: id.to_owned(), title, asked, policy, claim: claims.get(id).copied(), mistyped }
        });
        asked.collect()
    }

    /// Which attestation.
    #[must_use]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What it is called in reports.
    #[must_use]
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Whether the policy wants evidence.
    #[must_use]
    pub(crate) fn wants_evidence(&self) -> bool {
        self.policy.evidence_required
    }

    /// What the claim comes to at a moment. `release` is the one that this was made of, `last` is asked only where a claim
    /// would be taken; `signed` knows what was signed.
    #[must_use]
    pub(crate) fn outcome<'l>(
        &self,
        release: &Release,
        now: Timestamp,
        signed: Option<&Context>,
        last: impl FnOnce() -> &'l LastClaims,
    ) -> Outcome {
        if let Some(outcome) = signed.and_then(|context| self.signed_outcome(release, context)) {
            return outcome;
        }
        let signed = signed.map(Context::signed);
        match self.claim.and_then(|index| release.attestations.get(index)) {
            Some(claim) => {
                let outcome = self.judge(release, claim, signed, now);
                let by = claim.by.as_deref().unwrap_or_default().trim();
                let objection = || claim_for_another(claim, by, release, last);
                if outcome.status.is_pass() { objection().unwrap_or(outcome) } else { outcome }
            }
            None => Outcome::fail(match &self.mistyped {
                Some(other) => format!("Not attested in release.yaml; it has `{other}`, which nobody asks for."),
                None => "Not attested in release.yaml.".to_owned(),
            }),
        }
    }

    /// What is signed for it comes to; nothing where nothing is, and nothing must be.
    fn signed_outcome(&self, release: &Release, context: &Context) -> Option<Outcome> {
        let claim = self.claim.and_then(|index| release.attestations.get(index));
        context.signed().outcome(&Asked { id: &self.id, policy: &self.policy, claim }, context)
    }

    /// Why `check` would not take a signed claim that says that it was done.
    #[must_use]
    pub(crate) fn objection_to(&self, examined: &Examined, release: &Release, now: Timestamp) -> Option<Outcome> {
        let claim = self.claim.and_then(|index| release.attestations.get(index));
        signed::objection_to(examined, &Asked { id: &self.id, policy: &self.policy, claim }, now)
    }

    fn judge(&self, release: &Release, claim: &Attestation, signed: Option<&Signed>, now: Timestamp) -> Outcome {
        if !claim.answer {
            return Outcome::fail("Attested as not done (answer: false).");
        }
        let by = match attester(claim.by.as_deref()) {
            Ok(by) => by,
            Err(problem) => return Outcome::fail(problem),
        };
        let evidence = claim.evidence.as_deref();
        if let Some(placeholder) = evidence.filter(|evidence| !is_filled_in(evidence)) {
            let shown = visible_up_to(placeholder.trim(), SHOWN_LIMIT);
            return Outcome::fail(format!("Attested by {by}, but '{shown}' is no evidence."));
        }
        if self.policy.evidence_required && evidence.is_none() {
            return Outcome::fail(format!(
                "Attested by {by}, but the policy requires evidence (evidence: is missing)."
            ));
        }
        if let Some(other) = self.given_by_the_same_person(release, signed, by) {
            return Outcome::fail(format!(
                "Attested by {by}, who attested {other} too; the policy asks for another person."
            ));
        }
        if let Some(at) = claim.at.as_ref().filter(|at| at.earliest > now + CLOCK_TOLERANCE) {
            return Outcome::unproven(format!("Attested by {by} at {}, which is in the future.", at.text));
        }
        Outcome::pass(format!("Attested by {by}."))
    }

    fn given_by_the_same_person(&self, release: &Release, signed: Option<&Signed>, by: &str) -> Option<&str> {
        let same = |id: &&String| {
            let other = release.attestations.iter().find(|claim| claim.id == **id);
            let written = other.and_then(|claim| claim.by.as_deref());
            let signed = signed.into_iter().flat_map(|signed| signed.people(id));
            written.into_iter().chain(signed).any(|name| folded(name) == folded(by))
        };
        self.policy.distinct_from.iter().find(same).map(String::as_str)
    }
}

/// One attestation of a release.
pub(crate) struct Claimed<'c> {
    attested: Attested,
    context: &'c Context,
}

impl<'c> Claimed<'c> {
    /// Every attestation of a release.
    pub(crate) fn all(context: &'c Context) -> impl Iterator<Item = Self> {
        let all = Attested::all(&context.release, &context.policy, Some(context.signed())).into_iter();
        all.map(move |attested| Self { attested, context })
    }
}

impl Check for Claimed<'_> {
    fn identity(&self) -> Identity {
        let Attested { id, title, .. } = &self.attested;
        Identity { id: Cow::Owned(id.clone()), title: Cow::Owned(title.clone()), kind: Kind::Attested }
    }

    fn applies(&self) -> Applies {
        let Attested { id, asked, policy, mistyped, .. } = &self.attested;
        let mut why = match asked {
            Asker::Always => "always asked".to_owned(),
            Asker::ByPolicy if id == POLICY_CHANGE => {
                "the gate changed, and `policy_changes: attest` asks then".to_owned()
            }
            Asker::ByPolicy => "in `attestations` of the policy".to_owned(),
            Asker::BySigning => "`claims:` asks for it".to_owned(),
            Asker::ByNobody if id == SIGNED_CLAIMS => "something about signed claims is of no attestation".to_owned(),
            Asker::ByNobody if self.attested.claim.is_none() => "signed, though nobody asks".to_owned(),
            Asker::ByNobody => format!("claimed in {FILE}, though nobody asks"),
        };
        match self.context.signed().wanted(id) {
            0 => {}
            1 => why += "; must be signed",
            count => why += &format!("; must be signed by {count} persons"),
        }
        if policy.evidence_required {
            why += "; evidence required";
        }
        if !policy.distinct_from.is_empty() {
            why += &format!("; not by who attested {}", policy.distinct_from.join(", "));
        }
        if let Some(other) = mistyped {
            why += &format!("; not attested, but `{other}` is");
        }
        Applies::on(why)
    }

    fn look(&self, world: &World) -> Result<Outcome, Unproven> {
        let (release, signed, id) = (&self.context.release, self.context.signed(), self.attested.id());
        let last = || self.context.last_claims();
        let mut outcome = self.attested.outcome(release, world.now, Some(self.context), last);
        let facts = signed.facts(id);
        if !facts.is_empty() {
            outcome.evidence.extend(signed.evidence(id).map(str::to_owned));
            outcome.source = signed.file(id).map(|(file, is_of_commit)| match is_of_commit {
                true => self.context.file(file, None),
                false => Source::named(file, None, None),
            });
            outcome.metrics.insert(SIGNED.to_owned(), facts.into());
        }
        let Some(claim) = self.attested.claim.and_then(|index| release.attestations.get(index)) else {
            return Ok(outcome);
        };
        outcome = outcome.source(self.context.release_file(Some(claim.line)));
        outcome.evidence.extend(claim.evidence.clone());
        let made_for = claim.made_for.as_ref().map(ToString::to_string);
        let facts = [("by", claim.by.clone()), ("for", made_for), ("note", claim.note.clone())];
        for (name, value) in facts {
            outcome.metrics.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        outcome.metrics.extend(claim.at.as_ref().map(|at| ("at".to_owned(), at.text.clone().into())));
        Ok(outcome)
    }
}

/// A claim that names this release needs no history.
fn claim_for_another<'l>(
    claim: &Attestation,
    by: &str,
    release: &Release,
    last: impl FnOnce() -> &'l LastClaims,
) -> Option<Outcome> {
    let none = LastClaims::default();
    let last = if claim.made_for.is_some() { &none } else { last() };
    last.objection(claim, by, &release.released)
}

/// Asker ids without a claim, each with the claim that nobody asks for and that looks like it.
fn mistyped<'c>(asked: &[(&'c str, &str, Asker)], claims: &HashMap<&str, usize>) -> HashMap<&'c str, &'c str> {
    let (unasked, asked): (Vec<_>, Vec<_>) = asked.iter().copied().partition(|(.., asked)| *asked == Asker::ByNobody);
    let open: Vec<_> = asked.into_iter().map(|(id, ..)| id).filter(|id| !claims.contains_key(id)).collect();
    let unasked = unasked.into_iter().take(MISTYPED_LIMIT);
    unasked.filter_map(|(id, ..)| Some((nearest(id, &open)?, id))).collect()
}

/// The named person, or what is wrong with the name.
pub(crate) fn attester(by: Option<&str>) -> Result<&str, String> {
    let by = by.unwrap_or_default();
    if is_blank(by) {
        return Err("No named attester (by: is missing).".to_owned());
    }
    let by = by.trim();
    if is_person(by) { Ok(by) } else { Err(format!("'{}' is not a named attester.", visible_up_to(by, SHOWN_LIMIT))) }
}
