//! The files that `--output` asks for. Either every one of them says what the exit code says, or none was written.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ulid::Ulid;

use super::words::names;
use crate::config::{policy, release};
use crate::evidence::claims::FOLDER;
use crate::git::Repository;
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::suggestion;
use crate::report::format::{Finished, Format};
use crate::system::atomic::{Draft, in_folder};

/// Where git keeps what is its own.
const GIT_FOLDER: &str = ".git";

/// A format and a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    format: Format,
    path: PathBuf,
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, for example json=report.json")?;
        if path.is_empty() {
            return Err("the path is empty".to_owned());
        }
        let format = Format::from_str(format, false).map_err(|_| unknown_format(format))?;
        Ok(Self { format, path: path.into() })
    }
}

fn unknown_format(word: &str) -> String {
    format!("`{word}` is not a format; {}", suggestion(word, names::<Format>().iter().map(String::as_str)))
}

/// The files, each at the place where it really is.
#[derive(Debug, Default)]
pub(super) struct Files<'t>(Vec<(&'t Target, PathBuf)>);

impl<'t> Files<'t> {
    /// Finds the places. `named` are the files that the command line asks about.
    ///
    /// # Errors
    /// A place cannot take a report: two are for it, or it holds what the gate asks about.
    pub(super) fn of(targets: &'t [Target], named: &[&Path]) -> Result<Self, Failure> {
        let mut files: Vec<(&Target, PathBuf)> = Vec::new();
        for target in targets {
            let place = destination(&target.path).map_err(|error| unwritten(target, &error))?;
            let shown = target.path.display();
            if files.iter().any(|(_, other)| *other == place) {
                return Err(refused(format!("two reports cannot be written to one file: {shown}")));
            }
            if let Some(why) = asked_about(&place, named) {
                return Err(refused(format!("a report would overwrite {shown}, {why}: choose another file")));
            }
            files.push((target, place));
        }
        Ok(Self(files))
    }

    /// Writes every file, each whole or not at all.
    ///
    /// # Errors
    /// The first that could not be written; the others are.
    pub(super) fn write(&self, finished: &Finished<'_>) -> Result<(), Failure> {
        let write = |(target, place): &(&Target, PathBuf)| {
            let text = target.format.render(finished, false);
            put(place, text.as_bytes()).map_err(|error| unwritten(target, &error))
        };
        self.0.iter().map(write).fold(Ok(()), Result::and)
    }
}

impl Files<'_> {
    /// What the next check will find in the working tree.
    pub(super) fn left_in_tree(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter_map(|(target, place)| left_in_tree(&target.path, place))
    }
}

/// What the next check will find of a file, whose place this is.
pub(super) fn left_in_tree(path: &Path, place: &Path) -> Option<String> {
    let path = path.display();
    let told =
        || format!("{path} is in the working tree: the next check finds the tree changed, unless .gitignore names it");
    changes_a_tree(place).then(told)
}

fn changes_a_tree(place: &Path) -> bool {
    let Some(Ok(repository)) = place.parent().map(Repository::discover) else { return false };
    place.strip_prefix(repository.top()).is_ok_and(|path| !repository.is_ignored(path))
}

/// The place of a statement.
///
/// # Errors
/// It cannot take one: a report is for it, or it holds what the gate asks about.
pub(super) fn place_of_statement(path: &Path, others: &[Target], named: &[&Path]) -> Result<PathBuf, Failure> {
    let shown = path.display();
    let place = destination(path);
    let place = place.map_err(|error| refused(format!("the statement could not be written to {shown}: {error}")))?;
    if others.iter().any(|other| destination(&other.path).is_ok_and(|other| other == place)) {
        return Err(refused(format!("a statement and a report cannot be written to one file: {shown}")));
    }
    match asked_about(&place, named) {
        Some(why) => Err(refused(format!("a statement would overwrite {shown}, {why}: choose another file"))),
        None => Ok(place),
    }
}

/// What is written is whole or as it was before.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    put(&destination(path)?, content)
}

fn put(place: &Path, content: &[u8]) -> io::Result<()> {
    Draft::beside(place, content)?.replace(place)
}

fn unwritten(Target { path, .. }: &Target, error: &io::Error) -> Failure {
    refused(format!("the report could not be written to {}: {error}", path.display()))
}

fn refused(message: String) -> Failure {
    Failure::new(FailureKind::Output, message)
}

/// Why a file is not ours to overwrite: the next run would read a report in its place, or what was there is lost for good.
fn asked_about(place: &Path, named: &[&Path]) -> Option<&'static str> {
    let is = |name: &str| place.file_name().is_some_and(|file| file.eq_ignore_ascii_case(name));
    if is(release::FILE) || is(policy::FILE) || named.iter().any(|path| is_at(path, place)) {
        return Some("which the gate reads");
    }
    if place.components().any(|part| part.as_os_str().eq_ignore_ascii_case(GIT_FOLDER)) {
        return Some("which is in git's own folder");
    }
    if is_among_documents(place, named) {
        return Some("which is among records or signed claims");
    }
    is_tracked(place).then_some("which git tracks")
}

fn is_at(path: &Path, place: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path == place)
}

/// Whether a place is in a folder whose every `*.json` is taken for a record or for a signed claim: one that the command line
/// names, that of signed claims, or one that has a record.
fn is_among_documents(place: &Path, named: &[&Path]) -> bool {
    let is_json = |path: &Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let Some(folder) = place.parent().filter(|_| is_json(place)) else { return false };
    let claims = Path::new(FOLDER);
    let is_of_claims = || folder.ancestors().any(|above| above.ends_with(claims));
    named.iter().any(|path| is_at(path, folder)) || is_of_claims() || has_record(folder)
}

/// Whether a folder has a file that is called as a record is.
fn has_record(folder: &Path) -> bool {
    let is_record = |name: &str| name.strip_suffix(".json").is_some_and(|id| id.parse::<Ulid>().is_ok());
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_str().is_some_and(is_record))
}

fn is_tracked(place: &Path) -> bool {
    let Some(repository) = place.parent().and_then(|folder| Repository::discover(folder).ok()) else { return false };
    let inside = repository.top().canonicalize().ok().and_then(|top| place.strip_prefix(top).ok().map(Path::to_owned));
    inside.is_some_and(|path| repository.is_tracked(&path).unwrap_or(false))
}

/// A symbolic link keeps pointing where it points; a device or a folder is not replaced by a file.
fn destination(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => path.canonicalize(),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "it is there and is not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound => new(path),
        Err(error) => Err(error),
    }
}

/// Where a file that is not there yet will be.
fn new(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    Ok(folder.canonicalize().map_err(in_folder)?.join(name))
}
