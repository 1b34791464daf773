//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub(crate) mod command;
pub(crate) mod condition;
pub(crate) mod file;
pub(crate) mod gate;
pub(crate) mod options;
pub(crate) mod registry;
pub(crate) mod skip;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod types;
pub(crate) mod variables;

pub(crate) mod command_metrics;
mod documents;
mod event_envelope;
pub(crate) mod output;
mod schema;

pub use command::Command;
pub use condition::{Condition, ConditionError};
#[cfg(test)]
pub(crate) use file::json_schema;
pub use file::{ArtifactChoice, GateSpec, Pipeline};
pub(crate) use file::{OnFail, SCHEMA_DOCUMENT};
pub use gate::{Earlier, Evidence, Gate, GateType, Job, Judgement, Left, Options, Wrong};
pub use registry::Registry;
pub use skip::SkipOn;
