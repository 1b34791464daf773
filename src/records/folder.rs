//! The directory itself: nothing in it is followed, waited for or read without a limit.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;

/// The largest record, in bytes.
pub(super) const LIMIT: u64 = 16 << 20;

/// Why an entry was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is gone.
    Missing,
    /// For people.
    Damaged(String),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            _ => Self::Damaged(format!("it could not be read: {error}")),
        }
    }
}

/// An open directory.
pub(super) use system::Folder;

impl Folder {
    /// Reads a regular file of at most [`LIMIT`] bytes. What it is, is asked of the open file.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, Unread> {
        let Some(file) = self.open_file(name)? else {
            return Err(Unread::Damaged("it is not a regular file".to_owned()));
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Unread::Damaged("it is not a regular file".to_owned()));
        }
        let mut content = Vec::with_capacity(usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0) + 1);
        file.take(LIMIT + 1).read_to_end(&mut content)?;
        if content.len() as u64 > LIMIT {
            return Err(Unread::Damaged(format!("it is larger than {} MiB", LIMIT >> 20)));
        }
        Ok(content)
    }
}

/// When an entry was last written, if it is a regular file.
pub(super) fn written_at(folder: &Path, name: &str) -> Option<SystemTime> {
    let metadata = fs::symlink_metadata(folder.join(name)).ok()?;
    if metadata.is_file() { metadata.modified().ok() } else { None }
}

/// Makes a directory, durably, with those above it that are missing. True when this call made it.
pub(super) fn make(path: &Path) -> io::Result<bool> {
    let made = match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = path.parent().ok_or(error)?;
            make(parent)?;
            fs::create_dir(path)
        }
        other => other,
    };
    match made {
        Ok(()) => path.parent().map_or(Ok(()), sync).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes what was renamed into a directory survive a loss of power, on file systems that can promise it.
#[cfg(unix)]
pub(super) fn sync(path: &Path) -> io::Result<()> {
    match fs::File::open(path)?.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
pub(super) fn sync(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, Dir, Mode, OFlags, open, openat, unlinkat};
    use rustix::io::Errno;

    pub(in super::super) struct Folder(OwnedFd);

    impl Folder {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            Ok(Self(open(path, flags, Mode::empty())?))
        }

        /// Every name that is UTF-8.
        pub(in super::super) fn names(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.0)? {
                names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
            }
            Ok(names)
        }

        /// Nothing, when it is a symbolic link or a socket.
        pub(super) fn open_file(&self, name: &str) -> io::Result<Option<File>> {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
            match openat(&self.0, name, flags, Mode::empty()) {
                Ok(file) => Ok(Some(file.into())),
                Err(Errno::LOOP | Errno::NXIO | Errno::MLINK) => Ok(None),
                Err(error) => Err(error.into()),
            }
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            Ok(unlinkat(&self.0, name, AtFlags::empty())?)
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{self, File};
    use std::io;
    use std::path::{Path, PathBuf};

    pub(in super::super) struct Folder(PathBuf);

    impl Folder {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            fs::read_dir(path).map(|_| Self(path.to_owned()))
        }

        /// Every name that is UTF-8.
        pub(in super::super) fn names(&self) -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(&self.0)? {
                names.extend(entry?.file_name().into_string().ok());
            }
            Ok(names)
        }

        /// Nothing, when it is not a regular file.
        pub(super) fn open_file(&self, name: &str) -> io::Result<Option<File>> {
            let path = self.0.join(name);
            if !fs::symlink_metadata(&path)?.is_file() {
                return Ok(None);
            }
            File::open(path).map(Some)
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.0.join(name))
        }
    }
}
