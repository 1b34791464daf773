//! `halluccheck_trust`: what the newest audit records say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::command_metrics::{judged, name_thresholds, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use crate::evidence::trust;
use crate::evidence::trust::{Question, Rules, Trust};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::model::problem::Problem;
use crate::structured::json::{kind, kind_of_payload};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;
use crate::world::settings::{HRI_CRITICAL_THRESHOLD, HRI_WINDOW, PII_WINDOW_HOURS, SECRETS_WINDOW_HOURS, check_gates};

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HalluccheckTrust;

/// A gate of it; what it does not say, the settings say.
struct Configured {
    events: Vec<String>,
    score_window: Option<u32>,
    hri_critical_threshold: Option<f64>,
    pii_window_hours: Option<u32>,
    secrets_window_hours: Option<u32>,
    allow_no_pii_records: bool,
    allow_no_secrets_records: bool,
}

const KEYS: Keys = &[
    Key::required(
        "events",
        Type::Called("JSONL files, folders or globs, one or a list", &Type::OneOrMany(&Type::Text)),
        "Where the records are; of a folder, every `*.jsonl` below it.",
    ),
    Key::or_number("score_window", HRI_WINDOW.kind(), HRI_WINDOW.default as f64, "Over how many scores the rate is."),
    Key::or_number(
        "hri_critical_threshold",
        HRI_CRITICAL_THRESHOLD.kind(),
        HRI_CRITICAL_THRESHOLD.default,
        "From which rate on it fails.",
    ),
    Key::or_number(
        "pii_window_hours",
        PII_WINDOW_HOURS.kind(),
        PII_WINDOW_HOURS.default as f64,
        "How far back detections of personal data count.",
    ),
    Key::or_number(
        "secrets_window_hours",
        SECRETS_WINDOW_HOURS.kind(),
        SECRETS_WINDOW_HOURS.default as f64,
        "How far back detections of secrets count.",
    ),
    Key::or(
        "allow_no_records",
        Type::Called("`pii`, `secrets` or both", &Type::OneOrMany(&Type::Word(&["pii", "secrets"]))),
        "neither",
        "Nobody looked for these, and that is fine.",
    ),
];

impl GateType for HalluccheckTrust {
    fn name(&self) -> &str {
        "halluccheck_trust"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let allowed = options.texts("allow_no_records");
        Ok(Arc::new(Configured {
            events: options.texts("events").into_iter().map(str::to_owned).collect(),
            score_window: options.whole("score_window"),
            hri_critical_threshold: options.number("hri_critical_threshold"),
            pii_window_hours: options.whole("pii_window_hours"),
            secrets_window_hours: options.whole("secrets_window_hours"),
            allow_no_pii_records: allowed.contains(&"pii"),
            allow_no_secrets_records: allowed.contains(&"secrets"),
        }))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        check_gates(&job.world.environment)
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        let question = Question { project_id: job.project_id, now: job.world.now, rules: self.rules(job)? };
        let trust = match job.payload {
            Some(payload) => trust::evaluate_records(records(payload)?, &question)?,
            None if self.events.is_empty() => return Err("no records: set `events:`".into()),
            None => trust::evaluate(
                &job.world.root,
                &trust::event_files(&job.world.root, &job.world.dir, &self.events)?,
                &question,
            )?,
        };
        complete(&trust)?;
        let mut metrics = trust.metrics();
        self.name_thresholds(job, &mut metrics);
        Ok(Evidence::of(metrics))
    }

    fn interpret(&self, job: &Job<'_>, mut printed: Metrics) -> Result<Evidence, String> {
        let threshold = self.rules(job)?.hri_critical_threshold;
        let needed = ["hri_critical_rate", PII[0], SECRETS[0]];
        if let Some(name) = needed.into_iter().find(|name| !printed.contains_key(*name)) {
            return Err(format!("the command printed no `{name}`"));
        }
        printed.entry("hri_critical_threshold").or_insert(json!(threshold));
        self.name_thresholds(job, &mut printed);
        Ok(Evidence::of(printed))
    }

    fn judge(&self, job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, self.rules(job).map_or_else(Judgement::Unproven, |rules| judged(judge(&rules, metrics))))
    }
}

impl Configured {
    fn rules(&self, job: &Job<'_>) -> Result<Rules, String> {
        let rules = Rules::of(&job.world.environment);
        let rules = rules.map_err(|problem| format!("{}: {}", problem.path, problem.message))?;
        Ok(Rules {
            score_window: self.score_window.unwrap_or(rules.score_window),
            hri_critical_threshold: self.hri_critical_threshold.unwrap_or(rules.hri_critical_threshold),
            pii_window_hours: self.pii_window_hours.unwrap_or(rules.pii_window_hours),
            secrets_window_hours: self.secrets_window_hours.unwrap_or(rules.secrets_window_hours),
            allow_no_pii_records: self.allow_no_pii_records,
            allow_no_secrets_records: self.allow_no_secrets_records,
        })
    }
}

impl Configured {
    fn name_thresholds(&self, job: &Job<'_>, metrics: &mut Metrics) {
        let environment = &job.world.environment;
        let owned = |given: Option<(&'static str, &str)>| given.map(|(name, value)| (name, value.to_owned()));
        let whole = [
            (self.score_window, HRI_WINDOW.given(environment)),
            (self.pii_window_hours, PII_WINDOW_HOURS.given(environment)),
            (self.secrets_window_hours, SECRETS_WINDOW_HOURS.given(environment)),
        ];
        let whole = whole.into_iter().map(|(own, given)| owned(given).filter(|_| own.is_none()));
        let rate = HRI_CRITICAL_THRESHOLD.given(environment).filter(|_| self.hri_critical_threshold.is_none());
        name_thresholds(metrics, std::iter::once(owned(rate)).chain(whole));
    }
}

fn records(payload: &Value) -> Result<&[Value], String> {
    let records = payload.get("records").unwrap_or(payload);
    records
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("records must be a list; this is {}", kind_of_payload(records)))
}

/// What is missing shows nothing, so that no condition is asked about it; what is bad all the same is told with it.
fn complete(trust: &Trust) -> Result<(), String> {
    if trust.missing.is_empty() {
        return Ok(());
    }
    Err(trust.missing.iter().chain(&trust.failures).map(String::as_str).collect::<Vec<_>>().join("; "))
}

const PII: [&str; 2] = ["pii_detected", "pii_detections_24h"];
const SECRETS: [&str; 2] = ["secrets_detected", "secrets_detections_24h"];

fn judge(rules: &Rules, metrics: &Metrics) -> Result<Judgement, String> {
    let rate = metrics::number(metrics, "hri_critical_rate")?.ok_or("`hri_critical_rate` is not known")?;
    let own = rules.hri_critical_threshold;
    // A command may be stricter than this gate, not laxer.
    let threshold = metrics::number(metrics, "hri_critical_threshold")?.unwrap_or(own).min(own);
    if !(0.0..=1.0).contains(&rate) {
        return Err(format!("`hri_critical_rate` is {rate}, not between 0 and 1"));
    }
    let mut failures = failures(metrics)?;
    if failures.is_empty() {
        failures.extend((rate >= threshold).then(|| format!("the critical rate {rate} is at or above {threshold}")));
        for names in [PII, SECRETS] {
            failures.extend(detected(metrics, names)?.then(|| format!("`{}`", names[0])));
        }
    }
    if !failures.is_empty() {
        return Ok(Judgement::Fail(failures.join("; ")));
    }
    Ok(Judgement::Pass(format!("the critical rate {rate} is below {threshold}; no personal data, no secrets detected")))
}

fn detected(metrics: &Metrics, [flag, count]: [&str; 2]) -> Result<bool, String> {
    let said = metrics::flag(metrics, flag)?.ok_or_else(|| format!("`{flag}` is not known"))?;
    Ok(said || metrics::count(metrics, count)?.unwrap_or_default() > 0)
}

fn failures(metrics: &Metrics) -> Result<Vec<String>, String> {
    match metrics.get("failures") {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let line = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Ok(items.iter().map(|item| visible_up_to(&line(item), 200)).collect())
        }
        Some(value) => Err(format!("`failures` must be a list; this is {}", kind(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    const GATE: HalluccheckTrust = HalluccheckTrust;

    fn record(key: &str, field: &str, value: bool) -> Value {
        json!({
            "schema_key": format!("halluccheck.{key}.v1"), "project_id": "p", "timestamp": "2026-11-24T11:00:00Z",
            field: value,
        })
    }

    fn records(critical: bool, pii: bool, secrets: bool) -> Value {
        json!([
            record("score", "is_critical", critical),
            record("pii", "pii_detected", pii),
            record("secrets", "secrets_detected", secrets),
        ])
    }

    #[test]
    fn records_come_from_the_payload_or_from_files() {
        let verdict = |payload| Bench::new(json!({})).payload(payload).verdict(&GATE);
        assert!(matches!(verdict(records(false, false, false)), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"records": records(false, false, false)})), Judgement::Pass(_)));
        for bad in [records(true, false, false), records(false, true, false), records(false, false, true)] {
            assert!(matches!(verdict(bad), Judgement::Fail(_)));
        }
        for bad in [json!([]), json!({}), json!(null), json!([1]), json!([record("score", "is_critical", false)])] {
            assert!(matches!(verdict(bad), Judgement::Unproven(_)));
        }
        let lines: String = records(false, false, false).as_array().unwrap().iter().map(|r| format!("{r}\n")).collect();
        let bench = |lines: &str| Bench::new(json!({"events": "log"})).file("log/a.jsonl", lines);
        assert!(matches!(bench(&lines).verdict(&GATE), Judgement::Pass(_)));
        assert!(matches!(bench(&lines).project("other").verdict(&GATE), Judgement::Unproven(_)));
        let why = bench(&(lines + "x")).source(&GATE).expect_err("malformed");
        assert!(why.starts_with("log/a.jsonl:4: "), "{why}");
    }

    #[test]
    fn what_is_missing_is_told_with_what_is_bad() {
        let bench = Bench::new(json!({})).payload(json!([record("pii", "detected", true)]));
        let why = bench.source(&GATE).expect_err("missing");
        assert!(why.contains("no score record") && why.contains("personal data detected"), "{why}");
        let allowed = json!({"allow_no_records": ["pii", "secrets"]});
        let bench = Bench::new(allowed).payload(json!([record("score", "is_critical", false)]));
        assert!(matches!(bench.verdict(&GATE), Judgement::Pass(_)));
    }

    #[test]
    fn the_key_wins_over_the_environment() {
        let scores = || {
            let mut all = records(false, false, false);
            all.as_array_mut().unwrap().extend((0..9).map(|i| record("score", "is_critical", i == 0)));
            all
        };
        let name = "SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD";
        let verdict = |options, value: &str| Bench::new(options).variable(name, value).payload(scores()).verdict(&GATE);
        assert!(matches!(verdict(json!({}), "0.1"), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({}), "0.11"), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"hri_critical_threshold": 0.11}), "0.1"), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({}), "5%"), Judgement::Unproven(_)));
    }

    #[test]
    fn a_command_prints_the_result() {
        let verdict = |printed| Bench::new(json!({})).printed(&GATE, printed);
        let good = json!({"hri_critical_rate": 0.01, "pii_detected": false, "secrets_detected": false});
        assert!(matches!(verdict(good.clone()), Judgement::Pass(_)));
        for (key, value) in [
            ("hri_critical_rate", json!(0.05)),
            ("pii_detected", json!(true)),
            ("pii_detections_24h", json!(1)),
            ("secrets_detections_24h", json!(2)),
            ("failures", json!(["x"])),
            ("hri_critical_threshold", json!(0.01)),
            ("exit_code", json!(1)),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            assert!(matches!(verdict(bad), Judgement::Fail(_)), "{key}");
        }
        for (key, value) in [
            ("hri_critical_rate", json!(null)),
            ("hri_critical_rate", json!(-0.1)),
            ("hri_critical_rate", json!("0")),
            ("pii_detected", json!("false")),
            ("secrets_detections_24h", json!(-1)),
            ("failures", json!("none")),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            assert!(matches!(verdict(bad), Judgement::Unproven(_)), "{key}");
        }
        let lax = json!({"hri_critical_rate": 0.5, "hri_critical_threshold": 0.9, "pii_detected": false, "secrets_detected": false});
        assert!(matches!(verdict(lax), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"exit_code": 0})), Judgement::Unproven(_)));
    }

    #[test]
    fn wrong_options_are_found_before() {
        for options in [
            json!({"events": []}),
            json!({"score_window": 0}),
            json!({"score_window": 100_001}),
            json!({"hri_critical_threshold": 0}),
            json!({"hri_critical_threshold": 1.5}),
            json!({"pii_window_hours": 1.5}),
            json!({"secrets_window_hours": "24"}),
            json!({"allow_no_records": ["score"]}),
        ] {
            assert!(GATE.gate(options.as_object().unwrap().clone()).is_err(), "{options}");
        }
        let good = json!({"events": ["a", "b/*.jsonl"], "hri_critical_threshold": 1, "allow_no_records": "pii"});
        assert!(GATE.gate(good.as_object().unwrap().clone()).is_ok());
    }
}
