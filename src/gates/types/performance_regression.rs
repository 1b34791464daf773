//! `performance_regression`: p50, p95 and p99 against a baseline.

use std::collections::HashSet;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::command_metrics::{judged, payload_of, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use crate::evidence::latency;
use crate::evidence::latency::{How, NAMES, Percentiles, SHORT, Unit};
use crate::model::Metrics;
use crate::model::problem::Problem;
use crate::structured::json::{kind, kind_of_payload};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;

mod compare;

use compare::{CHANGES, DRIFTS, Limits, PERCENT, REGRESSIONS, TOO_NOISY, shown, signed};

/// How much slower a percentile may be, in percent, where nobody says it.
const MAX_REGRESSION_PCT: f64 = 10.0;

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PerformanceRegression;

/// A gate of it.
struct Configured {
    /// Files of what was measured, one run or more.
    samples: Vec<PathBuf>,
    baseline: Vec<PathBuf>,
    how: How,
    limits: Limits,
    init_baseline: bool,
}

const KEYS: Keys = &[
    Key::or(
        "samples",
        Type::Called("a file: what a tool printed, or times as JSON, JSONL, CSV, TSV or one a line", &Type::Text),
        "`runs`",
        "What was measured.",
    ),
    Key::or(
        "runs",
        Type::Called("such files, one or a list", &Type::OneOrMany(&Type::Text)),
        "`samples`",
        "Several runs of the same thing: how much they differ among themselves is what noise is. Not beside `samples`.",
    ),
    Key::or(
        "field",
        Type::Called("the name of the value in objects and columns, or names with dots between", &Type::Text),
        "told by the file",
        "Where a time is: `field: timings.total` goes through lists on the way.",
    ),
    Key::or(
        "unit",
        Type::Word(&[Unit::WORDS[0], Unit::WORDS[1], Unit::WORDS[2], Unit::WORDS[3]]),
        "a tool's own; else what the field's name ends in (`_us`), else ms",
        "What plain numbers count. One that contradicts the tool or the name is UNPROVEN.",
    ),
    Key::or(
        "series",
        Type::Called("a command, benchmark, endpoint or metric of the file", &Type::Text),
        "the only one",
        "What is judged, where a file has several.",
    ),
    Key::or(
        "percentiles",
        Type::Called("p50, p95 or p99, one or a list", &Type::OneOrMany(&Type::Word(&[SHORT[0], SHORT[1], SHORT[2]]))),
        "those that both sides have",
        "Which percentiles are judged.",
    ),
    Key::or(
        "baseline",
        Type::Called("a file like `samples`, one or a list of runs", &Type::OneOrMany(&Type::Text)),
        "the newest record of a run of this gate that passed with the same keys and condition",
        "What it is compared with.",
    ),
    Key::or(
        "max_regression_pct",
        Type::Number { least: 0.0, most: 10_000.0 },
        "10",
        "By how many percent a percentile may be worse.",
    ),
    Key::or(
        "max_drift_pct",
        Type::Number { least: 0.0, most: 10_000.0 },
        "twice `max_regression_pct`",
        "By how many percent a percentile may be worse than in the oldest record that is kept of this configuration, so that small steps do not add up unseen.",
    ),
    Key::or(
        "interval",
        Type::Called("true or false: compare by 95 % intervals", &Type::Boolean),
        "where both sides have samples or several runs",
        "`true` needs them, and is UNPROVEN without. `false` compares points, which noise moves.",
    ),
    Key::or(
        "max_errors_pct",
        Type::Number { least: 0.0, most: 100.0 },
        "0",
        "How many percent of the requests may have failed. What failed is left out where a tool tells it apart.",
    ),
    Key::or(
        "init_baseline",
        Type::Called("true or false: pass where there is no baseline yet", &Type::Boolean),
        "false",
        "Lets the first run pass, where no record of the gate is kept; its record is the baseline of the next.",
    ),
];

impl GateType for PerformanceRegression {
    fn name(&self) -> &str {
        "performance_regression"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let max_regression_pct = options.number("max_regression_pct").unwrap_or(MAX_REGRESSION_PCT);
        let paths = |key: &str| options.texts(key).into_iter().map(PathBuf::from).collect::<Vec<_>>();
        let samples = options.text("samples").map(PathBuf::from);
        let runs = paths("runs");
        if samples.is_some() && !runs.is_empty() {
            return Err(("runs".to_owned(), "excludes `samples`: name every file under `runs`".to_owned()));
        }
        let baseline = paths("baseline");
        let samples: Vec<PathBuf> = samples.into_iter().chain(runs).collect();
        each_once(&samples, &baseline)?;
        Ok(Arc::new(Configured {
            samples,
            baseline,
            how: How {
                field: options.owned("field"),
                unit: options.text("unit").and_then(Unit::of_word),
                series: options.owned("series"),
                max_errors_pct: options.number("max_errors_pct").unwrap_or(0.0),
                percentiles: options.texts("percentiles").into_iter().map(str::to_owned).collect(),
            },
            limits: Limits {
                max_regression_pct,
                max_drift_pct: options.number("max_drift_pct").unwrap_or(2.0 * max_regression_pct),
                interval: options.choice("interval"),
                percentiles: options.texts("percentiles").into_iter().map(str::to_owned).collect(),
            },
            init_baseline: options.switch("init_baseline"),
        }))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        payload_of(job, |payload| {
            if latency::is_known(payload) {
                return Ok(());
            }
            Err(format!(
                "it is {} without `samples` or `{}`, and no tool's output that is known",
                kind_of_payload(payload),
                NAMES[2]
            ))
        })
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        let found = match job.payload {
            Some(Value::Object(given)) => return self.interpret(job, given.clone()),
            Some(payload) => self.payload(payload)?.ok_or("the payload is no list of samples")?,
            None if self.samples.is_empty() => return Err("nothing to measure: set `samples:`".into()),
            None => latency::of_files(&job.world.root, &under(job, &self.samples), &self.how)?,
        };
        let mut metrics = found.metrics();
        self.compare(job, &found, &mut metrics)?;
        Ok(Evidence::of(metrics))
    }

    /// A tool's output becomes percentiles, and percentiles are compared, unless the command says itself what changed.
    fn interpret(&self, job: &Job<'_>, mut printed: Metrics) -> Result<Evidence, String> {
        if let Some(found) = self.payload(&Value::Object(printed.clone()))? {
            let code = printed.remove(super::super::command_metrics::EXIT_CODE);
            printed = found.metrics();
            printed.extend(code.map(|code| (super::super::command_metrics::EXIT_CODE.to_owned(), code)));
        }
        if let Some(found) = Percentiles::given(&printed)?
            && !printed.contains_key("regression_pct")
        {
            self.compare(job, &found, &mut printed)?;
        }
        Ok(Evidence::of(printed))
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(self.compared(metrics)))
    }
}

fn under(job: &Job<'_>, paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| job.world.dir.join(path)).collect()
}

/// A file beside itself never differs, and a run that counts twice shows no noise.
fn each_once(samples: &[PathBuf], baseline: &[PathBuf]) -> Result<(), Wrong> {
    let plain = |path: &PathBuf| path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
    let mut known = HashSet::new();
    for (key, path) in samples.iter().map(|path| ("runs", path)).chain(baseline.iter().map(|path| ("baseline", path))) {
        if !known.insert(plain(path)) {
            return Err((
                key.to_owned(),
                format!("names {} a second time: it would be compared with itself", path.display()),
            ));
        }
    }
    Ok(())
}

impl Configured {
    fn payload(&self, payload: &Value) -> Result<Option<Percentiles>, String> {
        latency::of_payload(payload, &self.how).map_err(|why| format!("the payload: {why}"))
    }

    /// Adds what the comparison with the baseline shows; nothing, where there is none.
    fn compare(&self, job: &Job<'_>, found: &Percentiles, metrics: &mut Metrics) -> Result<(), String> {
        let (baseline, oldest) = match self.baseline.as_slice() {
            [] => {
                let earlier = (job.baseline)()?;
                metrics.insert(KNOWN.into(), json!(earlier.is_known));
                let Some(newest) = recorded(earlier.newest)? else { return Ok(()) };
                (newest, recorded(earlier.oldest)?)
            }
            paths => {
                let baseline = latency::of_files(&job.world.root, &under(job, paths), &self.how);
                (baseline.map_err(|why| format!("the baseline {why}"))?, None)
            }
        };
        metrics.remove(KNOWN);
        self.limits.against_baseline(found, &baseline, metrics)?;
        oldest.map_or(Ok(()), |oldest| self.limits.against_oldest(found, &oldest, metrics))
    }

    fn compared(&self, metrics: &Metrics) -> Result<Judgement, String> {
        for name in NAMES {
            metrics::amount(metrics, name)?;
        }
        let (short, value) = shown(metrics).ok_or("no `p99_latency_ms` was measured")?;
        let measured = format!("{short} {} ms", digits(value));
        let Some(change) = metrics::number(metrics, "regression_pct")? else {
            return self.without_baseline(metrics, &measured);
        };
        let by_points = !metrics.contains_key(CHANGES);
        let text = format!("{measured}, {}{} against the baseline", signed(change), between(metrics, short));
        let most = self.limits.max_regression_pct;
        let worse = words(metrics, REGRESSIONS)?;
        let too_noisy = words(metrics, TOO_NOISY)?;
        Ok(if !worse.is_empty() {
            let told: Vec<_> = worse.iter().map(|short| told(metrics, short)).collect();
            let (told, worse) = (told.join("; "), worse.join(", "));
            Judgement::Fail(format!("{told} against the baseline; worse by more than {most}%: {worse}"))
        } else if by_points && change > most {
            Judgement::Fail(format!("{text}; at most {most}% is allowed"))
        } else if let Some(drift) = self.drift(metrics, &measured)? {
            Judgement::Fail(drift)
        } else if !too_noisy.is_empty() {
            let help = "take more samples or runs, or name under `percentiles:` what is judged";
            Judgement::Unproven(format!("too noisy to tell: {}; {help}", too_noisy.join("; ")))
        } else {
            Judgement::Pass(text)
        })
    }

    /// That small steps have added up, in words; `measured` is of the percentile that is shown where none is named.
    fn drift(&self, metrics: &Metrics, measured: &str) -> Result<Option<String>, String> {
        let Some(drift) = metrics::number(metrics, "drift_pct")? else { return Ok(None) };
        let drifts = words(metrics, DRIFTS)?;
        let most = self.limits.max_drift_pct;
        let is_far = if metrics.contains_key(DRIFTS) { !drifts.is_empty() } else { drift > most };
        let of: Vec<_> = drifts.iter().filter_map(|short| of(metrics, short)).collect();
        let of = if of.is_empty() { measured.to_owned() } else { of.join(", ") };
        let text =
            format!("{of}, {} against the oldest record that is kept; at most {most}% is allowed", signed(drift));
        Ok(is_far.then_some(text))
    }

    fn without_baseline(&self, metrics: &Metrics, measured: &str) -> Result<Judgement, String> {
        if self.init_baseline && metrics.get(KNOWN) == Some(&Value::Bool(true)) {
            return Err(
                "no baseline: there are records of this gate, but no run with these keys and this condition passed; \
                        name one with `baseline:`, or give the gate another id"
                    .into(),
            );
        }
        if self.init_baseline {
            return Ok(Judgement::Pass(format!(
                "{measured}; no record of this gate is kept here, this run becomes the baseline"
            )));
        }
        Err("no baseline: no run of this gate has passed yet; name one with `baseline:`, or set `init_baseline: true`"
            .into())
    }
}

/// Whether there are records of the gate, among the metrics of a run without a baseline.
const KNOWN: &str = "earlier_records";

fn recorded(metrics: Option<Metrics>) -> Result<Option<Percentiles>, String> {
    let Some(metrics) = metrics else { return Ok(None) };
    Percentiles::given(&metrics).map_err(|why| format!("the baseline record: {why}"))
}

/// A time for people: six digits are more than any measurement has.
fn digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// A percentile that was measured.
fn of(metrics: &Metrics, short: &str) -> Option<String> {
    let name = NAMES[SHORT.iter().position(|known| *known == short)?];
    Some(format!("{short} {} ms", digits(metrics.get(name)?.as_f64()?)))
}

/// A percentile with its change, as far as both are known.
fn told(metrics: &Metrics, short: &str) -> String {
    let measured = of(metrics, short).unwrap_or_else(|| short.to_owned());
    let percent = metrics.get(PERCENT).and_then(|all| all.get(short)).and_then(Value::as_f64);
    let change = percent.map(|percent| format!(", {}{}", signed(percent), between(metrics, short)));
    measured + &change.unwrap_or_default()
}

/// The ends of a change, where it has them.
fn between(metrics: &Metrics, short: &str) -> String {
    let ends = metrics.get(CHANGES).and_then(|all| all.get(short)).and_then(Value::as_array);
    let ends: Vec<f64> = ends.into_iter().flatten().filter_map(Value::as_f64).collect();
    match ends.as_slice() {
        [low, high] => format!(" ({} to {})", signed(*low), signed(*high)),
        _ => String::new(),
    }
}

fn words(metrics: &Metrics, name: &str) -> Result<Vec<String>, String> {
    match metrics.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let word = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Ok(items.iter().map(word).collect())
        }
        Some(value) => Err(format!("`{name}` must be a list; this is {}", kind(value))),
    }
}

#[cfg(test)]
mod tests;
