//! The plugins and the other scripts that a script applies.

use std::collections::HashSet;

use super::super::catalog::Version;
use super::super::script::{Statement, Token};
use super::tokens::{dotted, is_of_any, mentions, says, unwrapped, valued};
use super::{Interpreter, Plugin};

/// What stands for a project, or for the build.
pub(super) const PROJECTS: [&str; 12] = [
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
pub(super) const TASKS: [&str; 9] =
    ["tasks", "task", "copySpec", "distributions", "sourceSets", "withType", "named", "register", "getByName"];

/// What runs a script that stands elsewhere, or a text.
const SHELLS: [&str; 3] = ["GroovyShell", "Eval", "GroovyScriptEngine"];

impl Interpreter<'_> {
    /// `apply { plugin("x"); from("y") }`
    pub(super) fn applied_in_block(&mut self, Statement { tokens, line }: &Statement) {
        match tokens.as_slice() {
            [Token::Word(name), Token::Group('(', value)] if name == "plugin" => self.apply(value, *line),
            [Token::Word(name), value @ ..] if name == "plugin" => self.apply(value, *line),
            _ => {}
        }
    }

    /// `apply plugin: 'x'`, `apply(plugin = "x")`, `apply<X>()`, `pluginManager.apply("x")`, `apply { plugin("x") }`
    pub(super) fn applied(&mut self, tokens: &[Token], line: usize) {
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
    pub(super) fn apply(&mut self, value: &[Token], line: usize) {
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

    /// A statement of a block `plugins`.
    pub(super) fn plugin(&mut self, Statement { tokens, line }: &Statement) {
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

/// Whether a statement runs another script: `x.apply from: 'y'`, `apply { from("y") }`, `evaluate(file)`. What is said of tasks
/// is about files.
pub(in crate::ecosystems::gradle) fn applies_script(
    tokens: &[Token],
    is_of_tasks: bool,
    tasks: &HashSet<String>,
) -> bool {
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
pub(super) fn is_of_from(Statement { tokens, .. }: &Statement) -> bool {
    let is_condition = mentions(tokens, &["if", "else", "for", "while", "each", "forEach"]);
    mentions(tokens, &["from"])
        || is_condition
            && tokens.iter().any(|token| matches!(token, Token::Block(inner) if inner.iter().any(is_of_from)))
}

/// Whether `apply` behind this may be a project's, and not Kotlin's own of anything else.
pub(super) fn may_be_project(before: &[Token], is_of_tasks: bool, tasks: &HashSet<String>) -> bool {
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
