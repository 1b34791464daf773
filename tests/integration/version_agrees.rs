use crate::common::{Project, result};

#[test]
fn a_manifest_that_says_otherwise_fails_and_is_named() {
    let project = Project::drafted();
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.2.4\"\n");
    project.write("package.json", "{\"name\": \"demo\", \"version\": \"1.2.3\"}\n").commit().tag("v1.2.3");
    let (run, report) = project.check_after_ci().json();
    let row = result(&report, "version_agrees");
    assert_eq!((run.code, &row["status"]), (Some(1), &"FAIL".into()));
    assert_eq!(row["detail"], "release.yaml says 1.2.3, pyproject.toml says 1.2.4.");
    assert_eq!(row["source"], "pyproject.toml:3");
}

#[test]
fn an_inherited_version_is_resolved() {
    let project = Project::drafted();
    project.remove("pyproject.toml").write("src/lib.rs", "");
    let cargo =
        "[workspace.package]\nversion = \"1.2.4\"\n[workspace]\n[package]\nname = \"demo\"\nversion.workspace = true\n";
    project.write("Cargo.toml", cargo).commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!(
        run.row("Version is"),
        "FAIL  Version is the same everywhere — release.yaml says 1.2.3, Cargo.toml says 1.2.4."
    );
}

#[test]
fn a_manifest_that_the_policy_names_is_compared_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "manifests: [tools/package.json]\n");
    project.write("tools/package.json", "{\"version\": \"0.9.0\"}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    let expected = "FAIL  Version is the same everywhere — release.yaml says 1.2.3, tools/package.json says 0.9.0.";
    assert_eq!((run.code, run.row("Version is")), (Some(1), expected));
}

#[test]
fn a_dynamic_version_is_a_warning_and_no_row() {
    let project = Project::drafted();
    project.write("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n").commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    assert!(report.contains("\nWarnings:\n  - version not compared: "), "{report}");
    assert!(!report.contains("Version is the same"), "{report}");
}

#[test]
fn a_policy_that_requires_the_check_gets_a_row_when_nothing_can_be_compared() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "required: [version_agrees]\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(1));
    assert!(run.row("Version is").starts_with("UNPROVEN  "), "{run:?}");
}
