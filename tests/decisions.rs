//! Decision records in real repositories: which count, and from which commit.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use delivery_gate::Source;
use delivery_gate::internal::evidence::decision::{AdrProvider, AdrSettings};
use delivery_gate::internal::evidence::decision::{Approval, Provider, Reference};
use delivery_gate::internal::git::Repository;

#[path = "integration/common.rs"]
#[allow(dead_code)]
mod common;

use common::Project;

const ACCEPTED: &str = "# Title\n\n## Status\n\nAccepted\n";
const PROPOSED: &str = "# Title\n\n## Status\n\nProposed\n";

/// A repository whose first commit has some files.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("README.md", "x\n");
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit();
    project
}

/// Asks about a record, with HEAD as base and head.
fn ask(project: &Project, id: &str) -> Result<Approval, String> {
    let head = project.head();
    ask_between(project, id, &head, &AdrSettings::default())
}

fn ask_between(project: &Project, id: &str, base: &str, settings: &AdrSettings) -> Result<Approval, String> {
    let repository = Repository::discover(&project.root()).expect("a repository");
    AdrProvider::load(&repository, base, &project.head(), settings)?.validate(&Reference::Adr(id.to_owned()))
}

fn in_folders(folders: &[&str]) -> AdrSettings {
    AdrSettings { folders: Some(folders.iter().map(|&folder| folder.to_owned()).collect()), ..AdrSettings::default() }
}

fn source(answer: Result<Approval, String>) -> String {
    answer.expect("an approval").source.expect("a source").text().to_owned()
}

#[test]
fn a_record_is_found_by_its_number() {
    let project = project(&[
        ("docs/adr/0012-title.md", ACCEPTED),
        ("docs/adr/ADR-0013-Title.markdown", ACCEPTED),
        ("doc/adr/adr-14.md", ACCEPTED),
        ("docs/adr/README.md", ACCEPTED),
    ]);
    for id in ["ADR-12", "ADR-012", "ADR-0012", "ADR-12-title", "ADR-12-based"] {
        assert_eq!(source(ask(&project, id)), "docs/adr/0012-title.md:5", "{id}");
    }
    assert_eq!(source(ask(&project, "ADR-13")), "docs/adr/ADR-0013-Title.markdown:5");
    let approval = ask(&project, "ADR-14").expect("an approval");
    assert_eq!(approval.source.as_ref().map(Source::text), Some("doc/adr/adr-14.md:5"));
    assert_eq!(approval.text.as_deref(), Some(ACCEPTED));
    assert_eq!((approval.scope, approval.warning), (None, None));
    assert_eq!(ask(&project, "ADR-15"), Err("there is no record ADR-15 in docs/adr, doc/adr".to_owned()));
    assert_eq!(
        ask(&project, "ADR-x"),
        Err("ADR-x has no number; records are found by theirs, as in ADR-12".to_owned())
    );
}

#[test]
fn other_references_are_not_for_this_provider() {
    let project = project(&[("docs/adr/0012-title.md", ACCEPTED)]);
    let repository = Repository::discover(&project.root()).expect("a repository");
    let head = project.head();
    let provider = AdrProvider::load(&repository, &head, &head, &AdrSettings::default()).expect("a provider");
    let why = provider.validate(&Reference::Decision("0012-title".to_owned())).expect_err("a refusal");
    assert_eq!(why, "it is not an ADR reference; the adr provider knows ADR-… only");
    assert_eq!(provider.name(), "adr");
}

#[test]
fn two_files_with_one_number_are_refused() {
    let project = project(&[
        ("docs/adr/0012-a.md", ACCEPTED),
        ("docs/adr/12-b.md", ACCEPTED),
        ("docs/adr/0013-a.md", ACCEPTED),
        ("adr/13.md", ACCEPTED),
    ]);
    let two = |one: &str, two: &str| {
        Err(format!("two files have this number: {one} and {two}; name one in full, as in ADR-0007-title"))
    };
    assert_eq!(ask(&project, "ADR-12"), two("docs/adr/0012-a.md", "docs/adr/12-b.md"));
    assert_eq!(ask(&project, "ADR-12-c"), two("docs/adr/0012-a.md", "docs/adr/12-b.md"));
    assert_eq!(source(ask(&project, "ADR-12-a")), "docs/adr/0012-a.md:5");
    assert_eq!(source(ask(&project, "ADR-0012-b")), "docs/adr/12-b.md:5");
    assert_eq!(ask(&project, "ADR-13"), two("docs/adr/0013-a.md", "adr/13.md"));
}

#[test]
fn records_of_one_day_are_told_apart_by_their_title() {
    let project = project(&[("docs/adr/20240301-a.md", ACCEPTED), ("docs/adr/20240301-b.md", PROPOSED)]);
    assert_eq!(source(ask(&project, "ADR-20240301-a")), "docs/adr/20240301-a.md:5");
    assert!(ask(&project, "ADR-20240301-b").expect_err("a refusal").contains("Proposed"));
    for id in ["ADR-20240301", "ADR-20240301-c"] {
        assert!(ask(&project, id).expect_err("a refusal").contains("name one in full"), "{id}");
    }
}

#[test]
fn a_change_cannot_approve_itself() {
    let project = project(&[("docs/adr/0012-a.md", PROPOSED)]);
    let base = project.head();
    project.write("docs/adr/0012-a.md", ACCEPTED).write("docs/adr/0013-b.md", ACCEPTED).commit();
    let from_base = AdrSettings::default();
    let only = Err("accepted only in this change; merge the decision first".to_owned());
    assert_eq!(ask_between(&project, "ADR-12", &base, &from_base), only);
    assert_eq!(ask_between(&project, "ADR-13", &base, &from_base), only);
    let missing = Err("there is no record ADR-14 in docs/adr".to_owned());
    assert_eq!(ask_between(&project, "ADR-14", &base, &from_base), missing);

    let from_head = AdrSettings { from_head: true, ..AdrSettings::default() };
    let approval = ask_between(&project, "ADR-12", &base, &from_head).expect("an approval");
    assert_eq!(approval.warning.as_deref(), Some("read from the change itself (decision.adr_from: head)"));
    assert_eq!(approval.source.as_ref().map(Source::text), Some("docs/adr/0012-a.md:5"));
}

#[test]
fn the_working_tree_and_other_commits_do_not_count() {
    let project = project(&[("docs/adr/0012-a.md", PROPOSED)]);
    project.write("docs/adr/0012-a.md", ACCEPTED);
    let why = "docs/adr/0012-a.md: its status is \"Proposed\" in line 5; only accepted and approved pass";
    assert_eq!(ask(&project, "ADR-12"), Err(why.to_owned()));
}

#[test]
fn an_approval_that_the_change_takes_back_is_told() {
    let project = project(&[("docs/adr/0012-a.md", ACCEPTED)]);
    let base = project.head();
    project.write("docs/adr/0012-a.md", PROPOSED).commit();
    let approval = ask_between(&project, "ADR-12", &base, &AdrSettings::default()).expect("an approval");
    let warning = approval.warning.expect("a warning");
    assert!(warning.starts_with("no longer valid after this change: docs/adr/0012-a.md: its status is"), "{warning}");
    assert_eq!(approval.text.as_deref(), Some(ACCEPTED));
}

#[test]
fn an_accepted_record_takes_anothers_place() {
    let by_section = format!("{ACCEPTED}\nSupersedes [1. A](0001-a.md)\n");
    let proposed = format!("{PROPOSED}\nSupersedes [2. B](0002-b.md)\n");
    let itself = format!("{ACCEPTED}\nSupersedes ADR-6 of another project.\n");
    let superseded = "---\nstatus: superseded by ADR-9\nsupersedes: [ADR-3]\n---\n";
    let project = project(&[
        ("docs/adr/0001-a.md", ACCEPTED),
        ("docs/adr/0002-b.md", ACCEPTED),
        ("docs/adr/0003-c.md", ACCEPTED),
        ("docs/adr/0004-d.md", &by_section),
        ("docs/adr/0005-e.md", &proposed),
        ("docs/adr/0006-f.md", &itself),
        ("docs/adr/0007-g.md", superseded),
    ]);
    let by = |slug: &str, by: &str| {
        Err(format!("docs/adr/{slug}.md: it is superseded by docs/adr/{by}.md, which is accepted"))
    };
    assert_eq!(ask(&project, "ADR-1"), by("0001-a", "0004-d"));
    assert_eq!(source(ask(&project, "ADR-2")), "docs/adr/0002-b.md:5");
    assert!(ask(&project, "ADR-3").expect_err("a refusal").contains("superseded by docs/adr/0007-g.md"));
    assert_eq!(source(ask(&project, "ADR-4")), "docs/adr/0004-d.md:5");
    assert_eq!(source(ask(&project, "ADR-6")), "docs/adr/0006-f.md:5");
}

#[test]
fn a_record_that_may_supersede_and_cannot_be_read_holds_the_rest() {
    let broken = "---\nstatus: accepted\nsupersedes: [ADR-1\n---\n";
    let project = project(&[("docs/adr/0001-a.md", ACCEPTED), ("docs/adr/0002-b.md", broken)]);
    let why = ask(&project, "ADR-1").expect_err("a refusal");
    assert!(why.starts_with("docs/adr/0002-b.md, which may supersede it: its front matter could not be read"), "{why}");
}

#[test]
fn a_scope_is_handed_on() {
    let scoped = "---\nstatus: accepted\nscope: [\"db/**\", \"*.tf\"]\n---\n";
    let broken = "---\nstatus: accepted\nscope: {}\n---\n";
    let project = project(&[("docs/adr/0001-a.md", scoped), ("docs/adr/0002-b.md", broken)]);
    let scope = ask(&project, "ADR-1").expect("an approval").scope;
    assert_eq!(scope, Some(vec!["db/**".to_owned(), "*.tf".to_owned()]));
    let why = "docs/adr/0002-b.md: its `scope` is not a glob or a list of globs";
    assert_eq!(ask(&project, "ADR-2"), Err(why.to_owned()));
}

#[test]
fn the_folder_is_named_by_adr_dir_or_the_policy() {
    let project = project(&[
        (".adr-dir", "./architecture/log/\n"),
        ("architecture/log/0001-a.md", ACCEPTED),
        ("docs/adr/0002-b.md", ACCEPTED),
        ("more/0003-c.md", ACCEPTED),
    ]);
    assert_eq!(source(ask(&project, "ADR-1")), "architecture/log/0001-a.md:5");
    assert_eq!(ask(&project, "ADR-2"), Err("there is no record ADR-2 in architecture/log".to_owned()));
    let head = project.head();
    let answer = ask_between(&project, "ADR-3", &head, &in_folders(&["more", "docs/adr", "./more/"]));
    assert_eq!(source(answer), "more/0003-c.md:5");
    let answer = ask_between(&project, "ADR-1", &head, &in_folders(&["gone"]));
    assert_eq!(answer, Err("there is no record ADR-1 in gone".to_owned()));
}

#[test]
fn a_change_cannot_move_the_folder() {
    let project = project(&[("docs/adr/0001-a.md", PROPOSED)]);
    let base = project.head();
    project.write(".adr-dir", "mine\n").write("mine/0001-a.md", ACCEPTED).commit();
    let answer = ask_between(&project, "ADR-1", &base, &AdrSettings::default());
    assert_eq!(answer, Err("accepted only in this change; merge the decision first".to_owned()));
}

#[test]
fn a_folder_outside_the_repository_is_refused() {
    for folder in ["/etc", "../x", "a/../../x", ".", "", "C:\\x", "a\\..\\b", "a\nb", "\u{1b}[2J"] {
        let project = project(&[(".adr-dir", folder)]);
        let why = ask(&project, "ADR-1").expect_err(folder);
        assert!(why.starts_with(".adr-dir: ") && why.ends_with("is not a folder inside the repository"), "{why}");
        assert!(!why.contains(['\n', '\u{1b}']), "{why}");
        let head = project.head();
        assert!(ask_between(&project, "ADR-1", &head, &in_folders(&[folder])).is_err(), "{folder}");
    }
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_no_records() {
    let project = project(&[("elsewhere/0001-a.md", ACCEPTED), ("docs/adr/0002-b.md", ACCEPTED)]);
    let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, project.root().join(from)).expect("a link");
    link("../../elsewhere/0001-a.md", "docs/adr/0001-a.md");
    link("elsewhere", "adr");
    project.commit();
    assert_eq!(ask(&project, "ADR-1"), Err("there is no record ADR-1 in docs/adr".to_owned()));
    link("elsewhere/0001-a.md", ".adr-dir");
    project.commit();
    assert_eq!(ask(&project, "ADR-2"), Err(".adr-dir: it is not a regular file".to_owned()));
}

#[test]
fn large_and_broken_records_are_refused() {
    let large = format!("{ACCEPTED}{}", "x\n".repeat(1 << 19));
    let project = project(&[("docs/adr/0001-a.md", &large)]);
    std::fs::write(project.root().join("docs/adr/0002-b.md"), b"Status: accepted\n\xff").expect("a file");
    project.commit();
    let why = ask(&project, "ADR-1").expect_err("a refusal");
    assert_eq!(why, "docs/adr/0001-a.md: it is larger than 1048576 bytes");
    assert_eq!(ask(&project, "ADR-2"), Err("docs/adr/0002-b.md: it is not UTF-8 text".to_owned()));
}

#[test]
fn there_may_not_be_too_many_records() {
    let project = project(&[]);
    let mut stream = "commit refs/heads/many\ncommitter a <a@example.com> 0 +0000\ndata 0\n".to_owned();
    for number in 0..=10_000 {
        let _ = write!(stream, "M 644 inline docs/adr/{number}-x.md\ndata 17\nStatus: accepted\n\n");
    }
    project.write("stream", &stream);
    let shell = "git fast-import --quiet < stream && git reset -q --soft many";
    project.git(&["-c", &format!("alias.load=!{shell}"), "load"]);
    assert_eq!(ask(&project, "ADR-1"), Err("there are more than 10000 decision records".to_owned()));
}

#[test]
fn a_commit_that_is_not_there_is_an_error() {
    let project = project(&[("docs/adr/0001-a.md", ACCEPTED)]);
    for commit in ["", "HEAD", "--output=x", "1234567890123456789012345678901234567890"] {
        assert!(ask_between(&project, "ADR-1", commit, &AdrSettings::default()).is_err(), "{commit}");
    }
}
