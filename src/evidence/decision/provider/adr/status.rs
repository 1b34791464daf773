//! What a status says. Only a bare `accepted` or `approved` passes, with a date and names at most: in a sentence the
//! word may mean anything ("not accepted", "accepted by nobody yet").

use jiff::civil::Date;

/// The words that a status begins with; a line that begins otherwise is a note.
const KNOWN: &str = "abandoned accepted active adopted approved archived cancelled canceled decided declined deferred \
    deprecated draft expired formerly implemented inactive not obsolete outdated overturned paused pending postponed \
    proposal proposed provisional rejected replaced retired reverted review revoked rfc superceded superseded suspended \
    tbd temporarily todo unapproved void was withdrawn wip";
/// The same for words that begin other lines too.
const KNOWN_PHRASES: [&str; 8] =
    ["in review", "in progress", "in discussion", "on hold", "under review", "under discussion", "to be", "no longer"];
/// What some people write before the word, as a character or as its short code.
const MARKS: &[char] = &['✅', '✔', '☑', '🟢', '👍', '🎉', '\u{fe0f}'];
const CODES: &str =
    "white_check_mark heavy_check_mark ballot_box_with_check green_circle large_green_circle thumbsup +1 tada";
/// The first letters of the months.
const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
const LONG_MONTHS: &str = "january february march april june july august september sept october november december";
/// Words that lead to a date.
const TO_DATE: &str = "on in since as of at date dated";
/// What may stand where a name is expected, and is none.
const NOBODY: &str = "nobody none nil null unknown someone anybody anyone default yet no only if until unless";
/// Words of a remark that take the acceptance back or put it off, by how they begin.
const RESERVES: &str = "not n't no never only if once until unless when whenever pending partial conditional provided subject tbd todo \
    to but except without yet will awaiting waiting draft propos reject deprecat supersed superced withdraw revok revert expire \
    defer postpone suspend pause temporar tentativ provisional trial experiment maybe probably planned replace retired obsolete";
/// What is no body that accepts, though it follows "by the".
const NO_BODY: &str = "end start beginning time way next deadline default day week month quarter year date";
/// The longest text that can be an acceptance, in bytes.
const LONGEST: usize = 300;

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Accepted or approved, and nothing else.
    Accepted,
    /// Another decision took its place.
    Superseded,
    /// Anything else.
    Other,
}

impl Standing {
    pub(super) fn of(status: &str) -> Self {
        match first_word(status).as_str() {
            "superseded" | "superceded" => Self::Superseded,
            "accepted" | "approved" if is_acceptance(status) => Self::Accepted,
            _ => Self::Other,
        }
    }
}

/// Whether the text begins as a status does.
pub(super) fn is_known(status: &str) -> bool {
    let begins_with = |phrase: &str| {
        let start = unmarked(status).get(..phrase.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(phrase))
    };
    has(KNOWN, &first_word(status)) || KNOWN_PHRASES.iter().any(|phrase| begins_with(phrase))
}

/// Whether a list of words has a word, which is in lower case.
fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether a status was an acceptance once, also when something else followed.
pub(super) fn was_accepted(status: &str) -> bool {
    matches!(first_word(status).as_str(), "accepted" | "approved" | "superseded" | "superceded" | "deprecated")
}

/// Whether the text says "nothing" in one of the ways of people who fill in forms.
pub(super) fn is_nothing(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || "-–—.()[]~".contains(c));
    ["", "none", "n/a", "na", "null", "nothing"].iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

fn first_word(status: &str) -> String {
    let status = unmarked(status);
    let length = status.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_whole = !status[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if is_whole { status[..length].to_ascii_lowercase() } else { String::new() }
}

/// A status without what people put around and before it: brackets around all of it, marks, a date.
fn unmarked(status: &str) -> &str {
    let mut rest = status.trim();
    for (open, close) in [('[', ']'), ('{', '}'), ('(', ')')] {
        let inner = rest.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        rest = inner.filter(|inner| !inner.contains([open, close, '|', ',', '/', ';'])).map_or(rest, str::trim);
    }
    let (marked, rest) = (rest, without_date(rest));
    let rest = without_marks(if rest.is_empty() { marked } else { rest });
    if without_date(rest).is_empty() { rest } else { without_date(rest) }
}

fn without_marks(status: &str) -> &str {
    let mut rest = status.trim_start_matches(|c: char| c.is_whitespace() || MARKS.contains(&c));
    if let Some((code, after)) = rest.strip_prefix(':').and_then(|rest| rest.split_once(':')) {
        rest = if has(CODES, code) { after.trim_start() } else { rest };
    }
    rest
}

/// What follows a date at the beginning.
fn without_date(status: &str) -> &str {
    dated(status).map_or(status, |(_, rest)| rest)
}

/// The date that a status begins with, as in `2026-11-30: accepted`, and what follows it.
pub(super) fn dated(status: &str) -> Option<(Date, &str)> {
    let text = status.trim_start_matches(|c: char| c.is_whitespace() || "([-*".contains(c));
    let date = text.get(..10)?.parse().ok()?;
    let rest = &text[10..];
    let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || ":,-–—)].".contains(c));
    ends.then(|| (date, rest.trim_start_matches(|c: char| c.is_whitespace() || ":,-–—)].".contains(c))))
}

/// The latest day that a text names, as `2026-11-30`.
pub(super) fn latest_day(text: &str) -> Option<Date> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '-');
    words.filter_map(|word| word.trim_matches('-').parse::<Date>().ok()).max()
}

/// `accepted` or `approved` (told before), and then remarks in parentheses, dates, names after "by", "implemented", and
/// records after "supersedes".
fn is_acceptance(status: &str) -> bool {
    let rest = unmarked(status).trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_separator = |c: char| c.is_whitespace() || ".,;:()".contains(c) || MARKS.contains(&c);
    let starts_well = rest.is_empty() || rest.starts_with(|c| is_separator(c) || is_dash(c.encode_utf8(&mut [0; 4])));
    let Some(rest) = without_remarks(rest) else { return false };
    let words: Vec<&str> = rest.split(is_separator).filter(|word| !is_dash(word)).collect();
    status.len() <= LONGEST && starts_well && is_tail(&words)
}

/// The text without what stands in parentheses; `None` where that says more than a remark.
fn without_remarks(text: &str) -> Option<String> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let (remark, next) = after.split_once(')')?;
        if !is_remark(remark) {
            return None;
        }
        kept = kept + before + " ";
        rest = next;
    }
    Some(kept + rest)
}

fn is_remark(remark: &str) -> bool {
    let lower = remark.to_lowercase().replace('’', "'");
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let is_reserved = |word: &str| {
        let by_beginning = RESERVES
            .split_whitespace()
            .any(|known| if known.len() > 4 { word.starts_with(known) } else { word == known });
        by_beginning || word.ends_with("n't") || has(NOBODY, word) || word == "yyyy"
    };
    !remark.contains(['?', '(', '|', '{', '[']) && (!words.clone().any(is_reserved) || is_of_others(&lower))
}

/// Whether a remark says no more than which records it takes the place of: `supersedes ADR-3`.
fn is_of_others(remark: &str) -> bool {
    let mut words = remark.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let first = words.next();
    words.clone().next().is_some()
        && first.is_some_and(|word| has("supersedes supercedes", word))
        && words.all(is_record)
}

/// Whether a status beside an acceptance only tells what became of it: `Implemented in 2.1`.
pub(super) fn is_note(status: &str) -> bool {
    first_word(status) == "implemented" && is_remark(status)
}

fn is_dash(word: &str) -> bool {
    word.chars().all(|c| matches!(c, '-' | '–' | '—'))
}

fn is_tail(words: &[&str]) -> bool {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let taken = match word.to_lowercase().as_str() {
            "by" => people(after),
            "implemented" => Some(0),
            "and" | "&" | "/" | "+" if after.first().is_some_and(|next| next.eq_ignore_ascii_case("implemented")) => {
                Some(0)
            }
            "supersedes" | "amends" => leading(after, is_record),
            word if is_number(word) => Some(0),
            word if has(TO_DATE, word) || is_month(word) => leads_to_number(after).then_some(0),
            _ => None,
        };
        let Some(taken) = taken else { return false };
        rest = &after[taken..];
    }
    true
}

/// How many words after "by" name people or a body: "Jane Doe", "the platform board".
fn people(words: &[&str]) -> Option<usize> {
    let named = leading(words, is_name).filter(|count| words[..*count].iter().any(|word| is_capitalised(word)));
    let is_article =
        words.first().is_some_and(|word| ["the", "our"].iter().any(|known| word.eq_ignore_ascii_case(known)));
    let body = || {
        let of_body = |word: &&&str| {
            let lower = word.to_lowercase();
            let letters = word.chars().all(|c| c.is_alphanumeric() || "-_'’&".contains(c));
            let is_other = has(KNOWN, &lower) || has(NOBODY, &lower) || has(NO_BODY, &lower) || has(TO_DATE, &lower);
            letters && !is_other && !is_month(&lower) && is_remark(&lower) && !is_number(&lower)
        };
        let count = words.iter().skip(1).take_while(of_body).count();
        (is_article && (1..=6).contains(&count)).then_some(count + 1)
    };
    body().max(named)
}

/// How many words at the beginning are of a kind; `None` for none.
fn leading(words: &[&str], is_one: fn(&str) -> bool) -> Option<usize> {
    Some(words.iter().take_while(|word| is_one(word)).count()).filter(|count| *count > 0)
}

/// Whether a number follows, with months and words such as "of" between at most. A month may also follow its day.
fn leads_to_number(words: &[&str]) -> bool {
    let mut between = words.iter().skip_while(|word| {
        let word = word.to_lowercase();
        is_month(&word) || has(TO_DATE, &word)
    });
    between.next().is_some_and(|word| is_number(&word.to_lowercase()))
}

/// `2020-01-01`, `1/5/2020`, `5th`, `10`.
fn is_number(word: &str) -> bool {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(word);
    digits.len() <= 10
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/'))
}

fn is_month(word: &str) -> bool {
    has(MONTHS, word) || has(LONG_MONTHS, word)
}

/// A word of a name: capitalised, a handle, or what stands between names.
fn is_name(word: &str) -> bool {
    let lower = word.to_lowercase();
    let letters = word.chars().all(|c| c.is_alphanumeric() || "@-_'’&".contains(c));
    let is_other = has(KNOWN, &lower) || has(NOBODY, &lower) || is_month(&lower);
    letters && !is_other && (is_capitalised(word) || matches!(lower.as_str(), "the" | "and" | "&"))
}

/// Also true for scripts without capitals, and for `@handle`.
fn is_capitalised(word: &str) -> bool {
    word.starts_with(|c: char| c == '@' || (c.is_alphabetic() && !c.is_lowercase()))
}

/// `ADR-3`, `#3`, `3`, and what stands between them.
fn is_record(word: &str) -> bool {
    let number = word.trim_start_matches('#');
    let number = match number.split_at_checked(4) {
        Some((adr, rest)) if adr.eq_ignore_ascii_case("adr-") => rest,
        _ => number,
    };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number || ["adr", "and", "&"].iter().any(|between| word.eq_ignore_ascii_case(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are(standing: Standing, statuses: &[&str]) {
        for status in statuses {
            assert_eq!(Standing::of(status), standing, "{status}");
        }
    }

    #[test]
    fn a_bare_acceptance_passes() {
        let accepted = [
            "accepted",
            "Accepted",
            "ACCEPTED.",
            "Approved",
            "✅ Accepted",
            "✔\u{fe0f} approved",
            "Accepted ✅",
            "Accepted on 2020-01-01",
            "accepted (2020-01-01)",
            "Accepted, 2020-01-01.",
            "Accepted - 2020-01-01",
            "Accepted — January 5, 2020",
            "Accepted (5 Jan 2020)",
            "Accepted 05.01.2020",
            "Accepted: 2020/01/05",
            "Accepted as of May 5th 2020",
            "accepted since 2020",
            "Accepted on 5 Sept. 2020",
            "Accepted (date: 2020-01-01)",
            "Approved by Jane Doe",
            "Approved by @jane and @bob on 2020-01-01",
            "Accepted by the Architecture Board (2020-01-01)",
            "accepted, supersedes ADR-3",
            "Accepted (supersedes ADR-3)",
            "Accepted (supersedes ADR-3, ADR-0004)",
            "Accepted / Implemented",
            "Accepted + implemented",
            "Accepted; supersedes ADR 3 and ADR-0004",
            "Accepted on 2020-01-01 by J. O'Neil",
            "{ accepted }",
            "[accepted ]",
            "(Approved)",
            "Approved by the platform board on 2024-05-18.",
            "Accepted (amended 2026-05-02)",
            "Accepted (see the minutes of the board)",
            ":white_check_mark: Accepted",
            "🎉 Accepted",
            "Accepted and implemented",
            "Accepted, implemented in 2024",
            "2026-01-30 accepted",
            "2026-01-30: Accepted by Jane",
        ];
        are(Standing::Accepted, &accepted);
    }

    #[test]
    fn anything_else_does_not() {
        let others = [
            "",
            "proposed",
            "draft",
            "rejected",
            "not accepted",
            "to be accepted",
            "Not yet accepted",
            "unaccepted",
            "accepted by nobody yet",
            "Accepted by Nobody",
            "Accepted by",
            "accepted by none",
            "accepted by default",
            "proposed (was accepted)",
            "accepted?",
            "accepted | rejected",
            "Accepted/Rejected",
            "accepted or rejected",
            "{accepted | rejected}",
            "[accepted, rejected]",
            ":x: accepted",
            "Accepted (pending review)",
            "Accepted (partially)",
            "Accepted (if the board agrees)",
            "Accepted (to be confirmed)",
            "Accepted (superseded by ADR-5)",
            "Accepted (proposed)",
            "Accepted (?)",
            "Accepted (",
            "accepted by the end of May",
            "accepted by the board if it agrees",
            "Partially accepted",
            "2026-01-30 not accepted",
            "[ ] accepted",
            "[x] accepted",
            "~~accepted~~",
            "❌ accepted",
            "\"accepted\"",
            "{proposed | rejected | accepted | deprecated}",
            "[proposed | accepted]",
            "accepted on",
            "accepted in part",
            "accepted on YYYY-MM-DD",
            "accepted with conditions",
            "accepted, but see below",
            "Accepted May",
            "accepted in May",
            "accepted for now",
            "accepted. Superseded by ADR-5",
            "acceptedly",
            "accepted_2",
            "Accepted by Proposed",
            "accepted (proposed 2020-01-01)",
            "accepted, superseded by ADR-5",
            "accepted supersedes",
            "Accepted until 2020-01-01",
            "Accepted on TBD",
            "Akzeptiert",
            "accepted by Jane, pending",
            "accepted until",
            "deprecated",
            "Accepted by Ana. Reverted.",
        ];
        are(Standing::Other, &others);
        are(Standing::Other, &[&format!("accepted by {}", "Jane ".repeat(100))]);
    }

    #[test]
    fn notes_are_no_status() {
        for status in ["Accepted. Really?", "not yet", "In review by Ana", "on hold", "WIP", "No longer valid"] {
            assert!(is_known(status), "{status}");
        }
        for note in ["On 2024-03-01 the board met.", "In March we met.", "200 OK", "", "Supersedes ADR-3", "Notable"] {
            assert!(!is_known(note), "{note}");
        }
    }

    #[test]
    fn superseded_is_told_apart() {
        let superseded = ["Superseded", "superseded by [ADR-0005](0005-x.md)", "Superceded by 5", "✅ superseded"];
        are(Standing::Superseded, &superseded);
    }

    #[test]
    fn forms_say_nothing_in_many_ways() {
        for text in ["", "-", "—", "None", "n/a", "(none)", "[]", "~"] {
            assert!(is_nothing(text), "{text}");
        }
        assert!(!is_nothing("ADR-5"));
    }
}
