//! Dates as headings write them.

use super::vocabulary::contains;

/// A day in figures, the year first or last: `2026-01-02`, `2026/1/2`, `02.01.2026`.
pub(super) fn is_date(word: &str) -> bool {
    ['-', '/', '.'].iter().any(|separator| {
        let mut parts = word.split(*separator);
        let (Some(a), Some(b), Some(c), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let (year, day) = if a.len() == 4 { (a, c) } else { (c, a) };
        is_number_of(year, 4..=4) && is_number_of(b, 1..=2) && is_number_of(day, 1..=2)
    })
}

/// Whether a text is the day of a release and nothing else: "Released on January 2nd, 2026", "_2026-01-02_".
pub(super) fn is_all_of(text: &str) -> bool {
    let is_mark = |c: char| c.is_whitespace() || "()[]{}<>,;:_*`|–—".contains(c);
    let words = text.split(is_mark).map(|word| word.trim_matches(['.', '-', '/'])).filter(|word| !word.is_empty());
    let (mut days, mut months, mut years) = (0, 0, 0);
    for word in words {
        if is_date(word) || is_time_of_day(word) {
            days += 1;
        } else if contains(&WHOLE_MONTHS, word) || contains(&MONTHS, word) || word.eq_ignore_ascii_case("sept") {
            months += 1;
        } else if is_number_of(word, 4..=4) {
            years += 1;
        } else if !is_day(word) && !contains(&AROUND, word) {
            return false;
        }
    }
    days == 1 && months == 0 && years == 0 || days == 0 && months == 1 && years == 1
}

/// What is left of `2026-01-02T03:04:05Z` before its first colon.
fn is_time_of_day(word: &str) -> bool {
    word.split_once('T').is_some_and(|(day, hour)| is_date(day) && is_number_of(hour, 2..=2))
}

/// The day of a month, `2` or `2nd`; hours and minutes look alike.
fn is_day(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = word.strip_prefix(digits).unwrap_or_default();
    is_number_of(digits, 1..=2) && contains(&["", "st", "nd", "rd", "th", "z"], ending)
}

/// Stand around the day of a release.
#[rustfmt::skip]
const AROUND: [&str; 24] = [
    "at", "date", "gmt", "of", "on", "publication", "published", "release", "released", "the", "utc", "was",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri",
];

#[rustfmt::skip]
const WHOLE_MONTHS: [&str; 12] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
];

/// The name of a month, in full or in short.
pub(super) fn is_month(word: &str) -> bool {
    word.get(..3).is_some_and(|start| contains(&MONTHS, start))
}

pub(super) fn is_number_of(part: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
