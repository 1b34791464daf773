//! `version_agrees`: release.yaml names the version that the project states everywhere else.

use super::{Applies, Check, Identity};
use crate::checks::context::Context;
use crate::ecosystems::versions::{Rule, Statement, Versions};
use crate::model::{Finding, Source};
use crate::model::{Outcome, Unproven};
use crate::world::World;

/// The check's id.
pub(crate) const ID: &str = "version_agrees";

/// How many places the text names; findings have all that differ.
const SHOWN_LIMIT: usize = 8;

/// The check. It is asked only where a file states a version that can be compared.
pub(crate) struct VersionAgrees<'c>(pub &'c Context);

impl VersionAgrees<'_> {
    /// What a report says about versions where there is no row: a row would claim more than was looked at.
    #[must_use]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let versions = self.0.versions();
        let mut warnings = versions.warnings.clone();
        if !self.applies().on {
            let why = not_compared(versions).unwrap_or_else(|| "no file states one".to_owned());
            warnings.insert(0, format!("version not compared: {why}"));
        }
        warnings
    }
}

impl Check for VersionAgrees<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Version is the same everywhere")
    }

    fn applies(&self) -> Applies {
        let (versions, policy) = (self.0.versions(), &self.0.policy);
        match (versions.compared.first(), versions.unproven.first()) {
            (Some(found), _) => Applies::on(format!("{} states a version", found.source().text())),
            (None, Some(_)) => Applies::on("a file should state a version"),
            (None, None) if policy.required.iter().any(|id| id == ID) => Applies::on("required by the policy"),
            (None, None) => Applies::off("no file states a version"),
        }
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let (versions, expected) = (self.0.versions(), self.0.version.as_str());
        let differing: Vec<_> = versions.compared.iter().filter(|found| !found.is(expected)).collect();
        let beside = not_compared(versions).map(|told| format!(" Not compared: {told}.")).unwrap_or_default();
        if let Some(culprit) = differing.first() {
            let others =
                listed(each_once(differing.iter().map(|found| format!("{} says {}", found.path(), found.version()))));
            let told = match versions.unproven.as_slice() {
                [] => String::new(),
                unproven => format!(" Not told: {}.", unproven.join("; ")),
            };
            let outcome = Outcome::fail(format!("release.yaml says {expected}, {others}.{told}{beside}"));
            let findings = differing.iter().map(|found| found.finding(expected));
            return Ok(outcome.source(culprit.source()).findings(findings));
        }
        if !versions.unproven.is_empty() {
            return Err(versions.unproven.join("; ").into());
        }
        let Some(first) = versions.compared.first() else {
            let told = not_compared(versions).map(|told| format!(": {told}")).unwrap_or_default();
            let next = "`versions:` in delivery-gate.yaml names a file that does";
            return Err(format!("no file states a static version to compare with{told}; {next}").into());
        };
        let paths = each_once(versions.compared.iter().map(Statement::shown));
        let told = format!("{expected} in release.yaml and {}.{beside}", listed(paths));
        Ok(Outcome::pass(told).source(first.source()))
    }
}

fn not_compared(versions: &Versions) -> Option<String> {
    (!versions.not_compared.is_empty()).then(|| versions.not_compared.join(", "))
}

impl Statement {
    fn path(&self) -> &str {
        &self.stated.path
    }

    /// The place, with what it says where that is not the whole version.
    fn shown(&self) -> String {
        match self.rule {
            Rule::Major => format!("{} ({})", self.path(), self.version()),
            Rule::Python | Rule::Semantic => self.path().to_owned(),
        }
    }

    fn version(&self) -> &str {
        &self.stated.version
    }

    fn source(&self) -> Source {
        Source::in_repository(self.path(), self.stated.line)
    }

    fn finding(&self, expected: &str) -> Finding {
        Finding {
            rule: "other_version".to_owned(),
            message: format!("{} says {}, release.yaml says {expected}.", self.path(), self.version()),
            place: self.source().place().cloned(),
            key: String::new(),
        }
    }
}

/// A lock file may state one version at several places; findings have them all.
fn each_once(items: impl Iterator<Item = String>) -> impl ExactSizeIterator<Item = String> {
    let mut once: Vec<String> = Vec::new();
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once.into_iter()
}

fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(SHOWN_LIMIT);
    let shown = items.take(SHOWN_LIMIT).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
