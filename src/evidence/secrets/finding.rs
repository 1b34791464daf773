//! What the scanner found: places, never values.

use std::fmt;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::model;
use crate::model::Place;

/// A secret's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub kind: &'static str,
    /// Where, as the user would open it.
    pub path: String,
    /// The commit whose content it is, where history was scanned.
    pub commit: Option<String>,
    /// From 1.
    pub line: u64,
    /// From 1, in characters.
    pub column: u64,
    /// The first byte's offset in the file.
    pub start: u64,
    /// One past the last byte's.
    pub end: u64,
    /// 0 to 1.
    pub confidence: f64,
    /// Whether its type is reported whatever the confidence.
    pub auto_blocked: bool,
    /// SHA-256 of type and value, 64 hex digits: the same wherever the secret stands.
    pub fingerprint: String,
}

fn number(counted: u64) -> Option<usize> {
    usize::try_from(counted).ok()
}

/// The fingerprint of a secret.
#[must_use]
pub(crate) fn fingerprint(kind: &str, secret: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(secret);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Finding {
    /// What is shown in the secret's place.
    #[must_use]
    pub fn redacted(&self) -> String {
        format!("[REDACTED:{}]", self.kind)
    }

    /// As a finding of a report; `file` is where it is in the repository.
    #[must_use]
    pub fn reported(&self, file: Option<Place>) -> model::Finding {
        let place = file.map(|file| Place { line: number(self.line), column: number(self.column), ..file });
        let commit = self.commit.as_ref().map_or_else(String::new, |commit| format!(" in commit {commit:.12}"));
        model::Finding {
            rule: self.kind.to_owned(),
            message: format!("{} with confidence {:.2}{commit}", self.redacted(), self.confidence),
            place,
            key: self.fingerprint.clone(),
        }
    }

    /// As an element of the report's `findings`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "type": self.kind, "path": self.path, "line": self.line, "column": self.column,
            "start": self.start, "end": self.end, "confidence": self.confidence,
            "auto_blocked": self.auto_blocked, "fingerprint": self.fingerprint, "redacted_value": self.redacted(),
        });
        if let Some(commit) = &self.commit {
            value["commit"] = json!(commit);
        }
        value
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, path, line, column, confidence, .. } = self;
        write!(f, "{path}:{line}:{column} {kind} {confidence:.2} {}", self.redacted())?;
        self.commit.as_ref().map_or(Ok(()), |commit| write!(f, " in commit {commit:.12}"))
    }
}
