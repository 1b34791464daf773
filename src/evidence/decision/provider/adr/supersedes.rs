//! Which records a record says it supersedes.

use super::super::super::visible::Kind;
use super::entries::Entry;
use super::name::without_extension;

const WORDS: [&str; 2] = ["supersedes", "supercedes"];

/// Whether the bytes have one of the words at all, in any case: most records have not.
pub(super) fn is_mentioned(text: &[u8]) -> bool {
    text.windows("supersede".len()).any(|word| {
        word[0].eq_ignore_ascii_case(&b's')
            && (word.eq_ignore_ascii_case(b"supersede") || word.eq_ignore_ascii_case(b"supercede"))
    })
}

/// The records named after "supersedes", in the line or, where that ends with the word, in what follows it: a cell, a
/// line, or the section under the heading.
pub(super) fn in_entries(entries: &[Entry]) -> Vec<String> {
    let mut found = Vec::new();
    let (mut goes_on, mut section) = (false, false);
    for entry in entries {
        if entry.kind == Kind::Heading {
            section = false;
        }
        let after = after_word(&entry.with_links);
        match after {
            Some(after) => found.extend(named(after)),
            None if goes_on || section => found.extend(named(&entry.with_links)),
            None => {}
        }
        goes_on = after.is_some_and(|after| after.chars().all(|c| !c.is_alphanumeric()));
        section |= goes_on && entry.kind == Kind::Heading;
    }
    found
}

/// What follows "supersedes" where a line or a status begins with it: a sentence in the prose says nothing, nor does "supersedes
/// nothing".
fn after_word(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    let at = WORDS.iter().filter_map(|word| lower.find(word).map(|at| (at, at + word.len())));
    let (start, end) = at.min()?;
    let before: Vec<&str> =
        lower[..start].split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_status = before.first().is_some_and(|word| ["status", "accepted", "approved"].contains(word));
    let next = lower[end..].split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    let says_nothing = next.is_some_and(|word| ["nothing", "none", "no", "na"].contains(&word));
    ((before.is_empty() || is_status) && !says_nothing).then(|| &line[end..])
}

/// The records in `ADR-9, #10 and [11. Use X](0011-use-x.md)`. A bare number is one only where a record is expected.
pub(super) fn named(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_expected = true;
    for word in text.split_whitespace() {
        let name = trimmed(word);
        if name.is_empty() {
            continue;
        }
        if let Some(record) = record(name, is_expected) {
            found.push(record.to_owned());
        }
        is_expected =
            word.ends_with([',', '#']) || BEFORE_A_NUMBER.iter().any(|known| name.eq_ignore_ascii_case(known));
    }
    found
}

/// Words after which a bare number is a record's.
const BEFORE_A_NUMBER: [&str; 7] = ["and", "adr", "adrs", "record", "records", "decision", "decisions"];

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#')
}

fn record(word: &str, is_expected: bool) -> Option<&str> {
    let path = word.split(['#', '?']).find(|part| !part.is_empty()).unwrap_or("");
    let file = path.rsplit('/').next().unwrap_or("");
    let begins_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if let Some(stem) = without_extension(file) {
        return Some(stem);
    }
    let is_adr = file.get(..3).is_some_and(|adr| adr.eq_ignore_ascii_case("adr"))
        && file.ends_with(|c: char| c.is_alphanumeric());
    let is_numbered = word.starts_with('#') || (is_expected && file.len() == word.len());
    (is_adr && file.len() > 3 || is_numbered && begins_with_digit(file)).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_named_in_many_ways() {
        let cases: &[(&str, &[&str])] = &[
            (" ADR-9", &["ADR-9"]),
            (": ADR 9, ADR-0010 and #11", &["9", "ADR-0010", "11"]),
            (" 9. Use 3 replicas 0009-use-3-replicas.md", &["9", "0009-use-3-replicas"]),
            (" 9 and 10, 11", &["9", "10", "11"]),
            (" the old way x https://d.example/docs/0009-x.md#status", &["0009-x"]),
            (" ADR-9 as of 2020", &["ADR-9"]),
            (" the whole idea", &[]),
            (" nothing", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text), *expected, "{text}");
        }
    }
}
