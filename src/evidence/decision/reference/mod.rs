//! References to decisions in the text of a change.
//!
//! Every text is read as Markdown, commit messages too: an indented line after an empty one is code there as well. A
//! reference that is not seen can only block, so every limit here is on the safe side.

use std::collections::HashSet;

use super::visible::Visible;

#[cfg(test)]
mod tests;
mod trailer;

/// The longest text that is read, in bytes. A longer one has no references: a part of it might show what the whole hides.
pub const TEXT_LIMIT: usize = 1 << 20;

/// How many different references are kept; each is a question to a service. The ones after that are not seen.
pub const REFERENCE_LIMIT: usize = 100;

/// The longest id, in characters.
const ID_LIMIT: usize = 128;

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// The id of a decision in a service: `[A-Za-z0-9_-]{1,128}`.
    Decision(String),
    /// The number (or name) of an architecture decision record, with its `ADR-`: `ADR-012`.
    Adr(String),
}

impl Reference {
    /// The reference as people know it.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Decision(id) | Self::Adr(id) => id,
        }
    }

    /// An id that begins with `ADR-`, in any case, is a record's.
    fn of(id: &str) -> Self {
        match after_prefix(id, "ADR-") {
            Some(name) if !name.is_empty() => Self::Adr(format!("ADR-{name}")),
            _ => Self::Decision(id.to_owned()),
        }
    }

    /// Equal for what means the same: `ADR-2` and `ADR-002`.
    fn key(&self) -> Self {
        match self {
            Self::Adr(id) if id[4..].bytes().all(|b| b.is_ascii_digit()) => {
                Self::Adr(format!("ADR-{}", id[4..].trim_start_matches('0')))
            }
            other => other.clone(),
        }
    }
}

/// The references in some texts, in their order, each once (as it was spelled first).
///
/// `decern:<id>` in any case and with one space if need be, `DECERN-<id>` in capitals, a URL with `/decisions/<id>`,
/// `ADR-<id>` as a word (`adr-12` in any case when a digit follows, so that `adr-tools` is none), and the git trailer
/// `Decision: <id>`. Links count with their text and their destination; code, HTML comments and images do not.
#[must_use]
pub fn extract(texts: &[&str]) -> Vec<Reference> {
    let mut seen = HashSet::new();
    let short = texts.iter().filter(|text| text.len() <= TEXT_LIMIT);
    let all = short.flat_map(|text| in_text(text));
    all.filter(|reference| seen.insert(reference.key())).take(REFERENCE_LIMIT).collect()
}

fn in_text(text: &str) -> Vec<Reference> {
    let visible = Visible::of(text);
    let mut found = in_line_of_words(&visible.text);
    found.extend(trailer::decisions(&visible));
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, reference)| reference).collect()
}

/// Every form but the trailer, each with its place.
fn in_line_of_words(text: &str) -> Vec<(usize, Reference)> {
    let mut found = Vec::new();
    let (mut before, mut in_url) = (' ', false);
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        in_url &= !ends_url(c);
        if !is_word(before) {
            in_url |= ["http://", "https://"].iter().any(|scheme| after_prefix(rest, scheme).is_some());
            found.extend(named(rest).map(|reference| (at, reference)));
        }
        if in_url && let Some(id) = rest.strip_prefix("/decisions/").and_then(leading_id) {
            found.push((at, Reference::of(id)));
        }
        before = c;
    }
    found
}

/// The reference whose name stands at the beginning of `rest`.
fn named(rest: &str) -> Option<Reference> {
    if let Some(name) = after_prefix(rest, "ADR-") {
        let is_clear = rest.starts_with("ADR-") || name.starts_with(|c: char| c.is_ascii_digit());
        return leading_id(name).filter(|_| is_clear).map(|name| Reference::Adr(format!("ADR-{name}")));
    }
    let id = match after_prefix(rest, "decern:") {
        Some(id) => id.strip_prefix(' ').unwrap_or(id),
        None => rest.strip_prefix("DECERN-")?,
    };
    leading_id(id).map(Reference::of)
}

/// The id at the beginning of `rest`, unless it is too long or part of a longer word.
fn leading_id(rest: &str) -> Option<&str> {
    let length = rest.bytes().take(ID_LIMIT + 1).take_while(|b| is_id_byte(*b)).count();
    let (id, after) = rest.split_at(length);
    ((1..=ID_LIMIT).contains(&length) && !after.starts_with(is_word)).then_some(id)
}

/// Whether the whole text is an id.
fn is_id(text: &str) -> bool {
    leading_id(text).is_some_and(|id| id.len() == text.len())
}

fn is_id_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`')
}

/// What follows a prefix, which may be in any case.
fn after_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
