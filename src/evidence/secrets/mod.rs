//! The secret scanner: rules, the search for them in bytes, the files to look at, what is allowed.
//!
//! A text is searched for the rules' keywords only, with SIMD; a rule's regular expression sees the few bytes around a
//! keyword that was found. A secret itself never leaves [`scanner`]: what comes out is its place, its type and a
//! fingerprint.

mod aside;
mod assignment;
pub(crate) mod baseline;
pub(crate) mod change;
pub(crate) mod checksum;
pub(crate) mod content;
mod encoding;
pub(crate) mod files;
pub(crate) mod finding;
pub(crate) mod likeness;
mod names;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod scanner;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod types;
pub(crate) mod unsearched;

pub use baseline::Baseline;
pub(crate) use finding::Finding;
pub use scan::Scan;
pub(crate) use scan::{KEPT, Summary};
pub(crate) use unsearched::NAMED;

use crate::world::settings::SECRETS_CONFIDENCE;

/// The confidence that the environment asks for.
///
/// # Errors
/// It is not a number from 0 to 1; the variable is named.
pub(crate) fn confidence_of(environment: &crate::system::environment::Environment) -> Result<f64, String> {
    let confidence = SECRETS_CONFIDENCE.number_or_usual(environment);
    confidence.map_err(|problem| format!("{}: {}", problem.path, problem.message))
}
