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
pub use rules::Rules;
pub use scan::{KEPT, Scan, Summary};

/// Findings below it are not reported, unless their rule blocks by itself.
pub const DEFAULT_CONFIDENCE: f64 = 0.85;

/// The environment variable for the same.
pub const CONFIDENCE_VARIABLE: &str = "DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD";

/// Reads a confidence.
///
/// # Errors
/// It is not a number from 0 to 1.
pub fn confidence(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "the confidence must be a number from 0 to 1".to_owned())
}

/// The confidence that the environment asks for.
///
/// # Errors
/// It is not a number from 0 to 1; the variable is named.
pub fn confidence_of(environment: &crate::system::environment::Environment) -> Result<f64, String> {
    let asked = environment.get(CONFIDENCE_VARIABLE).map(confidence).transpose();
    Ok(asked.map_err(|why| format!("{CONFIDENCE_VARIABLE}: {why}"))?.unwrap_or(DEFAULT_CONFIDENCE))
}
