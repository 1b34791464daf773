//! `--release`: release.yaml from outside the commit, for a release that was tagged before it had one.

use std::fs;

use serde_json::json;

use crate::common::{CHANGELOG, Gate, PYPROJECT, Project, result};

/// Claims that say for which version they are.
fn claims(version: &str) -> String {
    let ids = ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"];
    let claims = ids.map(|id| format!("  {id}: {{answer: true, by: \"Jane Smith\", for: \"1.2.3\"}}\n"));
    format!("version: \"{version}\"\nattestations:\n{}", claims.concat())
}

/// A release that was tagged before the gate came, and what was claimed for it beside the repository.
fn before_the_gate() -> Project {
    let project = Project::new();
    project.write("CHANGELOG.md", CHANGELOG).write("pyproject.toml", PYPROJECT).commit().tag("v1.2.3");
    fs::write(project.path("claims.yaml"), claims("1.2.3")).expect("a file");
    project
}

fn check(project: &Project) -> Gate {
    project.check_after_ci().args(&["--release", "claims.yaml"])
}

#[test]
fn a_release_that_was_out_before_the_gate_came_is_judged() {
    let project = before_the_gate();
    let text = check(&project).run().report(0);
    assert!(
        text.contains("\nWarnings:\n  - release.yaml: claims.yaml, not part of the commit (--release)\n"),
        "{text}"
    );
    assert!(text.contains("\n  - release.yaml: claims.yaml, not part of the commit (SHA-256 "), "{text}");
    let (_, report) = check(&project).json();
    let sha256 = report["release"]["sha256"].as_str().expect("a digest").to_owned();
    assert_eq!(report["release"], json!({"path": "claims.yaml", "sha256": sha256}));
    assert_eq!(sha256.len(), 64);
    assert_eq!(result(&report, "rollback_tested")["source"], "claims.yaml:3");
    fs::write(project.path("claims.yaml"), claims("1.2.3") + "# more\n").expect("a file");
    assert_ne!(check(&project).json().1["release"]["sha256"], sha256);
    for format in ["markdown", "html", "junit", "sarif", "github"] {
        let report = check(&project).args(&["--format", format]).run().report(0);
        assert!(report.contains("claims.yaml"), "{format}: {report}");
        assert!(report.contains("not part of the commit"), "{format}: {report}");
    }
    assert_eq!(project.check().run().code, Some(2), "without it nothing says what the release is");
}

#[test]
fn a_tag_is_judged_wherever_the_branch_is_and_without_a_working_tree() {
    let project = before_the_gate();
    let first = project.head();
    project.write("release.yaml", "version: \"1.3.0\"\n").write("pyproject.toml", "dirt").commit();
    project.write("dirt", "");
    let mirror = project.path("mirror.git").display().to_string();
    project.git(&["clone", "-q", "--mirror", ".", &mirror]);
    for place in ["repo", "mirror.git"] {
        let asked = ["check", "--repo", place, "--rev", "v1.2.3", "--release", "claims.yaml", "--ci-status", "success"];
        let (run, report) = project.gate(&asked).json();
        assert_eq!(run.code, Some(0), "{place}: {report}");
        assert_eq!((&report["subject"]["commit"], &report["subject"]["version"]), (&json!(first), &json!("1.2.3")));
    }
    // What is to be said of a tagged commit that has no release.yaml is the next step.
    let refusal = project.check().args(&["--rev", "v1.2.3"]).run().refusal();
    assert!(refusal.contains("--release FILE takes one from outside of it"), "{refusal}");
}

#[test]
fn the_version_has_its_tag_at_the_judged_commit_or_nothing_counts() {
    let project = before_the_gate();
    let row = |version: &str, arguments: &[&str]| {
        fs::write(project.path("claims.yaml"), claims(version)).expect("a file");
        let run = check(&project).args(arguments).run();
        assert_eq!(run.code, Some(1), "{run:?}");
        run.row("release point").to_owned()
    };
    let needs = "a release.yaml that is not part of the commit (--release) needs its version's tag there";
    let told = row("1.2.2", &[]);
    assert!(told.starts_with("FAIL") && told.contains("no tag v1.2.2 or 1.2.2; ") && told.contains(needs), "{told}");
    project.write("a.txt", "").commit();
    for arguments in [&[][..], &["--rev", "HEAD"]] {
        let told = row("1.2.3", arguments);
        assert!(told.contains("tag v1.2.3 points at ") && told.contains(needs), "{told}");
    }
    // A policy that asks for no tag cannot make the file one of this commit.
    project.write("delivery-gate.yaml", "exceptions: {release_point: {reason: \"we do not tag\"}}\n").commit();
    let told = row("1.2.3", &[]);
    assert!(told.starts_with("FAIL") && told.contains("whatever the policy excepts"), "{told}");
    project.git(&["tag", "-f", "v1.2.3"]);
    assert_eq!(check(&project).run().code, Some(0), "{:?}", check(&project).run());
}

#[test]
fn each_claim_says_for_which_version_it_is() {
    let project = before_the_gate();
    let all = claims("1.2.3");
    let row = |from: &str, to: &str| {
        fs::write(project.path("claims.yaml"), all.replacen(from, to, 1)).expect("a file");
        let run = check(&project).run();
        (run.code, run.row("Rollback").to_owned())
    };
    let (code, told) = row(", for: \"1.2.3\"", "");
    assert_eq!(code, Some(1));
    assert!(told.starts_with("UNPROVEN") && told.ends_with("needs `for: \"1.2.3\"` in each claim"), "{told}");
    let (code, told) = row("for: \"1.2.3\"", "for: \"1.2.2\"");
    assert!(
        code == Some(1) && told.starts_with("FAIL") && told.contains("for 1.2.2, and the release is 1.2.3"),
        "{told}"
    );
    let (code, told) = row("answer: true, by: \"Jane Smith\", for: \"1.2.3\"", "answer: false");
    assert!(code == Some(1) && told.starts_with("FAIL"), "{told}");
}

#[test]
fn what_is_declared_there_stands_there() {
    let project = before_the_gate();
    let declared = "not_applicable:\n  ci_status: \"There was no CI then.\"\n  extra: \"Not here.\"\n";
    fs::write(project.path("claims.yaml"), claims("1.2.3") + declared).expect("a file");
    let (_, report) = project.check().args(&["--release", "claims.yaml"]).json();
    let source = |id: &str| result(&report, id)["source"].clone();
    assert_eq!((source("ci_status"), source("extra")), (json!("claims.yaml:8"), json!("claims.yaml:9")));
}

#[test]
fn a_file_that_is_none_is_named_with_the_flag() {
    let project = before_the_gate();
    fs::write(project.path("list.yaml"), "- 1\n").expect("a file");
    fs::write(project.path("bad.yaml"), "version: [\n").expect("a file");
    fs::write(project.path("bytes.yaml"), b"version: \"\xff\"\n").expect("a file");
    fs::write(project.path("empty.yaml"), "").expect("a file");
    for (file, words) in [
        ("none.yaml", "there is no such file"),
        ("home", "it is not a regular file"),
        ("list.yaml", "list.yaml:1:1"),
        ("bad.yaml", "bad.yaml:"),
        ("bytes.yaml", "this is not UTF-8"),
        ("empty.yaml", "the file is empty"),
    ] {
        let refusal = project.check().args(&["--release", file]).run().refusal();
        assert!(refusal.contains(words) && refusal.contains(file), "{file}: {refusal}");
    }
    let (run, report) = project.check().args(&["--release", "none.yaml"]).json();
    assert_eq!((run.code, &report["release"]), (Some(2), &json!(null)));
}

#[test]
fn a_file_of_the_commit_is_not_from_outside_of_it() {
    let project = Project::released();
    fs::write(project.path("claims.yaml"), claims("1.2.3")).expect("a file");
    let own = || project.check_after_ci().args(&["--release", "repo/release.yaml"]);
    for gate in [own(), own().args(&["--rev", "v1.2.3"])] {
        let refusal = gate.run().refusal();
        assert!(refusal.contains("this file is part of the commit that is judged"), "{refusal}");
    }
    let text = check(&project).run().report(0);
    assert!(text.contains("not part of the commit (--release); the commit's own was not read\n"), "{text}");
    // The branch has gone on: what it has there now is not what was tagged.
    project.write("release.yaml", &claims("1.2.3")).commit();
    assert_eq!(own().args(&["--rev", "v1.2.3"]).run().code, Some(0));
    // In the working tree, and not tracked, it is dirt as any other file.
    let project = before_the_gate();
    project.write("release.yaml", &claims("1.2.3"));
    let run = project.check_after_ci().args(&["--release", "repo/release.yaml"]).run();
    assert_eq!(run.row("release point"), "FAIL  Clean, tagged release point — working tree has uncommitted changes");
    let run = project.check_after_ci().args(&["--release", "repo/release.yaml", "--rev", "HEAD"]).run();
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn list_and_explain_take_it_too() {
    let project = before_the_gate();
    fs::write(project.path("claims.yaml"), claims("1.2.3") + "  load_tested: {answer: true, by: A. Lee}\n")
        .expect("a file");
    for command in [&["list"][..], &["explain", "load_tested"]] {
        let gate = |arguments: &[&str]| project.gate(command).args(&["--repo", "repo"]).args(arguments).run();
        let told = gate(&["--release", "claims.yaml"]).report(0);
        assert!(told.contains("load_tested"), "{told}");
        assert!(!told.contains("there is no release.yaml yet"), "{told}");
        assert!(!gate(&[]).stdout.contains("load_tested"));
    }
    let told = project.gate(&["list", "--repo", "repo", "--release", "claims.yaml"]).run().report(0);
    assert!(told.contains("note: release.yaml: claims.yaml, not part of the commit (--release)\n"), "{told}");
}

#[test]
fn no_report_overwrites_it() {
    let project = before_the_gate();
    let refusal = check(&project).args(&["--output", "json=claims.yaml"]).run();
    assert_eq!(refusal.code, Some(2), "{refusal:?}");
    assert_eq!(fs::read_to_string(project.path("claims.yaml")).expect("a file"), claims("1.2.3"));
}
