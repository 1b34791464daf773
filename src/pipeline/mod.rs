//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod command;
pub mod condition;
pub mod execute;
pub mod file;
pub mod gate;
pub mod registry;
pub mod runner;
pub mod schema;
pub mod skip;
#[cfg(test)]
pub(crate) mod testing;
pub mod variables;

pub use command::Command;
pub use condition::{Condition, ConditionError};
pub use file::{ArtifactWish, GateSpec, OnFail, Pipeline};
pub use gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
pub use registry::Registry;
pub use schema::json_schema;
pub use skip::SkipOn;
pub use variables::Variables;
