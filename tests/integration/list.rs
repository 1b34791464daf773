//! `list`: every check, on or off, and why.

use delivery_gate::internal::model::{AUTO_IDS, STANDARD_ATTESTATIONS};
use serde_json::Value;

use crate::common::{Project, result};

const POLICY: &str = "required: [ci_status]
attestations:
  security: {title: Security review held, evidence: required, distinct_from: [rollback_tested]}
gates: [{id: tests, type: command, command: echo ok, on_fail: report}]
decision: {base: HEAD}
";

fn list(project: &Project) -> String {
    project.gate(&["list", "--repo", "repo"]).run().report(0)
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_str().expect("an id")).collect()
}

#[test]
fn a_directory_with_nothing_in_it_is_listed_too() {
    let project = Project::new();
    let listed = list(&project);
    insta::assert_snapshot!(listed);
    std::fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    assert_eq!(list(&project), listed);
    let (_, listing) = project.gate(&["list", "--repo", "repo"]).json();
    let standard = STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id);
    assert_eq!(ids(&listing["checks"]), AUTO_IDS.iter().copied().chain(standard).collect::<Vec<_>>());
}

#[test]
fn a_project_with_everything() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", POLICY);
    project.append(
        "release.yaml",
        "  own: {answer: true, by: Eng}\nnot_applicable: {deps_pinned: none, monitorng_reviewed: no}\n",
    );
    let release = std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    project.write(
        "release.yaml",
        &release.replace("deps_pinned: none", "deps_pinned: \"no \u{202e} code\"").replace(": no}", ": \"no\"}"),
    );
    insta::assert_snapshot!(list(&project));
}

#[test]
fn what_is_on_is_what_check_asks() {
    for policy in [None, Some(POLICY)] {
        let project = Project::drafted();
        project.append("release.yaml", "not_applicable: {feature_flags: none here}\n");
        policy.map(|policy| project.write("delivery-gate.yaml", policy));
        project.commit();
        let (_, report) = project.check().json();
        let (run, mut listing) = project.gate(&["list", "--repo", "repo"]).json();
        assert_eq!((run.code, listing["schema"].as_str()), (Some(0), Some("delivery-gate/checks/v1")));
        let checks = listing["checks"].as_array_mut().expect("checks");
        checks.retain(|check| check["on"] == true);
        assert_eq!(ids(&listing["checks"]), ids(&report["results"]));
        for check in listing["checks"].as_array().expect("checks") {
            let row = result(&report, check["id"].as_str().expect("an id"));
            for fact in ["title", "kind", "blocking"] {
                assert_eq!(check[fact], row[fact], "{check}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    let project = Project::drafted();
    project.write("release.yaml", "version: 1.10\n");
    assert!(project.gate(&["list", "--repo", "repo"]).run().refusal().contains("release.yaml:1:10"));
    let (run, report) = project.gate(&["list", "--repo", "repo"]).json();
    assert_eq!((run.code, &report["command"], &report["exit_code"]), (Some(2), &"list".into(), &2.into()));
    assert!(project.gate(&["list", "--repo", "none"]).run().refusal().contains("--repo none"));
}
