//! PEP 508 requirements: a grammar over winnow, agreeing with what PyPA's `packaging` accepts.

use std::fmt;

use pep440_rs::{Operator, Version, VersionSpecifier};
use winnow::ascii::{Caseless, alphanumeric1, digit0, digit1};
use winnow::combinator::{alt, cut_err, delimited, eof, opt, preceded, repeat, separated, terminated};
use winnow::error::{ContextError, ErrMode, ParserError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{one_of, take_while};

use super::marker;

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The package's name as written.
    pub name: String,
    /// The extras that are asked for, as written.
    pub extras: Vec<String>,
    /// Which versions, or which file.
    pub source: Source,
    /// The specifiers or the URL as written, without parentheses; empty when there is neither.
    pub written: String,
    /// The environment marker, with spaces and quotes made uniform.
    pub marker: Option<String>,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From an index, in a version that every specifier allows.
    Versions(Vec<Specifier>),
    /// From this URL.
    Url(String),
}

/// One version specifier (PEP 440).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specifier {
    /// The comparison; a trailing `.*` is part of it.
    pub operator: Operator,
    /// The version as written, without operator and `.*`.
    pub written: String,
    /// The version, where it has a meaning: `===` compares text, and numbers over 64 bits are not compared.
    pub version: Option<Version>,
}

/// Why a text is not a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.offset)
    }
}

impl std::error::Error for Invalid {}

/// Parses one requirement; the whole text must be one.
///
/// # Errors
/// Where the text stops being a requirement, and what was expected there.
pub fn parse(text: &str) -> Result<Requirement, Invalid> {
    requirement.parse(text).map_err(|error| {
        let expected = error.inner().context().find_map(|context| match context {
            StrContext::Expected(StrContextValue::Description(what)) => Some((*what).to_owned()),
            _ => None,
        });
        Invalid { offset: error.offset(), expected: expected.unwrap_or_else(|| "the end".to_owned()) }
    })
}

/// Parses comma-separated specifiers; the whole text must be some.
pub(super) fn parse_specifiers(text: &str) -> Option<Vec<Specifier>> {
    delimited(blank, specifiers, blank).parse(text).ok()
}

impl Specifier {
    /// Whether this names one version and no other.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.operator, Operator::Equal | Operator::ExactEqual) && !self.written.is_empty()
    }

    /// Whether a version may be installed. One that cannot be compared may not.
    #[must_use]
    pub fn allows(&self, candidate: &Version) -> bool {
        if self.operator == Operator::ExactEqual {
            let same = self.written.parse::<Version>().is_ok_and(|version| version == *candidate);
            return same || self.written.eq_ignore_ascii_case(&candidate.to_string());
        }
        let Some(version) = &self.version else { return false };
        match self.operator {
            Operator::EqualStar => has_prefix(candidate, version),
            Operator::NotEqualStar => !has_prefix(candidate, version),
            operator => VersionSpecifier::from_version(operator, version.clone())
                .is_ok_and(|specifier| specifier.contains(candidate)),
        }
    }
}

/// PEP 440's prefix match: missing numbers of the candidate are zeros (pep440_rs leaves them out).
fn has_prefix(candidate: &Version, prefix: &Version) -> bool {
    let mut numbers = candidate.release().iter().copied().chain(std::iter::repeat(0));
    candidate.epoch() == prefix.epoch() && prefix.release().iter().all(|part| numbers.next() == Some(*part))
}

fn requirement(input: &mut &str) -> ModalResult<Requirement> {
    let name = delimited(blank, identifier, blank).context(expected("a package name")).parse_next(input)?;
    let extras = terminated(opt(extras), blank).parse_next(input)?.unwrap_or_default();
    let (source, written) = alt((direct, versions)).parse_next(input)?;
    let marker = opt(preceded(';', cut_err(marker::expression))).parse_next(input)?;
    (blank, eof).context(expected("a comma, a semicolon or the end")).parse_next(input)?;
    Ok(Requirement { name: name.to_owned(), extras, source, written, marker })
}

pub(super) fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// The only white space between tokens.
pub(super) fn blank<'t>(input: &mut &'t str) -> ModalResult<&'t str> {
    take_while(0.., [' ', '\t']).parse_next(input)
}

fn identifier<'t>(input: &mut &'t str) -> ModalResult<&'t str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let sound = |name: &str| !name.starts_with(['.', '_', '-']) && !name.ends_with(['.', '-']);
    take_while(1.., inside).verify(sound).parse_next(input)
}

fn extras(input: &mut &str) -> ModalResult<Vec<String>> {
    let names = separated(0.., identifier.map(str::to_owned), (blank, ',', blank));
    delimited(('[', blank), names, cut_err((blank, ']')).context(expected("`]` after the extras"))).parse_next(input)
}

fn direct(input: &mut &str) -> ModalResult<(Source, String)> {
    let url = take_while(1.., |c| c != ' ' && c != '\t');
    let url: &str = preceded(('@', blank), cut_err(url).context(expected("a URL"))).parse_next(input)?;
    blank.parse_next(input)?;
    Ok((Source::Url(url.to_owned()), url.to_owned()))
}

fn versions(input: &mut &str) -> ModalResult<(Source, String)> {
    let open = opt(('(', blank)).parse_next(input)?;
    let (found, written) = specifiers.with_taken().parse_next(input)?;
    blank.parse_next(input)?;
    if open.is_some() {
        cut_err((')', blank)).context(expected("`)` after the versions")).parse_next(input)?;
    }
    Ok((Source::Versions(found), written.trim().to_owned()))
}

fn specifiers(input: &mut &str) -> ModalResult<Vec<Specifier>> {
    let mut found = Vec::new();
    while let Some(mut more) = opt(specifier).parse_next(input)? {
        found.append(&mut more);
        blank.parse_next(input)?;
        if opt((',', blank)).parse_next(input)?.is_none() {
            break;
        }
    }
    Ok(found)
}

fn specifier(input: &mut &str) -> ModalResult<Vec<Specifier>> {
    if input.starts_with("===") { identities(input) } else { comparison.map(|one| vec![one]).parse_next(input) }
}

/// `===` takes any text, commas included; what stands between them must be specifiers again.
fn identities(input: &mut &str) -> ModalResult<Vec<Specifier>> {
    let until = |c: char| !is_python_space(c) && c != ';' && c != ')';
    let text: &str = ("===", python_space, take_while(0.., until)).take().parse_next(input)?;
    let pieces = text.split(',').map(|piece| piece.trim_matches(is_python_space)).filter(|piece| !piece.is_empty());
    pieces.map(|piece| identity(piece).ok_or_else(|| ErrMode::from_input(input).cut())).collect()
}

fn identity(piece: &str) -> Option<Specifier> {
    let Some(written) = piece.strip_prefix("===") else { return comparison.parse(piece).ok() };
    let written = written.trim_start_matches(is_python_space);
    Some(Specifier { operator: Operator::ExactEqual, written: written.to_owned(), version: None })
}

fn comparison(input: &mut &str) -> ModalResult<Specifier> {
    let operators = alt(("==", "!=", "~=", "<=", ">=", "<", ">"));
    let written = terminated(operators, python_space).parse_next(input)?;
    let text = match written {
        "==" | "!=" => (version_core(1), alt((".*".void(), (suffixes, opt(local)).void()))).take().parse_next(input)?,
        "~=" => (version_core(2), suffixes).take().parse_next(input)?,
        _ => (version_core(1), suffixes).take().parse_next(input)?,
    };
    let plain = text.strip_suffix(".*");
    let operator = match (written, plain) {
        ("==", Some(_)) => Operator::EqualStar,
        ("==", None) => Operator::Equal,
        ("!=", Some(_)) => Operator::NotEqualStar,
        ("!=", None) => Operator::NotEqual,
        ("~=", _) => Operator::TildeEqual,
        ("<=", _) => Operator::LessThanEqual,
        (">=", _) => Operator::GreaterThanEqual,
        ("<", _) => Operator::LessThan,
        _ => Operator::GreaterThan,
    };
    let written = plain.unwrap_or(text);
    Ok(Specifier { operator, written: written.to_owned(), version: written.parse().ok() })
}

/// `v`, epoch and at least `numbers` release numbers.
fn version_core<'t>(numbers: usize) -> impl ModalParser<&'t str, (), ContextError> {
    let release = separated::<_, _, (), _, _, _, _>(numbers.., digit1, '.');
    (opt(one_of(['v', 'V'])), opt((digit1, '!')), release).void()
}

fn suffixes(input: &mut &str) -> ModalResult<()> {
    (opt(pre), opt(post), opt(dev)).void().parse_next(input)
}

fn pre(input: &mut &str) -> ModalResult<()> {
    let letters = alt((
        Caseless("alpha"),
        Caseless("beta"),
        Caseless("preview"),
        Caseless("pre"),
        Caseless("a"),
        Caseless("b"),
        Caseless("c"),
        Caseless("rc"),
    ));
    (opt(separator), letters, opt(separator), digit0).void().parse_next(input)
}

fn post(input: &mut &str) -> ModalResult<()> {
    let letters = alt((Caseless("post"), Caseless("rev"), Caseless("r")));
    let spelled = (opt(separator), letters, opt(separator), digit0).void();
    alt((('-', digit1).void(), spelled)).parse_next(input)
}

fn dev(input: &mut &str) -> ModalResult<()> {
    (opt(separator), Caseless("dev"), opt(separator), digit0).void().parse_next(input)
}

fn local(input: &mut &str) -> ModalResult<()> {
    ('+', alphanumeric1, repeat::<_, _, (), _, _>(0.., (separator, alphanumeric1))).void().parse_next(input)
}

fn separator(input: &mut &str) -> ModalResult<char> {
    one_of(['-', '_', '.']).parse_next(input)
}

fn python_space<'t>(input: &mut &'t str) -> ModalResult<&'t str> {
    take_while(0.., is_python_space).parse_next(input)
}

/// `\s` of Python's `re`, which counts the four information separators as well.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
