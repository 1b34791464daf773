//! Finding the program that a command names, as the child's environment says.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf, is_separator};

use super::shown;

/// What is said of a program that is nowhere.
pub(crate) const NOT_ON_PATH: &str = "was not found on PATH";

/// Where programs are when no PATH says so.
#[cfg(unix)]
const DEFAULT_PATH: &str = "/usr/bin:/bin";
#[cfg(windows)]
const DEFAULT_PATH: &str = r"C:\Windows\System32";

/// The file to execute. A name is looked for in the folders of `path`; one with a separator is a path from `dir`.
///
/// Entries of `path` that are empty or relative are passed over: they mean the working directory, and what lies there
/// is the content that the gate judges.
///
/// # Errors
/// One line: it was not found, or is nothing that can be executed.
pub(super) fn program(name: &OsStr, dir: &Path, path: Option<&OsStr>) -> Result<PathBuf, String> {
    if name.is_empty() {
        return Err("the command is empty".to_owned());
    }
    if name.to_string_lossy().contains(is_separator) {
        return at(name, dir);
    }
    let folders: Vec<PathBuf> =
        env::split_paths(path.unwrap_or(OsStr::new(DEFAULT_PATH))).filter(|folder| folder.is_absolute()).collect();
    let candidates = || folders.iter().flat_map(|folder| files(&folder.join(name)));
    if let Some(found) = candidates().find(|file| is_executable(file)) {
        return Ok(found);
    }
    match candidates().find(|file| file.is_file()) {
        Some(file) => Err(format!("{} is not executable", shown(file.as_os_str()))),
        None => Err(format!("{} {NOT_ON_PATH}", shown(name))),
    }
}

fn at(name: &OsStr, dir: &Path) -> Result<PathBuf, String> {
    let file = dir.join(name);
    if let Some(found) = files(&file).into_iter().find(|file| is_executable(file)) {
        return Ok(found);
    }
    let problem = if file.is_dir() {
        "is a folder"
    } else if file.exists() {
        "is not executable"
    } else {
        "was not found"
    };
    Err(format!("{} {problem}", shown(name)))
}

/// The files that a name may mean.
#[cfg(unix)]
fn files(file: &Path) -> Vec<PathBuf> {
    vec![file.to_owned()]
}

/// The files that a name may mean: one without an extension is looked for with those of programs.
#[cfg(windows)]
fn files(file: &Path) -> Vec<PathBuf> {
    let with = |extension: &str| file.with_added_extension(extension);
    let extended = ["com", "exe", "bat", "cmd"].map(with);
    if file.extension().is_some() { [vec![file.to_owned()], extended.to_vec()].concat() } else { extended.to_vec() }
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(windows)]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// `tool` in a folder `name`, with a mode.
    fn folder(root: &TempDir, name: &str, mode: u32) -> PathBuf {
        let folder = root.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(mode)).unwrap();
        folder
    }

    fn find(name: &str, dir: &Path, folders: &[&Path]) -> Result<PathBuf, String> {
        program(OsStr::new(name), dir, Some(&env::join_paths(folders).unwrap()))
    }

    #[test]
    fn a_name_is_found_on_the_path_only() {
        let root = TempDir::new().unwrap();
        let [dir, plain, good] = [("dir", 0o755), ("plain", 0o644), ("good", 0o755)].map(|(n, m)| folder(&root, n, m));
        fs::create_dir_all(root.path().join("odd/tool")).unwrap();
        let odd = root.path().join("odd");
        assert_eq!(find("tool", &dir, &[&odd, &plain, &good]), Ok(good.join("tool")));
        assert_eq!(find("tool", &dir, &[&plain]), Err(format!("{}/tool is not executable", plain.display())));
        assert_eq!(find("tool", &dir, &[&odd]), Err("tool was not found on PATH".to_owned()));
        for here in ["", ".", "dir"] {
            assert_eq!(
                find("tool", &dir, &[Path::new(here)]),
                Err("tool was not found on PATH".to_owned()),
                "{here:?}"
            );
        }
        assert_eq!(program(OsStr::new("to\nol"), &dir, None), Err(r"to\u{a}ol was not found on PATH".to_owned()));
        assert!(program(OsStr::new("sh"), &dir, None).unwrap().is_absolute());
        assert_eq!(find("", &dir, &[&good]), Err("the command is empty".to_owned()));
    }

    #[test]
    fn a_path_starts_at_the_working_directory() {
        let root = TempDir::new().unwrap();
        let dir = folder(&root, "dir", 0o755);
        folder(&root, "plain", 0o644);
        assert_eq!(find("./tool", &dir, &[]), Ok(dir.join("./tool")));
        assert_eq!(find(dir.join("tool").to_str().unwrap(), Path::new("/"), &[]), Ok(dir.join("tool")));
        assert_eq!(find("../plain/tool", &dir, &[]), Err("../plain/tool is not executable".to_owned()));
        assert_eq!(find("./none", &dir, &[]), Err("./none was not found".to_owned()));
        assert_eq!(find("../dir", &dir, &[]), Err("../dir is a folder".to_owned()));
    }
}
