//! Advisories in an archive. Nothing is written to disk, so the names in it lead nowhere.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use rayon::prelude::*;
use tar::Archive;
use zip::ZipArchive;

use super::{FILE_LIMIT, Found, Reader, TOTAL_LIMIT, too_many};
use crate::advisories::osv::{Format, SIZE_LIMIT};
use crate::files::read_anywhere;

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
    (0..archive.len())
        .into_par_iter()
        .map_init(|| archive.clone(), |archive, index| member(archive, index, reader))
        .try_reduce(Found::default, |one, other| Ok(one.and(other)))
}

fn member(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, reader: &Reader<'_>) -> Result<Found, String> {
    let file = archive.by_index(index).map_err(|error| format!("file {index} of the zip: {error}"))?;
    let name = file.name().map_err(|error| format!("file {index} of the zip: {error}"))?.into_owned();
    match Format::of_path(&name).filter(|_| file.is_file()) {
        None => Ok(Found::default()),
        Some(format) => reader.file(&name, format, &bounded(file).map_err(|why| format!("{name}: {why}"))?),
    }
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
    let mut archive = Archive::new(unpacked);
    let broken = |error| format!("no tar.gz: {error}");
    let (mut found, mut batch, mut size) = (Found::default(), Vec::new(), 0);
    for (index, entry) in archive.entries().map_err(broken)?.enumerate() {
        let entry = entry.map_err(broken)?;
        if index >= FILE_LIMIT {
            return Err(too_many());
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(format) = Format::of_path(&name).filter(|_| entry.header().entry_type().is_file()) else { continue };
        let bytes = bounded(entry).map_err(|why| format!("{name}: {why}"))?;
        size += bytes.len();
        batch.push((name, format, bytes));
        if size > BATCH {
            found = found.and(together(&batch, reader)?);
            (batch, size) = (Vec::new(), 0);
        }
    }
    Ok(found.and(together(&batch, reader)?))
}

fn together(batch: &[Unpacked], reader: &Reader<'_>) -> Result<Found, String> {
    let found = batch.par_iter().map(|(name, format, bytes)| reader.file(name, *format, bytes));
    found.try_reduce(Found::default, |one, other| Ok(one.and(other)))
}
