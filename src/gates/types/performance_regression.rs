//! `performance_regression`: p50, p95 and p99 against a baseline.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::command_metrics::{judged, payload_of, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use crate::evidence::latency;
use crate::evidence::latency::{NAMES, Percentiles};
use crate::model::Metrics;
use crate::model::problem::Problem;
use crate::structured::json::kind;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;

/// How much slower a percentile may be, in percent, where nobody says it.
const MAX_REGRESSION_PCT: f64 = 10.0;

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PerformanceRegression;

/// A gate of it.
struct Configured {
    samples: Option<PathBuf>,
    field: Option<String>,
    baseline: Option<PathBuf>,
    max_regression_pct: f64,
    max_drift_pct: f64,
    init_baseline: bool,
}

const KEYS: Keys = &[
    Key::required(
        "samples",
        Type::Called("a JSON, JSONL or CSV file of latencies in milliseconds", &Type::Text),
        "What was measured.",
    ),
    Key::or(
        "field",
        Type::Called("the name of the value in objects and columns", &Type::Text),
        "samples are numbers",
        "Where a sample is.",
    ),
    Key::or(
        "baseline",
        Type::Called("a file of samples or percentiles", &Type::Text),
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
        Ok(Arc::new(Configured {
            samples: options.text("samples").map(PathBuf::from),
            field: options.owned("field"),
            baseline: options.text("baseline").map(PathBuf::from),
            init_baseline: options.switch("init_baseline"),
            max_regression_pct,
            max_drift_pct: options.number("max_drift_pct").unwrap_or(2.0 * max_regression_pct),
        }))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        payload_of(job, |payload| match payload {
            Value::Array(_) => Ok(()),
            Value::Object(given) if latency::has_samples(given) || given.contains_key(NAMES[2]) => Ok(()),
            other => Err(format!("it is {} without `samples` or `{}`", kind(other), NAMES[2])),
        })
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        let field = self.field.as_deref();
        let found = match (job.payload, &self.samples) {
            // Percentiles are read as if a command had printed them, with what they say of a regression.
            (Some(Value::Object(given)), _) if !latency::has_samples(given) => {
                return self.interpret(job, given.clone());
            }
            (Some(payload), _) => latency::of_payload(payload, field).map_err(|why| format!("the payload: {why}"))?,
            (None, Some(path)) => latency::of_file(&job.world.root, &job.world.dir.join(path), field)?,
            (None, None) => return Err("nothing to measure: set `samples:`".into()),
        };
        let mut metrics = Metrics::new();
        for (name, value) in NAMES.into_iter().zip(found.named()) {
            metrics.extend(value.1.map(|value| (name.to_owned(), json!(value))));
        }
        metrics.extend(found.samples.map(|count| ("samples".to_owned(), json!(count))));
        self.compare(job, &found, &mut metrics)?;
        Ok(Evidence::of(metrics))
    }

    fn interpret(&self, job: &Job<'_>, mut printed: Metrics) -> Result<Evidence, String> {
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

impl Configured {
    /// Adds what the comparison with the baseline shows; nothing, where there is none.
    fn compare(&self, job: &Job<'_>, found: &Percentiles, metrics: &mut Metrics) -> Result<(), String> {
        let (baseline, oldest) = match &self.baseline {
            Some(path) => {
                let baseline = latency::of_file(&job.world.root, &job.world.dir.join(path), self.field.as_deref());
                (baseline.map_err(|why| format!("the baseline {why}"))?, None)
            }
            None => {
                let earlier = (job.baseline)()?;
                metrics.insert(KNOWN.into(), json!(earlier.is_known));
                let Some(newest) = recorded(earlier.newest)? else { return Ok(()) };
                (newest, recorded(earlier.oldest)?)
            }
        };
        metrics.remove(KNOWN);
        if let Some(oldest) = oldest {
            let changes = found.named().into_iter().zip(oldest.named());
            let changes = changes.filter_map(|((_, new), (_, old))| change(new?, old?));
            metrics.extend(changes.max_by(f64::total_cmp).map(|drift| ("drift_pct".to_owned(), json!(drift))));
        }
        let pairs = found.named().into_iter().zip(baseline.named());
        let worse = pairs.filter(|((_, new), (_, old))| is_worse(*new, *old, self.max_regression_pct));
        let regressions: Vec<_> = worse.map(|((name, _), _)| name).collect();
        metrics.insert("baseline_p99_ms".into(), json!(baseline.p99));
        metrics.extend(change(found.p99, baseline.p99).map(|change| ("regression_pct".to_owned(), json!(change))));
        metrics.insert("regressions".into(), json!(regressions));
        Ok(())
    }

    fn compared(&self, metrics: &Metrics) -> Result<Judgement, String> {
        let most = self.max_regression_pct;
        let p99 = metrics::amount(metrics, "p99_latency_ms")?.ok_or("no `p99_latency_ms` was measured")?;
        let regressions = regressions(metrics)?;
        let Some(change) = metrics::number(metrics, "regression_pct")? else {
            return self.without_baseline(metrics, p99);
        };
        let text = format!("p99 {p99} ms, {change:+}% against the baseline");
        Ok(if change > most {
            Judgement::Fail(format!("{text}; at most {most}% is allowed"))
        } else if !regressions.is_empty() {
            Judgement::Fail(format!("{text}; worse by more than {most}%: {}", regressions.join(", ")))
        } else if let Some(drift) = metrics::number(metrics, "drift_pct")?.filter(|drift| *drift > self.max_drift_pct) {
            let most = self.max_drift_pct;
            Judgement::Fail(format!(
                "{text}, {drift:+}% against the oldest record that is kept; at most {most}% is allowed"
            ))
        } else {
            Judgement::Pass(text)
        })
    }

    fn without_baseline(&self, metrics: &Metrics, p99: f64) -> Result<Judgement, String> {
        if metrics.contains_key("baseline_p99_ms") {
            return Err("the baseline's p99 is 0: nothing can be compared with it".into());
        }
        if self.init_baseline && metrics.get(KNOWN) == Some(&Value::Bool(true)) {
            return Err(
                "no baseline: there are records of this gate, but no run with these keys and this condition passed; \
                        name one with `baseline:`, or give the gate another id"
                    .into(),
            );
        }
        if self.init_baseline {
            return Ok(Judgement::Pass(format!(
                "p99 {p99} ms; no record of this gate is kept here, this run becomes the baseline"
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

fn is_worse(new: Option<f64>, old: Option<f64>, most: f64) -> bool {
    let (Some(new), Some(old)) = (new, old) else { return false };
    new > old && change(new, old).is_none_or(|change| change > most)
}

/// In percent, to a millionth, so that a change of exactly the limit is not above it by a rounding error.
fn change(new: f64, old: f64) -> Option<f64> {
    (old > 0.0).then(|| ((new - old) / old * 100.0 * 1e6).round() / 1e6)
}

fn regressions(metrics: &Metrics) -> Result<Vec<String>, String> {
    match metrics.get("regressions") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let word = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Ok(items.iter().map(word).collect())
        }
        Some(value) => Err(format!("`regressions` must be a list; this is {}", kind(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    const GATE: PerformanceRegression = PerformanceRegression;

    fn flat(p99: f64) -> Value {
        json!({"p50_latency_ms": 50, "p95_latency_ms": 80, "p99_latency_ms": p99})
    }

    #[test]
    fn a_change_is_held_against_the_limit() {
        let pass = |judgement| matches!(judgement, Judgement::Pass(_));
        for (old, new, most, passes) in [
            (100.0, 110.0, json!(10), true),
            (100.0, 110.01, json!(10), false),
            (100.0, 90.0, json!(0), true),
            (0.3, 0.33, json!(10), true),
            (100.0, 100.0, json!(0), true),
            (100.0, 100.1, json!(0), false),
        ] {
            let given = |p99: f64| json!({"p99_latency_ms": p99});
            let bench = Bench::new(json!({"max_regression_pct": most})).payload(given(new)).baseline(given(old));
            assert_eq!(pass(bench.verdict(&GATE)), passes, "{old} to {new}");
        }
    }

    #[test]
    fn the_record_is_the_baseline_unless_a_file_is_named() {
        let bench = Bench::new(json!({"samples": "new.json", "baseline": "old.json"}))
            .file("new.json", &Value::from(vec![120; 20]).to_string())
            .file("old.json", &flat(100.0).to_string())
            .baseline(flat(1.0));
        let metrics = bench.source(&GATE).unwrap().metrics;
        let expected = json!({
            "p50_latency_ms": 120.0, "p95_latency_ms": 120.0, "p99_latency_ms": 120.0, "samples": 20,
            "baseline_p99_ms": 100.0, "regression_pct": 20.0, "regressions": ["p50", "p95", "p99"],
        });
        assert_eq!(Value::Object(metrics), expected);
        assert!(matches!(bench.verdict(&GATE), Judgement::Fail(_)));
    }

    #[test]
    fn a_lower_percentile_that_got_worse_fails_too() {
        let slow = json!({"p50_latency_ms": 56, "p95_latency_ms": 80, "p99_latency_ms": 100});
        let bench = Bench::new(json!({})).payload(slow).baseline(flat(100.0));
        assert!(matches!(bench.verdict(&GATE), Judgement::Fail(why) if why.contains("p50")));
    }

    #[test]
    fn without_a_baseline_there_are_metrics_and_no_verdict() {
        let bench = Bench::new(json!({})).payload(flat(100.0));
        assert!(!bench.source(&GATE).unwrap().metrics.contains_key("regression_pct"));
        assert!(matches!(bench.verdict(&GATE), Judgement::Unproven(why) if why.contains("no baseline")));
        let bench = Bench::new(json!({"init_baseline": true})).payload(flat(100.0));
        assert!(matches!(bench.verdict(&GATE), Judgement::Pass(_)));
        let bench = Bench::new(json!({"init_baseline": true})).payload(flat(100.0)).baseline(flat(0.0));
        assert!(matches!(bench.verdict(&GATE), Judgement::Unproven(_)));
        let bench = Bench::new(json!({"init_baseline": true, "baseline": "none.json"})).payload(flat(100.0));
        assert!(bench.source(&GATE).is_err());
        assert!(Bench::new(json!({})).source(&GATE).expect_err("no source").contains("`samples:`"));
    }

    #[test]
    fn printed_percentiles_are_compared_and_printed_changes_believed() {
        let bench = Bench::new(json!({})).baseline(flat(100.0));
        let verdict = |printed| bench.printed(&GATE, printed);
        assert!(matches!(verdict(json!({"p99_latency_ms": 105, "exit_code": 0})), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"p99_latency_ms": 105, "exit_code": 1})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"p99_latency_ms": 5, "regression_pct": 12})), Judgement::Fail(_)));
        for bad in [
            json!({"exit_code": 0}),
            json!({"p99_latency_ms": "5"}),
            json!({"p99_latency_ms": 5, "regression_pct": null}),
        ] {
            assert!(matches!(verdict(bad), Judgement::Unproven(_)));
        }
    }

    #[test]
    fn wrong_options_are_found_before() {
        for options in [
            json!({"samples": 1}),
            json!({"max_regression_pct": -1}),
            json!({"max_regression_pct": "10"}),
            json!({"init_baseline": "true"}),
            json!({"field": ""}),
        ] {
            assert!(GATE.gate(options.as_object().unwrap().clone()).is_err(), "{options}");
        }
        assert!(GATE.gate(serde_json::Map::new()).is_ok());
    }
}
