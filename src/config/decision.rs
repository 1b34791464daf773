//! `decision:` in delivery-gate.yaml: what the decision gate asks for beyond its defaults.

use super::policy::texts;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::Node;
use crate::world::glob;
use crate::world::settings;
use crate::world::settings::MILLISECONDS_LIMIT;

/// The keys of `decision`.
pub const KEYS: Keys = &[
    Key::or(
        "base",
        Type::Called("revision", &Type::Text),
        "none",
        "Ignored, with a warning: `check` compares with the last release, which a release does not choose. The flag `--base` does.",
    ),
    Key::or(
        "references",
        Type::Word(&["anywhere", "trailer"]),
        "anywhere",
        "Where a text claims decisions: `trailer` takes only the git trailer `Decision: <id>`, and `decern:<id>` alone on a line.",
    ),
    Key::or(
        "providers",
        Type::List(&Type::Word(&["http", "adr"])),
        "http when its variables are set, else adr",
        "Who says whether a decision is approved. With both, ADR references are looked up in the records and every other one in the service.",
    ),
    Key::or(
        "patterns",
        Type::List(&Type::GLOB),
        "none beyond the embedded ones",
        "Further high-impact paths. Taken widely: letter case is ignored and `*` crosses slashes.",
    ),
    Key::or(
        "ignore",
        Type::List(&Type::GLOB),
        "none",
        "Paths that are not high-impact here. Taken narrowly: letter case counts and only `**` crosses slashes. Each path so taken out is shown.",
    ),
    Key::or(
        "adr",
        Type::List(&Type::Called("folder", &Type::Text)),
        "`.adr-dir`, else the usual places",
        "Where the decision records are.",
    ),
    Key::or(
        "adr_from",
        Type::Word(&["base", "head"]),
        "base",
        "Whether records are read from the base commit or from the change itself. The report says so when it is `head`.",
    ),
    Key::or_number(
        "timeout_ms",
        settings::DECISION_TIMEOUT_MS.kind(),
        settings::DECISION_TIMEOUT_MS.default as f64,
        "The time limit of one validation, in milliseconds.",
    ),
    Key::or(
        "scoped",
        Type::Boolean,
        "false",
        "Whether every accepted record in whose `scope` a changed file lies counts too, named or not: the judge, where it is on, is asked about each.",
    ),
    Key::or("judge", Type::Boolean, "false", "Whether the judge is asked too."),
    Key::or_number(
        "judge_timeout_ms",
        settings::JUDGE_TIMEOUT_MS.kind(),
        settings::JUDGE_TIMEOUT_MS.default as f64,
        "The judge's time limit, in milliseconds.",
    ),
    Key::or(
        "judge_min_confidence",
        settings::JUDGE_MIN_CONFIDENCE.kind(),
        settings::JUDGE_MIN_CONFIDENCE.default,
        "An allowed verdict with a lower confidence, or none, blocks.",
    ),
    Key::or(
        "judge_partial",
        Type::Word(&["block", "warn"]),
        "block",
        "What becomes of a diff that is cut, or lacks a high-impact file: `warn` asks the judge all the same.",
    ),
];

/// The longest time limit, in milliseconds: a day.
pub(crate) const TIMEOUT_LIMIT_MS: u64 = MILLISECONDS_LIMIT as u64;

/// Who says whether a decision is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProviderKind {
    /// A decision service.
    Http,
    /// The decision records in the repository.
    Adr,
}

/// A valid `decision:`; the default is what holds without one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecisionPolicy {
    /// What nobody compares with any more; `check` warns of it.
    pub base: Option<String>,
    /// Whether only trailers claim a decision.
    pub trailers_only: bool,
    /// In the order of the file; empty when the environment decides.
    pub providers: Vec<ProviderKind>,
    /// Globs of further high-impact paths.
    pub patterns: Vec<String>,
    /// Globs of paths that are not high-impact here.
    pub ignore: Vec<String>,
    /// Folders of decision records.
    pub adr: Vec<String>,
    /// Whether records are read from the change itself.
    pub adr_from_head: bool,
    /// Whether records count that nobody names, for the files in their scope.
    pub scoped: bool,
    /// The time limit of one validation, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Whether the judge is asked.
    pub judge: Option<bool>,
    /// The judge's time limit, in milliseconds.
    pub judge_timeout_ms: Option<u64>,
    /// What confidence an allowed verdict needs, 0 to 1.
    pub judge_min_confidence: Option<f64>,
    /// Whether a verdict on a part of the change is taken, with a warning.
    pub judge_partial_warns: bool,
}

pub(super) fn decode(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<DecisionPolicy> {
    let fields = decoder.fields(node, "decision", KEYS)?;
    let list = |decoder: &mut Decoder<'_>, key| -> Vec<String> {
        texts(decoder, fields.get(key), key).into_iter().map(|(_, text)| text).collect()
    };
    let adr_from = [("base", false), ("head", true)];
    let partial = [("block", false), ("warn", true)];
    Some(DecisionPolicy {
        base: fields.get("base").and_then(|node| decoder.text(node, "decision.base")),
        trailers_only: choice(decoder, &fields, "references", &[("anywhere", false), ("trailer", true)])
            .unwrap_or(false),
        providers: providers(decoder, &fields),
        patterns: globs(decoder, &fields, "patterns"),
        ignore: globs(decoder, &fields, "ignore"),
        adr: list(decoder, "adr"),
        adr_from_head: choice(decoder, &fields, "adr_from", &adr_from).unwrap_or(false),
        scoped: fields.get("scoped").and_then(|node| decoder.boolean(node, "decision.scoped")).unwrap_or(false),
        timeout_ms: milliseconds(decoder, &fields, "timeout_ms"),
        judge: fields.get("judge").and_then(|node| decoder.boolean(node, "decision.judge")),
        judge_timeout_ms: milliseconds(decoder, &fields, "judge_timeout_ms"),
        judge_min_confidence: fields.get("judge_min_confidence").and_then(|node| confidence(decoder, node)),
        judge_partial_warns: choice(decoder, &fields, "judge_partial", &partial).unwrap_or(false),
    })
}

fn choice<T: Copy>(decoder: &mut Decoder<'_>, fields: &Fields<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
    fields.get(key).and_then(|node| decoder.choice(node, &format!("decision.{key}"), choices))
}

fn providers(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<ProviderKind> {
    let Some(node) = fields.get("providers") else { return Vec::new() };
    let choices = [("http", ProviderKind::Http), ("adr", ProviderKind::Adr)];
    let items = decoder.items(node, "decision.providers").unwrap_or_default();
    items.iter().filter_map(|item| decoder.choice(item, "decision.providers", &choices)).collect()
}

fn globs(decoder: &mut Decoder<'_>, fields: &Fields<'_>, key: &str) -> Vec<String> {
    let patterns = texts(decoder, fields.get(key), &format!("decision.{key}"));
    for (node, pattern) in &patterns {
        if let Err(why) = glob::narrow(pattern) {
            decoder.problem(&node.span, why, "write it like a path, with `*`, `**` and `?`");
        }
    }
    patterns.into_iter().map(|(_, pattern)| pattern).collect()
}

fn milliseconds(decoder: &mut Decoder<'_>, fields: &Fields<'_>, key: &str) -> Option<u64> {
    let node = fields.get(key)?;
    let valid = node.number().and_then(|text| self::timeout(text).ok());
    if valid.is_none() {
        let message = format!("decision.{key} must be a whole number of milliseconds");
        decoder.problem(&node.span, message, format!("write 1 to {TIMEOUT_LIMIT_MS}, without quotes"));
    }
    valid
}

fn confidence(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<f64> {
    let valid = node.number().and_then(|text| fraction(text).ok());
    if valid.is_none() {
        decoder.problem(&node.span, "decision.judge_min_confidence must be from 0 to 1", "for example 0.8");
    }
    valid
}

/// A time limit in milliseconds, as people write it.
///
/// # Errors
/// What would be one.
pub(crate) fn timeout(text: &str) -> Result<u64, String> {
    let valid = text.parse().ok().filter(|ms| (1..=TIMEOUT_LIMIT_MS).contains(ms));
    valid.ok_or_else(|| format!("`{text}` is not a time in milliseconds (1 to {TIMEOUT_LIMIT_MS})"))
}

/// A number from 0 to 1, as people write it.
///
/// # Errors
/// What would be one.
pub(crate) fn fraction(text: &str) -> Result<f64, String> {
    let valid = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    valid.ok_or_else(|| format!("`{text}` is not a number from 0 to 1"))
}
