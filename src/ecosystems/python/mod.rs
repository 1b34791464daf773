//! Python's manifests and lock files.

mod declared;
mod groups;
mod ini;
mod locks;
mod marker;
mod options;
pub(crate) mod pipfile;
mod places;
mod poetry;
pub(crate) mod pyproject;
pub(crate) mod requirement;
mod requirement_lines;
#[cfg(test)]
mod requirement_tests;
pub(crate) mod requirements_txt;
pub(crate) mod setup;
mod url;
mod uv;
mod version_source;
mod workspace;

pub(crate) use locks::listed;

use super::{Pin, Scope};

/// Pipenv's manifest.
const PIPFILE: &str = "Pipfile";

/// The name in a PEP 508 requirement, what it asks for, and whether that alone pins it.
pub(crate) fn pin_of(text: &str) -> (String, String, Pin) {
    let at = declared::At { scope: Scope::Runtime, group: String::new(), path: String::new(), line: None };
    let declared = declared::Declared::parse(text, at);
    (declared.name, declared.written, declared.exact)
}
