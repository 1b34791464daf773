//! Folders of the working tree, looked at relative to an open handle: a folder that is swapped for a symbolic link
//! meanwhile leads nowhere else.

use super::index::Stat;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    /// A pipe, a socket, a device: git does not see these.
    Other,
}

/// What the file system says about a name now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// Whether its owner may run it; `None` where the system has no such bit.
    pub(super) executable: Option<bool>,
    pub(super) stat: Stat,
}

/// A size as the index has it: 32 bits, and never 0 for what is not empty.
fn noted_size(size: u64) -> u32 {
    match (size & 0xffff_ffff) as u32 {
        0 if size > 0 => 1 << 31,
        low => low,
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};

    use super::super::index::Stat;
    use super::{Found, Kind, noted_size};

    /// An open folder.
    pub(in super::super) struct Dir(OwnedFd);

    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

    /// How much of a folder's listing is read at once, in bytes.
    #[cfg(target_os = "linux")]
    const LISTING: usize = 32 << 10;

    impl Dir {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            Ok(Self(fs::open(path, FOLDER, Mode::empty())?))
        }

        /// A folder in this one; a symbolic link is none.
        pub(in super::super) fn folder(&self, name: &[u8]) -> io::Result<Self> {
            Ok(Self(fs::openat(&self.0, OsStr::from_bytes(name), FOLDER, Mode::empty())?))
        }

        pub(in super::super) fn file(&self, name: &[u8]) -> io::Result<File> {
            Ok(File::from(fs::openat(&self.0, OsStr::from_bytes(name), FILE, Mode::empty())?))
        }

        pub(in super::super) fn link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
            Ok(fs::readlinkat(&self.0, OsStr::from_bytes(name), Vec::new())?.into_bytes())
        }

        pub(in super::super) fn find(&self, name: &[u8]) -> io::Result<Found> {
            let stat = fs::statat(&self.0, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW)?;
            // The index has 32 bits of each.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let low = |value: i64| value as u32;
            let kind = kind(FileType::from_raw_mode(stat.st_mode));
            Ok(Found {
                kind,
                executable: Some(stat.st_mode & 0o100 != 0),
                stat: Stat {
                    ctime: (low(stat.st_ctime as i64), low(stat.st_ctime_nsec as i64)),
                    mtime: (low(stat.st_mtime as i64), low(stat.st_mtime_nsec as i64)),
                    ino: low(stat.st_ino as i64),
                    uid: stat.st_uid,
                    gid: stat.st_gid,
                    size: noted_size(stat.st_size.unsigned_abs()),
                },
            })
        }

        /// Every name but `.`, `..` and `.git`.
        pub(in super::super) fn names(&self, mut each: impl FnMut(&[u8], Kind)) -> io::Result<()> {
            self.entries(|name, file_type| {
                if matches!(name, b"." | b".." | b".git") {
                    return Ok(());
                }
                let found = match file_type {
                    FileType::Unknown => self.find(name)?.kind,
                    known => kind(known),
                };
                each(name, found);
                Ok(())
            })
        }

        /// Without the second handle that a portable listing opens: that is a tenth of a run on a large tree.
        #[cfg(target_os = "linux")]
        fn entries(&self, mut each: impl FnMut(&[u8], FileType) -> io::Result<()>) -> io::Result<()> {
            fs::seek(&self.0, fs::SeekFrom::Start(0))?;
            let mut buffer = Vec::with_capacity(LISTING);
            let mut listing = fs::RawDir::new(&self.0, buffer.spare_capacity_mut());
            while let Some(entry) = listing.next() {
                let entry = entry?;
                each(entry.file_name().to_bytes(), entry.file_type())?;
            }
            Ok(())
        }

        #[cfg(not(target_os = "linux"))]
        fn entries(&self, mut each: impl FnMut(&[u8], FileType) -> io::Result<()>) -> io::Result<()> {
            for entry in fs::Dir::read_from(&self.0)? {
                let entry = entry?;
                each(entry.file_name().to_bytes(), entry.file_type())?;
            }
            Ok(())
        }
    }

    fn kind(file_type: FileType) -> Kind {
        match file_type {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{self, File, FileType};
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::super::index::{Moment, Stat};
    use super::{Found, Kind, noted_size};

    /// A folder by its path.
    pub(in super::super) struct Dir(PathBuf);

    impl Dir {
        pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
            if fs::symlink_metadata(path)?.is_dir() {
                Ok(Self(path.to_owned()))
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }

        /// A folder in this one; a symbolic link is none.
        pub(in super::super) fn folder(&self, name: &[u8]) -> io::Result<Self> {
            Self::open(&self.path(name))
        }

        pub(in super::super) fn file(&self, name: &[u8]) -> io::Result<File> {
            File::open(self.path(name))
        }

        pub(in super::super) fn link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
            let target = fs::read_link(self.path(name))?;
            Ok(target.to_string_lossy().replace('\\', "/").into_bytes())
        }

        /// Only times and sizes can be compared with what git wrote here.
        pub(in super::super) fn find(&self, name: &[u8]) -> io::Result<Found> {
            let metadata = fs::symlink_metadata(self.path(name))?;
            let stat = Stat {
                ctime: moment(metadata.created()?),
                mtime: moment(metadata.modified()?),
                ino: 0,
                uid: 0,
                gid: 0,
                size: noted_size(metadata.len()),
            };
            Ok(Found { kind: kind(metadata.file_type()), executable: None, stat })
        }

        /// Every name but `.git`.
        pub(in super::super) fn names(&self, mut each: impl FnMut(&[u8], Kind)) -> io::Result<()> {
            for entry in fs::read_dir(&self.0)? {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if !name.eq_ignore_ascii_case(".git") {
                    each(name.as_bytes(), kind(entry.file_type()?));
                }
            }
            Ok(())
        }

        fn path(&self, name: &[u8]) -> PathBuf {
            self.0.join(String::from_utf8_lossy(name).as_ref())
        }
    }

    fn moment(time: SystemTime) -> Moment {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        ((since.as_secs() & 0xffff_ffff) as u32, since.subsec_nanos())
    }

    fn kind(file_type: FileType) -> Kind {
        if file_type.is_symlink() {
            Kind::Link
        } else if file_type.is_dir() {
            Kind::Folder
        } else if file_type.is_file() {
            Kind::File
        } else {
            Kind::Other
        }
    }
}

pub(super) use system::Dir;
