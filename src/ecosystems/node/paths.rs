//! Paths that manifests and lock files name, always with `/`.

use std::path::{Component, Path, PathBuf};

/// `path` as seen from `folder` (relative to the root), without dots; `None` when it leaves the root.
pub(super) fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = path.replace('\\', "/");
    let absolute = path.starts_with(['/', '~']) || path.as_bytes().get(1) == Some(&b':');
    if absolute {
        return None;
    }
    let mut parts = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir if parts.pop() => {}
            _ => return None,
        }
    }
    Some(parts)
}

/// The way from one folder to one at or below it, with `/`; `None` when it is not below.
pub(super) fn below(folder: &Path, descendant: &Path) -> Option<String> {
    let parts = descendant.strip_prefix(folder).ok()?.components();
    let names: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_or_is_none() {
        let cases = [
            ("packages/a", "../b", Some("packages/b")),
            ("packages/a", "../../c", Some("c")),
            ("packages/a", "../../../c", None),
            ("", "./a/./b/", Some("a/b")),
            ("", "..", None),
            ("a", "..", Some("")),
            ("", "/etc", None),
            ("", "~/a", None),
            ("", "C:\\a", None),
            ("", "..\\a", None),
        ];
        for (folder, path, expected) in cases {
            assert_eq!(inside(Path::new(folder), path), expected.map(PathBuf::from), "{folder} {path}");
        }
        assert_eq!(below(Path::new("a"), Path::new("a/b/c")), Some("b/c".to_owned()));
        assert_eq!(below(Path::new("a"), Path::new("a")), Some(String::new()));
        assert_eq!(below(Path::new("a"), Path::new("b")), None);
    }
}
