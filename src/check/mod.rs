//! Checks: the things that must hold for a release.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::report::{Finding, Kind, Source, Status};

pub mod attested;
pub mod changelog;
pub mod ci_status;
pub mod decision_approved;
pub mod deps_pinned;
pub mod pipeline_gate;
pub mod registry;
pub mod release_point;
pub mod run;
pub mod version_agrees;

/// What a check is called and who establishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Unique in a registry; also the name of its section in `docs/checks.md`.
    pub id: Cow<'static, str>,
    /// For people.
    pub title: Cow<'static, str>,
    /// AUTO or ATTESTED.
    pub kind: Kind,
}

impl Identity {
    /// The identity of a check that this program establishes.
    #[must_use]
    pub const fn auto(id: &'static str, title: &'static str) -> Self {
        Self { id: Cow::Borrowed(id), title: Cow::Borrowed(title), kind: Kind::Auto }
    }
}

/// Whether a release is asked a check, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applies {
    /// Whether it is.
    pub on: bool,
    /// For people.
    pub why: Cow<'static, str>,
}

impl Applies {
    /// It is asked, because.
    #[must_use]
    pub fn on(why: impl Into<Cow<'static, str>>) -> Self {
        Self { on: true, why: why.into() }
    }

    /// It is not asked, because.
    #[must_use]
    pub fn off(why: impl Into<Cow<'static, str>>) -> Self {
        Self { on: false, why: why.into() }
    }
}

/// One thing that must hold.
///
/// A check looks at the world through the [`Context`] only. It never prints, never decides the verdict, never exits.
pub trait Check: Send + Sync {
    /// Its identity.
    fn identity(&self) -> Identity;

    /// Whether this release is asked.
    fn applies(&self, _context: &Context) -> Applies {
        Applies::on("always asked")
    }

    /// Whether FAIL or UNPROVEN holds the release.
    fn blocking(&self) -> bool {
        true
    }

    /// When it runs.
    fn stage(&self) -> Stage {
        Stage::Look
    }

    /// Whether it may take long, so that it gets a thread of its own; starting one takes longer than most looks do.
    fn takes_time(&self) -> bool {
        false
    }

    /// Looks. Other checks of its stage may run at the same time.
    fn run(&self, context: &Context) -> Outcome;

    /// Looks again after every check has run, for what may have moved meanwhile.
    fn confirm(&self, _context: &Context, outcome: Outcome) -> Outcome {
        outcome
    }
}

/// When a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// At once: it only looks.
    Look,
    /// After those: it runs a project's own commands, which may change what the others look at.
    Act,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What it came to.
    pub status: Status,
    /// One line for people.
    pub detail: String,
    /// What it was read from.
    pub source: Option<Source>,
    /// The single things found.
    pub findings: Vec<Finding>,
    /// Facts for machines.
    pub metrics: Map<String, Value>,
    /// References a person gave, or artifacts of the run.
    pub evidence: Vec<String>,
    /// What a reader should know though it does not hold the release.
    pub warnings: Vec<String>,
    /// How long it took in milliseconds, where the check knows better than the clock around it.
    pub took_ms: Option<f64>,
    /// Whether it holds the release though the check would not: a verdict that could not be recorded.
    pub holds_all_the_same: bool,
}

impl Outcome {
    /// An outcome of any status.
    #[must_use]
    pub fn new(status: Status, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            source: None,
            findings: Vec::new(),
            metrics: Map::new(),
            evidence: Vec::new(),
            warnings: Vec::new(),
            took_ms: None,
            holds_all_the_same: false,
        }
    }

    /// Shown to hold.
    #[must_use]
    pub fn pass(detail: impl Into<String>) -> Self {
        Self::new(Status::Pass, detail)
    }

    /// Shown not to hold.
    #[must_use]
    pub fn fail(detail: impl Into<String>) -> Self {
        Self::new(Status::Fail, detail)
    }

    /// Could not be shown either way.
    #[must_use]
    pub fn unproven(detail: impl Into<String>) -> Self {
        Self::new(Status::Unproven, detail)
    }

    /// The same with its source.
    #[must_use]
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with the single things found.
    #[must_use]
    pub fn findings(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.findings.extend(findings);
        self
    }

    /// The same with one more fact.
    #[must_use]
    pub fn metric(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metrics.insert(name.to_owned(), value.into());
        self
    }
}

/// An error inside a check proves nothing.
impl From<anyhow::Error> for Outcome {
    fn from(error: anyhow::Error) -> Self {
        Self::unproven(format!("{error:#}"))
    }
}
