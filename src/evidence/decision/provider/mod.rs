//! Providers: who says whether a decision is approved.

pub(crate) mod adr;
mod chosen;
pub(crate) mod http;

use std::time::Duration;

use super::Reference;
use crate::model::Source;

pub use adr::{AdrProvider, AdrSettings};
pub(crate) use chosen::Chosen;
pub use http::HttpProvider;

/// Somebody who knows decisions.
pub trait Provider: Sync {
    /// The word in reports: `http`, `adr`.
    fn name(&self) -> &'static str;

    /// Looks one reference up. The error is why it is not valid, in one line; it is shown as it is.
    ///
    /// # Errors
    /// Everything but a clear approval.
    fn validate(&self, reference: &Reference) -> Result<Approval, String>;
}

/// A decision that is approved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// The globs of the files it covers; `None` covers every file.
    pub scope: Option<Vec<String>>,
    /// What a reader should know though it is valid.
    pub warning: Option<String>,
    /// Where it was read: a record's place (`docs/adr/0002-x.md:7`), or the service's address without any secret.
    pub source: Option<Source>,
    /// The record's text, where the provider has it.
    pub text: Option<String>,
}

/// What a provider said of one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Validation {
    /// What was asked about.
    pub reference: Reference,
    /// The approval, or why there is none.
    pub result: Result<Approval, String>,
    /// How long the look-up took.
    pub took: Duration,
}
