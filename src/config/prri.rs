//! The policy of a Pre-Release Readiness Index: `framework`, `thresholds`, `dimensions`.

use std::path::Path;

use crate::model::problem::Problem;
use crate::structured::decode::Decoder;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::Node;
use crate::world::World;
use crate::world::settings::PRRI_RED_THRESHOLD;

/// What a policy file says; nothing is filled in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PrriPolicy {
    /// Whose rules these are.
    pub framework: Option<String>,
    /// From here on AMBER.
    pub amber: Option<f64>,
    /// From here on RED.
    pub red: Option<f64>,
    /// The most that each dimension may have, by name.
    pub dimensions: Vec<(String, f64)>,
}

/// The keys of the file.
pub(crate) const KEYS: Keys = &[
    Key::or("framework", Type::Called("a name", &Type::Text), "`framework:` of the gate", "Whose rules these are."),
    Key::or(
        "thresholds",
        Type::Object("thresholds", THRESHOLD_KEYS),
        "30 and 70",
        "From which scores on it is AMBER and RED.",
    ),
    Key::or(
        "dimensions",
        Type::Map {
            least: 0,
            keys: &Type::Called("name", &Type::AnyText),
            values: &Type::Object("dimension", DIMENSION_KEYS),
        },
        "no limits",
        "A dimension above its `max` is RED.",
    ),
];

/// The keys of `thresholds`.
pub(crate) const THRESHOLD_KEYS: Keys = &[
    Key::or("amber", PRRI_RED_THRESHOLD.kind(), "30, at most `red`", "From this score on it is AMBER."),
    Key::or_number("red", PRRI_RED_THRESHOLD.kind(), PRRI_RED_THRESHOLD.default, "From this score on it is RED."),
];

/// The keys of one dimension.
pub(crate) const DIMENSION_KEYS: Keys =
    &[Key::required("max", Type::Number { least: 0.0, most: f64::INFINITY }, "The most that the dimension may have.")];

/// Reads a policy file of the repository.
///
/// # Errors
/// Every problem of the file, a missing one among them.
pub(crate) fn load(world: &World, path: &Path, shown: &str) -> Result<PrriPolicy, Vec<Problem>> {
    super::load(world, path, shown, decode, "write the file, or leave `policy_file` out")
}

/// Decodes a policy.
///
/// # Errors
/// Every problem, in the order of the file.
pub(crate) fn decode(path: &str, text: &str) -> Result<PrriPolicy, Vec<Problem>> {
    let empty = ("the file is empty", "write `thresholds:` or `dimensions:`, or leave `policy_file` out");
    Decoder::yaml(path, text, empty, policy)
}

fn policy(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<PrriPolicy> {
    let fields = decoder.fields(node, "the policy", KEYS)?;
    let mut policy = PrriPolicy::default();
    if let Some(node) = fields.get("framework") {
        policy.framework = decoder.text(node, "`framework`");
    }
    if let Some(node) = fields.get("thresholds") {
        thresholds(decoder, node, &mut policy);
    }
    if let Some(node) = fields.get("dimensions") {
        for entry in decoder.entries(node, "`dimensions`")? {
            let what = format!("the dimension `{}`", entry.key);
            let fields = decoder.fields(&entry.value, &what, DIMENSION_KEYS);
            let max = fields.and_then(|fields| fields.required(decoder, "max", &what));
            let max = max.and_then(|node| number(decoder, node, "`max`", f64::MAX));
            policy.dimensions.extend(max.map(|max| (entry.key.to_string(), max)));
        }
    }
    Some(policy)
}

fn thresholds(decoder: &mut Decoder<'_>, node: &Node<'_>, policy: &mut PrriPolicy) {
    let Some(fields) = decoder.fields(node, "`thresholds`", THRESHOLD_KEYS) else { return };
    policy.amber = fields.get("amber").and_then(|node| number(decoder, node, "`amber`", 100.0));
    policy.red = fields.get("red").and_then(|node| number(decoder, node, "`red`", 100.0));
    if let (Some(amber), Some(red), Some(node)) = (policy.amber, policy.red, fields.get("amber"))
        && amber > red
    {
        let help = "a score is AMBER from `amber` up to `red`";
        decoder.problem(&node.span, format!("`amber` ({amber}) is above `red` ({red})"), help);
    }
}

fn number(decoder: &mut Decoder<'_>, node: &Node<'_>, what: &str, most: f64) -> Option<f64> {
    let number = node.number().and_then(|text| text.parse().ok());
    let number = number.filter(|number| (0.0..=most).contains(number));
    if number.is_none() {
        let range = if most == 100.0 { "from 0 to 100" } else { "of 0 or more" };
        decoder.problem(&node.span, format!("{what} must be a number {range}"), "write the number, without quotes");
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read() {
        let text = "framework: eu\nthresholds: {amber: 20, red: 55.5}\ndimensions:\n  bias: {max: 0.4}\n  drift:\n    max: 1e1\n";
        let policy = decode("p.yaml", text).unwrap();
        assert_eq!((policy.framework.as_deref(), policy.amber, policy.red), (Some("eu"), Some(20.0), Some(55.5)));
        assert_eq!(policy.dimensions, [("bias".to_owned(), 0.4), ("drift".to_owned(), 10.0)]);
        assert_eq!(decode("p.yaml", "framework: eu\n").unwrap().red, None);
    }

    #[test]
    fn problems_have_places() {
        let cases = [
            ("", (1, 1)),
            ("- a\n", (1, 1)),
            ("threshold: {red: 70}\n", (1, 1)),
            ("thresholds: {red: \"70\"}\n", (1, 19)),
            ("thresholds: {red: 101}\n", (1, 19)),
            ("thresholds: {red: .nan}\n", (1, 19)),
            ("thresholds: {amber: -1}\n", (1, 21)),
            ("thresholds: {amber: 70, red: 30}\n", (1, 21)),
            ("thresholds: {amber: 70, amber: 30}\n", (1, 25)),
            ("dimensions:\n  bias: 0.4\n", (2, 9)),
            ("dimensions:\n  bias: {}\n", (2, 9)),
            ("dimensions:\n  bias: {max: null}\n", (2, 15)),
            ("framework: 1\n", (1, 12)),
            ("framework: *x\n", (1, 12)),
        ];
        for (text, place) in cases {
            let problems = decode("p.yaml", text).expect_err(text);
            let found = problems[0].place.as_ref().map(|place| (place.line, place.column));
            assert_eq!(found, Some(place), "{text}: {}", problems[0].message);
        }
    }
}
