//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod command;
pub mod condition;
pub mod file;
pub mod gate;
pub mod options;
pub mod registry;
pub mod skip;
#[cfg(test)]
pub(crate) mod testing;
pub mod types;
pub mod variables;

mod documents;
mod envelope;
pub(crate) mod output;
pub(crate) mod printed;
mod schema;

pub use command::Command;
pub use condition::{Condition, ConditionError};
pub use file::{ArtifactWish, GateSpec, OnFail, Pipeline, json_schema};
pub use gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
pub use registry::Registry;
pub use skip::SkipOn;
