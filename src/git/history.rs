//! Commits: resolving a revision, what two of them have in common, what lies between them.

use git2::{Error, ErrorCode, Oid, Repository as Handle, Sort};

use super::Repository;

/// How many commits' messages are read.
const MESSAGES_LIMIT: usize = 10_000;

/// The longest revision that is looked up, in bytes.
const REVISION_LIMIT: usize = 1024;

impl Repository {
    /// The commit that a revision names, 40 hex digits. The text goes to libgit2 as it is, never to a shell or a command
    /// line.
    ///
    /// # Errors
    /// Why it names none, with the next step.
    pub fn resolve(&self, revision: &str) -> Result<String, String> {
        if revision.len() > REVISION_LIMIT {
            return Err("it is too long for a revision".to_owned());
        }
        let handle = self.handle();
        let commit = handle.revparse_single(revision).and_then(|object| object.peel_to_commit());
        commit.map(|commit| commit.id().to_string()).map_err(|error| match error.code() {
            ErrorCode::NotFound => unknown(&handle),
            _ => error.message().to_owned(),
        })
    }

    /// Whether a revision names a commit.
    #[must_use]
    pub fn has(&self, revision: &str) -> bool {
        self.resolve(revision).is_ok()
    }

    /// The best common ancestor of two commits.
    ///
    /// # Errors
    /// There is none, or the history that would show it is not here.
    pub fn merge_base(&self, one: &str, two: &str) -> Result<String, String> {
        let handle = self.handle();
        let base = Oid::from_str(one).and_then(|one| handle.merge_base(one, Oid::from_str(two)?));
        base.map(|base| base.to_string()).map_err(|error| {
            let next = if handle.is_shallow() { format!(": {FETCH_MORE}") } else { String::new() };
            match error.code() {
                ErrorCode::NotFound => format!("base and head have no common ancestor here{next}"),
                _ => format!("the common ancestor could not be found: {}{next}", error.message()),
            }
        })
    }

    /// The messages of the commits that are in `head` and not in `base`, oldest first.
    ///
    /// # Errors
    /// The history cannot be read, or there are too many.
    pub fn messages(&self, base: &str, head: &str) -> Result<Vec<String>, String> {
        let handle = self.handle();
        let between = || -> Result<Vec<String>, Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
            walk.push(Oid::from_str(head)?)?;
            walk.hide(Oid::from_str(base)?)?;
            let commits = walk.take(MESSAGES_LIMIT + 1);
            commits
                .map(|id| Ok(String::from_utf8_lossy(handle.find_commit(id?)?.message_bytes()).into_owned()))
                .collect()
        };
        let messages = between().map_err(|error| format!("the history: {}", error.message()))?;
        if messages.len() > MESSAGES_LIMIT {
            return Err(format!("there are more than {MESSAGES_LIMIT} commits between base and head"));
        }
        Ok(messages)
    }

    /// The nearest commit before `head` that a tag accepted by `is_release` stands at, with the tag's name.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn release_before(
        &self,
        head: &str,
        is_release: impl Fn(&str) -> bool,
    ) -> Result<Option<(String, String)>, String> {
        let handle = self.handle();
        let tags = release_tags(&handle, is_release).map_err(|error| format!("the tags: {}", error.message()))?;
        let nearest = || -> Result<Option<(String, String)>, Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
            for parent in handle.find_commit(Oid::from_str(head)?)?.parent_ids() {
                walk.push(parent)?;
            }
            for id in walk {
                let id = id?;
                if let Some((_, name)) = tags.iter().find(|(commit, _)| *commit == id) {
                    return Ok(Some((id.to_string(), name.clone())));
                }
            }
            Ok(None)
        };
        nearest().map_err(|error| format!("the history: {}", error.message()))
    }
}

/// What to do about history that a shallow clone does not have.
pub(crate) const FETCH_MORE: &str = "fetch more history (fetch-depth: 0)";

fn unknown(handle: &Handle) -> String {
    if handle.is_shallow() {
        format!("there is no such commit in this shallow clone: {FETCH_MORE}")
    } else {
        "there is no such commit here".to_owned()
    }
}

/// The commits of the tags that count as releases.
fn release_tags(handle: &Handle, is_release: impl Fn(&str) -> bool) -> Result<Vec<(Oid, String)>, Error> {
    let mut tags = Vec::new();
    for name in handle.tag_names(None)?.iter().flatten().flatten() {
        if is_release(name)
            && let Ok(commit) = handle.find_reference(&format!("refs/tags/{name}")).and_then(|tag| tag.peel_to_commit())
        {
            tags.push((commit.id(), name.to_owned()));
        }
    }
    Ok(tags)
}
