//! Conditions that hold whatever the metrics are: they would verify nothing.
//!
//! A condition over comparisons with constants changes its value only at those constants. So it is asked at each of them,
//! between them and beyond; what else a condition may do (arithmetic, parts, two metrics side by side) is not judged here.

use std::collections::BTreeMap;

use super::evaluate;
use super::expression::{Comparison, Expression, Literal};
use crate::model::Metrics;

/// More combinations than these are not asked.
const MOST: usize = 4096;

/// Whole numbers beyond this have neighbours that `f64` does not tell apart.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// What a metric is asked to be.
#[derive(Debug, Clone, PartialEq)]
enum Sample {
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// The constants that a metric is compared with.
type Seen = BTreeMap<String, Vec<Sample>>;

/// A metric's name, where the expression is nothing else; the size of one is a metric of its own here.
fn atom(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Metric(path) => Some(path.join(".")),
        Expression::Size(of) => atom(of).map(|name| format!("size({name})")),
        _ => None,
    }
}

fn constant(literal: &Literal) -> Option<Sample> {
    match literal {
        Literal::Boolean(value) => Some(Sample::Boolean(*value)),
        Literal::Text(text) => Some(Sample::Text(text.clone())),
        Literal::Whole(value) => number(*value as f64),
        Literal::Fraction(value) => number(*value),
    }
}

fn number(value: f64) -> Option<Sample> {
    (value.abs() < EXACT).then_some(Sample::Number(value))
}

/// The constant that an expression without metrics is; a sign before a number is one.
fn side(expression: &Expression) -> Option<Sample> {
    match expression {
        Expression::Literal(literal) => constant(literal),
        Expression::Negate(inner) => match side(inner)? {
            Sample::Number(value) => Some(Sample::Number(-value)),
            _ => None,
        },
        _ => None,
    }
}

fn names_nothing(expression: &Expression) -> bool {
    let mut nothing = true;
    expression.visit(&mut |part| nothing &= !matches!(part, Expression::Metric(_) | Expression::Test(_)));
    nothing
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// A condition in the few words that are judged here.
enum Simple {
    Known(bool),
    Flag(String),
    Compare(String, Comparison, Sample),
    Not(Box<Simple>),
    All(Vec<Simple>),
    Any(Vec<Simple>),
}

fn simple(expression: &Expression) -> Option<Simple> {
    if names_nothing(expression) {
        return evaluate::condition(expression, &Metrics::new(), "metric").ok().map(Simple::Known);
    }
    let all = |parts: &[Expression]| parts.iter().map(simple).collect::<Option<Vec<_>>>();
    match expression {
        Expression::Metric(_) => atom(expression).map(Simple::Flag),
        Expression::Not(inner) => Some(Simple::Not(Box::new(simple(inner)?))),
        Expression::All(parts) => all(parts).map(Simple::All),
        Expression::Any(parts) => all(parts).map(Simple::Any),
        Expression::Compare(comparison, pair) => compared(*comparison, &pair[0], &pair[1]),
        Expression::Test(test) => Some(Simple::Compare(test.metric.clone(), test.comparison, constant(&test.operand)?)),
        Expression::In(pair) => {
            let (name, Expression::List(items)) = (atom(&pair[0])?, &pair[1]) else { return None };
            let equal = |item| Some(Simple::Compare(name.clone(), Comparison::Equal, side(item)?));
            items.iter().map(equal).collect::<Option<Vec<_>>>().map(Simple::Any)
        }
        Expression::Choice(three) => {
            let [chosen, yes, no] = &**three;
            let not = Simple::Not(Box::new(simple(chosen)?));
            Some(Simple::Any(vec![
                Simple::All(vec![simple(chosen)?, simple(yes)?]),
                Simple::All(vec![not, simple(no)?]),
            ]))
        }
        _ => None,
    }
}

fn compared(comparison: Comparison, left: &Expression, right: &Expression) -> Option<Simple> {
    if left == right {
        let holds = [Comparison::Equal, Comparison::LessOrEqual, Comparison::GreaterOrEqual].contains(&comparison);
        return Some(Simple::Known(holds));
    }
    match (atom(left), atom(right)) {
        (Some(name), None) => Some(Simple::Compare(name, comparison, side(right)?)),
        (None, Some(name)) => Some(Simple::Compare(name, mirrored(comparison), side(left)?)),
        _ => None,
    }
}

impl Simple {
    fn see(&self, seen: &mut Seen) {
        match self {
            Self::Known(_) => {}
            Self::Flag(name) => seen.entry(name.clone()).or_default().push(Sample::Boolean(true)),
            Self::Compare(name, _, constant) => seen.entry(name.clone()).or_default().push(constant.clone()),
            Self::Not(inner) => inner.see(seen),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.see(seen)),
        }
    }

    fn holds(&self, metrics: &BTreeMap<&str, &Sample>) -> bool {
        match self {
            Self::Known(holds) => *holds,
            Self::Flag(name) => metrics.get(name.as_str()) == Some(&&Sample::Boolean(true)),
            Self::Compare(name, comparison, constant) => {
                metrics.get(name.as_str()).is_some_and(|sample| sample_holds(sample, *comparison, constant))
            }
            Self::Not(inner) => !inner.holds(metrics),
            Self::All(parts) => parts.iter().all(|part| part.holds(metrics)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(metrics)),
        }
    }
}

fn sample_holds(sample: &Sample, comparison: Comparison, constant: &Sample) -> bool {
    match (sample, constant) {
        (Sample::Number(one), Sample::Number(two)) => {
            one.partial_cmp(two).is_some_and(|order| evaluate::ordered(comparison, order))
        }
        (one, two) => (one == two) == (comparison == Comparison::Equal),
    }
}

/// What a metric may be so that every comparison of it comes out in every way that it can. `None` where it is compared
/// with values of several kinds.
fn samples(name: &str, constants: &[Sample]) -> Option<Vec<Sample>> {
    let numbers = constants.iter().map(|one| if let Sample::Number(value) = one { Some(*value) } else { None });
    if let Some(mut numbers) = numbers.collect::<Option<Vec<f64>>>() {
        numbers.sort_unstable_by(f64::total_cmp);
        return Some(around(name, &numbers));
    }
    if constants.iter().all(|one| matches!(one, Sample::Boolean(_))) {
        return Some([false, true].map(Sample::Boolean).to_vec());
    }
    if !constants.iter().all(|one| matches!(one, Sample::Text(_))) {
        return None;
    }
    let longest = constants.iter().map(|one| if let Sample::Text(text) = one { text.len() } else { 0 }).max();
    let other = Sample::Text("x".repeat(longest.unwrap_or_default() + 1));
    Some(constants.iter().cloned().chain([other]).collect())
}

/// Exit codes are whole numbers from 0 to 255, sizes whole numbers of 0 or more.
fn around(name: &str, numbers: &[f64]) -> Vec<Sample> {
    let between = numbers.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    let beside = numbers.iter().flat_map(|one| [one.floor() - 1.0, one.floor(), *one, one.ceil(), one.ceil() + 1.0]);
    let all = between.chain(beside).chain([0.0, 1.0, 255.0]);
    let fits = |value: &f64| match name {
        "exit_code" => value.fract() == 0.0 && (0.0..=255.0).contains(value),
        _ if name.starts_with("size(") => value.fract() == 0.0 && *value >= 0.0,
        _ => true,
    };
    all.filter(fits).map(Sample::Number).collect()
}

/// Whether a condition is certain to hold wherever it has a value.
pub(super) fn always_holds(expression: &Expression) -> bool {
    simple(expression).is_some_and(|condition| everywhere(&condition).unwrap_or(false))
}

fn everywhere(condition: &Simple) -> Option<bool> {
    let mut seen = Seen::new();
    condition.see(&mut seen);
    let choices: Vec<_> =
        seen.iter().map(|(name, constants)| Some((name.as_str(), samples(name, constants)?))).collect::<Option<_>>()?;
    let count = choices.iter().try_fold(1_usize, |count, (_, samples)| count.checked_mul(samples.len()))?;
    let chosen = |mut at: usize| {
        let mut metrics = BTreeMap::new();
        for (name, samples) in &choices {
            metrics.extend(samples.get(at % samples.len()).map(|sample| (*name, sample)));
            at /= samples.len();
        }
        metrics
    };
    (count <= MOST).then(|| (0..count).all(|at| condition.holds(&chosen(at))))
}

#[cfg(test)]
mod tests {
    use crate::gates::Condition;

    #[test]
    fn what_cannot_fail_is_refused() {
        for text in [
            "x == x",
            "p99 <= p99",
            "exit_code >= 0",
            "0 <= exit_code",
            "exit_code > -1",
            "exit_code != -1",
            "exit_code < 256",
            "size(list) >= 0",
            "x < 5 || x >= 5",
            "x < 5 || x > 3",
            "!(x < 5 && x > 7)",
            "x || !x",
            "!!(x == x)",
            "x == 'a' || x != 'a'",
            "x != 1 || x != 2",
            "x == true || x == false",
            "1 < 2 || x",
            "1 < 2 && x == x",
            "true || p99 < 2000",
            "x < 5 ? true : x >= 5",
            "x < 5 || y || x >= 5",
            "a + b == a + b",
        ] {
            let error = Condition::parse(text).expect_err(text);
            assert!(error.message.starts_with("this always holds") && error.offset == 0, "{text}: {error}");
        }
        assert!(Condition::of_tests(&[("exit_code", ">= 0")]).is_err());
    }

    #[test]
    fn what_can_fail_is_taken() {
        for text in [
            "exit_code == 0",
            "exit_code >= 1",
            "exit_code >= 0 && p99 < 2000",
            "exit_code != 0 || passed",
            "x >= 0",
            "x < 5 || x > 5",
            "x < 5 || x > 6",
            "x == 1 || x != 1 && y",
            "size(list) > 0",
            "x / 1000 < 5",
            "x * x >= 0",
            "a <= b",
            "x in ['a', 'b'] || x == 'c'",
            "!!x",
            "x.y == x.z",
            "1 < 2 && x",
            "x != 'a' || y == 'b'",
            "x == x && y < 3",
        ] {
            assert!(Condition::parse(text).is_ok(), "{text}");
        }
        assert!(Condition::of_tests(&[("exit_code", "== 0"), ("x", ">= 0")]).is_ok());
    }
}
