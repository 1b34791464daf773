//! PEP 508 environment markers: their grammar, without recursion, so that no nesting is too deep.

use winnow::combinator::{alt, delimited, not, opt, peek, preceded, terminated};
use winnow::error::{ContextError, ErrMode, ParserError};
use winnow::prelude::*;
use winnow::token::{any, take_till, take_while};

use super::requirement::{blank, expected};

/// What a marker may compare, the old spellings with a dot included.
const VARIABLES: [&str; 20] = [
    "python_version",
    "python_full_version",
    "os_name",
    "os.name",
    "sys_platform",
    "sys.platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform.version",
    "platform_machine",
    "platform.machine",
    "platform_python_implementation",
    "platform.python_implementation",
    "python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
    "extras",
    "dependency_groups",
];

/// A whole marker expression; the answer has uniform spaces and quotes.
pub(super) fn expression(input: &mut &str) -> ModalResult<String> {
    let mut uniform = String::new();
    let mut depth = 0usize;
    loop {
        blank.parse_next(input)?;
        while opt(('(', blank)).parse_next(input)?.is_some() {
            depth += 1;
            uniform.push('(');
        }
        comparison(input, &mut uniform)?;
        while depth > 0 && opt((blank, ')')).parse_next(input)?.is_some() {
            depth -= 1;
            uniform.push(')');
        }
        blank.parse_next(input)?;
        let Some(word) = opt(alt((keyword("and"), keyword("or")))).parse_next(input)? else { break };
        uniform.extend([" ", word, " "]);
    }
    match depth {
        0 => Ok(uniform),
        _ => Err(ErrMode::from_input(input).cut()),
    }
}

fn comparison(input: &mut &str, uniform: &mut String) -> ModalResult<()> {
    operand(input, uniform)?;
    let operator = delimited(blank, operator, blank).context(expected("a comparison")).parse_next(input)?;
    uniform.extend([" ", operator, " "]);
    operand(input, uniform)
}

fn operand(input: &mut &str, uniform: &mut String) -> ModalResult<()> {
    let mut value = alt((variable, quoted)).context(expected("a marker variable or a quoted string"));
    let (value, is_text) = value.parse_next(input)?;
    let quote = if is_text { "\"" } else { "" };
    uniform.extend([quote, value, quote]);
    Ok(())
}

fn operator<'t>(input: &mut &'t str) -> ModalResult<&'t str> {
    let symbols = alt(("===", "==", "~=", "!=", "<=", ">=", "<", ">"));
    let absent = (keyword("not"), take_while(1.., [' ', '\t']), keyword("in")).value("not in");
    alt((keyword("in"), absent, symbols)).parse_next(input)
}

fn keyword<'t>(word: &'static str) -> impl ModalParser<&'t str, &'t str, ContextError> {
    terminated(word, not(peek(any.verify(|c| is_word(*c)))))
}

fn variable<'t>(input: &mut &'t str) -> ModalResult<(&'t str, bool)> {
    let word = |c: char| is_word(c) || c == '.';
    let taken: &str = peek(take_while(1.., word)).parse_next(input)?;
    let whole = |name: &&&str| taken.strip_prefix(**name).is_some_and(|rest| !rest.starts_with(is_word));
    match VARIABLES.iter().find(whole) {
        Some(name) => (*name).map(|name| (name, false)).parse_next(input),
        None => Err(ErrMode::from_input(input)),
    }
}

fn quoted<'t>(input: &mut &'t str) -> ModalResult<(&'t str, bool)> {
    let single = delimited('\'', take_till(0.., '\''), '\'');
    let double = delimited('"', take_till(0.., '"'), '"');
    preceded(peek(alt(('\'', '"'))), alt((single, double)))
        .verify(|text: &str| is_python_literal(text))
        .map(|text| (text, true))
        .parse_next(input)
}

/// `\w` of Python's `re`.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether Python reads the text between quotes: `packaging` evaluates it as a string literal.
/// Named characters (`\N{..}`) are refused, since that takes the names of all characters.
fn is_python_literal(text: &str) -> bool {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let sound = match c {
            '\n' | '\r' | '\0' => false,
            '\\' => escape(&mut rest),
            _ => true,
        };
        if !sound {
            return false;
        }
    }
    true
}

fn escape(rest: &mut std::str::Chars<'_>) -> bool {
    match rest.next() {
        None | Some('N' | '\0') => false,
        Some('x') => hexadecimal(rest, 2).is_some(),
        Some('u') => hexadecimal(rest, 4).is_some(),
        Some('U') => hexadecimal(rest, 8).is_some_and(|code| code <= 0x0010_FFFF),
        Some('\r') => {
            // A carriage return and a line feed are one line break.
            if rest.as_str().starts_with('\n') {
                rest.next();
            }
            true
        }
        Some(_) => true,
    }
}

fn hexadecimal(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0u32, |code, _| Some((code << 4) | rest.next()?.to_digit(16)?))
}
