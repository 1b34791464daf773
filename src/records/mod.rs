//! Durable records, each a JSON file in a directory of its kind, all by one writer: of every gate, and of verdicts.

use std::sync::{Mutex, PoisonError};

mod folder;
mod listing;
mod name;
mod purge;
mod record;
pub(crate) mod settings;
mod shelf;
mod status;
mod store;
pub(crate) mod verdicts;

pub use listing::{Damaged, Filter, Listing};
pub(crate) use name::is_gate_id;
pub use purge::Purged;
pub(crate) use record::{ALONE, CONFIGURATION};
pub use record::{OnFail, Output, Record, Schema, Verdict};
pub use shelf::ShelfError;
pub use status::{Health, Status};
pub use store::{Store, StoreError};
pub use ulid::Ulid;

/// The id of a record made now: later ones of this process are larger, those of other processes differ.
#[must_use]
pub fn next_id() -> Ulid {
    static GENERATOR: Mutex<ulid::Generator> = Mutex::new(ulid::Generator::new());
    let mut generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    generator.generate().unwrap_or_else(ulid::Overflow::commit_overflow_increment)
}

#[cfg(test)]
mod tests;
