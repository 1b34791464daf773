//! The flow: what changed, whether it needs a decision, which decisions are named, what becomes of each.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use super::high_impact::{self, Hit};
use super::judge::{self, Judge, Question, Verdict};
use super::linked::Targets;
use super::range::ChangeRange;
use super::{Provider, Reference, References, Validation, own_version};
use crate::git::{Change, Repository, Side};
use crate::model::names::RELEASE_FILE;
use crate::world::glob;

/// How many references are validated at a time.
const SIDE_BY_SIDE: usize = 8;

/// What kind of thing a mode stands for.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const GITLINK: u32 = 0o160_000;

/// The category of a submodule whose path says nothing: other code comes in.
const SUBMODULE: &str = "dependencies";

/// Where claims of a release are kept, beside release.yaml.
const CLAIMS: &[u8] = b".delivery-gate/claims/";

/// The largest file that is looked through for the project's own version, in bytes.
const FILE_LIMIT: u64 = 32 << 20;

/// What the gate needs to know of the change and of the project.
pub(crate) struct Gate<'a> {
    /// Where the change is.
    pub repository: &'a Repository,
    /// What is high-impact here.
    pub policy: high_impact::Policy,
    /// Who knows decisions.
    pub provider: &'a dyn Provider,
    /// Who compares the change with the decision, when that is asked for.
    pub judge: Option<&'a dyn Judge>,
    /// What confidence a verdict needs.
    pub min_confidence: Option<f64>,
    /// The variable that says so, as `VARIABLE=value`.
    pub confidence_from: Option<String>,
    /// Whether a verdict on a part of the change is taken.
    pub partial_warns: bool,
    /// The folder of release.yaml, where the change is a release: what every release changes does not count.
    pub release: Option<Vec<u8>>,
}

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
    /// What the judge came to, when it was asked.
    pub judged: Option<Judged>,
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
        if !self.required() {
            return None;
        }
        if self.references.is_empty() {
            return Some(self.add_a_reference());
        }
        if !self.any_valid() {
            return Some("no referenced decision is approved".to_owned());
        }
        if let Some(path) = self.uncovered.first() {
            let more = match self.uncovered.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            return Some(format!("no valid decision covers {}{more}", crate::git::text_of(path)));
        }
        match self.judged.as_ref().map(|judged| &judged.outcome) {
            Some(judge::Outcome::Blocked(why)) => Some(format!("judge: {why}")),
            _ => None,
        }
    }
}

/// What to do when nothing is named.
const ADD_A_REFERENCE: &str = "no decision is referenced; add `decern:<id>` or `ADR-<number>` to the title or the text \
                               of the pull request, or to a commit message";

impl Gate<'_> {
    /// Runs the flow on a change, with the texts in which its author may have named decisions.
    #[must_use]
    pub(crate) fn run(&self, ends: ChangeRange, references: References) -> Findings {
        let mut findings = Findings::default();
        let start = Instant::now();
        findings.warnings.extend(ends.named.note.clone());
        let changes = self.changes(&ends);
        let ends = findings.ends.insert(ends).clone();
        let changes = match changes {
            Ok(changes) if changes.is_empty() => {
                findings
                    .unproven
                    .push("no file was changed between base and head: there is nothing to judge".to_owned());
                return findings;
            }
            Ok(changes) => changes,
            Err(why) => {
                findings.unproven.push(why);
                return findings;
            }
        };
        let mut paths: Vec<_> = changes.iter().map(|change| (change.path.as_slice(), is_folder(change))).collect();
        paths.dedup_by(|next, kept| {
            kept.1 |= next.0 == kept.0 && next.1;
            next.0 == kept.0
        });
        findings.changed = paths.len();
        let hits = match self.hits(&paths, &changes, &ends) {
            Ok(hits) => hits,
            Err(why) => {
                findings.unproven.push(why);
                return findings;
            }
        };
        (findings.ignored, findings.high_impact) = hits.into_iter().partition(|hit| hit.ignored_by.is_some());
        self.leave_out(&changes, &mut findings);
        findings.took = start.elapsed();
        if findings.required() {
            findings.references = references.claimed;
            findings.named = references.named;
            findings.provider = self.provider.name();
            findings.validations = validate(self.provider, &findings.references);
            findings.uncovered = uncovered(&findings.high_impact, &findings.validations);
            findings.warnings.extend(findings.validations.iter().filter_map(warning));
            if findings.any_valid() && findings.uncovered.is_empty() {
                self.judge(&ends, &changes, &mut findings);
            }
        }
        findings
    }

    /// What differs from any of the commits that the change is compared with, by path.
    fn changes(&self, ends: &ChangeRange) -> Result<Vec<Change>, String> {
        if ends.compared.is_empty() {
            return self.repository.changes(None, &ends.head);
        }
        let mut changes = Vec::new();
        for base in &ends.compared {
            changes.extend(self.repository.changes(Some(base), &ends.head)?);
        }
        if ends.compared.len() > 1 {
            changes.sort_by(|one, two| one.path.cmp(&two.path));
            changes.dedup();
        }
        Ok(changes)
    }

    /// The high-impact paths: those that a rule names, submodules, and what links of high-impact lead to.
    fn hits(&self, paths: &[(&[u8], bool)], changes: &[Change], ends: &ChangeRange) -> Result<Vec<Hit>, String> {
        let mut hits = self.policy.hits(paths.iter().copied());
        let named: HashSet<Vec<u8>> = hits.iter().map(|hit| hit.path.clone()).collect();
        let others = || changes.iter().filter(|change| !named.contains(&change.path));
        let submodules = others().filter(|change| is_submodule(change)).map(|change| (change, SUBMODULE));
        let mut found: BTreeMap<&[u8], &str> =
            submodules.map(|(change, what)| (change.path.as_slice(), what)).collect();
        if others().next().is_some() {
            let links = self.repository.links(&ends.head)?;
            let targets = Targets::of(&links, &self.policy);
            let linked = others().filter_map(|change| Some((change.path.as_slice(), targets.category(&change.path)?)));
            found.extend(linked);
            hits.extend(found.into_iter().map(|(path, category)| self.policy.hit(path, category)));
        }
        hits.sort_by(|one, two| one.path.cmp(&two.path));
        Ok(hits)
    }

    /// Takes out what every release changes.
    fn leave_out(&self, changes: &[Change], findings: &mut Findings) {
        let Some(dir) = &self.release else { return };
        let hits = std::mem::take(&mut findings.high_impact);
        for hit in hits {
            let mut of_it = changes.iter().filter(|change| change.path == hit.path);
            let first = of_it.clone().next().and_then(|change| self.differs_only_in(change, dir));
            match first.filter(|_| of_it.all(|change| self.differs_only_in(change, dir).is_some())) {
                Some(what) => findings.left_out.push((hit.path, what)),
                None => findings.high_impact.push(hit),
            }
        }
    }

    fn differs_only_in(&self, change: &Change, dir: &[u8]) -> Option<&'static str> {
        let below = change.path.strip_prefix(dir).map(|rest| rest.strip_prefix(b"/").unwrap_or(rest));
        let is_regular = |side: Side| side.mode & TYPE == REGULAR;
        if below.is_some_and(|path| path.starts_with(CLAIMS)) && change.new.is_none_or(is_regular) {
            return Some("claims");
        }
        let (old, new) = (change.old?, change.new?);
        let name =
            memchr::memrchr(b'/', &change.path).map_or(change.path.as_slice(), |slash| &change.path[slash + 1..]);
        if old.mode != new.mode || (name == RELEASE_FILE.as_bytes() && below != Some(name)) {
            return None;
        }
        let read = |side: Side| self.repository.content_of(side, FILE_LIMIT);
        own_version::only(str::from_utf8(name).ok()?, &read(old)?, &read(new)?)
    }

    fn judge(&self, ends: &ChangeRange, changes: &[Change], findings: &mut Findings) {
        let Some(judge) = self.judge else { return };
        let valid = findings.validations.iter().rev().find(|validation| validation.result.is_ok());
        let Some((reference, Ok(approval))) = valid.map(|valid| (&valid.reference, &valid.result)) else { return };
        let mut warnings = Vec::new();
        let start = Instant::now();
        let asked = self.question(changes, &findings.high_impact, &mut warnings).and_then(|diff| {
            judge.ask(&Question {
                diff: &diff.text,
                truncated: diff.truncated,
                base: &ends.base,
                head: &ends.head,
                reference,
                record_text: approval.text.as_deref(),
            })
        });
        let outcome = match &asked {
            Ok(verdict) => judge::outcome(verdict, self.min_confidence),
            Err(why) => judge::Outcome::Blocked(why.clone()),
        };
        let (reference, confidence_from) = (reference.clone(), self.confidence_from.clone());
        findings.judged =
            Some(Judged { reference, outcome, confidence_from, verdict: asked.ok(), took: start.elapsed() });
        findings.warnings.append(&mut warnings);
    }

    /// The diff that the judge gets to see. A verdict on text that was not shown proves nothing.
    fn question(
        &self,
        changes: &[Change],
        high_impact: &[Hit],
        warnings: &mut Vec<String>,
    ) -> Result<crate::git::Diff, String> {
        let diff = self.repository.diff(changes).map_err(|why| format!("the diff could not be made: {why}"))?;
        let unseen = diff.left_out.iter().find(|(path, _)| high_impact.iter().any(|hit| hit.path == *path));
        let partial = match (diff.truncated, unseen) {
            (true, _) => Some("the diff exceeds 2 MiB, so not all of it would be reviewed".to_owned()),
            (false, Some((path, why))) => Some(format!("{} would not be reviewed: {why}", crate::git::text_of(path))),
            (false, None) => None,
        };
        warnings.extend(
            diff.left_out
                .iter()
                .map(|(path, why)| format!("not shown to the judge: {} ({why})", crate::git::text_of(path))),
        );
        match partial {
            Some(why) if !self.partial_warns => return Err(why),
            Some(why) => warnings.push(format!("judge_partial: {why}")),
            None => {}
        }
        if diff.text.is_empty() {
            return Err("the diff is empty though files changed".to_owned());
        }
        Ok(diff)
    }
}

fn is_submodule(change: &Change) -> bool {
    [change.old, change.new].iter().flatten().any(|side| side.mode & TYPE == GITLINK)
}

/// A submodule or a link may stand for a folder.
fn is_folder(change: &Change) -> bool {
    let other = |side: Option<Side>| side.is_some_and(|side| side.mode & TYPE != REGULAR);
    other(change.old) || other(change.new)
}

fn validate(provider: &dyn Provider, references: &[Reference]) -> Vec<Validation> {
    let one = |reference: &Reference| {
        let start = Instant::now();
        Validation { reference: reference.clone(), result: provider.validate(reference), took: start.elapsed() }
    };
    let groups = references.chunks(SIDE_BY_SIDE).flat_map(|group| {
        thread::scope(|scope| {
            let asked: Vec<_> = group.iter().map(|reference| (reference, scope.spawn(|| one(reference)))).collect();
            let answers = asked.into_iter().map(|(reference, answer)| {
                answer.join().unwrap_or_else(|_| Validation {
                    reference: reference.clone(),
                    result: Err("the look-up stopped unexpectedly; this is a defect in delivery-gate".to_owned()),
                    took: Duration::ZERO,
                })
            });
            answers.collect::<Vec<_>>()
        })
    });
    groups.collect()
}

/// A decision without a scope covers everything.
fn uncovered(high_impact: &[Hit], validations: &[Validation]) -> Vec<Vec<u8>> {
    let scopes: Vec<_> =
        validations.iter().filter_map(|valid| valid.result.as_ref().ok()).map(|ok| &ok.scope).collect();
    if scopes.iter().any(|scope| scope.is_none()) || scopes.is_empty() {
        return Vec::new();
    }
    let globs: Vec<_> = scopes.into_iter().flatten().flatten().filter_map(|glob| glob::narrow(glob).ok()).collect();
    let covered = |hit: &&Hit| !globs.iter().any(|glob| glob.is_match(crate::git::text_of(&hit.path)));
    high_impact.iter().filter(covered).map(|hit| hit.path.clone()).collect()
}

fn warning(validation: &Validation) -> Option<String> {
    let warning = validation.result.as_ref().ok()?.warning.as_ref()?;
    Some(format!("{}: {warning}", validation.reference.id()))
}
