//! A policy in a folder above the package, and files whose name is nearly that of one.

use crate::common::{CHANGELOG, PYPROJECT, Project, RELEASE};

/// A package in a folder of a repository, with these files of the repository besides.
fn package(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("packages/cli/CHANGELOG.md", CHANGELOG).write("packages/cli/pyproject.toml", PYPROJECT);
    project.write("packages/cli/release.yaml", RELEASE);
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit().tag("v1.2.3");
    project
}

fn check(project: &Project) -> crate::common::Gate {
    project.gate(&["check", "--repo", "repo/packages/cli", "--ci-status", "success"])
}

#[test]
fn a_package_without_a_policy_takes_the_nearest_one_above() {
    let project =
        package(&[("delivery-gate.yaml", "changelog: CHANGELOG.md\nattestations: {legal: {title: Legal agreed}}\n")]);
    let run = check(&project).run();
    assert!(run.row("Legal agreed").starts_with("FAIL"), "{run:?}");
    assert!(run.row("CHANGELOG updated").starts_with("PASS"), "its paths are the package's: {run:?}");
    assert!(run.stdout.contains("  - policy: delivery-gate.yaml (blob "), "{run:?}");
    let nearer = ("packages/delivery-gate.yaml", "tag_annotated: true\n");
    let project = package(&[("delivery-gate.yaml", "attestations: {legal: {title: Legal agreed}}\n"), nearer]);
    let report = check(&project).run().report(0);
    assert!(report.contains("  - policy: packages/delivery-gate.yaml (blob "), "{report}");
    let own = ("packages/cli/delivery-gate.yaml", "tag_annotated: true\n");
    let report = check(&package(&[("delivery-gate.yaml", "required: [\n"), own])).run().report(0);
    assert!(report.contains("  - policy: packages/cli/delivery-gate.yaml (blob "), "{report}");
}

#[test]
fn what_is_wrong_in_it_is_told_with_its_place() {
    let told = check(&package(&[("delivery-gate.yaml", "tag: v1\n")])).run().refusal();
    assert!(told.contains("../../delivery-gate.yaml:1:6") && told.contains("must hold `{version}`"), "{told}");
}

#[cfg(unix)]
#[test]
fn its_gates_run_where_it_stands() {
    let gates = "gates: [{id: here, type: command, command: cat here.txt, artifact: here.txt}]\n";
    let gates = gates.replace(", artifact: here.txt", "");
    let project = package(&[("delivery-gate.yaml", &gates), ("here.txt", "x\n")]);
    let run = check(&project).args(&["--output", "json=../out.json"]).run();
    assert!(run.row("here").starts_with("PASS"), "{run:?}");
}

#[test]
fn a_tag_of_one_package_is_not_that_of_its_neighbours() {
    let tag = ("delivery-gate.yaml", "tag: \"cli-{version}\"\n");
    let alone = package(&[tag]);
    assert!(check(&alone).run().row("Clean, tagged").contains("no tag cli-1.2.3"));
    let other = ("packages/write/release.yaml", RELEASE);
    check(&package(&[tag, other])).run().report(0);
    let named = package(&[("delivery-gate.yaml", "tag: \"{name}@{version}\"\n"), other]);
    assert!(check(&named).run().row("Clean, tagged").contains("no tag demo@1.2.3"));
    named.tag("demo@1.2.3");
    check(&named).run().report(0);
    let placed = package(&[("delivery-gate.yaml", "tag: \"{dir}/v{version}\"\n"), other]);
    assert!(check(&placed).run().row("Clean, tagged").contains("no tag packages/cli/v1.2.3"));
    placed.tag("packages/cli/v1.2.3");
    check(&placed).run().report(0);
}

#[test]
fn a_tag_with_something_that_nobody_knows_is_refused() {
    let project = Project::drafted();
    project
        .write("pyproject.toml", "[tool.x]\na = 1\n")
        .write("delivery-gate.yaml", "tag: \"{name}@{version}\"\n")
        .commit();
    let told = project.check_after_ci().run().refusal();
    assert!(told.contains("no manifest that was read has a name") && told.contains("`project:`"), "{told}");
    project.write("delivery-gate.yaml", "tag: \"{name}@{version}\"\nproject: demo\n").commit().tag("demo@1.2.3");
    assert!(project.check_after_ci().run().row("Clean, tagged").starts_with("PASS"));
    project.write("delivery-gate.yaml", "tag: \"{dir}/{version}\"\n").commit();
    assert!(project.check_after_ci().run().refusal().contains("the package is at the repository's top level"));
}

#[test]
fn the_last_releases_policy_may_stand_above_too() {
    let project = package(&[("delivery-gate.yaml", "decision: {}\n")]);
    project.git(&["tag", "-d", "v1.2.3"]);
    project.write("packages/cli/release.yaml", &RELEASE.replace("1.2.3", "1.2.2")).commit().tag("v1.2.2");
    project.write("packages/cli/release.yaml", &RELEASE.replace("true,", "true, for: \"1.2.3\","));
    project.write("packages/cli/Dockerfile", "FROM x\n").write("delivery-gate.yaml", "tag_annotated: true\n").commit();
    project.tag("v1.2.3");
    let run = check(&project).run();
    assert!(run.row("High-impact changes").starts_with("FAIL"), "{run:?}");
    assert!(run.stdout.contains("loosened: decision is gone"), "{run:?}");
}

#[test]
fn a_name_that_is_nearly_right_is_refused() {
    for name in ["delivery-gate.yml", ".delivery-gate.yaml", "Delivery-Gate.yaml", "packages/delivery_gate.yaml"] {
        let told = check(&package(&[(name, "required: [changelog]\n")])).run().refusal();
        let words = format!("{name}: this is not read: the name is delivery-gate.yaml");
        assert!(
            told.contains(&words)
                || told.contains(&words.replacen(": ", "\n", 1))
                || told.contains("the name is delivery-gate.yaml"),
            "{name}: {told}"
        );
        assert!(told.contains(name), "{name}: {told}");
    }
    let misnamed = ("packages/cli/release.yml", "attestations: {}\n");
    assert!(check(&package(&[misnamed])).run().refusal().contains("the name is release.yaml"));
    // Those of other tools, and those in folders of forges.
    for (path, text) in [
        ("release.yml", "trigger: [main]\nsteps: []\n"),
        (".github/delivery-gate.yml", "x: 1\n"),
        ("docs/delivery-gate.yml", "x: 1\n"),
    ] {
        check(&package(&[(path, text)])).run().report(0);
    }
    // What git ignores says nothing of the release.
    let project = package(&[(".gitignore", "delivery-gate.yml\n")]);
    project.write("delivery-gate.yml", "required: [changelog]\n");
    check(&project).run().report(0);
}
