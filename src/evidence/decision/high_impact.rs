//! Which changed paths are high-impact: the rules of `data/high-impact.toml`, and a project's own.

use globset::{Candidate, GlobMatcher};

use crate::world::glob;

mod rules;
mod table;

pub use rules::DATA;
use rules::{Rules, file_name};

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

    /// A path that no rule names, and that is of a category all the same.
    #[must_use]
    pub fn hit(&self, path: &[u8], category: &str) -> Hit {
        Hit { path: path.to_owned(), category: category.to_owned(), ignored_by: self.ignored_by(path) }
    }

    /// The category of a path; the flag says that it stands for a folder.
    #[must_use]
    pub fn category_of(&self, path: &[u8], is_folder: bool) -> Option<&str> {
        self.category(path, is_folder, &mut Vec::new())
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::rules::Category;
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
        use crate::ecosystems::table::{ALL, File, Role};

        // What other files are called, too, is a manifest by its content only.
        let of_its_name = |file: &&File| !matches!(file.role, Role::Telling(_));
        for file in ALL.iter().flat_map(|ecosystem| ecosystem.files()).filter(of_its_name) {
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
