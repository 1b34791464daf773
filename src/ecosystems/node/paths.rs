//! Folders as lock files name them, always with `/`.

use std::path::Path;

/// The way from one folder to one at or below it, with `/`; `None` when it is not below.
pub(super) fn below(folder: &Path, descendant: &Path) -> Option<String> {
    let parts = descendant.strip_prefix(folder).ok()?.components();
    let names: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(names.join("/"))
}

/// The way from one folder to another of the same repository, with `/`.
pub(super) fn way(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_down_is_told_with_slashes() {
        assert_eq!(below(Path::new("a"), Path::new("a/b/c")), Some("b/c".to_owned()));
        assert_eq!(below(Path::new("a"), Path::new("a")), Some(String::new()));
        assert_eq!(below(Path::new("a"), Path::new("b")), None);
    }

    #[test]
    fn the_way_to_another_folder_goes_up_first() {
        assert_eq!(way(Path::new(""), Path::new("a/b")), "a/b");
        assert_eq!(way(Path::new("a/b"), Path::new("a/c/d")), "../c/d");
    }
}
