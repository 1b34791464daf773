//! A GO as an in-toto Statement whose predicate is a Simple Verification Result, for tools that read such: in-toto's attestation
//! framework, `spec/predicates/svr.md`, version 0.1. Unsigned, since whoever signs says who they are.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::model::escape::visible;
use crate::model::names::check_of;
use crate::model::{Hollow, Kind, NamedRelease, PolicySource, Report, Row, Status, Subject};
use crate::net::percent_encoded;
use crate::structured::in_toto::{self, GIT_BLOB, GIT_COMMIT, GIT_TREE, SHA256};
use crate::structured::pretty;

/// What the predicate is.
const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/svr/v0.1";

/// Who verified. The number is another one when a property comes to mean something else.
const VERIFIER: &str = "https://delivery-gate.dev/verifier/v1";

/// The policy where no file says one. What it asks belongs to the version of the program.
const DEFAULTS: &str = "https://delivery-gate.dev/policy/defaults";

/// How every property begins.
const SCOPE: &str = "DELIVERY_GATE_";

/// What an AUTO row is called that passes because somebody told the gate so.
const REPORTED: &str = "_REPORTED";

/// What a row is called that a person claims.
const CLAIMED: &str = "_CLAIMED";

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    /// What the project is called; nothing where nobody can tell.
    pub(crate) project: Option<String>,
    /// The id of the release's tree without its signed claims.
    pub(crate) tree: String,
    /// The commit.
    pub(crate) commit: String,
}

/// The text of the statement about a report that came to GO.
#[must_use]
pub(crate) fn render(report: &Report, about: &About) -> String {
    let subject = &report.subject;
    let tree = in_toto::resource(about.project.as_deref(), None, Some((GIT_TREE, &about.tree)));
    let commit = in_toto::resource(called(subject).as_deref(), None, Some((GIT_COMMIT, &about.commit)));
    let predicate = json!({
        "verifier": verifier(subject),
        "timeCreated": format!("{:.3}", report.timing.started_at),
        "properties": properties(&report.rows),
    });
    pretty::to_string(&in_toto::statement(vec![tree, commit], PREDICATE_TYPE, predicate))
}

/// What the commit is called: by its tags, else by the versions that it has.
fn called(subject: &Subject) -> Option<String> {
    let of_packages = subject.packages.iter().map(|one| one.tag.as_ref().unwrap_or(&one.version));
    let mut names: Vec<_> = subject.tag.iter().chain(of_packages).collect();
    if names.is_empty() {
        names.extend(&subject.version);
    }
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.as_str()));
    (!names.is_empty()).then(|| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// Beside the id that is asked for, what only this verifier has: its version, and the policy as `svr.md` shows it.
fn verifier(subject: &Subject) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), VERIFIER.into());
    fields.insert("version".to_owned(), json!({env!("CARGO_PKG_NAME"): env!("CARGO_PKG_VERSION")}));
    fields.extend(subject.policy.as_ref().map(|source| ("policy".to_owned(), policy(source, subject))));
    // The commit does not have it, and versions and claims are of it.
    let outside = subject
        .release
        .as_ref()
        .map(|NamedRelease { path, sha256 }| in_toto::resource(Some(&visible(path)), None, Some((SHA256, sha256))));
    fields.extend(outside.map(|outside| ("release".to_owned(), outside)));
    let own =
        subject.packages.iter().filter_map(|one| Some((one.folder.clone(), policy(one.policy.as_ref()?, subject))));
    let own: Map<_, _> = own.collect();
    if !own.is_empty() {
        fields.insert("packagePolicies".to_owned(), own.into());
    }
    fields.into()
}

/// A policy as a resource: what it is called, where it lies, and which bytes it has, as far as each can be told.
fn policy(source: &PolicySource, subject: &Subject) -> Value {
    let at = |revision: Option<&str>, path: &str| {
        let path: Vec<_> = path.split('/').map(percent_encoded).collect();
        let (remote, revision) = (subject.remote.as_deref()?, percent_encoded(revision?));
        Some(format!("git+{remote}@{revision}#{}", path.join("/")))
    };
    let (name, uri, digest) = match source {
        PolicySource::Defaults => (None, Some(DEFAULTS.to_owned()), None),
        PolicySource::Release { path, blob } => {
            (Some(path), at(subject.commit.as_deref(), path), blob.as_deref().map(|blob| (GIT_BLOB, blob)))
        }
        PolicySource::Revision { revision, path, blob } => {
            (Some(path), at(Some(revision), path), blob.as_deref().map(|blob| (GIT_BLOB, blob)))
        }
        // Where a file lies on one machine is nothing to another.
        PolicySource::Named { path, sha256 } => (Some(path), None, Some((SHA256, sha256.as_str()))),
    };
    in_toto::resource(name.map(|name| visible(name)).as_deref(), uri.as_deref(), digest)
}

/// What each row that passes is called. Where several ids come to one name, it stands only if all of them pass: no name says
/// more than every row that it could mean.
fn properties(rows: &[Row]) -> Vec<String> {
    let untrue: HashSet<_> = rows.iter().filter(|row| suffix(row).is_none()).flat_map(names).collect();
    let mut said = HashSet::new();
    let names = rows.iter().filter_map(|row| Some(name(&row.id, suffix(row)?)));
    names.filter(|name| !untrue.contains(name) && said.insert(name.clone())).collect()
}

/// Every name that a row could have.
fn names(row: &Row) -> impl Iterator<Item = String> {
    ["", REPORTED, CLAIMED].into_iter().map(|suffix| name(&row.id, suffix))
}

/// As `DELIVERY_GATE_CHANGELOG`, of one package `DELIVERY_GATE_CHANGELOG:packages/cli`.
fn name(id: &str, suffix: &str) -> String {
    let check = check_of(id);
    let folder = &id[check.len()..];
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{SCOPE}{}{suffix}{folder}", check.chars().map(plain).collect::<String>())
}

/// Who says that a row passes; nothing where it does not.
fn suffix(row: &Row) -> Option<&'static str> {
    match (row.kind, row.status) {
        (Kind::Auto, Status::Pass) => Some(""),
        // A manifest without dependencies was looked at; where there is no manifest, nothing was.
        (Kind::Auto, Status::Hollow(Hollow::Vacuous)) => row.source.as_ref().map(|_| ""),
        (Kind::Auto, Status::Hollow(Hollow::Hearsay)) => Some(REPORTED),
        (Kind::Attested, Status::Pass | Status::Hollow(_)) => Some(CLAIMED),
        (_, Status::Fail | Status::Unproven | Status::Warn(_) | Status::Na | Status::Skipped) => None,
    }
}
