//! Every format says the same of a run: the checks, their statuses, who established them, and the decision.

use serde_json::Value;

use super::{Reports, mixed, secret, text};
use crate::common::{Gate, Project};

/// A row as every format has it: id, kind, status.
type Row = (String, String, String);

fn rows_of(results: &[Value]) -> Vec<Row> {
    let word = |row: &Value, key: &str| row[key].as_str().expect(key).to_owned();
    results.iter().map(|row| (word(row, "id"), word(row, "kind"), word(row, "status"))).collect()
}

/// The rows of the JSON report, and the one that says that nothing was shown.
fn expected(reports: &Reports) -> Vec<Row> {
    let mut rows = rows_of(reports.results());
    let reasons = reports.json["hold_reasons"].as_array().expect("reasons");
    if reasons.iter().any(|reason| reason["id"] == "nothing_shown") {
        rows.push(("nothing_shown".into(), "AUTO".into(), "UNPROVEN".into()));
    }
    rows
}

fn rows_of_sarif(reports: &Reports) -> Vec<Row> {
    let facts = reports.sarif_results().iter().map(|result| {
        let fact = |name: &str| text(result, &format!("/properties/{name}")).to_owned();
        (fact("check"), fact("kind"), fact("status"))
    });
    let mut rows: Vec<_> = facts.collect();
    rows.dedup();
    rows
}

fn rows_of_junit(junit: &str) -> Vec<Row> {
    let document = roxmltree::Document::parse(junit).expect("XML");
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let rows = cases.map(|case| {
        let output = case.children().find(|node| node.has_tag_name("system-out")).expect("system-out");
        let mut words = output.text().expect("a text").split(' ');
        let kind = words.next().expect("a kind").trim_matches(['[', ']']).to_owned();
        (case.attribute("name").expect("a name").to_owned(), kind, words.next().expect("a status").to_owned())
    });
    rows.collect()
}

fn agree(project: &Project, gate: Gate) -> Reports {
    let reports = Reports::of(project, gate);
    let expected = expected(&reports);
    let decision = reports.json["decision"].as_str().expect("a decision");
    assert_eq!(rows_of_sarif(&reports), expected, "sarif");
    assert_eq!(reports.sarif_run()["properties"]["decision"], decision);
    assert_eq!(reports.sarif_run()["invocations"][0]["exitCode"], reports.json["exit_code"]);
    assert_eq!(reports.sarif_run()["invocations"][0]["executionSuccessful"], true);
    assert_eq!(rows_of_junit(&reports.junit), expected, "junit");
    assert!(
        reports.junit.contains(&format!("<property name=\"decision\" value=\"{decision}\"/>")),
        "{}",
        reports.junit
    );

    let bad = expected.iter().filter(|(_, _, status)| ["FAIL", "UNPROVEN", "WARN"].contains(&status.as_str()));
    let bad: Vec<_> = bad.map(|(id, _, _)| id.clone()).collect();
    let mut named: Vec<_> = reports.issues().iter().map(|issue| text(issue, "/check_name").to_owned()).collect();
    named.dedup();
    assert_eq!(named, bad, "gitlab");

    let commands = reports.commands();
    let said: Vec<_> = commands.iter().map(|command| (command.name.as_str(), command.message.clone())).collect();
    assert_eq!(said.last(), Some(&("notice", format!("Decision: {decision}"))), "github");
    for reason in reports.json["hold_reasons"].as_array().expect("reasons") {
        let titled = commands.iter().filter(|command| command.name == "error");
        let mut titled = titled.filter(|command| command.property("title") == Some(text(reason, "/title")));
        assert!(titled.next().is_some(), "{reason} in {}", reports.github);
    }
    assert_eq!(said.iter().any(|(name, _)| *name == "error"), decision == "NO-GO", "{}", reports.github);
    reports
}

#[test]
fn of_a_go() {
    let project = Project::released();
    let reports = agree(&project, project.check_after_ci());
    assert_eq!((reports.issues().len(), reports.commands().len()), (0, 1));
}

#[test]
fn of_a_no_go_with_everything() {
    let project = mixed();
    let reports = agree(&project, project.check());
    let kinds: Vec<_> =
        reports.sarif_results().iter().map(|result| (text(result, "/kind"), text(result, "/level"))).collect();
    for expected in
        [("pass", "none"), ("fail", "error"), ("fail", "warning"), ("open", "none"), ("notApplicable", "none")]
    {
        assert!(kinds.contains(&expected), "{expected:?} in {kinds:?}");
    }
    let severities: Vec<_> = reports.issues().iter().map(|issue| text(issue, "/severity")).collect();
    for expected in ["blocker", "critical", "minor"] {
        assert!(severities.contains(&expected), "{expected} in {severities:?}");
    }
    let warned = reports.commands().iter().filter(|command| command.name == "warning").count();
    assert_eq!(warned, 2, "what policy lets through is said: {}", reports.github);
}

#[test]
fn of_what_was_declared_not_applicable() {
    let project = Project::drafted();
    project.append("release.yaml", "not_applicable:\n  ci_status: No CI here.\n").commit().tag("v1.2.3");
    agree(&project, project.check());
}

#[test]
fn of_scans() {
    let project = Project::drafted();
    project.commit();
    agree(&project, project.gate(&["scan", "repo"]));
    project.write("a.txt", &format!("aws={}\n", secret()));
    let reports = agree(&project, project.gate(&["scan", "repo"]));
    assert_eq!(reports.sarif_results().len(), 1);
    std::fs::create_dir(project.path("empty")).expect("a folder");
    agree(&project, project.gate(&["scan", "empty"]));
}

#[test]
fn of_gates_and_scores() {
    let project = Project::new();
    project.write("gates.yaml", "gates:\n  - {id: a, type: command, command: no-such-tool}\n  - {id: b, type: halluccheck_prri, on_fail: warn}\n");
    agree(&project, project.gate(&["run", "gates.yaml", "--repo", "repo"]));
    for score in ["10", "50", "90"] {
        agree(&project, project.gate(&["prri", score, "--repo", "repo"]));
    }
    agree(&project, project.gate(&["trust", "--repo", "repo"]));
}

#[test]
fn of_a_run_in_which_nothing_was_shown() {
    let project = Project::new();
    project.write("gates.yaml", "gates:\n  - {id: a, type: command, command: echo, skip_on_draft: true}\n");
    let reports = agree(&project, project.gate(&["run", "gates.yaml", "--repo", "repo", "--draft"]));
    assert_eq!(reports.run.code, Some(1));
    assert!(reports.junit.contains("errors=\"1\""), "{}", reports.junit);
}

#[test]
fn of_a_decision_gate() {
    let project = Project::drafted();
    project.commit().write("Dockerfile", "FROM scratch\n").commit();
    let reports = agree(&project, project.gate(&["decision", "--repo", "repo", "--base", "HEAD~1"]));
    let place = text(&reports.sarif_results()[0], "/locations/0/physicalLocation/artifactLocation/uri");
    assert_eq!(place, "Dockerfile");
}

#[test]
fn of_a_gate_that_could_not_be_asked() {
    let project = Project::drafted();
    project.write("release.yaml", "version: 1.10\nattestatons: {}\n");
    let reports = Reports::of(&project, project.check());
    assert_eq!(reports.run.code, Some(2));
    let invocation = &reports.sarif_run()["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&2.into(), &false.into()));
    let notes = invocation["toolConfigurationNotifications"].as_array().expect("notifications");
    assert_eq!(notes.len(), 2);
    let place = notes[1].pointer("/locations/0/physicalLocation").expect("a place");
    assert_eq!((text(place, "/artifactLocation/uri"), &place["region"]["startLine"]), ("release.yaml", &2.into()));
    assert_eq!(reports.sarif_run()["properties"]["decision"], Value::Null);
    let document = roxmltree::Document::parse(&reports.junit).expect("XML");
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
    assert_eq!((suite.attribute("tests"), suite.attribute("errors")), (Some("1"), Some("1")));
    assert_eq!(reports.issues().len(), 2);
    let commands = reports.commands();
    let places: Vec<_> = commands.iter().map(|command| (command.property("file"), command.property("line"))).collect();
    assert_eq!(places, [(Some("release.yaml"), Some("1")), (Some("release.yaml"), Some("2"))]);
    assert!(commands.iter().all(|command| command.name == "error"));
}

#[test]
fn whoever_asked_for_a_format_gets_it_for_a_usage_error_too() {
    for (format, begin) in [("sarif", "{"), ("junit", "<?xml"), ("gitlab", "["), ("github", "::error ")] {
        for arguments in
            [&["check", "--format", format, "--nonsense"][..], &["check", "--repo", "no/such", "--format", format]]
        {
            let run = Gate::bare().args(arguments).run();
            assert!(run.code == Some(2) && run.stdout.starts_with(begin) && !run.stderr.is_empty(), "{run:?}");
        }
    }
}
