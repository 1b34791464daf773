//! `evaluate`, `prri` and `trust`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{gate, listed, one_of_each, with_gates};
use crate::common::{Project, Run};

/// `delivery-gate evaluate g …` with a payload on standard input.
fn evaluated(project: &Project, arguments: &[&str], payload: &str) -> Run {
    let mut gate = gate(project, &["evaluate", "g", "--payload", "-", "--json"]).args(arguments);
    gate.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = gate.command.spawn().expect("the binary runs");
    // A refusal does not wait for the payload.
    let _ = child.stdin.take().expect("a pipe").write_all(payload.as_bytes());
    Run::of(child.wait_with_output().expect("an end"))
}

fn status(run: &Run) -> String {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {run:?}"));
    report["results"][0]["status"].as_str().unwrap_or_else(|| panic!("{run:?}")).to_owned()
}

#[test]
fn a_payload_is_the_gate_s_input() {
    let project = Project::new();
    let samples = |scale: u32| json!((1..=100).map(|i| i * scale).collect::<Vec<u32>>()).to_string();
    let event = |version: &str| json!({"schema_version": version, "source": "app@1.0.0", "payload": {}}).to_string();
    for (kind, payload, expected) in [
        ("schema_validation", event("2.0"), "PASS"),
        ("schema_validation", event("3.0"), "FAIL"),
        ("schema_validation", "{".to_owned(), "FAIL"),
        ("performance_regression", samples(1), "UNPROVEN"),
        ("performance_regression", "[1, 2]".to_owned(), "UNPROVEN"),
        ("halluccheck_prri", "12".to_owned(), "PASS"),
        ("halluccheck_prri", r#"{"prri_score": 65}"#.to_owned(), "WARN"),
        ("halluccheck_prri", r#"{"prri_score": 70}"#.to_owned(), "FAIL"),
        ("halluccheck_prri", "101".to_owned(), "UNPROVEN"),
        ("halluccheck_trust", "[]".to_owned(), "UNPROVEN"),
        ("command", "{}".to_owned(), "UNPROVEN"),
    ] {
        let run = evaluated(&project, &["--type", kind], &payload);
        assert_eq!(status(&run), expected, "{kind}: {payload}");
        let code = if matches!(expected, "PASS" | "WARN") { 0 } else { 1 };
        assert_eq!(run.code, Some(code), "{kind}: {payload}");
    }
    assert_eq!(listed(&project).len(), 11);
}

#[test]
fn a_gate_of_a_file_is_evaluated_with_its_keys() {
    let yaml = "gates:\n  - {id: g, type: halluccheck_prri, pass_condition: prri_score < 50, skip_on: main}\n";
    let project = with_gates(yaml);
    let config = ["--config", "gates.yaml"];
    assert_eq!(status(&evaluated(&project, &config, "49")), "PASS");
    assert_eq!(status(&evaluated(&project, &config, "50")), "FAIL");
    let record = &listed(&project)[0];
    assert_eq!((&record["gate_id"], &record["verdict"]), (&"g".into(), &"FAIL".into()));
    let project = one_of_each();
    gate(&project, &["evaluate", "tests", "--config", "gates.yaml"]).run().report(0);
    gate(&project, &["evaluate", "schema", "--config", "gates.yaml"]).run().report(0);
}

#[test]
fn what_cannot_be_evaluated_is_exit_2() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: 'touch ran'}\n");
    fs::write(project.root().join("binary"), b"\xff\xfe").expect("a file");
    for arguments in [
        &["evaluate"][..],
        &["evaluate", "g"],
        &["evaluate", "g", "--type", "comand"],
        &["evaluate", "../g", "--type", "command"],
        &["evaluate", "h", "--config", "gates.yaml"],
        &["evaluate", "g", "--config", "none.yaml"],
        &["evaluate", "g", "--config", "gates.yaml", "--type", "command"],
        &["evaluate", "g", "--type", "halluccheck_prri", "--payload", "none.json"],
        &["evaluate", "g", "--type", "halluccheck_prri", "--payload", "binary"],
        &["evaluate", "g", "--type", "halluccheck_prri", "--payload", "."],
        &["evaluate", "g", "--type", "command", "--pipeline-id", ""],
    ] {
        assert!(!gate(&project, arguments).run().refusal().is_empty(), "{arguments:?}");
    }
    assert!(!project.root().join("ran").exists() && !project.root().join(".delivery-gate").exists());
}

#[test]
fn a_score_is_green_amber_or_red() {
    let project = Project::new();
    project.write("p.yaml", "framework: own\nthresholds: {amber: 10, red: 20}\ndimensions: {bias: {max: 0.5}}\n");
    project.write("amber-above-red.yaml", "thresholds: {amber: 20, red: 10}\n").write("broken.yaml", "thresholds: [\n");
    let policy = |score: &'static str, bias: &'static str| vec![score, "--policy-file", "p.yaml", "--dimension", bias];
    for (arguments, code, verdict) in [
        (vec!["0"], 0, "GREEN"),
        (vec!["29.9"], 0, "GREEN"),
        (vec!["30"], 0, "AMBER"),
        (vec!["69.9"], 0, "AMBER"),
        (vec!["70"], 1, "RED"),
        (vec!["100"], 1, "RED"),
        (policy("9", "bias=0.5"), 0, "GREEN"),
        (policy("10", "bias=0.5"), 0, "AMBER"),
        (policy("20", "bias=0.5"), 1, "RED"),
        (policy("9", "bias=0.51"), 1, "RED"),
    ] {
        let (run, report) = gate(&project, &["prri"]).args(&arguments).json();
        let metrics = &report["results"][0]["metrics"];
        assert_eq!(
            (run.code, &metrics["verdict"], &metrics["allow"]),
            (Some(code), &verdict.into(), &(code == 0).into())
        );
    }
    let (_, report) = gate(&project, &["prri", "60"]).env("DELIVERY_GATE_PRRI_RED_THRESHOLD", "60").json();
    assert_eq!(report["decision"], "NO-GO");
    let record = &listed(&project)[1];
    assert_eq!((&record["gate_id"], &record["metrics"]["policy_file"]), (&"prri".into(), &"p.yaml".into()));
    for arguments in [
        &["prri"][..],
        &["prri", "101"],
        &["prri", "-1"],
        &["prri", "NaN"],
        &["prri", "inf"],
        &["prri", "high"],
        &["prri", "5", "--policy-file", "none.yaml"],
        &["prri", "5", "--policy-file", "broken.yaml"],
        &["prri", "5", "--policy-file", "amber-above-red.yaml"],
        &["prri", "5", "--policy-file", "p.yaml", "--framework", "other"],
        &["prri", "5", "--dimension", "bias"],
        &["prri", "5", "--dimension", "bias=NaN"],
    ] {
        assert!(!gate(&project, arguments).run().refusal().is_empty(), "{arguments:?}");
    }
}

fn record(key: &str, field: &str, value: bool) -> String {
    let line = json!({
        "schema_key": format!("halluccheck.{key}.v1"), "project_id": "agent", "timestamp": Timestamp::now().to_string(),
        field: value,
    });
    format!("{line}\n")
}

/// `delivery-gate trust --events audit` on such records.
fn trusted(records: &[String], arguments: &[&str]) -> (Option<i32>, Value) {
    let project = Project::new();
    project.write("audit/a.jsonl", &records.concat());
    let (run, report) = gate(&project, &["trust", "--events", "audit"]).args(arguments).json();
    let kept = listed(&project).remove(0);
    let row = report["results"][0].clone();
    assert_eq!((&kept["gate_id"], &kept["metrics"]), (&"trust".into(), &row["metrics"]));
    (run.code, row)
}

#[test]
fn records_are_trusted_or_not() {
    let [score, pii, secrets] = [("score", "is_critical"), ("pii", "detected"), ("secrets", "has_secrets")]
        .map(|(key, field)| move |value| record(key, field, value));
    let good = [score(false), pii(false), secrets(false)];
    let (code, row) = trusted(&good, &[]);
    assert_eq!((code, &row["status"], &row["metrics"]["records"].is_u64()), (Some(0), &"PASS".into(), &true), "{row}");
    assert_eq!(trusted(&good, &["--project-id", "agent"]).0, Some(0));
    for bad in [
        [score(true), pii(false), secrets(false)],
        [score(false), pii(true), secrets(false)],
        [score(false), pii(false), secrets(true)],
    ] {
        let (code, row) = trusted(&bad, &[]);
        assert_eq!((code, &row["status"]), (Some(1), &"FAIL".into()), "{row}");
    }
    let future = good[0].replace(&Timestamp::now().to_string()[..4], "9998");
    for missing in [&good[..2], &good[1..], &[good.concat(), "nope\n".into()], &[good.concat(), future]] {
        let (code, row) = trusted(missing, &[]);
        assert_eq!((code, &row["status"]), (Some(1), &"UNPROVEN".into()), "{row}");
    }
    let (code, row) = trusted(&good, &["--project-id", "other"]);
    assert_eq!((code, &row["status"]), (Some(1), &"UNPROVEN".into()), "{row}");
}

#[test]
fn trust_without_records_is_unproven_and_a_wrong_setting_exit_2() {
    let project = Project::new();
    let text = gate(&project, &["trust"]).run().report(1);
    assert!(text.contains("UNPROVEN  trust — no records: set `events:`"), "{text}");
    let said = gate(&project, &["trust"]).env("DELIVERY_GATE_HRI_CRITICAL_THRESHOLD", "5%").run().refusal();
    assert!(said.contains("DELIVERY_GATE_HRI_CRITICAL_THRESHOLD"), "{said}");
}
