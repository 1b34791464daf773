//! The flow: what changed, whether it needs a decision, which decisions are named, what becomes of each.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use super::coverage::{Coverage, Scope};
use super::findings::{Findings, Judged};
use super::high_impact::{self, Hit};
use super::judge::{self, Judge, Question, Verdict};
use super::linked::Targets;
use super::provider::Known;
use super::range::ChangeRange;
use super::{Approval, Provider, Reference, References, Validation, own_version};
use crate::git::{Change, Diff, Repository, Side, text_of};
use crate::model::names::{CLAIMS_FOLDER, RELEASE_FILE};

/// How many references are validated, and records judged, at a time.
const SIDE_BY_SIDE: usize = 8;

/// How many records are judged that nobody named.
const IN_SCOPE_LIMIT: usize = 20;

/// What kind of thing a mode stands for.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const GITLINK: u32 = 0o160_000;

/// The category of a submodule whose path says nothing: other code comes in.
const SUBMODULE: &str = "dependencies";

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
    /// Whether records count that nobody names, for the files in their scope.
    pub scoped: bool,
    /// The folder of release.yaml, where the change is a release: what every release changes does not count.
    pub release: Option<Vec<u8>>,
}

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
            findings.warnings.extend(findings.validations.iter().filter_map(Validation::warning));
        }
        let left_out: HashSet<&[u8]> = findings.left_out.iter().map(|(path, _)| path.as_slice()).collect();
        let paths: Vec<_> = paths.iter().map(|(path, _)| *path).filter(|path| !left_out.contains(path)).collect();
        self.weigh(&Weighed { ends: &ends, changes: &changes, paths: &paths }, &mut findings);
        findings
    }

    /// What decisions say that nobody named, and what the judge says.
    fn weigh(&self, change: &Weighed<'_>, findings: &mut Findings) {
        let known = self.known(findings);
        let coverage = known.as_ref().map(Coverage::of);
        if let (Some(known), Some(coverage)) = (&known, &coverage) {
            findings.excuse(coverage);
            if findings.missing().is_some() && known.accepted.iter().any(|(_, one)| one.only_warns()) {
                findings.warnings.extend(known.unclear.iter().map(|record| record.why.clone()));
            }
        }
        let scoped = coverage.as_ref().filter(|_| self.scoped);
        let in_scope = scoped.map(|coverage| coverage.in_scope(change.paths.iter().copied())).unwrap_or_default();
        findings.in_scope =
            in_scope.iter().map(|(_, reference, approval)| ((*reference).clone(), approval.enforcement)).collect();
        for warning in in_scope.iter().filter_map(|(_, reference, approval)| approval.warning(reference)) {
            if !findings.warnings.contains(&warning) {
                findings.warnings.push(warning);
            }
        }
        if let Some(known) = known.as_ref().filter(|_| self.scoped) {
            unclear(known, change, findings);
        }
        self.empty_scopes(known.as_ref(), change, findings);
        if findings.blocked().is_none() {
            self.judge(change, coverage.as_ref(), &in_scope, findings);
        }
    }

    /// All decisions, where it matters what they are.
    fn known(&self, findings: &mut Findings) -> Option<Known> {
        let any_warns = findings.validations.iter().any(|one| one.result.as_ref().is_ok_and(Approval::only_warns));
        if !self.scoped && !any_warns && findings.missing().is_none() {
            return None;
        }
        match self.provider.known() {
            Ok(known) => Some(known),
            Err(why) if self.scoped => {
                findings.unproven.push(format!("decision.scoped: {why}"));
                None
            }
            // It was said of each reference, and without one there is nothing that could loosen.
            Err(_) => None,
        }
    }

    /// Warns of scopes in which nothing is: of every record where scopes count, else of the referenced ones.
    fn empty_scopes(&self, known: Option<&Known>, change: &Weighed<'_>, findings: &mut Findings) {
        let named = findings.validations.iter().filter_map(|one| Some((&one.reference, one.result.as_ref().ok()?)));
        let all = known.filter(|_| self.scoped).map(|known| known.accepted.iter().map(|(id, one)| (id, one)));
        let records: Vec<_> = all.map_or_else(|| named.collect(), Iterator::collect);
        let scopes = records.into_iter().filter_map(|(id, one)| Some((id, one.scope.as_deref()?)));
        let mut empty: Vec<_> = scopes.map(|(id, globs)| (id, globs, Scope::of(Some(globs)))).collect();
        empty.retain(|(_, _, scope)| !change.paths.iter().any(|path| scope.covers(path)));
        if empty.is_empty() {
            return;
        }
        match self.repository.changes(None, &change.ends.head) {
            Ok(files) => empty.retain(|(_, _, scope)| !files.iter().any(|file| scope.covers(&file.path))),
            Err(why) => {
                findings.warnings.push(format!("scopes were not compared with the files that are there: {why}"))
            }
        }
        let warnings = empty.into_iter().map(|(id, globs, _)| {
            format!("{}: its scope matches no file of the repository: {}", id.id(), globs.join(", "))
        });
        let warnings: Vec<_> = warnings.collect();
        findings.warnings.extend(warnings);
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
        let is_claim =
            |path: &[u8]| path.strip_prefix(CLAIMS_FOLDER.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
        if below.is_some_and(is_claim) && change.new.is_none_or(is_regular) {
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

    /// Asks about the last reference that is valid, and about the records in whose scope the change lies.
    fn judge(
        &self,
        change: &Weighed<'_>,
        coverage: Option<&Coverage<'_>>,
        in_scope: &[(&Scope, &Reference, &Approval)],
        findings: &mut Findings,
    ) {
        let Some(judge) = self.judge else { return };
        let valid = findings.validations.iter().rev().find_map(|one| Some((&one.reference, one.result.as_ref().ok()?)));
        let only_warnings =
            coverage.is_some_and(|all| findings.high_impact.iter().all(|hit| all.warning_for(&hit.path).is_some()));
        let named = valid.map(|(reference, approval)| {
            // A warning of the one that was named last must not stand for the others.
            let warns = approval.only_warns() && only_warnings;
            Asked { reference, approval, scope: None, warns }
        });
        let is_named =
            |approval: &Approval| named.as_ref().is_some_and(|named| named.approval.source == approval.source);
        let others = in_scope.iter().filter(|(_, _, approval)| !is_named(approval));
        let others = others.map(|(scope, reference, approval)| Asked {
            reference,
            approval,
            scope: Some(*scope),
            warns: approval.only_warns(),
        });
        let mut others: Vec<_> = others.collect();
        let not_asked = others.split_off(others.len().min(IN_SCOPE_LIMIT));
        let asked: Vec<_> = named.into_iter().chain(others).collect();
        if asked.is_empty() {
            return;
        }
        let mut warnings = Vec::new();
        let diff = self.question(change.changes, &findings.high_impact, &mut warnings);
        if !not_asked.is_empty() {
            let ids: Vec<_> = not_asked.iter().map(|one| one.reference.id()).collect();
            let first = format!("the change lies in the scope of more than {IN_SCOPE_LIMIT} records");
            warnings.push(format!("{first}; the judge was not asked about {}", ids.join(", ")));
        }
        findings.judged = side_by_side(
            &asked,
            |one| {
                let start = Instant::now();
                let verdict = self.ask(judge, one, &diff, change);
                one.judged(verdict, self.min_confidence, start.elapsed())
            },
            |one| one.judged(Err(STOPPED.to_owned()), None, Duration::ZERO),
        );
        findings.judged.iter_mut().for_each(|judged| judged.confidence_from.clone_from(&self.confidence_from));
        findings.warnings.append(&mut warnings);
    }

    fn ask(
        &self,
        judge: &dyn Judge,
        asked: &Asked<'_>,
        diff: &Result<Diff, String>,
        change: &Weighed<'_>,
    ) -> Result<Verdict, String> {
        let diff = diff.as_ref().map_err(Clone::clone)?;
        let is_shown = |path: &&[u8]| !diff.left_out.iter().any(|(left_out, _)| left_out == path);
        let sees = |scope: &Scope| change.paths.iter().filter(|path| scope.covers(path)).any(is_shown);
        if asked.scope.is_some_and(|scope| !sees(scope)) && !self.partial_warns {
            return Err("none of the files in its scope would be reviewed".to_owned());
        }
        judge.ask(&Question {
            diff: &diff.text,
            truncated: diff.truncated,
            base: &change.ends.base,
            head: &change.ends.head,
            reference: asked.reference,
            record_text: asked.approval.text.as_deref(),
        })
    }

    /// The diff that the judge gets to see. A verdict on text that was not shown proves nothing.
    fn question(&self, changes: &[Change], high_impact: &[Hit], warnings: &mut Vec<String>) -> Result<Diff, String> {
        let diff = self.repository.diff(changes).map_err(|why| format!("the diff could not be made: {why}"))?;
        let unseen = diff.left_out.iter().find(|(path, _)| high_impact.iter().any(|hit| hit.path == *path));
        let partial = match (diff.truncated, unseen) {
            (true, _) => Some("the diff exceeds 2 MiB, so not all of it would be reviewed".to_owned()),
            (false, Some((path, why))) => Some(format!("{} would not be reviewed: {why}", text_of(path))),
            (false, None) => None,
        };
        warnings.extend(
            diff.left_out.iter().map(|(path, why)| format!("not shown to the judge: {} ({why})", text_of(path))),
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

/// The change as decisions are compared with it.
struct Weighed<'a> {
    ends: &'a ChangeRange,
    changes: &'a [Change],
    /// What is changed, without what does not count.
    paths: &'a [&'a [u8]],
}

/// A decision that the judge is asked about.
struct Asked<'a> {
    reference: &'a Reference,
    approval: &'a Approval,
    /// The files for which it counts, where nobody named it.
    scope: Option<&'a Scope>,
    /// Whether a refusal is a warning.
    warns: bool,
}

impl Asked<'_> {
    /// Without a verdict nothing is known of the change: that blocks, however firm the decision is.
    fn judged(&self, verdict: Result<Verdict, String>, min_confidence: Option<f64>, took: Duration) -> Judged {
        let outcome = match &verdict {
            Ok(verdict) => match judge::outcome(verdict, min_confidence) {
                judge::Outcome::Blocked(why) if self.warns => judge::Outcome::Warned(why),
                outcome => outcome,
            },
            Err(why) => judge::Outcome::Blocked(why.clone()),
        };
        let (reference, in_scope) = (self.reference.clone(), self.scope.is_some());
        Judged { reference, in_scope, outcome, confidence_from: None, verdict: verdict.ok(), took }
    }
}

const STOPPED: &str = "the look-up stopped unexpectedly; this is a defect in delivery-gate";

fn validate(provider: &dyn Provider, references: &[Reference]) -> Vec<Validation> {
    let one = |reference: &Reference, result, took| Validation { reference: reference.clone(), result, took };
    side_by_side(
        references,
        |reference| {
            let start = Instant::now();
            let result = provider.validate(reference);
            one(reference, result, start.elapsed())
        },
        |reference| one(reference, Err(STOPPED.to_owned()), Duration::ZERO),
    )
}

/// The answer to each question, in order; `lost` is that to one whose thread panicked.
fn side_by_side<Q: Sync, A: Send>(questions: &[Q], ask: impl Fn(&Q) -> A + Sync, lost: impl Fn(&Q) -> A) -> Vec<A> {
    let groups = questions.chunks(SIDE_BY_SIDE).flat_map(|group| {
        thread::scope(|scope| {
            let asked: Vec<_> = group.iter().map(|question| (question, scope.spawn(|| ask(question)))).collect();
            let answers = asked.into_iter().map(|(question, answer)| answer.join().unwrap_or_else(|_| lost(question)));
            answers.collect::<Vec<_>>()
        })
    });
    groups.collect()
}

/// A record that may be accepted and may cover the change leaves open what it asks for. A change of records alone may mend it.
fn unclear(known: &Known, change: &Weighed<'_>, findings: &mut Findings) {
    let is_record = |path: &[u8]| {
        known
            .folders
            .iter()
            .any(|folder| path.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.starts_with(b"/")))
    };
    for record in known.unclear.iter().filter(|record| record.is_scoped) {
        let scope = Scope::of(record.scope.as_deref());
        let mut others = change.paths.iter().filter(|path| !is_record(path));
        if others.any(|path| scope.covers(path)) {
            let mend = "with decision.scoped it may cover this change; mend it first, in a change of records alone";
            findings.unproven.push(format!("{}; {mend}", record.why));
        } else {
            findings.warnings.push(record.why.clone());
        }
    }
}

/// A decision without a scope covers everything.
fn uncovered(high_impact: &[Hit], validations: &[Validation]) -> Vec<Vec<u8>> {
    let valid = validations.iter().filter_map(|valid| valid.result.as_ref().ok());
    let scopes: Vec<_> = valid.map(|approval| Scope::of(approval.scope.as_deref())).collect();
    let misses = |hit: &&Hit| !scopes.is_empty() && !scopes.iter().any(|scope| scope.covers(&hit.path));
    high_impact.iter().filter(misses).map(|hit| hit.path.clone()).collect()
}
