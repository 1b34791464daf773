//! The packages of a workspace: what is released at its top may be one of them, and not the top itself.

use std::path::{Path, PathBuf};

use super::described::Described;
use super::facts::{changelog_with_entries, declared};
use super::tags;
use crate::ecosystems::Member;
use crate::ecosystems::manifests::Loaded;
use crate::world::World;

/// How many packages are told.
const LIMIT: usize = 50;

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
    /// Its own changelog, relative to its folder.
    pub changelog: Option<String>,
    /// The newest of the tags that have its name or that of its folder.
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
    folders.into_iter().take(LIMIT).map(|(folder, member)| package(world, &folder, member, tag_names)).collect()
}

fn package(world: &World, folder: &Path, member: &Member, tag_names: &[String]) -> Package {
    let described = Described::read(world, &member.path);
    let name = described.as_ref().and_then(Described::name);
    let words = words(name.as_deref(), folder);
    Package {
        folder: folder.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        version: declared(&member.version),
        changelog: changelog_with_entries(world, &world.dir.join(folder)),
        is_private: described.is_some_and(|described| described.is_private()),
        tag: tags::newest_of(tag_names, &words),
        name,
    }
}
