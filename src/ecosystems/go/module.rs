//! What one go.mod or go.work says, without looking anywhere else. <https://go.dev/ref/mod#go-mod-file>

use std::collections::HashMap;

use super::lines::{self, Line, Word};
use crate::model::problem::Problem;

/// A go.mod, or a go.work: that one has `use` for `require`.
#[derive(Debug, Default)]
pub(crate) struct GoMod {
    /// The module's path.
    pub(crate) name: Option<String>,
    /// The major version that the path ends with, and the line of it.
    pub(super) major: Option<(usize, String)>,
    /// The line `go`, and what it says.
    pub(crate) go: Option<(usize, String)>,
    /// The line `toolchain`, and what it says.
    pub(crate) toolchain: Option<(usize, String)>,
    pub(crate) required: Vec<Required>,
    pub(crate) replaced: Replaced,
    /// The folders of a workspace's members.
    pub(super) used: Vec<(usize, String)>,
    /// Directives that are newer than this program.
    pub(super) unknown: Vec<(usize, String)>,
}

/// A module that is required.
#[derive(Debug, Clone)]
pub(crate) struct Required {
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) version: String,
    /// Only something else needs it.
    pub(crate) indirect: bool,
}

/// What stands in the place of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// A folder, relative to the file's own.
    Folder(String),
    /// Another module.
    Module {
        /// Its path.
        path: String,
        /// Its version.
        version: String,
    },
}

/// The replacements of a file, by module and, where one is named, version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replaced(HashMap<(String, Option<String>), Replacement>);

impl Replaced {
    /// What stands in a module's place.
    pub(crate) fn of(&self, path: &str, version: &str) -> Option<&Replacement> {
        let of_version = self.0.get(&(path.to_owned(), Some(version.to_owned())));
        of_version.or_else(|| self.0.get(&(path.to_owned(), None)))
    }
}

impl GoMod {
    /// Reads a text.
    ///
    /// # Errors
    /// Every line that is not of the grammar, or that Go refuses.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut file = Self::default();
        let mut problems = Vec::new();
        for line in lines::read(path, text)? {
            if let Err(what) = file.directive(&line) {
                let help = format!("see https://go.dev/ref/mod for the form of `{}`", line.verb);
                let begin = line.span.end - text[line.span.clone()].trim_start().len();
                problems.push(Problem::at(path, text, begin..line.span.end, what).help(help));
            }
        }
        problems.truncate(crate::model::problem::PROBLEM_LIMIT);
        if problems.is_empty() { Ok(file) } else { Err(problems) }
    }

    fn directive(&mut self, line: &Line<'_>) -> Result<(), String> {
        let words: Vec<_> = line.words.iter().map(|Word(text)| text.as_str()).collect();
        let number = line.number;
        match (line.verb, words.as_slice()) {
            ("module", [name]) if self.name.is_none() => {
                self.name = Some((*name).to_owned());
                self.major = major(name).map(|major| (number, major.to_owned()));
            }
            ("go", [version]) if self.go.is_none() && numbers(version).is_some() => {
                self.go = Some((number, (*version).to_owned()));
            }
            ("toolchain", [name]) if self.toolchain.is_none() => self.toolchain = Some((number, (*name).to_owned())),
            ("require", [path, version]) => self.required.push(Required {
                line: number,
                path: (*path).to_owned(),
                version: (*version).to_owned(),
                indirect: is_indirect(line.comment),
            }),
            ("replace", words) => self.replace(words)?,
            ("use", [folder]) => self.used.push((number, (*folder).to_owned())),
            ("module" | "go" | "toolchain" | "require" | "use", _) => {
                return Err(format!("this is no `{}`, or the second one", line.verb));
            }
            ("exclude" | "retract" | "tool" | "ignore" | "godebug", [_, ..]) => {}
            (verb, _) => self.unknown.push((number, verb.to_owned())),
        }
        Ok(())
    }

    fn replace(&mut self, words: &[&str]) -> Result<(), String> {
        let arrow = words.iter().position(|word| *word == "=>");
        let (old, new) = arrow.map(|arrow| (&words[..arrow], &words[arrow + 1..])).ok_or("`=>` is missing")?;
        let old = match old {
            [path] => ((*path).to_owned(), None),
            [path, version] => ((*path).to_owned(), Some((*version).to_owned())),
            _ => return Err("`module [version]` is expected before `=>`".to_owned()),
        };
        let new = match new {
            [folder] if is_folder(folder) => Replacement::Folder((*folder).to_owned()),
            [path, version] => Replacement::Module { path: (*path).to_owned(), version: (*version).to_owned() },
            _ => return Err("`./folder` or `module version` is expected behind `=>`".to_owned()),
        };
        match self.replaced.0.insert(old, new.clone()) {
            Some(other) if other != new => Err("two replacements of one module".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether it is written for this version of Go (of the first line of versions) or a later one.
    pub(crate) fn is_since(&self, minor: u32) -> bool {
        self.go.as_ref().and_then(|(_, version)| numbers(version)).is_some_and(|numbers| numbers >= (1, minor))
    }

    /// Whether it lists what is required indirectly, too.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_since(17)
    }
}

/// The major version that a module's path ends with: `v2` of `example.org/m/v2` and, at gopkg.in alone, of `gopkg.in/m.v2`.
/// <https://go.dev/ref/mod#major-version-suffixes>
fn major(path: &str) -> Option<&str> {
    let (_, last) = match path.strip_prefix("gopkg.in/") {
        Some(path) => path.strip_suffix("-unstable").unwrap_or(path).rsplit_once('.')?,
        None => path.rsplit_once('/')?,
    };
    let digits = last.strip_prefix('v')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(last)
}

/// The first two numbers of a version of Go: `1.21`, `1.21.3`, `1.21rc2`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((major.parse().ok()?, rest[..end].parse().ok()?))
}

/// As Go reads the comment: the word `indirect` alone, or with a semicolon at it and more words behind.
fn is_indirect(comment: &str) -> bool {
    let mut words = comment.split_whitespace();
    matches!((words.next(), words.next()), (Some("indirect"), None) | (Some("indirect;"), Some(_)))
}

/// What Go takes for a folder: a path that begins with a dot, at a root or at a drive.
fn is_folder(text: &str) -> bool {
    let text = text.replace('\\', "/");
    matches!(text.as_str(), "." | "..")
        || ["./", "../", "/"].iter().any(|begin| text.starts_with(begin))
        || text.as_bytes().get(1) == Some(&b':')
}

/// Whether a version is one that names one content: `v1.2.3`, with what may follow.
pub(super) fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|version| semver::Version::parse(version).is_ok())
}
