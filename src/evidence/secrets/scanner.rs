//! The search in bytes: keywords first, then the rule's pattern at the keyword.

use std::ops::Range;

use aho_corasick::Input;

use super::assignment::{self, Assigned};
use super::checksum;
use super::likeness::{
    entropy, is_armoured, is_documented, is_lettered, is_mixed, is_placeholder, is_random, is_sealed, is_strong,
    is_tutorial, is_user, repeats,
};
use super::names::{is_cursor, is_on_chain, is_public_name};
use super::rules::{Boundary, Rule, Rules, Shape, Verify};

/// How near a context word has to be, in bytes.
const CONTEXT: usize = 50;

/// How much of a secret is looked at for a placeholder, in bytes: a long random text has every short word.
const PLACEHOLDER: usize = 256;

/// How long an assigned value is at least, in bytes.
const SHORTEST: usize = 8;

/// How long a literal is at most, in bytes.
const LITERAL: usize = 8;

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

/// How much is searched for all literals before the next part: the processor still has it near by then.
const PART: usize = 128 << 10;

/// Finds the secrets whose keyword begins in a range of the text; overlapping ones are all there.
///
/// # Errors
/// A rule of the table is damaged: what it would find is not known.
pub(crate) fn find(rules: &Rules, text: &[u8], within: Range<usize>) -> Result<Vec<Hit>, String> {
    let mut search = Search { rules, text, taken: vec![0..0; rules.all().len()], hits: Vec::new(), damaged: None };
    let mut begin = within.start;
    while begin < within.end {
        let end = within.end.min(begin + PART);
        keywords(rules, text, begin..end, |rule, at, keyword| search.keyword(rule, at, keyword));
        begin = end;
    }
    search.damaged.map_or(Ok(search.hits), Err)
}

/// Calls back with the rule, the place and the length of each keyword that begins in a range of the text.
pub(super) fn keywords(rules: &Rules, text: &[u8], within: Range<usize>, mut found: impl FnMut(usize, usize, usize)) {
    for searcher in &rules.searchers {
        let mut at = within.start;
        let end = text.len().min(within.end + rules.behind + LITERAL);
        while let Some(literal) = searcher.literals.find(Input::new(text).range(at..end)) {
            at = literal.start() + 1;
            for candidate in searcher.by_number[literal.pattern().as_usize()].of {
                let begin = literal.start().checked_sub(candidate.offset).filter(|begin| within.contains(begin));
                if let Some(begin) = begin.filter(|begin| text[*begin..].starts_with(candidate.keyword.as_bytes())) {
                    found(candidate.rule, begin, candidate.keyword.len());
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
    /// Which rule could not be asked.
    damaged: Option<String>,
}

impl Search<'_> {
    fn keyword(&mut self, number: usize, at: usize, length: usize) {
        match self.rules.all()[number].shape {
            Shape::Token => self.token(number, at),
            Shape::Assigned | Shape::Named => self.assigned(number, at, length),
        }
    }

    fn token(&mut self, number: usize, at: usize) {
        let rule = &self.rules.all()[number];
        let taken = &self.taken[number];
        if taken.contains(&at) || (rule.before == 0 && !is_bounded(self.text, at, rule.boundary)) {
            return;
        }
        if !rule.names.is_empty() && !rule.names.contains(&word_before(self.text, at).as_str()) {
            return;
        }
        let free = if taken.end <= at { taken.end } else { 0 };
        let begin = at.saturating_sub(rule.before).max(free);
        let window = &self.text[begin..self.text.len().min(at + rule.reach)];
        let is_near = |word: &&str| memchr::memmem::find(window, word.as_bytes()).is_some();
        if !rule.needs.is_empty() && !rule.needs.iter().any(is_near) {
            return;
        }
        let Some(pattern) = self.pattern(number) else { return };
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
        self.hit(number, name, place);
    }

    /// What is assigned to a name: a vendor's key where the vendor is named, else what the keyword's own rule says.
    fn assigned(&mut self, number: usize, at: usize, length: usize) {
        if self.taken[number].contains(&at) {
            return;
        }
        let Some(Assigned { name, mut value, is_quoted }) = assignment::read(self.text, at, at + length) else {
            return;
        };
        if !is_quoted {
            value.end -= parameters_after(&self.text[value.clone()]);
        }
        if value.len() < SHORTEST || !could_be_random(&self.text[value.clone()]) {
            return;
        }
        let (own, assigned) = (&self.text[name.clone()], &self.text[value.clone()]);
        if is_cursor(own) || is_on_chain(own, assigned) || is_sealed(&self.text[..name.start], assigned) {
            return;
        }
        let before = &self.text[name.start.saturating_sub(CONTEXT)..name.end];
        let said: Vec<u8> =
            before.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
        let says = |word: &&str| memchr::memmem::find(&said, word.as_bytes()).is_some();
        let rules = self.rules;
        let named = rules.named.iter().copied().filter(|rule| rules.all()[*rule].names.iter().any(&says));
        let own = Some(number).filter(|number| rules.all()[*number].shape == Shape::Assigned);
        for rule in named.chain(own) {
            let Some(pattern) = self.pattern(rule) else { return };
            let is_it = pattern.is_match(&self.text[value.clone()]);
            let name = &self.text[name.start..value.start];
            if is_it && self.hit(rule, name, value.clone()) {
                return;
            }
        }
    }

    fn pattern(&mut self, rule: usize) -> Option<&'static regex::bytes::Regex> {
        let pattern = Rules::built_in().ok().and_then(|rules| rules.pattern(rule));
        if pattern.is_none() {
            self.damaged = Some(format!("the rule {} is damaged", self.rules.all()[rule].id));
        }
        pattern
    }

    fn hit(&mut self, rule: usize, name: &[u8], place: Range<usize>) -> bool {
        let of = &self.rules.all()[rule];
        let confidence = judge(of, name, &self.text[place.clone()], || self.has_context(of, &place));
        if let Some(confidence) = confidence {
            self.taken[rule] = place.clone();
            self.hits.push(Hit { rule, place, confidence });
        }
        confidence.is_some()
    }

    fn has_context(&self, rule: &Rule, place: &Range<usize>) -> bool {
        let before = &self.text[place.start.saturating_sub(CONTEXT)..place.start];
        let after = &self.text[place.end..self.text.len().min(place.end + CONTEXT)];
        let near = [before.to_ascii_lowercase(), after.to_ascii_lowercase()];
        let has = |word: &&str| near.iter().any(|near| memchr::memmem::find(near, word.as_bytes()).is_some());
        rule.context.iter().any(has)
    }
}

/// The letters and digits directly before a place, in lower case: a URL's scheme.
fn word_before(text: &[u8], at: usize) -> String {
    let word = text[..at].iter().rev().take(NAME).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    String::from_utf8_lossy(&text[at - word..at]).to_ascii_lowercase()
}

/// A value without a digit is looked at no further, as nearly all are.
fn could_be_random(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
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
        Some(Verify::Jwt64) => checksum::jwt64(secret).then_some(true)?,
        Some(Verify::Json) => checksum::json(secret).then_some(true)?,
        Some(Verify::Crc32) => checksum::crc32(secret),
        Some(Verify::Letters) => is_lettered(secret).then_some(false)?,
        Some(Verify::Strong) => {
            (is_strong(secret) && !is_tutorial(secret) && !is_user(name, secret)).then_some(false)?
        }
        Some(Verify::Mixed) => is_mixed(secret).then_some(false)?,
        Some(Verify::Assigned) => {
            (is_random(secret) && !is_public_name(name) && !repeats(name, secret)).then_some(false)?
        }
        Some(Verify::Password) => (!is_tutorial(secret) && !is_user(name, secret)).then_some(false)?,
        Some(Verify::Armour) => is_armoured(secret).then(|| checksum::pem(secret))?,
        Some(Verify::Basic) => {
            let password = checksum::basic(secret)?;
            (!is_tutorial(&password) && !is_placeholder(&password)).then_some(true)?
        }
    };
    if is_documented(secret) {
        return None;
    }
    let likely = verified || (bits >= 3.5 && secret.len() >= 32);
    let confidence = if likely { rule.confidence.max(LIKELY) } else { rule.confidence };
    Some(if confidence >= LIKELY && has_context() { confidence.max(SURE) } else { confidence })
}

/// The part of a secret in which a person would leave a word: what is encoded has one by chance.
fn words_of<'s>(rule: &Rule, secret: &'s [u8]) -> &'s [u8] {
    let part = match rule.verify {
        Some(Verify::Armour | Verify::Basic | Verify::Jwt64 | Verify::Json) => &[],
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
