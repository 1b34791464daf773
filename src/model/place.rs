//! Where in the repository something stands: what a result was read from, and the single things that a check found.

use std::fmt;
use std::path::Path;

use super::path::within;

/// A place in a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Relative to the repository's top level, with `/`.
    pub path: String,
    /// From 1.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
}

impl Place {
    /// A file's path, relative to `dir`, which is relative to the repository's top level. `None` where it leads out of
    /// the repository.
    #[must_use]
    pub fn under(dir: &Path, path: impl AsRef<Path>) -> Option<Self> {
        let path = within(dir, path)?;
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        (!parts.is_empty()).then(|| Self { path: parts.join("/"), line: None, column: None })
    }

    /// The same file at a line.
    #[must_use]
    pub fn at(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }
}

/// As `Cargo.lock:7`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// What a result was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    text: String,
    place: Option<Place>,
}

impl Source {
    /// A file, as the user knows it, relative to `dir` (see [`Place::under`]).
    #[must_use]
    pub fn file(dir: &Path, shown: &str, line: Option<usize>) -> Self {
        Self::named(shown, line, Place::under(dir, shown))
    }

    /// A file by its path from the repository's top level.
    #[must_use]
    pub fn in_repository(path: &str, line: Option<usize>) -> Self {
        Self::file(Path::new(""), path, line)
    }

    /// A file whose place in the repository is not what the user calls it.
    #[must_use]
    pub fn named(shown: &str, line: Option<usize>, file: Option<Place>) -> Self {
        let text = line.map_or_else(|| shown.to_owned(), |line| format!("{shown}:{line}"));
        Self { text, place: file.map(|place| place.at(line)) }
    }

    /// The same file called by its path from a folder above (relative to the repository's top level); what is no file stays.
    #[must_use]
    pub(crate) fn called_from(self, dir: &Path) -> Self {
        let Some(place) = self.place else { return self };
        let shown = Path::new(&place.path)
            .strip_prefix(dir)
            .map_or_else(|_| place.path.clone(), |below| below.display().to_string());
        Self::named(&shown, place.line, Some(place))
    }

    /// As text and JSON have it: `CHANGELOG.md:7`, `--ci-status`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place, where it is one in a file of the repository.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

/// Something that is no file: a flag, an address, a range of commits.
impl<T: Into<String>> From<T> for Source {
    fn from(text: T) -> Self {
        Self { text: text.into(), place: None }
    }
}

/// One of the things that a check found. The metrics have the same for readers of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is, in the check's own words: `AWS_ACCESS_KEY`, `RUSTSEC-2020-0071`, `unpinned`.
    pub rule: String,
    /// One line for people.
    pub message: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// What tells it from the others of its rule and file, however its line and the message change.
    pub key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stays_in_the_repository() {
        let path = |dir: &str, path: &str| Place::under(Path::new(dir), path).map(|place| place.path);
        assert_eq!(path("", "a.txt").as_deref(), Some("a.txt"));
        assert_eq!(path("sub/dir", "./b/../a.txt").as_deref(), Some("sub/dir/a.txt"));
        assert_eq!(path("sub", "../a.txt").as_deref(), Some("a.txt"));
        for (dir, named) in [("sub", "../../a.txt"), ("", "/etc/passwd"), ("", ""), ("", ".")] {
            assert_eq!(path(dir, named), None, "{dir} {named}");
        }
    }

    #[test]
    fn a_source_is_shown_as_it_was_named() {
        let source = Source::file(Path::new("sub"), "CHANGELOG.md", Some(7));
        assert_eq!(source.text(), "CHANGELOG.md:7");
        assert_eq!(source.place().map(|place| (place.path.as_str(), place.line)), Some(("sub/CHANGELOG.md", Some(7))));
        assert_eq!(Source::from("--ci-status").place(), None);
    }
}
