//! A check before the tag is there.

use crate::common::{Gate, Project, RELEASE, result};

/// The release 1.2.3 is out, and a commit came after it.
fn out() -> Project {
    let project = Project::released();
    project.write("src/demo.py", "x = 1\n").commit();
    project
}

fn rehearse(project: &Project) -> Gate {
    project.check().args(&["--before-tag"])
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[test]
fn a_release_that_is_prepared_is_ready_before_its_tag_is_there() {
    let project = Project::drafted();
    project.commit();
    let run = rehearse(&project).run();
    let tag = format!("no tag v1.2.3 or 1.2.3 yet at {}", project.head());
    assert_eq!(run.row("Clean, tagged"), format!("PASS  Clean, tagged release point — {tag}"));
    let asked = "SKIPPED  Tests passed in CI — asked on the tag: no CI status was given to this rehearsal";
    assert_eq!(run.row("Tests passed"), asked);
    assert_eq!(last_line(&run.report(0)), "Decision: READY (rehearsal: v1.2.3 is not tagged)");
    let (_, report) = rehearse(&project).json();
    assert_eq!((&report["decision"], &report["rehearsal"]), (&"READY".into(), &true.into()));
    assert_eq!((&report["exit_code"], &report["subject"]["tag"]), (&0.into(), &serde_json::Value::Null));
}

#[test]
fn it_holds_for_everything_but_the_tag() {
    let cases: [(&str, &str, &str); 3] = [
        ("CHANGELOG.md", "# Changelog\n\n## 1.2.2\n\n- Old.\n", "CHANGELOG updated"),
        (
            "pyproject.toml",
            "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"a\"]\n",
            "Dependencies pinned",
        ),
        ("release.yaml", "version: \"1.2.3\"\n", "Rollback procedure"),
    ];
    for (path, text, title) in cases {
        let project = Project::drafted();
        project.write(path, text).commit();
        let run = rehearse(&project).run();
        assert!(run.row(title).starts_with("FAIL"), "{run:?}");
        let report = run.report(1);
        assert_eq!(last_line(&report), "Decision: NOT READY (rehearsal: v1.2.3 is not tagged)");
        assert!(report.contains("Hold reasons (NOT READY):"), "{report}");
    }
    let project = Project::drafted();
    project.commit().append("CHANGELOG.md", "more\n");
    let report = rehearse(&project).run().report(1);
    assert!(report.contains("working tree has uncommitted changes\n      CHANGELOG.md (modified)"), "{report}");
}

#[test]
fn what_ci_said_counts_where_it_is_known() {
    let project = Project::drafted();
    project.commit();
    let failed = rehearse(&project).args(&["--ci-status", "failure"]).run();
    assert!(failed.row("Tests passed").starts_with("FAIL"), "{failed:?}");
    assert_eq!(failed.code, Some(1));
    rehearse(&project).args(&["--ci-status", "success"]).run().report(0);
}

#[test]
fn a_tag_that_is_there_is_judged_as_always() {
    let project = Project::released();
    let run = rehearse(&project).run();
    let tag = format!("v1.2.3 (annotated) at {}", project.head());
    assert_eq!(run.row("Clean, tagged"), format!("PASS  Clean, tagged release point — {tag}"));
    assert_eq!(last_line(&run.report(0)), "Decision: READY (rehearsal: v1.2.3 is tagged)");
    // It is of another branch, and of something else.
    let project = Project::drafted();
    project
        .commit()
        .git(&["checkout", "-q", "--orphan", "other"])
        .write("release.yaml", "version: \"0.9.0\"\n")
        .commit()
        .tag("v1.2.3")
        .git(&["checkout", "-q", "main"]);
    let run = rehearse(&project).run();
    assert!(
        run.row("Clean, tagged").starts_with("FAIL  Clean, tagged release point — tag v1.2.3 points at"),
        "{run:?}"
    );
    assert_eq!(last_line(&run.report(1)), "Decision: NOT READY (rehearsal: v1.2.3 is tagged)");
}

/// An ordinary push or pull request is never refused.
#[test]
fn where_no_release_is_being_prepared_nothing_is_asked() {
    let project = out();
    project.append("CHANGELOG.md", "dirty\n");
    let told = "no release is being prepared: 1.2.3 is out";
    let report = rehearse(&project).run().report(0);
    assert_eq!(last_line(&report), format!("Decision: NONE ({told})"));
    assert!(!report.contains("[AUTO]") && !report.contains("READY"), "{report}");
    let (run, report) = rehearse(&project).json();
    assert_eq!(run.code, Some(0));
    assert_eq!((&report["decision"], &report["rehearsal"]), (&serde_json::Value::Null, &true.into()));
    for format in ["markdown", "html", "junit", "github", "gitlab", "sarif"] {
        let text = rehearse(&project).args(&["--format", format]).run().report(0);
        assert!(!text.contains("NO-GO") && !text.contains("READY") && !text.contains(">GO<"), "{format}: {text}");
    }
    let markdown = rehearse(&project).args(&["--format", "markdown"]).run().report(0);
    assert!(markdown.starts_with(&format!("## Decision: NONE ({told})\n")), "{markdown}");
}

#[test]
fn the_same_files_without_the_flag_are_no_go() {
    let project = out();
    assert_eq!(project.check_after_ci().run().code, Some(1));
    let project = Project::drafted();
    project.commit();
    let report = project.check_after_ci().run().report(1);
    assert!(last_line(&report) == "Decision: NO-GO" && report.contains("no tag v1.2.3 or 1.2.3"), "{report}");
}

#[test]
fn no_format_says_go_of_a_rehearsal() {
    let project = Project::drafted();
    project.commit();
    for format in ["text", "json", "markdown", "html", "sarif", "junit", "gitlab", "github"] {
        let text = rehearse(&project).args(&["--format", format]).run().report(0);
        for word in ["\"GO\"", "Decision: GO", ">GO<", "NO-GO"] {
            assert!(!text.contains(word), "{format} has {word}: {text}");
        }
        assert!(format == "gitlab" || text.contains("READY"), "{format}: {text}");
    }
}

#[test]
fn the_second_release_is_rehearsed_with_claims_of_its_own() {
    let project = out();
    project.gate(&["next", "minor", "--repo", "repo"]).run().report(0);
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = []\n").commit();
    let report = rehearse(&project).run().report(1);
    assert_eq!(last_line(&report), "Decision: NOT READY (rehearsal: v1.3.0 is not tagged)");
    project.write("release.yaml", &RELEASE.replace("1.2.3", "1.3.0")).commit();
    let row = rehearse(&project).run().row("Rollback").to_owned();
    assert!(row.starts_with("UNPROVEN") && row.contains("unchanged since v1.2.3"), "{row}");
    let fresh = RELEASE.replace("1.2.3", "1.3.0").replace("true,", "true, for: \"1.3.0\",");
    project.write("release.yaml", &fresh).commit();
    rehearse(&project).run().report(0);
}

#[test]
fn a_commit_is_rehearsed_without_its_tree() {
    let project = Project::drafted();
    project.commit().append("CHANGELOG.md", "dirty\n");
    let run = rehearse(&project).args(&["--rev", "HEAD"]).run();
    assert!(run.row("Clean, tagged").ends_with("; the working tree was not asked: HEAD was judged"), "{run:?}");
    assert_eq!(last_line(&run.report(0)), "Decision: READY (rehearsal: v1.2.3 is not tagged)");
}

#[test]
fn without_a_repository_nothing_is_ready() {
    let project = Project::drafted();
    std::fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    let report = rehearse(&project).run().report(1);
    assert_eq!(last_line(&report), "Decision: NOT READY (rehearsal: v1.2.3 is not tagged)");
}

/// The exception is for the tag, which nobody asks for yet.
#[test]
fn an_exception_for_the_tag_is_not_called_needless() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "exceptions:\n  release_point: {reason: tagged by a robot}\n").commit();
    let (_, report) = rehearse(&project).json();
    assert_eq!(result(&report, "release_point")["status"], "PASS");
    assert!(!report["warnings"].to_string().contains("not needed"), "{report}");
}

/// A branch that was squashed, or cut before the tag was set; and a clone that does not lead to the tag.
#[test]
fn a_version_that_went_out_elsewhere_is_out() {
    let out = "Decision: NONE (no release is being prepared: 1.2.3 is out)";
    let project = Project::drafted();
    project.commit().git(&["checkout", "-q", "-b", "release"]).write("fix.txt", "x\n").commit().tag("v1.2.3");
    project.git(&["checkout", "-q", "main"]).write("fix.txt", "x\n").write("more.txt", "x\n").commit();
    assert_eq!(last_line(&rehearse(&project).run().report(0)), out);
    let project = out_and_on();
    let address = format!("file://{}", project.root().display());
    project.git(&["clone", "-q", "--depth", "1", &address, "../shallow"]);
    project.git(&["-C", "../shallow", "fetch", "-q", "--depth", "1", "--tags"]);
    let run = project.gate(&["check", "--repo", "shallow", "--before-tag"]).run();
    assert_eq!(last_line(&run.report(0)), out);
}

fn out_and_on() -> Project {
    let project = out();
    project.git(&["checkout", "-q", "-B", "main"]);
    project
}

/// A tool that is about to tag tells which tag: one that release.yaml is not for goes out with nobody's word.
#[test]
fn a_tag_that_is_about_to_be_made_is_the_release_s() {
    let about = |project: &Project, tag: &str| project.check().args(&[&format!("--before-tag={tag}")]).run();
    let astray = "v1.2.4 is about to be made, and release.yaml is for v1.2.3 or 1.2.3: `delivery-gate next v1.2.4`";
    // Without its name nothing is asked here, for 1.2.3 is out.
    let project = out();
    let run = about(&project, "v1.2.4");
    assert_eq!(run.row("Clean, tagged"), format!("FAIL  Clean, tagged release point — {astray}"));
    assert_eq!(last_line(&run.report(1)), "Decision: NOT READY (rehearsal: v1.2.4 is not tagged)");
    let run = about(&project, "v1.2.3");
    assert!(run.row("Clean, tagged").contains("tag v1.2.3 points at"), "{run:?}");
    assert_eq!(last_line(&run.report(1)), "Decision: NOT READY (rehearsal: v1.2.3 is tagged)");
    let project = Project::drafted();
    project.commit();
    for tag in ["v1.2.3", "1.2.3"] {
        let ready = format!("Decision: READY (rehearsal: {tag} is not tagged)");
        assert_eq!(last_line(&about(&project, tag).report(0)), ready);
    }
    assert_eq!(about(&project, "v1.2.4").code, Some(1));
    // No exception of the policy excuses it.
    project.write("delivery-gate.yaml", "exceptions:\n  release_point: {reason: our host tags after us}\n").commit();
    let run = about(&project, "v1.2.4");
    assert!(run.row("Clean, tagged").contains(astray), "{run:?}");
    assert_eq!(run.code, Some(1));
    let earlier = "release.yaml is for v1.2.3 or 1.2.3: v1.1.9 does not come behind that: check out the branch that it is made from";
    let run = about(&project, "v1.1.9");
    assert!(run.row("Clean, tagged").ends_with(earlier), "{run:?}");
    about(&project, "v1.2.3").report(0);
    assert_eq!(about(&project, "").code, Some(2));
    let told = about(&project, "v1\u{1b}[31m").report(1);
    assert_eq!(last_line(&told), "Decision: NOT READY (rehearsal: v1\\u{1b}[31m is not tagged)");
}

/// What is wrong with it is its form, and no other version helps.
#[test]
fn a_tag_of_the_version_in_another_form_is_told_so() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag: \"{version}\"\n").commit();
    let row = |tag: &str| project.check().args(&[&format!("--before-tag={tag}")]).run().row("Clean, tagged").to_owned();
    let told = "FAIL  Clean, tagged release point — v1.2.3 is about to be made, and the tag of 1.2.3 is to be 1.2.3: make that one, or \
                let `tag:` in delivery-gate.yaml say the other form";
    assert_eq!(row("v1.2.3"), told);
    assert!(row("v1.2.30").ends_with("release.yaml is for 1.2.3: `delivery-gate next v1.2.30`"), "{}", row("v1.2.30"));
    assert!(row("1.2.3").starts_with("PASS"), "{}", row("1.2.3"));
    let project = Project::drafted();
    project.commit();
    let row = project.check().args(&["--before-tag=demo-1.2.3"]).run().row("Clean, tagged").to_owned();
    assert!(row.contains("the tag of 1.2.3 is to be v1.2.3 or 1.2.3: make that one"), "{row}");
}
