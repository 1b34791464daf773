//! The judge: does the change do what the decision says?

mod chosen;
pub(crate) mod local;
pub(crate) mod service;

use serde_json::{Map, Value};

pub(crate) use chosen::chosen;
pub use local::{Dialect, LocalJudge};
pub use service::ServiceJudge;

use super::Reference;
use super::answer::shown;
use crate::model::secret::Secret;
use crate::net::BaseUrl;

/// A large language model that the caller brings along: all three of `DECERN_JUDGE_LLM_…`.
#[derive(Debug, Clone)]
pub struct Llm {
    /// `DECERN_JUDGE_LLM_BASE_URL`.
    pub base: BaseUrl,
    /// `DECERN_JUDGE_LLM_API_KEY`.
    pub key: Secret,
    /// `DECERN_JUDGE_LLM_MODEL`.
    pub model: String,
}

/// What a judge is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The unified diff.
    pub diff: &'q str,
    /// Whether the diff was cut.
    pub truncated: bool,
    /// The commit at the diff's base.
    pub base: &'q str,
    /// The commit at its head.
    pub head: &'q str,
    /// The decision that the change refers to.
    pub reference: &'q Reference,
    /// The decision's text, where the provider has it. The local judge cannot do without.
    pub record_text: Option<&'q str>,
}

/// What a judge said. Its words are on one line each and hold no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether the change may pass.
    pub allowed: bool,
    /// Why.
    pub reason: Option<String>,
    /// Whether a refusal is advice only.
    pub advisory: bool,
    /// How sure the judge is, from 0 to 1.
    pub confidence: Option<f64>,
    /// What could be better though the change may pass.
    pub advisory_message: Option<String>,
    /// What the report keeps: `model`, `promptHash`, `diffHash` and `latencyMs` of a local judge.
    pub record: Map<String, Value>,
}

/// Somebody who compares a change with a decision.
pub trait Judge: Sync {
    /// Asks for a verdict.
    ///
    /// # Errors
    /// Why there is no verdict, in one line. That blocks.
    fn ask(&self, question: &Question<'_>) -> Result<Verdict, String>;
}

/// What a verdict means for the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The change may pass.
    Passed,
    /// It was refused, but that is advice only: warn and pass.
    Advisory,
    /// It was refused, and the decision itself only warns; with the reason.
    Warned(String),
    /// It may not pass, and why.
    Blocked(String),
}

/// Weighs a verdict. With a minimum, from 0 to 1, a verdict that allows less surely, or does not say how surely, blocks.
#[must_use]
pub(crate) fn outcome(verdict: &Verdict, min_confidence: Option<f64>) -> Outcome {
    if !verdict.allowed {
        let reason = || verdict.reason.clone().unwrap_or_else(|| "not allowed, without a reason".to_owned());
        return if verdict.advisory { Outcome::Advisory } else { Outcome::Blocked(reason()) };
    }
    match (min_confidence, verdict.confidence) {
        (None, _) => Outcome::Passed,
        (Some(minimum), Some(confidence)) if confidence >= minimum => Outcome::Passed,
        (Some(minimum), Some(confidence)) => {
            Outcome::Blocked(format!("confidence {confidence} is below the minimum of {minimum}"))
        }
        (Some(minimum), None) => Outcome::Blocked(format!("no confidence given, and the minimum is {minimum}")),
    }
}

impl Verdict {
    /// The verdict with its words made fit to be shown.
    fn fit(self, redact: impl Fn(&str) -> String) -> Self {
        let fit = |words: Option<String>| words.map(|words| shown(&redact(&words))).filter(|words| !words.is_empty());
        Self { reason: fit(self.reason), advisory_message: fit(self.advisory_message), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        use Outcome::{Advisory, Passed};
        let blocked = |reason: &str| Outcome::Blocked(reason.to_owned());
        let cases = [
            (true, false, None, None, Passed),
            (true, true, Some(1.0), None, Passed),
            (true, false, Some(0.0), None, Passed),
            (true, false, Some(0.8), Some(0.8), Passed),
            (true, false, Some(0.0), Some(0.0), Passed),
            (true, false, Some(0.79), Some(0.8), blocked("confidence 0.79 is below the minimum of 0.8")),
            (true, true, Some(0.79), Some(0.8), blocked("confidence 0.79 is below the minimum of 0.8")),
            (true, false, None, Some(0.8), blocked("no confidence given, and the minimum is 0.8")),
            (true, false, None, Some(0.0), blocked("no confidence given, and the minimum is 0")),
            (false, false, Some(1.0), None, blocked("because")),
            (false, false, Some(1.0), Some(0.8), blocked("because")),
            (false, true, Some(1.0), Some(0.8), Advisory),
            (false, true, None, None, Advisory),
        ];
        for (allowed, advisory, confidence, minimum, expected) in cases {
            let reason = Some("because".to_owned());
            let verdict = Verdict { allowed, reason, advisory, confidence, advisory_message: None, record: Map::new() };
            assert_eq!(outcome(&verdict, minimum), expected, "{verdict:?} {minimum:?}");
        }
    }
}
