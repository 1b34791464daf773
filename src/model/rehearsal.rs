//! A check before the tag is there.

use std::fmt;

/// What a rehearsal knows of the release's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearsal {
    /// It is not there; this is its name, or the first one that it may have.
    Untagged(String),
    /// A tag of that name is there already.
    Tagged(String),
    /// No release is being prepared: this version was tagged at an earlier commit.
    Out(String),
}

/// As it stands behind the decision.
impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untagged(tag) => write!(f, "rehearsal: {tag} is not tagged"),
            Self::Tagged(tag) => write!(f, "rehearsal: {tag} is tagged"),
            Self::Out(version) => write!(f, "no release is being prepared: {version} is out"),
        }
    }
}
