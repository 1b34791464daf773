//! Types of gates for tests: a real small `command`, and the names and keys of the others.

use std::sync::Arc;

use super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use super::registry::Registry;
use crate::model::Metrics;
use crate::structured::keys::{Key, Keys, Type};

/// What it does is of no interest here.
struct Named {
    name: &'static str,
    keys: Keys,
}

impl GateType for Named {
    fn name(&self) -> &str {
        self.name
    }

    fn keys(&self) -> Keys {
        self.keys
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let text = |key: &str| Some((key.to_owned(), options.text(key)?.into()));
        let number = |key: &str| Some((key.to_owned(), options.number(key)?.into()));
        let has = |name: &&str| self.keys.iter().any(|key| key.name == *name);
        let numbers = ["prri_red_threshold"].into_iter().filter(has).filter_map(number);
        Ok(Arc::new(Seen(numbers.chain(["input"].into_iter().filter(has).filter_map(text)).collect())))
    }
}

/// A gate whose metrics are its options.
struct Seen(Metrics);

impl Gate for Seen {
    fn source(&self, _job: &Job<'_>) -> Result<Evidence, String> {
        Ok(Evidence::of(self.0.clone()))
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        match metrics.get("exit_code").and_then(serde_json::Value::as_i64) {
            Some(0) => Judgement::Pass("exit code 0".to_owned()),
            Some(code) => Judgement::Fail(format!("exit code {code}")),
            None => Judgement::Unproven("no exit code".to_owned()),
        }
    }
}

const NO_KEYS: Keys = &[];
const PRRI_KEYS: Keys = &[
    Key::or("prri_red_threshold", Type::Number { least: 0.0, most: 100.0 }, "70", "A threshold."),
    Key::or("input", Type::PATH, "none", "A file."),
];
const TRUST_KEYS: Keys =
    &[Key::or("hri_critical_threshold", Type::Number { least: 0.0, most: 1.0 }, "0.05", "A rate.")];
const SCHEMA_KEYS: Keys = &[Key::or("files", Type::List(&Type::GLOB), "none", "Files.")];

/// The names of the seven types.
pub(crate) fn registry() -> Registry {
    let named = [
        ("schema_validation", SCHEMA_KEYS),
        ("dependency_security", NO_KEYS),
        ("secrets_scan", NO_KEYS),
        ("performance_regression", NO_KEYS),
        ("halluccheck_prri", PRRI_KEYS),
        ("halluccheck_trust", TRUST_KEYS),
        ("command", NO_KEYS),
    ];
    Registry::from(named.map(|(name, keys)| self::named(name, keys)).into_iter().collect::<Vec<_>>())
}

/// A type of that name.
pub(crate) fn named(name: &'static str, keys: Keys) -> Box<dyn GateType> {
    Box::new(Named { name, keys })
}
