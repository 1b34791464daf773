//! How the auditor was called, and how many packages the lock file has that it read.

use std::fs;
use std::path::Path;

use super::super::super::gate::{Job, Left};
use crate::ecosystems::table;
use crate::evidence::advisories::lockfiles;
use crate::evidence::audit::Asked;
use crate::system::files::read_anywhere;

/// The largest file of settings that is read, in bytes.
const SETTINGS_LIMIT: u64 = 1 << 20;

/// The command, the gate's part of its environment, and the settings of npm that it reads.
pub(super) fn of(job: &Job<'_>, left: &Left<'_>) -> Asked {
    let root = job.world.root.path();
    let own = root.join(left.dir).join(".npmrc");
    let variable = |name: &str| left.env.get(name).map(String::as_str).or_else(|| job.world.environment.get(name));
    let user = variable("NPM_CONFIG_USERCONFIG").or_else(|| variable("npm_config_userconfig")).map(str::to_owned);
    let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| format!("{home}/.npmrc"));
    let files =
        [Some((".npmrc".to_owned(), own)), user.or(home).map(|path| ("the user's .npmrc".to_owned(), path.into()))];
    let settings = files.into_iter().flatten().filter_map(|(name, path)| {
        let bytes = read_anywhere(&path, SETTINGS_LIMIT).ok()?;
        Some((name, String::from_utf8_lossy(&bytes).into_owned()))
    });
    Asked { words: left.words.to_vec(), env: left.env.clone(), settings: settings.collect() }
}

/// How many packages the lock file has that stands beside an auditor, by the first part of its name.
///
/// # Errors
/// There is none, or one cannot be read.
pub(super) fn locked(job: &Job<'_>, dir: &Path, stem: &str) -> Result<u64, String> {
    let entries = fs::read_dir(job.world.root.path().join(dir)).map_err(|error| error.to_string())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_lock = |name: &String| name.split('.').next() == Some(stem) && table::looked_up_in(name).is_some();
    let mut there: Vec<_> = names.filter(|name| is_lock(name)).map(|name| dir.join(name)).collect();
    there.sort();
    if there.is_empty() {
        let why = "the auditor does not say what it looked at, and beside it there is no lock file that is read";
        return Err(format!("{why} ({stem})"));
    }
    Ok(lockfiles::read(job.world, &there)?.packages.len() as u64)
}
