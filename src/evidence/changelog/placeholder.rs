//! What stands in an entry before anything is written: "TBD", "Nothing yet", "Unreleased".

use super::date::is_date;
use super::vocabulary::contains;

/// A longer text says something.
const LONGEST: usize = 64;

/// Say that the version is not released: the whole of a line, or of what follows the version.
#[rustfmt::skip]
const UNRELEASED: [&str; 49] = [
    "unreleased", "not released", "not yet released", "not released yet", "to be released", "yet to be released",
    "in development", "under development", "in progress", "work in progress", "wip", "upcoming", "upcoming release",
    "coming soon", "release date tbd", "release date tba", "release date unreleased", "release date pending",
    "released tbd", "released tba", "pending release", "pending", "planned", "draft", "future",
    "release pending", "unpublished", "not published", "never released", "was never released", "never published",
    "never shipped", "not shipped", "cancelled", "canceled", "release cancelled", "release canceled", "abandoned",
    "release abandoned", "aborted", "release aborted", "skipped", "release skipped", "postponed", "release postponed",
    "withdrawn", "not to be released", "will not be released", "internal only",
];

/// The same, only after the version.
#[rustfmt::skip]
const UNDATED: [&str; 17] = [
    "tba", "tbd", "tbc", "dev", "devel", "development", "development version", "next", "next release", "soon", "todo",
    "yyyy mm dd", "xxxx xx xx", "to be announced", "to be determined", "date tbd", "not final",
];

/// Say nothing.
#[rustfmt::skip]
const NOTHING: [&str; 42] = [
    "tba", "tbd", "tbc", "todo", "n a", "na", "none", "none yet", "nothing", "nothing yet", "nothing here yet",
    "nothing so far", "nothing changed", "nothing changed yet", "no change", "no changes", "no changes yet",
    "no changes so far", "no entries", "no entries yet", "to be announced", "to be determined", "to be written",
    "to be done", "placeholder", "xxx", "empty", "fill me in", "fill in", "write here", "write me", "changes go here",
    "release notes go here", "your change here", "your changes here", "add your change here", "add your changes here",
    "add changes here", "add entries here", "add new entries here", "describe your changes here", "insert changes here",
];

/// Whether a whole text says that the version is not released.
pub(super) fn is_unreleased(text: &str) -> bool {
    bare(text).is_some_and(|words| contains(&UNRELEASED, &words))
}

/// Whether what follows a version says so.
pub(super) fn is_unreleased_after(text: &str) -> bool {
    if is_a_name(text) {
        return false;
    }
    let Some(words) = bare(text) else { return false };
    is_undated(&words)
        || is_template(text)
        || contains(&UNRELEASED, &words)
        || contains(&UNDATED, &words)
        || words.split(' ').any(|word| word == "unreleased")
}

/// `20XX-XX-XX`, `2019-XX-XX`, `2019-MM-DD`: a day that is still to be filled in.
fn is_undated(words: &str) -> bool {
    let is_open_year = |word: &str| word.len() == 4 && word.starts_with("20") && word.ends_with('x');
    let is_open = |word: &str| matches!(word, "xx" | "xxxx") || is_open_year(word);
    words.split(' ').any(is_open) || words.ends_with("mm dd") || words.starts_with("dd mm")
}

/// What stands in quotes after a version is what the release is called: "Future".
fn is_a_name(text: &str) -> bool {
    let text = text.trim();
    [('"', '"'), ('\'', '\''), ('“', '”'), ('«', '»')].iter().any(|(open, close)| {
        text.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close)).is_some_and(|name| !name.trim().is_empty())
    })
}

/// `????-??-??`, `{{ date }}`, `${date}`
fn is_template(text: &str) -> bool {
    let open = ["??", "{{", "${", "<%"];
    open.iter().any(|open| text.contains(open)) || text.split_whitespace().any(is_open_date)
}

/// `<date>`, `{date}`, `[YYYY-MM-DD]`, `%date%`, `@date@`
fn is_open_date(word: &str) -> bool {
    let around = [("<", ">"), ("{", "}"), ("[", "]"), ("%", "%"), ("@", "@"), ("$", "")];
    let word = word.trim_matches(['(', ')']);
    let inner = around.iter().find_map(|(open, close)| word.strip_prefix(open)?.strip_suffix(close));
    inner.is_some_and(|inner| {
        ["date", "release_date", "release-date", "today", "day"].iter().any(|known| inner.eq_ignore_ascii_case(known))
    })
}

/// Whether a whole text stands for one that is to be written.
pub(super) fn is_nothing(text: &str) -> bool {
    bare(text).is_some_and(|words| contains(&NOTHING, &words))
}

/// The words of a short text in lower case, dates and punctuation aside.
fn bare(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let words = text.split(|c: char| c.is_whitespace() || "()[]{}".contains(c)).filter(|word| !is_date(word));
    let parts = words.flat_map(|word| word.split(|c: char| !c.is_alphanumeric())).filter(|part| !part.is_empty());
    Some(parts.map(str::to_lowercase).collect::<Vec<_>>().join(" "))
}
