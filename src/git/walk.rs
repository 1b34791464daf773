//! One walk over the index and the folders together: what is modified, deleted or untracked.

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;

use super::content::blob_id;
use super::dir::{Dir, Found, Kind};
use super::ignore::{Everywhere, Rules};
use super::index::{Entry, Index, Member, Moment};
use super::mode::{LINK, REGULAR, SUBMODULE, TYPE};
use super::state::{Difference, Findings, Overlooked};

/// A group of fewer entries is not worth a task of its own.
const TASK: usize = 128;

/// A smaller tree is not worth the threads.
const PARALLEL: usize = 512;

/// How many folders deep the walk goes: it bounds the stack and the open handles.
pub(super) const DEPTH_LIMIT: usize = 256;

/// What the walk asks when the file system alone does not settle it.
pub(super) trait Settle: Sync {
    /// Whether a file whose raw content differs is what git would make of its blob. `Err` says why nobody can tell.
    fn is_converted(&self, file: &Changed<'_>) -> Result<bool, String>;

    /// Whether a submodule's working tree is what the entry says.
    fn submodule(&self, path: &[u8], entry: &Entry, dir: &Dir) -> Result<Submodule, String>;
}

/// What a submodule's working tree came to.
#[derive(Default)]
pub(super) struct Submodule {
    pub(super) is_clean: bool,
    /// By their paths in it.
    pub(super) overlooked: BTreeSet<(Overlooked, Vec<u8>)>,
}

/// A file that is not plainly the same.
pub(super) struct Changed<'a> {
    pub(super) path: &'a [u8],
    pub(super) entry: &'a Entry,
    pub(super) dir: &'a Dir,
    pub(super) name: &'a [u8],
    /// In bytes.
    pub(super) size: u64,
    /// Whether git takes it for changed by its size alone; a filter's work can still be undone.
    pub(super) resized: bool,
}

/// What the configuration tells git.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) everywhere: &'a Everywhere,
    /// Whether a file's permission to run counts, `core.fileMode`.
    pub(super) file_mode: bool,
}

/// Walks the working tree whose top is `top`.
pub(super) fn walk(index: &Index, top: &Dir, told: Told<'_>, settle: &dyn Settle, findings: &mut Findings) {
    let parallel = index.entries().len() >= PARALLEL;
    let walk = Walk { index, settle, file_mode: told.file_mode, parallel, findings: Mutex::new(findings) };
    walk.folder(top, b"", index.entries(), &Rules::top(told.everywhere, top));
}

struct Walk<'a> {
    index: &'a Index,
    settle: &'a dyn Settle,
    file_mode: bool,
    parallel: bool,
    findings: Mutex<&'a mut Findings>,
}

impl Walk<'_> {
    /// Compares a folder with its entries; `prefix` is its path with a slash at the end.
    fn folder(&self, dir: &Dir, prefix: &[u8], entries: &[Entry], rules: &Rules<'_>) {
        let members = self.index.members(prefix.len(), entries);
        if self.parallel && entries.len() > TASK {
            rayon::scope(|scope| {
                for (name, member) in &members {
                    match member {
                        Member::File(entry) => self.tracked(dir, name, entry),
                        Member::Folder(group) if group.len() > TASK => {
                            scope.spawn(|_| self.below(dir, prefix, name, group, rules))
                        }
                        Member::Folder(group) => self.below(dir, prefix, name, group, rules),
                    }
                }
                self.untracked(dir, prefix, &members, rules);
            });
            return;
        }
        for (name, member) in &members {
            match member {
                Member::File(entry) => self.tracked(dir, name, entry),
                Member::Folder(group) => self.below(dir, prefix, name, group, rules),
            }
        }
        self.untracked(dir, prefix, &members, rules);
    }

    fn below(&self, dir: &Dir, prefix: &[u8], name: &[u8], group: &[Entry], rules: &Rules<'_>) {
        match dir.folder(name) {
            Ok(folder) => {
                let prefix = [prefix, name, b"/"].concat();
                if is_too_deep(&prefix) {
                    return self.undetermined(format!("{} is too deep", String::from_utf8_lossy(&prefix)));
                }
                self.folder(&folder, &prefix, group, &rules.below(&prefix, &folder));
            }
            Err(error) if is_absent(&error) => group.iter().for_each(|entry| self.missing(entry)),
            Err(error) => self.unreadable(&[prefix, name].concat(), &error),
        }
    }

    fn tracked(&self, dir: &Dir, name: &[u8], entry: &Entry) {
        if entry.stage != 0 || entry.intent_to_add {
            let how = if entry.intent_to_add { Difference::Untracked } else { Difference::Conflicted };
            return self.dirty(self.index.path(entry), how);
        }
        match dir.find(name) {
            Ok(found) => self.compare(dir, name, entry, &found),
            Err(error) if is_absent(&error) => self.missing(entry),
            Err(error) => self.unreadable(self.index.path(entry), &error),
        }
    }

    /// A sparse checkout leaves files out on purpose.
    fn missing(&self, entry: &Entry) {
        if !entry.skip_worktree || entry.stage != 0 {
            let how = if entry.stage == 0 { Difference::Deleted } else { Difference::Conflicted };
            self.dirty(self.index.path(entry), how);
        }
    }

    fn compare(&self, dir: &Dir, name: &[u8], entry: &Entry, found: &Found) {
        let path = self.index.path(entry);
        let same = match (entry.mode & TYPE, found.kind) {
            (SUBMODULE, Kind::Folder) => {
                let submodule = dir.folder(name).map_err(|error| error.to_string());
                submodule.and_then(|folder| self.submodule(path, entry, &folder))
            }
            (LINK, Kind::Link) if is_resized(entry, found) => Ok(false),
            (LINK, Kind::Link) if self.is_settled(entry, found) => Ok(true),
            (LINK, Kind::Link) => dir
                .link(name)
                .map(|target| super::content::blob_id_of(entry.id.format(), &target) == entry.id)
                .map_err(|e| e.to_string()),
            (SUBMODULE | LINK, _) => Ok(cfg!(not(unix)) && found.kind == Kind::File && self.is_settled(entry, found)),
            (_, Kind::File) if self.is_settled(entry, found) => Ok(true),
            (_, Kind::File) => self.same_content(dir, name, entry, is_resized(entry, found)),
            _ => Ok(false),
        };
        match same {
            Ok(true) if entry.mode & TYPE == REGULAR && !same_permission(entry, found) => self.permission(path),
            Ok(true) => {}
            Ok(false) => self.dirty(path, difference(entry, found)),
            Err(why) => self.undetermined(format!("{}: {why}", String::from_utf8_lossy(path))),
        }
    }

    /// A file of the same content whose owner may run it, or may not, as the index has it not.
    fn permission(&self, path: &[u8]) {
        if self.file_mode {
            self.dirty(path, Difference::Mode);
        } else {
            self.overlooked(Overlooked::Mode, path.to_vec());
        }
    }

    fn submodule(&self, path: &[u8], entry: &Entry, dir: &Dir) -> Result<bool, String> {
        let Submodule { is_clean, overlooked } = self.settle.submodule(path, entry, dir)?;
        for (why, below) in overlooked {
            self.overlooked(why, [path, b"/", below.as_slice()].concat());
        }
        Ok(is_clean)
    }

    /// Whether the stat data prove that nothing changed: all of them agree, and the file was last written before the
    /// index was, so that no later change can hide in the clock's grain.
    fn is_settled(&self, entry: &Entry, found: &Found) -> bool {
        let racy = |written: Moment| entry.stat.mtime >= written;
        let known = if cfg!(unix) {
            entry.stat == found.stat
        } else {
            (entry.stat.mtime, entry.stat.size) == (found.stat.mtime, found.stat.size)
        };
        known && !entry.is_smudged() && self.index.written.is_some_and(|written| !racy(written))
    }

    fn same_content(&self, dir: &Dir, name: &[u8], entry: &Entry, resized: bool) -> Result<bool, String> {
        let unreadable = |error: io::Error| format!("it could not be read: {error}");
        let mut file = dir.file(name).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Ok(false);
        }
        if !resized && blob_id(entry.id.format(), &mut file, metadata.len()).map_err(unreadable)? == entry.id {
            return Ok(true);
        }
        let (path, size) = (self.index.path(entry), metadata.len());
        self.settle.is_converted(&Changed { path, entry, dir, name, size, resized })
    }

    /// The names of a folder that the index does not have.
    fn untracked(&self, dir: &Dir, prefix: &[u8], members: &[(&[u8], Member<'_>)], rules: &Rules<'_>) {
        let mut folders = Vec::new();
        let listed = dir.names(|name, kind| {
            let known = members.binary_search_by_key(&name, |(known, _)| known);
            // What a tracked name turned into is new; submodules are folders.
            let replaced = known.is_ok_and(|at| match members[at].1 {
                Member::Folder(_) => kind != Kind::Folder,
                Member::File(entry) => kind == Kind::Folder && entry.mode & TYPE != SUBMODULE,
            });
            if (known.is_ok() && !replaced) || kind == Kind::Other {
                return;
            }
            if rules.ignores(name, kind) {
                if let Some(why) = rules.overlooks(name, kind) {
                    let slash: &[u8] = if kind == Kind::Folder { b"/" } else { b"" };
                    self.overlooked(why, [prefix, name, slash].concat());
                }
                return;
            }
            match kind {
                Kind::Folder => folders.push(name.to_vec()),
                _ => self.dirty(&[prefix, name].concat(), Difference::Untracked),
            }
        });
        if let Err(error) = listed {
            self.unreadable(prefix, &error);
        }
        for name in folders {
            self.untracked_folder(dir, prefix, &name, rules);
        }
    }

    /// Git has no empty folders: one counts when something in it does, or when it is a repository of its own.
    fn untracked_folder(&self, dir: &Dir, prefix: &[u8], name: &[u8], rules: &Rules<'_>) {
        let path = [prefix, name, b"/"].concat();
        let folder = match dir.folder(name) {
            Ok(_) if is_too_deep(&path) => return self.dirty(&path, Difference::Untracked),
            Ok(folder) => folder,
            Err(error) => return self.unreadable(&path, &error),
        };
        if folder.find(b".git").is_ok() {
            return self.dirty(&path, Difference::Untracked);
        }
        self.untracked(&folder, &path, &[], &rules.below(&path, &folder));
    }

    fn dirty(&self, path: &[u8], how: Difference) {
        self.with(|findings| findings.dirty(path, how));
    }

    fn overlooked(&self, why: Overlooked, path: Vec<u8>) {
        self.with(|findings| findings.overlooked(why, path));
    }

    fn undetermined(&self, why: String) {
        self.with(|findings| findings.undetermined(why));
    }

    fn unreadable(&self, path: &[u8], error: &io::Error) {
        self.undetermined(format!("{} could not be looked at: {error}", String::from_utf8_lossy(path)));
    }

    fn with(&self, change: impl FnOnce(&mut Findings)) {
        change(&mut self.findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

/// Whether a folder's path, with a slash at its end, goes deeper than the walk does.
pub(super) fn is_too_deep(path: &[u8]) -> bool {
    path.iter().filter(|byte| **byte == b'/').count() > DEPTH_LIMIT
}

/// How something differs that stands at an entry's name.
fn difference(entry: &Entry, found: &Found) -> Difference {
    match (entry.mode & TYPE, found.kind) {
        (SUBMODULE, Kind::Folder) => Difference::Submodule,
        // What took its place is untracked.
        (_, Kind::Folder) => Difference::Deleted,
        (LINK, Kind::Link) => Difference::Modified,
        (LINK | SUBMODULE, _) | (_, Kind::Link | Kind::Other) => Difference::Typechange,
        (_, Kind::File) => Difference::Modified,
    }
}

/// Git takes another size for a change without a look at the content, as when only the line ends differ.
fn is_resized(entry: &Entry, found: &Found) -> bool {
    entry.stat.size != 0 && entry.stat.size != found.stat.size
}

/// Whether the owner may run the file, where the system has such a bit, as the index says.
fn same_permission(entry: &Entry, found: &Found) -> bool {
    found.executable.is_none_or(|executable| executable == (entry.mode & 0o100 != 0))
}

/// A folder on the way that is a file or a symbolic link means that what was below is gone.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) || is_link(error)
}

#[cfg(unix)]
fn is_link(error: &io::Error) -> bool {
    [rustix::io::Errno::LOOP, rustix::io::Errno::NOTDIR].iter().any(|e| error.raw_os_error() == Some(e.raw_os_error()))
}

#[cfg(not(unix))]
fn is_link(_error: &io::Error) -> bool {
    false
}
