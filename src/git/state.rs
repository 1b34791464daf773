//! What the working tree came to.

use std::collections::{BTreeMap, BTreeSet};

use super::text_of;

/// How many paths are kept (docs/checks.md).
const PATHS_LIMIT: usize = 100;

/// How many paths are told apart; more are only counted.
const SET_LIMIT: usize = 200_000;

/// How many reasons are kept: the first few say it.
const REASONS_LIMIT: usize = 5;

/// How the working tree differs from the commit at HEAD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Paths that differ, and how: the first hundred in order.
    pub dirty: Vec<(String, Difference)>,
    /// How many there are.
    pub dirty_total: usize,
    /// What git was told to overlook and is no part of the commit, and why.
    pub overlooked: BTreeSet<(Overlooked, Vec<u8>)>,
    /// What is under way, as in "a merge is under way".
    pub operation: Option<String>,
    /// Why parts could not be told.
    pub unproven: Vec<String>,
}

/// How a path differs from the commit at HEAD. Of several ways the last of these is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The index has something else than the commit.
    Staged,
    /// Git does not track it, or was only told that it is to come.
    Untracked,
    /// It is not in the working tree.
    Deleted,
    /// Only whether it may be run.
    Mode,
    /// A file in a link's place, or the like.
    Typechange,
    /// Its content.
    Modified,
    /// A repository in this one: it is at another commit, or not clean itself.
    Submodule,
    /// A merge left it unsettled.
    Conflicted,
}

impl Difference {
    /// The word in every output format.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Untracked => "untracked",
            Self::Deleted => "deleted",
            Self::Mode => "mode",
            Self::Typechange => "typechange",
            Self::Modified => "modified",
            Self::Submodule => "submodule",
            Self::Conflicted => "conflicted",
        }
    }
}

/// Why git does not mention something that the commit knows nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overlooked {
    /// `core.fileMode` is false: whether a file may be run is not compared.
    Mode,
    /// `core.ignoreCase` is true: an ignore rule of another letter case names it.
    Case,
    /// `info/exclude`, which no clone shares, is all that excludes it.
    Excluded,
}

impl Overlooked {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Case => "case",
            Self::Excluded => "excluded",
        }
    }
}

/// What is gathered on the way to a [`State`].
#[derive(Debug, Default)]
pub(super) struct Findings {
    dirty: BTreeMap<Vec<u8>, Difference>,
    beyond: usize,
    overlooked: BTreeSet<(Overlooked, Vec<u8>)>,
    undetermined: Vec<String>,
    undetermined_total: usize,
}

impl Findings {
    /// A path that differs; a path that differs in two ways is one path.
    pub(super) fn dirty(&mut self, path: &[u8], how: Difference) {
        if let Some(known) = self.dirty.get_mut(path) {
            *known = how.max(*known);
        } else if self.dirty.len() < SET_LIMIT {
            self.dirty.insert(path.to_vec(), how);
        } else {
            self.beyond += 1;
        }
    }

    /// Beyond the limit nothing is kept: these hold nothing.
    pub(super) fn overlooked(&mut self, why: Overlooked, path: Vec<u8>) {
        if self.overlooked.len() < SET_LIMIT {
            self.overlooked.insert((why, path));
        }
    }

    pub(super) fn undetermined(&mut self, why: String) {
        self.undetermined_total += 1;
        if self.undetermined.len() < REASONS_LIMIT {
            self.undetermined.push(why);
        }
    }

    /// Every path, and why parts could not be told: paths too many to be kept are such a part.
    pub(super) fn into_parts(mut self) -> (BTreeSet<Vec<u8>>, Vec<String>) {
        if self.beyond > 0 {
            self.undetermined.push(format!("{} more paths differ than can be told apart", self.beyond));
        }
        if self.undetermined_total > self.undetermined.len() {
            self.undetermined.push(format!("{} more could not be told", self.undetermined_total));
        }
        (self.dirty.into_keys().collect(), self.undetermined)
    }

    pub(super) fn into_state(mut self, operation: Option<String>) -> State {
        self.undetermined.sort();
        if self.undetermined_total > self.undetermined.len() {
            self.undetermined
                .push(format!("{} more could not be told", self.undetermined_total - self.undetermined.len()));
        }
        let shown = self.dirty.iter().take(PATHS_LIMIT).map(|(path, how)| (text_of(path), *how));
        State {
            dirty: shown.collect(),
            dirty_total: self.dirty.len() + self.beyond,
            overlooked: self.overlooked,
            operation,
            unproven: self.undetermined,
        }
    }
}

impl State {
    /// Whether the working tree is shown to be the commit at HEAD.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.dirty_total == 0 && self.operation.is_none() && self.unproven.is_empty()
    }
}
