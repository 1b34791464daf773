//! `performance_regression` on output that failed in part, was cut off, is of other options, or is compared with itself.

use serde_json::{Value, json};

use super::latency::{expect, fixture, project};
use super::{run, with_gates};
use crate::common::Project;

/// Rows of a table or lines of JSON, 400 of them.
fn many(line: impl Fn(u32) -> String) -> String {
    (0..400).map(|at| line(at) + "\n").collect()
}

fn k6_line(metric: &str, value: f64) -> String {
    json!({"metric": metric, "type": "Point", "data": {"time": "x", "value": value, "tags": {}}}).to_string()
}

#[test]
fn what_failed_is_no_measurement_by_whatever_name_its_time_is_asked_for() {
    let project = Project::new();
    let each = |at: u32| 1.0 + f64::from(at) / 1000.0;
    let vegeta = |at: u32| {
        json!({"attack": "", "seq": at, "code": 500, "latency": 1_000_000 + at, "error": "500", "body": null})
            .to_string()
    };
    project.write("vegeta.jsonl", &many(vegeta));
    project.write(
        "k6.json",
        &many(|at| {
            [("http_req_failed", 1.0), ("http_req_duration", each(at)), ("iteration_duration", each(at))]
                .map(|(metric, value)| k6_line(metric, value))
                .join("\n")
        }),
    );
    project.write(
        "k6.csv",
        &format!(
            "metric_name,metric_value,expected_response\n{}",
            many(|at| format!("http_req_failed,1,false\niteration_duration,{},", each(at)))
        ),
    );
    project.write(
        "oha.csv",
        &format!("request-start,request-duration,status\n{}", many(|at| format!("0,{},500", each(at)))),
    );
    project
        .write("jmeter.csv", &format!("timeStamp,elapsed,success\n{}", many(|at| format!("1,{},{}", at + 1, at != 7))));
    let by_field = "leave `field:` out; `series:` names a metric of k6";
    expect(
        &project,
        &[
            ("vegeta", "samples: vegeta.jsonl, field: latency", "UNPROVEN", by_field),
            ("k6", "samples: k6.json, field: data.value", "UNPROVEN", by_field),
            ("k6-table", "samples: k6.csv, field: metric_value", "UNPROVEN", by_field),
            ("k6-untagged", "samples: k6.json", "UNPROVEN", "400 of 400 failed"),
            ("k6-series", "samples: k6.json, series: iteration_duration", "UNPROVEN", "400 of 400 failed"),
            ("k6-table-series", "samples: k6.csv, series: iteration_duration", "UNPROVEN", "400 of 400 failed"),
            ("k6-allowed", "samples: k6.json, series: iteration_duration, max_errors_pct: 100", "PASS", "p99 1.395 ms"),
            ("oha", "samples: oha.csv, field: request-duration", "UNPROVEN", "400 of 400 failed"),
            ("jmeter", "samples: jmeter.csv, field: elapsed", "UNPROVEN", "1 of 400 failed"),
            ("jmeter-allowed", "samples: jmeter.csv, field: elapsed, max_errors_pct: 1", "PASS", "p99 397 ms"),
        ],
    );
}

#[test]
fn an_output_that_was_cut_off_or_is_two_is_no_run() {
    let project = project(&["ab.txt", "ab-errors.txt", "wrk.txt", "wrk-errors.txt"]);
    let (ab, wrk) = (fixture("ab.txt"), fixture("wrk.txt"));
    project.write("ab-cut.txt", ab.split_once("  95%").expect("a table").0);
    project.write("ab-two.txt", &(ab + &fixture("ab-errors.txt")));
    project.write("wrk-cut.txt", wrk.split_once("Requests/sec").expect("an end").0);
    project.write("wrk-two.txt", &(wrk + &fixture("wrk-errors.txt")));
    project.write("given.json", r#"{"p99_latency_ms": 5, "samples": 0}"#);
    let two = "it has 2 outputs: write each to a file of its own, and name them under `runs:`";
    expect(
        &project,
        &[
            ("ab-cut", "samples: ab-cut.txt", "UNPROVEN", "it does not end: there is no `(longest request)`"),
            ("ab-two", "samples: ab-two.txt", "UNPROVEN", two),
            ("wrk-cut", "samples: wrk-cut.txt", "UNPROVEN", "it does not end: there is no `Requests/sec`"),
            ("wrk-two", "samples: wrk-two.txt", "UNPROVEN", two),
            ("nothing", "samples: given.json", "UNPROVEN", "given.json: 0 samples are too few: 20 at least"),
        ],
    );
}

#[test]
fn a_file_beside_itself_is_refused() {
    for (keys, message) in [
        ("samples: a.json, baseline: ./a.json", "baseline: names ./a.json a second time"),
        ("runs: [a.json, b.json, ./a.json]", "runs: names ./a.json a second time"),
        ("samples: a.json, baseline: [b.json, b.json]", "baseline: names b.json a second time"),
    ] {
        let project = with_gates(&format!("gates:\n  - {{id: g, type: performance_regression, {keys}}}\n"));
        let said = run(&project, &[]).run().refusal();
        assert!(said.contains(message), "{keys}: {said}");
    }
}

#[test]
fn sound_output_of_other_options_is_read_or_told_what_to_do() {
    let project = project(&["ab.txt", "autocannon.json", "locust_stats.csv"]);
    let ab = fixture("ab.txt");
    let length = "Failed requests:        49\n   (Connect: 0, Receive: 0, Length: 49, Exceptions: 0)";
    let failed = ab.lines().find(|line| line.starts_with("Failed requests:")).expect("a count");
    project.write("ab-length.txt", &ab.replace(failed, length));
    let mut autocannon: Value = serde_json::from_str(&fixture("autocannon.json")).expect("JSON");
    autocannon["latency"]["p50"] = json!(0);
    project.write("autocannon.json", &autocannon.to_string());
    let summary =
        json!({"metrics": {"iterations": {"count": 400}, "grpc_req_duration": {"med": 1.5, "p(95)": 2, "p(99)": 3}}});
    project.write("k6.json", &summary.to_string());
    let go = |names: [&str; 2]| {
        (0..20).map(|at| names.map(|name| format!("{name} 1000 {} ns/op\n", 1000 + at)).concat()).collect::<String>()
    };
    project.write("go-packages.txt", &go(["pkg: x/a\nBenchmarkX-2", "pkg: x/b\nBenchmarkX-2"]));
    project.write("go-sizes.txt", &go(["BenchmarkX/size-10", "BenchmarkX/size-1000"]));
    project.write("go-processors.txt", &go(["BenchmarkX", "BenchmarkX-2"]));
    let locust = fixture("locust_stats.csv");
    let (header, rows) = locust.split_once('\n').expect("a header");
    let failures = header.split(',').position(|name| name == "Failure Count").expect("a column");
    let failing = rows.lines().map(|row| {
        let cells: Vec<_> =
            row.split(',').enumerate().map(|(at, cell)| if at == failures { "1" } else { cell }).collect();
        cells.join(",") + "\n"
    });
    project.write("locust.csv", &format!("{header}\n{}", failing.collect::<String>()));
    expect(
        &project,
        &[
            ("ab", "samples: ab-length.txt", "UNPROVEN", "which ab takes for failures: run it with `-l`"),
            (
                "fast",
                "samples: autocannon.json",
                "UNPROVEN",
                "p50 is 0 ms: it is rounded: measure with a tool that counts finer",
            ),
            ("fast-p99", "samples: autocannon.json, percentiles: p99", "PASS", "p99 55 ms"),
            ("k6", "samples: k6.json, series: grpc_req_duration", "PASS", "p99 3 ms"),
            ("packages", "samples: go-packages.txt", "UNPROVEN", "`x/a.BenchmarkX`, `x/b.BenchmarkX`"),
            ("package", "samples: go-packages.txt, series: x/a.BenchmarkX", "PASS", "p99 0.001019 ms"),
            ("sizes", "samples: go-sizes.txt", "UNPROVEN", "`BenchmarkX/size-10`, `BenchmarkX/size-1000`"),
            ("processors", "samples: go-processors.txt", "UNPROVEN", "`BenchmarkX`, `BenchmarkX-2`"),
            ("locust", "samples: locust.csv, max_errors_pct: 50", "PASS", "p99 100 ms"),
        ],
    );
}
