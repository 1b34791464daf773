//! Cargo.lock: which package each dependency resolves to.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::OnceLock;

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::manifest::{self, Declared, Source};
use super::workspace;
use crate::ecosystems::digests;
use crate::ecosystems::fixed::is_commit;
use crate::ecosystems::graph::{Graph, Need, Package};
use crate::ecosystems::lockfiles::{self, Listed, headers, version_line};
use crate::ecosystems::{Pin, Stated};
use crate::structured::toml::refuse_countless;
use crate::world::World;

mod regular;

/// The file's name.
const FILE: &str = "Cargo.lock";

/// The lock file of a workspace, or why no dependency can be looked up in it.
pub(super) enum Lock {
    Read(Locked),
    /// What every dependency is instead.
    Not(Pin),
}

/// A lock file that was read.
pub(super) struct Locked {
    /// As people know it: its path, relative to the repository's top level.
    shown: String,
    text: String,
    /// In the file's order.
    entries: Vec<Entry>,
    /// The numbers of the entries of each name.
    by_name: HashMap<String, Vec<usize>>,
    /// What each entry needs; made when somebody asks what is behind one.
    graph: OnceLock<Graph<'static>>,
    /// The names without a source that no package of the release has.
    of_nobody: HashSet<String>,
}

#[derive(Default, Debug, Deserialize, PartialEq)]
struct File {
    #[serde(default)]
    package: Vec<Entry>,
    /// The first lock file format has the checksums here.
    #[serde(default)]
    metadata: HashMap<String, String>,
}

/// One package; the format is the same since cargo 1.0, but for where the checksum stands.
#[derive(Debug, Deserialize, PartialEq)]
struct Entry {
    name: String,
    version: Version,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Lock {
    /// Reads the lock file in `dir`, the folder of the workspace's root. `own` are the names of the packages that were read.
    pub(super) fn beside(world: &World, dir: &Path, own: &[&str]) -> Self {
        let path = dir.join(FILE);
        let shown = path.display().to_string();
        match lockfiles::text(world, &path).map(|text| Locked::parse(&shown, text)) {
            Ok(Ok(mut locked)) => match locked.find_of_nobody(world, own) {
                Ok(of_nobody) => {
                    locked.of_nobody = of_nobody;
                    Self::Read(locked)
                }
                Err(why) => Self::Not(Pin::Unproven(why)),
            },
            Ok(Err(why)) => Self::Not(Pin::Unproven(format!("{shown} could not be read: {why}"))),
            Err(pin) => Self::Not(pin),
        }
    }

    /// Whether the lock file pins a dependency of `package`.
    pub(super) fn pins(&self, package: &manifest::Package, wanted: &Asked<'_>) -> Pin {
        self.look(|locked| locked.resolve(package, wanted))
    }

    /// Whether the lock file has what a patch puts in the place of another package.
    pub(super) fn pins_replacement(&self, wanted: &Asked<'_>) -> Pin {
        self.look(|locked| locked.judge(locked.numbered(&wanted.declared.package), wanted))
    }

    /// The version that the lock file has of a package of the workspace, where it is another one than this.
    pub(super) fn other_version(&self, name: &str, version: &str) -> Option<Stated> {
        let Self::Read(locked) = self else { return None };
        let is_other = locked.local(name)?.version.to_string() != version;
        if is_other { self.own_version(name) } else { None }
    }

    /// The version that the lock file has of a package of the workspace.
    pub(super) fn own_version(&self, name: &str) -> Option<Stated> {
        let Self::Read(locked) = self else { return None };
        let version = locked.local(name)?.version.to_string();
        let line = version_line(&locked.text, name, &version);
        Some(Stated { version, path: locked.shown.clone(), line })
    }

    fn look(&self, look: impl FnOnce(&Locked) -> Pin) -> Pin {
        match self {
            Self::Read(locked) => look(locked),
            Self::Not(pin) => pin.clone(),
        }
    }
}

impl Locked {
    fn parse(shown: &str, text: String) -> Result<Self, String> {
        refuse_countless(&text)?;
        let mut file = file(&text)?;
        for entry in file.package.iter_mut().filter(|entry| entry.checksum.is_none()) {
            let source = entry.source.as_deref().unwrap_or_default();
            entry.checksum = file.metadata.remove(&format!("checksum {} {} ({source})", entry.name, entry.version));
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, entry) in file.package.iter().enumerate() {
            by_name.entry(entry.name.clone()).or_default().push(number);
        }
        Ok(Self {
            shown: shown.to_owned(),
            text,
            entries: file.package,
            by_name,
            graph: OnceLock::new(),
            of_nobody: HashSet::new(),
        })
    }

    /// The same pin, unless something is wrong behind the entry.
    fn to_the_bottom(&self, pin: Pin, entry: Option<usize>) -> Pin {
        let graph = || self.graph.get_or_init(|| self.graph());
        let hole = entry.filter(|_| pin == Pin::Pinned).and_then(|entry| graph().hole_behind(entry));
        hole.map_or(pin, Pin::Hole)
    }

    /// Cargo chooses anew what has no source and is no package of the release.
    fn find_of_nobody(&self, world: &World, own: &[&str]) -> Result<HashSet<String>, String> {
        let is_foreign = |entry: &Entry| entry.source.is_none() && !own.contains(&entry.name.as_str());
        if !self.entries.iter().any(is_foreign) {
            return Ok(HashSet::new());
        }
        let needed = self.needed_by(own);
        let names = needed.into_iter().map(|number| &self.entries[number]).filter(|entry| is_foreign(entry));
        let nobodies = workspace::without_package(world, names.map(|entry| entry.name.as_str()).collect())?;
        Ok(nobodies.into_iter().map(str::to_owned).collect())
    }

    /// The numbers of all entries that some packages need, these included: a workspace may have many more.
    fn needed_by(&self, own: &[&str]) -> HashSet<usize> {
        let mut needed = HashSet::new();
        let mut waiting: Vec<_> = own.iter().flat_map(|name| self.numbered(name)).map(|(number, _)| number).collect();
        while let Some(number) = waiting.pop() {
            if needed.insert(number) {
                let wanted = self.entries[number].dependencies.iter().filter_map(|text| Wanted::parse(text));
                let found =
                    wanted.flat_map(|wanted| self.numbered(wanted.name).filter(move |(_, entry)| wanted.is(entry)));
                waiting.extend(found.map(|(number, _)| number));
            }
        }
        needed
    }

    /// Why an entry can stand for more than one content.
    fn open(&self, entry: &Entry) -> Option<String> {
        if entry.source.is_none() && self.of_nobody.contains(&entry.name) {
            return Some(format!("{FILE} has no source for it, and no package of the release is called so"));
        }
        (!entry.is_fixed()).then(|| format!("{FILE} has no checksum for it"))
    }

    fn graph(&self) -> Graph<'static> {
        let need = |text: &String| {
            let wanted = Wanted::parse(text)?;
            let found = self.numbered(wanted.name).find(|(_, entry)| wanted.is(entry));
            let missing =
                || Need::Missing { name: wanted.name.to_owned().into(), why: format!("{FILE} does not have it") };
            Some(found.map_or_else(missing, |(number, _)| Need::Package(number)))
        };
        let package = |entry: &Entry| Package {
            name: entry.name.clone().into(),
            open: self.open(entry),
            needs: entry.dependencies.iter().filter_map(need).collect(),
        };
        Graph::new(self.entries.iter().map(package).collect())
    }

    fn resolve(&self, package: &manifest::Package, asked: &Asked<'_>) -> Pin {
        let declared = asked.declared;
        let Some(own) = package.name.as_deref().and_then(|name| self.local(name)) else {
            return Pin::Loose(format!("{FILE} is out of date: it does not have the package itself"));
        };
        let wanted = own.dependencies.iter().filter_map(|text| Wanted::parse(text));
        let wanted: Vec<_> = wanted.filter(|wanted| wanted.name == declared.package).collect();
        let entries = self.numbered(&declared.package);
        let entries = entries.filter(|(_, entry)| wanted.iter().any(|wanted| wanted.is(entry)));
        self.judge(entries, asked)
    }

    fn judge<'e>(&self, entries: impl Iterator<Item = (usize, &'e Entry)>, asked: &Asked<'_>) -> Pin {
        let (pin, entry) = self.among(entries, asked);
        self.to_the_bottom(pin, entry)
    }

    /// Whether one of the entries is what was asked for, and can be nothing else; and which one.
    fn among<'e>(&self, entries: impl Iterator<Item = (usize, &'e Entry)>, asked: &Asked<'_>) -> (Pin, Option<usize>) {
        let entries: Vec<_> = entries.collect();
        let Some((_, first)) = entries.first() else { return (Pin::Loose(format!("{FILE} does not have it")), None) };
        let fits =
            |entry: &Entry| asked.declared.allows(&entry.version) && (asked.patched || asked.is_source_of(entry));
        match entries.iter().find(|(_, entry)| fits(entry)) {
            Some((number, entry)) => {
                self.open(entry).map_or((Pin::Pinned, Some(*number)), |why| (Pin::Loose(why), None))
            }
            None => {
                let source = first.source.as_deref().map(|source| format!(" from {source}")).unwrap_or_default();
                let other = format!("{FILE} has {}{source}, which contradicts the manifest", first.version);
                (Pin::Contradicted(other), None)
            }
        }
    }

    /// The entries of a name, each with its number.
    fn numbered(&self, name: &str) -> impl Iterator<Item = (usize, &Entry)> {
        let numbers = self.by_name.get(name).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.entries.get(*number)?)))
    }

    /// The entry of a package of this workspace.
    fn local(&self, name: &str) -> Option<&Entry> {
        self.numbered(name).map(|(_, entry)| entry).find(|entry| entry.source.is_none())
    }
}

fn file(text: &str) -> Result<File, String> {
    regular::read(text).map_or_else(|| toml::from_str(text).map_err(|error| error.message().to_owned()), Ok)
}

/// The packages that do not belong to the workspace itself.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let file = file(text)?;
    let lines = headers(text, "[[package]]", file.package.len());
    let foreign = file.package.into_iter().zip(lines).filter(|(entry, _)| entry.source.is_some());
    Ok(foreign.map(|(entry, line)| Listed { name: entry.name, version: entry.version.to_string(), line }).collect())
}

impl Entry {
    /// Whether the entry can stand for one content only.
    fn is_fixed(&self) -> bool {
        match self.source.as_deref() {
            None => true,
            Some(source) if source.starts_with("git+") => {
                source.rsplit_once('#').is_some_and(|(_, commit)| is_commit(commit))
            }
            Some(_) => self.checksum.as_deref().is_some_and(|checksum| digests::is_hexadecimal(checksum, 32)),
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
}

/// What is asked of the lock file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) declared: &'a Declared,
    /// The address of the index of the registry that it names, where a file of the release has it.
    pub(super) index: Option<&'a str>,
    /// A patch replaces it: it may come from anywhere.
    pub(super) patched: bool,
}

/// How a lock file calls crates.io.
const CRATES_IO: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

impl Asked<'_> {
    /// Whether the entry comes from the place that was asked for.
    fn is_source_of(&self, entry: &Entry) -> bool {
        match (&self.declared.source, entry.source.as_deref()) {
            (Source::Registry, Some(source)) => self.is_registry(source),
            (Source::Git { url, .. }, Some(source)) => {
                let locked = source.strip_prefix("git+").and_then(|rest| rest.split(['?', '#']).next());
                locked.is_some_and(|locked| canonical(locked) == canonical(url))
            }
            (Source::Path(_), None) => true,
            _ => false,
        }
    }

    fn is_registry(&self, source: &str) -> bool {
        let is_any = source.starts_with("registry+") || source.starts_with("sparse+");
        match (&self.declared.registry, self.index) {
            (None, _) => CRATES_IO.contains(&source),
            // Whatever it is, it is not crates.io.
            (Some(_), None) => is_any && !CRATES_IO.contains(&source),
            (Some(_), Some(index)) => {
                let bare = |address: &str| {
                    address.strip_prefix("registry+").unwrap_or(address).trim_end_matches('/').to_owned()
                };
                bare(source) == bare(index)
            }
        }
    }
}

/// Two spellings of one repository: cargo ignores case on the largest host, an ending and a final slash.
fn canonical(url: &str) -> String {
    let url = url.to_lowercase();
    let url = url.trim_end_matches('/');
    url.strip_suffix(".git").unwrap_or(url).to_owned()
}
