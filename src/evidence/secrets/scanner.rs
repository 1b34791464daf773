//! The search in bytes: keywords first, then the rule's pattern at the keyword.

use std::ops::Range;

use aho_corasick::Input;

use super::checksum;
use super::likeness::{
    entropy, is_armoured, is_mixed, is_placeholder, is_public_name, is_random, is_tutorial, is_user, repeats,
};
use super::rules::{Boundary, Rule, Rules, Verify};

/// How near a context word has to be, in bytes.
const CONTEXT: usize = 50;

/// How much of a secret is looked at for a placeholder, in bytes: a long random text has every short word.
const PLACEHOLDER: usize = 256;

/// How long an assigned value is at least, in bytes.
const SHORTEST: usize = 8;

/// How much of a name before a keyword counts, in bytes.
const NAME: usize = 40;

/// Confidence of a random-looking value or a checksum that verifies.
const LIKELY: f64 = 0.90;

/// The same, with a context word.
const SURE: f64 = 0.97;

/// A secret in the bytes that were searched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// The rule's place among the rules.
    pub rule: usize,
    /// Where the secret is.
    pub place: Range<usize>,
    /// 0 to 1.
    pub confidence: f64,
}

/// Finds the secrets whose keyword begins in a range of the text; overlapping ones are all there.
#[must_use]
pub(crate) fn find(rules: &Rules, text: &[u8], within: Range<usize>) -> Vec<Hit> {
    let mut search = Search { rules, text, taken: vec![0..0; rules.all().len()], hits: Vec::new() };
    keywords(rules, text, within, |rule, at| search.keyword(rule, at));
    search.hits
}

/// Calls back with the rule and the place of each keyword that begins in a range of the text.
pub(super) fn keywords(rules: &Rules, text: &[u8], within: Range<usize>, mut found: impl FnMut(usize, usize)) {
    for searcher in &rules.searchers {
        let mut at = within.start;
        while let Some(literal) = searcher.literals.find(Input::new(text).range(at..)) {
            if literal.start() >= within.end + rules.behind {
                break;
            }
            at = literal.start() + 1;
            for candidate in &searcher.candidates[literal.pattern().as_usize()] {
                let begin = literal.start().checked_sub(candidate.offset).filter(|begin| within.contains(begin));
                if let Some(begin) = begin.filter(|begin| text[*begin..].starts_with(&candidate.keyword)) {
                    found(candidate.rule, begin);
                }
            }
        }
    }
}

struct Search<'a> {
    rules: &'a Rules,
    text: &'a [u8],
    /// By rule: its last match. A keyword within it is part of it; another searcher begins anew before it.
    taken: Vec<Range<usize>>,
    hits: Vec<Hit>,
}

impl Search<'_> {
    fn keyword(&mut self, number: usize, at: usize) {
        let rule = &self.rules.all()[number];
        let taken = &self.taken[number];
        if taken.contains(&at) || (rule.before == 0 && !is_bounded(self.text, at, rule.boundary)) {
            return;
        }
        let free = if taken.end <= at { taken.end } else { 0 };
        let begin = at.saturating_sub(rule.before).max(free);
        let window = &self.text[begin..self.text.len().min(at + rule.reach)];
        let pattern = self.rules.pattern(number);
        if !pattern.is_match(window) {
            return;
        }
        let Some(captures) = pattern.captures(window) else { return };
        let Some(whole) = captures.get(0) else { return };
        let secret = (1..captures.len()).rev().find_map(|group| captures.get(group)).unwrap_or(whole);
        let mut place = begin + secret.start()..begin + secret.end();
        if rule.before > 0 && !is_bounded(self.text, begin + whole.start(), rule.boundary) {
            return;
        }
        let name = name_before(self.text, begin + whole.start(), place.start);
        let is_quoted = matches!(name.last(), Some(b'"' | b'\'' | b'`'));
        if rule.verify == Some(Verify::Assigned) && !is_quoted {
            place.end -= parameters_after(secret.as_bytes());
        }
        if let Some(confidence) = judge(rule, name, &self.text[place.clone()], || self.has_context(rule, &place)) {
            self.taken[number] = place.clone();
            self.hits.push(Hit { rule: number, place, confidence });
        }
    }

    fn has_context(&self, rule: &Rule, place: &Range<usize>) -> bool {
        let before = &self.text[place.start.saturating_sub(CONTEXT)..place.start];
        let after = &self.text[place.end..self.text.len().min(place.end + CONTEXT)];
        let near = [before.to_ascii_lowercase(), after.to_ascii_lowercase()];
        let has = |word: &String| near.iter().any(|near| memchr::memmem::find(near, word.as_bytes()).is_some());
        rule.context.iter().any(has)
    }
}

/// What a value is assigned to, with the part of the name before the keyword.
fn name_before(text: &[u8], keyword: usize, value: usize) -> &[u8] {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let longer = text[..keyword].iter().rev().take(NAME).take_while(part).count();
    &text[keyword - longer..value]
}

/// How many bytes at the end of a value are further parameters of a query: `&name=…`.
fn parameters_after(value: &[u8]) -> usize {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let begins = |at: &usize| {
        let name = value[at + 1..].iter().take_while(is_name).count();
        *at >= SHORTEST && name > 0 && value.get(at + 1 + name) == Some(&b'=')
    };
    memchr::memchr_iter(b'&', value).find(begins).map_or(0, |at| value.len() - at)
}

/// Whether a match may begin here. An escape as in `"\nghp_…"` or `%3Dghp_…` ends before it.
fn is_bounded(text: &[u8], at: usize, boundary: Boundary) -> bool {
    let (Some(last), before) = (text[..at].last(), &text[at.saturating_sub(3)..at]) else { return true };
    let joined = match boundary {
        Boundary::None => false,
        Boundary::Word => last.is_ascii_alphanumeric() || *last == b'_',
        Boundary::Wide => last.is_ascii_alphanumeric() || matches!(last, b'_' | b'-'),
    };
    let escape = before.ends_with(b"\\n") || before.ends_with(b"\\t") || before.ends_with(b"\\r");
    let encoded = before.len() == 3 && before[0] == b'%' && before[1..].iter().all(u8::is_ascii_hexdigit);
    !joined || escape || encoded
}

/// The confidence in a match; `None` where it is no secret.
fn judge(rule: &Rule, name: &[u8], secret: &[u8], has_context: impl Fn() -> bool) -> Option<f64> {
    let bits = entropy(secret);
    if bits < rule.min_entropy || is_placeholder(words_of(rule, secret)) {
        return None;
    }
    let verified = match rule.verify {
        None => false,
        Some(Verify::Github) => checksum::github(secret),
        Some(Verify::Bech32) => checksum::bech32(secret),
        Some(Verify::Jwt) => checksum::jwt(secret).then_some(true)?,
        Some(Verify::Mixed) => is_mixed(secret).then_some(false)?,
        Some(Verify::Assigned) => {
            (is_random(secret) && !is_public_name(name) && !repeats(name, secret)).then_some(false)?
        }
        Some(Verify::Password) => (!is_tutorial(secret) && !is_user(name, secret)).then_some(false)?,
        Some(Verify::Armour) => is_armoured(secret).then_some(false)?,
        Some(Verify::Basic) => {
            let password = checksum::basic(secret)?;
            (!is_tutorial(&password) && !is_placeholder(&password)).then_some(true)?
        }
    };
    let likely = verified || (bits >= 3.5 && secret.len() >= 32);
    let confidence = if likely { rule.confidence.max(LIKELY) } else { rule.confidence };
    Some(if confidence >= LIKELY && has_context() { confidence.max(SURE) } else { confidence })
}

/// The part of a secret in which a person would leave a word: what is encoded has one by chance.
fn words_of<'s>(rule: &Rule, secret: &'s [u8]) -> &'s [u8] {
    let part = match rule.verify {
        Some(Verify::Armour | Verify::Basic) => &[],
        Some(Verify::Jwt) => memchr::memrchr(b'.', secret).map_or(secret, |dot| &secret[dot..]),
        _ => secret,
    };
    &part[..part.len().min(PLACEHOLDER)]
}

/// Of hits that overlap, the auto-blocking one stays, then the one whose rule is nearer to the top.
#[must_use]
pub(crate) fn without_overlaps<T>(rules: &Rules, mut hits: Vec<T>, of: impl Fn(&T) -> (usize, Range<u64>)) -> Vec<T> {
    hits.sort_by_key(|hit| of(hit).1.start);
    let mut kept: Vec<T> = Vec::new();
    let rank = |hit: &T| (!rules.all()[of(hit).0].auto_block, of(hit).0);
    for hit in hits {
        match kept.last_mut() {
            Some(last) if of(&hit).1.start < of(last).1.end => {
                if rank(&hit) < rank(last) {
                    *last = hit;
                }
            }
            _ => kept.push(hit),
        }
    }
    kept
}
