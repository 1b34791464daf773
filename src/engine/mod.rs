//! From what people wrote to rows: the plan of checks, running them, and what a person declared.

pub mod declared;
pub mod error;
pub mod execute;
pub mod gate_check;
mod own_check;
pub mod plan;
pub mod release;
pub mod run;
pub mod schema;
pub mod session;
