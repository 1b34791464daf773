//! Looking and saying what was seen: no rows, no verdict on a release.

pub(crate) mod advisories;
pub(crate) mod audit;
pub(crate) mod changelog;
pub(crate) mod claims;
pub(crate) mod decision;
pub(crate) mod forge;
pub(crate) mod latency;
pub(crate) mod prri;
pub(crate) mod scanners;
pub(crate) mod secrets;
pub(crate) mod trust;
