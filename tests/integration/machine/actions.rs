//! Inside GitHub Actions: annotations after the text, the job's summary, the step's output.

use std::fs;

use super::Command;
use crate::common::{Gate, Project};

/// The gate as a step of a job runs it.
fn in_actions(project: &Project, gate: Gate) -> Gate {
    let file = |name: &str| project.path(name).display().to_string();
    gate.env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &file("output"))
        .env("GITHUB_STEP_SUMMARY", &file("summary"))
}

fn read(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path(name)).unwrap_or_default()
}

#[test]
fn the_text_is_followed_by_annotations_and_the_decision_is_the_steps_output() {
    let project = Project::released();
    let plain = project.check().run();
    let run = in_actions(&project, project.check()).run();
    let annotations = run.stdout.strip_prefix(&plain.stdout).expect("the text as it is elsewhere");
    let commands: Vec<_> = annotations.lines().map(Command::parse).collect();
    let said: Vec<_> = commands.iter().map(|command| (command.name.as_str(), command.property("title"))).collect();
    assert_eq!(said, [("error", Some("Tests passed in CI")), ("notice", Some("delivery-gate"))]);
    assert_eq!((run.code, read(&project, "output").as_str()), (Some(1), "decision=NO-GO\n"));
    assert!(read(&project, "summary").contains("Decision: NO-GO"));
    in_actions(&project, project.check_after_ci()).run().report(0);
    assert_eq!(read(&project, "output"), "decision=NO-GO\ndecision=GO\n", "it is added, as the runner wants");
}

#[test]
fn every_command_that_reports_does_so() {
    let project = Project::released();
    project.write("gates.yaml", "gates:\n  - {id: a, type: command, command: no-such-tool}\n");
    project.write("e.json", "{}");
    for arguments in [
        &["decision", "--repo", "repo", "--base", "HEAD"][..],
        &["run", "gates.yaml", "--repo", "repo"],
        &["evaluate", "e", "--type", "schema_validation", "--payload", "repo/e.json", "--repo", "repo"],
        &["prri", "10", "--repo", "repo"],
        &["trust", "--repo", "repo"],
        &["scan", "repo"],
    ] {
        fs::write(project.path("output"), "").expect("a file");
        let run = in_actions(&project, project.gate(arguments)).run();
        let decision = if run.code == Some(0) { "GO" } else { "NO-GO" };
        assert!(run.code < Some(2), "{arguments:?}: {run:?}");
        assert!(run.stdout.ends_with(&format!("::notice title=delivery-gate::Decision: {decision}\n")), "{run:?}");
        assert_eq!(read(&project, "output"), format!("decision={decision}\n"), "{arguments:?}");
    }
}

#[test]
fn without_a_decision_there_is_none_in_the_output() {
    let project = Project::drafted();
    fs::write(project.path("output"), "decision=GO").expect("a file");
    project.write("release.yaml", "version: 1.10\n");
    let run = in_actions(&project, project.check()).run();
    assert_eq!((run.code, read(&project, "output").as_str()), (Some(2), "decision=GO\ndecision=\n"));
    assert!(run.stdout.starts_with("::error file=release.yaml,line=1,col=10,title="), "{run:?}");
    assert!(run.stderr.contains("release.yaml:1:10"), "{run:?}");
}

#[test]
fn elsewhere_or_when_it_is_not_wanted_nothing_is_added() {
    let project = Project::released();
    let plain = project.check_after_ci().run();
    let unwanted = in_actions(&project, project.check_after_ci()).args(&["--no-ci-output"]).run();
    let elsewhere = in_actions(&project, project.check_after_ci()).env("GITHUB_ACTIONS", "false").run();
    assert_eq!((&unwanted.stdout, &elsewhere.stdout), (&plain.stdout, &plain.stdout));
    assert!(!project.path("output").exists() && !project.path("summary").exists());
    let (run, _) = in_actions(&project, project.check_after_ci()).json();
    assert_eq!((run.code, read(&project, "output").as_str()), (Some(0), "decision=GO\n"), "JSON stays JSON");
}

#[test]
fn what_cannot_be_written_there_is_said_and_decides_nothing() {
    let project = Project::released();
    let folder = project.path("").display().to_string();
    let gate = project.check_after_ci().env("GITHUB_ACTIONS", "true");
    let run = gate.env("GITHUB_OUTPUT", &folder).env("GITHUB_STEP_SUMMARY", &folder).run();
    assert_eq!(run.code, Some(0), "{run:?}");
    let warnings: Vec<_> = run.stderr.lines().collect();
    assert!(warnings.len() == 2 && warnings.iter().all(|line| line.starts_with("warning: the ")), "{run:?}");
}

#[test]
fn a_summary_without_room_is_left_as_it_is() {
    let project = Project::released();
    let full = "x".repeat((1 << 20) - 50);
    fs::write(project.path("summary"), &full).expect("a file");
    let run = in_actions(&project, project.check()).run();
    assert!(read(&project, "summary") == full, "the summary was changed");
    assert!(run.stderr.contains("the summary of the job is full"), "{run:?}");
}

#[test]
fn a_summary_is_cut_to_what_github_takes_and_keeps_the_reasons() {
    let project = Project::released();
    let claims: String = (0..12_000).map(|n| format!("  c{n}: {{answer: true, by: Jane Smith}}\n")).collect();
    project.append("release.yaml", &claims).append("release.yaml", "  last: {answer: false, by: Jane Smith}\n");
    fs::write(project.path("summary"), "# Tests\n".repeat(9)).expect("a file");
    in_actions(&project, project.check_after_ci()).run().report(1);
    let summary = read(&project, "summary");
    assert!(summary.len() <= 1 << 20, "{}", summary.len());
    assert!(summary.contains("# Tests\n## Decision: NO-GO\n"));
    assert!(summary.contains("\n### Hold reasons\n\n- **Clean, tagged release point**: "));
    assert!(summary.contains("\n- **last**: ") && summary.ends_with("`--output` writes it all.\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_go_that_nobody_could_read_is_not_the_steps_output() {
    let project = Project::released();
    let gate = in_actions(&project, project.check_after_ci());
    assert_eq!(crate::output::through_shell(&gate, ">/dev/full").code, Some(2));
    assert_eq!(read(&project, "output"), "decision=\n");
}
