use crate::common::{Project, RELEASE, result};

/// A release whose changelog has no entry, which release.yaml declares not applicable.
fn declared(policy: Option<&str>) -> Project {
    let project = Project::drafted();
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.2.2\n\n- Fixed.\n");
    project.append("release.yaml", "not_applicable:\n  changelog: \"Internal release.\"\n");
    if let Some(policy) = policy {
        project.write("delivery-gate.yaml", policy);
    }
    project.commit().tag("v1.2.3");
    project
}

#[test]
fn without_a_policy_a_person_may_excuse_a_failure_and_the_report_says_so() {
    let report = declared(None).check_after_ci().run().report(0);
    let finding = "declared not applicable; the gate found: CHANGELOG.md has no entry for 1.2.3";
    let row = format!("[ATTESTED]  NA    CHANGELOG updated for this version — Internal release. ({finding})\n");
    assert!(report.contains(&row), "{report}");
    let warning =
        "\nWarnings:\n  - CHANGELOG updated for this version: declared not applicable, though the gate saw it fail\n";
    assert!(report.contains(warning), "{report}");
    assert!(report.contains("\nNot applicable, as a person declared:\n  - CHANGELOG updated"), "{report}");
}

#[test]
fn unless_failed_holds_what_the_gate_saw_fail() {
    let run = declared(Some("not_applicable: unless_failed\n")).check_after_ci().run();
    let expected = "FAIL  CHANGELOG updated for this version — declared not applicable; the gate found: \
                    CHANGELOG.md has no entry for 1.2.3";
    assert_eq!((run.code, run.row("CHANGELOG")), (Some(1), expected));
}

#[test]
fn unless_failed_holds_what_the_gate_could_not_tell_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "not_applicable: unless_failed\n").write("Podfile", "pod 'A'\n");
    project.append("release.yaml", "not_applicable: {deps_pinned: \"A shell script.\"}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1), "{run:?}");
    let begin = "UNPROVEN  Dependencies pinned to exact versions — declared not applicable; the gate could not tell: \
                 Podfile was found and not read";
    assert!(run.row("Dependencies").starts_with(begin), "{run:?}");
}

/// Before the tag nobody knows what the check will say there, nor whether the policy lets the declaration stand.
#[test]
fn unless_failed_excuses_nothing_before_it_was_asked() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "not_applicable: unless_failed\n");
    project.append("release.yaml", "not_applicable: {ci_status: \"No CI here, tests run by hand.\"}\n").commit();
    let report = project.check().args(&["--before-tag=v1.2.3"]).run().report(0);
    assert!(report.contains("[AUTO]      SKIPPED  Tests passed in CI — asked on the tag"), "{report}");
    let warning = "Tests passed in CI: declared not applicable, but the policy excuses nothing that the gate sees fail or cannot look \
                   at, and it was not asked here";
    assert!(report.contains(warning), "{report}");
}

#[test]
fn no_release_yaml_excuses_the_point_that_is_released() {
    let project = Project::drafted();
    project.append("release.yaml", "not_applicable: {release_point: \"We do not tag.\"}\n").commit();
    let (run, report) = project.check_after_ci().json();
    let row = result(&report, "release_point");
    assert_eq!((run.code, &row["status"], &row["kind"]), (Some(1), &"FAIL".into(), &"AUTO".into()));
    assert!(report["warnings"][0].as_str().is_some_and(|w| w.contains("no release.yaml can excuse")), "{report}");
}

#[test]
fn a_release_of_excuses_and_one_claim_is_no_go() {
    let ids = ["changelog", "ci_status", "deps_pinned", "release_point", "rollback_tested", "oncall_notified"];
    let ids = ids.iter().chain(&["approver_signed_off", "monitoring_reviewed"]);
    let excuses: String = ids.map(|id| format!("  {id}: \"Not for this one.\"\n")).collect();
    let project = Project::new();
    let claim = "version: \"1.2.3\"\nattestations: {all_is_well: {answer: true, by: Jane Smith}}\n";
    project.write("release.yaml", &format!("{claim}not_applicable:\n{excuses}")).commit();
    let run = project.check().run();
    assert_eq!((run.code, run.row("all_is_well")), (Some(1), "PASS  all_is_well — Attested by Jane Smith."));
}

#[test]
fn what_stands_in_the_place_of_a_reason_excuses_nothing() {
    for reason in ["TODO", "n/a", "x", "tbd by Friday"] {
        let project = Project::drafted();
        project.append("release.yaml", &format!("not_applicable: {{changelog: \"{reason}\", other: \"{reason}\"}}\n"));
        let run = project.commit().tag("v1.2.3").check_after_ci().run();
        let expected =
            format!("FAIL  CHANGELOG updated for this version — Declared not applicable, but '{reason}' is no reason.");
        assert_eq!((run.code, run.row("CHANGELOG")), (Some(1), expected.as_str()));
        assert_eq!(run.row("other"), format!("FAIL  other — Declared not applicable, but '{reason}' is no reason."));
    }
}

#[test]
fn attested_only_and_required_leave_an_auto_result_as_it_is() {
    for policy in ["not_applicable: attested_only\n", "required: [changelog]\n"] {
        let (run, report) = declared(Some(policy)).check_after_ci().json();
        let row = result(&report, "changelog");
        assert_eq!((run.code, &row["status"], &row["kind"]), (Some(1), &"FAIL".into(), &"AUTO".into()), "{policy}");
        assert!(report["warnings"][0].as_str().is_some_and(|w| w.contains("declared not applicable, but")), "{report}");
    }
}

#[test]
fn an_attested_check_may_be_declared_unless_it_is_required() {
    let release = RELEASE.replace("  oncall_notified: {answer: true, by: \"Jane Smith\"}\n", "");
    let project = Project::drafted();
    project.write("release.yaml", &format!("{release}not_applicable: {{oncall_notified: Nobody is on call.}}\n"));
    project.commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!((run.code, run.row("On-call")), (Some(0), "NA    On-call engineer notified — Nobody is on call."));
    project.write("delivery-gate.yaml", "required: [oncall_notified]\n").commit().git(&["tag", "-f", "v1.2.3"]);
    let run = project.check_after_ci().run();
    let expected = "FAIL  On-call engineer notified — Declared not applicable ('Nobody is on call.'), but the policy \
                    requires this check.";
    assert_eq!((run.code, run.row("On-call")), (Some(1), expected));
}

#[test]
fn a_key_that_names_no_check_gets_a_row() {
    let project = Project::drafted();
    project.append("release.yaml", "not_applicable: {feature_flags: None here.}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!((run.code, run.row("feature_flags")), (Some(0), "NA    feature_flags — None here."));
}
