//! Conda's environment.yml with conda-lock.yml, and pixi.toml with pixi.lock.
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>, <https://pixi.sh/latest/reference/pixi_manifest/>

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fixed::{self, is_commit, is_sha256};
use super::lockfiles;
use super::{DeclaredVersion, Dependency, Fault, Manifest, Pin, Scope, python};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node};
use crate::structured::yaml_values;
use crate::world::World;

/// The lock files.
const CONDA_LOCK: &str = "conda-lock.yml";
const PIXI_LOCK: &str = "pixi.lock";

/// The largest lock file that is read, in bytes.
const LOCK_LIMIT: u64 = 64 << 20;

/// How many names a sentence has at most.
const SHOWN_LIMIT: usize = 5;

/// Reads the environment.yml at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// A syntax error, and values of the wrong type.
pub(crate) fn load_environment(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    let mut manifest = Manifest::default();
    let declared = Decoder::yaml(&shown, text, ("it is empty", "name the dependencies"), |decoder, node| {
        let fields = decoder.table(node, "the environment")?;
        manifest.name = fields.get("name").and_then(Node::text).map(str::to_owned);
        let mut declared = Vec::new();
        let list = fields.get("dependencies").filter(|node| !node.is_null());
        for node in list.and_then(|node| decoder.list(node, "dependencies")).unwrap_or_default() {
            match node.entry("pip") {
                Some(pip) if !pip.value.is_null() => {
                    for node in decoder.list(&pip.value, "pip")? {
                        let text = decoder.text(node, "a requirement")?;
                        declared.push(Declared::of_pip(&text, decoder.line(&node.span)));
                    }
                }
                Some(_) => {}
                None => {
                    declared.push(Declared::of_conda(&decoder.text(node, "a dependency")?, decoder.line(&node.span)))
                }
            }
        }
        Some(declared)
    })?;
    let lock = folder(path).join(CONDA_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_conda(world, &lock, text));
    finish(world, path, manifest, declared, read)
}

/// Reads the pixi.toml at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// A syntax error, and values of the wrong type.
pub(crate) fn load_pixi(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    let (manifest, declared) = Decoder::toml(&shown, text, |decoder, node| {
        let fields = decoder.table(node, "pixi.toml")?;
        Some((pixi_project(decoder, fields), Pixi::read(decoder, fields)?))
    })?;
    let lock = folder(path).join(PIXI_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_pixi(world, &lock, text));
    finish(world, path, manifest, declared, read)
}

/// Adds what `[tool.pixi]` of a pyproject.toml asks for. Python's requirements have to be exact by default; these are Pixi's,
/// which its lock file pins.
///
/// # Errors
/// Values of the wrong type.
pub(crate) fn add_pyproject(
    world: &World,
    path: &Path,
    text: &str,
    manifest: &mut Manifest,
) -> Result<(), Vec<Problem>> {
    if !text.contains("tool.pixi") {
        return Ok(());
    }
    let shown = path.display().to_string();
    let declared = Decoder::toml(&shown, text, |decoder, node| {
        let table = decoder.table(node, "pyproject.toml")?;
        let tool = decoder.table_at(table, "tool");
        match tool.and_then(|tool| decoder.table_at(tool, "pixi")) {
            Some(pixi) => Pixi::read(decoder, pixi),
            None => Some(Vec::new()),
        }
    })?;
    if declared.is_empty() {
        return Ok(());
    }
    let lock = folder(path).join(PIXI_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_pixi(world, &lock, text));
    let found = finish(world, path, Manifest::default(), declared, read)?;
    let either = |row: Dependency| {
        let is_pinned = row.exact == Pin::Pinned && !matches!(row.lock, Pin::Contradicted(_) | Pin::Hole(_));
        let pin = if is_pinned { Pin::Pinned } else { row.lock.clone() };
        Dependency { exact: pin.clone(), lock: pin, ..row }
    };
    manifest.dependencies.extend(found.dependencies.into_iter().map(either));
    manifest.unproven.extend(found.unproven);
    // What is wrong with a lock file holds only where a lock file may pin.
    manifest.unproven.extend(found.faults.into_iter().map(|fault| fault.what));
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn finish(
    world: &World,
    path: &Path,
    mut manifest: Manifest,
    declared: Vec<Declared>,
    lock: Result<Lock, Pin>,
) -> Result<Manifest, Vec<Problem>> {
    for one in declared {
        if let Wants::File(file) = &one.wants {
            // What lies beside release.yaml under this name is a manifest of its own.
            let is_read = within_on_any_system(folder(path), file) == Some(world.dir.join("requirements.txt"));
            if !is_read {
                let told = "is not read here: name the packages, or the file under `manifests:` in delivery-gate.yaml and not here";
                manifest.unproven.push(format!("{}:{}: `{}` {told}", path.display(), one.line, one.name));
            }
            continue;
        }
        if let Wants::Nobody(why) = &one.wants {
            manifest.unproven.push(format!("{}:{}: {why}", path.display(), one.line));
            continue;
        }
        let exact = one.exact(world, folder(path));
        let judged = match (&one.wants, &lock) {
            (Wants::Folder(_), _) => exact.clone(),
            (_, Ok(lock)) => lock.judge(&one),
            (_, Err(pin)) => pin.clone(),
        };
        manifest.dependencies.push(Dependency {
            name: one.name,
            requirement: one.requirement,
            scope: Scope::Runtime,
            path: path.display().to_string(),
            line: Some(one.line),
            exact,
            lock: judged,
        });
    }
    if let Ok(lock) = lock {
        let direct: HashSet<_> = manifest.dependencies.iter().map(|row| key(&row.name)).collect();
        manifest.faults.extend(lock.fault(&direct));
    }
    Ok(manifest)
}

/// One requirement.
struct Declared {
    name: String,
    requirement: String,
    wants: Wants,
    /// From 1.
    line: usize,
}

enum Wants {
    /// A package of Conda; whether its build is named, too.
    Conda { is_exact: bool },
    /// What Python's own rule says.
    Python(Pin),
    /// A folder.
    Folder(String),
    /// A repository or an archive, and whether its content is fixed.
    Address { is_fixed: bool },
    /// A requirements file.
    File(String),
    /// Something that nobody here reads; why.
    Nobody(String),
}

impl Declared {
    /// `channel::name=version=build`, in all its parts or fewer.
    fn of_conda(text: &str, line: usize) -> Self {
        let text = text.trim();
        if text.contains("://") {
            let (name, requirement) = (text.rsplit('/').next().unwrap_or(text).to_owned(), String::new());
            return Self { name, requirement, wants: Wants::Address { is_fixed: false }, line };
        }
        let spec = text.rsplit_once("::").map_or(text, |(_, spec)| spec);
        let end = spec.find(|c: char| c.is_whitespace() || "=<>!~[".contains(c)).unwrap_or(spec.len());
        let (name, rest) = spec.split_at(end);
        let requirement = rest.split(" #").next().unwrap_or_default().trim();
        let mut parts = requirement.trim_start_matches('=').split('=');
        let is_plain = |part: &str| !part.is_empty() && !part.contains(['*', '<', '>', '!', '~', ',', '|', '[', ' ']);
        let is_exact = requirement.starts_with('=')
            && parts.next().is_some_and(is_plain)
            && parts.next().is_some_and(is_plain)
            && parts.next().is_none();
        Self { name: name.to_owned(), requirement: requirement.to_owned(), wants: Wants::Conda { is_exact }, line }
    }

    /// A line of a requirements file.
    fn of_pip(text: &str, line: usize) -> Self {
        let text = text.trim();
        let editable = text.strip_prefix("-e ").or_else(|| text.strip_prefix("--editable ")).map(str::trim);
        let path = editable.unwrap_or(text);
        if path.starts_with(['.', '/']) {
            let wants = Wants::Folder(path.split('[').next().unwrap_or(path).to_owned());
            return Self { name: path.to_owned(), requirement: String::new(), wants, line };
        }
        let file = path.strip_prefix("--requirement").or_else(|| path.strip_prefix("-r"));
        if let Some(file) = file.map(|file| file.trim_start_matches(['=', ' '])) {
            let (name, requirement) = (path.to_owned(), String::new());
            return Self { name, requirement, wants: Wants::File(file.to_owned()), line };
        }
        if path.starts_with('-') {
            let why = format!("`{path}` is not read here: name the packages");
            return Self { name: String::new(), requirement: String::new(), wants: Wants::Nobody(why), line };
        }
        let (name, requirement, pin) = python::pin_of(path.split(" #").next().unwrap_or(path));
        Self { name, requirement, wants: Wants::Python(pin), line }
    }

    /// Whether it is fixed without a lock file.
    fn exact(&self, world: &World, folder: &Path) -> Pin {
        let loose = |why: &str| Pin::Loose(why.to_owned());
        match &self.wants {
            Wants::Conda { is_exact: true } | Wants::Address { is_fixed: true } => Pin::Pinned,
            Wants::Conda { is_exact: false } => loose("it is not name=version=build"),
            Wants::Address { is_fixed: false } => loose("its address has no hash and no full revision"),
            Wants::Python(pin) => pin.clone(),
            Wants::Folder(path) if fixed::has(world, folder, path) => Pin::Pinned,
            Wants::Folder(_) => loose("its path is not in the release"),
            Wants::Nobody(why) | Wants::File(why) => Pin::Unproven(why.clone()),
        }
    }
}

/// Packages are compared without these differences, whichever registry they are from.
fn key(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The name and the version of a pixi.toml.
fn pixi_project(decoder: &mut Decoder<'_>, fields: Fields<'_>) -> Manifest {
    let of = |key: &str| {
        let tables = ["package", "workspace", "project"].iter().filter_map(|table| fields.get(table)?.entry(key));
        tables.map(|entry| &entry.value).find(|node| node.text().is_some())
    };
    let version = of("version").map(|node| (node.text().unwrap_or_default().to_owned(), decoder.line(&node.span)));
    let path = decoder.path().to_owned();
    Manifest {
        name: of("name").and_then(Node::text).map(str::to_owned),
        version: version.map_or(DeclaredVersion::Absent, |(version, line)| DeclaredVersion::Static {
            version,
            path,
            line,
        }),
        ..Manifest::default()
    }
}

/// Reads the tables of a pixi.toml.
struct Pixi {
    platforms: Vec<String>,
    declared: Vec<Declared>,
}

/// The tables of requirements.
const TABLES: [&str; 4] = ["dependencies", "host-dependencies", "build-dependencies", "pypi-dependencies"];

impl Pixi {
    fn read(decoder: &mut Decoder<'_>, fields: Fields<'_>) -> Option<Vec<Declared>> {
        let mut platforms = Vec::new();
        for key in ["workspace", "project"] {
            if let Some(table) = decoder.table_at(fields, key) {
                platforms.extend(decoder.list_at(table, "platforms").iter().filter_map(Node::text).map(str::to_owned));
            }
        }
        let mut pixi = Self { platforms, declared: Vec::new() };
        pixi.tables(decoder, fields);
        let used = used(fields);
        if let Some(node) = fields.get("feature") {
            for feature in decoder.entries(node, "feature")? {
                let table = decoder.table(&feature.value, &feature.key)?;
                let more = decoder.list_at(table, "platforms").iter().filter_map(Node::text);
                pixi.platforms.extend(more.map(str::to_owned));
                // What no environment has, nobody installs, and no lock file has it.
                if used.contains(&*feature.key) {
                    pixi.tables(decoder, table);
                }
            }
        }
        if let Some(package) = decoder.table_at(fields, "package") {
            let built = ["build-dependencies", "host-dependencies"]
                .into_iter()
                .filter_map(|key| Some((key, package.get(key)?)));
            for (key, node) in built.filter(|(_, node)| node.entries().is_some_and(|entries| !entries.is_empty())) {
                let why = format!("{PIXI_LOCK} does not have what a package is built with (`package.{key}`)");
                let (name, requirement, line) = (String::new(), String::new(), decoder.line(&node.span));
                pixi.declared.push(Declared { name, requirement, wants: Wants::Nobody(why), line });
            }
        }
        Some(pixi.declared)
    }

    /// The tables of the workspace or of a feature, and those for its platforms.
    fn tables(&mut self, decoder: &mut Decoder<'_>, fields: Fields<'_>) {
        self.requirements(decoder, fields);
        for target in fields.get("target").and_then(Node::entries).unwrap_or_default() {
            if let Some(fields) = decoder.table(&target.value, &target.key)
                && self.is_meant(&target.key)
            {
                self.requirements(decoder, fields);
            }
        }
    }

    fn requirements(&mut self, decoder: &mut Decoder<'_>, fields: Fields<'_>) {
        for table in TABLES {
            let entries = fields.get(table).and_then(|node| decoder.entries(node, table)).unwrap_or_default();
            for entry in entries {
                self.declared.extend(Declared::of_pixi(decoder, table, entry));
            }
        }
    }

    fn is_meant(&self, target: &str) -> bool {
        self.platforms.iter().any(|platform| {
            platform == target
                || platform.split('-').next() == Some(target)
                || target == "unix" && !platform.starts_with("win")
        })
    }
}

/// The features that environments have.
fn used(fields: Fields<'_>) -> HashSet<String> {
    let environments = fields.get("environments").and_then(Node::entries).unwrap_or_default();
    let features = environments.iter().flat_map(|environment| {
        let node = environment.value.entry("features").map_or(&environment.value, |entry| &entry.value);
        node.items().unwrap_or_default()
    });
    features.filter_map(Node::text).map(str::to_owned).collect()
}

impl Declared {
    fn of_pixi(decoder: &mut Decoder<'_>, table: &str, entry: &Entry<'_>) -> Option<Self> {
        let line = decoder.line(&entry.span);
        let name = entry.key.to_string();
        let is_python = table == "pypi-dependencies";
        let of_version = |version: &str, build: Option<&str>| {
            let is_exact = version.starts_with("==") && build.is_some() && !version.contains(['*', ',']);
            match is_python {
                true => Wants::Python(python::pin_of(&format!("{name}{}", version.trim_start_matches('*'))).2),
                false => Wants::Conda { is_exact },
            }
        };
        if let Some(version) = entry.value.text() {
            let wants = of_version(version, None);
            return Some(Self { name, requirement: version.to_owned(), wants, line });
        }
        let fields = decoder.table(&entry.value, &entry.key)?;
        let text = |key: &str| fields.get(key).and_then(Node::text);
        let (requirement, wants) = match (text("path"), text("git"), text("url")) {
            (Some(path), ..) => (path, Wants::Folder(path.to_owned())),
            (_, Some(git), _) => (git, Wants::Address { is_fixed: text("rev").is_some_and(is_commit) }),
            (.., Some(url)) => (url, Wants::Address { is_fixed: text("sha256").is_some_and(is_sha256) }),
            _ => (text("version").unwrap_or("*"), of_version(text("version").unwrap_or("*"), text("build"))),
        };
        Some(Self { requirement: requirement.to_owned(), wants, name, line })
    }
}

/// A lock file of either tool.
struct Lock {
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
    fn of_conda(world: &World, path: &Path, text: &str) -> Result<Self, String> {
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

    fn of_pixi(world: &World, path: &Path, text: &str) -> Result<Self, String> {
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

    fn judge(&self, declared: &Declared) -> Pin {
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
    fn fault(&self, direct: &HashSet<String>) -> Option<Fault> {
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
    fn a_requirement_of_conda_is_exact_with_its_build() {
        for (text, name, requirement, exact) in [
            ("numpy", "numpy", "", false),
            ("numpy=1.26", "numpy", "=1.26", false),
            ("numpy==1.26.4", "numpy", "==1.26.4", false),
            ("conda-forge::numpy=1.26.4=py312h8753938_0", "numpy", "=1.26.4=py312h8753938_0", true),
            ("numpy==1.26.4=py312h8753938_0", "numpy", "==1.26.4=py312h8753938_0", true),
            ("numpy=1.26.4=py312*", "numpy", "=1.26.4=py312*", false),
            ("numpy >=1.26,<2", "numpy", ">=1.26,<2", false),
            ("numpy[version='>=1']", "numpy", "[version='>=1']", false),
        ] {
            let declared = Declared::of_conda(text, 1);
            let is_exact = matches!(declared.wants, Wants::Conda { is_exact: true });
            assert_eq!(
                (declared.name.as_str(), declared.requirement.as_str(), is_exact),
                (name, requirement, exact),
                "{text}"
            );
        }
    }

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
