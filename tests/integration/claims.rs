//! A claim is for one release.

use std::fs;

use crate::common::{Project, RELEASE};

/// A project whose release 1.2.3 is out, and whose next release, 1.3.0, is tagged with this release.yaml.
fn next(release: &str) -> Project {
    let project = Project::released();
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = []\n");
    project.write("release.yaml", release).commit().tag("v1.3.0");
    project
}

fn bumped() -> String {
    RELEASE.replace("1.2.3", "1.3.0")
}

fn rollback(claim: &str) -> String {
    bumped().replace("rollback_tested: {answer: true, by: \"Jane Smith\"}", &format!("rollback_tested: {claim}"))
}

fn row(project: &Project) -> String {
    project.check_after_ci().run().row("Rollback").to_owned()
}

const TITLE: &str = "Rollback procedure tested — ";
const AGAIN: &str = "claim it again: `delivery-gate attest rollback_tested`";

#[test]
fn the_second_release_is_no_go_with_the_claims_of_the_first() {
    let project = next(&bumped());
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1), "{run:?}");
    let stale = "but for 1.2.3: it is unchanged since v1.2.3";
    assert_eq!(run.row("Rollback"), format!("UNPROVEN  {TITLE}Attested by Jane Smith, {stale}; {AGAIN}"));
    assert_eq!(run.stdout.matches(stale).count(), 8, "in the row and the hold reason of each claim: {run:?}");
}

#[test]
fn claiming_again_is_one_command_each() {
    let project = next(&bumped());
    for id in ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"] {
        project.gate(&["attest", id, "--by", "Jane Smith", "--repo", "repo"]).run().report(0);
    }
    let text = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    assert_eq!(text.matches("for: \"1.3.0\"").count(), 4, "{text}");
    project.commit().git(&["tag", "-f", "-a", "v1.3.0", "-m", "v1.3.0"]);
    project.check_after_ci().run().report(0);
}

#[test]
fn attest_knows_what_is_open() {
    let project = next(&bumped());
    let told = project.gate(&["attest", "--repo", "repo"]).run().report(1);
    assert!(told.starts_with("Still open:\n") && told.contains("it is unchanged since v1.2.3"), "{told}");
    assert_eq!(told.matches("delivery-gate attest ").count(), 8, "{told}");
}

#[test]
fn a_claim_says_which_release_it_is_for() {
    let with = |rest: &str| row(&next(&rollback(&format!("{{answer: true, by: \"Jane Smith\"{rest}}}"))));
    assert_eq!(with(", for: \"1.3.0\""), format!("PASS  {TITLE}Attested by Jane Smith."));
    assert_eq!(with(", for: v1.3.0"), format!("PASS  {TITLE}Attested by Jane Smith."));
    let other = format!("FAIL  {TITLE}Attested by Jane Smith for 1.2.3, and the release is 1.3.0; {AGAIN}");
    assert_eq!(with(", for: \"1.2.3\""), other);
    for build in ["1.3.0+build.7", "1.3.0.0", "1.3", "1.3.0-final"] {
        let row = with(&format!(", for: \"{build}\""));
        assert!(row.starts_with("FAIL") && row.contains(&format!("for {build}, and the release is 1.3.0")), "{row}");
    }
    // Of the day of the last release, which was tagged in the night: it may have been made behind it.
    assert_eq!(with(", at: 2026-01-02"), format!("PASS  {TITLE}Attested by Jane Smith."));
    let before = format!(
        "UNPROVEN  {TITLE}Attested by Jane Smith, but at 2026-01-01T23:59:59Z, before v1.2.3 was tagged; {AGAIN}"
    );
    assert_eq!(with(", at: 2026-01-01T23:59:59Z"), before);
    // What is new in it was made for this release.
    assert_eq!(with(", note: again"), format!("PASS  {TITLE}Attested by Jane Smith."));
}

#[test]
fn a_version_that_is_none_is_refused_with_its_place() {
    let project = next(&rollback("{answer: true, by: Jane, for: next one}"));
    let told = project.check_after_ci().run().refusal();
    assert!(told.contains("this is not a valid version") && told.contains("release.yaml:3:"), "{told}");
    assert!(told.contains("for: \"1.2.3\""), "{told}");
}

#[test]
fn in_a_shallow_clone_a_claim_needs_its_version() {
    let project = next(&rollback("{answer: true, by: \"Jane Smith\", for: \"1.3.0\"}"));
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--depth", "1", "--branch", "v1.3.0", &address, "../shallow"]);
    let run = project.gate(&["check", "--repo", "shallow", "--ci-status", "success"]).run();
    assert_eq!(run.row("Rollback"), format!("PASS  {TITLE}Attested by Jane Smith."));
    let row = run.row("On-call");
    assert!(row.starts_with("UNPROVEN") && row.contains("nobody can tell whether for 1.3.0"), "{row}");
    assert!(row.contains("git fetch --unshallow") && row.contains("delivery-gate attest oncall_notified"), "{row}");
}

/// Git lists the commit as one behind which history is cut off, though nothing is behind it.
#[test]
fn in_a_shallow_clone_of_a_single_commit_nothing_is_cut_off() {
    let project = Project::released();
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--depth", "1", "--branch", "v1.2.3", &address, "../shallow"]);
    project.gate(&["check", "--repo", "shallow", "--ci-status", "success"]).run().report(0);
}

#[test]
fn a_first_release_and_one_whose_tags_never_were_need_no_history() {
    Project::released().check_after_ci().run().report(0);
    let project = Project::drafted();
    project.write("release.yaml", &RELEASE.replace("1.2.3", "1.0.0")).commit();
    project.write("release.yaml", RELEASE).commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    assert!(report.contains("claims were not compared with those of the last release"), "{report}");
    assert!(report.contains("`git fetch --tags`"), "{report}");
}

#[test]
fn a_declaration_that_stands_unchanged_still_holds_and_says_since_when() {
    let declared = "not_applicable:\n  own: no such thing here\n";
    let project = Project::drafted();
    project.append("release.yaml", declared).commit().tag("v1.2.3");
    project.write("release.yaml", &(bumped() + declared + "  other: new here\n")).commit().tag("v1.3.0");
    let run = project.check_after_ci().run();
    assert!(run.stdout.contains("own: no such thing here (carried over from 1.2.3)"), "{run:?}");
    assert!(run.stdout.contains("other: new here\n"), "{run:?}");
}

/// What was claimed last time may stand in a file that cannot be read: then nobody can tell that these claims are new.
#[test]
fn claims_of_a_last_release_that_cannot_be_read_prove_nothing() {
    let large = format!("{RELEASE}# {}\n", "x".repeat(1 << 20));
    let latin = RELEASE.replace("Jane", "J\u{e4}ne").chars().map(|c| c as u8).collect::<Vec<_>>();
    for (what, bytes) in [("too large", large.into_bytes()), ("not UTF-8", latin)] {
        let project = Project::released();
        fs::write(project.root().join("release.yaml"), bytes).expect("a file");
        project.commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "x"]);
        project.write("release.yaml", &bumped()).commit().tag("v1.3.0");
        let row = row(&project);
        assert!(row.starts_with("UNPROVEN") && row.contains("release.yaml of an earlier commit"), "{what}: {row}");
    }
}

#[cfg(unix)]
#[test]
fn claims_of_a_last_release_behind_a_link_are_read_where_they_are() {
    for (target, words) in [("claims/now.yaml", "unchanged since v1.2.3"), ("../out.yaml", "earlier commit")] {
        let project = Project::drafted();
        project.remove("release.yaml").write("claims/now.yaml", RELEASE);
        fs::write(project.path("out.yaml"), RELEASE).expect("a file");
        std::os::unix::fs::symlink(target, project.root().join("release.yaml")).expect("a link");
        project.commit().tag("v1.2.3").remove("release.yaml").write("release.yaml", &bumped()).commit().tag("v1.3.0");
        let row = row(&project);
        assert!(row.starts_with("UNPROVEN") && row.contains(words), "{target}: {row}");
    }
}
