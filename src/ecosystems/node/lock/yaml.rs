//! Lock files in YAML. Package managers write them, so they may be far larger than what a person writes.

use serde::de::DeserializeOwned;

/// Nodes of the largest lock file: a node takes no fewer than two bytes of it.
const NODE_LIMIT: usize = super::SIZE_LIMIT as usize / 2;

/// Reads every document of a text.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 2 * NODE_LIMIT,
            max_nodes: NODE_LIMIT,
            max_total_scalar_bytes: super::SIZE_LIMIT as usize,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 4,
            max_depth: 64,
        },
        strict_booleans: true,
        no_schema: false,
        with_snippet: false,
    };
    let documents = serde_yaml::from_multiple_with_options(text, options);
    documents.map_err(|error| format!("it is not a valid lock file: {}", one_line(&error.to_string())))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
