//! Decisions that are Markdown records in the repository.
//!
//! They are read from the base commit, so that a change cannot approve itself. A record passes when every place in it
//! that tells a status says `accepted` or `approved`, and no accepted record supersedes it.

use std::sync::OnceLock;

use jiff::civil::Date;

use super::{Approval, Known, Provider};
use crate::evidence::decision::Reference;
use crate::git::Repository;
use crate::model::Source;

mod entries;
mod front_matter;
mod name;
mod record;
mod shelf;
mod status;
mod supersedes;
mod table;
#[cfg(test)]
mod tests;

use record::Record;
use shelf::{Accepted, Shelf};

/// Where records are, and at which commit they count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdrSettings {
    /// The folders (`decision.adr`), relative to the top of the repository. `None`: the one that `.adr-dir` names, else
    /// each of the usual ones that is there.
    pub folders: Option<Vec<String>>,
    /// Whether records count as they are at the head of the change (`decision.adr_from: head`).
    pub from_head: bool,
    /// The day of the run: what is accepted as of a later one is not accepted yet. `None` asks no calendar.
    pub today: Option<Date>,
}

/// The records of a repository.
pub struct AdrProvider<'r> {
    repository: &'r Repository,
    settings: AdrSettings,
    head: String,
    counting: Shelf<'r>,
    at_head: OnceLock<Option<Shelf<'r>>>,
}

impl<'r> AdrProvider<'r> {
    /// Lists the records at `base`, or at `head` where the settings say so; both are commits, each in hex digits.
    ///
    /// # Errors
    /// A commit or a folder that cannot be read, a folder outside the repository, too many records.
    pub fn load(repository: &'r Repository, base: &str, head: &str, settings: &AdrSettings) -> Result<Self, String> {
        let commit = if settings.from_head { head } else { base };
        Ok(Self {
            repository,
            settings: settings.clone(),
            head: head.to_owned(),
            counting: Shelf::open(repository.snapshot(commit)?, settings)?,
            at_head: OnceLock::new(),
        })
    }

    /// The records at the head of the change, where they can be read. They only explain.
    fn at_head(&self) -> Option<&Shelf<'r>> {
        let open = || Shelf::open(self.repository.snapshot(&self.head).ok()?, &self.settings).ok();
        self.at_head.get_or_init(open).as_ref()
    }

    fn approval(&self, accepted: Accepted, id: &str) -> Approval {
        Approval {
            scope: accepted.scope,
            enforcement: accepted.enforcement,
            warning: self.warning(id).or(accepted.warning),
            source: Some(Source::in_repository(&accepted.path, Some(accepted.line))),
            text: Some(accepted.text),
        }
    }

    fn warning(&self, id: &str) -> Option<String> {
        if self.settings.from_head {
            return Some("read from the change itself (decision.adr_from: head)".to_owned());
        }
        let why = self.at_head()?.accepted(id).err()?;
        Some(format!("no longer valid after this change: {why}"))
    }

    /// Why a record does not pass; that it would after the change is more to the point than why it does not before.
    fn refusal(&self, id: &str, why: String) -> String {
        let later =
            if self.settings.from_head { None } else { self.at_head().and_then(|shelf| shelf.accepted(id).ok()) };
        match later {
            Some(_) => "accepted only in this change; merge the decision first".to_owned(),
            None => why,
        }
    }
}

impl Provider for AdrProvider<'_> {
    fn name(&self) -> &'static str {
        "adr"
    }

    fn validate(&self, reference: &Reference) -> Result<Approval, String> {
        let Reference::Adr(id) = reference else {
            return Err("it is not an ADR reference; the adr provider knows ADR-… only".to_owned());
        };
        match self.counting.accepted(id) {
            Ok(accepted) => Ok(self.approval(accepted, id)),
            Err(why) => Err(self.refusal(id, why)),
        }
    }

    fn known(&self) -> Result<Known, String> {
        let (accepted, unclear) = self.counting.all();
        let named = accepted.into_iter().map(|(id, accepted)| {
            let approval = self.approval(accepted, &id);
            (Reference::Adr(id), approval)
        });
        let folders = self.counting.folders().to_vec();
        Ok(Known { accepted: named.collect(), unclear, folders, approve: true })
    }
}

/// The line (from 1) in which a record's text says that it is accepted or approved. Whether another record supersedes
/// it is not asked.
///
/// # Errors
/// What it says instead.
pub fn accepted_at(text: &str) -> Result<usize, String> {
    Record::read(text)?.accepted_at()
}
