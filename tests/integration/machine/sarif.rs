//! SARIF, held to the standard's schema.

use serde_json::Value;

use super::{Reports, mixed, secret, text};
use crate::common::{Gate, Project};

fn schema() -> jsonschema::Validator {
    let schema: Value =
        serde_json::from_str(include_str!("../../fixtures/schemas/sarif-2.1.0.schema.json")).expect("JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn valid(project: &Project, gate: Gate) -> Reports {
    let reports = Reports::of(project, gate);
    let errors: Vec<_> =
        schema().iter_errors(&reports.sarif).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    reports
}

#[test]
fn every_document_is_valid() {
    let released = Project::released();
    valid(&released, released.check_after_ci());
    let mixed = mixed();
    let reports = valid(&mixed, mixed.check());
    let root = mixed.root().canonicalize().expect("a path").display().to_string();
    assert!(!reports.sarif.to_string().contains(&root), "no path of this machine");
    mixed.write("release.yaml", "version: 1.10\n");
    valid(&mixed, mixed.check());
    valid(&mixed, mixed.gate(&["scan", "no/such"]));
    let bad: Value = serde_json::from_str(r#"{"version": "2.1.0", "runs": [{"results": []}]}"#).expect("JSON");
    assert!(!schema().is_valid(&bad), "the schema can refuse");
}

#[test]
fn a_run_names_its_commit_and_where_it_is_from() {
    let project = Project::released();
    project.git(&["remote", "add", "origin", "https://user:secret@git.example.com/acme/demo.git?token=x"]);
    let reports = valid(&project, project.check_after_ci());
    let provenance = &reports.sarif_run()["versionControlProvenance"][0];
    assert_eq!(text(provenance, "/repositoryUri"), "https://git.example.com/acme/demo.git");
    assert_eq!(
        (text(provenance, "/revisionId"), text(provenance, "/revisionTag")),
        (project.head().as_str(), "v1.2.3")
    );
    let written = reports.sarif.to_string();
    assert!(!written.contains("user:") && !written.contains("token=x"), "{written}");
}

#[test]
fn rules_stand_where_results_say() {
    let project = mixed();
    let reports = valid(&project, project.check());
    let rules = &reports.sarif_run()["tool"]["driver"]["rules"];
    for result in reports.sarif_results() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(text(rule, "/help/text").len() > 50 && !text(rule, "/help/markdown").contains("](#"), "{rule}");
        let is_fail = result["kind"] == "fail";
        assert_eq!(result["level"] != "none", is_fail, "3.27.10: {result}");
    }
    let unproven = reports.sarif_run()["invocations"][0]["toolExecutionNotifications"].as_array().expect("notes");
    let unproven = unproven.iter().find(|note| note["associatedRule"]["id"] == "events").expect("a note");
    assert_eq!((text(unproven, "/level"), text(unproven, "/message/text").starts_with("UNPROVEN: ")), ("error", true));
}

#[test]
fn more_findings_than_code_scanning_keeps_are_counted() {
    let project = Project::new();
    let lines: String = (0..5_010).map(|_| format!("aws={}\n", secret())).collect();
    project.write("a.txt", &lines);
    let reports = valid(&project, project.gate(&["scan", "repo"]));
    assert_eq!(reports.sarif_results().len(), 5_000);
    let note = &reports.sarif_run()["invocations"][0]["toolExecutionNotifications"][0];
    assert!(text(note, "/message/text").starts_with("10 more results"), "{note}");
    assert_eq!(reports.commands().iter().filter(|command| command.name == "error").count(), 10);
    assert!(reports.github.contains("::5001 more errors: see the report\n"), "{}", reports.github);
    let mut fingerprints: Vec<_> = reports.issues().iter().map(|issue| text(issue, "/fingerprint")).collect();
    let all = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!((all, fingerprints.len()), (5_010, 5_010), "the same secret many times is many findings");
}

#[test]
fn what_holds_the_release_is_among_the_results_however_many_there_are() {
    let project = Project::released();
    let claims: String = (0..5_010).map(|n| format!("  c{n}: {{answer: true, by: Jane Smith}}\n")).collect();
    project.append("release.yaml", &claims).append("release.yaml", "  last: {answer: false, by: Jane Smith}\n");
    let reports = valid(&project, project.check_after_ci());
    let failed =
        |id: &str| reports.sarif_results().iter().any(|result| result["ruleId"] == id && result["kind"] == "fail");
    assert!(failed("release_point") && failed("last"));
}
