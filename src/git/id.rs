//! Object ids of both kinds. Every id that is kept, compared or put into a set is one of these.
//!
//! libgit2's own type is good for asking libgit2 and nothing else: its hash takes in bytes behind a SHA-1 that its equality
//! does not look at, so that a set of them holds equal ids twice and misses one that it has.

use std::fmt;
use std::hash::{Hash, Hasher};

use git2::{Error, ObjectFormat, Repository as Handle};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// With which hash a repository names its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Sha1,
    Sha256,
}

impl Format {
    pub(super) fn of(handle: &Handle) -> Self {
        match handle.object_format() {
            ObjectFormat::Sha1 => Self::Sha1,
            ObjectFormat::Sha256 => Self::Sha256,
        }
    }

    /// How many bytes an id has.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// How many hex digits an id has.
    pub(super) const fn digits(self) -> usize {
        2 * self.bytes()
    }
}

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Id {
    /// An id of a repository's kind, written out in hex digits.
    ///
    /// # Errors
    /// The text is none: too short, too long, or something else.
    pub(super) fn parse(handle: &Handle, text: &str) -> Result<Self, Error> {
        let format = Format::of(handle);
        Self::read(format, text)
            .ok_or_else(|| Error::from_str(&format!("`{text}` is no object id of {} hex digits", format.digits())))
    }

    /// The same of a kind that is known.
    pub(super) fn read(format: Format, text: &str) -> Option<Self> {
        let digits = Some(text.as_bytes()).filter(|digits| digits.len() == format.digits())?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
            *byte = (high | low <= 0xf).then_some(high << 4 | low)?;
        }
        Self::from_bytes(&bytes[..format.bytes()])
    }

    /// An id by its bytes: 20 or 32.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            20 => Some(Self::Sha1(bytes.try_into().ok()?)),
            32 => Some(Self::Sha256(bytes.try_into().ok()?)),
            _ => None,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Sha1(_) => Format::Sha1,
            Self::Sha256(_) => Format::Sha256,
        }
    }

    /// For asking libgit2.
    #[expect(clippy::disallowed_types)]
    pub(super) fn oid(&self) -> Result<git2::Oid, Error> {
        git2::Oid::from_bytes(self.as_bytes())
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, into: &mut H) {
        self.as_bytes().hash(into);
    }
}

#[expect(clippy::disallowed_types)]
impl From<git2::Oid> for Id {
    fn from(id: git2::Oid) -> Self {
        match <[u8; 20]>::try_from(id.as_bytes()) {
            Ok(bytes) => Self::Sha1(bytes),
            Err(_) => {
                let mut bytes = [0; 32];
                bytes.iter_mut().zip(id.as_bytes()).for_each(|(byte, known)| *byte = *known);
                Self::Sha256(bytes)
            }
        }
    }
}

/// What each hex digit stands for; 0xff for what is none.
const DIGITS: [u8; 256] = {
    let (mut digits, mut value) = ([0xff; 256], 0);
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// The hex digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (mut pairs, mut byte) = ([[0; 2]; 256], 0);
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, mut text) = (self.as_bytes(), [[0; 2]; 32]);
        text.iter_mut().zip(bytes).for_each(|(pair, byte)| *pair = PAIRS[usize::from(*byte)]);
        let text = text.as_flattened();
        f.write_str(str::from_utf8(&text[..2 * bytes.len()]).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of an object on the way: of its header and its content.
pub(super) enum Hashing {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hashing {
    pub(super) fn new(format: Format) -> Self {
        match format {
            Format::Sha1 => Self::Sha1(Sha1::new()),
            Format::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    /// For an object of a kind (`blob`, `tree`) whose content has `size` bytes.
    pub(super) fn object(format: Format, kind: &str, size: u64) -> Self {
        let mut hashing = Self::new(format);
        hashing.update(format!("{kind} {size}\0").as_bytes());
        hashing
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Id {
        match self {
            Self::Sha1(hash) => Id::Sha1(hash.finalize().into()),
            Self::Sha256(hash) => Id::Sha256(hash.finalize().into()),
        }
    }
}

/// The id of an object that is all here.
pub(super) fn id_of(format: Format, kind: &str, bytes: &[u8]) -> Id {
    let mut hashing = Hashing::object(format, kind, bytes.len() as u64);
    hashing.update(bytes);
    hashing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_all_its_digits_and_no_more() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        let long = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assert_eq!(Id::read(Format::Sha1, text).map(|id| id.to_string()).as_deref(), Some(text));
        assert_eq!(Id::read(Format::Sha256, long).map(|id| id.to_string()).as_deref(), Some(long));
        assert_eq!(Id::read(Format::Sha1, &text.to_uppercase()), Id::read(Format::Sha1, text));
        for (format, wrong) in [(Format::Sha1, &text[1..]), (Format::Sha1, long), (Format::Sha256, text)] {
            assert_eq!(Id::read(format, wrong), None, "{wrong}");
        }
        assert_eq!(Id::read(Format::Sha1, &text.replace('0', "g")), None);
    }

    /// `git hash-object -t blob /dev/null`, and the same in a repository of SHA-256.
    #[test]
    fn an_empty_blob_is_called_as_git_calls_it() {
        let of = |format| id_of(format, "blob", b"").to_string();
        assert_eq!(of(Format::Sha1), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(of(Format::Sha256), "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
    }
}
