//! Writers that are killed, and many at once: what was reported as recorded is there, and the chain is whole.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use delivery_gate::verdicts::Ledger;
use delivery_gate::{Options, Report};
use serde_json::Value;

use super::{files, recorded, records};
use crate::common::Project;

/// Where a child process records verdicts until it is killed.
const WRITER: &str = "DELIVERY_GATE_TEST_RECORDER";

/// How many writers are killed in one folder.
const KILLS_A_FOLDER: usize = 5;

fn report(folder: &Path) -> Report {
    let project = delivery_gate::Project::open(folder, Options::default());
    project.and_then(|project| project.check()).expect("a report")
}

/// Records verdicts, and says the id of each that was recorded, until there is nobody to say it to.
fn write_until_killed(folder: &Path) {
    let ledger = Ledger::open(&folder.join("records")).expect("a folder");
    let report = report(folder);
    loop {
        let added = ledger.add(&report).expect("a record");
        if writeln!(io::stdout(), "id {}", added.recorded.id).is_err() {
            return;
        }
    }
}

/// Starts this test as a writer, reads so many ids, kills it after a moment, and returns every id that it said.
fn killed_writer(project: &Project, ids: usize, moment: usize) -> Vec<String> {
    let this = "records::crash::a_writer_that_is_killed_loses_no_record_it_reported";
    let mut writer = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", this, "--nocapture"])
        .env(WRITER, project.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a writer");
    let said = BufReader::new(writer.stdout.take().expect("a pipe"));
    // A last line without its end was never said.
    let mut said = said
        .split(b'\n')
        .map_while(Result::ok)
        .filter_map(|line| String::from_utf8(line).ok()?.strip_prefix("id ").map(str::to_owned));
    let mut heard: Vec<_> = said.by_ref().take(ids).collect();
    (0..moment).for_each(|_| std::hint::spin_loop());
    writer.kill().expect("a kill");
    heard.extend(said.filter(|id| id.len() == 26));
    writer.wait().expect("an end");
    heard
}

/// The chain as `records verify` tells it: whole, and with every record that was reported.
fn whole(project: &Project, reported: &[String]) -> Value {
    let (run, chain) = records(project, &["verify"]).json();
    assert_eq!((run.code, &chain["whole"]), (Some(0), &true.into()), "{chain}");
    let there: HashSet<_> =
        files(project).iter().map(|path| path.file_stem().expect("a name").display().to_string()).collect();
    assert!(reported.iter().all(|id| there.contains(id)), "a reported record is missing");
    assert_eq!(chain["record_count"], there.len());
    chain
}

/// What killed writers left beside the records.
fn torn(project: &Project) -> usize {
    let entries = std::fs::read_dir(project.root().join("records")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().display().to_string());
    names.filter(|name| name.starts_with(".writing-")).count()
}

/// `DELIVERY_GATE_TEST_KILLS=1000` kills more often.
#[test]
fn a_writer_that_is_killed_loses_no_record_it_reported() {
    if let Some(folder) = std::env::var_os(WRITER) {
        return write_until_killed(Path::new(&folder));
    }
    let kills: usize = std::env::var("DELIVERY_GATE_TEST_KILLS").map_or(50, |kills| kills.parse().expect("a number"));
    let (mut random, mut count) = (0x9e37_79b9_7f4a_7c15_u64, [0; 3]);
    // In a folder of few records most of the time goes into writing the next.
    for _ in 0..kills.div_ceil(KILLS_A_FOLDER) {
        let project = Project::released();
        let mut reported = Vec::new();
        for kill in 1..=KILLS_A_FOLDER {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = |shift: u32, end: u64| usize::try_from((random >> shift) % end).expect("a small number");
            // Some are killed before their first record; the last of a folder is not, so that there is a chain.
            let ids = pick(33, 5).max(usize::from(kill == KILLS_A_FOLDER));
            reported.extend(killed_writer(&project, ids, pick(40, 400_000)));
        }
        // One after the other: each names those before it, and none but the last is open.
        let chain = whole(&project, &reported);
        let ends = ["starts", "ends"].map(|key| chain[key].as_array().map(Vec::len));
        assert_eq!(ends, [Some(1); 2]);
        let there = usize::try_from(chain["record_count"].as_u64().expect("a number")).expect("a small number");
        count.iter_mut().zip([reported.len(), there, torn(&project)]).for_each(|(sum, more)| *sum += more);
    }
    let [reported, there, left] = count;
    writeln!(io::stderr(), "{kills} kills: {reported} reported, {there} there, {left} torn").expect("a line");
}

#[test]
fn sixty_four_at_once_are_all_recorded_and_the_next_names_the_open_ones() {
    let project = Project::released();
    std::thread::scope(|scope| {
        let checks: Vec<_> = (0..64).map(|_| scope.spawn(|| recorded(project.check()).json())).collect();
        for check in checks {
            let (run, report) = check.join().expect("a check");
            assert_eq!(run.code, Some(1));
            assert!(report["record"]["record_id"].is_string(), "{report}");
        }
    });
    let chain = whole(&project, &[]);
    assert_eq!(chain["record_count"], 64);
    recorded(project.check()).run().report(1);
    assert_eq!(whole(&project, &[])["ends"].as_array().map(Vec::len), Some(1));
}

#[test]
fn sixty_four_that_are_killed_at_once_lose_no_record_they_reported() {
    let project = Project::released();
    let reported: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64).map(|_| scope.spawn(|| killed_writer(&project, 3, 0))).collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
    });
    assert!(reported.len() >= 64 * 3, "{}", reported.len());
    whole(&project, &reported);
}
