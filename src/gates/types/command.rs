//! `command`: what a command says of itself, as far as it does not contradict itself.

use std::sync::Arc;

use serde_json::Value;

use super::super::command_metrics::{EXIT_CODE, judged};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::structured::json::kind;

/// The type, and a gate of it: it has no keys of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command;

impl GateType for Command {
    fn name(&self) -> &str {
        "command"
    }

    fn configure(&self, _options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        Ok(Arc::new(Self))
    }
}

impl Gate for Command {
    fn source(&self, _job: &Job<'_>) -> Result<Evidence, String> {
        Err("there is nothing to run: give it a `command:`".into())
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        judged(judge(metrics))
    }
}

/// One key's opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Pass,
    Amber,
    Fail,
}

const PASS: [&str; 8] = ["pass", "passed", "ok", "success", "succeeded", "successful", "green", "go"];
const AMBER: [&str; 3] = ["amber", "warn", "warning"];
const FAIL: [&str; 9] = ["fail", "failed", "failure", "failing", "red", "block", "blocked", "no-go", "nogo"];

fn judge(metrics: &Metrics) -> Result<Judgement, String> {
    let code = metrics.get(EXIT_CODE).and_then(Value::as_i64).ok_or("the command's exit code is not known")?;
    let mut claims = vec![(format!("exit code {code}"), if code == 0 { Claim::Pass } else { Claim::Fail })];
    for (key, read) in READERS {
        if let Some(value) = metrics.get(*key)
            && let Some(claim) = read(value).map_err(|why| format!("`{key}` {why}"))?
        {
            claims.push((format!("`{key}` {}", shown(value)), claim));
        }
    }
    let text = claims.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(", ");
    let worst = claims.iter().map(|(_, claim)| *claim).max().unwrap_or(Claim::Fail);
    let failing = claims.iter().filter(|(_, claim)| *claim == Claim::Fail).count();
    Ok(match worst {
        Claim::Pass => Judgement::Pass(text),
        Claim::Amber => Judgement::Amber(text),
        Claim::Fail if failing == claims.len() => Judgement::Fail(text),
        Claim::Fail => Judgement::Fail(format!("the command contradicts itself: {text}")),
    })
}

type Reader = fn(&Value) -> Result<Option<Claim>, String>;

const READERS: &[(&str, Reader)] =
    &[("verdict", word), ("status", word), ("pass", passed), ("passed", passed), ("failed", failed)];

fn word(value: &Value) -> Result<Option<Claim>, String> {
    let text = value.as_str().ok_or_else(|| format!("must be a word; this is {}", kind(value)))?;
    let lower = text.trim().to_lowercase();
    let known = [(&PASS[..], Claim::Pass), (&AMBER[..], Claim::Amber), (&FAIL[..], Claim::Fail)];
    let claim = known.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, claim)| *claim);
    claim.map(Some).ok_or_else(|| format!("says `{}`, which is no verdict", visible_up_to(text, 40)))
}

/// Test runners count under this name: some that passed say nothing of the others, none shows nothing.
fn passed(value: &Value) -> Result<Option<Claim>, String> {
    match (value, value.as_u64()) {
        (Value::Bool(true), _) => Ok(Some(Claim::Pass)),
        (Value::Bool(false), _) => Ok(Some(Claim::Fail)),
        (_, Some(0)) => Err("is 0: nothing was looked at".into()),
        (_, Some(_)) => Ok(None),
        _ => Err(format!("must be true, false or a count; this is {}", shown(value))),
    }
}

/// Test runners count or list under this name.
fn failed(value: &Value) -> Result<Option<Claim>, String> {
    let failing = match (value, value.as_u64()) {
        (Value::Bool(failed), _) => *failed,
        (Value::Array(items), _) => !items.is_empty(),
        (_, Some(count)) => count > 0,
        _ => return Err(format!("must be true, false, a count or a list; this is {}", shown(value))),
    };
    Ok(Some(if failing { Claim::Fail } else { Claim::Pass }))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => visible_up_to(text, 40),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        value => kind(value).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::bench::Bench;
    use super::*;

    fn verdict(printed: Value) -> Judgement {
        Bench::new(json!({})).printed(&Command, printed)
    }

    #[test]
    fn alone_the_exit_code_decides() {
        assert_eq!(verdict(json!({"exit_code": 0})), Judgement::Pass("exit code 0".into()));
        assert_eq!(verdict(json!({"exit_code": 3, "x": 1})), Judgement::Fail("exit code 3".into()));
        assert!(matches!(verdict(json!({})), Judgement::Unproven(_)));
        assert!(matches!(verdict(json!({"verdict": "PASS"})), Judgement::Unproven(_)));
        assert!(matches!(verdict(json!({"exit_code": null})), Judgement::Unproven(_)));
    }

    #[test]
    fn what_agrees_holds() {
        for printed in [
            json!({"verdict": "PASS"}),
            json!({"verdict": "Green", "status": "ok", "pass": true, "passed": true, "failed": false}),
            json!({"passed": 12, "failed": 0}),
            json!({"failed": []}),
        ] {
            let mut printed = printed;
            printed["exit_code"] = json!(0);
            assert!(matches!(verdict(printed.clone()), Judgement::Pass(_)), "{printed}");
        }
        for printed in [json!({"verdict": "FAIL", "failed": 2}), json!({"pass": false}), json!({"status": "red"})] {
            let mut printed = printed;
            printed["exit_code"] = json!(1);
            assert!(
                matches!(verdict(printed.clone()), Judgement::Fail(why) if !why.contains("contradicts")),
                "{printed}"
            );
        }
        for word in ["AMBER", "warn", "Warning"] {
            assert!(matches!(verdict(json!({"verdict": word, "pass": true, "exit_code": 0})), Judgement::Amber(_)));
        }
    }

    #[test]
    fn what_contradicts_itself_fails() {
        for printed in [
            json!({"verdict": "PASS", "exit_code": 1}),
            json!({"verdict": "FAIL", "exit_code": 0}),
            json!({"verdict": "AMBER", "exit_code": 1}),
            json!({"verdict": "PASS", "status": "failed", "exit_code": 0}),
            json!({"pass": true, "passed": false, "exit_code": 0}),
            json!({"pass": true, "failed": 1, "exit_code": 0}),
            json!({"passed": 5, "failed": ["a"], "exit_code": 0}),
        ] {
            assert!(
                matches!(verdict(printed.clone()), Judgement::Fail(why) if why.contains("contradicts")),
                "{printed}"
            );
        }
    }

    #[test]
    fn an_unknown_word_shows_nothing() {
        for printed in [
            json!({"verdict": "GOOD ENOUGH"}),
            json!({"verdict": ""}),
            json!({"verdict": null}),
            json!({"verdict": true}),
            json!({"status": 200}),
            json!({"status": "skipped"}),
            json!({"status": "error"}),
            json!({"pass": "true"}),
            json!({"passed": 0, "failed": 0}),
            json!({"passed": -1}),
            json!({"passed": 1.5}),
            json!({"failed": "no"}),
            json!({"failed": null}),
        ] {
            let mut printed = printed;
            printed["exit_code"] = json!(0);
            assert!(matches!(verdict(printed.clone()), Judgement::Unproven(_)), "{printed}");
        }
    }
}
