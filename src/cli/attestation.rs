//! `check --attestation svr=FILE`: a GO as a statement for other tools. The file is there after a GO that the exit code says, and
//! after nothing else.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};

use super::ssh;
use super::targets::{self, Target};
use crate::evidence::claims::{Standing, encoded, sealed};
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::suggestion;
use crate::system::environment::Environment;

/// The kinds of statements.
const KINDS: [&str; 1] = ["svr"];

/// The statement that a GO is written as.
#[derive(Debug, clap::Args)]
pub(super) struct Attestation {
    /// On GO, an in-toto statement for other tools
    #[arg(long = "attestation", value_name = "svr=FILE", conflicts_with = "before_tag")]
    #[arg(value_parser = NonEmptyStringValueParser::new().try_map(|text| file_of(&text)))]
    file: Option<PathBuf>,
    /// Sign that statement with this SSH key
    #[arg(long, value_name = "KEY", requires = "file")]
    sign: Option<PathBuf>,
}

/// The file of `svr=FILE`.
fn file_of(text: &str) -> Result<PathBuf, String> {
    let (kind, path) = text.split_once('=').ok_or("write it as KIND=FILE, for example svr=gate.intoto.json")?;
    if !KINDS.contains(&kind) {
        return Err(format!("`{kind}` is no kind of statement; {}", suggestion(kind, KINDS.into_iter())));
    }
    match path {
        "" => Err("the path is empty".to_owned()),
        "-" => Err("standard output is the report's: name a file".to_owned()),
        path => Ok(path.into()),
    }
}

/// A statement that is asked for, and the place where it will be. None is there yet, and none stays unless it is kept: not after a
/// GO that could not be told, and not after a panic.
pub(super) struct Asked<'a> {
    file: &'a Path,
    place: PathBuf,
    key: Option<&'a Path>,
    is_kept: bool,
}

impl Attestation {
    /// The key that signs.
    pub(super) fn key(&self) -> Option<&Path> {
        self.sign.as_deref()
    }

    /// Takes away what an earlier run left, so that whatever becomes of this one, nobody takes it for this one's. `others` are
    /// the reports that are asked for, `named` the files that the command line asks about.
    pub(super) fn begin(&self, others: &[Target], named: &[&Path]) -> Result<Option<Asked<'_>>, Failure> {
        let Some(file) = &self.file else { return Ok(None) };
        let place = targets::place_of_statement(file, others, named)?;
        let asked = Asked { file, place, key: self.key(), is_kept: false };
        asked.key.map_or(Ok(()), ssh::find).map_err(|why| asked.unwritten(&why))?;
        asked
            .take_back()
            .map_err(|error| asked.unwritten(&format!("what is there could not be taken away: {error}")))?;
        Ok(Some(asked))
    }
}

impl Asked<'_> {
    /// Writes the statement of a GO, whole.
    pub(super) fn write(&self, statement: Result<String, String>) -> Result<(), Failure> {
        let text = statement.map_err(|why| self.unwritten(&why))?;
        let text = match self.key {
            Some(key) => envelope(&text, key).map_err(|why| self.unwritten(&why))?,
            None => text,
        };
        targets::write_whole(&self.place, text.as_bytes()).map_err(|error| self.unwritten(&error.to_string()))
    }

    /// Leaves what was written where it is: the exit code says GO. Returns what the next check will find of it.
    pub(super) fn keep(mut self) -> Option<String> {
        self.is_kept = true;
        targets::left_in_tree(self.file, &self.place)
    }

    fn take_back(&self) -> io::Result<()> {
        match fs::remove_file(&self.place) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn unwritten(&self, why: &str) -> Failure {
        let message = format!("the statement could not be written to {}: {why}", self.file.display());
        Failure::new(FailureKind::Output, message)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // That it cannot be taken away is no news any more: the exit code is none of a GO.
            let _ = self.take_back();
        }
    }
}

/// The DSSE envelope over a statement. Its predicate is none of a claim, so that no reader of claims takes it for one.
fn envelope(text: &str, key: &Path) -> Result<String, String> {
    let payload = text.as_bytes();
    let armour = ssh::signature(&encoded(payload), key, &Environment::of_process(), text)?;
    let (envelope, _) = sealed(payload, &armour).map_err(|unfit| match unfit.into() {
        Standing::Wrong(why) | Standing::Unproven(why) => format!("what {} wrote is not taken: {why}", ssh::PROGRAM),
        Standing::Holds => String::new(),
    })?;
    Ok(envelope)
}
