//! Checks: the things that must hold for a release.

use std::borrow::Cow;

use self::context::Context;
use crate::model::{Kind, Outcome, Row, Unproven};
use crate::records::{OnFail, Record};
use crate::world::World;

pub(crate) mod attested;
pub(crate) mod changelog;
pub(crate) mod ci_status;
pub(crate) mod context;
pub(crate) mod decision_approved;
pub(crate) mod deps_pinned;
pub(crate) mod last_claims;
pub(crate) mod release_point;
pub(crate) mod signed;
pub(crate) mod version_agrees;

/// The checks that this program establishes by itself, in the order of the report: one line a check.
#[must_use]
pub(crate) fn auto(context: &Context) -> Vec<Box<dyn Check + '_>> {
    vec![
        Box::new(changelog::Changelog(context)),
        Box::new(ci_status::CiStatus::of(context)),
        Box::new(deps_pinned::DepsPinned(context)),
        Box::new(release_point::ReleasePoint(context)),
        Box::new(version_agrees::VersionAgrees(context)),
        Box::new(decision_approved::DecisionApproved(context)),
    ]
}

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
/// A check looks at the world it was made for. It never prints, never decides the verdict, never exits.
pub trait Check: Send + Sync {
    /// Its identity.
    fn identity(&self) -> Identity;

    /// Whether this release is asked.
    fn applies(&self) -> Applies {
        Applies::on("always asked")
    }

    /// What FAIL and UNPROVEN do to the release.
    fn on_fail(&self) -> OnFail {
        OnFail::Block
    }

    /// When it runs.
    fn stage(&self) -> Stage {
        Stage::Look
    }

    /// Looks. Other checks of its stage may run at the same time.
    ///
    /// # Errors
    /// Why nothing could be shown.
    fn look(&self, world: &World) -> Result<Outcome, Unproven>;

    /// Looks after those that look at once, and is told the ids of the AUTO checks that hold the release. Only
    /// [`Stage::Ask`] comes here.
    ///
    /// # Errors
    /// As [`Check::look`].
    fn look_after(&self, world: &World, _held: &[String]) -> Result<Outcome, Unproven> {
        self.look(world)
    }

    /// Looks again after every check has run, for what may have moved meanwhile.
    fn confirm(&self, _world: &World, outcome: Outcome) -> Outcome {
        outcome
    }

    /// What is kept of its row, where something is.
    fn record(&self, _row: &Row) -> Option<Record> {
        None
    }
}

/// When a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// At once: it only looks.
    Look,
    /// At once, in a thread of its own, since it may take long; starting one takes longer than most looks do.
    LookLong,
    /// After those: it asks somebody else, who is not to be asked in vain.
    Ask,
    /// After those, one after the other: it runs a project's own commands, which may change what the others look at.
    Act,
    /// As [`Stage::Act`], beside its neighbours of this stage.
    ActBeside,
}
