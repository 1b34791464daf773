//! One verdict and what it rests on, as it is kept.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};
use ulid::Ulid;

use super::name::{Name, is_gate_id};
use crate::model;
use crate::structured::json;
use crate::structured::pretty;

/// The key of `extra` that has the digest of the gate's configuration.
pub(crate) const CONFIGURATION: &str = "configuration";

/// The key of `extra` that says that one gate was looked at by itself.
pub(crate) const ALONE: &str = "evaluated_alone";

/// A record. The order of the fields is the order of the keys; a key that is missing, unknown or there twice makes a
/// record damaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this format.
    pub schema: Schema,
    /// Unique, and ordered by the time it was made: see [`super::next_id`].
    pub artifact_id: Ulid,
    /// The gate, `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
    pub gate_id: String,
    /// The gate's name for people.
    pub name: String,
    /// The gate's type.
    #[serde(rename = "type")]
    pub gate_type: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether FAIL or UNPROVEN holds the release.
    pub blocking: bool,
    /// One line for people.
    pub detail: String,
    /// What was measured, by name; nested at most 64 deep.
    #[serde(deserialize_with = "json::object")]
    pub metrics: Map<String, Value>,
    /// When the gate was started; kept in milliseconds.
    #[serde(serialize_with = "rfc_3339", deserialize_with = "timestamp")]
    pub timestamp: Timestamp,
    /// Wall clock, in milliseconds.
    pub duration_ms: f64,
    /// The project, when one is named.
    #[serde(deserialize_with = "Option::deserialize")]
    pub project_id: Option<String>,
    /// The CI system's run, when there is one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub pipeline_id: Option<String>,
    /// The commit that was judged, in hex digits.
    #[serde(deserialize_with = "Option::deserialize")]
    pub commit: Option<String>,
    /// The gate's framework.
    pub framework: String,
    /// What the gate's author asked for.
    pub on_fail: OnFail,
    /// The file that the gate's command wrote; else where this record was written.
    #[serde(deserialize_with = "Option::deserialize")]
    pub artifact_path: Option<String>,
    /// What the gate's command printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Facts of one command only, as `policy_file`.
    #[serde(default, skip_serializing_if = "Map::is_empty", deserialize_with = "json::object")]
    pub extra: Map<String, Value>,
}

impl Record {
    /// The digest of the gate's configuration, where this record may be compared with: it passed, in the run of a gate file.
    pub(super) fn comparable(&self) -> Option<&str> {
        let fits = self.verdict == Verdict::Pass && !self.extra.contains_key(ALONE);
        self.extra.get(CONFIGURATION).and_then(Value::as_str).filter(|_| fits)
    }
}

/// The versions of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Schema {
    /// The first.
    #[default]
    #[serde(rename = "delivery-gate/artifact/v1")]
    V1,
}

/// What a gate came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Shown to hold.
    Pass,
    /// Shown not to hold.
    Fail,
    /// Could not be shown either way.
    Unproven,
    /// Not good, and not in the way.
    Warn,
    /// Not asked.
    Skipped,
}

impl Verdict {
    /// The verdict of a row; a row that a person declared not applicable has none.
    #[must_use]
    pub fn of(status: model::Status) -> Option<Self> {
        match status {
            model::Status::Pass | model::Status::Hollow(_) => Some(Self::Pass),
            model::Status::Fail => Some(Self::Fail),
            model::Status::Unproven => Some(Self::Unproven),
            model::Status::Warn(_) => Some(Self::Warn),
            model::Status::Skipped => Some(Self::Skipped),
            model::Status::Na => None,
        }
    }

    /// A status that has this verdict; a record does not keep where its caution comes from.
    fn status(self) -> model::Status {
        match self {
            Self::Pass => model::Status::Pass,
            Self::Fail => model::Status::Fail,
            Self::Unproven => model::Status::Unproven,
            Self::Warn => model::Status::Warn(model::Caution::Amber),
            Self::Skipped => model::Status::Skipped,
        }
    }

    /// The word in records and reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.status().label()
    }
}

/// What FAIL and UNPROVEN do to the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFail {
    /// They hold it.
    #[default]
    Block,
    /// They become WARN.
    Warn,
    /// They are shown and hold nothing.
    Report,
}

impl OnFail {
    /// The words of a gate file.
    pub const WORDS: [(&'static str, Self); 3] =
        [("block", Self::Block), ("warn", Self::Warn), ("report", Self::Report)];

    /// The word of a gate file.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("block", |(word, _)| word)
    }
}

/// What a command printed, cut and with its secrets masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Record {
    /// Where it is kept, unless its gate's id could lead elsewhere.
    pub(super) fn file(&self) -> Option<Name> {
        is_gate_id(&self.gate_id).then(|| Name { id: self.artifact_id, gate_id: self.gate_id.clone() })
    }

    /// The record as JSON for people and machines.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty::to_string(self)
    }

    /// The file's content when it is kept at `path`.
    pub(super) fn content(&self, path: &Path) -> String {
        if self.artifact_path.is_some() {
            return self.to_json();
        }
        Self { artifact_path: Some(path.display().to_string()), ..self.clone() }.to_json()
    }

    /// Reads a file's content, which must be the record that the name promises.
    pub(super) fn read(content: &[u8], name: &Name) -> Result<Self, String> {
        let record: Self = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        if record.artifact_id != name.id || record.gate_id != name.gate_id {
            return Err("it is the record of another gate or run than its name says".to_owned());
        }
        Ok(record)
    }
}

fn rfc_3339<S: Serializer>(timestamp: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{timestamp:.3}"))
}

fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom("`timestamp` is not a time as RFC 3339 writes it"))
}
