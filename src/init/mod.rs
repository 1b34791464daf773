//! The first run in a project: what is there, and the files that say so to the gate.

mod ci;
mod facts;
mod nested;
mod policy;
mod release;
mod tags;

pub use ci::{Ci, Job};
pub use facts::{Changelog, Facts, Seen};
pub use tags::Tags;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the directory of release.yaml.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// Where the schemas of what people write are, relative to release.yaml.
const SCHEMAS: &str = ".delivery-gate/schemas";

/// The JSON Schemas for editors, by the file that each is of: `release`, `policy`. None while `schema` prints none of them.
fn schemas() -> Vec<(&'static str, String)> {
    Vec::new()
}

/// The files of a project whose release has this version.
#[must_use]
pub fn files(facts: &Facts, version: &str) -> Vec<File> {
    let schemas = schemas();
    let files = [
        (crate::config::release::FILE, "release", release::text(version)),
        (crate::config::policy::FILE, "policy", policy::text(facts)),
    ];
    let mut written = Vec::new();
    for (path, name, text) in files {
        let schema = schemas.iter().find(|(known, _)| *known == name);
        let schema = schema.map(|(name, schema)| (format!("{SCHEMAS}/{name}.schema.json"), schema));
        let head = schema.as_ref().map(|(path, _)| format!("# yaml-language-server: $schema={path}\n"));
        written.push(File { path: path.to_owned(), text: head.unwrap_or_default() + &text });
        written.extend(schema.map(|(path, schema)| File { path, text: schema.clone() }));
    }
    written
}
