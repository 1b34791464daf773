//! Which version a heading is the entry of.
//!
//! A title reads: words that may come before, the version as a whole token, then something that does not go on
//! with it. Words that may come before are a date, a label ("Version", "Changes in") and a package's name. A version
//! that a title merely mentions ("Upgrading from 1.2.3") is not reached that way.

use super::date::{is_date, is_month, is_number_of};
use super::placeholder::is_unreleased_after;
use super::vocabulary::{
    FINALS, FOLLOWING, JOINTS, LABELS, LINKS, MENTIONS, PRERELEASES, QUALIFIERS, SEPARATORS, UNRELEASED, contains,
    is_emoji,
};

/// How a title that names a version reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release<'a> {
    /// It is the version asked for, and no other.
    pub(super) wanted: bool,
    /// What may be a package's name before the version.
    pub(super) name: Option<String>,
    /// A word such as "Version" stands before the version.
    pub(super) labelled: bool,
    /// It says that it is not released.
    pub(super) is_unreleased: bool,
    /// It is a pre-release of the version asked for.
    pub(super) is_prerelease: bool,
    /// What follows the version.
    pub(super) rest: &'a str,
}

impl Release<'_> {
    /// The entry of a version, or of another, of which no more is known.
    pub(super) const fn of(wanted: bool) -> Self {
        Self { wanted, name: None, labelled: false, is_unreleased: false, is_prerelease: false, rest: "" }
    }
}

/// More words than this before the version make a sentence.
const WORDS_BEFORE: usize = 8;
/// How many words a package's name may have: one, or two with capitals ("Demo Kit"), since "Broken by demo" is no name.
const NAME_WORDS: usize = 2;
/// The longest package name (npm's limit is 214), in bytes.
const NAME_LIMIT: usize = 214;
/// A longer word, the version aside, is no heading's; it bounds the work on hostile ones.
const WORD_LIMIT: usize = 512;

const OPENING: [char; 8] = ['(', '[', '{', '"', '\'', '`', '*', '“'];
const CLOSING: [char; 8] = [')', ']', '}', '"', '\'', '`', '*', '”'];

/// A version as it is compared: without the `v` that may stand before its first digit.
pub(super) fn without_v(version: &str) -> &str {
    match version.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => version,
    }
}

/// Reads a heading's text. `None`: it is not the entry of any version.
pub(super) fn read<'a>(title: &'a str, version: &str) -> Option<Release<'a>> {
    if version.is_empty() {
        return None;
    }
    let title = title.trim_start();
    let (mut rest, mut before) = match after_a_span(title) {
        Some(rest) => (rest, Before { labels: 1, ..Before::default() }),
        None => (after_a_day(title), Before::default()),
    };
    for _ in 0..=WORDS_BEFORE {
        let word = rest.split_whitespace().next()?;
        if let Some((after, name)) = spelled_out(rest, word, version) {
            return before.release(Token { wanted: true, after }, name, false);
        }
        if let Some((token, name)) = version_in(word, version).filter(|(token, _)| token.wanted || !is_day(rest)) {
            let (read, after) = rest.split_at(word.len() - token.after.len());
            // Whoever asks for a number may meet a version with a dot all the same.
            let is_number = !version.contains('.') && (token.wanted || !read.contains('.'));
            return before.release(Token { after, ..token }, name, is_number);
        }
        before.add(word)?;
        rest = rest[word.len()..].trim_start();
    }
    None
}

/// A pre-release with its mark as words of their own, "1.2.3 Beta 2" for 1.2.3-beta.2: what stands behind them, and a package's
/// name before.
fn spelled_out<'a>(rest: &'a str, word: &'a str, version: &str) -> Option<(&'a str, Option<&'a str>)> {
    let (number, mark) = version.split_at(version.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let number = number.trim_end_matches('.');
    if !number.contains('.') || mark.contains('+') {
        return None;
    }
    let (_, name) = version_in(word, number).filter(|(token, _)| token.wanted && token.after.is_empty())?;
    let after = &rest[word.len()..];
    let ends: Vec<_> = word_ends(after).take(3).collect();
    let end = ends.into_iter().rev().find(|end| folded(&after[..*end]) == folded(mark))?;
    // The number of the mark: this is another one of the kind.
    let next = after[end..].split_whitespace().next().unwrap_or("");
    (!is_number_of(next.trim_end_matches(CLOSING), 1..=3)).then_some((&after[end..], name))
}

/// Where each word of a text ends.
fn word_ends(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.char_indices().filter(|(_, c)| !c.is_whitespace()).map(|(at, c)| at + c.len_utf8());
    ends.filter(|end| text[*end..].chars().next().is_none_or(char::is_whitespace))
}

/// The mark of a pre-release as marks are compared: `-rc.1`, `rc1` and "Release Candidate 1" are one.
fn folded(mark: &str) -> String {
    let letters: String = mark.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let names = [("releasecandidate", "rc"), ("beta", "b"), ("alpha", "a")];
    let short = names.iter().find_map(|(long, short)| Some(format!("{short}{}", letters.strip_prefix(long)?)));
    short.unwrap_or(letters)
}

/// A version without the word that says of it that it is the release itself, as Java's projects write it: `1.2.3.Final`.
pub(super) fn without_final(version: &str) -> &str {
    let (start, word) = version.rsplit_once('.').unwrap_or((version, ""));
    if contains(&FINALS, word) { start } else { version }
}

/// Leaves out the day that a title begins with, in words: "2 January 2026: demo 1.2.3".
fn after_a_day(title: &str) -> &str {
    let mut rest = title;
    let (mut months, mut numbers) = (0, 0);
    for _ in 0..3 {
        let word = rest.split_whitespace().next().unwrap_or("");
        let bare = word.trim_end_matches([',', ':']);
        months += usize::from(is_month(bare));
        numbers += usize::from(is_number_of(bare, 1..=4));
        rest = rest[word.len()..].trim_start();
    }
    let is_day = (months, numbers) == (1, 2) && !rest.is_empty();
    if is_day { rest } else { title }
}

/// Whether a text begins with a day that is written with dots, and a word that announces a version is after it:
/// "2026.01.02, Version 1.2.3".
fn is_day(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let day = words.next().unwrap_or("").trim_end_matches([',', ':']);
    is_date(day) && words.next().is_some_and(|word| contains(&LABELS, word))
}

/// "Changes from 1.2.2 to 1.2.3", "Changes between 1.2.2 and 1.2.3": what starts with the version that has the changes.
fn after_a_span(title: &str) -> Option<&str> {
    let mut rest = title;
    for (place, known) in [&["changes"][..], &["from", "between"], &[], &["to", "and"]].iter().enumerate() {
        let word = rest.split_whitespace().next()?;
        let is_version = || some_version(without_v(word)).is_some_and(str::is_empty);
        let fits = if place == 2 { is_version() } else { contains(known, word) };
        rest = fits.then(|| rest[word.len()..].trim_start())?;
    }
    Some(rest)
}

/// The words before the version.
#[derive(Default)]
struct Before<'a> {
    names: Vec<&'a str>,
    /// One of the names has no capital.
    lower: bool,
    labels: usize,
    is_unreleased: bool,
}

impl<'a> Before<'a> {
    /// Takes one more word. `None`: no version after it can be what the title is about.
    fn add(&mut self, word: &'a str) -> Option<()> {
        let bare = word.trim_end_matches([':', ',']);
        if SEPARATORS.contains(&word) || is_emoji(word) || is_date(bare.trim_matches(['(', ')', '[', ']'])) {
        } else if contains(&UNRELEASED, bare.trim_matches(['[', ']', '(', ')'])) {
            self.is_unreleased = true;
        } else if contains(&LABELS, bare) {
            self.labels += 1;
        } else if contains(&LINKS, bare) {
            (self.labels > 0 && self.names.is_empty() && bare == word).then_some(())?;
        } else {
            self.names.push(word);
            self.lower |= !word.starts_with(char::is_uppercase);
            let too_many = self.names.len() > NAME_WORDS || (self.names.len() > 1 && self.lower);
            (!too_many && is_name(word)).then_some(())?;
        }
        Some(())
    }

    fn release(&self, token: Token<'a>, name: Option<&str>, is_number: bool) -> Option<Release<'a>> {
        let before = (!self.names.is_empty()).then(|| self.names.join("-"));
        let name = name.map(str::to_owned).or(before);
        let follow = if name.is_some() && lists_packages(token.after) {
            Follow::Nothing
        } else {
            follow(token.after, is_number)?
        };
        Some(Release {
            wanted: token.wanted && matches!(follow, Follow::Nothing | Follow::Unreleased),
            name,
            labelled: self.labels > 0,
            is_unreleased: self.is_unreleased || matches!(follow, Follow::Unreleased),
            is_prerelease: token.wanted && matches!(follow, Follow::Prerelease),
            rest: token.after,
        })
    }
}

/// A version in a word, and what follows it.
struct Token<'a> {
    wanted: bool,
    after: &'a str,
}

/// The version that a word consists of, `v`, brackets and a package's name (`demo-1.2.3`, `@scope/demo@1.2.3`) aside,
/// and that name.
fn version_in<'a>(word: &'a str, version: &str) -> Option<(Token<'a>, Option<&'a str>)> {
    if word.len() > WORD_LIMIT + version.len() {
        return None;
    }
    let core = word.trim_start_matches(OPENING);
    let after_name = core
        .match_indices(['-', '@', '/'])
        .take_while(|(at, _)| *at <= NAME_LIMIT)
        .filter(|(at, _)| is_name_part(&core[..*at]))
        .map(|(at, _)| (&core[at + 1..], Some(&core[..at])));
    let places = std::iter::once((core, None)).chain(after_name);
    let mut other = None;
    for (place, name) in places {
        let place = place.strip_prefix("v.").unwrap_or(place);
        let place = without_v(place);
        let after = place.strip_prefix(version).map(|after| after_final(after).unwrap_or(after));
        if let Some(after) = after.filter(|after| ends(after)) {
            return Some((Token { wanted: true, after }, name));
        }
        other = other.or_else(|| some_version(place).map(|after| (Token { wanted: false, after }, name)));
    }
    other
}

/// What stands behind the `.Final` that a text begins with.
fn after_final(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('.')?;
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    contains(&FINALS, &rest[..end]).then_some(&rest[end..])
}

/// Whether the version is a whole token when this follows it in the title's word.
fn ends(after: &str) -> bool {
    let closed = after.trim_start_matches(CLOSING);
    let closed = if after.starts_with('`') { closed.trim_start_matches('_') } else { closed };
    let mut chars = closed.chars();
    match chars.next() {
        None | Some('(' | '[') => true,
        Some(',' | ':' | ';' | '.') => chars.next().is_none(),
        Some(_) => closed.chars().all(is_dash),
    }
}

/// A dash that the version's word ends with separates it from what follows: "1.2.3-- 2026-01-02".
const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—')
}

/// What follows a version of whatever kind, at the start of a word: `1.2`, `1.2.3-rc.1`, `2`.
fn some_version(word: &str) -> Option<&str> {
    if is_date(word.trim_end_matches([':', ',', ')', ']'])) && !word.contains('.') {
        return None;
    }
    let part_of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '~' | '!');
    let end = word.find(|c| !part_of_it(c)).unwrap_or(word.len());
    let token = &word[..end];
    // As with the version that is asked for, a dash at its end separates it from what follows.
    let after = &word[token.trim_end_matches('-').len()..];
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    // The number of a section ("1. Bug fixes") is none.
    let is_dotted =
        token[digits..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    let is_version = digits > 0 && (is_dotted || digits == token.len());
    is_version.then_some(after)
}

enum Follow {
    Nothing,
    /// That it is not released.
    Unreleased,
    /// The mark of a pre-release.
    Prerelease,
    /// A second version, or a remark that may make another one of it: nobody can tell whose entry it is.
    Another,
}

/// What the text after a version makes of it. `None`: a sentence.
fn follow(after: &str, is_number: bool) -> Option<Follow> {
    if is_link_definition(after) {
        return None;
    }
    let rest = after.trim_start_matches(CLOSING);
    let mut words = rest.split_whitespace().skip_while(|word| matches!(*word, "," | ";" | ":" | "."));
    let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    if rest.starts_with(is_dash) && second.is_empty() {
        return None;
    }
    if names_another(first) || (contains(&JOINTS, first) && names_another(second)) {
        return Some(Follow::Another);
    }
    if is_unreleased_after(rest) {
        return Some(Follow::Unreleased);
    }
    if is_prerelease(rest) {
        return Some(Follow::Prerelease);
    }
    if is_remark(rest) {
        return Some(Follow::Another);
    }
    let goes_on = first.starts_with(|c: char| c.is_lowercase() || (is_number && c.is_alphabetic()));
    let may_follow = contains(&FOLLOWING, first.trim_end_matches([',', ':', '.'])) || (!is_number && is_month(first));
    let sentence = (goes_on && !may_follow && !rest.starts_with(':'))
        || (rest.starts_with('.') && !first.is_empty() && !first.starts_with('('));
    (!sentence).then_some(Follow::Nothing)
}

/// A workspace's heading goes on with its other packages: "demo 1.2.3, demo-core 0.4.1".
fn lists_packages(after: &str) -> bool {
    let mut words = after.strip_prefix(',').unwrap_or("").split_whitespace();
    words.next().is_some_and(is_name) && words.next().is_some_and(names_another)
}

/// `[1.2.3]: https://example.com`, left over where a parser did not take it for a link definition.
fn is_link_definition(after: &str) -> bool {
    let target = after.strip_prefix("]:").and_then(|rest| rest.split_whitespace().next());
    target.is_some_and(|target| target.contains(['/', '#', '<', '.']))
}

fn names_another(word: &str) -> bool {
    let number = without_v(word).trim_end_matches([',', ')', ']', ':']);
    number.contains('.') && !is_date(number) && number.split('.').all(|part| is_number_of(part, 1..=9))
}

/// `rc1`, `beta 2`, `(rc 1)`, `Release Candidate 1`, but not "Beta support for …", and no remark.
pub(super) fn is_prerelease(rest: &str) -> bool {
    marks_a_prerelease(rest) && !is_remark(rest)
}

/// "(release candidate)": in brackets, and without a number, it may be said of the version itself.
fn is_remark(rest: &str) -> bool {
    let inner = rest.trim_start().strip_prefix(['(', '[']).and_then(|rest| rest.split([')', ']']).next());
    inner.is_some_and(|inner| !inner.contains(|c: char| c.is_ascii_digit())) && marks_a_prerelease(rest)
}

fn marks_a_prerelease(rest: &str) -> bool {
    let opening = |c: char| c.is_whitespace() || "([-–—,:".contains(c);
    let mut words = rest.trim_start_matches(opening).split_whitespace().take(4).peekable();
    let qualified = words.next_if(|word| contains(&QUALIFIERS, word)).is_some();
    let (first, next) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let word = first.trim_start_matches(opening).split([')', ']', ',', ':', '.']).next().unwrap_or("");
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < word.len() && !stem.is_empty();
    let ends_here = word.len() < first.len() || !next.starts_with(char::is_alphabetic) || contains(&["release"], next);
    (numbered && matches!(stem, "a" | "b" | "c" | "M"))
        || (contains(&PRERELEASES, stem) && (numbered || ends_here || qualified))
}

/// Whether a word before the version may be (a word of) a package's name.
fn is_name(word: &str) -> bool {
    is_name_part(word) && !word.ends_with(['.', '!', '?'])
}

/// A package's name as registries allow it, with none of the words that speak about a version.
fn is_name_part(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "-_./@+&'".contains(c);
    let words = || name.split(['-', '_', '/', '@']);
    !name.is_empty()
        && name.len() <= NAME_LIMIT
        && name.starts_with(|c: char| c.is_alphabetic() || c == '@')
        && name.chars().all(allowed)
        && !contains(&PRERELEASES, name)
        && words().all(|word| !contains(&MENTIONS, word))
        && words().all(|word| word.is_empty() || !word.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}
