//! gradle/libs.versions.toml, the catalog of versions. <https://docs.gradle.org/current/userguide/version_catalogs.html>

use std::collections::HashMap;

use crate::model::problem::Problem;
use crate::structured::node::{Node, Value};
use crate::structured::toml;

/// What a project calls its libraries and plugins.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// By the accessor behind `libs.`, with dots.
    pub(super) libraries: HashMap<String, Entry>,
    /// The accessors of each bundle's libraries.
    pub(super) bundles: HashMap<String, Vec<String>>,
    /// A plugin's module is its id.
    pub(super) plugins: HashMap<String, Entry>,
    pub(super) versions: HashMap<String, Version>,
}

/// A library or a plugin.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) module: String,
    pub(super) version: Version,
}

/// A version, and whether no other may be taken instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) text: String,
    pub(super) is_strict: bool,
}

impl Catalog {
    /// Reads a catalog.
    ///
    /// # Errors
    /// Syntax errors.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let node = toml::parse(path, text)?;
        let table = |name: &str| node.entry(name).and_then(|entry| entry.value.entries()).unwrap_or_default();
        let mut catalog = Self::default();
        for entry in table("versions") {
            catalog.versions.insert(accessor(&entry.key), version(&entry.value));
        }
        for entry in table("libraries") {
            let found = catalog.entry(&entry.value, "module");
            catalog.libraries.insert(accessor(&entry.key), found);
        }
        for entry in table("plugins") {
            let found = catalog.entry(&entry.value, "id");
            catalog.plugins.insert(accessor(&entry.key), found);
        }
        for entry in table("bundles") {
            if let Value::Sequence(items) = &entry.value.value {
                let names = items.iter().filter_map(|item| item.text().map(accessor)).collect();
                catalog.bundles.insert(accessor(&entry.key), names);
            }
        }
        Ok(catalog)
    }

    /// A library as `group:name:version`, or as a table.
    fn entry(&self, node: &Node<'_>, key: &str) -> Entry {
        if let Some(text) = node.text() {
            let (module, version) = text.rsplit_once(':').unwrap_or((text, ""));
            let is_alone = key == "module" && !module.contains(':');
            let (module, version) = if is_alone { (text, "") } else { (module, version) };
            return Entry { module: module.to_owned(), version: Version::plain(version) };
        }
        let text = |key: &str| node.entry(key).and_then(|entry| entry.value.text()).map(str::to_owned);
        let parts = || Some(format!("{}:{}", text("group")?, text("name")?));
        let module = text(key).or_else(parts).unwrap_or_default();
        let version = node.entry("version").map(|entry| match entry.value.entry("ref") {
            Some(named) => {
                let name = named.value.text().map(accessor).unwrap_or_default();
                self.versions.get(&name).cloned().unwrap_or_default()
            }
            None => version(&entry.value),
        });
        Entry { module, version: version.unwrap_or_default() }
    }
}

impl Version {
    pub(super) fn plain(text: &str) -> Self {
        let strict = text.strip_suffix("!!");
        Self { text: strict.unwrap_or(text).to_owned(), is_strict: strict.is_some() }
    }
}

/// A text, or `strictly`, `require`, `prefer` and `reject`. What is only preferred may be any.
fn version(node: &Node<'_>) -> Version {
    if let Some(text) = node.text() {
        return Version::plain(text);
    }
    let text = |key: &str| node.entry(key).and_then(|entry| entry.value.text()).map(str::to_owned);
    match (text("strictly"), text("require"), text("prefer")) {
        (Some(text), ..) => Version { text, is_strict: true },
        (None, Some(text), _) => Version { text, is_strict: false },
        (None, None, Some(_)) => Version { text: "+".to_owned(), is_strict: false },
        (None, None, None) => Version::default(),
    }
}

/// `-`, `_` and `.` of an alias are all `.` in a script.
pub(super) fn accessor(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}
