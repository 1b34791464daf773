//! Records as JSON lines by day, for an engine that reads folders: `dt=2026-11-29/part-<ULID>.jsonl`. Each line is the
//! record's own, so that its digests hold there too.
//!
//! A part is never changed once it is there. A record that a part of its day has is not written again, so that however often
//! a folder is exported to one place, each record is there once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use ulid::Ulid;

use super::ledger::{BATCH, Ledger, LedgerError, read_all};
use super::seal::Sealed;
use crate::records::folder::LIMIT;
use crate::records::listing::Damaged;
use crate::records::name::TEMPORARY;
use crate::system::atomic::Draft;
use crate::system::files;

/// What a part's name begins with.
const PREFIX: &str = "part-";

/// How large a part gets before another is begun, in bytes before it is compressed.
const PART: usize = 64 << 20;

/// How many bytes of lines are in memory before the largest part is written.
const ROOM: usize = 256 << 20;

/// How often a part's name may be taken by another export of the same records.
const ATTEMPTS: usize = 100;

/// How a part is packed, by the end of its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Packing {
    /// Not at all: .jsonl
    #[default]
    Plain,
    /// With gzip: .jsonl.gz
    Gzip,
}

impl Packing {
    const ALL: [Self; 2] = [Self::Plain, Self::Gzip];

    fn suffix(self) -> &'static str {
        match self {
            Self::Plain => ".jsonl",
            Self::Gzip => ".jsonl.gz",
        }
    }
}

/// What an export wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// How many records are new there.
    pub records: usize,
    /// How many were there already.
    pub known: usize,
    /// The new files.
    pub parts: Vec<PathBuf>,
    /// Files that are no whole records: none of them was exported.
    pub damaged: Vec<Damaged>,
}

/// Why not everything was exported.
#[derive(Debug)]
pub enum ExportError {
    /// The records cannot be read.
    Ledger(LedgerError),
    /// What is there already is no part of an export, so that nobody can tell what it has.
    Unknown(PathBuf, String),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(error) => error.fmt(f),
            Self::Unknown(path, why) => {
                write!(f, "nobody can tell which records {} has ({why}): export to a folder of its own", path.display())
            }
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<LedgerError> for ExportError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// What a line begins with: enough to know which record it is.
#[derive(Deserialize)]
struct Line {
    record_id: Ulid,
}

/// Lines that wait to be written, by the record's id.
type Waiting = BTreeMap<Ulid, Vec<u8>>;

struct Export<'a> {
    out: &'a Path,
    packing: Packing,
    /// The records that are there, by day.
    there: HashMap<String, HashSet<Ulid>>,
    waiting: BTreeMap<String, (usize, Waiting)>,
    waiting_bytes: usize,
    done: Exported,
}

impl Ledger {
    /// Writes every whole record that is not there yet into the folder `out`.
    ///
    /// # Errors
    /// Not everything was written; what was, is whole.
    pub fn export(&self, out: &Path, packing: Packing) -> Result<Exported, ExportError> {
        let mut export = Export::to(out, packing);
        let Some((folder, names)) = self.names()? else { return Ok(export.done) };
        export.done.damaged = names.unknown;
        for batch in names.records.chunks(BATCH) {
            let kept = |sealed: Sealed, line| (sealed.record.day().to_owned(), sealed.record.record_id, line);
            for read in read_all(&folder, batch, kept) {
                match read {
                    Ok((day, id, line)) => export.add(&day, id, line)?,
                    Err(damaged) => export.done.damaged.push(damaged),
                }
            }
        }
        export.finish()
    }
}

impl<'a> Export<'a> {
    fn to(out: &'a Path, packing: Packing) -> Self {
        let (there, waiting, done) = (HashMap::new(), BTreeMap::new(), Exported::default());
        Self { out, packing, there, waiting, waiting_bytes: 0, done }
    }

    fn add(&mut self, day: &str, id: Ulid, line: Vec<u8>) -> Result<(), ExportError> {
        if !self.there.contains_key(day) {
            self.there.insert(day.to_owned(), there(&self.folder(day))?);
        }
        if self.there.get(day).is_some_and(|there| there.contains(&id)) {
            self.done.known += 1;
            return Ok(());
        }
        let (bytes, lines) = self.waiting.entry(day.to_owned()).or_default();
        *bytes += line.len();
        self.waiting_bytes += line.len();
        let is_full = *bytes >= PART;
        lines.insert(id, line);
        if is_full {
            return self.write(day);
        }
        if self.waiting_bytes < ROOM {
            return Ok(());
        }
        let largest = self.waiting.iter().max_by_key(|(_, (bytes, _))| *bytes).map(|(day, _)| day.clone());
        largest.map_or(Ok(()), |day| self.write(&day))
    }

    fn finish(mut self) -> Result<Exported, ExportError> {
        let days: Vec<_> = self.waiting.keys().cloned().collect();
        days.iter().try_for_each(|day| self.write(day))?;
        Ok(self.done)
    }

    fn folder(&self, day: &str) -> PathBuf {
        self.out.join(format!("dt={day}"))
    }

    /// Writes what waits for a day as one part. Another export may have been faster: then what it wrote is not written again.
    fn write(&mut self, day: &str) -> Result<(), ExportError> {
        let Some((bytes, mut lines)) = self.waiting.remove(day) else { return Ok(()) };
        self.waiting_bytes -= bytes;
        let folder = self.folder(day);
        fs::create_dir_all(&folder).map_err(|error| ExportError::Io(folder.clone(), error))?;
        for _ in 0..ATTEMPTS {
            let Some(first) = lines.keys().next().copied() else { return Ok(()) };
            let path = folder.join(format!("{PREFIX}{first}{}", self.packing.suffix()));
            match put(&path, &self.packing, &lines) {
                Ok(()) => {
                    self.done.records += lines.len();
                    self.done.parts.push(path);
                    self.there.entry(day.to_owned()).or_default().extend(lines.keys());
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let there = there(&folder)?;
                    let before = lines.len();
                    lines.retain(|id, _| !there.contains(id));
                    self.done.known += before - lines.len();
                }
                Err(error) => return Err(ExportError::Io(path, error)),
            }
        }
        Err(ExportError::Io(folder, ErrorKind::AlreadyExists.into()))
    }
}

/// Writes a part beside its place and renames it there, if nothing has its name.
fn put(path: &Path, packing: &Packing, lines: &Waiting) -> io::Result<()> {
    let mut plain = Vec::with_capacity(lines.values().map(Vec::len).sum());
    lines.values().for_each(|line| plain.extend_from_slice(line));
    let bytes = match packing {
        Packing::Plain => plain,
        Packing::Gzip => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&plain)?;
            packed.finish()?
        }
    };
    Draft::named(TEMPORARY, path, &bytes)?.create(path)
}

/// The records that the parts of a day's folder have.
fn there(folder: &Path) -> Result<HashSet<Ulid>, ExportError> {
    let failed = |error: io::Error| ExportError::Io(folder.to_owned(), error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut ids = HashSet::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let packing =
            Packing::ALL.into_iter().find(|packing| rest.ends_with(packing.suffix()) && is_part(rest, *packing));
        let unknown = |why: String| ExportError::Unknown(path.clone(), why);
        let packing = packing.ok_or_else(|| unknown("its name is no part's".to_owned()))?;
        ids_of(&path, packing, &mut ids).map_err(unknown)?;
    }
    Ok(ids)
}

fn is_part(rest: &str, packing: Packing) -> bool {
    rest.strip_suffix(packing.suffix()).is_some_and(|id| Ulid::from_string(id).is_ok())
}

fn ids_of(path: &Path, packing: Packing, ids: &mut HashSet<Ulid>) -> Result<(), String> {
    let file = files::open_without_waiting(path).map_err(|error| error.to_string())?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a regular file".to_owned());
    }
    let unpacked: Box<dyn Read> = match packing {
        Packing::Plain => Box::new(file),
        Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
    };
    let mut lines = BufReader::with_capacity(1 << 20, unpacked);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut lines).take(LIMIT + 1).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        if length == 0 {
            return Ok(());
        }
        let read: Line = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        ids.insert(read.record_id);
    }
}
