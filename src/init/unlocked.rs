//! Libraries without a lock file in git: whoever builds on one locks it, and many have none by intention.

use std::path::{Path, PathBuf};

use super::described::{Described, Nature};
use crate::checks::deps_pinned::Open;
use crate::ecosystems::manifests::Loaded;
use crate::ecosystems::table::Ecosystem;
use crate::world::World;

/// The manifests in a world's directory, relative to it, of libraries whose dependencies no lock file in git pins. Where an
/// application is built of the same workspace, it would lock them, so there is none.
pub(super) fn manifests(world: &World, loaded: &[Loaded]) -> Vec<String> {
    let open = loaded.iter().filter(|one| Open::of(one).count > 0 && !has_lock(world, one.ecosystem));
    let of_libraries = open.filter(|one| {
        let natures: Vec<_> = natures(world, loaded, one.ecosystem);
        natures.contains(&Nature::Library) && !natures.contains(&Nature::Application)
    });
    of_libraries.map(|one| one.shown.clone()).collect()
}

/// A lock file of a workspace stands at its top, which may be above.
pub(super) fn has_lock(world: &World, ecosystem: &Ecosystem) -> bool {
    let here_and_above = || world.dir.ancestors();
    ecosystem.pinning().any(|name| here_and_above().any(|folder| world.has(&folder.join(name))))
}

/// What the manifests of an ecosystem, and the members of their workspaces, are to others.
fn natures(world: &World, loaded: &[Loaded], ecosystem: &Ecosystem) -> Vec<Nature> {
    let own = loaded.iter().filter(|one| one.ecosystem.is(ecosystem));
    let paths = own.flat_map(|one| {
        let members = one.manifest.members.iter().map(|member| member.path.clone());
        std::iter::once(world.dir.join(&one.shown)).chain(members)
    });
    let paths: Vec<PathBuf> = paths.collect();
    paths.iter().filter_map(|path| nature(world, path)).collect()
}

fn nature(world: &World, path: &Path) -> Option<Nature> {
    Described::read(world, path).map(|described| described.nature())
}
