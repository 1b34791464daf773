//! The patterns that name the members of a workspace, and the folders that they find.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::paths;
use crate::world::glob::is_bounded;
use crate::world::{Listed, World};

/// How many patterns are followed.
const PATTERN_LIMIT: usize = 2_000;

/// How many folders are looked at for members.
const WALK_LIMIT: usize = 100_000;

/// Patterns in their order; the last that matches decides.
#[derive(Debug, Default)]
pub(in crate::ecosystems) struct Patterns {
    rules: Vec<Rule>,
    /// Patterns that cannot be followed, and why.
    pub(in crate::ecosystems) refused: Vec<String>,
}

#[derive(Debug)]
struct Rule {
    text: String,
    matcher: GlobMatcher,
    includes: bool,
}

impl Patterns {
    pub(in crate::ecosystems) fn new<'p>(patterns: impl Iterator<Item = &'p String>) -> Self {
        let mut all = Self::default();
        for (count, pattern) in patterns.enumerate() {
            if count == PATTERN_LIMIT {
                all.refused.push(format!("the workspace has more than {PATTERN_LIMIT} patterns"));
                break;
            }
            match rule(pattern) {
                Ok(rule) => all.rules.extend(rule),
                Err(why) => all.refused.push(format!("the workspace pattern `{pattern}` {why}")),
            }
        }
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.refused.is_empty()
    }

    /// Whether a folder, relative to the workspace's, is a member.
    pub(super) fn select(&self, folder: &str) -> bool {
        let installed = folder.split('/').any(|part| part == "node_modules");
        let last = self.rules.iter().rev().find(|rule| rule.matcher.is_match(folder));
        !folder.is_empty() && !installed && last.is_some_and(|rule| rule.includes)
    }

    /// The members' folders, relative to the root, in order: those that have one of the manifests.
    ///
    /// # Errors
    /// When there are too many folders to look at, or nobody can tell what is in one.
    pub(in crate::ecosystems) fn find(
        &self,
        world: &World,
        workspace: &Path,
        manifests: &[&str],
    ) -> Result<BTreeSet<PathBuf>, String> {
        let mut walk = Walk { world, workspace, manifests, patterns: self, looked_at: 0, found: BTreeSet::new() };
        let mut starts: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (prefix, depth) in self.rules.iter().filter(|rule| rule.includes).map(|rule| reach(&rule.text)) {
            let deepest = starts.entry(prefix).or_default();
            *deepest = depth.max(*deepest);
        }
        for (prefix, depth) in starts {
            walk.folder(&workspace.join(prefix), depth)?;
        }
        Ok(walk.found)
    }
}

/// A pattern without its dots and slashes; `None` for the workspace's own folder.
fn rule(pattern: &str) -> Result<Option<Rule>, &'static str> {
    let (text, includes) = match pattern.strip_prefix('!') {
        Some(rest) => (rest, false),
        None => (pattern, true),
    };
    let text = text.trim_start_matches("./").trim_end_matches('/').trim_end_matches("/package.json");
    match text {
        "" | "." => return Ok(None),
        text if text.starts_with('/') || text.split('/').any(|part| part == "..") => {
            return Err("leaves the workspace");
        }
        text if !is_bounded(text) => return Err("has too many groups in braces"),
        text if text.contains('(') => return Err("has a group that the gate cannot read"),
        _ => {}
    }
    let glob = glob(text).map_err(|_| "is not a valid pattern")?;
    Ok(Some(Rule { text: text.to_owned(), matcher: glob.compile_matcher(), includes }))
}

/// `a/**` is `a`, too: package managers look for `a/**/package.json`.
fn glob(text: &str) -> Result<Glob, globset::Error> {
    let text = text.strip_suffix("/**").map_or_else(|| text.to_owned(), |base| format!("{base}{{,/**}}"));
    GlobBuilder::new(&text).literal_separator(true).empty_alternates(true).build()
}

/// The folder that a pattern begins at, and how many levels below it are to be looked at.
fn reach(pattern: &str) -> (PathBuf, usize) {
    let parts: Vec<&str> = pattern.split('/').collect();
    let literal = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
    let depth = if parts[literal..].iter().any(|part| part.contains("**") || part.contains('{')) {
        usize::MAX
    } else {
        parts.len() - literal
    };
    (parts[..literal].iter().collect(), depth)
}

struct Walk<'a> {
    world: &'a World,
    workspace: &'a Path,
    manifests: &'a [&'a str],
    patterns: &'a Patterns,
    looked_at: usize,
    found: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, start: &Path, depth: usize) -> Result<(), String> {
        let mut open = vec![(start.to_owned(), depth, self.world.is_real_folder(start))];
        while let Some((folder, depth, is_real)) = open.pop() {
            self.looked_at += 1;
            if self.looked_at > WALK_LIMIT {
                return Err(format!("there are more than {WALK_LIMIT} folders to look for workspace members in"));
            }
            // Links are not followed: what they lead to is elsewhere.
            if depth == 0 || !is_real {
                self.consider(&folder);
                continue;
            }
            let listed = self.world.listed(&folder).map_err(|error| error.about(&folder.display().to_string()))?;
            // To ask for a path costs more than to look whether the name is there, in whatever letter case.
            if self.manifests.iter().any(|name| listed.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))) {
                self.consider(&folder);
            }
            open.extend(folders(listed).map(|(name, is_real)| (folder.join(name), depth - 1, is_real)));
        }
        Ok(())
    }

    fn consider(&mut self, folder: &Path) {
        let selected = || paths::below(self.workspace, folder).is_some_and(|folder| self.patterns.select(&folder));
        if selected() && self.manifests.iter().any(|name| self.world.has(&folder.join(name))) {
            self.found.insert(folder.to_owned());
        }
    }
}

/// What may be folders among the names in one, and whether each is one itself.
fn folders(listed: Vec<(String, Listed)>) -> impl Iterator<Item = (String, bool)> {
    let folders = listed.into_iter().filter(|(_, kind)| *kind != Listed::File { is_link: false });
    let wanted = folders.filter(|(name, _)| !name.starts_with('.') && name != "node_modules");
    wanted.map(|(name, kind)| (name, kind == Listed::Folder))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn patterns_select_folders() {
        let cases: [(&[&str], &str, bool); 16] = [
            (&["packages/*"], "packages/a", true),
            (&["packages/*"], "packages/a/b", false),
            (&["packages/*"], "packages", false),
            (&["./packages/*/"], "packages/a", true),
            (&["packages/**"], "packages/a/b", true),
            (&["packages/**"], "packages", true),
            (&["packages/**"], "packages/node_modules/a", false),
            (&["**"], "a/b", true),
            (&["a", "b"], "b", true),
            (&["{a,b}/*"], "b/c", true),
            (&["packages/*", "!packages/a"], "packages/a", false),
            (&["packages/*", "!packages/a"], "packages/b", true),
            (&["!packages/a", "packages/*"], "packages/a", true),
            (&["packages/*", "!**/test/**"], "packages/test", false),
            (&["."], "", false),
            (&["lib-*"], "lib-a", true),
        ];
        for (patterns, folder, expected) in cases {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            let all = Patterns::new(patterns.iter());
            assert_eq!((all.select(folder), all.refused.len()), (expected, 0), "{patterns:?} {folder}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_followed_are_named() {
        for pattern in ["../x", "/x", "a/../../b", "!(a)", "packages/@(a|b)", "[z-a]"] {
            let all = Patterns::new([pattern.to_owned()].iter());
            assert_eq!(all.refused.len(), 1, "{pattern}");
            assert!(all.refused[0].contains(pattern), "{pattern}: {:?}", all.refused);
        }
        // The compiler of what a glob becomes panics where it nests too deep.
        let nested =
            |depth| Patterns::new([format!("{}a{}", "{".repeat(depth), "}".repeat(depth))].iter()).refused.len();
        assert_eq!([nested(1), nested(64), nested(65), nested(500)], [0, 0, 1, 1]);
    }

    #[test]
    fn a_walk_finds_the_folders_with_a_manifest() {
        let folder = tempfile::TempDir::new().expect("a folder");
        for member in ["top/a/x", "top/a/x/deep", "top/b", "top/a/node_modules/n", "top/.hidden", "other/c"] {
            fs::create_dir_all(folder.path().join(member)).expect("a folder");
            fs::write(folder.path().join(member).join("package.json"), "{}").expect("a file");
        }
        fs::create_dir_all(folder.path().join("top/empty")).expect("a folder");
        let world = World::of_test(folder.path());
        let cases: [(&[&str], &[&str]); 4] = [
            (&["a/*", "b", "empty"], &["top/a/x", "top/b"]),
            (&["*"], &["top/b"]),
            (&["**"], &["top/a/x", "top/a/x/deep", "top/b"]),
            (&["*", "a/**", "!**/deep"], &["top/a/x", "top/b"]),
        ];
        for (patterns, expected) in cases {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            let found =
                Patterns::new(patterns.iter()).find(&world, Path::new("top"), &["package.json"]).expect("few folders");
            assert_eq!(found, expected.iter().map(PathBuf::from).collect(), "{patterns:?}");
        }
    }

    #[test]
    fn a_walk_goes_no_deeper_than_its_pattern() {
        let cases = [
            ("packages/*", "packages", 1),
            ("*", "", 1),
            ("a/b", "a/b", 0),
            ("a/*/b", "a", 2),
            ("a/**", "a", usize::MAX),
            ("{a/b,c}", "", usize::MAX),
        ];
        for (pattern, prefix, depth) in cases {
            assert_eq!(reach(pattern), (PathBuf::from(prefix), depth), "{pattern}");
        }
    }
}
