use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::system::files::Root;

fn how(field: Option<&str>) -> How {
    How { field: field.map(str::to_owned), ..How::default() }
}

fn read(name: &str, content: &str, how: &How) -> Result<Percentiles, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    of_files(&Root::new(folder.path()).unwrap(), &[PathBuf::from(name)], how)
}

fn file(name: &str, content: &str, field: Option<&str>) -> Result<[Option<f64>; 3], String> {
    read(name, content, &how(field)).map(|found| found.all.map(|one| one.map(|one| one.value)))
}

fn payload(payload: &Value) -> Result<[Option<f64>; 3], String> {
    let found = match of_payload(payload, &How::default())? {
        Some(found) => Some(found),
        None => Percentiles::given(payload.as_object().unwrap())?,
    };
    found.map(|found| found.all.map(|one| one.map(|one| one.value))).ok_or_else(|| "nothing".to_owned())
}

fn lines(each: impl Fn(usize) -> String) -> String {
    (1..=100).map(|i| each(i) + "\n").collect()
}

const HUNDRED: [Option<f64>; 3] = [Some(50.0), Some(95.0), Some(99.0)];

#[test]
fn every_format_is_read() {
    let list_of = |each: fn(usize) -> Value| Value::Array((1..=100).map(each).collect());
    let list = |each: fn(usize) -> Value| list_of(each).to_string();
    let ms = Some("ms");
    let cases = [
        ("a.json", list(|i| json!(i)), None),
        ("a.json", "\u{feff}".to_owned() + &list(|i| json!({"x": "y", "ms": i})), ms),
        ("a.jsonl", lines(|i| i.to_string()), None),
        ("a.ndjson", lines(|i| json!({"ms": i, "z": [{}]}).to_string()), ms),
        ("a.csv", "\u{feff}ms\n".to_owned() + &lines(|i| format!("{i}.0")), None),
        ("a.tsv", "name\tms\n".to_owned() + &lines(|i| format!("a, b\t{i}")), ms),
        ("a.txt", lines(|i| i.to_string()), None),
        ("a", json!({"r": list_of(|i| json!({"t": {"ms": [i]}}))}).to_string(), Some("r.t.ms")),
        ("a.json", json!({"a.b": {"c": list_of(|i| json!(i))}}).to_string(), Some("a.b.c")),
        ("a.json", list(|i| json!(i)), ms),
        ("a.CSV", "name,ms\r\n".to_owned() + &lines(|i| format!("\"a,\nb\", {i}")), ms),
    ];
    for (name, content, field) in cases {
        assert_eq!(file(name, &content, field), Ok(HUNDRED), "{name} {field:?}");
    }
    assert_eq!(payload(&json!((1..=100).collect::<Vec<_>>())), Ok(HUNDRED));
    assert_eq!(payload(&json!({"samples": (1..=100).collect::<Vec<_>>()})), Ok(HUNDRED));
}

#[test]
fn percentiles_may_be_given() {
    let given = json!({"p50_latency_ms": 1, "p95_latency_ms": 2.5, "p99_latency_ms": 3, "other": {}});
    let expected = [Some(1.0), Some(2.5), Some(3.0)];
    assert_eq!(file("b.json", &given.to_string(), None), Ok(expected));
    assert_eq!(file("b.json", &given.to_string(), Some("ms")), Ok(expected));
    assert_eq!(payload(&given), Ok(expected));
    let mut counted = given.clone();
    counted["samples"] = json!(500);
    assert_eq!(payload(&counted), Ok(expected));
    assert_eq!(file("b.json", r#"{"p50_latency_ms": 1}"#, None), Ok([Some(1.0), None, None]));
    for bad in [
        json!({}),
        json!({"p99_latency_ms": "3"}),
        json!({"p99_latency_ms": null}),
        json!({"p99_latency_ms": -1}),
        json!({"p99_latency_ms": 0}),
        json!({"p50_latency_ms": 9, "p99_latency_ms": 3}),
        json!({"p99_latency_ms": 3, "intervals": {"p99": [4, 5]}}),
        json!({"p99_latency_ms": 3, "intervals": []}),
        json!({"p99_latency_ms": 3, "samples": 0}),
        json!({"p99_latency_ms": 3, "samples": 19}),
        json!({"p99_latency_ms": 3, "tool": "stopwatch"}),
    ] {
        assert!(file("b.json", &bad.to_string(), None).is_err(), "{bad}");
    }
    assert!(file("b.json", r#"{"p99_latency_ms": 1, "p99_latency_ms": 2}"#, None).is_err());
    assert!(file("b.json", r#"{"p99_latency_ms": 1, "p99_latency_ms": 2}"#, Some("ms")).is_err());
}

/// What a record keeps is read back as it was.
#[test]
fn a_record_keeps_the_intervals() {
    let many = lines(|i| format!("{}", 100 + i % 7)).repeat(5);
    let found = read("a.txt", &many, &How::default()).unwrap();
    assert!(found.has_intervals && found.all.iter().all(|one| one.unwrap().interval.is_some()), "{found:?}");
    assert_eq!(Percentiles::given(&found.metrics()), Ok(Some(found)));
}

#[test]
fn units_become_milliseconds_and_must_agree() {
    let numbers = |scale: f64| lines(|i| (i as f64 * scale).to_string());
    let of = |name: &str, content: &str, unit: &str, field: Option<&str>| {
        let how = How { unit: Unit::of_word(unit), ..how(field) };
        read(name, content, &how).map(|found| found.all.map(|one| one.map(|one| one.value)))
    };
    for (unit, scale) in [("s", 0.001), ("ms", 1.0), ("us", 1_000.0), ("ns", 1_000_000.0)] {
        assert_eq!(of("a.txt", &numbers(scale), unit, None), Ok(HUNDRED), "{unit}");
        let column = format!("n,time_{unit}\n") + &lines(|i| format!("x,{}", i as f64 * scale));
        assert_eq!(of("a.csv", &column, "", Some(&format!("time_{unit}"))), Ok(HUNDRED), "{unit}");
    }
    let why = of("a.csv", "time_us\n1\n", "s", None).expect_err("two units");
    assert_eq!(why, "a.csv: `unit: s` contradicts the field's name `time_us`");
}

#[test]
fn what_is_no_latency_names_its_line() {
    let ms = Some("ms");
    let cases = [
        ("a.jsonl", "1\n-1\n", None, "line 2"),
        ("a.jsonl", "1\n\n\"3\"\n", None, "line 3"),
        ("a.jsonl", "1\n2 3\n", None, "line 2"),
        ("a.jsonl", "{\"ms\": 1}\n{\"s\": 1}\n", ms, "line 2: a sample has no `ms`"),
        ("a.jsonl", "{\"ms\": 1, \"ms\": 2}\n", ms, "line 1: the value is there twice"),
        ("a.jsonl", "{\"ms\": 1}\n", None, "name the value with `field:`"),
        ("a.jsonl", "1\nNaN\n", None, "line 2"),
        ("a.json", "[1,\n2,\n-3.5]", None, "sample 3: a time must be a number above 0; this is -3.5"),
        ("a.json", "[1,\n0]", None, "sample 2: a time must be a number above 0; this is 0"),
        ("a.json", "[{\"ms\": 1},\n{\"ms\": null}]", ms, "the value is null: nothing was measured at line 2"),
        ("a.json", "[{\"a\": {\"ms\": 1}}, {\"a\": 3}]", Some("a.ms"), "`ms` leads through a number"),
        ("a.json", "{\"a\": {\"ms\": 1}}", Some("a.s"), "a sample has no `s`"),
        ("a.json", "[1,\n\"2\"]", None, "a sample is a text, not a number"),
        ("a.json", "[1, NaN]", None, "line 1"),
        ("a.json", "[]", None, "an empty list: nothing was measured"),
        ("a.txt", "what is this\n", None, "it has no shape that is known; read are ab, "),
        ("a.txt", "1\nx\n", None, "line 2: `x` is not a number"),
        ("a.json", "[1,\n1e999]", None, "line 2"),
        ("a.json", "[1] x", None, "line 1"),
        ("a.json", "3", None, "1 sample is too few"),
        ("a.json", "", None, "it is empty"),
        ("a.csv", "ms\n1\nNaN\n", None, "line 3"),
        ("a.csv", "ms\n1\n\n-2\n", None, "lines 3 to 4"),
        ("a.csv", "ms\r\n1\r\n2\r\n-2\r\n3\r\n", None, "line 4"),
        ("a.csv", "ms\n1\n2\n-2", None, "line 4"),
        ("a.csv", "ms\n1\ninf\n", None, "line 3"),
        ("a.csv", "ms\n1 ms\n", None, "line 2: `1 ms` is not a number"),
        ("a.csv", "ms,x\n1,2\n3\n", ms, "line 3"),
        ("a.csv", "ms,x\n1,2\n", None, "name one with `field:`"),
        ("a.csv", "ms,ms\n1,2\n", ms, "several columns"),
        ("a.csv", "x\n1\n", ms, "no column is named `ms`"),
        ("a.csv", "1\n2\n3\n", None, "line 1: a header is needed"),
        ("a.csv", "", None, "name one with"),
        ("a.jsonl", "1\n2\n", None, "2 samples are too few"),
    ];
    for (name, content, field, expected) in cases {
        let error = file(name, content, field).expect_err(content);
        assert!(error.starts_with(name) && error.contains(expected), "{content:?}: {error}");
    }
    assert!(payload(&json!(vec![1.0; 19])).is_err());
    assert!(payload(&json!(vec![1.0; 20])).is_ok());
}

proptest! {
    #[test]
    fn percentiles_are_the_nearest_ranks(samples in prop::collection::vec(0.001..1e6f64, 20..400)) {
        let found = payload(&json!(samples)).unwrap();
        for (percent, value) in [50.0, 95.0, 99.0].into_iter().zip(found.map(Option::unwrap)) {
            let enough = |limit: f64| {
                let within = samples.iter().filter(|sample| **sample <= limit).count();
                within as f64 * 100.0 >= percent * samples.len() as f64
            };
            let naive = samples.iter().copied().filter(|sample| enough(*sample)).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(value, naive);
        }
    }

    /// Parts of what tools print, put together by chance: read or refused, and what is read is above 0.
    #[test]
    fn nothing_panics_and_no_time_of_0_is_read(
        name in "a\\.(json|jsonl|csv|tsv|txt)",
        parts in prop::collection::vec(prop_oneof![
            Just("{\"results\": [{\"command\": \"x\", \"times\": [0.1, "), Just("1e400"), Just("]}]}"), Just("[1, 2, "), Just("0"), Just("-1"),
            Just("{\"latency\": {\"p50\": "), Just("}, \"requests\": {\"total\": 1}, \"errors\": 0, \"non2xx\": 0}"), Just("\n"), Just(","), Just("null"),
            Just("This is ApacheBench, \n"), Just("  50%  "), Just("99% µs"), Just("Complete requests: 50\nFailed requests: 0\n"), Just("BenchmarkX-2 1 "),
            Just(" ns/op"), Just("Running 1s\n  Thread Stats\n"), Just("9 requests in 1s\n"), Just("ms\n"), Just("1.5\n"), Just("\t"), Just("é"),
        ], 0..40),
        field in prop::option::of("a(\\.b)?|results\\.times|ms"),
    ) {
        if let Ok(found) = read(&name, &parts.concat(), &how(field.as_deref())) {
            prop_assert!(found.all.iter().flatten().all(|one| one.value > 0.0), "{found:?}");
        }
    }
}
