//! The lines of a record, as a person means them.

use super::super::super::visible::{Kind, Line, Visible};
use super::record::{Place, begins_superseded, is_status};

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
    /// Whether a word of it is code.
    pub(super) has_code: bool,
}

/// What separates fields that stand in one line.
const BETWEEN_FIELDS: [char; 3] = ['·', '•', '|'];

/// Names of fields beside the status, in lower case, that change nothing of it.
const FIELDS: &str = "date decided created updated last-updated author authors owner owners decider deciders decision-makers \
    reviewers approvers consulted informed scope area team category tags type id number version related relates-to issue ticket \
    milestone phase implemented implementation supersedes supercedes";

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
            _ => {
                entries.extend(fields(&words, &visible.with_links(line)).into_iter().map(|(words, with_links)| Entry {
                    at: start + line.at,
                    kind: line.kind,
                    block: line.block,
                    with_links: with_links.to_owned(),
                    words: words.to_owned(),
                    has_code: visible.has_code(line),
                }))
            }
        }
    }
    entries
}

/// The fields of a line such as `Status: Accepted · Date: 2026-05-01`, else the line as it is.
fn fields<'t>(words: &'t str, with_links: &'t str) -> Vec<(&'t str, &'t str)> {
    let parts = |text: &'t str| text.split(BETWEEN_FIELDS).map(str::trim);
    let is_whole = !parts(words).all(is_field) || parts(words).count() != parts(with_links).count();
    if is_whole { vec![(words, with_links)] } else { parts(words).zip(parts(with_links)).collect() }
}

fn is_field(part: &str) -> bool {
    let Some((name, _)) = part.split_once(':') else { return false };
    let spaced = name.trim().to_lowercase().replace(' ', "-");
    is_status(name.trim()) || begins_superseded(name) || FIELDS.split(' ').any(|known| known == spaced)
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
