use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::*;
use crate::system::environment::Environment;
use crate::system::files::Root;
use crate::world::settings::ARTIFACT_DIR;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn now() -> Timestamp {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

fn record(gate_id: &str, verdict: Verdict) -> Record {
    Record {
        schema: Schema::V1,
        artifact_id: next_id(),
        gate_id: gate_id.to_owned(),
        name: "A gate".to_owned(),
        gate_type: "command".to_owned(),
        verdict,
        blocking: true,
        detail: "p99 is 1200 ms".to_owned(),
        metrics: Map::from_iter([("p99_latency_ms".to_owned(), json!(1200.5))]),
        timestamp: now(),
        duration_ms: 12.5,
        project_id: Some("demo".to_owned()),
        pipeline_id: None,
        commit: Some("0123456789012345678901234567890123456789".to_owned()),
        framework: "default".to_owned(),
        on_fail: OnFail::Block,
        artifact_path: None,
        output: None,
        extra: Map::new(),
    }
}

/// A record of so many days before [`now`].
fn aged(gate_id: &str, verdict: Verdict, days: i64) -> Record {
    let made = u64::try_from(now().as_millisecond() - days * DAY).unwrap();
    Record { artifact_id: Ulid::from_parts(made, next_id().random()), ..record(gate_id, verdict) }
}

fn measured(gate_id: &str, verdict: Verdict, days: i64) -> Record {
    let extra = Map::from_iter([(CONFIGURATION.to_owned(), json!("digest"))]);
    Record { gate_type: "performance_regression".to_owned(), extra, ..aged(gate_id, verdict, days) }
}

fn store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&folder.path().join("a/b")).unwrap();
    (folder, store)
}

fn ids(store: &Store, filter: &Filter) -> Vec<Ulid> {
    store.list(filter).unwrap().records.iter().map(|record| record.artifact_id).collect()
}

fn names(store: &Store) -> Vec<String> {
    let entries = fs::read_dir(store.dir()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_record_has_its_keys_in_their_order() {
    let (_folder, store) = store();
    let full = Record {
        output: Some(Output { stdout: "out\u{1b}[2J".to_owned(), stderr: String::new() }),
        extra: Map::from_iter([("policy_file".to_owned(), json!("p.yaml"))]),
        ..record("g", Verdict::Unproven)
    };
    let path = store.write(&full).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains('\u{1b}') && text.ends_with("}\n"));
    let kept: Map<String, Value> = serde_json::from_str(&text).unwrap();
    let keys = "schema artifact_id gate_id name type verdict blocking detail metrics timestamp duration_ms project_id \
                pipeline_id commit framework on_fail artifact_path output extra";
    assert_eq!(kept.keys().map(String::as_str).collect::<Vec<_>>(), keys.split(' ').collect::<Vec<_>>());
    assert_eq!(kept["schema"], "delivery-gate/artifact/v1");
    assert_eq!(kept["timestamp"], "2026-07-01T12:00:00.000Z");
    assert_eq!(kept["artifact_path"], path.to_str().unwrap());
    let read = store.get(full.artifact_id).unwrap().unwrap();
    assert_eq!(read, Record { artifact_path: read.artifact_path.clone(), ..full });
}

#[test]
fn the_directory_is_made_with_its_own_gitignore() {
    let (folder, store) = store();
    assert_eq!((store.list(&Filter::default()).unwrap(), store.dir().exists()), (Listing::default(), false));
    store.write(&record("g", Verdict::Pass)).unwrap();
    assert_eq!(fs::read_to_string(store.dir().join(".gitignore")).unwrap(), "*\n");
    assert!(!folder.path().join("a/.gitignore").exists());
    fs::remove_file(store.dir().join(".gitignore")).unwrap();
    store.write(&record("g", Verdict::Pass)).unwrap();
    assert!(store.dir().join(".gitignore").exists());
}

#[test]
fn a_directory_with_other_files_gets_no_gitignore() {
    let (_folder, store) = store();
    fs::create_dir_all(store.dir()).unwrap();
    fs::write(store.dir().join("theirs.txt"), "x").unwrap();
    store.write(&record("g", Verdict::Pass)).unwrap();
    assert!(!store.dir().join(".gitignore").exists());
}

#[test]
fn nothing_is_overwritten() {
    let (_folder, store) = store();
    let first = record("g", Verdict::Fail);
    let path = store.write(&first).unwrap();
    let again = store.write(&Record { verdict: Verdict::Pass, ..first.clone() });
    assert!(matches!(again, Err(StoreError::Exists(p)) if p == path));
    assert_eq!(store.get(first.artifact_id).unwrap().unwrap().verdict, Verdict::Fail);
    assert_eq!(names(&store).len(), 2);
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let (_folder, store) = store();
    let deep = (0..=crate::structured::json::MAX_DEPTH).fold(Value::Null, |inner, _| json!([inner]));
    let metrics = Map::from_iter([("deep".to_owned(), deep)]);
    let refused = [
        (Record { metrics, ..record("g", Verdict::Pass) }, "nested deeper"),
        (Record { duration_ms: f64::NAN, ..record("g", Verdict::Pass) }, "null"),
        (Record { detail: "x".repeat(17 << 20), ..record("g", Verdict::Pass) }, "larger than 16 MiB"),
        (record("../../escaped", Verdict::Pass), "invalid gate id"),
        (record("a/b", Verdict::Pass), "invalid gate id"),
        (record("", Verdict::Pass), "invalid gate id"),
    ];
    for (record, why) in refused {
        let error = store.write(&record).expect_err(why).to_string();
        assert!(error.contains(why), "{error}");
    }
    assert!(!store.dir().exists());
}

#[test]
fn records_are_listed_newest_first_and_filtered() {
    let (_folder, store) = store();
    let made = [("a", "demo"), ("a-b", "other"), ("a", "demo"), ("b", "demo")];
    let records = made
        .map(|(gate_id, project)| Record { project_id: Some(project.to_owned()), ..record(gate_id, Verdict::Pass) });
    for record in &records {
        store.write(record).unwrap();
    }
    let listed = |filter: Filter| -> Vec<usize> {
        let position = |id: &Ulid| records.iter().position(|record| record.artifact_id == *id).unwrap();
        ids(&store, &filter).iter().map(position).collect()
    };
    let gate = |id: &str| Filter { gate_id: Some(id.to_owned()), ..Filter::default() };
    let project = |id: &str| Filter { project_id: Some(id.to_owned()), ..Filter::default() };
    assert_eq!(listed(Filter::default()), [3, 2, 1, 0]);
    assert_eq!(listed(gate("a")), [2, 0]);
    assert_eq!(listed(gate("a-b")), [1]);
    assert_eq!(listed(project("other")), [1]);
    assert_eq!(listed(Filter { limit: Some(2), ..project("demo") }), [3, 2]);
    assert_eq!(listed(Filter { limit: Some(1), ..project("other") }), [1]);
    assert_eq!(listed(Filter { limit: Some(1), ..Filter::default() }), [3]);
    assert_eq!(listed(Filter { limit: Some(9), ..gate("c") }), [0; 0]);
    assert!(matches!(store.list(&gate("../x")), Err(StoreError::GateId(_))));
}

#[test]
fn a_project_is_found_behind_many_records_of_another() {
    let (_folder, store) = store();
    let wanted = Record { project_id: None, ..record("g", Verdict::Pass) };
    store.write(&wanted).unwrap();
    let template = record("g", Verdict::Pass).to_json();
    let id = |line: &str| line.split('"').nth(3).unwrap().to_owned();
    let old = id(template.lines().nth(2).unwrap());
    for _ in 0..600 {
        let new = next_id().to_string();
        fs::write(store.dir().join(format!("g-{new}.json")), template.replace(&old, &new)).unwrap();
    }
    let demo = Filter { project_id: Some("demo".to_owned()), limit: Some(2), ..Filter::default() };
    assert_eq!(ids(&store, &demo).len(), 2);
    let all = store.list(&Filter { limit: Some(601), ..Filter::default() }).unwrap();
    assert_eq!((all.records.len(), all.damaged.len()), (601, 0));
    assert_eq!(all.records.last().unwrap().artifact_id, wanted.artifact_id);
}

#[test]
fn latest_and_newest_passed_are_of_exactly_this_gate() {
    let (_folder, store) = store();
    let made = [("a", Verdict::Pass), ("a", Verdict::Pass), ("a", Verdict::Fail), ("a-b", Verdict::Pass)];
    let records = made.map(|(gate_id, verdict)| record(gate_id, verdict));
    for record in &records {
        store.write(record).unwrap();
    }
    assert_eq!(store.newest_passed("a").unwrap().unwrap().artifact_id, records[1].artifact_id);
    assert_eq!(store.latest("a").unwrap().unwrap().verdict, Verdict::Fail);
    assert_eq!(store.latest("b").unwrap(), None);
    assert_eq!(store.newest_passed("a-").unwrap(), None);
    assert_eq!(store.get(next_id()).unwrap(), None);
    assert!(matches!(store.latest("../a"), Err(StoreError::GateId(_))));
}

/// Edits of a sound record's text that leave no record.
fn damages(sound: &str, id: &str) -> Vec<(String, &'static str)> {
    let without = |key: &str| {
        let mut record: Map<String, Value> = serde_json::from_str(sound).unwrap();
        record.remove(key).unwrap();
        Value::from(record).to_string()
    };
    let keys: Map<String, Value> = serde_json::from_str(sound).unwrap();
    let missing = keys.keys().map(|key| (without(key), "missing field"));
    let edited = [
        (String::new(), "EOF"),
        (sound[..sound.len() / 2].to_owned(), "EOF"),
        (format!("{sound}{{}}"), "trailing characters"),
        (sound.replace("artifact/v1", "artifact/v2"), "unknown variant"),
        (sound.replace("\"PASS\"", "\"pass\""), "unknown variant"),
        (sound.replace("\"blocking\": true", "\"blocking\": \"true\""), "invalid type"),
        (sound.replace("\"detail\"", "\"extra_key\": 1, \"detail\""), "unknown field"),
        (sound.replace("\"detail\"", "\"verdict\": \"PASS\", \"detail\""), "duplicate field"),
        (sound.replace("1200.5", "1, \"p99_latency_ms\": 2"), "is there twice"),
        (sound.replace("2026-07-01T", "yesterday"), "RFC 3339"),
        (sound.replace("\"gate_id\": \"g\"", "\"gate_id\": \"h\""), "another gate"),
        (sound.replace(id, "01JPZZZZZZZZZZZZZZZZZZZZZZ"), "another gate or run"),
    ];
    missing.chain(edited).collect()
}

#[test]
fn what_is_no_whole_record_is_damaged_and_says_why() {
    let (_folder, store) = store();
    let sound = record("g", Verdict::Pass);
    let path = store.write(&sound).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let cases = damages(&text, &sound.artifact_id.to_string());
    assert_eq!(cases.len(), 17 + 12);
    for (content, why) in cases {
        fs::write(&path, &content).unwrap();
        let listing = store.list(&Filter::default()).unwrap();
        assert_eq!((listing.records.len(), listing.damaged.len()), (0, 1), "{why}");
        assert!(listing.damaged[0].reason.contains(why), "{why}: {}", listing.damaged[0].reason);
        let refused = [store.get(sound.artifact_id), store.latest("g"), store.newest_passed("g")];
        assert!(refused.iter().all(|answer| matches!(answer, Err(StoreError::Damaged(_)))), "{why}");
    }
    fs::write(&path, [0xff; 10]).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(17 << 20).unwrap();
    assert!(store.list(&Filter::default()).unwrap().damaged[0].reason.contains("larger than 16 MiB"));
}

#[test]
fn a_damaged_record_hides_no_older_one_and_is_not_passed_over() {
    let (_folder, store) = store();
    store.write(&record("g", Verdict::Pass)).unwrap();
    let newer = store.write(&record("g", Verdict::Fail)).unwrap();
    fs::write(&newer, "{").unwrap();
    let listing = store.list(&Filter { limit: Some(1), ..Filter::default() }).unwrap();
    assert_eq!((listing.records.len(), listing.damaged.len()), (1, 1));
    assert!(matches!(store.newest_passed("g"), Err(StoreError::Damaged(_))));
}

#[test]
fn an_old_record_is_purged_by_the_time_in_its_id() {
    let (_folder, store) = store();
    for days in [0, 29, 30, 31, 400] {
        store.write(&aged("g", Verdict::Pass, days)).unwrap();
    }
    assert_eq!(store.purge(30, now()).unwrap(), Purged { removed: 2, ..Purged::default() });
    assert_eq!(store.purge(30, now()).unwrap(), Purged::default());
    assert_eq!(store.purge(0, now()).unwrap().removed, 2);
    assert_eq!(ids(&store, &Filter::default()).len(), 1);
}

#[test]
fn what_a_gate_compares_with_is_never_purged() {
    let (_folder, store) = store();
    let baseline = measured("perf", Verdict::Pass, 300);
    let (first, shadowed) = (measured("other", Verdict::Pass, 350), measured("other", Verdict::Pass, 300));
    for record in [
        &first,
        &measured("perf", Verdict::Pass, 400),
        &baseline,
        &measured("perf", Verdict::Fail, 200),
        &aged("perf", Verdict::Pass, 100),
        &shadowed,
        &measured("other", Verdict::Pass, 1),
        &aged("plain", Verdict::Pass, 300),
    ] {
        store.write(record).unwrap();
    }
    let purged = store.purge(30, now()).unwrap();
    assert_eq!((purged.removed, purged.baselines), (4, 3));
    assert!(store.get(baseline.artifact_id).unwrap().is_some());
    assert!(store.get(first.artifact_id).unwrap().is_some(), "drift is measured from it");
    assert!(store.get(shadowed.artifact_id).unwrap().is_none());
}

#[test]
fn runs_of_one_configuration_are_compared_with_each_other() {
    let (_folder, store) = store();
    assert!(!store.passed("perf", "digest").unwrap().is_known);
    let alone = Record {
        extra: Map::from_iter([(CONFIGURATION.to_owned(), json!("digest")), (ALONE.to_owned(), json!(true))]),
        ..measured("perf", Verdict::Pass, 0)
    };
    let other = Record {
        extra: Map::from_iter([(CONFIGURATION.to_owned(), json!("other"))]),
        ..measured("perf", Verdict::Pass, 0)
    };
    let passed = [400, 300, 200].map(|days| measured("perf", Verdict::Pass, days));
    for record in passed.iter().chain([&measured("perf", Verdict::Fail, 1), &alone, &other]) {
        store.write(record).unwrap();
    }
    let found = store.passed("perf", "digest").unwrap();
    let id = |record: Option<Record>| record.map(|record| record.artifact_id);
    assert_eq!(id(found.newest), Some(passed[2].artifact_id));
    assert_eq!(id(found.oldest), Some(passed[0].artifact_id));
    let found = store.passed("perf", "new").unwrap();
    assert!(found.newest.is_none() && found.oldest.is_none() && found.is_known);
}

#[test]
fn a_json_file_that_is_no_record_is_told() {
    let (_folder, store) = store();
    let path = store.dir().join("written.json").display().to_string();
    store.write(&Record { artifact_path: Some(path), ..record("g", Verdict::Pass) }).unwrap();
    fs::write(store.dir().join("written.json"), "{}").unwrap();
    assert_eq!(store.list(&Filter::default()).unwrap().damaged, []);
    fs::write(store.dir().join("g-01jp.JSON"), "{}").unwrap();
    let damaged = store.list(&Filter { limit: Some(1), ..Filter::default() }).unwrap().damaged;
    assert_eq!(damaged.iter().map(|damaged| damaged.file.as_str()).collect::<Vec<_>>(), ["g-01jp.JSON"]);
    let status = store.status(7, 90).unwrap();
    assert!(!status.healthy && status.problems[0].contains("g-01jp.JSON"), "{status:?}");
}

#[test]
fn a_damaged_newer_record_does_not_cost_the_baseline() {
    let (_folder, store) = store();
    let baseline = measured("perf", Verdict::Pass, 300);
    store.write(&baseline).unwrap();
    let newer = store.write(&measured("perf", Verdict::Pass, 1)).unwrap();
    fs::write(newer, "{").unwrap();
    let purged = store.purge(30, now()).unwrap();
    assert_eq!((purged.removed, purged.baselines, purged.damaged.len()), (0, 1, 0));
}

#[test]
fn purge_leaves_what_it_does_not_know() {
    let (_folder, store) = store();
    let old = store.write(&aged("g", Verdict::Pass, 300)).unwrap();
    fs::write(&old, "{").unwrap();
    let named_only = aged("h", Verdict::Pass, 300).artifact_id;
    fs::create_dir(store.dir().join(format!("h-{named_only}.json"))).unwrap();
    fs::write(store.dir().join("theirs.json"), "{}").unwrap();
    let before = names(&store);
    let purged = store.purge(30, now()).unwrap();
    assert_eq!((purged.removed, purged.damaged.len()), (0, 2));
    assert!(purged.damaged.iter().any(|damaged| damaged.reason == "it is not a regular file"), "{purged:?}");
    assert_eq!(names(&store), before);
}

#[test]
fn files_of_killed_writers_are_ignored_and_purged_after_a_day() {
    let (_folder, store) = store();
    store.write(&record("g", Verdict::Pass)).unwrap();
    let left = store.dir().join(".writing-abc.tmp");
    fs::write(&left, "{\"schema\"").unwrap();
    assert_eq!(store.list(&Filter::default()).unwrap().damaged, []);
    let written = Timestamp::try_from(left.metadata().unwrap().modified().unwrap()).unwrap();
    for (hours, removed) in [(23, 0), (25, 1)] {
        let later = written.checked_add(SignedDuration::from_hours(hours)).unwrap();
        assert_eq!(store.purge(36_525, later).unwrap(), Purged { leftovers: removed, ..Purged::default() });
    }
    assert!(!left.exists());
}

#[test]
fn the_status_is_degraded_by_damage() {
    let (_folder, store) = store();
    let empty = store.status(7, 90).unwrap();
    assert_eq!((empty.status, empty.artifact_count, empty.healthy), (Health::Ok, 0, true));
    store.write(&record("g", Verdict::Pass)).unwrap();
    let damaged = store.write(&record("g", Verdict::Pass)).unwrap();
    assert_eq!(store.status(7, 90).unwrap().artifact_count, 2);
    fs::write(damaged, "{").unwrap();
    let status = store.status(7, 30).unwrap();
    assert_eq!((status.status, status.artifact_count, status.healthy), (Health::Degraded, 1, false));
    assert_eq!((status.gate_count, status.retention_days, status.open_circuit_breakers), (7, 30, 0));
    assert!(Path::new(&status.artifact_dir).is_absolute());
}

#[test]
fn ids_of_one_process_only_grow() {
    let ids: Vec<_> = (0..10_000).map(|_| next_id()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b));
}

#[test]
fn sixty_four_writers_lose_nothing() {
    let (_folder, store) = store();
    let dir = store.dir().to_owned();
    let written: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64)
            .map(|writer| {
                let dir = &dir;
                scope.spawn(move || {
                    let store = Store::open(dir).unwrap();
                    let records: Vec<_> = (0..4).map(|_| record(&format!("g{writer}"), Verdict::Pass)).collect();
                    records.iter().for_each(|record| drop(store.write(record).unwrap()));
                    records.into_iter().map(|record| record.artifact_id)
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let listing = store.list(&Filter::default()).unwrap();
    assert_eq!((listing.records.len(), listing.damaged.len(), names(&store).len()), (256, 0, 257));
    assert!(written.iter().all(|id| listing.records.iter().any(|record| record.artifact_id == *id)));
}

#[test]
fn a_store_is_a_directory_or_nothing_yet() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for path in ["file", "file/below"] {
        let error = Store::open(&folder.path().join(path)).expect_err(path);
        assert!(error.to_string().ends_with("is not a directory"), "{error}");
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_flag_wins_over_the_variable_and_that_over_its_older_name() {
    let folder = TempDir::new().unwrap();
    let root = Root::new(folder.path()).unwrap();
    let (new, old) = (ARTIFACT_DIR.variable, ARTIFACT_DIR.older.unwrap());
    let directory = |flag: Option<&str>, variables: &[(&str, &str)]| {
        settings::directory(flag.map(Path::new), &environment(variables), &root).unwrap()
    };
    assert_eq!(directory(None, &[]), root.path().join(".delivery-gate/artifacts"));
    assert_eq!(directory(None, &[(new, "")]), root.path().join(".delivery-gate/artifacts"));
    assert_eq!(directory(None, &[(old, "old")]), root.path().join("old"));
    assert_eq!(directory(None, &[(old, "old"), (new, "new/x")]), root.path().join("new/x"));
    assert_eq!(directory(Some("flag"), &[(new, "new")]), Path::new("flag"));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_repository_may_not_lead_out_of_it() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let victim = TempDir::new().unwrap();
    let root = Root::new(folder.path()).unwrap();
    fs::create_dir(folder.path().join("inside")).unwrap();
    symlink(victim.path(), folder.path().join(".delivery-gate")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    symlink("inside", folder.path().join("link")).unwrap();
    let directory = |value: &str| settings::directory(None, &environment(&[(ARTIFACT_DIR.variable, value)]), &root);
    for refused in ["", ".delivery-gate", ".delivery-gate/new", "./.delivery-gate/x/y", "dangling", "dangling/x"] {
        assert!(matches!(directory(refused), Err(StoreError::Leaves(_))), "{refused}");
    }
    for taken in ["link", "link/new", "inside", "new/deep", "../beside", victim.path().to_str().unwrap()] {
        assert!(directory(taken).is_ok(), "{taken}");
    }
}
