//! The record of a verdict as it is written: one line of JSON, schema `delivery-gate/record/v1`. Every key is always there,
//! and no name among them is a reserved word of an SQL dialect.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::names::SIGNED;
use crate::model::{
    Excuser, Kind, NamedRelease, PolicyChange, PolicySource, Report, Row, Source, Subject, SubjectPackage,
};

/// The JSON Schema of the document; a test makes it of the types below.
pub(crate) const SCHEMA_DOCUMENT: &str = include_str!("../../../schemas/record.schema.json");

/// The longest detail, in bytes, as in the report.
const DETAIL_LIMIT: usize = 64 << 10;

/// The versions of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub enum RecordSchema {
    /// The first.
    #[serde(rename = "delivery-gate/record/v1")]
    V1,
}

/// One verdict, as it is kept. The order of the fields is the order of the keys; a key that is missing, unknown or there
/// twice makes a record damaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "delivery-gate record"))]
pub struct VerdictRecord {
    /// The format and its version.
    pub record_schema: RecordSchema,
    /// A ULID, greater than that of every record that this one was made after; the file is called so.
    #[cfg_attr(test, schemars(with = "String", extend("pattern" = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$")))]
    pub record_id: Ulid,
    /// SHA-256 of the newest records that were there, each of a file's bytes; none where there was none.
    pub prev: Vec<Digest>,
    /// When the run began, UTC, in milliseconds.
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub judged_at: String,
    /// Wall clock, in milliseconds.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub duration_ms: f64,
    /// The version of the program.
    pub gate_version: String,
    /// The subcommand: check, decision or run.
    pub command_name: String,
    /// GO, NO-GO, READY or NOT READY.
    #[cfg_attr(test, schemars(extend("enum" = tests::DECISIONS)))]
    pub decision: String,
    /// Whether the release was judged before its tag was there.
    pub is_rehearsal: bool,
    /// What the project is called: by its policy, else by a manifest, else by its remote.
    #[serde(deserialize_with = "Option::deserialize")]
    pub project_name: Option<String>,
    /// Host and path of the remote; never a user, a password or a query.
    #[serde(deserialize_with = "Option::deserialize")]
    pub remote: Option<String>,
    /// The folder of release.yaml, relative to the repository's top level; `.` is that level.
    #[serde(deserialize_with = "Option::deserialize")]
    pub folder: Option<String>,
    /// The version that release.yaml names; null where it has packages, and where no release was judged.
    #[serde(deserialize_with = "Option::deserialize")]
    pub version: Option<String>,
    /// The packages, where release.yaml has several.
    pub packages: Vec<PackageRecord>,
    /// The commit that was judged.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    pub commit_id: Option<String>,
    /// Its tree.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    pub tree_id: Option<String>,
    /// The release's tag, where it is at that commit.
    #[serde(deserialize_with = "Option::deserialize")]
    pub tag_name: Option<String>,
    /// The tag's own object; null for a lightweight one.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    pub tag_object_id: Option<String>,
    /// What `--rev` named; null where the working tree was judged.
    #[serde(deserialize_with = "Option::deserialize")]
    pub revision: Option<String>,
    /// The file of `--release`, which is not part of the commit.
    #[serde(deserialize_with = "Option::deserialize")]
    pub release_path: Option<String>,
    /// Of its bytes.
    #[serde(deserialize_with = "Option::deserialize")]
    pub release_sha256: Option<Digest>,
    /// defaults, release, ref (`--policy-ref`) or config (`--config`); null for a command that obeys no policy.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("enum" = ["defaults", "release", "ref", "config", null])))]
    pub policy_source: Option<String>,
    /// From the repository's top level, or as `--config` named it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub policy_path: Option<String>,
    /// What `--policy-ref` named.
    #[serde(deserialize_with = "Option::deserialize")]
    pub policy_revision: Option<String>,
    /// The id of its blob, where it is a file of a commit.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    pub policy_blob_id: Option<String>,
    /// Of its bytes, where `--config` named it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub policy_sha256: Option<Digest>,
    /// The tag of the release whose policy it was compared with; null where nothing differs or nothing was compared.
    #[serde(deserialize_with = "Option::deserialize")]
    pub policy_changed_since: Option<String>,
    /// What differs, loosened first.
    pub policy_changes: Vec<PolicyChangeRecord>,
    /// Thresholds that an environment variable gave, as `VARIABLE=value`.
    pub thresholds: Vec<String>,
    /// ATTESTED results that are PASS.
    pub claim_count: usize,
    /// How many persons they are by; names that differ in case, width or the punctuation at their end are one.
    pub claimant_count: usize,
    /// In the order of the report.
    pub results: Vec<ResultRecord>,
    /// One for each result that holds the release.
    pub hold_reasons: Vec<HoldRecord>,
    /// The results that the policy's `exceptions` excused.
    pub exceptions: Vec<ExcuseRecord>,
    /// The results that `not_applicable` of release.yaml excused.
    pub waivers: Vec<ExcuseRecord>,
    /// What a reader should know though it does not hold the release.
    pub warnings: Vec<String>,
    /// SHA-256 of the file's bytes before this key: of all but its last 86.
    pub content_sha256: Digest,
}

/// SHA-256, 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("pattern" = "^[0-9a-f]{64}$")))]
pub struct Digest(pub String);

/// A package among several that are released from one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Package"))]
pub struct PackageRecord {
    /// Relative to the folder of release.yaml.
    pub folder: String,
    /// The name that its manifest has.
    #[serde(deserialize_with = "Option::deserialize")]
    pub package_name: Option<String>,
    /// Its version.
    pub version: String,
    /// Its tag, where it is at the commit.
    #[serde(deserialize_with = "Option::deserialize")]
    pub tag_name: Option<String>,
    /// The tag's own object; null for a lightweight one.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    pub tag_object_id: Option<String>,
}

/// A key of the policy that differs from the last release's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PolicyChange"))]
pub struct PolicyChangeRecord {
    /// loosened, changed or tightened.
    #[cfg_attr(test, schemars(extend("enum" = ["loosened", "changed", "tightened"])))]
    pub direction: String,
    /// As `exceptions.deps_pinned`.
    pub policy_key: String,
    /// What it was and what it is.
    pub detail: String,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Result"))]
pub struct ResultRecord {
    /// Unique in a record.
    pub check_id: String,
    /// For people.
    pub title: String,
    /// AUTO: the run established it. ATTESTED: a person claimed it.
    #[cfg_attr(test, schemars(extend("enum" = ["AUTO", "ATTESTED"])))]
    pub kind: String,
    /// PASS, FAIL, UNPROVEN, WARN, NA or SKIPPED.
    #[cfg_attr(test, schemars(extend("enum" = ["PASS", "FAIL", "UNPROVEN", "WARN", "NA", "SKIPPED"])))]
    pub status: String,
    /// Whether FAIL or UNPROVEN holds the release.
    pub is_blocking: bool,
    /// What was found, in one line, up to 64 KiB.
    pub detail: String,
    /// What it was read from.
    #[serde(deserialize_with = "Option::deserialize")]
    pub source: Option<String>,
    /// Who claimed it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub actor: Option<String>,
    /// When, as it was written.
    #[serde(deserialize_with = "Option::deserialize")]
    pub claimed_at: Option<String>,
    /// References that a person gave, or artifacts of the run.
    pub evidence: Vec<String>,
    /// Whose word excused it: policy (`exceptions`), release (`not_applicable`), or nobody's.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("enum" = ["policy", "release", null])))]
    pub excused_by: Option<String>,
    /// The reason.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exception: Option<String>,
    /// The keys whose signatures under the claim hold, as fingerprints, with a comma and a space between several.
    #[serde(deserialize_with = "Option::deserialize")]
    pub signed_by: Option<String>,
}

/// One line of the answer to "why not?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HoldReason"))]
pub struct HoldRecord {
    /// The result's.
    pub check_id: String,
    /// The result's.
    pub detail: String,
}

/// What somebody excused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Excuse"))]
pub struct ExcuseRecord {
    /// The result's.
    pub check_id: String,
    /// As it was written.
    pub reason: String,
    /// The last day on which it holds, UTC.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(test, schemars(extend("format" = "date")))]
    pub until_day: Option<String>,
}

impl VerdictRecord {
    /// The record of a report, made after those that `prev` names.
    pub(super) fn of(report: &Report, record_id: Ulid, prev: Vec<Digest>) -> Self {
        let Report { subject, .. } = report;
        let claims = report.claims();
        let policy = PolicyOf::of(subject.policy.as_ref());
        let release = subject.release.clone();
        Self {
            record_schema: RecordSchema::V1,
            record_id,
            prev,
            judged_at: judged_at(report.timing.started_at),
            duration_ms: (report.timing.duration_ms * 1000.0).round() / 1000.0,
            gate_version: env!("CARGO_PKG_VERSION").to_owned(),
            command_name: report.command.to_owned(),
            decision: report.decision().label().to_owned(),
            is_rehearsal: report.rehearsal.is_some(),
            project_name: subject.project.clone(),
            remote: subject.host_and_path().map(str::to_owned),
            folder: subject.folder.clone(),
            version: subject.version.clone(),
            packages: subject.packages.iter().map(PackageRecord::of).collect(),
            commit_id: subject.commit.clone(),
            tree_id: subject.tree.clone(),
            tag_name: subject.tag.clone(),
            tag_object_id: subject.tag_object.clone(),
            revision: subject.revision.clone(),
            release_path: release.as_ref().map(|NamedRelease { path, .. }| path.clone()),
            release_sha256: release.map(|NamedRelease { sha256, .. }| Digest(sha256)),
            policy_source: policy.source,
            policy_path: policy.path,
            policy_revision: policy.revision,
            policy_blob_id: policy.blob,
            policy_sha256: policy.sha256,
            policy_changed_since: subject.policy_changes.as_ref().map(|changes| changes.since.clone()),
            policy_changes: changes_of(subject),
            thresholds: report.thresholds().into_iter().map(str::to_owned).collect(),
            claim_count: claims.map_or(0, |claims| claims.made),
            claimant_count: claims.map_or(0, |claims| claims.persons),
            results: report.rows.iter().map(ResultRecord::of).collect(),
            hold_reasons: holds_of(report),
            exceptions: excuses(&report.rows, Excuser::Policy),
            waivers: excuses(&report.rows, Excuser::Release),
            warnings: report.warnings.iter().map(|warning| cut(warning)).collect(),
            content_sha256: Digest(String::new()),
        }
    }

    /// The UTC day on which it was judged, as `2026-11-29`.
    #[must_use]
    pub fn day(&self) -> &str {
        self.judged_at.get(..10).unwrap_or_default()
    }

    /// Whether its time is one as this program writes it, so that a day can be told of it.
    pub(super) fn has_a_day(&self) -> bool {
        self.judged_at.parse::<Timestamp>().is_ok_and(|time| judged_at(time) == self.judged_at)
    }
}

/// RFC 3339 in UTC with milliseconds.
fn judged_at(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn changes_of(subject: &Subject) -> Vec<PolicyChangeRecord> {
    let changes = subject.policy_changes.iter().flat_map(|changes| &changes.changes);
    changes.map(PolicyChangeRecord::of).collect()
}

fn holds_of(report: &Report) -> Vec<HoldRecord> {
    let reasons = report.hold_reasons().into_iter();
    reasons.map(|reason| HoldRecord { check_id: reason.id, detail: cut(&reason.detail) }).collect()
}

fn excuses(rows: &[Row], by: Excuser) -> Vec<ExcuseRecord> {
    let excused = rows.iter().filter_map(|row| Some((row, row.excuse.as_ref().filter(|excuse| excuse.by == by)?)));
    let record = excused.map(|(row, excuse)| ExcuseRecord {
        check_id: row.id.clone(),
        reason: cut(&excuse.reason),
        until_day: excuse.until.map(|day| day.to_string()),
    });
    record.collect()
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(DETAIL_LIMIT)].to_owned()
}

impl PackageRecord {
    fn of(package: &SubjectPackage) -> Self {
        let SubjectPackage { folder, name, version, tag, tag_object, .. } = package.clone();
        Self { folder, package_name: name, version, tag_name: tag, tag_object_id: tag_object }
    }
}

impl PolicyChangeRecord {
    fn of(change: &PolicyChange) -> Self {
        let direction = change.direction.label().to_owned();
        Self { direction, policy_key: change.key.clone(), detail: cut(&change.detail) }
    }
}

impl ResultRecord {
    /// What a record says of a row.
    pub(crate) fn of(row: &Row) -> Self {
        let fact = |name: &str| row.metrics.get(name)?.as_str().map(str::to_owned);
        let claimed = |name: &str| fact(name).filter(|_| row.kind == Kind::Attested);
        Self {
            check_id: row.id.clone(),
            title: row.title.clone(),
            kind: row.kind.label().to_owned(),
            status: row.status.label().to_owned(),
            is_blocking: row.blocking,
            detail: cut(&row.detail),
            source: row.source.as_ref().map(Source::text).map(str::to_owned),
            actor: claimed("by"),
            claimed_at: claimed("at"),
            evidence: row.evidence.clone(),
            excused_by: row.excuse.as_ref().map(|excuse| excuse.by.label().to_owned()),
            exception: row.excuse.as_ref().map(|excuse| cut(&excuse.reason)),
            signed_by: signed_by(row),
        }
    }
}

/// The fingerprints of the keys that signed what the row attests; a signature that does not hold is nobody's word.
fn signed_by(row: &Row) -> Option<String> {
    let signed = row.metrics.get(SIGNED)?.as_array()?.iter();
    let holding = signed.filter(|one| one.get("holds").is_some_and(|holds| holds == true));
    let fingerprints: Vec<_> = holding.filter_map(|one| one.pointer("/key/fingerprint")?.as_str()).collect();
    (!fingerprints.is_empty()).then(|| fingerprints.join(", "))
}

/// The keys that say which policy held.
#[derive(Default)]
pub(crate) struct PolicyOf {
    pub(crate) source: Option<String>,
    pub(crate) path: Option<String>,
    revision: Option<String>,
    pub(crate) blob: Option<String>,
    pub(crate) sha256: Option<Digest>,
}

impl PolicyOf {
    /// As a record has them.
    pub(crate) fn of_record(record: &VerdictRecord) -> Self {
        Self {
            source: record.policy_source.clone(),
            path: record.policy_path.clone(),
            revision: record.policy_revision.clone(),
            blob: record.policy_blob_id.clone(),
            sha256: record.policy_sha256.clone(),
        }
    }

    /// As a record of it would have them.
    pub(crate) fn of(policy: Option<&PolicySource>) -> Self {
        let of = |source: &str, path: &String| Self {
            source: Some(source.to_owned()),
            path: Some(path.clone()),
            ..Self::default()
        };
        match policy {
            None => Self::default(),
            Some(PolicySource::Defaults) => Self { source: Some("defaults".to_owned()), ..Self::default() },
            Some(PolicySource::Release { path, blob }) => Self { blob: blob.clone(), ..of("release", path) },
            Some(PolicySource::Revision { revision, path, blob }) => {
                Self { revision: Some(revision.clone()), blob: blob.clone(), ..of("ref", path) }
            }
            Some(PolicySource::Named { path, sha256 }) => {
                Self { sha256: Some(Digest(sha256.clone())), ..of("config", path) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;
    use crate::model::Decision;
    use crate::structured::committed;

    pub(super) const DECISIONS: [&str; 4] =
        [Decision::Go.label(), Decision::NoGo.label(), Decision::Ready.label(), Decision::NotReady.label()];

    #[test]
    fn the_committed_schema_is_of_these_types() {
        let schema =
            SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<VerdictRecord>();
        committed::hold("record", SCHEMA_DOCUMENT, &schema);
    }

    /// The reserved words of PostgreSQL, MySQL, SQL Server, Oracle, SQLite, DuckDB, BigQuery, Redshift and Snowflake.
    #[test]
    fn no_name_is_reserved_in_sql() {
        let reserved = include_str!("../../../tests/fixtures/sql-reserved-words.txt");
        let reserved: Vec<_> = reserved.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(reserved.len() > 400, "{}", reserved.len());
        let schema: serde_json::Value = serde_json::from_str(SCHEMA_DOCUMENT).expect("JSON");
        let definitions = schema["$defs"].as_object().expect("definitions").values();
        let names = std::iter::once(&schema).chain(definitions).filter_map(|object| object["properties"].as_object());
        let names: Vec<_> = names.flat_map(|properties| properties.keys()).collect();
        assert!(names.len() > 50, "{names:?}");
        let taken: Vec<_> = names.into_iter().filter(|name| reserved.contains(&name.as_str())).collect();
        assert_eq!(taken, Vec::<&String>::new());
    }
}
