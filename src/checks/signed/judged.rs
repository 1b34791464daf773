//! What the signed claims of one attestation come to.

use jiff::Timestamp;

use super::told::by_in_words;
use super::{Signed, matching};
use crate::checks::attested::{CLOCK_TOLERANCE, SHOWN_LIMIT, attester};
use crate::checks::context::Context;
use crate::config::policy::AttestationPolicy;
use crate::config::release::{Attestation, FILE, meant};
use crate::ecosystems::versions::{Rule, same};
use crate::evidence::claims::{Claim, Examined, Standing};
use crate::git::Hand;
use crate::model::Outcome;
use crate::model::escape::visible_up_to;
use crate::model::filled::{folded, is_filled_in};
use crate::model::names::SIGNED_CLAIMS;

/// One attestation, and what is asked of it.
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a str,
    pub(crate) policy: &'a AttestationPolicy,
    /// What release.yaml says of it.
    pub(crate) claim: Option<&'a Attestation>,
}

/// A claim that was verified.
#[derive(Clone, Copy)]
pub(super) struct Verified<'a> {
    pub(super) examined: &'a Examined,
    pub(super) claim: &'a Claim,
}

impl Signed {
    /// What is signed for an attestation comes to; nothing where nothing is, and nothing must be.
    #[must_use]
    pub(crate) fn outcome(&self, asked: &Asked<'_>, context: &Context) -> Option<Outcome> {
        let own: Vec<_> = self.of(asked.id).collect();
        if let Some(why) = self.untold.as_ref().filter(|_| asked.id == SIGNED_CLAIMS) {
            return Some(Outcome::unproven(format!("{why}.")));
        }
        if let Some(broken) = broken(&own) {
            return Some(broken);
        }
        let verified = own.iter().filter_map(|examined| {
            let claim = &examined.statement.as_ref()?.claim;
            Some(Verified { examined, claim })
        });
        let mut verified: Vec<_> = verified.collect();
        // Names of files say nothing to a reader.
        verified.sort_by(|one, other| one.claim.by.cmp(&other.claim.by));
        if verified.is_empty() {
            return (self.wanted(asked.id) > 0).then(|| self.unread().unwrap_or_else(|| self.unsigned(asked)));
        }
        let objection = verified.iter().find_map(|one| objection(one, asked, context.world.now));
        Some(objection.unwrap_or_else(|| self.counted(&verified, asked, context)))
    }

    /// What could not be read may be the signature that is missed.
    fn unread(&self) -> Option<Outcome> {
        self.of(SIGNED_CLAIMS).find_map(|examined| match &examined.standing {
            Standing::Unproven(why) => {
                let shown = visible_up_to(&examined.shown, 200);
                Some(Outcome::unproven(format!("Nobody can tell whether it is signed: {shown}: {why}")))
            }
            _ => None,
        })
    }

    fn unsigned(&self, asked: &Asked<'_>) -> Outcome {
        let from = self.held.as_ref().map(|held| held.from.as_str()).unwrap_or_default();
        let by = asked.claim.and_then(|claim| claim.by.as_deref()).map(str::trim).filter(|by| !by.is_empty());
        let who = by.map_or_else(
            || "Not signed".to_owned(),
            |by| format!("Attested by {} in {FILE}, not signed", visible_up_to(by, SHOWN_LIMIT)),
        );
        let next = format!("`delivery-gate attest {} --sign KEY`", asked.id);
        Outcome::fail(format!("{who}: `claims:` of {from} wants it signed; {next}"))
    }

    /// Whether enough people signed who may.
    fn counted(&self, verified: &[Verified<'_>], asked: &Asked<'_>, context: &Context) -> Outcome {
        let wanted = self.wanted(asked.id).max(1);
        let is_distinct = self.policy().is_some_and(|policy| policy.is_distinct(asked.id));
        let hands = match is_distinct.then(|| self.hands(context)) {
            None => &[],
            Some(Ok(hands)) => hands.as_slice(),
            Some(Err(why)) => {
                let who = by_in_words(verified);
                return Outcome::unproven(format!("{who}, and nobody can tell whether an author did: {why}"));
            }
        };
        let (mut counting, mut others) = (Vec::new(), Vec::new());
        for one in verified {
            match self.why_not(one, hands, &self.same_person(one.claim, asked, context)) {
                Some(why) => others.push(why),
                None => counting.push(*one),
            }
        }
        let persons = self.persons(&counting);
        let pairs: Vec<_> =
            persons.into_iter().zip(&counting).map(|(person, one)| (person, one.examined.key.clone())).collect();
        let found = matching::pairs(&pairs);
        if found >= wanted {
            return Outcome::pass(format!("{}, for {}.", by_in_words(&counting), context.release.released));
        }
        let who = by_in_words(verified);
        let why = match (others.is_empty(), wanted) {
            (_, 1) => others.join("; "),
            (true, _) => format!("{found} of {wanted} persons, each with a key of their own"),
            (false, _) => format!("{found} of {wanted} persons, each with a key of their own; {}", others.join("; ")),
        };
        Outcome::fail(format!("{who}, which is not enough: {why}."))
    }

    /// A number for each claim's person. Whoever may sign with the key of another is taken for the same: the file of keys says so.
    fn persons(&self, counting: &[Verified<'_>]) -> Vec<usize> {
        let mut persons: Vec<usize> = (0..counting.len()).collect();
        for (at, one) in counting.iter().enumerate() {
            for before in 0..at {
                let other = &counting[before];
                let is_same = folded(&one.claim.by) == folded(&other.claim.by)
                    || self.may_sign(one, &other.claim.by)
                    || self.may_sign(other, &one.claim.by);
                if is_same {
                    let (from, to) = (persons[at], persons[before]);
                    persons.iter_mut().filter(|person| **person == from).for_each(|person| *person = to);
                }
            }
        }
        persons
    }

    /// Whether the key of a claim is that of another name, too.
    fn may_sign(&self, one: &Verified<'_>, name: &str) -> bool {
        let signers = self.held.as_ref().and_then(|held| held.signers.as_ref().ok());
        signers.zip(one.examined.key.as_ref()).is_some_and(|(signers, key)| signers.is_of(key, name))
    }

    /// Why a claim that holds does not count towards what the policy wants.
    fn why_not(&self, one: &Verified<'_>, hands: &[Hand], same: &Option<String>) -> Option<String> {
        let by = visible_up_to(&one.claim.by, SHOWN_LIMIT);
        let person = folded(&one.claim.by);
        let is_named =
            |hand: &Hand| !person.is_empty() && (folded(&hand.email) == person || folded(&hand.name) == person);
        let commit = |hand: &Hand| hand.commit.get(..12).unwrap_or(&hand.commit).to_owned();
        if let Some(hand) = hands.iter().find(|hand| is_named(hand)) {
            return Some(format!("{by} had a hand in what is released (commit {})", commit(hand)));
        }
        let is_key = |hand: &&Hand| self.may_sign(one, &hand.email) || self.may_sign(one, &hand.name);
        if let Some(hand) = hands.iter().find(is_key) {
            let who = visible_up_to(&hand.email, SHOWN_LIMIT);
            return Some(format!(
                "the key of {by} is that of {who}, too, who had a hand in what is released (commit {})",
                commit(hand)
            ));
        }
        same.as_ref().map(|other| format!("{by} attested {other} too, and the policy asks for another person"))
    }

    /// Another attestation that the same person gave, where the policy asks for two.
    fn same_person(&self, claim: &Claim, asked: &Asked<'_>, context: &Context) -> Option<String> {
        let by = folded(&claim.by);
        let gave = |id: &&String| {
            let entry = context.release.attestations.iter().find(|entry| entry.id == **id);
            let written = entry.and_then(|entry| entry.by.as_deref());
            written.into_iter().chain(self.people(id)).any(|name| folded(name) == by)
        };
        asked.policy.distinct_from.iter().find(gave).cloned()
    }
}

/// What does not hold holds the release, whoever else signed.
fn broken(own: &[&Examined]) -> Option<Outcome> {
    let told = |examined: &&&Examined| match &examined.standing {
        Standing::Holds => None,
        Standing::Wrong(why) => Some((true, format!("{}: {why}", visible_up_to(&examined.shown, 200)))),
        Standing::Unproven(why) => Some((false, format!("{}: {why}", visible_up_to(&examined.shown, 200)))),
    };
    let mut found: Vec<_> = own.iter().filter_map(|examined| told(&examined)).collect();
    // What is shown to be wrong comes first.
    found.sort_by_key(|(is_wrong, _)| !is_wrong);
    let (is_wrong, first) = found.first().cloned()?;
    let more = if found.len() > 1 { format!(" (and {} more)", found.len() - 1) } else { String::new() };
    let detail = format!("{first}{more}");
    let outcome = if is_wrong { Outcome::fail(detail) } else { Outcome::unproven(detail) };
    Some(outcome.below(found.into_iter().skip(1).map(|(_, line)| line)))
}

/// Why a claim that is verified would not be taken.
#[must_use]
pub(crate) fn objection_to(examined: &Examined, asked: &Asked<'_>, now: Timestamp) -> Option<Outcome> {
    let claim = &examined.statement.as_ref()?.claim;
    objection(&Verified { examined, claim }, asked, now)
}

/// What stands against a claim by itself.
fn objection(one: &Verified<'_>, asked: &Asked<'_>, now: Timestamp) -> Option<Outcome> {
    let Verified { examined, claim } = one;
    let (who, shown) = (by_in_words(&[*one]), visible_up_to(&examined.shown, 200));
    if let Some(entry) = asked.claim {
        if entry.answer != claim.answer {
            let (here, there) = (entry.answer, claim.answer);
            return Some(Outcome::fail(format!("{FILE}:{} says answer: {here}, and {shown} says {there}", entry.line)));
        }
        let is_for = |made_for: &_| claim.made_for.is(made_for, |one, other| same(one, other, Rule::Semantic));
        if let Some(made_for) = entry.made_for.as_ref().filter(|made_for| !is_for(made_for)) {
            let there = &claim.made_for;
            return Some(Outcome::fail(format!("{FILE}:{} is for {made_for}, and {shown} is for {there}", entry.line)));
        }
    }
    if !claim.answer {
        return Some(Outcome::fail(format!("{who}, as not done (answer: false).")));
    }
    if let Err(why) = attester(Some(&claim.by)) {
        return Some(Outcome::fail(format!("{shown}: {why}")));
    }
    if let Some(placeholder) = claim.evidence.as_deref().filter(|evidence| !is_filled_in(evidence)) {
        let placeholder = visible_up_to(placeholder.trim(), SHOWN_LIMIT);
        return Some(Outcome::fail(format!("{who}, but '{placeholder}' is no evidence.")));
    }
    if asked.policy.evidence_required && claim.evidence.is_none() {
        return Some(Outcome::fail(format!("{who}, but the policy requires evidence, and the claim has none.")));
    }
    let (earliest, _) = meant(&claim.at)?;
    (earliest > now + CLOCK_TOLERANCE)
        .then(|| Outcome::unproven(format!("{who}, at {}, which is in the future.", claim.at)))
}
