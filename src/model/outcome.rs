//! What a look at something came to.

use serde_json::{Map, Value};

use super::{Finding, Source, Status};

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What it came to.
    pub status: Status,
    /// One line for people.
    pub detail: String,
    /// What says it exactly, such as the paths that it is about: lines below the detail where there is room.
    pub below: Vec<String>,
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
}

impl Outcome {
    /// An outcome of any status.
    #[must_use]
    pub fn new(status: Status, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            below: Vec::new(),
            source: None,
            findings: Vec::new(),
            metrics: Map::new(),
            evidence: Vec::new(),
            warnings: Vec::new(),
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

    /// The same with lines below its detail.
    #[must_use]
    pub fn below(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.below.extend(lines);
        self
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

/// Why nothing could be shown either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven(pub String);

impl<T: Into<String>> From<T> for Unproven {
    fn from(why: T) -> Self {
        Self(why.into())
    }
}

/// An error inside a look proves nothing.
impl From<Unproven> for Outcome {
    fn from(Unproven(why): Unproven) -> Self {
        Self::unproven(why)
    }
}
