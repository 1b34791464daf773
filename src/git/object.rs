//! Objects whose content is what their id says.
//!
//! libgit2 checks that with a hash that also looks for collision attacks, which takes a third of the time of comparing
//! trees. Here the processor's own instructions do it; [`Repository::trust_own_hashing`] tells libgit2 to leave it.

use git2::{Error, ObjectType, Odb, OdbObject, Oid, Repository as Handle};
use sha1::{Digest as _, Sha1};

use super::Repository;

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
pub(super) fn object<'o>(odb: &'o Odb<'_>, id: Oid, kind: ObjectType) -> Result<OdbObject<'o>, Error> {
    let object = odb.read(id)?;
    if object.kind() != kind {
        return Err(Error::from_str(&format!("{id} is not a {kind}")));
    }
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", object.len()));
    hash.update(object.data());
    if hash.finalize().as_slice() != id.as_bytes() {
        return Err(Error::from_str(&format!("the content of {id} is not what its id says")));
    }
    Ok(object)
}

/// The tree of a commit, given as 40 hex digits.
pub(super) fn tree_of(handle: &Handle, odb: &Odb<'_>, commit: &str) -> Result<Oid, Error> {
    let id = Oid::from_str(commit)?;
    object(odb, id, ObjectType::Commit)?;
    Ok(handle.find_commit(id)?.tree_id())
}
