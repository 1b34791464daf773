//! Titles of a reStructuredText changelog, by the rules of docutils.
//!
//! <https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections>

use super::lines::{Lines, is_bullet, is_indented, ruler, underlines};
use super::{Search, has_words};

/// Directives that show no words of their own.
const SILENT: [&str; 14] = [
    "class",
    "contents",
    "currentmodule",
    "default-role",
    "figure",
    "highlight",
    "image",
    "include",
    "index",
    "meta",
    "module",
    "raw",
    "role",
    "toctree",
];

/// Reports headings and text to `search`. Says whether there was any title.
pub(super) fn scan(text: &str, search: &mut Search) -> bool {
    let mut reader = Reader { lines: Lines::new(text), styles: Vec::new(), may_begin: true, silent: false };
    while let Some((at, line)) = reader.lines.next() {
        if search.is_over() {
            break;
        }
        reader.take(at, line, search);
    }
    !reader.styles.is_empty()
}

struct Reader<'a> {
    lines: Lines<'a>,
    /// The titles' styles (underline character, whether overlined), the highest level first.
    styles: Vec<(char, bool)>,
    /// Whether the next line may be the first of a block.
    may_begin: bool,
    /// Within a comment or a directive that shows no words.
    silent: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, at: usize, line: &'a str, search: &mut Search) {
        if line.is_empty() {
            self.may_begin = true;
        } else if is_indented(line) {
            self.may_begin = true;
            if !self.silent && !is_field(line) {
                search.text(at, line);
            }
        } else {
            self.silent = false;
            self.unindented(at, line, search);
        }
    }

    fn unindented(&mut self, at: usize, line: &'a str, search: &mut Search) {
        if !self.may_begin {
            // The paragraph goes on, whatever the line looks like.
            search.text(at, line);
        } else if let Some((style, title)) = self.title(line) {
            search.heading(self.level(style), at, title);
        } else if let Some(markup) = explicit_markup(line) {
            self.silent = !shows_words(markup);
            if !self.silent && markup.split_once("::").is_some_and(|(_, text)| has_words(text)) {
                search.text(at, markup);
            }
        } else {
            let field = is_field(line);
            self.may_begin = field || is_bullet(line);
            if !field {
                search.text(at, line);
            }
        }
    }

    /// The title that starts at `line`; its other lines are taken.
    fn title(&mut self, line: &'a str) -> Option<((char, bool), &'a str)> {
        let mut ahead = self.lines.clone();
        let (_, second) = ahead.next()?;
        let found = match ruler(line) {
            Some(overline) => {
                let (_, third) = ahead.next()?;
                let title = second.trim_start();
                (third == line && !title.is_empty() && underlines(line, title)).then_some(((overline, true), title))
            }
            None => {
                let is_text = !is_bullet(line) && explicit_markup(line).is_none();
                ruler(second).filter(|_| is_text && underlines(second, line)).map(|c| ((c, false), line))
            }
        }?;
        self.lines = ahead;
        Some(found)
    }

    fn level(&mut self, style: (char, bool)) -> usize {
        let place = self.styles.iter().position(|known| *known == style);
        place.unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        })
    }
}

/// What follows the `..` of a comment, target or directive; an anonymous target has none.
fn explicit_markup(line: &str) -> Option<&str> {
    match line.strip_prefix("..") {
        Some(rest) if rest.is_empty() || is_indented(rest) => Some(rest.trim_start()),
        _ => line.strip_prefix("__").filter(|rest| is_indented(rest)).map(|_| ""),
    }
}

/// Whether this is a directive whose content is words.
fn shows_words(markup: &str) -> bool {
    let Some((name, _)) = markup.split_once("::") else { return false };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_:+.".contains(c));
    is_name && !SILENT.contains(&name)
}

/// A directive's option or a field: `:depth: 2`, but not a role: `` :issue:`12` ``.
fn is_field(line: &str) -> bool {
    let field = line.trim_start().strip_prefix(':').and_then(|rest| rest.split_once(':'));
    field.is_some_and(|(name, value)| !name.is_empty() && (value.is_empty() || is_indented(value)))
}
