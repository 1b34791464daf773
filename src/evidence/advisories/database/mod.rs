//! Advisories in files: a folder, a zip or a tar.gz. Everything is looked at once, and only what is about a package in
//! use is decoded whole.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::osv::{Advisory, Format, Head, Package};
use super::{Ecosystem, Match, Subject, Wanted, matched, modified};
use crate::model::escape::visible_up_to;

mod archive;
mod folder;

/// How many files a database may have.
const FILE_LIMIT: usize = 2_000_000;

/// How many bytes all its advisories may have, unpacked.
const TOTAL_LIMIT: u64 = 8 << 30;

/// What a database says.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What is about the packages in use.
    pub matches: Vec<Match>,
    /// When its newest advisory was last changed.
    pub modified: Option<Timestamp>,
    /// The ecosystems that it has advisories for.
    pub ecosystems: BTreeSet<Ecosystem>,
}

/// Looks packages up.
///
/// # Errors
/// Why the database could not be read whole: a file that is no advisory, for one.
pub fn look_up(path: &Path, wanted: &Wanted) -> Result<Found, String> {
    let reader = Reader { wanted, total: AtomicU64::new(0) };
    let unreadable = |error: std::io::Error| format!("it could not be read: {error}");
    let metadata = path.metadata().map_err(unreadable)?;
    let name = path.to_string_lossy().to_ascii_lowercase();
    let found = if metadata.is_dir() {
        folder::read(path, &reader)
    } else if name.ends_with(".zip") {
        archive::zip(path, &reader)
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        archive::tar_gz(path, &reader)
    } else {
        Err("it is neither a folder nor a .zip or .tar.gz".to_owned())
    }?;
    if found.modified.is_none() { Err("it has no advisories".to_owned()) } else { Ok(found) }
}

/// Looks packages up in one advisory, JSON or YAML by the end of its name.
///
/// # Errors
/// Why it is no advisory.
pub fn look_up_in(name: &str, advisory: &[u8], wanted: &Wanted) -> Result<Found, String> {
    let format = Format::of_path(name).ok_or("neither JSON nor YAML has this name")?;
    Reader { wanted, total: AtomicU64::new(0) }.file(name, format, advisory)
}

/// Reads one advisory after another.
struct Reader<'a> {
    wanted: &'a Wanted,
    total: AtomicU64,
}

impl Reader<'_> {
    /// What the advisory in a file says.
    fn file(&self, name: &str, format: Format, bytes: &[u8]) -> Result<Found, String> {
        self.advisory(format, bytes).map_err(|why| format!("{}: {why}", visible_up_to(name, 200)))
    }

    fn advisory(&self, format: Format, bytes: &[u8]) -> Result<Found, String> {
        let length = bytes.len() as u64;
        if self.total.fetch_add(length, Ordering::Relaxed) + length > TOTAL_LIMIT {
            return Err(format!("the database has more than {} GiB", TOTAL_LIMIT >> 30));
        }
        let head: Head = format.decode(bytes)?;
        let packages = head.affected.iter().flatten().filter_map(|one| one.package.as_ref());
        let keys: BTreeSet<_> = packages.filter_map(Package::key).collect();
        let mut found = Found {
            matches: Vec::new(),
            modified: Some(modified(&head.modified)?),
            ecosystems: keys.iter().map(|(ecosystem, _)| *ecosystem).collect(),
        };
        let subjects: Vec<_> = keys.iter().flat_map(|key| self.subjects(key)).collect();
        if !subjects.is_empty() {
            let advisory: Advisory = format.decode(bytes)?;
            found.matches = subjects.iter().filter_map(|subject| matched(&advisory, subject)).collect();
        }
        Ok(found)
    }

    fn subjects(&self, key: &(Ecosystem, String)) -> impl Iterator<Item = Subject> {
        let versions = self.wanted.versions(key).unwrap_or_default().iter();
        let (ecosystem, name) = key.clone();
        versions.map(move |version| Subject { ecosystem, name: name.clone(), version: version.clone() })
    }
}

impl Found {
    /// Both together.
    fn and(mut self, other: Self) -> Self {
        self.matches.extend(other.matches);
        self.modified = self.modified.max(other.modified);
        self.ecosystems.extend(other.ecosystems);
        self
    }
}

fn too_many() -> String {
    format!("it has more than {FILE_LIMIT} files")
}

#[cfg(test)]
mod tests;
