//! `secrets_scan`: whether there are secrets in the files.

use serde_json::{Value, json};

use super::super::gate::{Evidence, Gate, Job, Judgement, Metrics, Options};
use super::super::options::{self, Wrong};
use super::super::printed::{self, judged, with_exit};
use crate::config::decode::{Key, Keys};

/// The gate.
#[derive(Debug, Clone, Copy)]
pub struct SecretsScan;

const KEYS: Keys = &[Key { name: "paths", kind: "globs, one or a list", default: "the files that git tracks" }];

/// The metric and its older name.
const DETECTED: [&str; 2] = ["detected", "secrets_detected"];

impl Gate for SecretsScan {
    fn name(&self) -> &str {
        "secrets_scan"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn check(&self, options: &Options) -> Result<(), Wrong> {
        options::texts(options, "paths").map(drop)
    }

    fn source(&self, _job: &Job<'_>) -> Result<Evidence, String> {
        Err("it cannot scan by itself yet; give it a `command:`".into())
    }

    /// Whichever of the names is printed, conditions may use both, and the count with them.
    fn interpret(&self, _job: &Job<'_>, mut printed: Metrics) -> Result<Evidence, String> {
        let hits = printed::count(&printed, "hit_count")?;
        let said = printed::flag_of_two(&printed, DETECTED)?;
        if printed::count(&printed, "files_scanned")? == Some(0) {
            return Err("no file was scanned".into());
        }
        let detected = match (said, hits) {
            (None, None) => return Err("the command printed neither `detected` nor `hit_count`".into()),
            (Some(true), Some(0)) | (Some(false), Some(1..)) => {
                return Err("`detected` and `hit_count` contradict each other".into());
            }
            (said, hits) => said.unwrap_or(hits != Some(0)),
        };
        printed.extend(DETECTED.map(|name| (name.to_owned(), Value::Bool(detected))));
        if hits.is_none() && !detected {
            printed.insert("hit_count".into(), json!(0));
        }
        Ok(Evidence::of(printed))
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(judge(metrics)))
    }
}

fn judge(metrics: &Metrics) -> Result<Judgement, String> {
    let hits = printed::count(metrics, "hit_count")?;
    let detected = printed::flag_of_two(metrics, DETECTED)?.ok_or("whether there are secrets is not known")?;
    Ok(match (detected, hits) {
        (false, None | Some(0)) => Judgement::Pass("no secret was found".into()),
        (_, Some(hits @ 1..)) => {
            Judgement::Fail(format!("{hits} {} found", if hits == 1 { "secret" } else { "secrets" }))
        }
        _ => Judgement::Fail("secrets were found".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    fn verdict(printed: Value) -> Judgement {
        Bench::new(json!({})).printed(&SecretsScan, printed)
    }

    #[test]
    fn either_name_is_read() {
        for printed in [
            json!({"detected": false}),
            json!({"secrets_detected": false, "hit_count": 0, "exit_code": 0}),
            json!({"hit_count": 0, "files_scanned": 3}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Pass(_)), "{printed}");
        }
        for printed in [
            json!({"detected": true}),
            json!({"secrets_detected": true, "hit_count": 2, "exit_code": 1}),
            json!({"hit_count": 1}),
            json!({"detected": false, "exit_code": 2}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Fail(_)), "{printed}");
        }
    }

    #[test]
    fn both_names_are_there_for_conditions() {
        let bench = Bench::new(json!({}));
        let printed = json!({"hit_count": 2}).as_object().unwrap().clone();
        let metrics = bench.with(|job| SecretsScan.interpret(job, printed)).unwrap().metrics;
        assert_eq!((&metrics["detected"], &metrics["secrets_detected"]), (&json!(true), &json!(true)));
    }

    #[test]
    fn anything_else_shows_nothing() {
        for printed in [
            json!({}),
            json!({"exit_code": 0}),
            json!({"detected": "false"}),
            json!({"detected": null}),
            json!({"detected": false, "secrets_detected": true}),
            json!({"detected": false, "hit_count": 1}),
            json!({"detected": true, "hit_count": 0}),
            json!({"hit_count": -1}),
            json!({"hit_count": "0"}),
            json!({"detected": false, "files_scanned": 0}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Unproven(_)), "{printed}");
        }
    }
}
