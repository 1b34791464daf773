//! What was judged, and by which gate: the same facts, under the same names, in every format.

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use super::filled::folded;
use super::names::{RELEASE_FILE, SIGNED, THRESHOLDS_FROM};
use super::{Kind, Report, Row};

/// Which policy held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PolicySource {
    /// No file: the defaults.
    #[default]
    Defaults,
    /// A file of the release.
    Release {
        /// Relative to the repository's top level, with `/`.
        path: String,
        /// The id of its blob, in hex digits; none where there is no repository to have it.
        blob: Option<String>,
    },
    /// A file of another commit, which was named for this run.
    Revision {
        /// As the user named the commit.
        revision: String,
        /// Relative to the repository's top level, with `/`.
        path: String,
        /// The id of its blob, in hex digits.
        blob: Option<String>,
    },
    /// A file that was named for this run.
    Named {
        /// As the user wrote it.
        path: String,
        /// Of its bytes, 64 hex digits.
        sha256: String,
    },
}

impl PolicySource {
    /// Whether it stands in another folder than that of the package.
    fn is_inherited(&self, folder: Option<&str>) -> bool {
        match self {
            Self::Release { path, .. } | Self::Revision { path, .. } => {
                path.rsplit_once('/').map_or(".", |(above, _)| above) != folder.unwrap_or(".")
            }
            Self::Defaults | Self::Named { .. } => false,
        }
    }
}

/// As `delivery-gate.yaml (blob …)`.
impl fmt::Display for PolicySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("defaults"),
            Self::Release { path, blob: None } => f.write_str(path),
            Self::Release { path, blob: Some(blob) } => write!(f, "{path} (blob {blob})"),
            Self::Revision { revision, path, blob } => {
                let blob = blob.as_ref().map(|blob| format!(", blob {blob}")).unwrap_or_default();
                write!(f, "{path} of {revision} (--policy-ref{blob})")
            }
            Self::Named { path, sha256 } => write!(f, "{path} (--config, SHA-256 {sha256})"),
        }
    }
}

/// A release.yaml that was named for this run: it is not part of the commit that is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRelease {
    /// As the user wrote it.
    pub path: String,
    /// Of its bytes, 64 hex digits.
    pub sha256: String,
}

/// As `claims.yaml, not part of the commit (SHA-256 …)`.
impl fmt::Display for NamedRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, not part of the commit (SHA-256 {})", self.path, self.sha256)
    }
}

/// How many claims hold, and how many persons made them: names that people would call the same are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The claims.
    pub made: usize,
    /// The persons.
    pub persons: usize,
}

impl Claims {
    /// Of the rows; none where nobody claimed anything that holds.
    fn of(rows: &[Row]) -> Option<Self> {
        let holding = rows.iter().filter(|row| row.kind == Kind::Attested && row.status.is_pass());
        let names: Vec<_> = holding.map(persons).filter(|names| !names.is_empty()).collect();
        let persons = names.iter().flatten().collect::<HashSet<_>>().len();
        (persons > 0).then_some(Self { made: names.len(), persons })
    }

    /// Whether there are several, and nobody but one person made them.
    #[must_use]
    pub fn are_by_one_person(self) -> bool {
        self.made > 1 && self.persons == 1
    }

    /// `one person`, `3 persons`.
    #[must_use]
    pub(crate) fn by(self) -> String {
        if self.persons == 1 { "one person".to_owned() } else { format!("{} persons", self.persons) }
    }
}

/// Who made the claim of a row: those who signed it, else whom release.yaml names.
fn persons(row: &Row) -> Vec<String> {
    let signed = row.metrics.get(SIGNED).and_then(Value::as_array).into_iter().flatten();
    let signed: Vec<_> = signed.filter_map(|one| one["claim"]["by"].as_str()).map(folded).collect();
    let named = || row.metrics.get("by").and_then(Value::as_str).map(folded).into_iter().collect();
    if signed.is_empty() { named() } else { signed }
}

/// As `all 4 by one person`, `4 by 3 persons`.
impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = if self.are_by_one_person() { "all " } else { "" };
        write!(f, "{all}{} by {}", self.made, self.by())
    }
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is, in one word: `commit`.
    pub name: &'static str,
    /// What it says; what came from outside is not escaped yet.
    pub text: String,
}

impl Report {
    /// What was judged and by which gate, in the order of every format. What is not known is left out.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let subject = &self.subject;
        let thresholds = Some(self.thresholds().join(", ")).filter(|named| !named.is_empty());
        let facts = [
            ("project", subject.project.clone()),
            ("folder", subject.folder.clone()),
            ("version", subject.version.clone()),
            ("tag", subject.tag.clone()),
            ("packages", Some(subject.packages_in_words()).filter(|packages| !packages.is_empty())),
            ("commit", subject.commit.clone()),
            ("revision", subject.revision.clone()),
            ("remote", subject.host_and_path().map(str::to_owned)),
            (RELEASE_FILE, subject.release.as_ref().map(ToString::to_string)),
            ("policy", subject.policy.as_ref().map(ToString::to_string)),
            ("policies", subject.package_policies()),
            ("thresholds", thresholds),
            ("claims", self.claims().map(|claims| claims.to_string())),
            ("record", self.recorded.as_ref().map(ToString::to_string)),
            ("tool", Some(format!("delivery-gate {}", env!("CARGO_PKG_VERSION")))),
        ];
        facts.into_iter().filter_map(|(name, text)| Some(Fact { name, text: text? })).collect()
    }

    /// Whether one of the facts is not what it is without flags, variables and other folders, or all claims are one
    /// person's (docs/reports.md).
    #[must_use]
    pub(crate) fn has_unusual_facts(&self) -> bool {
        let Self { subject, .. } = self;
        let policy = subject.policy.as_ref();
        let other_policy = policy.is_some_and(|policy| {
            matches!(policy, PolicySource::Named { .. } | PolicySource::Revision { .. })
                || policy.is_inherited(subject.folder.as_deref())
        });
        other_policy
            || subject.package_policies().is_some()
            || subject.release.is_some()
            || subject.revision.is_some()
            || !self.thresholds().is_empty()
            || self.claims().is_some_and(Claims::are_by_one_person)
    }

    /// How many claims hold, and how many persons made them.
    #[must_use]
    pub fn claims(&self) -> Option<Claims> {
        Claims::of(&self.rows)
    }

    /// The thresholds that stood in no file, as `VARIABLE=value`, each once.
    #[must_use]
    pub fn thresholds(&self) -> Vec<&str> {
        let named = self.rows.iter().filter_map(|row| row.metrics.get(THRESHOLDS_FROM)?.as_array());
        let mut thresholds = Vec::new();
        for threshold in named.flatten().filter_map(Value::as_str) {
            if !thresholds.contains(&threshold) {
                thresholds.push(threshold);
            }
        }
        thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_another_folder_is_inherited() {
        let of = |path: &str| PolicySource::Release { path: path.to_owned(), blob: None };
        for (path, folder, inherited) in [
            ("delivery-gate.yaml", ".", false),
            ("delivery-gate.yaml", "packages/cli", true),
            ("packages/delivery-gate.yaml", "packages/cli", true),
            ("packages/cli/delivery-gate.yaml", "packages/cli", false),
        ] {
            assert_eq!(of(path).is_inherited(Some(folder)), inherited, "{path} {folder}");
        }
        assert!(!PolicySource::Defaults.is_inherited(Some("packages/cli")));
    }
}
