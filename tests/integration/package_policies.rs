//! Policies of single packages among several, and their tags.

use crate::common::{Gate, Project, result};

const CLAIMS: &str = "attestations:\n  rollback_tested: {answer: true, by: \"Jane Smith\"}\n  \
                      oncall_notified: {answer: true, by: \"Jane Smith\"}\n  \
                      approver_signed_off: {answer: true, by: \"Bob Lee\"}\n  \
                      monitoring_reviewed: {answer: true, by: \"Jane Smith\"}\n";

/// Writes a package in a folder of that name.
fn package(project: &Project, name: &str, version: &str) {
    let manifest = format!("{{\"name\": \"{name}\", \"version\": \"{version}\"}}\n");
    project.write(&format!("{name}/package.json"), &manifest);
    project.write(&format!("{name}/CHANGELOG.md"), &format!("# Changelog\n\n## {version}\n\n- Fixed.\n"));
}

/// Writes packages and a release.yaml that names them.
fn write(project: &Project, packages: &[(&str, &str)]) {
    packages.iter().for_each(|(name, version)| package(project, name, version));
    listed(project, packages, CLAIMS);
}

fn listed(project: &Project, packages: &[(&str, &str)], claims: &str) {
    let listed: String = packages.iter().map(|(name, version)| format!("  {name}: \"{version}\"\n")).collect();
    project.write("release.yaml", &format!("packages:\n{listed}{claims}"));
}

/// Claims for these versions.
fn claims_for(packages: &[(&str, &str)]) -> String {
    let each: Vec<_> = packages.iter().map(|(name, version)| format!("{name}: \"{version}\"")).collect();
    CLAIMS.replace("answer: true", &format!("answer: true, for: {{{}}}", each.join(", ")))
}

/// The same, committed and tagged as changesets does.
fn released(packages: &[(&str, &str)]) -> Project {
    let project = Project::new();
    write(&project, packages);
    project.commit();
    tag(&project, packages);
    project
}

fn tag(project: &Project, packages: &[(&str, &str)]) {
    for (name, version) in packages {
        project.tag(&format!("{name}@{version}"));
    }
}

fn check(project: &Project) -> Gate {
    project.check_after_ci()
}

#[test]
fn a_neighbours_release_of_the_same_version_is_another_release() {
    let project = released(&[("b", "1.0.1")]);
    write(&project, &[("a", "1.0.1")]);
    project.commit().tag("a@1.0.1");
    let row = check(&project).run().row("Rollback").to_owned();
    assert!(row.starts_with("UNPROVEN") && row.contains("unchanged since b@1.0.1"), "{row}");
}

#[test]
fn the_name_of_the_whole_hides_no_release_of_its_packages() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("delivery-gate.yaml", "project: shop\ntag: \"{name}@{version}\"\n").commit();
    tag(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    write(&project, &[("a", "1.0.1"), ("b", "2.0.1")]);
    project.commit();
    tag(&project, &[("a", "1.0.1"), ("b", "2.0.1")]);
    let row = check(&project).run().row("Rollback").to_owned();
    assert!(row.starts_with("UNPROVEN") && row.contains("unchanged since a@1.0.0"), "{row}");
}

#[test]
fn a_policy_of_its_own_is_compared_with_what_held_before() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("delivery-gate.yaml", "tag_annotated: true\npolicy_changes: attest\n").commit();
    tag(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    let next = [("a", "1.0.1"), ("b", "2.0.1")];
    write(&project, &next);
    listed(&project, &next, &claims_for(&next));
    project.write("b/delivery-gate.yaml", "changelog: CHANGELOG.md\n").commit();
    project.tag("a@1.0.1").git(&["tag", "b@2.0.1"]);
    let run = check(&project).run();
    assert!(run.stdout.contains("loosened: b: tag_annotated is gone; it was true"), "{run:?}");
    assert!(run.row("The changed gate was agreed to").starts_with("FAIL"), "{run:?}");
    // What is the release's as a whole is not gone with it.
    assert!(!run.stdout.contains("b: policy_changes"), "{run:?}");
}

#[test]
fn a_policy_between_the_release_and_its_packages_is_read() {
    let project = Project::new();
    write(&project, &[("libs/a", "1.0.0"), ("apps/b", "2.0.0")]);
    for (folder, name) in [("libs/a", "a"), ("apps/b", "b")] {
        let version = if name == "a" { "1.0.0" } else { "2.0.0" };
        project.write(
            &format!("{folder}/package.json"),
            &format!("{{\"name\": \"{name}\", \"version\": \"{version}\"}}\n"),
        );
    }
    project.write("libs/delivery-gate.yaml", "tag_annotated: true\n").commit();
    project.git(&["tag", "a@1.0.0"]).git(&["tag", "b@2.0.0"]);
    let (run, json) = check(&project).json();
    assert_eq!(run.code, Some(1));
    let row = result(&json, "release_point")["detail"].as_str().unwrap_or_default();
    assert!(row.contains("tag a@1.0.0 is lightweight") && !row.contains("b@2.0.0"), "{row}");
    let packages = &json["subject"]["packages"];
    assert_eq!(packages[0]["policy"]["path"], "libs/delivery-gate.yaml", "{packages}");
    assert_eq!(packages[0]["policy"]["blob"].as_str().map(str::len), Some(project.head().len()), "{packages}");
    assert!(packages[1]["policy"].is_null(), "{packages}");
    project.tag("again").git(&["tag", "-f", "-a", "a@1.0.0", "-m", "x"]);
    let report = check(&project).run().report(0);
    assert!(report.contains("  - policies: libs/a: libs/delivery-gate.yaml (blob "), "{report}");
    // Its problems are told with its own path.
    project.write("libs/delivery-gate.yaml", "required: [changelog]\n");
    let told = check(&project).run().refusal();
    assert!(told.contains("libs/delivery-gate.yaml: `required` is for the release as a whole"), "{told}");
}

#[test]
fn a_policy_of_a_package_that_nobody_would_read_is_told() {
    for path in ["a/delivery-gate.yml", "a/.delivery-gate.yaml"] {
        let project = Project::new();
        write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
        project.write(path, "tag_annotated: true\n").commit();
        let told = check(&project).run().refusal();
        assert!(told.contains(path) && told.contains("this is not read: the name is delivery-gate.yaml"), "{told}");
    }
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write(".gitignore", "/a/delivery-gate.yaml\n").commit();
    tag(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("a/delivery-gate.yaml", "tag_annotated: true\n");
    let report = check(&project).run().report(0);
    assert!(report.contains("git ignores a/delivery-gate.yaml: it is not part of the release"), "{report}");
}

#[test]
fn the_policy_of_another_commit_has_those_of_the_packages() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("delivery-gate.yaml", "changelog: CHANGELOG.md\n");
    project.write("a/delivery-gate.yaml", "tag_annotated: true\n").commit().git(&["branch", "trusted"]);
    project.remove("a/delivery-gate.yaml").commit();
    project.git(&["tag", "a@1.0.0"]).git(&["tag", "b@2.0.0"]);
    check(&project).run().report(0);
    let run = check(&project).args(&["--policy-ref", "trusted"]).run();
    assert!(run.row("Clean, tagged").contains("tag a@1.0.0 is lightweight"), "{run:?}");
    // A file that was named for the run replaces all of them.
    std::fs::write(project.path("named.yaml"), "changelog: CHANGELOG.md\n").expect("a file");
    project.write("a/delivery-gate.yaml", "tag_annotated: true\n").commit();
    project.git(&["tag", "-f", "a@1.0.0"]).git(&["tag", "-f", "b@2.0.0"]);
    check(&project).args(&["--config", "named.yaml"]).run().report(0);
}

#[test]
fn one_tag_is_not_that_of_two_packages() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "1.0.1")]);
    for (folder, version) in [("a", "1.0.0"), ("b", "1.0.0")] {
        let manifest = format!("{{\"name\": \"same\", \"version\": \"{version}\"}}\n");
        project.write(&format!("{folder}/package.json"), &manifest);
        project.write(&format!("{folder}/CHANGELOG.md"), "# 1.0.0\n\n- x\n");
    }
    listed(&project, &[("a", "1.0.0"), ("b", "1.0.0")], CLAIMS);
    project.commit().tag("same@1.0.0");
    let row = check(&project).run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL") && row.contains("no tag a/v1.0.0") && row.contains("no tag b/v1.0.0"), "{row}");
    let alone = check(&project).args(&["--package", "a"]).run();
    assert!(alone.row("Clean, tagged").starts_with("FAIL"), "{alone:?}");
    project.tag("a/v1.0.0").tag("b/v1.0.0");
    check(&project).run().report(0);
    // Of one version for all, one tag is enough, and it is told once.
    project.git(&["tag", "-d", "a/v1.0.0", "b/v1.0.0"]).tag("v1.0.0");
    let row = check(&project).run().row("Clean, tagged").to_owned();
    assert!(row.contains("— v1.0.0 (annotated) at "), "{row}");
    project.write("more.txt", "x\n").commit().git(&["tag", "-d", "v1.0.0"]).tag("v1.0.0");
    let told = project.check().args(&["--before-tag"]).run().stdout;
    assert!(told.ends_with("(rehearsal: v1.0.0 is tagged)\n"), "{told}");
}

#[test]
fn a_single_package_is_not_the_whole() {
    let project = Project::released();
    package(&project, "a", "1.2.3");
    listed(&project, &[("a", "1.2.3")], &claims_for(&[("a", "1.2.3")]));
    project.commit().tag("a@1.2.3");
    check(&project).run().report(0);
    // The folder of release.yaml is the whole.
    let project = Project::drafted();
    listed(&project, &[(".", "1.2.3")], CLAIMS);
    project.commit().tag("v1.2.3");
    check(&project).run().report(0);
}

#[test]
fn a_release_from_before_there_were_packages_is_the_last_one() {
    let project = Project::released();
    project.write("delivery-gate.yaml", "decision: {}\n").commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "x"]);
    let next = [("a", "1.3.0"), ("b", "0.1.0")];
    write(&project, &next);
    project.write("a/Dockerfile", "FROM x\n").commit();
    tag(&project, &next);
    let run = check(&project).run();
    assert!(run.row("Rollback").contains("unchanged since v1.2.3"), "{run:?}");
    let row = run.row("decision (a)");
    assert!(row.starts_with("FAIL") && row.contains("Since v1.2.3") && row.contains("a/Dockerfile"), "{row}");
    assert!(!run.stdout.contains("no tag of it is here"), "{run:?}");
}

#[test]
fn renamed_packages_and_other_forms_of_tags_still_have_a_last_release() {
    for (policy, before, after) in
        [("", "old@1.0.0", "a@1.1.0"), ("tag: \"{dir}-{version}\"\n", "old@1.0.0", "a-1.1.0")]
    {
        let project = Project::new();
        write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
        project.write("a/package.json", "{\"name\": \"old\", \"version\": \"1.0.0\"}\n");
        project.write("delivery-gate.yaml", "decision: {}\n").commit().tag(before).tag("b@2.0.0");
        let next = [("a", "1.1.0"), ("b", "2.1.0")];
        write(&project, &next);
        listed(&project, &next, &claims_for(&next));
        project.write("delivery-gate.yaml", &format!("decision: {{}}\n{policy}")).commit().tag(after);
        project.tag(if policy.is_empty() { "b@2.1.0" } else { "b-2.1.0" });
        let run = check(&project).run();
        assert!(run.row("decision (a)").contains(&format!("Since {before}")), "{policy}: {run:?}");
        assert!(!run.stdout.contains("no tag of it is here"), "{policy}: {run:?}");
    }
}

/// Another package's tag of that version is not the one that is missing here.
#[test]
fn a_neighbours_tag_hides_no_tag_that_is_not_here() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "1.0.0")]);
    project.write("delivery-gate.yaml", "decision: {}\n").commit().tag("b@1.0.0");
    write(&project, &[("a", "1.1.0"), ("b", "1.2.0")]);
    project.remove("delivery-gate.yaml").commit().tag("a@1.1.0").tag("b@1.2.0");
    let row = check(&project).run().row("decision (a)").to_owned();
    assert!(row.starts_with("UNPROVEN") && row.contains("git fetch --tags"), "{row}");
}

#[test]
fn a_package_without_a_name_has_one_by_its_own_policy() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("a/package.json", "{\"version\": \"1.0.0\"}\n");
    project.write("delivery-gate.yaml", "tag: \"{name}@{version}\"\nproject: shop\n").commit();
    let told = check(&project).run().refusal();
    assert!(
        told.contains("in a has a name") && told.contains("`project:` in a delivery-gate.yaml of its own"),
        "{told}"
    );
    assert!(told.contains("`{dir}`"), "{told}");
    let own = "project: apple\ntag: \"{name}@{version}\"\n";
    project.write("a/delivery-gate.yaml", own).commit().tag("apple@1.0.0").tag("b@2.0.0");
    check(&project).run().report(0);
}

#[test]
fn a_rehearsal_of_one_package_speaks_of_it_alone() {
    let project = released(&[("a", "1.0.0"), ("b", "2.0.0")]);
    project.write("more.txt", "x\n").commit();
    let report = project.check().args(&["--before-tag", "--package", "a"]).run().report(0);
    assert!(report.ends_with("Decision: NONE (no release is being prepared: a 1.0.0 is out)\n"), "{report}");
}

#[cfg(unix)]
#[test]
fn a_package_that_nobody_can_look_into_is_unproven() {
    let project = Project::new();
    write(&project, &[("a", "1.0.0"), ("b", "2.0.0")]);
    std::os::unix::fs::symlink("a", project.root().join("linked")).expect("a link");
    listed(&project, &[("linked", "1.0.0"), ("b", "2.0.0")], CLAIMS);
    project.commit().tag("linked/v1.0.0").tag("b@2.0.0");
    let run = check(&project).run();
    assert_eq!(run.code, Some(1));
    let row = run.row("CHANGELOG updated for this version (linked)");
    assert!(row.starts_with("UNPROVEN") && row.contains("linked is a symbolic link"), "{row}");
    assert!(run.row("CHANGELOG updated for this version (b)").starts_with("PASS"), "{run:?}");
    let row = run.row("Clean, tagged");
    assert!(row.starts_with("UNPROVEN") && row.contains("linked is a symbolic link"), "{row}");

    let library = released(&[("inner", "1.0.0")]);
    let project = Project::new();
    write(&project, &[("b", "2.0.0")]);
    let from = library.root().display().to_string();
    project.git(&["-c", "protocol.file.allow=always", "submodule", "-q", "add", &from, "library"]);
    listed(&project, &[("library", "1.0.0"), ("b", "2.0.0")], CLAIMS);
    project.commit().tag("library/v1.0.0").tag("b@2.0.0").git(&["submodule", "deinit", "-q", "-f", "library"]);
    std::fs::remove_dir_all(project.root().join(".git/modules")).expect("the submodule's objects");
    let run = check(&project).run();
    assert_eq!(run.code, Some(1), "{run:?}");
    let row = run.row("CHANGELOG updated for this version (library)");
    assert!(row.starts_with("UNPROVEN") && row.contains("git submodule update --init"), "{row}");
}
