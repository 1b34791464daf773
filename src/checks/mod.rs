//! Checks: the things that must hold for a release.

use std::borrow::Cow;

use crate::checks::context::Context;
use crate::model::{Kind, Outcome};

pub mod attested;
pub mod changelog;
pub mod ci_status;
pub mod context;
pub mod decision_approved;
pub mod deps_pinned;
pub mod release_point;
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
