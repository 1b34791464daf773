//! The rules, as the table of the types has them, and the searchers for their keywords.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::table;

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

/// What a rule's pattern is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// What stands at the keyword, or around it.
    #[default]
    Token,
    /// The whole of a value, assigned to a name that has a keyword.
    Assigned,
    /// The same, where the name, or what stands before it, says the vendor's.
    Named,
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
    /// The same, encoded once more.
    Jwt64,
    /// A value that was assigned to a name: no hash, no identifier, no path.
    Assigned,
    /// Letters and digits.
    Mixed,
    /// The same, or letters that are no words: an AWS key may be without a digit.
    Letters,
    /// A password in a URL.
    Password,
    /// A password in a URL that could be documentation's: more than one kind of character.
    Strong,
    /// A key in PEM, whole and not abbreviated.
    Armour,
    /// Base64 of a user's name and a password that is not everybody's.
    Basic,
    /// Base64 that begins a JSON object.
    Json,
    /// The last eight hexadecimal digits are the CRC-32 of what stands before them, less a `_`.
    Crc32,
}

/// A kind of secret, or one form of it.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The type, as in `AWS_ACCESS_KEY`.
    pub id: &'static str,
    /// Literals that the text is searched for; the searchers have them by their parts.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the searchers to them"))]
    pub keywords: &'static [&'static str],
    /// What the pattern is held to.
    pub shape: Shape,
    /// Of those that are named: the vendor's names, one of which has to be there; in lower case, without marks.
    pub names: &'static [&'static str],
    /// Literals of which one has to be near, where there are any: looking for it is quicker than asking the pattern.
    pub needs: &'static [&'static str],
    /// What has to stand at or around a keyword, or what an assigned value has to be.
    pub pattern: &'static str,
    /// How many bytes before a keyword the pattern may begin.
    pub before: usize,
    /// How many bytes from a keyword's first on the pattern sees.
    pub reach: usize,
    /// What may not stand before the match.
    pub boundary: Boundary,
    /// The least entropy, in bits per character.
    pub min_entropy: f64,
    /// Where nothing else speaks for it, 0 to 1.
    pub confidence: f64,
    /// Whether it is reported whatever its confidence.
    pub auto_block: bool,
    /// The further look.
    pub verify: Option<Verify>,
    /// Words nearby that make it likelier, in lower case.
    pub context: &'static [&'static str],
}

/// The rules, ready to search.
pub(crate) struct Rules {
    /// Made when a keyword was first found: most of them never are.
    patterns: Vec<OnceLock<Option<Regex>>>,
    pub(super) searchers: Vec<Searcher>,
    /// The numbers of the rules that are named.
    pub(super) named: Vec<usize>,
    /// How far behind its keyword's first byte a literal may be found.
    pub(super) behind: usize,
}

/// A literal that is searched for, and the keywords that it is a part of.
pub(super) struct Literal {
    pub(super) text: &'static str,
    pub(super) of: &'static [Candidate],
}

/// A keyword of a rule, and where in it the literal lies.
pub(super) struct Candidate {
    pub(super) rule: usize,
    pub(super) keyword: &'static str,
    pub(super) offset: usize,
}

/// Some of the literals.
pub(super) struct Searcher {
    pub(super) literals: AhoCorasick,
    /// By the literal's number.
    pub(super) by_number: &'static [Literal],
}

impl Rules {
    /// The rules that come with the program.
    ///
    /// # Errors
    /// The table is damaged: a test shows that it is not.
    pub(crate) fn built_in() -> Result<&'static Self, String> {
        static RULES: OnceLock<Result<Rules, String>> = OnceLock::new();
        RULES.get_or_init(Self::new).as_ref().map_err(Clone::clone)
    }

    fn new() -> Result<Self, String> {
        let searchers = table::SEARCHERS.iter().map(|literals| Searcher::of(literals)).collect::<Result<_, _>>()?;
        let candidates = table::SEARCHERS.iter().flat_map(|literals| literals.iter().flat_map(|literal| literal.of));
        let behind = candidates.map(|candidate| candidate.offset).max().unwrap_or(0);
        let named = (0..table::RULES.len()).filter(|rule| table::RULES[*rule].shape == Shape::Named).collect();
        Ok(Self { named, patterns: table::RULES.iter().map(|_| OnceLock::new()).collect(), searchers, behind })
    }

    /// Every rule, the more specific first.
    #[must_use]
    pub(crate) fn all(&self) -> &'static [Rule] {
        table::RULES
    }

    /// A rule's pattern; `None` where it is none, of which a test shows that it is not so.
    pub(super) fn pattern(&self, rule: usize) -> Option<&Regex> {
        self.patterns[rule].get_or_init(|| compile(&table::RULES[rule]).ok()).as_ref()
    }
}

/// What no class of "anything but a blank" takes, and none of "anything but a line break": what is written behind it is another text.
const ENDS: [(&str, &str); 2] = [(r"[^\s", r"[^\s\x00-\x1f\x7f"), (r"[^\n", r"[^\n\x00")];

pub(super) fn compile(rule: &Rule) -> Result<Regex, regex::Error> {
    let Rule { pattern, before, shape, .. } = rule;
    let pattern = ENDS.iter().fold((*pattern).to_owned(), |pattern, (class, ends)| pattern.replace(class, ends));
    let anchored = match (shape, before) {
        (Shape::Assigned | Shape::Named, _) => format!("^(?:{pattern})$"),
        (Shape::Token, 0) => format!("^(?:{pattern})"),
        (Shape::Token, _) => pattern,
    };
    RegexBuilder::new(&anchored).unicode(false).build()
}

impl Searcher {
    fn of(literals: &'static [Literal]) -> Result<Self, String> {
        let texts = literals.iter().map(|literal| literal.text);
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts);
        Ok(Self { literals: searcher.map_err(|error| format!("the rules: {error}"))?, by_number: literals })
    }
}
