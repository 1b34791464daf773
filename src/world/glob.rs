//! Finding the files that a gate names with globs, inside the repository.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::model::escape::visible_up_to;
use crate::system::files::{ReadError, Root};
use crate::world::{Listed, World};

/// How many files one gate may name.
pub(crate) const FILE_LIMIT: usize = 10_000;

/// How many names in folders are looked at for them.
const NAME_LIMIT: usize = 2_000_000;

/// How many groups in braces a glob may have: it becomes an expression that nests them, and its compiler panics where they
/// nest too deep.
const GROUP_LIMIT: usize = 64;

/// Folders that hold no evidence of the project's: git's, and the records of this gate.
const OWN: [&str; 2] = [".git", ".delivery-gate"];

/// A glob over paths: `*` and `?` stay inside a folder, `**` does not.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    /// The folders before the first special character.
    start: PathBuf,
    /// `None` where nothing is special: the text is a path.
    matcher: Option<GlobMatcher>,
    /// How many folders below the start a match may lie.
    depth: usize,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
        let (start, rest) = parts.split_at(fixed);
        let absolute = text.starts_with('/') || Path::new(text).is_absolute();
        if absolute || rest.contains(&"..") || parts.is_empty() {
            return Err(format!("`{}` must be a relative path, with `..` only at its start", visible_up_to(text, 80)));
        }
        let matcher = if rest.is_empty() { None } else { Some(matcher(&rest.join("/"))?) };
        let depth = if rest.join("/").contains("**") { usize::MAX } else { rest.len() };
        Ok(Self { text: text.to_owned(), start: start.iter().collect(), matcher, depth })
    }
}

/// Whether a glob is small enough to be compiled.
pub(crate) fn is_bounded(text: &str) -> bool {
    text.matches('{').count() <= GROUP_LIMIT
}

fn matcher(text: &str) -> Result<GlobMatcher, String> {
    if !is_bounded(text) {
        return Err(too_many_groups(text));
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{}` is not a pattern: {}", visible_up_to(text, 80), error.kind()))
}

/// A glob that lets something through, be it an ignored path or what a decision covers: `*` stays in its folder and
/// letter case counts.
///
/// # Errors
/// The text is no glob, and why.
pub(crate) fn narrow(pattern: &str) -> Result<GlobMatcher, String> {
    compiled(pattern, |glob| {
        glob.literal_separator(true);
    })
}

/// The same for what holds something up: `*` crosses folders, and letter case does not count.
///
/// # Errors
/// The text is no glob, and why.
pub(crate) fn wide(pattern: &str) -> Result<GlobMatcher, String> {
    compiled(pattern, |glob| {
        glob.case_insensitive(true);
    })
}

fn too_many_groups(text: &str) -> String {
    format!("`{}` has more than {GROUP_LIMIT} groups in braces", visible_up_to(text, 80))
}

fn compiled<'p>(pattern: &'p str, set: impl FnOnce(&mut GlobBuilder<'p>)) -> Result<GlobMatcher, String> {
    if !is_bounded(pattern) {
        return Err(too_many_groups(pattern));
    }
    let mut builder = GlobBuilder::new(pattern);
    set(&mut builder);
    let glob = builder.build().map_err(|error| format!("`{pattern}` is not a glob: {}", error.kind()))?;
    Ok(glob.compile_matcher())
}

/// The files under `dir` that the patterns match: sorted, each once, as paths relative to the root. A folder that is a
/// symbolic link is followed only where a pattern spells it out.
///
/// # Errors
/// A pattern that no file matches, a folder that cannot be read, more than [`FILE_LIMIT`] files.
pub(crate) fn files(root: &Root, dir: &Path, patterns: &[Pattern]) -> Result<Vec<PathBuf>, String> {
    let below = |start: &Path, depth, found: &mut Vec<_>, matcher: &GlobMatcher| {
        below(root, start, depth, found, |name| matcher.is_match(name))
    };
    expanded(dir, patterns, |path| root.exists(path), below)
}

/// The same of the files that are part of the release, under `dir`, which is relative to the root.
///
/// # Errors
/// As [`files`].
pub(crate) fn released(world: &World, dir: &Path, patterns: &[Pattern]) -> Result<Vec<PathBuf>, String> {
    let below = |start: &Path, depth, found: &mut Vec<_>, matcher: &GlobMatcher| {
        let list = |folder: &Path| {
            let listed = world.listed(&start.join(folder)).map_err(|error| error.about(&shown(&start.join(folder))))?;
            Ok(listed.into_iter().map(|(name, kind)| (name.into(), kind == Listed::Folder)).collect())
        };
        walk(start, depth, found, list, |name| matcher.is_match(name))
    };
    expanded(dir, patterns, |path| world.is_there(path), below)
}

fn expanded(
    dir: &Path,
    patterns: &[Pattern],
    is_there: impl Fn(&Path) -> bool,
    below: impl Fn(&Path, usize, &mut Vec<PathBuf>, &GlobMatcher) -> Result<(), String>,
) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (before, start) = (found.len(), dir.join(&pattern.start));
        match &pattern.matcher {
            None if is_there(&start) => found.push(start),
            None => {}
            Some(matcher) => below(&start, pattern.depth, &mut found, matcher)?,
        }
        if found.len() == before {
            return Err(format!("no file matches `{}`", visible_up_to(&pattern.text, 80)));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files in a folder and its folders whose path below it is `wanted`.
///
/// # Errors
/// As [`files`].
pub(crate) fn below(
    root: &Root,
    start: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    wanted: impl Fn(&Path) -> bool,
) -> Result<(), String> {
    let top = match root.resolve(start) {
        Ok(resolved) => root.path().join(resolved),
        Err(ReadError::Missing) => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", shown(start))),
    };
    let list = |folder: &Path| {
        let unreadable = |error| format!("{}: it could not be listed: {error}", shown(&start.join(folder)));
        let entries = fs::read_dir(top.join(folder)).map_err(unreadable)?;
        let named = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), entry.file_type()?.is_dir()))
        };
        entries.map(named).collect::<io::Result<Vec<_>>>().map_err(unreadable)
    };
    walk(start, depth, found, list, wanted)
}

/// Goes down from a folder; `list` gives the names in a folder below it, and whether each is a folder to go into.
fn walk(
    start: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    list: impl Fn(&Path) -> Result<Vec<(OsString, bool)>, String>,
    wanted: impl Fn(&Path) -> bool,
) -> Result<(), String> {
    let mut folders = vec![(PathBuf::new(), 1)];
    let mut names = 0;
    while let Some((folder, level)) = folders.pop() {
        for (name, is_folder) in list(&folder)? {
            names += 1;
            let path = folder.join(&name);
            if is_folder {
                if level < depth && !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                    folders.push((path, level + 1));
                }
            } else if wanted(&path) {
                found.push(start.join(path));
            }
        }
        if found.len() > FILE_LIMIT || names > NAME_LIMIT {
            return Err(format!("more than {FILE_LIMIT} files match, or more than {NAME_LIMIT} are there to look at"));
        }
    }
    Ok(())
}

/// A path as reports show it.
#[must_use]
pub(crate) fn shown(path: &Path) -> String {
    visible_up_to(&path.to_string_lossy().replace('\\', "/"), 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let root = Root::new(folder.path()).unwrap();
        (folder, root)
    }

    fn find(root: &Root, dir: &str, patterns: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<_> = patterns.iter().map(|text| Pattern::parse(text).expect(text)).collect();
        Ok(files(root, Path::new(dir), &patterns)?.iter().map(|path| shown(path)).collect())
    }

    #[test]
    fn globs_match_below_the_folder() {
        let (_folder, root) = tree(&[
            "a.json",
            "s/b.json",
            "s/t/c.json",
            "s/t/d.jsonl",
            ".git/e.json",
            ".delivery-gate/artifacts/f.json",
            ".hidden/g.json",
        ]);
        let cases: [(&str, &[&str], &[&str]); 8] = [
            ("", &["*.json"], &["a.json"]),
            ("", &["**/*.json"], &[".hidden/g.json", "a.json", "s/b.json", "s/t/c.json"]),
            ("s", &["**/*.json"], &["s/b.json", "s/t/c.json"]),
            ("", &["s/*/*.json*"], &["s/t/c.json", "s/t/d.jsonl"]),
            ("", &["./s//b.json", "s/b.json"], &["s/b.json"]),
            ("", &["s/t/[cx].json", "*.{json,yaml}"], &["a.json", "s/t/c.json"]),
            ("", &["?/t/*"], &["s/t/c.json", "s/t/d.jsonl"]),
            ("", &[".delivery-gate/artifacts/*"], &[".delivery-gate/artifacts/f.json"]),
        ];
        for (dir, patterns, expected) in cases {
            assert_eq!(find(&root, dir, patterns).unwrap(), expected, "{patterns:?}");
        }
    }

    #[test]
    fn every_pattern_must_match() {
        let (_folder, root) = tree(&["a.json"]);
        for missing in ["b.json", "*.yaml", "x/**/*.json", "**/b.json", "a.json/*"] {
            assert!(find(&root, "", &["a.json", missing]).is_err(), "{missing}");
        }
    }

    #[test]
    fn patterns_stay_below() {
        for text in ["*/../a.json", "/etc/passwd", "", ".", "a[", "s/{a"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        let (_folder, root) = tree(&["a.json", "s/b.json"]);
        assert_eq!(find(&root, "s", &["../*.json"]).unwrap(), ["s/../a.json"]);
        assert!(find(&root, "", &["../*"]).expect_err("outside").contains("outside"));
    }

    #[test]
    fn too_many_files_are_refused() {
        let (_folder, root) = tree(&["a.json"]);
        for i in 0..=FILE_LIMIT {
            fs::write(root.path().join(format!("{i}.jsonl")), "").unwrap();
        }
        assert!(find(&root, "", &["*.jsonl"]).expect_err("too many").contains("10000"));
        assert!(find(&root, "", &["*.json"]).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let (_folder, root) = tree(&["in/a.json"]);
        let (_outside, other) = tree(&["b.json"]);
        std::os::unix::fs::symlink(other.path(), root.path().join("out")).unwrap();
        assert!(find(&root, "", &["out/*.json"]).expect_err("a link").contains("leaves"));
        assert_eq!(find(&root, "", &["**/*.json"]).unwrap(), ["in/a.json"]);
    }
}
