//! Titles of an AsciiDoc changelog.
//!
//! <https://docs.asciidoctor.org/asciidoc/latest/sections/titles-and-levels/>

use super::lines::{Lines, ruler};
use super::{Search, has_words};

/// The characters of underlines, the highest level first.
const UNDERLINES: [char; 5] = ['=', '-', '~', '^', '+'];

/// Reports headings and text to `search`.
pub(super) fn scan(text: &str, search: &mut Search) {
    let mut reader = Reader { lines: Lines::new(text), block: None, silent: false };
    while let Some((at, line)) = reader.lines.next() {
        if search.is_over() {
            return;
        }
        reader.take(at, line, search);
    }
}

struct Reader<'a> {
    lines: Lines<'a>,
    /// The delimiter of the comment or listing that this is in.
    block: Option<&'a str>,
    /// In a paragraph that is a comment.
    silent: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, at: usize, line: &'a str, search: &mut Search) {
        if let Some(delimiter) = self.block {
            self.block = self.block.filter(|_| line != delimiter);
            if self.block.is_some() && !delimiter.starts_with('/') {
                search.shown(line);
            }
        } else if line.is_empty() {
            self.silent = false;
        } else if let Some(level) = self.underlined(line) {
            search.heading(level, at, line);
        } else if opens(line) {
            self.block = Some(line);
        } else if let Some((level, title)) = marked(line) {
            search.heading(level, at, title);
        } else if line == "[comment]" {
            self.silent = true;
        } else if !self.silent && !is_silent(line) {
            search.text(at, line);
        }
    }

    /// The level of a title with an underline of its own length, give or take one; the underline is taken.
    fn underlined(&mut self, line: &str) -> Option<usize> {
        let mut ahead = self.lines.clone();
        let (_, second) = ahead.next()?;
        let place = UNDERLINES.iter().position(|known| ruler(second) == Some(*known))?;
        let fits = second.len() >= 2 && second.len().abs_diff(line.chars().count()) <= 1;
        let is_title = fits && has_words(line) && !line.starts_with(['.', '[', '*', '-']);
        is_title.then(|| {
            self.lines = ahead;
            place + 1
        })
    }
}

/// Whether the line begins a comment, or a block whose text is shown as it stands.
fn opens(line: &str) -> bool {
    let is_ruler = line.len() >= 4 && ruler(line).is_some_and(|c| "/-.+".contains(c));
    is_ruler || line.starts_with("```")
}

/// `== Title`, or `## Title`.
fn marked(line: &str) -> Option<(usize, &str)> {
    let mark = line.chars().next().filter(|c| matches!(c, '=' | '#'))?;
    let title = line.trim_start_matches(mark);
    let level = line.len() - title.len();
    (level <= 6 && title.starts_with([' ', '\t'])).then(|| (level, title.trim().trim_end_matches(mark).trim_end()))
}

/// Comments, attributes, anchors, directives and the titles of blocks.
fn is_silent(line: &str) -> bool {
    let is_attribute = line.strip_prefix(':').is_some_and(|rest| rest.split_once(':').is_some());
    let is_title = line.starts_with('.') && !line.starts_with("..") && !line.starts_with(". ");
    let is_directive =
        ["ifdef::", "ifndef::", "ifeval::", "endif::", "toc::"].iter().any(|known| line.starts_with(known));
    let is_list = line.starts_with('[') && line.ends_with(']');
    is_attribute || is_title || is_directive || is_list || (line.starts_with("//") && !line.starts_with("///"))
}
