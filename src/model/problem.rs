//! Problems in a file that a person wrote: where, what, and the next step.

use std::ops::Range;
use std::path::Path;

use crate::model;

/// One problem with an input file. It carries the line it quotes, so the source need not be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user knows it.
    pub path: String,
    /// What is wrong, without a final full stop.
    pub message: String,
    /// Where in the file, when the problem has a place.
    pub place: Option<Place>,
    /// The next step for the user.
    pub help: Option<Box<str>>,
    /// Whether the file's own tool may take it all the same: then it is no mistake, and only nobody here can tell what it says.
    pub(crate) is_of_reader: bool,
}

/// A place in a file, with the text found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The whole line, without its line break (at most [`QUOTE_LIMIT`] characters of it).
    pub quote: String,
    /// How many characters of the line the problem covers; at least 1.
    pub width: usize,
}

/// How many problems of one file are told: each costs a walk through the file, and nobody reads more.
pub(crate) const PROBLEM_LIMIT: usize = 100;

/// The longest piece of a line that a problem quotes, in characters.
pub(crate) const QUOTE_LIMIT: usize = 200;

impl Problem {
    /// What stands in for the problems beyond [`PROBLEM_LIMIT`].
    pub(crate) fn more(path: &str, count: usize) -> Self {
        Self::new(path, format!("{count} more problems are not shown")).help("correct these first")
    }

    /// A problem of the file as a whole.
    #[must_use]
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), place: None, help: None, is_of_reader: false }
    }

    /// A problem at a byte range of `text`. A range outside the text means its end.
    #[must_use]
    pub fn at(path: impl Into<String>, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { place: Some(Place::of(text, span)), ..Self::new(path, message) }
    }

    /// As `release.yaml:1:10`; the file alone, when the problem has no place in it.
    #[must_use]
    pub fn location(&self) -> String {
        let place = self.place.as_ref().map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        format!("{}{place}", self.path)
    }

    /// All of it on one line, its place included.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let help = self.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        format!("{}: {}{help}", self.location(), self.message)
    }

    /// Where it is in the repository, when the path leads from `dir` to a file in there.
    #[must_use]
    pub fn file(&self, dir: &Path) -> Option<model::Place> {
        let file = model::Place::under(dir, &self.path)?;
        let (line, column) = self.place.as_ref().map(|place| (place.line, place.column)).unzip();
        Some(model::Place { line, column, ..file })
    }

    /// The same problem, where the file's own tool may take it all the same.
    #[must_use]
    pub(crate) fn of_reader(mut self) -> Self {
        self.is_of_reader = true;
        self
    }

    /// The same problem with a next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into_boxed_str());
        self
    }
}

impl Place {
    /// The place of a byte range in `text`.
    #[must_use]
    pub fn of(text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let whole = text[line_start..line_end].trim_end_matches('\r');
        Self {
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            quote: whole.chars().take(QUOTE_LIMIT).collect(),
            width: text[start..end.min(line_end)].chars().count().max(1),
        }
    }
}

/// The lines of a text, for asking for many of them in linear time.
#[derive(Debug, Clone)]
pub(crate) struct LineIndex {
    /// Where each line begins, in bytes.
    begins: Vec<usize>,
}

impl LineIndex {
    /// Walks through the text once.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        Self { begins: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// The line (from 1) of a byte offset.
    #[must_use]
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= offset)
    }
}

/// The line (from 1) of a byte offset in `text`.
#[must_use]
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let offset = text.floor_char_boundary(offset);
    text[..offset].matches('\n').count() + 1
}
