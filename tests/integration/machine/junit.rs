//! JUnit XML: counts, and what is neither a pass nor a failure.

use std::process::Command;

use super::{Reports, mixed};
use crate::common::{Gate, Project};

fn number(node: &roxmltree::Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).expect(name).parse().expect("a number")
}

#[test]
fn no_time_is_nothing() {
    let project = Project::released();
    let fine = project.gate(&["scan", "repo", "--format", "junit"]).run().report(0);
    let checked = project.check_after_ci().args(&["--format", "junit"]).run().report(0);
    let refused = project.gate(&["check", "--repo", "repo/none", "--format", "junit"]).run().report(2);
    for xml in [fine, checked, refused] {
        let document = roxmltree::Document::parse(&xml).expect("XML");
        let times: Vec<f64> = document
            .descendants()
            .filter_map(|node| node.attribute("time"))
            .map(|time| time.parse().expect("seconds"))
            .collect();
        assert!(times.len() > 2 && times.iter().all(|seconds| *seconds >= 0.001), "{xml}");
    }
}

#[test]
fn counts_are_those_of_the_cases() {
    let project = mixed();
    let reports = Reports::of(&project, project.check());
    let document = roxmltree::Document::parse(&reports.junit).expect("XML");
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
    let having = |name: &str| {
        let cases = suite.children().filter(|node| node.has_tag_name("testcase"));
        cases.filter(|case| name.is_empty() || case.children().any(|node| node.has_tag_name(name))).count()
    };
    for (count, element) in [("tests", ""), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
        assert_eq!(number(&suite, count), having(element), "{count}");
        assert!(having(element) > 0, "{count}");
    }
    let seconds: f64 = suite.attribute("time").expect("a time").parse().expect("seconds");
    let milliseconds = reports.json["duration_ms"].as_f64().expect("milliseconds");
    assert!((seconds * 1000.0 - milliseconds).abs() < 0.01, "{seconds} s, {milliseconds} ms");
    let started_at = reports.json["started_at"].as_str().expect("a time");
    assert!(started_at.starts_with(suite.attribute("timestamp").expect("a time")), "{started_at}");
}

#[test]
fn what_policy_lets_through_is_no_green() {
    let project = mixed();
    let reports = Reports::of(&project, project.check());
    let document = roxmltree::Document::parse(&reports.junit).expect("XML");
    for (id, status) in [("lint", "WARN"), ("style", "UNPROVEN")] {
        let case = document.descendants().find(|node| node.attribute("name") == Some(id)).expect(id);
        let skipped = case.children().find(|node| node.has_tag_name("skipped")).expect("skipped");
        let message = skipped.attribute("message").expect("a message");
        assert_eq!(skipped.attribute("type"), Some(status));
        assert!(message.starts_with("let through by policy: ") && message.contains("no-such-tool"), "{message}");
    }
}

/// `xmllint` is of libxml2-utils; CI installs it and runs this.
#[test]
#[ignore = "needs xmllint"]
fn every_document_is_valid() {
    let hostile = super::hostile::project();
    let mixed = mixed();
    valid(&hostile, hostile.check());
    valid(&mixed, mixed.check());
    valid(&mixed, mixed.gate(&["scan", "repo"]));
    mixed.write("release.yaml", "version: 1.10\n");
    valid(&mixed, mixed.check());
    std::fs::write(mixed.path("report.junit"), "<testsuites><testsuite/></testsuites>").expect("a file");
    assert!(!lint(&mixed).status.success(), "the schema can refuse");
}

fn valid(project: &Project, gate: Gate) {
    let reports = Reports::of(project, gate);
    let output = lint(project);
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), reports.junit);
}

fn lint(project: &Project) -> std::process::Output {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schemas/junit-10.xsd");
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--nonet", "--noout", "--schema", schema]).arg(project.path("report.junit"));
    xmllint.output().expect("xmllint is there")
}
