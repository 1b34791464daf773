//! Whether a folder can tell that a record was changed or taken away.

use std::collections::HashSet;
use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{files, files_of, made, recorded, records};
use crate::common::Project;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &std::path::Path) -> (Value, String) {
    let bytes = fs::read(path).expect("a record");
    (serde_json::from_slice(&bytes).expect("JSON"), sha256(&bytes))
}

#[test]
fn each_record_names_the_one_it_was_made_after() {
    let project = made(4);
    let made: Vec<_> = files(&project).iter().map(|path| read(path)).collect();
    assert_eq!(made[0].0["prev"], serde_json::json!([]));
    for two in made.windows(2) {
        assert_eq!(two[1].0["prev"], serde_json::json!([two[0].1]));
    }
    for path in files(&project) {
        let (bytes, (record, _)) = (fs::read(&path).expect("a record"), read(&path));
        assert_eq!(record["content_sha256"], sha256(&bytes[..bytes.len() - 86]));
    }
    let text = records(&project, &["verify"]).run().report(0);
    assert!(text.contains(&format!("newest   {}", made[3].0["record_id"].as_str().expect("an id"))), "{text}");
    assert!(text.contains("whole: 4 records, 1 beginning, in "), "{text}");
}

#[test]
fn a_record_that_was_taken_away_is_missed_by_the_next() {
    let project = made(3);
    let paths = files(&project);
    let (_, gone) = read(&paths[1]);
    fs::remove_file(&paths[1]).expect("a record");
    let run = records(&project, &["verify"]).run();
    let text = run.report(1);
    let after = paths[2].file_stem().expect("a name").to_str().expect("UTF-8");
    let missing = format!("MISSING  {after} was made after a record that is not here: SHA-256 {gone}");
    assert!(text.contains(&missing) && text.contains("NOT WHOLE: 2 records"), "{text}");
    let (run, chain) = records(&project, &["verify"]).json();
    assert_eq!((run.code, &chain["whole"], &chain["gaps"][0]["prev"]), (Some(1), &false.into(), &gone.into()));
    // A record is made all the same: a new machine has none of the older ones.
    recorded(project.check()).run().report(1);
}

/// On a new machine: what it was made after is not known there, and nothing is wrong with that.
#[test]
fn two_folders_become_one() {
    let project = made(2);
    let (here, there) = (project.root().join("records"), project.path("there"));
    fs::create_dir(&there).expect("a folder");
    for path in files(&project) {
        fs::copy(&path, there.join(path.file_name().expect("a name"))).expect("a copy");
    }
    recorded(project.check()).run().report(1);
    project.check().args(&["--record", "there"]).run().report(1);
    let newest = |folder| read(files_of(folder).last().expect("a record"));
    let (ours, theirs) = (newest(&here), newest(&there));
    assert_eq!((&ours.0["prev"], ours.1 == theirs.1), (&theirs.0["prev"], false));
    for path in files_of(&there) {
        fs::copy(&path, here.join(path.file_name().expect("a name"))).expect("a copy");
    }
    let (run, chain) = records(&project, &["verify"]).json();
    assert_eq!(
        (run.code, &chain["record_count"], chain["ends"].as_array().map(Vec::len)),
        (Some(0), &4.into(), Some(2))
    );
    recorded(project.check()).run().report(1);
    let both: HashSet<_> = newest(&here).0["prev"].as_array().expect("a list").iter().cloned().collect();
    assert_eq!(both, HashSet::from([ours.1.into(), theirs.1.into()]));
    let (run, chain) = records(&project, &["verify"]).json();
    assert_eq!((run.code, chain["ends"].as_array().map(Vec::len)), (Some(0), Some(1)));
    // Of two folders with nothing in common, each has its beginning.
    let other = made(2);
    for path in files(&other) {
        fs::copy(&path, here.join(path.file_name().expect("a name"))).expect("a copy");
    }
    let text = records(&project, &["verify"]).run().report(0);
    assert!(text.contains("whole: 7 records, 2 beginnings"), "{text}");
}

/// Gives the only record another id, and a digest that fits.
fn called(project: &Project, id: &str) {
    let path = files(project).remove(0);
    let content = fs::read_to_string(&path).expect("a record");
    let content = content[..content.len() - 86].replace(path.file_stem().expect("a name").to_str().expect("UTF-8"), id);
    let sealed = format!("{content},\"content_sha256\":\"{}\"}}\n", sha256(content.as_bytes()));
    fs::remove_file(&path).expect("a record");
    fs::write(path.with_file_name(format!("{id}.json")), sealed).expect("a record");
}

#[test]
fn behind_the_last_id_there_is_none() {
    let project = made(1);
    called(&project, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    let run = recorded(project.check_after_ci()).run();
    let row = run.row("The verdict is recorded");
    assert!(
        row.contains("no id is greater than that of the record 7ZZZZZZZZZZZZZZZZZZZZZZZZZ: move that one"),
        "{row}"
    );
    assert_eq!((run.code, files(&project).len()), (Some(1), 1));
}

/// What a record costs does not grow with the folder: only the newest are read, and what is older stays open.
#[test]
fn only_the_newest_records_are_read_for_a_new_one() {
    let project = made(1);
    let older = files(&project).remove(0);
    let ledger = delivery_gate::verdicts::Ledger::open(&project.root().join("other")).expect("a folder");
    let report = delivery_gate::Project::open(project.root(), delivery_gate::Options::default())
        .and_then(|project| project.check())
        .expect("a report");
    (0..128).for_each(|_| drop(ledger.add(&report).expect("a record")));
    for path in files_of(ledger.dir()) {
        fs::copy(&path, older.with_file_name(path.file_name().expect("a name"))).expect("a copy");
    }
    recorded(project.check()).run().report(1);
    let (run, chain) = records(&project, &["verify"]).json();
    let ends: Vec<_> = chain["ends"].as_array().expect("ends").iter().map(|end| end["record_id"].clone()).collect();
    assert_eq!((run.code, ends.len()), (Some(0), 2));
    assert_eq!(ends[0], older.file_stem().expect("a name").to_str().expect("UTF-8"));
}

/// A clock that was ahead leaves ids that are greater than those of now: what is made later is greater still.
#[test]
fn what_is_made_later_is_greater_whatever_the_clock_says() {
    let project = made(1);
    called(&project, "7ZZZZZZZZZZZZZZZZZZZZZZZZ0");
    // A name that is taken is passed over.
    fs::create_dir(project.root().join("records/7ZZZZZZZZZZZZZZZZZZZZZZZZ1.json")).expect("a folder");
    recorded(project.check()).run().report(1);
    let last = files(&project).pop().expect("a record");
    assert!(last.ends_with("7ZZZZZZZZZZZZZZZZZZZZZZZZ2.json"), "{last:?}");
    assert_eq!(read(&last).0["prev"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_folder_without_records_is_not_whole() {
    let project = Project::new();
    assert!(records(&project, &["verify"]).run().refusal().contains("there is no record directory"));
    fs::create_dir(project.root().join("records")).expect("a folder");
    let run = records(&project, &["verify"]).run();
    assert!(run.code == Some(1) && run.stderr.contains("there are no records in"), "{run:?}");
    assert!(records(&project, &["list"]).run().report(0).starts_with("0 records in "));
}

/// Whoever names a folder means one that is there; the policy's may not be there yet.
#[test]
fn a_named_folder_that_is_not_there_is_an_error() {
    let project = Project::new();
    for asked in [&["list"][..], &["show", "01JPZ3N8"], &["export", "lines"], &["verify"]] {
        let refused = records(&project, asked).run().refusal();
        assert!(refused.contains("there is no record directory ") && refused.contains("repo/records"), "{refused}");
    }
    assert!(!project.path("lines").exists());
    let (run, report) = records(&project, &["list"]).json();
    assert_eq!(run.code, Some(2));
    assert!(report.to_string().contains("there is no record directory"), "{report}");
    project.write("delivery-gate.yaml", "record: records\n").commit();
    assert!(project.gate(&["records", "list", "--repo", "repo"]).run().report(0).starts_with("0 records in "));
}
