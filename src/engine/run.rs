//! Running checks side by side; whatever happens inside one stays that one's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use crate::checks::context::Context;
use crate::checks::{Check, Stage};
use crate::model::Outcome;
use crate::model::Row;

/// Runs every check and returns the rows in the checks' order, and the warnings they raised.
#[must_use]
pub fn run(checks: &[Box<dyn Check>], context: &Context) -> (Vec<Row>, Vec<String>) {
    let mut found: Vec<(usize, Timed)> = Vec::new();
    for stage in [Stage::Look, Stage::Act] {
        let checks = checks.iter().map(AsRef::as_ref).enumerate();
        let of_stage: Vec<_> = checks.filter(|(_, check)| check.stage() == stage).collect();
        found.extend(side_by_side(&of_stage, context));
    }
    found.sort_by_key(|(at, _)| *at);
    let mut warnings = Vec::new();
    let rows = checks.iter().zip(found).map(|(check, (_, (outcome, duration_ms)))| {
        let mut outcome = guarded(|| check.confirm(context, outcome));
        warnings.append(&mut outcome.warnings);
        row(check.as_ref(), outcome, duration_ms)
    });
    let rows = rows.collect();
    (rows, warnings)
}

/// What a check found, and how long it took in milliseconds.
type Timed = (Outcome, f64);

/// What takes time gets a thread, and everything else is looked at meanwhile.
fn side_by_side(checks: &[(usize, &dyn Check)], context: &Context) -> Vec<(usize, Timed)> {
    thread::scope(|scope| {
        let (long, short): (Vec<_>, Vec<_>) = checks.iter().copied().partition(|(_, check)| check.takes_time());
        let running: Vec<_> =
            long.into_iter().map(|(at, check)| (at, scope.spawn(move || timed(check, context)))).collect();
        let mut found: Vec<_> = short.into_iter().map(|(at, check)| (at, timed(check, context))).collect();
        let joined = running.into_iter();
        found.extend(joined.map(|(at, thread)| (at, thread.join().unwrap_or_else(|_| (stopped(), 0.0)))));
        found
    })
}

fn timed(check: &dyn Check, context: &Context) -> Timed {
    let start = Instant::now();
    let outcome = guarded(|| check.run(context));
    (outcome, start.elapsed().as_secs_f64() * 1000.0)
}

fn guarded(look: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| stopped())
}

fn stopped() -> Outcome {
    Outcome::unproven("the check stopped unexpectedly; this is a defect in delivery-gate, please report it")
}

fn row(check: &dyn Check, outcome: Outcome, duration_ms: f64) -> Row {
    let identity = check.identity();
    Row {
        id: identity.id.into_owned(),
        title: identity.title.into_owned(),
        kind: identity.kind,
        status: outcome.status,
        blocking: check.blocking() || outcome.holds_all_the_same,
        detail: outcome.detail,
        source: outcome.source,
        findings: outcome.findings,
        metrics: outcome.metrics,
        evidence: outcome.evidence,
        duration_ms: outcome.took_ms.unwrap_or(duration_ms),
    }
}
