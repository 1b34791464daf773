//! Cargo.lock: which package each dependency resolves to.

use std::collections::HashMap;
use std::path::Path;

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::manifest::{Declared, Package, Source};
use crate::ecosystems::Pin;
use crate::ecosystems::lockfiles::{Listed, headers};
use crate::structured::toml::refuse_countless;
use crate::world::{Refused, World};

/// The file's name.
const FILE: &str = "Cargo.lock";

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 64 << 20;

/// The lock file of a workspace, or why no dependency can be looked up in it.
pub(super) enum Lock {
    Read(Locked),
    /// It is shown to pin nothing.
    Loose(String),
    /// It is there and cannot be told what it pins.
    Unproven(String),
}

/// A lock file that was read.
pub(super) struct Locked {
    by_name: HashMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Entry>,
    /// The first lock file format has the checksums here.
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// One package; the format is the same since cargo 1.0, but for where the checksum stands.
#[derive(Deserialize)]
struct Entry {
    name: String,
    version: Version,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Lock {
    /// Reads the lock file in `dir`, the folder of the workspace's root.
    pub(super) fn beside(world: &World, dir: &Path) -> Self {
        let path = dir.join(FILE);
        let shown = path.display().to_string();
        match world.released(&path, SIZE_LIMIT).map(|text| Locked::parse(&text.content)) {
            Ok(Ok(locked)) => Self::Read(locked),
            Ok(Err(why)) => Self::Unproven(format!("{shown} could not be read: {why}")),
            Err(error @ (Refused::Missing | Refused::Untracked(_))) => Self::Loose(error.about(&shown)),
            Err(error) => Self::Unproven(error.about(&shown)),
        }
    }

    /// Whether the lock file pins a dependency of `package`. A dependency that a patch replaces may come from anywhere.
    pub(super) fn pins(&self, package: &Package, declared: &Declared, patched: bool) -> Pin {
        self.look(|locked| locked.resolve(package, declared, patched))
    }

    /// Whether the lock file has what a patch puts in the place of another package.
    pub(super) fn pins_replacement(&self, declared: &Declared) -> Pin {
        self.look(|locked| among(locked.named(&declared.package), declared, false))
    }

    fn look(&self, look: impl FnOnce(&Locked) -> Pin) -> Pin {
        match self {
            Self::Read(locked) => look(locked),
            Self::Loose(why) => Pin::Loose(why.clone()),
            Self::Unproven(why) => Pin::Unproven(why.clone()),
        }
    }
}

impl Locked {
    fn parse(text: &str) -> Result<Self, String> {
        refuse_countless(text)?;
        let mut file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        for entry in file.package.iter_mut().filter(|entry| entry.checksum.is_none()) {
            let source = entry.source.as_deref().unwrap_or_default();
            entry.checksum = file.metadata.remove(&format!("checksum {} {} ({source})", entry.name, entry.version));
        }
        let mut by_name: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in file.package {
            by_name.entry(entry.name.clone()).or_default().push(entry);
        }
        Ok(Self { by_name })
    }

    fn resolve(&self, package: &Package, declared: &Declared, patched: bool) -> Pin {
        let Some(own) = package.name.as_deref().and_then(|name| self.local(name)) else {
            return Pin::Loose(format!("{FILE} is out of date: it does not have the package itself"));
        };
        let wanted = own.dependencies.iter().filter_map(|text| Wanted::parse(text));
        let wanted: Vec<_> = wanted.filter(|wanted| wanted.name == declared.package).collect();
        let entries = self.named(&declared.package);
        among(entries.filter(|entry| wanted.iter().any(|wanted| wanted.is(entry))), declared, patched)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.by_name.get(name).into_iter().flatten()
    }

    /// The entry of a package of this workspace.
    fn local(&self, name: &str) -> Option<&Entry> {
        self.named(name).find(|entry| entry.source.is_none())
    }
}

/// The packages that do not belong to the workspace itself.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let lines = headers(text, "[[package]]", file.package.len());
    let foreign = file.package.into_iter().zip(lines).filter(|(entry, _)| entry.source.is_some());
    Ok(foreign.map(|(entry, line)| Listed { name: entry.name, version: entry.version.to_string(), line }).collect())
}

/// Whether one of the entries is what was asked for, and can be nothing else.
fn among<'e>(entries: impl Iterator<Item = &'e Entry>, declared: &Declared, patched: bool) -> Pin {
    let entries: Vec<_> = entries.collect();
    let Some(first) = entries.first() else { return Pin::Loose(format!("{FILE} does not have it")) };
    let fits = |entry: &&&Entry| declared.allows(&entry.version) && (patched || declared.is_source_of(entry));
    let Some(entry) = entries.iter().find(fits) else {
        let source = first.source.as_deref().map(|source| format!(" from {source}")).unwrap_or_default();
        return Pin::Contradicted(format!("{FILE} has {}{source}, which contradicts the manifest", first.version));
    };
    if entry.is_fixed() { Pin::Pinned } else { Pin::Loose(format!("{FILE} has no checksum for it")) }
}

impl Entry {
    /// Whether the entry can stand for one content only.
    fn is_fixed(&self) -> bool {
        match self.source.as_deref() {
            None => true,
            Some(source) if source.starts_with("git+") => {
                source.rsplit_once('#').is_some_and(|(_, commit)| super::is_full_commit(commit))
            }
            Some(_) => self.checksum.as_deref().is_some_and(|checksum| !checksum.is_empty()),
        }
    }
}

/// A reference to an entry: "name", "name version" or "name version (source)", as much as is needed to tell it apart.
struct Wanted<'a> {
    name: &'a str,
    version: Option<&'a str>,
    source: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let source = |text: &'a str| text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        Some(Self { name: words.next()?, version: words.next(), source: words.next().and_then(source) })
    }

    fn is(&self, entry: &Entry) -> bool {
        self.version.is_none_or(|version| entry.version.to_string() == version)
            && self.source.is_none_or(|source| entry.source.as_deref() == Some(source))
    }
}

impl Declared {
    fn allows(&self, version: &Version) -> bool {
        let Some(requirement) = &self.requirement else { return true };
        VersionReq::parse(requirement).is_ok_and(|requirement| requirement.matches(version))
    }

    /// Whether the entry comes from the kind of place that was asked for.
    fn is_source_of(&self, entry: &Entry) -> bool {
        match (&self.source, entry.source.as_deref()) {
            (Source::Registry, Some(source)) => source.starts_with("registry+") || source.starts_with("sparse+"),
            (Source::Git { url, .. }, Some(source)) => {
                let locked = source.strip_prefix("git+").and_then(|rest| rest.split(['?', '#']).next());
                locked.is_some_and(|locked| canonical(locked) == canonical(url))
            }
            (Source::Path(_), None) => true,
            _ => false,
        }
    }
}

/// Two spellings of one repository: cargo ignores case on the largest host, an ending and a final slash.
fn canonical(url: &str) -> String {
    let url = url.to_lowercase();
    let url = url.trim_end_matches('/');
    url.strip_suffix(".git").unwrap_or(url).to_owned()
}
