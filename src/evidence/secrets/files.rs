//! The contents to look at: of a work tree, a folder, an index, a history.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::git::{BLOB_LIMIT, Blob, Contents, Repository, What, path_of, text_of};
use crate::system::files::{open_without_waiting, read_anywhere};

/// How many folders or repositories may lie in each other.
const DEPTH: usize = 256;

/// What a name is called that has a secret in it.
pub(crate) const FILE_NAME: &str = "<file name>";

/// What the message of a commit or a tag is called.
pub(crate) const MESSAGE: &str = "<message>";

/// One content, and how to get it.
#[derive(Debug)]
pub enum Target {
    /// A file, and what the user would call it.
    File(PathBuf, String),
    /// A blob of the repository with this number.
    Blob(usize, Blob, String),
}

/// Which content a target is, whatever the user calls it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// A file of the file system.
    File(PathBuf),
    /// A blob of the repository at this top.
    Blob(PathBuf, Blob),
}

/// What was listed.
#[derive(Default)]
pub struct Listed {
    /// In order.
    pub targets: Vec<Target>,
    /// Those whose blobs are among the targets.
    pub repositories: Vec<Repository>,
    /// Symbolic links, pipes and devices that were not followed.
    pub skipped: usize,
    /// What could not be looked at.
    pub unreadable: Vec<String>,
    /// Submodules whose files are not here.
    pub absent: Vec<String>,
    /// What the user named and nothing is under, in words.
    pub missed: Vec<String>,
}

/// Which contents of a repository are meant.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// The working tree, and the index where it differs.
    WorkTree,
    /// The index.
    Staged,
    /// A range of commits.
    History(&'a str),
}

impl Listed {
    /// Lists a repository's contents below `under`, which the user calls `shown`.
    ///
    /// # Errors
    /// Why they cannot be listed.
    pub fn repository(
        &mut self,
        repository: Repository,
        under: &[u8],
        shown: &Path,
        which: Which<'_>,
    ) -> Result<(), String> {
        let contents = match which {
            Which::WorkTree => repository.contents(under)?,
            Which::Staged => repository.staged(under)?,
            Which::History(range) => repository.history(range, under)?,
        };
        let Contents { files, blobs, repositories, submodules, links, undetermined } = contents;
        self.skipped += links;
        self.unreadable.extend(undetermined);
        let name = |path: &[u8]| shown_at(shown, below(path, under));
        let top = repository.top().to_owned();
        let number = self.repositories.len();
        for path in files {
            self.file(&top, path_of(&path), name(&path));
        }
        self.targets.extend(blobs.into_iter().map(|blob| {
            let name = match blob.what {
                What::Content | What::Link => name(&blob.path),
                // It would be said with the name itself.
                What::Name => FILE_NAME.to_owned(),
                What::Message => MESSAGE.to_owned(),
            };
            Target::Blob(number, blob, name)
        }));
        self.repositories.push(repository);
        for path in submodules {
            let folder = top.join(path_of(&path));
            if !is_repository(&folder) {
                self.absent.push(name(&path));
            }
            self.nested(&folder, Path::new(&name(&path)))?;
        }
        for path in repositories {
            self.nested(&top.join(path_of(&path)), Path::new(&name(&path)))?;
        }
        Ok(())
    }

    /// A repository in a repository. What lies in the folder of a submodule that is not checked out are files like others.
    fn nested(&mut self, folder: &Path, shown: &Path) -> Result<(), String> {
        if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        if self.repositories.len() >= DEPTH || !is_repository(folder) {
            self.folder(folder, shown);
            return Ok(());
        }
        let inner = Repository::discover(folder).map_err(|why| format!("{}: {why}", shown.display()))?;
        self.repository(inner, b"", shown, Which::WorkTree)
    }

    /// A tracked path may have become a link, or lie behind one, or be gone: its blob is a target then.
    fn file(&mut self, top: &Path, path: &Path, shown: String) {
        let full = top.join(path);
        match full.symlink_metadata() {
            Ok(metadata) if metadata.is_file() && !is_behind_link(top, path) => {
                self.targets.push(Target::File(full, shown))
            }
            Ok(_) => self.skipped += 1,
            Err(error) if is_gone(&error) => {}
            Err(error) => self.unreadable.push(format!("{shown}: {error}")),
        }
    }

    /// Notes a path of the user's where nothing was listed since there were `before` in all.
    pub fn expect_more_than(&mut self, before: usize, shown: &Path) {
        if self.count() == before {
            self.missed.push(format!(
                "nothing was scanned under {}: no file is there that git does not ignore; name a path that has one",
                shown.display()
            ));
        }
    }

    /// Takes out the blobs that are byte by byte what a file has.
    pub fn leave_out_blobs_of(&mut self, file: &Path) {
        let Ok(content) = read_anywhere(file, BLOB_LIMIT as u64) else { return };
        let repositories = &self.repositories;
        self.targets.retain(|target| match target {
            Target::Blob(number, blob, _) if blob.what == What::Content => {
                let repository = repositories.get(*number);
                repository.and_then(|it| it.read_blob(blob).ok()).is_none_or(|blob| blob != content)
            }
            _ => true,
        });
    }

    /// Takes out what is known already, and knows the rest from now on: what is named twice is one content.
    pub fn leave_out(&mut self, known: &mut HashSet<Content>) {
        let repositories = &self.repositories;
        self.targets.retain(|target| {
            known.insert(match target {
                Target::File(path, _) => Content::File(path.clone()),
                Target::Blob(number, blob, _) => {
                    let top = repositories.get(*number).map(|repository| repository.top().to_owned());
                    Content::Blob(top.unwrap_or_default(), blob.clone())
                }
            })
        });
    }

    /// How much was listed, with what is not followed and what could not be looked at.
    #[must_use]
    pub fn count(&self) -> usize {
        self.targets.len() + self.skipped + self.unreadable.len()
    }

    /// Lists a file that the user named.
    pub fn named(&mut self, file: &Path, shown: &Path) {
        self.targets.push(Target::File(file.to_owned(), shown.display().to_string()));
    }

    /// Lists a folder that is in no repository, in parallel; links are not followed.
    pub fn folder(&mut self, folder: &Path, shown: &Path) {
        let Found { mut files, skipped, unreadable } = walk(folder, shown, 0);
        // By their bytes, as git has them: names of folders one by one take several times as long.
        files.sort_unstable_by(|(one, _), (other, _)| one.as_os_str().cmp(other.as_os_str()));
        self.targets.extend(files.into_iter().map(|(path, shown)| Target::File(path, shown)));
        self.skipped += skipped;
        self.unreadable.extend(unreadable);
    }
}

/// Whether a folder, which is no link, is the top of a working tree.
fn is_repository(folder: &Path) -> bool {
    let is_folder = folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    is_folder && folder.join(".git").symlink_metadata().is_ok()
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn is_behind_link(top: &Path, path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.into_iter().any(|folder| top.join(folder).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()))
}

/// What is left of a path below the folder that the user named.
fn below<'p>(path: &'p [u8], under: &[u8]) -> &'p [u8] {
    let rest = path.strip_prefix(under).unwrap_or(path);
    rest.strip_prefix(b"/").unwrap_or(rest)
}

fn shown_at(shown: &Path, rest: &[u8]) -> String {
    let rest = text_of(rest);
    let base = shown.to_string_lossy();
    match (base.trim_end_matches('/'), rest.as_str()) {
        ("." | "", rest) => rest.to_owned(),
        (base, "") => base.to_owned(),
        (base, rest) => format!("{base}/{rest}"),
    }
}

#[derive(Default)]
struct Found {
    files: Vec<(PathBuf, String)>,
    skipped: usize,
    unreadable: Vec<String>,
}

impl Found {
    fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.unreadable.extend(other.unreadable);
        self.skipped += other.skipped;
        self
    }

    fn unreadable(why: String) -> Self {
        Self { unreadable: vec![why], ..Self::default() }
    }
}

fn walk(folder: &Path, shown: &Path, depth: usize) -> Found {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match entries {
        Ok(entries) if depth <= DEPTH => entries,
        Ok(_) => return Found::unreadable(format!("{}: folders are nested too deep", shown.display())),
        Err(error) => return Found::unreadable(format!("{}: {error}", shown.display())),
    };
    let one = |entry: fs::DirEntry| {
        let (path, name) = (entry.path(), entry.file_name());
        let shown = shown_at(shown, name.as_encoded_bytes());
        match entry.file_type() {
            Ok(kind) if kind.is_file() => Found { files: vec![(path, shown)], ..Found::default() },
            Ok(kind) if kind.is_dir() && name == ".git" => Found::default(),
            Ok(kind) if kind.is_dir() => walk(&path, Path::new(&shown), depth + 1),
            Ok(_) => Found { skipped: 1, ..Found::default() },
            Err(error) => Found::unreadable(format!("{shown}: {error}")),
        }
    };
    entries.into_par_iter().map(one).reduce(Found::default, Found::and)
}

/// Opens a regular file.
///
/// # Errors
/// It is none, or cannot be opened.
pub fn open(path: &Path) -> std::io::Result<fs::File> {
    let file = open_without_waiting(path)?;
    let regular = file.metadata()?.is_file();
    if regular { Ok(file) } else { Err(std::io::Error::other("it is not a regular file")) }
}
