//! The grammar that go.mod and go.work share: directives, words, blocks and comments. <https://go.dev/ref/mod#go-mod-file-lexical>

use std::ops::Range;

use crate::model::problem::{PROBLEM_LIMIT, Problem};

/// One directive; a block is one for each of its lines.
pub(super) struct Line<'t> {
    pub(super) verb: &'t str,
    pub(super) words: Vec<Word>,
    /// What follows `//`.
    pub(super) comment: &'t str,
    /// From 1.
    pub(super) number: usize,
    /// The line without its comment, in bytes of the text.
    pub(super) span: Range<usize>,
}

/// A word, without its quotes, or a mark such as `=>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word(pub(super) String);

/// What a text has, line by line.
///
/// # Errors
/// Every line that is not of the grammar.
pub(super) fn read<'t>(path: &str, text: &'t str) -> Result<Vec<Line<'t>>, Vec<Problem>> {
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    let mut block: Option<(&str, Range<usize>)> = None;
    let mut begin = 0;
    for (index, raw) in text.split('\n').enumerate() {
        let span = begin..begin + raw.len();
        begin = span.end + 1;
        match one(raw.trim_end_matches('\r'), &mut block, &span) {
            Ok(line) => {
                lines.extend(line.map(|(verb, words, comment)| Line { verb, words, comment, number: index + 1, span }))
            }
            Err(what) if problems.len() < PROBLEM_LIMIT => {
                let help = "`go mod edit -fmt` tells what Go makes of it";
                problems.push(Problem::at(path, text, trimmed(raw, span), what).help(help));
            }
            Err(_) => {}
        }
    }
    if let Some((verb, span)) = block {
        problems
            .push(Problem::at(path, text, span, format!("the block of {verb} has no end")).help("close it with `)`"));
    }
    if problems.is_empty() { Ok(lines) } else { Err(problems) }
}

fn trimmed(raw: &str, span: Range<usize>) -> Range<usize> {
    let begin = span.start + (raw.len() - raw.trim_start().len());
    begin..(span.start + raw.trim_end().len()).max(begin)
}

type Directive<'t> = (&'t str, Vec<Word>, &'t str);

/// One line; nothing where it only opens or closes a block, or is empty.
fn one<'t>(
    raw: &'t str,
    block: &mut Option<(&'t str, Range<usize>)>,
    span: &Range<usize>,
) -> Result<Option<Directive<'t>>, &'static str> {
    let (tokens, comment) = tokens(raw)?;
    let marks: Vec<_> = tokens.iter().map(|token| token.mark).collect();
    match (&*block, marks.as_slice()) {
        (_, []) => return Ok(None),
        (Some(_), [Some(')')]) => {
            *block = None;
            return Ok(None);
        }
        (None, [None, Some('(')]) => {
            *block = tokens.first().map(|token| (token.raw, span.clone()));
            return Ok(None);
        }
        (None, [None, Some('('), Some(')')]) => return Ok(None),
        (_, marks) if marks.iter().any(|mark| matches!(mark, Some('(' | ')'))) => {
            return Err(
                "a parenthesis stands alone at the end of a line that opens a block, or on the one that ends it",
            );
        }
        _ => {}
    }
    let verb = match (&*block, tokens.first()) {
        (Some((verb, _)), _) => *verb,
        (None, Some(Token { raw, mark: None, .. })) => *raw,
        (None, _) => return Err("a directive begins with a word"),
    };
    let words = tokens.into_iter().skip(usize::from(block.is_none())).map(|token| Word(token.text));
    Ok(Some((verb, words.collect(), comment)))
}

struct Token<'t> {
    raw: &'t str,
    text: String,
    /// Which one, where it is punctuation.
    mark: Option<char>,
}

/// The words and marks of a line, and what its comment says.
fn tokens(line: &str) -> Result<(Vec<Token<'_>>, &str), &'static str> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((tokens, comment.trim()));
        }
        let (length, text) = match first {
            '"' | '`' => quoted(rest, first)?,
            '(' | ')' | '[' | ']' | '{' | '}' | ',' => (1, first.to_string()),
            _ => word(rest)?,
        };
        let (raw, after) = rest.split_at(length);
        let mark = "()[]{},".contains(first).then_some(first);
        tokens.push(Token { raw, text, mark });
        rest = after.trim_start();
    }
    Ok((tokens, ""))
}

fn word(rest: &str) -> Result<(usize, String), &'static str> {
    let is_end = |c: char| c.is_whitespace() || "()[]{},".contains(c);
    let end = rest.find(is_end).unwrap_or(rest.len());
    let end = rest.find("//").map_or(end, |comment| comment.min(end));
    let word = &rest[..end];
    if word.contains("/*") {
        return Err("comments begin with `//` here");
    }
    if word.contains(char::is_control) {
        return Err("a character that cannot be printed");
    }
    Ok((end, word.to_owned()))
}

/// A text in quotes; how long it is with them, and what it says.
fn quoted(rest: &str, quote: char) -> Result<(usize, String), &'static str> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == quote => return Ok((at + 1, text)),
            '\\' if quote == '"' => match characters.next() {
                Some((_, c @ ('\\' | '"'))) => text.push(c),
                _ => return Err("an escape in quotes that is not known"),
            },
            c => text.push(c),
        }
    }
    Err("the quotes have no end")
}
