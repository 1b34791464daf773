//! Metrics read by kind: a wrong one is an error, never a default.

use serde_json::Value;

use super::json::kind;
use crate::model::Metrics;

/// A count: a whole number of 0 or more.
pub(crate) fn count(metrics: &Metrics, name: &str) -> Result<Option<u64>, String> {
    of_kind(metrics, name, "a whole number of 0 or more", Value::as_u64)
}

/// A number of 0 or more.
pub(crate) fn amount(metrics: &Metrics, name: &str) -> Result<Option<f64>, String> {
    of_kind(metrics, name, "a number of 0 or more", |value| value.as_f64().filter(|number| *number >= 0.0))
}

/// Any number.
pub(crate) fn number(metrics: &Metrics, name: &str) -> Result<Option<f64>, String> {
    of_kind(metrics, name, "a number", Value::as_f64)
}

/// `true` or `false`.
pub(crate) fn flag(metrics: &Metrics, name: &str) -> Result<Option<bool>, String> {
    of_kind(metrics, name, "true or false", Value::as_bool)
}

/// One flag under two names, which must agree.
pub(crate) fn flag_of_two(metrics: &Metrics, names: [&str; 2]) -> Result<Option<bool>, String> {
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
}
