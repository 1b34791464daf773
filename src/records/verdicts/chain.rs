//! Whether a folder has every record that its records were made after, and each of them unchanged.

use std::collections::{HashMap, HashSet};

use ulid::Ulid;

use super::document::Digest;
use super::ledger::{BATCH, Ledger, LedgerError, read_all};
use super::seal::Sealed;
use crate::records::listing::Damaged;

/// What a folder's records come to, taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// How many are whole.
    pub records: usize,
    /// Those that were made after none, oldest first: a folder that was put together of several has several.
    pub starts: Vec<Ulid>,
    /// Those that no other was made after, oldest first, each with its digest. Whoever takes one of these away is not found out by
    /// the folder: keep their digests elsewhere.
    pub ends: Vec<(Ulid, Digest)>,
    /// What is missing, by the record that was made after it.
    pub gaps: Vec<Gap>,
    /// Files that are no whole records.
    pub damaged: Vec<Damaged>,
}

/// A record that another one was made after, and that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The other one.
    pub record_id: Ulid,
    /// The digest of what is missing.
    pub prev: Digest,
}

impl Chain {
    /// Whether nothing is missing and nothing was changed, as far as the folder itself can tell.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.records > 0 && self.gaps.is_empty() && self.damaged.is_empty()
    }
}

impl Ledger {
    /// Reads every record, recomputes each digest, and looks for every record that one was made after.
    ///
    /// # Errors
    /// The folder cannot be read; `None` where there is none.
    pub fn verify(&self) -> Result<Option<Chain>, LedgerError> {
        let Some((folder, names)) = self.names()? else { return Ok(None) };
        let mut chain = Chain { damaged: names.unknown, ..Chain::default() };
        let (mut known, mut made_after) = (HashMap::new(), Vec::new());
        for batch in names.records.chunks(BATCH) {
            let link = |sealed: Sealed, _| (sealed.record.record_id, sealed.record.prev, sealed.sha256);
            for read in read_all(&folder, batch, link) {
                match read {
                    Ok((id, prev, sha256)) => {
                        known.insert(sha256, id);
                        if prev.is_empty() {
                            chain.starts.push(id);
                        }
                        made_after.extend(prev.into_iter().map(|prev| Gap { record_id: id, prev }));
                    }
                    Err(damaged) => chain.damaged.push(damaged),
                }
            }
        }
        let named: HashSet<_> = made_after.iter().map(|link| &link.prev).collect();
        chain.records = known.len();
        let ends = known.iter().filter(|(sha256, _)| !named.contains(sha256));
        chain.ends = ends.map(|(sha256, id)| (*id, sha256.clone())).collect();
        chain.ends.sort_unstable();
        chain.gaps = made_after.into_iter().filter(|link| !known.contains_key(&link.prev)).collect();
        Ok(Some(chain))
    }
}
