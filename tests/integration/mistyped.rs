//! Whatever is mistyped is refused, and the nearest is named.

use crate::common::{Project, RELEASE};

#[test]
fn words_of_the_command_line() {
    let project = Project::released();
    project.write("gates.yaml", "gates: [{id: tests, type: command, command: echo ok}]\n");
    assert_eq!(project.gate(&["prri", "12", "--repo", "repo"]).run().code, Some(0));
    let latest = project.gate(&["artifacts", "latest", "prrri", "--repo", "repo"]).run();
    assert!(latest.code == Some(1) && latest.stderr.contains("did you mean `prri`?"), "{latest:?}");
    let cases: [(&[&str], &str); 14] = [
        (&["chek"], "'check'"),
        (&["artifacts", "lst"], "'list'"),
        (&["check", "--ci-statu", "success"], "'--ci-status'"),
        (&["decision", "--list-pattern"], "'--list-patterns'"),
        (&["check", "--format", "jsn"], "'json'"),
        (&["check", "--output", "jsn=r.json"], "`json`"),
        (&["check", "--color", "alway"], "'always'"),
        (&["decision", "--provider", "htp"], "'http'"),
        (&["schema", "polcy"], "'policy'"),
        (&["completions", "fsh"], "'fish'"),
        (&["man", "chek"], "`check`"),
        (&["explain", "chagelog"], "`changelog`"),
        (&["evaluate", "g", "--type", "secret_scan"], "`secrets_scan`"),
        (&["evaluate", "test", "--repo", "repo", "--config", "gates.yaml"], "`tests`"),
    ];
    for (arguments, nearest) in cases {
        let refusal = project.gate(arguments).run().refusal();
        assert!(refusal.contains(nearest), "{arguments:?}: {refusal}");
    }
    for arguments in [["check", "--json", "--format", "jsn"], ["check", "--json", "--confg", "x"]] {
        let report = project.gate(&arguments).run().report(2);
        assert!(report.contains("a similar "), "{report}");
    }
}

/// Such ids may be a project's own, so they are taken; a report and `list` say what they look like.
#[test]
fn ids_of_release_yaml() {
    let project = Project::drafted();
    let release = RELEASE.replace("rollback_tested", "rollback_testd");
    project.write("release.yaml", &(release + "not_applicable: {ci-status: \"none\"}\n")).commit().tag("v1.2.3");
    let row = "FAIL  Rollback procedure tested — Not attested in release.yaml; it has `rollback_testd`, which nobody asks for.";
    let warning = "not_applicable names `ci-status`, which is no check: did you mean `ci_status`?";
    let run = project.check_after_ci().args(&["-v"]).run();
    assert_eq!(run.row("Rollback"), row);
    assert!(run.stderr.contains(warning), "{run:?}");
    let (_, report) = project.check_after_ci().json();
    assert_eq!(report["warnings"], serde_json::json!([warning]));
    let listed = project.gate(&["list", "--repo", "repo"]).run().report(0);
    assert!(listed.contains(warning) && listed.contains("; not attested, but `rollback_testd` is"), "{listed}");
}

#[test]
fn ids_of_ones_own_are_no_mistakes() {
    let project = Project::drafted();
    project.append(
        "release.yaml",
        "  rollback_tested_2: {answer: true, by: Eng}\n  security_review: {answer: true, by: Eng}\nnot_applicable: {feature_flags: \"none\"}\n",
    );
    let (_, report) = project.check().json();
    assert_eq!(report["warnings"], serde_json::json!([]));
}
