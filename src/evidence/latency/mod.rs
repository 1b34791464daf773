//! Latencies: what tools that measure print, and files of plain numbers; their percentiles in milliseconds, with intervals
//! where samples or runs give them.

use serde_json::Value;

use crate::model::Metrics;
use crate::model::escape::visible_up_to;

mod doc;
mod file;
mod interval;
mod json;
mod lines;
mod percentiles;
mod series;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tools;
mod unit;

pub(crate) use file::of_files;
pub(crate) use interval::{Change, Held, change, least_samples};
pub(crate) use percentiles::{NAMES, PERCENTS, Percentiles, SHORT};
pub(crate) use tools::rounding_of;
pub(crate) use unit::Unit;

use doc::Doc;
use tools::Tool;

/// Fewer samples show nothing about a 95th or 99th percentile.
pub(crate) const LEAST_SAMPLES: usize = 20;

/// The most samples that are held, 8 bytes each.
const MOST_SAMPLES: usize = 20_000_000;

/// How a gate's author says that a file is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct How {
    /// The value of objects and columns: names, one in the other, with dots between.
    pub(crate) field: Option<String>,
    /// Of a file of plain numbers.
    pub(crate) unit: Option<Unit>,
    /// Which command, benchmark or endpoint, where there are several.
    pub(crate) series: Option<String>,
    /// How many percent of the requests may have failed.
    pub(crate) max_errors_pct: f64,
    /// Which percentiles are judged; none named: all.
    pub(crate) percentiles: Vec<String>,
}

impl How {
    fn wants(&self, short: &str) -> bool {
        self.percentiles.is_empty() || self.percentiles.iter().any(|name| name == short)
    }
}

/// What was measured, before any percentile is made of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Measured {
    /// Whose output it is; none for plain numbers.
    tool: Option<&'static Tool>,
    /// Which of several things was measured.
    series: Option<String>,
    /// At least one, each measured by itself.
    runs: Vec<Run>,
    /// How often something was asked, and how often that failed, where it is known.
    requests: Option<u64>,
    failed: u64,
}

/// One run, in milliseconds.
#[derive(Debug, Clone, PartialEq)]
enum Run {
    Samples(Vec<f64>),
    /// Percentiles without samples: the 50th, 95th and 99th, where they are there.
    Given([Option<interval::Estimate>; 3]),
}

impl Measured {
    /// Of plain numbers.
    fn samples(samples: Vec<f64>) -> Self {
        Self { runs: vec![Run::Samples(samples)], ..Self::default() }
    }

    fn of_tool(tool: &'static Tool, runs: Vec<Run>) -> Self {
        Self { tool: Some(tool), runs, ..Self::default() }
    }

    /// What failed is no measurement: a service that was down answers fastest of all.
    fn answered(self, how: &How) -> Result<Self, String> {
        if self.requests == Some(0) {
            return Err("no request was made: nothing was measured".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a share, for people")]
        let share = self.failed as f64 * 100.0 / self.requests.unwrap_or(self.failed).max(1) as f64;
        if self.failed > 0 && share > how.max_errors_pct {
            let of = self.requests.map(|all| format!(" of {all}")).unwrap_or_default();
            let more = if how.max_errors_pct > 0.0 {
                format!(", and `max_errors_pct` is {}", how.max_errors_pct)
            } else {
                String::new()
            };
            return Err(format!("{}{of} failed: what failed is no measurement{more}", self.failed));
        }
        Ok(self)
    }
}

/// Whether an object has samples, and not only how many they were.
fn has_samples(given: &Metrics) -> bool {
    given.get("samples").is_some_and(Value::is_array)
}

/// Whether a payload is something that [`of_payload`] reads.
pub(crate) fn is_known(payload: &Value) -> bool {
    match payload {
        Value::Array(_) => true,
        Value::Object(given) => {
            has_samples(given) || NAMES.iter().any(|name| given.contains_key(*name)) || tool_of(given).is_some()
        }
        _ => false,
    }
}

/// The percentiles of a payload: samples, an object that has `samples`, or what a tool printed. `None` for an object that is
/// none of these: it may have the percentiles themselves.
pub(crate) fn of_payload(payload: &Value, how: &How) -> Result<Option<Percentiles>, String> {
    let measured = match payload {
        Value::Object(given) if has_samples(given) => json::of_value(&payload["samples"], how)?,
        Value::Object(given) => match tool_of(given) {
            Some(doc) => file::of_doc(doc, how)?,
            None => return Ok(None),
        },
        _ => json::of_value(payload, how)?,
    };
    Percentiles::of(&[measured.answered(how)?]).map(Some)
}

/// What a command printed, where a tool prints it so.
fn tool_of(given: &Metrics) -> Option<Doc> {
    if NAMES.iter().any(|name| given.contains_key(*name)) {
        return None;
    }
    let doc: Doc = serde_json::from_value(Value::Object(given.clone())).ok()?;
    tools::of_doc(&doc).is_some().then_some(doc)
}

fn keep(samples: &mut Vec<f64>, sample: f64) -> Result<(), String> {
    if samples.len() == MOST_SAMPLES {
        return Err(format!("more than {MOST_SAMPLES} samples"));
    }
    samples.push(checked(sample)?);
    Ok(())
}

/// A time is above 0: 0 is what a request that failed and a clock that is too coarse say.
fn checked(sample: f64) -> Result<f64, String> {
    let valid = sample.is_finite() && sample > 0.0;
    if valid { Ok(sample) } else { Err(format!("a time must be a number above 0; this is {sample}")) }
}

fn plain(why: &str) -> String {
    visible_up_to(why, 200)
}
