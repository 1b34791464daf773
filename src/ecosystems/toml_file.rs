//! TOML manifests: nodes with their places, and the problems found on the way.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::problem::{LineIndex, PROBLEM_LIMIT, Problem, line_of};

/// A value with its place.
pub(super) type Node<'t> = Spanned<DeValue<'t>>;

/// How many values a file may have: a parser's tree takes up to 200 bytes for each. The largest lock files that
/// people commit have a quarter of it.
const VALUE_LIMIT: usize = 1 << 20;

/// Refuses a text that may have more than [`VALUE_LIMIT`] values: before each stands one of these characters.
pub(super) fn refuse_countless(text: &str) -> Result<(), String> {
    let marks = text.bytes().filter(|byte| matches!(byte, b',' | b'=' | b'[' | b'{')).count();
    if marks > VALUE_LIMIT { Err("it has too many values to be read".to_owned()) } else { Ok(()) }
}

/// Parses a manifest.
///
/// # Errors
/// The first syntax error, with its place.
pub(super) fn parse<'t>(path: &Path, text: &'t str) -> Result<DeTable<'t>, Vec<Problem>> {
    let shown = path.display().to_string();
    refuse_countless(text).map_err(|why| vec![Problem::new(shown, why).help("name fewer dependencies")])?;
    DeTable::parse(text).map(Spanned::into_inner).map_err(|error| {
        let span = error.span().unwrap_or(text.len()..text.len());
        let message = format!("this is not valid TOML: {}", error.message());
        let help = help(path, text, &span);
        vec![Problem::at(path.display().to_string(), text, span, message).help(help)]
    })
}

/// What is missing is noticed only where the next text begins, often on a later line.
fn help(path: &Path, text: &str, span: &Range<usize>) -> String {
    let before = text.get(..span.start).map(str::trim_end).filter(|before| span.is_empty() && !before.is_empty());
    let line = before.map(|before| line_of(text, before.len()));
    match line.filter(|line| *line < line_of(text, span.start)) {
        Some(line) => format!("mend the syntax there, or at the end of {}:{line}", path.display()),
        None => "mend the syntax there".to_owned(),
    }
}

/// Reads values and gathers problems, so that one run tells all of them.
pub(super) struct Decoder<'a> {
    path: String,
    text: &'a str,
    lines: LineIndex,
    problems: Vec<Problem>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(path: &Path, text: &'a str) -> Self {
        Self { path: path.display().to_string(), text, lines: LineIndex::new(text), problems: Vec::new() }
    }

    /// The value, or every problem.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    /// The file, relative to the root.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The line (from 1) of a place.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.line(span.start)
    }

    pub(super) fn problem(&mut self, span: Range<usize>, message: impl Into<String>, help: &str) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem::at(&self.path, self.text, span, message).help(help));
        }
    }

    /// The table at `key` of `table`, when it is there; something else there is a problem.
    pub(super) fn table<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t DeTable<'t>> {
        let node = table.get(key)?;
        self.as_table(node, key)
    }

    pub(super) fn as_table<'t>(&mut self, node: &'t Node<'t>, what: &str) -> Option<&'t DeTable<'t>> {
        let table = node.get_ref().as_table();
        self.expected(node, what, "a table", table)
    }

    /// The string at `key` of `table`, when it is there; something else there is a problem.
    pub(super) fn string<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> Option<&'t str> {
        let node = table.get(key)?;
        self.as_string(node, key)
    }

    pub(super) fn as_string<'t>(&mut self, node: &'t Node<'t>, what: &str) -> Option<&'t str> {
        self.expected(node, what, "a string", node.get_ref().as_str())
    }

    /// The boolean at `key` of `table`, when it is there; something else there is a problem.
    pub(super) fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let node = table.get(key)?;
        self.expected(node, key, "true or false", node.get_ref().as_bool())
    }

    /// The items of the array at `key` of `table`, when it is there; something else there is a problem.
    pub(super) fn array<'t>(&mut self, table: &'t DeTable<'t>, key: &str) -> &'t [Node<'t>] {
        table.get(key).and_then(|node| self.as_array(node, key)).unwrap_or_default()
    }

    pub(super) fn as_array<'t>(&mut self, node: &'t Node<'t>, what: &str) -> Option<&'t [Node<'t>]> {
        let array = node.get_ref().as_array().map(|array| array.as_ref());
        self.expected(node, what, "an array", array)
    }

    fn expected<T>(&mut self, node: &Node<'_>, what: &str, kind: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            let message = format!("`{what}` must be {kind}; this is {}", node.get_ref().type_str());
            self.problem(node.span(), message, &format!("write {kind}"));
        }
        found
    }
}
