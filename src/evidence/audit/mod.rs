//! What auditors of dependencies print, told apart by its shape.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use crate::evidence::advisories::Severity;
use crate::model::Metrics;

mod asked;
mod more;
mod sarif;
mod shapes;
mod streams;

pub(crate) use asked::Asked;

/// The metric that counts findings which are no vulnerabilities, and how their ids begin.
pub(crate) const OTHER: &str = "other_findings";
const CARGO_DENY: &str = "cargo-deny:";

/// What an auditor looked at, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Audit {
    pub(crate) looked_at: LookedAt,
    /// Packages that it says it did not look at.
    pub(crate) skipped: Vec<String>,
    /// Vulnerabilities that its user suppressed.
    pub(crate) suppressed: Vec<String>,
    /// What else a reader should know, by kind.
    pub(crate) notes: Vec<(&'static str, String)>,
    pub(crate) found: Vec<Finding>,
}

/// How much an auditor looked at, in the unit that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookedAt {
    Packages(u64),
    Files(u64),
    /// The packages of the lock file beside which it ran, by the first part of that file's name: it says nothing itself, and
    /// stops without one.
    LockOf(&'static str),
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
            Self::LockOf(_) => (Self::METRICS[0], 0),
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

type Shape = fn(&Value) -> Result<Audit, String>;

/// The auditors whose output is read, for people.
pub(crate) const KNOWN: &str = "pip-audit, npm audit, pnpm audit, yarn audit, bun audit, cargo audit, cargo deny, osv-scanner, Trivy, \
                                Grype, govulncheck, Safety, bundler-audit, composer audit, SARIF, or `cve_count` and `packages_scanned`";

/// Reads what was printed, one JSON document after another. `None` for a shape that nobody knows. With `asked`, also what only
/// the command tells apart from nothing.
pub(crate) fn read(documents: &[Value], asked: Option<&Asked>) -> Option<Result<Audit, String>> {
    let [one] = documents else {
        let is_yarn = asked.is_some_and(|asked| asked.has("yarn") && asked.has("npm") && asked.has("audit"));
        return match documents {
            [] if is_yarn => Some(Ok(streams::silent_yarn())),
            documents => streams::read(documents),
        };
    };
    let has = |key: &str| one.get(key).is_some();
    let list = |key: &str| one.get(key).is_some_and(Value::is_array);
    let shapes: [(bool, Shape); 12] = [
        (list("dependencies"), |one| shapes::pip_audit(one.clone())),
        (has("auditReportVersion"), |one| shapes::npm_audit(one.clone())),
        (has("lockfile") && has("vulnerabilities"), |one| shapes::cargo_audit(one.clone())),
        (list("results") && !has("created_at"), |one| shapes::osv_scanner(one.clone())),
        (list("results") && has("created_at"), more::bundler),
        (list("runs"), |one| sarif::read(one.clone())),
        (has("advisories") && has("metadata"), more::pnpm),
        (has("advisories") && !has("metadata"), more::composer),
        (has("SchemaVersion") && has("ArtifactName"), more::trivy),
        (list("matches") && has("descriptor"), more::grype),
        (has("scanned_packages") && has("report_meta"), more::safety),
        (
            more::is_bun(one) || (is_empty(one) && asked.is_some_and(|asked| asked.has("bun") && asked.has("audit"))),
            more::bun,
        ),
    ];
    let mut alike = shapes.iter().filter(|(alike, _)| *alike);
    match (alike.next(), alike.next()) {
        (Some((_, read)), None) => Some(read(one)),
        (None, _) => streams::read(documents),
        _ => None,
    }
}

fn is_empty(one: &Value) -> bool {
    one.as_object().is_some_and(serde_json::Map::is_empty)
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
        let other = self.found.iter().filter(|finding| finding.ids.iter().any(|id| id.starts_with(CARGO_DENY))).count();
        let mut metrics = json!({
            "cve_count": distinct.len(),
            "severity_max": max.word(),
            "critical_cves": of(Severity::Critical),
            "high_cves": of(Severity::High),
            "total_vulnerabilities": self.found.len(),
            looked_at: count,
            "packages_skipped": self.skipped.len(),
        });
        if other > 0 {
            metrics[OTHER] = json!(other);
        }
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
