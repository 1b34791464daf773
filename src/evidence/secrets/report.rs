//! A scan's outcome as metrics and as lines for people.

use serde_json::{Map, Value, json};

use super::scan::{REASONS, Summary};
use super::unsearched::Cause;

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
            ("binary_files", json!(self.unsearched.count(Cause::Binary))),
            (
                "not_searched",
                Value::Object(self.unsearched.named().map(|(cause, names)| (cause.to_owned(), json!(names))).collect()),
            ),
            ("skipped", json!(self.skipped)),
            ("allowed_inline", json!(self.allowed_inline)),
            ("allowed_by_baseline", json!(self.allowed_by_baseline)),
            ("allowed_by_this_change", json!(self.allowed_by_change)),
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
            (self.allowed_by_change.len() as u64, "allowed by this change"),
            (self.skipped, "not a regular file, skipped"),
            (self.unreadable.len() as u64, unread),
        ];
        let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        for phrase in self.unsearched.phrases().into_iter().chain(others) {
            text.push_str(&format!("; {phrase}"));
        }
        text
    }

    /// Which texts were not searched: a gate shows nothing then.
    #[must_use]
    pub fn unsearched_text(&self) -> Option<String> {
        let first = self.unsearched.texts.first().filter(|_| self.hit_count == 0)?;
        let more = match self.unsearched.texts.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("not searched, though it is a text: {first}{more}"))
    }

    /// Why it shows nothing, where it does not.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        match self.unreadable.first() {
            _ if self.hit_count > 0 => None,
            Some(first) => Some(format!("not everything could be looked at: {first}")),
            None if !self.missed.is_empty() => self.missed.first().cloned(),
            None if self.is_empty() => Some("nothing was scanned".to_owned()),
            None => None,
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
