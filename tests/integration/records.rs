//! Verdicts that are recorded: what a record says, and what happens when it cannot be kept.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Gate, Project, RELEASE};

mod chain;
mod crash;
mod damage;
mod export;

/// The files of the folder `records` in the repository, oldest first.
pub(crate) fn files(project: &Project) -> Vec<PathBuf> {
    files_of(&project.root().join("records"))
}

/// The records' files of a folder, oldest first.
fn files_of(folder: &std::path::Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort();
    paths
}

/// What the newest of them says.
fn newest(project: &Project) -> Value {
    let path = files(project).pop().expect("a record");
    serde_json::from_str(&fs::read_to_string(path).expect("a record")).expect("JSON")
}

/// `delivery-gate records …` on that folder.
fn records(project: &Project, arguments: &[&str]) -> Gate {
    project.gate(&["records"]).args(arguments).args(&["--record", "repo/records"])
}

fn recorded(gate: Gate) -> Gate {
    gate.args(&["--record", "repo/records"])
}

/// So many records of NO-GO, made one after the other.
fn made(count: usize) -> Project {
    let project = Project::released();
    (0..count).for_each(|_| drop(recorded(project.check()).run().report(1)));
    project
}

#[test]
fn a_record_says_what_was_judged_and_what_it_came_to() {
    let project = Project::drafted();
    let release = RELEASE.to_owned() + "not_applicable:\n  feature_flags: none in this release\n";
    let policy = "exceptions:\n  deps_pinned: {reason: a library, until: 2999-01-02}\n";
    project.write("release.yaml", &release).write("delivery-gate.yaml", policy);
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"a\"]\n");
    project.commit().tag("v1.2.3").git(&["remote", "add", "origin", "https://me:secret@git.example.com/acme/demo.git"]);
    let (run, report) = recorded(project.check_after_ci()).json();
    assert_eq!(run.code, Some(0));
    let git = |what: &str| project.git_output(&["rev-parse", what]).trim().to_owned();
    let record = newest(&project);
    let expected = json!({
        "record_schema": "delivery-gate/record/v1", "prev": [], "command_name": "check", "decision": "GO",
        "is_rehearsal": false, "project_name": "demo", "remote": "git.example.com/acme/demo.git", "folder": ".",
        "version": "1.2.3", "packages": [], "commit_id": git("HEAD"), "tree_id": git("HEAD^{tree}"),
        "tag_name": "v1.2.3", "tag_object_id": git("refs/tags/v1.2.3"), "revision": null, "release_path": null,
        "release_sha256": null, "policy_source": "release", "policy_path": "delivery-gate.yaml",
        "policy_revision": null, "policy_blob_id": git("HEAD:delivery-gate.yaml"), "policy_sha256": null,
        "policy_changed_since": null, "policy_changes": [], "thresholds": [], "claim_count": 4, "claimant_count": 2,
        "hold_reasons": [], "exceptions": [{"check_id": "deps_pinned", "reason": "a library", "until_day": "2999-01-02"}],
        "waivers": [{"check_id": "feature_flags", "reason": "none in this release", "until_day": null}],
        "gate_version": env!("CARGO_PKG_VERSION"),
    });
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&record[key], value, "{key}");
    }
    let rows = |document: &Value, id: &str| -> Vec<_> {
        let keys = [id, "title", "kind", "status", "detail"].map(|key| document[key].clone());
        keys.to_vec()
    };
    let reported: Vec<_> = report["results"].as_array().expect("rows").iter().map(|row| rows(row, "id")).collect();
    let results = record["results"].as_array().expect("rows");
    assert_eq!(results.iter().map(|row| rows(row, "check_id")).collect::<Vec<_>>(), reported);
    let row = |id: &str| results.iter().find(|row| row["check_id"] == id).expect(id);
    assert_eq!((&row("approver_signed_off")["actor"], &row("changelog")["actor"]), (&"Bob Lee".into(), &Value::Null));
    assert_eq!(
        (&row("deps_pinned")["excused_by"], &row("deps_pinned")["exception"]),
        (&"policy".into(), &"a library".into())
    );
    assert_eq!(row("feature_flags")["excused_by"], "release");
    assert!(results.iter().all(|row| row["signed_by"].is_null()));
    let path = files(&project).pop().expect("a record");
    assert_eq!(report["record"]["path"], path.canonicalize().expect("a path").display().to_string());
    assert_eq!(report["record"]["record_id"], record["record_id"]);
    assert_eq!(path.file_stem().expect("a name").to_str(), record["record_id"].as_str());
    let text = fs::read_to_string(path).expect("a record");
    assert!(!text.contains("secret") && text.lines().count() == 1 && text.ends_with('\n'), "{text}");
}

#[test]
fn every_verdict_is_recorded_and_what_is_none_is_not() {
    let project = Project::drafted();
    project.write("gates.yaml", "gates: [{id: g, type: command, command: 'true'}]\n").commit();
    let before = || recorded(project.check()).args(&["--before-tag"]);
    before().run().report(0);
    project.write("untracked.py", "");
    before().run().report(1);
    project.remove("untracked.py").tag("v1.2.3");
    recorded(project.check()).run().report(1);
    recorded(project.check_after_ci()).run().report(0);
    recorded(project.gate(&["run", "gates.yaml", "--repo", "repo"])).run().report(0);
    project.write("a.txt", "").commit();
    recorded(project.gate(&["decision", "--repo", "repo", "--base", "HEAD~1"])).run().report(0);
    let read =
        |path: PathBuf| -> Value { serde_json::from_str(&fs::read_to_string(path).expect("a record")).expect("JSON") };
    let made: Vec<_> = files(&project).into_iter().map(read).collect();
    let said: Vec<_> = made.iter().map(|one| format!("{} {}", one["command_name"], one["decision"])).collect();
    let expected = ["check READY", "check NOT READY", "check NO-GO", "check GO", "run GO", "decision GO"];
    assert_eq!(
        said,
        expected.map(|words| {
            let (command, decision) = words.split_once(' ').expect("two words");
            format!("\"{command}\" \"{decision}\"")
        })
    );
    assert!(made.iter().all(|one| one["commit_id"].is_string() && one["tree_id"].is_string()), "{made:?}");
    // Nothing was asked, or nothing could be.
    before().run().report(0);
    recorded(project.check()).args(&["--config", "none.yaml"]).run().refusal();
    assert_eq!(files(&project).len(), made.len());
    assert_eq!(project.git_output(&["status", "--porcelain"]), "", "the folder hides itself from git");
}

#[test]
fn the_policy_says_where_and_a_flag_says_otherwise() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "record: records\n").write("sub/x", "");
    project.write("gates.yaml", "gates: [{id: g, type: command, command: 'true'}]\n").commit().tag("v1.2.3");
    project.check_after_ci().run().report(0);
    project.gate(&["run", "gates.yaml", "--repo", "repo"]).run().report(0);
    project.gate(&["decision", "--repo", "repo", "--base", "HEAD"]).run();
    assert_eq!(files(&project).len(), 3);
    project.check_after_ci().args(&["--record", "elsewhere"]).run().report(0);
    assert_eq!((files(&project).len(), files_of(&project.path("elsewhere")).len()), (3, 1));
    let (run, listing) = project.gate(&["records", "list", "--repo", "repo"]).json();
    assert_eq!((run.code, listing["records"].as_array().map(Vec::len)), (Some(0), Some(3)));
    project.remove("delivery-gate.yaml");
    let said = project.gate(&["records", "list", "--repo", "repo"]).run().refusal();
    assert!(said.contains("name the folder of the records with --record DIR"), "{said}");
}

#[test]
fn a_policy_leads_nobody_out_of_its_folder() {
    for path in ["../records", "/tmp/records", ".", "a/../.."] {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("record: {path}\n")).commit().tag("v1.2.3");
        let said = project.check_after_ci().run().refusal();
        assert!(said.contains("`record` does not lead into a folder below"), "{path}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_policy_leads_nobody_out_through_a_link_or_into_git() {
    for path in ["out/records", ".git/records"] {
        let project = Project::drafted();
        std::os::unix::fs::symlink("..", project.root().join("out")).expect("a link");
        project.write("delivery-gate.yaml", &format!("record: {path}\n")).commit().tag("v1.2.3");
        let run = project.check_after_ci().run();
        let row = run.row("The verdict is recorded").to_owned();
        assert!(row.starts_with("UNPROVEN") && row.contains("leads out of the repository"), "{row}");
        assert!(run.report(1).ends_with("Decision: NO-GO\n"));
    }
}

/// The row that says why, in each command: the verdict is told whole, and is no GO.
#[test]
fn a_verdict_that_cannot_be_recorded_is_told_and_no_go() {
    let project = Project::drafted();
    project.commit();
    project.write("gates.yaml", "gates: [{id: record, type: command, command: 'true'}]\n").commit().tag("v1.2.3");
    fs::write(project.path("file"), "").expect("a file");
    for (file, why) in [("file", "the record directory"), ("file/below", "the record directory")] {
        let unkept = |gate: Gate| gate.args(&["--record", file]);
        let run = unkept(project.check_after_ci()).run();
        let row = run.row("The verdict is recorded");
        assert!(row.starts_with("UNPROVEN") && row.contains(why) && row.ends_with("is not a directory"), "{row}");
        assert!(run.stdout.contains("PASS  CHANGELOG updated"), "{run:?}");
        assert!(run.report(1).ends_with("Decision: NO-GO\n"));
        let run = unkept(project.gate(&["run", "gates.yaml", "--repo", "repo"])).run();
        assert!(run.stdout.contains("1 passed, 0 failed, 0 warned, 0 skipped, 1 unproven"), "{run:?}");
        assert_eq!(run.code, Some(1));
        let run = unkept(project.gate(&["decision", "--repo", "repo", "--base", "HEAD~1"])).run();
        let last = run.stdout.lines().last().unwrap_or_default().to_owned();
        assert!(last.starts_with("Gate: blocked — the record could not be kept: "), "{run:?}");
        assert_eq!(run.code, Some(1));
        let (_, report) = unkept(project.check().args(&["--before-tag"])).json();
        assert_eq!((&report["decision"], &report["record"]), (&"NOT READY".into(), &Value::Null));
    }
    let (_, report) = project.gate(&["run", "gates.yaml", "--repo", "repo", "--record", "file"]).json();
    let ids: Vec<_> = report["results"].as_array().expect("rows").iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, ["record", "record_"]);
}

#[test]
fn a_broken_policy_does_not_hide_that_a_record_was_wanted() {
    let project = Project::new();
    project.write("gates.yaml", "gates: [{id: g, type: command, command: 'true'}]\n");
    project.write("delivery-gate.yaml", "record: [\n").commit();
    let run = project.gate(&["run", "gates.yaml", "--repo", "repo"]).run();
    let row = run.row("The verdict is recorded");
    assert!(row.contains("nobody can tell where records are: delivery-gate.yaml:"), "{row}");
    assert_eq!(run.code, Some(1));
}

/// Root may write anywhere, so the folder is one in which nobody may.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_named() {
    let project = Project::released();
    let run = project.check_after_ci().args(&["--record", "/proc/self"]).run();
    let row = run.row("The verdict is recorded");
    assert!(row.contains("the record could not be kept: /proc/self/"), "{row}");
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_bare_repository_records_where_the_flag_says() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "record: records\n").commit().tag("v1.2.3");
    project.git(&["clone", "-q", "--bare", ".", "../bare"]);
    let check = || project.gate(&["check", "--repo", "bare", "--rev", "v1.2.3", "--ci-status", "success"]);
    let run = check().run();
    assert!(run.row("The verdict is recorded").contains("name one with --record DIR"), "{run:?}");
    assert!(check().args(&["--record", "kept"]).run().report(0).contains("kept"));
    assert_eq!(files_of(&project.path("kept")).len(), 1);
}

#[test]
fn records_are_listed_and_shown() {
    let project = Project::released();
    recorded(project.check()).run().report(1);
    recorded(project.check_after_ci()).run().report(0);
    let text = records(&project, &["list"]).run().report(0);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].contains("  GO         ") && lines[0].ends_with("  check     demo  v1.2.3"), "{text}");
    assert!(lines[1].contains("  NO-GO      ") && lines[2].starts_with("2 records in "), "{text}");
    assert_eq!(records(&project, &["list", "--decision", "GO"]).run().report(0).lines().count(), 2);
    assert_eq!(records(&project, &["list", "--limit", "1"]).run().report(0).lines().count(), 2);
    assert_eq!(records(&project, &["list", "--project", "other"]).run().report(0).lines().count(), 1);
    let (_, listing) = records(&project, &["list"]).json();
    assert_eq!(listing["schema"], "delivery-gate/record-list/v1");
    assert_eq!(listing["records"][0], newest(&project));
    let ids: Vec<_> =
        listing["records"].as_array().expect("records").iter().map(|one| one["record_id"].clone()).collect();
    let id = ids[0].as_str().expect("an id");
    for beginning in [id, &id[..25], &id.to_lowercase()] {
        let shown: Value =
            serde_json::from_str(&records(&project, &["show", beginning]).run().report(0)).expect("JSON");
        assert_eq!(shown, listing["records"][0], "{beginning}");
    }
    let said = records(&project, &["list", "--decision", "go"]).run().refusal();
    assert!(said.contains("invalid value 'go'"), "{said}");
    for (beginning, why) in [(&id[..5], "several records begin with"), ("7ZZ", "there is no record 7ZZ")] {
        let run = records(&project, &["show", beginning]).run();
        assert!(run.code == Some(1) && run.stdout.is_empty() && run.stderr.contains(why), "{run:?}");
    }
}
