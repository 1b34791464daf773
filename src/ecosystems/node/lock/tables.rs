//! What npm and Bun keep of a manifest.

use serde::Deserialize;

use super::unique::Unique;

/// A manifest's tables, as they stand in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tables {
    #[serde(default)]
    dependencies: Unique<String>,
    #[serde(default)]
    dev_dependencies: Unique<String>,
    #[serde(default)]
    optional_dependencies: Unique<String>,
    #[serde(default)]
    peer_dependencies: Unique<String>,
}

impl Tables {
    /// Every requirement of a package.
    pub(super) fn requirements(&self, name: &str) -> Vec<String> {
        let tables = [&self.dependencies, &self.dev_dependencies, &self.optional_dependencies, &self.peer_dependencies];
        tables.iter().filter_map(|table| table.get(name).cloned()).collect()
    }
}
