//! Structured text: YAML and JSON with places, line by line where a file may be large.

pub mod decode;
pub mod json;
pub mod lines;
pub(crate) mod metrics;
pub mod pretty;
pub mod quoted;
pub mod yaml;

/// The dialect of every schema.
pub(crate) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
