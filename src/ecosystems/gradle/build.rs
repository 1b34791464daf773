//! What a build script declares with plain texts; everything else in it is computed.

use std::collections::{HashMap, HashSet};

use super::catalog::{Catalog, Version};
use super::lock::SCRIPTS;
use super::script::{Statement, Token};
use super::version;

mod applied;
mod names;
mod notation;
mod tokens;

pub(super) use applied::applies_script;
use applied::{PROJECTS, TASKS};
use names::name_alone;
use notation::Found;
pub(super) use tokens::mentions;
use tokens::{is_of_any, plain, says};

/// What scripts declare.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) dependencies: Vec<Dependency>,
    pub(super) plugins: Vec<Plugin>,
    pub(super) version: Option<Stated>,
    /// The name whose value that version is.
    pub(super) version_name: Option<String>,
    /// What `allprojects` says of every project's version, this one's, too.
    pub(super) version_of_all: Option<Stated>,
    /// What `subprojects` says of that of the others.
    pub(super) version_of_others: Option<Stated>,
    /// The first line that computes what it needs, and what it does.
    pub(super) computed: Option<(usize, &'static str)>,
    /// The first line that takes something out of the lock files.
    pub(super) unlocked: Option<usize>,
}

impl Declared {
    /// Adds what another reading of the same script says of other projects, where it is something else.
    pub(super) fn add_for_all(&mut self, other: Self) {
        let key =
            |one: &Dependency| (one.line, one.module.clone(), one.version.text.clone(), one.configuration.clone());
        let known: HashSet<_> = self.dependencies.iter().map(key).collect();
        let others = other.dependencies.into_iter().filter(|one| one.is_for_all && !known.contains(&key(one)));
        self.dependencies.extend(others);
        self.computed = self.computed.or(other.computed);
    }
}

/// The project's own version.
#[derive(Debug, Clone)]
pub(super) enum Stated {
    Plain(String, usize),
    Computed(usize),
}

/// A declared module.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    pub(super) configuration: String,
    pub(super) module: String,
    pub(super) version: Version,
    /// Whether it is a list of versions for those that name none.
    pub(super) is_platform: bool,
    pub(super) line: usize,
    /// Whether it is declared for other projects too.
    pub(super) is_for_all: bool,
    /// A file instead of a module.
    pub(super) is_file: bool,
    /// Whether it only speaks for modules that something else asks for.
    pub(super) is_constraint: bool,
    /// Whether it belongs to a part of the project (a source set, a test suite) that gives its configurations other names.
    pub(super) is_of_part: bool,
}

/// A plugin.
#[derive(Debug, Clone)]
pub(super) struct Plugin {
    pub(super) id: String,
    pub(super) version: Option<Version>,
    pub(super) line: usize,
    /// It is applied by its name or its class, from a class path that stands elsewhere.
    pub(super) is_applied: bool,
}

/// Reads the statements of a script.
pub(super) struct Interpreter<'a> {
    catalog: &'a Catalog,
    /// The values of names, where each has one only.
    names: HashMap<String, Option<String>>,
    /// Whether a name that is computed is given a value: it may be any.
    gives_any: bool,
    /// The names of tasks, whose `from` is about files.
    tasks: HashSet<String>,
    declared: Declared,
}

/// Where a statement stands.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    is_for_all: bool,
    is_of_scripts: bool,
    is_constraint: bool,
    is_of_part: bool,
    /// Whether it is said of tasks and the like, and of no project.
    is_of_tasks: bool,
    /// How many blocks are around it.
    depth: usize,
    /// The block that it stands in directly, for the projects that this is about.
    block_of: Option<Whole>,
}

/// Blocks that say something of whole projects.
#[derive(Debug, Clone, Copy)]
enum Whole {
    All,
    Others,
}

impl Around {
    /// Whether it is said of projects as a whole, and of no part of one.
    fn is_of_projects(self) -> bool {
        self.depth == 0 || self.block_of.is_some()
    }
}

/// Blocks whose statements are for other projects, too.
const FOR_ALL: [&str; 4] = ["allprojects", "subprojects", "configure", "project"];

/// What calls by a name that is computed, or that stands in a text.
const CALLING: [&str; 1] = ["invokeMethod"];

/// What has a block that is run under conditions, or with something else.
const CONTROLLING: [&str; 7] = ["if", "else", "for", "while", "switch", "with", "try"];

/// What may stand in the block of a dependency.
const OF_DEPENDENCY: [&str; 8] =
    ["exclude", "version", "because", "artifact", "attributes", "capabilities", "transitive", "isTransitive"];

/// Outside of a block `dependencies`, what adds dependencies or puts other versions in their place.
const ADDING: [&str; 10] = [
    "dependencies",
    "getDependencies",
    "withDependencies",
    "defaultDependencies",
    "dependencySubstitution",
    "eachDependency",
    "useVersion",
    "useTarget",
    "forcedModules",
    "setForcedModules",
];

/// What leaves something out of the lock files, or puts them elsewhere.
const UNLOCKING: [&str; 4] = ["deactivateDependencyLocking", "disableLocking", "ignoredDependencies", "lockFile"];

impl<'a> Interpreter<'a> {
    /// `properties` are those of gradle.properties.
    pub(super) fn new(catalog: &'a Catalog, properties: &HashMap<String, String>) -> Self {
        // What an escape stands for is not read.
        let value = |value: &String| (!value.contains('\\')).then(|| value.clone());
        let names = properties.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        let (tasks, declared) = (HashSet::new(), Declared::default());
        let mut interpreter = Self { catalog, names, gives_any: false, tasks, declared };
        // What a closure is given that names nothing.
        interpreter.know("it", None);
        interpreter
    }

    pub(super) fn read(mut self, statements: &[Statement]) -> Declared {
        self.learn(statements);
        self.walk(statements, Around::default());
        self.declared
    }

    fn walk(&mut self, statements: &[Statement], around: Around) {
        for statement in statements {
            self.statement(statement, around);
        }
    }

    fn statement(&mut self, Statement { tokens, line }: &Statement, around: Around) {
        let first = tokens.first().and_then(Token::word).unwrap_or_default();
        match (first, tokens.as_slice()) {
            ("dependencies", [_, Token::Block(inner)]) => inner.iter().for_each(|one| self.dependency(one, around)),
            ("plugins", [_, Token::Block(inner)]) => inner.iter().for_each(|one| self.plugin(one)),
            ("imports", [_, Token::Block(inner)]) => inner.iter().for_each(|one| self.dependency(one, around)),
            _ if applies_script(tokens, around.is_of_tasks, &self.tasks) => {
                self.computes(*line, "applies another script");
            }
            ("version", [_, Token::Mark('='), value @ ..]) if around.is_of_projects() => {
                self.version(value, *line, around);
            }
            ("version", [_, value @ Token::Text { .. }]) if around.is_of_projects() => {
                self.version(std::slice::from_ref(value), *line, around);
            }
            ("force", [_, Token::Group('(', inner)]) => self.forced(inner, *line, around),
            ("force", [_, others @ ..]) if others.first() != Some(&Token::Mark('=')) => {
                self.forced(others, *line, around)
            }
            _ => {
                self.applied(tokens, *line);
                if calls_by_text(tokens) || self.calls_by_template(tokens, around) {
                    self.computes(*line, "calls by a name that is computed");
                }
                if mentions(tokens, &ADDING) {
                    self.computes(*line, "adds dependencies, or other versions of them");
                }
                match tokens.iter().position(|token| says(token, "force")).map(|at| &tokens[at + 1..]) {
                    Some([Token::Group('(', inner)]) => self.forced(inner, *line, around),
                    Some([Token::Mark('='), ..]) | None => {}
                    Some(others) => self.forced(others, *line, around),
                }
                if self.has_open_tool(tokens) {
                    self.computes(*line, "takes a tool in a version that is not one only");
                }
                if mentions(tokens, &UNLOCKING) {
                    self.declared.unlocked.get_or_insert(*line);
                }
                self.blocks(tokens, around);
            }
        }
    }

    /// `this."$name" { … }`: what it calls may be `dependencies`.
    fn calls_by_template(&self, tokens: &[Token], around: Around) -> bool {
        tokens.iter().enumerate().any(|(at, token)| {
            let is_called = matches!(tokens.get(at + 1), Some(Token::Group('(', _) | Token::Block(_)));
            let is_of_project = match &tokens[..at] {
                // Behind the names that a closure is given, or at the beginning.
                [] | [.., Token::Mark('-'), Token::Mark('>')] => around.is_of_projects(),
                [.., Token::Word(name), Token::Mark('.')] if around.block_of.is_some() && self.is_given(name) => true,
                before => is_of_any(before, &PROJECTS),
            };
            matches!(token, Token::Text { is_template: true, .. }) && is_called && is_of_project
        })
    }

    /// `toolVersion = '0.8.+'`, of what a plugin of Gradle's runs.
    fn has_open_tool(&self, tokens: &[Token]) -> bool {
        let Some(at) = tokens.iter().position(|token| says(token, "toolVersion")) else { return false };
        let value = match &tokens[at + 1..] {
            [Token::Mark('='), value @ ..] => value,
            value => value,
        };
        self.argument(value).is_some_and(|version| version::open(&version).is_some())
    }

    /// Versions that count whatever is asked for.
    fn forced(&mut self, tokens: &[Token], line: usize, around: Around) {
        for (found, _) in self.arguments(tokens) {
            let Found::Modules(modules) = found else { return self.computes(line, "forces versions") };
            let dependency = |(module, version)| Dependency {
                configuration: "force".to_owned(),
                module,
                version,
                is_platform: false,
                line,
                is_for_all: around.is_for_all,
                is_file: false,
                is_constraint: true,
                is_of_part: true,
            };
            self.declared.dependencies.extend(modules.into_iter().map(dependency));
        }
    }

    fn blocks(&mut self, tokens: &[Token], around: Around) {
        let is_in = |names: &[&str]| tokens.iter().any(|token| token.word().is_some_and(|word| names.contains(&word)));
        let inside = Around {
            is_for_all: around.is_for_all || is_in(&FOR_ALL),
            is_of_scripts: around.is_of_scripts || is_in(&["buildscript"]),
            is_of_part: around.is_of_part || !(is_in(&FOR_ALL) || is_in(&["buildscript"])),
            is_constraint: around.is_constraint,
            is_of_tasks: around.is_of_tasks || is_in(&TASKS),
            depth: around.depth + 1,
            block_of: match tokens {
                [Token::Word(word), Token::Block(_)] if around.depth == 0 && word == "allprojects" => Some(Whole::All),
                [Token::Word(word), Token::Block(_)] if around.depth == 0 && word == "subprojects" => {
                    Some(Whole::Others)
                }
                _ => None,
            },
        };
        for token in tokens {
            match token {
                Token::Block(inner) => self.walk(inner, inside),
                Token::Group(_, inner) => self.blocks(inner, around),
                _ => {}
            }
        }
    }

    fn computes(&mut self, line: usize, what: &'static str) {
        self.declared.computed.get_or_insert((line, what));
    }

    fn version(&mut self, value: &[Token], line: usize, around: Around) {
        let plain = match value {
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            [Token::Word(name)] => self.known(name),
            _ => None,
        };
        let stated = plain.map_or(Stated::Computed(line), |version| Stated::Plain(version, line));
        match around.block_of {
            Some(Whole::All) => _ = self.declared.version_of_all.get_or_insert(stated),
            Some(Whole::Others) => _ = self.declared.version_of_others.get_or_insert(stated),
            None if self.declared.version.is_none() => {
                self.declared.version = Some(stated);
                self.declared.version_name = name_alone(value);
            }
            None => {}
        }
    }

    /// A statement of a block `dependencies`.
    fn dependency(&mut self, statement: &Statement, around: Around) {
        let Statement { tokens, line } = statement;
        let (configuration, rest) = match tokens.as_slice() {
            [Token::Word(word), rest @ ..] => (word.as_str(), rest),
            [Token::Text { text, is_template: false }, rest @ ..] if matches!(rest, [Token::Group('(', _), ..]) => {
                (text.as_str(), rest)
            }
            _ => return self.computes(*line, "computes its dependencies"),
        };
        if let ("constraints" | "dependencies", [Token::Block(inner)]) = (configuration, rest) {
            let around = Around { is_constraint: configuration == "constraints", ..around };
            return inner.iter().for_each(|one| self.dependency(one, around));
        }
        if let ("components" | "modules" | "attributesSchema" | "artifactTypes", [Token::Block(inner)]) =
            (configuration, rest)
        {
            if inner.iter().any(may_change) {
                self.computes(*line, "asks for a module that may change");
            }
            return;
        }
        if matches!(configuration, "def" | "val" | "var") {
            if rest.iter().any(|token| matches!(token, Token::Group('(', _) | Token::Block(_))) {
                self.computes(*line, "computes its dependencies");
            }
            return;
        }
        let (arguments, block) = match rest {
            [Token::Group('(', inner)] => (inner.as_slice(), None),
            [Token::Group('(', inner), Token::Block(block)] => (inner.as_slice(), Some(block)),
            [others @ .., Token::Block(block)] if !others.is_empty() => (others, Some(block)),
            [] | [Token::Mark(_), ..] => return self.computes(*line, "computes its dependencies"),
            others => (others, None),
        };
        if block.is_some_and(|block| block.iter().any(may_change)) {
            self.computes(*line, "asks for a module that may change");
        }
        // `if ('text') { … }` is no dependency, and what is in the block may be one.
        if block.is_some_and(|block| CONTROLLING.contains(&configuration) || block.iter().any(asks_for_more)) {
            self.computes(*line, "computes its dependencies");
        }
        let strict = block.and_then(|block| self.rich(block));
        for (found, is_platform) in self.arguments(arguments) {
            let is_platform = is_platform || configuration == "mavenBom";
            let mut add = |module: String, version: Version, is_file: bool| {
                let configuration = if around.is_of_scripts { SCRIPTS } else { configuration };
                let version = strict.clone().unwrap_or(version);
                self.declared.dependencies.push(Dependency {
                    configuration: configuration.to_owned(),
                    module,
                    version,
                    is_platform,
                    line: *line,
                    is_for_all: around.is_for_all,
                    is_file,
                    is_constraint: around.is_constraint,
                    is_of_part: around.is_of_part,
                });
            };
            match found {
                Found::Modules(modules) => {
                    modules.into_iter().for_each(|(module, version)| add(module, version, false))
                }
                Found::Files(files) => files.into_iter().for_each(|file| add(file, Version::default(), true)),
                Found::Own => {}
                Found::Computed => self.computes(*line, "computes its dependencies"),
            }
        }
    }
}

/// `invokeMethod('dependencies', …)`, `getProperty('dependencies')`
fn calls_by_text(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| match token {
        Token::Word(word) if CALLING.contains(&word.as_str()) => true,
        Token::Word(word) if matches!(word.as_str(), "getProperty" | "property") => {
            let text = match tokens.get(at + 1) {
                Some(Token::Group('(', inner)) => inner.first().and_then(plain),
                other => other.and_then(plain),
            };
            text.is_some_and(|text| ADDING.contains(&text.as_str()))
        }
        Token::Group(_, inner) => calls_by_text(inner),
        _ => false,
    })
}

/// Whether a module is said to change without another version, in a block of this as well.
fn may_change(Statement { tokens, .. }: &Statement) -> bool {
    let is_within = |token: &Token| matches!(token, Token::Block(inner) if inner.iter().any(may_change));
    mentions(tokens, &["changing", "isChanging", "setChanging"]) || tokens.iter().any(is_within)
}

/// A statement in the block of a dependency that may be another dependency.
fn asks_for_more(Statement { tokens, .. }: &Statement) -> bool {
    let is_known = tokens.first().and_then(Token::word).is_some_and(|word| OF_DEPENDENCY.contains(&word));
    !is_known && has_coordinates(tokens)
}

/// Whether a text with two colons stands in a statement, in its brackets or blocks.
fn has_coordinates(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| match token {
        Token::Text { text, .. } => text.matches(':').count() > 1,
        Token::Group(_, inner) => has_coordinates(inner),
        Token::Block(inner) => inner.iter().any(asks_for_more),
        _ => false,
    })
}
