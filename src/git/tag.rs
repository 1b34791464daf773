//! Tags by their names: what stands there, and whether it moved since it was asked for.

use std::sync::PoisonError;

use git2::{ObjectType, Repository as Handle};
use jiff::Timestamp;

use super::Repository;
use super::id::Id;
use super::object::cause;
use super::refs::{Refs, Target};

/// What stands at a tag's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// Nothing.
    Missing,
    /// A commit, however many tag objects lie on the way.
    At {
        /// In hex digits.
        commit: String,
        /// Whether it is a tag object, with a tagger and a date.
        annotated: bool,
        /// What the tag object calls itself, where there is one: a reference of any name can hold it.
        called: Option<String>,
    },
    /// Something else, as in "a blob".
    NotACommit(String),
    /// Nobody can tell, and why.
    Unreadable(String),
}

impl Repository {
    /// What stands at `refs/tags/<name>`; no other tag is looked at.
    #[must_use]
    pub fn tag(&self, name: &str) -> Tag {
        let tag = tag(&self.refs, &self.handle(), name);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), tag.clone()));
        tag
    }

    /// The names of all tags, in no order. One that is not UTF-8 is left out.
    ///
    /// # Errors
    /// Why they cannot be listed.
    pub fn tag_names(&self) -> Result<Vec<String>, String> {
        self.refs.tags(&self.handle()).map_err(|error| error.message().to_owned())
    }

    /// The object that an annotated tag is, in hex digits.
    #[must_use]
    pub(crate) fn tag_object(&self, name: &str) -> Option<String> {
        let handle = self.handle();
        let id = self.tag_id(&handle, name)?;
        handle.find_tag(id.oid().ok()?).ok().map(|tag| tag.id().to_string())
    }

    fn tag_id(&self, handle: &Handle, name: &str) -> Option<Id> {
        self.refs.id(handle, &format!("refs/tags/{name}")).ok()?
    }

    /// The tree of a commit, both in hex digits, where the commit is here.
    #[must_use]
    pub(crate) fn tree_id(&self, commit: &str) -> Option<String> {
        let handle = self.handle();
        let id = Id::parse(&handle, commit).and_then(|id| id.oid()).ok()?;
        handle.find_commit(id).ok().map(|commit| commit.tree_id().to_string())
    }

    /// What an annotated tag's author wrote.
    #[must_use]
    pub fn tag_message(&self, name: &str) -> Option<String> {
        let handle = self.handle();
        let id = self.tag_id(&handle, name)?.oid().ok()?;
        let tag = handle.find_tag(id).ok()?;
        tag.message_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// When a tag was made: by its tagger, else when its commit was committed.
    #[must_use]
    pub(crate) fn tagged_at(&self, name: &str) -> Option<Timestamp> {
        let handle = self.handle();
        let id = self.tag_id(&handle, name)?.oid().ok()?;
        let tagged = handle.find_tag(id).ok().and_then(|tag| tag.tagger().map(|tagger| tagger.when().seconds()));
        let seconds = match tagged {
            Some(seconds) => seconds,
            None => handle.find_object(id, None).ok()?.peel_to_commit().ok()?.time().seconds(),
        };
        Timestamp::from_second(seconds).ok()
    }

    /// The tag that was asked for and moved since.
    #[must_use]
    pub fn tag_moved(&self) -> Option<String> {
        let handle = self.handle();
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = asked.iter().find(|(name, then)| tag(&self.refs, &handle, name) != *then);
        moved.map(|(name, _)| format!("tag {name} moved during the run"))
    }
}

fn tag(refs: &Refs, handle: &Handle, name: &str) -> Tag {
    let full = format!("refs/tags/{name}");
    if !git2::Reference::is_valid_name(&full) {
        return Tag::Missing;
    }
    match refs.find(handle, &full) {
        Ok(Some(Target::Name(_))) => Tag::NotACommit("another reference".to_owned()),
        Ok(Some(Target::Object(id, _))) => peeled(handle, id),
        Ok(None) => Tag::Missing,
        Err(error) => Tag::Unreadable(cause(handle, &error)),
    }
}

fn peeled(handle: &Handle, id: Id) -> Tag {
    let look = || {
        let object = handle.find_object(id.oid()?, None)?;
        let called = object.as_tag().map(|tag| String::from_utf8_lossy(tag.name_bytes()).into_owned());
        let end = if called.is_some() { object.peel(ObjectType::Any)? } else { object };
        Ok::<_, git2::Error>((called, end.id(), end.kind()))
    };
    match look() {
        Ok((called, commit, Some(ObjectType::Commit))) => {
            Tag::At { commit: commit.to_string(), annotated: called.is_some(), called }
        }
        Ok((_, _, Some(kind))) => Tag::NotACommit(format!("a {}", kind.str())),
        Ok((_, _, None)) => Tag::NotACommit("an unknown object".to_owned()),
        Err(error) => Tag::Unreadable(cause(handle, &error)),
    }
}
