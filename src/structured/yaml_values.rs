//! YAML that programs write, as values: it may be far larger than what a person writes, and nobody asks for a place.

use serde::de::DeserializeOwned;

/// Reads every document of a text of at most `size_limit` bytes. As where people write: no aliases, no anchors, a bound
/// on the depth.
///
/// # Errors
/// Why it cannot be read, in one line.
pub(crate) fn documents<T: DeserializeOwned>(text: &str, size_limit: u64, most: usize) -> Result<Vec<T>, String> {
    let bytes = usize::try_from(size_limit).unwrap_or(usize::MAX);
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: bytes,
            // A node takes no fewer than two bytes.
            max_nodes: bytes / 2,
            max_total_scalar_bytes: bytes,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: most,
            max_depth: 64,
        },
        strict_booleans: true,
        no_schema: false,
        with_snippet: false,
    };
    let documents = serde_yaml::from_multiple_with_options(text, options);
    documents.map_err(|error| in_one_line(&error))
}

/// An error for people: without what a program could set.
pub(crate) fn in_one_line(error: &serde_yaml::Error) -> String {
    let text = error.render_with_formatter(&serde_yaml::UserMessageFormatter);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
