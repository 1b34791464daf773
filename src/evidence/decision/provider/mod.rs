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

    /// What it knows of without being asked for it by name; a service is asked for nothing else.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn known(&self) -> Result<Known, String> {
        Ok(Known::default())
    }
}

/// How firmly a decision holds the files that it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enforcement {
    /// A change without it, or against it, may not pass.
    #[default]
    Blocking,
    /// Such a change passes with a warning.
    Warning,
}

/// A decision that is approved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// The globs of the files it covers; `None` covers every file.
    pub scope: Option<Vec<String>>,
    /// How firmly it holds them.
    pub enforcement: Enforcement,
    /// What a reader should know though it is valid.
    pub warning: Option<String>,
    /// Where it was read: a record's place (`docs/adr/0002-x.md:7`), or the service's address without any secret.
    pub source: Option<Source>,
    /// The record's text, where the provider has it.
    pub text: Option<String>,
}

impl Approval {
    /// Whether a change without it, or against it, passes with a warning.
    pub(crate) fn only_warns(&self) -> bool {
        self.enforcement == Enforcement::Warning
    }

    /// What a reader should know, with the reference before it.
    pub(crate) fn warning(&self, reference: &Reference) -> Option<String> {
        self.warning.as_ref().map(|warning| format!("{}: {warning}", reference.id()))
    }
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

impl Validation {
    /// What a reader should know though it is valid.
    pub(crate) fn warning(&self) -> Option<String> {
        self.result.as_ref().ok()?.warning(&self.reference)
    }
}

/// All decisions of a provider.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Those that are accepted, each with the reference that means it and no other.
    pub accepted: Vec<(Reference, Approval)>,
    /// Those of which nobody can tell.
    pub unclear: Vec<Unclear>,
    /// The folders that they are in.
    pub folders: Vec<String>,
    /// Whether it is them that approve changes. Then they may also say that a warning is enough.
    pub approve: bool,
}

/// A record that may be accepted, and may cover files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The globs of the files it covers, as far as they can be read; `None` may be every file.
    pub scope: Option<Vec<String>>,
    /// Whether it speaks of a scope at all.
    pub is_scoped: bool,
    /// Which record it is and why nobody can tell, in one line.
    pub why: String,
}
