//! Where records are kept and for how long: a flag, then the environment, then the defaults.

use std::path::{Component, Path, PathBuf};

use super::store::StoreError;
use crate::system::environment::Environment;
use crate::system::files::Root;

/// The directory of records, and its older name.
pub const DIRECTORY: [&str; 2] = ["DELIVERY_GATE_ARTIFACT_DIR", "SPANFORGE_GATE_ARTIFACT_DIR"];

/// How long records are kept, in days, and its older name.
pub const RETENTION: [&str; 2] = ["DELIVERY_GATE_ARTIFACT_RETENTION_DAYS", "SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS"];

/// The directory of records, relative to the repository.
pub const DEFAULT_DIRECTORY: &str = ".delivery-gate/artifacts";

/// Three months, in days.
pub const DEFAULT_RETENTION: u32 = 90;

/// The longest retention, in days: a century.
pub const MAX_RETENTION: u32 = 36_525;

/// Where records are kept. A flag may name any directory; a relative path from the environment starts at the repository.
///
/// # Errors
/// The directory is meant to be in the repository, and a symbolic link there leads out of it.
pub fn directory(flag: Option<&Path>, environment: &Environment, root: &Root) -> Result<PathBuf, StoreError> {
    if let Some(path) = flag {
        return Ok(path.to_owned());
    }
    let path = Path::new(first(environment, DIRECTORY).map_or(DEFAULT_DIRECTORY, |(_, value)| value));
    let whole = root.path().join(path);
    let meant_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if meant_inside && !stays_inside(&whole, root) { Err(StoreError::Leaves(whole)) } else { Ok(whole) }
}

/// Whether the part of a path that exists really is in the root; a link to nowhere is not.
fn stays_inside(path: &Path, root: &Root) -> bool {
    let there = path.ancestors().find(|part| part.symlink_metadata().is_ok());
    let inside = |part: &Path| root.resolve(part.strip_prefix(root.path()).ok()?).ok();
    there.and_then(inside).is_some()
}

/// For how many days records are kept.
///
/// # Errors
/// What the variable should have said.
pub fn retention_days(environment: &Environment) -> Result<u32, String> {
    let Some((name, value)) = first(environment, RETENTION) else { return Ok(DEFAULT_RETENTION) };
    days(value).map_err(|why| format!("{name}: {why}"))
}

/// Reads a number of days.
///
/// # Errors
/// What it should be.
pub fn days(text: &str) -> Result<u32, String> {
    let number = text.trim().parse().ok().filter(|days| *days <= MAX_RETENTION);
    number.ok_or_else(|| format!("`{text}` is not a number of days from 0 to {MAX_RETENTION}"))
}

fn first<'e>(environment: &'e Environment, names: [&'static str; 2]) -> Option<(&'static str, &'e str)> {
    names.into_iter().find_map(|name| Some((name, environment.get(name)?)))
}
