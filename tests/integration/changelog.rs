use std::fs;

use crate::common::{CHANGELOG, Project, result};

/// The row of a project whose changelog is one file.
fn row_of(name: &str, text: &str) -> String {
    let project = Project::drafted();
    project.remove("CHANGELOG.md").write(name, text).commit().tag("v1.2.3");
    project.check_after_ci().run().row("CHANGELOG").to_owned()
}

#[test]
fn the_entry_is_found_in_each_form_and_place() {
    let cases = [
        ("CHANGELOG.md", CHANGELOG),
        ("changelog.md", "## [v1.2.3] (2026-01-02)\n\n- x\n"),
        ("CHANGES.rst", "Changes\n=======\n\n1.2.3 (2026-01-02)\n------------------\n\n- x\n"),
        ("HISTORY.txt", "1.2.3 (2026-01-02)\n  - x\n"),
        ("NEWS", "demo 1.2.3\n\n* x\n"),
        ("CHANGES.md", "## 1.2.3-- 2026-01-02\n\n- x\n"),
        ("History.markdown", "## 1.2.3\n\n- x\n"),
        ("CHANGELOG.adoc", "== 1.2.3\n\n* x\n"),
        ("NEWS.org", "* 1.2.3\n- x\n"),
        (
            "ChangeLog",
            "demo (1.2.3-1) unstable; urgency=medium\n\n  * x\n\n -- J <j@e.com>  Sat, 28 Nov 2026 10:00:00 +0000\n",
        ),
        ("docs/changelog.md", "## 1.2.3\n\n- x\n"),
        ("CHANGELOG-1.2.md", "## 1.2.3\n\n- x\n"),
        ("docs/releases/v1.2.3.md", "- x\n"),
        ("changelog/1.2.3.md", "# Fixed\n\n- x\n"),
    ];
    for (name, text) in cases {
        assert_eq!(
            row_of(name, text),
            "PASS  CHANGELOG updated for this version — Found an entry for 1.2.3.",
            "{name}"
        );
    }
}

#[test]
fn json_has_the_place() {
    let (_, report) = Project::released().check_after_ci().json();
    assert_eq!(result(&report, "changelog")["source"], "CHANGELOG.md:3");
}

#[test]
fn an_entry_that_is_missing_or_empty_fails() {
    let row = row_of("CHANGELOG.md", "## 11.2.34\n\n- x\n");
    assert_eq!(row, "FAIL  CHANGELOG updated for this version — CHANGELOG.md has no entry for 1.2.3.");
    let row = row_of("CHANGELOG.md", "## 1.2.3\n\n## 1.2.2\n\n- x\n");
    assert_eq!(row, "FAIL  CHANGELOG updated for this version — the entry for 1.2.3 is empty");
}

#[test]
fn an_entry_of_another_package_is_none() {
    let text = "## demo-core 1.2.3\n\n- x\n\n## demo 1.2.2\n\n- y\n";
    let row = row_of("CHANGELOG.md", text);
    assert_eq!(row, "FAIL  CHANGELOG updated for this version — CHANGELOG.md has no entry for 1.2.3.");
}

#[test]
fn no_changelog_is_unproven() {
    let project = Project::drafted();
    project.remove("CHANGELOG.md").commit().tag("v1.2.3");
    assert!(project.check_after_ci().run().row("CHANGELOG").starts_with("UNPROVEN  "));
}

#[test]
fn the_policy_names_another_file() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "changelog: docs/CHANGES.md\n").write("docs/CHANGES.md", CHANGELOG);
    project.remove("CHANGELOG.md").commit().tag("v1.2.3");
    let (run, report) = project.check_after_ci().json();
    assert_eq!((run.code, &result(&report, "changelog")["source"]), (Some(0), &"docs/CHANGES.md:3".into()));
    project.write("delivery-gate.yaml", "changelog: ../outside.md\n");
    fs::write(project.path("outside.md"), CHANGELOG).expect("a file");
    assert!(project.check_after_ci().run().row("CHANGELOG").starts_with("UNPROVEN  "));
}

#[test]
fn an_ignored_changelog_is_not_part_of_the_release() {
    let project = Project::drafted();
    project.write(".gitignore", "CHANGELOG.md\n").commit().tag("v1.2.3");
    let expected = "FAIL  CHANGELOG updated for this version — CHANGELOG.md is not tracked by git: it is not part of this release.";
    assert_eq!(project.check_after_ci().run().row("CHANGELOG"), expected);
}

#[cfg(unix)]
#[test]
fn a_link_inside_the_repository_is_followed_to_a_tracked_file_only() {
    use std::os::unix::fs::symlink;
    let project = Project::drafted();
    project.remove("CHANGELOG.md").write("docs/CHANGES.md", CHANGELOG);
    symlink("docs/CHANGES.md", project.root().join("CHANGELOG.md")).expect("a link");
    project.commit().tag("v1.2.3");
    assert_eq!(project.check_after_ci().run().code, Some(0));
    project.write(".gitignore", "docs\n").git(&["rm", "-q", "--cached", "docs/CHANGES.md"]).commit();
    assert!(project.check_after_ci().run().row("CHANGELOG").starts_with("FAIL  "));
}

#[test]
fn a_changelog_over_the_limit_is_unproven() {
    let project = Project::drafted();
    let file = fs::File::create(project.root().join("CHANGELOG.md")).expect("a file");
    file.set_len((64 << 20) + 1).expect("a sparse file");
    let row = project.check_after_ci().run().row("CHANGELOG").to_owned();
    assert!(row.starts_with("UNPROVEN  ") && row.contains("larger than 64 MiB"), "{row}");
}

#[test]
fn an_entry_that_says_that_it_is_not_released_fails() {
    let says = |said: &str| {
        let why = "the entry for 1.2.3 says that it is not released, or not written";
        format!("FAIL  CHANGELOG updated for this version — {why}: \"{said}\"")
    };
    assert_eq!(row_of("CHANGELOG.md", "## [1.2.3] - Unreleased\n\n- x\n"), says("[1.2.3] - Unreleased"));
    assert_eq!(row_of("CHANGELOG.md", "## 1.2.3\n\n_No changes._\n"), says("No changes."));
    assert_eq!(row_of("changelog/1.2.3.md", "TBD\n"), says("TBD"));
}

#[test]
fn what_was_not_understood_is_unproven_with_its_line() {
    let row = row_of("CHANGELOG.md", "# Log\n\n## 1.2.2\n\n- 1.2.3 has x\n");
    let expected = "UNPROVEN  CHANGELOG updated for this version — CHANGELOG.md:5: \"- 1.2.3 has x\": 1.2.3 stands there, but not as \
                    the heading of an entry that was understood; write the entry under a heading such as `## 1.2.3`";
    assert_eq!(row, expected);
    let row = row_of("CHANGELOG.md", "# Log\n\nSee the releases page.\n");
    assert!(row.starts_with("UNPROVEN  ") && row.contains("CHANGELOG.md:3: \"See the releases page.\""), "{row}");
    let row = row_of("ChangeLog", "2026-01-02  Jane\n\n\t* a.c: x\n");
    assert!(row.starts_with("UNPROVEN  ") && row.contains("no entry of any version that was understood"), "{row}");
}

#[test]
fn every_place_is_asked_and_named() {
    let project = Project::drafted();
    project.write("CHANGELOG.md", "See [NEWS](NEWS).\n").write("NEWS", "1.2.3\n\n- x\n").commit().tag("v1.2.3");
    let (_, report) = project.check_after_ci().json();
    assert_eq!(result(&report, "changelog")["source"], "NEWS:1");
    let project = Project::drafted();
    project.write("CHANGELOG.md", "## 1.2.2\n\n- x\n").write("docs/NEWS", "1.2.1\n\n- x\n");
    project.write("changelog/1.2.1.md", "- x\n").commit().tag("v1.2.3");
    let row = project.check_after_ci().run().row("CHANGELOG").to_owned();
    let expected = "FAIL  CHANGELOG updated for this version — CHANGELOG.md has no entry for 1.2.3. Nor was one found in docs/NEWS, changelog.";
    assert_eq!(row, expected);
}

#[test]
fn the_policy_names_a_spec_file_or_a_folder() {
    let spec = "Version: 1.2.4\n\n%changelog\n* Sat Nov 28 2026 Jane <j@e.com> - 1.2.3-1\n- x\n";
    for (named, path, text) in [("demo.spec", "demo.spec", spec), ("log", "log/1.2.3.md", "- x\n")] {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("changelog: {named}\n")).write(path, text);
        project.remove("CHANGELOG.md").commit().tag("v1.2.3");
        assert!(project.check_after_ci().run().row("CHANGELOG").starts_with("PASS  "), "{named}");
    }
}

/// A file of such a folder may have the releases of a series, whatever it is called.
#[test]
fn a_folder_of_series_without_one_of_the_release_is_unproven() {
    let row = row_of("docs/releases/v1.2.2.md", "- x\n");
    assert!(row.starts_with("FAIL") && row.contains("docs/releases has no file for 1.2.3."), "{row}");
    let row = row_of("docs/releases/v1.1.md", "1.1.9\n\n- x\n");
    let next = "if another file has its entry, name that under `changelog:` in delivery-gate.yaml";
    let expected = format!("docs/releases has no file for 1.2.3; {next}");
    assert!(row.starts_with("UNPROVEN") && row.contains(&expected), "{row}");
}

#[test]
fn an_entry_that_is_only_its_date_is_empty() {
    let said = |entry: &str| {
        let project = Project::drafted();
        project.write("CHANGELOG.md", &format!("# Changelog\n\n## 1.2.3\n\n{entry}\n\n## 1.2.2\n\n- Old.\n"));
        project.commit().tag("v1.2.3").check_after_ci().run().row("CHANGELOG").to_owned()
    };
    for entry in ["Released 2026-11-29", "_2026-11-29_"] {
        let row = said(entry);
        assert!(row.starts_with("FAIL") && row.contains("the entry for 1.2.3 is empty"), "{row}");
        let row = said(&format!("{entry}\n\n- Fixed the thing."));
        assert!(row.starts_with("PASS"), "{row}");
    }
}

#[test]
fn an_entry_that_says_that_it_is_none_fails() {
    for heading in [
        "1.2.3 (never released)",
        "1.2.3 (cancelled)",
        "1.2.3 - canceled",
        "1.2.3 - ${date}",
        "1.2.3 - ${RELEASE_DATE}",
        "1.2.3 - {date}",
        "1.2.3 - %DATE%",
        "1.2.3 - skipped",
    ] {
        let row = row_of("CHANGELOG.md", &format!("## {heading}\n\n- x\n"));
        assert!(row.starts_with("FAIL") && row.contains("says that it is not released"), "{heading}: {row}");
    }
    for text in ["1.2.3", "v1.2.3", "Version 1.2.3.", "Release v1.2.3 (2026-01-02)", "- 1.2.3"] {
        let row = row_of("CHANGELOG.md", &format!("## 1.2.3\n\n{text}\n\n## 1.2.2\n\n- y\n"));
        assert_eq!(row, "FAIL  CHANGELOG updated for this version — the entry for 1.2.3 is empty", "{text}");
    }
    for text in ["1.2.3 is faster", "Bump to 1.2.4", "Skipped tests are run"] {
        let row = row_of("CHANGELOG.md", &format!("## 1.2.3 - 2026-01-02 {{#v1}}\n\n{text}\n"));
        assert!(row.starts_with("PASS"), "{text}: {row}");
    }
}

#[test]
fn what_is_wrong_with_a_changelog_that_the_policy_names_is_said_of_the_policy() {
    let row = |named: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("changelog: {named}\n")).commit().tag("v1.2.3");
        project.check_after_ci().run().row("CHANGELOG").to_owned()
    };
    let title = "UNPROVEN  CHANGELOG updated for this version — ";
    let named = "which `changelog:` in delivery-gate.yaml names";
    assert_eq!(row("NEWS.md"), format!("{title}there is no NEWS.md, {named}"));
    assert_eq!(row("../x"), format!("{title}../x, {named}, was not read: it is outside of the repository"));
    assert_eq!(row(".git/config"), format!("{title}.git/config, {named}, was not read: it is in git's own folder"));
}
