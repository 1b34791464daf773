//! Which changed paths are high-impact: the rules of `data/high-impact.toml`, and a project's own.

use std::collections::HashMap;

use crate::world::glob;
use globset::{Candidate, GlobMatcher};
use serde::Deserialize;

/// The rules that hold everywhere; `delivery-gate decision --list-patterns` prints them.
pub const DATA: &str = include_str!("../../../data/high-impact.toml");

/// The category of a project's own patterns.
const OWN: &str = "project";

/// A project's own pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// A glob over the whole path, in which `*` crosses slashes: what a project adds is taken widely.
    Glob(String),
    /// A piece of the path.
    Contains(String),
    /// The file's whole name.
    Name(String),
}

impl Pattern {
    /// A glob if it has `*` or `?`; else with `/` a piece of the path; without, a file's name.
    ///
    /// # Errors
    /// The text is no glob, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.to_owned();
        if text.trim().is_empty() {
            Err("it is empty".to_owned())
        } else if text.contains(['*', '?']) {
            glob::wide(&text).map(|_| Self::Glob(text))
        } else if text.contains('/') {
            Ok(Self::Contains(text))
        } else {
            Ok(Self::Name(text))
        }
    }
}

/// A path that needs a decision, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// As git has it.
    pub path: Vec<u8>,
    /// The category of the rule that matched.
    pub category: String,
    /// The `decision.ignore` glob that takes it out again.
    pub ignored_by: Option<String>,
}

/// All rules of a run.
pub struct Policy {
    rules: Rules,
    own: Vec<OwnRule>,
    ignore: Vec<(String, GlobMatcher)>,
}

enum OwnRule {
    Glob(GlobMatcher),
    Contains(Vec<u8>),
    Name(Vec<u8>),
}

impl Policy {
    /// The embedded rules with a project's own patterns, less what it ignores.
    ///
    /// # Errors
    /// The pattern that is no glob, and why.
    pub fn new(own: &[Pattern], ignore: &[String]) -> Result<Self, String> {
        let own = own.iter().map(OwnRule::of).collect::<Result<_, _>>()?;
        let ignore = ignore
            .iter()
            .map(|pattern| Ok((pattern.clone(), glob::narrow(pattern)?)))
            .collect::<Result<_, String>>()?;
        Ok(Self { rules: Rules::embedded()?, own, ignore })
    }

    /// The paths that match, in their order. The flag says that a path stands for a folder (a submodule, a link).
    pub fn hits<'p>(&self, paths: impl Iterator<Item = (&'p [u8], bool)>) -> Vec<Hit> {
        let mut buffer = Vec::new();
        let matched = paths.filter_map(|(path, is_folder)| {
            let category = self.category(path, is_folder, &mut buffer)?.to_owned();
            Some(Hit { path: path.to_owned(), category, ignored_by: self.ignored_by(path) })
        });
        matched.collect()
    }

    fn category(&self, path: &[u8], is_folder: bool, buffer: &mut Vec<u8>) -> Option<&str> {
        buffer.clear();
        buffer.extend(path.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }));
        self.rules.category(buffer, is_folder).or_else(|| {
            let path = &buffer[..];
            self.own.iter().any(|rule| rule.matches(path)).then_some(OWN)
        })
    }

    fn ignored_by(&self, path: &[u8]) -> Option<String> {
        let path = Candidate::from_bytes(path);
        self.ignore.iter().find(|(_, glob)| glob.is_match_candidate(&path)).map(|(pattern, _)| pattern.clone())
    }
}

impl OwnRule {
    fn of(pattern: &Pattern) -> Result<Self, String> {
        Ok(match pattern {
            Pattern::Glob(text) => Self::Glob(glob::wide(text)?),
            Pattern::Contains(text) => Self::Contains(text.to_ascii_lowercase().into_bytes()),
            Pattern::Name(text) => Self::Name(text.to_ascii_lowercase().into_bytes()),
        })
    }

    /// The path is in lower case.
    fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Glob(glob) => glob.is_match_candidate(&Candidate::from_bytes(path)),
            Self::Contains(piece) => memchr::memmem::find(path, piece).is_some(),
            Self::Name(name) => file_name(path) == name.as_slice(),
        }
    }
}

fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Category {
    dirs: Vec<String>,
    names: Vec<String>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    wraps: Vec<(String, String)>,
    paths: Vec<String>,
    within: Vec<(String, String)>,
}

/// What a file name starts and ends with.
struct Affix {
    start: Vec<u8>,
    end: Vec<u8>,
    rank: Rank,
}

/// Where a category stands in the data file; the first that matches is told.
type Rank = usize;

/// The data file's rules, laid out so that a path is looked up and not compared with each.
#[derive(Default)]
struct Rules {
    categories: Vec<String>,
    /// By the last folder of the rule: the folders that must stand before it.
    folders: Table<(Vec<Vec<u8>>, Rank)>,
    /// By file name: the whole path that is asked for, where there is one.
    files: Table<(Option<Vec<u8>>, Rank)>,
    /// By the first byte of the start.
    affixes: ByByte<Affix>,
    /// By the last byte.
    suffixes: ByByte<(Vec<u8>, Rank)>,
    /// By the folder that the file stands in: how its name ends.
    within: Table<(Vec<u8>, Rank)>,
}

impl Rules {
    fn embedded() -> Result<Self, String> {
        let data: toml::Table = toml::from_str(DATA).map_err(|error| error.to_string())?;
        let mut rules = Self::default();
        for (rank, (name, value)) in data.into_iter().enumerate() {
            let category: Category = value.try_into().map_err(|error: toml::de::Error| error.to_string())?;
            rules.categories.push(name);
            rules.add(rank, &category);
        }
        Ok(rules)
    }

    fn add(&mut self, rank: Rank, category: &Category) {
        let lower = |text: &String| text.to_ascii_lowercase().into_bytes();
        for dir in category.dirs.iter().map(lower) {
            let mut parts: Vec<_> = dir.split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect();
            let last = parts.pop().unwrap_or_default();
            self.folders.insert(last, (parts, rank));
        }
        category.names.iter().map(lower).for_each(|name| self.files.insert(name, (None, rank)));
        for path in category.paths.iter().map(lower) {
            self.files.insert(file_name(&path).to_vec(), (Some(path), rank));
        }
        for suffix in category.suffixes.iter().map(lower) {
            self.suffixes.of(suffix.last()).push((suffix, rank));
        }
        for (folder, end) in &category.within {
            self.within.insert(lower(folder), (lower(end), rank));
        }
        let prefixes = category.prefixes.iter().map(|prefix| (lower(prefix), Vec::new()));
        for (start, end) in prefixes.chain(category.wraps.iter().map(|(start, end)| (lower(start), lower(end)))) {
            self.affixes.of(start.first()).push(Affix { start, end, rank });
        }
    }

    /// The first category that a path in lower case belongs to.
    fn category(&self, path: &[u8], is_folder: bool) -> Option<&str> {
        let name = file_name(path);
        let by_name = self.by_file(path, name).chain(self.by_affix(name));
        let rank = by_name.chain(self.by_folder(path, is_folder)).chain(self.by_parent(path, name)).min()?;
        self.categories.get(rank).map(String::as_str)
    }

    fn by_file<'r>(&'r self, path: &'r [u8], name: &[u8]) -> impl Iterator<Item = Rank> + 'r {
        let rules = self.files.get(name).iter();
        rules.filter(move |(whole, _)| whole.as_ref().is_none_or(|whole| is_end(path, whole))).map(|(_, rank)| *rank)
    }

    fn by_affix<'r>(&'r self, name: &'r [u8]) -> impl Iterator<Item = Rank> + 'r {
        let suffixes = self.suffixes.get(name.last()).iter().filter(|(end, _)| name.ends_with(end));
        let affixes = self.affixes.get(name.first()).iter();
        let affixes = affixes.filter(|affix| name.starts_with(&affix.start) && name.ends_with(&affix.end));
        suffixes.map(|(_, rank)| *rank).chain(affixes.map(|affix| affix.rank))
    }

    fn by_parent<'r>(&'r self, path: &'r [u8], name: &'r [u8]) -> impl Iterator<Item = Rank> + 'r {
        let folder = path.len().checked_sub(name.len() + 1).map(|end| file_name(&path[..end])).unwrap_or_default();
        self.within.get(folder).iter().filter(|(end, _)| name.ends_with(end)).map(|(_, rank)| *rank)
    }

    fn by_folder<'r>(&'r self, path: &'r [u8], is_folder: bool) -> impl Iterator<Item = Rank> + 'r {
        let end = is_folder.then_some(path.len());
        memchr::memchr_iter(b'/', path).chain(end).flat_map(move |end| {
            let folder = &path[..end];
            let rules = self.folders.get(file_name(folder)).iter();
            rules.filter(move |(before, _)| stands_before(folder, before)).map(|(_, rank)| *rank)
        })
    }
}

/// Whether the folders of a rule are those that lead to the last one of `folder`.
fn stands_before(folder: &[u8], before: &[Vec<u8>]) -> bool {
    let mut parts = folder.rsplit(|byte| *byte == b'/').skip(1);
    before.iter().rev().all(|expected| parts.next() == Some(expected))
}

/// Whether a path is `end`, or ends in it after a slash.
fn is_end(path: &[u8], end: &[u8]) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
}

/// A map by short texts. Most names that are asked for are not in it, and a glance at length and first byte tells so.
struct Table<T> {
    lengths: [u64; 256],
    entries: HashMap<Vec<u8>, Vec<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { lengths: [0; 256], entries: HashMap::new() }
    }
}

impl<T> Table<T> {
    fn insert(&mut self, key: Vec<u8>, value: T) {
        let first = usize::from(key.first().copied().unwrap_or_default());
        self.lengths[first] |= length_bit(&key);
        self.entries.entry(key).or_default().push(value);
    }

    fn get(&self, key: &[u8]) -> &[T] {
        let first = usize::from(key.first().copied().unwrap_or_default());
        if self.lengths[first] & length_bit(key) == 0 {
            return &[];
        }
        self.entries.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A list for each byte.
struct ByByte<T>(Vec<Vec<T>>);

impl<T> Default for ByByte<T> {
    fn default() -> Self {
        Self(std::iter::repeat_with(Vec::new).take(256).collect())
    }
}

impl<T> ByByte<T> {
    fn of(&mut self, byte: Option<&u8>) -> &mut Vec<T> {
        &mut self.0[usize::from(byte.copied().unwrap_or_default())]
    }

    fn get(&self, byte: Option<&u8>) -> &[T] {
        &self.0[usize::from(byte.copied().unwrap_or_default())]
    }
}

fn length_bit(key: &[u8]) -> u64 {
    1 << key.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(path: &str) -> Option<String> {
        let policy = Policy::new(&[], &[]).unwrap();
        policy.hits(std::iter::once((path.as_bytes(), false))).pop().map(|hit| hit.category)
    }

    #[test]
    fn the_embedded_rules_match_as_the_file_says() {
        let cases = [
            ("terraform/main.tf", Some("infrastructure")),
            ("infra/terraform/x", Some("infrastructure")),
            ("my-terraform-notes.md", None),
            ("terraform", None),
            ("db/migrations/001.sql", Some("database")),
            ("DB\\Migrations\\001.sql", Some("database")),
            ("db/x/migrate/1.rb", None),
            ("a/db/migrate/1.rb", Some("database")),
            ("xdb/migrate/1.rb", None),
            ("Dockerfile", Some("infrastructure")),
            ("svc/dockerfile.prod", Some("infrastructure")),
            ("Dockerfiles", None),
            ("values-prod.yaml", Some("infrastructure")),
            ("firebase.json", Some("runtime")),
            ("docs/.github/dependabot.yml", Some("ci")),
            ("x.github/dependabot.yml", None),
            (".github/workflows/ci.yml", Some("ci")),
            (".gitHub/workflows", None),
            ("src/main.rs", None),
            ("package.json", Some("dependencies")),
            ("terraform/package.json", Some("infrastructure")),
            ("delivery-gate.yaml", Some("gate")),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(category(path).as_deref(), expected, "{path}");
        }
    }

    /// A manifest or a lock file of any ecosystem that is known changes what is installed.
    #[test]
    fn every_name_of_the_ecosystems_is_high_impact() {
        let ecosystems = crate::ecosystems::table::ALL;
        for file in ecosystems.iter().flat_map(|ecosystem| ecosystem.files()) {
            for before in ["", "sub/"] {
                let path = format!("{before}{}", file.name.replace('*', "prod"));
                assert!(category(&path).is_some(), "{path}");
            }
        }
    }

    #[test]
    fn what_every_ci_system_runs_is_high_impact() {
        for system in crate::world::ci_systems::ALL {
            let paths = [system.file.to_owned(), format!("{}/config.yml", system.file)];
            assert!(paths.iter().any(|path| category(path).as_deref() == Some("ci")), "{}", system.file);
        }
    }

    #[test]
    fn what_was_not_expected_to_pass_unseen_does_not() {
        let paths = [
            ".cargo/config.toml",
            "build.rs",
            "requirements/prod.txt",
            ".pnpmfile.cjs",
            ".yarn/releases/yarn-4.cjs",
            ".yarn/plugins/p.cjs",
            "gradlew",
            "mvnw",
            ".mvn/wrapper/maven-wrapper.properties",
            "justfile",
            "Taskfile.yml",
            ".husky/pre-push",
            "lefthook.yml",
            "action.yml",
            "compose.prod.yml",
            "Dockerfile-prod",
            "deployment.yaml",
            "terragrunt.hcl",
            "main.tofu",
            ".devcontainer/devcontainer.json",
            "db/schema.sql",
            "pixi.toml",
            "environment.yml",
            "gems.locked",
            "pylock.dev.toml",
        ];
        for path in paths {
            assert!(category(path).is_some(), "{path}");
        }
        for path in ["docs/requirements/intro.md", "requirements/notes.rst", "src/build.rs.md", "composer.md"] {
            assert_eq!(category(path), None, "{path}");
        }
    }

    /// Every rule of the data file, as a path that it must match.
    #[test]
    fn every_rule_matches_what_it_says() {
        let data: HashMap<String, Category> = toml::from_str(DATA).unwrap();
        for (name, rules) in data {
            let dirs = rules.dirs.iter().map(|dir| format!("x/{dir}/y"));
            let names = rules.names.iter().chain(&rules.paths).map(|file| format!("x/{file}"));
            let prefixes = rules.prefixes.iter().map(|start| format!("x/{start}y"));
            let suffixes = rules.suffixes.iter().map(|end| format!("x/y{end}"));
            let wraps = rules.wraps.iter().map(|(start, end)| format!("x/{start}y{end}"));
            let within = rules.within.iter().map(|(folder, end)| format!("x/{folder}/y{end}"));
            for path in dirs.chain(names).chain(prefixes).chain(suffixes).chain(wraps).chain(within) {
                assert!(category(&path).is_some(), "{name}: {path}");
            }
        }
    }

    #[test]
    fn a_project_adds_widely_and_takes_away_narrowly() {
        let own = [
            Pattern::Glob("*.SQL".to_owned()),
            Pattern::Contains("internal/".to_owned()),
            Pattern::Name("secret.conf".to_owned()),
        ];
        let policy = Policy::new(&own, &["docs/*".to_owned()]).unwrap();
        let told = |path: &str| {
            let hit = policy.hits(std::iter::once((path.as_bytes(), false))).pop();
            hit.map(|hit| (hit.category, hit.ignored_by.is_some()))
        };
        assert_eq!(told("a/b/x.sql"), Some(("project".to_owned(), false)));
        assert_eq!(told("a/Internal/b"), Some(("project".to_owned(), false)));
        assert_eq!(told("a/secret.conf"), Some(("project".to_owned(), false)));
        assert_eq!(told("a/secret.conf.bak"), None);
        assert_eq!(told("docs/x.sql"), Some(("project".to_owned(), true)));
        assert_eq!(told("docs/a/x.sql"), Some(("project".to_owned(), false)));
        assert_eq!(told("Docs/x.sql"), Some(("project".to_owned(), false)));
        assert!(Policy::new(&[Pattern::Glob("a[".to_owned())], &[]).is_err());
    }

    #[test]
    fn a_submodule_is_its_folder() {
        let policy = Policy::new(&[], &[]).unwrap();
        assert_eq!(policy.hits(std::iter::once((b"infra/k8s".as_slice(), true))).len(), 1);
    }
}
