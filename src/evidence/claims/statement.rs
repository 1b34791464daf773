//! What is signed: an in-toto Statement about the content of a release, with one claim of one person as its predicate.

use serde_json::{Map, Value, json};

use super::envelope::{object, text};
use crate::config::release::{Package, Released, folder_of, is_time, is_version};
use crate::model::escape::visible_up_to;
use crate::structured::in_toto::{self, GIT_TREE, STATEMENT_TYPE};
use crate::structured::json;

/// What its predicate is.
pub(super) const PREDICATE_TYPE: &str = "https://delivery-gate.dev/claim/v1";

/// The keys of a predicate; each is always there.
const KEYS: [&str; 7] = ["id", "answer", "by", "at", "evidence", "note", "for"];

/// How much of a text is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// What a person claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which attestation.
    pub id: String,
    /// Whether it was done.
    pub answer: bool,
    /// Who says so: a principal of `allowed_signers`.
    pub by: String,
    /// When: a date or an RFC 3339 time.
    pub at: String,
    /// Where it can be looked at.
    pub evidence: Option<String>,
    /// Free text.
    pub note: Option<String>,
    /// What it was made for.
    pub made_for: Released,
}

/// A claim about the content of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What the project is called.
    pub project: String,
    /// The id of the release's tree without its signed claims, in hex digits.
    pub tree: String,
    /// The claim.
    pub claim: Claim,
}

impl Statement {
    /// Its text, on one line.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        let Claim { id, answer, by, at, evidence, note, made_for } = &self.claim;
        let predicate = json!({
            "id": id, "answer": answer, "by": by, "at": at, "evidence": evidence, "note": note, "for": released(made_for),
        });
        let subject = in_toto::resource(Some(&self.project), None, Some((GIT_TREE, &self.tree)));
        in_toto::statement(vec![subject], PREDICATE_TYPE, predicate).to_string().into_bytes()
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(payload: &[u8]) -> Result<Self, String> {
        let value = json::parse(payload).map_err(|why| format!("what was signed is no claim: {why}"))?;
        let what = "the statement";
        let fields = object(&value, what, &["_type", "subject", "predicateType", "predicate"])?;
        is(fields, "_type", STATEMENT_TYPE)?;
        is(fields, "predicateType", PREDICATE_TYPE)?;
        let (project, tree) = subject(fields)?;
        let predicate = fields.get("predicate").ok_or_else(|| format!("{what} has no `predicate`"))?;
        Ok(Self { project, tree, claim: claim(object(predicate, "the claim", &KEYS)?)? })
    }
}

/// The one subject: the project's name and the id of its content.
fn subject(fields: &Map<String, Value>) -> Result<(String, String), String> {
    let subjects = fields.get("subject").and_then(Value::as_array).map(Vec::as_slice);
    let Some([subject]) = subjects else {
        return Err("the statement is not about one subject".to_owned());
    };
    let subject = object(subject, "the subject", &["name", "digest"])?;
    let name = text(subject, "name", "the subject")?.to_owned();
    let digest = subject.get("digest").ok_or("the subject has no `digest`")?;
    let digest = object(digest, "the digest", &[GIT_TREE])?;
    Ok((name, text(digest, GIT_TREE, "the digest")?.to_owned()))
}

fn claim(fields: &Map<String, Value>) -> Result<Claim, String> {
    let what = "the claim";
    if let Some(key) = KEYS.into_iter().find(|key| !fields.contains_key(*key)) {
        return Err(format!("{what} has no `{key}`"));
    }
    let answer = fields.get("answer").and_then(Value::as_bool).ok_or("`answer` of the claim is not true or false")?;
    let at = text(fields, "at", what)?;
    if !is_time(at) {
        let shown = visible_up_to(at, SHOWN_LIMIT);
        return Err(format!("`at` of the claim is neither a date nor an RFC 3339 time: {shown}"));
    }
    let perhaps = |key: &str| match fields.get(key) {
        Some(Value::Null) => Ok(None),
        _ => text(fields, key, what).map(|text| Some(text.to_owned())),
    };
    Ok(Claim {
        id: text(fields, "id", what)?.to_owned(),
        answer,
        by: text(fields, "by", what)?.to_owned(),
        at: at.to_owned(),
        evidence: perhaps("evidence")?,
        note: perhaps("note")?,
        made_for: fields.get("for").and_then(made_for).ok_or("`for` of the claim is no version and no packages")?,
    })
}

/// A version, or the packages with theirs.
fn made_for(value: &Value) -> Option<Released> {
    let version = |value: &Value| value.as_str().filter(|text| is_version(text)).map(str::to_owned);
    let Value::Object(packages) = value else { return version(value).map(Released::One) };
    let package = |(folder, value): (&String, &Value)| {
        let folder = folder_of(folder).filter(|read| read == folder)?;
        Some(Package { folder, version: version(value)? })
    };
    let packages: Option<Vec<_>> = packages.iter().map(package).collect();
    packages.filter(|packages| !packages.is_empty()).map(Released::Packages)
}

fn released(released: &Released) -> Value {
    match released {
        Released::One(version) => version.as_str().into(),
        Released::Packages(packages) => {
            packages.iter().map(|one| (one.folder.clone(), Value::from(one.version.as_str()))).collect()
        }
    }
}

fn is(fields: &Map<String, Value>, key: &str, expected: &str) -> Result<(), String> {
    match text(fields, key, "the statement")? {
        found if found == expected => Ok(()),
        other => Err(format!("its {key} is `{}`, not `{expected}`", visible_up_to(other, SHOWN_LIMIT))),
    }
}
