//! Running checks side by side; whatever happens inside one stays that one's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use super::{Check, Outcome};
use crate::context::Context;
use crate::report::{Kind, Row};

/// Runs every check and returns the rows in the checks' order, and the warnings they raised.
#[must_use]
pub fn run(checks: &[Box<dyn Check>], context: &Context) -> (Vec<Row>, Vec<String>) {
    let first = side_by_side(checks, context);
    let mut warnings = Vec::new();
    let rows = checks.iter().zip(first).map(|(check, (outcome, duration_ms))| {
        let mut outcome = guarded(|| check.confirm(context, outcome));
        warnings.append(&mut outcome.warnings);
        row(check.as_ref(), outcome, duration_ms)
    });
    let rows = rows.collect();
    (rows, warnings)
}

/// AUTO checks look at files, git and, some, the network: each gets a thread. A claim is read where it stands.
fn side_by_side(checks: &[Box<dyn Check>], context: &Context) -> Vec<(Outcome, f64)> {
    thread::scope(|scope| {
        let running: Vec<_> = checks
            .iter()
            .map(|check| match check.identity().kind {
                Kind::Auto => Err(scope.spawn(|| timed(check.as_ref(), context))),
                Kind::Attested => Ok(timed(check.as_ref(), context)),
            })
            .collect();
        let joined = running.into_iter().map(|result| match result {
            Ok(done) => done,
            Err(thread) => thread.join().unwrap_or_else(|_| (stopped(), 0.0)),
        });
        joined.collect()
    })
}

fn timed(check: &dyn Check, context: &Context) -> (Outcome, f64) {
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
        blocking: check.blocking(),
        detail: outcome.detail,
        source: outcome.source,
        metrics: outcome.metrics,
        evidence: outcome.evidence,
        duration_ms,
    }
}
