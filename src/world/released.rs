//! The one door to the files of the release. Whatever is not part of the commit decides nothing; what is part of it and
//! cannot be looked at is undetermined, with the step that fixes it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::trail::End;
use super::{Release, World};
use crate::git::{Named, Wanted, bytes_of, is_pointer};
use crate::model::problem::Problem;
use crate::system::files::{ReadError, decoded};

/// How a reason ends where a file lies in the folder and is no part of the release.
pub(crate) const UNTRACKED: &str = "is not tracked by git";

/// A text file of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The content, without a leading byte order mark.
    pub content: String,
    /// Whether git has it.
    pub part: Part,
    /// Where it is when links are resolved, relative to the root.
    pub place: PathBuf,
}

/// Whether a file is part of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Git tracks it.
    Tracked,
    /// Git would add it.
    New,
    /// Nobody can tell: there is no repository, or its index cannot be read.
    Unknown,
}

/// Why a file of the release was not read.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The release has none.
    Missing,
    /// It is, or leads to (then the path says where), something that git leaves out or does not have yet.
    Untracked(Option<PathBuf>),
    /// Nobody can tell, and why.
    Undetermined(String),
    /// It is there, and is not what can be read.
    Unreadable(ReadError),
}

/// What stands at a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// A file, and whether git tracks it.
    File(bool),
    Folder,
    Missing,
    /// Git leaves it out.
    LeftOut,
}

/// What kind of thing a name of the release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// A file, or a link to something.
    File {
        /// Whether it is a link.
        is_link: bool,
    },
    /// A folder, or another repository.
    Folder,
}

impl Refused {
    /// A reason that names the file, as people know it.
    #[must_use]
    pub(crate) fn about(&self, shown: &str) -> String {
        match self {
            Self::Missing => format!("there is no {shown}"),
            Self::Untracked(_) => format!("{shown} {}", self.predicate()),
            Self::Undetermined(_) | Self::Unreadable(_) => format!("{shown}: {self}"),
        }
    }

    /// The reason as it goes on behind the file's name.
    #[must_use]
    pub(crate) fn predicate(&self) -> String {
        match self {
            Self::Untracked(Some(target)) => format!("leads to {}, which {UNTRACKED}", target.display()),
            Self::Untracked(None) => UNTRACKED.to_owned(),
            _ => format!("was not read: {self}"),
        }
    }

    /// The problem of a file that has to be read.
    #[must_use]
    pub(crate) fn problem(&self, shown: &str) -> Problem {
        match self {
            Self::Unreadable(error) => error.problem(shown),
            Self::Untracked(None) => Problem::new(shown, format!("git ignores {shown}: it is not part of the release")),
            Self::Untracked(Some(_)) => Problem::new(shown, self.about(shown)),
            _ => Problem::new(shown, self.to_string()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::Untracked(_) => write!(f, "it {}", self.predicate()),
            Self::Undetermined(why) => f.write_str(why),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl Written {
    /// What a row has to say of a file that is not shown to be part of the release.
    #[must_use]
    pub(crate) fn note(&self, shown: &str) -> Option<String> {
        (self.part == Part::New).then(|| format!("{shown} {UNTRACKED}"))
    }
}

impl World {
    /// A text file of the release, of at most `limit` bytes; the path is relative to the root. What git does not track is
    /// refused.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) fn released(&self, path: &Path, limit: u64) -> Result<Written, Refused> {
        if let Release::Unknown(why) = self.release() {
            let there = self.root.exists(path);
            return Err(if there { Refused::Undetermined(why.clone()) } else { Refused::Missing });
        }
        let written = self.read(path, limit)?;
        match written.part {
            Part::Tracked => Ok(written),
            Part::New | Part::Unknown => Err(Refused::Untracked(elsewhere(&written.place, path))),
        }
    }

    /// The bytes of a file of the release, of at most `limit` bytes; the path is relative to the root.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) fn released_bytes(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refused> {
        if let Release::Unknown(why) = self.release() {
            return Err(Refused::Undetermined(why.clone()));
        }
        let (bytes, part, place) = self.read_bytes(path, limit)?;
        match part {
            Part::Tracked => Ok(bytes),
            Part::New | Part::Unknown => Err(Refused::Untracked(elsewhere(&place, path))),
        }
    }

    /// The same, and also what git would add, or what the folder has where nobody can tell: for what a check tells about
    /// with [`Written::part`].
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) fn drafted(&self, path: &Path, limit: u64) -> Result<Written, Refused> {
        if matches!(self.release(), Release::Unknown(_)) {
            let text = self.root.read_text(path, limit)?;
            return Ok(Written { content: text.content, part: Part::Unknown, place: text.resolved });
        }
        self.read(path, limit)
    }

    /// The id of a file's blob, in hex digits; none where there is no such file of at most `limit` bytes, or no repository.
    #[must_use]
    pub(crate) fn blob_id(&self, path: &Path, limit: u64) -> Option<String> {
        let end = self.walk(path).ok()?;
        end.repository.blob_id(end.file.as_ref()?, limit).ok()
    }

    /// Whether a file is part of the release, unread.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) fn part(&self, path: &Path) -> Result<Part, Refused> {
        if matches!(self.release(), Release::Unknown(_)) {
            return if self.root.exists(path) { Ok(Part::Unknown) } else { Err(Refused::Missing) };
        }
        match self.known(path)? {
            Known::File(is_tracked) => Ok(self.part_of(is_tracked)),
            Known::Folder => Err(Refused::Unreadable(ReadError::NotRegular)),
            Known::Missing => Err(Refused::Missing),
            Known::LeftOut => Err(Refused::Untracked(None)),
        }
    }

    fn known(&self, path: &Path) -> Result<Known, Refused> {
        let known = || self.seen.known.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = path.as_os_str().as_encoded_bytes();
        if let Some(known) = known().get(asked).copied() {
            return Ok(known);
        }
        let found = match self.walk(path) {
            Ok(End { file: Some(file), .. }) => Known::File(file.tracked),
            Ok(End { file: None, .. }) => Known::Folder,
            Err(Refused::Missing) => Known::Missing,
            Err(Refused::Untracked(None)) => Known::LeftOut,
            Err(other) => return Err(other),
        };
        known().insert(asked.to_owned(), found);
        Ok(found)
    }

    /// Whether the release has something at a path, or may have: a submodule that was not fetched, say. What git leaves out
    /// is none of its.
    #[must_use]
    pub(crate) fn has(&self, path: &Path) -> bool {
        !matches!(self.part(path), Err(Refused::Missing | Refused::Untracked(None)))
    }

    /// Whether the folder has something at a path, be it left out by git: a row names what does not count.
    #[must_use]
    pub(crate) fn is_there(&self, path: &Path) -> bool {
        !matches!(self.part(path), Err(Refused::Missing))
    }

    /// Whether the release has a folder at a path, and no symbolic link leads to it.
    #[must_use]
    pub(crate) fn is_real_folder(&self, path: &Path) -> bool {
        if matches!(self.release(), Release::Unknown(_)) {
            let path = self.root.path().join(path);
            return path.canonicalize().is_ok_and(|resolved| resolved == path);
        }
        self.walk(path).is_ok_and(|end| end.file.is_none() && elsewhere(&end.place, path).is_none())
    }

    /// Why nobody can tell what is part of the release.
    #[must_use]
    pub(crate) fn undetermined(&self) -> Option<&str> {
        match self.release() {
            Release::Unknown(why) => Some(why),
            _ => None,
        }
    }

    /// Whether the release has a folder at a path.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn is_folder(&self, path: &Path) -> Result<bool, Refused> {
        if matches!(self.release(), Release::Unknown(_)) {
            return Ok(self.root.path().join(path).is_dir());
        }
        match self.known(path) {
            Ok(known) => Ok(matches!(known, Known::Folder)),
            Err(Refused::Missing | Refused::Untracked(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The names in a folder of the release, in order; none where there is no such folder. A name that is not UTF-8 is left
    /// out.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn listed(&self, folder: &Path) -> Result<Vec<(String, Listed)>, Refused> {
        if matches!(self.release(), Release::Unknown(_)) {
            return Ok(on_disk(&self.root.path().join(folder)));
        }
        let end = match self.walk(folder) {
            Ok(end) if end.file.is_none() => end,
            Ok(_) | Err(Refused::Missing | Refused::Untracked(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = end.repository.names(&end.folder).map_err(Refused::Undetermined)?;
        let named = |(name, kind)| {
            let kind = match kind {
                Named::File => Listed::File { is_link: false },
                Named::Link => Listed::File { is_link: true },
                Named::Folder | Named::Submodule => Listed::Folder,
            };
            Some((String::from_utf8(name).ok()?, kind))
        };
        Ok(names.into_iter().filter_map(named).collect())
    }

    /// The files of the release whose path is wanted, relative to the root; those of submodules are left out. A path that is not
    /// UTF-8 is asked for with a mark in the place of what is none.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn paths(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<PathBuf>, String> {
        self.all(&|path, kind| kind != Named::Submodule && wanted(path))
    }

    /// The submodules of the release, relative to the root.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn submodules(&self) -> Result<Vec<PathBuf>, String> {
        self.all(&|_, kind| kind == Named::Submodule)
    }

    fn all(&self, wanted: &Wanted<'_>) -> Result<Vec<PathBuf>, String> {
        match (self.release(), &self.repository) {
            (Release::Commit { top, .. } | Release::Tree { top }, Ok(repository)) => repository.paths(top, wanted),
            (Release::Unknown(why), _) => Err(why.clone()),
            (_, Err(why)) => Err(why.to_string()),
        }
    }

    /// The names of the files in a folder, those that git leaves out among them: a row names what does not count.
    #[must_use]
    pub(crate) fn files_on_disk(&self, folder: &Path) -> Vec<String> {
        if self.revision().is_some() {
            return Vec::new();
        }
        let names = on_disk(&self.root.path().join(folder)).into_iter();
        names.filter(|(_, kind)| *kind != Listed::Folder).map(|(name, _)| name).collect()
    }

    fn read(&self, path: &Path, limit: u64) -> Result<Written, Refused> {
        let (bytes, part, place) = self.read_bytes(path, limit)?;
        let (content, _) = decoded(bytes).map_err(Refused::Unreadable)?;
        Ok(Written { content, part, place })
    }

    fn read_bytes(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, Part, PathBuf), Refused> {
        let end = self.walk(path)?;
        let Some(file) = &end.file else { return Err(Refused::Unreadable(ReadError::NotRegular)) };
        let bytes = end.repository.content(file, limit)?;
        if is_pointer(&bytes) {
            let step = "it is a Git LFS pointer, not the file itself";
            return Err(Refused::Undetermined(match self.revision() {
                None => format!("{step}; `git lfs pull` fetches it"),
                Some(_) => format!("{step}: the commit does not hold it"),
            }));
        }
        Ok((bytes, self.part_of(file.tracked), end.place))
    }

    fn part_of(&self, is_tracked: bool) -> Part {
        if is_tracked || self.drafting { Part::Tracked } else { Part::New }
    }
}

/// Where something is, if that is not the path itself.
fn elsewhere(place: &Path, path: &Path) -> Option<PathBuf> {
    (bytes_of(place) != bytes_of(path)).then(|| place.to_owned())
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Missing => Self::Missing,
            // An object that is not here is no fault of the file.
            ReadError::Io(error) if error.kind() == io::ErrorKind::Other => Self::Undetermined(error.to_string()),
            error => Self::Unreadable(error),
        }
    }
}

/// The names of a folder where no repository says what is part of the release.
fn on_disk(folder: &Path) -> Vec<(String, Listed)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let named = |entry: fs::DirEntry| {
        let kind = entry.file_type().ok()?;
        let listed = if kind.is_dir() { Listed::Folder } else { Listed::File { is_link: kind.is_symlink() } };
        Some((entry.file_name().into_string().ok()?, listed))
    };
    let mut names: Vec<_> = entries.filter_map(named).collect();
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    names
}
