//! Who made the commits between two points of the history: authors, co-authors and committers.

use std::collections::HashSet;

use git2::{Commit, Error, Sort};

use super::Repository;
use super::id::Id;
use super::object::cause;

/// How many commits are looked at.
const COMMITS_LIMIT: usize = 200_000;

/// How a trailer begins that names one more author.
const CO_AUTHOR: &str = "co-authored-by:";

/// Somebody who had a hand in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hand {
    /// The name as it stands in the commit.
    pub(crate) name: String,
    /// The address.
    pub(crate) email: String,
    /// The commit, in hex digits.
    pub(crate) commit: String,
}

impl Repository {
    /// Who had a hand in the commits that are in `head` and not in `base` and that change a path which `counts` takes. Without
    /// a base: in all of them. Of a merge, what differs from each of its parents is its own.
    ///
    /// # Errors
    /// The history cannot be read, or it has too many commits.
    pub(crate) fn hands(
        &self,
        base: Option<&str>,
        head: &str,
        counts: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<Hand>, String> {
        let commits = self.between(base, head)?;
        let mut hands = Vec::new();
        for (commit, parents) in commits {
            let changed = |parent: Option<&str>| -> Result<HashSet<Vec<u8>>, String> {
                let changes = self.changes(parent, &commit)?.into_iter();
                Ok(changes.map(|change| change.path).filter(|path| counts(path)).collect())
            };
            let mut own = changed(parents.first().map(String::as_str))?;
            for parent in parents.iter().skip(1) {
                let other = changed(Some(parent))?;
                own.retain(|path| other.contains(path));
            }
            if !own.is_empty() {
                hands.extend(self.hands_of(&commit)?);
            }
        }
        Ok(hands)
    }

    fn between(&self, base: Option<&str>, head: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let handle = self.handle();
        let between = || -> Result<Vec<(String, Vec<String>)>, Error> {
            let mut walk = handle.revwalk()?;
            walk.set_sorting(Sort::NONE)?;
            walk.push(Id::parse(&handle, head)?.oid()?)?;
            if let Some(base) = base {
                walk.hide(Id::parse(&handle, base)?.oid()?)?;
            }
            let ids = walk.take(COMMITS_LIMIT + 1);
            ids.map(|id| {
                let commit = handle.find_commit(id?)?;
                Ok((commit.id().to_string(), commit.parent_ids().map(|parent| parent.to_string()).collect()))
            })
            .collect()
        };
        let commits = between().map_err(|error| format!("the history: {}", cause(&handle, &error)))?;
        if commits.len() > COMMITS_LIMIT {
            return Err(format!("there are more than {COMMITS_LIMIT} commits to ask for their authors"));
        }
        Ok(commits)
    }

    fn hands_of(&self, commit: &str) -> Result<Vec<Hand>, String> {
        let handle = self.handle();
        let found = Id::parse(&handle, commit).and_then(|id| handle.find_commit(id.oid()?));
        let found = found.map_err(|error| format!("the history: {}", cause(&handle, &error)))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let signatures = [found.author(), found.committer()];
        let signed = signatures.iter().map(|one| (text(one.name_bytes()), text(one.email_bytes())));
        let all = signed.chain(co_authors(&found));
        Ok(all.map(|(name, email)| Hand { name, email, commit: commit.to_owned() }).collect())
    }
}

fn co_authors(commit: &Commit<'_>) -> Vec<(String, String)> {
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    let named = |line: &str| {
        let line = line.trim();
        let (key, value) = line.split_at_checked(CO_AUTHOR.len())?;
        let value = key.eq_ignore_ascii_case(CO_AUTHOR).then_some(value)?;
        let (name, email) = value.split_once('<').unwrap_or((value, ""));
        Some((name.trim().to_owned(), email.trim_end_matches('>').trim().to_owned()))
    };
    message.lines().filter_map(named).collect()
}
