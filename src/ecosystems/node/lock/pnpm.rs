//! pnpm-lock.yaml, versions 5 to 9. <https://github.com/pnpm/spec/tree/main/lockfile>

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;

use super::numbered::Numbered;
use super::sources::host;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Text, Wanted, hash, out_of};
use crate::model::path::within_on_any_system;

mod regular;

#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct File<'t> {
    lockfile_version: Option<Version<'t>>,
    #[serde(default)]
    settings: Settings,
    importers: Option<Unique<'t, Importer<'t>>>,
    /// Until version 6, the only manifest's tables stand at the top. Written out: to flatten them would keep in memory
    /// whatever else stands there, the half of a file.
    #[serde(default)]
    specifiers: Unique<'t, Text<'t>>,
    #[serde(default)]
    dependencies: Unique<'t, Dependency<'t>>,
    #[serde(default)]
    dev_dependencies: Unique<'t, Dependency<'t>>,
    #[serde(default)]
    optional_dependencies: Unique<'t, Dependency<'t>>,
    #[serde(default)]
    packages: Unique<'t, Package<'t>>,
    /// Since version 9: what each copy of a package needs, by the package's key with the peers that it was made with.
    #[serde(default)]
    snapshots: Unique<'t, Needed<'t>>,
    #[serde(default)]
    catalogs: Unique<'t, Unique<'t, Choice<'t>>>,
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
enum Version<'t> {
    Number(f64),
    Text(Text<'t>),
}

#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Importer<'t> {
    /// Until version 6.
    #[serde(default)]
    specifiers: Unique<'t, Text<'t>>,
    #[serde(default)]
    dependencies: Unique<'t, Dependency<'t>>,
    #[serde(default)]
    dev_dependencies: Unique<'t, Dependency<'t>>,
    #[serde(default)]
    optional_dependencies: Unique<'t, Dependency<'t>>,
    /// What pnpm installs before all else, in a document of its own.
    #[serde(default)]
    config_dependencies: Unique<'t, Choice<'t>>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Dependency<'t> {
    /// Until version 6.
    Version(Text<'t>),
    Choice(Choice<'t>),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Choice<'t> {
    specifier: Text<'t>,
    version: Text<'t>,
}

#[derive(Default, Debug, Deserialize, PartialEq)]
struct Package<'t> {
    resolution: Option<Resolution<'t>>,
    /// Until version 6, as in a snapshot of version 9.
    #[serde(flatten)]
    needed: Needed<'t>,
}

/// What a package needs, its peers included. What is optional and absent is not listed.
#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Needed<'t> {
    dependencies: Unique<'t, Text<'t>>,
    optional_dependencies: Unique<'t, Text<'t>>,
}

#[derive(Default, Debug, Deserialize, PartialEq)]
struct Resolution<'t> {
    integrity: Option<Text<'t>>,
    tarball: Option<Text<'t>>,
    commit: Option<Text<'t>>,
    directory: Option<Text<'t>>,
}

struct Pnpm<'t> {
    /// Until version 6 a package is `/name/version_peers`, since then `name@version(peers)`.
    by_path: bool,
    /// Since version 9: what a package needs is said in its snapshots alone, so each has one.
    by_snapshot: bool,
    installs_peers: bool,
    importers: Numbered<'t, Importer<'t>>,
    /// Their numbers go on behind those of the importers.
    packages: Numbered<'t, Package<'t>>,
    snapshots: Vec<(Text<'t>, Needed<'t>)>,
    /// The folders that a `link:` leads to and that are no importers. Their numbers go on behind all others.
    linked: Vec<Text<'t>>,
    catalogs: Unique<'t, Unique<'t, Choice<'t>>>,
    /// Since pnpm 11: the document of what is installed before all else. Its numbers go on behind all others.
    first: Option<Box<Pnpm<'t>>>,
}

pub(super) fn parse<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
    let mut files = match regular::read(text) {
        Some(file) => vec![file],
        None => super::yaml_documents::<File<'_>>(text)?,
    };
    let mut lock = read(files.pop().ok_or("it is empty")?)?;
    lock.first = files.pop().map(read).transpose()?.map(Box::new);
    if !files.is_empty() {
        return Err("it has more documents than the two that pnpm writes".to_owned());
    }
    Ok(Box::new(lock))
}

fn read(file: File<'_>) -> Result<Pnpm<'_>, String> {
    let major = match &file.lockfile_version {
        Some(Version::Number(number)) => number.to_string().into(),
        Some(Version::Text(text)) => text.clone(),
        None => return Err("it has no lockfileVersion".to_owned()),
    };
    if !["5", "6", "7", "9"].contains(&major.split(['.', '-']).next().unwrap_or_default()) {
        return Err(format!("lockfileVersion {major} is not known"));
    }
    let importers = match file.importers {
        Some(importers) => importers.sorted(),
        None => vec![(
            ".".into(),
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
        by_snapshot: major.starts_with('9'),
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

impl<'t> Lock<'t> for Pnpm<'t> {
    fn nodes(&self, _: &Beside) -> Vec<Node<'t>> {
        self.all()
    }

    fn configured(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let choice = self.first.as_ref().and_then(|first| {
            Some((first, first.importers.get(importer(wanted.importer))?.config_dependencies.get(wanted.name)?))
        });
        let Some((first, choice)) = choice else {
            return Entry { recorded: Recorded::Kept(Vec::new()), resolved: None, number: None };
        };
        let number = first.find("", wanted.name, &choice.version, &mut String::new());
        Entry {
            recorded: Recorded::Kept(vec![choice.specifier.to_string()]),
            resolved: number.and_then(|number| first.package(number)),
            number: number.map(|number| self.importers.len() + self.packages.len() + number),
        }
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let Some(importer) = self.importers.get(importer(wanted.importer)) else {
            return Entry { recorded: Recorded::NoManifest, resolved: None, number: None };
        };
        let found = importer.choice(wanted.name);
        let recorded = found.as_ref().map(|(specifier, _)| self.behind_catalog(specifier, wanted));
        let version = found.map(|(_, version)| version);
        let number = version.and_then(|version| self.find(wanted.importer, wanted.name, version, &mut String::new()));
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

impl<'t> Needed<'t> {
    fn all(&self) -> impl Iterator<Item = (&Text<'t>, &Text<'t>)> {
        let tables = [&self.dependencies, &self.optional_dependencies].into_iter();
        tables.flat_map(|table| table.iter())
    }
}

impl<'t> Importer<'t> {
    /// What was asked for and what was chosen.
    fn choice(&self, name: &str) -> Option<(&Text<'t>, &Text<'t>)> {
        let tables = [&self.dependencies, &self.dev_dependencies, &self.optional_dependencies];
        match tables.iter().find_map(|table| table.get(name))? {
            Dependency::Version(version) => Some((self.specifiers.get(name)?, version)),
            Dependency::Choice(choice) => Some((&choice.specifier, &choice.version)),
        }
    }

    /// What is installed with it.
    fn all(&self) -> impl Iterator<Item = (&Text<'t>, &Text<'t>)> {
        let tables = [&self.dependencies, &self.optional_dependencies].into_iter();
        let entries = tables.flat_map(|table| table.iter());
        entries.map(|(name, dependency)| match dependency {
            Dependency::Version(version) | Dependency::Choice(Choice { version, .. }) => (name, version),
        })
    }
}

impl<'t> Pnpm<'t> {
    /// The folders of the project, then the packages, then those of the first document.
    fn all(&self) -> Vec<Node<'t>> {
        let buffer = &mut String::new();
        let mut nodes = Vec::with_capacity(self.before_linked() + self.linked.len());
        nodes.extend(self.importers.iter().map(|(path, importer)| self.own(path, importer, buffer)));
        nodes.extend(self.packages.iter().map(|(key, package)| self.node(key, package, buffer)));
        let mut is_told = vec![!self.by_snapshot; self.packages.len()];
        for (key, needed) in &self.snapshots {
            let number = self.packages.number(key).or_else(|| self.packages.number(self.bare(key)));
            let Some(number) = number else { continue };
            is_told[number] = true;
            if let Some(node) = nodes.get_mut(self.importers.len() + number) {
                // The copies of a package have the same content, and each may need something else.
                node.needs.extend(self.needs("", needed.all(), buffer));
            }
        }
        for (node, _) in nodes.iter_mut().skip(self.importers.len()).zip(is_told).filter(|(_, is_told)| !is_told) {
            node.needs.push(Need { name: format!("the snapshot {}", node.key).into(), number: None });
        }
        if let Some(first) = &self.first {
            let count = nodes.len();
            let moved = |need: Need<'t>| Need { number: need.number.map(|number| number + count), ..need };
            let others = first.all().into_iter();
            nodes.extend(others.map(|node| Node { needs: node.needs.into_iter().map(moved).collect(), ..node }));
        }
        nodes.extend(self.linked.iter().map(|path| folder(path.clone())));
        nodes
    }

    /// A catalog's requirement is kept apart; an edited catalog makes the lock file stale, too.
    fn behind_catalog(&self, specifier: &str, wanted: &Wanted<'_>) -> String {
        let Some(catalog) = specifier.strip_prefix("catalog:") else { return specifier.to_owned() };
        let catalog = if catalog.is_empty() { "default" } else { catalog };
        let choice = self.catalogs.get(catalog).and_then(|catalog| catalog.get(wanted.name));
        choice.map_or(specifier, |choice| choice.specifier.as_ref()).to_owned()
    }

    /// The number of the package that a version, as a folder or a package has it, means. Its key is put together in `buffer`.
    fn find(&self, folder: &str, name: &str, version: &str, buffer: &mut String) -> Option<usize> {
        if version.starts_with("link:") {
            let Origin::Local(path) = linked(version, folder)?.origin else { return None };
            let linked = || Some(self.before_linked() + self.linked.binary_search(&path).ok()?);
            return self.importers.number(importer(&path)).or_else(linked);
        }
        let mut number = |version: &str| {
            keys(name, version).iter().find_map(|parts| {
                buffer.clear();
                buffer.extend(parts.iter().copied());
                self.packages.number(buffer)
            })
        };
        let number = number(version).or_else(|| number(self.bare(version)))?;
        let is_copy = self.by_snapshot && version.contains('(');
        (!is_copy || self.has_snapshot(name, version)).then(|| self.importers.len() + number)
    }

    /// Whether a copy of a package, a version with its peers, is there: by its name, or called by the version alone.
    fn has_snapshot(&self, name: &str, version: &str) -> bool {
        let has = |key: &[&str]| {
            let bytes = || key.iter().flat_map(|part| part.bytes());
            self.snapshots.binary_search_by(|(known, _)| known.bytes().cmp(bytes())).is_ok()
        };
        has(&[name, "@", version]) || has(&[version])
    }

    /// How many numbers come before those of linked folders.
    fn before_linked(&self) -> usize {
        let first = self.first.as_ref().map_or(0, |first| first.before_linked() + first.linked.len());
        self.importers.len() + self.packages.len() + first
    }

    /// Where links lead that no importer tells more of, in order.
    fn all_linked(&self) -> Vec<Text<'t>> {
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
        let end = memchr::memchr(if self.by_path { b'_' } else { b'(' }, version.as_bytes());
        &version[..end.unwrap_or(version.len())]
    }

    fn needs<'n>(
        &'n self,
        folder: &'n str,
        all: impl Iterator<Item = (&'n Text<'t>, &'n Text<'t>)> + 'n,
        buffer: &'n mut String,
    ) -> impl Iterator<Item = Need<'t>> + 'n {
        all.map(|(name, version)| Need { name: name.clone(), number: self.find(folder, name, version, buffer) })
    }

    fn own(&self, path: &Text<'t>, importer: &Importer<'t>, buffer: &mut String) -> Node<'t> {
        let place = if path == "." { Text::default() } else { path.clone() };
        Node { key: path.clone(), needs: self.needs(&place, importer.all(), buffer).collect(), ..folder(place.clone()) }
    }

    fn node(&self, key: &Text<'t>, package: &Package<'t>, buffer: &mut String) -> Node<'t> {
        let resolved = self.resolved(key, package);
        let resolved = if resolved.package.is_none() { addressed(key, resolved) } else { resolved };
        Node { key: key.clone(), resolved, needs: self.needs("", package.needed.all(), buffer).collect() }
    }

    fn package(&self, number: usize) -> Option<Resolved<'t>> {
        let number = number.checked_sub(self.importers.len())?;
        Some(self.resolved(self.packages.key(number)?, self.packages.at(number)?))
    }

    fn resolved(&self, key: &Text<'t>, package: &Package<'t>) -> Resolved<'t> {
        let resolution = package.resolution.as_ref();
        let (name, version) = self.identity(key);
        Resolved {
            package: name,
            version,
            origin: resolution.map_or(Origin::Registry, origin),
            hash: hash(resolution.and_then(|resolution| resolution.integrity.as_deref())),
            host: resolution.and_then(|resolution| out_of(resolution.tarball.as_ref()?, host)),
        }
    }

    /// The name and the version of a key; neither for an address.
    fn identity(&self, key: &Text<'t>) -> (Option<Text<'t>>, Text<'t>) {
        let named = match key {
            Cow::Borrowed(key) => self.split(key).map(|(name, version)| (name.into(), version.into())),
            Cow::Owned(key) => {
                self.split(key).map(|(name, version)| (name.to_owned().into(), version.to_owned().into()))
            }
        };
        named.map_or_else(Default::default, |(name, version)| (Some(name), version))
    }

    fn split<'k>(&self, key: &'k str) -> Option<(&'k str, &'k str)> {
        let short = key.strip_prefix('/').unwrap_or(key);
        let (name, version) = if self.by_path {
            let (name, version) = short.rsplit_once('/')?;
            (name, self.bare(version))
        } else {
            let bare = self.bare(short);
            let at = 1 + memchr::memchr(b'@', bare.as_bytes().get(1..)?)?;
            (bare.get(..at)?, &bare[at + 1..])
        };
        (!version.contains(':')).then_some((name, version))
    }
}

/// A folder of the project, which has its own manifest where it needs something.
fn folder(path: Text<'_>) -> Node<'_> {
    let origin = Origin::Local(path.clone());
    let resolved = Resolved { package: None, version: Text::default(), origin, hash: Hash::None, host: None };
    Node { key: path, resolved, needs: Vec::new() }
}

/// A package whose key is an address, perhaps behind its name: the address stands where the version would be.
fn addressed<'t>(key: &Text<'t>, resolved: Resolved<'t>) -> Resolved<'t> {
    let named = key.split_once('@').filter(|(name, address)| !name.is_empty() && address.contains(':'));
    let (name, address) = named.unwrap_or((key, key));
    Resolved { package: Some(name.to_owned().into()), version: address.to_owned().into(), ..resolved }
}

/// Unlike other paths of a lock file, those of links start at the manifest.
fn linked(version: &str, folder: &str) -> Option<Resolved<'static>> {
    let path = version.strip_prefix("link:")?;
    let path = match within_on_any_system(Path::new(folder), path) {
        Some(path) => path.display().to_string(),
        None if folder.is_empty() => path.to_owned(),
        None => format!("{folder}/{path}"),
    };
    Some(self::folder(path.into()).resolved)
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

fn origin<'t>(resolution: &Resolution<'t>) -> Origin<'t> {
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
                by_snapshot: false,
                installs_peers: true,
                importers: Numbered::new(Vec::new()),
                packages: Numbered::new(Vec::new()),
                snapshots: Vec::new(),
                catalogs: Unique::default(),
                first: None,
            };
            assert_eq!(lock.identity(&key.into()), (name.map(Into::into), version.into()), "{key}");
        }
    }
}
