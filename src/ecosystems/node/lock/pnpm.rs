//! pnpm-lock.yaml, versions 5 to 9. <https://github.com/pnpm/spec/tree/main/lockfile>

use std::path::Path;

use serde::Deserialize;

use super::numbered::Numbered;
use super::sources::host;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Wanted, hash};
use crate::model::path::within_on_any_system;

mod regular;

#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: Option<Version>,
    #[serde(default)]
    settings: Settings,
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
    /// Since version 9: what each copy of a package needs, by the package's key with the peers that it was made with.
    #[serde(default)]
    snapshots: Unique<Needed>,
    #[serde(default)]
    catalogs: Unique<Unique<Choice>>,
}

/// Since version 6.
#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    auto_install_peers: Option<bool>,
}

/// A number until 5, a text after it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Version {
    Number(f64),
    Text(String),
}

#[derive(Default, Debug, Deserialize, PartialEq)]
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
    /// What pnpm installs before all else, in a document of its own.
    #[serde(default)]
    config_dependencies: Unique<Choice>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Dependency {
    /// Until version 6.
    Version(String),
    Choice(Choice),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Choice {
    specifier: String,
    version: String,
}

#[derive(Default, Debug, Deserialize, PartialEq)]
struct Package {
    resolution: Option<Resolution>,
    /// Until version 6, as in a snapshot of version 9.
    #[serde(flatten)]
    needed: Needed,
}

/// What a package needs, its peers included. What is optional and absent is not listed.
#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Needed {
    dependencies: Unique<String>,
    optional_dependencies: Unique<String>,
}

#[derive(Default, Debug, Deserialize, PartialEq)]
struct Resolution {
    integrity: Option<String>,
    tarball: Option<String>,
    commit: Option<String>,
    directory: Option<String>,
}

struct Pnpm {
    /// Until version 6 a package is `/name/version_peers`, since then `name@version(peers)`.
    by_path: bool,
    installs_peers: bool,
    importers: Numbered<Importer>,
    /// Their numbers go on behind those of the importers.
    packages: Numbered<Package>,
    snapshots: Vec<(String, Needed)>,
    /// The folders that a `link:` leads to and that are no importers. Their numbers go on behind all others.
    linked: Vec<String>,
    catalogs: Unique<Unique<Choice>>,
    /// Since pnpm 11: the document of what is installed before all else. Its numbers go on behind all others.
    first: Option<Box<Pnpm>>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    let mut files = match regular::read(text) {
        Some(file) => vec![file],
        None => super::yaml_documents::<File>(text)?,
    };
    let mut lock = read(files.pop().ok_or("it is empty")?)?;
    lock.first = files.pop().map(read).transpose()?.map(Box::new);
    Ok(Box::new(lock))
}

fn read(file: File) -> Result<Pnpm, String> {
    let major = match &file.lockfile_version {
        Some(Version::Number(number)) => number.to_string(),
        Some(Version::Text(text)) => text.clone(),
        None => return Err("it has no lockfileVersion".to_owned()),
    };
    if !["5", "6", "7", "9"].contains(&major.split(['.', '-']).next().unwrap_or_default()) {
        return Err(format!("lockfileVersion {major} is not known"));
    }
    let importers = match file.importers {
        Some(importers) => importers.sorted(),
        None => vec![(
            ".".to_owned(),
            Importer {
                specifiers: file.specifiers,
                dependencies: file.dependencies,
                dev_dependencies: file.dev_dependencies,
                optional_dependencies: file.optional_dependencies,
                config_dependencies: Unique::default(),
            },
        )],
    };
    let mut lock = Pnpm {
        by_path: major.starts_with('5'),
        // It became the default with version 6.
        installs_peers: file.settings.auto_install_peers.unwrap_or(!major.starts_with('5')),
        importers: Numbered::new(importers),
        packages: Numbered::new(file.packages.sorted()),
        snapshots: file.snapshots.sorted(),
        linked: Vec::new(),
        catalogs: file.catalogs,
        first: None,
    };
    lock.linked = lock.all_linked();
    Ok(lock)
}

impl Lock for Pnpm {
    fn nodes(&self, _: &Beside) -> Vec<Node> {
        self.all()
    }

    fn configured(&self, wanted: &Wanted<'_>) -> Entry {
        let choice = self.first.as_ref().and_then(|first| {
            Some((first, first.importers.get(importer(wanted.importer))?.config_dependencies.get(wanted.name)?))
        });
        let Some((first, choice)) = choice else {
            return Entry { recorded: Recorded::Kept(Vec::new()), resolved: None, number: None };
        };
        let number = first.find("", wanted.name, &choice.version);
        Entry {
            recorded: Recorded::Kept(vec![choice.specifier.clone()]),
            resolved: number.and_then(|number| first.package(number)),
            number: number.map(|number| self.importers.len() + self.packages.len() + number),
        }
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        let Some(importer) = self.importers.get(importer(wanted.importer)) else {
            return Entry { recorded: Recorded::NoManifest, resolved: None, number: None };
        };
        let found = importer.choice(wanted.name);
        let recorded = found.as_ref().map(|(specifier, _)| self.behind_catalog(specifier, wanted));
        let version = found.map(|(_, version)| version);
        let number = version.and_then(|version| self.find(wanted.importer, wanted.name, version));
        let linked = version.and_then(|version| linked(version, wanted.importer));
        Entry {
            recorded: Recorded::Kept(recorded.into_iter().collect()),
            resolved: linked.or_else(|| self.package(number?)),
            number,
        }
    }

    fn covers(&self, folder: &str) -> bool {
        self.importers.get(importer(folder)).is_some()
    }

    fn installs_peers(&self) -> bool {
        self.installs_peers
    }
}

/// How `importers` names a folder.
fn importer(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

impl Needed {
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let tables = [&self.dependencies, &self.optional_dependencies].into_iter();
        tables.flat_map(|table| table.iter().map(|(name, version)| (name, version.as_str())))
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

    /// What is installed with it.
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let tables = [&self.dependencies, &self.optional_dependencies].into_iter();
        let entries = tables.flat_map(|table| table.iter());
        entries.map(|(name, dependency)| match dependency {
            Dependency::Version(version) | Dependency::Choice(Choice { version, .. }) => (name, version.as_str()),
        })
    }
}

impl Pnpm {
    /// The folders of the project, then the packages, then those of the first document.
    fn all(&self) -> Vec<Node> {
        let mut nodes: Vec<_> = self.importers.iter().map(|(path, importer)| self.own(path, importer)).collect();
        nodes.extend(self.packages.iter().map(|(key, package)| self.node(key, package)));
        for (key, needed) in &self.snapshots {
            let number = self.packages.number(key).or_else(|| self.packages.number(self.bare(key)));
            if let Some(node) = number.and_then(|number| nodes.get_mut(self.importers.len() + number)) {
                // The copies of a package have the same content, and each may need something else.
                node.needs.extend(self.needs("", needed.all()));
            }
        }
        if let Some(first) = &self.first {
            let count = nodes.len();
            let moved = |need: Need| Need { number: need.number.map(|number| number + count), ..need };
            let others = first.all().into_iter();
            nodes.extend(others.map(|node| Node { needs: node.needs.into_iter().map(moved).collect(), ..node }));
        }
        nodes.extend(self.linked.iter().map(|path| folder(path)));
        nodes
    }

    /// A catalog's requirement is kept apart; an edited catalog makes the lock file stale, too.
    fn behind_catalog(&self, specifier: &str, wanted: &Wanted<'_>) -> String {
        let Some(catalog) = specifier.strip_prefix("catalog:") else { return specifier.to_owned() };
        let catalog = if catalog.is_empty() { "default" } else { catalog };
        let choice = self.catalogs.get(catalog).and_then(|catalog| catalog.get(wanted.name));
        choice.map_or(specifier, |choice| choice.specifier.as_str()).to_owned()
    }

    /// The number of the package that a version, as a folder or a package has it, means.
    fn find(&self, folder: &str, name: &str, version: &str) -> Option<usize> {
        if version.starts_with("link:") {
            let Origin::Local(path) = linked(version, folder)?.origin else { return None };
            let linked = || Some(self.before_linked() + self.linked.binary_search(&path).ok()?);
            return self.importers.number(importer(&path)).or_else(linked);
        }
        let number = |version: &str| keys(name, version).iter().find_map(|key| self.packages.number_of(key));
        number(version).or_else(|| number(self.bare(version))).map(|number| self.importers.len() + number)
    }

    /// How many numbers come before those of linked folders.
    fn before_linked(&self) -> usize {
        let first = self.first.as_ref().map_or(0, |first| first.before_linked() + first.linked.len());
        self.importers.len() + self.packages.len() + first
    }

    /// Where links lead that no importer tells more of, in order.
    fn all_linked(&self) -> Vec<String> {
        let own = self.importers.iter().flat_map(|(path, importer)| {
            let folder = if path == "." { "" } else { path };
            importer.all().filter_map(move |(_, version)| linked(version, folder))
        });
        let needed = self.packages.iter().map(|(_, package)| &package.needed);
        let needed = needed.chain(self.snapshots.iter().map(|(_, needed)| needed)).flat_map(Needed::all);
        let all = own.chain(needed.filter_map(|(_, version)| linked(version, "")));
        let mut paths: Vec<_> = all
            .filter_map(|resolved| match resolved.origin {
                Origin::Local(path) => Some(path),
                _ => None,
            })
            .filter(|path| self.importers.number(importer(path)).is_none())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// What stands before the peers that a copy was made with.
    fn bare<'k>(&self, version: &'k str) -> &'k str {
        version.split(if self.by_path { '_' } else { '(' }).next().unwrap_or_default()
    }

    fn needs<'n>(&self, folder: &str, all: impl Iterator<Item = (&'n str, &'n str)>) -> Vec<Need> {
        all.map(|(name, version)| Need { name: name.to_owned(), number: self.find(folder, name, version) }).collect()
    }

    fn own(&self, path: &str, importer: &Importer) -> Node {
        let place = if path == "." { "" } else { path };
        Node { key: path.to_owned(), needs: self.needs(place, importer.all()), ..folder(place) }
    }

    fn node(&self, key: &str, package: &Package) -> Node {
        let resolved = self.resolved(key, package);
        let resolved = if resolved.package.is_none() { addressed(key, resolved) } else { resolved };
        Node { key: key.to_owned(), resolved, needs: self.needs("", package.needed.all()) }
    }

    fn package(&self, number: usize) -> Option<Resolved> {
        let number = number.checked_sub(self.importers.len())?;
        Some(self.resolved(self.packages.key(number)?, self.packages.at(number)?))
    }

    fn resolved(&self, key: &str, package: &Package) -> Resolved {
        let resolution = package.resolution.as_ref();
        let (name, version) = self.identity(key);
        Resolved {
            package: name,
            version,
            origin: resolution.map_or(Origin::Registry, origin),
            hash: hash(resolution.and_then(|resolution| resolution.integrity.as_deref())),
            host: resolution.and_then(|resolution| host(resolution.tarball.as_deref()?)),
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

/// A folder of the project, which has its own manifest where it needs something.
fn folder(path: &str) -> Node {
    let origin = Origin::Local(path.to_owned());
    let resolved = Resolved { package: None, version: String::new(), origin, hash: Hash::None, host: None };
    Node { key: path.to_owned(), resolved, needs: Vec::new() }
}

/// A package whose key is an address, perhaps behind its name: the address stands where the version would be.
fn addressed(key: &str, resolved: Resolved) -> Resolved {
    let named = key.split_once('@').filter(|(name, address)| !name.is_empty() && address.contains(':'));
    let (name, address) = named.unwrap_or((key, key));
    Resolved { package: Some(name.to_owned()), version: address.to_owned(), ..resolved }
}

/// Unlike other paths of a lock file, those of links start at the manifest.
fn linked(version: &str, folder: &str) -> Option<Resolved> {
    let path = version.strip_prefix("link:")?;
    let path = match within_on_any_system(Path::new(folder), path) {
        Some(path) => path.display().to_string(),
        None if folder.is_empty() => path.to_owned(),
        None => format!("{folder}/{path}"),
    };
    Some(self::folder(&path).resolved)
}

/// How `packages` may name a version, in parts: 9, 6, 5, and one that says all by itself.
fn keys<'k>(name: &'k str, version: &'k str) -> [[&'k str; 4]; 5] {
    [
        [name, "@", version, ""],
        ["/", name, "@", version],
        ["/", name, "/", version],
        [version, "", "", ""],
        ["/", version, "", ""],
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
            let lock = Pnpm {
                linked: Vec::new(),
                by_path,
                installs_peers: true,
                importers: Numbered::new(Vec::new()),
                packages: Numbered::new(Vec::new()),
                snapshots: Vec::new(),
                catalogs: Unique::default(),
                first: None,
            };
            assert_eq!(lock.identity(key), (name.map(str::to_owned), version.to_owned()), "{key}");
        }
    }
}
