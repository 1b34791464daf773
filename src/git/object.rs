//! Objects whose content is what their id says.
//!
//! libgit2 checks that with a hash that also looks for collision attacks, which takes a third of the time of comparing
//! trees. Here the processor's own instructions do it; [`Repository::trust_own_hashing`] tells libgit2 to leave it.

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use git2::{Error, ErrorClass, ErrorCode, ObjectType, Odb, OdbObject, Repository as Handle};

use super::Repository;
use super::id::{Format, Id, id_of};

impl Repository {
    /// For a command that reads objects with this module only: libgit2 need not check them, too, nor keep what is read
    /// once. It holds for the whole process.
    pub fn trust_own_hashing() {
        git2::opts::strict_hash_verification(false);
        git2::opts::enable_caching(false);
    }
}

/// Reads an object of a kind.
///
/// # Errors
/// It is missing, of another kind, or its content is not what its id says.
pub(super) fn object<'o>(odb: &'o Odb<'_>, id: Id, kind: ObjectType) -> Result<OdbObject<'o>, Error> {
    let object = odb.read(id.oid()?)?;
    if object.kind() != kind {
        return Err(Error::from_str(&format!("{id} is not a {kind}")));
    }
    if id_of(id.format(), kind.str(), object.data()) != id {
        return Err(Error::from_str(&format!("the content of {id} is not what its id says")));
    }
    Ok(object)
}

/// Why something could not be read, for people. Where it is that an object is not here: why not, and the command that
/// fetches it.
pub(super) fn cause(handle: &Handle, error: &Error) -> String {
    lacking(error).map_or_else(|| error.message().to_owned(), |id| lacks(handle, id))
}

/// The object that libgit2 did not find: its id stands in the message.
pub(super) fn lacking(error: &Error) -> Option<&str> {
    let is_missing = error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Odb;
    let (_, id) = error.message().rsplit_once('(').filter(|_| is_missing)?;
    id.strip_suffix(')').filter(|id| is_id(id))
}

/// Hex digits, all of an id's or fewer.
fn is_id(text: &str) -> bool {
    (1..=Format::Sha256.digits()).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Why an object is not here, and the command that fetches it where there is one.
pub(super) fn lacks(handle: &Handle, id: &str) -> String {
    let short = id.get(..12).unwrap_or(id);
    if is_partial(handle) {
        let all = "`git fetch --refetch --no-filter` all that is missing";
        format!("object {short} is not in this partial clone; `git cat-file -e {id}` fetches it, {all}")
    } else if handle.is_shallow() {
        format!("object {short} is not in this shallow clone; `git fetch --unshallow` fetches it")
    } else {
        format!("object {short} is not in this repository; `git fsck` tells what is missing")
    }
}

/// Whether objects were left at the remote on purpose.
fn is_partial(handle: &Handle) -> bool {
    let Ok(config) = handle.config() else { return false };
    let named = |pattern: &str| config.entries(Some(pattern)).is_ok_and(|mut found| found.next().is_some());
    named(r"^extensions\.partialclone$") || named(r"^remote\..*\.promisor$")
}

/// The tree of a commit, given in hex digits.
pub(super) fn tree_of(handle: &Handle, odb: &Odb<'_>, commit: &str) -> Result<Id, Error> {
    let commit = object(odb, Id::parse(handle, commit)?, ObjectType::Commit)?;
    let first = commit.data().split(|byte| *byte == b'\n').next().and_then(|line| line.strip_prefix(b"tree "));
    let tree = first.and_then(|id| Id::read(Format::of(handle), str::from_utf8(id).ok()?));
    tree.ok_or_else(|| Error::from_str("a commit object is damaged"))
}

/// The trees in which names were looked up: of one folder many names are asked for.
#[derive(Default)]
pub(super) struct Trees(Mutex<HashMap<Id, Arc<[u8]>>>);

/// The largest tree that is kept, in bytes: some thirty thousand names.
const KEPT_LIMIT: usize = 1 << 20;

impl Trees {
    /// The bytes of a tree.
    ///
    /// # Errors
    /// It is missing or damaged, or a file or a submodule stands in the folder's place: that is as good as no folder.
    pub(super) fn read(&self, handle: &Handle, id: Id) -> Result<Arc<[u8]>, Error> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = known().get(&id) {
            return Ok(Arc::clone(tree));
        }
        let odb = handle.odb()?;
        if odb.read_header(id.oid()?)?.1 != ObjectType::Tree {
            return Err(Error::new(ErrorCode::NotFound, ErrorClass::Tree, "it is not a folder"));
        }
        let tree: Arc<[u8]> = object(&odb, id, ObjectType::Tree)?.data().into();
        if tree.len() <= KEPT_LIMIT {
            known().insert(id, Arc::clone(&tree));
        }
        Ok(tree)
    }
}
