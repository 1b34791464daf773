//! `claims:` in delivery-gate.yaml: which claims must be signed, and whose keys count.

use std::ops::Range;

use super::policy::texts;
use super::release::ATTESTED_ID;
use crate::model::nearest::suggestion;
use crate::structured::decode::Decoder;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::Node;

/// Whose keys count, where the policy names no file: relative to it.
pub(crate) const SIGNERS: &str = ".delivery-gate/allowed_signers";

/// The most signatures that one claim may need.
const THRESHOLD_LIMIT: u32 = 100;

/// How many must sign.
const THRESHOLD: Type = Type::Whole { unit: "signatures", least: 1, most: THRESHOLD_LIMIT };

/// The keys of `claims`.
pub const KEYS: Keys = &[
    Key::or(
        "signers",
        Type::PATH,
        SIGNERS,
        "Whose keys count, in the format of OpenSSH's `allowed_signers`; relative to the policy.",
    ),
    Key::or(
        "required",
        Type::List(&Type::Called("attestation id", &Type::Text)),
        "none",
        "Claims that must be signed: unsigned they fail, and release.yaml cannot declare them not applicable.",
    ),
    Key::or(
        "threshold",
        Type::Map { least: 0, keys: &ATTESTED_ID, values: &THRESHOLD },
        "1 each",
        "How many persons must sign a claim, each with a key of their own. A claim that stands here must be signed.",
    ),
    Key::or(
        "distinct_from_author",
        Type::List(&Type::Called("attestation id", &Type::Text)),
        "none",
        "Claims that must be signed by somebody who is not author, co-author or committer of a commit since the last release that touches more than signed claims and release.yaml.",
    ),
];

/// A valid `claims:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimsPolicy {
    /// Whose keys count, relative to the folder of the policy.
    pub signers: String,
    /// Claims that must be signed.
    pub required: Vec<String>,
    /// How many must sign each.
    pub threshold: Vec<(String, usize)>,
    /// Claims that no author may sign alone.
    pub distinct_from_author: Vec<String>,
}

impl ClaimsPolicy {
    /// How many persons must sign a claim; none where it may be unsigned.
    #[must_use]
    pub(crate) fn wanted(&self, id: &str) -> usize {
        let threshold = self.threshold.iter().find(|(of, _)| of == id).map(|(_, count)| *count);
        let is_named = |ids: &[String]| ids.iter().any(|named| named == id);
        let is_bound = is_named(&self.required) || self.is_distinct(id);
        threshold.unwrap_or(usize::from(is_bound))
    }

    /// Whether no author may sign it alone.
    #[must_use]
    pub(crate) fn is_distinct(&self, id: &str) -> bool {
        self.distinct_from_author.iter().any(|named| named == id)
    }

    /// The claims that it names, in the file's order, each once.
    #[must_use]
    pub(crate) fn named(&self) -> Vec<&str> {
        let threshold = self.threshold.iter().map(|(id, _)| id);
        let mut named: Vec<&str> = Vec::new();
        for id in self.required.iter().chain(threshold).chain(&self.distinct_from_author) {
            if !named.contains(&id.as_str()) {
                named.push(id);
            }
        }
        named
    }
}

/// Reads `claims:`; `attested` are the attestations of the project.
pub(super) fn decode(decoder: &mut Decoder<'_>, node: &Node<'_>, attested: &[&str]) -> Option<ClaimsPolicy> {
    let fields = decoder.fields(node, "claims", KEYS)?;
    let signers = fields.get("signers").and_then(|node| decoder.text(node, "claims.signers"));
    let required = ids(decoder, fields.get("required"), "claims.required", attested);
    let distinct = fields.get("distinct_from_author");
    let distinct_from_author = ids(decoder, distinct, "claims.distinct_from_author", attested);
    let entries =
        fields.get("threshold").and_then(|node| decoder.entries(node, "claims.threshold")).unwrap_or_default();
    let mut threshold = Vec::new();
    for entry in entries {
        is_known(decoder, &entry.span, &entry.key, attested);
        let count = entry.value.number().and_then(|text| text.parse().ok());
        match count.filter(|count| (1..=THRESHOLD_LIMIT as usize).contains(count)) {
            Some(count) => threshold.push((entry.key.to_string(), count)),
            None => {
                let message = format!("claims.threshold.{} must be a whole number", entry.key);
                decoder.problem(&entry.value.span, message, format!("write 1 to {THRESHOLD_LIMIT}, without quotes"));
            }
        }
    }
    let signers = signers.unwrap_or_else(|| SIGNERS.to_owned());
    Some(ClaimsPolicy { signers, required, threshold, distinct_from_author })
}

fn ids(decoder: &mut Decoder<'_>, node: Option<&Node<'_>>, what: &str, attested: &[&str]) -> Vec<String> {
    let found = texts(decoder, node, what);
    for (node, id) in &found {
        is_known(decoder, &node.span, id, attested);
    }
    found.into_iter().map(|(_, id)| id).collect()
}

fn is_known(decoder: &mut Decoder<'_>, span: &Range<usize>, id: &str, attested: &[&str]) {
    if !attested.contains(&id) {
        let help = suggestion(id, attested.iter().copied());
        decoder.problem(span, format!("`{id}` is not an attestation of this project"), help);
    }
}
