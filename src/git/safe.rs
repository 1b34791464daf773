//! `safe.directory`: the repositories of other users that this one trusts. libgit2 knows neither its patterns nor the
//! configuration that variables name, and refuses what git opens.

use std::env::var_os;
use std::path::{Path, PathBuf};

use git2::{Config, Error, ErrorCode, Repository as Handle, RepositoryOpenFlags};

use super::configured::{self, File};
use super::is_set;

const KEY: &str = "safe.directory";

/// Opens the repository whose git folder, or file that names it, is `git` in `folder`.
///
/// # Errors
/// It is none, is damaged, or belongs to a user whom nobody trusts.
pub(super) fn open(folder: &Path, git: &str, flags: RepositoryOpenFlags) -> Result<Handle, Error> {
    let nothing: [&Path; 0] = [];
    match Handle::open_ext(folder.join(git), flags | RepositoryOpenFlags::NO_SEARCH, nothing) {
        Err(error) if error.code() == ErrorCode::Owner && is_trusted(folder) => open_trusted(folder, flags),
        opened => opened,
    }
}

/// The one way that asks for no owner opens every repository as a bare one.
fn open_trusted(folder: &Path, flags: RepositoryOpenFlags) -> Result<Handle, Error> {
    let nothing: [&Path; 0] = [];
    let handle = Handle::open_bare(Handle::discover_path(folder, nothing)?)?;
    let is_own = handle.path() == handle.commondir();
    let is_bare = flags.contains(RepositoryOpenFlags::BARE) || is_own && is_set(&handle, "core.bare") == Some(true);
    if !is_bare {
        handle.set_workdir(folder, false)?;
    }
    Ok(handle)
}

/// The last value that says something of the folder decides.
fn is_trusted(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    values().iter().filter_map(|value| judged(value, &folder)).next_back().unwrap_or(false)
}

/// What one value says: an empty one takes back all before it. `None` where it is about something else.
fn judged(value: &str, folder: &Path) -> Option<bool> {
    match value {
        "" => return Some(false),
        "*" => return Some(true),
        _ => {}
    }
    let path = match value.strip_prefix("~/") {
        Some(rest) => PathBuf::from(var_os("HOME")?).join(rest),
        None => PathBuf::from(value),
    };
    if !path.is_absolute() && value != "." {
        return None;
    }
    let found = match path.file_name() {
        Some(name) if name == "*" => {
            let above = path.parent()?.canonicalize().ok()?;
            folder != above && folder.starts_with(above)
        }
        _ => path.canonicalize().ok()? == folder,
    };
    found.then_some(true)
}

/// The values of the system's, the user's and the variables' configuration, in git's order. The repository's own is not
/// asked.
fn values() -> Vec<String> {
    let system = match configured::system() {
        File::Named(file) => Some(file),
        File::Usual => Config::find_system().ok(),
        File::Nothing => None,
    };
    let users = match configured::users() {
        File::Named(file) => vec![file],
        File::Usual => [Config::find_xdg(), Config::find_global()].into_iter().flatten().collect(),
        File::Nothing => Vec::new(),
    };
    let files = system.into_iter().chain(users).flat_map(|file| values_in(&file).unwrap_or_default());
    files.chain(configured::values_of_variables(KEY)).collect()
}

fn values_in(file: &Path) -> Result<Vec<String>, Error> {
    let config = Config::open(file)?;
    let mut values = Vec::new();
    // A key without a value is as good as an empty one.
    config.multivar(KEY, None)?.for_each(|entry| values.push(entry.value().unwrap_or_default().to_owned()))?;
    Ok(values)
}
