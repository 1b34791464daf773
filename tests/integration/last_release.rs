//! Which release was the last one, where tags are set again, before or behind it.

use crate::common::{Project, RELEASE};

const EXCEPTIONS: &str = "exceptions: {changelog: {reason: none is kept}}\n";

fn version(version: &str) -> String {
    RELEASE.replace("1.2.3", version)
}

/// Commits what there is as the release 1.2.3.
fn release(project: &Project, claims: &str) {
    project.write("release.yaml", claims).commit().tag("v1.2.3");
}

fn fresh() -> String {
    RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\"")
}

#[test]
fn a_deploy_tag_from_before_the_last_release_does_not_stand_for_it() {
    let project = Project::drafted();
    project.remove("CHANGELOG.md");
    // Deployed to try it, when nothing was claimed and nothing excepted.
    project.write("release.yaml", "version: \"1.2.2\"\n").commit().tag("staging/1.2.2");
    project.write("release.yaml", &version("1.2.2")).write("delivery-gate.yaml", EXCEPTIONS).commit().tag("v1.2.2");
    release(&project, RELEASE);
    let run = project.check_after_ci().run();
    let row = run.row("Rollback");
    assert!(row.starts_with("UNPROVEN") && row.contains("for 1.2.2: it is unchanged since v1.2.2"), "{row}");
    // The exception is as old as the release.
    assert!(run.row("CHANGELOG").contains("by policy, as in v1.2.2"), "{run:?}");
}

#[test]
fn every_tag_in_form_of_the_last_version_is_compared() {
    let project = Project::drafted();
    project.remove("CHANGELOG.md");
    project.write("release.yaml", "version: \"1.2.2\"\n").write("delivery-gate.yaml", EXCEPTIONS).commit().tag("1.2.2");
    project.write("release.yaml", &version("1.2.2")).remove("delivery-gate.yaml").commit().tag("v1.2.2");
    project.write("delivery-gate.yaml", EXCEPTIONS);
    release(&project, RELEASE);
    let run = project.check_after_ci().run();
    assert!(run.row("Rollback").contains("unchanged since v1.2.2"), "{run:?}");
    assert!(run.stdout.contains("loosened: exceptions.changelog is new"), "{run:?}");
    assert!(run.row("CHANGELOG").contains("new in this release"), "{run:?}");
}

#[test]
fn a_deploy_tag_from_behind_the_last_release_does_not_stand_for_it_either() {
    let project = Project::drafted();
    project.write("release.yaml", &version("1.2.2")).commit().tag("v1.2.2");
    project.write("release.yaml", "version: \"1.2.2\"\n").write("delivery-gate.yaml", EXCEPTIONS).commit();
    project.tag("production/1.2.2");
    release(&project, RELEASE);
    let run = project.check_after_ci().run();
    assert!(run.row("Rollback").contains("unchanged since v1.2.2"), "{run:?}");
    assert!(run.stdout.contains("loosened: exceptions.changelog is new"), "{run:?}");
}

#[test]
fn a_version_goes_out_once_whatever_its_tag_is_called() {
    let project = Project::released();
    project.write("delivery-gate.yaml", "tag: \"release-{version}\"\n").write("release.yaml", &fresh()).commit();
    project.tag("release-1.2.3");
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL") && row.contains("1.2.3 is out, tag v1.2.3 is at "), "{row}");
    // Between releases nothing is refused.
    project.git(&["tag", "-d", "release-1.2.3"]);
    let report = project.check().args(&["--before-tag"]).run().report(0);
    assert!(report.ends_with("Decision: NONE (no release is being prepared: 1.2.3 is out)\n"), "{report}");
    // What was only deployed is not out.
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag: \"v{version}\"\n").commit().tag("staging/1.2.3");
    project.write("release.yaml", &fresh()).commit().tag("v1.2.3");
    project.check_after_ci().run().report(0);
}

#[test]
fn a_tag_that_is_about_to_be_made_is_not_there_yet() {
    let rehearse = |project: &Project| project.check_after_ci().args(&["--before-tag=v1.2.3"]).run();
    let project = Project::drafted();
    project.commit();
    rehearse(&project).report(0);
    project.tag("v1.2.3");
    let run = rehearse(&project);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.row("Clean, tagged").contains("v1.2.3 is about to be made, and is there already"), "{run:?}");
    project.check_after_ci().args(&["--before-tag"]).run().report(0);
}
