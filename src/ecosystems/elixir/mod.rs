//! Elixir's manifests: mix.exs, which is a program and never run, and mix.lock. <https://hexdocs.pm/mix/Mix.Tasks.Deps.html>

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::fixed::{self, is_commit};
use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Manifest, Member, Pin, Scope, comparators, lockfiles};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::world::{Listed, World};

mod lock;
mod mixfile;
mod terms;

use lock::Lock;
pub(crate) use lock::listed;
use mixfile::{Declared, Mixfile, Source, Version};

/// The manifest's name.
const FILE: &str = "mix.exs";

/// Reads what is written out in the mix.exs at `path` (relative to the root) whose text is `text`, in the applications of its
/// umbrella, and the lock file.
///
/// # Errors
/// None: what cannot be understood of a program is not told to be wrong.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let top = One { path: path.to_owned(), file: Mixfile::parse(text) };
    let (mut manifest, lock) = (Manifest { name: top.file.name.clone(), ..Manifest::default() }, top.lock());
    manifest.version = top.version();
    let applications = applications(world, &top, &mut manifest);
    let all: Vec<_> = std::iter::once(&top).chain(&applications).collect();
    let is_local = |declared: &&Declared| matches!(declared.source, Source::Path(_));
    let local = all.iter().flat_map(|one| one.file.declared.iter().filter(is_local).map(|one| one.name.clone()));
    let read = lockfiles::parsed(world, &lock, Lock::parse).map(|mut read| {
        read.knows(local);
        read
    });
    for one in &all {
        let rows = one.file.declared.iter().map(|declared| one.row(world, declared, read.as_ref()));
        manifest.dependencies.extend(rows);
    }
    if all.iter().any(|one| one.file.is_computed) {
        match &read {
            Ok(read) => manifest.dependencies.extend(everything(read, &lock, &all)),
            Err(pin) => manifest.unproven.push(undecided(pin, &lock)),
        }
    }
    Ok(manifest)
}

/// A mix.exs, and where it is.
struct One {
    /// Relative to the root.
    path: PathBuf,
    file: Mixfile,
}

impl One {
    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The lock file that mix takes for it.
    fn lock(&self) -> PathBuf {
        let named = self.file.lockfile.as_deref().and_then(|named| within_on_any_system(self.dir(), named));
        named.unwrap_or_else(|| self.dir().join(lock::FILE))
    }

    fn version(&self) -> DeclaredVersion {
        let path = self.path.display().to_string();
        match self.file.version.clone() {
            Version::Written(version, line) => DeclaredVersion::Static { version, path, line },
            Version::Computed => DeclaredVersion::Dynamic(format!("{path} computes its version")),
            Version::Absent => DeclaredVersion::Absent,
        }
    }

    fn row(&self, world: &World, declared: &Declared, lock: Result<&Lock, &Pin>) -> Dependency {
        let exact = match &declared.source {
            Source::Path(Some(path)) => fixed::local(world, self.dir(), path, FILE),
            Source::Path(None) => Pin::Unproven(format!("{} computes its path", self.path.display())),
            Source::Git { reference: Some(reference), .. } if is_commit(reference) => Pin::Pinned,
            Source::Git { .. } => Pin::Loose("it follows a git reference, not a revision".to_owned()),
            Source::Hex if declared.requirement.as_deref().is_some_and(is_exact) => Pin::Pinned,
            Source::Hex => Pin::Loose("it is not == X.Y.Z".to_owned()),
        };
        let lock = match (&declared.source, lock) {
            (Source::Path(_), _) => exact.clone(),
            (_, Ok(lock)) => lock.judge(declared),
            (_, Err(pin)) => pin.clone(),
        };
        Dependency {
            name: declared.name.clone(),
            requirement: declared.shown(),
            scope: Scope::Runtime,
            path: self.path.display().to_string(),
            line: Some(declared.line),
            exact,
            lock,
        }
    }
}

impl Declared {
    fn shown(&self) -> String {
        let source = match &self.source {
            Source::Hex => None,
            Source::Git { url, .. } => url.clone(),
            Source::Path(path) => path.clone(),
        };
        self.requirement.clone().or(source).unwrap_or_default()
    }
}

fn is_exact(requirement: &str) -> bool {
    let (word, version) = comparators::split(requirement);
    word == "==" && semver::Version::parse(version).is_ok()
}

/// The applications of an umbrella.
fn applications(world: &World, top: &One, manifest: &mut Manifest) -> Vec<One> {
    let Some(folder) = top.file.apps_path.as_deref().and_then(|apps| within_on_any_system(top.dir(), apps)) else {
        return Vec::new();
    };
    let names = match world.listed(&folder) {
        Ok(names) => names,
        Err(error) => {
            manifest.unproven.push(error.about(&folder.display().to_string()));
            return Vec::new();
        }
    };
    let paths = names.into_iter().filter(|(_, kind)| *kind == Listed::Folder);
    let paths = paths.map(|(name, _)| folder.join(name).join(FILE)).filter(|path| world.has(path));
    let mut applications = Vec::new();
    for path in paths {
        match world.drafted(&path, SIZE_LIMIT) {
            Ok(text) => {
                manifest.unproven.extend(text.note(&path.display().to_string()));
                let one = One { path, file: Mixfile::parse(&text.content) };
                manifest.members.push(Member::own(one.path.clone(), one.version()));
                applications.push(one);
            }
            Err(error) => manifest.unproven.push(error.about(&path.display().to_string())),
        }
    }
    applications
}

/// All that the lock file has beside what is declared: whichever of it the program asks for.
fn everything(lock: &Lock, path: &Path, all: &[&One]) -> Vec<Dependency> {
    let declared: HashSet<_> = all.iter().flat_map(|one| &one.file.declared).map(|one| one.name.as_str()).collect();
    let others = lock.entries().iter().filter(|entry| !declared.contains(entry.name.as_str()));
    let row = |entry: &lock::Entry| Dependency {
        name: entry.name.clone(),
        requirement: String::new(),
        scope: Scope::Runtime,
        path: path.display().to_string(),
        line: Some(entry.line),
        exact: Pin::Loose(format!("{FILE} computes its dependencies")),
        lock: lock.pin(&entry.name),
    };
    others.map(row).collect()
}

fn undecided(pin: &Pin, lock: &Path) -> String {
    let next = format!("the lock file decides: `mix deps.get` writes {}, and git must have it", lock.display());
    match pin {
        Pin::Unproven(why) | Pin::Loose(why) => format!("{FILE} computes its dependencies; {why}; {next}"),
        _ => format!("{FILE} computes its dependencies; {next}"),
    }
}
