//! Reading files that a contributor controls: regular files only, inside one directory, up to a limit.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use crate::model::path::within;
use crate::model::problem::{Place, Problem, QUOTE_LIMIT};

/// What some editors put before a text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// A directory that no read may leave, symbolic links included.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
}

/// A text file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The content, without a leading byte order mark.
    pub content: String,
    /// Whether there is such a mark.
    pub marked: bool,
    /// Where the file really is, relative to the root: symbolic links are resolved.
    pub resolved: PathBuf,
}

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// There is none.
    Missing,
    /// A folder, a pipe, a device.
    NotRegular,
    /// A symbolic link leads out of the root (or into git's own folder).
    Leaves,
    /// It is outside of the root by its path alone.
    Outside,
    /// It is in git's own folder.
    OfGit,
    /// Larger than the limit, in bytes.
    TooLarge(u64),
    /// Not UTF-8; the place of the first bad byte.
    NotUtf8(Place),
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::NotRegular => f.write_str("it is not a regular file"),
            Self::Leaves => f.write_str("it is a symbolic link that leaves the repository"),
            Self::Outside => f.write_str("it is outside of the repository"),
            Self::OfGit => f.write_str("it is in git's own folder"),
            Self::TooLarge(limit) => write!(f, "it is larger than {}", size(*limit)),
            Self::NotUtf8(place) => write!(f, "it is not UTF-8 (line {}, column {})", place.line, place.column),
            Self::Io(error) => write!(f, "it could not be read: {}", in_words(error)),
        }
    }
}

impl ReadError {
    /// Why a path, relative to the root, leads out of it: by itself, or by a link on its way.
    #[must_use]
    pub(crate) fn leaves(relative: &Path) -> Self {
        match within(Path::new(""), relative) {
            None => Self::Outside,
            Some(inside) if inside.iter().any(|part| part.eq_ignore_ascii_case(".git")) => Self::OfGit,
            Some(_) => Self::Leaves,
        }
    }

    /// The problem of the file that people know as `shown`, at its place where it has one.
    #[must_use]
    pub fn problem(&self, shown: &str) -> Problem {
        match self {
            Self::NotUtf8(place) => Problem { place: Some(place.clone()), ..Problem::new(shown, "this is not UTF-8") },
            _ => Problem::new(shown, self.to_string()),
        }
    }
}

/// What the system says, without its number.
#[must_use]
pub(crate) fn in_words(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "there is no such file or folder".to_owned();
    }
    let told = error.to_string();
    told.split_once(" (os error ").map_or_else(|| told.clone(), |(words, _)| words.to_owned())
}

fn size(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 20 => format!("{} MiB", b >> 20),
        b => format!("{b} bytes"),
    }
}

impl std::error::Error for ReadError {}

impl Root {
    /// The root at `path`, which must be a directory.
    ///
    /// # Errors
    /// When the path cannot be resolved.
    pub fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.canonicalize()? })
    }

    /// The resolved directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a UTF-8 text of at most `limit` bytes at `relative`.
    ///
    /// # Errors
    /// See [`ReadError`]; nothing is read from a pipe or from outside the root.
    pub fn read_text(&self, relative: &Path, limit: u64) -> Result<Text, ReadError> {
        let resolved = self.resolve(relative)?;
        let bytes = read_regular(&self.path.join(&resolved), limit)?;
        let (content, marked) = decoded(bytes)?;
        Ok(Text { content, marked, resolved })
    }

    /// Opens a regular file, to be read piece by piece; its size comes with it.
    ///
    /// # Errors
    /// See [`ReadError`]; nothing is opened outside the root.
    pub fn open(&self, relative: &Path) -> Result<(File, u64), ReadError> {
        open_regular(&self.path.join(self.resolve(relative)?))
    }

    /// Whether something stands at `relative`, whatever it is.
    #[must_use]
    pub fn exists(&self, relative: &Path) -> bool {
        self.path.join(relative).symlink_metadata().is_ok()
    }

    /// Where something really is, relative to the root: symbolic links are resolved.
    ///
    /// # Errors
    /// Nothing is there, or it leads out of the root.
    pub fn resolve(&self, relative: &Path) -> Result<PathBuf, ReadError> {
        let target = self.path.join(relative).canonicalize().map_err(from_io)?;
        let inside = target.strip_prefix(&self.path).map_err(|_| ReadError::leaves(relative))?;
        if inside.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            return Err(ReadError::leaves(relative));
        }
        Ok(inside.to_path_buf())
    }
}

/// A file's bytes as text without a leading byte order mark, and whether there was one.
///
/// # Errors
/// The bytes are not UTF-8.
pub(crate) fn decoded(bytes: Vec<u8>) -> Result<(String, bool), ReadError> {
    let content = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
    Ok(match content.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (rest.to_owned(), true),
        None => (content, false),
    })
}

/// Reads a regular file that the user or the CI system named, wherever it is.
///
/// # Errors
/// See [`ReadError`].
pub(crate) fn read_anywhere(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    read_regular(path, limit)
}

fn not_utf8(error: &FromUtf8Error) -> ReadError {
    let (valid, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
    let (begin, before) = match valid.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => (at + 1, &valid[at + 1..]),
        None => (0, valid),
    };
    let line = before.iter().chain(bad).copied().take_while(|byte| *byte != b'\n').take(4 * QUOTE_LIMIT);
    ReadError::NotUtf8(Place {
        line: valid[..begin].iter().filter(|byte| **byte == b'\n').count() + 1,
        column: String::from_utf8_lossy(before).chars().count() + 1,
        quote: String::from_utf8_lossy(&line.collect::<Vec<_>>()).trim_end().chars().take(QUOTE_LIMIT).collect(),
        width: 1,
    })
}

fn from_io(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        _ => ReadError::Io(error),
    }
}

/// Opens a regular file. The type is checked on the open file, so that nothing can be swapped in between.
fn open_regular(path: &Path) -> Result<(File, u64), ReadError> {
    let file = open_without_waiting(path).map_err(from_io)?;
    let metadata = file.metadata().map_err(ReadError::Io)?;
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(ReadError::NotRegular) }
}

/// Reads a regular file whole.
fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let (file, length) = open_regular(path)?;
    if length > limit {
        return Err(ReadError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge(limit));
    }
    Ok(bytes)
}

/// Opening a pipe for reading waits for a writer, unless it is asked not to.
#[cfg(unix)]
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}
