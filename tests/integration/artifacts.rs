//! `delivery-gate artifacts` on stores that are empty, damaged, hostile, or written to by processes that are killed.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use delivery_gate::OnFail;
use delivery_gate::internal::records::next_id;
use delivery_gate::pipeline::{Output, Record, Schema, Store, Ulid, Verdict};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::common::{Gate, Project};
#[cfg(target_os = "linux")]
use crate::output::through_shell;

/// The id in the hostile cases.
const ULID: &str = "01JPZZZZZZZZZZZZZZZZZZZZZZ";

fn record(gate_id: &str, verdict: Verdict) -> Record {
    Record {
        schema: Schema::V1,
        artifact_id: next_id(),
        gate_id: gate_id.to_owned(),
        name: gate_id.to_owned(),
        gate_type: "command".to_owned(),
        verdict,
        blocking: true,
        detail: "exit code 0".to_owned(),
        metrics: Map::new(),
        timestamp: Timestamp::now(),
        duration_ms: 1.0,
        project_id: None,
        pipeline_id: None,
        commit: None,
        framework: "default".to_owned(),
        on_fail: OnFail::Block,
        artifact_path: None,
        output: None,
        extra: Map::new(),
    }
}

/// A record of so many days ago.
fn aged(gate_id: &str, days: u64) -> Record {
    let made = Timestamp::now().as_millisecond() - i64::try_from(days * 24 * 3_600_000).expect("a time");
    let artifact_id = Ulid::from_parts(made.try_into().expect("a time"), next_id().random());
    Record { artifact_id, ..record(gate_id, Verdict::Pass) }
}

fn directory(project: &Project) -> PathBuf {
    project.root().join(".delivery-gate/artifacts")
}

fn store(project: &Project) -> Store {
    Store::open(&directory(project)).expect("a store")
}

/// `delivery-gate artifacts …` in the repository.
fn artifacts(project: &Project, arguments: &[&str]) -> Gate {
    let mut gate = project.gate(&["artifacts"]).args(arguments);
    gate.command.current_dir(project.root());
    gate
}

fn damaged_files(listing: &Value) -> HashSet<&str> {
    listing["damaged"].as_array().expect("damaged").iter().map(|d| d["file"].as_str().expect("a name")).collect()
}

fn listed_ids(listing: &Value) -> HashSet<&str> {
    let records = listing["artifacts"].as_array().expect("artifacts");
    records.iter().map(|record| record["artifact_id"].as_str().expect("an id")).collect()
}

#[test]
fn an_empty_store_is_listed_and_not_made() {
    let project = Project::new();
    let text = artifacts(&project, &["list"]).run().report(0);
    assert!(text.starts_with("0 records in ") && text.ends_with("/.delivery-gate/artifacts\n"), "{text}");
    let (run, listing) = artifacts(&project, &["list"]).json();
    let none = Value::Array(vec![]);
    assert_eq!((run.code, &listing["artifacts"], &listing["damaged"]), (Some(0), &none, &none));
    assert!(artifacts(&project, &["purge"]).run().report(0).starts_with("removed 0 records\n"));
    assert!(!project.root().join(".delivery-gate").exists());
    let run = artifacts(&project, &["latest", "g"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("there is no record of the gate g in"), "{run:?}");
    let run = artifacts(&project, &["show", ULID]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}

#[test]
fn records_are_listed_shown_and_filtered() {
    let project = Project::released();
    let store = store(&project);
    let made = [("scan", Verdict::Pass), ("scan", Verdict::Fail), ("perf", Verdict::Skipped)];
    let records = made.map(|(gate, verdict)| record(gate, verdict));
    let paths = records.each_ref().map(|record| store.write(record).expect("a record"));
    let ids = records.each_ref().map(|record| record.artifact_id.to_string());

    let text = artifacts(&project, &["list"]).run().report(0);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].ends_with(&format!("Z  SKIPPED   {}  perf  exit code 0", ids[2])), "{text}");
    assert!(lines[1].contains(&ids[1]) && lines[2].contains(&ids[0]), "{text}");
    assert!(lines[3].starts_with("3 records in "), "{text}");

    let (_, listing) = artifacts(&project, &["list", "--gate", "scan", "--limit", "1"]).json();
    assert_eq!(listed_ids(&listing), HashSet::from([ids[1].as_str()]));
    let kept = fs::read_to_string(&paths[1]).expect("a record");
    assert_eq!(artifacts(&project, &["show", &ids[1]]).run().report(0), kept);
    assert_eq!(artifacts(&project, &["latest", "scan"]).run().report(0), kept);
    assert_eq!(artifacts(&project, &["list", "--gate", "sca"]).run().report(0).lines().count(), 1);
    project.git(&["diff", "--quiet"]);
    let untracked = project.git(&["add", "-A"]);
    untracked.git(&["diff", "--cached", "--quiet"]);
}

#[test]
fn what_is_wrong_on_the_command_line_or_in_the_environment_is_exit_2() {
    let project = Project::new();
    for arguments in [
        &["show", "../../x"][..],
        &["show", "01JPZ"],
        &["latest", "../../escaped"],
        &["list", "--gate", "a/b"],
        &["list", "--limit", "0"],
        &["purge", "--older-than", "-1"],
        &["purge", "--older-than", "soon"],
        &["list", "--artifact-dir", ""],
        &["list", "--repo", "no/such"],
        &[],
    ] {
        assert!(!artifacts(&project, arguments).run().refusal().is_empty(), "{arguments:?}");
    }
    for variable in ["DELIVERY_GATE_ARTIFACT_RETENTION_DAYS", "SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS"] {
        for action in ["list", "purge", "status"] {
            let said = artifacts(&project, &[action]).env(variable, "ninety").run().refusal();
            assert!(
                said.contains(&format!("{variable}: it must be whole days from 1 to 36500; this is `ninety`")),
                "{said}"
            );
        }
    }
    let (run, report) = artifacts(&project, &["list", "--gate", "a\u{1b}[2J"]).json();
    assert_eq!((run.code, &report["command"], &report["exit_code"]), (Some(2), &"artifacts".into(), &2.into()));
    assert!(!run.stderr.contains('\u{1b}') && !run.stdout.contains('\u{1b}'), "{run:?}");
}

#[test]
fn a_variable_names_the_directory_relative_to_the_repository() {
    let project = Project::new();
    let kept = record("g", Verdict::Pass);
    Store::open(&project.root().join("kept/here")).and_then(|store| store.write(&kept)).expect("a record");
    project.write("sub/file", "");
    let listed = |gate: Gate| listed_ids(&gate.json().1).contains(kept.artifact_id.to_string().as_str());
    for variable in ["DELIVERY_GATE_ARTIFACT_DIR", "SPANFORGE_GATE_ARTIFACT_DIR"] {
        let in_sub = artifacts(&project, &["list", "--repo", "sub"]).env(variable, "kept/here");
        assert!(listed(in_sub), "{variable}");
        let flag = artifacts(&project, &["list", "--artifact-dir", "elsewhere"]).env(variable, "kept/here");
        assert!(!listed(flag), "{variable}");
    }
    assert!(listed(artifacts(&project, &["list", "--artifact-dir", "kept/here"])));
}

#[test]
fn text_from_a_record_cannot_move_the_cursor_or_command_the_ci_system() {
    let project = Project::new();
    let hostile = "\u{1b}[2J\n::error::x ##[error]y \u{202e}";
    let kept = Record { detail: hostile.to_owned(), name: hostile.to_owned(), ..record("g", Verdict::Pass) };
    let path = store(&project).write(&kept).expect("a record");
    let content = fs::read_to_string(&path).expect("a record").replace(r"\u001b", r"\u001B");
    fs::write(path, content).expect("an edit");
    for arguments in [&["list"][..], &["list", "--json"], &["latest", "g"]] {
        let text = artifacts(&project, arguments).run().report(0);
        let commands = ["\n::error", "##[", "\u{1b}", "\u{202e}"];
        assert!(commands.iter().all(|command| !text.contains(command)), "{text}");
        assert!(text.contains("::error"), "{text}");
    }
}

/// AR-20
#[test]
fn a_truncated_record_is_reported_and_is_no_pass() {
    let project = Project::released();
    let name = format!("g-{ULID}.json");
    project.write(&format!(".delivery-gate/artifacts/{name}"), "{\"gate_id\":\"g\",\"verd");
    let run = artifacts(&project, &["list"]).run();
    assert!(run.stderr.contains("1 damaged record"), "{run:?}");
    // The temporary folder's own name may have any letters.
    let text = run.report(1).replace(&directory(&project).display().to_string(), "<dir>");
    assert!(text.contains(&format!("DAMAGED  the record {name} is damaged: EOF")), "{text}");
    assert!(!text.contains("PASS") && !text.contains("GO"), "{text}");
    let (run, listing) = artifacts(&project, &["list"]).json();
    assert_eq!((run.code, damaged_files(&listing)), (Some(1), HashSet::from([name.as_str()])));
    for arguments in [&["latest", "g"][..], &["show", ULID], &["status"], &["purge", "--older-than", "0"]] {
        assert_eq!(artifacts(&project, arguments).run().code, Some(1), "{arguments:?}");
    }
    assert!(directory(&project).join(name).exists());
}

/// AR-23
#[cfg(unix)]
#[test]
fn purge_follows_no_link_and_leaves_the_store_never() {
    use std::os::unix::fs::symlink;
    let project = Project::released();
    let victim = project.path("victim");
    fs::create_dir(&victim).expect("a folder");
    Store::open(&victim).and_then(|store| store.write(&aged("g", 400))).expect("a record");
    let old = fs::read_dir(&victim).expect("a folder").map(|e| e.expect("an entry").file_name());
    let old = old.into_iter().find(|name| name != ".gitignore").expect("a record");
    fs::write(victim.join("keep.json"), "KEEP\n").expect("a file");
    fs::create_dir_all(directory(&project)).expect("a folder");
    let link = |target: &Path, name: &Path| symlink(target, directory(&project).join(name)).expect("a link");
    link(Path::new("../../../victim"), Path::new("link"));
    link(Path::new("../../../victim/keep.json"), Path::new("l.json"));
    link(&victim.join(&old), Path::new(&old));
    link(Path::new("../../../victim"), Path::new(".writing-x.tmp"));
    let run = artifacts(&project, &["purge", "--older-than", "30"]).run();
    let text = run.report(1);
    assert!(text.contains("is damaged: it is not a regular file") && text.contains("removed 0 records"), "{text}");
    assert_eq!(fs::read_to_string(victim.join("keep.json")).expect("a file"), "KEEP\n");
    assert!(victim.join(&old).exists());
}

#[cfg(unix)]
#[test]
fn a_linked_directory_is_used_only_where_it_was_named() {
    use std::os::unix::fs::symlink;
    let project = Project::new();
    let victim = project.path("victim");
    Store::open(&victim).and_then(|store| store.write(&aged("g", 400))).expect("a record");
    fs::create_dir(project.root().join(".delivery-gate")).expect("a folder");
    symlink("../../victim", directory(&project)).expect("a link");
    for action in ["list", "purge", "status"] {
        let said = artifacts(&project, &[action]).run().refusal();
        assert!(said.contains("leads out of the repository"), "{said}");
    }
    let named = artifacts(&project, &["list", "--artifact-dir", ".delivery-gate/artifacts"]).json().1;
    assert_eq!(listed_ids(&named).len(), 1);
}

/// AR-25
#[cfg(unix)]
#[test]
fn pipes_and_sockets_hold_nobody_up() {
    use std::os::unix::net::UnixListener;
    let project = Project::released();
    store(&project).write(&record("g", Verdict::Pass)).expect("a record");
    let path = |name: &str| directory(&project).join(name);
    let (pipe, socket) = (format!("p-{ULID}.json"), format!("s-{ULID}.json"));
    for name in ["p.json", &pipe] {
        assert!(Command::new("mkfifo").arg(path(name)).status().expect("mkfifo runs").success());
    }
    let _listener = UnixListener::bind(path(&socket)).expect("a socket");
    let (run, listing) = artifacts(&project, &["list"]).json();
    assert_eq!((run.code, listed_ids(&listing).len()), (Some(1), 1));
    assert_eq!(damaged_files(&listing), HashSet::from([pipe.as_str(), socket.as_str()]));
    assert_eq!(artifacts(&project, &["purge", "--older-than", "0"]).run().code, Some(1));
    assert!(path(&pipe).exists() && path("p.json").exists());
}

#[test]
fn foreign_files_are_told_and_left_alone() {
    let project = Project::new();
    store(&project).write(&aged("g", 400)).expect("a record");
    for name in ["report.json", "g.json", "notes.txt", &format!("{ULID}.json"), ".writing-x.tmp", "folder/x.json"] {
        project.write(&format!(".delivery-gate/artifacts/{name}"), "not a record");
    }
    let (run, listing) = artifacts(&project, &["list"]).json();
    let told: Vec<_> = listing["damaged"].as_array().expect("a list").iter().map(|one| one["file"].clone()).collect();
    assert_eq!((run.code, listed_ids(&listing).len()), (Some(1), 1));
    assert_eq!(told, [json!(format!("{ULID}.json")), json!("g.json"), json!("report.json")]);
    assert_eq!(artifacts(&project, &["list", "--gate", "g"]).run().code, Some(0));
    let (run, status) = artifacts(&project, &["status"]).json();
    assert_eq!((run.code, &status["status"]), (Some(1), &"degraded".into()));
    let (run, purged) = artifacts(&project, &["purge", "--older-than", "30"]).json();
    assert_eq!((run.code, &purged["removed"], &purged["leftovers_removed"]), (Some(0), &1.into(), &0.into()));
    assert_eq!(fs::read_dir(directory(&project)).expect("a folder").count(), 7);
}

#[test]
fn a_hundred_mixed_entries_are_each_what_they_are() {
    let project = Project::new();
    let store = store(&project);
    let mut damaged = HashSet::new();
    let mut whole = HashSet::new();
    for number in 0..100 {
        let kept = Record { project_id: Some(format!("p{}", number % 2)), ..record("mixed", Verdict::Pass) };
        let path = store.write(&kept).expect("a record");
        let content = fs::read_to_string(&path).expect("a record");
        let torn = &content[..content.len() * number / 100];
        if number % 4 == 3 {
            fs::write(&path, torn).expect("an edit");
            damaged.insert(path.file_name().expect("a name").to_string_lossy().into_owned());
        } else {
            whole.insert(kept.artifact_id.to_string());
        }
    }
    let (run, listing) = artifacts(&project, &["list"]).json();
    assert_eq!(run.code, Some(1));
    assert_eq!(listed_ids(&listing), whole.iter().map(String::as_str).collect());
    assert_eq!(damaged_files(&listing), damaged.iter().map(String::as_str).collect());
    let (_, of_project) = artifacts(&project, &["list", "--project-id", "p0"]).json();
    assert_eq!(listed_ids(&of_project).len(), 50);
}

#[test]
fn purge_says_how_many_and_goes_by_the_retention() {
    let project = Project::new();
    let store = store(&project);
    for days in [1, 40, 100, 200] {
        store.write(&aged("g", days)).expect("a record");
    }
    let purge = |arguments: &[&str], days: &str| {
        let gate = artifacts(&project, arguments).env("DELIVERY_GATE_ARTIFACT_RETENTION_DAYS", days);
        gate.run().report(0)
    };
    assert_eq!(purge(&["purge"], "150"), "removed 1 record\n");
    assert_eq!(artifacts(&project, &["purge"]).run().report(0), "removed 1 record\n");
    assert_eq!(purge(&["purge", "--older-than", "30"], "150"), "removed 1 record\n");
    assert_eq!(purge(&["purge", "--older-than", "30"], "150"), "removed 0 records\n");
    let extra = Map::from_iter([("configuration".to_owned(), json!("digest"))]);
    let baseline = Record { gate_type: "performance_regression".to_owned(), extra, ..aged("perf", 400) };
    store.write(&baseline).expect("a record");
    assert_eq!(artifacts(&project, &["purge"]).run().report(0), "removed 0 records\nkept as a baseline: 1\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_may_be_cut_short_but_not_lost() {
    let project = Project::new();
    store(&project).write(&record("g", Verdict::Pass)).expect("a record");
    for (redirection, code) in [("| true", 0), ("| head -c 1 >&2", 0), (">/dev/full", 2)] {
        let run = through_shell(&artifacts(&project, &["list"]), redirection);
        assert_eq!(run.code, Some(code), "{redirection}: {run:?}");
        assert_eq!(run.stderr.len() > 1, code == 2, "{redirection}: {run:?}");
    }
}

#[test]
fn the_status_has_its_keys() {
    let project = Project::new();
    store(&project).write(&record("g", Verdict::Pass)).expect("a record");
    let (run, status) = artifacts(&project, &["status"]).json();
    assert_eq!(run.code, Some(0));
    let keys: Vec<_> = status.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected =
        "status gate_count artifact_count artifact_dir retention_days open_circuit_breakers healthy problems";
    assert_eq!(keys, expected.split(' ').collect::<Vec<_>>());
    assert_eq!(
        (&status["status"], &status["artifact_count"], &status["healthy"]),
        (&"ok".into(), &1.into(), &true.into())
    );
    assert_eq!((&status["retention_days"], &status["open_circuit_breakers"]), (&90.into(), &0.into()));
    let text = artifacts(&project, &["status"]).run().report(0);
    assert!(text.starts_with("status: ok\n") && text.contains("\nartifact_count: 1\n"), "{text}");
}

/// Where a child process writes records until it is killed.
#[cfg(unix)]
const WRITER: &str = "DELIVERY_GATE_TEST_WRITER";

/// Writes records, and says the id of each that was written, until there is nobody to say it to.
#[cfg(unix)]
fn write_until_killed(dir: &Path) {
    let store = Store::open(dir).expect("a store");
    for size in (0..).map(|round: usize| round % 7 * 20_000) {
        let output = Some(Output { stdout: "x".repeat(size), stderr: String::new() });
        let kept = Record { output, ..record("killed", Verdict::Pass) };
        store.write(&kept).expect("a record");
        if writeln!(io::stdout(), "id {}", kept.artifact_id).is_err() {
            return;
        }
    }
}

/// Starts this test as a writer, reads so many ids, kills it after a moment, and returns every id that it said.
#[cfg(unix)]
fn killed_writer(dir: &Path, ids: usize, moment: usize) -> Vec<String> {
    let this = "artifacts::a_writer_that_is_killed_loses_no_record_it_reported";
    let mut writer = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", this, "--nocapture"])
        .env(WRITER, dir)
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
    heard.extend(said.filter(|id| id.len() == ULID.len()));
    writer.wait().expect("an end");
    heard
}

/// AR-17: `DELIVERY_GATE_TEST_KILLS=1000` kills more often.
#[cfg(unix)]
#[test]
fn a_writer_that_is_killed_loses_no_record_it_reported() {
    if let Some(dir) = std::env::var_os(WRITER) {
        return write_until_killed(Path::new(&dir));
    }
    let kills = std::env::var("DELIVERY_GATE_TEST_KILLS").map_or(50, |kills| kills.parse().expect("a number"));
    let project = Project::new();
    let mut reported = Vec::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..kills {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32, end: u64| usize::try_from((random >> shift) % end).expect("a small number");
        reported.extend(killed_writer(&directory(&project), pick(33, 5), pick(40, 200_000)));
    }
    let (run, listing) = artifacts(&project, &["list"]).json();
    assert_eq!((run.code, damaged_files(&listing)), (Some(0), HashSet::new()));
    let listed = listed_ids(&listing);
    assert!(reported.len() >= kills, "{} records of {kills} writers", reported.len());
    assert!(reported.iter().all(|id| listed.contains(id.as_str())), "a reported record is missing");
    let names = fs::read_dir(directory(&project)).expect("a folder");
    let left =
        names.filter(|e| e.as_ref().is_ok_and(|e| e.file_name().to_string_lossy().starts_with(".writing-"))).count();
    writeln!(io::stderr(), "{kills} kills: {} reported, {} listed, {left} torn", reported.len(), listed.len())
        .expect("a line");
    let next = record("killed", Verdict::Pass);
    store(&project).write(&next).expect("a record");
    assert!(artifacts(&project, &["latest", "killed"]).run().report(0).contains(&next.artifact_id.to_string()));
}

#[cfg(unix)]
#[test]
fn sixty_four_processes_at_once_lose_no_record_they_reported() {
    let project = Project::new();
    let dir = directory(&project);
    let reported: HashSet<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64).map(|_| scope.spawn(|| killed_writer(&dir, 3, 0))).collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
    });
    assert!(reported.len() >= 64 * 3, "{}", reported.len());
    let (run, listing) = artifacts(&project, &["list"]).json();
    assert_eq!((run.code, damaged_files(&listing)), (Some(0), HashSet::new()));
    let listed = listed_ids(&listing);
    assert!(reported.iter().all(|id| listed.contains(id.as_str())), "a reported record is missing");
}
