//! Node's manifests and lock files: npm, pnpm, Yarn and Bun.

use std::path::Path;

use super::{DeclaredVersion, Manifest, Member};
use crate::model::problem::Problem;
use crate::world::World;
pub(crate) use lock::listed;
use pins::Pins;
use workspace::Workspace;

mod catalogs;
mod lock;
mod overrides;
mod package_json;
mod paths;
mod patterns;
mod pins;
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
    let pins = Pins::new(world, &workspace);
    let mut dependencies = pins.of(&pins::Manifest { path, folder, package: &package });
    if workspace.folder == folder {
        for member in &workspace.members {
            let path = member.folder.join(MANIFEST);
            dependencies.extend(pins.of(&pins::Manifest {
                path: &path,
                folder: &member.folder,
                package: &member.package,
            }));
        }
    }
    let version = stated(package.version.clone(), path);
    let members = if workspace.folder == folder { workspace.members.iter().map(member).collect() } else { Vec::new() };
    let unproven = workspace.unproven.clone();
    Ok(Manifest { name: package.name, version, members, dependencies, unproven, ..Manifest::default() })
}

fn stated(version: Option<(String, usize)>, path: &Path) -> DeclaredVersion {
    match version {
        Some((version, line)) => DeclaredVersion::Static { version, path: path.display().to_string(), line },
        None => DeclaredVersion::Absent,
    }
}

fn member(member: &workspace::Member) -> Member {
    let path = member.folder.join(MANIFEST);
    Member { version: stated(member.package.version.clone(), &path), path }
}
