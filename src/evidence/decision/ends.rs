//! The two ends of a change: where they are named, and which commits they are.

use super::ci::Ci;
use crate::git::{REMOTES, Repository};
use crate::system::environment::Environment;
use crate::world::settings::{BASE, HEAD};

/// What a direct push needs to be told.
const SET_BOTH: &str = "set CI_BASE_SHA and CI_HEAD_SHA";

/// The ends as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// A revision.
    pub base: String,
    /// A revision.
    pub head: String,
    /// Where the two were named, for people.
    pub source: String,
}

impl Named {
    /// Both ends as people write them.
    #[must_use]
    pub fn compared(&self) -> String {
        format!("{}...{}", short(&self.base), short(&self.head))
    }
}

/// A branch of the remote, in full: a tag may have the short name.
pub(super) fn on_origin(branch: &str) -> String {
    format!("{REMOTES}origin/{branch}")
}

fn short(revision: &str) -> &str {
    revision.strip_prefix(REMOTES).unwrap_or(revision)
}

/// The ends as commits, 40 hex digits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// What the change is compared with, as named.
    pub base: String,
    /// The change's end.
    pub head: String,
    /// The common ancestor of both: where the change begins.
    pub merge_base: String,
    /// `main...HEAD`, and where that was said.
    pub named: Named,
}

/// The first place that names the ends: flags, variables, the CI system, the usual branches.
///
/// # Errors
/// None names them, or one names half of them.
pub fn named(
    flags: Option<(String, Option<String>)>,
    environment: &Environment,
    ci: Option<&Ci>,
    repository: &Repository,
) -> Result<Named, String> {
    let head_or = |head: Option<String>| head.unwrap_or_else(|| "HEAD".to_owned());
    if let Some((base, head)) = flags {
        return Ok(Named { base, head: head_or(head), source: "--base".to_owned() });
    }
    let (base, head) = (BASE.text(environment), HEAD.text(environment).map(str::to_owned));
    match (base, head) {
        (Some(base), head) => {
            let source = if head.is_some() { "CI_BASE_SHA and CI_HEAD_SHA" } else { "CI_BASE_SHA, HEAD" };
            return Ok(Named { base: base.to_owned(), head: head_or(head), source: source.to_owned() });
        }
        (None, Some(_)) => return Err(format!("CI_HEAD_SHA is set and CI_BASE_SHA is not: {SET_BOTH}")),
        (None, None) => {}
    }
    let head = head_or(ci.and_then(|ci| ci.head.clone()));
    match ci.and_then(|ci| Some((ci, ci.base.clone()?))) {
        Some((ci, base)) if !is_zero(&base) => Ok(Named { base, head, source: ci.name.to_owned() }),
        _ => usual(ci, head, repository),
    }
}

/// Git's word for "there was nothing before".
fn is_zero(revision: &str) -> bool {
    revision.len() >= 40 && revision.bytes().all(|byte| byte == b'0')
}

fn usual(ci: Option<&Ci>, head: String, repository: &Repository) -> Result<Named, String> {
    let default = ci.and_then(|ci| ci.default_branch.as_ref()).map(|branch| on_origin(branch));
    let parent = format!("{head}~1");
    let candidates = default.into_iter().chain([on_origin("main"), on_origin("master"), parent]);
    let base = candidates.into_iter().find(|base| repository.has(base));
    let base = base.ok_or_else(|| format!("there is nothing to compare {head} with; {SET_BOTH}"))?;
    let said = ci.map_or_else(|| "no variable names the ends".to_owned(), |ci| format!("{} names no base", ci.name));
    Ok(Named { base, head, source: format!("{said}, so the first of the usual ones") })
}

/// The commits that the names stand for.
///
/// # Errors
/// A name that stands for none, no common ancestor, or no change between them: then there is nothing to judge.
pub fn resolve(named: Named, repository: &Repository) -> Result<Ends, String> {
    let commit = |revision: &str| repository.resolve(revision).map_err(|why| format!("'{}': {why}", short(revision)));
    let (base, head) = (commit(&named.base)?, commit(&named.head)?);
    if base == head {
        return Err(format!("base and head are the same commit; {SET_BOTH}"));
    }
    let merge_base = repository.merge_base(&base, &head)?;
    if merge_base == head {
        return Err(format!("head is contained in base, so nothing was changed; {SET_BOTH}"));
    }
    Ok(Ends { base, head, merge_base, named })
}
