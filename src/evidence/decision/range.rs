//! The two ends of a change: where they are named, and which commits they are.

use super::ci::Ci;
use crate::git::{FETCH_MORE, REMOTES, Repository};
use crate::system::environment::Environment;
use crate::world::last_release::LastRelease;
use crate::world::settings::{BASE, HEAD};

/// What a direct push needs to be told.
const SET_BOTH: &str = "set CI_BASE_SHA and CI_HEAD_SHA";

/// Who named the ends, where the command line did.
const BASE_FLAG: &str = "--base";

/// The ends as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// A revision.
    pub base: String,
    /// A revision.
    pub head: String,
    /// Where the two were named, for people.
    pub source: String,
    /// What a reader should know of them.
    pub note: Option<String>,
}

impl Named {
    /// How somebody names other ends: the way these were named.
    fn other_ends(&self) -> &'static str {
        if self.source == BASE_FLAG { "name another one with --base" } else { SET_BOTH }
    }

    /// Both ends as people write them.
    #[must_use]
    pub(crate) fn compared(&self) -> String {
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

/// Git's id of a tree without a file: what a first release is compared with.
const NOTHING: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// The ends as commits, each in hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeRange {
    /// What the change is compared with, as named. A first release is compared with a tree of no files.
    pub base: String,
    /// The change's end.
    pub head: String,
    /// The commits whose files are compared with those of the head: where the change begins. What differs from any of
    /// them counts; none stands for no files at all.
    pub compared: Vec<String>,
    /// The commit at which policy and records count.
    pub trusted: String,
    /// `main...HEAD`, and where that was said.
    pub named: Named,
}

impl ChangeRange {
    /// What a first release brings: everything. Nothing was there before that could be trusted more than itself.
    #[must_use]
    pub(crate) fn of_first_release(head: &str) -> Self {
        let note = "no release before this one: the whole tree is the change, and policy and records are read from it";
        let named = Named {
            base: NOTHING.to_owned(),
            head: head.to_owned(),
            source: "the first release".to_owned(),
            note: Some(note.to_owned()),
        };
        Self { base: NOTHING.to_owned(), head: head.to_owned(), compared: Vec::new(), trusted: head.to_owned(), named }
    }

    /// The commit behind which no commit belongs to the change.
    #[must_use]
    pub(crate) fn since(&self) -> Option<&str> {
        Some(self.base.as_str()).filter(|base| *base != NOTHING)
    }
}

/// The first place that names the ends: flags, variables, the CI system, the usual branches.
///
/// # Errors
/// None names them, or one names half of them.
pub(crate) fn named(
    flags: Option<(String, Option<String>)>,
    environment: &Environment,
    ci: Option<&Ci>,
    repository: &Repository,
) -> Result<Named, String> {
    let head_or = |head: Option<String>| head.unwrap_or_else(|| "HEAD".to_owned());
    if let Some((base, head)) = flags {
        return Ok(Named { base, head: head_or(head), source: BASE_FLAG.to_owned(), note: None });
    }
    let (base, head) = (BASE.text(environment), HEAD.text(environment).map(str::to_owned));
    match (base, head) {
        (Some(base), head) => {
            let source = if head.is_some() { "CI_BASE_SHA and CI_HEAD_SHA" } else { "CI_BASE_SHA, HEAD" };
            return Ok(Named { base: base.to_owned(), head: head_or(head), source: source.to_owned(), note: None });
        }
        (None, Some(_)) => return Err(format!("CI_HEAD_SHA is set and CI_BASE_SHA is not: {SET_BOTH}")),
        (None, None) => {}
    }
    let head = head_or(ci.and_then(|ci| ci.head.clone()));
    match ci {
        None => usual(head, repository),
        Some(Ci { target: Some(target), name, .. }) if !is_zero(target) => {
            Ok(Named { base: target.clone(), head, source: (*name).to_owned(), note: None })
        }
        Some(ci) => pushed(ci, head, repository),
    }
}

/// What a push is compared with. The commit before it counts on the default branch alone: on another one, whoever pushes
/// a decision and then what it approves would choose it.
fn pushed(ci: &Ci, head: String, repository: &Repository) -> Result<Named, String> {
    let default = default_branch(ci, repository);
    let on_default = ci.on_default || (ci.branch.is_some() && ci.branch == default);
    let is_told = |commit: &&String| on_default && !is_zero(commit);
    if let Some(green) = ci.green.as_ref().filter(is_told) {
        let source = format!("{}, since the last green build", ci.name);
        return Ok(Named { base: green.clone(), head, source, note: None });
    }
    if let Some(before) = ci.before.as_ref().filter(is_told) {
        let note = "only this push was judged: what came before it on the default branch counts as decided";
        let source = ci.name.to_owned();
        return Ok(Named { base: before.clone(), head, source, note: Some(note.to_owned()) });
    }
    let default = default.ok_or_else(|| {
        format!("{} names neither a base nor the default branch, and there is no origin/main; {SET_BOTH}", ci.name)
    })?;
    let base = on_origin(&default);
    if !repository.has(&base) {
        let fetch = format!("git fetch origin \"+refs/heads/{default}:{base}\"");
        return Err(format!("a push is compared with origin/{default}, which is not here: `{fetch}`"));
    }
    let says_more = ci.before.is_some() || ci.green.is_some();
    let said = if says_more { "off the default branch" } else { "names no base, so the default branch" };
    let comma = if says_more { "," } else { "" };
    Ok(Named { base, head, source: format!("{}{comma} {said}", ci.name), note: None })
}

/// The default branch: as the system names it, as the clone does, else the usual one.
fn default_branch(ci: &Ci, repository: &Repository) -> Option<String> {
    let usual = || ["main", "master"].into_iter().find(|name| repository.has(&on_origin(name))).map(str::to_owned);
    ci.default_branch.clone().or_else(|| repository.default_branch()).or_else(usual)
}

/// Git's word for "there was nothing before".
fn is_zero(revision: &str) -> bool {
    revision.len() >= 40 && revision.bytes().all(|byte| byte == b'0')
}

fn usual(head: String, repository: &Repository) -> Result<Named, String> {
    let parent = format!("{head}~1");
    let candidates = [on_origin("main"), on_origin("master"), parent.clone()];
    let base = candidates.into_iter().find(|base| repository.has(base));
    let base = base.ok_or_else(|| {
        let nothing = format!("there is nothing to compare {head} with");
        match repository.is_shallow() {
            true => format!("{nothing}: this clone is shallow; {FETCH_MORE}, or {SET_BOTH}"),
            false => format!("{nothing}; {SET_BOTH}"),
        }
    })?;
    let note =
        (base == parent).then_some("only the last commit was judged: no base is named, and there is no origin/main");
    let source = "no variable names the ends, so the first of the usual ones".to_owned();
    Ok(Named { base, head, source, note: note.map(str::to_owned) })
}

/// The commits that the names stand for.
///
/// # Errors
/// A name that stands for none, no common ancestor, or no change between them: then there is nothing to judge.
pub(crate) fn resolve(named: Named, repository: &Repository) -> Result<ChangeRange, String> {
    let (base, head) = ends(&named, repository)?;
    if base == head {
        return Err(format!("base and head are the same commit; {}", named.other_ends()));
    }
    let compared = repository.merge_bases(&base, &head)?;
    if compared.contains(&head) {
        return Err(format!("head is contained in base, so nothing was changed; {}", named.other_ends()));
    }
    Ok(ChangeRange { trusted: base.clone(), base, head, compared, named })
}

fn ends(named: &Named, repository: &Repository) -> Result<(String, String), String> {
    let commit = |revision: &str| repository.resolve(revision).map_err(|why| format!("'{}': {why}", short(revision)));
    Ok((commit(&named.base)?, commit(&named.head)?))
}

/// The base of a change; its end, where the base has all of it.
///
/// # Errors
/// A name that stands for no commit, or no common ancestor.
pub(super) fn compared_with(named: &Named, repository: &Repository) -> Result<String, String> {
    let (base, head) = ends(named, repository)?;
    let brought_nothing = repository.merge_bases(&base, &head)?.contains(&head);
    Ok(if brought_nothing { head } else { base })
}

/// What a release brings since the last one. Where that is no ancestor (release branches that were never merged), the files
/// are compared with its own.
///
/// # Errors
/// No change between the two, or a history that cannot be read.
pub(crate) fn since_release(last: &LastRelease, head: &str, repository: &Repository) -> Result<ChangeRange, String> {
    if last.commit == head {
        return Err("nothing was committed; commit what is to be released".to_owned());
    }
    let mut notes = Vec::new();
    if !last.others.is_empty() {
        let others = last.others.join(", ");
        notes.push(format!(
            "{} is compared with, the first and lowest of the tags of releases before this one; beside it: {others}",
            last.tag
        ));
    }
    if !last.is_ancestor {
        notes.push(format!("{} is no ancestor of this release: the files are compared with its own", last.tag));
    }
    let named = Named {
        base: last.commit.clone(),
        head: head.to_owned(),
        source: format!("since {}", last.tag),
        note: Some(notes.join("; ")).filter(|note| !note.is_empty()),
    };
    if last.is_ancestor {
        return resolve(named, repository);
    }
    Ok(ChangeRange {
        base: last.commit.clone(),
        head: head.to_owned(),
        compared: vec![last.commit.clone()],
        trusted: last.commit.clone(),
        named,
    })
}
