use proptest::prelude::*;
use serde_json::json;

use super::*;

fn file(name: &str, content: &str, field: Option<&str>) -> Result<Percentiles, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    of_file(&Root::new(folder.path()).unwrap(), Path::new(name), field)
}

fn lines(each: impl Fn(usize) -> String) -> String {
    (1..=100).map(|i| each(i) + "\n").collect()
}

const HUNDRED: Percentiles = Percentiles { p50: Some(50.0), p95: Some(95.0), p99: 99.0, samples: Some(100) };

#[test]
fn every_format_is_read() {
    let list = |each: fn(usize) -> Value| Value::Array((1..=100).map(each).collect()).to_string();
    let ms = Some("ms");
    let cases = [
        ("a.json", list(|i| json!(i)), None),
        ("a.json", "\u{feff}".to_owned() + &list(|i| json!({"x": "y", "ms": i})), ms),
        ("a.jsonl", lines(|i| i.to_string()), None),
        ("a.ndjson", lines(|i| json!({"ms": i, "z": [{}]}).to_string()), ms),
        ("a.csv", "\u{feff}ms\n".to_owned() + &lines(|i| format!("{i}.0")), None),
        ("a.CSV", "name,ms\r\n".to_owned() + &lines(|i| format!("\"a,\nb\", {i}")), ms),
    ];
    for (name, content, field) in cases {
        assert_eq!(file(name, &content, field), Ok(HUNDRED), "{name} {field:?}");
    }
    assert_eq!(of_payload(&json!((1..=100).collect::<Vec<_>>()), None), Ok(HUNDRED));
    assert_eq!(of_payload(&json!({"samples": (1..=100).collect::<Vec<_>>()}), None), Ok(HUNDRED));
}

#[test]
fn percentiles_may_be_given() {
    let given = json!({"p50_latency_ms": 1, "p95_latency_ms": 2.5, "p99_latency_ms": 3, "other": {}});
    let expected = Percentiles { p50: Some(1.0), p95: Some(2.5), p99: 3.0, samples: None };
    assert_eq!(file("b.json", &given.to_string(), None), Ok(expected));
    assert_eq!(of_payload(&given, None), Ok(expected));
    let mut counted = given.clone();
    counted["samples"] = json!(500);
    assert_eq!(of_payload(&counted, None), Ok(expected));
    for bad in [json!({}), json!({"p99_latency_ms": "3"}), json!({"p99_latency_ms": -1}), json!({"p50_latency_ms": 1})]
    {
        assert!(of_payload(&bad, None).is_err(), "{bad}");
    }
    assert!(of_payload(&json!({"p50_latency_ms": 9, "p99_latency_ms": 3}), None).is_err());
    assert!(file("b.json", r#"{"p99_latency_ms": 1, "p99_latency_ms": 2}"#, None).is_err());
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
        ("a.json", "[1,\n2,\n-3.5]", None, "line 3"),
        ("a.json", "[1,\n\"2\"]", None, "line 2"),
        ("a.json", "[1,\n1e999]", None, "line 2"),
        ("a.json", "[1] x", None, "line 1"),
        ("a.json", "3", None, "a list of samples"),
        ("a.json", "", None, "EOF"),
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
    assert!(Percentiles::of(vec![1.0; 19]).is_err());
    assert!(Percentiles::of(vec![1.0; 20]).is_ok());
}

proptest! {
    #[test]
    fn percentiles_are_the_nearest_ranks(samples in prop::collection::vec(0.0..1e6f64, 20..400)) {
        let found = Percentiles::of(samples.clone()).unwrap();
        for (percent, value) in [(50.0, found.p50.unwrap()), (95.0, found.p95.unwrap()), (99.0, found.p99)] {
            let enough = |limit: f64| {
                let within = samples.iter().filter(|sample| **sample <= limit).count();
                within as f64 * 100.0 >= percent * samples.len() as f64
            };
            let naive = samples.iter().copied().filter(|sample| enough(*sample)).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(value, naive);
        }
    }
}
