//! Flags and arguments that take a number, refused in words of people.

use std::num::NonZeroUsize;

use crate::world::settings::RETENTION_DAYS;

const AT_LEAST_ONE: &str = "write a whole number, at least 1";

/// How many, at least one.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| AT_LEAST_ONE.to_owned())
}

/// The same where no more than 32 bits are of use.
pub(super) fn limit(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| AT_LEAST_ONE.to_owned())
}

/// Days that records are kept.
pub(super) fn days(text: &str) -> Result<u32, String> {
    let most = *RETENTION_DAYS.range().end();
    let days = text.parse().ok().filter(|days: &u32| *days <= most);
    days.ok_or_else(|| format!("write a whole number of days, at most {most}"))
}

/// Any number.
pub(super) fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "write a number".to_owned())
}
