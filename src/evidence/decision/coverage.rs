//! Which decisions speak of which files.

use globset::{Candidate, GlobMatcher};

use super::provider::Known;
use super::{Approval, Reference};
use crate::world::glob;

/// The files that a decision covers.
pub(super) struct Scope {
    /// `None` covers every file.
    globs: Option<Vec<GlobMatcher>>,
}

impl Scope {
    /// Of a decision's globs.
    pub(super) fn of(globs: Option<&[String]>) -> Self {
        Self { globs: globs.map(|globs| globs.iter().filter_map(|text| glob::narrow(text).ok()).collect()) }
    }

    /// Whether it covers a path. What stands for a folder, a submodule or a link, is covered with what would be in it.
    pub(super) fn covers(&self, path: &[u8]) -> bool {
        let Some(globs) = &self.globs else { return true };
        let inside = [path, b"/"].concat();
        let names = [Candidate::from_bytes(path), Candidate::from_bytes(&inside)];
        globs.iter().any(|glob| names.iter().any(|name| glob.is_match_candidate(name)))
    }
}

/// Every decision with its scope, ready to be asked about files.
pub(super) struct Coverage<'k> {
    accepted: Vec<(Scope, &'k Reference, &'k Approval)>,
    unclear: Vec<Scope>,
    may_warn: bool,
}

impl<'k> Coverage<'k> {
    pub(super) fn of(known: &'k Known) -> Self {
        let scope = |globs: &Option<Vec<String>>| Scope::of(globs.as_deref());
        let accepted = known.accepted.iter();
        Self {
            accepted: accepted.map(|(reference, approval)| (scope(&approval.scope), reference, approval)).collect(),
            unclear: known.unclear.iter().map(|record| scope(&record.scope)).collect(),
            may_warn: known.approve,
        }
    }

    /// The first decision that covers a path, where none that does holds it more firmly than with a warning.
    pub(super) fn warning_for(&self, path: &[u8]) -> Option<(&'k Reference, &'k Approval)> {
        let mut covering = self.accepted.iter().filter(|(scope, ..)| scope.covers(path)).map(|(_, id, of)| (*id, *of));
        let first = covering.clone().next()?;
        let only_warn = covering.all(|(_, approval)| approval.only_warns());
        let nothing_unclear = !self.unclear.iter().any(|scope| scope.covers(path));
        (self.may_warn && only_warn && nothing_unclear).then_some(first)
    }

    /// The decisions in whose scope any of the paths lies, the blocking ones first. One without a scope is none of them.
    pub(super) fn in_scope<'p>(
        &self,
        paths: impl Iterator<Item = &'p [u8]> + Clone,
    ) -> Vec<(&Scope, &'k Reference, &'k Approval)> {
        let scoped = self
            .accepted
            .iter()
            .filter(|(scope, _, approval)| approval.scope.is_some() && paths.clone().any(|path| scope.covers(path)));
        let mut found: Vec<_> = scoped.map(|(scope, reference, approval)| (scope, *reference, *approval)).collect();
        found.sort_by_key(|(_, _, approval)| approval.only_warns());
        found
    }
}
