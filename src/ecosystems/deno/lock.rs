//! deno.lock, versions 4 and 5. <https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files>

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::loose;
use super::specifier::{Registry, Specifier, package};
use crate::ecosystems::fixed::is_sha256;
use crate::ecosystems::lockfiles::{self, KeyLines, Listed};
use crate::ecosystems::node::{has_strong_hash, meets};
use crate::ecosystems::{Fault, Pin};
use crate::structured::json;
use crate::world::World;

/// The file's usual name.
pub(super) const FILE: &str = "deno.lock";

/// How many commas a lock file may have: each stands for a value.
const VALUE_LIMIT: usize = 1 << 20;

/// The lock file of a project, or why nothing can be looked up in it.
pub(super) enum Lock {
    Read {
        shown: String,
        content: Content,
    },
    /// What every dependency is instead.
    Not(Pin),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Content {
    version: String,
    /// The version that each requirement got, such as `npm:ms@2`.
    specifiers: BTreeMap<String, String>,
    npm: BTreeMap<String, Package>,
    jsr: BTreeMap<String, Package>,
    /// The SHA-256 of the module at each address.
    remote: BTreeMap<String, String>,
    redirects: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Package {
    integrity: Option<String>,
    dependencies: Vec<String>,
}

impl Lock {
    /// Reads the lock file at a path relative to the root; there is none outside of it.
    pub(super) fn at(world: &World, path: Option<PathBuf>) -> Self {
        let Some(path) = path else { return Self::Not(loose("no lock file")) };
        let shown = path.display().to_string();
        match lockfiles::text(world, &path).map(|text| Content::parse(&text)) {
            Ok(Ok(content)) => Self::Read { shown, content },
            Ok(Err(why)) => Self::Not(Pin::Unproven(format!("{shown} could not be read: {why}"))),
            Err(pin) => Self::Not(pin),
        }
    }

    /// Whether it pins what an import asks for.
    pub(super) fn pin(&self, specifier: &Specifier) -> Pin {
        let (shown, content) = match self {
            Self::Read { shown, content } => (shown, content),
            Self::Not(pin) => return pin.clone(),
        };
        match specifier {
            Specifier::Package { registry, name, range } => content.package(shown, *registry, name, range),
            Specifier::Address(address) if content.has(address) => Pin::Pinned,
            Specifier::Address(_) | Specifier::File => Pin::Loose(format!("{shown} does not have it")),
        }
    }

    /// What is open in it, whoever needs it: Deno takes out of the file what nobody needs.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self::Read { shown, content } = self else { return Vec::new() };
        let open = few(content.open()).map(|names| format!("{shown} has no hash for {names}"));
        let missing = few(content.missing()).map(|names| format!("{shown} does not have {names}"));
        let fault = |what| Fault { path: shown.clone(), line: None, what };
        open.into_iter().chain(missing).map(fault).collect()
    }
}

fn few(mut names: Vec<String>) -> Option<String> {
    names.dedup();
    let first = names.first()?;
    Some(if names.len() == 1 { first.clone() } else { format!("{first} and {} more", names.len() - 1) })
}

impl Content {
    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().filter(|byte| *byte == b',').count() > VALUE_LIMIT {
            return Err("it has too many values".to_owned());
        }
        let value: Value = json::parse(text.as_bytes())?;
        let version = value["version"].as_str().unwrap_or_default();
        if !["4", "5"].contains(&version) {
            return Err(format!("its version is '{version}', not 4 or 5; `deno install` writes it anew"));
        }
        Self::deserialize(value).map_err(|error| error.to_string())
    }

    fn packages(&self, registry: Registry) -> &BTreeMap<String, Package> {
        match registry {
            Registry::Npm => &self.npm,
            Registry::Jsr => &self.jsr,
        }
    }

    /// Deno writes requirements in a form of its own (`^3` as `3`), so that the version decides.
    fn package(&self, shown: &str, registry: Registry, name: &str, range: &str) -> Pin {
        let scheme = registry.scheme();
        let asked = self.specifiers.iter().filter_map(|(specifier, version)| {
            let rest = specifier.strip_prefix(scheme)?.strip_prefix(':')?;
            (package(rest).0 == name).then_some(version.as_str())
        });
        let versions: Vec<_> = asked.collect();
        let Some(first) = versions.first() else { return Pin::Loose(format!("{shown} does not have it")) };
        let Some(version) = versions.iter().find(|version| meets(bare(version), range)) else {
            return Pin::Contradicted(format!("{shown} has {}, which does not meet {range}", bare(first)));
        };
        match self.packages(registry).get(&format!("{name}@{version}")) {
            Some(package) if package.is_fixed(registry) => Pin::Pinned,
            Some(_) => Pin::Loose(format!("{shown} has no hash for it")),
            None => Pin::Loose(format!("{shown} does not have it")),
        }
    }

    /// Whether the module at an address is there, or one below it.
    fn has(&self, address: &str) -> bool {
        let address = self.redirects.get(address).map_or(address, String::as_str);
        match address.ends_with('/') {
            true => self.remote.range(address.to_owned()..).next().is_some_and(|(one, _)| one.starts_with(address)),
            false => self.remote.contains_key(address),
        }
    }

    fn open(&self) -> Vec<String> {
        let packages = [Registry::Npm, Registry::Jsr].into_iter().flat_map(|registry| {
            let open = self.packages(registry).iter().filter(move |(_, package)| !package.is_fixed(registry));
            open.map(move |(key, _)| format!("{}:{key}", registry.scheme()))
        });
        let modules = self.remote.iter().filter(|(_, hash)| !is_sha256(hash)).map(|(address, _)| address.clone());
        packages.chain(modules).collect()
    }

    /// What packages need and the file does not have, each with who needs it.
    fn missing(&self) -> Vec<String> {
        let npm = self.npm.iter().flat_map(|(key, package)| package.dependencies.iter().map(move |need| (key, need)));
        let npm =
            npm.filter(|(_, need)| !self.has_npm(need)).map(|(key, need)| format!("npm:{need}, which {key} needs"));
        let jsr = self.jsr.iter().flat_map(|(key, package)| package.dependencies.iter().map(move |need| (key, need)));
        let jsr =
            jsr.filter(|(_, need)| !self.has_specifier(need)).map(|(key, need)| format!("{need}, which {key} needs"));
        npm.chain(jsr).collect()
    }

    /// `name` where there is one version, else `name@version`, perhaps with the peers; `alias@npm:name@version`.
    fn has_npm(&self, need: &str) -> bool {
        let need = need.split_once("@npm:").map_or(need, |(_, need)| need);
        if self.npm.contains_key(need) {
            return true;
        }
        let begin = if package(need).1.is_empty() { format!("{need}@") } else { format!("{need}_") };
        self.npm.range(begin.clone()..).next().is_some_and(|(key, _)| key.starts_with(&begin))
    }

    /// A requirement as among the specifiers; without its range where there is one of the name.
    fn has_specifier(&self, need: &str) -> bool {
        self.specifiers.contains_key(need)
            || self.specifiers.range(format!("{need}@")..).next().is_some_and(|(key, _)| key.starts_with(need))
    }
}

/// A version without the peers that its copy was made with.
fn bare(version: &str) -> &str {
    version.split('_').next().unwrap_or_default()
}

impl Package {
    fn is_fixed(&self, registry: Registry) -> bool {
        match registry {
            Registry::Npm => has_strong_hash(self.integrity.as_deref()),
            Registry::Jsr => self.integrity.as_deref().is_some_and(is_sha256),
        }
    }
}

/// The packages of npm that a lock file lists; nobody keeps advisories of JSR's.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let (content, lines) = (Content::parse(text)?, KeyLines::of(text));
    let listed = content.npm.keys().map(|key| {
        let at = key.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(key.len(), |(at, _)| at);
        let version = key.get(at + 1..).unwrap_or_default();
        Listed { name: key[..at].to_owned(), version: bare(version).to_owned(), line: lines.line(key) }
    });
    Ok(listed.collect())
}
