//! The declarative part of a gemspec, which is a program: literal dependencies, and a version that is a text or a constant.
//! <https://guides.rubygems.org/specification-reference/>

use super::BUNDLER;
use super::gemfile::normalized;
use super::words;
use crate::ecosystems::Scope;

/// What a gemspec says.
#[derive(Debug, Default)]
pub(super) struct Gemspec {
    pub(super) name: Option<String>,
    pub(super) version: Version,
    pub(super) dependencies: Vec<Declared>,
    /// The first line that asks for a gem that is computed.
    pub(super) computed: Option<usize>,
    /// The files that it takes constants from, as written.
    pub(super) required: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Version {
    /// Written out: its line, and itself.
    Text(usize, String),
    /// The last name of a constant.
    Constant(String),
    #[default]
    Computed,
}

/// A dependency that is written out.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    /// Sorted, each with its operator.
    pub(super) requirement: Vec<String>,
    pub(super) scope: Scope,
    pub(super) line: usize,
}

/// How dependencies are asked for.
const CALLS: [(&str, Scope); 3] = [
    ("add_dependency", Scope::Runtime),
    ("add_runtime_dependency", Scope::Runtime),
    ("add_development_dependency", Scope::Dev),
];

impl Gemspec {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let statements = words::statements(text);
        let object = statements.iter().find_map(|(_, statement)| object(statement));
        if object.is_none() {
            file.computed = Some(statements.first().map_or(1, |(line, _)| *line));
        }
        for (line, statement) in statements {
            if object.as_ref().is_some_and(|object| hands_over(&statement, object)) {
                file.computed = file.computed.or(Some(line));
            }
            // `spec.name = …`, whatever the block calls it.
            let attribute = statement.split_once('.').filter(|(object, _)| *object == words::first(object));
            match attribute {
                Some((_, rest)) if CALLS.iter().any(|(call, _)| words::first(rest) == *call) => {
                    file.dependency(line, rest)
                }
                _ if CALLS.iter().any(|(call, _)| statement.contains(call)) => {
                    file.computed = file.computed.or(Some(line));
                }
                Some((_, rest)) => file.attribute(line, rest),
                None if matches!(words::first(&statement), "require" | "require_relative") => {
                    let named = statement.split_once(['"', '\'']).map(|(_, rest)| rest);
                    file.required.extend(named.and_then(|rest| rest.split(['"', '\'']).next()).map(str::to_owned));
                }
                None => {}
            }
        }
        file
    }

    fn attribute(&mut self, line: usize, rest: &str) {
        let Some((key, value)) = rest.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else { return };
        let value = value.strip_suffix(".freeze").unwrap_or(value);
        let text = words::literal(value).filter(|(_, after)| after.is_empty()).map(|(text, _)| text.to_owned());
        match (key, text) {
            ("name", text) => self.name = text,
            ("version", Some(text)) => self.version = Version::Text(line, text),
            ("version", None) => {
                let constant = value.rsplit("::").next().unwrap_or_default();
                let is_constant = value.starts_with(|c: char| c.is_ascii_uppercase())
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte));
                self.version = if is_constant { Version::Constant(constant.to_owned()) } else { Version::Computed };
            }
            _ => {}
        }
    }

    fn dependency(&mut self, line: usize, rest: &str) {
        let call = words::first(rest);
        let read = words::arguments(&rest[call.len()..]);
        let scope = CALLS.iter().find(|(name, _)| *name == call).map_or(Scope::Runtime, |(_, scope)| *scope);
        match read.texts.split_first().filter(|_| !read.computed) {
            None => self.computed = self.computed.or(Some(line)),
            Some((name, _)) if name == BUNDLER => {}
            Some((name, requirement)) => self.dependencies.push(Declared {
                name: name.clone(),
                requirement: normalized(requirement.iter().map(String::as_str)),
                scope,
                line,
            }),
        }
    }
}

/// What the specification is called: `Gem::Specification.new do |spec|`, `spec = Gem::Specification.new`.
fn object(statement: &str) -> Option<String> {
    let (before, after) = statement.split_once("Gem::Specification.new")?;
    let block = after.split_once('|').and_then(|(_, rest)| rest.split_once('|')).map(|(name, _)| name.trim());
    let given = before.trim().strip_suffix('=').map(str::trim);
    let name = block.or(given)?;
    (!name.is_empty() && words::first(name) == name).then(|| name.to_owned())
}

/// What else of a specification may ask for gems, or runs what nobody reads.
const COMPUTING: [&str; 9] = [
    "dependencies",
    "runtime_dependencies",
    "development_dependencies",
    "instance_eval",
    "instance_exec",
    "send",
    "public_send",
    "__send__",
    "tap",
];

/// Whether a statement gives the specification to other code, or other code to it.
fn hands_over(statement: &str, object: &str) -> bool {
    let plain = words::without_literals(statement);
    if matches!(words::first(&plain), "eval" | "instance_eval" | "load") {
        return true;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    plain.match_indices(object).any(|(at, _)| {
        let (before, after) = (&plain[..at], &plain[at + object.len()..]);
        if before.ends_with(|c| is_part(c) || "@$.:".contains(c)) || after.starts_with(is_part) {
            return false;
        }
        match after.strip_prefix('.') {
            Some(call) => COMPUTING.contains(&words::first(call)),
            None => {
                let (before, after) = (before.trim_end(), after.trim_start());
                let is_argument = before.ends_with(['(', ',', '[']) || before.ends_with(is_part);
                is_argument && (after.is_empty() || after.starts_with([')', ',', ']']))
            }
        }
    })
}

/// The only place in a file of Ruby that gives a constant a text: its line, and the text.
pub(super) fn constant(text: &str, name: &str) -> Option<(usize, String)> {
    let given = words::statements(text).into_iter().filter_map(|(line, statement)| {
        let (left, right) = statement.split_once('=')?;
        let right = right.trim();
        let (text, after) = words::literal(right)?;
        let is_it = left.trim() == name && matches!(after, "" | ".freeze");
        is_it.then(|| (line, text.to_owned()))
    });
    let given: Vec<_> = given.take(2).collect();
    match given.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}
