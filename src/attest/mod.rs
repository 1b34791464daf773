//! Claims that people make from the command line: release.yaml is edited in place, only where the claim stands.

mod edit;
mod file;
mod next;

pub use edit::{Refused, edit};
pub(crate) use edit::{declare, key};
pub use file::{Unwritten, change};
pub(crate) use next::{Begun, begin, behind};

use crate::config::release::Released;

/// What a person claims now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which attestation.
    pub id: String,
    /// Whether it was done.
    pub answer: bool,
    /// Who says so.
    pub by: String,
    /// Where it can be looked at; `None` leaves what is there.
    pub evidence: Option<String>,
    /// What it is for.
    pub made_for: Released,
    /// When: a date or an RFC 3339 time.
    pub at: String,
    /// Free text; `None` leaves what is there.
    pub note: Option<String>,
}

impl Claim {
    /// The claim as it stands in a release.yaml, on one line.
    #[must_use]
    pub fn line(&self) -> String {
        edit::in_flow(self)
    }
}
