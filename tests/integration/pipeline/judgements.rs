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
fn a_payload_is_read_or_refused_and_nothing_else_is_judged() {
    let yaml = "gates:\n  - {id: g, type: dependency_security, database: osv}\n";
    let project = with_gates(yaml);
    let advisory = json!({"id": "PYSEC-1", "modified": jiff::Timestamp::now().to_string(), "affected": [
        {"package": {"ecosystem": "PyPI", "name": "requests"}, "versions": ["2.28.0"]}]});
    project.write("osv/PYSEC-1.json", &advisory.to_string()).write("requirements.txt", "idna==3.7\n").commit();
    let config = ["--config", "gates.yaml"];
    for (payload, expected) in [
        (r#"{"package": "requests==2.28.0"}"#, "FAIL"),
        (r#"{"packages": ["idna==3.7", "requests==2.28.0"]}"#, "FAIL"),
        (r#"["requests==2.28.1"]"#, "PASS"),
        ("requests==2.28.0", "FAIL"),
        (r#"{"cve_count": 2, "packages_scanned": 4}"#, "FAIL"),
    ] {
        assert_eq!(status(&evaluated(&project, &config, payload)), expected, "{payload}");
    }
    let secrets = ["--type", "secrets_scan"];
    for (payload, expected) in [
        (r#"{"secrets_detected": true, "hit_count": 4}"#, "FAIL"),
        (r#"{"hit_count": 4}"#, "FAIL"),
        (r#"{"secrets_detected": false, "hit_count": 0}"#, "PASS"),
        (r#"{"secrets_detected": false, "auto_blocked": true}"#, "UNPROVEN"),
        (r#"{"files": {"a": "x"}}"#, "PASS"),
        ("a text", "PASS"),
    ] {
        assert_eq!(status(&evaluated(&project, &secrets, payload)), expected, "{payload}");
    }
    for (arguments, payload) in [
        (config, r#"{"pakage": "requests==2.28.0"}"#),
        (config, r#"{"package": "requests>=2"}"#),
        (config, "{}"),
        (secrets, r#"{"secret_detected": true}"#),
        (secrets, r#"{"secrets_detected": true, "score": NaN}"#),
        (secrets, r#"[{"RuleID": "aws"}]"#),
        (["--type", "performance_regression"], "12"),
        (["--type", "performance_regression"], r#"{"p95": 3}"#),
    ] {
        let run = evaluated(&project, &arguments, payload);
        assert_eq!(run.code, Some(2), "{payload}: {run:?}");
        assert!(run.stdout.contains("--payload"), "{payload}: {run:?}");
    }
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

#[test]
fn a_link_to_a_folder_of_records_is_not_passed_over() {
    let project = with_gates("gates:\n  - {id: g, type: halluccheck_trust, events: ev}\n");
    let sound = [record("score", "is_critical", false), record("pii", "detected", false)];
    let sound = sound.into_iter().chain([record("secrets", "has_secrets", false)]).collect::<Vec<_>>();
    project.write("ev/a.jsonl", &sound.join("\n")).write("elsewhere/b.jsonl", "{oops\n");
    let ended = || super::run(&project, &[]).json().1["results"][0].clone();
    assert_eq!(ended()["status"], "PASS", "{}", ended());
    std::os::unix::fs::symlink("../elsewhere", project.root().join("ev/today")).expect("a link");
    let row = ended();
    assert_eq!(row["status"], "UNPROVEN");
    assert!(row["detail"].as_str().is_some_and(|detail| detail.starts_with("ev/today: a link")), "{row}");
}

#[test]
fn thresholds_of_the_environment_are_named() {
    let project = with_gates("gates:\n  - {id: g, type: halluccheck_prri, input: score.json}\n");
    project.write("score.json", "90");
    let (run, report) = super::run(&project, &[]).env("DELIVERY_GATE_PRRI_RED_THRESHOLD", "100").json();
    assert_eq!(run.code, Some(0));
    assert_eq!(report["results"][0]["metrics"]["thresholds_from"], json!(["DELIVERY_GATE_PRRI_RED_THRESHOLD=100"]));
    for arguments in [&["run", "gates.yaml"][..], &["prri", "90"]] {
        let text = gate(&project, arguments).env("SPANFORGE_GATE_PRRI_RED_THRESHOLD", "100").run().report(0);
        assert!(text.contains("(from the environment: SPANFORGE_GATE_PRRI_RED_THRESHOLD=100)"), "{text}");
    }
    project.write(
        "gates.yaml",
        "gates:\n  - {id: g, type: halluccheck_prri, input: score.json, prri_red_threshold: 95}\n",
    );
    let (_, report) = super::run(&project, &[]).env("DELIVERY_GATE_PRRI_RED_THRESHOLD", "100").json();
    assert_eq!(report["results"][0]["metrics"].get("thresholds_from"), None);
}

#[test]
fn a_baseline_is_a_run_of_the_same_gate_and_small_steps_do_not_add_up() {
    let gate_file = "gates:\n  - {id: g, type: performance_regression, samples: s.json, init_baseline: true}\n";
    let project = with_gates(gate_file);
    let measured = |ms: f64| {
        project.write("s.json", &json!(vec![ms; 400]).to_string());
        let row = super::run(&project, &[]).json().1["results"][0].clone();
        (row["status"].as_str().unwrap_or_default().to_owned(), row["detail"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(measured(100.0).0, "PASS");
    assert_eq!(measured(109.0).0, "PASS");
    assert_eq!(measured(118.0).0, "PASS");
    let (status, detail) = measured(127.0);
    assert!(status == "FAIL" && detail.contains("+27% against the oldest record"), "{detail}");

    project.write("s.json", &json!(vec![500.0; 400]).to_string());
    let alone = |file: &str| super::gate(&project, &["evaluate", "g", "--config", file]).run();
    project.write("lax.yaml", &gate_file.replace("init_baseline: true", "max_regression_pct: 9999"));
    assert_eq!(alone("lax.yaml").code, Some(1), "no baseline of that configuration");
    project.write("lax.yaml", &gate_file.replace("init_baseline: true", "pass_condition: p99_latency_ms < 9999"));
    alone("lax.yaml").report(0);
    let (status, detail) = measured(500.0);
    assert!(status == "FAIL" && detail.contains("against the baseline"), "{detail}");
    project.write("gates.yaml", &gate_file.replace("}", ", max_regression_pct: 50}"));
    let (status, detail) = measured(100.0);
    assert!(status == "UNPROVEN" && detail.contains("there are records of this gate"), "{detail}");
}

/// A fault of the document as a whole has no way into it to name.
#[test]
fn a_fault_of_a_whole_document_stands_behind_its_file() {
    let project = Project::new();
    project.write("gates.yaml", "gates: [{id: events, type: schema_validation, files: [e.json]}]\n");
    project.write("e.json", "{\"source\": \"a@1.0.0\", \"payload\": {}}").commit();
    let run = project.gate(&["run", "gates.yaml", "--repo", "repo"]).run();
    assert!(run.row("events").contains("the first: e.json: `schema_version` is missing"), "{run:?}");
}

/// What begins as JSON was meant to be JSON.
#[test]
fn a_payload_that_is_broken_json_is_told_so() {
    let project = Project::new();
    std::fs::write(project.path("broken"), "{\"prri_score\": 1").expect("a file");
    for kind in ["halluccheck_prri", "halluccheck_trust", "performance_regression"] {
        let told = project.gate(&["evaluate", "x", "--type", kind, "--payload", "broken", "--repo", "repo"]).run();
        let why = "a text that begins as JSON does and is none (EOF while parsing an object at line 1 column 16)";
        let said = format!("{}{}", told.stdout, told.stderr);
        assert!(said.contains(why) && told.code != Some(0), "{kind}: {told:?}");
    }
    let told =
        project.gate(&["evaluate", "x", "--type", "secrets_scan", "--payload", "broken", "--repo", "repo"]).run();
    assert_eq!(told.code, Some(0), "{told:?}");
}
