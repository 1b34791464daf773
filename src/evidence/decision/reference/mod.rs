//! References to decisions in the text of a change.
//!
//! Every text is read as Markdown, commit messages too: an indented line after an empty one is code there as well. A
//! reference that is not seen can only block, so every limit here is on the safe side.

use std::collections::HashSet;

use super::visible::{HIDDEN, Visible};
use crate::model::escape::is_hidden;

mod claimed;
#[cfg(test)]
mod tests;
mod trailer;

/// The longest text that is read, in bytes. A longer one has no references: a part of it might show what the whole hides.
pub(crate) const TEXT_LIMIT: usize = 1 << 20;

/// How many different references are kept; each is a question to a service. The ones after that are not seen.
pub(crate) const REFERENCE_LIMIT: usize = 100;

/// How many places of a text are looked at for whether they claim what they name. What comes after them is only named.
const LOOKS_LIMIT: usize = 2_000;

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

/// What the texts of a change say of decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct References {
    /// Those that it claims, in their order, each once (as it was spelled first).
    pub claimed: Vec<Reference>,
    /// Those that it names and does not claim: in a quotation, or in a sentence that denies them.
    pub named: Vec<Reference>,
}

/// The references that some texts claim.
///
/// `decern:<id>` in any case and with one space if need be, `DECERN-<id>` in capitals, a URL with `/decisions/<id>`,
/// `ADR-<id>` as a word (`adr-12` in any case when a digit follows, so that `adr-tools` is none), and the git trailer
/// `Decision: <id>`. Links count with their text and their destination; code, quotations, HTML comments and images do not.
#[must_use]
pub fn extract(texts: &[&str]) -> Vec<Reference> {
    read(texts, false).claimed
}

/// The same with what is only named. Where trailers alone count, those are the git trailer and `decern:<id>` alone on a line.
#[must_use]
pub(crate) fn read(texts: &[&str], trailers_only: bool) -> References {
    let (mut claimed, mut others) = (HashSet::new(), HashSet::new());
    let mut references = References::default();
    for text in texts.iter().filter(|text| text.len() <= TEXT_LIMIT) {
        let visible = Visible::of(text);
        let mut looks = 0;
        for found in in_text(&visible) {
            let key = found.reference.key();
            if claimed.contains(&key) {
                continue;
            }
            looks += 1;
            let is_claimed = looks <= LOOKS_LIMIT && found.is_claimed(&visible, trailers_only);
            let (seen, list) = match is_claimed {
                true => (&mut claimed, &mut references.claimed),
                false => (&mut others, &mut references.named),
            };
            if list.len() < REFERENCE_LIMIT && seen.insert(key) {
                list.push(found.reference);
            }
        }
    }
    references.named.retain(|reference| !claimed.contains(&reference.key()));
    references
}

/// A reference where it stands.
struct Found {
    at: usize,
    end: usize,
    reference: Reference,
    /// Whether it is a git trailer's.
    is_trailer: bool,
}

impl Found {
    fn is_claimed(&self, visible: &Visible, trailers_only: bool) -> bool {
        let alone = || trailers_only && trailer::is_alone(visible, self.at);
        self.is_trailer || alone() || (!trailers_only && !claimed::is_denied(visible, self.at, self.end))
    }
}

fn in_text(visible: &Visible) -> Vec<Found> {
    let words = in_line_of_words(&visible.text).into_iter();
    let words = words.map(|(at, end, reference)| Found { at, end, reference, is_trailer: false });
    let trailers = trailer::decisions(visible).into_iter();
    let trailers = trailers.map(|(at, reference)| Found { at, end: at, reference, is_trailer: true });
    let mut found: Vec<_> = trailers.chain(words).collect();
    found.sort_by_key(|found| found.at);
    found
}

/// Every form but the trailer, each with its place and its end.
fn in_line_of_words(text: &str) -> Vec<(usize, usize, Reference)> {
    let mut found = Vec::new();
    let (mut before, mut in_url) = (' ', false);
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        in_url &= !ends_url(c);
        if !is_word(before) && !is_invisible(before) {
            in_url |= ["http://", "https://"].iter().any(|scheme| after_prefix(rest, scheme).is_some());
            found.extend(named(rest).map(|(reference, length)| (at, at + length, reference)));
        }
        let in_path = if in_url { rest.strip_prefix("/decisions/") } else { None };
        if let Some(id) = in_path.and_then(leading_id) {
            found.push((at, at + "/decisions/".len() + id.len(), Reference::of(id)));
        }
        before = c;
    }
    found
}

/// The reference whose name stands at the beginning of `rest`, and its length there.
fn named(rest: &str) -> Option<(Reference, usize)> {
    let ends = |id: &str, after: &str| rest.len() - after.len() + id.len();
    if let Some(name) = after_prefix(rest, "ADR-") {
        let is_clear = rest.starts_with("ADR-") || name.starts_with(|c: char| c.is_ascii_digit());
        let id = leading_id(name).filter(|_| is_clear)?;
        return Some((Reference::Adr(format!("ADR-{id}")), ends(id, name)));
    }
    let after = match after_prefix(rest, "decern:") {
        Some(id) => id.strip_prefix(' ').unwrap_or(id),
        None => rest.strip_prefix("DECERN-")?,
    };
    leading_id(after).map(|id| (Reference::of(id), ends(id, after)))
}

/// The id at the beginning of `rest`, unless it is too long or part of a longer word. A reader sees one word also where
/// something invisible stands in it.
fn leading_id(rest: &str) -> Option<&str> {
    let length = rest.bytes().take(ID_LIMIT + 1).take_while(|b| is_id_byte(*b)).count();
    let (id, after) = rest.split_at(length);
    let next = after.trim_start_matches(HIDDEN);
    let goes_on = after.starts_with(is_word) || next.starts_with(is_word) || next.starts_with(is_invisible);
    ((1..=ID_LIMIT).contains(&length) && !goes_on).then_some(id)
}

/// Whether the whole text is an id.
fn is_id(text: &str) -> bool {
    leading_id(text).is_some_and(|id| id.len() == text.len())
}

/// A character that takes no place. Controls have other meanings here.
fn is_invisible(c: char) -> bool {
    is_hidden(c) && !c.is_control()
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
