//! From tokens to an expression, with CEL's precedence.

use super::expression::{Comparison, Expression, Operator, TextTest};
use super::token::{Token, tokens};
use super::value::Kind;
use super::{ConditionError, NESTING_LIMIT};
use crate::model::nearest::suggestion;

/// Words that CEL keeps for itself.
const RESERVED: [&str; 19] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
    "and",
    "or",
];

const FUNCTIONS: [&str; 4] = ["size", "startsWith", "endsWith", "contains"];

type Parsed = Result<Expression, ConditionError>;

/// A whole text as an expression that may be true or false.
pub(super) fn expression(text: &str) -> Parsed {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.peek() == &Token::End {
        return Err(ConditionError::new("there is no condition here", 0));
    }
    let found = parser.expression()?;
    if parser.peek() != &Token::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    expect(Kind::Boolean, found, 0)
}

struct Parser {
    tokens: Vec<(Token, super::Span)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn offset(&self) -> usize {
        self.tokens[self.at.min(self.tokens.len() - 1)].1.start
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn take(&mut self, symbol: &'static str) -> bool {
        let taken = self.peek() == &Token::Symbol(symbol);
        self.at += usize::from(taken);
        taken
    }

    fn require(&mut self, symbol: &'static str) -> Result<(), ConditionError> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn unexpected(&self, expected: &str) -> ConditionError {
        let message = match self.peek() {
            Token::End => format!("the condition ends where {expected} is expected"),
            Token::Name(name) if name == "and" => "write `&&` for `and`".to_owned(),
            Token::Name(name) if name == "or" => "write `||` for `or`".to_owned(),
            Token::Name(name) => format!("`{name}` stands where {expected} is expected"),
            Token::Symbol(symbol) => format!("`{symbol}` stands where {expected} is expected"),
            Token::Literal(literal) => format!("{literal} stands where {expected} is expected"),
        };
        ConditionError::new(message, self.offset())
    }

    /// One level deeper: parentheses, lists, signs and steps all count.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, ConditionError>) -> Result<T, ConditionError> {
        if self.depth >= NESTING_LIMIT {
            let message = format!("a condition nests at most {NESTING_LIMIT} levels");
            return Err(ConditionError::new(message, self.offset()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn expression(&mut self) -> Parsed {
        self.nested(|parser| {
            let at = parser.offset();
            let condition = parser.any()?;
            if !parser.take("?") {
                return Ok(condition);
            }
            let condition = expect(Kind::Boolean, condition, at)?;
            let yes = parser.expression()?;
            parser.require(":")?;
            Ok(Expression::Choice(Box::new([condition, yes, parser.expression()?])))
        })
    }

    fn any(&mut self) -> Parsed {
        self.chain("||", Self::all, Expression::Any)
    }

    fn all(&mut self) -> Parsed {
        self.chain("&&", Self::comparison, Expression::All)
    }

    fn chain(
        &mut self,
        symbol: &'static str,
        inner: fn(&mut Self) -> Parsed,
        whole: fn(Vec<Expression>) -> Expression,
    ) -> Parsed {
        let mut at = self.offset();
        let first = inner(self)?;
        if self.peek() != &Token::Symbol(symbol) {
            return Ok(first);
        }
        let mut parts = vec![expect(Kind::Boolean, first, at)?];
        while self.take(symbol) {
            at = self.offset();
            let part = inner(self)?;
            parts.push(expect(Kind::Boolean, part, at)?);
        }
        Ok(whole(parts))
    }

    fn comparison(&mut self) -> Parsed {
        let at = self.offset();
        let left = self.sum()?;
        let Token::Symbol(symbol) = *self.peek() else { return Ok(left) };
        let comparison = Comparison::of(symbol);
        if comparison.is_none() && symbol != "in" {
            return Ok(left);
        }
        self.at += 1;
        let right_at = self.offset();
        let right = self.sum()?;
        if matches!(self.peek(), Token::Symbol(next) if Comparison::of(next).is_some() || *next == "in") {
            let message = "comparisons do not chain: join two of them with `&&`";
            return Err(ConditionError::new(message, self.offset()));
        }
        match comparison {
            Some(comparison) => compare(comparison, (left, at), (right, right_at)),
            None => Ok(Expression::In(Box::new([left, expect(Kind::List, right, right_at)?]))),
        }
    }

    fn sum(&mut self) -> Parsed {
        self.arithmetic(Self::product, &[("+", Operator::Add), ("-", Operator::Subtract)])
    }

    fn product(&mut self) -> Parsed {
        let operators = [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.arithmetic(Self::signed, &operators)
    }

    fn arithmetic(&mut self, inner: fn(&mut Self) -> Parsed, operators: &[(&'static str, Operator)]) -> Parsed {
        let at = self.offset();
        let first = inner(self)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.take(symbol)) {
            let at = self.offset();
            let part = inner(self)?;
            rest.push((*operator, expect(Kind::Number, part, at)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Arithmetic(Box::new(expect(Kind::Number, first, at)?), rest))
    }

    fn signed(&mut self) -> Parsed {
        if self.take("!") {
            let at = self.offset();
            let inner = self.nested(Self::signed)?;
            return Ok(Expression::Not(Box::new(expect(Kind::Boolean, inner, at)?)));
        }
        if self.take("-") {
            let at = self.offset();
            let inner = self.nested(Self::signed)?;
            return Ok(Expression::Negate(Box::new(expect(Kind::Number, inner, at)?)));
        }
        self.steps()
    }

    /// A value and what is asked of it: `.part`, `["part"]`, `[0]`, `.size()`.
    fn steps(&mut self) -> Parsed {
        let mut value = self.primary()?;
        for _ in 0..NESTING_LIMIT {
            if self.take(".") {
                value = self.member(value)?;
            } else if self.take("[") {
                let index = self.expression()?;
                self.require("]")?;
                value = indexed(value, index);
            } else {
                return Ok(value);
            }
        }
        Err(ConditionError::new(format!("a condition has at most {NESTING_LIMIT} steps in a row"), self.offset()))
    }

    fn member(&mut self, value: Expression) -> Parsed {
        let at = self.offset();
        let Token::Name(name) = self.next() else {
            self.at -= 1;
            return Err(self.unexpected("a name"));
        };
        if self.peek() != &Token::Symbol("(") {
            return Ok(part(value, name));
        }
        let mut arguments = vec![value];
        arguments.extend(self.arguments()?);
        call(&name, arguments, at)
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, ConditionError> {
        self.require("(")?;
        self.list(")")
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Expression>, ConditionError> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.expression()?);
            if !self.take(",") {
                self.require(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Parsed {
        let at = self.offset();
        match self.next() {
            Token::Literal(literal) => Ok(Expression::Literal(literal)),
            Token::Name(name) => self.named(name, at),
            Token::Symbol("[") => Ok(Expression::List(self.list("]")?)),
            Token::Symbol("(") => {
                let inner = self.expression()?;
                self.require(")")?;
                Ok(inner)
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected("a value"))
            }
        }
    }

    fn named(&mut self, name: String, at: usize) -> Parsed {
        if self.peek() == &Token::Symbol("(") {
            let arguments = self.arguments()?;
            return call(&name, arguments, at);
        }
        match name.as_str() {
            "null" => Err(ConditionError::new("what is null is unproven already: leave this out", at)),
            "not" => Err(ConditionError::new("write `!` for `not`", at)),
            name if RESERVED.contains(&name) => {
                Err(ConditionError::new(format!("`{name}` cannot be a name in a condition"), at))
            }
            _ => Ok(Expression::Metric(vec![name])),
        }
    }
}

/// `a.b` is a part of the metric `a` (or the metric `a.b`): all of it must be there.
fn part(value: Expression, name: String) -> Expression {
    match value {
        Expression::Metric(mut path) => {
            path.push(name);
            Expression::Metric(path)
        }
        value => Expression::Field(Box::new(value), name),
    }
}

fn indexed(value: Expression, index: Expression) -> Expression {
    match index {
        Expression::Literal(super::expression::Literal::Text(name)) => part(value, name),
        index => Expression::Index(Box::new([value, index])),
    }
}

fn call(name: &str, mut arguments: Vec<Expression>, at: usize) -> Parsed {
    let test = match name {
        "size" => None,
        "startsWith" => Some(TextTest::StartsWith),
        "endsWith" => Some(TextTest::EndsWith),
        "contains" => Some(TextTest::Contains),
        _ => {
            let help = suggestion(name, FUNCTIONS.iter().copied());
            return Err(ConditionError::new(format!("there is no function `{name}` here ({help})"), at));
        }
    };
    let (second, first) = (arguments.pop(), arguments.pop());
    match (test, first, second) {
        _ if !arguments.is_empty() => Err(ConditionError::new(format!("`{name}` takes fewer values"), at)),
        (None, None, Some(of)) => Ok(Expression::Size(Box::new(of))),
        (Some(test), Some(text), Some(wanted)) => {
            let pair = [expect(Kind::Text, text, at)?, expect(Kind::Text, wanted, at)?];
            Ok(Expression::Text(test, Box::new(pair)))
        }
        (None, ..) => Err(ConditionError::new("write `size(x)` or `x.size()`", at)),
        (Some(_), ..) => Err(ConditionError::new(format!("write `name.{name}(\"text\")`"), at)),
    }
}

fn compare(comparison: Comparison, left: (Expression, usize), right: (Expression, usize)) -> Parsed {
    let pair = if comparison.orders() {
        [expect(Kind::Number, left.0, left.1)?, expect(Kind::Number, right.0, right.1)?]
    } else {
        match Kind::of(&left.0) {
            Some(kind) => [left.0, expect(kind, right.0, right.1)?],
            None => [left.0, right.0],
        }
    };
    Ok(Expression::Compare(comparison, Box::new(pair)))
}

/// What is known to be of another kind before anything runs need not wait until then.
fn expect(kind: Kind, found: Expression, at: usize) -> Parsed {
    match Kind::of(&found) {
        Some(other) if other != kind => Err(ConditionError::new(format!("this is {other}, not {kind}"), at)),
        _ => Ok(found),
    }
}
