//! composer.lock: packages, and those for development. <https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control>

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::constraint::is_unmet;
use crate::ecosystems::graph::{self, Graph, Need};
use crate::ecosystems::lockfiles::Listed;

/// A lock file.
#[derive(Deserialize)]
pub(super) struct Lock {
    #[serde(rename = "content-hash")]
    pub(super) content_hash: Option<String>,
    /// What lock files had before `content-hash`.
    pub(super) hash: Option<String>,
    packages: Vec<Package>,
    #[serde(default, rename = "packages-dev")]
    packages_dev: Option<Vec<Package>>,
    /// What the project wants some packages to be taken for: `dev-main as 1.0`.
    #[serde(default)]
    aliases: Value,
}

/// A package.
#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    pub(super) dist: Option<Origin>,
    source: Option<Origin>,
    // PHP writes a mapping without keys as a list.
    #[serde(default)]
    require: Value,
    #[serde(default)]
    replace: Value,
    #[serde(default)]
    provide: Value,
}

/// Where a package comes from.
#[derive(Deserialize)]
pub(super) struct Origin {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
    reference: Option<String>,
    shasum: Option<String>,
}

impl Lock {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it is no lock file.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lock: Self = serde_json::from_str(text).map_err(|error| format!("it is not a valid lock file: {error}"))?;
        let mut seen = HashSet::new();
        for (package, _) in lock.packages() {
            if !seen.insert(package.name.to_lowercase()) {
                return Err(format!("it has {} twice", package.name));
            }
            if ![&package.require, &package.replace, &package.provide].into_iter().all(is_mapping) {
                return Err(format!("what {} requires, replaces or provides is no mapping", package.name));
            }
        }
        Ok(lock)
    }

    /// Every package, and whether it is for development only.
    pub(super) fn packages(&self) -> impl Iterator<Item = (&Package, bool)> {
        let dev = self.packages_dev.iter().flatten();
        self.packages.iter().map(|package| (package, false)).chain(dev.map(|package| (package, true)))
    }

    /// Whether others may take a package for another version than it has.
    fn is_aliased(&self, package: &Package) -> bool {
        let aliases = self.aliases.as_array().into_iter().flatten();
        let names = aliases.filter_map(|alias| alias.get("package")?.as_str());
        names.into_iter().any(|name| name.eq_ignore_ascii_case(&package.name))
    }

    /// The packages that are part of the repository, by the folders that they are in.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.packages().filter_map(|(package, _)| package.folder())
    }
}

impl Package {
    /// The folder that it is in, where it is one of the repository.
    pub(super) fn folder(&self) -> Option<&str> {
        self.dist.as_ref().filter(|_| self.is_of_folder())?.url.as_deref()
    }

    fn is_of_folder(&self) -> bool {
        self.dist.as_ref().and_then(|dist| dist.kind.as_deref()) == Some("path")
    }

    /// Why its content is not fixed, as it goes on behind its name and a colon. `shown` is the lock file's name.
    pub(super) fn open(&self, shown: &str, open_folder: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        if self.is_of_folder() {
            return match self.folder() {
                Some(folder) => open_folder(folder),
                None => Some(format!("{shown} does not say in which folder it is")),
            };
        }
        // Composer takes the archive where there is one. A metapackage has no content.
        let origin = self.dist.as_ref().or(self.source.as_ref());
        let is_fixed = self.kind.as_deref() == Some("metapackage") || origin.is_some_and(Origin::is_fixed);
        (!is_fixed).then(|| format!("{shown} has neither a checksum nor a full reference for it"))
    }

    /// The names that it has, or stands for.
    fn names(&self) -> impl Iterator<Item = String> {
        let more = keys(&self.replace).chain(keys(&self.provide));
        std::iter::once(self.name.as_str()).chain(more).map(str::to_lowercase)
    }
}

impl Origin {
    fn is_fixed(&self) -> bool {
        let is_hex = |text: &String| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.shasum.as_ref().is_some_and(is_hex) || self.reference.as_ref().is_some_and(is_hex)
    }
}

/// The packages of a lock file by their names, with what each needs.
pub(super) struct Packages<'l> {
    pub(super) by_number: Vec<(&'l Package, bool)>,
    /// Those that have a name, or stand for it.
    by_name: HashMap<String, Vec<usize>>,
    pub(super) graph: Graph<'static>,
}

impl<'l> Packages<'l> {
    /// `given` are the names that the project itself stands for; `open_folder` tells why a folder is not fixed.
    pub(super) fn new(
        lock: &'l Lock,
        shown: &str,
        given: &[String],
        open_folder: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let by_number: Vec<_> = lock.packages().collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, (package, _)) in by_number.iter().enumerate() {
            for name in package.names() {
                by_name.entry(name).or_default().push(number);
            }
        }
        for name in given {
            by_name.entry(name.to_lowercase()).or_default();
        }
        let need = |name: &str| match by_name.get(&name.to_lowercase()) {
            Some(numbers) => numbers.iter().map(|number| Need::Package(*number)).collect(),
            None => vec![Need::Missing { name: name.to_owned().into(), why: format!("{shown} does not have it") }],
        };
        // Where nothing else stands for it, the package has to be in a version that is allowed.
        let other = |name: &str, requirement: &str| match by_name.get(&name.to_lowercase()).map(Vec::as_slice) {
            Some([number]) => by_number
                .get(*number)
                .map(|(package, _)| *package)
                .filter(|package| package.name.eq_ignore_ascii_case(name) && is_unmet(&package.version, requirement))
                .filter(|package| !lock.is_aliased(package)),
            _ => None,
        };
        let needed = |(name, requirement): (&str, &str)| match other(name, requirement) {
            Some(package) => {
                let why = format!("{shown} has {}, which {requirement} does not allow", package.version);
                vec![Need::Missing { name: name.to_owned().into(), why }]
            }
            None => need(name),
        };
        let package = |(package, _): &(&Package, bool)| graph::Package {
            name: package.name.clone().into(),
            open: package.open(shown, open_folder),
            needs: texts(&package.require).filter(|(name, _)| !is_platform(name)).flat_map(needed).collect(),
        };
        let graph = Graph::new(by_number.iter().map(package).collect());
        Self { by_number, by_name, graph }
    }

    /// The numbers of the packages that have a name, or stand for it; none where nothing does.
    pub(super) fn of(&self, name: &str) -> Option<&[usize]> {
        self.by_name.get(&name.to_lowercase()).map(Vec::as_slice)
    }
}

/// PHP itself, its extensions and libraries, Composer itself: whatever has no vendor.
pub(super) fn is_platform(name: &str) -> bool {
    !name.contains('/')
}

/// PHP writes a mapping without keys as a list.
fn is_mapping(value: &Value) -> bool {
    value.is_null() || value.is_object() || value.as_array().is_some_and(Vec::is_empty)
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|map| map.keys()).map(String::as_str)
}

/// Each key with its text; what is none is empty.
fn texts(value: &Value) -> impl Iterator<Item = (&str, &str)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

/// The packages that do not belong to the repository itself.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let lock = Lock::parse(text)?;
    let lines = name_lines(text);
    let foreign = lock.packages().filter(|(package, _)| !package.is_of_folder());
    let one = |(package, _): (&Package, bool)| Listed {
        line: lines.get(&package.name).copied(),
        name: package.name.clone(),
        version: package.version.clone(),
    };
    Ok(foreign.map(one).collect())
}

/// The first line of each `"name": "…"`.
fn name_lines(text: &str) -> HashMap<String, usize> {
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        if let Some((name, _)) = line.split_once("\"name\": \"").and_then(|(_, rest)| rest.split_once('"')) {
            lines.entry(name.replace("\\/", "/")).or_insert(index + 1);
        }
    }
    lines
}
