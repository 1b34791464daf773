//! pnpm-lock.yaml, versions 5 to 9. <https://github.com/pnpm/spec/tree/main/lockfile>

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::unique::Unique;
use super::{Entry, Lock, Origin, Recorded, Resolved, Wanted, is_hash};
use crate::model::path::within_on_any_system;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: Option<Version>,
    importers: Option<Unique<Importer>>,
    /// Until version 6, the only manifest's tables stand at the top. Written out: to flatten them would keep in memory
    /// whatever else stands there, the half of a file.
    #[serde(default)]
    specifiers: Unique<String>,
    #[serde(default)]
    dependencies: Unique<Dependency>,
    #[serde(default)]
    dev_dependencies: Unique<Dependency>,
    #[serde(default)]
    optional_dependencies: Unique<Dependency>,
    #[serde(default)]
    packages: Unique<Package>,
    #[serde(default)]
    catalogs: Unique<Unique<Choice>>,
}

/// A number until 5, a text after it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Importer {
    /// Until version 6.
    #[serde(default)]
    specifiers: Unique<String>,
    #[serde(default)]
    dependencies: Unique<Dependency>,
    #[serde(default)]
    dev_dependencies: Unique<Dependency>,
    #[serde(default)]
    optional_dependencies: Unique<Dependency>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    /// Until version 6.
    Version(String),
    Choice(Choice),
}

#[derive(Deserialize)]
struct Choice {
    specifier: String,
    version: String,
}

#[derive(Deserialize)]
struct Package {
    resolution: Option<Resolution>,
}

#[derive(Deserialize)]
struct Resolution {
    integrity: Option<String>,
    tarball: Option<String>,
    commit: Option<String>,
    directory: Option<String>,
}

struct Pnpm {
    /// Until version 6 a package is `/name/version_peers`, since then `name@version(peers)`.
    by_path: bool,
    importers: HashMap<String, Importer>,
    packages: HashMap<String, Package>,
    catalogs: Unique<Unique<Choice>>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    // Since version 11 a document about pnpm itself may stand before that of the project.
    let file = super::yaml_documents::<File>(text)?.pop().ok_or("it is empty")?;
    let major = match &file.lockfile_version {
        Some(Version::Number(number)) => number.to_string(),
        Some(Version::Text(text)) => text.clone(),
        None => return Err("it has no lockfileVersion".to_owned()),
    };
    if !["5", "6", "7", "9"].contains(&major.split(['.', '-']).next().unwrap_or_default()) {
        return Err(format!("lockfileVersion {major} is not known"));
    }
    let importers = match file.importers {
        Some(importers) => importers.0,
        None => HashMap::from([(
            ".".to_owned(),
            Importer {
                specifiers: file.specifiers,
                dependencies: file.dependencies,
                dev_dependencies: file.dev_dependencies,
                optional_dependencies: file.optional_dependencies,
            },
        )]),
    };
    Ok(Box::new(Pnpm {
        by_path: major.starts_with('5'),
        importers,
        packages: file.packages.0,
        catalogs: file.catalogs,
    }))
}

impl Lock for Pnpm {
    fn all(&self) -> Vec<(String, Resolved)> {
        let one = |(key, package): (&String, &Package)| {
            let resolved = self.package(key, package);
            (key.clone(), if resolved.package.is_none() { addressed(key, resolved) } else { resolved })
        };
        self.packages.iter().map(one).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        let path = if wanted.importer.is_empty() { "." } else { wanted.importer };
        let Some(importer) = self.importers.get(path) else {
            return Entry { recorded: Recorded::NoManifest, resolved: None };
        };
        let found = importer.choice(wanted.name);
        let recorded = found.as_ref().map(|(specifier, _)| self.behind_catalog(specifier, wanted));
        Entry {
            recorded: Recorded::Kept(recorded.into_iter().collect()),
            resolved: found.and_then(|(_, version)| self.resolved(version, wanted)),
        }
    }
}

impl Importer {
    /// What was asked for and what was chosen.
    fn choice(&self, name: &str) -> Option<(&str, &str)> {
        let tables = [&self.dependencies, &self.dev_dependencies, &self.optional_dependencies];
        match tables.iter().find_map(|table| table.get(name))? {
            Dependency::Version(version) => Some((self.specifiers.get(name)?, version)),
            Dependency::Choice(choice) => Some((&choice.specifier, &choice.version)),
        }
    }
}

impl Pnpm {
    /// A catalog's requirement is kept apart; an edited catalog makes the lock file stale, too.
    fn behind_catalog(&self, specifier: &str, wanted: &Wanted<'_>) -> String {
        let Some(catalog) = specifier.strip_prefix("catalog:") else { return specifier.to_owned() };
        let catalog = if catalog.is_empty() { "default" } else { catalog };
        let choice = self.catalogs.get(catalog).and_then(|catalog| catalog.get(wanted.name));
        choice.map_or(specifier, |choice| choice.specifier.as_str()).to_owned()
    }

    fn resolved(&self, version: &str, wanted: &Wanted<'_>) -> Option<Resolved> {
        if let Some(path) = version.strip_prefix("link:") {
            return Some(linked(path, wanted));
        }
        // What follows are the peers that this copy was made with.
        let bare = version.split(if self.by_path { '_' } else { '(' }).next().unwrap_or_default();
        let keys = keys(wanted.name, version).into_iter().chain(keys(wanted.name, bare));
        let (key, package) = keys.into_iter().find_map(|key| self.packages.get_key_value(&key))?;
        Some(self.package(key, package))
    }

    fn package(&self, key: &str, package: &Package) -> Resolved {
        let resolution = package.resolution.as_ref();
        let (name, version) = self.identity(key);
        Resolved {
            package: name,
            version,
            origin: resolution.map_or(Origin::Registry, origin),
            hashed: is_hash(resolution.and_then(|resolution| resolution.integrity.as_deref())),
        }
    }

    /// The name and the version of a key; neither for an address.
    fn identity(&self, key: &str) -> (Option<String>, String) {
        let short = key.strip_prefix('/').unwrap_or(key);
        let split = if self.by_path {
            short.rsplit_once('/').map(|(name, version)| (name, version.split('_').next().unwrap_or_default()))
        } else {
            let bare = short.split('(').next().unwrap_or_default();
            let at = bare.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
            at.map(|at| (&bare[..at], &bare[at + 1..]))
        };
        match split {
            Some((name, version)) if !version.contains(':') => (Some(name.to_owned()), version.to_owned()),
            _ => (None, String::new()),
        }
    }
}

/// A package whose key is an address, perhaps behind its name: the address stands where the version would be.
fn addressed(key: &str, resolved: Resolved) -> Resolved {
    let named = key.split_once('@').filter(|(name, address)| !name.is_empty() && address.contains(':'));
    let (name, address) = named.unwrap_or((key, key));
    Resolved { package: Some(name.to_owned()), version: address.to_owned(), ..resolved }
}

/// Unlike other paths of a lock file, those of links start at the manifest.
fn linked(path: &str, wanted: &Wanted<'_>) -> Resolved {
    let path = match within_on_any_system(Path::new(wanted.importer), path) {
        Some(path) => path.display().to_string(),
        None if wanted.importer.is_empty() => path.to_owned(),
        None => format!("{}/{path}", wanted.importer),
    };
    Resolved { package: None, version: String::new(), origin: Origin::Local(path), hashed: false }
}

/// How `packages` may name a version: 9, 6, 5, and one that says all by itself.
fn keys(name: &str, version: &str) -> [String; 5] {
    [
        format!("{name}@{version}"),
        format!("/{name}@{version}"),
        format!("/{name}/{version}"),
        version.to_owned(),
        format!("/{version}"),
    ]
}

fn origin(resolution: &Resolution) -> Origin {
    match resolution {
        Resolution { directory: Some(path), .. } => Origin::Local(path.clone()),
        Resolution { commit: Some(commit), .. } => Origin::Git(commit.clone()),
        Resolution { tarball: Some(address), .. } => Origin::of(address),
        _ => Origin::Registry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_a_package_and_its_version() {
        let cases = [
            (true, "/foo/1.0.0", Some("foo"), "1.0.0"),
            (true, "/@s/foo/1.0.0_react@18.2.0", Some("@s/foo"), "1.0.0"),
            (true, "/under_score/1.0.0_@babel+core@7.0.0", Some("under_score"), "1.0.0"),
            (false, "/foo@1.0.0", Some("foo"), "1.0.0"),
            (false, "/@s/foo@1.0.0(react@18.2.0)", Some("@s/foo"), "1.0.0"),
            (false, "under_score@1.0.0(@babel/core@7.0.0)", Some("under_score"), "1.0.0"),
            (false, "foo@https://codeload.github.com/o/r/tar.gz/abc", None, ""),
        ];
        for (by_path, key, name, version) in cases {
            let lock =
                Pnpm { by_path, importers: HashMap::new(), packages: HashMap::new(), catalogs: Unique::default() };
            assert_eq!(lock.identity(key), (name.map(str::to_owned), version.to_owned()), "{key}");
        }
    }
}
