//! The decisions of a release inside `check`: since which release, and by which policy and records.

use crate::common::{Project, RELEASE};

const ACCEPTED: &str = "# 2. Use containers\n\n## Status\n\nAccepted\n";

/// The release.yaml of another version.
fn version(version: &str) -> String {
    RELEASE.replace("1.2.3", version)
}

/// The release 1.2.2 with a policy and a record, and nothing after it.
fn last() -> Project {
    let project = Project::drafted();
    project.write("release.yaml", &version("1.2.2")).write("delivery-gate.yaml", "decision: {}\n");
    project.write("docs/adr/0002-use-containers.md", ACCEPTED).commit().tag("v1.2.2");
    project
}

/// Commits what there is as the release 1.2.3, with claims of its own.
fn release<'p>(project: &'p Project, message: &str) -> &'p Project {
    project
        .write("release.yaml", &RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\""))
        .git(&["add", "-A"])
        .git(&["commit", "-qm", message])
        .tag("v1.2.3")
}

/// The row, and the report in JSON, which has every warning.
fn asked(project: &Project) -> (String, String) {
    let row = project.check_after_ci().run().row("High-impact changes").to_owned();
    let (_, report) = project.check_after_ci().json();
    (row, report["warnings"].to_string())
}

#[test]
fn check_asks_for_the_decisions_of_a_release() {
    let project = last();
    project.write("Dockerfile", "FROM x\n");
    release(&project, "release");
    let (row, _) = asked(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("Dockerfile (infrastructure)"), "{row}");
    assert!(row.contains("no decision is referenced") && row.contains("Since v1.2.2 (which is not shown to"), "{row}");
}

#[test]
fn a_decision_that_was_there_at_the_last_release_is_enough() {
    let project = last();
    project.write("Dockerfile", "FROM x\n");
    release(&project, "release\n\nDecision: ADR-2");
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("PASS  ") && row.contains("approved by ADR-2."), "{row}");
    assert_eq!(project.check_after_ci().run().code, Some(0), "{warnings}");
}

/// Every release changes these; a change of anything else is one.
#[test]
fn version_and_claims_alone_need_no_decision() {
    let project = last();
    project.write("package.json", "{\"version\": \"1.2.2\"}\n").commit().git(&["tag", "-f", "-a", "v1.2.2", "-m", "x"]);
    project.write("package.json", "{\"version\": \"1.2.3\"}\n").write(".delivery-gate/claims/x/a.json", "{}\n");
    release(&project, "release");
    let (row, _) = asked(&project);
    assert!(row.starts_with("PASS  ") && row.contains("Not counted: "), "{row}");
    for named in
        [".delivery-gate/claims/x/a.json (claims)", "release.yaml (the version and the claims)", "package.json (the"]
    {
        assert!(row.contains(named), "{row}");
    }
    project
        .write("delivery-gate.yaml", "decision: {ignore: [\"**\"]}\n")
        .write("package.json", "{\"version\": \"1.2.3\", \"a\": 1}\n");
    project.commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "x"]);
    let (row, _) = asked(&project);
    assert!(
        row.starts_with("FAIL  ") && row.contains("delivery-gate.yaml (gate), package.json (dependencies)"),
        "{row}"
    );
}

/// A release does not choose what it is compared with, nor by which policy.
#[test]
fn the_release_commit_cannot_loosen_what_it_is_asked() {
    let project = last();
    project.git(&["branch", "throwaway"]).write("Dockerfile", "FROM x\n").commit();
    project.write("delivery-gate.yaml", "decision: {base: HEAD~1}\n");
    release(&project, "release");
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("Dockerfile"), "{row}");
    assert!(warnings.contains("decision.base in delivery-gate.yaml is ignored"), "{warnings}");
    for tag in ["2026.11-nightly", "v1.2.3-rc1", "1.2.9", "v1.2.2-branch-point"] {
        project.git(&["tag", tag, "HEAD~1"]);
    }
    assert!(asked(&project).0.contains("Dockerfile"));
    project.remove("delivery-gate.yaml").commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "x"]);
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("Dockerfile"), "{row}");
    assert!(warnings.contains("that of v1.2.2 holds"), "{warnings}");
}

#[test]
fn a_tag_from_before_the_gate_has_the_form_of_a_release() {
    let project = Project::new();
    project.write("a", "x\n").commit().git(&["tag", "v1.2.2"]);
    for tag in ["2026.11-nightly", "v1.2.3-rc1", "v1.3-branch-point", "build-17", "1.2.x"] {
        project.write(tag, "x\n").commit().git(&["tag", tag]);
    }
    project.write("delivery-gate.yaml", "decision: {}\n").commit();
    let drafted = Project::drafted();
    for file in ["CHANGELOG.md", "pyproject.toml"] {
        std::fs::copy(drafted.path("repo").join(file), project.path("repo").join(file)).expect("a copy");
    }
    release(&project, "release");
    assert!(asked(&project).0.contains("Since v1.2.2 "), "{}", asked(&project).0);
}

#[test]
fn a_first_release_is_all_of_its_tree() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {}\n").commit();
    release(project.write("docs/adr/0002-x.md", ACCEPTED), "release\n\nDecision: ADR-2");
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("PASS  ") && row.contains("delivery-gate.yaml (gate)"), "{row}");
    assert!(warnings.contains("no release before this one: the whole tree is the change"), "{warnings}");
}

#[test]
fn tags_that_were_not_fetched_prove_nothing() {
    let project = last();
    project.write("Dockerfile", "FROM x\n");
    release(&project, "release");
    project.git(&["tag", "-d", "v1.2.2"]);
    let (row, _) = asked(&project);
    assert!(
        row.starts_with("UNPROVEN  ") && row.contains("names 1.2.2, and no tag of it is here: `git fetch --tags`"),
        "{row}"
    );
    let row = project.check_after_ci().args(&["--base", "HEAD~1"]).run().row("High-impact changes").to_owned();
    assert!(row.starts_with("FAIL  ") && row.contains("Dockerfile"), "{row}");
    project.git(&["tag", "v1.2.2", "HEAD~1"]).cut_off();
    let (row, _) = asked(&project);
    assert!(row.starts_with("UNPROVEN  ") && row.contains("git fetch --unshallow --tags"), "{row}");
}

/// Release branches that are never merged: the highest lower version, and its own files.
#[test]
fn a_release_that_is_no_ancestor_is_compared_with_all_the_same() {
    let project = last();
    project
        .git(&["checkout", "-qb", "branch"])
        .write("release.yaml", &version("1.2.2.1"))
        .write("Dockerfile", "FROM a\n");
    project.commit().tag("v1.2.2.1");
    project.git(&["checkout", "-q", "--detach", "v1.2.2"]).git(&["tag", "-d", "v1.2.2"]);
    release(&project, "release");
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("Since v1.2.2.1 ") && row.contains("Dockerfile"), "{row}");
    assert!(warnings.contains("v1.2.2.1 is no ancestor of this release"), "{warnings}");
}

#[test]
fn of_several_nearest_the_lower_one_is_compared_with() {
    let project = last();
    project.git(&["checkout", "-qb", "one"]).write("release.yaml", &version("1.2.2.1")).write("a", "x\n");
    project.commit().tag("v1.2.2.1");
    project
        .git(&["checkout", "-qb", "two", "v1.2.2"])
        .write("release.yaml", &version("1.2.2.2"))
        .write("Dockerfile", "FROM x\n");
    project.commit().tag("v1.2.2.2");
    project.git(&["merge", "-q", "-s", "ours", "--no-ff", "-m", "both", "one"]);
    release(&project, "release");
    let (row, warnings) = asked(&project);
    assert!(row.starts_with("FAIL  ") && row.contains("Since v1.2.2.1 ") && row.contains("Dockerfile"), "{row}");
    assert!(warnings.contains("beside it: v1.2.2.2"), "{warnings}");
}

/// Asked for by the last release, and loosened by this one in every way that its files have.
#[test]
fn a_release_does_not_excuse_itself_from_the_decision() {
    let with = |policy: &str, declared: &str| {
        let project = last();
        project.write("Dockerfile", "FROM x\n").write("delivery-gate.yaml", policy);
        let release = RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\"") + declared;
        project.write("release.yaml", &release).commit().tag("v1.2.3");
        project
    };
    let excepting = "decision: {}\nexceptions:\n  decision_approved: {reason: we have no records}\n";
    let (row, _) = asked(&with(excepting, ""));
    assert!(row.starts_with("FAIL") && row.contains("Dockerfile"), "{row}");
    let bound =
        "the policy's exception is new, and the policy of v1.2.2 has `decision:`: it can hold for the next release";
    assert!(row.contains(bound), "{row}");
    let declared = "not_applicable:\n  decision_approved: we have no records\n";
    for policy in ["decision: {}\n", "tag: \"v{version}\"\n"] {
        let (row, warnings) = asked(&with(policy, declared));
        assert!(row.starts_with("FAIL") && row.contains("declared not applicable; the gate found"), "{row}");
        assert!(warnings.contains("v1.2.2 has `decision:`: a release does not excuse itself from it"), "{warnings}");
    }
}

#[test]
fn an_exception_of_the_last_release_still_holds() {
    let excepting = "decision: {}\nexceptions:\n  decision_approved: {reason: we have no records}\n";
    let project = last();
    project.write("delivery-gate.yaml", excepting).commit().git(&["tag", "-f", "-a", "v1.2.2", "-m", "x"]);
    project.write("Dockerfile", "FROM x\n");
    release(&project, "release");
    let (row, _) = asked(&project);
    assert!(row.starts_with("NA") && row.contains("by policy, as in v1.2.2"), "{row}");
}

/// What cannot be read may ask for it, and so may what has no tag here.
#[test]
fn a_policy_that_nobody_can_read_may_ask_for_decisions() {
    for policy in ["decision: {}\n# \u{fffd}\n", "decision: [\n"] {
        let bytes: Vec<u8> = policy.chars().map(|c| c as u8).collect();
        let project = last();
        std::fs::write(project.root().join("delivery-gate.yaml"), bytes).expect("a file");
        project.commit().git(&["tag", "-f", "-a", "v1.2.2", "-m", "x"]);
        project.write("Dockerfile", "FROM x\n").write("delivery-gate.yaml", "tag: \"v{version}\"\n");
        release(&project, "release");
        let run = project.check_after_ci().run();
        assert_eq!(run.code, Some(1), "{policy}: {run:?}");
        assert!(!run.row("High-impact changes").starts_with("PASS"), "{policy}: {run:?}");
    }
    let project = last();
    project.write("Dockerfile", "FROM x\n").write("delivery-gate.yaml", "tag: \"v{version}\"\n");
    release(&project, "release");
    project.git(&["tag", "-d", "v1.2.2"]);
    let (row, _) = asked(&project);
    assert!(row.starts_with("UNPROVEN") && row.contains("no tag of it is here"), "{row}");
}

/// Git takes a folder for one by the kind of its mode alone, and so does whoever checks the commit out.
#[test]
fn a_folder_of_an_unusual_mode_is_looked_into() {
    let project = last();
    project.write("db/migrations/1.sql", "drop table users;\n");
    release(&project, "release");
    let honest = asked(&project).0;
    assert!(honest.starts_with("FAIL  ") && honest.contains("db/migrations/1.sql"), "{honest}");
    let tree_of = |listed: &str, name: &str| {
        let of_entry = |line: &str| {
            let (head, path) = line.split_once('\t').expect("an entry");
            let words: Vec<_> = head.split(' ').collect();
            let mode = if path == name { "40755" } else { words[0].trim_start_matches('0') };
            let id = words[2]
                .as_bytes()
                .chunks(2)
                .map(|two| u8::from_str_radix(str::from_utf8(two).expect("digits"), 16).expect("hex"));
            [format!("{mode} {path}\0").into_bytes(), id.collect()].concat()
        };
        let bytes: Vec<u8> = listed.lines().flat_map(of_entry).collect();
        std::fs::write(project.path("tree"), bytes).expect("a tree");
        project.git_output(&["hash-object", "-t", "tree", "-w", "--literally", "../tree"]).trim().to_owned()
    };
    let top = tree_of(&project.git_output(&["ls-tree", "HEAD"]), "db");
    let commit = project.git_output(&["commit-tree", "-p", "v1.2.2^{commit}", "-m", "release", &top]);
    project.git(&["tag", "-f", "v1.2.3", commit.trim()]).git(&["reset", "-q", "--hard", "v1.2.3"]);
    assert_eq!(asked(&project).0, honest);
}
