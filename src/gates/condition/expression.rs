//! The parts of a condition. Chains are lists, so that depth is bounded by [`super::NESTING_LIMIT`].

use std::fmt;

/// A value written in the condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Boolean(bool),
    /// Within 64 bits, signed or not.
    Whole(i128),
    Fraction(f64),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    pub(super) fn of(symbol: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == symbol).map(|(_, comparison)| *comparison)
    }

    pub(super) fn symbol(self) -> &'static str {
        Self::ALL.iter().find(|(_, comparison)| *comparison == self).map_or("", |(symbol, _)| symbol)
    }

    /// Whether it asks for an order, which only numbers have.
    pub(super) fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::Unequal)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// One line of the map form. Against a boolean, 0 stands for false and 1 for true, as files of the format have it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) metric: String,
    pub(super) comparison: Comparison,
    pub(super) operand: Literal,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Literal),
    List(Vec<Expression>),
    Metric(Vec<String>),
    Index(Box<[Expression; 2]>),
    Field(Box<Expression>, String),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Arithmetic(Box<Expression>, Vec<(Operator, Expression)>),
    Compare(Comparison, Box<[Expression; 2]>),
    In(Box<[Expression; 2]>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Choice(Box<[Expression; 3]>),
    Size(Box<Expression>),
    Text(TextTest, Box<[Expression; 2]>),
    Test(Test),
}

impl Expression {
    /// Calls `see` for this part and all below, in the order of the text.
    pub(super) fn visit<'e>(&'e self, see: &mut impl FnMut(&'e Self)) {
        see(self);
        match self {
            Self::Literal(_) | Self::Metric(_) | Self::Test(_) => {}
            Self::List(parts) | Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.visit(see)),
            Self::Not(inner) | Self::Negate(inner) | Self::Size(inner) | Self::Field(inner, _) => inner.visit(see),
            Self::Index(pair) | Self::Compare(_, pair) | Self::In(pair) | Self::Text(_, pair) => {
                pair.iter().for_each(|part| part.visit(see));
            }
            Self::Choice(three) => three.iter().for_each(|part| part.visit(see)),
            Self::Arithmetic(first, rest) => {
                first.visit(see);
                rest.iter().for_each(|(_, part)| part.visit(see));
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

impl fmt::Display for Expression {
    /// Of use for the map form only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test(test) => write!(f, "{} {} {}", test.metric, test.comparison.symbol(), test.operand),
            _ => f.write_str("…"),
        }
    }
}
