//! The lock files of uv, Poetry, PDM and PEP 751.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Content, Locked};
use crate::ecosystems::python::url::{is_commit, is_strong, is_strong_hash};
use crate::structured::toml::refuse_countless;

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

fn commit(id: Option<&str>) -> Content {
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
}

pub(super) fn uv(text: &str) -> Result<Vec<Locked>, String> {
    let lock: UvLock = parse(text)?;
    known(&lock.version.to_string(), &["1"])?;
    let entries = lock.package.into_iter().map(|package| {
        let source = |key: &str| package.source.get(key).and_then(toml::Value::as_str);
        let local = ["editable", "directory", "virtual", "path"].into_iter().find_map(source);
        let content = match (source("git"), local) {
            (Some(url), _) => commit(url.rsplit_once('#').map(|(_, id)| id)),
            (None, Some(path)) => Content::Local(path.to_owned()),
            (None, None) => hashed(package.wheels.iter().chain(&package.sdist)),
        };
        Locked { name: package.name, version: package.version, content }
    });
    Ok(entries.collect())
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
    let entries = lock.package.into_iter().map(|package| {
        let source = package.source.as_ref();
        let url = source.and_then(|source| source.url.clone()).unwrap_or_default();
        let older = || lock.metadata.files.get(&package.name).into_iter().flatten();
        let content = match source.and_then(|source| source.kind.as_deref()) {
            Some("git") => commit(source.and_then(|source| source.resolved_reference.as_deref())),
            Some("directory") => Content::Local(url),
            _ => hashed(package.files.iter().chain(older())),
        };
        Locked { name: package.name, version: Some(package.version), content }
    });
    Ok(entries.collect())
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
}

pub(super) fn pdm(text: &str) -> Result<Vec<Locked>, String> {
    let lock: PdmLock = parse(text)?;
    let version = lock.metadata.lock_version.as_deref().ok_or("it does not say its `lock_version`")?;
    known(version, &["3", "4"])?;
    let entries = lock.package.into_iter().map(|package| {
        let older = format!("{} {}", package.name, package.version.as_deref().unwrap_or_default());
        let older = lock.metadata.files.get(&older).into_iter().flatten();
        let content = match (&package.git, package.path) {
            (Some(_), _) => commit(package.revision.as_deref()),
            (None, Some(path)) => Content::Local(path),
            (None, None) => hashed(package.files.iter().chain(older)),
        };
        Locked { name: package.name, version: package.version, content }
    });
    Ok(entries.collect())
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
        let content = match (&package.vcs, &package.directory) {
            (Some(vcs), _) => commit(Some(&vcs.commit_id)),
            (None, Some(directory)) => Content::Local(directory.path.clone()),
            (None, None) => hashed(package.wheels.iter().chain(&package.sdist).chain(&package.archive)),
        };
        Locked { name: package.name, version: package.version, content }
    });
    Ok(entries.collect())
}
