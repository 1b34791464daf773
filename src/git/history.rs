//! Commits: resolving a revision, what two of them have in common, what lies between them.

use std::collections::HashSet;
use std::fs;

use git2::{Error, ErrorCode, ObjectType, Repository as Handle, Sort};

use super::Repository;
use super::id::{Format, Id};
use super::object::cause;
use super::refs::{Refs, Target};

/// How many commits' messages are read.
const MESSAGES_LIMIT: usize = 10_000;

/// The longest revision that is looked up, in bytes.
const REVISION_LIMIT: usize = 1024;

/// What the branches of a remote begin with.
pub(crate) const REMOTES: &str = "refs/remotes/";

/// So many hex digits are meant as a commit's id; CI systems give no fewer.
const ID_LENGTH: usize = 12;

impl Repository {
    /// The commit that a revision names, in hex digits. The text goes to libgit2 as it is, never to a shell or a command
    /// line.
    ///
    /// # Errors
    /// Why it names none, or not clearly one, with the next step.
    pub fn resolve(&self, revision: &str) -> Result<String, String> {
        if revision.is_empty() || revision.len() > REVISION_LIMIT {
            let what = if revision.is_empty() { "empty" } else { "too long for a revision" };
            return Err(format!("it is {what}"));
        }
        let handle = self.handle();
        let name = name_in(revision);
        has_one_meaning(&self.refs, &handle, name)?;
        let commit = self.refs.object(&handle, revision, name).and_then(|object| object.peel_to_commit());
        commit.map(|commit| commit.id().to_string()).map_err(|error| match error.code() {
            ErrorCode::NotFound => unknown(&handle, revision),
            ErrorCode::InvalidSpec | ErrorCode::Peel => "this is not a commit".to_owned(),
            _ => error.message().to_owned(),
        })
    }

    /// Whether a revision names a commit.
    #[must_use]
    pub fn has(&self, revision: &str) -> bool {
        self.resolve(revision).is_ok()
    }

    /// The branch that the remote `origin` has checked out, by its short name.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        let handle = self.handle();
        let head = self.refs.find(&handle, &format!("{REMOTES}origin/HEAD")).ok()?;
        let Some(Target::Name(target)) = head else { return None };
        target.strip_prefix(&format!("{REMOTES}origin/")).map(str::to_owned)
    }

    /// Whether a commit is an ancestor of another one. History that is not here tells of none.
    #[must_use]
    pub fn is_before(&self, one: &str, other: &str) -> bool {
        let handle = self.handle();
        let ids = Id::parse(&handle, one).and_then(|one| Ok((one.oid()?, Id::parse(&handle, other)?.oid()?)));
        ids.and_then(|(one, other)| handle.graph_descendant_of(other, one)).unwrap_or(false)
    }

    /// The best common ancestors of two commits, in no order: those that no other common ancestor comes after. Where
    /// branches were merged crosswise there are several, and each of them tells of another part of the change.
    ///
    /// # Errors
    /// There is none, or the history that would show it is not here.
    pub fn merge_bases(&self, one: &str, two: &str) -> Result<Vec<String>, String> {
        let handle = self.handle();
        let next = if handle.is_shallow() { format!(": {FETCH_MORE}") } else { String::new() };
        let bases = Id::parse(&handle, one).and_then(|one| {
            let two = Id::parse(&handle, two)?;
            let bases: Vec<Id> = handle.merge_bases(one.oid()?, two.oid()?)?.iter().map(|id| (*id).into()).collect();
            Ok((bases == [one] || is_whole(&handle, &bases, [one, two])?, bases))
        });
        match bases {
            Ok((true, bases)) if !bases.is_empty() => Ok(bases.iter().map(Id::to_string).collect()),
            Ok((false, _)) => Err(format!("the history between base and head is not all here{next}")),
            Err(error) if error.code() != ErrorCode::NotFound => {
                Err(format!("the common ancestor could not be found: {}{next}", cause(&handle, &error)))
            }
            _ => Err(format!("base and head have no common ancestor here{next}")),
        }
    }

    /// The messages of the commits that are in `head` and not in `base`, oldest first. Without a base: of all, the newest
    /// 10,000 of them.
    ///
    /// # Errors
    /// The history cannot be read, or there are too many.
    pub fn messages(&self, base: Option<&str>, head: &str) -> Result<Vec<String>, String> {
        let handle = self.handle();
        let between = || -> Result<Vec<String>, Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL)?;
            walk.push(Id::parse(&handle, head)?.oid()?)?;
            if let Some(base) = base {
                walk.hide(Id::parse(&handle, base)?.oid()?)?;
            }
            let commits = walk.take(MESSAGES_LIMIT + usize::from(base.is_some()));
            commits
                .map(|id| Ok(String::from_utf8_lossy(handle.find_commit(id?)?.message_bytes()).into_owned()))
                .collect()
        };
        let mut messages = between().map_err(|error| format!("the history: {}", cause(&handle, &error)))?;
        if messages.len() > MESSAGES_LIMIT {
            return Err(format!("there are more than {MESSAGES_LIMIT} commits between base and head"));
        }
        messages.reverse();
        Ok(messages)
    }
}

/// What to do about history that a shallow clone does not have.
pub(crate) const FETCH_MORE: &str = "fetch more history (fetch-depth: 0), `git fetch --unshallow`";

fn unknown(handle: &Handle, revision: &str) -> String {
    if handle.is_shallow() {
        return format!("there is no such commit in this shallow clone: {FETCH_MORE}");
    }
    match revision.strip_prefix(REMOTES) {
        Some(_) => "there is no such branch here; fetch it first".to_owned(),
        None => "there is no such commit here; `git fetch --tags` brings the remote's tags and branches".to_owned(),
    }
}

/// The name that a revision begins with: `main` in `main~2`.
fn name_in(revision: &str) -> &str {
    let ends = [revision.find(['~', '^', ':']), revision.find("@{")];
    ends.into_iter().flatten().min().map_or(revision, |end| &revision[..end])
}

/// A name that several things share is refused. Git would take the tag, so whoever may push one could choose what a
/// change is compared with.
fn has_one_meaning(refs: &Refs, handle: &Handle, name: &str) -> Result<(), String> {
    let unreadable = |error: Error| cause(handle, &error);
    if name.starts_with("refs/") && refs.find(handle, name).map_err(unreadable)?.is_none() {
        return Err(unknown(handle, name));
    }
    let whole = Format::of(handle).digits();
    let digits = (4..=whole).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = if digits { handle.find_object_by_prefix(name, Some(ObjectType::Any)).ok() } else { None };
    if name.starts_with("refs/") || ["", "@", "HEAD"].contains(&name) || (name.len() == whole && id.is_some()) {
        return Ok(());
    }
    let mut meanings = HashSet::new();
    for id in refs.meanings(handle, name).map_err(unreadable)? {
        meanings.extend(commit_of(handle, id));
    }
    let is_taken = digits && name.len() >= ID_LENGTH && !meanings.is_empty();
    meanings.extend(id.and_then(|id| commit_of(handle, id.id().into())));
    if is_taken || meanings.len() > 1 {
        let several = "this may be more than one thing (a commit, a tag, a branch)";
        return Err(format!("{several}; write it in full, such as refs/heads/main or refs/remotes/origin/main"));
    }
    Ok(())
}

/// The commit that an object is, or that a tag leads to.
fn commit_of(handle: &Handle, id: Id) -> Option<Id> {
    let object = handle.find_object(id.oid().ok()?, None).ok()?;
    Some(object.peel_to_commit().ok()?.id().into())
}

/// Whether no history is missing between two commits and what they have in common; a better common ancestor could be
/// behind the cut.
fn is_whole(handle: &Handle, bases: &[Id], tips: [Id; 2]) -> Result<bool, Error> {
    let cuts = cuts(handle)?;
    if cuts.is_empty() {
        return Ok(true);
    }
    let mut walk = handle.revwalk()?;
    tips.iter().try_for_each(|tip| walk.push(tip.oid()?))?;
    bases.iter().try_for_each(|base| walk.hide(base.oid()?))?;
    for id in walk {
        if cuts.contains(&id?.into()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The commits behind which a shallow clone has no history. Git lists a commit that has no parents, too: nothing is cut off there.
pub(super) fn cuts(handle: &Handle) -> Result<HashSet<Id>, Error> {
    if !handle.is_shallow() {
        return Ok(HashSet::new());
    }
    let cuts = fs::read_to_string(handle.commondir().join("shallow"));
    let cuts = cuts.map_err(|error| Error::from_str(&format!("the list of cuts: {error}")))?;
    let odb = handle.odb()?;
    let listed = cuts.lines().filter_map(|line| Id::parse(handle, line.trim()).ok());
    // The object itself tells: libgit2 gives a listed commit no parents.
    let read = |commit: &Id| odb.read(commit.oid()?);
    let has_parents = |commit: &Id| read(commit).map_or(true, |commit| names_a_parent(commit.data()));
    Ok(listed.filter(has_parents).collect())
}

/// Whether the header of a commit object has a parent.
fn names_a_parent(commit: &[u8]) -> bool {
    let mut header = commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    header.any(|line| line.starts_with(b"parent "))
}
