//! `gates:` of delivery-gate.yaml, run inside `check`.

use crate::common::{Project, result};

fn with_gates(gates: &str) -> Project {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", &format!("gates:\n{gates}")).commit().tag("v1.2.3");
    project
}

#[test]
fn gates_are_rows_between_the_auto_checks_and_the_claims() {
    let project = with_gates(
        "  - {id: unit, name: Unit tests, type: command, command: \"true\"}\n  - {id: lint, type: command, command: \"true\"}\n",
    );
    let (run, report) = project.check_after_ci().json();
    assert_eq!(run.code, Some(0), "{run:?}");
    let ids: Vec<_> = report["results"].as_array().expect("results").iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids[4..8], ["version_agrees", "unit", "lint", "rollback_tested"]);
    let unit = result(&report, "unit");
    assert_eq!(
        (&unit["status"], &unit["kind"], &unit["title"]),
        (&"PASS".into(), &"AUTO".into(), &"Unit tests".into())
    );
    let record = unit["evidence"][0].as_str().expect("a record");
    assert!(std::path::Path::new(record).is_file(), "{record}");
    // The records do not make the release's tree dirty.
    assert_eq!(project.check_after_ci().run().code, Some(0));
}

#[test]
fn a_gate_that_fails_holds_the_release_unless_its_author_says_otherwise() {
    let project = with_gates("  - {id: unit, type: command, command: \"false\"}\n");
    let run = project.check_after_ci().run();
    assert!(run.stdout.contains("[AUTO]      FAIL  unit — exit code 1") && run.code == Some(1), "{run:?}");
    for (on_fail, row) in
        [("warn", "[AUTO]      WARN  unit — FAIL: exit code 1"), ("report", "[AUTO]      FAIL  unit — ")]
    {
        let gate = format!("  - {{id: unit, type: command, command: \"false\", on_fail: {on_fail}}}\n");
        let run = with_gates(&gate).check_after_ci().run();
        assert!(run.stdout.contains(row) && run.stdout.contains("Let through by policy:"), "{run:?}");
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}

#[test]
fn gates_run_after_the_tree_was_judged() {
    let project = with_gates("  - {id: build, type: command, command: \"touch built\"}\n");
    assert_eq!(project.check_after_ci().run().code, Some(0));
    assert!(project.root().join("built").exists());
    assert_eq!(project.check_after_ci().run().code, Some(1), "now the tree is dirty");
}

#[test]
fn a_verdict_that_cannot_be_recorded_holds_the_release_whatever_its_author_says() {
    let project = with_gates("  - {id: unit, type: command, command: \"true\", on_fail: report}\n");
    std::fs::write(project.path("taken"), "").expect("a file");
    let taken = project.path("taken").display().to_string();
    let run = project.check_after_ci().env("DELIVERY_GATE_ARTIFACT_DIR", &taken).run();
    assert!(run.stdout.contains("UNPROVEN  unit — ") && run.code == Some(1), "{run:?}");
}

#[test]
fn a_gate_cannot_be_attested() {
    let project = with_gates("  - {id: unit, type: command, command: \"false\"}\n");
    project.append("release.yaml", "  unit: {answer: true, by: \"Jane Smith\"}\n").commit();
    assert!(project.check_after_ci().run().refusal().contains("attestations.unit is a gate of delivery-gate.yaml"));
}
