//! Advisories in an archive. Nothing is written to disk, so the names in it lead nowhere.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Take};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use rayon::prelude::*;
use tar::Archive;
use zip::ZipArchive;

use super::{FILE_LIMIT, Found, Reader, TOTAL_LIMIT, too_many};
use crate::evidence::advisories::osv::{Format, SIZE_LIMIT};
use crate::model::escape::visible_up_to;
use crate::system::files::read_anywhere;

/// The largest archive, in bytes.
const ARCHIVE_LIMIT: u64 = 2 << 30;

/// How many bytes of a stream are unpacked before they are read together.
const BATCH: usize = 8 << 20;

pub(super) fn zip(path: &Path, reader: &Reader<'_>) -> Result<Found, String> {
    let bytes = read_anywhere(path, ARCHIVE_LIMIT).map_err(|error| error.to_string())?;
    let archive = ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(|error| format!("no zip: {error}"))?;
    if archive.len() > FILE_LIMIT {
        return Err(too_many());
    }
    if archive.has_duplicate_names() {
        return Err("two files of the zip have one name".to_owned());
    }
    (0..archive.len())
        .into_par_iter()
        .map_init(|| archive.clone(), |archive, index| member(archive, index, reader))
        .try_reduce(Found::default, |one, other| Ok(one.and(other)))
}

fn member(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, reader: &Reader<'_>) -> Result<Found, String> {
    let file = archive.by_index(index).map_err(|error| format!("file {index} of the zip: {error}"))?;
    let name = file.name().map_err(|error| format!("file {index} of the zip: {error}"))?.into_owned();
    let Some(format) = Format::of_path(&name).filter(|_| !file.is_dir()) else { return Ok(Found::default()) };
    let named = |why: String| format!("{}: {why}", visible_up_to(&name, 200));
    if !file.is_file() {
        return Err(named("it is a link".to_owned()));
    }
    reader.file(&name, format, &bounded(file).map_err(named)?)
}

fn bounded(stream: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    stream.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > SIZE_LIMIT { Err(format!("larger than {} MiB", SIZE_LIMIT >> 20)) } else { Ok(bytes) }
}

type Unpacked = (String, Format, Vec<u8>);

pub(super) fn tar_gz(path: &Path, reader: &Reader<'_>) -> Result<Found, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let unpacked = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)).take(TOTAL_LIMIT);
    let mut archive = Archive::new(Ending { stream: unpacked, zeros: 0 });
    let broken = |error| format!("no tar.gz: {error}");
    let (mut found, mut batch, mut size) = (Found::default(), Vec::new(), 0);
    for (index, entry) in archive.entries().map_err(broken)?.enumerate() {
        let entry = entry.map_err(broken)?;
        if index >= FILE_LIMIT {
            return Err(too_many());
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        let Some(format) = Format::of_path(&name).filter(|_| !kind.is_dir()) else { continue };
        let named = |why: String| format!("{}: {why}", visible_up_to(&name, 200));
        if !kind.is_file() {
            return Err(named("it is a link, or no plain file".to_owned()));
        }
        let bytes = bounded(entry).map_err(named)?;
        size += bytes.len();
        batch.push((name, format, bytes));
        if size > BATCH {
            found = found.and(together(&batch, reader)?);
            (batch, size) = (Vec::new(), 0);
        }
    }
    archive.into_inner().finish().map_err(|why| format!("no whole tar.gz: {why}"))?;
    Ok(found.and(together(&batch, reader)?))
}

/// A stream that knows how many zeros it ended with so far: a tar ends with blocks of them, and one that was cut off
/// between two files looks whole without.
struct Ending<R> {
    stream: Take<R>,
    zeros: usize,
}

/// How many zeros are one block of a tar.
const BLOCK: usize = 512;

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.stream.read(buffer)?;
        let after = buffer[..length].iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if after == length { self.zeros + after } else { after };
        Ok(length)
    }
}

impl<R: Read> Ending<R> {
    /// Reads the rest, whose end has the checksum of all.
    fn finish(mut self) -> Result<(), String> {
        if self.zeros < BLOCK {
            return Err("its end is missing".to_owned());
        }
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.read(&mut buffer).map_err(|error| error.to_string())? {
                0 if self.stream.limit() == 0 => {
                    return Err(format!("it unpacks to more than {} GiB", TOTAL_LIMIT >> 30));
                }
                0 => return Ok(()),
                length if self.zeros < length => return Err("something follows its end".to_owned()),
                _ => {}
            }
        }
    }
}

fn together(batch: &[Unpacked], reader: &Reader<'_>) -> Result<Found, String> {
    let found = batch.par_iter().map(|(name, format, bytes)| reader.file(name, *format, bytes));
    found.try_reduce(Found::default, |one, other| Ok(one.and(other)))
}
