//! A version in running text, and texts that send their reader elsewhere.

use super::title;

/// Where `version` stands in a text as a whole token. One without a dot, which is a number like others, counts only
/// where the text begins with it.
pub(super) fn place_in(text: &str, version: &str) -> Option<usize> {
    if version.is_empty() {
        return None;
    }
    let first = text.match_indices(version).map(|(at, _)| at).find(|at| is_whole(text, *at, version.len()));
    if version.contains('.') {
        return first;
    }
    let begins = |at: usize| !text[..at].trim_end_matches(['v', 'V']).contains(char::is_alphanumeric);
    first.filter(|at| begins(*at))
}

fn is_whole(text: &str, at: usize, length: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + length..]);
    let before = match before.strip_suffix(['v', 'V']) {
        Some(rest) if !rest.ends_with(char::is_alphanumeric) => rest,
        _ => before,
    };
    let mut backwards = before.chars().rev();
    let starts = match backwards.next() {
        Some('-') => !backwards.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => !c.is_alphanumeric() && !"._~^<>=!+".contains(c),
        None => true,
    };
    starts && ends(after) && !title::is_prerelease(after)
}

fn ends(after: &str) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        Some('.') => !chars.next().is_some_and(|c| c.is_alphanumeric() || c == '*'),
        Some('-') => !chars.next().is_some_and(char::is_alphanumeric),
        Some(c) => !c.is_alphanumeric() && !"_+~!".contains(c),
        None => true,
    }
}

/// Say that what is looked for is in another place, in lower case.
const POINTERS: [&str; 18] = [
    "/releases",
    "releases page",
    "release page",
    "github releases",
    "moved to",
    "has moved",
    "have moved",
    "no longer maintained",
    "no longer updated",
    "can be found",
    "are found",
    "please refer",
    "refer to",
    "see http",
    "see [",
    "see <",
    "see the ",
    "see `",
];

/// The line, from 1, that sends its reader to another place.
pub(super) fn of_another_place(text: &str) -> Option<usize> {
    let points = |line: &str| {
        let line = line.to_lowercase();
        let is_about_a_style = line.contains("keepachangelog") || line.contains("commit guidelines");
        POINTERS.iter().any(|pointer| line.contains(pointer)) && !is_about_a_style
    };
    text.lines().position(points).map(|place| place + 1)
}
