//! yarn.lock of Yarn 2 and later.

use std::collections::HashMap;

use serde::Deserialize;

use super::unique::Unique;
use super::{Entry, Lock, Origin, Recorded, Resolved, Wanted};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    /// The descriptors as written.
    #[serde(skip)]
    key: String,
    /// Missing from `__metadata`.
    resolution: Option<String>,
    version: Option<serde_json::Value>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Unique<String>,
    #[serde(default)]
    peer_dependencies: Unique<String>,
}

#[derive(Default)]
struct Berry {
    packages: Vec<Package>,
    /// By descriptor: `name@npm:^1.0.0`.
    by_descriptor: HashMap<String, usize>,
    /// The workspace's manifests by folder, `.` being the top.
    importers: HashMap<String, usize>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    let entries = super::yaml_documents::<Unique<Package>>(text)?.pop().ok_or("it is empty")?;
    let mut lock = Berry::default();
    for (descriptors, mut package) in entries.0 {
        package.key.clone_from(&descriptors);
        let at = lock.packages.len();
        if let Some((_, folder)) = package.resolution.as_deref().and_then(|r| r.rsplit_once("@workspace:")) {
            lock.importers.insert(folder.to_owned(), at);
        }
        lock.by_descriptor.extend(descriptors.split(", ").map(|descriptor| (descriptor.to_owned(), at)));
        lock.packages.push(package);
    }
    Ok(Box::new(lock))
}

impl Lock for Berry {
    fn all(&self) -> Vec<(String, Resolved)> {
        let named = self.packages.iter().filter(|package| package.resolution.is_some());
        named.map(|package| (package.key.clone(), resolve(package))).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        let resolved = wanted.written.iter().find_map(|requirement| self.find(wanted.name, requirement));
        Entry { recorded: self.recorded(wanted), resolved: resolved.map(resolve) }
    }
}

impl Berry {
    fn find(&self, name: &str, requirement: &str) -> Option<&Package> {
        let descriptors = [format!("{name}@npm:{requirement}"), format!("{name}@{requirement}")];
        descriptors.iter().find_map(|d| self.by_descriptor.get(d)).and_then(|at| self.packages.get(*at))
    }

    fn recorded(&self, wanted: &Wanted<'_>) -> Recorded {
        let folder = if wanted.importer.is_empty() { "." } else { wanted.importer };
        let Some(importer) = self.importers.get(folder).and_then(|at| self.packages.get(*at)) else {
            return Recorded::NoManifest;
        };
        let tables = [&importer.dependencies, &importer.peer_dependencies];
        let found = tables.iter().filter_map(|table| table.get(wanted.name));
        Recorded::Kept(found.map(|requirement| without_protocol(requirement, wanted)).collect())
    }
}

/// The registry's protocol is written out since version 8.
fn without_protocol(requirement: &str, wanted: &Wanted<'_>) -> String {
    let bare = requirement.strip_prefix("npm:").unwrap_or(requirement);
    if wanted.written.contains(&requirement) { requirement } else { bare }.to_owned()
}

fn resolve(package: &Package) -> Resolved {
    let resolution = package.resolution.as_deref().unwrap_or_default();
    let at = resolution.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(resolution.len(), |(at, _)| at);
    let (name, reference) = (&resolution[..at], resolution.get(at + 1..).unwrap_or_default());
    let version = package.version.as_ref().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    Resolved {
        package: Some(name.to_owned()),
        version: version.unwrap_or_default(),
        origin: origin(reference),
        hashed: package.checksum.as_deref().is_some_and(|checksum| !checksum.is_empty()),
    }
}

/// `npm:1.3.0`, `workspace:packages/b`, `https://host/r.git#commit=…`, `patch:…`.
fn origin(reference: &str) -> Origin {
    let local = ["workspace:", "portal:", "link:", "file:"].iter().find_map(|p| reference.strip_prefix(p));
    match local {
        // What is bound to another package says so behind `::`; an archive is hashed, a folder is in the repository.
        Some(path) => Origin::Local(path.split(['#', ':']).next().unwrap_or_default().to_owned()),
        None if reference.starts_with("patch:") => Origin::Registry,
        None => Origin::of(reference),
    }
}
