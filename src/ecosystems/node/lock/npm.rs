//! package-lock.json and npm-shrinkwrap.json, versions 1 to 3.
//! <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>

use serde::Deserialize;

use super::numbered::Numbered;
use super::sources::host;
use super::tables::Tables;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Wanted, hash};

mod regular;

/// What packages are installed below.
const MODULES: &str = "node_modules/";

/// The same below a folder.
const BELOW: &str = "/node_modules/";

#[derive(Default, Debug, Deserialize, PartialEq)]
struct File {
    #[serde(rename = "lockfileVersion")]
    version: Option<u64>,
    #[serde(rename = "version")]
    stated: Option<String>,
    /// Since version 2, by path.
    packages: Option<Unique<Installed>>,
    /// Until version 2, by name.
    dependencies: Option<Unique<Legacy>>,
}

/// A package of version 1.
#[derive(Debug, Deserialize, PartialEq)]
struct Legacy {
    version: Option<String>,
    resolved: Option<serde_json::Value>,
    integrity: Option<String>,
    #[serde(default)]
    bundled: bool,
    /// What it needs; whether it needs something at all, for some writers.
    requires: Option<serde_json::Value>,
    /// What is installed below it.
    #[serde(default)]
    dependencies: Option<Unique<Legacy>>,
}

/// An installed package, or a folder that is none. The tables stand here, and not in a struct of their own: serde would keep
/// all of a package until it knows what belongs to them.
#[derive(Default, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Installed {
    /// Only where it differs from the folder's.
    name: Option<String>,
    version: Option<String>,
    resolved: Option<serde_json::Value>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    in_bundle: bool,
    #[serde(default)]
    dependencies: Unique<String>,
    #[serde(default)]
    dev_dependencies: Unique<String>,
    #[serde(default)]
    optional_dependencies: Unique<String>,
    #[serde(default)]
    peer_dependencies: Unique<String>,
}

/// A package where it is installed.
struct Package {
    /// What the file calls it: its path, or its name in version 1.
    key: String,
    resolved: Resolved,
    /// The folder that a link leads to.
    link: Option<String>,
    tables: Tables,
}

struct Npm {
    /// Version 1 knows one manifest, and nothing of it.
    legacy: bool,
    /// By path, as in version 3.
    packages: Numbered<Package>,
    /// The project's own versions, each with its line.
    stated: Vec<(String, Option<usize>)>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    let file = regular::read(text).map_or_else(|| serde_json::from_str(text).map_err(invalid), Ok)?;
    let stated: Vec<_> = file.stated.map(|version| (version, line_of_version(text, None))).into_iter().collect();
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
    let packages = packages.into_iter().map(|(path, installed)| package(path, installed)).collect();
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

fn package(path: String, installed: Installed) -> (String, Package) {
    let resolved = if is_installed(&path) { resolved(&installed, &path) } else { own(&installed, &path) };
    let address = installed.resolved.as_ref().and_then(serde_json::Value::as_str);
    let link = address.filter(|_| installed.link).map(str::to_owned);
    let tables = Tables {
        dependencies: installed.dependencies,
        dev_dependencies: installed.dev_dependencies,
        optional_dependencies: installed.optional_dependencies,
        peer_dependencies: installed.peer_dependencies,
    };
    (path.clone(), Package { key: path, resolved, link, tables })
}

/// The packages of version 1 below a path, by the paths that later versions have.
fn below(path: &str, packages: Unique<Legacy>, found: &mut Vec<(String, Package)>) {
    for (name, package) in packages.sorted() {
        let path = format!("{path}{MODULES}{name}");
        let resolved = legacy(&package, &name, &path);
        let required = package.requires.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
        let tables = Tables::needing(required.map(|(name, _)| name.clone()));
        found.push((path.clone(), Package { key: name, resolved, link: None, tables }));
        below(&format!("{path}/"), package.dependencies.unwrap_or_default(), found);
    }
}

impl Lock for Npm {
    fn nodes(&self, _: &Beside) -> Vec<Node> {
        let node = |(path, package): (&str, &Package)| Node {
            key: package.key.clone(),
            resolved: package.resolved.clone(),
            needs: self.needs(path, package),
        };
        self.packages.iter().map(node).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
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

impl Npm {
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

    fn needs(&self, path: &str, package: &Package) -> Vec<Need> {
        if let Some(folder) = &package.link {
            let own = self.packages.number(folder);
            return own.map(|number| Need { name: folder.clone(), number: Some(number) }).into_iter().collect();
        }
        let found = package.tables.needs().map(|(name, dispensable)| (name, self.find(path, name), dispensable));
        let kept = found.filter(|(_, number, dispensable)| number.is_some() || !dispensable);
        kept.map(|(name, number, _)| Need { name: name.to_owned(), number }).collect()
    }

    fn recorded(&self, wanted: &Wanted<'_>) -> Recorded {
        if self.legacy {
            return if wanted.importer.is_empty() { Recorded::NotKept } else { Recorded::NoManifest };
        }
        let importer = self.packages.number(wanted.importer).and_then(|number| self.packages.at(number));
        let kept = |package: &Package| Recorded::Told(package.tables.requirements(wanted.name));
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
fn own(package: &Installed, path: &str) -> Resolved {
    Resolved {
        package: Some(package.name.as_deref().unwrap_or(path).to_owned()),
        version: package.version.clone().unwrap_or_default(),
        origin: Origin::Local(path.to_owned()),
        hash: Hash::None,
        host: None,
    }
}

fn resolved(package: &Installed, path: &str) -> Resolved {
    let address = package.resolved.as_ref().and_then(serde_json::Value::as_str);
    let origin = match address {
        Some(path) if package.link => Origin::Local(path.to_owned()),
        Some(address) => Origin::of(address),
        None => Origin::Registry,
    };
    Resolved {
        package: Some(package.name.as_deref().unwrap_or(name_of(path)).to_owned()),
        version: package.version.clone().unwrap_or_default(),
        origin,
        hash: hash(package.integrity.as_deref()).or_within_another(package.in_bundle && is_within_another(path)),
        host: address.and_then(host),
    }
}

/// Version 1 writes an alias, a path or an address where the version would be.
fn legacy(package: &Legacy, name: &str, path: &str) -> Resolved {
    let version = package.version.clone().unwrap_or_default();
    let alias = version.strip_prefix("npm:").and_then(|rest| rest.rsplit_once('@'));
    let address = package.resolved.as_ref().and_then(serde_json::Value::as_str);
    let origin = match Origin::of(&version) {
        Origin::Registry => address.map_or(Origin::Registry, Origin::of),
        origin => origin,
    };
    Resolved {
        package: Some(alias.map_or(name, |(name, _)| name).to_owned()),
        version: alias.map_or_else(|| version.clone(), |(_, version)| version.to_owned()),
        origin,
        hash: hash(package.integrity.as_deref()).or_within_another(package.bundled && is_within_another(path)),
        host: address.and_then(host),
    }
}
