//! Folders as lock files name them, always with `/`.

use std::path::Path;

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
    fn the_way_down_is_told_with_slashes() {
        assert_eq!(below(Path::new("a"), Path::new("a/b/c")), Some("b/c".to_owned()));
        assert_eq!(below(Path::new("a"), Path::new("a")), Some(String::new()));
        assert_eq!(below(Path::new("a"), Path::new("b")), None);
    }
}
