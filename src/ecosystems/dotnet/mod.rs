//! .NET's manifests: project files with what surrounds them, solutions, packages.config and packages.lock.json.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Manifest, Member, Pin, Scope, Whose};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::xml::{self, Element};
use crate::world::{Refused, World};

mod lock;
mod msbuild;
pub(crate) mod version;

use lock::Lock;
pub(crate) use lock::listed;
use msbuild::{Evaluated, Reference};
use version::Range;

/// How many projects are read together.
const PROJECT_LIMIT: usize = 5_000;

/// The endings of project files that are read.
const ENDINGS: [&str; 3] = ["csproj", "fsproj", "vbproj"];

/// The older file, which lists exact versions.
const PACKAGES: &str = "packages.config";

/// Reads the project at `path` (relative to the root) whose text is `text`, the projects that it refers to and their lock
/// files.
///
/// # Errors
/// Syntax errors in it and in what belongs to it.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let mut reader = Reader::new(world);
    reader.project(path, text)?;
    reader.others()?;
    Ok(reader.manifest)
}

/// Reads the projects of a solution.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_solution(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let mut reader = Reader::new(world);
    reader.is_solution = true;
    let dir = path.parent().unwrap_or(Path::new(""));
    for (named, line) in projects_of(path, text)? {
        reader.named(path, dir, &named, line);
    }
    reader.others()?;
    let shared = Evaluated::folder(world, dir)?;
    Ok(Manifest { name: None, version: version_of(&shared), ..reader.manifest })
}

/// The projects that a solution lists, each with its line.
fn projects_of(path: &Path, text: &str) -> Result<Vec<(String, usize)>, Vec<Problem>> {
    if path.extension().is_some_and(|ending| ending == "slnx") {
        let root = xml::parse(&path.display().to_string(), text)?.in_lower_case();
        let mut found = Vec::new();
        listed_in(&root, &mut found);
        return Ok(found);
    }
    let project = |(index, line): (usize, &str)| {
        let rest = line.trim().strip_prefix("Project(\"")?;
        // Project("{type}") = "name", "path", "{id}"
        Some((rest.split('"').nth(4)?.to_owned(), index + 1))
    };
    Ok(text.lines().enumerate().filter_map(project).collect())
}

fn listed_in(element: &Element, found: &mut Vec<(String, usize)>) {
    for child in &element.children {
        match (child.name.as_str(), child.attribute("path")) {
            ("project", Some(path)) => found.push((path.to_owned(), child.line)),
            _ => listed_in(child, found),
        }
    }
}

/// Reads projects and those that they refer to.
struct Reader<'w> {
    world: &'w World,
    seen: HashSet<PathBuf>,
    waiting: VecDeque<PathBuf>,
    is_solution: bool,
    manifest: Manifest,
    /// The names of the projects that were read, in small letters.
    names: HashSet<String>,
    /// What lock files take for a project, each with the file.
    taken: Vec<(String, String)>,
}

impl<'w> Reader<'w> {
    fn new(world: &'w World) -> Self {
        let (seen, waiting) = (HashSet::new(), VecDeque::new());
        let (names, taken) = (HashSet::new(), Vec::new());
        Self { world, seen, waiting, is_solution: false, manifest: Manifest::default(), names, taken }
    }

    /// A project that a solution names; folders of it have no ending.
    fn named(&mut self, solution: &Path, dir: &Path, named: &str, line: usize) {
        let ending = named.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
        let place = format!("{}:{line}", solution.display());
        match within_on_any_system(dir, named) {
            // What lies beside release.yaml is a manifest of its own.
            Some(path) if path.parent() == Some(&self.world.dir) && ENDINGS.contains(&ending.as_str()) => {}
            Some(path) if ENDINGS.contains(&ending.as_str()) => self.waiting.push_back(path),
            None if ending.ends_with("proj") => {
                self.manifest.unproven.push(format!("{place}: the project {named} is not in the repository"));
            }
            Some(_) if ending.ends_with("proj") && ending != "shproj" => {
                self.manifest
                    .unproven
                    .push(format!("{place}: {named} was not read: the gate has no reader for .{ending}"));
            }
            _ => {}
        }
    }

    fn others(&mut self) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        while let Some(path) = self.waiting.pop_front() {
            if self.seen.contains(&path) {
                continue;
            }
            let shown = path.display().to_string();
            if self.seen.len() >= PROJECT_LIMIT {
                self.manifest.unproven.push(format!("more than {PROJECT_LIMIT} projects belong together"));
                break;
            }
            match self.world.drafted(&path, SIZE_LIMIT) {
                Ok(text) => {
                    self.manifest.unproven.extend(text.note(&shown));
                    if let Err(mut more) = self.project(&path, &text.content) {
                        problems.append(&mut more);
                    }
                }
                Err(error) => {
                    self.seen.insert(path);
                    self.manifest.unproven.push(error.about(&shown));
                }
            }
        }
        let unknown = self.taken.iter().filter(|(name, _)| !self.names.contains(name));
        let told =
            unknown.map(|(name, lock)| format!("{lock} takes {name} for a project, and none of that name was read"));
        self.manifest.unproven.extend(told);
        self.manifest.unproven.sort();
        self.manifest.unproven.dedup();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn project(&mut self, path: &Path, text: &str) -> Result<(), Vec<Problem>> {
        let is_first = self.seen.is_empty() && !self.is_solution;
        self.seen.insert(path.to_owned());
        let project = Evaluated::project(self.world, path, text)?;
        let dir = path.parent().unwrap_or(Path::new(""));
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let lock = Lock::of(self.world, dir, &stem);
        let rows = project.references.iter().map(|reference| row(&project, &lock, reference));
        self.manifest.dependencies.extend(rows);
        let frameworks = project.only("TargetFrameworks").or_else(|| project.only("TargetFramework"));
        let lacks = frameworks.and_then(|frameworks| lock.lacks_framework(&frameworks, &path.display().to_string()));
        self.manifest.faults.extend(lacks);
        let named = ["PackageId", "AssemblyName"].into_iter().filter_map(|name| project.stated(name)?.0.ok());
        self.names.extend(named.chain([stem.clone()]).map(|name| name.to_lowercase()));
        self.taken.extend(lock.projects());
        self.packages(dir)?;
        if project.stated("NuGetLockFilePath").is_some() && !lock.is_there() {
            let place = path.display();
            self.manifest
                .unproven
                .push(format!("{place}: NuGetLockFilePath puts its lock file elsewhere, which is not read"));
        }
        let version = version_of(&project);
        if is_first {
            let name = project.stated("PackageId").and_then(|(name, ..)| name.ok());
            self.manifest.name = Some(name.unwrap_or(stem));
            self.manifest.version = version;
        } else {
            self.manifest.members.push(Member { path: path.to_owned(), whose: whose(path, &version), version });
        }
        self.manifest.unproven.extend(project.unproven);
        self.waiting.extend(project.projects);
        Ok(())
    }

    /// The older file beside a project: every version in it is exact.
    fn packages(&mut self, dir: &Path) -> Result<(), Vec<Problem>> {
        let path = dir.join(PACKAGES);
        let shown = path.display().to_string();
        let text = match self.world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => text.content,
            Err(Refused::Missing | Refused::Untracked(None)) => return Ok(()),
            Err(error) => {
                self.manifest.unproven.push(error.about(&shown));
                return Ok(());
            }
        };
        let root = xml::parse(&shown, &text)?;
        let row = |package: &Element| {
            let requirement = package.attribute("version").unwrap_or_default().to_owned();
            let exact = match version::Version::parse(&requirement) {
                Some(_) => Pin::Pinned,
                None => Pin::Loose("it has no version".to_owned()),
            };
            Dependency {
                name: package.attribute("id").unwrap_or_default().to_owned(),
                requirement,
                scope: Scope::Runtime,
                path: shown.clone(),
                line: Some(package.line),
                lock: exact.clone(),
                exact,
            }
        };
        self.manifest.dependencies.extend(root.all("package").map(row));
        Ok(())
    }
}

fn row(project: &Evaluated, lock: &Lock, reference: &Reference) -> Dependency {
    let (wanted, exact, lock) = match wanted(project, reference) {
        Ok(wanted) => {
            let exact = each(&wanted, exact);
            let lock =
                each(&wanted, |one| lock.pins(&reference.name, one, reference.is_conditional || wanted.len() > 1));
            (wanted, exact, lock)
        }
        Err(name) => {
            let why = format!("nothing in the release defines the property {name}; define it in {}", reference.path);
            (Vec::new(), Pin::Unproven(why.clone()), Pin::Unproven(why))
        }
    };
    Dependency {
        name: reference.name.clone(),
        requirement: wanted.join(" or "),
        scope: Scope::Runtime,
        path: reference.path.clone(),
        line: Some(reference.line),
        exact,
        lock,
    }
}

/// The requirements that a reference may have, by itself or by the central file.
fn wanted(project: &Evaluated, reference: &Reference) -> Result<Vec<String>, String> {
    let central = || project.central.get(&reference.name.to_lowercase());
    let written = match (&reference.version, central()) {
        (Some(version), _) => vec![version.clone()],
        (None, Some(versions)) => versions.clone(),
        (None, None) => Vec::new(),
    };
    let mut all = Vec::new();
    for text in written {
        all.extend(project.values(&text)?);
    }
    all.retain(|text| !text.is_empty());
    all.sort();
    all.dedup();
    Ok(all)
}

/// The first pin that does not hold, of every requirement that there may be.
fn each(wanted: &[String], pin: impl Fn(&str) -> Pin) -> Pin {
    if wanted.is_empty() {
        return pin("");
    }
    wanted.iter().map(|one| pin(one)).find(|pin| *pin != Pin::Pinned).unwrap_or(Pin::Pinned)
}

fn exact(wanted: &str) -> Pin {
    match (wanted, Range::parse(wanted)) {
        ("", _) => Pin::Loose("it has no version".to_owned()),
        (_, None) => Pin::Loose(format!("'{wanted}' is not a version")),
        (_, Some(range)) => range.open().map_or(Pin::Pinned, |why| Pin::Loose(why.to_owned())),
    }
}

/// `Version`, else `VersionPrefix` with `VersionSuffix`.
/// What does not stand in the project's own file stands in one that projects share.
fn whose(path: &Path, version: &DeclaredVersion) -> Whose {
    match version {
        DeclaredVersion::Static { path: stated, .. } if Path::new(stated) != path => Whose::Shared,
        _ => Whose::Own,
    }
}

fn version_of(project: &Evaluated) -> DeclaredVersion {
    let (version, path, line) = match project.stated("Version").or_else(|| project.stated("PackageVersion")) {
        Some(stated) => stated,
        None => match project.stated("VersionPrefix") {
            Some((prefix, path, line)) => {
                let suffix = project.stated("VersionSuffix").map(|(suffix, ..)| suffix).transpose();
                let suffix = suffix.map(|suffix| suffix.filter(|suffix| !suffix.is_empty()));
                let whole = prefix.and_then(|prefix| {
                    Ok(suffix?.map_or_else(|| prefix.clone(), |suffix| format!("{prefix}-{suffix}")))
                });
                (whole, path, line)
            }
            None => return DeclaredVersion::Absent,
        },
    };
    match version {
        Ok(version) => DeclaredVersion::Static { version, path, line },
        Err(name) => DeclaredVersion::Dynamic(format!("{path}: nothing in the release defines the property {name}")),
    }
}
