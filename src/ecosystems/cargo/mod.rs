//! Rust's manifests: Cargo.toml, its workspace, and Cargo.lock.

use std::path::Path;

use semver::{Op, VersionReq};

use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope};
use crate::ecosystems::fixed::is_commit;
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::world::{Refused, World};

mod config;
mod lock;
mod manifest;
mod workspace;

use config::Config;
pub(crate) use lock::listed;
use lock::{Asked, Lock};
use manifest::{Declared, Package, Source};
use workspace::Workspace;

/// The manifest's name.
const FILE: &str = "Cargo.toml";

/// Reads the Cargo.toml at `path` (relative to the root) whose text is `text`, the members of its workspace and the
/// lock file.
///
/// # Errors
/// Syntax errors and values of the wrong type, in this manifest and in those that belong to it.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let asked = Package::parse(path, text)?;
    let workspace = Workspace::read(world, asked)?;
    let own: Vec<_> = workspace.packages.iter().filter_map(|package| package.name.as_deref()).collect();
    let lock = Lock::beside(world, workspace.root().dir(), &own);
    let config = Config::of(world, workspace.root().dir())?;
    let judge = Judge { world, workspace: &workspace, lock: &lock, config: &config };
    let mut dependencies: Vec<_> = workspace.packages.iter().flat_map(|package| judge.package(package)).collect();
    dependencies.extend(judge.configured());
    let name = workspace.asked().name.clone();
    let (members, version) = (workspace.members(), workspace.version());
    let stated = name.as_deref().and_then(|name| lock.own_version(name)).into_iter().collect();
    let faults = stale_members(&workspace, &members, &lock);
    let unproven = workspace.unproven.iter().chain(&config.unproven).cloned().collect();
    Ok(Manifest {
        name,
        version,
        stated,
        members,
        dependencies,
        faults,
        unproven,
        notes: config.notes,
        ..Manifest::default()
    })
}

/// The members that the lock file has in another version: `cargo --locked` refuses it then. (The asked package's own version is
/// held to the release's.)
fn stale_members(workspace: &Workspace, members: &[Member], lock: &Lock) -> Vec<Fault> {
    let packages = workspace.packages.iter().skip(1).zip(members);
    let stale = packages.filter_map(|(package, member)| {
        let (name, DeclaredVersion::Static { version, path, .. }) = (package.name.as_deref()?, &member.version) else {
            return None;
        };
        let locked = lock.other_version(name, version)?;
        let what = format!("{} is out of date: it has {name} {}, {path} {version}", locked.path, locked.version);
        Some(Fault { path: locked.path, line: locked.line, what })
    });
    stale.collect()
}

/// Tells how firmly each dependency is pinned.
struct Judge<'a> {
    world: &'a World,
    workspace: &'a Workspace,
    lock: &'a Lock,
    config: &'a Config,
}

impl Judge<'_> {
    fn package(&self, package: &Package) -> Vec<Dependency> {
        let declared = package.dependencies.iter().map(|declared| self.dependency(package, declared));
        // Cargo obeys the patches of the workspace's root only.
        let is_root = package.path == self.workspace.root().path;
        let replacements = package.replacements.iter().filter(|_| is_root);
        declared.chain(replacements.map(|one| self.replacement(package.shown(), package.dir(), one))).collect()
    }

    /// What the configuration puts in the place of packages.
    fn configured(&self) -> Vec<Dependency> {
        let of_file = |file: &config::File| {
            let patches = file.patches.iter().map(|declared| self.replacement(file.shown.clone(), &file.dir, declared));
            let paths = file.paths.iter().map(|(path, line)| {
                let pin = self.path(&file.dir, path);
                Dependency {
                    name: "paths".to_owned(),
                    requirement: path.clone(),
                    scope: Scope::Build,
                    path: file.shown.clone(),
                    line: Some(*line),
                    exact: pin.clone(),
                    lock: pin,
                }
            });
            patches.chain(paths).collect::<Vec<_>>()
        };
        self.config.files.iter().flat_map(of_file).collect()
    }

    fn asked<'d>(&'d self, declared: &'d Declared, patched: bool) -> Asked<'d> {
        let index = declared.registry.as_deref().and_then(|registry| self.config.index(registry));
        Asked { declared, index, patched }
    }

    fn dependency(&self, package: &Package, written: &Declared) -> Dependency {
        let (declared, dir) = self.workspace.resolved(package, written);
        let exact = self.exact(declared, dir);
        let patches = self.workspace.root().replacements.iter().chain(self.config.patches());
        let patched = patches.into_iter().any(|patch| patch.package == declared.package);
        let lock = match declared.source {
            Source::Path(_) => exact.clone(),
            _ => self.lock.pins(package, &self.asked(declared, patched)),
        };
        row(package.shown(), declared, written, (exact, lock))
    }

    fn replacement(&self, shown: String, dir: &Path, declared: &Declared) -> Dependency {
        let exact = self.exact(declared, dir);
        let lock = match declared.source {
            Source::Path(_) => exact.clone(),
            _ => self.lock.pins_replacement(&self.asked(declared, false)),
        };
        row(shown, declared, declared, (exact, lock))
    }

    /// Whether the declaration alone fixes the package.
    fn exact(&self, declared: &Declared, dir: &Path) -> Pin {
        if let Some(bad) = declared.requirement.as_deref().filter(|text| VersionReq::parse(text).is_err()) {
            return Pin::Loose(format!("'{bad}' is not a version requirement"));
        }
        match &declared.source {
            Source::Inherited => Pin::Loose("the workspace does not declare it".to_owned()),
            Source::Path(path) => self.path(dir, path),
            Source::Git { rev: Some(rev), .. } if is_commit(rev) => Pin::Pinned,
            Source::Git { rev: Some(_), .. } => Pin::Loose("its rev is not a full commit id".to_owned()),
            Source::Git { .. } => Pin::Loose("it follows a git reference, not a rev".to_owned()),
            Source::Registry if declared.requirement.as_deref().is_some_and(is_exact) => Pin::Pinned,
            Source::Registry => Pin::Loose("it is not =X.Y.Z".to_owned()),
        }
    }

    /// A package of this repository is what the release is; one outside is not.
    fn path(&self, dir: &Path, path: &str) -> Pin {
        match within(dir, path).map(|path| path.join(FILE)) {
            None => Pin::Loose("its path leaves the repository".to_owned()),
            Some(path) => match self.world.part(&path) {
                Ok(_) => Pin::Pinned,
                Err(error @ (Refused::Missing | Refused::Untracked(_))) => {
                    Pin::Loose(error.about(&path.display().to_string()))
                }
                Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
            },
        }
    }
}

fn row(path: String, declared: &Declared, written: &Declared, (exact, lock): (Pin, Pin)) -> Dependency {
    Dependency {
        name: written.key.clone(),
        requirement: shown(declared),
        scope: written.scope,
        path,
        line: Some(written.line),
        exact,
        lock,
    }
}

fn shown(declared: &Declared) -> String {
    match (&declared.requirement, &declared.source) {
        (Some(requirement), _) => requirement.clone(),
        (None, Source::Git { url, rev, reference }) => {
            let rev = rev.as_ref().map(|rev| format!("rev {rev}"));
            let reference = rev.or_else(|| reference.clone()).map(|text| format!(", {text}"));
            format!("{url}{}", reference.unwrap_or_default())
        }
        (None, Source::Path(path)) => path.clone(),
        (None, Source::Registry | Source::Inherited) => String::new(),
    }
}

/// Whether a version requirement allows one version only (build metadata aside, which no registry has twice).
fn is_exact(requirement: &str) -> bool {
    let Ok(requirement) = VersionReq::parse(requirement) else { return false };
    requirement.comparators.iter().any(|one| one.op == Op::Exact && one.minor.is_some() && one.patch.is_some())
}
