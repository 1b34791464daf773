//! Values while a condition is evaluated; nothing is copied out of the metrics.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value as Json};

use super::expression::{Expression, Literal};
use crate::model::escape::visible_up_to;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Boolean(bool),
    /// Within 64 bits, signed or not.
    Whole(i128),
    Fraction(f64),
    Text(&'a str),
    Items(&'a [Json]),
    Made(Vec<Value<'a>>),
    Parts(&'a Map<String, Json>),
    Null,
}

/// What kind of value something is; kinds do not compare with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Number,
    Text,
    List,
    Parts,
    Null,
}

impl Kind {
    /// What an expression is, where that does not depend on a metric.
    pub(super) fn of(expression: &Expression) -> Option<Self> {
        match expression {
            Expression::Literal(Literal::Boolean(_)) => Some(Self::Boolean),
            Expression::Literal(Literal::Whole(_) | Literal::Fraction(_)) => Some(Self::Number),
            Expression::Literal(Literal::Text(_)) => Some(Self::Text),
            Expression::List(_) => Some(Self::List),
            Expression::Negate(_) | Expression::Arithmetic(..) | Expression::Size(_) => Some(Self::Number),
            Expression::Not(_) | Expression::Compare(..) | Expression::In(_) | Expression::Test(_) => {
                Some(Self::Boolean)
            }
            Expression::All(_) | Expression::Any(_) | Expression::Text(..) => Some(Self::Boolean),
            Expression::Choice(three) => Self::of(&three[1]).filter(|kind| Self::of(&three[2]) == Some(*kind)),
            Expression::Metric(_) | Expression::Index(_) | Expression::Field(..) => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Parts => "an object",
            Self::Null => "null",
        })
    }
}

impl<'a> Value<'a> {
    pub(super) fn of_literal(literal: &'a Literal) -> Self {
        match literal {
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Whole(value) => Self::Whole(*value),
            Literal::Fraction(value) => Self::Fraction(*value),
            Literal::Text(value) => Self::Text(value),
        }
    }

    pub(super) fn of_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Self::Whole(value.into()),
                (None, Some(value)) => Self::Whole(value.into()),
                (None, None) => Self::Fraction(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::Items(items),
            Json::Object(parts) => Self::Parts(parts),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Boolean(_) => Kind::Boolean,
            Self::Whole(_) | Self::Fraction(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Items(_) | Self::Made(_) => Kind::List,
            Self::Parts(_) => Kind::Parts,
            Self::Null => Kind::Null,
        }
    }

    /// How many: characters of a text, items of a list, parts of an object.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::Items(items) => Some(items.len()),
            Self::Made(items) => Some(items.len()),
            Self::Parts(parts) => Some(parts.len()),
            _ => None,
        }
    }

    pub(super) fn item(&self, index: usize) -> Option<Self> {
        match self {
            Self::Items(items) => items.get(index).map(Value::of_json),
            Self::Made(items) => items.get(index).cloned(),
            _ => None,
        }
    }

    /// The order of two numbers, exact also between a whole one and a fraction.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => Some(one.cmp(two)),
            (Self::Fraction(one), Self::Fraction(two)) => one.partial_cmp(two),
            (Self::Whole(one), Self::Fraction(two)) => mixed_order(*one, *two),
            (Self::Fraction(one), Self::Whole(two)) => mixed_order(*two, *one).map(Ordering::reverse),
            _ => None,
        }
    }

    /// Whether two are the same; `None` where they do not compare.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(two)) => Some(one == two),
            (Self::Text(one), Self::Text(two)) => Some(one == two),
            _ if self.kind() == Kind::Number => self.order(other).map(Ordering::is_eq),
            _ if self.kind() == Kind::List && other.kind() == Kind::List => self.same_items(other),
            _ => None,
        }
    }

    fn same_items(&self, other: &Self) -> Option<bool> {
        if self.size() != other.size() {
            return Some(false);
        }
        let mut same = true;
        for index in 0..self.size()? {
            same &= self.item(index)?.equals(&other.item(index)?)?;
        }
        Some(same)
    }
}

/// No number of 64 bits is outside of these, and `f64` cuts to `i128` exactly within them.
fn mixed_order(whole: i128, fraction: f64) -> Option<Ordering> {
    const BEYOND: f64 = 1e20;
    if fraction.is_nan() {
        return None;
    }
    if fraction.abs() >= BEYOND {
        return 0.0.partial_cmp(&fraction);
    }
    let cut = fraction.trunc();
    Some(whole.cmp(&(cut as i128)).then(0.0.partial_cmp(&(fraction - cut))?))
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "the text \"{}\"", visible_up_to(text, 60)),
            other => write!(f, "{}", other.kind()),
        }
    }
}
