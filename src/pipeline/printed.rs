//! What a command printed, as metrics: read by kind, and never trusted over its exit code.

use serde_json::Value;

use super::gate::{Judgement, Metrics};
use super::options::kind;

/// The name under which the runner puts a command's exit code.
pub(super) const EXIT_CODE: &str = "exit_code";

/// A count: a whole number of 0 or more.
pub(super) fn count(metrics: &Metrics, name: &str) -> Result<Option<u64>, String> {
    of_kind(metrics, name, "a whole number of 0 or more", Value::as_u64)
}

/// A number of 0 or more.
pub(super) fn amount(metrics: &Metrics, name: &str) -> Result<Option<f64>, String> {
    of_kind(metrics, name, "a number of 0 or more", |value| value.as_f64().filter(|number| *number >= 0.0))
}

/// Any number.
pub(super) fn number(metrics: &Metrics, name: &str) -> Result<Option<f64>, String> {
    of_kind(metrics, name, "a number", Value::as_f64)
}

/// `true` or `false`.
pub(super) fn flag(metrics: &Metrics, name: &str) -> Result<Option<bool>, String> {
    of_kind(metrics, name, "true or false", Value::as_bool)
}

/// One flag under two names, which must agree.
pub(super) fn flag_of_two(metrics: &Metrics, names: [&str; 2]) -> Result<Option<bool>, String> {
    match (flag(metrics, names[0])?, flag(metrics, names[1])?) {
        (Some(one), Some(other)) if one != other => {
            Err(format!("`{}` and `{}` contradict each other", names[0], names[1]))
        }
        (one, other) => Ok(one.or(other)),
    }
}

fn of_kind<T>(
    metrics: &Metrics,
    name: &str,
    what: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(value) = metrics.get(name) else { return Ok(None) };
    read(value).map(Some).ok_or_else(|| format!("`{name}` must be {what}; this is {}", kind(value)))
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metrics(value: Value) -> Metrics {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn another_kind_is_an_error() {
        let found = metrics(json!({"n": 3, "x": -1.5, "b": false, "s": "3", "z": null}));
        assert_eq!(count(&found, "n"), Ok(Some(3)));
        assert_eq!(count(&found, "missing"), Ok(None));
        assert_eq!(number(&found, "x"), Ok(Some(-1.5)));
        assert_eq!(flag(&found, "b"), Ok(Some(false)));
        for name in ["x", "b", "s", "z"] {
            assert!(count(&found, name).is_err(), "{name}");
            assert!(amount(&found, name).is_err(), "{name}");
        }
        for name in ["n", "s", "z"] {
            assert!(flag(&found, name).is_err(), "{name}");
        }
    }

    #[test]
    fn two_names_must_agree() {
        let both = |value| flag_of_two(&metrics(value), ["a", "b"]);
        assert_eq!(both(json!({})), Ok(None));
        assert_eq!(both(json!({"b": true})), Ok(Some(true)));
        assert_eq!(both(json!({"a": false, "b": false})), Ok(Some(false)));
        assert!(both(json!({"a": false, "b": true})).is_err());
        assert!(both(json!({"a": false, "b": null})).is_err());
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
