//! The rules, read from one data file, and the searchers for their keywords.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

const DATA: &str = include_str!("rules.toml");

/// How many rows of literals one SIMD searcher gets: it has as many buckets (Teddy, as aho-corasick has it), and twice as
/// many only at a quarter of the speed (measured).
const ROWS: usize = 8;

/// How many literals share a row: with more than 32, a searcher takes the slower form.
const IN_ROW: usize = 4;

/// What may not stand before a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Boundary {
    /// Anything may.
    None,
    /// A letter, a digit or `_`.
    #[default]
    Word,
    /// The same, or `-`.
    Wide,
}

/// A further look at what a pattern matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verify {
    /// The suffix is a CRC-32 in base 62, as GitHub and npm have it.
    Github,
    /// Bech32, as age has it.
    Bech32,
    /// The first part is a JSON object with `alg`.
    Jwt,
    /// A value that was assigned to a name: no hash, no identifier, no path.
    Assigned,
    /// Letters and digits.
    Mixed,
    /// A password in a URL.
    Password,
    /// A key in PEM, whole and not abbreviated.
    Armour,
    /// Base64 of a user's name and a password that is not everybody's.
    Basic,
}

/// A kind of secret, or one form of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The type, as in `AWS_ACCESS_KEY`.
    pub id: String,
    /// For people: the documents have it.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the documents to it"))]
    pub description: String,
    /// Literals that the text is searched for.
    pub keywords: Vec<String>,
    /// What has to stand at or around a keyword.
    pub pattern: String,
    /// How many bytes before a keyword the pattern may begin.
    #[serde(default)]
    pub before: usize,
    /// How many bytes from a keyword's first on the pattern sees.
    #[serde(default = "reach")]
    pub reach: usize,
    /// What may not stand before the match.
    #[serde(default)]
    pub boundary: Boundary,
    /// The least entropy, in bits per character.
    #[serde(default)]
    pub min_entropy: f64,
    /// Where nothing else speaks for it, 0 to 1.
    #[serde(default = "pattern_only")]
    pub confidence: f64,
    /// Whether it is reported whatever its confidence.
    #[serde(default)]
    pub auto_block: bool,
    /// The further look.
    pub verify: Option<Verify>,
    /// Words nearby that make it likelier, in lower case.
    #[serde(default)]
    pub context: Vec<String>,
    /// Texts that have to match.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the rule to them"))]
    pub matches: Vec<String>,
    /// Texts that may not.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the rule to them"))]
    pub misses: Vec<String>,
}

fn reach() -> usize {
    512
}

fn pattern_only() -> f64 {
    0.75
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rows: Vec<Vec<String>>,
    rule: Vec<Rule>,
}

/// The rules, ready to search.
pub(crate) struct Rules {
    rules: Vec<Rule>,
    patterns: Vec<Regex>,
    pub(super) searchers: Vec<Searcher>,
    /// How far behind its keyword's first byte a literal may be found.
    pub(super) behind: usize,
}

/// A keyword, and where in it the literal lies that is searched for.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) rule: usize,
    pub(super) keyword: Vec<u8>,
    pub(super) offset: usize,
}

/// Some of the literals.
pub(super) struct Searcher {
    pub(super) literals: AhoCorasick,
    /// By the literal: what it may be a part of.
    pub(super) candidates: Vec<Vec<Candidate>>,
}

impl Rules {
    /// The rules that come with the program.
    ///
    /// # Errors
    /// The data file is damaged: a test shows that it is not.
    pub(crate) fn built_in() -> Result<&'static Self, String> {
        static RULES: OnceLock<Result<Rules, String>> = OnceLock::new();
        RULES.get_or_init(|| Self::parse(DATA)).as_ref().map_err(Clone::clone)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let File { rows, rule: rules } = toml::from_str(text).map_err(|error| format!("the rules: {error}"))?;
        let patterns: Result<Vec<_>, _> = rules.iter().map(compile).collect();
        let patterns = patterns.map_err(|error| format!("the rules: {error}"))?;
        let candidates = candidates(&rules, &rows.concat());
        let behind = candidates.iter().map(|(_, candidate)| candidate.offset).max().unwrap_or(0);
        let searchers: Result<_, _> = groups(rows, &candidates).iter().map(|g| Searcher::of(g, &candidates)).collect();
        Ok(Self { searchers: searchers?, behind, rules, patterns })
    }

    /// Every rule, the more specific first.
    #[must_use]
    pub(crate) fn all(&self) -> &[Rule] {
        &self.rules
    }

    pub(super) fn pattern(&self, rule: usize) -> &Regex {
        &self.patterns[rule]
    }
}

/// Every keyword with the literal that is searched for in its place.
fn candidates(rules: &[Rule], fragments: &[String]) -> Vec<(String, Candidate)> {
    let of = |(rule, keyword): (usize, &String)| {
        let literal = fragments.iter().find(|fragment| keyword.contains(*fragment)).unwrap_or(keyword);
        let offset = keyword.find(literal).unwrap_or(0);
        (literal.clone(), Candidate { rule, keyword: keyword.clone().into_bytes(), offset })
    };
    rules.iter().enumerate().flat_map(|(at, rule)| rule.keywords.iter().map(move |k| (at, k))).map(of).collect()
}

/// The literals of each searcher. Those that are in no row fill rows of their own; where one begins another, it stands
/// for both.
fn groups(mut rows: Vec<Vec<String>>, candidates: &[(String, Candidate)]) -> Vec<Vec<String>> {
    let listed = rows.concat();
    let mut others: Vec<_> = candidates.iter().map(|(literal, _)| literal.clone()).collect();
    others.retain(|literal| !listed.contains(literal));
    others.sort_unstable();
    others.dedup_by(|longer, shorter| longer.starts_with(shorter.as_str()));
    rows.extend(others.chunks(IN_ROW).map(<[_]>::to_vec));
    rows.chunks(ROWS).map(across).collect()
}

/// A searcher puts every eighth literal into the same bucket.
fn across(rows: &[Vec<String>]) -> Vec<String> {
    (0..IN_ROW).flat_map(|place| rows.iter().filter_map(move |row| row.get(place).cloned())).collect()
}

fn compile(rule: &Rule) -> Result<Regex, regex::Error> {
    let anchored = if rule.before == 0 { format!("^(?:{})", rule.pattern) } else { rule.pattern.clone() };
    RegexBuilder::new(&anchored).unicode(false).build()
}

impl Searcher {
    fn of(literals: &[String], all: &[(String, Candidate)]) -> Result<Self, String> {
        let kin = |literal: &String| {
            let begun = all.iter().filter(|(other, _)| other.starts_with(literal.as_str()));
            begun.map(|(_, candidate)| candidate.clone()).collect()
        };
        let candidates = literals.iter().map(kin).collect();
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals);
        Ok(Self { literals: searcher.map_err(|error| format!("the rules: {error}"))?, candidates })
    }
}
