//! A check before the tag is there.

use std::fmt;

use super::escape::visible_up_to;

/// As much of a tag's name as is shown.
const NAME_LIMIT: usize = 200;

/// What a rehearsal knows of the release's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearsal {
    /// It is not there; this is its name, or the first one that it may have. Of several packages, those of all that lack one.
    Untagged(String),
    /// A tag of that name is there already, for each package.
    Tagged(String),
    /// No release is being prepared: this version was tagged at an earlier commit, or all of these.
    Out(String),
}

/// As it stands behind the decision.
impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untagged(tag) => write!(f, "rehearsal: {} {} not tagged", visible_up_to(tag, NAME_LIMIT), verb(tag)),
            Self::Tagged(tag) => write!(f, "rehearsal: {} {} tagged", visible_up_to(tag, NAME_LIMIT), verb(tag)),
            Self::Out(version) => write!(f, "no release is being prepared: {version} {} out", verb(version)),
        }
    }
}

/// Those of several packages stand behind one another.
fn verb(names: &str) -> &'static str {
    if names.contains(", ") { "are" } else { "is" }
}
