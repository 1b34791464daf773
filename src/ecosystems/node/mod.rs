//! Node's manifests and lock files: npm, pnpm, Yarn and Bun.

use std::path::Path;

use super::{DeclaredVersion, Manifest};
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
    let version = match package.version {
        Some((version, line)) => DeclaredVersion::Static { version, path: path.display().to_string(), line },
        None => DeclaredVersion::Absent,
    };
    Ok(Manifest { name: package.name, version, dependencies, unproven: workspace.unproven.clone() })
}
