//! The durable record of verdicts: one line of JSON each, in a folder of their own, each naming those it was made after.

mod chain;
mod document;
mod export;
mod ledger;
mod listing;
pub(crate) mod place;
mod seal;

pub use chain::{Chain, Gap};
pub(crate) use document::PolicyOf;
pub(crate) use document::SCHEMA_DOCUMENT;
pub use document::{
    Digest, ExcuseRecord, HoldRecord, PackageRecord, PolicyChangeRecord, RecordSchema, ResultRecord, VerdictRecord,
};
pub use export::{ExportError, Exported, Packing};
pub use ledger::{Added, Ledger, LedgerError};
pub use listing::{Found, Listed, Wanted};
pub use seal::{Sealed, line as seal_verdict, read as read_verdict};
