//! Every kind of repository that git makes: object ids of SHA-1 and SHA-256, references in files and in a reftable.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::common::{Project, result};
use crate::schemas::validator;

const ROW: &str = "Clean, tagged";

/// How a repository is made, and how many hex digits an id has in it.
const KINDS: [(&[&str], usize); 4] = [
    (&["--object-format=sha1", "--ref-format=files"], 40),
    (&["--object-format=sha1", "--ref-format=reftable"], 40),
    (&["--object-format=sha256", "--ref-format=files"], 64),
    (&["--object-format=sha256", "--ref-format=reftable"], 64),
];

/// A draft in a repository of a kind, not yet committed; none where git is too old for it.
fn drafted(kind: &[&str]) -> Option<Project> {
    let project = Project::drafted();
    fs::remove_dir_all(project.root().join(".git")).expect("a folder");
    let mut init = Command::new("git");
    let init = init.current_dir(project.root()).args(["init", "-q", "-b", "main"]).args(kind).output();
    init.is_ok_and(|output| output.status.success()).then_some(project)
}

/// The kinds that this git makes, each with a draft.
fn each(look: impl Fn(&Project, usize)) {
    let mut seen = 0;
    for (kind, digits) in KINDS {
        if let Some(project) = drafted(kind) {
            look(&project, digits);
            seen += 1;
        }
    }
    assert!(seen > 0, "git makes a repository");
}

fn row(project: &Project) -> String {
    project.check_after_ci().run().row(ROW).to_owned()
}

#[test]
fn a_release_is_judged_in_every_kind_of_repository() {
    each(|project, digits| {
        assert!(row(project).contains("there is no commit yet"), "{}", row(project));
        project.commit();
        assert!(row(project).starts_with("FAIL  ") && row(project).contains("tag"), "{}", row(project));
        project.tag("v1.2.3");
        assert!(row(project).starts_with("PASS  "), "{}", row(project));
        let (_, report) = project.check_after_ci().json();
        let head = project.head();
        assert_eq!((report["subject"]["commit"].as_str(), head.len()), (Some(head.as_str()), digits));
        // The tag alone, at another commit, and by a branch, a part of the id and a way back.
        project.append("CHANGELOG.md", "\n").commit();
        assert!(row(project).starts_with("FAIL  "), "{}", row(project));
        for revision in ["v1.2.3", "refs/tags/v1.2.3", &head[..12], &head, "main~1", "HEAD^", "@~"] {
            let (_, report) = project.check_after_ci().args(&["--rev", revision]).json();
            assert_eq!(result(&report, "release_point")["status"], "PASS", "{revision}: {report}");
            assert_eq!(report["subject"]["commit"].as_str(), Some(head.as_str()), "{revision}");
        }
        for (revision, why) in [("nosuch", "no such commit"), ("a..b", "not a commit"), ("main:release.yaml", "commit")]
        {
            let refusal = project.check_after_ci().args(&["--rev", revision]).run().refusal();
            assert!(refusal.contains(why), "{revision}: {refusal}");
        }
        // What is in the working tree, in the index, and neither.
        project.git(&["tag", "-f", "v1.2.3"]).write("pyproject.toml", "[project]\n");
        assert!(row(project).contains("uncommitted"), "{}", row(project));
        project.track();
        assert!(row(project).contains("uncommitted"), "{}", row(project));
        project.git(&["reset", "-q", "--hard"]).git(&["tag", "-d", "v1.2.3"]);
        assert!(row(project).starts_with("FAIL  "), "{}", row(project));
    });
}

#[test]
fn a_tag_that_was_packed_or_lies_in_another_working_tree_is_found() {
    each(|project, _| {
        project.commit().tag("v1.2.3").git(&["pack-refs", "--all"]).git(&["gc", "-q"]);
        assert!(row(project).starts_with("PASS  "), "{}", row(project));
        project.append("CHANGELOG.md", "\n").commit();
        project.git(&["worktree", "add", "-q", "--detach", "../beside", "v1.2.3"]);
        let beside = project.gate(&["check", "--repo", "beside", "--ci-status", "success"]).run();
        assert!(beside.row(ROW).starts_with("PASS  "), "{beside:?}");
        assert!(row(project).starts_with("FAIL  "), "{}", row(project));
        let address = format!("file://{}", project.root().display());
        project.git(&["clone", "-q", "--depth", "1", "--branch", "v1.2.3", &address, "../shallow"]);
        let shallow = project.gate(&["check", "--repo", "shallow", "--ci-status", "success"]).run();
        assert!(shallow.row(ROW).starts_with("PASS  "), "{shallow:?}");
    });
}

#[test]
fn a_release_is_verified_in_every_kind_of_repository() {
    each(|project, digits| {
        project.commit().tag("v1.2.3");
        let (_, document) = project.gate(&["verify", "v1.2.3", "--repo", "repo"]).json();
        let commit = project.head();
        assert_eq!((document["commit"].as_str(), commit.len()), (Some(commit.as_str()), digits));
        let errors: Vec<_> = validator("verify").iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{document}");
    });
}

#[test]
fn a_change_is_seen_in_every_kind_of_repository() {
    each(|project, digits| {
        project.write("Dockerfile", "FROM old\n").commit().git(&["branch", "base"]);
        project.write("Dockerfile", "FROM new\n").commit();
        let decision = |ends: &[&str]| project.gate(&["decision", "--repo", "repo"]).args(ends).json().1;
        let report = decision(&["--base", "base"]).to_string();
        assert!(report.contains("Dockerfile"), "{report}");
        let (base, head) = (project.git_output(&["rev-parse", "base"]), project.head());
        assert_eq!(base.trim().len(), digits);
        let report = decision(&["--base", base.trim(), "--head", &head]).to_string();
        assert!(report.contains("Dockerfile") && report.contains(&head), "{report}");
    });
}

/// In a reftable no file tells of it.
#[test]
fn what_is_under_way_is_told_in_every_kind_of_repository() {
    each(|project, _| {
        project.commit().git(&["checkout", "-q", "-b", "side"]).write("notes.txt", "side\n").commit();
        project.git(&["checkout", "-q", "main"]).write("notes.txt", "main\n").commit().tag("v1.2.3");
        for (command, what) in [("cherry-pick", "a cherry-pick is under way"), ("merge", "a merge is under way")] {
            let mut git = Command::new("git");
            git.current_dir(project.root()).args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.com",
                command,
                "side",
            ]);
            assert!(git.output().is_ok_and(|output| !output.status.success()), "{command} conflicts");
            assert!(row(project).contains(what), "{}", row(project));
            // As where its author wrote the file back and forgot the rest.
            project.git(&["checkout", "-q", "HEAD", "--", "."]);
            assert!(row(project).starts_with("FAIL  ") && row(project).contains(what), "{}", row(project));
            project.git(&[command, "--abort"]);
            assert!(row(project).starts_with("PASS  "), "{}", row(project));
        }
        project.git(&["replace", "--graft", "HEAD"]);
        assert!(row(project).contains("`git replace -d`"), "{}", row(project));
    });
}

/// Each content once, however often libgit2 hands out its id: its own type for it is no member of a set.
#[test]
fn history_has_each_content_once() {
    for kind in [KINDS[0], KINDS[3]] {
        let Some(project) = drafted(kind.0) else { continue };
        for commit in 0..120 {
            for file in 0..144 {
                if commit == 0 || file == commit || file == (commit * 7) % 144 {
                    project.write(&format!("f{file}"), &format!("{commit} {file}\n"));
                }
            }
            project.commit();
        }
        let (_, report) = project.gate(&["scan", "repo", "--history"]).json();
        let blobs = ["--filter=object:type=blob", "--filter-provided-objects"];
        let listed = project.git_output(&["rev-list", "--objects", blobs[0], blobs[1], "HEAD"]);
        let found = &result(&report, "secrets_scan")["metrics"]["files_scanned"];
        assert_eq!(found, &Value::from(listed.lines().count()), "{report}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_the_way_out() {
    let Some(project) = drafted(KINDS[3].0) else { return };
    project.commit().tag("v1.2.3").git(&["config", "extensions.compatObjectFormat", "sha1"]);
    let way_out = "`git config --unset extensions.compatObjectFormat`";
    assert!(row(&project).starts_with("UNPROVEN  ") && row(&project).contains(way_out), "{}", row(&project));
    project.git(&["config", "--unset", "extensions.compatObjectFormat"]);
    assert!(row(&project).starts_with("PASS  "), "{}", row(&project));
    fs::write(project.root().join(".git/reftable/tables.list"), "0x1-0x1-gone.ref\n").expect("a file");
    let why = "the reftable could not be read: 0x1-0x1-gone.ref is not there";
    assert!(row(&project).starts_with("UNPROVEN  ") && row(&project).contains(why), "{}", row(&project));
    fs::write(project.root().join(".git/reftable/tables.list"), "").expect("a file");
    assert!(row(&project).starts_with("UNPROVEN  "), "{}", row(&project));
    project.git(&["config", "extensions.refStorage", "shelf"]);
    assert!(row(&project).starts_with("UNPROVEN  ") && row(&project).contains("`shelf`"), "{}", row(&project));
}

/// What git itself tells of the working tree, by its paths.
fn gits(project: &Project) -> Vec<String> {
    let status = project.git_output(&["status", "--porcelain", "-uall", "--no-renames"]);
    status.lines().map(|line| line[3..].to_owned()).collect()
}

fn paths(project: &Project) -> Vec<String> {
    let (_, report) = project.check_after_ci().json();
    let point = result(&report, "release_point");
    assert_ne!(point["status"], "UNPROVEN", "{report}");
    let paths = point["metrics"]["paths"].as_array().cloned().unwrap_or_default();
    paths.iter().map(|path| path.as_str().expect("a path").to_owned()).collect()
}

/// A draft with files in three folders, committed and tagged.
fn with_folders(project: &Project) -> &Project {
    for folder in ["in", "out", "out/deep", "out-side"] {
        for file in 0..3 {
            project.write(&format!("{folder}/f{file}"), &format!("{folder} {file}\n"));
        }
    }
    project.commit().tag("v1.2.3")
}

#[test]
fn a_split_index_is_read_with_the_one_that_it_shares() {
    each(|project, _| {
        project.git(&["config", "core.splitIndex", "true"]).git(&["config", "splitIndex.maxPercentChange", "100"]);
        with_folders(project).git(&["update-index", "--split-index"]);
        let index = fs::read(project.root().join(".git/index")).expect("an index");
        assert!(index.windows(4).any(|window| window == b"link"), "git splits it");
        assert_eq!(paths(project), gits(project));
        // Replaced, deleted and added, in the index and in the working tree.
        project.write("in/f1", "another\n").write("in/new", "new\n").remove("out/f0").track();
        project.remove("out/deep/f2").write("out/f2", "not staged\n");
        let found = paths(project);
        assert_eq!(found, gits(project));
        assert_eq!(found.len(), 5, "{found:?}");
        project.git(&["reset", "-q", "--hard"]);
        assert!(row(project).starts_with("PASS  "), "{}", row(project));
        let shared = fs::read_dir(project.root().join(".git")).expect("a folder").flatten();
        let shared = shared.filter(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex."));
        shared.for_each(|entry| fs::remove_file(entry.path()).expect("a file to remove"));
        assert!(row(project).starts_with("UNPROVEN  ") && row(project).contains("is not there"), "{}", row(project));
    });
}

#[test]
fn a_sparse_index_has_the_files_of_the_folders_that_it_leaves_out() {
    each(|project, _| {
        project.write("out/.gitattributes", "* text\n");
        with_folders(project).git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
        let index = fs::read(project.root().join(".git/index")).expect("an index");
        assert!(index.windows(4).any(|window| window == b"sdir") && !project.root().join("out").exists());
        assert!(row(project).starts_with("PASS  "), "{}", row(project));
        project.write("in/f1", "another\n");
        assert_eq!(paths(project), ["in/f1"]);
        project.git(&["checkout", "-q", "--", "."]);
        // A release is the whole commit, whatever of it is checked out.
        let scan = project.gate(&["scan", "repo"]).json().1;
        let whole = project.git_output(&["ls-tree", "-r", "--name-only", "HEAD"]).lines().count();
        assert_eq!(result(&scan, "secrets_scan")["metrics"]["files_scanned"], whole, "{scan}");
        // What stands in such a folder all the same is compared, by the attributes that only the index has.
        fs::create_dir_all(project.root().join("out")).expect("a folder");
        fs::write(project.root().join("out/f0"), "mine\n").expect("a file");
        assert_eq!(paths(project), ["out/f0"]);
        fs::write(project.root().join("out/f0"), "out 0\r\n").expect("a file");
        assert_eq!(paths(project), gits(project));
        assert!(paths(project).is_empty());
    });
}
