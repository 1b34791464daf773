//! Structured text: YAML, TOML and JSON as one kind of node with places, JSON as values where nobody asks for the
//! place, line by line where a file may be large.

pub mod decode;
pub mod json;
mod json_nodes;
pub mod keys;
pub mod lines;
pub(crate) mod metrics;
pub mod node;
pub mod pretty;
pub mod quoted;
pub(crate) mod toml;
pub mod yaml;
pub(crate) mod yaml_values;

/// The dialect of every schema.
pub(crate) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
