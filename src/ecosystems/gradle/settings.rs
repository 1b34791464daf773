//! settings.gradle: the projects of a build, as far as they are named by plain texts.

use std::collections::{HashMap, HashSet};

use super::build::{Declared, Dependency, Interpreter, Plugin, applies_script, mentions};
use super::catalog::{Catalog, Version};
use super::lock::SCRIPTS;
use super::script::{self, Statement, Token};

/// What settings say.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The file, as people know it.
    pub(super) shown: String,
    /// The build's name.
    pub(super) name: Option<String>,
    /// The folders of the projects relative to the settings, each with its line.
    pub(super) included: Vec<(String, usize)>,
    /// The folders of the projects around those, which belong to the build, too.
    pub(super) parents: Vec<String>,
    /// What the settings themselves are run with.
    pub(super) own: Declared,
    /// Whether they give catalogs of versions besides the usual file, or in its place.
    pub(super) has_catalogs: bool,
    /// The plugins whose versions are managed here.
    pub(super) plugins: Vec<Plugin>,
    /// What is computed.
    pub(super) unproven: Vec<String>,
}

impl Settings {
    /// `properties` are those of gradle.properties.
    pub(super) fn parse(shown: &str, text: &str, properties: &HashMap<String, String>) -> Self {
        let mut settings = Self { shown: shown.to_owned(), ..Self::default() };
        match script::parse(shown, text) {
            Ok(statements) => {
                let Declared { plugins, .. } =
                    Interpreter::new(&Catalog::default(), &Default::default()).read(&statements);
                settings.plugins = plugins;
                let own: Vec<_> = statements.iter().filter(|one| is_own(one)).cloned().collect();
                settings.own = Interpreter::new(&Catalog::default(), &Default::default()).read(&own);
                if let Some((line, what)) = settings.own.computed {
                    settings.unproven.push(format!("{shown}:{line} {what}"));
                }
                settings.walk(&statements);
                let catalog = Catalog::default();
                let mut names = Interpreter::new(&catalog, properties);
                names.learn(&statements);
                statements.iter().for_each(|one| settings.replaced(&one.tokens, one.line, &names));
            }
            Err(line) => settings.unproven.push(format!("{shown}:{line} cannot be understood")),
        }
        settings
    }

    fn walk(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, Statement { tokens, line }: &Statement) {
        match tokens.as_slice() {
            [Token::Word(name), rest @ ..] if name == "include" || name == "includeBuild" || name == "includeFlat" => {
                match texts(rest) {
                    Some(texts) => self.include(name, texts, *line),
                    None => self.computes(*line),
                }
            }
            [Token::Word(root), Token::Mark('.'), Token::Word(name), Token::Mark('='), Token::Text { text, .. }]
                if root == "rootProject" && name == "name" =>
            {
                self.name = Some(text.clone());
            }
            // A project in another folder than its name says.
            [Token::Word(name), Token::Group('(', project), Token::Mark('.'), Token::Word(key), rest @ ..]
                if name == "project" && key == "projectDir" =>
            {
                match (texts(project).as_deref(), folder(rest)) {
                    (Some([project]), Some(folder)) => self.relocate(project, &folder),
                    _ => self.computes(*line),
                }
            }
            [Token::Word(name), Token::Block(inner)] if name == "versionCatalogs" => {
                self.has_catalogs |= !inner.iter().all(is_usual_catalog);
            }
            others => {
                let is_script = applies_script(others, false, &HashSet::new());
                if is_script || mentions(others, &COMPUTING) {
                    self.computes(*line);
                }
                for token in others {
                    if let Token::Block(inner) = token {
                        self.walk(inner);
                    }
                }
            }
        }
    }

    /// `eachPlugin { useVersion("1.2") }`, `useModule("g:a:1.2")`: what counts in place of what is asked for.
    fn replaced(&mut self, tokens: &[Token], line: usize, names: &Interpreter<'_>) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Block(inner) => inner.iter().for_each(|one| self.replaced(&one.tokens, one.line, names)),
                Token::Group(_, inner) => self.replaced(inner, line, names),
                Token::Word(word) if word == "useVersion" || word == "useModule" => {
                    let arguments = match &tokens[at + 1..] {
                        [group @ Token::Group('(', _), ..] => std::slice::from_ref(group),
                        others => others,
                    };
                    self.replaced_by(word, arguments, line, names);
                }
                _ => {}
            }
        }
    }

    fn replaced_by(&mut self, how: &str, arguments: &[Token], line: usize, names: &Interpreter<'_>) {
        if is_asked_for(arguments) {
            return;
        }
        let Some(text) = names.argument(arguments) else {
            let told = "computes the versions of plugins; write each as a plain text";
            return self.unproven.push(format!("{}:{line} {told}", self.shown));
        };
        let (module, version) = match how {
            "useVersion" => (how, text.as_str()),
            _ => text.rsplit_once(':').unwrap_or((text.as_str(), "")),
        };
        // What is fixed is what the plugin's row would say.
        if super::version::open(version).is_some() {
            self.own.dependencies.push(Dependency {
                configuration: SCRIPTS.to_owned(),
                module: module.to_owned(),
                version: Version::plain(version),
                is_platform: false,
                line,
                is_for_all: false,
                is_file: false,
                is_constraint: true,
                is_of_part: true,
            });
        }
    }

    fn include(&mut self, how: &str, texts: Vec<String>, line: usize) {
        for text in texts {
            let folder = match how {
                "include" => {
                    let folder = text.trim_start_matches(':').replace(':', "/");
                    self.parents.extend(folder.match_indices('/').map(|(at, _)| folder[..at].to_owned()));
                    folder
                }
                "includeFlat" => format!("../{text}"),
                _ => text,
            };
            self.included.push((folder, line));
        }
    }

    fn relocate(&mut self, project: &str, folder: &str) {
        let usual = project.trim_start_matches(':').replace(':', "/");
        for (known, _) in &mut self.included {
            if *known == usual {
                folder.clone_into(known);
            }
        }
    }

    fn computes(&mut self, line: usize) {
        self.unproven.push(format!("{}:{line} computes its projects; name each with a plain text", self.shown));
    }
}

/// What names projects, or their scripts, in a way that is not read.
const COMPUTING: [&str; 6] = ["include", "includeBuild", "includeFlat", "projectDir", "buildFileName", "buildFile"];

/// The version that the plugin is asked for with, which has a row of its own.
fn is_asked_for(arguments: &[Token]) -> bool {
    match arguments {
        [Token::Group('(', inner)] => is_asked_for(inner),
        [Token::Word(requested), Token::Mark('.'), Token::Word(version), ..] => {
            requested == "requested" && version == "version"
        }
        [Token::Text { text, .. }] => text.ends_with(":${requested.version}"),
        _ => false,
    }
}

/// What a block of the settings runs them with.
fn is_own(statement: &Statement) -> bool {
    matches!(statement.tokens.as_slice(), [Token::Word(name), Token::Block(_)] if name == "plugins" || name == "buildscript")
}

/// `libs { from(files("gradle/libs.versions.toml")) }`, `create("libs") { … }`: the catalog that is read anyway.
fn is_usual_catalog(Statement { tokens, .. }: &Statement) -> bool {
    let Some(Token::Block(inner)) = tokens.last() else { return false };
    let is_usual = |one: &Statement| match one.tokens.as_slice() {
        [Token::Word(from), Token::Group('(', files)] if from == "from" => match files.as_slice() {
            [Token::Word(files), Token::Group('(', path)] if files == "files" => texts(path)
                .is_some_and(|paths| paths.iter().all(|path| path.trim_start_matches("./") == super::CATALOG)),
            _ => false,
        },
        _ => false,
    };
    inner.iter().all(is_usual)
}

/// Plain texts behind a word, with or without brackets; what follows in a block does not count.
fn texts(tokens: &[Token]) -> Option<Vec<String>> {
    let tokens = match tokens {
        [Token::Group('(', inner)] | [Token::Group('(', inner), Token::Block(_)] => inner.as_slice(),
        [others @ .., Token::Block(_)] => others,
        others => others,
    };
    let parts = tokens.split(|token| *token == Token::Mark(','));
    let text = |part: &[Token]| match part {
        [Token::Text { text, is_template: false }] => Some(text.clone()),
        _ => None,
    };
    let found: Option<Vec<_>> = parts.filter(|part| !part.is_empty()).map(text).collect();
    found.filter(|found| !found.is_empty())
}

/// `= file("x")`, `= new File(settingsDir, "x")`: the text of the path.
fn folder(tokens: &[Token]) -> Option<String> {
    let [Token::Mark('='), .., Token::Group('(', inner)] = tokens else { return None };
    match inner.as_slice() {
        [Token::Text { text, is_template: false }] => Some(text.clone()),
        [Token::Word(base), Token::Mark(','), Token::Text { text, is_template: false }]
            if matches!(base.as_str(), "settingsDir" | "rootDir") =>
        {
            Some(text.clone())
        }
        _ => None,
    }
}
