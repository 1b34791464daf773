//! How a record is sealed: its line ends in the SHA-256 of everything before, so that a byte that changed is seen in the file
//! alone, and `head -c -86 FILE | sha256sum` recomputes it.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use super::document::{Digest, VerdictRecord};
use crate::structured::pretty;

/// What stands before the digest.
const BEFORE: &[u8] = b",\"content_sha256\":\"";

/// What stands behind it.
const AFTER: &[u8] = b"\"}\n";

/// How many hex digits it has.
const DIGITS: usize = 64;

/// How many bytes from the end the digest begins: what stands before this many bytes more, [`BEFORE`] among them, is sealed.
const TAIL: usize = BEFORE.len() + DIGITS + AFTER.len();

/// How the name of every version of the format begins.
const FAMILY: &str = "delivery-gate/record/v";

/// A record that was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// What it says.
    pub record: VerdictRecord,
    /// Of the file's bytes: what later records name it by.
    pub sha256: Digest,
}

/// What tells a record of another version from no record at all.
#[derive(Deserialize)]
struct Versioned {
    record_schema: String,
}

/// The line of a record: one line of JSON with its end, sealed.
#[must_use]
pub fn line(record: &VerdictRecord) -> Vec<u8> {
    let unsealed = VerdictRecord { content_sha256: Digest("0".repeat(DIGITS)), ..record.clone() };
    let mut line = (pretty::to_line(&unsealed) + "\n").into_bytes();
    line.truncate(line.len().saturating_sub(TAIL));
    let digest = hex(&Sha256::digest(&line));
    line.extend([BEFORE, digest.as_bytes(), AFTER].concat());
    line
}

/// Reads a file's bytes, which must be the record with this id, unchanged since it was written.
///
/// # Errors
/// What is wrong, in one line.
pub fn read(bytes: &[u8], id: Ulid) -> Result<Sealed, String> {
    let record: VerdictRecord = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
    let sealed = bytes.len().checked_sub(TAIL).map(|at| bytes.split_at(at));
    let whole = sealed.filter(|(_, tail)| tail.starts_with(BEFORE) && tail.ends_with(AFTER));
    let Some((content, tail)) = whole else {
        return Err(
            "it does not end in its digest, as every record does: it was changed after it was written".to_owned()
        );
    };
    let mut hash = Sha256::new();
    hash.update(content);
    let said = hex(&hash.clone().finalize());
    if record.content_sha256.0 != said {
        return Err(format!("it was changed after it was written: its content has the SHA-256 {said}"));
    }
    if record.record_id != id {
        return Err(format!("it is the record {}, under another one's name", record.record_id));
    }
    if !record.has_a_day() {
        return Err("`judged_at` is not a time in UTC with milliseconds".to_owned());
    }
    hash.update(tail);
    Ok(Sealed { record, sha256: Digest(hex(&hash.finalize())) })
}

/// Why bytes are no record of this version.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> String {
    let versioned: Result<Versioned, _> = serde_json::from_slice(bytes);
    match versioned {
        Ok(Versioned { record_schema: schema })
            if schema.starts_with(FAMILY) && error.is_data() && schema != format!("{FAMILY}1") =>
        {
            format!("it is of another version of the format, {schema:?}: read it with a newer delivery-gate")
        }
        _ => error.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
