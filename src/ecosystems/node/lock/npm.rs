//! package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
//! <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tables::Tables;
use super::unique::Unique;
use super::{Entry, Lock, Origin, Recorded, Resolved, Wanted, is_hash};

/// What packages are installed below.
const MODULES: &str = "node_modules/";

#[derive(Deserialize)]
struct File<'t> {
    #[serde(rename = "lockfileVersion")]
    version: Option<u64>,
    /// Since version 2, by path.
    #[serde(borrow)]
    packages: Option<Unique<&'t RawValue>>,
    /// Until version 2, by name.
    dependencies: Option<Unique<Legacy>>,
}

/// A package of version 1.
#[derive(Deserialize)]
struct Legacy {
    version: Option<String>,
    resolved: Option<serde_json::Value>,
    integrity: Option<String>,
    /// What is installed below it.
    #[serde(default)]
    dependencies: Option<Unique<Legacy>>,
}

/// An installed package.
#[derive(Deserialize)]
struct Installed {
    /// Only where it differs from the folder's.
    name: Option<String>,
    version: Option<String>,
    resolved: Option<serde_json::Value>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
}

enum Npm {
    Old(HashMap<String, Legacy>),
    New { importers: HashMap<String, Tables>, installed: HashMap<String, Installed> },
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    let file: File<'_> = serde_json::from_str(text).map_err(invalid)?;
    let lock = match (file.version.unwrap_or(1), file.packages, file.dependencies) {
        (1, None, dependencies) => Npm::Old(dependencies.unwrap_or_default().0),
        (1..=3, Some(packages), _) => by_path(packages.0)?,
        (2 | 3, None, _) => return Err("it has no `packages`".to_owned()),
        (version, ..) => return Err(format!("lockfileVersion {version} is not known")),
    };
    Ok(Box::new(lock))
}

fn by_path(packages: HashMap<String, &RawValue>) -> Result<Npm, String> {
    let (mut importers, mut installed) = (HashMap::new(), HashMap::new());
    for (path, raw) in packages {
        if path.starts_with(MODULES) || path.contains("/node_modules/") {
            installed.insert(path, serde_json::from_str(raw.get()).map_err(invalid)?);
        } else {
            importers.insert(path, serde_json::from_str(raw.get()).map_err(invalid)?);
        }
    }
    Ok(Npm::New { importers, installed })
}

fn invalid(error: serde_json::Error) -> String {
    format!("it is not a valid lock file: {error}")
}

impl Lock for Npm {
    fn all(&self) -> Vec<(String, Resolved)> {
        match self {
            Self::Old(packages) => {
                let mut found = Vec::new();
                below(packages, &mut found);
                found
            }
            Self::New { installed, .. } => {
                let own = installed.iter().filter(|(_, package)| !package.link);
                own.map(|(path, package)| (path.clone(), named(resolved(package), path))).collect()
            }
        }
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        match self {
            Self::Old(packages) => {
                // Version 1 knows one manifest.
                let recorded = if wanted.importer.is_empty() { Recorded::NotKept } else { Recorded::NoManifest };
                Entry { recorded, resolved: packages.get(wanted.name).map(legacy) }
            }
            Self::New { importers, installed } => {
                let mut folders = folders(wanted.importer);
                let found = folders.find_map(|folder| installed.get(&format!("{folder}{MODULES}{}", wanted.name)));
                Entry { recorded: recorded(importers, wanted), resolved: found.map(resolved) }
            }
        }
    }
}

fn below(packages: &HashMap<String, Legacy>, found: &mut Vec<(String, Resolved)>) {
    for (name, package) in packages {
        found.push((name.clone(), named(legacy(package), name)));
        package.dependencies.iter().for_each(|dependencies| below(&dependencies.0, found));
    }
}

/// A package is called as its folder, unless it says otherwise.
fn named(resolved: Resolved, path: &str) -> Resolved {
    let folder = path.rsplit_once(MODULES).map_or(path, |(_, name)| name);
    Resolved { package: Some(resolved.package.unwrap_or_else(|| folder.to_owned())), ..resolved }
}

/// The folder of a manifest and those above it, each with a `/` at its end: node's own way to look for a package.
fn folders(importer: &str) -> impl Iterator<Item = String> {
    let mut next = Some(importer.to_owned());
    std::iter::from_fn(move || {
        let folder = next.take()?;
        if !folder.is_empty() {
            next = Some(folder.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned()));
        }
        Some(if folder.is_empty() { folder } else { folder + "/" })
    })
}

fn recorded(importers: &HashMap<String, Tables>, wanted: &Wanted<'_>) -> Recorded {
    let kept = |tables: &Tables| Recorded::Kept(tables.requirements(wanted.name));
    importers.get(wanted.importer).map_or(Recorded::NoManifest, kept)
}

fn resolved(package: &Installed) -> Resolved {
    let address = package.resolved.as_ref().and_then(serde_json::Value::as_str);
    let origin = match address {
        Some(path) if package.link => Origin::Local(path.to_owned()),
        Some(address) => Origin::of(address),
        None => Origin::Registry,
    };
    Resolved {
        package: package.name.clone(),
        version: package.version.clone().unwrap_or_default(),
        origin,
        hashed: is_hash(package.integrity.as_deref()),
    }
}

/// Version 1 writes an alias, a path or an address where the version would be.
fn legacy(package: &Legacy) -> Resolved {
    let version = package.version.clone().unwrap_or_default();
    let alias = version.strip_prefix("npm:").and_then(|rest| rest.rsplit_once('@'));
    let address = package.resolved.as_ref().and_then(serde_json::Value::as_str);
    let origin = match Origin::of(&version) {
        Origin::Registry => address.map_or(Origin::Registry, Origin::of),
        origin => origin,
    };
    Resolved {
        package: alias.map(|(name, _)| name.to_owned()),
        version: alias.map_or_else(|| version.clone(), |(_, version)| version.to_owned()),
        origin,
        hashed: is_hash(package.integrity.as_deref()),
    }
}
