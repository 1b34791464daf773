//! What a command printed, as metrics: read by kind, and never trusted over its exit code.

use serde_json::Value;

use super::gate::{Job, Judgement};
use crate::model::Metrics;
use crate::model::names::THRESHOLDS_FROM;
use crate::model::problem::Problem;

/// The name under which the runner puts a command's exit code.
pub(super) const EXIT_CODE: &str = "exit_code";

/// A good judgement does not outlive an exit code that says otherwise.
pub(super) fn with_exit(metrics: &Metrics, judgement: Judgement) -> Judgement {
    let good = matches!(judgement, Judgement::Pass(_) | Judgement::Amber(_));
    match metrics.get(EXIT_CODE) {
        Some(code) if good && code.as_i64() != Some(0) => {
            Judgement::Fail(format!("what the command printed is good, but it ended with exit code {code}"))
        }
        _ => judgement,
    }
}

/// A judgement of metrics that may be of the wrong kind.
pub(super) fn judged(judgement: Result<Judgement, String>) -> Judgement {
    judgement.unwrap_or_else(Judgement::Unproven)
}

/// Puts among the metrics which thresholds stand in no file, as `VARIABLE=value`: a reader of the report sees them nowhere else.
pub(super) fn name_thresholds(metrics: &mut Metrics, given: impl IntoIterator<Item = Option<(&'static str, String)>>) {
    let named: Vec<Value> = given.into_iter().flatten().map(|(name, value)| format!("{name}={value}").into()).collect();
    if !named.is_empty() {
        metrics.insert(THRESHOLDS_FROM.to_owned(), named.into());
    }
}

/// Holds what `evaluate` was given to what a type reads. What it does not read is refused before anything is looked at,
/// so that nothing else is judged in its place.
pub(super) fn payload_of(job: &Job<'_>, read: impl FnOnce(&Value) -> Result<(), String>) -> Result<(), Vec<Problem>> {
    let Some(why) = job.payload.and_then(|payload| read(payload).err()) else { return Ok(()) };
    Err(vec![Problem::new("--payload", why).help("see what the type reads: delivery-gate explain TYPE")])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metrics(value: Value) -> Metrics {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn an_exit_code_overrules_only_what_is_good() {
        let exit = |code: Value, judgement| with_exit(&metrics(json!({"exit_code": code})), judgement);
        let pass = || Judgement::Pass("fine".into());
        assert_eq!(exit(json!(0), pass()), pass());
        assert_eq!(with_exit(&Metrics::new(), pass()), pass());
        for code in [json!(1), json!(-9), json!(null), json!("0")] {
            assert!(matches!(exit(code.clone(), pass()), Judgement::Fail(_)), "{code}");
            assert_eq!(exit(code, Judgement::Unproven("x".into())), Judgement::Unproven("x".into()));
        }
    }
}
