use std::fs;

use crate::common::{CHANGELOG, PYPROJECT, Project, RELEASE, result};

/// The row of a project after `change`.
fn row_after(change: fn(&Project) -> &Project) -> String {
    let project = Project::released();
    change(&project);
    project.check_after_ci().run().row("Clean, tagged").to_owned()
}

fn fail(detail: &str) -> String {
    format!("FAIL  Clean, tagged release point — {detail}")
}

const DIRTY: &str = "working tree has uncommitted changes";

#[test]
fn a_clean_tagged_commit_passes_and_is_named() {
    let project = Project::released();
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert_eq!(row, format!("PASS  Clean, tagged release point — v1.2.3 (annotated) at {}", project.head()));
    let (_, report) = project.check_after_ci().json();
    let subject = &report["subject"];
    let root = project.root().canonicalize().expect("a path").display().to_string();
    assert_eq!((&subject["root"], &subject["tag"]), (&root.into(), &"v1.2.3".into()));
    assert_eq!((&subject["commit"], &subject["version"]), (&project.head().into(), &"1.2.3".into()));
}

/// What is done to a project.
type Step = fn(&Project) -> &Project;

#[test]
fn each_kind_of_dirt_is_seen() {
    let changes: [(&str, Step); 6] = [
        ("modified", |p| p.append("pyproject.toml", "\n")),
        ("deleted", |p| p.remove("pyproject.toml").write("Cargo.toml", "")),
        ("untracked", |p| p.write("new/file", "x")),
        ("staged", |p| p.append("CHANGELOG.md", "\n").git(&["add", "-A"])),
        ("renamed", |p| p.git(&["mv", "CHANGELOG.md", "CHANGES.md"])),
        ("intent to add", |p| p.write("new", "").git(&["add", "-N", "new"])),
    ];
    for (what, change) in changes {
        assert_eq!(row_after(change), fail(DIRTY), "{what}");
    }
}

#[test]
fn json_names_the_dirty_paths_and_text_does_not() {
    let project = Project::released();
    project.append("pyproject.toml", "\n").write("new/file", "x");
    let (run, report) = project.check_after_ci().json();
    let row = result(&report, "release_point");
    assert_eq!(run.code, Some(1));
    assert_eq!(row["metrics"]["paths"].as_array().map(Vec::len), Some(2), "{row}");
    assert!(!row["detail"].as_str().expect("a detail").contains("pyproject"));
}

#[test]
fn a_thousand_dirty_files_are_a_hundred_paths_and_their_number() {
    let project = Project::released();
    for i in 0..1000 {
        project.write(&format!("d/f{i}"), "");
    }
    let (_, report) = project.check_after_ci().json();
    let metrics = &result(&report, "release_point")["metrics"];
    assert_eq!((metrics["paths"].as_array().map(Vec::len), &metrics["paths_total"]), (Some(100), &1000.into()));
}

#[test]
fn the_tag_is_a_tag_at_head() {
    let short = |p: &Project| p.head()[..7].to_owned();
    assert_eq!(row_after(|p| p.git(&["tag", "-d", "v1.2.3"])), fail("no tag v1.2.3 or 1.2.3"));
    let branch: fn(&Project) -> &Project = |p| p.git(&["tag", "-d", "v1.2.3"]).git(&["branch", "v1.2.3"]);
    assert_eq!(row_after(branch), fail("no tag v1.2.3 or 1.2.3"));
    let project = Project::released();
    let tagged = short(&project);
    project.write("more", "").commit();
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert_eq!(row, fail(&format!("tag v1.2.3 points at {tagged}, HEAD is {}", short(&project))));
}

#[test]
fn without_its_tag_a_shallow_clone_is_told_of() {
    let row = row_after(|p| p.git(&["tag", "-d", "v1.2.3"]).cut_off());
    assert_eq!(row, fail("no tag v1.2.3 or 1.2.3 (in this shallow clone: git fetch --tags)"));
}

#[test]
fn state_comes_before_the_tag() {
    let row = row_after(|p| p.git(&["tag", "-d", "v1.2.3"]).append("pyproject.toml", "\n"));
    assert_eq!(row, fail(&format!("{DIRTY}; no tag v1.2.3 or 1.2.3")));
}

#[test]
fn a_tag_on_something_else_is_not_at_head() {
    let row = row_after(|p| p.git(&["tag", "-d", "v1.2.3"]).git(&["tag", "v1.2.3", "HEAD:CHANGELOG.md"]));
    assert!(row.starts_with("FAIL  ") && row.contains("tag v1.2.3 points at a blob"), "{row}");
}

#[test]
fn the_policy_names_the_tag_and_its_kind() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag: \"demo-{version}\"\ntag_annotated: true\n").commit().tag("v1.2.3");
    let other = "no tag demo-1.2.3; v1.2.3 is at HEAD, in another form: `tag:` in delivery-gate.yaml says which is the release's";
    assert_eq!(project.check_after_ci().run().row("Clean, tagged"), fail(other));
    project.git(&["tag", "demo-1.2.3"]);
    let lightweight = "tag demo-1.2.3 is lightweight, the policy asks for an annotated one; where a checkout in CI made \
                       it so, `git fetch --force --tags` brings the tag object back";
    assert_eq!(project.check_after_ci().run().row("Clean, tagged"), fail(lightweight));
    project.git(&["tag", "-d", "demo-1.2.3"]).tag("demo-1.2.3");
    assert_eq!(project.check_after_ci().run().code, Some(0));
}

#[test]
fn a_tag_elsewhere_beside_the_one_at_head_is_named() {
    let project = Project::released();
    let old = project.head()[..7].to_owned();
    project.write("more", "").commit().tag("1.2.3");
    let new = project.head()[..7].to_owned();
    let astray = format!("tag v1.2.3 points at {old}, HEAD is {new}, and tag 1.2.3 is there: one of the two is wrong");
    assert_eq!(project.check_after_ci().run().row("Clean, tagged"), fail(&astray));
    project.git(&["tag", "-f", "v1.2.3"]);
    assert_eq!(project.check_after_ci().run().code, Some(0), "two names of one commit are no contradiction");
}

#[test]
fn a_tag_object_of_another_name_is_no_annotated_tag_of_this_release() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag_annotated: true\n").commit().tag("v0.9.0");
    project.git(&["update-ref", "refs/tags/v1.2.3", "refs/tags/v0.9.0"]);
    let expected = "tag v1.2.3 holds a tag object that calls itself 'v0.9.0', the policy asks for an annotated tag of \
                    this release";
    assert_eq!(project.check_after_ci().run().row("Clean, tagged"), fail(expected));
    // An alias of the release's own tag is its tag.
    project.git(&["tag", "-d", "v1.2.3"]).tag("v1.2.3").git(&["tag", "1.2.3", "v1.2.3"]).git(&[
        "update-ref",
        "-d",
        "refs/tags/v1.2.3",
    ]);
    assert_eq!(project.check_after_ci().run().code, Some(0));
}

#[test]
fn release_yaml_itself_must_be_tracked() {
    let project = Project::drafted();
    project.write(".gitignore", "release.yaml\n").commit().tag("v1.2.3");
    let refusal = project.check_after_ci().run().refusal();
    assert!(refusal.contains("git ignores release.yaml: it is not part of the release"), "{refusal}");
    let project = Project::drafted();
    project.git(&["add", "CHANGELOG.md", "pyproject.toml"]).git(&["commit", "-qm", "release"]).tag("v1.2.3");
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL  ") && row.contains("release.yaml is not tracked by git"), "{row}");
}

#[test]
fn an_operation_under_way_is_named() {
    let project = Project::released();
    fs::write(project.root().join(".git/MERGE_HEAD"), format!("{}\n", project.head())).expect("a file");
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL  ") && row.contains("merge"), "{row}");
    // The rest of a sequence, after its conflict was committed.
    let project = Project::released();
    fs::create_dir(project.root().join(".git/sequencer")).expect("a folder");
    fs::write(project.root().join(".git/sequencer/todo"), format!("pick {}\n", project.head())).expect("a file");
    let row = project.check_after_ci().run().row("Clean, tagged").to_owned();
    assert!(row.starts_with("FAIL  ") && row.contains("cherry-pick"), "{row}");
}

#[test]
fn a_history_that_is_rewritten_here_is_unproven() {
    let project = Project::released();
    project.write("more", "").commit().git(&["tag", "-f", "v1.2.3"]);
    fs::write(project.root().join(".git/info/grafts"), format!("{}\n", project.head())).expect("a file");
    let run = project.check_after_ci().run();
    assert!(
        run.row("Clean, tagged").starts_with("UNPROVEN  ") && run.row("Clean, tagged").contains("info/grafts"),
        "{run:?}"
    );
    fs::write(project.root().join(".git/info/grafts"), "").expect("a file");
    assert_eq!(project.check_after_ci().run().code, Some(0));
    project.git(&["replace", "HEAD~1", "HEAD"]);
    let run = project.check_after_ci().run();
    assert!(
        run.row("Clean, tagged").starts_with("UNPROVEN  ") && run.row("Clean, tagged").contains("refs/replace"),
        "{run:?}"
    );
}

#[test]
fn what_cannot_be_looked_at_is_unproven() {
    let no_repository = Project::released();
    fs::remove_dir_all(no_repository.root().join(".git")).expect("no repository");
    let unborn = Project::drafted();
    let corrupt = Project::released();
    fs::write(corrupt.root().join(".git/index"), "garbage").expect("a file");
    for (project, piece) in [(no_repository, "not a git repository"), (unborn, "commit"), (corrupt, "index")] {
        let run = project.check_after_ci().run();
        let row = run.row("Clean, tagged");
        assert_eq!(run.code, Some(1));
        assert!(row.starts_with("UNPROVEN  ") && row.contains(piece), "{piece}: {row}");
    }
}

#[test]
fn a_directory_inside_the_repository_is_judged_with_the_whole() {
    let project = Project::new();
    project.write("package/CHANGELOG.md", CHANGELOG).write("package/pyproject.toml", PYPROJECT);
    project.write("package/release.yaml", RELEASE).commit().tag("v1.2.3");
    let run = || {
        let mut gate = project.gate(&["check", "--ci-status", "success"]);
        gate.command.current_dir(project.root().join("package"));
        gate.run()
    };
    assert_eq!(run().code, Some(0));
    project.write("elsewhere", "x");
    assert_eq!(run().row("Clean, tagged"), fail(DIRTY));
}

#[test]
fn a_tag_of_the_version_in_another_form_at_head_is_named() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag: \"{version}\"\n").commit().tag("v1.2.3").tag("nightly");
    let run = project.check_after_ci().run();
    let told = "FAIL  Clean, tagged release point — no tag 1.2.3; v1.2.3 is at HEAD, in another form: `tag:` in delivery-gate.yaml says \
                which is the release's";
    assert_eq!(run.row("Clean, tagged"), told);
    let run = project.check_after_ci().args(&["--rev", "HEAD"]).run();
    assert!(run.row("Clean, tagged").contains("; v1.2.3 is at the judged commit, in another form"), "{run:?}");
    project.git(&["tag", "-d", "v1.2.3"]);
    let run = project.check_after_ci().run();
    assert_eq!(run.row("Clean, tagged"), "FAIL  Clean, tagged release point — no tag 1.2.3");
}
