//! Running checks and gates: what only looks at once, then what acts, in order. Whatever happens inside one stays that one's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::checks::{Check, Stage};
use crate::model::{Caution, Kind, Outcome, Row, Status, Unproven};
use crate::records::OnFail;
use crate::world::World;

/// Somebody who is told of each check: the progress line, the store of records.
pub trait Observer: Sync {
    /// A check begins.
    fn began(&self, _check: &dyn Check) {}

    /// It has ended with a row, to which the observer may add what it kept of it.
    ///
    /// # Errors
    /// What should have been kept was not: nothing is a GO then.
    fn ended(&self, _check: &dyn Check, _row: &mut Row) -> Result<(), Unrecorded> {
        Ok(())
    }
}

/// Why the record of a row could not be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded(pub String);

/// How checks are run.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    /// How many of those that act beside each other run at once, at least 1.
    pub jobs: usize,
    /// Told of each check, in this order.
    pub observers: &'a [&'a dyn Observer],
}

/// What one check came to.
#[derive(Debug, Clone)]
pub struct GateResult {
    /// Its row in the report.
    pub row: Row,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// Why its record could not be kept, when it was wanted: nothing is a GO then.
    pub unrecorded: Option<String>,
}

type Boxed<'c> = Box<dyn Check + 'c>;

/// Runs every check and returns what each came to, in their order.
#[must_use]
pub(crate) fn run(checks: &[Boxed<'_>], world: &World, how: &How<'_>) -> Vec<GateResult> {
    let run = Run { world, how };
    let numbered: Vec<_> = checks.iter().map(AsRef::as_ref).enumerate().collect();
    let (look, later): (Vec<Numbered<'_>>, Vec<_>) =
        numbered.into_iter().partition(|(_, check)| matches!(check.stage(), Stage::Look | Stage::LookLong));
    let (ask, act): (Vec<Numbered<'_>>, Vec<_>) = later.into_iter().partition(|(_, check)| check.stage() == Stage::Ask);
    let mut found = run.looks(&look);
    found.extend(run.asks(&ask, &held(checks, &found)));
    let beside = |a: &Numbered<'_>, b: &Numbered<'_>| [a, b].iter().all(|(_, check)| check.stage() == Stage::ActBeside);
    for group in act.chunk_by(beside) {
        found.extend(run.group(group));
    }
    found.sort_by_key(|(at, _)| *at);
    let confirmed = checks.iter().zip(found).map(|(check, (_, looked))| run.row(check.as_ref(), looked));
    confirmed.collect()
}

type Numbered<'c> = (usize, &'c dyn Check);

/// What a check found, and how long it took in milliseconds; for one that keeps a record, its row, made at once.
enum Looked {
    Found(Outcome, f64),
    Kept(GateResult),
}

struct Run<'a> {
    world: &'a World,
    how: &'a How<'a>,
}

impl Run<'_> {
    /// What takes time gets a thread, and everything else is looked at meanwhile.
    fn looks(&self, checks: &[Numbered<'_>]) -> Vec<(usize, Looked)> {
        thread::scope(|scope| {
            let (long, short): (Vec<_>, Vec<_>) =
                checks.iter().copied().partition(|(_, check)| check.stage() == Stage::LookLong);
            let spawned = long.into_iter().map(|(at, check)| (at, scope.spawn(move || self.timed(check))));
            let running: Vec<_> = spawned.collect();
            let mut found: Vec<_> = short.into_iter().map(|(at, check)| (at, self.timed(check))).collect();
            let joined = running.into_iter();
            found.extend(
                joined.map(|(at, thread)| (at, thread.join().unwrap_or_else(|_| (stopped(Stage::LookLong), 0.0)))),
            );
            found.into_iter().map(|(at, (outcome, took))| (at, Looked::Found(outcome, took))).collect()
        })
    }

    /// One after the other, each told what holds the release by then.
    fn asks(&self, checks: &[Numbered<'_>], held: &[String]) -> Vec<(usize, Looked)> {
        let ask = |(at, check): &Numbered<'_>| {
            let (outcome, took) = timed(*check, || check.look_after(self.world, held));
            (*at, Looked::Found(outcome, took))
        };
        checks.iter().map(ask).collect()
    }

    /// Every check of a group runs, however many there are; threads take the next one as they get free.
    fn group(&self, group: &[Numbered<'_>]) -> Vec<(usize, Looked)> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        let work = || {
            while let Some((at, check)) = group.get(next.fetch_add(1, Ordering::Relaxed)) {
                let ended = self.act(*check);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((*at, Looked::Kept(ended)));
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.how.jobs.min(group.len()) {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(&self, check: &dyn Check) -> GateResult {
        self.how.observers.iter().for_each(|observer| observer.began(check));
        let (outcome, took) = self.timed(check);
        let mut ended = ended(check, outcome, took);
        let unrecorded = self.how.observers.iter().filter_map(|observer| observer.ended(check, &mut ended.row).err());
        ended.unrecorded = unrecorded.map(|Unrecorded(why)| why).reduce(|first, _| first);
        ended
    }

    fn timed(&self, check: &dyn Check) -> (Outcome, f64) {
        timed(check, || check.look(self.world))
    }

    fn row(&self, check: &dyn Check, looked: Looked) -> GateResult {
        match looked {
            Looked::Kept(ended) => ended,
            Looked::Found(outcome, took) => ended(check, guarded(check, || check.confirm(self.world, outcome)), took),
        }
    }
}

/// The ids of the AUTO checks that hold the release, of those that have looked.
fn held(checks: &[Boxed<'_>], found: &[(usize, Looked)]) -> Vec<String> {
    let holds = |(at, looked): &(usize, Looked)| {
        let check = checks.get(*at)?;
        let Looked::Found(outcome, _) = looked else { return None };
        let identity = check.identity();
        let is_held = outcome.status.holds() && check.on_fail() == OnFail::Block && identity.kind == Kind::Auto;
        is_held.then(|| identity.id.into_owned())
    };
    found.iter().filter_map(holds).collect()
}

fn timed(check: &dyn Check, look: impl FnOnce() -> Result<Outcome, Unproven>) -> (Outcome, f64) {
    let start = Instant::now();
    let outcome = guarded(check, || look().unwrap_or_else(Outcome::from));
    (outcome, start.elapsed().as_secs_f64() * 1000.0)
}

fn guarded(check: &dyn Check, look: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| stopped(check.stage()))
}

fn stopped(stage: Stage) -> Outcome {
    Outcome::unproven(match stage {
        Stage::Look | Stage::LookLong | Stage::Ask => {
            "the check stopped unexpectedly; this is a defect in delivery-gate, please report it"
        }
        Stage::Act | Stage::ActBeside => "the gate stopped unexpectedly; this is a defect in its type",
    })
}

/// The row of an outcome, as far as the check lets it hold the release.
fn ended(check: &dyn Check, outcome: Outcome, duration_ms: f64) -> GateResult {
    let (identity, on_fail) = (check.identity(), check.on_fail());
    let (status, detail) = match (on_fail, outcome.status) {
        (OnFail::Warn, Status::Fail | Status::Unproven) => {
            (Status::Warn(Caution::Excused), format!("{}: {}", outcome.status.label(), outcome.detail))
        }
        (_, status) => (status, outcome.detail),
    };
    let row = Row {
        id: identity.id.into_owned(),
        title: identity.title.into_owned(),
        kind: identity.kind,
        status,
        blocking: on_fail != OnFail::Report,
        detail,
        below: outcome.below,
        source: outcome.source,
        findings: outcome.findings,
        metrics: outcome.metrics,
        evidence: outcome.evidence,
        excuse: None,
        duration_ms,
    };
    GateResult { row, warnings: outcome.warnings, unrecorded: None }
}
