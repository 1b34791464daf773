//! What a project does not meet, release after release, stands in its policy.

use crate::common::Project;

const LIBRARY: &str = "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n[dependencies]\na = \"1\"\n";
const TITLE: &str = "Dependencies pinned to exact versions — ";

/// A library without a lock file, with this policy.
fn library(policy: &str) -> Project {
    let project = Project::drafted();
    project.remove("pyproject.toml").write("Cargo.toml", LIBRARY).write("delivery-gate.yaml", policy);
    project.commit().tag("v1.2.3");
    project
}

fn excepting(rest: &str) -> String {
    format!("exceptions:\n  deps_pinned: {{reason: \"a library: applications lock, we do not\"{rest}}}\n")
}

const FOUND: &str = "the gate found: 1 of 1 dependencies are not pinned: a (1)";

#[test]
fn a_library_reaches_an_honest_go() {
    let run = library(&excepting("")).check_after_ci().run();
    let reason = format!("a library: applications lock, we do not (by policy, new in this release; {FOUND})");
    assert_eq!(run.row("Dependencies"), format!("NA    {TITLE}{reason}"));
    let report = run.report(0);
    assert!(
        report.contains(&format!(
            "Not applicable, as a person declared:\n  - Dependencies pinned to exact versions: {reason}"
        )),
        "{report}"
    );
    let (_, json) = library(&excepting("")).check_after_ci().json();
    let row = crate::common::result(&json, "deps_pinned");
    assert_eq!((&row["kind"], &row["source"]), (&"ATTESTED".into(), &"delivery-gate.yaml:2".into()));
}

#[test]
fn what_stood_in_the_last_release_is_told_from_what_is_new() {
    let project = library(&excepting(""));
    project.write("Cargo.toml", &LIBRARY.replace("1.2.3", "1.3.0")).append("CHANGELOG.md", "\n## 1.3.0\n\n- New.\n");
    let release = crate::common::RELEASE.replace("1.2.3", "1.3.0").replace("true,", "true, for: \"1.3.0\",");
    project.write("release.yaml", &release).commit().tag("v1.3.0");
    let row = project.check_after_ci().run().row("Dependencies").to_owned();
    assert!(row.contains("(by policy, as in v1.2.3; "), "{row}");
    project.write("delivery-gate.yaml", &excepting("").replace("a library", "our library")).commit();
    project.git(&["tag", "-f", "-a", "v1.3.0", "-m", "x"]);
    let row = project.check_after_ci().run().row("Dependencies").to_owned();
    assert!(row.contains("our library") && row.contains("(by policy, new in this release; "), "{row}");
}

#[test]
fn an_exception_has_a_last_day() {
    let row = |until: &str| library(&excepting(&format!(", until: {until}"))).check_after_ci().run();
    let run = row("2020-02-29");
    let ended = "1 of 1 dependencies are not pinned: a (1); the policy's exception ended on 2020-02-29";
    assert_eq!((run.code, run.row("Dependencies")), (Some(1), &*format!("FAIL  {TITLE}{ended}")));
    let run = row("9999-12-31");
    assert!(run.row("Dependencies").contains("by policy, new in this release, until 9999-12-31; "), "{run:?}");
    let told = row("soon").refusal();
    assert!(told.contains("until is no date") && told.contains("delivery-gate.yaml:2:"), "{told}");
}

#[test]
fn one_that_nothing_needs_is_told_and_changes_nothing() {
    let policy = "exceptions:\n  changelog: {reason: we have none}\n";
    let project = Project::drafted();
    project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    assert!(report.contains("PASS  CHANGELOG updated for this version"), "{report}");
    assert!(report.contains("the policy's exception is not needed, the check passes"), "{report}");
}

#[test]
fn what_is_no_exception_is_refused_or_fails() {
    let placeholder = library(&excepting("").replace("a library: applications lock, we do not", "TODO"));
    let run = placeholder.check_after_ci().run();
    assert!(run.row("Dependencies").ends_with("excepted by the policy, but 'TODO' is no reason"), "{run:?}");
    let cases = [
        ("exceptions: {deps_pind: {reason: x y}}\n", "`deps_pind` is not a check of this project"),
        ("required: [deps_pinned]\nexceptions: {deps_pinned: {reason: x y}}\n", "is required and excepted at once"),
        ("exceptions: {deps_pinned: {until: 2030-01-01}}\n", "exceptions.deps_pinned has no `reason`"),
        ("exceptions: {deps_pinned: a library}\n", "exceptions.deps_pinned"),
    ];
    for (policy, words) in cases {
        let told = library(policy).check_after_ci().run().refusal();
        assert!(told.contains(words) && told.contains("delivery-gate.yaml:"), "{policy}: {told}");
    }
}

#[test]
fn nothing_but_exceptions_is_no_go() {
    let policy = "exceptions:\n  deps_pinned: {reason: a library}\n  changelog: {reason: we have none}\n  release_point: {reason: tagged by a robot}\n";
    let project = Project::drafted();
    project
        .remove("pyproject.toml")
        .write("Cargo.toml", LIBRARY.replace("version = \"1.2.3\"\n", "version = \"0.0.0\"\n").as_str());
    project.remove("CHANGELOG.md").write("delivery-gate.yaml", policy).commit();
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1), "no AUTO check saw anything: {run:?}");
}

/// The tag may be somebody else's business; what is released is not.
#[test]
fn the_release_point_is_excused_for_its_tag_alone() {
    let policy = "exceptions:\n  release_point: {reason: tagged by a robot}\n";
    let project = Project::drafted();
    project.write("delivery-gate.yaml", policy).commit();
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.row("Clean, tagged").contains("tagged by a robot (by policy, new in this release; the gate found: no tag")
    );
    project.write("pyproject.toml", crate::common::PYPROJECT).append("pyproject.toml", "# changed\n");
    let run = project.check_after_ci().run();
    let row = run.row("Clean, tagged");
    assert!(row.starts_with("FAIL") && row.contains("uncommitted changes") && row.contains("no tag"), "{row}");
    assert!(row.contains(" — the policy's exception is for a tag that is not there; working tree"), "{row}");
    assert!(run.stdout.contains("pyproject.toml (modified)"), "{run:?}");
    // One that is there and wrong is no missing one.
    project.git(&["checkout", "-q", "."]).tag("v1.2.3").write("more.txt", "x\n").commit();
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL") && row.contains("tag v1.2.3 points at"), "{row}");
}
