//! Signed claims in words, and as facts for machines.

use serde_json::{Map, Value, json};

use super::judged::Verified;
use super::{Signed, attributed};
use crate::checks::attested::SHOWN_LIMIT;
use crate::evidence::claims::{Examined, Standing};
use crate::model::escape::visible_up_to;

/// How many signatures are named in a row.
const NAMED_LIMIT: usize = 5;

/// As `Attested by jane@example.com, signed (ED25519 SHA256:…), and by bob@example.com, signed (…)`.
pub(super) fn by_in_words(verified: &[Verified<'_>]) -> String {
    let one = |one: &Verified<'_>| {
        let by = visible_up_to(&one.claim.by, SHOWN_LIMIT);
        format!("by {by}, signed ({})", one.examined.key_in_words())
    };
    let mut said: Vec<_> = verified.iter().take(NAMED_LIMIT).map(one).collect();
    if verified.len() > NAMED_LIMIT {
        said.push(format!("by {} more", verified.len() - NAMED_LIMIT));
    }
    format!("Attested {}", said.join(", and "))
}

impl Signed {
    /// What was signed for an attestation, by which key: a list of objects.
    #[must_use]
    pub(crate) fn facts(&self, id: &str) -> Vec<Value> {
        self.of(id).map(facts).collect()
    }

    /// Where the first of them lies, from the folder of release.yaml, and whether that is in the commit.
    #[must_use]
    pub(crate) fn file<'s>(&'s self, id: &'s str) -> Option<(&'s str, bool)> {
        let mut all = self.envelopes.iter().enumerate();
        let (at, first) = all.find(|(_, examined)| attributed(examined) == id)?;
        Some((first.shown.as_str(), at < self.of_commit))
    }

    /// What the claims that hold give as evidence.
    pub(crate) fn evidence<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'s str> {
        let holding = self.of(id).filter(|examined| examined.standing == Standing::Holds);
        holding.filter_map(|examined| examined.statement.as_ref()?.claim.evidence.as_deref())
    }
}

/// Each key is always there. What does not hold says only what was found, and why.
fn facts(examined: &Examined) -> Value {
    let why = match &examined.standing {
        Standing::Holds => Value::Null,
        Standing::Wrong(why) | Standing::Unproven(why) => why.as_str().into(),
    };
    let key = examined.key.as_ref().map(|key| json!({"kind": key.label(), "fingerprint": key.fingerprint()}));
    let claim = examined.statement.as_ref().map(|statement| {
        let claim = &statement.claim;
        let made_for = claim.made_for.to_string();
        let (project, tree) = (&statement.project, &statement.tree);
        let mut said = Map::new();
        said.extend([
            ("id".to_owned(), claim.id.as_str().into()),
            ("answer".to_owned(), claim.answer.into()),
            ("by".to_owned(), claim.by.as_str().into()),
            ("at".to_owned(), claim.at.as_str().into()),
            ("evidence".to_owned(), claim.evidence.clone().into()),
            ("note".to_owned(), claim.note.clone().into()),
            ("for".to_owned(), made_for.into()),
            ("project".to_owned(), project.as_str().into()),
            ("tree".to_owned(), tree.as_str().into()),
        ]);
        said
    });
    json!({
        "file": examined.shown,
        "holds": examined.standing == Standing::Holds,
        "why": why,
        "key": key,
        "claim": claim,
    })
}
