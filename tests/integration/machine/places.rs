//! Where findings point: paths from the top of the repository, the lines of single things, and fingerprints that stay.

use serde_json::Value;

use super::{Reports, mixed, secret, text};
use crate::common::Project;

fn place(result: &Value) -> (String, u64) {
    let place = result.pointer("/locations/0/physicalLocation").expect("a place");
    let line = place["region"]["startLine"].as_u64().expect("a line");
    (text(place, "/artifactLocation/uri").to_owned(), line)
}

fn places_of(reports: &Reports, check: &str) -> Vec<(String, u64)> {
    let results = reports.sarif_results().iter().filter(|result| result["ruleId"] == check);
    results.map(place).collect()
}

#[test]
fn each_unpinned_dependency_has_its_line() {
    let project = mixed();
    let reports = Reports::of(&project, project.check());
    let expected = [("pyproject.toml".to_owned(), 5), ("pyproject.toml".to_owned(), 6)];
    assert_eq!(places_of(&reports, "deps_pinned"), expected);
    assert_eq!(places_of(&reports, "version_agrees"), [("pyproject.toml".to_owned(), 3)]);
    assert_eq!(places_of(&reports, "lint"), [("delivery-gate.yaml".to_owned(), 3)]);
    assert_eq!(places_of(&reports, "ci_status"), [("release.yaml".to_owned(), 1)], "it has no place of its own");
    let issues = reports.issues().iter().filter(|issue| issue["check_name"] == "deps_pinned");
    let issues: Vec<_> =
        issues.map(|issue| (text(issue, "/location/path"), issue["location"]["lines"]["begin"].as_u64())).collect();
    assert_eq!(issues, [("pyproject.toml", Some(5)), ("pyproject.toml", Some(6))]);
    let commands = reports.commands();
    let flask = commands.iter().find(|command| command.message.starts_with("flask is not pinned")).expect("flask");
    assert_eq!((flask.property("file"), flask.property("line")), (Some("pyproject.toml"), Some("5")));
}

#[test]
fn a_project_in_a_folder_has_paths_from_the_top() {
    let project = Project::new();
    for (name, content) in [
        ("CHANGELOG.md", crate::common::CHANGELOG),
        ("pyproject.toml", "[project]\nname = \"demo\"\ndependencies = [\"flask\"]\n"),
        ("release.yaml", crate::common::RELEASE),
        ("delivery-gate.yaml", "gates:\n  - {id: unit, type: command, command: no-such-tool}\n"),
    ] {
        project.write(&format!("pkg/{name}"), content);
    }
    project.commit();
    let reports = Reports::of(&project, project.gate(&["check", "--repo", "repo/pkg"]));
    let of = |check: &str| places_of(&reports, check).remove(0);
    assert_eq!(of("changelog"), ("pkg/CHANGELOG.md".to_owned(), 3));
    assert_eq!(of("deps_pinned").0, "pkg/pyproject.toml");
    assert_eq!(of("rollback_tested").0, "pkg/release.yaml");
    assert_eq!(of("ci_status").0, "pkg/release.yaml");
    assert_eq!(of("unit"), ("pkg/delivery-gate.yaml".to_owned(), 2));
    let changelog = reports.results().iter().find(|result| result["id"] == "changelog").expect("the row");
    assert_eq!(changelog["source"], "CHANGELOG.md:3", "JSON names it as the user does");
}

#[test]
fn a_problem_of_a_project_in_a_folder_is_shown_in_its_file() {
    let project = Project::new();
    project.write("pkg/release.yaml", "version: 1.10\n").commit();
    let reports = Reports::of(&project, project.gate(&["check", "--repo", "repo/pkg"]));
    assert_eq!(reports.commands()[0].property("file"), Some("pkg/release.yaml"));
    assert_eq!(text(&reports.issues()[0], "/location/path"), "pkg/release.yaml");
    let note = &reports.sarif_run()["invocations"][0]["toolConfigurationNotifications"][0];
    assert_eq!(place(note), ("pkg/release.yaml".to_owned(), 1));
}

#[test]
fn each_secret_has_its_place_and_a_fingerprint_that_stays() {
    let project = Project::new();
    project.write("conf/a b.txt", &format!("one\naws={}\n", secret()));
    let places = |arguments: &[&str]| {
        let reports = Reports::of(&project, project.gate(arguments));
        let result = reports.sarif_results()[0].clone();
        assert!(!reports.sarif.to_string().contains(&secret()));
        (
            place(&result),
            text(&result, "/partialFingerprints/deliveryGateItem~1v1").to_owned(),
            text(&reports.issues()[0], "/fingerprint").to_owned(),
        )
    };
    let (at, fingerprint, issue) = places(&["scan", "repo"]);
    assert_eq!(at, ("conf/a%20b.txt".to_owned(), 2));
    assert_eq!(fingerprint, issue);
    assert_eq!(places(&["scan", "repo/conf"]).0, at, "whatever the user calls it");
    assert_eq!(places(&["scan", "repo/conf/a b.txt"]).0, at);
    project.write("conf/a b.txt", &format!("one\ntwo\nthree aws={}\n", secret()));
    let (moved, same, _) = places(&["scan", "repo"]);
    assert_eq!((moved.1, same), (3, fingerprint), "it moved, and is the same");
    project.write("gates.yaml", "gates:\n  - {id: secrets, type: secrets_scan}\n");
    assert_eq!(places(&["run", "gates.yaml", "--repo", "repo"]).0, ("conf/a%20b.txt".to_owned(), 3));
}

#[test]
fn an_invalid_document_has_its_line() {
    let project = Project::new();
    project.write("e/events.jsonl", "{}\n");
    project.write("gates.yaml", "gates:\n  - {id: events, type: schema_validation, files: \"e/*.jsonl\"}\n");
    let reports = Reports::of(&project, project.gate(&["run", "gates.yaml", "--repo", "repo"]));
    let places = places_of(&reports, "events");
    assert!(!places.is_empty() && places.iter().all(|place| *place == ("e/events.jsonl".to_owned(), 1)), "{places:?}");
}

#[test]
fn a_gate_of_a_file_keeps_its_source_when_it_is_evaluated_alone() {
    let project = Project::new();
    project.write("gates.yaml", "gates:\n  - {id: a, type: command, command: no-such-tool}\n");
    let (_, report) = project.gate(&["evaluate", "a", "--config", "gates.yaml", "--repo", "repo"]).json();
    assert_eq!(report["results"][0]["source"], "gates.yaml:2");
}
