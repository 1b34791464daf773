//! conda-lock.yml and pixi.lock: which package each requirement resolves to, and whether its content is fixed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Declared, Wants, folder, key};
use crate::ecosystems::fixed::{self, is_commit, is_sha256};
use crate::ecosystems::{Fault, Pin};
use crate::structured::yaml_values;
use crate::world::World;

/// The largest lock file that is read, in bytes.
const LOCK_LIMIT: u64 = 64 << 20;

/// How many names a sentence has at most.
const SHOWN_LIMIT: usize = 5;

/// A lock file of either tool.
pub(super) struct Lock {
    path: PathBuf,
    /// By the packages' keys.
    packages: HashMap<String, Vec<Locked>>,
}

struct Locked {
    name: String,
    version: String,
    /// Why its content is not fixed.
    open: Option<String>,
}

#[derive(Deserialize)]
struct CondaLock {
    version: u64,
    #[serde(default)]
    package: Vec<CondaPackage>,
}

#[derive(Deserialize)]
struct CondaPackage {
    name: String,
    version: String,
    url: String,
    #[serde(default)]
    hash: Hashes,
}

#[derive(Deserialize, Default)]
struct Hashes {
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct PixiLock {
    version: u64,
    #[serde(default)]
    environments: BTreeMap<String, Environment>,
    #[serde(default)]
    packages: Vec<PixiPackage>,
}

#[derive(Deserialize)]
struct Environment {
    #[serde(default)]
    packages: BTreeMap<String, Vec<Installed>>,
}

#[derive(Deserialize)]
struct Installed {
    conda: Option<String>,
    pypi: Option<String>,
}

#[derive(Deserialize)]
struct PixiPackage {
    conda: Option<String>,
    pypi: Option<String>,
    /// Until version 5 the address stands in one of these.
    url: Option<String>,
    path: Option<String>,
    name: Option<String>,
    version: Option<String>,
    sha256: Option<String>,
    /// The names that PyPI has for it.
    purls: Option<Vec<String>>,
}

impl Lock {
    pub(super) fn of_conda(world: &World, path: &Path, text: &str) -> Result<Self, String> {
        let mut files: Vec<CondaLock> = yaml_values::documents(text, LOCK_LIMIT, 1)?;
        let file = files.pop().ok_or("it is empty")?;
        if file.version != 1 {
            return Err(format!("its version {} is not known", file.version));
        }
        let mut lock = Self { path: path.to_owned(), packages: HashMap::new() };
        for CondaPackage { name, version, url, hash } in file.package {
            let open = open(world, folder(path), &url, hash.sha256.as_deref());
            lock.insert(Locked { name, version, open });
        }
        Ok(lock)
    }

    pub(super) fn of_pixi(world: &World, path: &Path, text: &str) -> Result<Self, String> {
        let mut files: Vec<PixiLock> = yaml_values::documents(text, LOCK_LIMIT, 1)?;
        let file = files.pop().ok_or("it is empty")?;
        if !(4..=6).contains(&file.version) {
            return Err(format!("its version {} is not one of 4 to 6", file.version));
        }
        let mut lock = Self { path: path.to_owned(), packages: HashMap::new() };
        let mut there = HashSet::new();
        for package in file.packages {
            let PixiPackage { conda, pypi, url, path: local, name, version, sha256, purls } = package;
            let location = conda.or(pypi).or(url).or(local).ok_or("one of its packages is from nowhere")?;
            let (of_file, its_version) = of_file(&location);
            let name = name.unwrap_or(of_file);
            let version = version.unwrap_or(its_version);
            let open = open(world, folder(path), &location, sha256.as_deref());
            for purl in purls.iter().flatten() {
                let of_pypi = purl.strip_prefix("pkg:pypi/").and_then(|rest| rest.split(['@', '?']).next());
                if let Some(other) = of_pypi.filter(|other| key(other) != key(&name)) {
                    let (name, version, open) = (other.to_owned(), version.clone(), open.clone());
                    lock.insert(Locked { name, version, open });
                }
            }
            there.insert(location);
            lock.insert(Locked { name, version, open });
        }
        let installed =
            file.environments.into_values().flat_map(|environment| environment.packages.into_values().flatten());
        for location in installed.filter_map(|one| one.conda.or(one.pypi)) {
            if !there.contains(&location) {
                let (name, version) = of_file(&location);
                lock.insert(Locked { name, version, open: Some("no entry".to_owned()) });
            }
        }
        Ok(lock)
    }

    fn insert(&mut self, locked: Locked) {
        self.packages.entry(key(&locked.name)).or_default().push(locked);
    }

    pub(super) fn judge(&self, declared: &Declared) -> Pin {
        let shown = self.path.display();
        let all = self.packages.get(&key(&declared.name)).map(Vec::as_slice).unwrap_or_default();
        let Some(first) = all.first() else { return Pin::Loose(format!("{shown} does not have it")) };
        let fits = |locked: &Locked| match declared.wants {
            Wants::Conda { .. } => fits(&declared.requirement, &locked.version) != Some(false),
            _ => true,
        };
        if !all.iter().any(fits) {
            return Pin::Contradicted(format!("{shown} has {}, which contradicts the manifest", first.version));
        }
        let open = all.iter().find_map(|locked| locked.open.as_ref());
        open.map_or(Pin::Pinned, |why| Pin::Loose(format!("{shown} has {why} for it")))
    }

    /// What is not fixed behind the direct dependencies.
    pub(super) fn fault(&self, direct: &HashSet<String>) -> Option<Fault> {
        let others = self.packages.iter().filter(|(key, _)| !direct.contains(*key)).flat_map(|(_, all)| all);
        let mut open: Vec<_> =
            others.filter_map(|locked| Some(format!("{} for {}", locked.open.as_ref()?, locked.name))).collect();
        open.sort();
        open.dedup();
        if open.is_empty() {
            return None;
        }
        let more = open.len().saturating_sub(SHOWN_LIMIT);
        open.truncate(SHOWN_LIMIT);
        if more > 0 {
            open.push(format!("{more} more"));
        }
        let path = self.path.display().to_string();
        Some(Fault { what: format!("{path} has {}", open.join(", ")), path, line: None })
    }
}

/// The name and the version in the name of a package's file, `name-version-build.conda`.
fn of_file(location: &str) -> (String, String) {
    let file = location.trim_end_matches('/').rsplit('/').next().unwrap_or(location);
    let stem = file.strip_suffix(".conda").or_else(|| file.strip_suffix(".tar.bz2")).unwrap_or(file);
    let mut parts = stem.rsplitn(3, '-').skip(1);
    match (parts.next(), parts.next()) {
        (Some(version), Some(name)) => (name.to_owned(), version.to_owned()),
        _ => (stem.to_owned(), String::new()),
    }
}

/// Why a package's content is not fixed.
fn open(world: &World, folder: &Path, location: &str, sha256: Option<&str>) -> Option<String> {
    let is_commit_named = location.rsplit(['#', '@', '=']).next().is_some_and(is_commit);
    let is_fixed = if !location.contains("://") {
        // What is in the release, whichever hash it had.
        fixed::has(world, folder, location)
    } else if location.starts_with("git+") {
        is_commit_named
    } else {
        sha256.is_some_and(is_sha256)
    };
    match (is_fixed, location.contains("://"), location.starts_with("git+")) {
        (true, ..) => None,
        (false, false, _) => Some(format!("the path {location}, which the release does not have,")),
        (false, _, true) => Some("no full revision".to_owned()),
        (false, ..) => Some("no SHA-256".to_owned()),
    }
}

/// Whether `=1.2`, `==1.2.3`, `1.2.*` let a version through; `None` for whatever else there is.
fn fits(requirement: &str, version: &str) -> Option<bool> {
    let requirement = requirement.trim();
    if requirement.contains(['<', '>', '!', '~', ',', '|', ' ', '[']) || requirement.is_empty() {
        return None;
    }
    let bare = requirement.trim_start_matches('=').split('=').next()?;
    let prefix = bare.trim_end_matches('*').trim_end_matches('.');
    if prefix.contains('*') {
        return None;
    }
    let is_exact = requirement.starts_with("==") && prefix == bare;
    let zeros = |text: &str| {
        let mut text = text;
        while let Some(shorter) = text.strip_suffix(".0") {
            text = shorter;
        }
        text.to_owned()
    };
    let is_same = zeros(prefix) == zeros(version);
    let begins =
        version.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '_', '-', '+']) || rest.is_empty());
    Some(is_same || prefix.is_empty() || !is_exact && begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fits_or_nobody_can_tell() {
        for (requirement, version, expected) in [
            ("=3.12", "3.12.3", Some(true)),
            ("=3.12", "3.1.2", Some(false)),
            ("==1.2", "1.2.0", Some(true)),
            ("==1.2", "1.2.1", Some(false)),
            ("3.10.*", "3.10.14", Some(true)),
            ("3.1.*", "3.10.14", Some(false)),
            ("*", "1", Some(true)),
            (">=1", "0", None),
            ("=1.26.4=py_0", "1.26.4", Some(true)),
        ] {
            assert_eq!(fits(requirement, version), expected, "{requirement} {version}");
        }
    }
}
