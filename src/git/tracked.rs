//! The contents that a repository would ship: what the index has, what git would add to it, and what history has.

use std::collections::HashSet;

use git2::{ObjectType, Repository as Handle, Sort, Tree};

use super::dir::Dir;
use super::id::Id;
use super::index::{Entry, Index};
use super::mode::{REGULAR, SUBMODULE, TYPE};
use super::object::{cause, object};
use super::refs::Refs;
use super::state::Findings;
use super::walk::{self, Changed, Settle, Submodule, is_too_deep};
use super::{Repository, text_of};

/// The largest blob that is read, in bytes: git's objects are read whole.
pub(crate) const BLOB_LIMIT: usize = 128 << 20;

/// How many commits of a history are looked at.
const COMMITS_LIMIT: usize = 1_000_000;

/// What of an object is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A file's content.
    Content,
    /// Where a symbolic link leads.
    Link,
    /// The name of a file or a folder: its path says all.
    Name,
    /// The message of a commit or of an annotated tag.
    Message,
}

/// Something in the object database: a file's content, mostly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Blob {
    /// What of it is read.
    pub what: What,
    /// Relative to the top, `/` between its parts; of a message, nothing.
    pub path: Vec<u8>,
    /// The commit that brought it, in hex digits; `None` for the index.
    pub commit: Option<String>,
    id: Id,
}

/// What there is to read.
#[derive(Debug, Default)]
pub struct Contents {
    /// Paths in the working tree, relative to the top: regular files when they were looked at.
    pub files: Vec<Vec<u8>>,
    /// Contents of the index that the working tree does not have, or of history.
    pub blobs: Vec<Blob>,
    /// Repositories in the working tree that the index does not have.
    pub repositories: Vec<Vec<u8>>,
    /// Submodules of the index, whether or not they are checked out.
    pub submodules: Vec<Vec<u8>>,
    /// Symbolic links, which are not followed.
    pub links: usize,
    /// What could not be looked at, and why.
    pub undetermined: Vec<String>,
}

/// For the scan a file that is not the blob byte by byte is another content: whatever makes one of the other is not
/// asked.
struct Bytewise;

impl Settle for Bytewise {
    fn is_converted(&self, _file: &Changed<'_>) -> Result<bool, String> {
        Ok(false)
    }

    fn submodule(&self, _path: &[u8], _entry: &Entry, _dir: &Dir) -> Result<Submodule, String> {
        Ok(Submodule { is_clean: true, ..Submodule::default() })
    }
}

impl Repository {
    /// The files of the index and the untracked ones that are not ignored, at or below `under` ("" is the top), and the
    /// index' blobs that differ from the working tree.
    ///
    /// # Errors
    /// Why the list cannot be made.
    pub fn contents(&self, under: &[u8]) -> Result<Contents, String> {
        let index = self.index()?;
        let top = Dir::open(self.top()).map_err(|error| format!("the working tree could not be opened: {error}"))?;
        let mut findings = Findings::default();
        walk::walk(index, &top, self.told(), &Bytewise, &mut findings);
        let (dirty, undetermined) = findings.into_parts();
        let mut contents = Contents { undetermined, ..Contents::default() };
        for entry in index.entries().iter().filter(|entry| is_under(index.path(entry), under)) {
            contents.tracked(index, entry, dirty.contains(index.path(entry)));
        }
        for path in dirty.iter().filter(|path| is_under(path, under) && !index.has_any(path)) {
            match path.strip_suffix(b"/") {
                Some(folder) => contents.repositories.push(folder.to_vec()),
                None => contents.files.push(path.clone()),
            }
        }
        contents.files.dedup();
        Ok(contents)
    }

    /// The index' blobs at or below `under`.
    ///
    /// # Errors
    /// Why the index cannot be read.
    pub fn staged(&self, under: &[u8]) -> Result<Contents, String> {
        let index = self.index()?;
        let mut contents = Contents::default();
        for entry in index.entries().iter().filter(|entry| is_under(index.path(entry), under)) {
            match entry.mode & TYPE {
                REGULAR if !entry.intent_to_add => contents.blob(index, entry),
                REGULAR | SUBMODULE => {}
                _ => contents.links += 1,
            }
        }
        Ok(contents)
    }

    /// What the commits of a range brought, at or below `under`, each once: `BASE..HEAD`, or everything that a revision
    /// reaches. Contents, where links lead, and names; for the whole tree also the messages of the commits, and of the
    /// annotated tags on them.
    ///
    /// # Errors
    /// A revision that names no commit, or a history that is not all here.
    pub fn history(&self, range: &str, under: &[u8]) -> Result<Contents, String> {
        let (base, head) = range.split_once("..").map_or((None, range), |(base, head)| (Some(base), head));
        let named = |name: &str| {
            let name = if name.is_empty() { "HEAD" } else { name };
            self.resolve(name).map_err(|why| format!("{name}: {why}"))
        };
        let (base, head) = (base.map(named).transpose()?, named(head.trim_start_matches('.'))?);
        // What they cut off would not be looked at. Replacements are not followed here.
        if let Some(grafted) = self.grafted() {
            return Err(grafted);
        }
        let handle = self.handle();
        if base.is_none() && handle.is_shallow() {
            return Err(format!("this is a shallow clone: {}", super::history::FETCH_MORE));
        }
        let mut gathered = Gathered {
            handle: &handle,
            refs: &self.refs,
            under,
            seen: HashSet::new(),
            passed: HashSet::new(),
            names: HashSet::new(),
            contents: Contents::default(),
        };
        gathered.range(base.as_deref(), &head).map_err(|error| format!("the history: {}", cause(&handle, &error)))?;
        Ok(gathered.contents)
    }

    /// A blob's bytes, a message, or a name.
    ///
    /// # Errors
    /// It is missing, damaged, or larger than 128 MiB.
    pub fn read_blob(&self, blob: &Blob) -> Result<Vec<u8>, String> {
        if blob.what == What::Name {
            return Ok(blob.path.clone());
        }
        let handle = self.handle();
        let read = || {
            let odb = handle.odb()?;
            let id = blob.id.oid()?;
            let (size, kind) = odb.read_header(id)?;
            if size > BLOB_LIMIT {
                return Err(git2::Error::from_str("it is larger than 128 MiB"));
            }
            let kind = if blob.what == What::Message { kind } else { ObjectType::Blob };
            let object = object(&odb, blob.id, kind)?;
            // Of a commit or a tag, what stands after its header.
            let header = memchr::memmem::find(object.data(), b"\n\n").filter(|_| blob.what == What::Message);
            Ok(object.data()[header.map_or(0, |end| end + 2)..].to_vec())
        };
        read().map_err(|error| {
            let of = match &blob.commit {
                Some(commit) if blob.what == What::Message => format!("the message at commit {commit:.12}"),
                _ => format!("the blob of {}", text_of(&blob.path)),
            };
            format!("{of} could not be read: {}", cause(&handle, &error))
        })
    }
}

impl Contents {
    /// Whether there is anything to read, or not to follow.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.files.is_empty() || !self.blobs.is_empty() || self.links > 0
    }

    fn tracked(&mut self, index: &Index, entry: &Entry, differs: bool) {
        let path = index.path(entry);
        match entry.mode & TYPE {
            REGULAR => {
                if entry.stage == 0 || self.files.last().is_none_or(|last| last != path) {
                    self.files.push(path.to_vec());
                }
                if (differs || entry.skip_worktree) && !entry.intent_to_add {
                    self.blob(index, entry);
                }
            }
            SUBMODULE => self.submodules.push(path.to_vec()),
            // What stands in a link's place may be a file now.
            _ if differs => self.files.push(path.to_vec()),
            _ => self.links += 1,
        }
    }

    fn blob(&mut self, index: &Index, entry: &Entry) {
        self.blobs.push(Blob { what: What::Content, path: index.path(entry).to_vec(), commit: None, id: entry.id });
    }
}

/// Blobs of a history on the way.
struct Gathered<'a> {
    handle: &'a Handle,
    refs: &'a Refs,
    under: &'a [u8],
    /// Trees and blobs below `under`.
    seen: HashSet<Id>,
    /// Trees on the way to it: the same tree elsewhere may have other things below.
    passed: HashSet<(Id, Vec<u8>)>,
    /// Paths below `under`.
    names: HashSet<Vec<u8>>,
    contents: Contents,
}

impl Gathered<'_> {
    fn range(&mut self, base: Option<&str>, head: &str) -> Result<(), git2::Error> {
        let mut walk = self.handle.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(Id::parse(self.handle, head)?.oid()?)?;
        if let Some(base) = base {
            let base = Id::parse(self.handle, base)?.oid()?;
            walk.hide(base)?;
            let tree = self.handle.find_commit(base)?.tree()?;
            self.tree(&tree, b"", "")?;
            self.contents = Contents::default();
        }
        let mut commits = HashSet::new();
        for (at, commit) in walk.enumerate() {
            if at >= COMMITS_LIMIT {
                return Err(git2::Error::from_str("there are more than a million commits"));
            }
            let commit = commit?;
            let tree = self.handle.find_commit(commit)?.tree()?;
            self.tree(&tree, b"", &commit.to_string())?;
            self.message(commit.into(), commit.into());
            commits.insert(Id::from(commit));
        }
        self.tags(&commits)
    }

    fn message(&mut self, object: Id, commit: Id) {
        if self.under.is_empty() {
            let commit = Some(commit.to_string());
            self.contents.blobs.push(Blob { what: What::Message, path: Vec::new(), commit, id: object });
        }
    }

    /// The annotated tags on commits of the range; a tag of a tag has two messages.
    fn tags(&mut self, commits: &HashSet<Id>) -> Result<(), git2::Error> {
        let mut seen = HashSet::new();
        for name in self.refs.tags(self.handle)? {
            let Some(id) = self.refs.id(self.handle, &format!("refs/tags/{name}"))? else { continue };
            let mut tag = self.handle.find_tag(id.oid()?).ok();
            while let Some(own) = tag {
                let id = Id::from(own.id());
                let commit = own.as_object().peel_to_commit().map(|commit| Id::from(commit.id()));
                if let Some(commit) = commit.ok().filter(|commit| commits.contains(commit) && seen.insert(id)) {
                    self.message(id, commit);
                }
                tag = own.target()?.into_tag().ok();
            }
        }
        Ok(())
    }

    /// A name that was not seen before.
    fn name(&mut self, path: &[u8], commit: &str, id: Id) {
        if !commit.is_empty() && self.names.insert(path.to_vec()) {
            let commit = Some(commit.to_owned());
            self.contents.blobs.push(Blob { what: What::Name, path: path.to_vec(), commit, id });
        } else {
            self.names.insert(path.to_vec());
        }
    }

    fn tree(&mut self, tree: &Tree<'_>, prefix: &[u8], commit: &str) -> Result<(), git2::Error> {
        if is_too_deep(prefix) {
            return Err(git2::Error::from_str("a tree is nested too deep"));
        }
        let folder = prefix.strip_suffix(b"/").unwrap_or(prefix);
        let is_new = match is_under(folder, self.under) {
            true => self.seen.insert(tree.id().into()),
            false => self.passed.insert((tree.id().into(), folder.to_vec())),
        };
        if !is_new {
            return Ok(());
        }
        for entry in tree {
            let path = [prefix, entry.name_bytes()].concat();
            if entry.kind() != Some(ObjectType::Commit) && is_under(&path, self.under) {
                self.name(&path, commit, entry.id().into());
            }
            match entry.kind() {
                Some(ObjectType::Tree) if is_under(&path, self.under) || is_under(self.under, &path) => {
                    let below = self.handle.find_tree(entry.id())?;
                    self.tree(&below, &[path.as_slice(), b"/"].concat(), commit)?;
                }
                Some(ObjectType::Blob) if is_under(&path, self.under) && self.seen.insert(entry.id().into()) => {
                    let what = if is_regular(entry.filemode()) { What::Content } else { What::Link };
                    self.contents.blobs.push(Blob {
                        what,
                        path,
                        commit: Some(commit.to_owned()),
                        id: entry.id().into(),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_regular(mode: i32) -> bool {
    u32::try_from(mode).is_ok_and(|mode| mode & TYPE == REGULAR)
}

/// Whether a path is `under` or lies below it.
fn is_under(path: &[u8], under: &[u8]) -> bool {
    under.is_empty() || path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// A path of git's for the file system.
#[must_use]
pub(crate) fn path_of(path: &[u8]) -> &std::path::Path {
    super::as_path(path)
}
