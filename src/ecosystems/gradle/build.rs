//! What a build script declares with plain texts; everything else in it is computed.

use std::collections::{HashMap, HashSet};

use super::catalog::{Catalog, Version};
use super::lock::SCRIPTS;
use super::script::{Statement, Token};
use super::version;

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

/// What stands for a dependency.
enum Found {
    Modules(Vec<(String, Version)>),
    Files(Vec<String>),
    /// Part of this build, or of Gradle.
    Own,
    Computed,
}

/// Blocks whose statements are for other projects, too.
const FOR_ALL: [&str; 4] = ["allprojects", "subprojects", "configure", "project"];

/// What is part of Gradle itself, or of this build.
const OWN: [&str; 8] = [
    "project",
    "gradleApi",
    "localGroovy",
    "gradleTestKit",
    "gradleKotlinDsl",
    "embeddedKotlin",
    "fileTree",
    "projects",
];

/// What gives a name its value.
const SETTERS: [&str; 4] = ["set", "setProperty", "put", "putAt"];

/// What has the names of a project that a script gives it.
const EXTRA: [&str; 3] = ["ext", "extra", "extraProperties"];

/// What stands for a project, or for the build.
const PROJECTS: [&str; 12] = [
    "project",
    "getProject",
    "rootProject",
    "getRootProject",
    "parent",
    "this",
    "it",
    "owner",
    "delegate",
    "gradle",
    "settings",
    "buildscript",
];

/// What stands for tasks, or for files: `apply` is Kotlin's there, and `from` is about files.
const TASKS: [&str; 9] =
    ["tasks", "task", "copySpec", "distributions", "sourceSets", "withType", "named", "register", "getByName"];

/// What runs a script that stands elsewhere, or a text.
const SHELLS: [&str; 3] = ["GroovyShell", "Eval", "GroovyScriptEngine"];

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

/// What only passes on what is in it.
const WRAPPERS: [&str; 4] = ["platform", "enforcedPlatform", "testFixtures", "variantOf"];

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

    /// The names that are given a plain text, once.
    pub(super) fn learn(&mut self, statements: &[Statement]) {
        for Statement { tokens, .. } in statements {
            self.learn_variable(tokens);
            self.learn_method(tokens);
            self.learn_tokens(tokens, false);
        }
    }

    fn learn_tokens(&mut self, tokens: &[Token], is_in_call: bool) {
        for (at, token) in tokens.iter().enumerate() {
            let (before, after) = (&tokens[..at], &tokens[at + 1..]);
            match token {
                Token::Block(inner) => {
                    self.learn_parameters(inner);
                    self.learn(inner);
                }
                Token::Group(_, inner) => {
                    if before.last().is_some_and(|token| says(token, "for")) {
                        let end = inner.iter().position(|token| says(token, "in") || *token == Token::Mark(':'));
                        self.hide(&inner[..end.unwrap_or(0)]);
                    }
                    self.learn_tokens(inner, before.last().is_some_and(is_callee));
                }
                Token::Word(set) if SETTERS.contains(&set.as_str()) => self.learn_set(before, set, after),
                Token::Word(all) if all == "putAll" && (before.is_empty() || mentions(before, &EXTRA)) => {
                    self.learn_all(after);
                }
                Token::Mark('=') => self.learn_assigned(before, after, is_in_call),
                // Kotlin: `val x by extra("1.2")`
                Token::Word(by) if by == "by" => {
                    if let (Some(name), Some(Token::Group(_, inner))) =
                        (before.last().and_then(Token::word), after.get(1))
                    {
                        let value = if inner.len() == 1 { plain(&inner[0]) } else { None };
                        self.know(name, value);
                    }
                }
                _ => {}
            }
        }
    }

    /// `a = …`, where `before` and `after` are what stands around the sign.
    fn learn_assigned(&mut self, before: &[Token], after: &[Token], is_in_call: bool) {
        if after.first() == Some(&Token::Mark('=')) {
            return;
        }
        match before {
            // It compares.
            [.., Token::Mark('=' | '!' | '<' | '>')] => {}
            [.., target, Token::Mark('+' | '-' | '?' | '*' | '/' | '%' | '&' | '|' | '^')] => {
                if let Some(name) = named(target) {
                    self.know(&name, None);
                }
            }
            // `def (a, b) = …`
            [.., Token::Group('(', names)] => self.hide(names),
            [.., Token::Word(whose), Token::Group('[', name)] if !is_plain(name) => {
                self.gives_any |= EXTRA.contains(&whose.as_str()) || PROJECTS.contains(&whose.as_str());
            }
            [others @ .., Token::Text { .. }] => {
                self.gives_any |= is_of_any(others, &EXTRA) || is_of_any(others, &PROJECTS);
            }
            // In a call it is the name of an argument, unless it is that of something else's.
            [Token::Word(_)] | [.., Token::Mark(','), Token::Word(_)] if is_in_call => {}
            [others @ .., target] => {
                let is_alone = after.len() == 1 && others.last() != Some(&Token::Mark('='));
                if let Some(name) = named(target) {
                    let value = after.first().filter(|_| is_alone).and_then(plain);
                    self.know(&name, value);
                }
            }
            [] => {}
        }
    }

    /// `set("a", "1.2")`, `ext.set 'a', '1.2'`
    fn learn_set(&mut self, before: &[Token], set: &str, after: &[Token]) {
        let arguments = match after {
            [Token::Group('(', inner), ..] => inner.as_slice(),
            others => others,
        };
        let [name, Token::Mark(','), value @ ..] = arguments else { return };
        match plain(name) {
            Some(name) => {
                let value = value.first().filter(|_| value.len() == 1).and_then(plain);
                self.know(&name, value);
            }
            None => {
                let is_own = set.starts_with("set") && (before.is_empty() || is_of_any(before, &PROJECTS));
                self.gives_any |= is_own || is_of_any(before, &EXTRA);
            }
        }
    }

    /// `ext.putAll(a: '1.2')`
    fn learn_all(&mut self, arguments: &[Token]) {
        let arguments = match arguments {
            [Token::Group('(', inner), ..] => unwrapped(inner),
            others => unwrapped(others),
        };
        for part in arguments.split(|token| *token == Token::Mark(',')) {
            match part {
                [name, Token::Mark(':'), value @ ..] => match name.word().map(str::to_owned).or_else(|| plain(name)) {
                    Some(name) => self.know(&name, value.first().filter(|_| value.len() == 1).and_then(plain)),
                    None => self.gives_any = true,
                },
                _ => self.gives_any = true,
            }
        }
    }

    /// Kotlin: `val a: String = …`, `val a by …`. What a property of Gradle's is taken from says what its value is.
    fn learn_variable(&mut self, tokens: &[Token]) {
        let Some(at) = tokens.iter().position(|token| says(token, "val") || says(token, "var")) else { return };
        let [Token::Word(name), after @ ..] = &tokens[at + 1..] else { return };
        if mentions(after, &TASKS) && !mentions(after, &PROJECTS) {
            self.tasks.insert(name.clone());
        }
        if let Some(by) = after.iter().position(|token| says(token, "by")) {
            match &after[by + 1..] {
                [Token::Word(extra), Token::Group('(', inner)] if extra == "extra" => {
                    self.know(name, inner.first().filter(|_| inner.len() == 1).and_then(plain));
                }
                from if dotted(from).is_some_and(|from| {
                    from.rsplit('.').next().is_some_and(|last| ["project", "settings", "extra"].contains(&last))
                }) => {}
                _ => self.know(name, None),
            }
            return;
        }
        match after {
            [Token::Mark(':'), .., Token::Mark('='), value] => self.know(name, plain(value)),
            [Token::Mark(':'), rest @ ..] if rest.contains(&Token::Mark('=')) => self.know(name, None),
            others if mentions(others, &["get"]) && others.first() != Some(&Token::Mark('=')) => self.know(name, None),
            _ => {}
        }
    }

    /// The names that a method is given: `def add(v) { … }`, `fun add(v: String) = …`
    fn learn_method(&mut self, tokens: &[Token]) {
        const OTHERS: [&str; 9] = ["task", "new", "return", "else", "throw", "in", "as", "assert", "case"];
        let is_end = |token: &Token| matches!(token, Token::Block(_) | Token::Mark('='));
        let head = &tokens[..tokens.iter().position(is_end).unwrap_or(tokens.len())];
        let is_kotlin = head.iter().any(|token| says(token, "fun"));
        for (at, token) in head.iter().enumerate() {
            let Token::Group('(', inner) = token else { continue };
            let is_named = match &head[..at] {
                [.., Token::Word(kind), Token::Word(_)] => !OTHERS.contains(&kind.as_str()),
                [.., Token::Mark('>') | Token::Group('[', _), Token::Word(_)] => true,
                _ => false,
            };
            let has_body = match tokens.get(at + 1) {
                Some(Token::Word(throws)) => throws == "throws",
                other => matches!(other, Some(Token::Block(_))),
            };
            if is_kotlin || (is_named && has_body) {
                self.hide(inner);
            }
        }
    }

    /// `{ a, b -> …`: names that a closure is given.
    fn learn_parameters(&mut self, block: &[Statement]) {
        let Some(Statement { tokens, .. }) = block.first() else { return };
        let is_arrow = |pair: &[Token]| pair == [Token::Mark('-'), Token::Mark('>')];
        let Some(end) = tokens.windows(2).position(is_arrow) else { return };
        self.hide(&tokens[..end]);
    }

    /// Names that stand for something else in some place.
    fn hide(&mut self, tokens: &[Token]) {
        for token in tokens {
            match token {
                Token::Word(name) => self.know(name, None),
                Token::Group(_, inner) => self.hide(inner),
                _ => {}
            }
        }
    }

    fn know(&mut self, name: &str, value: Option<String>) {
        let known = self.names.entry(name.to_owned()).or_insert_with(|| value.clone());
        if *known != value {
            *known = None;
        }
    }

    /// The text of an argument, where it is one.
    pub(super) fn argument(&self, tokens: &[Token]) -> Option<String> {
        match tokens {
            [Token::Group('(', inner)] => self.argument(inner),
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            [Token::Word(name)] => self.known(name),
            _ => None,
        }
    }

    /// The one value of a name.
    fn known(&self, name: &str) -> Option<String> {
        self.names.get(name).filter(|_| !self.gives_any).cloned().flatten()
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

    /// Whether a name has no one value, as those have that a closure is given.
    fn is_given(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(Option::is_none)
    }

    /// `apply { plugin("x"); from("y") }`
    fn applied_in_block(&mut self, Statement { tokens, line }: &Statement) {
        match tokens.as_slice() {
            [Token::Word(name), Token::Group('(', value)] if name == "plugin" => self.apply(value, *line),
            [Token::Word(name), value @ ..] if name == "plugin" => self.apply(value, *line),
            _ => {}
        }
    }

    /// `apply plugin: 'x'`, `apply(plugin = "x")`, `apply<X>()`, `pluginManager.apply("x")`, `apply { plugin("x") }`
    fn applied(&mut self, tokens: &[Token], line: usize) {
        let Some(at) = tokens.iter().position(|token| says(token, "apply")) else { return };
        let before = &tokens[..at];
        let is_of_project = before.is_empty() || is_of_any(before, &PROJECTS);
        let arguments = match &tokens[at + 1..] {
            [Token::Group('(', inner), ..] => inner.as_slice(),
            [Token::Mark('<'), class @ .., Token::Mark('>'), Token::Group('(', _)] => return self.apply(class, line),
            others => others,
        };
        let is_of_manager = at > 1
            && tokens[at - 1] == Token::Mark('.')
            && before.iter().any(|token| {
                token.word().is_some_and(|word| {
                    word.to_ascii_lowercase().ends_with("plugins") || word.ends_with("luginManager")
                })
            });
        match unwrapped(arguments) {
            [Token::Block(inner)] => inner.iter().for_each(|one| self.applied_in_block(one)),
            value if is_of_manager && !value.is_empty() => self.apply(value, line),
            value => {
                let parts: Vec<_> = value.split(|token| *token == Token::Mark(',')).collect();
                let plugin = parts.iter().find_map(|part| valued(part, "plugin"));
                match plugin {
                    Some(plugin) => self.apply(plugin, line),
                    None if is_of_project && !value.is_empty() => self.computes(line, "computes its plugins"),
                    None => {}
                }
            }
        }
    }

    /// A plugin by its name, or by its class.
    fn apply(&mut self, value: &[Token], line: usize) {
        let name = match value {
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            [Token::Word(name)] if self.names.contains_key(name) => self.known(name),
            // Kotlin: `X::class`
            [class @ .., Token::Mark(':'), Token::Mark(':'), Token::Word(end)] if end == "class" => dotted(class),
            class => dotted(class),
        };
        match name {
            Some(id) => self.declared.plugins.push(Plugin { id, version: None, line, is_applied: true }),
            None => self.computes(line, "computes its plugins"),
        }
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

    /// `version { strictly("1.2") }` behind a dependency.
    fn rich(&self, block: &[Statement]) -> Option<Version> {
        let version = block.iter().find(|one| one.tokens.first().is_some_and(|token| says(token, "version")))?;
        let Some(Token::Block(inner)) = version.tokens.get(1) else { return None };
        let text = |name: &str| {
            let found = inner.iter().rev().find(|one| one.tokens.first().is_some_and(|token| says(token, name)))?;
            match found.tokens.get(1)? {
                Token::Group('(', inner) => plain(inner.first()?),
                token => plain(token),
            }
        };
        let strict = text("strictly").map(|text| Version { text, is_strict: true });
        strict.or_else(|| text("require").map(|text| Version { text, is_strict: false }))
    }

    /// Each argument; `group: 'g', name: 'n', version: 'v'` are one together.
    fn arguments(&self, tokens: &[Token]) -> Vec<(Found, bool)> {
        let parts: Vec<_> = tokens.split(|token| *token == Token::Mark(',')).filter(|part| !part.is_empty()).collect();
        if parts.first().is_some_and(
            |part| matches!(part, [key, Token::Mark(':' | '='), ..] if says(key, "group") || says(key, "name")),
        ) {
            return vec![(self.map(&parts), false)];
        }
        if parts.is_empty() {
            return vec![(Found::Computed, false)];
        }
        parts.into_iter().map(|part| self.expression(part)).collect()
    }

    fn map(&self, parts: &[&[Token]]) -> Found {
        let value = |name: &str| {
            let part = parts.iter().find(|part| part.first().is_some_and(|key| says(key, name)))?;
            match part {
                [_, _, Token::Text { text, is_template }] => Some(self.resolved(text, *is_template)),
                [_, _, Token::Word(word)] => Some(self.known(word)),
                _ => Some(None),
            }
        };
        if value("changing").is_some() {
            return Found::Computed;
        }
        match (value("group"), value("name"), value("version")) {
            (Some(Some(group)), Some(Some(name)), version) if version != Some(None) => {
                let version = Version::plain(&version.flatten().unwrap_or_default());
                Found::Modules(vec![(format!("{group}:{name}"), version)])
            }
            _ => Found::Computed,
        }
    }

    fn expression(&self, tokens: &[Token]) -> (Found, bool) {
        let found = match tokens {
            [Token::Text { text, is_template }] => self.notation(text, *is_template),
            [Token::Group('[', inner)] => {
                let all = self.arguments(inner).into_iter().map(|(found, _)| found);
                all.reduce(Found::with).unwrap_or(Found::Computed)
            }
            [Token::Word(name), Token::Group('(', inner)] if WRAPPERS.contains(&name.as_str()) => {
                let found = self.arguments(inner).into_iter().map(|(found, _)| found).reduce(Found::with);
                return (found.unwrap_or(Found::Computed), name.ends_with("latform"));
            }
            [Token::Word(name), Token::Group('(', inner)] if name == "kotlin" => self.kotlin(inner),
            [Token::Word(name), Token::Group('(', inner)] if name == "files" => {
                let texts: Option<Vec<_>> = self.texts(inner);
                texts.map_or(Found::Computed, Found::Files)
            }
            [Token::Word(name), Token::Group('(', _), ..] if OWN.contains(&name.as_str()) => Found::Own,
            [Token::Word(name), Token::Mark('.'), ..] if name == "projects" => Found::Own,
            [Token::Word(name), Token::Mark('.'), rest @ ..] if name == "libs" => self.catalogued(rest),
            _ => Found::Computed,
        };
        (found, false)
    }

    fn texts(&self, tokens: &[Token]) -> Option<Vec<String>> {
        let parts = tokens.split(|token| *token == Token::Mark(','));
        let text = |part: &[Token]| match part {
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            _ => None,
        };
        parts.filter(|part| !part.is_empty()).map(text).collect()
    }

    fn kotlin(&self, inner: &[Token]) -> Found {
        match self.texts(inner).as_deref() {
            Some([module]) => Found::one(format!("org.jetbrains.kotlin:kotlin-{module}"), Version::default()),
            Some([module, version]) => {
                Found::one(format!("org.jetbrains.kotlin:kotlin-{module}"), Version::plain(version))
            }
            _ => Found::Computed,
        }
    }

    /// `group:name:version:classifier@type`, the last three where they are needed.
    fn notation(&self, text: &str, is_template: bool) -> Found {
        let Some(text) = self.resolved(text, is_template) else { return Found::Computed };
        let text = text.split('@').next().unwrap_or_default();
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(group), Some(name), version) if !group.is_empty() && !name.is_empty() => {
                Found::one(format!("{group}:{name}"), Version::plain(version.unwrap_or_default()))
            }
            _ => Found::Computed,
        }
    }

    fn catalogued(&self, rest: &[Token]) -> Found {
        let Some(name) = dotted(rest) else { return Found::Computed };
        let library =
            |name: &str| self.catalog.libraries.get(name).map(|one| (one.module.clone(), one.version.clone()));
        let found = match name.strip_prefix("bundles.") {
            Some(bundle) => {
                self.catalog.bundles.get(bundle).and_then(|names| names.iter().map(|name| library(name)).collect())
            }
            None => library(&name).map(|one| vec![one]),
        };
        found.map_or(Found::Computed, Found::Modules)
    }

    /// A text without `$`; `None` where something in it is computed.
    fn resolved(&self, text: &str, is_template: bool) -> Option<String> {
        if text.contains('\\') {
            return None;
        }
        if !is_template {
            return Some(text.to_owned());
        }
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            whole.push_str(before);
            let (name, behind) = match after.strip_prefix('{') {
                Some(inner) => inner.split_once('}')?,
                None => after.split_at(after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())),
            };
            whole.push_str(&self.value(name.trim())?);
            rest = behind;
        }
        whole.push_str(rest);
        Some(whole)
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(alias) = name.strip_prefix("libs.versions.") {
            let alias = alias.strip_suffix(".get()").or_else(|| alias.strip_suffix(".asProvider().get()"))?;
            return self.catalog.versions.get(alias).map(|version| version.text.clone());
        }
        let bare = ["project.", "rootProject.", "ext."]
            .iter()
            .fold(name, |name, start| name.strip_prefix(start).unwrap_or(name));
        self.known(bare)
    }

    /// A statement of a block `plugins`.
    fn plugin(&mut self, Statement { tokens, line }: &Statement) {
        let after = |name: &str| {
            let at = tokens.iter().position(|token| says(token, name))?;
            let value = match tokens.get(at + 1) {
                Some(Token::Text { text, is_template }) => self.resolved(text, *is_template),
                Some(Token::Group('(', inner)) => match inner.as_slice() {
                    [Token::Text { text, is_template }] => self.resolved(text, *is_template),
                    [Token::Word(name)] => self.known(name),
                    _ => None,
                },
                Some(Token::Word(name)) => self.known(name),
                _ => None,
            };
            Some(value)
        };
        let first = tokens.first().and_then(Token::word).unwrap_or_default();
        let (id, version) = match (first, tokens.get(1)) {
            ("id", _) => (after("id").flatten(), after("version")),
            ("kotlin", _) => {
                (after("kotlin").flatten().map(|name| format!("org.jetbrains.kotlin.{name}")), after("version"))
            }
            ("alias", Some(Token::Group('(', inner))) => {
                let name = inner.get(4..).and_then(dotted);
                let found = name.and_then(|name| self.catalog.plugins.get(&name));
                (found.map(|found| found.module.clone()), found.map(|found| Some(found.version.text.clone())))
            }
            (name, None) if !name.is_empty() => (Some(name.to_owned()), None),
            _ => (None, None),
        };
        match (id, version) {
            (Some(id), None) => {
                self.declared.plugins.push(Plugin { id, version: None, line: *line, is_applied: false })
            }
            (Some(id), Some(Some(version))) => {
                self.declared.plugins.push(Plugin {
                    id,
                    version: Some(Version::plain(&version)),
                    line: *line,
                    is_applied: false,
                });
            }
            _ => self.computes(*line, "computes its plugins"),
        }
    }
}

impl Found {
    fn one(module: String, version: Version) -> Self {
        Self::Modules(vec![(module, version)])
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Modules(mut one), Self::Modules(more)) => {
                one.extend(more);
                Self::Modules(one)
            }
            (Self::Own, other) | (other, Self::Own) => other,
            _ => Self::Computed,
        }
    }
}

/// The name whose value a version is: `VERSION`, `"$VERSION"`, `"${VERSION}"`.
fn name_alone(value: &[Token]) -> Option<String> {
    let name = match value {
        [Token::Word(name)] => name.as_str(),
        [Token::Text { text, is_template: true }] => {
            let name = text.strip_prefix('$')?;
            name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
        }
        _ => return None,
    };
    Some(name.rsplit('.').next().unwrap_or(name).trim().to_owned())
}

fn says(token: &Token, word: &str) -> bool {
    token.word() == Some(word)
}

/// A text in which nothing is computed.
fn plain(token: &Token) -> Option<String> {
    match token {
        Token::Text { text, is_template: false } if !text.contains('\\') => Some(text.clone()),
        _ => None,
    }
}

/// What is given a value: a word, or `extra["word"]`.
fn named(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) => Some(word.clone()),
        Token::Group('[', inner) if inner.len() == 1 => plain(&inner[0]),
        _ => None,
    }
}

/// `a.b.c`, and nothing else.
fn dotted(tokens: &[Token]) -> Option<String> {
    let is_dotted = tokens.iter().enumerate().all(|(at, token)| match token {
        Token::Word(_) => at % 2 == 0,
        token => at % 2 == 1 && *token == Token::Mark('.'),
    });
    let words: Vec<_> = tokens.iter().filter_map(Token::word).collect();
    (is_dotted && !words.is_empty()).then(|| words.join("."))
}

/// Whether what stands in brackets behind this are arguments: those of a condition are none.
fn is_callee(token: &Token) -> bool {
    match token {
        Token::Word(word) => !["if", "while", "return", "switch", "assert"].contains(&word.as_str()),
        token => *token == Token::Mark('>'),
    }
}

fn is_plain(tokens: &[Token]) -> bool {
    matches!(tokens, [one] if plain(one).is_some())
}

/// Whether the last name before a dot at the end is one of some: `a.project.`, `project(':x').`
fn is_of_any(before: &[Token], words: &[&str]) -> bool {
    let name = match before {
        [others @ .., Token::Mark('?'), Token::Mark('.')] | [others @ .., Token::Mark('.')] => others,
        _ => return false,
    };
    let name = match name {
        [others @ .., Token::Group('(', _)] => others,
        others => others,
    };
    name.last().and_then(Token::word).is_some_and(|word| words.contains(&word))
}

/// What stands in a map: `[a: 1]`, `mapOf("a" to 1)`
fn unwrapped(tokens: &[Token]) -> &[Token] {
    match tokens {
        [Token::Group('[', inner)] => inner,
        [Token::Word(name), Token::Group('(', inner)] if name == "mapOf" => inner,
        others => others,
    }
}

/// The value of a key in a part of a map, or of named arguments.
fn valued<'t>(part: &'t [Token], key: &str) -> Option<&'t [Token]> {
    match part {
        [name, Token::Mark(':' | '='), value @ ..] if says(name, key) || plain(name).as_deref() == Some(key) => {
            Some(value)
        }
        [name, to, value @ ..] if says(to, "to") && plain(name).as_deref() == Some(key) => Some(value),
        _ => None,
    }
}

/// Whether a statement runs another script: `x.apply from: 'y'`, `apply { from("y") }`, `evaluate(file)`. What is said of tasks
/// is about files.
pub(super) fn applies_script(tokens: &[Token], is_of_tasks: bool, tasks: &HashSet<String>) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        let (before, after) = (&tokens[..at], &tokens[at + 1..]);
        match token {
            Token::Word(word) if word == "apply" => {
                let arguments = match after {
                    [Token::Group('(', inner), ..] => unwrapped(inner),
                    others => unwrapped(others),
                };
                let is_from = |at: usize| valued(&arguments[at..], "from").is_some();
                let is_block = matches!(arguments, [Token::Block(inner), ..] if inner.iter().any(is_of_from));
                (0..arguments.len()).any(is_from) || (is_block && may_be_project(before, is_of_tasks, tasks))
            }
            Token::Word(word) if word == "evaluate" => {
                let is_call = match after.first() {
                    Some(Token::Group('(', inner)) => !inner.is_empty(),
                    other => matches!(other, Some(Token::Text { .. } | Token::Word(_))),
                };
                is_call && (before.last() != Some(&Token::Mark('.')) || is_of_any(before, &PROJECTS))
            }
            Token::Word(word) => SHELLS.contains(&word.as_str()),
            Token::Group(_, inner) => applies_script(inner, is_of_tasks, tasks),
            _ => false,
        }
    })
}

/// `from 'x'`, or a condition around it.
fn is_of_from(Statement { tokens, .. }: &Statement) -> bool {
    let is_condition = mentions(tokens, &["if", "else", "for", "while", "each", "forEach"]);
    mentions(tokens, &["from"])
        || is_condition
            && tokens.iter().any(|token| matches!(token, Token::Block(inner) if inner.iter().any(is_of_from)))
}

/// Whether `apply` behind this may be a project's, and not Kotlin's own of anything else.
fn may_be_project(before: &[Token], is_of_tasks: bool, tasks: &HashSet<String>) -> bool {
    if before.last() != Some(&Token::Mark('.')) || is_of_any(before, &PROJECTS) {
        return true;
    }
    let is_task = |token: &Token| {
        token.word().is_some_and(|word| tasks.contains(word)) || mentions(std::slice::from_ref(token), &TASKS)
    };
    match before.iter().rposition(is_task) {
        Some(at) => mentions(&before[at + 1..], &PROJECTS),
        None => !is_of_tasks,
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

/// Whether one of some words stands in a statement, blocks left out: they are read by themselves.
pub(super) fn mentions(tokens: &[Token], words: &[&str]) -> bool {
    tokens.iter().any(|token| match token {
        Token::Word(word) => words.contains(&word.as_str()),
        Token::Group(_, inner) => mentions(inner, words),
        _ => false,
    })
}
