//! What npm and Bun keep of a manifest.

use serde::Deserialize;

use super::Text;
use super::unique::Unique;

/// A manifest's tables, as they stand in it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Tables<'t> {
    pub(super) dependencies: Unique<'t, Text<'t>>,
    pub(super) dev_dependencies: Unique<'t, Text<'t>>,
    pub(super) optional_dependencies: Unique<'t, Text<'t>>,
    pub(super) peer_dependencies: Unique<'t, Text<'t>>,
}

impl<'t> Tables<'t> {
    /// Every requirement of a package.
    pub(super) fn requirements(&self, name: &str) -> Vec<String> {
        let tables = [&self.dependencies, &self.dev_dependencies, &self.optional_dependencies, &self.peer_dependencies];
        tables.iter().filter_map(|table| table.get(name)).map(|requirement| requirement.to_string()).collect()
    }

    /// Those of a package of which only the names are known that it needs.
    pub(super) fn needing(names: impl Iterator<Item = Text<'t>>) -> Self {
        let names = Unique::of(names.map(|name| (name, Text::default())).collect());
        Self { dependencies: names.unwrap_or_default(), ..Self::default() }
    }

    /// What is installed with the package, and whether it may be absent: what is optional, and peers, which nobody installs
    /// where the lock file has none.
    pub(super) fn needs(&self) -> impl Iterator<Item = (&Text<'t>, bool)> {
        let firm = self.dependencies.keys().map(|name| (name, self.optional_dependencies.get(name).is_some()));
        let loose = self.optional_dependencies.keys().chain(self.peer_dependencies.keys()).map(|name| (name, true));
        firm.chain(loose.filter(|(name, _)| self.dependencies.get(name).is_none()))
    }
}
