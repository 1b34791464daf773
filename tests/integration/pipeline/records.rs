//! Where verdicts are kept, and what happens when they cannot be.

use std::fs;

use serde_json::Value;

use super::{artifacts, gate, listed, run, with_gates};
use crate::common::result;

const ONE: &str = "gates:\n  - {id: g, type: command, command: 'true'}\n";

#[test]
fn a_run_does_not_make_the_working_tree_dirty() {
    let project = with_gates(ONE);
    run(&project, &[]).run().report(0);
    assert_eq!(project.git_output(&["status", "--porcelain"]), "");
    assert_eq!(listed(&project).len(), 1);
}

#[test]
fn a_record_names_what_was_judged() {
    let project = with_gates(ONE);
    let gate = run(&project, &["--project-id", "agent"]).env("CI_PIPELINE_ID", "9");
    let (_, report) = gate.json();
    let record = listed(&project).remove(0);
    for (key, value) in [
        ("schema", "delivery-gate/artifact/v1"),
        ("gate_id", "g"),
        ("type", "command"),
        ("verdict", "PASS"),
        ("project_id", "agent"),
        ("pipeline_id", "9"),
        ("commit", &project.head()),
        ("on_fail", "block"),
        ("framework", "default"),
    ] {
        assert_eq!(record[key], *value, "{key}");
    }
    assert_eq!(record["artifact_path"], result(&report, "g")["evidence"][0]);
    assert_eq!(result(&report, "g")["source"], "gates.yaml:2");
}

#[test]
fn no_record_where_none_is_wanted() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: 'true', artifact: false}\n");
    let (run, report) = run(&project, &[]).json();
    assert_eq!((run.code, &result(&report, "g")["evidence"]), (Some(0), &Value::Array(vec![])));
    assert!(!artifacts(&project).exists());
}

#[test]
fn records_go_where_the_flag_or_the_environment_says() {
    let project = with_gates(ONE);
    let count = |dir: &str| {
        let (_, listing) = gate(&project, &["artifacts", "list", "--artifact-dir", dir]).json();
        listing["artifacts"].as_array().expect("artifacts").len()
    };
    run(&project, &["--artifact-dir", "flag"]).env("DELIVERY_GATE_ARTIFACT_DIR", "variable").run().report(0);
    assert_eq!((count("flag"), count("variable")), (1, 0));
    run(&project, &[]).env("DELIVERY_GATE_ARTIFACT_DIR", "variable").run().report(0);
    run(&project, &[]).env("SPANFORGE_GATE_ARTIFACT_DIR", "older").run().report(0);
    assert_eq!((count("flag"), count("variable"), count("older")), (1, 1, 1));
    assert!(!artifacts(&project).exists());
}

/// Root may write anywhere, so that a file stands where the directory would be.
#[test]
fn a_verdict_that_cannot_be_kept_is_exit_2() {
    for file in [".delivery-gate", ".delivery-gate/artifacts"] {
        let project = with_gates(ONE);
        project.write(file, "");
        assert!(run(&project, &[]).run().refusal().contains("is not a directory"), "{file}");
    }
    let command = "rm -rf \"$DG_ARTIFACT_DIR\"; mkdir -p \"$DG_REPO/.delivery-gate\"; : > \"$DG_ARTIFACT_DIR\"";
    let yaml = format!("gates:\n  - {{id: g, type: command, shell: true, command: '{command}'}}\n");
    for (on_fail, arguments) in [("block", &["--json"][..]), ("warn", &[]), ("report", &[])] {
        let project = with_gates(&yaml.replace("id: g", &format!("id: g, on_fail: {on_fail}")));
        let run = run(&project, arguments).run();
        assert!(run.code == Some(2) && run.stderr.contains("the record of g could not be kept"), "{run:?}");
        assert!(!run.stdout.contains("\"GO\"") && !run.stdout.contains("Decision: GO"), "{run:?}");
    }
}

/// AR-16
#[cfg(target_os = "linux")]
#[test]
fn a_go_that_nobody_could_read_is_exit_2_and_recorded() {
    let project = with_gates(ONE);
    let run = crate::output::through_shell(&run(&project, &[]), ">/dev/full");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("could not be written to standard output"), "{run:?}");
    assert_eq!(listed(&project).len(), 1);
}

#[test]
fn a_report_goes_to_a_file_too() {
    let project = with_gates(ONE);
    let text = run(&project, &["--output", "json=r.json"]).run().report(0);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.root().join("r.json")).expect("a report")).expect("JSON");
    assert_eq!((&report["command"], &report["decision"]), (&"run".into(), &"GO".into()));
    assert!(text.ends_with("Result: 1 passed, 0 failed, 0 warned, 0 skipped, 0 unproven\n\nDecision: GO\n"), "{text}");
}
