//! The `delivery-gate/verify/v1` document: types of its own, so that the domain may change and the format not.

use serde::Serialize;

use super::Verified;
use super::compared::{Compared, Standing};
use super::told::NOT_PROVEN;
use crate::structured::pretty;

/// The name of the format.
const SCHEMA: &str = "delivery-gate/verify/v1";

/// The JSON Schema of the document; a test makes it of the types below.
pub(crate) const SCHEMA_DOCUMENT: &str = include_str!("../../../schemas/verify.schema.json");

/// What a release came to when it was looked at again. The keys' order is part of the format, and every key is always there.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, title = "delivery-gate verify"))]
struct Document<'a> {
    /// The format and its version.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    /// The tag of the release.
    tag: &'a str,
    /// The commit that it names.
    #[cfg_attr(test, schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$")))]
    commit: Option<&'a str>,
    /// The version that release.yaml names; null where it has packages.
    version: Option<&'a str>,
    /// Whether all that can be is confirmed.
    verified: bool,
    /// The record that it was compared with; null where none was named.
    record: Option<JsonRecord<'a>>,
    /// Why the record is none that can be compared with, or not the one that the tag's message names.
    problems: &'a [String],
    /// In the order of the record, where there is one.
    results: Vec<JsonRow<'a>>,
    /// Signed claims whose key counted when the release was tagged, and no longer does. They hold nothing.
    expired_since: Vec<JsonExpired<'a>>,
    /// What a reader should know though it changes nothing.
    warnings: &'a [String],
    /// What none of this proves.
    not_proven: [&'static str; 3],
}

/// A record of a verdict.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Record"))]
struct JsonRecord<'a> {
    /// As `--record` named it.
    path: &'a str,
    /// Null where the file is no sound record.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$")))]
    record_id: Option<String>,
    /// Of its bytes.
    #[cfg_attr(test, schemars(extend("pattern" = "^[0-9a-f]{64}$")))]
    sha256: Option<&'a str>,
    /// When the verdict was reached, as the record says.
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    judged_at: Option<&'a str>,
}

/// One row, then and now.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Result"))]
struct JsonRow<'a> {
    /// The check's.
    id: &'a str,
    /// AUTO: a run establishes it. ATTESTED: a person claimed it.
    #[cfg_attr(test, schemars(extend("enum" = tests::KINDS)))]
    kind: &'static str,
    /// Confirmed and recorded hold nothing.
    #[cfg_attr(test, schemars(extend("enum" = tests::standings())))]
    standing: &'static str,
    /// Why nobody looked again, or can tell any more; else null.
    why: Option<&'a str>,
    /// What was recorded; null where no record has it.
    recorded: Option<JsonSaid<'a>>,
    /// What it is; null where nobody looked.
    now: Option<JsonSaid<'a>>,
}

/// What a row came to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Said"))]
struct JsonSaid<'a> {
    /// PASS, FAIL, UNPROVEN, WARN, NA or SKIPPED.
    #[cfg_attr(test, schemars(extend("enum" = tests::STATUSES)))]
    status: &'a str,
    /// What was found.
    detail: &'a str,
}

/// A signed claim whose key no longer counts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, rename = "Expired"))]
struct JsonExpired<'a> {
    /// Its envelope.
    file: &'a str,
    /// Why not.
    why: &'a str,
}

impl Verified {
    /// The document.
    pub(crate) fn to_json(&self) -> String {
        let expired = self.expired.iter().map(|(file, why)| JsonExpired { file, why });
        pretty::to_string(&Document {
            schema: SCHEMA,
            tag: &self.tag,
            commit: self.subject.commit.as_deref(),
            version: self.subject.version.as_deref(),
            verified: self.holds(),
            record: self.record.path.as_deref().map(|path| self.record_in_json(path)),
            problems: self.record.problems(),
            results: self.rows.iter().map(JsonRow::of).collect(),
            expired_since: expired.collect(),
            warnings: &self.warnings,
            not_proven: NOT_PROVEN,
        })
    }

    fn record_in_json<'a>(&'a self, path: &'a str) -> JsonRecord<'a> {
        let sealed = self.record.sealed.as_ref();
        JsonRecord {
            path,
            record_id: sealed.map(|sealed| sealed.record.record_id.to_string()),
            sha256: sealed.map(|sealed| sealed.sha256.0.as_str()),
            judged_at: sealed.map(|sealed| sealed.record.judged_at.as_str()),
        }
    }
}

impl<'a> JsonRow<'a> {
    fn of(row: &'a Compared) -> Self {
        let said = |said: &'a Option<(String, String)>| {
            said.as_ref().map(|(status, detail)| JsonSaid { status: status.as_str(), detail: detail.as_str() })
        };
        let why = match &row.standing {
            Standing::Recorded(why) => Some(*why),
            Standing::Lost(why) => Some(why.as_str()),
            Standing::Confirmed | Standing::Different => None,
        };
        Self {
            id: &row.id,
            kind: row.kind.label(),
            standing: row.standing.label(),
            why,
            recorded: said(&row.was),
            now: said(&row.is),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;
    use crate::model::{Caution, Kind, Status};
    use crate::structured::committed;

    pub(super) const KINDS: [&str; 2] = [Kind::Auto.label(), Kind::Attested.label()];

    pub(super) const STATUSES: [&str; 6] = [
        Status::Pass.label(),
        Status::Fail.label(),
        Status::Unproven.label(),
        Status::Warn(Caution::Excused).label(),
        Status::Na.label(),
        Status::Skipped.label(),
    ];

    pub(super) fn standings() -> [&'static str; 4] {
        let lost = Standing::Lost(String::new());
        [Standing::Confirmed, Standing::Different, Standing::Recorded(""), lost].map(|standing| standing.label())
    }

    #[test]
    fn the_committed_schema_is_of_these_types() {
        let schema =
            SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document<'_>>();
        committed::hold("verify", SCHEMA_DOCUMENT, &schema);
    }
}
