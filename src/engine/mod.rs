//! From what people wrote to rows: the plan of checks, running them, and what a person declared.

pub mod declared;
pub mod execute;
pub mod pipeline_gate;
pub mod plan;
pub mod run;
pub mod runner;
pub mod schema;
pub mod session;
