//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod command;
pub mod condition;
pub mod execute;
pub mod file;
pub mod find;
pub mod gate;
pub mod gates;
pub mod lines;
pub mod options;
pub mod prri;
pub mod registry;
pub mod runner;
pub mod session;
pub mod settings;
pub mod skip;
#[cfg(test)]
pub(crate) mod testing;
pub mod trust;
pub mod variables;

mod audit;
mod documents;
mod envelope;
mod latency;
mod printed;
mod schema;

pub use command::Command;
pub use condition::{Condition, ConditionError};
pub use file::{ArtifactWish, GateSpec, OnFail, Pipeline, json_schema};
pub use gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
pub use registry::Registry;
pub use session::{Error, Session};
pub use skip::SkipOn;
pub use variables::Variables;
