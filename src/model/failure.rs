//! A run that could not ask its question: exit code 2, with everything that must be fixed.

use std::path::{Path, PathBuf};

use crate::model::Place;
use crate::model::problem::Problem;

/// Why no decision was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of input is at fault.
    pub kind: FailureKind,
    /// One line that sums it up.
    pub message: String,
    /// Each problem found, in the order of the files.
    pub problems: Vec<Problem>,
    /// The directory that the problems' paths start from, relative to the repository's top level.
    pub dir: PathBuf,
}

/// What kind of input is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The command line or the environment.
    Usage,
    /// release.yaml, or a package manifest.
    Manifest,
    /// delivery-gate.yaml.
    Configuration,
    /// A report could not be written.
    Output,
    /// Somebody ended the run.
    Interrupted,
    /// A defect in delivery-gate itself.
    Internal,
}

impl FailureKind {
    /// The word in the JSON report's `error.kind`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Manifest => "manifest",
            Self::Configuration => "configuration",
            Self::Output => "output",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }
}

impl Failure {
    /// The process's exit code.
    pub const EXIT_CODE: u8 = 2;

    /// A failure with one message and no place in a file.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), problems: Vec::new(), dir: PathBuf::new() }
    }

    /// A failure that is the problems of files.
    #[must_use]
    pub fn of(kind: FailureKind, problems: Vec<Problem>) -> Self {
        let message = match &problems[..] {
            [one] => one.message.clone(),
            many => format!("{} problems", many.len()),
        };
        Self { kind, message, problems, dir: PathBuf::new() }
    }

    /// The same, with paths that start from a directory of the repository.
    #[must_use]
    pub fn in_dir(self, dir: &Path) -> Self {
        Self { dir: dir.to_owned(), ..self }
    }

    /// The problems, each with its place in the repository where it has one.
    pub fn placed(&self) -> impl ExactSizeIterator<Item = (&Problem, Option<Place>)> {
        self.problems.iter().map(|problem| (problem, problem.file(&self.dir)))
    }
}
