//! An index file in blocks, the checksum at its end left out: what was parsed is not kept, and of a large one the next block is read and
//! hashed meanwhile.

use std::fs::File;
use std::io::{self, Read, Take};
use std::mem;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::super::id::{Format, Hashing, Id};
use super::{HEADER, Moment, moment};
use crate::system::files::open_without_waiting;

/// The largest index that is read, in bytes: some ten million entries.
const SIZE_LIMIT: u64 = 1 << 30;

/// From this size on, in bytes, a thread of its own pays for reading and hashing.
const LARGE: u64 = 1 << 20;

/// How many bytes are read at once.
const BLOCK: u64 = 1 << 18;

/// An index file that was opened.
pub(super) struct Opened {
    file: File,
    /// In bytes.
    pub(super) length: u64,
    /// When it was last written.
    pub(super) written: Option<Moment>,
}

/// The part of an index that is being parsed.
pub(super) struct Window<'w> {
    pub(super) bytes: Vec<u8>,
    /// How much of it was parsed.
    pub(super) at: usize,
    next: Next<'w>,
}

impl Window<'_> {
    /// Puts the next block behind what was not parsed yet; false at the end.
    pub(super) fn extend(&mut self) -> bool {
        let Some(block) = (self.next)() else { return false };
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(&block);
        true
    }
}

impl Opened {
    /// Opens an index; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be opened, or is not a file of a sensible size.
    pub(super) fn at(path: &Path) -> Result<Option<Self>, String> {
        let file = match open_without_waiting(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(unreadable)?,
        };
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() || metadata.len() > SIZE_LIMIT {
            return Err("the index is not a file of a sensible size".to_owned());
        }
        let written = metadata.modified().ok().and_then(moment);
        Ok(Some(Self { file, length: metadata.len(), written }))
    }

    /// What `parse` makes of the header and all behind it, and the checksum at the end, which is that of the whole or zeros.
    ///
    /// # Errors
    /// It cannot be read, its checksum is wrong, or what `parse` says.
    pub(super) fn parsed<T>(
        self,
        format: Format,
        parse: impl FnOnce(&mut Window<'_>) -> Result<T, String>,
    ) -> Result<(T, Id), String> {
        let mut blocks = Blocks {
            file: self.file.take(SIZE_LIMIT),
            kept: format.bytes(),
            hashing: Hashing::new(format),
            held: Vec::new(),
        };
        let bytes = blocks.next().map_err(unreadable)?.unwrap_or_default();
        if bytes.len() < HEADER || !bytes.starts_with(b"DIRC") {
            return Err(corrupt("it has no header"));
        }
        let parse = |next: Next<'_>| {
            let parsed = parse(&mut Window { bytes, at: HEADER, next });
            // What is hashed is the whole, however far the parser came.
            while next().is_some() {}
            parsed
        };
        let (parsed, checksum) = if self.length < LARGE { blocks.by_turns(parse) } else { blocks.beside(parse) };
        checksum.and_then(|checksum| Ok((parsed?, checksum)))
    }
}

/// A file that is read and hashed by blocks.
struct Blocks {
    file: Take<File>,
    /// How many bytes the checksum has.
    kept: usize,
    hashing: Hashing,
    /// The last bytes that were read: they may be the checksum.
    held: Vec<u8>,
}

impl Blocks {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = mem::take(&mut self.held);
        let is_at_end = self.file.by_ref().take(BLOCK).read_to_end(&mut block)? == 0;
        self.held = block.split_off(block.len().saturating_sub(self.kept));
        self.hashing.update(&block);
        Ok((!is_at_end).then_some(block))
    }

    /// # Errors
    /// It is not that of what was read. `index.skipHash` writes zeros.
    fn checksum(self) -> Result<Id, String> {
        let checksum = Id::from_bytes(&self.held).filter(|checksum| {
            let is_skipped = checksum.as_bytes().iter().all(|byte| *byte == 0);
            is_skipped || self.hashing.finish() == *checksum
        });
        checksum.ok_or_else(|| corrupt("its checksum is wrong"))
    }

    fn by_turns<T>(mut self, parse: impl FnOnce(Next<'_>) -> T) -> (T, Result<Id, String>) {
        let mut failed = None;
        let parsed = parse(&mut || {
            self.next().unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        (parsed, failed.map_or_else(|| self.checksum(), |error| Err(unreadable(error))))
    }

    /// Not by the threads of the pool: while this one waits it would take a job that waits for the index.
    fn beside<T>(mut self, parse: impl FnOnce(Next<'_>) -> T) -> (T, Result<Id, String>) {
        let (send, receive) = sync_channel(2);
        thread::scope(|scope| {
            let read = scope.spawn(move || {
                while let Some(block) = self.next().map_err(unreadable)? {
                    // Somebody takes them to the end.
                    if send.send(block).is_err() {
                        break;
                    }
                }
                self.checksum()
            });
            let parsed = parse(&mut || receive.recv().ok());
            (parsed, read.join().unwrap_or_else(|_| Err("the index could not be read".to_owned())))
        })
    }
}

/// Asks for the next block.
type Next<'n> = &'n mut dyn FnMut() -> Option<Vec<u8>>;

fn unreadable(error: io::Error) -> String {
    format!("the index could not be read: {error}")
}

pub(super) fn corrupt(what: &str) -> String {
    format!("the index is corrupt: {what}")
}
