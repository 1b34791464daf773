//! What the gate found of a change, and what that comes to.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::coverage::Coverage;
use super::high_impact::Hit;
use super::judge::{self, Verdict};
use super::provider::Enforcement;
use super::range::ChangeRange;
use super::{Approval, Reference, Validation};
use crate::git::text_of;

/// What the gate found, as far as it got.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The two ends.
    pub ends: Option<ChangeRange>,
    /// How many paths differ.
    pub changed: usize,
    /// Those that need a decision.
    pub high_impact: Vec<Hit>,
    /// Those that would, had the policy not taken them out.
    pub ignored: Vec<Hit>,
    /// Those that differ in nothing to decide on, and in what they differ.
    pub left_out: Vec<(Vec<u8>, &'static str)>,
    /// Who was asked about them.
    pub provider: &'static str,
    /// What was named, in order.
    pub references: Vec<Reference>,
    /// What was named and not claimed: in a quotation, or in a sentence that denies it.
    pub named: Vec<Reference>,
    /// What the provider said of each.
    pub validations: Vec<Validation>,
    /// High-impact paths that no valid decision covers.
    pub uncovered: Vec<Vec<u8>>,
    /// High-impact paths that no valid decision covers, each with one that does and only warns.
    pub warned: Vec<(Vec<u8>, Reference)>,
    /// The records in whose scope the change lies, where that counts, and how firmly each holds it.
    pub in_scope: Vec<(Reference, Enforcement)>,
    /// What the judge came to of each decision that it was asked about.
    pub judged: Vec<Judged>,
    /// Why parts could not be told.
    pub unproven: Vec<String>,
    /// What a reader should know.
    pub warnings: Vec<String>,
    /// How long it took to tell what changed and what of it is high-impact.
    pub took: Duration,
}

/// The judge's part.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The decision that the change was compared with.
    pub reference: Reference,
    /// Whether nobody named it: the change lies in its scope.
    pub in_scope: bool,
    /// What it came to.
    pub outcome: judge::Outcome,
    /// The variable that says what confidence its verdict needs, as `VARIABLE=value`.
    pub confidence_from: Option<String>,
    /// What the judge answered, when it did.
    pub verdict: Option<Verdict>,
    /// How long that took.
    pub took: Duration,
}

impl Findings {
    /// Nothing could be told.
    #[must_use]
    pub(crate) fn unproven(why: String) -> Self {
        Self { unproven: vec![why], ..Self::default() }
    }

    /// Whether a decision is required.
    #[must_use]
    pub(crate) fn required(&self) -> bool {
        !self.high_impact.is_empty()
    }

    fn add_a_reference(&self) -> String {
        match self.named.first() {
            Some(named) => {
                let id = named.id();
                format!(
                    "{id} is named and not claimed (a quotation, or a sentence that denies it); put `Decision: {id}` on a line of its own at the end"
                )
            }
            None => ADD_A_REFERENCE.to_owned(),
        }
    }

    /// Whether any reference validated.
    #[must_use]
    pub(crate) fn any_valid(&self) -> bool {
        self.validations.iter().any(|validation| validation.result.is_ok())
    }

    /// Why the change may not pass, in one line; `None` when it may.
    #[must_use]
    pub(crate) fn blocked(&self) -> Option<String> {
        if let Some(why) = self.unproven.first() {
            return Some(why.clone());
        }
        self.missing().or_else(|| self.judged.iter().find_map(Judged::blocked))
    }

    /// What the change lacks that needs a decision, in one line.
    #[must_use]
    pub(crate) fn missing(&self) -> Option<String> {
        if self.warned.len() == self.high_impact.len() {
            return None;
        }
        if self.references.is_empty() {
            return Some(self.add_a_reference());
        }
        if !self.any_valid() {
            return Some("no referenced decision is approved".to_owned());
        }
        let (first, more) = first_and_more(self.uncovered.iter())?;
        Some(format!("no valid decision covers {first}{more}"))
    }

    /// Takes out of what is missing the files that are covered by decisions that only warn.
    pub(super) fn excuse(&mut self, coverage: &Coverage<'_>) {
        let uncovered: HashSet<_> = self.uncovered.iter().cloned().collect();
        let wants = |hit: &&Hit| !self.any_valid() || uncovered.contains(&hit.path);
        let wanting = self.high_impact.iter().filter(wants);
        let excused: Vec<_> = wanting.filter_map(|hit| Some((&hit.path, coverage.warning_for(&hit.path)?))).collect();
        let mut of_each: BTreeMap<&Reference, (&Approval, Vec<&Vec<u8>>)> = BTreeMap::new();
        for (path, (reference, approval)) in &excused {
            of_each.entry(reference).or_insert_with(|| (approval, Vec::new())).1.push(path);
        }
        for (reference, (approval, paths)) in of_each {
            let Some((first, more)) = first_and_more(paths.into_iter()) else { continue };
            let id = reference.id();
            self.warnings.push(format!("no valid decision covers {first}{more}; {id} does, with enforcement: warning"));
            self.warnings.extend(approval.warning(reference));
        }
        let warned: Vec<_> =
            excused.iter().map(|(path, (reference, _))| ((*path).clone(), (*reference).clone())).collect();
        let excused: HashSet<_> = warned.iter().map(|(path, _)| path).collect();
        self.uncovered.retain(|path| !excused.contains(path));
        self.warned = warned;
    }
}

impl Judged {
    /// Why the change may not pass, as far as this decision says.
    fn blocked(&self) -> Option<String> {
        match &self.outcome {
            judge::Outcome::Blocked(why) if self.in_scope => Some(format!("judge: {}: {why}", self.reference.id())),
            judge::Outcome::Blocked(why) => Some(format!("judge: {why}")),
            _ => None,
        }
    }
}

/// The first path, and how many there are beside it.
fn first_and_more<'p>(mut paths: impl ExactSizeIterator<Item = &'p Vec<u8>>) -> Option<(String, String)> {
    let first = paths.next()?;
    let more = if paths.len() == 0 { String::new() } else { format!(" and {} more", paths.len()) };
    Some((text_of(first), more))
}

/// What to do when nothing is named.
const ADD_A_REFERENCE: &str = "no decision is referenced; add `decern:<id>` or `ADR-<number>` to the title or the text \
                               of the pull request, or to a commit message";
