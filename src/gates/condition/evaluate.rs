//! What a condition comes to. An error is UNPROVEN, so that none is ever taken for true or false.

use serde_json::Value as Json;

use super::arithmetic;
use super::expression::{Comparison, Expression, Literal, Operator, Test, TextTest};
use super::value::{Kind, Value};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::model::nearest::nearest;

/// Whether the condition holds.
pub(super) fn condition(expression: &Expression, metrics: &Metrics, noun: &'static str) -> Result<bool, String> {
    let scope = Scope { metrics, noun };
    scope.all_there(expression)?;
    let outcome = scope.value(expression).map_err(|(Fault::Kind(why) | Fault::Value(why))| why)?;
    match outcome {
        Value::Boolean(holds) => Ok(holds),
        other => Err(mismatch(expression, &other, Kind::Boolean)),
    }
}

/// Why a part has no value.
enum Fault {
    /// A kind that does not fit: always an error, also where the other side of `||` is true.
    Kind(String),
    /// A value that does not work out: absorbed where the result does not depend on it.
    Value(String),
}

type Evaluated<'a> = Result<Value<'a>, Fault>;

struct Scope<'a> {
    metrics: &'a Metrics,
    noun: &'static str,
}

impl<'a> Scope<'a> {
    /// Missing and null metrics hold the gate wherever they stand.
    fn all_there(&self, expression: &Expression) -> Result<(), String> {
        let mut problem = None;
        expression.visit(&mut |part| {
            let found = match part {
                Expression::Metric(path) => self.look_up(path).map(drop),
                Expression::Test(test) => self.look_up(std::slice::from_ref(&test.metric)).map(drop),
                _ => Ok(()),
            };
            problem = problem.take().or(found.err());
        });
        problem.map_or(Ok(()), Err)
    }

    /// The metric with the longest name that the path begins with, then its parts.
    fn look_up(&self, path: &[String]) -> Result<&'a Json, String> {
        let whole = (1..=path.len()).rev().find_map(|length| {
            let named = self.metrics.get(path[..length].join(".").as_str())?;
            path[length..].iter().try_fold(named, |json, part| json.get(part))
        });
        match whole {
            None => Err(self.missing(path)),
            Some(Json::Null) => Err(format!("the {} `{}` is null", self.noun, path.join("."))),
            Some(json) => Ok(json),
        }
    }

    fn missing(&self, path: &[String]) -> String {
        let (noun, name) = (self.noun, path.join("."));
        let known: Vec<&str> = self.metrics.keys().map(String::as_str).take(200).collect();
        match nearest(&name, &known) {
            Some(near) => format!("there is no {noun} `{name}`; there is `{}`", visible_up_to(near, 60)),
            None => format!("there is no {noun} `{name}`"),
        }
    }

    fn value(&self, expression: &'a Expression) -> Evaluated<'a> {
        match expression {
            Expression::Literal(literal) => Ok(Value::of_literal(literal)),
            Expression::List(items) => Ok(Value::Made(items.iter().map(|i| self.value(i)).collect::<Result<_, _>>()?)),
            Expression::Metric(path) => self.look_up(path).map(Value::of_json).map_err(Fault::Kind),
            Expression::Index(pair) => self.index(&pair[0], &pair[1]),
            Expression::Field(of, name) => self.field(of, name),
            Expression::Not(inner) => Ok(Value::Boolean(!self.boolean(inner)?)),
            Expression::Negate(inner) => arithmetic::negate(&self.number(inner)?).map_err(Fault::Value),
            Expression::Arithmetic(first, rest) => self.arithmetic(first, rest),
            Expression::Compare(comparison, pair) => self.compare(*comparison, &pair[0], &pair[1]),
            Expression::In(pair) => self.is_in(&pair[0], &pair[1]),
            Expression::All(parts) => self.joined(parts, false),
            Expression::Any(parts) => self.joined(parts, true),
            Expression::Choice(three) => self.choice(three),
            Expression::Size(of) => self.size(of),
            Expression::Text(test, pair) => self.text_test(*test, &pair[0], &pair[1]),
            Expression::Test(test) => self.test(expression, test),
        }
    }

    fn of_kind(&self, expression: &'a Expression, kind: Kind) -> Evaluated<'a> {
        let value = self.value(expression)?;
        if value.kind() == kind { Ok(value) } else { Err(Fault::Kind(mismatch(expression, &value, kind))) }
    }

    fn boolean(&self, expression: &'a Expression) -> Result<bool, Fault> {
        Ok(self.of_kind(expression, Kind::Boolean)? == Value::Boolean(true))
    }

    fn number(&self, expression: &'a Expression) -> Evaluated<'a> {
        self.of_kind(expression, Kind::Number)
    }

    /// Every part is evaluated. The deciding value wins over a value that does not work out, never over a wrong kind.
    fn joined(&self, parts: &'a [Expression], deciding: bool) -> Evaluated<'a> {
        let mut decided = false;
        let mut fault = None;
        for part in parts {
            match self.boolean(part) {
                Ok(value) => decided |= value == deciding,
                Err(Fault::Kind(why)) => return Err(Fault::Kind(why)),
                Err(why) => fault = fault.or(Some(why)),
            }
        }
        match fault {
            Some(fault) if !decided => Err(fault),
            _ => Ok(Value::Boolean(decided == deciding)),
        }
    }

    fn choice(&self, three: &'a [Expression; 3]) -> Evaluated<'a> {
        let chosen = self.boolean(&three[0])?;
        let (yes, no) = (self.value(&three[1]), self.value(&three[2]));
        let (taken, other) = if chosen { (yes, no) } else { (no, yes) };
        match other {
            Err(Fault::Kind(why)) => Err(Fault::Kind(why)),
            _ => taken,
        }
    }

    fn arithmetic(&self, first: &'a Expression, rest: &'a [(Operator, Expression)]) -> Evaluated<'a> {
        let mut result = self.number(first);
        for (operator, part) in rest {
            let value = self.number(part);
            result = match (result, value) {
                (Ok(one), Ok(two)) => arithmetic::apply(*operator, &one, &two).map_err(Fault::Value),
                (Err(Fault::Kind(why)), _) | (_, Err(Fault::Kind(why))) => return Err(Fault::Kind(why)),
                (Err(fault), _) | (_, Err(fault)) => Err(fault),
            };
        }
        result
    }

    fn compare(&self, comparison: Comparison, left: &'a Expression, right: &'a Expression) -> Evaluated<'a> {
        let (one, two) = both(self.value(left), self.value(right))?;
        let holds = match comparison.orders() {
            true => one.order(&two).map(|order| ordered(comparison, order)),
            false => one.equals(&two).map(|same| same == (comparison == Comparison::Equal)),
        };
        let wrong = || Fault::Kind(incomparable(comparison, (left, &one), (right, &two)));
        holds.map(Value::Boolean).ok_or_else(wrong)
    }

    fn is_in(&self, wanted: &'a Expression, list: &'a Expression) -> Evaluated<'a> {
        let (one, many) = both(self.value(wanted), self.value(list))?;
        if let (Value::Text(name), Value::Parts(parts)) = (&one, &many) {
            return Ok(Value::Boolean(parts.contains_key(*name)));
        }
        if many.kind() != Kind::List {
            return Err(Fault::Kind(mismatch(list, &many, Kind::List)));
        }
        let mut strange = None;
        for item in (0..many.size().unwrap_or(0)).filter_map(|index| many.item(index)) {
            match one.equals(&item) {
                Some(true) => return Ok(Value::Boolean(true)),
                Some(false) => {}
                None => strange = strange.or(Some(item.kind())),
            }
        }
        match strange {
            Some(kind) => Err(Fault::Kind(mismatch(wanted, &one, kind))),
            None => Ok(Value::Boolean(false)),
        }
    }

    fn index(&self, of: &'a Expression, index: &'a Expression) -> Evaluated<'a> {
        let (of_value, index_value) = both(self.value(of), self.value(index))?;
        match (&of_value, &index_value) {
            (Value::Items(_) | Value::Made(_), Value::Whole(at)) => {
                let item = usize::try_from(*at).ok().and_then(|at| of_value.item(at));
                item.ok_or_else(|| Fault::Value(format!("{} has no item {at}", subject(of))))
            }
            (Value::Parts(parts), Value::Text(name)) => part_of(of, parts.get(*name), name),
            (Value::Items(_) | Value::Made(_), other) => Err(Fault::Kind(mismatch(index, other, Kind::Number))),
            (other, _) => Err(Fault::Kind(mismatch(of, other, Kind::List))),
        }
    }

    fn field(&self, of: &'a Expression, name: &'a str) -> Evaluated<'a> {
        match self.value(of)? {
            Value::Parts(parts) => part_of(of, parts.get(name), name),
            other => Err(Fault::Kind(mismatch(of, &other, Kind::Parts))),
        }
    }

    fn size(&self, of: &'a Expression) -> Evaluated<'a> {
        let value = self.value(of)?;
        let size = value.size().and_then(|size| i128::try_from(size).ok());
        size.map(Value::Whole).ok_or_else(|| Fault::Kind(format!("{} is {value}: it has no size", subject(of))))
    }

    fn text_test(&self, test: TextTest, text: &'a Expression, wanted: &'a Expression) -> Evaluated<'a> {
        let pair = both(self.of_kind(text, Kind::Text), self.of_kind(wanted, Kind::Text))?;
        let (Value::Text(text), Value::Text(wanted)) = pair else { return Ok(Value::Boolean(false)) };
        Ok(Value::Boolean(match test {
            TextTest::StartsWith => text.starts_with(wanted),
            TextTest::EndsWith => text.ends_with(wanted),
            TextTest::Contains => memchr::memmem::find(text.as_bytes(), wanted.as_bytes()).is_some(),
        }))
    }

    fn test(&self, whole: &'a Expression, test: &'a Test) -> Evaluated<'a> {
        let value = self.look_up(std::slice::from_ref(&test.metric)).map(Value::of_json).map_err(Fault::Kind)?;
        let operand = Value::of_literal(&test.operand);
        let (one, two) = if test.comparison.orders() { (value, operand) } else { alike(value, &test.operand) };
        let holds = match test.comparison.orders() {
            true => one.order(&two).map(|order| ordered(test.comparison, order)),
            false => one.equals(&two).map(|same| same == (test.comparison == Comparison::Equal)),
        };
        holds
            .map(Value::Boolean)
            .ok_or_else(|| Fault::Kind(incomparable(test.comparison, (whole, &one), (whole, &two))))
    }
}

/// 0 is false and 1 is true where the other one is a boolean; the metrics of one tool are the numbers of another.
fn alike<'a>(value: Value<'a>, operand: &'a Literal) -> (Value<'a>, Value<'a>) {
    let as_boolean = |value: &Value<'a>| match value {
        Value::Boolean(value) => Some(*value),
        number => [false, true].into_iter().find(|b| number.equals(&Value::Whole((*b).into())) == Some(true)),
    };
    let operand = Value::of_literal(operand);
    let mixed = (value.kind() == Kind::Boolean) != (operand.kind() == Kind::Boolean);
    match (as_boolean(&value), as_boolean(&operand)) {
        (Some(one), Some(two)) if mixed => (Value::Boolean(one), Value::Boolean(two)),
        _ => (value, operand),
    }
}

fn both<'a>(one: Evaluated<'a>, two: Evaluated<'a>) -> Result<(Value<'a>, Value<'a>), Fault> {
    match (one, two) {
        (Ok(one), Ok(two)) => Ok((one, two)),
        (Err(Fault::Kind(why)), _) | (_, Err(Fault::Kind(why))) => Err(Fault::Kind(why)),
        (Err(fault), _) | (_, Err(fault)) => Err(fault),
    }
}

pub(super) fn ordered(comparison: Comparison, order: std::cmp::Ordering) -> bool {
    match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
    }
}

fn part_of<'a>(of: &Expression, part: Option<&'a Json>, name: &str) -> Evaluated<'a> {
    match part {
        Some(Json::Null) => Err(Fault::Kind(format!("`{name}` of {} is null", subject(of)))),
        Some(json) => Ok(Value::of_json(json)),
        None => Err(Fault::Kind(format!("{} has no `{name}`", subject(of)))),
    }
}

fn incomparable(
    comparison: Comparison,
    (left, one): (&Expression, &Value<'_>),
    (right, two): (&Expression, &Value<'_>),
) -> String {
    let measured = matches!(left, Expression::Metric(_) | Expression::Test(_));
    match (comparison.orders(), one.kind() == Kind::Number, two.kind() == Kind::Number) {
        (true, false, _) => mismatch(left, one, Kind::Number),
        (true, true, _) => mismatch(right, two, Kind::Number),
        _ if one.kind() == two.kind() => format!("{} is {one}: that is compared with nothing", subject(left)),
        _ if measured => mismatch(left, one, two.kind()),
        _ => mismatch(right, two, one.kind()),
    }
}

fn mismatch(expression: &Expression, value: &Value<'_>, kind: Kind) -> String {
    format!("{} is {value}, not {kind}", subject(expression))
}

fn subject(expression: &Expression) -> String {
    match expression {
        Expression::Metric(path) => format!("`{}`", visible_up_to(&path.join("."), 80)),
        Expression::Test(test) => format!("`{}`", visible_up_to(&test.metric, 80)),
        Expression::Index(pair) => format!("an item of {}", subject(&pair[0])),
        Expression::Field(of, name) => format!("`{name}` of {}", subject(of)),
        _ => "a part of the condition".to_owned(),
    }
}
