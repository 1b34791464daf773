//! Structured text: YAML, TOML and JSON as one kind of node with places, XML as elements with places, JSON as values where nobody asks for the
//! place, line by line where a file may be large.

pub(crate) mod bounded_lines;
#[cfg(test)]
pub(crate) mod committed;
pub(crate) mod decode;
pub(crate) mod in_toto;
pub(crate) mod json;
pub(crate) mod json_nodes;
pub(crate) mod jsonc;
pub(crate) mod keys;
pub(crate) mod lines;
pub(crate) mod metrics;
#[cfg(test)]
pub(crate) mod mutated;
pub(crate) mod node;
pub(crate) mod pretty;
pub(crate) mod quoted;
pub(crate) mod toml;
pub(crate) mod xml;
pub(crate) mod yaml;
pub(crate) mod yaml_values;

/// The dialect of every schema.
#[cfg(test)]
pub(crate) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
