//! `version_agrees`: release.yaml names the version that the manifests declare.

use super::{Applies, Check, Identity};
use crate::checks::context::Context;
use crate::ecosystems::DeclaredVersion;
use crate::model::{Finding, Source};
use crate::model::{Outcome, Unproven};
use crate::world::World;

/// The check's id.
pub(crate) const ID: &str = "version_agrees";

/// The check. It is asked only where a manifest declares a version that can be compared.
pub(crate) struct VersionAgrees<'c>(pub &'c Context);

impl VersionAgrees<'_> {
    /// What a report says about versions that cannot be compared: a row would claim more than was looked at.
    #[must_use]
    pub(crate) fn unasked(&self) -> Vec<String> {
        let manifests = self.0.manifests.loaded.iter();
        let dynamic = manifests.filter_map(|loaded| match &loaded.manifest.version {
            DeclaredVersion::Dynamic(why) => Some(format!("version not compared: {why}")),
            _ => None,
        });
        dynamic.collect()
    }
}

impl Check for VersionAgrees<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Version is the same everywhere")
    }

    fn applies(&self) -> Applies {
        let context = self.0;
        match static_versions(context).next() {
            Some(found) => Applies::on(format!("{} states a version", found.source().text())),
            None if context.policy.required.iter().any(|id| id == ID) => Applies::on("required by the policy"),
            None => Applies::off("no manifest states a version"),
        }
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let context = self.0;
        let expected = context.release.version.as_str();
        let versions: Vec<_> = static_versions(context).collect();
        let Some(first) = versions.first() else {
            return Err("no manifest declares a static version to compare with".into());
        };
        let differing: Vec<_> = versions.iter().filter(|found| found.version != expected).collect();
        let Some(culprit) = differing.first() else {
            let paths = listed(versions.iter().map(|found| found.path.to_owned()));
            return Ok(Outcome::pass(format!("{expected} in release.yaml and {paths}.")).source(first.source()));
        };
        let others = listed(differing.iter().map(|found| format!("{} says {}", found.path, found.version)));
        let outcome = Outcome::fail(format!("release.yaml says {expected}, {others}.")).source(culprit.source());
        Ok(outcome.findings(differing.iter().map(|found| found.finding(expected))))
    }
}

struct Found<'a> {
    version: &'a str,
    path: &'a str,
    line: usize,
}

impl Found<'_> {
    fn source(&self) -> Source {
        Source::in_repository(self.path, Some(self.line))
    }

    fn finding(&self, expected: &str) -> Finding {
        Finding {
            rule: "other_version".to_owned(),
            message: format!("{} says {}, release.yaml says {expected}.", self.path, self.version),
            place: self.source().place().cloned(),
            key: String::new(),
        }
    }
}

fn static_versions(context: &Context) -> impl Iterator<Item = Found<'_>> {
    context.manifests.loaded.iter().filter_map(|loaded| match &loaded.manifest.version {
        DeclaredVersion::Static { version, path, line } => Some(Found { version, path, line: *line }),
        _ => None,
    })
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
