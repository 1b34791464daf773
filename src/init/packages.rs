//! The packages of a workspace: what is released at its top may be one of them, and not the top itself.

use std::path::{Path, PathBuf};

use super::described::{Described, Nature};
use super::facts::{changelog_with_entries, declared};
use super::tags;
use crate::ecosystems::Member;
use crate::ecosystems::manifests::Loaded;
use crate::world::World;

/// How many packages are told.
pub(crate) const LIMIT: usize = 50;

/// A package of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its folder, relative to the directory of release.yaml.
    pub folder: String,
    /// The name that its manifest has.
    pub name: Option<String>,
    /// Whether nobody publishes it.
    pub is_private: bool,
    /// The version that it declares, where it is one that a release can have.
    pub version: Option<String>,
    /// Its own changelog, relative to its folder; of those that are told.
    pub changelog: Option<String>,
    /// The newest of the tags that have its name or that of its folder; of those that are told.
    pub tag: Option<String>,
}

fn words(name: Option<&str>, folder: &Path) -> Vec<String> {
    let last = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    name.map(str::to_owned).into_iter().chain(last).collect()
}

/// The packages of the workspaces that begin in the world's directory, in the order of their folders.
pub(super) fn look(world: &World, loaded: &[Loaded], tag_names: &[String]) -> Vec<Package> {
    let members = loaded.iter().flat_map(|one| &one.manifest.members);
    let mut folders: Vec<(PathBuf, &Member)> = members
        .filter_map(|member| Some((member.path.parent()?.strip_prefix(&world.dir).ok()?.to_owned(), member)))
        .filter(|(folder, _)| folder != Path::new(""))
        .collect();
    folders.sort_by(|one, other| one.0.cmp(&other.0));
    folders.dedup_by(|one, other| one.0 == other.0);
    let packages = folders.into_iter().enumerate();
    let details = |at: usize| (at < LIMIT).then_some(tag_names);
    packages.map(|(at, (folder, member))| package(world, &folder, member, details(at))).collect()
}

/// One package. Its changelog and its tags are looked for among the names of tags, where there is somebody to be told.
fn package(world: &World, folder: &Path, member: &Member, tag_names: Option<&[String]>) -> Package {
    let described = Described::read(world, &member.path);
    let name = described.as_ref().and_then(Described::name);
    let words = words(name.as_deref(), folder);
    Package {
        folder: folder.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        version: declared(&member.version),
        changelog: tag_names.and_then(|_| changelog_with_entries(world, &world.dir.join(folder))),
        is_private: described.is_none_or(|described| described.nature() == Nature::Unpublished),
        tag: tag_names.and_then(|names| tags::newest_of(names, &words)),
        name,
    }
}
