//! package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
//! <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>

use std::collections::HashSet;

use serde::{Deserialize, Deserializer};

use super::numbered::Numbered;
use super::sources::host;
use super::tables::Tables;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Text, Wanted, hash, out_of};

mod regular;

/// What packages are installed below.
const MODULES: &str = "node_modules/";

/// The same below a folder.
const BELOW: &str = "/node_modules/";

#[derive(Default, Debug, Deserialize, PartialEq)]
struct File<'t> {
    #[serde(rename = "lockfileVersion")]
    version: Option<u64>,
    #[serde(rename = "version")]
    stated: Option<Text<'t>>,
    /// Since version 2, by path.
    packages: Option<Unique<'t, Installed<'t>>>,
    /// Until version 2, by name.
    dependencies: Option<Unique<'t, Legacy<'t>>>,
}

/// A package of version 1.
#[derive(Debug, Deserialize, PartialEq)]
struct Legacy<'t> {
    version: Option<Text<'t>>,
    #[serde(default, deserialize_with = "text_only")]
    resolved: Option<Text<'t>>,
    integrity: Option<Text<'t>>,
    #[serde(default)]
    bundled: bool,
    /// What it needs; whether it needs something at all, for some writers.
    requires: Option<serde_json::Value>,
    /// What is installed below it.
    #[serde(default)]
    dependencies: Option<Unique<'t, Legacy<'t>>>,
}

/// An installed package, or a folder that is none. The tables stand here, and not in a struct of their own: serde would keep
/// all of a package until it knows what belongs to them.
#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Installed<'t> {
    /// Only where it differs from the folder's.
    name: Option<Text<'t>>,
    version: Option<Text<'t>>,
    #[serde(default, deserialize_with = "text_only")]
    resolved: Option<Text<'t>>,
    integrity: Option<Text<'t>>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    in_bundle: bool,
    /// Whether it brings packages along.
    #[serde(default, rename = "bundleDependencies", deserialize_with = "is_some")]
    bundles: bool,
    #[serde(default)]
    dependencies: Unique<'t, Text<'t>>,
    #[serde(default)]
    dev_dependencies: Unique<'t, Text<'t>>,
    #[serde(default)]
    optional_dependencies: Unique<'t, Text<'t>>,
    #[serde(default)]
    peer_dependencies: Unique<'t, Text<'t>>,
}

/// A package where it is installed.
struct Package<'t> {
    /// What the file calls it: its path, or its name in version 1.
    key: Text<'t>,
    resolved: Resolved<'t>,
    /// The folder that a link leads to.
    link: Option<Text<'t>>,
    tables: Tables<'t>,
}

struct Npm<'t> {
    /// Version 1 knows one manifest, and nothing of it.
    legacy: bool,
    /// By path, as in version 3.
    packages: Numbered<'t, Package<'t>>,
    /// The project's own versions, each with its line.
    stated: Vec<(String, Option<usize>)>,
}

/// A text; what is none counts as nothing.
fn text_only<'de, 't, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'t>>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Some(text.into()),
        _ => None,
    })
}

/// Whether a list has something, or a flag is set.
fn is_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Bool(flag) => flag,
        serde_json::Value::Array(list) => !list.is_empty(),
        _ => false,
    })
}

pub(super) fn parse<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
    let file = regular::read(text).map_or_else(|| serde_json::from_str(text).map_err(invalid), Ok)?;
    let stated: Vec<_> =
        file.stated.map(|version| (version.into_owned(), line_of_version(text, None))).into_iter().collect();
    let packages = match (file.version.unwrap_or(1), file.packages, file.dependencies) {
        (1, None, dependencies) => {
            let mut packages = Vec::new();
            below("", dependencies.unwrap_or_default(), &mut packages);
            return Ok(Box::new(Npm { legacy: true, packages: Numbered::new(packages), stated }));
        }
        (1..=3, Some(packages), _) => packages.sorted(),
        (2 | 3, None, _) => return Err("it has no `packages`".to_owned()),
        (version, ..) => return Err(format!("lockfileVersion {version} is not known")),
    };
    let bundling = packages.iter().filter(|(_, installed)| installed.bundles).map(|(path, _)| path.clone()).collect();
    let packages = packages.into_iter().map(|(path, installed)| package(path, installed, &bundling)).collect();
    let mut npm = Npm { legacy: false, packages: Numbered::new(packages), stated };
    if let Some(version) = npm.member("").map(str::to_owned) {
        npm.stated.push((version, line_of_version(text, Some("\"\": {"))));
    }
    Ok(Box::new(npm))
}

/// The line of the first version behind a line, as npm writes it.
fn line_of_version(text: &str, behind: Option<&str>) -> Option<usize> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    if let Some(behind) = behind {
        lines.find(|(_, line)| *line == behind)?;
    }
    lines.find(|(_, line)| line.starts_with("\"version\":")).map(|(number, _)| number)
}

fn invalid(error: serde_json::Error) -> String {
    format!("it is not a valid lock file: {error}")
}

fn is_installed(path: &str) -> bool {
    path.starts_with(MODULES) || path.contains(BELOW)
}

/// Whether a package lies in the folder of another one, which alone can bring it along.
fn is_within_another(path: &str) -> bool {
    path.matches(MODULES).count() > 1
}

/// Whether a package lies in the folder of an installed one that brings packages along, be it for another that it brings.
fn is_brought(path: &str, bundling: &HashSet<Text<'_>>) -> bool {
    let mut above = std::iter::successors(Some(path), |path| path.rsplit_once(BELOW).map(|(above, _)| above)).skip(1);
    above.any(|above| is_installed(above) && bundling.contains(above))
}

fn package<'t>(path: Text<'t>, installed: Installed<'t>, bundling: &HashSet<Text<'t>>) -> (Text<'t>, Package<'t>) {
    let resolved = if is_installed(&path) { resolved(&installed, &path, bundling) } else { own(&installed, &path) };
    let link = installed.resolved.filter(|_| installed.link);
    let tables = Tables {
        dependencies: installed.dependencies,
        dev_dependencies: installed.dev_dependencies,
        optional_dependencies: installed.optional_dependencies,
        peer_dependencies: installed.peer_dependencies,
    };
    (path.clone(), Package { key: path, resolved, link, tables })
}

/// The packages of version 1 below a path, by the paths that later versions have.
fn below<'t>(path: &str, packages: Unique<'t, Legacy<'t>>, found: &mut Vec<(Text<'t>, Package<'t>)>) {
    for (name, package) in packages.sorted() {
        let path = format!("{path}{MODULES}{name}");
        let resolved = legacy(&package, &name, &path);
        let required = package.requires.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
        let tables = Tables::needing(required.map(|(name, _)| name.clone().into()));
        found.push((path.clone().into(), Package { key: name, resolved, link: None, tables }));
        below(&format!("{path}/"), package.dependencies.unwrap_or_default(), found);
    }
}

impl<'t> Lock<'t> for Npm<'t> {
    fn nodes(&self, _: &Beside) -> Vec<Node<'t>> {
        let node = |(path, package): (&Text<'t>, &Package<'t>)| Node {
            key: package.key.clone(),
            resolved: package.resolved.clone(),
            needs: self.needs(path, package),
        };
        self.packages.iter().map(node).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let number = self.find(wanted.importer, wanted.name);
        let resolved = number.and_then(|number| self.packages.at(number)).map(|package| package.resolved.clone());
        Entry { recorded: self.recorded(wanted), resolved, number }
    }

    fn covers(&self, folder: &str) -> bool {
        !self.legacy && self.packages.get(folder).is_some()
    }

    fn stated(&self) -> Vec<(String, Option<usize>)> {
        self.stated.clone()
    }

    fn member(&self, folder: &str) -> Option<&str> {
        let version = &self.packages.get(folder).filter(|_| !self.legacy)?.resolved.version;
        (!version.is_empty()).then_some(version)
    }
}

impl<'t> Npm<'t> {
    /// The number of the package that node finds, looking from a folder.
    fn find(&self, folder: &str, name: &str) -> Option<usize> {
        let mut path = String::with_capacity(folder.len() + MODULES.len() + name.len() + 1);
        folders(folder).find_map(|folder| {
            path.clear();
            path.push_str(folder);
            path.push_str(if folder.is_empty() { MODULES } else { BELOW });
            path.push_str(name);
            self.packages.number(&path)
        })
    }

    fn needs(&self, path: &str, package: &Package<'t>) -> Vec<Need<'t>> {
        if let Some(folder) = &package.link {
            let own = self.packages.number(folder);
            return own.map(|number| Need { name: folder.clone(), number: Some(number) }).into_iter().collect();
        }
        let found = package.tables.needs().map(|(name, dispensable)| (name, self.find(path, name), dispensable));
        let kept = found.filter(|(_, number, dispensable)| number.is_some() || !dispensable);
        kept.map(|(name, number, _)| Need { name: name.clone(), number }).collect()
    }

    fn recorded(&self, wanted: &Wanted<'_>) -> Recorded {
        if self.legacy {
            return if wanted.importer.is_empty() { Recorded::NotKept } else { Recorded::NoManifest };
        }
        let importer = self.packages.number(wanted.importer).and_then(|number| self.packages.at(number));
        let kept = |package: &Package<'t>| Recorded::Told(package.tables.requirements(wanted.name));
        importer.map_or(Recorded::NoManifest, kept)
    }
}

/// A package is called as its folder, unless it says otherwise.
fn name_of(path: &str) -> &str {
    path.rsplit_once(MODULES).map_or(path, |(_, name)| name)
}

/// The folder of a manifest and those above it: node's own way to look for a package, which passes over `node_modules`.
fn folders(importer: &str) -> impl Iterator<Item = &str> {
    let is_modules = |folder: &str| folder == "node_modules" || folder.ends_with("/node_modules");
    std::iter::successors(Some(importer), |folder| above(folder)).filter(move |folder| !is_modules(folder))
}

/// The folder above one; none above the lock file's own.
fn above(folder: &str) -> Option<&str> {
    (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(above, _)| above))
}

/// A folder of the project: the manifest itself, a member, or what a `file:` leads to.
fn own<'t>(package: &Installed<'t>, path: &Text<'t>) -> Resolved<'t> {
    Resolved {
        package: Some(package.name.as_ref().unwrap_or(path).clone()),
        version: package.version.clone().unwrap_or_default(),
        origin: Origin::Local(path.clone()),
        hash: Hash::None,
        host: None,
    }
}

fn resolved<'t>(package: &Installed<'t>, path: &Text<'t>, bundling: &HashSet<Text<'t>>) -> Resolved<'t> {
    let address = package.resolved.as_ref();
    let origin = match address {
        Some(path) if package.link => Origin::Local(path.clone()),
        Some(address) => Origin::of(address),
        None => Origin::Registry,
    };
    Resolved {
        package: package.name.clone().or_else(|| out_of(path, |path| Some(name_of(path).into()))),
        version: package.version.clone().unwrap_or_default(),
        origin,
        hash: hash(package.integrity.as_deref()).or_within_another(package.in_bundle && is_brought(path, bundling)),
        host: address.and_then(|address| out_of(address, host)),
    }
}

/// Version 1 writes an alias, a path or an address where the version would be.
fn legacy<'t>(package: &Legacy<'t>, name: &Text<'t>, path: &str) -> Resolved<'t> {
    let version = package.version.clone().unwrap_or_default();
    let alias = version.strip_prefix("npm:").and_then(|rest| rest.rsplit_once('@'));
    let address = package.resolved.as_ref();
    let origin = match Origin::of(&version) {
        Origin::Registry => address.map_or(Origin::Registry, Origin::of),
        origin => origin,
    };
    // What is brought along is taken from nowhere else.
    let is_brought = package.bundled && address.is_none() && is_within_another(path);
    Resolved {
        package: Some(alias.map_or_else(|| name.clone(), |(name, _)| name.to_owned().into())),
        version: alias.map_or_else(|| version.clone(), |(_, version)| version.to_owned().into()),
        origin,
        hash: hash(package.integrity.as_deref()).or_within_another(is_brought),
        host: address.and_then(|address| out_of(address, host)),
    }
}
