//! Conditions over a gate's metrics: a strict subset of the Common Expression Language (CEL).
//!
//! Taken from CEL: `==` `!=` `<` `<=` `>` `>=`, `&&` `||` `!`, `+` `-` `*` `/` `%`, `? :`, `in`, `size()`,
//! `startsWith`, `endsWith`, `contains`, lists, `a.b` and `a["b"]`, with CEL's precedence. Where CEL would go on,
//! this fails closed: a metric that is missing or null anywhere in the condition, two types that do not compare, and an
//! order of texts (`"CRITICAL" < "HIGH"` by the alphabet) are errors, also on a side that `||` would not have needed.
//! Division by zero, overflow and an index past the end are absorbed by `&&`, `||` and `? :` as in CEL, so that
//! `total == 0 || failed / total < 1` works. Arithmetic takes whole numbers and fractions together, because JSON does
//! not tell `2` from `2.0` on purpose. There are no macros, so that a condition costs what its length says.

use std::fmt;
use std::ops::Range;

use crate::model::Metrics;
use expression::Expression;

mod arithmetic;
mod certain;
mod evaluate;
mod expression;
mod parse;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod value;

/// The longest condition, in bytes.
pub(crate) const TEXT_LIMIT: usize = 4096;

/// How deep parentheses, lists, signs and steps may nest.
pub(crate) const NESTING_LIMIT: usize = 64;

/// A condition that can be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    expression: Expression,
    names: Vec<String>,
    noun: &'static str,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// What is wrong, without a final full stop.
    pub message: String,
    /// The byte of the text where it is wrong.
    pub offset: usize,
}

impl ConditionError {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset }
    }
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConditionError {}

impl Condition {
    /// Reads an expression over metrics.
    ///
    /// ```
    /// use delivery_gate::pipeline::Condition;
    /// let condition = Condition::parse("p99_latency_ms < 2000 && regression_pct <= 5").unwrap();
    /// assert_eq!(condition.metrics(), ["p99_latency_ms", "regression_pct"]);
    /// let metrics = serde_json::json!({"p99_latency_ms": 1999.5, "regression_pct": 5});
    /// assert_eq!(condition.evaluate(metrics.as_object().unwrap()), Ok(true));
    /// ```
    ///
    /// # Errors
    /// The first thing that is wrong, with its place. An expression that names no metric, or that holds whatever its metrics
    /// are, would verify nothing: it is refused as well.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        Self::over("metric", text)?.that_can_fail()
    }

    fn that_can_fail(self) -> Result<Self, ConditionError> {
        match certain::always_holds(&self.expression) {
            true => Err(ConditionError::new(
                "this always holds, so it verifies nothing: name a limit that can be missed",
                0,
            )),
            false => Ok(self),
        }
    }

    /// An expression over variables of a run.
    pub(super) fn over_variables(text: &str) -> Result<Self, ConditionError> {
        Self::over("variable", text)
    }

    fn over(noun: &'static str, text: &str) -> Result<Self, ConditionError> {
        let expression = parse::expression(text)?;
        Self::of(noun, text.trim().to_owned(), expression)
            .ok_or_else(|| ConditionError::new(format!("this names no {noun}, so it is always the same"), 0))
    }

    /// The map form: for each metric a test like `< 70`, `== 0` or `false`; all must hold.
    ///
    /// # Errors
    /// The first test that is none: its index, and where in its text.
    pub fn of_tests(tests: &[(&str, &str)]) -> Result<Self, (usize, ConditionError)> {
        let parsed = tests.iter().enumerate().map(|(at, (name, test))| {
            let one = table::test(name, test).map_err(|error| (at, error))?;
            Ok((one.to_string(), one))
        });
        let (texts, parsed): (Vec<_>, Vec<_>) = parsed.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let all = Expression::All(parsed);
        let found = Self::of("metric", texts.join(" && "), all);
        let found = found.ok_or_else(|| ConditionError::new("there is no test", 0));
        found.and_then(Self::that_can_fail).map_err(|error| (0, error))
    }

    fn of(noun: &'static str, text: String, expression: Expression) -> Option<Self> {
        let mut names = Vec::new();
        expression.visit(&mut |part| match part {
            Expression::Metric(path) => names.push(path.join(".")),
            Expression::Test(test) => names.push(test.metric.clone()),
            _ => {}
        });
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        (!names.is_empty()).then_some(Self { text, expression, names, noun })
    }

    /// The metrics that it names, each once, in order; a part of one as `metric.part`.
    #[must_use]
    pub fn metrics(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// The condition as people wrote it; the map form as one expression.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// Why it can be said neither way, naming the metric: that is UNPROVEN.
    pub fn evaluate(&self, metrics: &Metrics) -> Result<bool, String> {
        evaluate::condition(&self.expression, metrics, self.noun)
    }

    /// The text literals in it that `wanted` takes.
    pub(super) fn literal(&self, wanted: impl Fn(&str) -> bool) -> Option<&str> {
        let mut found = None;
        self.expression.visit(&mut |part| {
            if let Expression::Literal(expression::Literal::Text(text)) = part
                && wanted(text)
            {
                found = found.or(Some(text.as_str()));
            }
        });
        found
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The bytes of a token.
type Span = Range<usize>;
