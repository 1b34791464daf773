//! The lines of a record, as a person means them.

use super::super::super::visible::{Kind, Line, Visible};
use super::record::Place;

/// A line, with the lines that go on with its sentence.
pub(super) struct Entry {
    /// Its offset in the record.
    pub(super) at: usize,
    pub(super) kind: Kind,
    block: usize,
    /// What a reader sees.
    pub(super) words: String,
    /// The same with the destinations of its links.
    pub(super) with_links: String,
}

impl Entry {
    pub(super) fn place(&self, status: &str) -> Place {
        Place { at: self.at, status: status.to_owned() }
    }
}

/// The entries of a text that begins at `start` of the record. Empty lines are left out, empty cells are not.
pub(super) fn of(visible: &Visible, start: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in &visible.lines {
        let words = visible.words(line);
        if words.is_empty() && !matches!(line.kind, Kind::Cell { .. }) {
            continue;
        }
        match entries.last_mut() {
            Some(last) if last.block == line.block && goes_on(&words) => last.extend(&words, visible, line),
            _ => entries.push(Entry {
                at: start + line.at,
                kind: line.kind,
                block: line.block,
                with_links: visible.with_links(line),
                words,
            }),
        }
    }
    entries
}

impl Entry {
    fn extend(&mut self, words: &str, visible: &Visible, line: &Line) {
        self.words.push(' ');
        self.words.push_str(words);
        self.with_links.push(' ');
        self.with_links.push_str(&visible.with_links(line));
    }
}

/// Whether a line is the middle of a sentence: it begins with a small letter, and is no `key: value`.
fn goes_on(words: &str) -> bool {
    let key = words.split(':').next().unwrap_or("");
    let is_field = key.len() < words.len() && key.split(' ').count() <= 2;
    words.starts_with(char::is_lowercase) && !is_field
}
