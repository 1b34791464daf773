//! What auditors of dependencies print, told apart by its shape.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use crate::evidence::advisories::Severity;
use crate::model::Metrics;

mod sarif;
mod shapes;

/// What an auditor looked at, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Audit {
    pub(crate) looked_at: LookedAt,
    /// Packages that it says it did not look at.
    pub(crate) skipped: Vec<String>,
    /// Vulnerabilities that its user suppressed.
    pub(crate) suppressed: Vec<String>,
    pub(crate) found: Vec<Finding>,
}

/// How much an auditor looked at, in the unit that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookedAt {
    Packages(u64),
    Files(u64),
}

impl Default for LookedAt {
    fn default() -> Self {
        Self::Packages(0)
    }
}

impl LookedAt {
    pub(crate) const METRICS: [&str; 2] = ["packages_scanned", "files_scanned"];

    pub(crate) fn is_nothing(self) -> bool {
        matches!(self, Self::Packages(0) | Self::Files(0))
    }

    fn metric(self) -> (&'static str, u64) {
        match self {
            Self::Packages(count) => (Self::METRICS[0], count),
            Self::Files(count) => (Self::METRICS[1], count),
        }
    }
}

/// One vulnerability of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The vulnerability's id, and what else it is called.
    pub(crate) ids: Vec<String>,
    pub(crate) severity: Severity,
}

type Shape = fn(Value) -> Result<Audit, String>;

/// Reads what was printed. `None` for a shape that nobody knows.
pub(crate) fn read(printed: &Metrics) -> Option<Result<Audit, String>> {
    let shapes: [(bool, Shape); 5] = [
        (printed.get("dependencies").is_some_and(Value::is_array), shapes::pip_audit),
        (printed.contains_key("auditReportVersion"), shapes::npm_audit),
        (printed.contains_key("lockfile") && printed.contains_key("vulnerabilities"), shapes::cargo_audit),
        (printed.get("results").is_some_and(Value::is_array), shapes::osv_scanner),
        (printed.get("runs").is_some_and(Value::is_array), sarif::read),
    ];
    let mut alike = shapes.iter().filter(|(alike, _)| *alike);
    match (alike.next(), alike.next()) {
        (Some((_, read)), None) => Some(read(Value::Object(printed.clone()))),
        _ => None,
    }
}

fn decode<T: DeserializeOwned>(tool: &str, printed: Value) -> Result<T, String> {
    serde_json::from_value(printed).map_err(|error| format!("it looks like {tool}'s output, but {error}"))
}

impl Audit {
    /// The metrics of the gate.
    pub(crate) fn metrics(&self) -> Metrics {
        let distinct = self.distinct();
        let of = |severity| distinct.iter().filter(|found| **found == severity).count();
        let max = distinct.iter().max().copied().unwrap_or(Severity::None);
        let (looked_at, count) = self.looked_at.metric();
        let metrics = json!({
            "cve_count": distinct.len(),
            "severity_max": max.word(),
            "critical_cves": of(Severity::Critical),
            "high_cves": of(Severity::High),
            "total_vulnerabilities": self.found.len(),
            looked_at: count,
            "packages_skipped": self.skipped.len(),
        });
        metrics.as_object().cloned().unwrap_or_default()
    }

    /// The severity of each vulnerability, one under several names or in several packages counted once.
    fn distinct(&self) -> Vec<Severity> {
        let mut groups: Vec<(HashSet<&str>, Severity)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for finding in &self.found {
            let names = || finding.ids.iter().map(String::as_str);
            let mut same: Vec<_> = names().filter_map(|name| known.get(name).copied()).collect();
            same.sort_unstable();
            same.dedup();
            let mut merged = (names().collect::<HashSet<_>>(), finding.severity);
            for at in same {
                let (names, severity) = std::mem::replace(&mut groups[at], (HashSet::new(), Severity::None));
                merged = (merged.0.union(&names).copied().collect(), merged.1.max(severity));
            }
            known.extend(merged.0.iter().map(|name| (*name, groups.len())));
            groups.push(merged);
        }
        groups.into_iter().filter(|(names, _)| !names.is_empty()).map(|(_, severity)| severity).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vulnerability_under_several_names_counts_once() {
        let finding =
            |ids: &[&str], severity| Finding { ids: ids.iter().map(|id| (*id).to_owned()).collect(), severity };
        let found = vec![
            finding(&["CVE-1", "GHSA-1"], Severity::Low),
            finding(&["PYSEC-1", "CVE-1"], Severity::High),
            finding(&["CVE-2"], Severity::Unknown),
            finding(&["A-3"], Severity::Low),
            finding(&["B-3"], Severity::Low),
            finding(&["A-3", "B-3"], Severity::Low),
        ];
        let metrics = Audit { looked_at: LookedAt::Packages(3), found, ..Audit::default() }.metrics();
        assert_eq!((&metrics["cve_count"], &metrics["total_vulnerabilities"]), (&json!(3), &json!(6)));
        assert_eq!((&metrics["severity_max"], &metrics["high_cves"]), (&json!("HIGH"), &json!(1)));
    }
}
