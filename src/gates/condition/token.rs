//! The words of a condition.

use super::expression::Literal;
use super::{ConditionError, Span, TEXT_LIMIT};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Literal(Literal),
    Name(String),
    Symbol(&'static str),
    End,
}

/// Longer symbols first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 23] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ".", ",", "?", ":",
    "=",
];

/// All tokens, the last of which is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, ConditionError> {
    if text.len() > TEXT_LIMIT {
        return Err(ConditionError::new(format!("a condition has at most {TEXT_LIMIT} bytes"), TEXT_LIMIT));
    }
    let mut found = Vec::new();
    let mut at = skip_blanks(text, 0);
    while at < text.len() {
        let (token, end) = token(text, at)?;
        found.push((token, at..end));
        at = skip_blanks(text, end);
    }
    found.push((Token::End, text.len()..text.len()));
    Ok(found)
}

fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']).len()
}

fn token(text: &str, at: usize) -> Result<(Token, usize), ConditionError> {
    let rest = &text[at..];
    let mut chars = rest.chars();
    match (chars.next().unwrap_or(' '), chars.next().unwrap_or(' ')) {
        ('0'..='9', _) | ('.', '0'..='9') => number(text, at),
        ('"' | '\'', _) => quoted(text, at, false),
        ('r' | 'R', '"' | '\'') => quoted(text, at + 1, true),
        ('a'..='z' | 'A'..='Z' | '_', _) => Ok(name(rest, at)),
        _ => symbol(rest, at),
    }
}

fn name(rest: &str, at: usize) -> (Token, usize) {
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let token = match &rest[..length] {
        "true" => Token::Literal(Literal::Boolean(true)),
        "false" => Token::Literal(Literal::Boolean(false)),
        "in" => Token::Symbol("in"),
        name => Token::Name(name.to_owned()),
    };
    (token, at + length)
}

fn symbol(rest: &str, at: usize) -> Result<(Token, usize), ConditionError> {
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(&"=") => Err(ConditionError::new("`=` compares nothing: write `==`", at)),
        Some(symbol) => Ok((Token::Symbol(symbol), at + symbol.len())),
        None => Err(ConditionError::new(unknown(rest), at)),
    }
}

fn unknown(rest: &str) -> String {
    match rest.chars().next() {
        Some('&') => "`&` is no operator: write `&&`".to_owned(),
        Some('|') => "`|` is no operator: write `||`".to_owned(),
        Some('{') => "mappings are not read here".to_owned(),
        Some('$') => "a condition has names, not `${…}`: write the name alone".to_owned(),
        found => format!("`{}` is not read here", found.unwrap_or(' ').escape_debug()),
    }
}

fn number(text: &str, at: usize) -> Result<(Token, usize), ConditionError> {
    let length = number_length(&text.as_bytes()[at..]);
    let (written, end) = (&text[at..at + length], at + length);
    let wrong = || ConditionError::new(format!("`{written}` is not a number that 64 bits hold"), at);
    let hex = written.strip_prefix("0x").or_else(|| written.strip_prefix("0X"));
    let literal = if let Some(digits) = hex {
        Literal::Whole(u64::from_str_radix(digits, 16).map_err(|_| wrong())?.into())
    } else if written.bytes().all(|b| b.is_ascii_digit()) {
        Literal::Whole(written.parse::<u64>().map_err(|_| wrong())?.into())
    } else {
        let value = written.parse::<f64>().ok().filter(|value| value.is_finite() && !written.ends_with('.'));
        Literal::Fraction(value.ok_or_else(wrong)?)
    };
    let unsigned = usize::from(matches!(literal, Literal::Whole(_)) && text[end..].starts_with(['u', 'U']));
    let end = end + unsigned;
    match text[end..].chars().next().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '%')) {
        Some('%') if !text[end + 1..].trim_start().is_empty() => Ok((Token::Literal(literal), end)),
        Some(c) => Err(ConditionError::new(format!("a number ends before `{c}`"), end)),
        None => Ok((Token::Literal(literal), end)),
    }
}

fn number_length(bytes: &[u8]) -> usize {
    if matches!(bytes, [b'0', b'x' | b'X', ..]) {
        return 2 + bytes[2..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
    }
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits((at + 1 + sign).min(bytes.len()));
        at += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    at
}

fn quoted(text: &str, at: usize, raw: bool) -> Result<(Token, usize), ConditionError> {
    let quote = text[at..].chars().next().unwrap_or('"');
    let mut value = String::new();
    let mut rest = text[at + 1..].char_indices();
    while let Some((offset, c)) = rest.next() {
        match c {
            c if c == quote => return Ok((Token::Literal(Literal::Text(value)), at + 1 + offset + 1)),
            '\n' | '\r' => break,
            '\\' if !raw => value.push(escape(&mut rest, at + 1 + offset)?),
            c => value.push(c),
        }
    }
    Err(ConditionError::new(format!("the text that {quote} opens here has no end"), at))
}

fn escape(rest: &mut std::str::CharIndices<'_>, at: usize) -> Result<char, ConditionError> {
    let letter = rest.next().map(|(_, c)| c);
    let code = |rest: &mut std::str::CharIndices<'_>, length| {
        let digits: String = rest.take(length).map(|(_, c)| c).collect();
        let value = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == length);
        value.and_then(char::from_u32)
    };
    let value = match letter {
        Some(c @ ('\\' | '"' | '\'' | '`' | '?')) => Some(c),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some('x' | 'X') => code(rest, 2),
        Some('u') => code(rest, 4),
        Some('U') => code(rest, 8),
        _ => None,
    };
    value.ok_or_else(|| ConditionError::new("this escape is not one of CEL's that are read here", at))
}
