//! The gate pipeline: YAML gates with metrics, conditions and a durable record, in which nothing passes vacuously.

pub mod find;
pub mod gate;
pub mod gates;
pub mod lines;
pub mod options;
pub mod prri;
pub mod settings;
pub mod trust;

mod audit;
mod documents;
mod envelope;
mod latency;
mod printed;
mod schema;

pub use gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
