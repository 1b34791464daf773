//! `halluccheck_prri`: the Pre-Release Readiness Index against its policy.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::command_metrics::{judged, name_thresholds, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use crate::config::prri::{PrriPolicy, load};
use crate::evidence::prri;
use crate::evidence::prri::{Dimensions, Policy, Prri, Verdict};
use crate::model::Metrics;
use crate::model::problem::Problem;
use crate::structured::json;
use crate::structured::json::{kind, kind_of_payload};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;
use crate::world::glob;
use crate::world::settings::{PRRI_RED_THRESHOLD, check_gates};

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HalluccheckPrri;

/// A gate of it.
struct Configured {
    input: Option<String>,
    policy_file: Option<String>,
    red_threshold: Option<f64>,
}

const KEYS: Keys = &[
    Key::required("input", Type::Called("a JSON file with the score", &Type::Text), "Where the score is."),
    Key::or("red_threshold", PRRI_RED_THRESHOLD.kind(), "the policy file's, else 70", "From which score on it is RED."),
    Key::or(
        "prri_red_threshold",
        PRRI_RED_THRESHOLD.kind(),
        "`red_threshold`",
        "Another name of `red_threshold`; one of the two may be there.",
    ),
    Key::or(
        "policy_file",
        Type::Called("a YAML file", &Type::Text),
        "30 and 70, no limits",
        "`framework`, `thresholds: {amber, red}` and `dimensions: {name: {max}}`. A dimension above its `max` is RED. A missing or wrong file is exit code 2.",
    ),
];

/// The largest file with a score, in bytes.
const INPUT_LIMIT: u64 = 16 << 20;

impl GateType for HalluccheckPrri {
    fn name(&self) -> &str {
        "halluccheck_prri"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let names = ["red_threshold", "prri_red_threshold"].map(|name| options.number(name));
        if let [Some(_), Some(_)] = names {
            return Err(("prri_red_threshold".into(), "is another name of `red_threshold`: name one".into()));
        }
        Ok(Arc::new(Configured {
            input: options.owned("input"),
            policy_file: options.owned("policy_file"),
            red_threshold: names.into_iter().flatten().next(),
        }))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        let file = self.policy_file(job)?;
        check_gates(&job.world.environment)?;
        let red = PRRI_RED_THRESHOLD.number_or_usual(&job.world.environment).map_err(|problem| vec![problem])?;
        self.policy(job, file.as_ref(), red)
            .map(drop)
            .map_err(|why| vec![Problem::new(format!("gate {}", job.id), why)])
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        match (job.payload, &self.input) {
            (Some(payload), _) => self.read(job, payload).map_err(|why| format!("the payload: {why}")),
            (None, Some(path)) => {
                let path = job.world.dir.join(path);
                self.input(job, &path).map_err(|why| format!("{}: {why}", glob::shown(&path)))
            }
            (None, None) => Err("no score: set `input:`".into()),
        }
    }

    fn interpret(&self, job: &Job<'_>, printed: Metrics) -> Result<Evidence, String> {
        let mut evidence = self.read(job, &Value::Object(printed.clone()))?;
        for (name, value) in printed {
            evidence.metrics.entry(name).or_insert(value);
        }
        Ok(evidence)
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(judge(metrics)))
    }
}

impl Configured {
    fn input(&self, job: &Job<'_>, path: &Path) -> Result<Evidence, String> {
        let text = job.world.root.read_text(path, INPUT_LIMIT).map_err(|error| error.to_string())?;
        self.read(job, &json::parse(text.content.as_bytes())?)
    }

    /// The score is a number, or an object's `prri_score`.
    fn read(&self, job: &Job<'_>, given: &Value) -> Result<Evidence, String> {
        let none = Metrics::new();
        let (score, said) = match given {
            Value::Object(said) => (metrics::number(said, "prri_score")?, said),
            Value::Number(score) => (score.as_f64(), &none),
            value => return Err(format!("a score must be a number; this is {}", kind_of_payload(value))),
        };
        let score = score.ok_or("there is no `prri_score`")?;
        let file = self.policy_file(job).map_err(|problems| one_line(&problems))?;
        let red = PRRI_RED_THRESHOLD.number_or_usual(&job.world.environment);
        let red = red.map_err(|problem| one_line(&[problem]))?;
        let mut prri = prri::evaluate(score, dimensions(said)?, &self.policy(job, file.as_ref(), red)?)?;
        prri.heed(said)?;
        let mut evidence = self.evidence(&prri);
        let said = self.red_threshold.or(file.as_ref().and_then(|file| file.red)).is_some();
        let given = PRRI_RED_THRESHOLD.given(&job.world.environment).filter(|_| !said);
        name_thresholds(&mut evidence.metrics, [given.map(|(name, value)| (name, value.to_owned()))]);
        Ok(evidence)
    }

    fn evidence(&self, prri: &Prri) -> Evidence {
        let mut metrics = prri.metrics();
        metrics.insert("reason".into(), json!(prri.reason));
        if let Some(path) = &self.policy_file {
            metrics.insert("policy_file".into(), json!(path));
        }
        Evidence::of(metrics)
    }

    fn policy_file(&self, job: &Job<'_>) -> Result<Option<PrriPolicy>, Vec<Problem>> {
        let Some(path) = &self.policy_file else { return Ok(None) };
        let path = job.world.dir.join(path);
        load(job.world, &path, &glob::shown(&path)).map(Some)
    }

    fn policy(&self, job: &Job<'_>, file: Option<&PrriPolicy>, red: f64) -> Result<Policy, String> {
        Policy::new(job.framework, self.red_threshold, file, red)
    }
}

fn dimensions(said: &Metrics) -> Result<Dimensions, String> {
    match said.get("dimension_breakdown") {
        None | Some(Value::Null) => Ok(Dimensions::new()),
        Some(Value::Object(dimensions)) => {
            let read = |name: &String| Ok((name.clone(), metrics::number(dimensions, name)?.unwrap_or(f64::NAN)));
            dimensions.keys().map(read).collect()
        }
        Some(value) => Err(format!("`dimension_breakdown` must be a mapping; this is {}", kind(value))),
    }
}

fn one_line(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let line = problem.place.as_ref().map(|place| format!(":{}", place.line)).unwrap_or_default();
        format!("{}{line}: {}", problem.path, problem.message)
    };
    problems.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn judge(metrics: &Metrics) -> Result<Judgement, String> {
    let word = metrics.get("verdict").and_then(Value::as_str).and_then(Verdict::of).ok_or("there is no verdict")?;
    let reason = metrics.get("reason").and_then(Value::as_str).unwrap_or_else(|| word.word()).to_owned();
    Ok(match (word, metrics::flag(metrics, "allow")?) {
        (Verdict::Green, Some(true)) => Judgement::Pass(reason),
        (Verdict::Amber, Some(true)) => Judgement::Amber(reason),
        _ => Judgement::Fail(reason),
    })
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    const GATE: HalluccheckPrri = HalluccheckPrri;

    #[test]
    fn a_score_comes_from_the_payload_or_a_file() {
        let verdict = |payload| Bench::new(json!({})).payload(payload).verdict(&GATE);
        assert!(matches!(verdict(json!(29.9)), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"prri_score": 30})), Judgement::Amber(_)));
        assert!(matches!(verdict(json!({"prri_score": 70, "verdict": "GREEN"})), Judgement::Fail(_)));
        let file = |text: &str| Bench::new(json!({"input": "in.json"})).file("in.json", text).verdict(&GATE);
        assert!(matches!(file("12"), Judgement::Pass(_)));
        assert!(matches!(file(r#"{"prri_score": 12, "dimension_breakdown": {"bias": 0.4}}"#), Judgement::Pass(_)));
        for text in ["", "null", "\"12\"", "[12]", "{}", r#"{"prri_score": 1, "prri_score": 99}"#, "101", "-1", "1e999"]
        {
            assert!(matches!(file(text), Judgement::Unproven(_)), "{text}");
        }
        for payload in [
            json!({"prri_score": "12"}),
            json!({"prri_score": 12, "verdict": "FINE"}),
            json!({"prri_score": 12, "dimension_breakdown": {"bias": null}}),
            json!({"prri_score": 12, "dimension_breakdown": [0.4]}),
        ] {
            assert!(matches!(verdict(payload.clone()), Judgement::Unproven(_)), "{payload}");
        }
        let bench = Bench::new(json!({"input": "none.json"}));
        assert!(bench.source(&GATE).expect_err("missing").contains("none.json"));
    }

    #[test]
    fn the_metrics_are_those_of_the_table() {
        let payload = json!({"prri_score": 65, "dimension_breakdown": {"bias": 0.5}});
        let bench = Bench::new(json!({"red_threshold": 80})).payload(payload);
        let mut metrics = bench.source(&GATE).unwrap().metrics;
        metrics.remove("reason");
        let expected = json!({
            "prri_score": 65.0, "verdict": "AMBER", "allow": true, "prri_red_threshold": 80.0, "framework": "default",
            "dimension_breakdown": {"bias": 0.5},
        });
        assert_eq!(Value::Object(metrics), expected);
    }

    #[test]
    fn a_policy_file_is_looked_at_before() {
        let policy = |text: &str| {
            let bench = Bench::new(json!({"policy_file": "p.yaml"})).file("p.yaml", text).payload(json!(50));
            (bench.with(|job| bench.gate(&GATE).prepare(job)).is_ok(), bench.verdict(&GATE))
        };
        assert!(matches!(policy("thresholds: {red: 40}\n"), (true, Judgement::Fail(_))));
        assert!(matches!(policy("thresholds: {red: 40\n"), (false, Judgement::Unproven(_))));
        assert!(matches!(policy("thresholds: {amber: 80}\n"), (false, Judgement::Unproven(_))));
        let missing = Bench::new(json!({"policy_file": "p.yaml"})).payload(json!(5));
        assert!(missing.with(|job| missing.gate(&GATE).prepare(job)).is_err());
        assert!(matches!(missing.verdict(&GATE), Judgement::Unproven(_)));
    }

    #[test]
    fn the_environment_sets_the_threshold_where_nothing_else_does() {
        let name = "DELIVERY_GATE_PRRI_RED_THRESHOLD";
        let verdict =
            |options, value: &str| Bench::new(options).variable(name, value).payload(json!(50)).verdict(&GATE);
        assert!(matches!(verdict(json!({}), "50"), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"red_threshold": 51}), "50"), Judgement::Amber(_)));
        assert!(matches!(verdict(json!({}), "fifty"), Judgement::Unproven(_)));
    }

    #[test]
    fn a_command_prints_the_score_and_may_only_make_it_worse() {
        let verdict = |printed| Bench::new(json!({})).printed(&GATE, printed);
        assert!(matches!(verdict(json!({"prri_score": 1, "verdict": "GREEN", "allow": true})), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"prri_score": 1, "exit_code": 1})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"prri_score": 1, "allow": false})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"prri_score": 75, "verdict": "GREEN", "allow": true})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"verdict": "GREEN", "allow": true})), Judgement::Unproven(_)));
    }
}
