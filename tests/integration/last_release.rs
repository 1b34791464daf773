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

const MORE_EXCEPTIONS: &str = "exceptions: {changelog: {reason: none is kept}, deps_pinned: {reason: a library}}\n";

/// v1.2.2 without a policy, and v1.2.3 at HEAD with one.
fn two_releases() -> Project {
    let project = Project::drafted();
    project.write("release.yaml", &version("1.2.2")).commit().tag("v1.2.2");
    project.write("delivery-gate.yaml", EXCEPTIONS).write("release.yaml", RELEASE).commit().tag("v1.2.3");
    project
}

/// What is told of the policy's changes.
fn gate_changes(report: &str) -> Vec<&str> {
    let lines = report.lines().skip_while(|line| !line.starts_with("The gate changed since "));
    lines.take_while(|line| !line.is_empty() && !line.starts_with("Warning")).collect()
}

#[test]
fn what_is_not_committed_comes_after_the_release_at_head() {
    let project = two_releases();
    project.write("delivery-gate.yaml", MORE_EXCEPTIONS).write("release.yaml", &version("1.2.4"));
    for flags in [&[][..], &["--before-tag"], &["--before-tag=v1.2.4"]] {
        let run = project.check_after_ci().args(flags).run();
        let changes = gate_changes(&run.stdout);
        let expected = ["The gate changed since v1.2.3:", "  - loosened: exceptions.deps_pinned is new: "];
        assert!(changes.len() == 2 && changes[0] == expected[0] && changes[1].starts_with(expected[1]), "{run:?}");
        assert!(run.row("Rollback").contains("for 1.2.3: it is unchanged since v1.2.3"), "{run:?}");
        assert!(run.row("CHANGELOG").contains("by policy, as in v1.2.3"), "{run:?}");
    }
    // Once it is committed, the same.
    project.commit();
    let run = project.check_after_ci().run();
    assert_eq!(gate_changes(&run.stdout)[0], "The gate changed since v1.2.3:", "{run:?}");
}

#[test]
fn the_only_release_may_be_at_head() {
    let project = Project::released();
    project.write("delivery-gate.yaml", EXCEPTIONS).write("release.yaml", &version("1.2.4"));
    let run = project.check_after_ci().run();
    assert_eq!(gate_changes(&run.stdout).first(), Some(&"The gate changed since v1.2.3:"), "{run:?}");
    let row = run.row("Rollback");
    assert!(row.starts_with("UNPROVEN") && row.contains("for 1.2.3: it is unchanged since v1.2.3"), "{row}");
}

/// Whoever judges a release that is tagged compares it with the one before, whether or not something lies around.
#[test]
fn the_tag_of_the_release_itself_is_never_its_last_release() {
    let project = two_releases();
    let since = |project: &Project, flags: &[&str]| {
        let run = project.check_after_ci().args(flags).run();
        gate_changes(&run.stdout)[0].to_owned()
    };
    assert_eq!(since(&project, &[]), "The gate changed since v1.2.2:");
    project.write("delivery-gate.yaml", MORE_EXCEPTIONS);
    assert_eq!(since(&project, &[]), "The gate changed since v1.2.2:");
    // A commit is judged as it is, whatever the working tree says.
    project.write("release.yaml", &version("1.2.4"));
    assert_eq!(since(&project, &["--rev", "HEAD"]), "The gate changed since v1.2.2:");
    // A tag that is none of a release to this one.
    project.git(&["tag", "-d", "v1.2.3"]).tag("v1.2.4-rc.1").tag("nightly-1.2.3");
    assert_eq!(since(&project, &[]), "The gate changed since v1.2.2:");
}

/// Of a commit that is out already nothing is new but what is not committed.
#[test]
fn a_release_yaml_from_outside_is_compared_with_head_where_that_was_changed() {
    let project = two_releases();
    std::fs::write(project.path("late.yaml"), version("1.2.4")).expect("release.yaml");
    let run = project.check_after_ci().args(&["--release", "late.yaml"]).run();
    assert_eq!(gate_changes(&run.stdout)[0], "The gate changed since v1.2.2:", "{run:?}");
    project.write("delivery-gate.yaml", MORE_EXCEPTIONS);
    let run = project.check_after_ci().args(&["--release", "late.yaml"]).run();
    assert_eq!(gate_changes(&run.stdout)[0], "The gate changed since v1.2.3:", "{run:?}");
}

#[test]
fn a_decision_of_what_is_not_committed_cannot_be_looked_for() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {}\n").commit().tag("v1.2.3");
    project.write("Dockerfile", "FROM x\n").write("release.yaml", &version("1.2.4"));
    project.remove("delivery-gate.yaml");
    let row = project.check_after_ci().run().row("High-impact").to_owned();
    let why = "Since v1.2.3 (which is not shown to have been GO): nothing was committed; commit what is to be released";
    assert!(row.starts_with("UNPROVEN") && row.ends_with(why), "{row}");
}

/// What HEAD says came before the working tree.
#[test]
fn a_version_at_head_whose_tag_is_not_here_is_missed() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {}\n").commit();
    project.remove("delivery-gate.yaml").write("release.yaml", &version("1.2.4"));
    let run = project.check_after_ci().run();
    let why = "release.yaml of an earlier commit names 1.2.3, and no tag of it is here: `git fetch --tags`";
    let row = run.row("High-impact");
    assert!(row.starts_with("UNPROVEN") && row.contains(why), "{row}");
    assert!(run.stdout.contains(&format!("claims were not compared with those of the last release: {why}")), "{run:?}");
    // The same version is only being written.
    project.write("release.yaml", &fresh());
    let run = project.check_after_ci().run();
    assert!(!run.stdout.contains(why), "{run:?}");
}

#[test]
fn each_package_may_have_its_last_release_at_head() {
    let project = crate::packages::released();
    project.write("delivery-gate.yaml", EXCEPTIONS);
    let release = std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    project.write("release.yaml", &release.replace("3.0.1", "3.0.2"));
    let run = project.check_after_ci().run();
    assert_eq!(gate_changes(&run.stdout).first(), Some(&"The gate changed since @acme/cli@3.0.1:"), "{run:?}");
    assert!(run.row("Rollback").contains("unchanged since @acme/cli@3.0.1"), "{run:?}");
}
