//! From what people wrote to rows: the plan of checks, running them, and what a person declared.

pub(crate) mod declared;
pub(crate) mod error;
mod excepted;
pub(crate) mod execute;
pub(crate) mod gate_check;
mod own_check;
mod package_check;
pub(crate) mod plan;
pub(crate) mod policy_changes;
pub(crate) mod release;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod session;
