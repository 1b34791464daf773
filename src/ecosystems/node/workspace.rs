//! The workspace that a package.json is the top or a member of.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::catalogs::Catalogs;
use super::overrides::Overrides;
use super::package_json::{self, Package};
use super::patterns::Patterns;
use super::settings::{self, Settings};
use super::{MANIFEST, paths};
use crate::ecosystems::manifests::SIZE_LIMIT;
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
    by_name: HashMap<String, usize>,
    pub(super) catalogs: Catalogs,
    overrides: Overrides,
    /// The top manifest's requirements: an override may refer to them.
    requirements: HashMap<String, String>,
    links_ranges: bool,
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
        let patterns = patterns(package, &own);
        if !patterns.is_empty() {
            return Self::new(folder, package, own, unproven).with_members(world, patterns);
        }
        for above in folder.ancestors().skip(1) {
            if let Some((top, settings)) = read_top(world, above, &mut unproven) {
                let patterns = self::patterns(&top, &settings);
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
        Self { folder, overrides, catalogs, requirements, links_ranges, unproven, ..Self::default() }
    }

    fn with_members(mut self, world: &World, patterns: Patterns) -> Result<Self, Vec<Problem>> {
        let folders = patterns.find(world, &self.folder).unwrap_or_else(|why| {
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

    /// What replaces a requirement, if something does.
    pub(super) fn override_of(&self, name: &str, requirement: &str) -> Option<&str> {
        let text = self.overrides.get(name, requirement)?;
        match text.strip_prefix('$') {
            Some(reference) => self.requirements.get(reference).map(String::as_str),
            None => Some(text),
        }
    }
}

fn patterns(package: &Package, settings: &Settings) -> Patterns {
    Patterns::new(package.workspaces.iter().chain(&settings.packages))
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
