//! The whole text and JSON of both fixtures.

use crate::common::{Project, redacted};

/// What the README shows of the same fixture, here with a tag and a change.
const FAIL_REPORT: &str = "\
delivery-gate report
========================================
[AUTO]      PASS  CHANGELOG updated for this version — Found an entry for 0.1.0.
[AUTO]      FAIL  Tests passed in CI — CI status is 'failure', not 'success'.
[AUTO]      PASS  Dependencies pinned to exact versions — All 1 dependencies are pinned.
[AUTO]      FAIL  Clean, tagged release point — working tree has uncommitted changes
[ATTESTED]  FAIL  Rollback procedure tested — Attested as not done (answer: false).
[ATTESTED]  PASS  On-call engineer notified — Attested by Eng.
[ATTESTED]  PASS  Named approver signed off — Attested by Boss.
[ATTESTED]  PASS  Monitoring and alerts reviewed — Attested by Eng.

Warnings:
  - version not compared: pyproject.toml says dynamic = [\"version\"]

Hold reasons (NO-GO):
  - Tests passed in CI: CI status is 'failure', not 'success'.
  - Clean, tagged release point: working tree has uncommitted changes
      CHANGELOG.md (modified)
  - Rollback procedure tested: Attested as not done (answer: false).

Decision: NO-GO
";

/// The fixture under git, tagged, with one uncommitted change.
fn fail_repo() -> Project {
    let project = Project::fixture("fail_repo");
    project.commit().tag("v0.1.0").append("CHANGELOG.md", "\n");
    project
}

fn pass_repo() -> Project {
    let project = Project::fixture("pass_repo");
    project.commit().tag("v1.2.0");
    project
}

#[test]
fn fail_repo_text() {
    assert_eq!(fail_repo().check().args(&["--ci-status", "failure"]).run().report(1), FAIL_REPORT);
}

#[test]
fn fail_repo_json() {
    let project = fail_repo();
    let (run, _) = project.check().args(&["--ci-status", "failure"]).json();
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(redacted(&run.stdout, &project));
}

#[test]
fn pass_repo_text() {
    let project = pass_repo();
    insta::assert_snapshot!(redacted(&project.check_after_ci().run().report(0), &project));
}

#[test]
fn pass_repo_json() {
    let project = pass_repo();
    let (run, _) = project.check_after_ci().json();
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(redacted(&run.stdout, &project));
}
