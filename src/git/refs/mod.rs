//! Every reference is read here, whichever way the repository keeps them: as files, of which libgit2 finds a single one, or in a
//! reftable, which it does not read. There it opens the repository and shows no reference at all, without an error: nothing else
//! in this program may ask it for one.

use std::path::Path;

use git2::{Error, ErrorCode, Object, Reference, Repository as Handle};

use super::id::{Format, Id};
use stack::Stack;

mod files;
mod stack;
mod table;
#[cfg(test)]
mod tests;

pub use table::look_through;

/// How many symbolic references may lead to each other; git follows as many.
const LINKS_LIMIT: usize = 5;

/// Where git looks for a short name, in its order.
const PLACES: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// Lets libgit2 open repositories that keep their references in a reftable, which this crate reads itself. The
/// `delivery-gate` program calls it before anything else; a program that embeds the crate decides for itself, and without the
/// call such a repository is UNPROVEN with its reason.
///
/// The other way would be a folder of our own with the references in files, the objects linked and the configuration written
/// anew: libgit2 would ask for the owner of that folder instead of the repository's, and every other file of a repository would
/// have to be thought of. So libgit2 opens the repository itself, with all of its checks, and only the references are ours.
///
/// It holds for the whole process. `git2` then opens such a repository for everybody and shows **no reference in it, without
/// an error**: a program that asks `git2` for references itself must look at `extensions.refstorage` first.
///
/// # Safety
/// libgit2 keeps the list of what it may open in a variable that nothing guards: no other thread may use libgit2 meanwhile.
#[expect(unsafe_code)]
pub unsafe fn read_reftables() {
    // SAFETY: that no other thread uses libgit2 is what the caller promises. The names outlive the call, which copies them.
    // Without memory for two words nothing is allowed, and a reftable is refused as before.
    let _ = unsafe { git2::opts::set_extensions(&["refstorage"]) };
}

/// What a reference leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An object, and what a tag leads to, where the repository has noted it.
    Object(Id, Option<Id>),
    /// Another reference, by its full name.
    Name(String),
}

/// The references of a repository.
pub(super) enum Refs {
    Files,
    Tables {
        /// Those of all working trees.
        common: Stack,
        /// Those of a working tree beside the main one.
        own: Option<Stack>,
    },
}

/// A folder that holds references.
enum Place<'a> {
    Files(&'a Path, Format),
    Table(&'a Stack),
}

impl Place<'_> {
    fn each(&self, prefix: &str, take: &mut dyn FnMut(&str, Target)) -> Result<(), String> {
        match self {
            Self::Files(folder, format) => files::each(folder, *format, prefix, take),
            Self::Table(stack) => stack.each(prefix.as_bytes(), &mut |name, target| {
                if let Ok(name) = str::from_utf8(name) {
                    take(name, target.clone());
                }
            }),
        }
    }
}

impl Refs {
    /// # Errors
    /// They are kept in a way that is not known here.
    pub(super) fn of(handle: &Handle) -> Result<Self, String> {
        let storage = handle.config().and_then(|config| config.get_string("extensions.refstorage"));
        match storage.as_deref() {
            Ok("reftable") => {}
            Ok("files") | Err(_) => return Ok(Self::Files),
            Ok(other) => {
                let what = "keeps its references in a way that the gate cannot read";
                return Err(format!("this repository {what} (extensions.refStorage is `{other}`); {TO_FILES}"));
            }
        }
        let format = Format::of(handle);
        let stack = |folder: &Path| Stack::new(folder.join("reftable"), format);
        let own = (handle.path() != handle.commondir()).then(|| stack(handle.path()));
        Ok(Self::Tables { common: stack(handle.commondir()), own })
    }

    /// What a reference leads to, by its full name; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn find(&self, handle: &Handle, name: &str) -> Result<Option<Target>, Error> {
        match self {
            // Git keeps these two in files always: each of them has more than one line.
            Self::Tables { common, own } if !["FETCH_HEAD", "MERGE_HEAD"].contains(&name) => {
                let stack = own.as_ref().filter(|_| is_own(name)).unwrap_or(common);
                stack.find(name.as_bytes()).map_err(|why| Error::from_str(&why))
            }
            _ => in_files(handle, name),
        }
    }

    /// The object that a reference leads to, over however many others; `None` where it or the last of them is not there.
    ///
    /// # Errors
    /// One cannot be read, or they lead in a circle.
    pub(super) fn id(&self, handle: &Handle, name: &str) -> Result<Option<Id>, Error> {
        let mut name = name.to_owned();
        for _ in 0..=LINKS_LIMIT {
            match self.find(handle, &name)? {
                None => return Ok(None),
                Some(Target::Object(id, _)) => return Ok(Some(id)),
                Some(Target::Name(next)) => name = next,
            }
        }
        Err(Error::from_str("too many references lead to each other"))
    }

    /// Each reference below a folder such as `refs/tags/`, in no order. One whose name is not UTF-8 is left out.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(super) fn each(&self, handle: &Handle, prefix: &str, mut take: impl FnMut(&str, Target)) -> Result<(), Error> {
        let is_beside = handle.path() != handle.commondir();
        let counts_in_common = |name: &str| !is_beside || !is_own(name);
        let mut those = |place: Place<'_>, counts: &dyn Fn(&str) -> bool| {
            let mut some = |name: &str, target: Target| {
                if counts(name) {
                    take(name, target);
                }
            };
            place.each(prefix, &mut some).map_err(|why| Error::from_str(&why))
        };
        match self {
            Self::Files => {
                let format = Format::of(handle);
                those(Place::Files(handle.commondir(), format), &counts_in_common)?;
                if is_beside { those(Place::Files(handle.path(), format), &is_own) } else { Ok(()) }
            }
            Self::Tables { common, own } => {
                those(Place::Table(common), &counts_in_common)?;
                own.as_ref().map_or(Ok(()), |own| those(Place::Table(own), &is_own))
            }
        }
    }

    /// The names of all tags, in no order. One that is not UTF-8 is left out.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(super) fn tags(&self, handle: &Handle) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        self.each(handle, "refs/tags/", |name, _| names.extend(name.strip_prefix("refs/tags/").map(str::to_owned)))?;
        Ok(names)
    }

    /// The objects that a short name may mean, each with the reference's full name.
    ///
    /// # Errors
    /// One of the references cannot be read.
    pub(super) fn meanings(&self, handle: &Handle, name: &str) -> Result<Vec<Id>, Error> {
        let full = PLACES.iter().map(|(before, after)| format!("{before}{name}{after}"));
        full.filter_map(|full| self.id(handle, &full).transpose()).collect()
    }

    /// The object that a revision means, whose name is its part before `~`, `^`, `:` and `@{`.
    ///
    /// # Errors
    /// There is none, or it is told by a reflog, which is not read in a reftable.
    pub(super) fn object<'h>(&self, handle: &'h Handle, revision: &str, name: &str) -> Result<Object<'h>, Error> {
        if matches!(self, Self::Files) {
            return handle.revparse_single(revision);
        }
        let rest = revision.get(name.len()..).unwrap_or_default();
        if name.is_empty() || rest.contains("@{") {
            let what = "this asks for what a reference was, or for a commit by its text, which the gate does not read in a reftable";
            return Err(Error::from_str(&format!("{what}; name the commit by its id")));
        }
        // An id in full comes before a reference of that name, a shortened one after it.
        if Id::parse(handle, name).is_ok() {
            return handle.revparse_single(revision);
        }
        let known = if name == "@" { self.id(handle, "HEAD")? } else { self.first(handle, name)? };
        match known {
            Some(id) => handle.revparse_single(&format!("{id}{rest}")),
            None if is_id_like(name) => handle.revparse_single(revision),
            None if !Reference::is_valid_name(&format!("refs/{name}")) => {
                Err(Error::new(ErrorCode::InvalidSpec, git2::ErrorClass::Reference, "this is no name of a reference"))
            }
            None => Err(Error::new(ErrorCode::NotFound, git2::ErrorClass::Reference, "there is no such reference")),
        }
    }

    fn first(&self, handle: &Handle, name: &str) -> Result<Option<Id>, Error> {
        let full = PLACES.iter().map(|(before, after)| format!("{before}{name}{after}"));
        full.map(|full| self.id(handle, &full)).find_map(Result::transpose).transpose()
    }

    /// What is under way that git notes as a reference: in a reftable nothing else tells of it.
    ///
    /// # Errors
    /// They cannot be read.
    pub(super) fn operation(&self, handle: &Handle) -> Result<Option<&'static str>, Error> {
        if matches!(self, Self::Files) {
            return Ok(None);
        }
        let under_way = [("REVERT_HEAD", "a revert"), ("CHERRY_PICK_HEAD", "a cherry-pick")];
        under_way
            .into_iter()
            .find_map(|(name, what)| self.find(handle, name).map(|found| found.map(|_| what)).transpose())
            .transpose()
    }
}

/// The command that makes files of references.
pub(super) const TO_FILES: &str = "`git refs migrate --ref-format=files` makes files of them";

/// A reference that is kept in a file, or in the list of packed ones.
fn in_files(handle: &Handle, name: &str) -> Result<Option<Target>, Error> {
    match handle.find_reference(name) {
        Ok(reference) => Ok(target_of(&reference)),
        Err(error) if [ErrorCode::NotFound, ErrorCode::InvalidSpec].contains(&error.code()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn target_of(reference: &Reference<'_>) -> Option<Target> {
    if let Some(id) = reference.target() {
        return Some(Target::Object(id.into(), reference.target_peel().map(Id::from)));
    }
    Some(Target::Name(reference.symbolic_target().ok()??.to_owned()))
}

/// Whether each working tree has a reference of this name for itself, as git says it.
fn is_own(name: &str) -> bool {
    !name.contains('/') || ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].iter().any(|own| name.starts_with(own))
}

/// A part of an id, or what `git describe` calls a commit.
fn is_id_like(name: &str) -> bool {
    let is_hex = |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex(name) || name.rsplit_once("-g").is_some_and(|(_, id)| is_hex(id))
}
