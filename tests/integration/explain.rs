//! `explain`: the documents' sections, for those who have only the binary.

use delivery_gate::internal::model::{AUTO_IDS, STANDARD_ATTESTATIONS};
use delivery_gate::pipeline::Registry;

use crate::common::{Gate, Project};

#[test]
fn everything_has_a_page_without_marks() {
    let standard = STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id);
    let registry = Registry::builtin();
    let words = ["AUTO", "ATTESTED", "PASS", "FAIL", "UNPROVEN", "WARN", "NA", "SKIPPED", "GO", "NO-GO"];
    let of_verify = ["confirmed", "different", "recorded", "cannot be established any more", "NOT CONFIRMED"];
    let all: Vec<_> =
        AUTO_IDS.iter().copied().chain(standard).chain(registry.names()).chain(words).chain(of_verify).collect();
    let contents = Gate::bare().args(&["explain"]).run().report(0);
    for id in all {
        let page = Gate::bare().args(&["explain", id]).run().report(0);
        let (heading, body) = page.split_once("\n\n").expect("a heading");
        assert_eq!(heading, id);
        let mut prose = page.lines().filter(|line| !line.starts_with("    ") && line.contains(' '));
        let plain = |line: &str| line.chars().count() <= 80 && !line.contains("](") && !line.contains("**");
        assert!(body.len() > 60 && prose.all(plain), "{page}");
        assert!(contents.contains(id), "{contents}");
    }
}

#[test]
fn pages_read_well() {
    insta::assert_snapshot!(Gate::bare().args(&["explain", "release_point"]).run().report(0));
    insta::assert_snapshot!(Gate::bare().args(&["explain", "halluccheck_prri"]).run().report(0));
    insta::assert_snapshot!(Gate::bare().args(&["explain"]).run().report(0));
}

#[test]
fn letter_case_does_not_matter() {
    let page = |id: &str| Gate::bare().args(&["explain", id]).run().report(0);
    assert_eq!(page("unproven"), page("UNPROVEN"));
}

#[test]
fn a_row_is_explained_by_its_title() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "attestations: {security: {title: Security review held}}\n");
    let page = |name: &str| project.gate(&["explain", name, "--repo", "repo"]).run().report(0);
    assert_eq!(page("Clean, tagged release point"), page("release_point"));
    assert_eq!(page("rollback procedure tested"), page("rollback_tested"));
    assert_eq!(page("Security review held"), page("security"));
}

#[test]
fn ids_of_the_project_say_where_they_come_from() {
    let project = Project::drafted();
    project.write(
        "delivery-gate.yaml",
        "attestations: {security: {title: Security review held, evidence: required}}\n\
         gates: [{id: tests, type: command, command: echo ok, on_fail: report}]\n",
    );
    let page = |id: &str| project.gate(&["explain", id, "--repo", "repo"]).run().report(0);
    insta::assert_snapshot!(page("security"));
    insta::assert_snapshot!(page("tests"));
}

#[test]
fn a_title_begins_no_workflow_command() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "attestations: {security: {title: ' ::error::x'}}\n");
    let page = project.gate(&["explain", "security", "--repo", "repo"]).run().report(0);
    assert!(page.contains("error::x") && page.lines().all(|line| !line.trim_start().starts_with("::")), "{page}");
}

#[test]
fn an_unknown_id_is_refused_with_the_nearest() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "attestations: {pentest_done: {title: Pentest}}\n");
    let refusal = |id: &str| project.gate(&["explain", id, "--repo", "repo"]).run().refusal();
    assert!(refusal("release-point").contains("did you mean `release_point`?"));
    assert!(refusal("pentest_don").contains("did you mean `pentest_done`?"));
    assert!(refusal("zzz\u{1b}[31m").contains("nothing is called `zzz\\u{1b}[31m`; `delivery-gate explain` lists"));
    project.write("delivery-gate.yaml", "attestatons: {}\n");
    assert!(refusal("pentest_done").contains("the ids of this project could not be read"));
    assert_eq!(project.gate(&["explain", "changelog", "--repo", "repo"]).run().code, Some(0));
}

#[test]
fn what_pins_is_told_for_the_ecosystems_of_the_project() {
    let project = Project::released();
    project.write("go.mod", "module example.org/demo\n\ngo 1.22\n");
    let told = project.gate(&["explain", "deps_pinned", "--repo", "repo"]).run().report(0);
    let told = told.replace('\n', " ");
    assert!(told.contains("Here, Python (pyproject.toml): a dependency is pinned when it is `==X`"), "{told}");
    assert!(told.contains("Here, Go (go.mod): a dependency is pinned when its hash"), "{told}");
    assert!(!told.contains("Here, Rust"), "{told}");
    let elsewhere = project.gate(&["explain", "deps_pinned"]).run().report(0);
    assert!(!elsewhere.contains("Here, ") && elsewhere.contains("To fix it"), "{elsewhere}");
}
