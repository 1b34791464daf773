//! One record: what it says about its status, what it covers, and which records it supersedes.

use super::super::super::visible::{Kind, Visible};
use super::super::Enforcement;
use super::front_matter::{self, FrontMatter};
use super::status::{Standing, dated, is_known, is_note, is_nothing, latest_day, was_accepted};
use super::{entries, supersedes, table};
use crate::model::escape::visible_up_to;
use crate::model::problem::line_of;
use entries::Entry;
use jiff::civil::Date;

/// How much of a status is quoted, in characters.
const QUOTE: usize = 100;

/// A record as far as it matters here.
pub(super) struct Record<'t> {
    pub(super) text: &'t str,
    places: Vec<Place>,
    front_matter: FrontMatter,
    /// What it says it supersedes: numbers and file names, as they stand there.
    pub(super) supersedes: Vec<String>,
}

/// A place that tells a status.
#[derive(Debug)]
pub(super) struct Place {
    /// Its offset in the text.
    pub(super) at: usize,
    /// What stands there.
    pub(super) status: String,
}

impl Place {
    fn standing(&self) -> Standing {
        Standing::of(&self.status)
    }
}

impl<'t> Record<'t> {
    /// # Errors
    /// Front matter that is not YAML, or has another kind of value where a status, a scope or a record belongs.
    pub(super) fn read(text: &'t str) -> Result<Self, String> {
        let (front_matter, start) = front_matter::read(text)?;
        let visible = Visible::of_record(&text[start..]);
        let entries = entries::of(&visible, start);
        let mut places = front_matter.places();
        places.extend(last_of_log(in_entries(&entries)));
        places.extend(table::places(&entries));
        places.sort_by_key(|place| place.at);
        let supersedes = front_matter.supersedes.iter().cloned().chain(supersedes::in_entries(&entries)).collect();
        Ok(Self { text, places, front_matter, supersedes })
    }

    /// The line that says that the record is accepted.
    ///
    /// # Errors
    /// What it says instead.
    pub(super) fn accepted_at(&self) -> Result<usize, String> {
        let Some(first) = self.places.first() else { return Err(NO_STATUS.to_owned()) };
        let find = |standing| self.places.iter().find(|place| place.standing() == standing && !is_note(&place.status));
        if let Some(place) = find(Standing::Superseded) {
            return Err(format!("it is superseded: {}", self.quoted(place)));
        }
        match (find(Standing::Accepted), find(Standing::Other)) {
            (Some(yes), Some(_)) if self.untouched().is_some() => Ok(self.line(yes)),
            (Some(yes), Some(no)) => {
                Err(format!("it does not agree with itself: {}, but {}", self.quoted(yes), self.quoted(no)))
            }
            (None, _) if first.status.is_empty() => Err(format!("its status in line {} is empty", self.line(first))),
            (None, _) => Err(format!("its status is {}; only accepted and approved pass", self.quoted(first))),
            (Some(yes), None) => Ok(self.line(yes)),
        }
    }

    /// Why it is not accepted yet: the day that it names, of the acceptance or of the record, has not come.
    pub(super) fn not_yet(&self, today: Date) -> Option<String> {
        let accepted = self.places.iter().filter(|place| place.standing() == Standing::Accepted);
        let day = accepted.filter_map(|place| latest_day(&place.status)).chain(self.front_matter.date).max()?;
        (day > today).then(|| format!("it is accepted as of {day}, which has not come yet"))
    }

    /// What a reader should know though it is accepted.
    pub(super) fn warning(&self) -> Option<String> {
        let untouched = self
            .untouched()
            .map(|untouched| format!("its front matter says accepted, and its text still {}", self.quoted(untouched)));
        let all: Vec<_> = untouched.into_iter().chain(self.front_matter.slips.iter().cloned()).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// The body's status where nobody touched it: the tools that write front matter with a number change that alone.
    fn untouched(&self) -> Option<&Place> {
        let (matter, body): (Vec<_>, Vec<_>) = self.places.iter().partition(|place| self.front_matter.has(place.at));
        let is_accepted = !matter.is_empty() && matter.iter().all(|place| place.standing() == Standing::Accepted);
        let [only] = body.as_slice() else { return None };
        let is_template = ["proposed", "draft"].iter().any(|word| only.status.eq_ignore_ascii_case(word));
        (self.front_matter.is_of_tool && is_accepted && is_template).then_some(*only)
    }

    /// Whether it may take another record's place: it is accepted, or was before something else took its own.
    pub(super) fn was_accepted(&self) -> bool {
        self.places.iter().any(|place| was_accepted(&place.status))
    }

    /// The globs of what it covers; `None` covers everything.
    pub(super) fn scope(&self) -> Option<Vec<String>> {
        self.front_matter.scope.clone()
    }

    /// How firmly it holds what it covers.
    pub(super) fn enforcement(&self) -> Enforcement {
        self.front_matter.enforcement.unwrap_or_default()
    }

    /// Whether one place says that it is accepted and another that it is not, without anything in its place.
    pub(super) fn disagrees(&self) -> bool {
        let has = |standing| self.places.iter().any(|place| place.standing() == standing && !is_note(&place.status));
        has(Standing::Accepted) && has(Standing::Other) && !has(Standing::Superseded) && self.untouched().is_none()
    }

    fn quoted(&self, place: &Place) -> String {
        format!("\"{}\" in line {}", visible_up_to(&place.status, QUOTE), self.line(place))
    }

    fn line(&self, place: &Place) -> usize {
        line_of(self.text, place.at)
    }
}

pub(super) const NO_STATUS: &str =
    "it has no status: none in front matter, no Status section, no \"Status:\" line, no table row";

/// Where the reader is.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    /// Before the second heading.
    Top,
    /// Under a heading "Status", which stands at `at`.
    Status {
        at: usize,
        is_empty: bool,
    },
    Other,
}

/// Of several lines that begin with a date, the latest one tells: the others are history.
fn last_of_log(places: Vec<Place>) -> Vec<Place> {
    let (log, mut others): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| dated(&place.status).is_some());
    let last = log.iter().filter_map(|place| dated(&place.status)).map(|(day, _)| day).max();
    let of_last_day = |place: &Place| dated(&place.status).map(|(day, _)| day) == last;
    others.extend(log.into_iter().filter(of_last_day));
    others
}

/// Every status in headings, sections and lines.
fn in_entries(entries: &[Entry]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut section = Section::Top;
    let mut headings = 0;
    for entry in entries {
        if entry.kind == Kind::Heading {
            headings += 1;
            places.extend(empty(section));
            section = opened(entry, headings);
            places.extend(value_of_status(&entry.words).filter(|value| !value.is_empty()).map(|v| entry.place(v)));
        } else {
            places.extend(in_line(entry, section));
            if let Section::Status { is_empty, .. } = &mut section {
                *is_empty = false;
            }
        }
    }
    places.extend(empty(section));
    places
}

fn opened(heading: &Entry, headings: usize) -> Section {
    match heading.words.trim_matches(|c: char| !c.is_alphabetic()) {
        name if is_status(name) => Section::Status { at: heading.at, is_empty: true },
        _ if headings == 1 => Section::Top,
        _ => Section::Other,
    }
}

/// A section without a word leaves the status open.
fn empty(section: Section) -> Option<Place> {
    match section {
        Section::Status { at, is_empty: true } => Some(Place { at, status: String::new() }),
        _ => None,
    }
}

fn in_line(entry: &Entry, section: Section) -> Option<Place> {
    let words = &entry.words;
    let value = value_of_status(words);
    let status = match section {
        _ if matches!(entry.kind, Kind::Cell { .. }) => None,
        _ if begins_superseded(words) => superseded(words),
        Section::Status { is_empty: true, .. } => Some(value.unwrap_or(words)),
        Section::Top | Section::Status { .. } if value.is_none() && tells_superseded(words) => {
            Some(from_superseded(words))
        }
        Section::Status { .. } => value.or(Some(words)).filter(|value| is_known(value)),
        Section::Top => value,
        // One word in code is an example there.
        Section::Other => value.filter(|value| is_known(value) && !entry.has_code),
    };
    status.map(|status| entry.place(status))
}

/// The line when it says by what the record is superseded, and that is something.
fn superseded(words: &str) -> Option<&str> {
    let by = words.get("superseded by".len()..).unwrap_or("");
    (!is_nothing(by.trim_start_matches(':'))).then_some(words)
}

/// A sentence from its "superseded" on.
fn from_superseded(words: &str) -> &str {
    words.to_ascii_lowercase().find("superseded by ").map_or(words, |at| &words[at..])
}

/// Whether a sentence says that something else took the record's place: "This was superseded by ADR-9".
fn tells_superseded(words: &str) -> bool {
    let at = words.to_ascii_lowercase().find(" superseded by ");
    at.is_some_and(|at| !words[at + " superseded by ".len()..].starts_with("this"))
}

/// Whether it begins with "superseded by", in the spellings that there are.
pub(super) fn begins_superseded(words: &str) -> bool {
    let start = words.get(.."superseded by".len()).unwrap_or("").replace(['-', '_'], " ");
    ["superseded by", "superceded by"].iter().any(|known| start.eq_ignore_ascii_case(known))
}

/// Whether it is the word "Status", maybe with what it is the status of.
pub(super) fn is_status(name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or("");
    let before = name[..name.len() - last.len()].trim();
    let of = ["", "adr", "decision", "current", "record"];
    last.eq_ignore_ascii_case("status") && of.iter().any(|known| before.eq_ignore_ascii_case(known))
}

/// What follows "Status:".
fn value_of_status(words: &str) -> Option<&str> {
    let (name, value) = words.split_once([':', '：'])?;
    is_status(name.trim()).then(|| value.trim_start_matches(':').trim())
}
