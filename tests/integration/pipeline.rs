//! `delivery-gate run` on gate files of every kind.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Gate, Project, Run, redacted, result};

mod auditors;
mod commands;
mod concurrency;
mod documented;
mod include;
mod judgements;
mod latency;
mod latency_failures;
mod records;

/// A repository with `gates.yaml`.
pub(crate) fn with_gates(yaml: &str) -> Project {
    let project = Project::new();
    project.write("gates.yaml", yaml).commit();
    project
}

/// `delivery-gate …` in the repository.
fn gate(project: &Project, arguments: &[&str]) -> Gate {
    let mut gate = project.gate(arguments);
    gate.command.current_dir(project.root());
    gate
}

/// `delivery-gate run gates.yaml …` in the repository.
pub(crate) fn run(project: &Project, arguments: &[&str]) -> Gate {
    gate(project, &["run", "gates.yaml"]).args(arguments)
}

fn artifacts(project: &Project) -> PathBuf {
    project.root().join(".delivery-gate/artifacts")
}

/// Everything that `artifacts list` lists, newest first; the store must be whole.
fn listed(project: &Project) -> Vec<Value> {
    let (run, listing) = gate(project, &["artifacts", "list"]).json();
    assert_eq!((run.code, &listing["damaged"]), (Some(0), &json!([])));
    listing["artifacts"].as_array().expect("artifacts").clone()
}

fn statuses(report: &Value) -> Vec<(&str, &str)> {
    let results = report["results"].as_array().expect("results").iter();
    results.map(|row| (row["id"].as_str().expect("an id"), row["status"].as_str().expect("a status"))).collect()
}

/// What happened, the gate, its status, what its detail says. The rows of the table "Verdicts".
const VERDICTS: [(&str, &str, &str, &str); 24] = [
    ("ran", "command: 'true'", "PASS", "exit code 0"),
    ("condition-true", "command: cat m.json, pass_condition: 'score < 70'", "PASS", "score < 70 holds"),
    ("bad", "command: 'false'", "FAIL", "exit code 1"),
    ("condition-false", "command: cat m.json, pass_condition: {score: '< 5'}", "FAIL", "does not hold (score = 12)"),
    ("no-tool", "command: no-such-tool", "UNPROVEN", "no-such-tool was not found on PATH"),
    ("no-json", "type: halluccheck_prri, command: echo 12", "UNPROVEN", "the command printed no JSON object"),
    ("timeout", "command: sleep 1000, timeout_seconds: 1", "UNPROVEN", "timed out after 1 s"),
    ("killed", "command: 'kill -9 $$', shell: true", "UNPROVEN", "killed by signal 9"),
    ("no-file", "command: 'true', artifact: none.json", "UNPROVEN", "none.json: the command did not write this file"),
    ("old-file", "command: 'true', artifact: old.json", "UNPROVEN", "old.json: it is older than this run"),
    ("no-match", "type: schema_validation, files: 'none/*.json'", "UNPROVEN", "no file matches `none/*.json`"),
    ("no-packages", "type: dependency_security, command: cat none.json", "UNPROVEN", "no package was looked at"),
    ("few-samples", "type: performance_regression, samples: few.json", "UNPROVEN", "20 at least"),
    ("no-records", "type: halluccheck_trust, events: none.jsonl", "UNPROVEN", "no file matches `none.jsonl`"),
    ("no-metric", "command: cat m.json, pass_condition: 'scor < 70'", "UNPROVEN", "no metric `scor`"),
    ("null-metric", "command: cat m.json, pass_condition: 'none < 70'", "UNPROVEN", "`none`"),
    ("text-metric", "command: cat m.json, pass_condition: 'word < 70'", "UNPROVEN", "`word` is the text \"9\""),
    ("no-folder", "command: 'true', working_dir: nowhere", "UNPROVEN", "working_dir:"),
    ("skipped", "command: 'false', skip_on: 'ma*'", "SKIPPED", "skip_on: branch `main` matches `ma*`"),
    ("warn-fail", "command: 'false', on_fail: warn", "WARN", "FAIL: exit code 1"),
    ("warn-unproven", "command: no-such-tool, on_fail: warn", "WARN", "UNPROVEN: no-such-tool was not found"),
    ("report-fail", "command: 'false', on_fail: report", "FAIL", "exit code 1"),
    ("report-unproven", "command: no-such-tool, on_fail: report", "UNPROVEN", "no-such-tool was not found"),
    ("no-source", "type: schema_validation", "UNPROVEN", "nothing to validate: set `files:`"),
];

fn every_verdict() -> Project {
    let gates = VERDICTS.iter().map(|(id, keys, ..)| {
        let kind = if keys.contains("type:") { "" } else { "type: command, " };
        format!("  - {{id: {id}, {kind}{keys}}}\n")
    });
    let project = with_gates(&format!("gates:\n{}", gates.collect::<String>()));
    project.write("m.json", r#"{"score": 12, "none": null, "word": "9"}"#);
    project.write("none.json", r#"{"dependencies": [], "fixes": []}"#).write("few.json", "[1, 2, 3]");
    project.write(".delivery-gate/artifacts/old.json", "{}");
    project
}

#[test]
fn every_row_of_the_verdicts() {
    let project = every_verdict();
    let (run, report) = run(&project, &[]).json();
    assert_eq!((run.code, &report["decision"]), (Some(1), &"NO-GO".into()));
    let expected: Vec<_> = VERDICTS.iter().map(|(id, _, status, _)| (*id, *status)).collect();
    assert_eq!(statuses(&report), expected);
    for (id, _, _, detail) in VERDICTS {
        let row = result(&report, id);
        assert!(row["detail"].as_str().expect("a detail").contains(detail), "{id}: {row}");
        assert_eq!(row["blocking"], !id.starts_with("report"), "{id}");
    }
    let held: Vec<_> = report["hold_reasons"].as_array().expect("reasons").iter().map(|r| r["id"].clone()).collect();
    let holds = |(id, _, status, _): &&(&str, &str, &str, &str)| {
        matches!(*status, "FAIL" | "UNPROVEN") && !id.starts_with("report")
    };
    assert_eq!(held, VERDICTS.iter().filter(holds).map(|(id, ..)| json!(id)).collect::<Vec<_>>());
}

#[test]
fn the_records_say_what_the_rows_say() {
    let project = every_verdict();
    let (_, report) = run(&project, &[]).json();
    fs::remove_file(artifacts(&project).join("old.json")).expect("removed");
    let records = listed(&project);
    assert_eq!(records.len(), VERDICTS.len());
    for record in records {
        let row = result(&report, record["gate_id"].as_str().expect("an id"));
        for (kept, shown) in [("verdict", "status"), ("detail", "detail"), ("blocking", "blocking")] {
            assert_eq!(record[kept], row[shown], "{record}");
        }
        assert_eq!(record["metrics"], row["metrics"], "{record}");
    }
}

#[test]
fn a_warned_or_reported_gate_holds_nothing_but_shows_nothing_either() {
    let one = |keys: &str| {
        let yaml =
            format!("gates:\n  - {{id: g, type: command, {keys}}}\n  - {{id: h, type: command, command: 'true'}}\n");
        run(&with_gates(&yaml), &[]).run()
    };
    for (keys, result) in [
        ("command: 'false', on_fail: warn", "Result: 1 passed, 0 failed, 1 warned, 0 skipped, 0 unproven"),
        ("command: no-such-tool, on_fail: warn", "Result: 1 passed, 0 failed, 1 warned, 0 skipped, 0 unproven"),
        ("command: 'false', on_fail: report", "Result: 1 passed, 1 failed, 0 warned, 0 skipped, 0 unproven"),
        ("command: no-such-tool, on_fail: report", "Result: 1 passed, 0 failed, 0 warned, 0 skipped, 1 unproven"),
    ] {
        let text = one(keys).report(0);
        let end: Vec<_> = text.lines().rev().take(3).collect();
        assert_eq!(end, ["Decision: GO", "", result], "{keys}");
    }
    for on_fail in ["warn", "report"] {
        let yaml = format!("gates:\n  - {{id: g, type: command, command: 'false', on_fail: {on_fail}}}\n");
        assert!(run(&with_gates(&yaml), &[]).run().report(1).contains("Nothing was shown to hold"), "{on_fail}");
    }
}

#[test]
fn skipping_goes_by_globs_or_an_expression() {
    let skipped = |skip_on: &str, branch: &str| {
        let gate = format!("{{id: g, type: command, command: 'true', skip_on: {skip_on}}}");
        let project = with_gates(&format!("gates:\n  - {gate}\n  - {{id: h, type: command, command: 'true'}}\n"));
        let (run, report) = run(&project, &["--context", &format!("branch={branch}")]).json();
        assert_eq!(run.code, Some(0), "{skip_on}");
        result(&report, "g")["status"] == "SKIPPED"
    };
    for skip_on in [
        "'dependabot/*'",
        "'refs/heads/dependabot/*'",
        "['x', 'dependabot/**']",
        "\"branch.startsWith('dependabot/')\"",
        "\"branch == 'dependabot/npm/a' || branch in ['x', 'y']\"",
    ] {
        for branch in ["dependabot/npm/a", "refs/heads/dependabot/npm/a"] {
            assert!(skipped(skip_on, branch), "{skip_on} on {branch}");
        }
        assert!(!skipped(skip_on, "main"), "{skip_on}");
    }
}

#[test]
fn a_skip_that_nobody_can_decide_is_unproven_and_said_once() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: 'true', skip_on: \"pipeline_id == 'x'\"}\n");
    let text = run(&project, &[]).run().report(1);
    assert!(text.contains("UNPROVEN  g — skip_on: ") && !text.contains("skip_on: skip_on"), "{text}");
}

#[test]
fn drafts_are_skipped_where_asked_and_no_skip_runs_everything() {
    let yaml = "gates:\n  - {id: d, type: command, command: 'true', skip_on_draft: true}\n  \
        - {id: b, type: command, command: 'true', skip_on: main}\n";
    let project = with_gates(yaml);
    let seen = |arguments: &[&str]| {
        let (run, report) = run(&project, arguments).json();
        let seen: Vec<_> = statuses(&report).into_iter().map(|(_, status)| status.to_owned()).collect();
        (run.code.expect("a code"), seen.join(" "))
    };
    assert_eq!(seen(&[]), (0, "PASS SKIPPED".to_owned()));
    assert_eq!(seen(&["--draft"]), (1, "SKIPPED SKIPPED".to_owned()));
    assert_eq!(seen(&["--draft", "--no-skip"]), (0, "PASS PASS".to_owned()));
    let text = run(&project, &["--draft"]).run().report(1);
    assert!(text.contains("Nothing was shown to hold") && text.contains("skip_on_draft: this is a draft"), "{text}");
}

#[test]
fn all_problems_are_refused_at_once_and_nothing_runs() {
    let yaml = "gates:\n  - {id: a, type: command, command: 'touch ran', on_fial: warn}\n  \
        - {id: A, type: comand, on_fail: Block}\n  - {id: con, type: command, command: 'echo ${brnch}', \
        pass_condition: 'x <', skip_on: null, timeout_seconds: 0}\n  - {id: p, type: halluccheck_prri, policy_file: no.yaml}\n";
    let project = with_gates(yaml);
    let (run, report) = run(&project, &[]).json();
    assert_eq!((run.code, &report["error"]["kind"]), (Some(2), &"configuration".into()));
    let problems = report["error"]["problems"].as_array().expect("problems");
    for part in ["on_fial", "comand", "Block", "con", "brnch", "pass_condition", "skip_on", "timeout_seconds"] {
        let named =
            problems.iter().any(|p| p["message"].as_str().is_some_and(|m| m.contains(part)) && p["line"].is_u64());
        assert!(named, "{part}: {report}");
    }
    assert!(!project.root().join("ran").exists() && !project.root().join(".delivery-gate").exists());
}

#[test]
fn a_wrong_policy_file_or_setting_is_exit_2_and_nothing_runs() {
    let yaml = "gates:\n  - {id: a, type: command, command: 'touch ran'}\n  \
        - {id: p, type: halluccheck_prri, policy_file: p.yaml, input: s.json}\n";
    let project = with_gates(yaml);
    assert!(run(&project, &[]).run().refusal().contains("p.yaml"));
    project.write("p.yaml", "thresholds: {amber: 80, red: 40}\n");
    assert!(run(&project, &[]).run().refusal().contains("amber"));
    project.write("p.yaml", "thresholds: {red: 40}\n");
    let said = run(&project, &[]).env("DELIVERY_GATE_PII_WINDOW_HOURS", "day").run().refusal();
    assert!(said.contains("DELIVERY_GATE_PII_WINDOW_HOURS"), "{said}");
    assert!(!project.root().join("ran").exists());
}

#[test]
fn what_is_wrong_on_the_command_line_is_exit_2() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: 'touch ran'}\n");
    fs::write(project.path("outside.yaml"), "gates: []\n").expect("a file");
    for arguments in [
        &["run"][..],
        &["run", "none.yaml"],
        &["run", "../outside.yaml"],
        &["run", "gates.yaml", "--context", "novalue"],
        &["run", "gates.yaml", "--context", "a=1", "--context", "a=2"],
        &["run", "gates.yaml", "--jobs", "0"],
        &["run", "gates.yaml", "--project-id", ""],
        &["run", "gates.yaml", "--artifact-dir", "gates.yaml"],
    ] {
        assert!(!gate(&project, arguments).run().refusal().is_empty(), "{arguments:?}");
    }
    assert!(!project.root().join("ran").exists());
}

/// One gate of each type.
const ONE_OF_EACH: &str = r#"gates:
  - {id: schema, name: Events, type: schema_validation, files: event.json}
  - {id: deps, type: dependency_security, command: cat audit.json}
  - {id: secrets, type: secrets_scan, command: cat scan.json}
  - {id: perf, type: performance_regression, samples: samples.json, init_baseline: true}
  - {id: prri, type: halluccheck_prri, input: score.json}
  - {id: trust, type: halluccheck_trust, events: audit.jsonl, allow_no_records: [pii, secrets]}
  - {id: tests, type: command, command: echo done}
"#;

pub(crate) fn one_of_each() -> Project {
    let project = with_gates(ONE_OF_EACH);
    let samples: Vec<u32> = (1..=100).collect();
    let audit = r#"{"dependencies": [{"name": "flask", "version": "3.0.0", "vulns": []}], "fixes": []}"#;
    let score = r#"{"schema_key": "halluccheck.score.v1", "project_id": "p", "timestamp": "2026-01-02T03:04:05Z", "is_critical": false}"#;
    project
        .write("event.json", r#"{"schema_version": "2.0", "source": "app@1.0.0", "payload": {}}"#)
        .write("audit.json", audit)
        .write("scan.json", r#"{"detected": false, "hit_count": 0, "files_scanned": 7}"#)
        .write("samples.json", &json!(samples).to_string())
        .write("score.json", r#"{"prri_score": 42, "dimension_breakdown": {"bias": 0.4}}"#)
        .write("audit.jsonl", score)
        .commit();
    project
}

/// Ids of records differ from run to run.
fn without_ids(text: &str) -> String {
    let ulid = |part: &str| part.len() == 26 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.split_inclusive(['-', '.']).map(|part| if ulid(&part[..part.len() - 1]) { "<id>." } else { part }).collect()
}

#[test]
fn a_pipeline_of_every_type_in_text() {
    let project = one_of_each();
    insta::assert_snapshot!(redacted(&run(&project, &["--project-id", "p"]).run().report(0), &project));
}

#[test]
fn a_pipeline_of_every_type_in_json() {
    let project = one_of_each();
    let (run, report): (Run, Value) = run(&project, &["--project-id", "p"]).json();
    for row in report["results"].as_array().expect("results") {
        let evidence = row["evidence"][0].as_str().expect("a record");
        assert!(PathBuf::from(evidence).is_file(), "{evidence}");
    }
    insta::assert_snapshot!(without_ids(&redacted(&run.stdout, &project)));
}
