//! `safe.directory`: the repositories of other users that this one trusts. libgit2 knows neither its patterns nor the
//! configuration that variables name, and refuses what git opens.

use std::env::var_os;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use git2::{Config, Error, ErrorCode, Repository as Handle, RepositoryOpenFlags};

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
    let named = |variable: &str| var_os(variable).map(PathBuf::from);
    let system = named("GIT_CONFIG_SYSTEM").or_else(|| Config::find_system().ok());
    let users = match named("GIT_CONFIG_GLOBAL") {
        Some(file) => vec![file],
        None => [Config::find_xdg(), Config::find_global()].into_iter().flatten().collect(),
    };
    let files = system.into_iter().chain(users);
    files.flat_map(|file| values_in(&file).unwrap_or_default()).chain(values_of_variables()).collect()
}

fn values_in(file: &Path) -> Result<Vec<String>, Error> {
    let config = Config::open(file)?;
    let mut values = Vec::new();
    // A key without a value is as good as an empty one.
    config.multivar(KEY, None)?.for_each(|entry| values.push(entry.value().unwrap_or_default().to_owned()))?;
    Ok(values)
}

/// `GIT_CONFIG_COUNT`, and as many pairs of `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`.
fn values_of_variables() -> Vec<String> {
    let text = |name: &str| var_os(name).map(OsString::into_string)?.ok();
    let count: usize = text("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    let pairs = (0..count)
        .map_while(|n| Some((text(&format!("GIT_CONFIG_KEY_{n}"))?, text(&format!("GIT_CONFIG_VALUE_{n}"))?)));
    pairs.filter(|(key, _)| key.eq_ignore_ascii_case(KEY)).map(|(_, value)| value).collect()
}
