//! Records as JSON lines by day.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use delivery_gate::Options;
use delivery_gate::verdicts::{Ledger, Packing};
use serde_json::Value;

use super::{files, files_of, made, records};
use crate::common::Project;

/// The parts below a folder, each with its text, by their paths from there.
fn parts(folder: &Path) -> BTreeMap<String, String> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    let parts = list(folder).into_iter().flat_map(|day| list(&day));
    let text = |path: PathBuf| {
        let name = path.strip_prefix(folder).expect("inside").display().to_string().replace('\\', "/");
        (name, fs::read_to_string(path).expect("text"))
    };
    parts.map(text).collect()
}

/// A verdict at a time, in the folder `records` of the repository.
fn judged_at(project: &Project, time: &str) {
    let options = Options::default().record(project.root().join("records")).now(time.parse().expect("a time"));
    let options = options.environment([("PATH", std::env::var_os("PATH").expect("a PATH"))]);
    delivery_gate::Project::open(project.root(), options).and_then(|project| project.check()).expect("a report");
}

#[test]
fn lines_are_the_records_themselves_by_day() {
    let project = Project::released();
    for time in
        ["2026-11-28T23:59:59.999Z", "2026-11-29T00:00:00Z", "2026-11-29T12:00:00+14:00", "2026-11-29T23:00:00Z"]
    {
        judged_at(&project, time);
    }
    let text = records(&project, &["export", "lines"]).run().report(0);
    assert_eq!(text, "exported 4 records in 2 files\n");
    let paths = files(&project);
    let id = |at: usize| paths[at].file_stem().expect("a name").display().to_string();
    let line = |at: usize| fs::read_to_string(&paths[at]).expect("a record");
    let expected = BTreeMap::from([
        (format!("dt=2026-11-28/part-{}.jsonl", id(0)), line(0) + &line(2)),
        (format!("dt=2026-11-29/part-{}.jsonl", id(1)), line(1) + &line(3)),
    ]);
    assert_eq!(parts(&project.path("lines")), expected);
}

#[test]
fn exporting_again_writes_what_is_new_and_changes_nothing() {
    let project = made(2);
    let export = || records(&project, &["export", "lines"]).run().report(0);
    assert_eq!(export(), "exported 2 records in 1 file\n");
    let first = parts(&project.path("lines"));
    assert_eq!(export(), "exported 0 records in 0 files; 2 were there already\n");
    assert_eq!(parts(&project.path("lines")), first);
    super::recorded(project.check()).run().report(1);
    assert_eq!(export(), "exported 1 record in 1 file; 2 were there already\n");
    // Older ones that another machine made are told from what is there, too.
    for path in files(&made(1)) {
        fs::copy(&path, project.root().join("records").join(path.file_name().expect("a name"))).expect("a copy");
    }
    let (run, done) = records(&project, &["export", "lines"]).json();
    assert_eq!((run.code, &done["exported"], &done["known"]), (Some(0), &1.into(), &3.into()));
    let now = parts(&project.path("lines"));
    assert!(first.iter().all(|(name, text)| now.get(name) == Some(text)), "a part was changed");
    let mut ids: Vec<_> = now
        .values()
        .flat_map(|text| text.lines())
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["record_id"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    let there: Vec<_> =
        files(&project).iter().map(|path| path.file_stem().expect("a name").display().to_string()).collect();
    assert_eq!(ids, there, "each once");
}

#[test]
fn a_packed_part_holds_the_same_and_is_known_again() {
    let project = made(3);
    let export = |pack: &str| records(&project, &["export", "lines", "--pack", pack]).run().report(0);
    assert_eq!(export("gzip"), "exported 3 records in 1 file\n");
    assert_eq!(export("plain"), "exported 0 records in 0 files; 3 were there already\n");
    let day = fs::read_dir(project.path("lines")).expect("a folder").next().expect("a day").expect("an entry").path();
    let part = fs::read_dir(day).expect("a folder").next().expect("a part").expect("an entry").path();
    assert!(part.display().to_string().ends_with(".jsonl.gz"), "{part:?}");
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(part).expect("a part")).read_to_string(&mut text).expect("gzip");
    let expected: String = files(&project).iter().map(|path| fs::read_to_string(path).expect("a record")).collect();
    assert_eq!(text, expected);
}

#[test]
fn exports_of_one_folder_at_once_write_each_record_once() {
    let project = made(8);
    let ledger = Ledger::open(&project.root().join("records")).expect("a folder");
    let out = project.path("lines");
    let written: usize = std::thread::scope(|scope| {
        let exports: Vec<_> =
            (0..8).map(|_| scope.spawn(|| ledger.export(&out, Packing::Plain).expect("an export"))).collect();
        exports.into_iter().map(|export| export.join().expect("an end").records).sum()
    });
    let lines: usize = parts(&out).values().map(|text| text.lines().count()).sum();
    assert_eq!((written, lines), (8, 8));
}

#[test]
fn what_nobody_can_tell_the_records_of_is_refused() {
    let project = made(1);
    records(&project, &["export", "lines"]).run().report(0);
    let day = fs::read_dir(project.path("lines")).expect("a folder").next().expect("a day").expect("an entry").path();
    for (name, content) in [
        ("part-01JPZZZZZZZZZZZZZZZZZZZZZZ.jsonl.zst", "x"),
        ("part-x.jsonl", "{}\n"),
        ("part-01JPZZZZZZZZZZZZZZZZZZZZZZ.jsonl", "no record\n"),
        ("part-01JPZZZZZZZZZZZZZZZZZZZZZZ.jsonl.gz", "no gzip\n"),
    ] {
        fs::write(day.join(name), content).expect("a file");
        let said = records(&project, &["export", "lines"]).run().refusal();
        assert!(said.contains("nobody can tell which records") && said.contains(name), "{said}");
        fs::remove_file(day.join(name)).expect("the file");
    }
    fs::write(day.join("_SUCCESS"), "").expect("a file");
    records(&project, &["export", "lines"]).run().report(0);
    let nothing = Project::new();
    fs::create_dir(nothing.root().join("records")).expect("a folder");
    assert_eq!(records(&nothing, &["export", "lines"]).run().report(0), "exported 0 records in 0 files\n");
    fs::write(project.path("file"), "").expect("a file");
    assert!(records(&project, &["export", "file"]).run().refusal().contains("file"));
    assert_eq!(files_of(&project.path("lines")).len(), 0);
}
