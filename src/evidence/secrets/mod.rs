//! The secret scanner: rules, the search for them in bytes, the files to look at, what is allowed.
//!
//! A text is searched for the rules' keywords only, with SIMD; a rule's regular expression sees the few bytes around a
//! keyword that was found. A secret itself never leaves [`scanner`]: what comes out is its place, its type and a
//! fingerprint.

pub mod baseline;
pub mod checksum;
pub mod content;
pub mod files;
pub mod finding;
pub mod likeness;
pub mod report;
pub mod rules;
pub mod scan;
pub mod scanner;
#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use finding::Finding;
pub use scan::{KEPT, Scan, Summary};

use crate::world::settings::SECRETS_CONFIDENCE;

/// The confidence that the environment asks for.
///
/// # Errors
/// It is not a number from 0 to 1; the variable is named.
pub fn confidence_of(environment: &crate::system::environment::Environment) -> Result<f64, String> {
    let confidence = SECRETS_CONFIDENCE.number_or_usual(environment);
    confidence.map_err(|problem| format!("{}: {}", problem.path, problem.message))
}
