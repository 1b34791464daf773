//! The workspace that a package.json is the top or a member of.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

use foldhash::HashMap;

use super::catalogs::Catalogs;
use super::lock::{self, Beside};
use super::overrides::Overrides;
use super::package_json::{self, Package};
use super::patterns::Patterns;
use super::requirement::Requirement;
use super::settings::{self, Configured, Settings};
use super::{MANIFEST, paths};
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::world::{Refused, World};

/// How many members are read.
const MEMBER_LIMIT: usize = 2_000;

/// What a workspace decides for its manifests. A package without one is a workspace of its own.
#[derive(Default)]
pub(super) struct Workspace {
    /// The folder of its top manifest, relative to the root.
    pub(super) folder: PathBuf,
    pub(super) members: Vec<Member>,
    /// The packages that dependencies of these lead to by a path, and on from there; no members.
    pub(super) locals: Vec<Member>,
    by_name: HashMap<String, usize>,
    /// The name in the top manifest.
    name: Option<String>,
    pub(super) catalogs: Catalogs,
    overrides: Overrides,
    /// The top manifest's requirements: an override may refer to them.
    requirements: HashMap<String, String>,
    links_ranges: bool,
    /// What pnpm installs before all else, by name.
    pub(super) configured: Vec<(String, Configured)>,
    /// What could not be looked at.
    pub(super) unproven: Vec<String>,
}

/// A member other than the top.
pub(super) struct Member {
    /// Relative to the root.
    pub(super) folder: PathBuf,
    pub(super) package: Package,
}

impl Workspace {
    /// Finds the workspace of the package in a folder.
    ///
    /// # Errors
    /// The problems of the members' manifests.
    pub(super) fn of(world: &World, folder: &Path, package: &Package) -> Result<Self, Vec<Problem>> {
        let mut unproven = Vec::new();
        let own = settings(world, folder, &mut unproven);
        let patterns = patterns(world, folder, package, &own);
        let workspace = Self::around(world, folder, package, (own, patterns), unproven)?;
        workspace.with_locals(world, folder, package)
    }

    fn around(
        world: &World,
        folder: &Path,
        package: &Package,
        (own, patterns): (Settings, Patterns),
        mut unproven: Vec<String>,
    ) -> Result<Self, Vec<Problem>> {
        if !patterns.is_empty() {
            return Self::new(folder, package, own, unproven).with_members(world, patterns);
        }
        for above in folder.ancestors().skip(1) {
            if let Some((top, settings)) = read_top(world, above, &mut unproven) {
                let patterns = self::patterns(world, above, &top, &settings);
                let member = paths::below(above, folder).is_some_and(|folder| patterns.select(&folder));
                if member {
                    return Self::new(above, &top, settings, unproven).with_members(world, patterns);
                }
            }
        }
        Ok(Self::new(folder, package, own, unproven))
    }

    fn new(folder: &Path, top: &Package, settings: Settings, unproven: Vec<String>) -> Self {
        let mut overrides = top.overrides.clone();
        overrides.extend(&settings.overrides);
        let mut catalogs = top.catalogs.clone();
        catalogs.extend(&settings.catalogs);
        let requirements = top.declared.iter().map(|d| (d.name.clone(), d.requirement.clone())).collect();
        let links_ranges = settings.links_ranges;
        let folder = folder.to_owned();
        let (name, configured) = (top.name.clone(), settings.configured);
        Self { folder, name, configured, overrides, catalogs, requirements, links_ranges, unproven, ..Self::default() }
    }

    fn with_members(mut self, world: &World, patterns: Patterns) -> Result<Self, Vec<Problem>> {
        let folders = patterns.find(world, &self.folder, &[MANIFEST]).unwrap_or_else(|why| {
            self.unproven.push(why);
            Default::default()
        });
        if folders.len() > MEMBER_LIMIT {
            self.unproven.push(format!("the workspace has more than {MEMBER_LIMIT} members"));
        }
        self.unproven.extend(patterns.refused);
        let mut problems = Vec::new();
        for folder in folders.into_iter().take(MEMBER_LIMIT) {
            match member(world, folder) {
                Ok(Ok(member)) => self.add(member),
                Ok(Err(why)) => self.unproven.push(why),
                Err(mut more) => problems.append(&mut more),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Reads what `file:` leads to: a package manager installs what such a package needs, too.
    ///
    /// # Errors
    /// The problems of the manifests there.
    fn with_locals(mut self, world: &World, folder: &Path, package: &Package) -> Result<Self, Vec<Problem>> {
        let mut seen = HashSet::from([folder.to_owned(), self.folder.clone()]);
        seen.extend(self.members.iter().map(|member| member.folder.clone()));
        let mut waiting: VecDeque<_> = package.folders(folder).collect();
        if self.folder == folder {
            waiting.extend(self.members.iter().flat_map(|member| member.package.folders(&member.folder)));
        }
        while let Some(folder) = waiting.pop_front() {
            if !seen.insert(folder.clone()) || !world.has(&folder.join(MANIFEST)) {
                continue;
            }
            if self.locals.len() == MEMBER_LIMIT {
                self.unproven.push(format!("more than {MEMBER_LIMIT} packages are taken by their path"));
                break;
            }
            match member(world, folder)? {
                Ok(local) => {
                    waiting.extend(local.package.folders(&local.folder));
                    self.locals.push(local);
                }
                Err(why) => self.unproven.push(why),
            }
        }
        Ok(self)
    }

    fn add(&mut self, member: Member) {
        if let Some(name) = &member.package.name {
            self.by_name.insert(name.clone(), self.members.len());
        }
        self.members.push(member);
    }

    /// The version of the member that a plain range of this name means.
    pub(super) fn linked_version(&self, name: &str) -> Option<&str> {
        let member = self.by_name.get(name).filter(|_| self.links_ranges).and_then(|at| self.members.get(*at))?;
        Some(member.package.version.as_ref().map_or("0.0.0", |(version, _)| version.as_str()))
    }

    /// Whether what follows `workspace:` means a member: a range of the package itself, a name and a range, or a path.
    pub(super) fn has(&self, folder: &Path, name: &str, rest: &str) -> bool {
        let is_folder = |path: Option<PathBuf>| {
            path.is_some_and(|path| path == self.folder || self.members.iter().any(|member| member.folder == path))
        };
        let alias = rest.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| &rest[..at]);
        let name = alias.unwrap_or(name);
        self.by_name.contains_key(name)
            || self.name.as_deref() == Some(name)
            || is_folder(within_on_any_system(folder, rest))
            || is_folder(within_on_any_system(&self.folder, rest))
    }

    /// What lock files are to know of the manifests.
    pub(super) fn beside(&self) -> Beside {
        let members = self.by_name.keys().chain(&self.name).cloned().collect();
        Beside { replaced: self.overrides.anywhere().clone(), members, catalogs: self.catalogs.clone() }
    }

    /// What replaces a requirement, if something does.
    pub(super) fn override_of(&self, name: &str, requirement: &str) -> Option<&str> {
        let text = self.overrides.get(name, requirement)?;
        match text.strip_prefix('$') {
            Some(reference) => self.requirements.get(reference).map(String::as_str),
            None => Some(text),
        }
    }
}

impl Package {
    /// The folders that its dependencies lead to. What `link:` leads to is only linked: nobody installs what it needs.
    fn folders<'p>(&'p self, folder: &'p Path) -> impl Iterator<Item = PathBuf> + 'p {
        let linked = self.declared.iter().filter(|declared| !declared.requirement.trim().starts_with("link:"));
        linked.filter_map(move |declared| match Requirement::parse(&declared.requirement) {
            Requirement::Local(path) => within_on_any_system(folder, &path),
            _ => None,
        })
    }
}

fn patterns(world: &World, folder: &Path, package: &Package, settings: &Settings) -> Patterns {
    // pnpm says of `workspaces` that it does not support it, and takes from a registry what it would mean.
    let of_manifest = match package.workspaces.as_slice() {
        workspaces if !workspaces.is_empty() && lock::is_of_pnpm(world, folder) => &[],
        workspaces => workspaces,
    };
    Patterns::new(of_manifest.iter().chain(&settings.packages))
}

fn settings(world: &World, folder: &Path, unproven: &mut Vec<String>) -> Settings {
    settings::read(world, folder).unwrap_or_else(|why| {
        unproven.push(why);
        Settings::default()
    })
}

/// What may be the top of the workspace, in a folder above.
fn read_top(world: &World, folder: &Path, unproven: &mut Vec<String>) -> Option<(Package, Settings)> {
    let path = folder.join(MANIFEST);
    if !world.has(&path) && !world.has(&folder.join(settings::PNPM)) {
        return None;
    }
    let text = world.drafted(&path, SIZE_LIMIT);
    let package = match text.map(|text| package_json::read(&path, &text.content)) {
        Ok(Ok(package)) => package,
        Ok(Err(_)) => {
            unproven.push(format!("{}: it is not a valid package.json", path.display()));
            return None;
        }
        Err(Refused::Missing | Refused::Untracked(None)) => Package::default(),
        Err(error) => {
            unproven.push(error.about(&path.display().to_string()));
            return None;
        }
    };
    Some((package, settings(world, folder, unproven)))
}

type Read = Result<Result<Member, String>, Vec<Problem>>;

/// A member, or why it does not count.
fn member(world: &World, folder: PathBuf) -> Read {
    let path = folder.join(MANIFEST);
    let shown = path.display().to_string();
    match world.drafted(&path, SIZE_LIMIT) {
        // Where git cannot tell, the checks that need it say so.
        Ok(text) => match text.note(&shown) {
            Some(note) => Ok(Err(note)),
            None => package_json::read(&path, &text.content).map(|package| Ok(Member { folder, package })),
        },
        Err(error) => Ok(Err(error.about(&shown))),
    }
}
