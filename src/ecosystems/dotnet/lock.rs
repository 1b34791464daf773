//! packages.lock.json, versions 1 and 2: what each framework of a project is restored with.
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies>

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::version::Range;
use crate::ecosystems::digests;
use crate::ecosystems::graph::{Graph, Need, Package};
use crate::ecosystems::lockfiles::{self, KeyLines, Listed};
use crate::ecosystems::{Fault, Pin};
use crate::structured::json;
use crate::world::World;

/// The file's usual name.
const FILE: &str = "packages.lock.json";

/// How many frameworks a project may be made for: each reference is looked up in every one.
const FRAMEWORK_LIMIT: usize = 1_000;

/// The bytes of a SHA-512.
const HASH_LENGTH: usize = 64;

/// The lock file of a project, or why nothing can be looked up in it.
pub(super) enum Lock {
    Read(Locked),
    Not(Pin),
}

/// A lock file that was read.
pub(super) struct Locked {
    shown: String,
    /// As the file calls them.
    names: Vec<String>,
    frameworks: Vec<Framework>,
}

/// What one target framework is restored with.
struct Framework {
    /// Names in lower case, which is how NuGet compares them.
    entries: Vec<(String, Entry)>,
    by_name: HashMap<String, usize>,
    graph: Graph<'static>,
}

#[derive(Deserialize)]
struct File {
    version: u64,
    dependencies: BTreeMap<String, BTreeMap<String, Entry>>,
}

#[derive(Deserialize, Clone)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    requested: Option<String>,
    resolved: Option<String>,
    #[serde(rename = "contentHash")]
    hash: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
}

fn read(text: &str) -> Result<File, String> {
    let file: File = serde_json::from_value(json::parse(text.as_bytes())?).map_err(|error| error.to_string())?;
    if !matches!(file.version, 1 | 2) {
        return Err(format!("its format {} is not known", file.version));
    }
    if file.dependencies.len() > FRAMEWORK_LIMIT {
        return Err(format!("it has more than {FRAMEWORK_LIMIT} frameworks"));
    }
    for (framework, entries) in &file.dependencies {
        let mut seen = HashSet::new();
        if let Some(again) = entries.keys().find(|name| !seen.insert(name.to_lowercase())) {
            return Err(format!("{framework} has {again} twice"));
        }
    }
    Ok(file)
}

/// The packages that a lock file has, those of the repository itself left out.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let file = read(text)?;
    let lines = KeyLines::of(text);
    let mut found = BTreeMap::new();
    for (name, entry) in file.dependencies.into_values().flatten() {
        if let Some(version) = entry.resolved.filter(|_| entry.kind != "Project") {
            let line = lines.line(&name);
            found.entry((name.clone(), version.clone())).or_insert(Listed { name, version, line });
        }
    }
    Ok(found.into_values().collect())
}

impl Lock {
    /// Reads the lock file of the project `name` in `dir`: the one that has the name in its own, else the usual one.
    pub(super) fn of(world: &World, dir: &Path, name: &str) -> Self {
        let own = dir.join(format!("packages.{}.lock.json", name.replace(' ', "_")));
        let path = if world.has(&own) { own } else { dir.join(FILE) };
        let shown = path.display().to_string();
        match lockfiles::text(world, &path) {
            Ok(text) => match read(&text) {
                Ok(file) => Self::Read(Locked::new(shown, file)),
                Err(why) => Self::Not(Pin::Unproven(format!("{shown} could not be read: {why}"))),
            },
            Err(pin) => Self::Not(pin),
        }
    }

    /// Whether the file is there.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Not(Pin::Loose(_)))
    }

    /// That the file does not have a framework which the project at `path` is built for.
    pub(super) fn lacks_framework(&self, frameworks: &str, path: &str) -> Option<Fault> {
        let Self::Read(locked) = self else { return None };
        let mut frameworks = frameworks.split(';').map(str::trim).filter(|framework| !framework.is_empty());
        let missing = frameworks.find(|framework| locked.has_framework(framework) == Some(false))?;
        let what = format!("{} is out of date: it does not have {missing}, which {path} is built for", locked.shown);
        Some(Fault { path: locked.shown.clone(), line: None, what })
    }

    /// The names in small letters of what the file takes for projects of this repository, each with the file.
    pub(super) fn projects(&self) -> Vec<(String, String)> {
        let Self::Read(locked) = self else { return Vec::new() };
        let entries = locked.frameworks.iter().flat_map(|framework| &framework.entries);
        let projects = entries.filter(|(_, entry)| entry.kind == "Project");
        projects.map(|(name, _)| (name.to_lowercase(), locked.shown.clone())).collect()
    }

    /// What the lock makes of a reference; one under a condition need not be in it.
    pub(super) fn pins(&self, name: &str, wanted: &str, is_conditional: bool) -> Pin {
        match self {
            Self::Read(locked) => locked.pins(name, wanted, is_conditional),
            Self::Not(pin) => pin.clone(),
        }
    }
}

impl Locked {
    fn new(shown: String, file: File) -> Self {
        // What a runtime needs besides is listed apart, with what its framework has.
        let all = &file.dependencies;
        let with_base = |framework: &str| {
            let base = framework.split_once('/').and_then(|(base, _)| all.get(base));
            let own = all.get(framework).into_iter().flatten();
            base.into_iter().flatten().chain(own).map(|(name, entry)| (name.clone(), entry.clone())).collect()
        };
        let frameworks = all.keys().map(|framework| Framework::new(&shown, with_base(framework))).collect();
        Self { shown, names: all.keys().cloned().collect(), frameworks }
    }

    fn has_framework(&self, framework: &str) -> Option<bool> {
        let wanted = family(framework)?;
        let known = self.names.iter().map(|name| family(name)).collect::<Option<Vec<_>>>()?;
        Some(known.contains(&wanted))
    }

    fn pins(&self, name: &str, wanted: &str, is_conditional: bool) -> Pin {
        let name = name.to_lowercase();
        let found: Vec<_> = self.frameworks.iter().map(|framework| framework.pin(&self.shown, &name, wanted)).collect();
        let is_missing = |pin: &Option<Pin>| pin.is_none();
        if found.iter().all(is_missing) && is_conditional {
            return Pin::Loose(format!("{} does not have it", self.shown));
        }
        if found.is_empty() || (found.iter().any(is_missing) && !is_conditional) {
            return Pin::Contradicted(format!("{} is out of date: it does not have it", self.shown));
        }
        let open = found.into_iter().flatten().find(|pin| *pin != Pin::Pinned);
        open.unwrap_or(Pin::Pinned)
    }
}

impl Framework {
    fn new(shown: &str, entries: Vec<(String, Entry)>) -> Self {
        let by_name: HashMap<_, _> =
            entries.iter().enumerate().map(|(number, (name, _))| (name.to_lowercase(), number)).collect();
        let need = |(name, wanted): (&String, &String)| match by_name.get(&name.to_lowercase()) {
            Some(number) => {
                let resolved = entries.get(*number).and_then(|(_, entry)| entry.resolved.as_deref());
                let range = Range::parse(wanted);
                match (resolved, range) {
                    (Some(resolved), Some(range)) if !range.has(resolved) && is_above(&range, resolved) => {
                        let why = format!("{shown} has {resolved}, and {wanted} is needed");
                        Need::Missing { name: name.clone().into(), why }
                    }
                    _ => Need::Package(*number),
                }
            }
            None => Need::Missing { name: name.clone().into(), why: format!("{shown} does not have it") },
        };
        let package = |(name, entry): &(String, Entry)| Package {
            name: name.clone().into(),
            open: entry.open().map(|why| format!("{shown} {why}")),
            needs: entry.dependencies.iter().map(need).collect(),
        };
        let graph = Graph::new(entries.iter().map(package).collect());
        Self { entries, by_name, graph }
    }

    /// `None` where it is not there.
    fn pin(&self, shown: &str, name: &str, wanted: &str) -> Option<Pin> {
        let number = *self.by_name.get(name)?;
        let (_, entry) = self.entries.get(number).filter(|(_, entry)| entry.kind == "Direct")?;
        let (resolved, requested) = (entry.resolved.as_deref()?, entry.requested.as_deref()?);
        let Some(range) = Range::parse(wanted) else {
            return Some(Pin::Loose(format!("'{wanted}' is not a version")));
        };
        if Range::parse(requested).as_ref() != Some(&range) {
            let why = format!("{shown} was made for {requested}, which contradicts the project");
            return Some(Pin::Contradicted(why));
        }
        if !range.has(resolved) && matches!(range, Range::Between { .. }) {
            return Some(Pin::Contradicted(format!("{shown} has {resolved}, which contradicts the project")));
        }
        if let Some(why) = entry.open() {
            return Some(Pin::Loose(format!("{shown} {why}")));
        }
        Some(self.graph.hole_behind(number).map_or(Pin::Pinned, Pin::Hole))
    }
}

/// Whether a version lies below what is wanted. (One above was asked for by somebody else.)
fn is_above(range: &Range, resolved: &str) -> bool {
    match range {
        Range::Between { low: Some(low), .. } => {
            super::version::Version::parse(resolved).is_some_and(|resolved| resolved.order(low).is_lt())
        }
        _ => false,
    }
}

/// A framework without its platform: `net8.0-windows`, `.NETCoreApp,Version=v8.0`. `None` for one that is not known.
fn family(name: &str) -> Option<(&'static str, Vec<u32>)> {
    const FAMILIES: [(&str, &str); 6] = [
        (".netcoreapp,version=v", "core"),
        (".netstandard,version=v", "standard"),
        (".netframework,version=v", "framework"),
        ("netcoreapp", "core"),
        ("netstandard", "standard"),
        ("net", "core"),
    ];
    let name = name.split('/').next()?.to_lowercase();
    let name = name.split('-').next()?;
    let (begin, family) = FAMILIES.into_iter().find(|(begin, _)| name.starts_with(begin))?;
    let version = &name[begin.len()..];
    let is_framework = begin == "net" && !version.contains('.');
    let parts: Vec<_> = if is_framework {
        version.chars().map(String::from).collect()
    } else {
        version.split('.').map(str::to_owned).collect()
    };
    let mut numbers = parts.iter().map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    let end = numbers.iter().rposition(|number| *number != 0).map_or(0, |at| at + 1);
    numbers.truncate(end);
    Some((if is_framework { "framework" } else { family }, numbers))
}

impl Entry {
    /// Why its content is not fixed; a project is part of the release.
    fn open(&self) -> Option<&'static str> {
        if self.kind == "Project" {
            return None;
        }
        let is_hash = |hash: &String| digests::is_base64(hash, HASH_LENGTH);
        if self.resolved.is_none() {
            return Some("has no version for it");
        }
        let is_fixed = self.hash.as_ref().is_some_and(is_hash);
        (!is_fixed).then_some("has no contentHash for it")
    }
}
