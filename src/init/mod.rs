//! The first run in a project: what is there, and the files that say so to the gate.

mod ci;
mod described;
mod facts;
mod github_jobs;
mod gitlab_stages;
mod nested;
mod packages;
mod policy;
mod release;
mod tags;
mod unlocked;

pub(crate) use ci::{Around, Job, Template};
pub(crate) use facts::{Changelog, Facts, Seen};
pub(crate) use packages::{LIMIT as PACKAGES_TOLD, Package};
pub(crate) use tags::Tags;

use crate::config::release::Released;
use crate::engine::schema;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the directory of release.yaml.
    pub path: String,
    /// Its content.
    pub text: String,
    /// The file that names it, without which it is of no use.
    pub named_in: Option<&'static str>,
}

/// Where editors find the schemas of both files without a network, relative to release.yaml.
const SCHEMAS: &str = ".delivery-gate/schemas";

/// The files of a project that releases this.
#[must_use]
pub(crate) fn files(facts: &Facts, released: &Released) -> Vec<File> {
    let files = [
        (crate::config::release::FILE, "release", release::text(released), schema::RELEASE),
        (crate::config::policy::FILE, "policy", policy::text(facts), schema::POLICY),
    ];
    // A policy of its own would hide the one that holds for all.
    let is_wanted = |path: &str| path != crate::config::policy::FILE || facts.policy_above.is_none();
    let with_schema = files.into_iter().filter(|(path, ..)| is_wanted(path)).map(|(path, name, text, schema)| {
        let beside = format!("{SCHEMAS}/{name}.schema.json");
        // One folder at the top serves all packages.
        let above = facts.schemas_above.as_deref().unwrap_or_default();
        let text = format!("# yaml-language-server: $schema={above}{beside}\n{text}");
        let schema = File { path: beside, text: schema.to_owned(), named_in: Some(path) };
        let schema = Some(schema).filter(|_| above.is_empty());
        [Some(File { path: path.to_owned(), text, named_in: None }), schema].into_iter().flatten()
    });
    with_schema.flatten().collect()
}
