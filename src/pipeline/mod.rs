//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod gate;

pub use gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
