use super::super::bench::Bench;
use super::*;

const GATE: PerformanceRegression = PerformanceRegression;

fn flat(p99: f64) -> Value {
    json!({"p50_latency_ms": 50, "p95_latency_ms": 80, "p99_latency_ms": p99})
}

#[test]
fn a_change_is_held_against_the_limit() {
    let pass = |judgement| matches!(judgement, Judgement::Pass(_));
    for (old, new, most, passes) in [
        (100.0, 110.0, json!(10), true),
        (100.0, 110.01, json!(10), false),
        (100.0, 90.0, json!(0), true),
        (0.3, 0.33, json!(10), true),
        (100.0, 100.0, json!(0), true),
        (100.0, 100.1, json!(0), false),
    ] {
        let given = |p99: f64| json!({"p99_latency_ms": p99});
        let bench = Bench::new(json!({"max_regression_pct": most})).payload(given(new)).baseline(given(old));
        assert_eq!(pass(bench.verdict(&GATE)), passes, "{old} to {new}");
    }
}

#[test]
fn the_record_is_the_baseline_unless_a_file_is_named() {
    let bench = Bench::new(json!({"samples": "new.json", "baseline": "old.json"}))
        .file("new.json", &Value::from(vec![120; 20]).to_string())
        .file("old.json", &flat(100.0).to_string())
        .baseline(flat(1.0));
    let metrics = bench.source(&GATE).unwrap().metrics;
    let expected = json!({
        "p50_latency_ms": 120.0, "p95_latency_ms": 120.0, "p99_latency_ms": 120.0, "samples": 20,
        "intervals": {"p50": [120.0, 120.0]},
        "baseline_p99_ms": 100.0, "regression_pct": 20.0, "compared": ["p50", "p95", "p99"], "regressions": ["p50", "p95", "p99"],
        "change_pct": {"p50": 140.0, "p95": 50.0, "p99": 20.0},
    });
    assert_eq!(Value::Object(metrics), expected);
    assert!(matches!(bench.verdict(&GATE), Judgement::Fail(_)));
}

#[test]
fn a_lower_percentile_that_got_worse_fails_too() {
    let slow = json!({"p50_latency_ms": 56, "p95_latency_ms": 80, "p99_latency_ms": 100});
    let bench = Bench::new(json!({})).payload(slow).baseline(flat(100.0));
    assert!(matches!(bench.verdict(&GATE), Judgement::Fail(why) if why.contains("p50")));
}

#[test]
fn without_a_baseline_there_are_metrics_and_no_verdict() {
    let bench = Bench::new(json!({})).payload(flat(100.0));
    assert!(!bench.source(&GATE).unwrap().metrics.contains_key("regression_pct"));
    assert!(matches!(bench.verdict(&GATE), Judgement::Unproven(why) if why.contains("no baseline")));
    let bench = Bench::new(json!({"init_baseline": true})).payload(flat(100.0));
    assert!(matches!(bench.verdict(&GATE), Judgement::Pass(_)));
    let bench = Bench::new(json!({"init_baseline": true})).payload(flat(100.0)).baseline(flat(0.0));
    assert!(matches!(bench.verdict(&GATE), Judgement::Unproven(_)));
    let bench = Bench::new(json!({"init_baseline": true, "baseline": "none.json"})).payload(flat(100.0));
    assert!(bench.source(&GATE).is_err());
    assert!(Bench::new(json!({})).source(&GATE).expect_err("no source").contains("`samples:`"));
}

#[test]
fn printed_percentiles_are_compared_and_printed_changes_believed() {
    let bench = Bench::new(json!({})).baseline(flat(100.0));
    let verdict = |printed| bench.printed(&GATE, printed);
    assert!(matches!(verdict(json!({"p99_latency_ms": 105, "exit_code": 0})), Judgement::Pass(_)));
    assert!(matches!(verdict(json!({"p99_latency_ms": 105, "exit_code": 1})), Judgement::Fail(_)));
    assert!(matches!(verdict(json!({"p99_latency_ms": 5, "regression_pct": 12})), Judgement::Fail(_)));
    for bad in
        [json!({"exit_code": 0}), json!({"p99_latency_ms": "5"}), json!({"p99_latency_ms": 5, "regression_pct": null})]
    {
        assert!(matches!(verdict(bad), Judgement::Unproven(_)));
    }
}

#[test]
fn wrong_options_are_found_before() {
    for options in [
        json!({"samples": 1}),
        json!({"max_regression_pct": -1}),
        json!({"max_regression_pct": "10"}),
        json!({"init_baseline": "true"}),
        json!({"field": ""}),
    ] {
        assert!(GATE.gate(options.as_object().unwrap().clone()).is_err(), "{options}");
    }
    assert!(GATE.gate(serde_json::Map::new()).is_ok());
}
