//! The lines of a text, one at a time, and what underlines and lists look like.

/// The lines of a text with the byte offset of each. A clone looks ahead.
#[derive(Clone)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, at: 0 }
    }

    /// The lines from byte `at` on, where one starts.
    pub(super) fn after(text: &'a str, at: usize) -> Self {
        Self { rest: text.get(at..).unwrap_or(""), at }
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.clone().next().map(|(_, line)| line)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        let at = self.at;
        self.rest = rest;
        self.at += end;
        Some((at, line.trim_end()))
    }
}

/// The character of an underline: one punctuation character, repeated.
pub(super) fn ruler(line: &str) -> Option<char> {
    let first = line.chars().next().filter(char::is_ascii_punctuation)?;
    line.chars().all(|c| c == first).then_some(first)
}

/// Whether `line` is an underline for `title`. One of four characters or more may be too short, as docutils has it
/// (it warns, and keeps the title).
pub(super) fn underlines(line: &str, title: &str) -> bool {
    ruler(line).is_some() && (line.len() >= 4 || line.len() >= title.trim().chars().count())
}

pub(super) fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

/// Whether the line starts a list item (or a line of verse), after which an unindented line is no continuation of it.
pub(super) fn is_bullet(line: &str) -> bool {
    matches!(line.split_whitespace().next(), Some("-" | "*" | "+" | "•" | "|"))
}

/// Whether the line starts a numbered list item: `1.`, `1)`.
pub(super) fn is_numbered(line: &str) -> bool {
    let marker = line.split_whitespace().next().unwrap_or("");
    let number = marker.trim_end_matches(['.', ')']);
    number.len() < marker.len() && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}
