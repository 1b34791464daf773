//! Several packages that are released from one commit.

use std::fs;

use crate::common::{Gate, Project, result};

const CLAIMS: &str = "attestations:\n  rollback_tested: {answer: true, by: \"Jane Smith\"}\n  \
                      oncall_notified: {answer: true, by: \"Jane Smith\"}\n  \
                      approver_signed_off: {answer: true, by: \"Bob Lee\"}\n  \
                      monitoring_reviewed: {answer: true, by: \"Jane Smith\"}\n";

const PACKAGES: &str = "packages:\n  packages/cli: \"3.0.1\"\n  packages/write: \"1.0.1\"\n";

fn package(project: &Project, name: &str, version: &str) {
    let folder = format!("packages/{name}");
    let manifest =
        format!("{{\"name\": \"@acme/{name}\", \"version\": \"{version}\", \"dependencies\": {{\"a\": \"1.0.0\"}}}}\n");
    project.write(&format!("{folder}/package.json"), &manifest);
    project.write(&format!("{folder}/CHANGELOG.md"), &format!("# Changelog\n\n## {version}\n\n- Fixed.\n"));
}

/// Two packages, committed and not tagged.
fn committed() -> Project {
    let project = Project::new();
    package(&project, "cli", "3.0.1");
    package(&project, "write", "1.0.1");
    project.write("release.yaml", &format!("{PACKAGES}{CLAIMS}")).commit();
    project
}

/// The same, and both are tagged as changesets does.
pub(crate) fn released() -> Project {
    let project = committed();
    project.tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    project
}

fn check(project: &Project) -> Gate {
    project.check_after_ci()
}

#[test]
fn one_report_has_the_rows_of_each_package_and_one_set_of_claims() {
    let project = released();
    let report = check(&project).run().report(0);
    let rows: Vec<_> = report.lines().filter(|line| line.starts_with('[')).map(|line| &line[12..]).collect();
    let head = project.head();
    assert_eq!(rows[0], "PASS  CHANGELOG updated for this version (packages/cli) — Found an entry for 3.0.1.");
    assert_eq!(rows[1], "PASS  CHANGELOG updated for this version (packages/write) — Found an entry for 1.0.1.");
    assert_eq!(rows[2], "PASS  Tests passed in CI — CI status is 'success' (reported by --ci-status, not looked up).");
    assert!(rows[3].starts_with("PASS  Dependencies pinned to exact versions (packages/cli) — All 1"), "{report}");
    let tags = format!("@acme/cli@3.0.1 (annotated), @acme/write@1.0.1 (annotated) at {head}");
    assert_eq!(rows[5], format!("PASS  Clean, tagged release point — {tags}"));
    assert!(rows[7].starts_with("PASS  Version is the same everywhere (packages/write) — 1.0.1 in"), "{report}");
    assert_eq!(rows.len(), 12, "{report}");
    let packages = "  - packages: packages/cli 3.0.1 (@acme/cli@3.0.1), packages/write 1.0.1 (@acme/write@1.0.1)\n";
    assert!(report.contains(packages), "{report}");
}

#[test]
fn json_lists_the_packages() {
    let (_, report) = check(&released()).json();
    let subject = &report["subject"];
    assert!(subject["version"].is_null() && subject["tag"].is_null(), "{subject}");
    let cli = serde_json::json!({"folder": "packages/cli", "name": "@acme/cli", "version": "3.0.1", "tag": "@acme/cli@3.0.1", "policy": null});
    assert_eq!((&subject["packages"][0], subject["packages"].as_array().map(Vec::len)), (&cli, Some(2)));
    assert_eq!(result(&report, "changelog:packages/write")["source"], "packages/write/CHANGELOG.md:3");
    for format in ["markdown", "html", "sarif", "junit", "github", "gitlab"] {
        let text = check(&released()).args(&["--format", format]).run().report(0);
        assert!(
            !["markdown", "html", "sarif", "junit"].contains(&format) || text.contains("packages/write"),
            "{format}: {text}"
        );
    }
}

#[test]
fn what_holds_one_package_holds_all() {
    let project = committed();
    project.write("packages/write/CHANGELOG.md", "# Changelog\n\n## 1.0.0\n\n- Old.\n").commit();
    project.tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    let run = check(&project).run();
    assert!(run.row("CHANGELOG updated for this version (packages/write)").starts_with("FAIL"), "{run:?}");
    assert!(run.row("CHANGELOG updated for this version (packages/cli)").starts_with("PASS"), "{run:?}");
    assert_eq!(run.code, Some(1));
    let project = committed();
    project.tag("@acme/cli@3.0.1");
    let row = check(&project).run().row("Clean, tagged").to_owned();
    let form = "no tag @acme/write@1.0.1 (or another form: `tag:` in delivery-gate.yaml says which)";
    assert_eq!(row, format!("FAIL  Clean, tagged release point — {form}"));
    project.write("more.txt", "x\n").commit().tag("@acme/write@1.0.1");
    let row = check(&project).run().row("Clean, tagged").to_owned();
    let out = "packages/cli is out, tag @acme/cli@3.0.1 is at ";
    assert!(row.starts_with("FAIL") && row.contains(out) && row.contains("take it out of `packages:`"), "{row}");
    let report = project.check().args(&["--before-tag"]).run().report(1);
    assert!(
        report.ends_with("Decision: NOT READY (rehearsal: @acme/cli@3.0.1, @acme/write@1.0.1 are tagged)\n"),
        "{report}"
    );
    project.write("release.yaml", &format!("{}{CLAIMS}", PACKAGES.replace("1.0.1", "1.0.2"))).commit();
    let report = project.check().args(&["--before-tag"]).run().report(1);
    assert!(report.ends_with("Decision: NOT READY (rehearsal: @acme/write@1.0.2 is not tagged)\n"), "{report}");
}

#[test]
fn the_policy_says_which_tag() {
    for (tag, first, second) in [
        ("{name}@{version}", "@acme/cli@3.0.1", "@acme/write@1.0.1"),
        ("{dir}/v{version}", "packages/cli/v3.0.1", "packages/write/v1.0.1"),
    ] {
        let project = committed();
        project.write("delivery-gate.yaml", &format!("tag: \"{tag}\"\n")).commit();
        project.tag("cli-v3.0.1").tag("write-v1.0.1");
        assert_eq!(check(&project).run().code, Some(1), "{tag}");
        project.tag(first).tag(second);
        check(&project).run().report(0);
    }
    let project = committed();
    project.write("delivery-gate.yaml", "tag: \"v{version}\"\n").commit().tag("v3.0.1").tag("v1.0.1");
    let told = check(&project).run().refusal();
    assert!(told.contains("the tag `v{version}` would be that of packages/cli and of packages/write alike"), "{told}");
    // One version, one tag.
    package(&project, "write", "3.0.1");
    project.write("release.yaml", &format!("{}{CLAIMS}", PACKAGES.replace("1.0.1", "3.0.1"))).commit();
    project.git(&["tag", "-f", "-a", "v3.0.1", "-m", "x"]);
    let run = check(&project).run();
    assert!(run.row("Clean, tagged").starts_with("PASS"), "{run:?}");
}

#[test]
fn packages_of_one_name_do_not_carry_each_others_tag() {
    let project = committed();
    let manifest = "{\"name\": \"@acme/cli\", \"version\": \"1.0.1\"}\n";
    project
        .write("packages/write/package.json", manifest)
        .write("delivery-gate.yaml", "tag: \"{name}@{version}\"\n")
        .commit();
    let told = check(&project).run().refusal();
    let words = "the tag `@acme/cli@{version}` would be that of packages/cli and of packages/write alike";
    assert!(told.contains(words) && told.contains("`{dir}`"), "{told}");
}

#[test]
fn what_is_wrong_in_the_mapping_is_told_at_its_place() {
    let cases = [
        ("version: \"1.0.0\"\npackages: {a: \"1.0.0\"}\n", "release.yaml:2:", "has `version` and `packages`"),
        ("packages: {}\n", "release.yaml:1:", "names no package"),
        ("packages: [a]\n", "release.yaml:1:", "packages must be a mapping"),
        (
            "packages: {packages/cli: \"1.0.0\", ./packages/cli/: \"1.0.1\"}\n",
            "release.yaml:1:",
            "is the folder `packages/cli` again",
        ),
        ("packages: {../cli: \"1.0.0\"}\n", "release.yaml:1:", "`../cli` is no folder below this one"),
        ("packages: {/cli: \"1.0.0\"}\n", "release.yaml:1:", "is no folder below this one"),
        ("packages: {packages/cli: 1.0}\n", "release.yaml:1:", "packages.packages/cli must be a text"),
        ("packages: {packages/cli: \"1 2\"}\n", "release.yaml:1:", "this is not a valid version"),
        (
            "packages: {packages/gone: \"1.0.0\"}\n",
            "release.yaml",
            "packages.packages/gone: the release has no such folder",
        ),
    ];
    for (text, place, words) in cases {
        let project = committed();
        project.write("release.yaml", text);
        let told = check(&project).run().refusal();
        assert!(told.contains(place) && told.contains(words), "{text}: {told}");
    }
}

#[test]
fn one_package_can_be_asked_alone() {
    let project = committed();
    project.tag("@acme/cli@3.0.1");
    assert_eq!(check(&project).run().code, Some(1));
    let alone = |folder: &str| check(&project).args(&["--package", folder]);
    let report = alone("packages/cli").run().report(0);
    assert!(!report.contains("packages/write") && report.contains("Rollback procedure tested"), "{report}");
    alone("./packages/cli/").run().report(0);
    let (run, json) = alone("packages/write").json();
    assert_eq!((run.code, json["subject"]["packages"][0]["folder"].as_str()), (Some(1), Some("packages/write")));
    let told = alone("packages/cil").run().refusal();
    assert!(
        told.contains("--package packages/cil: release.yaml has no such package")
            && told.contains("did you mean `packages/cli`?"),
        "{told}"
    );
    let told = Project::released().check_after_ci().args(&["--package", "x"]).run().refusal();
    assert!(told.contains("release.yaml has one version and no packages"), "{told}");
}

#[test]
fn ids_mean_all_packages_or_one() {
    let with = |policy: &str, declared: &str| {
        let project = committed();
        for name in ["cli", "write"] {
            project.remove(&format!("packages/{name}/CHANGELOG.md"));
        }
        project.write("delivery-gate.yaml", &format!("tag: \"{{name}}@{{version}}\"\n{policy}"));
        project.write("release.yaml", &format!("{PACKAGES}{CLAIMS}{declared}")).commit();
        project.tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
        check(&project).run()
    };
    assert_eq!(with("", "").code, Some(1));
    assert_eq!(with("exceptions: {changelog: {reason: we have none}}\n", "").code, Some(0));
    assert_eq!(with("", "not_applicable: {changelog: we have none}\n").code, Some(0));
    for (policy, declared) in [
        ("exceptions: {\"changelog:packages/cli\": {reason: we have none}}\n", ""),
        ("", "not_applicable: {\"changelog:packages/cli\": we have none}\n"),
    ] {
        let run = with(policy, declared);
        assert!(run.row("(packages/cli) — we have none").starts_with("NA"), "{run:?}");
        let open = run.stdout.lines().filter(|line| line.contains("UNPROVEN  CHANGELOG")).count();
        assert_eq!((run.code, open), (Some(1), 1), "{run:?}");
    }
    let required = with("required: [changelog]\n", "not_applicable: {changelog: we have none}\n");
    assert!(required.stdout.contains("declared not applicable, but the policy requires this check"), "{required:?}");
    let both = with("required: [changelog]\nexceptions: {\"changelog:packages/cli\": {reason: x y}}\n", "");
    assert!(both.refusal().contains("required and excepted at once"));
}

#[test]
fn claims_are_for_all_packages_and_for_one_release() {
    let project = released();
    let attest = |id: &str| project.gate(&["attest", id, "--by", "Jane Smith", "--repo", "repo"]).run().report(0);
    let wrote = attest("rollback_tested");
    assert!(wrote.contains("for: {packages/cli: \"3.0.1\", packages/write: \"1.0.1\"}"), "{wrote}");
    // The next release changes one of them, and nothing that was claimed is claimed for it.
    let next = |words: &[&str]| {
        let words: Vec<_> = [&["next"], words, &["--repo", "repo"]].concat();
        project.gate(&words).run()
    };
    assert!(
        next(&["packages/cli", "minor"]).report(0).starts_with("Wrote release.yaml: packages/cli 3.0.1 -> 3.1.0\n")
    );
    let text = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let expected = format!("{}attestations: {{}}\n", PACKAGES.replace("3.0.1", "3.1.0"));
    assert_eq!(text, expected);
    for (words, told) in [
        (vec!["packages/cli", "3.0.0"], "3.0.0 does not come behind 3.1.0"),
        (vec!["packages/cli", "3.1.0"], "release.yaml has 3.1.0 already"),
        (vec![], "which package? name its folder and its version: packages/cli, packages/write"),
        (vec!["minor"], "'minor' is no package of release.yaml"),
        (vec!["packages/cil", "minor"], "did you mean `packages/cli`?"),
        (vec!["packages/cli"], "which version?"),
    ] {
        let refused = next(&words).refusal();
        assert!(refused.contains(told), "{words:?}: {refused}");
    }
    assert_eq!(fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml"), expected);
    // The same claims again, for the new versions: stale.
    package(&project, "cli", "3.1.0");
    package(&project, "write", "1.0.2");
    let packages = PACKAGES.replace("3.0.1", "3.1.0").replace("1.0.1", "1.0.2");
    project.write("release.yaml", &format!("{packages}{CLAIMS}")).commit();
    project.tag("@acme/cli@3.1.0").tag("@acme/write@1.0.2");
    let row = check(&project).run().row("Rollback").to_owned();
    assert!(row.starts_with("UNPROVEN") && row.contains("unchanged since @acme/"), "{row}");
    let fresh = CLAIMS.replace("true,", "true, for: {packages/write: \"1.0.2\", packages/cli: \"3.1.0\"},");
    project.write("release.yaml", &format!("{packages}{fresh}")).commit();
    project.git(&["tag", "-f", "-a", "@acme/cli@3.1.0", "-m", "x"]).git(&[
        "tag",
        "-f",
        "-a",
        "@acme/write@1.0.2",
        "-m",
        "x",
    ]);
    check(&project).run().report(0);
    let other = fresh.replace("1.0.2", "1.0.1");
    project.write("release.yaml", &format!("{packages}{other}"));
    let row = check(&project).run().row("Rollback").to_owned();
    let words =
        "for packages/write 1.0.1, packages/cli 3.1.0, and the release is packages/cli 3.1.0, packages/write 1.0.2";
    assert!(row.starts_with("FAIL") && row.contains(words), "{row}");
}

#[test]
fn a_rehearsal_asks_for_every_package() {
    let last = |run: crate::common::Run, code: i32| run.report(code).lines().last().unwrap_or_default().to_owned();
    let project = committed();
    let rehearse = || project.check().args(&["--before-tag"]).run();
    let untagged = "Decision: READY (rehearsal: @acme/cli@3.0.1, @acme/write@1.0.1 are not tagged)";
    assert_eq!(last(rehearse(), 0), untagged);
    project.tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    assert!(last(rehearse(), 0).starts_with("Decision: READY (rehearsal: "));
    project.write("more.txt", "x\n").commit();
    let out = "Decision: NONE (no release is being prepared: packages/cli 3.0.1, packages/write 1.0.1 are out)";
    assert_eq!(last(rehearse(), 0), out);
}

/// A neighbour's tag of the same version is another package's.
#[test]
fn each_package_has_a_last_release_of_its_own() {
    let project = committed();
    project.write("delivery-gate.yaml", "decision: {}\ntag: \"{dir}@{version}\"\n");
    project.write("packages/write/Dockerfile", "FROM x\n").commit();
    project.tag("packages/cli@3.0.1").tag("packages/write@1.0.1");
    package(&project, "cli", "3.0.2");
    project
        .write("release.yaml", &PACKAGES.replace("3.0.1", "3.0.2"))
        .write("packages/cli/Dockerfile", "FROM y\n")
        .commit();
    project.tag("packages/cli@3.0.2");
    package(&project, "write", "3.0.2");
    let packages = PACKAGES.replace("3.0.1", "3.0.3").replace("1.0.1", "3.0.2");
    package(&project, "cli", "3.0.3");
    project.write("release.yaml", &packages).commit().tag("packages/cli@3.0.3").tag("packages/write@3.0.2");
    let run = check(&project).run();
    let (cli, write) = (run.row("decision (packages/cli)"), run.row("decision (packages/write)"));
    assert!(cli.contains("Since packages/cli@3.0.2"), "{cli}");
    assert!(write.starts_with("FAIL") && write.contains("Since packages/write@1.0.1"), "{write}");
    assert!(write.contains("packages/cli/Dockerfile"), "{write}");
}

#[test]
fn a_package_has_a_policy_of_its_own_for_what_is_its_own() {
    let project = committed();
    project.write("packages/write/delivery-gate.yaml", "changelog: HISTORY.md\ntag: \"w{version}\"\n");
    project.remove("packages/write/CHANGELOG.md").write("packages/write/HISTORY.md", "# 1.0.1\n\n- x\n").commit();
    project.tag("@acme/cli@3.0.1").tag("w1.0.1");
    check(&project).run().report(0);
    project.write("packages/write/delivery-gate.yaml", "exceptions: {changelog: {reason: none here}}\n");
    let told = check(&project).run().refusal();
    assert!(
        told.contains("`exceptions` is for the release as a whole")
            && told.contains("packages/write/delivery-gate.yaml"),
        "{told}"
    );
    // What it loosens is told with its folder.
    let claims = CLAIMS.replace("true,", "true, for: {packages/write: \"1.0.2\", packages/cli: \"3.0.2\"},");
    package(&project, "cli", "3.0.2");
    package(&project, "write", "1.0.2");
    let packages = PACKAGES.replace("3.0.1", "3.0.2").replace("1.0.1", "1.0.2");
    project
        .write("release.yaml", &format!("{packages}{claims}"))
        .write("packages/write/delivery-gate.yaml", "lockstep: true\n");
    project.commit().tag("@acme/cli@3.0.2").tag("@acme/write@1.0.2");
    let report = check(&project).run().report(0);
    assert!(report.contains("changed: packages/write: changelog is gone; it was \"HISTORY.md\""), "{report}");
    assert!(report.contains("tightened: packages/write: lockstep is new: true"), "{report}");
}

#[test]
fn list_and_explain_know_the_rows_of_packages() {
    let project = committed();
    let listed = project.gate(&["list", "--repo", "repo"]).run().report(0);
    assert!(listed.contains("changelog:packages/cli ") && listed.contains("version_agrees:packages/write"), "{listed}");
    let page = project.gate(&["explain", "changelog:packages/cli", "--repo", "repo"]).run().report(0);
    assert!(page.starts_with("changelog\n"), "{page}");
}

#[test]
fn the_root_itself_can_be_a_package() {
    let project = committed();
    project
        .write("package.json", "{\"name\": \"acme\", \"version\": \"5.0.0\"}\n")
        .write("CHANGELOG.md", "# 5.0.0\n\n- x\n");
    project.write("release.yaml", &format!("packages:\n  .: \"5.0.0\"\n  packages/cli: \"3.0.1\"\n{CLAIMS}")).commit();
    project.tag("acme@5.0.0").tag("@acme/cli@3.0.1");
    let report = check(&project).run().report(0);
    assert!(report.contains("CHANGELOG updated for this version (.) — Found an entry for 5.0.0."), "{report}");
}

/// A released tag is judged from a mirror without any working tree.
#[test]
fn a_tag_is_judged_in_a_bare_repository() {
    let project = released();
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let run =
        project.gate(&["check", "--repo", "mirror.git", "--rev", "@acme/cli@3.0.1", "--ci-status", "success"]).run();
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn init_at_the_top_of_a_workspace_begins_with_its_packages() {
    let project = committed();
    project
        .remove("release.yaml")
        .write("package.json", "{\"private\": true, \"workspaces\": [\"packages/*\"]}\n")
        .commit();
    let told = project.gate(&["init", "--yes", "--repo", "repo"]).run().report(0);
    assert!(
        told.contains("versions   packages/cli 3.0.1, packages/write 1.0.1 (the packages of the workspace)\n"),
        "{told}"
    );
    let text = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    assert!(text.contains("\npackages:\n  packages/cli: \"3.0.1\"\n  packages/write: \"1.0.1\"\n"), "{text}");
    for id in ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"] {
        project.gate(&["attest", id, "--by", "Jane Smith", "--repo", "repo"]).run().report(0);
    }
    project.commit().tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    check(&project).run().report(0);
}

/// What is wrong below is told with the package's folder.
#[test]
fn what_is_wrong_in_a_package_names_its_file() {
    for (path, text, told) in [
        ("packages/write/package.json", "{\"name\": \"x", "packages/write/package.json:1:"),
        ("packages/write/delivery-gate.yaml", "tag: v1\n", "packages/write/delivery-gate.yaml:1:6"),
        ("packages/write/delivery-gate.yaml", "manifests: [gone.json]\n", "packages/write/delivery-gate.yaml:1:13"),
        (
            "packages/write/delivery-gate.yaml",
            "required: [changelog]\n",
            "packages/write/delivery-gate.yaml: `required`",
        ),
    ] {
        let project = committed();
        project.write(path, text).commit();
        let refusal = check(&project).run().refusal();
        assert!(refusal.contains(told), "{path}: {refusal}");
    }
}

/// A tag of a version that is being prepared, set once the gate was loosened, is no last release.
#[test]
fn a_tag_of_what_is_being_released_is_no_last_release() {
    let project = committed();
    project.write("delivery-gate.yaml", "policy_changes: attest\n").commit();
    project.tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    let packages = PACKAGES.replace("3.0.1", "3.0.2").replace("1.0.1", "1.0.2");
    package(&project, "cli", "3.0.2");
    package(&project, "write", "1.0.2");
    project
        .write("release.yaml", &packages)
        .write("delivery-gate.yaml", "exceptions: {ci_status: {reason: no CI}}\n")
        .commit();
    project.tag("deploy-3.0.2");
    let claims = CLAIMS.replace("true,", "true, for: {packages/write: \"1.0.2\", packages/cli: \"3.0.2\"},");
    project.write("release.yaml", &format!("{packages}{claims}")).commit();
    project.tag("@acme/cli@3.0.2").tag("@acme/write@1.0.2");
    let run = project.check().run();
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
    assert!(run.stdout.contains("loosened: policy_changes is gone"), "{run:?}");
}
