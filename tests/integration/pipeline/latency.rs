//! `performance_regression` on what real tools print. The fixtures are their own output, cut short, but for those of JMH, k6 and
//! vegeta, which are made after their documentation.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{run, with_gates};
use crate::common::{Project, result};

pub(super) fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/latency").join(name)).expect(name)
}

/// Gates without a baseline: each row's id, its keys, its status and a part of its detail.
pub(super) fn expect(project: &Project, rows: &[(&str, &str, &str, &str)]) -> Value {
    let gates = rows
        .iter()
        .map(|(id, keys, ..)| format!("  - {{id: {id}, type: performance_regression, init_baseline: true, {keys}}}\n"));
    project.write("gates.yaml", &format!("gates:\n{}", gates.collect::<String>()));
    let (_, report) = run(project, &[]).json();
    for (id, keys, status, detail) in rows {
        let row = result(&report, id);
        assert!(
            row["status"] == *status && row["detail"].as_str().expect("a detail").contains(detail),
            "{keys}: {row:#}"
        );
    }
    report
}

pub(super) fn project(names: &[&str]) -> Project {
    let project = Project::new();
    for name in names {
        project.write(name, &fixture(name));
    }
    project
}

#[test]
fn every_tools_own_output_is_read_in_milliseconds() {
    let rows = [
        ("ab", "samples: ab.txt", "PASS", "p99 15 ms"),
        ("artillery", "samples: artillery.json", "PASS", "p99 16 ms"),
        ("autocannon", "samples: autocannon.json", "PASS", "p99 55 ms"),
        ("criterion", "samples: criterion-estimates.json", "PASS", "p50 0.000000763833 ms"),
        ("criterion-sample", "samples: criterion-sample.json", "PASS", "p99 0.0000"),
        ("go", "samples: go.txt", "PASS", "p99 0.000"),
        ("hyperfine", "samples: hyperfine.json", "PASS", "p99 20.9915 ms"),
        ("jmh", "samples: jmh.json", "PASS", "p99 0.10"),
        ("jmh-sample", "samples: jmh-sample.json", "PASS", "p99 0.102 ms"),
        ("k6", "samples: k6-summary.json", "PASS", "p99 14.9 ms"),
        ("k6-lines", "samples: k6-lines.json", "PASS", "p99 7.9 ms"),
        ("k6-table", "samples: k6.csv", "PASS", "p99 7.9 ms"),
        ("locust", "samples: locust.json, series: GET /", "PASS", "p99 100 ms"),
        ("locust-table", "samples: locust_stats.csv", "PASS", "p99 100 ms"),
        ("locust-one", "samples: locust_stats.csv, series: GET /b", "PASS", "p99 81 ms"),
        ("oha", "samples: oha.json", "PASS", "p99 60.2227 ms"),
        ("oha-deadline", "samples: oha-deadline.json", "PASS", "p99 80.0068 ms"),
        ("pytest", "samples: pytest-benchmark.json", "PASS", "p99 0.0"),
        ("pytest-stats", "samples: pytest-benchmark-stats.json", "PASS", "p50 0.047812 ms"),
        ("vegeta", "samples: vegeta.json", "PASS", "p99 14.9 ms"),
        ("vegeta-lines", "samples: vegeta-results.jsonl", "PASS", "p99 7.9 ms"),
        ("wrk", "samples: wrk.txt", "PASS", "p99 55.97 ms"),
    ];
    let names: Vec<&str> =
        rows.iter().map(|(_, keys, ..)| keys["samples: ".len()..].split(',').next().expect("a file")).collect();
    let report = expect(&project(&names), &rows);
    let metrics = |id: &str| &result(&report, id)["metrics"];
    for (id, tool) in
        [("go", "go test -bench"), ("jmh", "JMH"), ("k6-lines", "k6"), ("locust-table", "locust"), ("oha", "oha")]
    {
        assert_eq!(metrics(id)["tool"], tool);
    }
    assert_eq!(
        (&metrics("locust-one")["series"], &metrics("locust-table")["series"]),
        (&json!("GET /b"), &json!("Aggregated"))
    );
    assert_eq!((&metrics("jmh")["runs"], &metrics("jmh")["samples"]), (&json!(5), &json!(25)));
    assert_eq!(metrics("autocannon").get("p95_latency_ms"), None, "it has no p95");
}

#[test]
fn a_service_that_was_down_was_not_the_fastest() {
    let rows = [
        ("ab", "samples: ab-errors.txt", "ab-errors.txt: 50 of 50 failed: what failed is no measurement"),
        ("artillery", "samples: artillery-down.json", "40 of 40 failed"),
        ("autocannon", "samples: autocannon-down.json", "13222 of 13222 failed"),
        ("hyperfine", "samples: hyperfine-failed.json", "5 of 5 failed"),
        ("k6", "samples: k6-down.json", "200 of 200 failed"),
        ("locust", "samples: locust-down.json, series: GET /", "989 of 989 failed"),
        ("locust-nothing", "samples: locust-nothing.json", "an empty list: nothing was measured"),
        ("oha", "samples: oha-down.json", "30 of 30 failed"),
        ("oha-500", "samples: oha-errors.json", "30 of 30 failed"),
        ("vegeta", "samples: vegeta-down.json", "100 of 100 failed"),
        ("wrk", "samples: wrk-errors.txt", "40 of 40 failed"),
        ("wrk-down", "samples: wrk-down.txt", "it has no shape that is known; read are ab, artillery, "),
    ];
    let names: Vec<&str> =
        rows.iter().map(|(_, keys, _)| keys["samples: ".len()..].split(',').next().expect("a file")).collect();
    let rows = rows.map(|(id, keys, detail)| (id, keys, "UNPROVEN", detail));
    expect(&project(&names), &rows);
}

#[test]
fn what_a_tool_leaves_open_is_asked_for() {
    let names = [
        "hyperfine-two.json",
        "pytest-benchmark-two.json",
        "locust.json",
        "go-two.txt",
        "jmh-throughput.json",
        "hyperfine.csv",
        "ab-requests.tsv",
        "hyperfine.json",
        "oha.csv",
        "autocannon.json",
        "k6-summary.json",
    ];
    let project = project(&names);
    project
        .write("autocannon-old.json", &fixture("autocannon.json"))
        .write("slow.csv", "request-start,request-duration,status\n0.1,0.2,200\n")
        .write("k6.json", "{\"metrics\": {\"http_reqs\": {\"count\": 0}}}");
    expect(
        &project,
        &[
            (
                "two",
                "samples: hyperfine-two.json",
                "UNPROVEN",
                "2 things that were measured: name one with `series:`: `sleep 0.01`, `sleep 0.012`",
            ),
            ("one", "samples: hyperfine-two.json, series: sleep 0.012", "PASS", "p99 "),
            (
                "none",
                "samples: hyperfine-two.json, series: sleep",
                "UNPROVEN",
                "nothing in it is called `sleep`; there are: `sleep 0.01`",
            ),
            ("tests", "samples: pytest-benchmark-two.json", "UNPROVEN", "`test_x.py::test_a`, `test_x.py::test_b`"),
            ("endpoints", "samples: locust.json", "UNPROVEN", "`GET /`, `GET /b`"),
            (
                "few",
                "samples: go-two.txt, series: BenchmarkSum",
                "UNPROVEN",
                "3 times of `BenchmarkSum` are too few: run it with `-count 20` or more",
            ),
            ("rate", "samples: jmh-throughput.json", "UNPROVEN", "`ops/s` is no time: run it with `-bm avgt`"),
            ("table", "samples: hyperfine.csv", "UNPROVEN", "write it with `--export-json`"),
            ("requests", "samples: ab-requests.tsv", "UNPROVEN", "its tables do not say what failed: keep its text"),
            ("column", "samples: ab-requests.tsv, field: ttime", "PASS", "p99 5 ms"),
            (
                "unit",
                "samples: hyperfine.json, unit: ms",
                "UNPROVEN",
                "it is the output of hyperfine, which counts in s, and `unit: ms` contradicts that",
            ),
            (
                "field",
                "samples: hyperfine.json, field: results.measurements.time_wall_clock.value",
                "UNPROVEN",
                "leave `field:` out, or say `unit: s`",
            ),
            (
                "both",
                "samples: hyperfine.json, field: results.measurements.time_wall_clock.value, unit: s",
                "PASS",
                "p99 20.9915 ms",
            ),
            ("nothing", "samples: k6.json", "UNPROVEN", "no request was made: nothing was measured"),
            (
                "seconds",
                "samples: oha.csv, field: request-duration, unit: ms",
                "UNPROVEN",
                "counts in s, and `unit: ms` contradicts",
            ),
            (
                "oha-table",
                "samples: oha.csv",
                "UNPROVEN",
                "its table leaves out what got no answer: write it with `--output-format json`",
            ),
            ("own-seconds", "samples: oha.csv, field: request-duration", "PASS", "p99 "),
            (
                "interval",
                "samples: autocannon.json, baseline: autocannon-old.json, interval: true",
                "UNPROVEN",
                "`interval: true` needs samples or several runs, and this run has percentiles alone",
            ),
            (
                "other",
                "samples: autocannon.json, baseline: k6-summary.json",
                "UNPROVEN",
                "the baseline is the output of k6, this run the output of autocannon; compare what was measured alike",
            ),
            (
                "lacks",
                "samples: autocannon.json, baseline: autocannon-old.json, percentiles: [p95]",
                "UNPROVEN",
                "this run has no p95",
            ),
        ],
    );
}

/// Times around `middle`, the same in each run of the test: 10 % wide.
fn noisy(middle: f64, count: u32, seed: u32) -> Value {
    let part = |i: u32| f64::from((i * 7919 + seed * 104_729) % 10_007) / 10_007.0 - 0.5;
    Value::from(
        (0..count).map(|i| middle * (1.0 + 0.3 * (part(i) + part(i + 40) + part(i + 90)) / 1.5)).collect::<Vec<_>>(),
    )
}

#[test]
fn noise_is_no_regression_and_what_cannot_be_told_is_unproven() {
    let project = Project::new();
    let write = |name: &str, samples: Value| project.write(name, &samples.to_string());
    write("old.json", noisy(100.0, 500, 1));
    write("same.json", noisy(100.0, 500, 2));
    write("slow.json", noisy(125.0, 500, 3));
    write("few.json", noisy(100.0, 100, 4));
    write("least.json", noisy(100.0, 20, 5));
    write("least-old.json", noisy(100.0, 20, 5));
    write("given.json", json!({"p50_latency_ms": 100, "p95_latency_ms": 115, "p99_latency_ms": 120}));
    for (run, middle) in [(1, 92.0), (2, 104.0), (3, 99.0), (4, 108.0), (5, 97.0)] {
        write(&format!("run-{run}.json"), noisy(middle, 100, run));
        write(&format!("old-{run}.json"), noisy(middle, 100, run));
        write(&format!("slow-{run}.json"), noisy(1.5 * middle, 100, run));
    }
    expect(
        &project,
        &[
            ("same", "samples: same.json, baseline: old.json", "PASS", " against the baseline"),
            ("slow", "samples: slow.json, baseline: old.json", "FAIL", "worse by more than 10%: p50"),
            (
                "few",
                "samples: few.json, baseline: old.json",
                "UNPROVEN",
                "p99 of this run has no interval: it takes 368 samples or several runs, 100 are there",
            ),
            ("two", "samples: few.json, baseline: old.json, percentiles: [p50, p95]", "PASS", "p95 "),
            (
                "least",
                "samples: least.json, baseline: least-old.json, percentiles: p50, max_regression_pct: 1",
                "UNPROVEN",
                "too noisy to tell: p50 is between -",
            ),
            (
                "points",
                "samples: few.json, baseline: old.json, interval: false, max_regression_pct: 50",
                "PASS",
                "% against the baseline",
            ),
            ("given", "samples: same.json, baseline: given.json", "PASS", "% against the baseline"),
            (
                "asked",
                "samples: same.json, baseline: given.json, interval: true",
                "UNPROVEN",
                "and the baseline has percentiles alone",
            ),
            (
                "runs",
                "runs: [run-1.json, run-2.json, run-3.json, run-4.json, run-5.json], baseline: [old-5.json, old-4.json, old-3.json, old-2.json, old-1.json], max_regression_pct: 25",
                "PASS",
                "+0% (",
            ),
            (
                "slow-runs",
                "runs: [slow-1.json, slow-2.json, slow-3.json, slow-4.json, slow-5.json], baseline: [old-1.json, old-2.json, old-3.json, old-4.json, old-5.json]",
                "FAIL",
                "worse by more than 10%: p50, p95, p99",
            ),
            (
                "two-runs",
                "runs: [run-1.json, run-2.json], baseline: [old-1.json, old-2.json]",
                "UNPROVEN",
                "too noisy to tell",
            ),
        ],
    );
}

/// A reason has what it is about: the percentiles that failed or could not be told, and no interval that is none.
#[test]
fn a_row_says_what_failed_and_no_more() {
    let project = Project::new();
    let write = |name: &str, samples: Value| project.write(name, &samples.to_string());
    write("old.json", noisy(100.0, 100, 1));
    write("same.json", noisy(100.0, 100, 1));
    let slow = noisy(100.0, 100, 1);
    let half =
        |at: &Value| at.as_f64().filter(|value| *value > 108.0).unwrap_or(108.0 + at.as_f64().expect("a time") / 1e6);
    write("slow.json", Value::from(slow.as_array().expect("times").iter().map(half).collect::<Vec<_>>()));
    write("twenty.json", noisy(100.0, 20, 5));
    write("twenty-old.json", noisy(100.0, 20, 5));
    let gates = |keys: &str| {
        project.write("gates.yaml", &format!("gates:\n  - {{id: g, type: performance_regression, {keys}}}\n"));
        let (_, report) = run(&project, &[]).json();
        let row = result(&report, "g").clone();
        (
            row["status"].as_str().expect("a status").to_owned(),
            row["detail"].as_str().expect("a detail").to_owned(),
            row,
        )
    };
    // p50 is worse; of p99 nobody knows between what it lies.
    let (status, detail, row) = gates("samples: slow.json, baseline: old.json, max_regression_pct: 2");
    assert_eq!(status, "FAIL", "{row:#}");
    assert!(
        detail.starts_with("p50 108") && detail.ends_with(" against the baseline; worse by more than 2%: p50"),
        "{detail}"
    );
    assert!(detail.matches(" to ").count() == 1 && !detail.contains("p95") && !detail.contains("p99"), "{detail}");
    let changes = row["metrics"]["change_intervals"].as_object().expect("changes");
    assert_eq!(changes.keys().collect::<Vec<_>>(), ["p50", "p95"], "{row:#}");
    // What could not be told is named alone.
    let (status, detail, row) = gates("samples: same.json, baseline: old.json, max_regression_pct: 50");
    assert_eq!(
        (status.as_str(), detail.as_str()),
        (
            "UNPROVEN",
            "too noisy to tell: p99 of this run has no interval: it takes 368 samples or several runs, 100 are there; \
             take more samples or runs, or name under `percentiles:` what is judged"
        ),
        "{row:#}"
    );
    // By points there are several that fail, and no interval at all.
    let (status, detail, row) = gates("samples: slow.json, baseline: old.json, max_regression_pct: 2, interval: false");
    assert_eq!(status, "FAIL", "{row:#}");
    assert!(detail.starts_with("p50 108") && !detail.contains(" to ") && !detail.contains("p99"), "{detail}");
    assert!(row["metrics"].get("change_intervals").is_none(), "{row:#}");
    // No percentile but the median has an interval of twenty samples.
    let (_, _, row) = gates("samples: twenty.json, baseline: twenty-old.json");
    let changes = row["metrics"]["change_intervals"].as_object().expect("changes");
    assert_eq!(changes.keys().collect::<Vec<_>>(), ["p50"], "{row:#}");
    assert!(changes["p50"].as_array().expect("ends").iter().all(Value::is_number), "{row:#}");
}

/// What has drifted is told with the percentile that has.
#[test]
fn a_drift_is_told_of_the_percentile_that_drifted() {
    let project = with_gates(
        "gates:\n  - {id: g, type: performance_regression, samples: s.json, init_baseline: true, max_drift_pct: 15}\n",
    );
    let measured = |p50: f64| {
        let times = json!({"p50_latency_ms": p50, "p95_latency_ms": 200, "p99_latency_ms": 300});
        project.write("s.json", &times.to_string());
        let row = run(&project, &[]).json().1["results"][0].clone();
        format!("{} {}", row["status"].as_str().expect("a status"), row["detail"].as_str().expect("a detail"))
    };
    assert!(measured(100.0).starts_with("PASS"));
    assert!(measured(109.0).starts_with("PASS"));
    assert_eq!(
        measured(118.5),
        "FAIL p50 118.5 ms, +18.5% against the oldest record that is kept; at most 15% is allowed"
    );
}

#[test]
fn a_record_keeps_what_the_next_run_compares_with() {
    let project = with_gates(
        "gates:\n  - {id: g, type: performance_regression, samples: s.json, init_baseline: true, max_drift_pct: 15}\n",
    );
    let measured = |text: &str| {
        project.write("s.json", text);
        let row = run(&project, &[]).json().1["results"][0].clone();
        (row["status"].as_str().expect("a status").to_owned(), row["detail"].as_str().expect("a detail").to_owned())
    };
    let times = |middle: f64, seed: u32| measured(&noisy(middle, 4000, seed).to_string());
    assert_eq!(times(100.0, 1).0, "PASS");
    let (status, detail) = times(109.0, 2);
    assert!(status == "PASS" && detail.contains("% ("), "by intervals: {detail}");
    let (status, detail) = times(118.5, 3);
    assert!(
        status == "FAIL" && detail.contains("against the oldest record that is kept; at most 15% is allowed"),
        "{detail}"
    );
}

#[test]
fn another_tool_under_the_same_name_is_no_baseline() {
    let project = with_gates("gates:\n  - {id: g, type: performance_regression, samples: s, init_baseline: true}\n");
    let measured = |name: &str| {
        project.write("s", &fixture(name));
        let row = run(&project, &[]).json().1["results"][0].clone();
        format!("{} {}", row["status"].as_str().expect("a status"), row["detail"].as_str().expect("a detail"))
    };
    assert!(measured("wrk.txt").starts_with("PASS"));
    assert!(measured("wrk.txt").starts_with("PASS p99 55.97 ms, +0% against the baseline"));
    let other = measured("k6-summary.json");
    assert!(other.starts_with("UNPROVEN the baseline is the output of wrk, this run the output of k6"), "{other}");
}

/// Every tool of the page is one that the program names, and the other way round.
#[test]
fn the_page_has_every_tool() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pipeline.md")).expect("the page");
    let rows =
        page.lines().skip_while(|line| !line.starts_with("| tool |")).skip(2).take_while(|line| line.starts_with('|'));
    let told: Vec<_> = rows.map(|row| row.split('|').nth(1).expect("a cell").trim()).collect();
    let project = project(&["wrk-down.txt"]);
    let report = expect(&project, &[("g", "samples: wrk-down.txt", "UNPROVEN", "read are ")]);
    let detail = result(&report, "g")["detail"].as_str().expect("a detail").to_owned();
    let named = detail.split_once("read are ").and_then(|(_, rest)| rest.split_once(", and numbers")).expect("names").0;
    assert_eq!(told, named.split(", ").collect::<Vec<_>>());
}
