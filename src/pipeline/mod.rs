//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod find;
pub mod gate;
pub mod lines;
pub mod options;
pub mod prri;
pub mod settings;
pub mod trust;

pub use gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
