//! Arithmetic that says so when it cannot.

use super::expression::Operator;
use super::value::Value;

/// The result, within 64 bits and finite.
pub(super) fn apply<'a>(operator: Operator, one: &Value<'a>, two: &Value<'a>) -> Result<Value<'a>, String> {
    match (one, two) {
        (Value::Whole(one), Value::Whole(two)) => whole(operator, *one, *two),
        _ => fraction(operator, approximate(one), approximate(two)),
    }
}

pub(super) fn negate<'a>(value: &Value<'a>) -> Result<Value<'a>, String> {
    match value {
        Value::Whole(value) => fits(-value),
        value => Ok(Value::Fraction(-approximate(value))),
    }
}

fn whole<'a>(operator: Operator, one: i128, two: i128) -> Result<Value<'a>, String> {
    let result = match operator {
        Operator::Add => one.checked_add(two),
        Operator::Subtract => one.checked_sub(two),
        Operator::Multiply => one.checked_mul(two),
        Operator::Divide if two == 0 => return Err(by_zero()),
        Operator::Divide => one.checked_div(two),
        Operator::Remainder if two == 0 => return Err(by_zero()),
        Operator::Remainder => one.checked_rem(two),
    };
    result.map_or_else(|| Err(overflow()), fits)
}

fn fits<'a>(value: i128) -> Result<Value<'a>, String> {
    i64::try_from(value).map(|value| Value::Whole(value.into())).map_err(|_| overflow())
}

fn fraction<'a>(operator: Operator, one: f64, two: f64) -> Result<Value<'a>, String> {
    let result = match operator {
        Operator::Add => one + two,
        Operator::Subtract => one - two,
        Operator::Multiply => one * two,
        Operator::Divide if two == 0.0 => return Err(by_zero()),
        Operator::Divide => one / two,
        Operator::Remainder => return Err("`%` needs whole numbers".to_owned()),
    };
    if result.is_finite() { Ok(Value::Fraction(result)) } else { Err(overflow()) }
}

fn approximate(value: &Value<'_>) -> f64 {
    match value {
        Value::Whole(value) => *value as f64,
        Value::Fraction(value) => *value,
        _ => f64::NAN,
    }
}

fn by_zero() -> String {
    "it divides by zero".to_owned()
}

fn overflow() -> String {
    "a result is beyond 64 bits".to_owned()
}
