//! Looking and saying what was seen: no rows, no verdict on a release.

pub mod advisories;
pub mod audit;
pub mod changelog;
pub mod decision;
pub mod latency;
pub mod prri;
pub mod secrets;
pub mod trust;
