//! How firmly a requirement of a package.json is pinned: by itself, and by a lock file.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt};
use typed_arena::Arena;

use super::lock::{Beside, Locks, Wanted, has_strong_hash};
use super::package_json::{Declared, Package, Table};
use super::requirement::{Requirement, commit_of_fragment, is_exact, is_valid, meets};
use super::settings::{self, Configured};
use super::workspace::Workspace;
use super::{locals, paths};
use crate::ecosystems::{Dependency, Pin, Scope};
use crate::world::World;

/// Judges the requirements of a workspace.
pub(super) struct Pins<'a> {
    world: &'a World,
    workspace: &'a Workspace,
    /// Those of the lock files, which stay there.
    texts: &'a Arena<String>,
    beside: Beside,
    locks: RefCell<HashMap<PathBuf, Rc<Locks<'a>>>>,
}

/// A manifest of the workspace.
pub(super) struct Manifest<'a> {
    /// Relative to the root.
    pub(super) path: &'a Path,
    /// Its folder.
    pub(super) folder: &'a Path,
    pub(super) package: &'a Package,
    /// It is not of the workspace: a dependency leads to its folder.
    pub(super) is_local: bool,
}

/// The requirement that counts: overrides and catalogs speak for it.
struct Effective<'a> {
    text: &'a str,
    requirement: Requirement,
}

impl<'a> Effective<'a> {
    fn of(workspace: &'a Workspace, declared: &'a Declared) -> Self {
        let text = workspace.override_of(&declared.name, &declared.requirement).unwrap_or(&declared.requirement);
        let text = workspace.catalogs.resolved(&declared.name, text);
        Self { text, requirement: Requirement::parse(text) }
    }
}

impl<'a> Pins<'a> {
    pub(super) fn new(world: &'a World, workspace: &'a Workspace, texts: &'a Arena<String>) -> Self {
        Self { world, workspace, texts, beside: workspace.beside(), locks: RefCell::default() }
    }

    /// Every requirement of a manifest, in file order.
    pub(super) fn of(&self, manifest: &Manifest<'_>) -> Vec<Dependency> {
        // A lock file in the folder of a local package is not asked where that one is installed for another.
        let locks = self.locks(if manifest.is_local { &self.workspace.folder } else { manifest.folder });
        let mut by_name: HashMap<&str, Vec<&Declared>> = HashMap::new();
        for declared in &manifest.package.declared {
            by_name.entry(&declared.name).or_default().push(declared);
        }
        // What a local package is tested with is installed for itself only.
        let counted = manifest.package.declared.iter().filter(|one| !manifest.is_local || one.table != Table::Dev);
        let judged = counted.map(|declared| {
            let siblings = by_name.get(declared.name.as_str()).map_or(&[][..], Vec::as_slice);
            self.dependency(manifest, &locks, declared, siblings)
        });
        judged.collect()
    }

    /// What pnpm installs before all else: it runs in every installation, so that only a hash fixes it.
    pub(super) fn configured(&self) -> Vec<Dependency> {
        let locks = self.locks(&self.workspace.folder);
        let one = |(name, configured): &(String, Configured)| {
            let (requirement, integrity) = match configured {
                Configured::Version(text) => {
                    text.split_once('+').map_or((text.as_str(), None), |(version, hash)| (version, Some(hash)))
                }
                Configured::Archive { tarball, integrity } => {
                    (tarball.as_deref().unwrap_or_default(), Some(integrity.as_str()))
                }
            };
            let is_fixed = has_strong_hash(integrity);
            let lock = locks.pin(
                &Wanted {
                    importer: "",
                    importer_name: None,
                    name,
                    written: &[requirement],
                    requirement: &Requirement::parse(requirement),
                    dispensable: false,
                    is_optional: false,
                    is_peer: false,
                    is_configured: true,
                },
                &self.beside,
            );
            Dependency {
                name: name.clone(),
                requirement: requirement.to_owned(),
                scope: Scope::Build,
                path: self.workspace.folder.join(settings::PNPM).display().to_string(),
                line: None,
                exact: if is_fixed { Pin::Pinned } else { loose("it has no strong hash") },
                lock,
            }
        };
        self.workspace.configured.iter().map(one).collect()
    }

    fn dependency(
        &self,
        manifest: &Manifest<'_>,
        locks: &Locks<'_>,
        declared: &Declared,
        siblings: &[&Declared],
    ) -> Dependency {
        // A peer is what the same package is in another table: that is where this project takes it from.
        let installed = siblings.iter().find(|d| declared.table == Table::Peer && d.table != Table::Peer).copied();
        let effective = Effective::of(self.workspace, declared);
        let exact = match self.exact(manifest.folder, declared, &effective) {
            Pin::Loose(why) => {
                installed.map_or(Pin::Loose(why.clone()), |d| self.exact_peer(manifest, declared, d, why))
            }
            pin => pin,
        };
        // What is no part of the release is not pinned by what a lock file says of it.
        let lock = if self.is_local(&declared.name, &effective.requirement) {
            exact.clone()
        } else {
            self.locked(manifest, locks, declared, installed, &effective)
        };
        Dependency {
            name: declared.name.clone(),
            requirement: declared.requirement.clone(),
            scope: declared.table.scope(),
            path: manifest.path.display().to_string(),
            line: Some(declared.line),
            exact,
            lock,
        }
    }

    fn exact(&self, folder: &Path, declared: &Declared, effective: &Effective<'_>) -> Pin {
        let pin = match &effective.requirement {
            Requirement::Registry { range, .. } if is_exact(range) => Pin::Pinned,
            requirement @ Requirement::Registry { .. } if self.is_member(&declared.name, requirement) => Pin::Pinned,
            Requirement::Registry { range, .. } if !is_valid(range) => loose("it is not a valid requirement"),
            Requirement::Registry { .. } => loose("it is not an exact version"),
            Requirement::Workspace(rest) => self.in_workspace(folder, &declared.name, rest),
            Requirement::Local(path) => locals::pin(self.world, folder, path),
            Requirement::Git(fragment) if commit_of_fragment(fragment).is_some() => Pin::Pinned,
            Requirement::Git(_) => loose("it names no full commit"),
            Requirement::Url => loose("an archive can change behind its address"),
            Requirement::Catalog(_) => loose("no catalog has it"),
        };
        match pin {
            Pin::Loose(why) if effective.text != declared.requirement => {
                Pin::Loose(format!("`{}` counts, and {why}", effective.text))
            }
            pin => pin,
        }
    }

    fn exact_peer(&self, manifest: &Manifest<'_>, peer: &Declared, installed: &Declared, why: String) -> Pin {
        let effective = Effective::of(self.workspace, installed);
        match (self.exact(manifest.folder, installed, &effective), &effective.requirement) {
            (Pin::Pinned, Requirement::Registry { range, .. }) if !is_exact(range) => Pin::Pinned,
            (Pin::Pinned, Requirement::Registry { range, .. }) => {
                let version = range.trim_start_matches(|c: char| c == '=' || c == 'v' || c.is_whitespace());
                if meets(version.trim_end(), &peer.requirement) { Pin::Pinned } else { Pin::Loose(why) }
            }
            (Pin::Pinned, _) => Pin::Pinned,
            _ => Pin::Loose(why),
        }
    }

    fn is_local(&self, name: &str, requirement: &Requirement) -> bool {
        match requirement {
            Requirement::Workspace(_) | Requirement::Local(_) => true,
            _ => self.is_member(name, requirement),
        }
    }

    /// Whether a plain range means a member of the workspace.
    fn is_member(&self, name: &str, requirement: &Requirement) -> bool {
        match requirement {
            Requirement::Registry { package: None, range } if !is_exact(range) => {
                self.workspace.linked_version(name).is_some_and(|version| meets(version, range))
            }
            _ => false,
        }
    }

    fn in_workspace(&self, folder: &Path, name: &str, rest: &str) -> Pin {
        match self.workspace.unproven.first() {
            _ if self.workspace.has(folder, name, rest) => Pin::Pinned,
            Some(why) => Pin::Unproven(why.clone()),
            None => loose("the workspace has no such member"),
        }
    }

    fn locked(
        &self,
        manifest: &Manifest<'_>,
        locks: &Locks<'_>,
        declared: &Declared,
        installed: Option<&Declared>,
        effective: &Effective<'_>,
    ) -> Pin {
        let importer = if manifest.is_local {
            paths::way(locks.folder(), manifest.folder)
        } else {
            let Some(importer) = paths::below(locks.folder(), manifest.folder) else { return loose("no lock file") };
            importer
        };
        let overridden = self.workspace.override_of(&declared.name, &declared.requirement);
        let mut written = vec![declared.requirement.as_str(), effective.text];
        written.extend(overridden);
        if let Some(installed) = installed {
            written.extend([installed.requirement.as_str(), Effective::of(self.workspace, installed).text]);
        }
        let optional = declared.table == Table::Peer && manifest.package.optional_peers.contains(&declared.name);
        let wanted = Wanted {
            importer: &importer,
            importer_name: manifest.package.name.as_deref(),
            name: &declared.name,
            written: &written,
            requirement: &effective.requirement,
            // Nothing installs an optional peer, so nothing is left open when the lock file has none.
            dispensable: optional && installed.is_none(),
            is_optional: declared.table == Table::Optional,
            is_peer: declared.table == Table::Peer && installed.is_none(),
            is_configured: false,
        };
        locks.pin(&wanted, &self.beside)
    }

    /// The lock files that decide for a manifest: those of its workspace where they cover it, else those beside it.
    pub(super) fn locks(&self, folder: &Path) -> Rc<Locks<'a>> {
        let own = self.read(folder);
        let shared = self.read(&self.workspace.folder);
        let covers = || paths::below(shared.folder(), folder).is_some_and(|importer| shared.covers(&importer));
        if own.is_empty() || covers() { shared } else { own }
    }

    /// The lock files of members that nothing reads.
    pub(super) fn strays<'f>(&self, folders: impl Iterator<Item = &'f Path>) -> Vec<String> {
        let strays = folders.filter(|folder| self.locks(folder).folder() != *folder).flat_map(|folder| {
            let own = self.read(folder);
            own.names()
                .map(|name| format!("{name} is not read: the lock file of the workspace decides"))
                .collect::<Vec<_>>()
        });
        strays.collect()
    }

    fn read(&self, folder: &Path) -> Rc<Locks<'a>> {
        let mut known = self.locks.borrow_mut();
        let locks =
            known.entry(folder.to_owned()).or_insert_with(|| Rc::new(Locks::read(self.world, self.texts, folder)));
        Rc::clone(locks)
    }
}

fn loose(why: &str) -> Pin {
    Pin::Loose(why.to_owned())
}
