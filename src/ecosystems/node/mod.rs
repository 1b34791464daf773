//! Node's manifests and lock files: npm, pnpm, Yarn and Bun.

use std::path::Path;

use typed_arena::Arena;

use super::{DeclaredVersion, Manifest, Member};
use crate::model::problem::Problem;
use crate::world::World;
pub(crate) use lock::{has_strong_hash, listed};
pub(super) use patterns::Patterns;
use pins::Pins;
use registries::Registries;
pub(super) use requirement::{is_exact, meets};
use workspace::Workspace;

mod catalogs;
mod locals;
mod lock;
mod overrides;
mod package_json;
mod paths;
mod patterns;
mod pins;
mod registries;
mod requirement;
mod settings;
mod workspace;

/// The manifest's name.
const MANIFEST: &str = "package.json";

/// Reads a package.json; at the top of a workspace its members' dependencies count, too.
///
/// # Errors
/// Every problem of the manifest and of the members' manifests.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let package = package_json::read(path, text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let workspace = Workspace::of(world, folder, &package)?;
    let texts = Arena::new();
    let pins = Pins::new(world, &workspace, &texts);
    let mut dependencies = pins.of(&pins::Manifest { path, folder, package: &package, is_local: false });
    let members = if workspace.folder == folder { &workspace.members[..] } else { &[] };
    let others = members.iter().map(|member| (member, false)).chain(workspace.locals.iter().map(|local| (local, true)));
    for (other, is_local) in others {
        let path = other.folder.join(MANIFEST);
        let package = &other.package;
        dependencies.extend(pins.of(&pins::Manifest { path: &path, folder: &other.folder, package, is_local }));
    }
    if workspace.folder == folder {
        dependencies.extend(pins.configured());
    }
    let version = stated(package.version.clone(), path);
    let locks = pins.locks(folder);
    let stated = if locks.folder() == folder { locks.stated() } else { Vec::new() };
    let mut notes = locks.stale_members(&workspace.members);
    notes.extend(pins.strays(members.iter().map(|member| member.folder.as_path()).chain([folder])));
    let mut unproven = workspace.unproven.clone();
    let registries = Registries::read(world, locks.folder()).unwrap_or_else(|why| {
        unproven.push(why);
        Registries::default()
    });
    let sources = locks.sources(&registries, &workspace.beside());
    notes.extend(sources.notes);
    unproven.extend(sources.unproven);
    unproven.extend(locks.unseen(&workspace.beside()));
    let faults = sources.faults;
    let members = members.iter().chain(&workspace.locals).map(member).collect();
    Ok(Manifest {
        name: package.name,
        version,
        stated,
        members,
        dependencies,
        faults,
        unproven,
        notes,
        ..Manifest::default()
    })
}

fn stated(version: Option<(String, usize)>, path: &Path) -> DeclaredVersion {
    match version {
        Some((version, line)) => DeclaredVersion::Static { version, path: path.display().to_string(), line },
        None => DeclaredVersion::Absent,
    }
}

fn member(member: &workspace::Member) -> Member {
    let path = member.folder.join(MANIFEST);
    let version = stated(member.package.version.clone(), &path);
    Member::own(path, version)
}
