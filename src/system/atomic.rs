//! Files are written whole or not at all: beside their place, then renamed into it.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// A file's content, durably on the disk beside the place where it is to be.
pub(crate) struct Draft(NamedTempFile);

impl Draft {
    /// Writes a draft of the file at `path`, as readable as the user's other files.
    pub(crate) fn beside(path: &Path, content: &[u8]) -> io::Result<Self> {
        Self::named((".delivery-gate-", ""), path, content)
    }

    /// The same, with a name that begins and ends so.
    pub(crate) fn named((prefix, suffix): (&str, &str), path: &Path, content: &[u8]) -> io::Result<Self> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).suffix(suffix);
        readable_like_any_file(&mut builder);
        // The error names the draft, which nobody asked for.
        let mut file = builder.tempfile_in(folder).map_err(in_folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(Self(file))
    }

    /// Sets who may read it.
    pub(crate) fn permit(self, permissions: Permissions) -> io::Result<Self> {
        self.0.as_file().set_permissions(permissions)?;
        Ok(self)
    }

    /// Puts it in the place of whatever is there.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Puts it where nothing is.
    ///
    /// # Errors
    /// `AlreadyExists`, when something is there.
    pub(crate) fn create(self, path: &Path) -> io::Result<()> {
        self.0.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// What is told of a folder that a file was to be written in.
pub(crate) fn in_folder(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::NotFound => io::Error::new(ErrorKind::NotFound, "its folder does not exist"),
        kind => kind.into(),
    }
}

/// Temporary files are private; what is written for people is not.
#[cfg(unix)]
fn readable_like_any_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable_like_any_file(_builder: &mut tempfile::Builder<'_, '_>) {}
