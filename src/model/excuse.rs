//! Why a row that would hold the release is NA: somebody said so, and gave a reason.

use jiff::civil::Date;

/// What excused a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Whose word it is.
    pub by: Excuser,
    /// As it was written.
    pub reason: String,
    /// The last day on which it holds, in UTC, where it has one.
    pub until: Option<Date>,
}

/// Whose word excuses a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuser {
    /// `exceptions` of the policy: release after release.
    Policy,
    /// `not_applicable` of release.yaml: for this release.
    Release,
}

impl Excuser {
    /// The word in records.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Release => "release",
        }
    }
}
