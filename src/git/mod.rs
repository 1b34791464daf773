//! Every use of git. Objects, references, attributes and configuration come from libgit2; the index and the working
//! tree are compared here, because libgit2 takes twice git's time for that. Nothing a repository says is executed, and
//! no `GIT_*` variable is read but for `safe.directory`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use git2::{ErrorCode, Repository as Handle, RepositoryOpenFlags, RepositoryState};
use jiff::Timestamp;

mod authors;
mod changes;
mod configured;
mod content;
mod dir;
mod filter_check;
mod history;
mod id;
mod ignore;
mod index;
mod links;
mod mode;
mod object;
mod patch;
mod refs;
mod releases;
mod remote;
mod safe;
mod snapshot;
mod staged;
mod standing;
mod state;
mod tag;
mod tracked;
mod walk;
mod wildmatch;
mod without;

pub(crate) use authors::Hand;
pub(crate) use changes::{Change, Side};
pub(crate) use content::is_pointer;
pub(crate) use history::{FETCH_MORE, REMOTES};
pub(crate) use links::Link;
pub(crate) use patch::Diff;
pub use refs::{look_through, read_reftables};
pub(crate) use releases::Tagged;
pub(crate) use remote::name_by_remote;
pub(crate) use snapshot::{File, Snapshot};
pub(crate) use standing::{Content, Folder, Named, Standing, Wanted};
pub(crate) use standing::{bytes_of, is_git_folder};
pub(crate) use state::{Difference, Overlooked, State};
pub(crate) use tag::Tag;
pub(crate) use tracked::{BLOB_LIMIT, Blob, Contents, What, path_of};

use dir::Dir;
use filter_check::FilterCheck;
use id::{Format, Id};
use ignore::Everywhere;
use index::Index;
use object::{Trees, cause};
use refs::{Refs, TO_FILES, Target};
use state::Findings;
use walk::Told;

/// Why a repository cannot be looked at, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The reason, and where there is one the next step.
    pub reason: String,
    /// Whether there are commits to look at all the same.
    pub is_bare: bool,
}

impl Unavailable {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_bare: false }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// A repository. Its HEAD is resolved once, when it is opened.
pub struct Repository {
    /// The working tree's top level; git's own folder where there is no working tree.
    top: PathBuf,
    is_bare: bool,
    format: Format,
    refs: Refs,
    handle: Mutex<Handle>,
    git_dir: PathBuf,
    index_file: PathBuf,
    head: Result<String, Unavailable>,
    index: OnceLock<Result<Index, String>>,
    asked: Mutex<Vec<(String, Tag)>>,
    everywhere: OnceLock<Everywhere>,
    trees: Trees,
}

impl Repository {
    /// The repository around a directory: the nearest one upwards with an entry named `.git`. A bare repository that
    /// lies in the content is never opened.
    ///
    /// # Errors
    /// Why there is none to look at.
    pub fn discover(start: &Path) -> Result<Self, Unavailable> {
        // A path as somebody typed it need not have the folders above in it.
        let start = &start.canonicalize().unwrap_or_else(|_| start.to_owned());
        let around = start.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
        match around {
            Some(top) => Self::open(top),
            None if is_bare(start) => Err(Unavailable {
                reason: "this is a bare repository: it has no working tree; ask in a clone of it".to_owned(),
                is_bare: true,
            }),
            None => Err(Unavailable::new("this is not a git repository")),
        }
    }

    /// The repository whose working tree has its top level here. `core.worktree` is not asked.
    fn open(top: &Path) -> Result<Self, Unavailable> {
        let handle = safe::open(top, ".git", RepositoryOpenFlags::empty()).map_err(|error| unopened(&error, top))?;
        if handle.is_bare() {
            return Err(Unavailable::new("the repository is bare: it has no working tree"));
        }
        handle.set_workdir(top, false).map_err(|error| unopened(&error, top))?;
        Self::of(handle, top.to_owned(), false)
    }

    fn of(handle: Handle, top: PathBuf, is_bare: bool) -> Result<Self, Unavailable> {
        let refs = Refs::of(&handle).map_err(Unavailable::new)?;
        Ok(Self {
            top,
            is_bare,
            format: Format::of(&handle),
            git_dir: handle.path().to_owned(),
            index_file: handle.path().join("index"),
            head: head(&refs, &handle),
            refs,
            handle: Mutex::new(handle),
            index: OnceLock::new(),
            asked: Mutex::default(),
            everywhere: OnceLock::new(),
            trees: Trees::default(),
        })
    }

    /// The repository around a directory as [`Repository::discover`] finds it, or the bare one that the directory is.
    ///
    /// # Errors
    /// Why there is none to look at.
    pub fn discover_commits(start: &Path) -> Result<Self, Unavailable> {
        match Self::discover(start) {
            Err(_) if is_bare(start) => Self::open_bare(start),
            found => found,
        }
    }

    /// A repository whose commits alone are asked, by the folder that holds its objects.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) fn open_bare(folder: &Path) -> Result<Self, Unavailable> {
        let handle = safe::open(folder, "", RepositoryOpenFlags::BARE).map_err(|error| unopened(&error, folder))?;
        Self::of(handle, folder.to_owned(), true)
    }

    /// The same repository with another file for its index, relative to the top.
    #[must_use]
    pub fn with_index(self, file: &Path) -> Self {
        Self { index_file: self.top.join(file), index: OnceLock::new(), ..self }
    }

    /// The working tree's top level; git's own folder where there is no working tree.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Whether there is no working tree.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// Where the repositories of submodules are kept.
    pub(crate) fn modules(&self) -> PathBuf {
        self.handle().commondir().join("modules")
    }

    /// The commit at HEAD when the repository was opened, in hex digits: 40, or 64 of SHA-256.
    ///
    /// # Errors
    /// No commit yet, or one that cannot be read.
    pub fn head(&self) -> Result<&str, Unavailable> {
        self.head.as_deref().map_err(Clone::clone)
    }

    /// The branch that is checked out, as `refs/heads/<name>`; a detached HEAD has none.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let handle = self.handle();
        match self.refs.find(&handle, "HEAD").ok()?? {
            Target::Name(name) => Some(name),
            Target::Object(..) => None,
        }
    }

    /// Whether the index has a path, relative to the top.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub fn is_tracked(&self, path: &Path) -> Result<bool, String> {
        Ok(self.index()?.has(&bytes_of(path)))
    }

    /// Whether git would leave out a path, relative to the top, that it does not track.
    #[must_use]
    pub fn is_ignored(&self, path: &Path) -> bool {
        self.handle().is_path_ignored(path).unwrap_or(false)
    }

    /// What the index has at paths that are wanted, relative to the top. One that is not UTF-8 is asked for with a mark in the place of
    /// what is none.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub fn tracked(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
        self.indexed_paths(&|path, _| wanted(path))
    }

    /// Compares the working tree with the index, and the index with the commit at HEAD.
    #[must_use]
    pub fn state(&self) -> State {
        self.nested_state(0)
    }

    fn nested_state(&self, nesting: usize) -> State {
        let mut findings = Findings::default();
        let noted = self.refs.operation(&self.handle());
        let noted = noted.unwrap_or_else(|error| {
            findings.undetermined(error.message().to_owned());
            None
        });
        let operation = operation(self.handle().state()).or_else(|| noted.map(under_way));
        let operation = operation.or_else(|| self.unfinished_sequence());
        match self.index() {
            Ok(index) => self.compare(index, nesting, &mut findings),
            Err(why) => findings.undetermined(why),
        }
        findings.into_state(operation)
    }

    /// Between two commits of a sequence only the list of what is still to do is left.
    fn unfinished_sequence(&self) -> Option<String> {
        let left = self.git_dir.join("sequencer/todo").symlink_metadata().is_ok();
        left.then(|| "a cherry-pick or revert is under way".to_owned())
    }

    fn compare(&self, index: &Index, nesting: usize, findings: &mut Findings) {
        {
            let handle = self.handle();
            match self.tree(&handle) {
                Ok(tree) => staged::compare(&handle, index, tree, findings),
                Err(unavailable) => findings.undetermined(unavailable.to_string()),
            }
        }
        let top = match Dir::open(&self.top) {
            Ok(top) => top,
            Err(error) => return findings.undetermined(format!("the working tree could not be opened: {error}")),
        };
        let filter_check = FilterCheck { top: &self.top, handle: &self.handle, nesting };
        walk::walk(index, &top, self.told(), &filter_check, findings);
    }

    fn tree(&self, handle: &Handle) -> Result<Id, Unavailable> {
        let commit = Id::parse(handle, self.head()?).and_then(|id| handle.find_commit(id.oid()?));
        commit
            .map(|commit| commit.tree_id().into())
            .map_err(|error| Unavailable::new(format!("HEAD could not be read: {}", cause(handle, &error))))
    }

    /// What ignores everywhere: `info/exclude`, the user's own file, and whether letter case counts. The repository's
    /// configuration cannot name another file.
    fn everywhere(&self) -> &Everywhere {
        self.everywhere.get_or_init(|| {
            let handle = self.handle();
            let ignores_case = is_set(&handle, "core.ignoreCase").unwrap_or(false);
            let exclude = handle.commondir().join("info/exclude");
            Everywhere::read(&exclude, &users_excludes().unwrap_or_default(), ignores_case)
        })
    }

    fn told(&self) -> Told<'_> {
        let file_mode = is_set(&self.handle(), "core.fileMode").unwrap_or(true);
        Told { everywhere: self.everywhere(), file_mode }
    }

    /// Whether the history, and mostly the tags, were not all fetched.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.handle().is_shallow()
    }

    /// Whether nothing was committed before HEAD: there is no commit yet, or it is the first. Parents that were not fetched are
    /// not taken for none.
    #[must_use]
    pub fn begins_at_head(&self) -> bool {
        let handle = self.handle();
        if handle.is_shallow() {
            return false;
        }
        match &self.head {
            Ok(head) => {
                let commit = Id::parse(&handle, head).and_then(|id| handle.find_commit(id.oid()?));
                commit.is_ok_and(|commit| commit.parent_count() == 0)
            }
            // A branch that is to come, and not one that cannot be read.
            Err(_) => self.refs.id(&handle, "HEAD").is_ok_and(|id| id.is_none()),
        }
    }

    /// What here makes git take commits for others than they are, and what undoes it.
    #[must_use]
    pub fn rewritten(&self) -> Option<String> {
        if let Some(grafted) = self.grafted() {
            return Some(grafted);
        }
        let handle = self.handle();
        let mut replaced = false;
        if let Err(error) = self.refs.each(&handle, "refs/replace/", |_, _| replaced = true) {
            return Some(format!("what is replaced cannot be told: {}", error.message()));
        }
        replaced.then(|| "commits or files are replaced here (refs/replace): `git replace -d` undoes each".to_owned())
    }

    /// What here gives commits other parents than they have, and what undoes it.
    #[must_use]
    pub(super) fn grafted(&self) -> Option<String> {
        let grafts = std::fs::read(self.handle().commondir().join("info/grafts")).unwrap_or_default();
        let has_graft =
            grafts.split(|byte| *byte == b'\n').any(|line| !line.trim_ascii().is_empty() && line[0] != b'#');
        has_graft.then(|| "grafts give commits other parents here (.git/info/grafts): remove that file".to_owned())
    }

    /// Who works here: the author that git would name, by its variables and by the repository's, the user's and the system's
    /// configuration.
    #[must_use]
    pub fn user_name(&self) -> Option<String> {
        configured::author(self.handle().config())
    }

    /// The address of whoever works here, as git would write it into a commit.
    #[must_use]
    pub fn user_email(&self) -> Option<String> {
        configured::email(self.handle().config())
    }

    /// When a commit (in hex digits) was committed.
    #[must_use]
    pub(crate) fn committed_at(&self, commit: &str) -> Option<Timestamp> {
        let handle = self.handle();
        let seconds =
            handle.find_commit(Id::parse(&handle, commit).and_then(|id| id.oid()).ok()?).ok()?.time().seconds();
        Timestamp::from_second(seconds).ok()
    }

    /// What moved since it was read: HEAD, a tag that was asked for, or the index.
    #[must_use]
    pub fn moved(&self) -> Option<String> {
        if head(&self.refs, &self.handle()) != self.head {
            return Some("HEAD moved during the run".to_owned());
        }
        if let Some(moved) = self.tag_moved() {
            return Some(moved);
        }
        let index = self.index.get()?.as_ref().ok()?;
        (index::written(&self.index_file) != index.written).then(|| "the index changed during the run".to_owned())
    }

    /// How many entries the index has, where it was read by now.
    pub(crate) fn known_entries(&self) -> Option<usize> {
        Some(self.index.get()?.as_ref().ok()?.entries().len())
    }

    fn index(&self) -> Result<&Index, String> {
        if self.is_bare {
            return Err("this is a bare repository: it has no working tree".to_owned());
        }
        // A sparse index takes the handle, so that nobody who asks may have it already.
        let read = || Index::read(&self.index_file, self.format, &self.git_dir, &self.handle);
        self.index.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn handle(&self) -> MutexGuard<'_, Handle> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_set(handle: &Handle, key: &str) -> Option<bool> {
    handle.config().and_then(|config| config.get_bool(key)).ok()
}

/// The layout of a repository without a working tree.
fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

fn unopened(error: &git2::Error, top: &Path) -> Unavailable {
    let reason = match error.code() {
        ErrorCode::Owner => format!(
            "the repository belongs to another user; if you trust it: git config --global --add safe.directory {}",
            top.display()
        ),
        _ if error.message().contains("extensions.refstorage") => {
            format!(
                "this repository keeps its references in a reftable, and nobody let this program read one; {TO_FILES}"
            )
        }
        _ if error.message().contains("extensions.compatobjectformat") => {
            let what = "this repository keeps a second id of each object (extensions.compatObjectFormat)";
            format!(
                "{what}, which the gate cannot read; `git config --unset extensions.compatObjectFormat` leaves the first"
            )
        }
        _ => format!("the repository could not be opened: {}", error.message()),
    };
    Unavailable::new(reason)
}

fn head(refs: &Refs, handle: &Handle) -> Result<String, Unavailable> {
    let look = || {
        if let Some(id) = refs.id(handle, "HEAD")? {
            return Ok(Some(handle.find_commit(id.oid()?)?.id().to_string()));
        }
        // A branch that is to come has no commit yet; without a HEAD nobody can tell.
        match refs.find(handle, "HEAD")? {
            Some(_) => Ok(None),
            None => Err(git2::Error::from_str("there is none")),
        }
    };
    let found = look()
        .map_err(|error: git2::Error| Unavailable::new(format!("HEAD could not be read: {}", cause(handle, &error))))?;
    found.ok_or_else(|| Unavailable::new("there is no commit yet"))
}

fn operation(state: RepositoryState) -> Option<String> {
    let what = match state {
        RepositoryState::Clean => return None,
        RepositoryState::Merge => "a merge",
        RepositoryState::Revert | RepositoryState::RevertSequence => "a revert",
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "a cherry-pick",
        RepositoryState::Bisect => "a bisect",
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => "a rebase",
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => "applying a mailbox",
    };
    Some(under_way(what))
}

fn under_way(what: &str) -> String {
    format!("{what} is under way")
}

/// Who works where there is no repository.
#[must_use]
pub(crate) fn user_name() -> Option<String> {
    configured::author(git2::Config::open_default())
}

/// `core.excludesFile` of the user's and the system's configuration, else git's default place for it.
fn users_excludes() -> Option<PathBuf> {
    let configured = git2::Config::open_default().and_then(|config| config.get_path("core.excludesFile"));
    configured.ok().or_else(|| {
        let base = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
        Some(base.join("git/ignore"))
    })
}

/// A path for people: bytes that are not UTF-8 are escaped.
#[must_use]
pub(crate) fn text_of(path: &[u8]) -> String {
    str::from_utf8(path).map_or_else(|_| path.escape_ascii().to_string(), str::to_owned)
}

#[cfg(unix)]
fn as_path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn as_path(bytes: &[u8]) -> &Path {
    Path::new(str::from_utf8(bytes).unwrap_or_default())
}
