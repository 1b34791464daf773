use std::fs;

use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn question() -> Question<'static> {
    Question { project_id: None, now: NOW.parse().unwrap(), rules: Rules::default() }
}

fn line(key: &str, at: &str, field: &str, value: bool) -> String {
    format!(r#"{{"schema_key":"halluccheck.{key}.v1","project_id":"p","timestamp":"{at}","{field}":{value}}}"#) + "\n"
}

fn score(at: &str, critical: bool) -> String {
    line("score", at, "is_critical", critical)
}

fn quiet() -> String {
    line("pii", "2026-11-24T11:00:00Z", "detected", false)
        + &line("secrets", "2026-11-24T11:00:00Z", "has_secrets", false)
}

fn files(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let root = Root::new(folder.path()).unwrap();
    (folder, root)
}

fn of(content: &str, question: &Question<'_>) -> Result<Trust, String> {
    let (_folder, root) = files(&[("e.jsonl", content)]);
    evaluate(&root, &["e.jsonl".into()], question)
}

#[test]
fn the_threshold_itself_fails() {
    let with = |critical: usize, count: usize| {
        let scores: String = (0..count).map(|i| score("2026-11-24T10:00:00Z", i < critical)).collect();
        of(&(quiet() + &scores), &question()).unwrap()
    };
    assert_eq!(with(4, 100).failures, Vec::<String>::new());
    assert_eq!(with(5, 100).failures.len(), 1);
    assert_eq!(with(0, 1).hri_critical_rate, Some(0.0));
    assert_eq!(with(1, 1).hri_critical_rate, Some(1.0));
    assert_eq!(with(0, 0).missing, ["no score record"]);
}

#[test]
fn the_newest_scores_count_in_any_order() {
    let old: String = (0..50).map(|_| score("2026-11-01T00:00:00Z", true)).collect();
    let new: String = (0..100).map(|_| score("2026-11-20T00:00:00+02:00", false)).collect();
    for content in [old.clone() + &new, new.clone() + &old] {
        assert_eq!(of(&(quiet() + &content), &question()).unwrap().hri_critical_rate, Some(0.0));
    }
    let tied = |first: bool| score("2026-11-20T00:00:00Z", first) + &score("2026-11-20T00:00:00Z", !first);
    let mut question = question();
    question.rules.score_window = 1;
    for first in [false, true] {
        assert_eq!(of(&(quiet() + &tied(first)), &question).unwrap().hri_critical_rate, Some(1.0));
    }
}

#[test]
fn windows_are_hours_in_utc() {
    let detected = |at: &str| {
        let content = score("2026-11-24T11:00:00Z", false) + &quiet() + &line("pii", at, "pii_detected", true);
        of(&content, &question()).map(|trust| trust.pii_detections_24h)
    };
    assert_eq!(detected("2026-11-23T12:00:00Z"), Ok(1));
    assert_eq!(detected("2026-11-23T13:00:00+01:00"), Ok(1));
    assert_eq!(detected("2026-11-23T11:59:59.999Z"), Ok(0));
    assert_eq!(detected("2026-11-23T12:00:00+01:00"), Ok(0));
    assert_eq!(detected("2026-11-24T12:05:00Z"), Ok(1));
    assert!(detected("2026-11-24T12:05:00.001Z").expect_err("the future").contains("e.jsonl:4: "));
    assert_eq!(detected("0001-01-01T00:00:00Z"), Ok(0));
}

#[test]
fn a_window_without_a_look_is_missing() {
    let content = score("2026-11-24T11:00:00Z", false) + &line("pii", "2026-11-20T11:00:00Z", "detected", true);
    assert_eq!(of(&content, &question()).unwrap().missing.len(), 2);
    let mut question = question();
    question.rules.allow_no_pii_records = true;
    assert_eq!(of(&content, &question).unwrap().missing, ["no record of a look for secrets in the last 24 h"]);
    question.rules.pii_window_hours = 200;
    assert_eq!(of(&content, &question).unwrap().failures.len(), 1);
}

#[test]
fn other_projects_do_not_count_and_are_validated() {
    let content = score("2026-11-24T11:00:00Z", true) + &quiet();
    let question = Question { project_id: Some("q"), ..question() };
    let trust = of(&content, &question).unwrap();
    assert_eq!((trust.records, trust.missing.len(), trust.failures.len()), (3, 3, 0));
    assert!(of(&(content + "{}\n"), &question).expect_err("malformed").contains("e.jsonl:4: it has no `schema_key`"));
}

#[test]
fn a_bad_line_anywhere_is_named() {
    let good = score("2026-11-24T11:00:00Z", false);
    let many = good.repeat(30_000);
    assert!(many.len() > 3 << 20, "several pieces are needed");
    for (content, place) in [
        (format!("{many}not json\n{many}"), "e.jsonl:30001: "),
        (format!("\u{feff}{many}\r\n\n{good}\u{feff}{good}"), "e.jsonl:30004: "),
        (format!("{many}{}", good.trim_end().trim_end_matches('}')), "e.jsonl:30001: "),
        ("\"\u{0}\"".to_owned(), "e.jsonl:1: "),
    ] {
        let error = of(&content, &question()).expect_err(place);
        assert!(error.starts_with(place), "{error}");
    }
    let (_folder, root) = files(&[("e.jsonl", &many)]);
    let mut bytes = many.clone().into_bytes();
    bytes[2 << 20] = 0xff;
    fs::write(root.path().join("e.jsonl"), bytes).unwrap();
    let error = evaluate(&root, &["e.jsonl".into()], &question()).expect_err("not UTF-8");
    assert!(error.ends_with("it is not UTF-8"), "{error}");
}

#[test]
fn lines_may_be_long_but_not_endless() {
    let long = |length: usize| {
        let padding = "x".repeat(length);
        let at = "2026-11-24T11:00:00Z";
        format!(r#"{{"schema_key":"o","project_id":"p","timestamp":"{at}","x":"{padding}"}}"#) + "\n"
    };
    let good = score("2026-11-24T11:00:00Z", false);
    let content = good.clone() + &long(3 << 20) + &good + &long(1 << 20) + &good;
    assert_eq!(of(&content, &question()).unwrap().records, 5);
    assert!(of(&(good + &long(5 << 20)), &question()).expect_err("too long").contains("longer than 4 MiB"));
}

#[test]
fn records_are_found_in_files_folders_and_globs() {
    let (_folder, root) =
        files(&[("a/x.jsonl", ""), ("a/b/y.JSONL", ""), ("a/z.json", ""), ("c.log", ""), ("d/e.txt", "")]);
    let found = |places: &[&str]| event_files(&root, Path::new(""), places).map(|files| files.len());
    assert_eq!(found(&["a"]), Ok(2));
    assert_eq!(found(&["a", "a/x.jsonl", "./a/*.jsonl", "c.log"]), Ok(3));
    for places in [&["d"][..], &["none"], &["a", "none.jsonl"], &["*.jsonl"], &["../x"], &["/"]] {
        assert!(found(places).is_err(), "{places:?}");
    }
}

fn records() -> impl Strategy<Value = Vec<(i64, u8, bool)>> {
    prop::collection::vec((0..40i64, 0..3u8, prop::bool::weighted(0.2)), 0..30)
}

fn written(records: &[(i64, u8, bool)]) -> String {
    let kinds = [("score", "is_critical"), ("pii", "detected"), ("secrets", "has_secrets")];
    let write = |(hours, kind, flag): &(i64, u8, bool)| {
        let at = NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(*hours);
        let (key, field) = kinds[usize::from(*kind)];
        line(key, &at.to_string(), field, *flag)
    };
    records.iter().map(write).collect()
}

fn passes(trust: &Trust) -> bool {
    trust.failures.is_empty() && trust.missing.is_empty()
}

proptest! {
    #[test]
    fn one_more_bad_record_never_makes_a_pass(
        records in records(),
        extra in (0..40i64, 0..3u8),
        window in 1..20u32,
    ) {
        let mut question = question();
        question.rules.score_window = window;
        question.rules.hri_critical_threshold = 0.3;
        let before = of(&written(&records), &question).unwrap();
        let mut more = records.clone();
        more.push((extra.0, extra.1, true));
        let after = of(&written(&more), &question).unwrap();
        if !before.failures.is_empty() {
            prop_assert!(!passes(&after));
        }
        prop_assert!(after.hri_critical_rate >= before.hri_critical_rate);
        prop_assert!(after.failures.len() >= before.failures.len());
    }

    #[test]
    fn the_order_of_records_does_not_matter(records in records(), window in 1..20u32) {
        let mut question = question();
        question.rules.score_window = window;
        let backwards: Vec<_> = records.iter().rev().copied().collect();
        prop_assert_eq!(of(&written(&records), &question), of(&written(&backwards), &question));
    }
}
