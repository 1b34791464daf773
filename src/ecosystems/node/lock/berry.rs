//! yarn.lock of Yarn 2 and later.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::sources::host;
use super::unique::Unique;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Text, Wanted, out_of};
use crate::ecosystems::digests;
use crate::ecosystems::node::paths;
use crate::model::path::within_on_any_system;

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
    /// The platforms that the package is for.
    conditions: Option<String>,
    #[serde(default)]
    dependencies_meta: Unique<'static, Meta>,
    #[serde(default)]
    dependencies: Unique<'static, String>,
    #[serde(default)]
    peer_dependencies: Unique<'static, String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    optional: bool,
}

#[derive(Default)]
struct Berry {
    packages: Vec<Package>,
    /// By descriptor: `name@npm:^1.0.0`.
    by_descriptor: HashMap<String, usize>,
    /// The workspace's manifests by folder, `.` being the top.
    importers: HashMap<String, usize>,
}

pub(super) fn parse<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
    let entries = super::yaml_documents::<Unique<'_, Package>>(text)?.pop().ok_or("it is empty")?;
    let mut lock = Berry::default();
    // Only what the file says of itself has no resolution.
    let packages = entries.sorted().into_iter().filter(|(_, package)| package.resolution.is_some());
    for (descriptors, mut package) in packages {
        package.key = descriptors.to_string();
        let at = lock.packages.len();
        if let Some((_, folder)) = package.resolution.as_deref().and_then(|r| r.rsplit_once("@workspace:")) {
            lock.importers.insert(folder.to_owned(), at);
        }
        for descriptor in descriptors.split(", ") {
            lock.by_descriptor.insert(descriptor.to_owned(), at);
            // What is asked for from a folder of the project says from which.
            if let Some((plain, _)) = descriptor.split_once("::") {
                lock.by_descriptor.entry(plain.to_owned()).or_insert(at);
            }
        }
        lock.packages.push(package);
    }
    Ok(Box::new(lock))
}

impl<'t> Lock<'t> for Berry {
    fn nodes(&self, beside: &Beside) -> Vec<Node<'t>> {
        let node = |package: &Package| Node {
            key: package.key.clone().into(),
            resolved: resolve(package),
            needs: package.dependencies.iter().filter_map(|need| self.needed(package, need, beside)).collect(),
        };
        self.packages.iter().map(node).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let number = wanted.written.iter().find_map(|requirement| self.find(wanted.name, requirement));
        let resolved = number.and_then(|number| self.packages.get(number)).map(resolve);
        Entry { recorded: self.recorded(wanted), resolved, number }
    }

    fn installs_peers(&self) -> bool {
        false
    }
}

impl Berry {
    fn find(&self, name: &str, requirement: &str) -> Option<usize> {
        let descriptors = [format!("{name}@npm:{requirement}"), format!("{name}@{requirement}")];
        descriptors.iter().find_map(|descriptor| self.by_descriptor.get(descriptor)).copied()
    }

    /// The package that answers a requirement of another; nothing where it may be absent, and is.
    fn needed(&self, package: &Package, (name, range): (&Text<'_>, &String), beside: &Beside) -> Option<Need<'static>> {
        let number = self.find(name, beside.catalogs.resolved(name, range));
        let number = number.or_else(|| beside.replacing(name).find_map(|range| self.find(name, range)));
        let optional = package.dependencies_meta.get(name).is_some_and(|meta| meta.optional);
        (number.is_some() || !optional).then(|| Need { name: name.to_string().into(), number })
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

fn resolve(package: &Package) -> Resolved<'static> {
    let resolution = package.resolution.as_deref().unwrap_or_default();
    let at = resolution.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(resolution.len(), |(at, _)| at);
    let (name, reference) = (&resolution[..at], resolution.get(at + 1..).unwrap_or_default());
    let version = package.version.as_ref().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    Resolved {
        package: Some(name.to_owned().into()),
        version: version.unwrap_or_default().into(),
        origin: origin(reference),
        hash: checksum(package),
        host: reference
            .split_once("__archiveUrl=")
            .and_then(|(_, url)| out_of(&url.replace("%3A", ":").replace("%2F", "/").replace("%40", "@").into(), host)),
    }
}

/// A SHA-512, behind the key of the cache since version 8 of the file. What is for another platform is never fetched here, and so has none (yarnpkg/berry#6759).
fn checksum(package: &Package) -> Hash {
    match package.checksum.as_deref() {
        Some(checksum) if digests::is_hexadecimal(checksum.rsplit('/').next().unwrap_or_default(), 64) => Hash::Strong,
        _ if package.conditions.is_some() => Hash::Needless,
        _ => Hash::None,
    }
}

/// `npm:1.3.0`, `workspace:packages/b`, `https://host/r.git#commit=…`, `patch:…`.
fn origin(reference: &str) -> Origin<'static> {
    match path(reference) {
        // An archive is hashed, a folder is in the repository.
        Some(_) => Origin::Local(place(reference).into()),
        None if reference.starts_with("patch:") => Origin::Registry,
        None => Origin::of(&reference.to_owned().into()),
    }
}

/// The path that a reference has, as seen from whoever asks for it.
fn path(reference: &str) -> Option<&str> {
    let local = ["workspace:", "portal:", "link:", "file:"].iter().find_map(|p| reference.strip_prefix(p))?;
    local.split("::").next()?.split('#').next()
}

/// Where a reference leads to, as seen from the lock file: `file:../lib::locator=a%40workspace%3Apackages%2Fa` is asked for by
/// the package behind `locator`, which may be such a one itself.
fn place(reference: &str) -> String {
    let (mut reference, mut place) = (reference.to_owned(), String::new());
    while let Some(path) = path(&reference) {
        place = if place.is_empty() { path.to_owned() } else { format!("{path}/{place}") };
        let Some((_, asking)) = reference.split_once("locator=") else { break };
        let asking = decoded(asking.split('&').next().unwrap_or_default());
        let at = asking.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(asking.len(), |(at, _)| at + 1);
        reference = asking[at..].to_owned();
    }
    let plain = within_on_any_system(Path::new(""), &place);
    plain.and_then(|plain| paths::below(Path::new(""), &plain)).unwrap_or(place)
}

/// Percent signs taken away, once.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend_from_slice(format!("%{part}").as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_package_that_asks_for_it() {
        let nested = "file:../tgt#../tgt::hash=89ecb0&locator=lib%40file%3A..%2Flib%23..%2Flib%3A%3Ahash%3D809478%26\
                      locator%3Da%2540workspace%253Apackages%252Fa";
        let cases = [
            ("workspace:packages/b", "packages/b"),
            ("file:./lib#./lib::hash=6280bb&locator=demo%40workspace%3A.", "lib"),
            ("portal:../lib::locator=%40s%2Fa%40workspace%3Apackages%2Fa", "packages/lib"),
            (nested, "packages/tgt"),
            ("link:lib", "lib"),
            ("portal:../../lib::locator=a%40workspace%3Aa", "a/../../lib"),
        ];
        for (reference, expected) in cases {
            assert_eq!(origin(reference), Origin::Local(expected.into()), "{reference}");
        }
    }
}
