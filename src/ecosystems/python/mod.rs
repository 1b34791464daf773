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

/// Pipenv's manifest.
const PIPFILE: &str = "Pipfile";
