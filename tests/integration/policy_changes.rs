//! What changed in the gate since the last release.

use crate::common::{Gate, Project, RELEASE, result};

/// The release 1.2.3 under one policy, and 1.3.0 under another; its claims are its own.
fn next(before: &str, now: &str, more: &str) -> Project {
    let project = Project::drafted();
    put(&project, before);
    project.commit().tag("v1.2.3");
    put(&project, now);
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = [\"a==1\"]\n");
    let release = RELEASE.replace("1.2.3", "1.3.0").replace("true,", "true, for: \"1.3.0\",") + more;
    project.write("release.yaml", &release).commit().tag("v1.3.0");
    project
}

fn put(project: &Project, policy: &str) {
    match policy {
        "" if project.root().join("delivery-gate.yaml").exists() => {
            project.remove("delivery-gate.yaml");
        }
        "" => {}
        policy => {
            project.write("delivery-gate.yaml", policy);
        }
    }
}

const STRICT: &str = "required: [changelog]\nnot_applicable: unless_failed\n";
const LOOSE: &str =
    "not_applicable: unless_failed\nexceptions:\n  ci_status: {reason: we have no CI}\ntag_annotated: true\n";

#[test]
fn what_changed_stands_before_the_decision_and_holds_nothing() {
    let report = next(STRICT, LOOSE, "").check_after_ci().run().report(0);
    let list = "The gate changed since v1.2.3:\n  - loosened: exceptions.ci_status is new: {\"reason\":\"we have no CI\"}\n  \
                - loosened: required.changelog is gone\n  - tightened: tag_annotated is new: true\n\n";
    assert!(report.contains(list), "{report}");
    for format in ["markdown", "html", "junit", "sarif", "github"] {
        let text = next(STRICT, LOOSE, "").check_after_ci().args(&["--format", format]).run().report(0);
        assert!(text.contains("The gate changed since v1.2.3"), "{format}: {text}");
        assert!(text.contains("required.changelog is gone"), "{format}: {text}");
    }
    let (_, json) = next(STRICT, LOOSE, "").check_after_ci().json();
    assert_eq!(json["policy_changes"]["since"], "v1.2.3");
    let first = &json["policy_changes"]["changes"][0];
    assert_eq!((&first["direction"], &first["key"]), (&"loosened".into(), &"exceptions.ci_status".into()));
}

#[test]
fn a_policy_that_stays_is_not_talked_about() {
    for (before, now) in
        [("", ""), (STRICT, STRICT), (STRICT, "# why\nnot_applicable: unless_failed\nrequired: [changelog]\n")]
    {
        let project = next(before, now, "");
        assert!(!project.check_after_ci().run().report(0).contains("The gate"), "{before} {now}");
        assert!(project.check_after_ci().json().1["policy_changes"].is_null(), "{before} {now}");
    }
    let (_, first) = Project::released().check_after_ci().json();
    assert!(first["policy_changes"].is_null() && !first["warnings"].to_string().contains("the gate was"), "{first}");
}

#[test]
fn a_loosened_gate_may_need_a_claim() {
    let asking = format!("{STRICT}policy_changes: attest\n");
    for now in [LOOSE.to_owned(), String::new(), format!("{LOOSE}policy_changes: attest\n")] {
        let run = next(&asking, &now, "").check_after_ci().run();
        let row = run.row("The changed gate was agreed to");
        assert!(row.starts_with("FAIL") && row.contains("Not attested"), "{now}: {row}");
        assert_eq!(run.code, Some(1));
        let claim = "  policy_change: {answer: true, by: \"Bob Lee\", for: \"1.3.0\"}\n";
        next(&asking, &now, claim).check_after_ci().run().report(0);
    }
    // The claim is asked for where claims are written, too.
    let project = next(&asking, LOOSE, "");
    let told = project.gate(&["attest", "--repo", "repo"]).run().report(1);
    assert!(told.contains("attest policy_change"), "{told}");
    let listed = project.gate(&["list", "--repo", "repo"]).run().report(0);
    assert!(listed.contains("the gate changed, and `policy_changes: attest` asks then"), "{listed}");
    project.gate(&["attest", "policy_change", "--by", "Bob Lee", "--repo", "repo"]).run().report(0);
}

#[test]
fn nobody_is_asked_where_the_gate_asks_for_more() {
    let tighter = format!("{STRICT}tag_annotated: true\npolicy_changes: attest\n");
    for (before, now) in [(STRICT, &*tighter), (&*format!("{STRICT}policy_changes: attest\n"), &*tighter)] {
        let (_, report) = next(before, now, "").check_after_ci().json();
        assert_eq!(report["decision"], "GO", "{report}");
        assert!(!report["results"].to_string().contains("policy_change"), "{report}");
    }
}

#[test]
fn a_release_does_not_declare_its_own_change_away() {
    let asking = format!("{STRICT}policy_changes: attest\n");
    let run = next(&asking, LOOSE, "not_applicable:\n  policy_change: it was agreed\n").check_after_ci().run();
    assert!(run.row("The changed gate").starts_with("FAIL"), "{run:?}");
    assert!(run.stdout.contains("a release does not excuse what it changed in its own gate"), "{run:?}");
    let excepting = "exceptions:\n  policy_change: {reason: we know}\n";
    let told = next(&asking, excepting, "").check_after_ci().run().refusal();
    assert!(told.contains("`policy_change` is not a check of this project"), "{told}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let project = next(STRICT, STRICT, "");
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--depth", "1", "--branch", "v1.3.0", &address, "../shallow"]);
    let run = project.gate(&["check", "--repo", "shallow", "--ci-status", "success"]).run();
    let told = "the gate was not compared with that of the last release: the last release is not in this shallow clone";
    assert!(run.stdout.contains(told), "{run:?}");
    let broken = next("required: [\n", STRICT, "");
    let report = broken.check_after_ci().run().report(1);
    assert!(
        report.contains("the gate was not compared with that of the last release: that one is no policy"),
        "{report}"
    );
}

fn by_ref(project: &Project, revision: &str) -> Gate {
    project.check_after_ci().args(&["--policy-ref", revision])
}

#[test]
fn the_policy_of_another_commit_holds_where_it_is_named() {
    let project = next("tag_annotated: true\nrequired: [changelog]\n", "", "");
    project.git(&["tag", "-d", "v1.3.0"]).git(&["tag", "v1.3.0"]);
    project.check_after_ci().run().report(0);
    let run = by_ref(&project, "v1.2.3").run();
    assert!(run.row("Clean, tagged").contains("the policy asks for an annotated one"), "{run:?}");
    let report = run.report(1);
    assert!(report.contains("  - policy: delivery-gate.yaml of v1.2.3 (--policy-ref, blob "), "{report}");
    assert!(report.contains("the policy is that of v1.2.3 (--policy-ref), not of the release"), "{report}");
    assert!(!report.contains("The gate changed"), "{report}");
    let (_, json) = by_ref(&project, "v1.2.3").json();
    assert_eq!((&json["policy"]["source"], &json["policy"]["revision"]), (&"ref".into(), &"v1.2.3".into()));
    assert_eq!(result(&json, "release_point")["status"], "FAIL");
}

#[test]
fn what_names_no_other_policy_is_refused() {
    let project = next("", STRICT, "");
    let cases = [
        ("v1.3.0", "--policy-ref v1.3.0: this is the commit that is judged"),
        ("HEAD", "--policy-ref HEAD: this is the commit that is judged"),
        ("v1.2.3", "--policy-ref v1.2.3: it has no delivery-gate.yaml"),
        ("nowhere", "--policy-ref nowhere: "),
    ];
    for (revision, words) in cases {
        let told = by_ref(&project, revision).run().refusal();
        assert!(told.contains(words), "{revision}: {told}");
    }
    let judged = by_ref(&project, "v1.2.3").args(&["--rev", "v1.2.3"]).run().refusal();
    assert!(judged.contains("this is the commit that is judged"), "{judged}");
    let both = by_ref(&project, "v1.2.3").args(&["--config", "x.yaml"]).run().refusal();
    assert!(both.contains("cannot be used with"), "{both}");
    let broken = next("required: [\n", STRICT, "");
    let told = by_ref(&broken, "v1.2.3").run().refusal();
    assert!(told.contains("v1.2.3:delivery-gate.yaml:"), "{told}");
}

/// The release 1.1.0 with a policy that asks for all, of which 1.2.0 has nothing left.
const ASKING: &str = "policy_changes: attest\ntag_annotated: true\ndecision: {}\n";

fn release(project: &Project, version: &str) {
    let log = format!("# Changelog\n\n## {version}\n\n- New.\n");
    let manifest = format!("[project]\nname = \"demo\"\nversion = \"{version}\"\ndependencies = [\"a==1\"]\n");
    let text = RELEASE.replace("1.2.3", version).replace("true,", &format!("true, for: \"{version}\","));
    project.write("CHANGELOG.md", &log).write("pyproject.toml", &manifest).write("release.yaml", &text).commit();
}

fn both_are_asked(project: &Project) {
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
    assert!(!run.row("High-impact changes").starts_with("PASS"), "{run:?}");
    assert!(run.stdout.contains("loosened: decision is gone"), "{run:?}");
}

/// A maintenance line from before the gate asked, merged as people merge them: both releases are as near.
#[test]
fn of_several_nearest_releases_the_stricter_one_counts() {
    let project = Project::drafted();
    release(&project, "1.0.0");
    project.tag("v1.0.0").write("delivery-gate.yaml", ASKING);
    release(&project, "1.1.0");
    project.tag("v1.1.0").git(&["checkout", "-q", "-b", "maintenance", "v1.0.0"]);
    release(&project, "1.0.1");
    project.tag("v1.0.1").git(&["checkout", "-q", "main"]);
    project.git(&["merge", "-q", "-s", "ours", "-m", "merge", "maintenance"]);
    project.remove("delivery-gate.yaml").write("Dockerfile", "FROM x\n");
    release(&project, "1.2.0");
    project.tag("v1.2.0");
    both_are_asked(&project);
}

/// Tags of a deployment, a copy, or the version that is being released.
#[test]
fn a_tag_that_was_set_later_is_no_release_of_its_own() {
    for tag in ["deploy-1.0.0", "staging-v1.0.0", "ci/1.0.0/77", "1.0.0", "x-1.1.0"] {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", ASKING);
        release(&project, "1.0.0");
        project.tag("v1.0.0").remove("delivery-gate.yaml").write("Dockerfile", "FROM x\n");
        if tag == "x-1.1.0" {
            project.write("release.yaml", "version: \"1.1.0\"\n");
        }
        project.commit().git(&["tag", tag]);
        release(&project, "1.1.0");
        project.tag("v1.1.0");
        both_are_asked(&project);
    }
}

#[test]
fn tags_that_are_not_here_do_not_take_back_what_was_asked_for() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", ASKING);
    release(&project, "1.0.0");
    project.remove("delivery-gate.yaml").write("Dockerfile", "FROM x\n");
    release(&project, "1.1.0");
    project.tag("v1.1.0");
    let run = project.check_after_ci().run();
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
    assert!(run.row("High-impact changes").starts_with("UNPROVEN"), "{run:?}");
}

#[test]
fn a_neighbours_tag_of_the_same_version_is_another_package_s() {
    let project = Project::new();
    let package = |name: &str, version: &str| {
        let manifest = format!("[project]\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [\"a==1\"]\n");
        let text = RELEASE.replace("1.2.3", version).replace("true,", &format!("true, for: \"{version}\","));
        project.write(&format!("pk/{name}/pyproject.toml"), &manifest).write(&format!("pk/{name}/release.yaml"), &text);
        project.write(&format!("pk/{name}/CHANGELOG.md"), &format!("# Changelog\n\n## {version}\n\n- New.\n"));
    };
    project.write("delivery-gate.yaml", &format!("{ASKING}tag: \"{{name}}-v{{version}}\"\n"));
    package("a", "1.0.0");
    package("b", "1.0.0");
    project.commit().tag("a-v1.0.0").write("Dockerfile", "FROM x\n");
    project.write("delivery-gate.yaml", "tag: \"{name}-v{version}\"\n").commit().tag("b-v1.0.0");
    package("a", "1.1.0");
    project.commit().tag("a-v1.1.0");
    let run = project.gate(&["check", "--repo", "repo/pk/a", "--ci-status", "success"]).run();
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
    assert!(run.stdout.contains("The gate changed since a-v1.0.0:"), "{run:?}");
}

#[test]
fn a_policy_that_moves_is_another_one() {
    let project = Project::new();
    project.write("delivery-gate.yaml", "policy_changes: attest\n");
    let files = |version: &str| {
        let text = RELEASE.replace("1.2.3", version).replace("true,", &format!("true, for: \"{version}\","));
        project.write("pk/a/release.yaml", &text);
        project.write("pk/a/CHANGELOG.md", &format!("# Changelog\n\n## {version}\n\n- New.\n")).commit();
    };
    files("1.0.0");
    project.tag("v1.0.0").git(&["mv", "delivery-gate.yaml", "pk/a/delivery-gate.yaml"]);
    files("1.1.0");
    project.tag("v1.1.0");
    let run = project.gate(&["check", "--repo", "repo/pk/a", "--ci-status", "success"]).run();
    let moved = "changed: delivery-gate.yaml stood at delivery-gate.yaml and stands at pk/a/delivery-gate.yaml";
    assert!(run.stdout.contains(moved), "{run:?}");
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
}
