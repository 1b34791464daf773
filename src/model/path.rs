//! Paths by their names alone: nothing on a disk is asked.

use std::path::{Component, Path, PathBuf};

/// `path` as seen from `folder`, without `.` and `..`. `None` where it begins at a root, or leads above the place where
/// `folder` begins, be it only to come back.
#[must_use]
pub(crate) fn within(folder: &Path, path: impl AsRef<Path>) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

/// A folder as it is compared: `packages/cli` of `./packages/cli/`, `.` of the place where it is written. `None` where it leads
/// out of that, or is no text.
#[must_use]
pub(crate) fn folder_of(written: &str) -> Option<String> {
    let folder = within(Path::new(""), written)?;
    let folder = folder.to_str()?.replace('\\', "/");
    Some(if folder.is_empty() { ".".to_owned() } else { folder })
}

/// The same of a path that was written on any system, as package managers take it: `\` is `/`, and what begins at a home
/// or a drive begins at a root.
#[must_use]
pub(crate) fn within_on_any_system(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = path.replace('\\', "/");
    let absolute = path.starts_with(['/', '~']) || path.as_bytes().get(1) == Some(&b':');
    if absolute { None } else { within(folder, path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_or_is_none() {
        let cases = [
            ("", "", Some("")),
            ("", ".", Some("")),
            ("a", "", Some("a")),
            ("packages/a", "../b", Some("packages/b")),
            ("packages/a", "../../c", Some("c")),
            ("packages/a", "../../../c", None),
            ("packages/a", "../../../packages/c", None),
            ("./a//b", "c/.././d", Some("a/b/d")),
            ("", "./a/./b/", Some("a/b")),
            ("", "..", None),
            ("", "../a", None),
            ("a", "..", Some("")),
            ("a/..", "b", Some("b")),
            ("", "/etc", None),
            ("a", "/a", None),
            ("/a", "b", None),
        ];
        for (folder, path, expected) in cases {
            let expected = expected.map(PathBuf::from);
            assert_eq!(within(Path::new(folder), path), expected, "{folder} {path}");
            assert_eq!(within_on_any_system(Path::new(folder), path), expected, "{folder} {path}");
        }
        assert_eq!(within(Path::new(""), "~/a"), Some(PathBuf::from("~/a")));
    }

    #[test]
    fn a_path_of_any_system_is_read_as_windows_reads_it_too() {
        let path = |path: &str| within_on_any_system(Path::new("a"), path);
        assert_eq!(path("..\\b"), Some(PathBuf::from("b")));
        for outside in ["~/a", "~", "C:\\a", "c:a", "..\\..\\a", "\\a"] {
            assert_eq!(path(outside), None, "{outside}");
        }
    }
}
