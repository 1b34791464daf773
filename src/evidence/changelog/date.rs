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

/// The name of a month, in full or in short.
pub(super) fn is_month(word: &str) -> bool {
    word.get(..3).is_some_and(|start| contains(&MONTHS, start))
}

pub(super) fn is_number_of(part: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
