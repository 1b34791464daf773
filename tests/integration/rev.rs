//! `--rev`: a tag or a commit is judged as it was committed, whatever the working tree looks like, and without one.

use std::fs;

use crate::common::{CHANGELOG, PYPROJECT, Project, result};

fn next_release(project: &Project) {
    project.write("CHANGELOG.md", &CHANGELOG.replace("1.2.3", "1.3.0")).write("release.yaml", "version: \"1.3.0\"\n");
    project.write("pyproject.toml", &PYPROJECT.replace("==2.31.0", ">=2")).commit().tag("v1.3.0");
}

/// The rows that are no claims, without what changes from run to run.
fn rows(project: &Project, arguments: &[&str]) -> Vec<(String, String)> {
    let (_, report) = project.gate(arguments).args(&["--ci-status", "success"]).json();
    let rows = report["results"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.map(|row| (text(row, "status"), text(row, "detail"))).collect()
}

#[test]
fn an_earlier_release_is_judged_by_its_tag_or_its_commit_in_any_repository() {
    let project = Project::released();
    let (first, asked) = (project.head(), "the working tree was not asked");
    next_release(&project);
    project.write("pyproject.toml", "dirt").write("release.yaml", "dirt");
    assert_eq!(project.check().run().code, Some(2));
    let mirror = project.path("mirror.git").display().to_string();
    project.git(&["clone", "-q", "--mirror", ".", &mirror]);
    project.git(&["worktree", "add", "-q", "../other", "v1.3.0"]);
    for place in ["repo", "mirror.git", "other"] {
        for rev in ["v1.2.3", first.as_str(), &first[..8], "refs/tags/v1.2.3", "v1.3.0~1"] {
            let (run, report) =
                project.gate(&["check", "--repo", place, "--rev", rev]).args(&["--ci-status", "success"]).json();
            assert_eq!(run.code, Some(0), "{place} {rev}: {report}");
            let detail = format!("v1.2.3 (annotated) at {first}; {asked}: {rev} was judged");
            assert_eq!(result(&report, "release_point")["detail"], detail);
            assert_eq!(
                (&report["subject"]["commit"], &report["subject"]["tag"]),
                (&first.as_str().into(), &"v1.2.3".into())
            );
            assert_eq!(report["subject"]["version"], "1.2.3");
        }
        let at = rows(&project, &["check", "--repo", place, "--rev", "v1.3.0"]);
        assert_eq!(at[2], ("FAIL".into(), "1 of 1 dependencies are not pinned: requests (>=2)".into()), "{place}");
    }
}

#[test]
fn the_tag_alone_is_proven_and_must_be_at_the_judged_commit() {
    let project = Project::released();
    next_release(&project);
    project.write("x", "").commit();
    let row = |rev: &str| rows(&project, &["check", "--repo", "repo", "--rev", rev])[3].clone();
    let (status, detail) = row("HEAD");
    assert_eq!(status, "FAIL");
    assert!(detail.starts_with("tag v1.3.0 points at ") && detail.contains(", the judged commit is "), "{detail}");
    assert!(detail.ends_with("; the working tree was not asked: HEAD was judged"), "{detail}");
    project.git(&["tag", "-d", "v1.3.0"]);
    assert!(
        row("HEAD~1").1.starts_with("no tag v1.3.0 or 1.3.0; the working tree was not asked"),
        "{:?}",
        row("HEAD~1")
    );
}

#[test]
fn list_and_explain_take_the_revision_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "attestations: {load_tested: {title: Load tested}}\n").commit().tag("v1.2.3");
    project.git(&["rm", "-q", "delivery-gate.yaml"]).commit();
    for (rev, known) in [(&["--rev", "v1.2.3"][..], true), (&[], false)] {
        let listed = project.gate(&["list", "--repo", "repo"]).args(rev).run().report(0);
        assert_eq!(listed.contains("load_tested"), known, "{listed}");
        let explained = project.gate(&["explain", "load_tested", "--repo", "repo"]).args(rev).run();
        assert_eq!(explained.code, Some(if known { 0 } else { 2 }), "{explained:?}");
    }
}

#[test]
fn a_bare_repository_needs_a_revision() {
    let project = Project::released();
    let mirror = project.path("mirror.git").display().to_string();
    project.git(&["clone", "-q", "--mirror", ".", &mirror]);
    let why = "--repo mirror.git: this is a bare repository: it has no working tree; ask in a clone of it, or let `check \
               --rev REV` judge a commit of it";
    for command in ["check", "list"] {
        let refusal = project.gate(&[command, "--repo", "mirror.git"]).run().refusal();
        assert_eq!(refusal, format!("error: {why}\n"), "{command}");
    }
    let refusal = project.gate(&["explain", "load_tested", "--repo", "mirror.git"]).run().refusal();
    assert!(refusal.ends_with(&format!("(the ids of this project could not be read: {why})\n")), "{refusal}");
    assert_eq!(project.gate(&["explain", "changelog", "--repo", "mirror.git"]).run().code, Some(0));
}

#[test]
fn what_names_no_commit_is_refused_in_words_of_its_own() {
    let project = Project::released();
    project.git(&["tag", "blob", "HEAD:release.yaml"]).git(&["branch", "v1.2.3", "HEAD"]).write("x", "").commit();
    project.git(&["tag", "-f", "both", "HEAD~1"]).git(&["branch", "both", "HEAD"]);
    let cases = [
        ("blob", "--rev blob: this is not a commit"),
        ("HEAD:release.yaml", "this is not a commit"),
        ("HEAD^{tree}", "this is not a commit"),
        ("gone", "--rev gone: there is no such commit here"),
        ("v1.2.3^5", "there is no such commit here"),
        ("0123456789012345678901234567890123456789", "there is no such commit here"),
        ("both", "this may be more than one thing (a commit, a tag, a branch)"),
        ("--output=x", "--rev"),
        ("$(touch x)", "this is not a commit"),
        (&"a".repeat(4096), "it is too long for a revision"),
    ];
    for (rev, words) in cases {
        let refusal = project.gate(&["check", "--repo", "repo", &format!("--rev={rev}")]).run().refusal();
        assert!(refusal.contains(words), "{rev}: {refusal}");
    }
    assert!(project.gate(&["check", "--repo", "repo", "--rev", ""]).run().refusal().contains("--rev"));
    fs::create_dir(project.path("plain")).expect("a folder");
    let refusal = project.gate(&["check", "--repo", "plain", "--rev", "HEAD"]).run().refusal();
    assert!(refusal.contains("--rev HEAD: this is not a git repository"), "{refusal}");
    let empty = Project::new();
    let refusal = empty.gate(&["check", "--repo", "repo", "--rev", "HEAD"]).run().refusal();
    assert!(refusal.contains("--rev HEAD: "), "{refusal}");
}

#[test]
fn a_gate_that_runs_in_the_working_tree_proves_nothing_of_another_commit() {
    let project = Project::drafted();
    project
        .write("delivery-gate.yaml", "gates:\n  - {id: unit, type: command, command: \"true\"}\n")
        .commit()
        .tag("v1.2.3");
    let run = project.check_after_ci().args(&["--rev", "v1.2.3"]).run();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.row("unit"), "UNPROVEN  unit — a gate runs in the working tree, and v1.2.3 was judged instead");
}

#[test]
fn an_object_that_a_partial_clone_left_at_the_remote_is_named_with_the_command_that_fetches_it() {
    let project = Project::released();
    project.git(&["config", "uploadpack.allowFilter", "true"]).git(&[
        "config",
        "uploadpack.allowAnySHA1InWant",
        "true",
    ]);
    let address = format!("file://{}", project.root().display());
    let partial = project.path("partial").display().to_string();
    project.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &address, &partial]);
    let blob = project.git_output(&["rev-parse", "HEAD:release.yaml"]);
    let blob = blob.trim();
    let check = || project.gate(&["check", "--repo", "partial", "--rev", "v1.2.3", "--ci-status", "success"]).run();
    let said = check().refusal();
    let words = format!("object {} is not in this partial clone; `git cat-file -e {blob}` fetches it", &blob[..12]);
    assert!(said.contains(&words), "{said}");
    for path in ["release.yaml", "CHANGELOG.md", "pyproject.toml"] {
        project.git(&["-C", "../partial", "cat-file", "-e", &format!("v1.2.3:{path}")]);
    }
    assert_eq!(check().code, Some(0), "{:?}", check());
}

#[test]
fn a_repository_without_its_objects_is_never_a_go() {
    let project = Project::released();
    let objects = project.root().join(".git/objects");
    fs::remove_dir_all(&objects).expect("its objects");
    fs::create_dir_all(objects.join("pack")).expect("a folder");
    for (rev, codes) in [(&[][..], [1, 1]), (&["--rev", "v1.2.3"], [2, 2])] {
        let run = project.check_after_ci().args(rev).run();
        assert!(codes.map(Some).contains(&run.code), "{run:?}");
        assert!(!run.stdout.contains("Decision: GO"), "{run:?}");
    }
}

#[test]
fn a_tree_of_names_in_two_cases_and_a_path_without_end_are_survived() {
    let project = Project::drafted();
    let names: Vec<String> = (0..50_000).flat_map(|i| [format!("d/a{i}"), format!("d/A{i}")]).collect();
    let id = project.git_output(&["hash-object", "-w", "CHANGELOG.md"]);
    let lines: String = names.iter().map(|name| format!("100644 {} 0\t{name}\n", id.trim())).collect();
    fs::write(project.path("entries"), lines).expect("a file");
    project.git(&["add", "CHANGELOG.md", "pyproject.toml"]);
    let entries = fs::File::open(project.path("entries")).expect("a file");
    let mut update = std::process::Command::new("git");
    update.current_dir(project.root()).args(["update-index", "--index-info"]).stdin(entries);
    assert!(update.status().expect("git runs").success());
    project.write("delivery-gate.yaml", "changelog: d/a7\n");
    project.git(&["add", "release.yaml", "delivery-gate.yaml"]).git(&["commit", "-qm", "release"]).tag("v1.2.3");
    let long = "n/".repeat(2048);
    for changelog in ["d/a7", "d/A49999", &long[..4095]] {
        project.write("delivery-gate.yaml", &format!("changelog: {changelog}\n"));
        project.git(&["add", "delivery-gate.yaml"]).git(&["commit", "-qm", "policy", "--allow-empty"]);
        let run = project.check_after_ci().args(&["--rev", "HEAD"]).run();
        let row = run.row("CHANGELOG");
        let twins = changelog.starts_with('d') && row.contains("only in letter case");
        assert!(row.starts_with("UNPROVEN") && (twins || changelog == &long[..4095]), "{changelog}: {row}");
        assert!(project.check_after_ci().run().row("CHANGELOG").starts_with("UNPROVEN"), "{changelog}");
    }
}
