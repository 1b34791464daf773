//! settings.gradle: the projects of a build, as far as they are named by plain texts.

use super::build::{Declared, Interpreter, Plugin};
use super::catalog::Catalog;
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
    /// The plugins whose versions are managed here.
    pub(super) plugins: Vec<Plugin>,
    /// What is computed.
    pub(super) unproven: Vec<String>,
}

impl Settings {
    pub(super) fn parse(shown: &str, text: &str) -> Self {
        let mut settings = Self { shown: shown.to_owned(), ..Self::default() };
        match script::parse(text) {
            Ok(statements) => {
                let Declared { plugins, .. } =
                    Interpreter::new(&Catalog::default(), &Default::default()).read(&statements);
                settings.plugins = plugins;
                settings.walk(&statements);
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
            others => {
                for token in others {
                    if let Token::Block(inner) = token {
                        self.walk(inner);
                    }
                }
            }
        }
    }

    fn include(&mut self, how: &str, texts: Vec<String>, line: usize) {
        for text in texts {
            let folder = match how {
                "include" => text.trim_start_matches(':').replace(':', "/"),
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
