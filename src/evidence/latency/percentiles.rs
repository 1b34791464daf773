//! The percentiles of what was measured, in milliseconds, as a gate compares and a record keeps them.

use serde_json::{Value, json};

use super::interval::{Estimate, of_runs, ranks};
use super::{LEAST_SAMPLES, Measured, Run, checked};
use crate::model::Metrics;
use crate::structured::json::kind;
use crate::structured::metrics;

/// Which percentiles there are.
pub(crate) const PERCENTS: [u32; 3] = [50, 95, 99];

/// What they are called in few words, and among metrics.
pub(crate) const SHORT: [&str; 3] = ["p50", "p95", "p99"];
pub(crate) const NAMES: [&str; 3] = ["p50_latency_ms", "p95_latency_ms", "p99_latency_ms"];

const INTERVALS: &str = "intervals";

/// p50, p95 and p99, those of them that are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Percentiles {
    pub(crate) all: [Option<Estimate>; 3],
    /// Of how many samples and runs, where that is known.
    pub(crate) samples: Option<usize>,
    pub(crate) runs: Option<usize>,
    /// Whose output they are from, and of what in it.
    pub(crate) tool: Option<String>,
    pub(crate) series: Option<String>,
    /// Whether samples or runs were looked at, so that a percentile without an interval had too few.
    pub(crate) has_intervals: bool,
}

impl Percentiles {
    /// Of what was measured. Of one run's samples by the nearest-rank method: the smallest sample that at least p percent of
    /// all do not exceed. Of several runs, the geometric mean of the runs' percentiles.
    ///
    /// # Errors
    /// Too few samples; files that are not of the same tool and the same thing; a percentile of 0.
    pub(crate) fn of(measured: &[Measured]) -> Result<Self, String> {
        let runs: Vec<&Run> = measured.iter().flat_map(|one| &one.runs).collect();
        let samples = samples(&runs, measured)?;
        let [tool, series] = [
            same(measured, |one| one.tool.map(|tool| tool.name.to_owned()))?,
            same(measured, |one| one.series.clone())?,
        ];
        let (all, has_intervals) = match runs.as_slice() {
            [] => return Err("it has no run".to_owned()),
            [Run::Samples(samples)] => (of_samples(samples.clone()), true),
            [Run::Given(all)] => (*all, all.iter().flatten().any(|one| one.interval.is_some())),
            _ => (over_runs(&runs)?, true),
        };
        let found = Self { all, samples, runs: (runs.len() > 1).then_some(runs.len()), tool, series, has_intervals };
        found.sound()
    }

    /// As somebody gives them; `None` without any.
    ///
    /// # Errors
    /// A value of another kind, an order that cannot be, or an interval without its value in it.
    pub(crate) fn given(given: &Metrics) -> Result<Option<Self>, String> {
        let mut all = [None; 3];
        for (at, name) in NAMES.into_iter().enumerate() {
            let value = metrics::amount(given, name)?;
            all[at] = value
                .map(|value| Ok::<_, String>(Estimate { value, interval: interval(given, SHORT[at])? }))
                .transpose()?;
        }
        if all.iter().all(Option::is_none) {
            return Ok(None);
        }
        let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
        let count = |name: &str| given.get(name).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        let samples = given.get("samples").and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "it is 20")]
        if let Some(few) = samples.filter(|count| *count < LEAST_SAMPLES as f64) {
            return Err(too_few(few));
        }
        let found = Self {
            all,
            samples: count("samples"),
            runs: count("runs"),
            tool: text("tool"),
            series: text("series"),
            has_intervals: given.contains_key(INTERVALS),
        };
        found.sound().map(Some)
    }

    fn sound(self) -> Result<Self, String> {
        for (name, found) in SHORT.into_iter().zip(self.all) {
            found.map(|found| checked(found.value)).transpose().map_err(|why| format!("{name}: {why}"))?;
        }
        if !self.all.iter().flatten().map(|found| found.value).is_sorted() {
            return Err("a lower percentile is above a higher one".into());
        }
        Ok(self)
    }

    /// For a record.
    pub(crate) fn metrics(&self) -> Metrics {
        let mut kept = Metrics::new();
        let mut intervals = Metrics::new();
        for ((name, short), found) in NAMES.into_iter().zip(SHORT).zip(self.all) {
            let Some(found) = found else { continue };
            kept.insert(name.to_owned(), json!(found.value));
            intervals.extend(found.interval.map(|ends| (short.to_owned(), json!(ends))));
        }
        kept.extend(self.samples.map(|count| ("samples".to_owned(), json!(count))));
        kept.extend(self.runs.map(|count| ("runs".to_owned(), json!(count))));
        kept.extend(self.tool.iter().map(|tool| ("tool".to_owned(), json!(tool))));
        kept.extend(self.series.iter().map(|series| ("series".to_owned(), json!(series))));
        if self.has_intervals {
            kept.insert(INTERVALS.to_owned(), Value::Object(intervals));
        }
        kept
    }
}

fn interval(given: &Metrics, short: &str) -> Result<Option<(f64, f64)>, String> {
    let Some(all) = given.get(INTERVALS) else { return Ok(None) };
    let all = all.as_object().ok_or_else(|| format!("`{INTERVALS}` must be an object; this is {}", kind(all)))?;
    let Some(ends) = all.get(short) else { return Ok(None) };
    let numbers: Vec<f64> = ends.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let value =
        given.get(NAMES[SHORT.iter().position(|name| *name == short).unwrap_or_default()]).and_then(Value::as_f64);
    match (numbers.as_slice(), value) {
        ([low, high], Some(value)) if *low >= 0.0 && *low <= value && value <= *high => Ok(Some((*low, *high))),
        _ => Err(format!("`{INTERVALS}.{short}` must be two numbers with the percentile between them")),
    }
}

/// How many samples there are in all.
#[expect(clippy::cast_precision_loss, reason = "it is below 20")]
fn samples(runs: &[&Run], measured: &[Measured]) -> Result<Option<usize>, String> {
    let counts = runs.iter().map(|run| if let Run::Samples(samples) = run { Some(samples.len()) } else { None });
    let counted: Option<usize> = counts.sum();
    let requests: Option<u64> = measured.iter().map(|one| one.requests).sum();
    match counted.or_else(|| requests.and_then(|count| usize::try_from(count).ok())) {
        Some(few) if few < LEAST_SAMPLES => Err(too_few(few as f64)),
        count => Ok(count),
    }
}

fn too_few(few: f64) -> String {
    format!("{few} {} too few: {LEAST_SAMPLES} at least", if few == 1.0 { "sample is" } else { "samples are" })
}

/// What every file says, or none.
fn same(measured: &[Measured], of: impl Fn(&Measured) -> Option<String>) -> Result<Option<String>, String> {
    let mut all = measured.iter().map(of);
    let first = all.next().flatten();
    match all.find(|other| *other != first) {
        None => Ok(first),
        Some(other) => {
            let word = |one: &Option<String>| one.clone().unwrap_or_else(|| "plain numbers".to_owned());
            Err(format!("the runs are not of one kind: {} and {}", word(&first), word(&other)))
        }
    }
}

fn of_samples(mut samples: Vec<f64>) -> [Option<Estimate>; 3] {
    samples.sort_unstable_by(f64::total_cmp);
    PERCENTS.map(|percent| {
        let interval = ranks(samples.len(), percent).map(|(low, high)| (samples[low - 1], samples[high - 1]));
        Some(Estimate { value: nearest_rank(&samples, percent)?, interval })
    })
}

/// Of samples in order.
fn nearest_rank(sorted: &[f64], percent: u32) -> Option<f64> {
    let rank = (sorted.len() * percent as usize).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// Over several runs, each percentile that all of them have.
fn over_runs(runs: &[&Run]) -> Result<[Option<Estimate>; 3], String> {
    let each: Vec<[Option<f64>; 3]> = runs.iter().map(|run| of_run(run)).collect();
    let mut all = [None; 3];
    for (at, name) in SHORT.into_iter().enumerate() {
        let values: Option<Vec<f64>> = each.iter().map(|run| run[at]).collect();
        let Some(values) = values else { continue };
        for value in &values {
            checked(*value).map_err(|why| format!("{name} of a run: {why}"))?;
        }
        all[at] = of_runs(&values);
    }
    Ok(all)
}

fn of_run(run: &Run) -> [Option<f64>; 3] {
    match run {
        Run::Given(all) => all.map(|found| found.map(|found| found.value)),
        Run::Samples(samples) => {
            let mut sorted = samples.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            PERCENTS.map(|percent| nearest_rank(&sorted, percent))
        }
    }
}
