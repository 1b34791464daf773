//! The map form of a condition: `metric: "< 70"`.

use super::ConditionError;
use super::expression::{Comparison, Expression, Literal, Test};
use super::token::{Token, tokens};

/// One metric's test.
pub(super) fn test(metric: &str, text: &str) -> Result<Expression, ConditionError> {
    let start = text.len() - text.trim_start().len();
    let found = Comparison::ALL.iter().find(|(symbol, _)| text[start..].starts_with(symbol));
    let (comparison, at) = match found {
        Some((symbol, comparison)) => (*comparison, start + symbol.len()),
        None => (Comparison::Equal, start),
    };
    let at = text.len() - text[at..].trim_start().len();
    let operand = operand(&text[at..]).map_err(|mut error| {
        error.offset += at;
        error
    })?;
    if comparison.orders() && !matches!(operand, Literal::Whole(_) | Literal::Fraction(_)) {
        let message = format!("`{}` needs a number after it", comparison.symbol());
        return Err(ConditionError::new(message, at));
    }
    Ok(Expression::Test(Test { metric: metric.to_owned(), comparison, operand }))
}

/// A number, `true`, `false`, a text in quotes, or a bare word, which is a text.
fn operand(text: &str) -> Result<Literal, ConditionError> {
    let found = tokens(text)?;
    let tokens: Vec<&Token> = found.iter().map(|(token, _)| token).collect();
    match tokens.as_slice() {
        [Token::End] => Err(ConditionError::new("there is nothing to compare with", text.len())),
        [Token::Literal(literal), Token::End] => Ok(literal.clone()),
        [Token::Name(word), Token::End] => Ok(word_or_boolean(word)),
        [Token::Symbol("-"), Token::Literal(Literal::Whole(value)), Token::End] => negative(*value),
        [Token::Symbol("-"), Token::Literal(Literal::Fraction(value)), Token::End] => Ok(Literal::Fraction(-value)),
        _ => {
            let second = found.get(1).map_or(0, |(_, span)| span.start);
            Err(ConditionError::new("one value belongs here; for more write one expression", second))
        }
    }
}

/// Python's spelling is common in files of the format.
fn word_or_boolean(word: &str) -> Literal {
    match word {
        "True" | "TRUE" => Literal::Boolean(true),
        "False" | "FALSE" => Literal::Boolean(false),
        word => Literal::Text(word.to_owned()),
    }
}

fn negative(value: i128) -> Result<Literal, ConditionError> {
    let fits = i64::try_from(-value).map(|value| Literal::Whole(value.into()));
    fits.map_err(|_| ConditionError::new("this is not a number that 64 bits hold", 0))
}
