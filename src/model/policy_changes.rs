//! What changed in the gate itself since the last release.

/// The policy of the release that is judged against that of the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChanges {
    /// The last release's tag.
    pub since: String,
    /// Each key that differs: what lets more through first, then what may, then what asks for more.
    pub changes: Vec<PolicyChange>,
}

/// One key of the policy that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyChange {
    /// Whether the gate lets more through by it.
    pub direction: Direction,
    /// The key, as `exceptions.deps_pinned`.
    pub key: String,
    /// What it was and what it is, in a few words.
    pub detail: String,
}

/// Which way a policy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// It lets more through.
    Loosened,
    /// It may let more through: nobody can tell from the key alone.
    Changed,
    /// It asks for more.
    Tightened,
}

impl Direction {
    /// The word in every output format.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Loosened => "loosened",
            Self::Changed => "changed",
            Self::Tightened => "tightened",
        }
    }
}

impl PolicyChanges {
    /// Whether something lets more through, or may.
    #[must_use]
    pub fn may_loosen(&self) -> bool {
        self.changes.iter().any(|change| change.direction != Direction::Tightened)
    }

    /// The heading of the list in the formats for people.
    #[must_use]
    pub(crate) fn heading(&self) -> String {
        format!("The gate changed since {}", self.since)
    }
}

impl PolicyChange {
    /// The item of the list in the formats for people.
    #[must_use]
    pub(crate) fn said(&self) -> String {
        format!("{}: {} {}", self.direction.label(), self.key, self.detail)
    }
}
