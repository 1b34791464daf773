//! What the last release is looked for with: the commits that tags stand at, the nearest of them before a commit, and what a
//! file said all along.

use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{Error, ObjectType, Odb, Repository as Handle, Sort};

use super::Repository;
use super::history::cuts;
use super::id::Id;
use super::object::{cause, lacking};
use super::refs::Target;
use super::snapshot::content;

/// How many commits are looked through for what a file said.
const PAST_LIMIT: usize = 200_000;

/// Commits (in hex digits) and the tags that stand at them.
pub(crate) type Tagged = HashMap<String, Vec<String>>;

/// What a walk back from a commit came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Nearest {
    /// The commits that were wanted and have no other wanted one after them.
    pub commits: Vec<String>,
    /// Whether a shallow clone's history ended before a wanted one was found on every way.
    pub is_cut: bool,
}

impl Repository {
    /// The commits at which a tag stands whose name is wanted, with the names in order. Names that are not UTF-8 and tags of
    /// something else are left out.
    ///
    /// # Errors
    /// The tags cannot be listed.
    pub fn tagged(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Tagged, String> {
        let handle = self.handle();
        let unlisted = |error: Error| format!("the tags: {}", cause(&handle, &error));
        let odb = handle.odb().map_err(unlisted)?;
        // Several packages are often released at one commit.
        let (mut tagged, mut known) = (Tagged::new(), HashMap::new());
        let mut add = |name: &str, target: Target| {
            let Some(name) = name.strip_prefix("refs/tags/").filter(|name| is_wanted(name)) else { return };
            let Target::Object(id, peeled) = target else { return };
            let commit = known.entry(peeled.unwrap_or(id)).or_insert_with_key(|id| commit_of(&handle, &odb, *id));
            if let Some(commit) = commit {
                tagged.entry(commit.to_string()).or_default().push(name.to_owned());
            }
        };
        self.refs.each(&handle, "refs/tags/", &mut add).map_err(unlisted)?;
        tagged.values_mut().for_each(|names| names.sort_unstable());
        Ok(tagged)
    }

    /// The nearest commits before `head` among some, of those that `counts` takes. It is asked of as few as can be.
    ///
    /// # Errors
    /// The history cannot be read, or what `counts` says.
    pub fn nearest_before(
        &self,
        head: &str,
        among: &Tagged,
        mut counts: impl FnMut(&str) -> Result<bool, String>,
    ) -> Result<Nearest, String> {
        // It takes the handle, so that no statement may have it already.
        let unreadable = |error: Error| format!("the history: {}", cause(&self.handle(), &error));
        let walk = Walk::before(&self.handle(), head);
        let mut walk = walk.map_err(unreadable)?;
        let mut found = Vec::new();
        loop {
            // The repository is free while `counts` is asked: it reads there.
            let next = walk.next(&self.handle(), among);
            let Some(commit) = next.map_err(unreadable)? else { break };
            let taken = counts(&commit.to_string())?;
            if taken {
                found.push(commit);
            }
            let left = walk.leave(&self.handle(), commit, taken);
            left.map_err(unreadable)?;
        }
        let commits = last_of(&self.handle(), &found);
        let commits = commits.map_err(unreadable)?;
        Ok(Nearest { commits: commits.iter().map(Id::to_string).collect(), is_cut: walk.is_cut })
    }

    /// The different contents that a file (its path from the top) had in the commits before `head`.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn past(&self, head: &str, path: &std::path::Path, limit: u64) -> Result<Vec<Vec<u8>>, String> {
        let handle = self.handle();
        let blobs = || -> Result<HashSet<Id>, Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::NONE)?;
            handle
                .find_commit(Id::parse(&handle, head)?.oid()?)?
                .parent_ids()
                .try_for_each(|parent| walk.push(parent))?;
            let (odb, mut blobs) = (handle.odb()?, HashSet::new());
            for id in walk.take(PAST_LIMIT) {
                let tree = handle.find_commit(id?)?.tree()?;
                match tree.get_path(path) {
                    Ok(entry) if entry.kind() == Some(ObjectType::Blob) && blobs.insert(entry.id().into()) => {
                        odb.read_header(entry.id())?;
                    }
                    Err(error) if lacking(&error).is_some() => return Err(error),
                    _ => {}
                }
            }
            Ok(blobs)
        };
        let blobs = blobs().map_err(|error| format!("the history: {}", cause(&handle, &error)))?;
        Ok(blobs.into_iter().filter_map(|blob| content(&handle, blob, limit).ok()).collect())
    }
}

/// The commit that an object is, or leads to as a tag. Packed references and reftables know what a tag object leads to, so that
/// it need not be read.
fn commit_of(handle: &Handle, odb: &Odb<'_>, id: Id) -> Option<Id> {
    let id = id.oid().ok()?;
    match odb.read_header(id).ok()?.1 {
        ObjectType::Commit => Some(id.into()),
        ObjectType::Tag => handle.find_object(id, None).ok()?.peel_to_commit().ok().map(|commit| commit.id().into()),
        _ => None,
    }
}

/// How far the walk came with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It is in the queue.
    Waiting,
    /// It is behind the walk.
    Left,
    /// Something that was taken comes after it.
    Passed,
}

/// A walk back in time that does not go on behind what was taken: such commits are walked too, but as passed ones, until no
/// other is left.
struct Walk {
    queue: BinaryHeap<(i64, Id)>,
    marks: HashMap<Id, Mark>,
    /// How many are waiting.
    waiting: usize,
    cuts: HashSet<Id>,
    is_cut: bool,
}

impl Walk {
    fn before(handle: &Handle, head: &str) -> Result<Self, Error> {
        let (queue, marks) = (BinaryHeap::new(), HashMap::new());
        let mut walk = Self { queue, marks, waiting: 0, cuts: cuts(handle)?, is_cut: false };
        walk.leave(handle, Id::parse(handle, head)?, false)?;
        Ok(walk)
    }

    /// The next commit that is not passed and has a tag.
    fn next(&mut self, handle: &Handle, among: &Tagged) -> Result<Option<Id>, Error> {
        while self.waiting > 0
            && let Some((_, id)) = self.queue.pop()
        {
            let is_passed = self.marks.get(&id) == Some(&Mark::Passed);
            if !is_passed {
                self.waiting -= 1;
                self.marks.insert(id, Mark::Left);
                if among.contains_key(&id.to_string()) {
                    return Ok(Some(id));
                }
            }
            self.leave(handle, id, is_passed)?;
        }
        Ok(None)
    }

    /// Goes on to a commit's parents.
    fn leave(&mut self, handle: &Handle, id: Id, is_passed: bool) -> Result<(), Error> {
        self.is_cut |= !is_passed && self.cuts.contains(&id);
        for parent in handle.find_commit(id.oid()?)?.parent_ids() {
            let (asked, parent) = (parent, Id::from(parent));
            let before = self.marks.get(&parent).copied();
            let mark = if is_passed { Mark::Passed } else { Mark::Waiting };
            let is_queued = match (before, mark) {
                (Some(Mark::Passed), _) | (Some(_), Mark::Waiting) => continue,
                (Some(Mark::Waiting), _) => {
                    self.waiting -= 1;
                    true
                }
                (None, Mark::Waiting) => {
                    self.waiting += 1;
                    false
                }
                _ => false,
            };
            self.marks.insert(parent, mark);
            if !is_queued {
                self.queue.push((handle.find_commit(asked)?.time().seconds(), parent));
            }
        }
        Ok(())
    }
}

/// Those that no other one descends from: clocks may be wrong.
fn last_of(handle: &Handle, commits: &[Id]) -> Result<Vec<Id>, Error> {
    let mut last = Vec::new();
    for one in commits {
        let mut is_last = true;
        for other in commits.iter().filter(|other| *other != one) {
            is_last &= !handle.graph_descendant_of(other.oid()?, one.oid()?)?;
        }
        if is_last {
            last.push(*one);
        }
    }
    Ok(last)
}
