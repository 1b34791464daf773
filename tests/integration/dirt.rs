//! Where a working tree differs from the commit, in every format, and what git was told to overlook.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Gate, Project, result};

const ROW: &str = "Clean, tagged";

/// The lines of the report below the hold reason of the release point.
fn below(project: &Project) -> Vec<String> {
    let run = project.check_after_ci().run();
    assert_eq!(run.row(ROW), "FAIL  Clean, tagged release point — working tree has uncommitted changes");
    let lines = run.stdout.lines().skip_while(|line| !line.starts_with("  - Clean, tagged"));
    lines.skip(1).take_while(|line| line.starts_with("   ")).map(str::to_owned).collect()
}

/// A release with a script, a link and two more files in it.
fn released() -> Project {
    let project = Project::drafted();
    for name in ["run.sh", "a", "b", "c", "d"] {
        project.write(name, "x\n");
    }
    symlink("a", project.root().join("link")).expect("a link");
    make_runnable(&project, "run.sh", true);
    project.commit().tag("v1.2.3");
    project
}

fn make_runnable(project: &Project, name: &str, runnable: bool) {
    let mode = if runnable { 0o755 } else { 0o644 };
    fs::set_permissions(project.root().join(name), fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn each_path_says_how_it_differs() {
    let project = released();
    make_runnable(&project, "run.sh", false);
    make_runnable(&project, "a", true);
    project.append("a", "more\n").remove("b").write("new/file", "").append("c", "staged\n").git(&["add", "c"]);
    project.remove("link").write("link", "a").write("told", "").git(&["add", "-N", "told"]);
    project.remove("d").write("d/inside", "");
    let expected = [
        "      a (modified)",
        "      b (deleted)",
        "      c (staged)",
        "      d (deleted)",
        "      d/inside (untracked)",
        "      link (typechange)",
        "      new/file (untracked)",
        "      run.sh (mode)",
        "      told (untracked)",
    ];
    assert_eq!(below(&project), expected);
    let (_, report) = project.check_after_ci().json();
    let metrics = &result(&report, "release_point")["metrics"];
    assert_eq!(metrics["changes"][0], json!({"path": "a", "kind": "modified"}));
    assert_eq!(metrics["changes"].as_array().map(Vec::len), metrics["paths"].as_array().map(Vec::len));
}

#[test]
fn a_conflict_is_called_one() {
    let project = released();
    project.git(&["checkout", "-qb", "side"]).append("a", "one\n").commit();
    project.git(&["checkout", "-q", "main"]).append("a", "two\n").commit();
    project.git(&["tag", "-f", "v1.2.3"]);
    let merge = Command::new("git").current_dir(project.root()).args(["merge", "-q", "side"]).output();
    assert!(merge.is_ok_and(|output| !output.status.success()));
    let run = project.check_after_ci().run();
    assert!(run.stdout.contains("uncommitted changes; a merge is under way\n      a (conflicted)\n"), "{run:?}");
}

#[test]
fn ten_paths_stand_below_the_reason_and_a_number_for_the_rest() {
    let project = Project::released();
    for i in 0..25 {
        project.write(&format!("d/f{i:02}"), "");
    }
    let lines = below(&project);
    assert_eq!(lines.len(), 11);
    assert_eq!((lines[0].as_str(), lines[10].as_str()), ("      d/f00 (untracked)", "      and 15 more"));
}

/// One path that tries something in every format, and the plain word behind it.
#[test]
fn every_format_names_the_paths_and_escapes_them() {
    let project = Project::released();
    let path = "::error::x\n::error::y \u{202e}<b>|%0A";
    fs::write(project.root().join(path), "").expect("a file");
    let output = |format: &str| {
        let run = project.check_after_ci().args(&["--format", format]).run();
        assert_eq!(run.code, Some(1));
        run.stdout
    };
    let shown = r"::error::x\u{a}::error::y \u{202e}";
    let expected = [
        ("text", format!("\n      {}<b>|%0A (untracked)\n", shown.replacen("::", r"\u{3a}:", 1))),
        ("markdown", r"  - `::error::x\u{a}::error::y` \\u{202e}&lt;b&gt;&#124;`%0A` (untracked)".to_owned()),
        ("html", format!("<ul class=\"below\"><li>{shown}&lt;b&gt;|%0A (untracked)</li></ul>")),
        ("junit", format!("\n  - {shown}&lt;b&gt;|%0A (untracked)")),
        ("github", format!("uncommitted changes%0A{shown}<b>|%250A (untracked)\n")),
    ];
    for (format, line) in expected {
        let text = output(format);
        assert!(text.contains(&line), "{format}: {line} in {text}");
        let raw = text.lines().filter(|line| line.trim_start().starts_with("::error::"));
        assert_eq!(raw.count(), 0, "{format}: {text}");
    }
    let sarif: Value = serde_json::from_str(&output("sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let message =
        results.iter().find(|result| result["ruleId"] == "release_point").expect("a result")["message"].clone();
    assert_eq!(message["text"], format!("working tree has uncommitted changes\n{shown}<b>|%0A (untracked)"));
    let issues: Value = serde_json::from_str(&output("gitlab")).expect("JSON");
    let description =
        format!("Clean, tagged release point: working tree has uncommitted changes — {shown}<b>|%0A (untracked)");
    assert!(
        issues.as_array().is_some_and(|issues| issues.iter().any(|issue| issue["description"] == description)),
        "{issues}"
    );
}

#[test]
fn a_mode_that_git_was_told_to_overlook_is_told() {
    let project = released();
    make_runnable(&project, "run.sh", false);
    assert_eq!(below(&project), ["      run.sh (mode)"]);
    project.git(&["config", "core.fileMode", "false"]);
    assert_eq!(project.git_output(&["status", "--short"]), "");
    let run = project.check_after_ci().run();
    let told = "; core.fileMode is false, so another mode was overlooked: run.sh";
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.row(ROW).starts_with("PASS  ") && run.row(ROW).ends_with(told), "{run:?}");
    make_runnable(&project, "run.sh", true);
    assert!(!project.check_after_ci().run().row(ROW).contains("core.fileMode"));
    make_runnable(&project, "run.sh", false);
    project.append("run.sh", "more\n");
    assert_eq!(below(&project), ["      run.sh (modified)"]);
}

#[test]
fn rules_of_another_letter_case_are_as_git_sees_them() {
    let rules = [("BUILD/\n", "build/x"), ("*.LOG\n", "a.log"), ("/Out/[A-C]*\n", "out/b1"), ("Dist\n", "dist")];
    for (rule, path) in rules {
        let project = Project::drafted();
        project.write(".gitignore", rule).commit().tag("v1.2.3").write(path, "");
        assert_eq!(below(&project), [format!("      {path} (untracked)")]);
        project.git(&["config", "core.ignoreCase", "true"]);
        assert_eq!(project.git_output(&["status", "--short"]), "", "{rule}");
        let run = project.check_after_ci().run();
        let told = "; core.ignoreCase is true, so a rule of another letter case ignores: ";
        assert!(run.row(ROW).starts_with("PASS  ") && run.row(ROW).contains(told), "{rule}: {run:?}");
    }
    let project = Project::drafted();
    project.write(".gitignore", "[AB]x\n").commit().tag("v1.2.3").write("ax", "");
    project.git(&["config", "core.ignoreCase", "true"]);
    assert_eq!(project.git_output(&["status", "--short"]), "?? ax\n");
    assert_eq!(below(&project), ["      ax (untracked)"]);
}

#[test]
fn what_only_the_clone_excludes_is_listed_and_no_dirt() {
    let project = Project::drafted();
    project.write(".gitignore", "shared\n").commit().tag("v1.2.3");
    project.write(".git/info/exclude", "# mine\nsecret\nshared\n/notes/\n");
    project.write("secret", "").write("shared", "").write("notes/a", "").write("deep/secret", "");
    let run = project.check_after_ci().run();
    assert_eq!(run.code, Some(0), "{run:?}");
    let warning = "only .git/info/exclude, which no clone has, excludes: deep/secret, notes/, secret";
    assert!(run.stdout.contains(&format!("\nWarnings:\n  - {warning}\n")), "{run:?}");
    let (_, report) = project.check_after_ci().json();
    let metrics = &result(&report, "release_point")["metrics"];
    assert_eq!(metrics["overlooked"][0], json!({"path": "deep/secret", "kind": "excluded"}));
    assert_eq!(metrics["overlooked_total"], 3);
}

/// What a submodule's own configuration hides is told by its path in the release.
#[test]
fn a_submodule_tells_what_it_overlooks() {
    let project = with_submodule();
    project.git(&["-C", "module", "config", "core.fileMode", "false"]);
    make_runnable(&project, "module/Cargo.toml", true);
    let run = project.check_after_ci().run();
    assert!(run.row(ROW).ends_with("another mode was overlooked: module/Cargo.toml"), "{run:?}");
    project.append("module/Cargo.toml", "\n");
    assert_eq!(below(&project), ["      module (submodule)"]);
}

/// A Cargo workspace whose member is a submodule that is here.
fn with_submodule() -> Project {
    let project = Project::drafted();
    project.git(&["init", "-q", "../source"]);
    fs::create_dir_all(project.path("source/src")).expect("a folder");
    fs::write(project.path("source/src/lib.rs"), "").expect("a file");
    fs::write(project.path("source/Cargo.toml"), "[package]\nname = \"m\"\nversion = \"1.2.3\"\n").expect("a file");
    project.git(&["-C", "../source", "add", "-A"]).git(&["-C", "../source", "commit", "-qm", "a"]);
    project.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../source", "module"]);
    project.write("Cargo.toml", "[workspace]\nmembers = [\"module\"]\n").write("Cargo.lock", "version = 4\n");
    project.commit().tag("v1.2.3");
    project
}

#[test]
fn a_member_in_a_submodule_that_is_here_is_read() {
    let run = with_submodule().check_after_ci().run();
    assert!(!run.stdout.contains("not tracked"), "{run:?}");
    assert_eq!(
        run.row("Dependencies pinned"),
        "PASS  Dependencies pinned to exact versions — All 1 dependencies are pinned."
    );
}

/// Each value is put to git in the same place, and the gate must say the same.
#[test]
fn a_repository_of_another_user_is_trusted_as_git_trusts_it() {
    let project = Project::released();
    let root = project.root().canonicalize().expect("a path").display().to_string();
    let above = root.strip_suffix("/repo").expect("a folder above").to_owned();
    let given = Command::new("chown").args(["-R", "12345", &root]).status();
    if !given.is_ok_and(|status| status.success()) {
        return; // Only root can give files away.
    }
    let agrees = |variables: &[(&str, &str)], trusted: bool| {
        let mut git = Command::new("git");
        git.env("HOME", project.path("home")).envs(variables.iter().copied()).current_dir(&root).arg("status");
        assert_eq!(git.output().expect("git runs").status.success(), trusted, "git {variables:?}");
        let env = |gate: Gate, (name, value): &(&str, &str)| gate.env(name, value);
        let run = variables.iter().fold(project.check_after_ci(), env).run();
        let expected = if trusted { "PASS  " } else { "UNPROVEN  " };
        assert!(run.row(ROW).starts_with(expected), "{variables:?} {run:?}");
        assert_eq!(run.stdout.contains("--add safe.directory"), !trusted, "{run:?}");
    };
    let one = |value: &str, trusted: bool| {
        let key = ("GIT_CONFIG_KEY_0", "Safe.Directory");
        agrees(&[("GIT_CONFIG_COUNT", "1"), key, ("GIT_CONFIG_VALUE_0", value)], trusted);
    };
    agrees(&[], false);
    let (exact, slash, star) = (root.clone(), format!("{root}/"), format!("{above}/*"));
    for value in ["*", &exact, &slash, &star, "~/../repo", &format!("{above}/./repo")] {
        one(value, true);
    }
    for value in ["", &above, &format!("{above}/"), &format!("{root}/*"), &format!("{above}/rep*"), "repo"] {
        one(value, false);
    }
    let two = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "safe.directory"),
        ("GIT_CONFIG_VALUE_0", "*"),
        ("GIT_CONFIG_KEY_1", "safe.directory"),
        ("GIT_CONFIG_VALUE_1", ""),
    ];
    agrees(&two, false);
    let file = project.path("configuration").display().to_string();
    fs::write(&file, format!("[safe]\n\tdirectory = {above}/*\n")).expect("a file");
    agrees(&[("GIT_CONFIG_GLOBAL", &file)], true);
    fs::write(project.path("home/.gitconfig"), format!("[safe]\n\tdirectory = {root}/\n")).expect("a file");
    agrees(&[], true);
}

#[test]
fn a_shallow_clone_of_one_tag_says_what_it_lacks() {
    let project = Project::released();
    project.append("CHANGELOG.md", "\n").commit().git(&["tag", "-f", "v1.2.3"]);
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--depth", "1", "--branch", "v1.2.3", &address, "../shallow"]);
    let decision = || project.gate(&["decision", "--repo", "shallow"]).run().stdout;
    let why = "there is nothing to compare HEAD with: this clone is shallow; fetch more history (fetch-depth: 0), `git fetch --unshallow`";
    assert!(decision().contains(why), "{}", decision());
    project.git(&["-C", "../shallow", "fetch", "-q", "--unshallow"]);
    assert!(decision().contains("Gate: passed"), "{}", decision());
}

#[test]
fn what_a_partial_clone_lacks_is_no_missing_file() {
    let project = Project::drafted();
    project.write("Dockerfile", "FROM old\n").commit().git(&["branch", "base"]);
    project.write("Dockerfile", "FROM new\n").commit();
    project.git(&["config", "uploadpack.allowFilter", "true"]).git(&[
        "config",
        "uploadpack.allowAnySHA1InWant",
        "true",
    ]);
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--filter=tree:0", &address, "../partial"]);
    let tree = project.git_output(&["rev-parse", "base^{tree}"]);
    let decision = || project.gate(&["decision", "--repo", "partial", "--base", "origin/base"]).run().report(1);
    let lacks =
        format!("object {} is not in this partial clone; `git cat-file -e {}` fetches it", &tree[..12], tree.trim());
    let printed = decision();
    assert!(printed.contains(&format!("the change could not be read: {lacks}")), "{printed}");
    assert!(printed.contains(&format!("delivery-gate.yaml at the base commit: {lacks}")), "{printed}");
    project.git(&["-C", "../partial", "fetch", "-q", "--refetch", "--no-filter"]);
    let printed = decision();
    assert!(printed.contains("Dockerfile") && !printed.contains("partial"), "{printed}");
}

/// A tag's release.yaml that is not here may be the last release's.
#[test]
fn a_last_release_that_a_partial_clone_lacks_is_not_the_time_before_the_gate() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {}\n");
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("a file");
    project.write("release.yaml", &release.replace("1.2.3", "1.2.2")).commit().tag("v1.2.2");
    project.write("release.yaml", &release).commit().tag("v1.2.3");
    project.git(&["config", "uploadpack.allowFilter", "true"]).git(&[
        "config",
        "uploadpack.allowAnySHA1InWant",
        "true",
    ]);
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--filter=blob:none", &address, "../partial"]);
    let blob = project.git_output(&["rev-parse", "v1.2.2:release.yaml"]);
    let run = project.gate(&["check", "--repo", "partial", "--ci-status", "success"]).run();
    let row = run.row("decision");
    assert!(row.starts_with("UNPROVEN  ") && row.contains(&format!("`git cat-file -e {}`", blob.trim())), "{run:?}");
}

#[test]
fn a_commit_that_is_lost_is_named() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {}\n").commit();
    let lost = project.head();
    project.write("more", "").commit().write("other", "").commit().tag("v1.2.3");
    project.remove(&format!(".git/objects/{}/{}", &lost[..2], &lost[2..]));
    let run = project.check_after_ci().run();
    let why = format!("object {} is not in this repository; `git fsck` tells what is missing", &lost[..12]);
    assert!(run.row("decision").starts_with("UNPROVEN  ") && run.row("decision").contains(&why), "{run:?}");
}
