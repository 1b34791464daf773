//! What a build script declares with plain texts; everything else in it is computed.

use std::collections::HashMap;

use super::catalog::{Catalog, Version};
use super::lock::SCRIPTS;
use super::script::{Statement, Token};

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
    declared: Declared,
}

/// Where a statement stands.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    is_for_all: bool,
    is_of_scripts: bool,
    is_constraint: bool,
    is_of_part: bool,
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
        Self { catalog, names, declared: Declared::default() }
    }

    pub(super) fn read(mut self, statements: &[Statement]) -> Declared {
        self.learn(statements);
        self.walk(statements, Around::default());
        self.declared
    }

    /// The names that are given a plain text, once.
    fn learn(&mut self, statements: &[Statement]) {
        for Statement { tokens, .. } in statements {
            for (at, token) in tokens.iter().enumerate() {
                match token {
                    Token::Block(inner) => {
                        self.learn_parameters(inner);
                        self.learn(inner);
                    }
                    Token::Mark('=')
                        if matches!(tokens.get(at.wrapping_sub(1)), Some(Token::Mark('+' | '-' | '?'))) =>
                    {
                        if let Some(name) = tokens.get(at.wrapping_sub(2)).and_then(named) {
                            self.know(&name, None);
                        }
                    }
                    Token::Word(set) if SETTERS.contains(&set.as_str()) => {
                        if let Some(Token::Group('(', inner)) = tokens.get(at + 1)
                            && let Some(name) = inner.first().and_then(plain)
                        {
                            let value = inner.get(2).filter(|_| inner.len() == 3).and_then(plain);
                            self.know(&name, value);
                        }
                    }
                    Token::Mark('=') => {
                        let name = tokens.get(at.wrapping_sub(1)).and_then(named);
                        let is_alone =
                            at + 2 == tokens.len() && tokens.get(at.wrapping_sub(2)) != Some(&Token::Mark('='));
                        if let Some(name) = name {
                            let value = tokens.get(at + 1).filter(|_| is_alone).and_then(plain);
                            self.know(&name, value);
                        }
                    }
                    // Kotlin: `val x by extra("1.2")`
                    Token::Word(by) if by == "by" => {
                        if let (Some(name), Some(Token::Group(_, inner))) =
                            (tokens.get(at.wrapping_sub(1)).and_then(Token::word), tokens.get(at + 2))
                        {
                            let value = if inner.len() == 1 { plain(&inner[0]) } else { None };
                            self.know(name, value);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// `{ a, b -> …`: names that a closure is given.
    fn learn_parameters(&mut self, block: &[Statement]) {
        let Some(Statement { tokens, .. }) = block.first() else { return };
        let is_arrow = |pair: &[Token]| pair == [Token::Mark('-'), Token::Mark('>')];
        let Some(end) = tokens.windows(2).position(is_arrow) else { return };
        for name in tokens[..end].iter().filter_map(Token::word) {
            self.know(name, None);
        }
    }

    fn know(&mut self, name: &str, value: Option<String>) {
        let known = self.names.entry(name.to_owned()).or_insert_with(|| value.clone());
        if *known != value {
            *known = None;
        }
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
            ("apply", _) if mentions(tokens, &["from"]) => self.computes(*line, "applies another script"),
            ("apply", [_, Token::Block(inner)]) => inner.iter().for_each(|one| self.applied_in_block(one)),
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
                if mentions(tokens, &ADDING) {
                    self.computes(*line, "adds dependencies, or other versions of them");
                }
                match tokens.iter().position(|token| says(token, "force")).map(|at| &tokens[at + 1..]) {
                    Some([Token::Group('(', inner)]) => self.forced(inner, *line, around),
                    Some([Token::Mark('='), ..]) | None => {}
                    Some(others) => self.forced(others, *line, around),
                }
                if mentions(tokens, &UNLOCKING) {
                    self.declared.unlocked.get_or_insert(*line);
                }
                self.blocks(tokens, around);
            }
        }
    }

    /// `apply { plugin("x"); from("y") }`
    fn applied_in_block(&mut self, Statement { tokens, line }: &Statement) {
        match tokens.as_slice() {
            [Token::Word(name), Token::Group('(', value)] if name == "plugin" => self.apply(value, *line),
            [Token::Word(name), value @ ..] if name == "plugin" => self.apply(value, *line),
            _ if mentions(tokens, &["from"]) => self.computes(*line, "applies another script"),
            _ => {}
        }
    }

    /// `apply plugin: 'x'`, `apply(plugin = "x")`, `apply<X>()`, `pluginManager.apply("x")`
    fn applied(&mut self, tokens: &[Token], line: usize) {
        let Some(at) = tokens.iter().position(|token| says(token, "apply")) else { return };
        let arguments = match &tokens[at + 1..] {
            [Token::Group('(', inner), ..] => inner.as_slice(),
            [Token::Mark('<'), class @ .., Token::Mark('>'), Token::Group('(', _)] => return self.apply(class, line),
            others => others,
        };
        let is_of_manager = at > 1
            && tokens[at - 1] == Token::Mark('.')
            && tokens[..at].iter().any(|token| {
                token.word().is_some_and(|word| {
                    word.to_ascii_lowercase().ends_with("plugins") || word.ends_with("luginManager")
                })
            });
        match arguments {
            [Token::Word(key), Token::Mark(':' | '='), value @ ..] if key == "plugin" => {
                let end = value.iter().position(|token| *token == Token::Mark(',')).unwrap_or(value.len());
                self.apply(&value[..end], line);
            }
            value if is_of_manager && !value.is_empty() => self.apply(value, line),
            _ => {}
        }
    }

    /// A plugin by its name, or by its class.
    fn apply(&mut self, value: &[Token], line: usize) {
        let name = match value {
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            [Token::Word(name)] if self.names.contains_key(name) => self.names.get(name).cloned().flatten(),
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
            [Token::Word(name)] => self.names.get(name).cloned().flatten(),
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
        if matches!(
            (configuration, rest),
            ("components" | "modules" | "attributesSchema" | "artifactTypes", [Token::Block(_)])
        ) {
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
        let is_changing = |one: &Statement| mentions(&one.tokens, &["changing", "isChanging", "setChanging"]);
        if block.is_some_and(|block| block.iter().any(is_changing)) {
            self.computes(*line, "asks for a module that may change");
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
                [_, _, Token::Word(word)] => Some(self.names.get(word).cloned().flatten()),
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
        self.names.get(bare).cloned().flatten()
    }

    /// A statement of a block `plugins`.
    fn plugin(&mut self, Statement { tokens, line }: &Statement) {
        let after = |name: &str| {
            let at = tokens.iter().position(|token| says(token, name))?;
            let value = match tokens.get(at + 1) {
                Some(Token::Text { text, is_template }) => self.resolved(text, *is_template),
                Some(Token::Group('(', inner)) => match inner.as_slice() {
                    [Token::Text { text, is_template }] => self.resolved(text, *is_template),
                    [Token::Word(name)] => self.names.get(name).cloned().flatten(),
                    _ => None,
                },
                Some(Token::Word(name)) => self.names.get(name).cloned().flatten(),
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

/// Whether one of some words stands in a statement, blocks left out: they are read by themselves.
pub(super) fn mentions(tokens: &[Token], words: &[&str]) -> bool {
    tokens.iter().any(|token| match token {
        Token::Word(word) => words.contains(&word.as_str()),
        Token::Group(_, inner) => mentions(inner, words),
        _ => false,
    })
}
