//! References to decisions in the text of a change.

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// The id of a decision in a service: `[A-Za-z0-9_-]{1,128}`.
    Decision(String),
    /// The number (or name) of an architecture decision record, with its `ADR-`: `ADR-012`.
    Adr(String),
}

impl Reference {
    /// The reference as people know it.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Decision(id) | Self::Adr(id) => id,
        }
    }
}
