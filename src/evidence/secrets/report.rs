//! A scan's outcome as metrics and as lines for people.

use serde_json::{Map, Value, json};

use super::scan::{REASONS, Summary};

impl Summary {
    /// The metrics of the gate type `secrets_scan`, with the list of findings.
    #[must_use]
    pub fn metrics(&self) -> Map<String, Value> {
        let detected = self.hit_count > 0;
        let findings: Vec<_> = self.findings.iter().map(super::Finding::to_json).collect();
        let metrics = [
            ("detected", json!(detected)),
            ("secrets_detected", json!(detected)),
            ("auto_blocked", json!(self.auto_blocked > 0)),
            ("hit_count", json!(self.hit_count)),
            ("types", json!(self.types)),
            ("files_scanned", json!(self.files_scanned)),
            ("bytes_scanned", json!(self.bytes_scanned)),
            ("binary_files", json!(self.binary_files)),
            ("skipped", json!(self.skipped)),
            ("allowed_inline", json!(self.allowed_inline)),
            ("allowed_by_baseline", json!(self.allowed_by_baseline)),
            ("findings", json!(findings)),
        ];
        metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// How much was looked at, and what was left out.
    #[must_use]
    pub fn counts(&self) -> String {
        let mut text = format!("{} in {}", counted(self.hit_count, "finding"), counted(self.files_scanned, "file"));
        let unread = if self.unreadable.len() < REASONS { "unreadable" } else { "or more unreadable" };
        let others = [
            (self.auto_blocked, "auto-blocked"),
            (self.allowed_inline, "allowed inline"),
            (self.allowed_by_baseline, "allowed by the baseline"),
            (self.binary_files, "binary, skipped"),
            (self.skipped, "not a regular file, skipped"),
            (self.unreadable.len() as u64, unread),
        ];
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!("; {count} {what}"));
        }
        text
    }

    /// Why it shows nothing, where it does not.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        match self.unreadable.first() {
            _ if self.hit_count > 0 => None,
            Some(first) => Some(format!("not everything could be looked at: {first}")),
            None if self.is_empty() => Some("nothing was scanned".to_owned()),
            None => None,
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
