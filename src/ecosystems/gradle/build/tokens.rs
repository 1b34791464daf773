//! What tokens of a script say, taken by themselves.

use super::super::script::Token;

pub(super) fn says(token: &Token, word: &str) -> bool {
    token.word() == Some(word)
}

/// A text in which nothing is computed.
pub(super) fn plain(token: &Token) -> Option<String> {
    match token {
        Token::Text { text, is_template: false } if !text.contains('\\') => Some(text.clone()),
        _ => None,
    }
}

/// What is given a value: a word, or `extra["word"]`.
pub(super) fn named(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) => Some(word.clone()),
        Token::Group('[', inner) if inner.len() == 1 => plain(&inner[0]),
        _ => None,
    }
}

/// `a.b.c`, and nothing else.
pub(super) fn dotted(tokens: &[Token]) -> Option<String> {
    let is_dotted = tokens.iter().enumerate().all(|(at, token)| match token {
        Token::Word(_) => at % 2 == 0,
        token => at % 2 == 1 && *token == Token::Mark('.'),
    });
    let words: Vec<_> = tokens.iter().filter_map(Token::word).collect();
    (is_dotted && !words.is_empty()).then(|| words.join("."))
}

/// Whether what stands in brackets behind this are arguments: those of a condition are none.
pub(super) fn is_callee(token: &Token) -> bool {
    match token {
        Token::Word(word) => !["if", "while", "return", "switch", "assert"].contains(&word.as_str()),
        token => *token == Token::Mark('>'),
    }
}

pub(super) fn is_plain(tokens: &[Token]) -> bool {
    matches!(tokens, [one] if plain(one).is_some())
}

/// Whether the last name before a dot at the end is one of some: `a.project.`, `project(':x').`
pub(super) fn is_of_any(before: &[Token], words: &[&str]) -> bool {
    let name = match before {
        [others @ .., Token::Mark('?'), Token::Mark('.')] | [others @ .., Token::Mark('.')] => others,
        _ => return false,
    };
    let name = match name {
        [others @ .., Token::Group('(', _)] => others,
        others => others,
    };
    name.last().and_then(Token::word).is_some_and(|word| words.contains(&word))
}

/// What stands in a map: `[a: 1]`, `mapOf("a" to 1)`
pub(super) fn unwrapped(tokens: &[Token]) -> &[Token] {
    match tokens {
        [Token::Group('[', inner)] => inner,
        [Token::Word(name), Token::Group('(', inner)] if name == "mapOf" => inner,
        others => others,
    }
}

/// The value of a key in a part of a map, or of named arguments.
pub(super) fn valued<'t>(part: &'t [Token], key: &str) -> Option<&'t [Token]> {
    match part {
        [name, Token::Mark(':' | '='), value @ ..] if says(name, key) || plain(name).as_deref() == Some(key) => {
            Some(value)
        }
        [name, to, value @ ..] if says(to, "to") && plain(name).as_deref() == Some(key) => Some(value),
        _ => None,
    }
}

/// Whether one of some words stands in a statement, blocks left out: they are read by themselves.
pub(in crate::ecosystems::gradle) fn mentions(tokens: &[Token], words: &[&str]) -> bool {
    tokens.iter().any(|token| match token {
        Token::Word(word) => words.contains(&word.as_str()),
        Token::Group(_, inner) => mentions(inner, words),
        _ => false,
    })
}
