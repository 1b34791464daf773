//! Latencies: samples out of JSON, JSONL and CSV files, and their nearest-rank percentiles, in milliseconds.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::structured::metrics;
use crate::system::files::Root;
use crate::world::glob;

mod json;
mod table;
#[cfg(test)]
mod tests;

use json::{Json, json_samples, jsonl_samples};
use table::csv_samples;

/// Fewer samples show nothing about a 95th or 99th percentile.
pub(crate) const LEAST_SAMPLES: usize = 20;

/// The most samples that are held, 8 bytes each.
const MOST_SAMPLES: usize = 20_000_000;

/// p50, p95 and p99.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Percentiles {
    pub(crate) p50: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: f64,
    /// Of how many samples, where they are known.
    pub(crate) samples: Option<usize>,
}

/// The names of the three among metrics.
pub(crate) const NAMES: [&str; 3] = ["p50_latency_ms", "p95_latency_ms", "p99_latency_ms"];

impl Percentiles {
    /// Of samples, by the nearest-rank method: the smallest sample that at least p percent of all do not exceed.
    pub(crate) fn of(mut samples: Vec<f64>) -> Result<Self, String> {
        if samples.len() < LEAST_SAMPLES {
            return Err(format!("{} samples are too few: {LEAST_SAMPLES} at least", samples.len()));
        }
        samples.sort_unstable_by(f64::total_cmp);
        let rank = |percent: usize| samples[(samples.len() * percent).div_ceil(100) - 1];
        Ok(Self { p50: Some(rank(50)), p95: Some(rank(95)), p99: rank(99), samples: Some(samples.len()) })
    }

    /// As somebody gives them; `None` without a p99.
    pub(crate) fn given(metrics: &Metrics) -> Result<Option<Self>, String> {
        let [p50, p95, p99] = NAMES.map(|name| metrics::amount(metrics, name));
        let (p50, p95, Some(p99)) = (p50?, p95?, p99?) else { return Ok(None) };
        let ladder: Vec<_> = [p50, p95, Some(p99)].into_iter().flatten().collect();
        if !ladder.is_sorted() {
            return Err("a lower percentile is above a higher one".into());
        }
        Ok(Some(Self { p50, p95, p99, samples: None }))
    }

    /// By short name.
    pub(crate) fn named(&self) -> [(&'static str, Option<f64>); 3] {
        [("p50", self.p50), ("p95", self.p95), ("p99", Some(self.p99))]
    }
}

/// The percentiles of a file: of samples, or, in a JSON object, as they stand there.
pub(crate) fn of_file(root: &Root, path: &Path, field: Option<&str>) -> Result<Percentiles, String> {
    let shown = glob::shown(path);
    read(root, path, field).map_err(|why| format!("{shown}: {why}"))
}

fn read(root: &Root, path: &Path, field: Option<&str>) -> Result<Percentiles, String> {
    let (file, size) = root.open(path).map_err(|error| error.to_string())?;
    let mut reader = BufReader::with_capacity(1 << 16, file.take(size));
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let samples = match extension.to_ascii_lowercase().as_str() {
        "csv" => csv_samples(reader, field)?,
        "jsonl" | "ndjson" => jsonl_samples(reader, field)?,
        _ => {
            skip_mark(&mut reader)?;
            match json_samples(&mut serde_json::Deserializer::from_reader(reader), field)? {
                Json::Samples(samples) => samples,
                Json::Object(metrics) => return given_only(&metrics),
            }
        }
    };
    Percentiles::of(samples)
}

/// Whether an object has samples, and not only how many they were.
pub(crate) fn has_samples(given: &Metrics) -> bool {
    given.get("samples").is_some_and(Value::is_array)
}

/// The percentiles of a payload: samples, or an object that has `samples` or the percentiles themselves.
pub(crate) fn of_payload(payload: &Value, field: Option<&str>) -> Result<Percentiles, String> {
    let samples = payload.get("samples").filter(|samples| samples.is_array()).unwrap_or(payload);
    match json_samples(samples, field)? {
        Json::Samples(samples) => Percentiles::of(samples),
        Json::Object(metrics) => given_only(&metrics),
    }
}

fn given_only(metrics: &Metrics) -> Result<Percentiles, String> {
    Percentiles::given(metrics)?.ok_or_else(|| "it is an object without `p99_latency_ms`".to_owned())
}

fn skip_mark(reader: &mut impl BufRead) -> Result<(), String> {
    let start = reader.fill_buf().map_err(|error| format!("it could not be read: {error}"))?;
    if start.starts_with("\u{feff}".as_bytes()) {
        reader.consume(3);
    }
    Ok(())
}

fn keep(samples: &mut Vec<f64>, sample: f64) -> Result<(), String> {
    if samples.len() == MOST_SAMPLES {
        return Err(format!("more than {MOST_SAMPLES} samples"));
    }
    samples.push(checked(sample)?);
    Ok(())
}

fn checked(sample: f64) -> Result<f64, String> {
    let valid = sample.is_finite() && sample >= 0.0;
    if valid { Ok(sample) } else { Err(format!("a latency must be a number of 0 or more; this is {sample}")) }
}

fn plain(why: &str) -> String {
    visible_up_to(why, 200)
}
