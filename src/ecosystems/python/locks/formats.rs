//! The lock files of uv, Poetry, PDM and PEP 751.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::entries::{Allowed, Content, Locked, Needed};
use crate::ecosystems::fixed::is_commit;
use crate::ecosystems::python::declared::normalized;
use crate::ecosystems::python::requirement::{Source, parse as parse_requirement};
use crate::ecosystems::python::url::{PUBLIC_INDEX, is_strong, is_strong_hash};
use crate::ecosystems::python::{declared, poetry};
use crate::structured::toml::refuse_countless;

mod regular;

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    refuse_countless(text)?;
    toml::from_str(text).map_err(|error| format!("it cannot be read: {}", error.message()))
}

/// Refuses formats that came after this was written: what they mean nobody knows here.
fn known(version: &str, majors: &[&str]) -> Result<(), String> {
    let major = version.split('.').next().unwrap_or(version);
    match majors.contains(&major) {
        true => Ok(()),
        false => Err(format!("its format {version} is not one that the gate knows")),
    }
}

/// One file of a package.
#[derive(Deserialize)]
struct Artifact {
    hash: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

impl Artifact {
    /// One strong hash is enough: an installer checks the strongest that it knows.
    fn is_fixed(&self) -> bool {
        self.hash.as_deref().is_some_and(is_strong_hash) || self.hashes.iter().any(|(name, hash)| is_strong(name, hash))
    }
}

fn hashed<'a>(files: impl IntoIterator<Item = &'a Artifact>) -> Content {
    let mut files = files.into_iter().peekable();
    if files.peek().is_some() && files.all(Artifact::is_fixed) { Content::Hashed } else { Content::Open }
}

/// What stands at a path: a file of its own hash is fixed wherever it lies.
fn local(path: String, content: Content) -> Content {
    if declared::is_archive(&path) && content == Content::Hashed { content } else { Content::Local(path) }
}

pub(super) fn commit(id: Option<&str>) -> Content {
    id.filter(|id| is_commit(id)).map_or(Content::Open, |id| Content::Commit(id.to_ascii_lowercase()))
}

#[derive(Deserialize)]
struct UvLock {
    version: u64,
    #[serde(default)]
    package: Vec<UvPackage>,
}

#[derive(Deserialize)]
struct UvPackage {
    name: String,
    version: Option<String>,
    source: BTreeMap<String, toml::Value>,
    sdist: Option<Artifact>,
    #[serde(default)]
    wheels: Vec<Artifact>,
    #[serde(default)]
    dependencies: Vec<UvNeeded>,
    /// The extras that somebody asks for.
    #[serde(default, rename = "optional-dependencies")]
    optional: BTreeMap<String, Vec<UvNeeded>>,
}

/// Version and source are there where the name alone fits several entries.
#[derive(Deserialize)]
struct UvNeeded {
    name: String,
    version: Option<String>,
    source: Option<BTreeMap<String, toml::Value>>,
}

pub(super) fn uv(text: &str) -> Result<Vec<Locked>, String> {
    regular::uv(text).map_or_else(|| uv_in_full(text), Ok)
}

fn uv_in_full(text: &str) -> Result<Vec<Locked>, String> {
    let lock: UvLock = parse(text)?;
    known(&lock.version.to_string(), &["1"])?;
    let entries = lock.package.into_iter().map(|package| {
        let source = |key: &str| package.source.get(key).and_then(toml::Value::as_str);
        let files = || hashed(package.wheels.iter().chain(&package.sdist));
        let local_at = ["editable", "directory", "virtual", "path"].into_iter().find_map(source);
        let content = match (source("git"), local_at) {
            (Some(url), _) => commit(url.rsplit_once('#').map(|(_, id)| id)),
            (None, Some(path)) => local(path.to_owned(), files()),
            (None, None) => files(),
        };
        let needs = package.dependencies.into_iter().chain(package.optional.into_values().flatten());
        let needs = needs.map(|UvNeeded { name, version, source }| Needed {
            name,
            allowed: Allowed::Entry { version, source: source.as_ref().map(source_key) },
            must: true,
            extras: Vec::new(),
        });
        let (registry, source) = (source("registry").map(str::to_owned), Some(source_key(&package.source)));
        Locked { source, registry, needs: needs.collect(), ..Locked::new(package.name, package.version, content) }
    });
    Ok(entries.collect())
}

/// A source as one text, to compare it with another.
fn source_key(source: &BTreeMap<String, toml::Value>) -> String {
    let one = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::String(text) => part_of_source(key, text),
        other => format!("{key}={other:?} "),
    };
    source.iter().map(one).collect()
}

fn part_of_source(key: &str, text: &str) -> String {
    [key, "=\"", text, "\" "].concat()
}

#[derive(Deserialize)]
struct PoetryLock {
    #[serde(default)]
    package: Vec<PoetryPackage>,
    #[serde(default)]
    metadata: PoetryMetadata,
}

#[derive(Deserialize, Default)]
struct PoetryMetadata {
    #[serde(rename = "lock-version")]
    lock_version: Option<String>,
    /// Where formats before 2.0 keep the files, by name.
    #[serde(default)]
    files: BTreeMap<String, Vec<Artifact>>,
}

#[derive(Deserialize)]
struct PoetryPackage {
    name: String,
    version: String,
    #[serde(default)]
    files: Vec<Artifact>,
    source: Option<PoetrySource>,
    #[serde(default)]
    dependencies: BTreeMap<String, PoetryNeeds>,
    /// What each extra adds, asked for or not, as "name (versions)".
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
}

/// One need, or one for each environment.
#[derive(Deserialize)]
#[serde(untagged)]
enum PoetryNeeds {
    Version(String),
    Table(PoetryNeeded),
    Many(Vec<PoetryNeeds>),
}

#[derive(Deserialize, Default)]
struct PoetryNeeded {
    version: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    extras: Vec<String>,
    markers: Option<String>,
}

/// What versions of Poetry before 1.3 never lock.
const POETRY_UNSAFE: [&str; 4] = ["setuptools", "distribute", "pip", "wheel"];

impl PoetryNeeded {
    /// Whether a package of this name is ever locked.
    fn is_ever(&self, name: &str) -> bool {
        !self.markers.as_deref().is_some_and(is_of_python) && !POETRY_UNSAFE.contains(&normalized(name).as_str())
    }
}

impl PoetryNeeds {
    /// The needs as they stand in the table.
    fn all(self, all: &mut Vec<PoetryNeeded>) {
        match self {
            Self::Version(version) => {
                all.push(PoetryNeeded { version: Some(version), ..PoetryNeeded::default() });
            }
            Self::Table(one) => all.push(one),
            Self::Many(many) => many.into_iter().for_each(|one| one.all(all)),
        }
    }
}

#[derive(Deserialize)]
struct PoetrySource {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: Option<String>,
    resolved_reference: Option<String>,
}

pub(super) fn poetry(text: &str) -> Result<Vec<Locked>, String> {
    let lock: PoetryLock = parse(text)?;
    let version = lock.metadata.lock_version.as_deref().ok_or("it does not say its `lock-version`")?;
    known(version, &["1", "2"])?;
    let packages: Vec<_> = lock.package.into_iter().map(PoetryPackage::parted).collect();
    let asked: BTreeSet<_> = packages.iter().flat_map(|(_, needs)| needs).flat_map(asked_extras).collect();
    let entries = packages.iter().map(|(package, needs)| {
        let needs = needs.iter().map(|(name, needed)| {
            let extras = if needed.optional { package.adding(name) } else { Vec::new() };
            let package = normalized(&package.name);
            let is_asked = extras.iter().any(|extra| asked.contains(&(package.clone(), extra.clone())));
            let is_ever = needed.is_ever(name);
            Needed {
                name: name.clone(),
                allowed: Allowed::Versions(needed.version.as_deref().and_then(poetry::constraint).unwrap_or_default()),
                must: is_ever && (!needed.optional || is_asked),
                extras: if is_ever { extras } else { Vec::new() },
            }
        });
        let (version, content) = (Some(package.version.clone()), package.content(&lock.metadata));
        let registry = package.registry();
        Locked { registry, needs: needs.collect(), ..Locked::new(package.name.clone(), version, content) }
    });
    Ok(entries.collect())
}

/// The extras that somebody asks for, each with its package.
fn asked_extras((name, needed): &(String, PoetryNeeded)) -> impl Iterator<Item = (String, String)> {
    needed.extras.iter().map(|extra| (normalized(name), normalized(extra)))
}

impl PoetryPackage {
    /// The package, and what it needs one by one.
    fn parted(mut self) -> (Self, Vec<(String, PoetryNeeded)>) {
        let mut needs = Vec::new();
        for (name, needed) in std::mem::take(&mut self.dependencies) {
            let mut all = Vec::new();
            needed.all(&mut all);
            needs.extend(all.into_iter().map(|one| (name.clone(), one)));
        }
        (self, needs)
    }

    /// The extras that add a package of this name.
    fn adding(&self, name: &str) -> Vec<String> {
        let is_it = |text: &String| {
            text.split([' ', ';', '[', '(']).next().is_some_and(|it| normalized(it) == normalized(name))
        };
        self.extras.iter().filter(|(_, added)| added.iter().any(is_it)).map(|(extra, _)| normalized(extra)).collect()
    }

    /// The index that it comes from: the public one, where no source is named.
    fn registry(&self) -> Option<String> {
        match &self.source {
            None => Some(PUBLIC_INDEX.to_owned()),
            Some(source) => source.url.clone().filter(|_| source.kind.as_deref() == Some("legacy")),
        }
    }

    fn content(&self, metadata: &PoetryMetadata) -> Content {
        let source = self.source.as_ref();
        let older = || metadata.files.get(&self.name).into_iter().flatten();
        match source.and_then(|source| source.kind.as_deref()) {
            Some("git") => commit(source.and_then(|source| source.resolved_reference.as_deref())),
            Some("directory") => Content::Local(source.and_then(|source| source.url.clone()).unwrap_or_default()),
            _ => hashed(self.files.iter().chain(older())),
        }
    }
}

#[derive(Deserialize)]
struct PdmLock {
    #[serde(default)]
    package: Vec<PdmPackage>,
    #[serde(default)]
    metadata: PdmMetadata,
}

#[derive(Deserialize, Default)]
struct PdmMetadata {
    lock_version: Option<String>,
    /// The environments that it was made for; without a platform, for all of them.
    #[serde(default)]
    targets: Vec<BTreeMap<String, toml::Value>>,
    /// Where formats before 4.4 keep the files, by "name version".
    #[serde(default)]
    files: BTreeMap<String, Vec<Artifact>>,
}

#[derive(Deserialize)]
struct PdmPackage {
    name: String,
    version: Option<String>,
    git: Option<String>,
    revision: Option<String>,
    path: Option<String>,
    #[serde(default)]
    files: Vec<Artifact>,
    /// As PEP 508 writes them; what an extra adds stands in an entry of its own.
    #[serde(default)]
    dependencies: Vec<String>,
}

pub(super) fn pdm(text: &str) -> Result<Vec<Locked>, String> {
    let lock: PdmLock = parse(text)?;
    let version = lock.metadata.lock_version.as_deref().ok_or("it does not say its `lock_version`")?;
    known(version, &["3", "4"])?;
    let targets = &lock.metadata.targets;
    let everywhere =
        !targets.is_empty() && targets.iter().all(|target| target.keys().all(|key| key == "requires_python"));
    let entries = lock.package.into_iter().map(|package| {
        let older = format!("{} {}", package.name, package.version.as_deref().unwrap_or_default());
        let older = lock.metadata.files.get(&older).into_iter().flatten();
        let files = hashed(package.files.iter().chain(older));
        let content = match (&package.git, package.path) {
            (Some(_), _) => commit(package.revision.as_deref()),
            (None, Some(path)) => local(path, files),
            (None, None) => files,
        };
        let needs = package.dependencies.iter().filter_map(|text| needed(text, everywhere)).collect();
        Locked { needs, ..Locked::new(package.name, package.version, content) }
    });
    Ok(entries.collect())
}

/// What a PEP 508 requirement needs, in a lock file for all platforms or for some; text that is none names nothing.
fn needed(text: &str, everywhere: bool) -> Option<Needed> {
    let found = parse_requirement(text).ok()?;
    let must = found.marker.as_deref().is_none_or(|marker| everywhere && !is_of_python(marker));
    let allowed = match found.source {
        Source::Versions(all) => Allowed::Versions(vec![all]),
        Source::Url(_) => Allowed::Any,
    };
    Some(Needed { name: found.name, allowed, must, extras: Vec::new() })
}

/// Whether a marker speaks of the Python that runs: tools leave out what none of the project's ever needs.
fn is_of_python(marker: &str) -> bool {
    marker.contains("python") || marker.contains("implementation")
}

#[derive(Deserialize)]
struct Pylock {
    #[serde(rename = "lock-version")]
    lock_version: String,
    packages: Vec<PylockPackage>,
}

#[derive(Deserialize)]
struct PylockPackage {
    name: String,
    version: Option<String>,
    vcs: Option<PylockVcs>,
    directory: Option<PylockDirectory>,
    archive: Option<Artifact>,
    sdist: Option<Artifact>,
    #[serde(default)]
    wheels: Vec<Artifact>,
    #[serde(default)]
    dependencies: Vec<PylockNeeded>,
}

/// As much of an entry as tells it apart.
#[derive(Deserialize)]
struct PylockNeeded {
    name: String,
    version: Option<String>,
}

#[derive(Deserialize)]
struct PylockVcs {
    #[serde(rename = "commit-id")]
    commit_id: String,
}

#[derive(Deserialize)]
struct PylockDirectory {
    path: String,
}

pub(super) fn pylock(text: &str) -> Result<Vec<Locked>, String> {
    let lock: Pylock = parse(text)?;
    known(&lock.lock_version, &["1"])?;
    let entries = lock.packages.into_iter().map(|package| {
        let files = || hashed(package.wheels.iter().chain(&package.sdist).chain(&package.archive));
        let content = match (&package.vcs, &package.directory) {
            (Some(vcs), _) => commit(Some(&vcs.commit_id)),
            (None, Some(directory)) => Content::Local(directory.path.clone()),
            (None, None) => files(),
        };
        let needs = package.dependencies.into_iter().map(|PylockNeeded { name, version }| Needed {
            name,
            allowed: Allowed::Entry { version, source: None },
            must: true,
            extras: Vec::new(),
        });
        Locked { needs: needs.collect(), ..Locked::new(package.name, package.version, content) }
    });
    Ok(entries.collect())
}
