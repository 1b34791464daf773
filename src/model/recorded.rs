//! Where a verdict was recorded.

use std::fmt;

/// Where the verdict was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The file.
    pub path: String,
    /// The record's id, a ULID.
    pub id: String,
    /// Of the file's bytes, 64 hex digits: the next record names it, and a tag's message may.
    pub sha256: String,
}

/// As `records/01J….json (SHA-256 …)`.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SHA-256 {})", self.path, self.sha256)
    }
}
