//! Claims, declarations and changelogs of several packages.

use std::fs;

use crate::common::{Gate, Project};

const CLAIMS: &str = "attestations:\n  rollback_tested: {answer: true, by: \"Jane Smith\"}\n  \
                      oncall_notified: {answer: true, by: \"Jane Smith\"}\n  \
                      approver_signed_off: {answer: true, by: \"Bob Lee\"}\n  \
                      monitoring_reviewed: {answer: true, by: \"Jane Smith\"}\n";

const PACKAGES: &str = "packages:\n  a: \"1.0.0\"\n  b: \"2.0.0\"\n";

fn package(project: &Project, name: &str, version: &str) {
    let manifest = format!("{{\"name\": \"{name}\", \"version\": \"{version}\"}}\n");
    project.write(&format!("{name}/package.json"), &manifest);
    project.write(&format!("{name}/CHANGELOG.md"), &format!("# {version}\n\n- Fixed.\n"));
}

/// Two packages, not yet committed.
fn written() -> Project {
    let project = Project::new();
    package(&project, "a", "1.0.0");
    package(&project, "b", "2.0.0");
    project.write("release.yaml", &format!("{PACKAGES}{CLAIMS}"));
    project
}

fn committed(project: &Project) -> Gate {
    project.commit().tag("a@1.0.0").tag("b@2.0.0");
    project.check_after_ci()
}

#[test]
fn a_folder_in_an_id_is_read_as_packages_are() {
    let declared = "not_applicable: {\"changelog:./a/\": none is kept}\n";
    let project = written();
    project.remove("a/CHANGELOG.md").write("release.yaml", &format!("{PACKAGES}{CLAIMS}{declared}"));
    let run = committed(&project).run();
    assert!(run.row("(a) — none is kept").starts_with("NA") && run.code == Some(0), "{run:?}");

    let project = written();
    project.remove("a/CHANGELOG.md");
    project.write("delivery-gate.yaml", "exceptions: {\"changelog:./a\": {reason: none is kept}}\n");
    let run = committed(&project).run();
    assert!(run.row("(a) — none is kept").starts_with("NA") && run.code == Some(0), "{run:?}");

    // What is required is so in any spelling.
    let project = written();
    project.remove("a/CHANGELOG.md").write("release.yaml", &format!("{PACKAGES}{CLAIMS}{declared}"));
    project.write("delivery-gate.yaml", "required: [\"changelog:a/\"]\n");
    let run = committed(&project).run();
    assert!(run.stdout.contains("but the policy requires this check"), "{run:?}");

    let project = written();
    for (declared, told) in [
        ("not_applicable: {\"changelog:../a\": none is kept}\n", "`changelog:../a` names no folder below this one"),
        (
            "not_applicable: {\"changelog:./a\": none is kept, \"changelog:a\": none is kept}\n",
            "`changelog:a` is declared not applicable twice",
        ),
    ] {
        project.write("release.yaml", &format!("{PACKAGES}{CLAIMS}{declared}"));
        let refusal = project.check_after_ci().run().refusal();
        assert!(refusal.contains(told), "{refusal}");
    }
    project.write("release.yaml", &format!("{PACKAGES}{CLAIMS}")).commit();
    for _ in 0..2 {
        let words = ["attest", "--not-applicable", "changelog:./a/", "--reason", "none is kept", "--repo", "repo"];
        project.gate(&words).run().report(0);
        let text = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
        assert_eq!(text.matches("changelog:a").count(), 1, "{text}");
    }
}

#[test]
fn a_claim_whose_version_is_a_mapping_is_claimed_again() {
    for written_for in
        ["for: {a: \"0.9.0\", b: \"2.0.0\"}", "for:\n      a: \"0.9.0\"\n      b: \"2.0.0\"\n    note: last time"]
    {
        let project = written();
        let flow = !written_for.contains('\n');
        let claim = match flow {
            true => format!("rollback_tested: {{answer: true, {written_for}, by: \"Jane Smith\"}}"),
            false => format!("rollback_tested:\n    answer: true\n    by: \"Jane Smith\"\n    {written_for}"),
        };
        let claims = CLAIMS.replace("rollback_tested: {answer: true, by: \"Jane Smith\"}", &claim);
        project.write("release.yaml", &format!("{PACKAGES}{claims}")).commit();
        let told = project.gate(&["attest", "rollback_tested", "--by", "Bob Lee", "--repo", "repo"]).run().report(0);
        assert!(told.contains("for: {a: \"1.0.0\", b: \"2.0.0\"}"), "{told}");
        let text = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
        assert!(!text.contains("0.9.0") && text.contains("for: {a: \"1.0.0\", b: \"2.0.0\"}"), "{text}");
        assert_eq!(text.contains("note: last time"), !flow, "{text}");
        assert_eq!(text.matches("Bob Lee").count(), 2, "{text}");
    }
}

#[test]
fn an_entry_of_another_package_is_none_in_a_shared_changelog() {
    let shared = |text: &str| {
        let project = Project::new();
        for name in ["a", "b"] {
            package(&project, name, "1.0.0");
            project.write(&format!("{name}/delivery-gate.yaml"), "changelog: ../CHANGELOG.md\n");
        }
        project.write("CHANGELOG.md", text);
        project.write("release.yaml", &format!("packages:\n  a: \"1.0.0\"\n  b: \"1.0.0\"\n{CLAIMS}")).commit();
        project.tag("v1.0.0").check_after_ci().run()
    };
    let run = shared("# Changelog\n\n## b 1.0.0\n\n- Fixed.\n");
    assert!(run.row("this version (a)").starts_with("FAIL"), "{run:?}");
    assert!(run.row("this version (b)").starts_with("PASS"), "{run:?}");
    for text in ["## a 1.0.0\n\n- x\n\n## b 1.0.0\n\n- y\n", "## 1.0.0\n\n- x\n", "## shop 1.0.0\n\n- x\n"] {
        let run = shared(text);
        assert!(run.row("this version (a)").starts_with("PASS"), "{text}: {run:?}");
        assert!(run.row("this version (b)").starts_with("PASS"), "{text}: {run:?}");
    }
}

#[test]
fn version_and_claims_alone_need_no_decision_of_a_package() {
    let project = written();
    project.write("delivery-gate.yaml", "decision: {}\n").commit().tag("a@1.0.0").tag("b@2.0.0");
    package(&project, "a", "1.0.1");
    package(&project, "b", "2.0.1");
    let claims = CLAIMS.replace("true,", "true, for: {a: \"1.0.1\", b: \"2.0.1\"},");
    project.write("release.yaml", &format!("packages:\n  a: \"1.0.1\"\n  b: \"2.0.1\"\n{claims}"));
    project.write(".delivery-gate/claims/x/a.json", "{}\n").commit().tag("a@1.0.1").tag("b@2.0.1");
    let run = project.check_after_ci().run();
    for folder in ["a", "b"] {
        let row = run.row(&format!("decision ({folder})"));
        assert!(row.starts_with("PASS") && row.contains("release.yaml (the version and the claims)"), "{row}");
        assert!(row.contains("a.json (claims)"), "{row}");
    }
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn the_manifest_of_a_package_that_is_asked_is_not_told_as_not_asked() {
    let project = written();
    project
        .write("package.json", "{\"name\": \"top\", \"version\": \"5.0.0\"}\n")
        .write("CHANGELOG.md", "# 5.0.0\n\n- x\n");
    project.write("c/package.json", "{\"name\": \"c\"}\n");
    project.write("release.yaml", &format!("{PACKAGES}  .: \"5.0.0\"\n{CLAIMS}"));
    let run = committed(&project).run();
    let row = run.row("exact versions (.)");
    assert!(row.contains("Not asked: c/package.json ("), "{row}");
    let project = written();
    project.remove("a/package.json").commit().tag("a/v1.0.0").tag("b@2.0.0");
    let row = project.check_after_ci().run().row("exact versions (a)").to_owned();
    assert!(row.contains("nothing to pin"), "{row}");
}

#[test]
fn no_second_release_is_begun_in_the_folder_of_a_package() {
    let project = written();
    project.commit();
    let told = project.gate(&["init", "--yes", "--repo", "repo/a"]).run().refusal();
    assert!(told.contains("../release.yaml releases this folder, as the package a"), "{told}");
    assert!(!project.root().join("a/release.yaml").exists());
    project.write("c/package.json", "{\"name\": \"c\", \"version\": \"1.0.0\"}\n").commit();
    project.gate(&["init", "--yes", "--repo", "repo/c"]).run().report(0);
}
