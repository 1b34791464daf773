//! The JSON report, schema `delivery-gate/report/v1`: types of its own, so that the domain may change and the format not.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::failure::Failure;
#[cfg(test)]
use crate::model::failure::FailureKind;
use crate::model::names::SIGNED;
use crate::model::problem::Problem;
use crate::model::{
    Claims, Decision, HoldReason, NamedRelease, PolicyChange, PolicyChanges, PolicySource, Recorded, Report, Row,
    Source, Subject, SubjectPackage, Timing,
};
#[cfg(test)]
use crate::model::{Kind, Status};
use crate::structured::pretty::to_string;

#[cfg(test)]
mod signed;

/// The `schema` key's value.
pub(crate) const SCHEMA: &str = "delivery-gate/report/v1";

/// The JSON Schema of the document; a test makes it of the types below.
pub(crate) const SCHEMA_DOCUMENT: &str = include_str!("../../schemas/report.schema.json");

/// The longest detail, in bytes: what a hostile file is quoted with does not fill the report.
const DETAIL_LIMIT: usize = 64 << 10;

/// What a run came to. The keys' order is part of the format.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, title = "delivery-gate report"))]
struct Document<'a> {
    /// The format and its version.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: Tool,
    /// The subcommand that ran.
    command: &'a str,
    /// READY and NOT READY are of a rehearsal, before the tag is there. Null when the gate could not be asked (exit code 2), and
    /// in a rehearsal where no release is being prepared (exit code 0).
    #[cfg_attr(test, schemars(extend("enum" = tests::DECISIONS)))]
    decision: Option<&'static str>,
    /// 0 GO or READY, 1 NO-GO or NOT READY, 2 the gate could not be asked.
    #[cfg_attr(test, schemars(range(max = 2)))]
    exit_code: u8,
    /// Whether the release was judged before its tag is there.
    rehearsal: bool,
    subject: JsonSubject<'a>,
    /// The release.yaml of `--release`, which is not part of the commit; null where the commit's own was read.
    release: Option<JsonRelease<'a>>,
    /// Which policy held; null for a command that obeys none.
    policy: Option<JsonPolicy<'a>>,
    /// What differs between that policy and the last release's; null where nothing does, or where there is nothing to compare.
    policy_changes: Option<JsonPolicyChanges<'a>>,
    /// Thresholds that an environment variable gave, as `VARIABLE=value`.
    thresholds: Vec<&'a str>,
    /// Who claimed how much; null where no claim holds.
    claims: Option<JsonClaims>,
    /// Where the verdict was recorded; null where it was not to be.
    record: Option<JsonRecord<'a>>,
    /// UTC.
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    started_at: String,
    /// Wall clock, in milliseconds.
    #[cfg_attr(test, schemars(range(min = 0)))]
    duration_ms: f64,
    /// In the order of the registry or of the gate file.
    results: Vec<JsonRow<'a>>,
    /// One for each result that holds the release.
    hold_reasons: Vec<JsonHoldReason>,
    /// What a reader should know though it does not hold the release.
    warnings: Vec<&'a String>,
    /// Why the gate could not be asked.
    error: Option<JsonError<'a>>,
}

/// What made the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// What was judged.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Subject"))]
struct JsonSubject<'a> {
    /// The repository's top level, or the directory that was asked about.
    root: Option<&'a str>,
    /// The commit at HEAD.
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    commit: Option<&'a str>,
    /// The release's tag, when it is at that commit.
    tag: Option<&'a str>,
    /// The version that release.yaml names.
    version: Option<&'a str>,
    /// The packages, where release.yaml has several; null where it has one version.
    packages: Option<Vec<JsonPackage<'a>>>,
    /// What the project is called: by its policy, else by a manifest, else by its remote.
    project: Option<&'a str>,
    /// The folder of release.yaml, relative to the root; `.` is the root itself.
    folder: Option<&'a str>,
    /// Host and path of the remote.
    remote: Option<&'a str>,
    /// What `--rev` named.
    revision: Option<&'a str>,
}

/// A release.yaml from outside the commit.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Release"))]
struct JsonRelease<'a> {
    /// As `--release` named it.
    path: &'a str,
    /// Of its bytes.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-9a-f]{64}$")))]
    sha256: &'a str,
}

/// A package among several that are released from one commit.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Package"))]
struct JsonPackage<'a> {
    /// Relative to the folder of release.yaml.
    folder: &'a str,
    /// The name that its manifest has.
    name: Option<&'a str>,
    version: &'a str,
    /// Its tag, when it is at the commit.
    tag: Option<&'a str>,
    /// The policy that held for it, where that is another than that of the release as a whole.
    policy: Option<JsonPolicy<'a>>,
}

/// Which policy held.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Policy"))]
struct JsonPolicy<'a> {
    /// defaults: there is no file. release: a file of the release. ref: a file of the commit that `--policy-ref` named. config: the
    /// file that `--config` named.
    #[cfg_attr(test, schemars(extend("enum" = ["defaults", "release", "ref", "config"])))]
    source: &'static str,
    /// From the repository's top level, or as `--config` named it.
    path: Option<&'a str>,
    /// What `--policy-ref` named.
    revision: Option<&'a str>,
    /// The id of its blob, where it is a file of a commit.
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    blob: Option<&'a str>,
    /// Of its bytes, where `--config` named it.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-9a-f]{64}$")))]
    sha256: Option<&'a str>,
}

/// What differs between the policy and the last release's.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "PolicyChanges"))]
struct JsonPolicyChanges<'a> {
    /// The last release's tag.
    since: &'a str,
    /// Loosened ones first.
    changes: Vec<JsonPolicyChange<'a>>,
}

/// A key of the policy that differs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "PolicyChange"))]
struct JsonPolicyChange<'a> {
    /// Whether the gate lets more through by it; changed: nobody can tell from the key alone.
    #[cfg_attr(test, schemars(extend("enum" = tests::DIRECTIONS)))]
    direction: &'static str,
    /// As `exceptions.deps_pinned`.
    key: &'a str,
    /// What it was and what it is.
    detail: &'a str,
}

/// Who claimed how much. Names that differ in case, width or the punctuation at their end are one person.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Claims"))]
struct JsonClaims {
    /// ATTESTED results that are PASS.
    made: usize,
    /// How many persons they are by.
    persons: usize,
}

/// The record of the verdict.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Record"))]
struct JsonRecord<'a> {
    /// The file.
    path: &'a str,
    /// A ULID.
    record_id: &'a str,
    /// Of the file's bytes.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-9a-f]{64}$")))]
    sha256: &'a str,
}

/// One line of the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Result"))]
struct JsonRow<'a> {
    /// Unique in a report.
    id: &'a str,
    /// For people.
    title: &'a str,
    /// AUTO: this run established it. ATTESTED: a person claimed it.
    #[cfg_attr(test, schemars(extend("enum" = tests::KINDS.map(Kind::label))))]
    kind: &'static str,
    /// FAIL and UNPROVEN hold the release where the result is blocking.
    #[cfg_attr(test, schemars(extend("enum" = tests::STATUSES.map(Status::label))))]
    status: &'static str,
    /// Whether FAIL or UNPROVEN holds the release.
    blocking: bool,
    /// What was found, in one line.
    detail: &'a str,
    /// What it was read from: a file and line, a flag, a variable.
    source: Option<&'a str>,
    /// Facts for machines; the keys belong to the check.
    metrics: Cow<'a, Map<String, Value>>,
    /// What was signed for an attested result, by which key; empty where nothing was.
    #[cfg_attr(test, schemars(with = "Vec<signed::Signed>"))]
    signed: &'a [Value],
    /// References that a person gave, or artifacts of the run.
    evidence: &'a [String],
    /// Wall clock, in milliseconds.
    #[cfg_attr(test, schemars(range(min = 0)))]
    duration_ms: f64,
}

/// One line of the answer to "why not?".
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "HoldReason"))]
struct JsonHoldReason {
    /// The result's.
    id: String,
    /// The result's.
    title: String,
    /// The result's.
    detail: String,
}

/// The first problem in the keys every reader knows; all of them in `problems`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Error"))]
struct JsonError<'a> {
    /// What kind of input is at fault.
    #[cfg_attr(test, schemars(extend("enum" = tests::FAILURES.map(FailureKind::label))))]
    kind: &'static str,
    message: &'a str,
    /// The file.
    path: Option<&'a str>,
    /// From 1.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    /// Every problem, in the order of the files.
    problems: Vec<JsonProblem<'a>>,
}

/// Something to fix.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Problem"))]
struct JsonProblem<'a> {
    message: &'a str,
    /// The file.
    path: &'a str,
    /// From 1.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    /// The next step.
    help: Option<&'a str>,
}

/// Renders a report.
#[must_use]
pub(crate) fn render(report: &Report) -> String {
    let decision = report.decision();
    to_string(&Document {
        decision: Some(decision.label()).filter(|_| decision != Decision::Unasked),
        exit_code: decision.exit_code(),
        rehearsal: report.rehearsal.is_some(),
        subject: JsonSubject::of(&report.subject),
        release: report.subject.release.as_ref().map(|NamedRelease { path, sha256 }| JsonRelease { path, sha256 }),
        policy: report.subject.policy.as_ref().map(JsonPolicy::of),
        policy_changes: report.subject.policy_changes.as_ref().map(JsonPolicyChanges::of),
        thresholds: report.thresholds(),
        claims: report.claims().map(|Claims { made, persons }| JsonClaims { made, persons }),
        record: report.recorded.as_ref().map(|Recorded { path, id, sha256 }| JsonRecord {
            path,
            record_id: id,
            sha256,
        }),
        results: report.rows.iter().map(JsonRow::of).collect(),
        hold_reasons: report.hold_reasons().into_iter().map(JsonHoldReason::from).collect(),
        warnings: report.warnings.iter().collect(),
        error: None,
        ..empty(report.command, report.timing)
    })
}

/// Renders a run that reached no decision (exit code 2).
#[must_use]
pub(crate) fn render_failure(failure: &Failure, command: &str, timing: Timing) -> String {
    to_string(&Document { error: Some(JsonError::of(failure)), ..empty(command, timing) })
}

fn empty(command: &str, timing: Timing) -> Document<'_> {
    Document {
        schema: SCHEMA,
        tool: Tool { name: "delivery-gate", version: env!("CARGO_PKG_VERSION") },
        command,
        decision: None,
        exit_code: Failure::EXIT_CODE,
        rehearsal: false,
        subject: JsonSubject::default(),
        release: None,
        policy: None,
        policy_changes: None,
        thresholds: Vec::new(),
        claims: None,
        record: None,
        started_at: format!("{:.3}", timing.started_at),
        duration_ms: milliseconds(timing.duration_ms),
        results: Vec::new(),
        hold_reasons: Vec::new(),
        warnings: Vec::new(),
        error: None,
    }
}

impl<'a> JsonSubject<'a> {
    fn of(subject: &'a Subject) -> Self {
        Self {
            root: subject.root.as_deref(),
            commit: subject.commit.as_deref(),
            tag: subject.tag.as_deref(),
            version: subject.version.as_deref(),
            packages: (!subject.packages.is_empty()).then(|| subject.packages.iter().map(JsonPackage::of).collect()),
            project: subject.project.as_deref(),
            folder: subject.folder.as_deref(),
            remote: subject.host_and_path(),
            revision: subject.revision.as_deref(),
        }
    }
}

impl<'a> JsonPackage<'a> {
    fn of(package: &'a SubjectPackage) -> Self {
        let SubjectPackage { folder, name, version, tag, policy, .. } = package;
        let policy = policy.as_ref().map(JsonPolicy::of);
        Self { folder, name: name.as_deref(), version, tag: tag.as_deref(), policy }
    }
}

impl<'a> JsonPolicy<'a> {
    fn of(policy: &'a PolicySource) -> Self {
        let none = Self { source: "defaults", path: None, revision: None, blob: None, sha256: None };
        match policy {
            PolicySource::Defaults => none,
            PolicySource::Release { path, blob } => {
                Self { source: "release", path: Some(path), blob: blob.as_deref(), ..none }
            }
            PolicySource::Revision { revision, path, blob } => {
                Self { source: "ref", path: Some(path), revision: Some(revision), blob: blob.as_deref(), ..none }
            }
            PolicySource::Named { path, sha256 } => {
                Self { source: "config", path: Some(path), sha256: Some(sha256), ..none }
            }
        }
    }
}

impl<'a> JsonPolicyChanges<'a> {
    fn of(changes: &'a PolicyChanges) -> Self {
        let one = |change: &'a PolicyChange| JsonPolicyChange {
            direction: change.direction.label(),
            key: &change.key,
            detail: &change.detail,
        };
        Self { since: &changes.since, changes: changes.changes.iter().map(one).collect() }
    }
}

impl<'a> JsonRow<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            id: &row.id,
            title: &row.title,
            kind: row.kind.label(),
            status: row.status.label(),
            blocking: row.blocking,
            detail: cut(&row.detail),
            source: row.source.as_ref().map(Source::text),
            metrics: without_signed(&row.metrics),
            signed: row.metrics.get(SIGNED).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
            evidence: &row.evidence,
            duration_ms: milliseconds(row.duration_ms),
        }
    }
}

/// What was signed has a key of its own.
fn without_signed(metrics: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    if !metrics.contains_key(SIGNED) {
        return Cow::Borrowed(metrics);
    }
    let others = metrics.iter().filter(|(name, _)| *name != SIGNED);
    Cow::Owned(others.map(|(name, value)| (name.clone(), value.clone())).collect())
}

impl From<HoldReason> for JsonHoldReason {
    fn from(reason: HoldReason) -> Self {
        Self { detail: cut(&reason.detail).to_owned(), id: reason.id, title: reason.title }
    }
}

impl<'a> JsonError<'a> {
    fn of(failure: &'a Failure) -> Self {
        let problems: Vec<_> = failure.problems.iter().map(JsonProblem::of).collect();
        let first = problems.first();
        Self {
            kind: failure.kind.label(),
            message: first.map_or(&failure.message, |problem| problem.message),
            path: first.map(|problem| problem.path),
            line: first.and_then(|problem| problem.line),
            column: first.and_then(|problem| problem.column),
            problems,
        }
    }
}

impl<'a> JsonProblem<'a> {
    fn of(problem: &'a Problem) -> Self {
        let place = problem.place.as_ref();
        Self {
            message: &problem.message,
            path: &problem.path,
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            help: problem.help.as_deref(),
        }
    }
}

fn cut(detail: &str) -> &str {
    &detail[..detail.floor_char_boundary(DETAIL_LIMIT)]
}

/// Three decimals: microseconds are noise already.
fn milliseconds(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;
    use crate::model::{Caution, Direction};
    use crate::structured::committed;

    pub(super) const KINDS: [Kind; 2] = [Kind::Auto, Kind::Attested];

    pub(super) const STATUSES: [Status; 6] =
        [Status::Pass, Status::Fail, Status::Unproven, Status::Warn(Caution::Excused), Status::Na, Status::Skipped];

    pub(super) const DECISIONS: [Option<&str>; 5] = [
        Some(Decision::Go.label()),
        Some(Decision::NoGo.label()),
        Some(Decision::Ready.label()),
        Some(Decision::NotReady.label()),
        None,
    ];

    pub(super) const DIRECTIONS: [&str; 3] =
        [Direction::Loosened.label(), Direction::Changed.label(), Direction::Tightened.label()];

    pub(super) const FAILURES: [FailureKind; 6] = [
        FailureKind::Usage,
        FailureKind::Manifest,
        FailureKind::Configuration,
        FailureKind::Output,
        FailureKind::Interrupted,
        FailureKind::Internal,
    ];

    #[test]
    fn the_committed_schema_is_of_these_types() {
        let schema =
            SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document<'_>>();
        committed::hold("report", SCHEMA_DOCUMENT, &schema);
    }
}
