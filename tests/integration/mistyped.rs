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

/// What has a value only behind `=` says so to whom writes it behind a blank.
#[test]
fn a_value_behind_a_blank_is_told_to_be_joined() {
    let project = Project::released();
    let cases = [
        (&["check", "--before-tag", "v1.2.3"][..], "--before-tag=v1.2.3"),
        (&["check", "--json", "--before-tag", "1.0", "--base", "x"], "--before-tag=1.0"),
    ];
    for (arguments, joined) in cases {
        let run = project.gate(arguments).run();
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains(&format!("a value of this flag is joined to it: '{joined}'")), "{told}");
    }
}

/// Words of a parser say nothing to whom they are told.
#[test]
fn numbers_are_asked_for_in_words() {
    let project = Project::released();
    let cases: [(&[&str], &str); 8] = [
        (&["run", "--jobs", "0", "g.yaml"], "write a whole number, at least 1"),
        (&["run", "--jobs", "many", "g.yaml"], "write a whole number, at least 1"),
        (&["records", "list", "--limit", "0"], "write a whole number, at least 1"),
        (&["records", "list", "--limit", "x"], "write a whole number, at least 1"),
        (&["artifacts", "list", "--limit", "x"], "write a whole number, at least 1"),
        (&["artifacts", "purge", "--older-than", "x"], "write a whole number of days, at most 36500"),
        (&["prri", "high"], "write a number"),
        (&["prri", "1", "--dimension", "bias=x"], "write a number"),
    ];
    for (arguments, words) in cases {
        let told = project.gate(arguments).run().refusal();
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
    let cases: [(&[&str], &str); 5] = [
        (&["check", "--repo", "none"], "--repo none: there is no such file or folder"),
        (&["check", "--repo", "repo", "--config", "none/x"], "none/x: there is no such file"),
        (&["scan", "none"], "none: there is no such file or folder"),
        (&["prri", "1", "--policy-file", "none"], "none: there is no such file"),
        (&["evaluate", "x", "--type", "secrets_scan", "--payload", "none"], "--payload none: there is no such file"),
    ];
    for (arguments, words) in cases {
        let run = project.gate(arguments).run();
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains(words) && !told.contains("os error"), "{arguments:?}: {told}");
    }
}

#[test]
fn a_revision_that_is_not_here_has_a_next_step() {
    let project = Project::released();
    let step = "there is no such commit here; `git fetch --tags` brings the remote's tags and branches";
    let told = project.check().args(&["--rev", "nosuch"]).run().refusal();
    assert!(told.contains(&format!("--rev nosuch: {step}\n")), "{told}");
    let told = project.gate(&["decision", "--repo", "repo", "--base", "nosuch"]).run().report(1);
    assert!(told.contains(&format!("'nosuch': {step}\n")), "{told}");
    let told = project.gate(&["decision", "--repo", "repo", "--base", "HEAD"]).run().report(1);
    assert_eq!(told, "Gate: blocked — base and head are the same commit; name another one with --base\n");
}
