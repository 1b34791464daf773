//! Text from outside in each format: it is shown, and does nothing.

use delivery_gate::internal::model::is_hidden;
use serde_json::Value;

use super::{Reports, secret, text};
use crate::common::Project;

/// What a claim, a reason or a name may hold: commands, markup, controls, overrides.
const TEXT: &str = r#"]]></system-out>\n::error::owned\r\n##[error]x %0A::add-mask::y <b a='1'>&amp; \"q\" [x](https://evil.example) \u001b[2J\u202e\ufffe, z"#;

/// A release whose every free text is hostile.
pub(super) fn project() -> Project {
    let project = Project::drafted();
    project.write(
        "release.yaml",
        &format!(
            "version: \"1.2.3\"\nattestations:\n  rollback_tested: {{answer: true, by: \"{TEXT}\", evidence: \"{TEXT}\"}}\nnot_applicable:\n  feature_flags: \"{TEXT}\"\n"
        ),
    );
    project.write(
        "delivery-gate.yaml",
        &format!("gates:\n  - {{id: a, name: \"{TEXT}\", type: command, command: no-such-tool}}\n"),
    );
    project.commit();
    project
}

fn reports() -> Reports {
    let project = project();
    let reports = Reports::of(&project, project.check().args(&["--ci-status", "a%0A::error::b, c]]>"]));
    assert_eq!(reports.run.code, Some(1), "{:?}", reports.run);
    reports
}

fn shows_nothing_hidden(text: &str) {
    assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{text:?}");
    assert!(!text.contains("##["), "{text:?}");
}

fn title_of(value: &str) -> bool {
    value.contains(r"\u{a}::error::owned") && value.contains(r"#\u{23}[error]") && value.contains(r"\u{202e}")
}

#[test]
fn in_sarif() {
    let reports = reports();
    let results = reports.sarif_results();
    let messages = results.iter().map(|result| text(result, "/message/text"));
    let messages: Vec<_> = messages.inspect(|message| shows_nothing_hidden(message)).collect();
    assert!(messages.iter().any(|message| title_of(message)), "{messages:?}");
    assert!(messages.iter().all(|message| !message.contains("[x](https")), "{messages:?}");
    let rule = reports.sarif_run()["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rule.iter().any(|rule| title_of(text(rule, "/shortDescription/text"))));
}

#[test]
fn in_junit() {
    let reports = reports();
    let document = roxmltree::Document::parse(&reports.junit).expect("XML");
    shows_nothing_hidden(&reports.junit);
    let names: Vec<_> =
        document.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name()).collect();
    let known =
        ["testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out"];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    let skipped =
        document.descendants().find(|node| node.attribute("name") == Some("feature_flags")).expect("the case");
    let message = skipped.first_element_child().and_then(|node| node.attribute("message")).expect("a message");
    assert!(
        title_of(message) && message.starts_with("]]></system-out>") && message.contains("<b a='1'>&amp;"),
        "{message}"
    );
}

#[test]
fn in_gitlab() {
    let reports = reports();
    let descriptions: Vec<_> = reports.issues().iter().map(|issue| text(issue, "/description")).collect();
    descriptions.iter().for_each(|description| shows_nothing_hidden(description));
    assert!(descriptions.iter().any(|description| title_of(description)), "{descriptions:?}");
}

#[test]
fn in_workflow_commands() {
    let reports = reports();
    shows_nothing_hidden(&reports.github);
    let commands = reports.commands();
    let names: Vec<_> = commands.iter().map(|command| command.name.as_str()).collect();
    assert!(names.iter().all(|name| ["error", "warning", "notice"].contains(name)), "{names:?}");
    let ci = commands.iter().find(|command| command.property("title") == Some("Tests passed in CI")).expect("the row");
    assert_eq!(ci.message, "CI status is 'a%0A::error::b, c]]>', not 'success'.");
    assert!(commands.iter().any(|command| command.property("title").is_some_and(title_of)), "{commands:?}");
}

// Windows has no such file names.
#[cfg(unix)]
#[test]
fn in_the_text_no_line_begins_a_command() {
    let project = project();
    project.write("::error file=x::owned", &format!("aws={}\n", secret()));
    project.write(" ::stop-commands::x", &format!("aws={}\n", secret()));
    let nothing = |text: &str| {
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
        assert!(!text.contains("##["), "{text}");
    };
    let scan = project.gate(&["scan", "."]).args(&[]).run();
    nothing(&scan.stdout);
    let mut gate = project.gate(&["scan", "."]);
    gate.command.current_dir(project.root());
    let scan = gate.run();
    assert!(scan.stdout.contains(r"\u{3a}:error file=x::owned:1:5 AWS_ACCESS_KEY"), "{scan:?}");
    nothing(&scan.stdout);
    nothing(&scan.stderr);
    let check = project.check().run();
    nothing(&check.stdout);
    let unknown = project.gate(&["check", "--repo", "::error::x"]).run();
    nothing(&unknown.stderr);
    let unknown = project.gate(&["\n::error::x", "::error::x"]).run();
    nothing(&unknown.stderr);
}

// Windows has no such file names.
#[cfg(unix)]
#[test]
fn a_hostile_path_is_a_path() {
    let project = Project::new();
    project.write("a,b:c%0A::error::x \u{202e}.txt", &format!("aws={}\n", secret()));
    let reports = Reports::of(&project, project.gate(&["scan", "repo"]));
    let uri = text(&reports.sarif_results()[0], "/locations/0/physicalLocation/artifactLocation/uri");
    assert_eq!(uri, "a%2Cb%3Ac%250A%3A%3Aerror%3A%3Ax%20%E2%80%AE.txt");
    let commands = reports.commands();
    assert_eq!(commands.len(), 3, "{}", reports.github);
    assert_eq!(commands[1].property("file"), Some(r"a,b:c%0A::error::x \u{202e}.txt"));
    assert_eq!((commands[1].property("line"), commands[1].property("col")), (Some("1"), Some("5")));
    assert_eq!(reports.issues()[0]["location"]["path"], Value::from("a,b:c%0A::error::x \u{202e}.txt"));
}
