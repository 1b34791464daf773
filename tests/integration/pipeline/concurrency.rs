//! Gates side by side, and runs side by side.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;

use serde_json::Value;

use super::{artifacts, gate, listed, run, statuses, with_gates};
use crate::common::Project;

/// Gates that each wait until all of them have begun.
fn meeting(count: usize) -> String {
    let wait = format!("until test $(ls here.* | wc -l) -eq {count}; do sleep 0.05; done");
    let gates = (0..count).map(|i| {
        format!(
            "  - {{id: g{i}, type: command, shell: true, parallel: true, command: ': > here.{i}; {wait}; exit {}'}}\n",
            i % 2
        )
    });
    format!("gates:\n{}", gates.collect::<String>())
}

#[test]
fn sixty_four_gates_run_at_once_and_are_reported_in_the_order_of_the_file() {
    let project = with_gates(&meeting(64));
    let (run, report) = run(&project, &["--jobs", "64"]).json();
    let ids: Vec<_> = (0..64).map(|i| format!("g{i}")).collect();
    let expected = ids.iter().enumerate().map(|(i, id)| (id.as_str(), if i % 2 == 0 { "PASS" } else { "FAIL" }));
    assert_eq!((run.code, statuses(&report)), (Some(1), expected.collect()));
    assert_eq!(listed(&project).len(), 64);
}

/// Gates that fail when another one runs beside them.
fn alone(count: usize, parallel: bool) -> String {
    let one = |i| {
        format!(
            "  - {{id: g{i}, type: command, shell: true, parallel: {parallel}, command: 'mkdir lock && sleep 0.1 && rmdir lock'}}\n"
        )
    };
    format!("gates:\n{}", (0..count).map(one).collect::<String>())
}

#[test]
fn one_job_and_gates_that_are_not_parallel_run_one_after_the_other() {
    run(&with_gates(&alone(8, true)), &["--jobs", "1"]).run().report(0);
    run(&with_gates(&alone(8, false)), &["--jobs", "8"]).run().report(0);
}

#[test]
fn a_gate_between_two_groups_waits_for_the_one_and_holds_the_other() {
    let gate = |id: &str, parallel: bool, script: &str| {
        format!("  - {{id: {id}, type: command, shell: true, parallel: {parallel}, command: '{script}'}}\n")
    };
    let gates = [
        gate("a", true, "until test -e b; do sleep 0.01; done; : > a"),
        gate("b", true, ": > b; until test -e a; do sleep 0.01; done"),
        gate("between", false, "test -e a && test -e b && ! test -e c && : > between"),
        gate("c", true, "test -e between && : > c"),
        gate("d", true, "test -e between"),
    ];
    let project = with_gates(&format!("gates:\n{}", gates.concat()));
    run(&project, &["--jobs", "4"]).run().report(0);
}

/// AR-18
#[test]
fn sixty_four_runs_at_once_lose_no_record() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: 'true'}\n");
    let start = || {
        let mut gate = run(&project, &["--json"]);
        gate.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    };
    let runs: Vec<_> = (0..64).map(|_| start()).collect();
    let reported: HashSet<String> = runs
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("an end");
            assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
            let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
            report["results"][0]["evidence"][0].as_str().expect("a record").to_owned()
        })
        .collect();
    assert_eq!((reported.len(), listed(&project).len()), (64, 64));
    assert!(reported.iter().all(|path| std::path::Path::new(path).is_file()));
    let names = std::fs::read_dir(artifacts(&project)).expect("records").count();
    assert_eq!(names, 65, "something besides the records and .gitignore");
}

const THREE: &str = "gates:\n  - {id: a, type: command, command: 'true'}\n  - {id: b, type: command, command: 'true', \
    parallel: true}\n  - {id: c, type: command, command: 'true', parallel: true}\n";

/// Starts a run, kills it after so many turns of a loop, and returns what it printed.
fn killed(project: &Project, turns: usize) -> String {
    let mut gate = run(project, &["--json"]);
    let mut child = gate.command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
    (0..turns).for_each(|_| std::hint::spin_loop());
    child.kill().expect("a kill");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let said = stdout.lines().map_while(Result::ok).map(|line| line + "\n").collect();
    child.wait().expect("an end");
    said
}

/// The records that a report names; a report that was cut short names those of its whole lines.
fn named(report: &str) -> impl Iterator<Item = String> {
    let paths =
        report.lines().filter_map(|line| line.trim().trim_end_matches(',').strip_prefix('"')?.strip_suffix('"'));
    paths.filter(|path| path.starts_with('/') && path.ends_with(".json")).map(str::to_owned)
}

/// How many turns of a spin loop a whole run takes, so that the kills fall all over it.
fn turns_of_a_run(project: &Project) -> usize {
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let counter = scope.spawn(|| {
            let mut turns = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                std::hint::spin_loop();
                turns += 1;
            }
            turns
        });
        run(project, &[]).run().report(0);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        counter.join().expect("a number")
    })
}

/// AR-17: `DELIVERY_GATE_TEST_KILLS=1000` kills more often.
#[test]
fn a_run_that_is_killed_loses_no_record_it_reported() {
    let kills = std::env::var("DELIVERY_GATE_TEST_KILLS").map_or(50, |kills| kills.parse().expect("a number"));
    let project = with_gates(THREE);
    let mut whole = turns_of_a_run(&project);
    let before = listed(&project).len();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut reported, mut gos) = (Vec::new(), 0);
    for kill in 0..kills {
        // How long a run takes is the machine's business, and changes.
        if kill % 10 == 9 {
            whole = turns_of_a_run(&project);
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = usize::try_from(random >> 44).expect("a small number");
        let said = killed(&project, (whole + whole / 4).saturating_mul(share) >> 20);
        let names: Vec<_> = named(&said).collect();
        if said.contains("\"decision\": \"GO\"") && serde_json::from_str::<Value>(&said).is_ok() {
            gos += 1;
            assert_eq!(names.len(), 3, "{said}");
        }
        reported.extend(names);
    }
    let records = listed(&project);
    let paths: HashSet<&str> = records.iter().map(|r| r["artifact_path"].as_str().expect("a path")).collect();
    assert!(reported.iter().all(|path| paths.contains(path.as_str())), "a reported record is missing");
    let new = records.len() - before;
    assert!(gos < kills, "no kill fell into a run: {new} records, {gos} of {kills} runs came to their end");
    writeln!(std::io::stderr(), "{kills} kills: {} reported, {new} listed, {gos} whole reports", reported.len())
        .expect("a line");
    run(&project, &[]).run().report(0);
    gate(&project, &["artifacts", "status"]).run().report(0);
}
