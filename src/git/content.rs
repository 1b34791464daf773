//! Whether a file still has the content that git knows, where the stat data do not settle it.

use std::fs::File;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::id::{Format, Hashing, Id, id_of};

/// A larger file is not normalised in memory, in bytes.
const NORMALISE_LIMIT: u64 = 1 << 30;

/// The largest Git LFS pointer, in bytes: Git LFS itself takes a larger file for none.
pub(super) const POINTER_LIMIT: usize = 1024;

/// How much is read at once, in bytes.
const CHUNK: usize = 64 << 10;

/// What attributes say about turning a working file into a blob.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Conversion {
    pub(super) crlf: Crlf,
    pub(super) ident: bool,
    pub(super) filter: Option<String>,
    pub(super) encoding: bool,
}

/// Whether line ends become LF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Crlf {
    #[default]
    Keep,
    Convert,
    /// Unless git takes the file for binary.
    ConvertText,
}

/// The blob id of a file of `size` bytes.
pub(super) fn blob_id(format: Format, file: &mut File, size: u64) -> io::Result<Id> {
    let mut hash = Hashing::object(format, "blob", size);
    let read = feed(file, |chunk| hash.update(chunk))?;
    if read != size {
        return Err(io::Error::other("it changed while it was read"));
    }
    Ok(hash.finish())
}

/// The blob id of bytes.
pub(super) fn blob_id_of(format: Format, bytes: &[u8]) -> Id {
    id_of(format, "blob", bytes)
}

fn feed(file: &mut File, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK];
    let mut total = 0;
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(total),
            length => {
                each(&chunk[..length]);
                total += length as u64;
            }
        }
    }
}

/// The blob id after the conversions that git would make, `None` when it would make none.
pub(super) fn converted_id(
    format: Format,
    mut file: File,
    size: u64,
    conversion: &Conversion,
) -> io::Result<Option<Id>> {
    if conversion.crlf == Crlf::Keep && !conversion.ident {
        return Ok(None);
    }
    if size > NORMALISE_LIMIT {
        return Err(io::Error::other("it is too large to be normalised"));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(NORMALISE_LIMIT).read_to_end(&mut bytes)?;
    let crlf = match conversion.crlf {
        Crlf::Keep => false,
        Crlf::Convert => true,
        Crlf::ConvertText => !is_binary(&bytes),
    };
    if crlf {
        bytes = without_crlf(&bytes);
    }
    if conversion.ident {
        bytes = without_ident(&bytes);
    }
    Ok(Some(blob_id_of(format, &bytes)))
}

/// git's guess: a NUL, a CR that no LF follows, or more than one unprintable byte in 128 printable ones.
fn is_binary(bytes: &[u8]) -> bool {
    let (mut printable, mut unprintable) = (0_usize, 0_usize);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            0 => return true,
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => return true,
            b'\r' | b'\n' => {}
            0x08 | b'\t' | 0x1b | 0x0c => printable += 1,
            0x7f | 0..=0x1f => unprintable += 1,
            _ => printable += 1,
        }
    }
    // An end-of-file mark of DOS is no content.
    if bytes.last() == Some(&0x1a) {
        unprintable -= 1;
    }
    printable >> 7 < unprintable
}

pub(super) fn without_crlf(bytes: &[u8]) -> Vec<u8> {
    let keep = |at: &usize| bytes[*at] != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(keep).map(|at| bytes[at]).collect()
}

/// `$Id: anything on one line$` becomes `$Id$`.
fn without_ident(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(4).position(|window| window == b"$Id:") {
        let end = rest[at + 4..].iter().position(|byte| matches!(byte, b'$' | b'\n')).map(|end| at + 4 + end);
        match end {
            Some(end) if rest[end] == b'$' => {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(b"$Id$");
                rest = &rest[end + 1..];
            }
            _ => {
                out.extend_from_slice(&rest[..at + 4]);
                rest = &rest[at + 4..];
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Whether a file's content stands for a large file that is kept elsewhere (Git LFS).
pub(crate) fn is_pointer(bytes: &[u8]) -> bool {
    Pointer::parse(bytes).is_some()
}

/// A Git LFS pointer: what the file's content must be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    oid: String,
    size: u64,
}

impl Pointer {
    /// Reads the blob that stands for a large file (version 1 of the pointer format).
    pub(super) fn parse(blob: &[u8]) -> Option<Self> {
        let text = Some(blob).filter(|blob| blob.len() <= POINTER_LIMIT).and_then(|blob| str::from_utf8(blob).ok())?;
        let mut lines = text.lines();
        lines.next()?.strip_prefix("version https://git-lfs.github.com/spec/v1").filter(|rest| rest.is_empty())?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        let oid = value("oid sha256:").filter(|oid| oid.len() == 64)?;
        Some(Self { oid, size: value("size ")?.parse().ok()? })
    }

    /// Whether a file of `size` bytes is the one that it points at.
    pub(super) fn is_of(&self, file: &mut File, size: u64) -> io::Result<bool> {
        if size != self.size {
            return Ok(false);
        }
        let mut hash = Sha256::new();
        feed(file, |chunk| hash.update(chunk))?;
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(hex == self.oid)
    }
}
