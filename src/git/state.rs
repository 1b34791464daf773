//! What the working tree came to.

use std::collections::BTreeSet;

/// How many paths are kept (docs/checks.md).
const PATHS_LIMIT: usize = 100;

/// How many paths are told apart; more are only counted.
const SET_LIMIT: usize = 200_000;

/// How many reasons are kept: the first few say it.
const REASONS_LIMIT: usize = 5;

/// How the working tree differs from the commit at HEAD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Paths that are modified, deleted, conflicted, staged or untracked: the first hundred in order.
    pub dirty: Vec<String>,
    /// How many there are.
    pub dirty_total: usize,
    /// What is under way, as in "a merge is under way".
    pub operation: Option<String>,
    /// Why parts could not be told.
    pub unproven: Vec<String>,
}

/// What is gathered on the way to a [`State`].
#[derive(Debug, Default)]
pub(super) struct Findings {
    dirty: BTreeSet<Vec<u8>>,
    beyond: usize,
    undetermined: Vec<String>,
    undetermined_total: usize,
}

impl Findings {
    /// A path that differs; a path that differs in two ways is one path.
    pub(super) fn dirty(&mut self, path: &[u8]) {
        if self.dirty.len() < SET_LIMIT {
            self.dirty.insert(path.to_vec());
        } else {
            self.beyond += 1;
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
        (self.dirty, self.undetermined)
    }

    pub(super) fn into_state(mut self, operation: Option<String>) -> State {
        self.undetermined.sort();
        if self.undetermined_total > self.undetermined.len() {
            self.undetermined
                .push(format!("{} more could not be told", self.undetermined_total - self.undetermined.len()));
        }
        let shown = self.dirty.iter().take(PATHS_LIMIT).map(|path| String::from_utf8_lossy(path).into_owned());
        State {
            dirty: shown.collect(),
            dirty_total: self.dirty.len() + self.beyond,
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
