//! Criterion benches of a store with 100,000 records: `cargo bench --bench artifacts`.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delivery_gate::OnFail;
use delivery_gate::internal::records::next_id;
use delivery_gate::pipeline::{Filter, Record, Schema, Store, Verdict};
use jiff::Timestamp;
use serde_json::{Map, json};

const RECORDS: usize = 100_000;

const GATES: usize = 100;

fn record(number: usize) -> Record {
    let metrics = [("p99_latency_ms", json!(1200.5)), ("samples", json!(number)), ("regressions", json!([]))];
    Record {
        schema: Schema::V1,
        artifact_id: next_id(),
        gate_id: format!("gate-{}", number % GATES),
        name: "Performance Regression".to_owned(),
        gate_type: "performance_regression".to_owned(),
        verdict: if number.is_multiple_of(3) { Verdict::Pass } else { Verdict::Fail },
        blocking: true,
        detail: "p99_latency_ms is 1200.5, which is below 2000".to_owned(),
        metrics: Map::from_iter(metrics.map(|(name, value)| (name.to_owned(), value))),
        timestamp: Timestamp::UNIX_EPOCH,
        duration_ms: 12.5,
        project_id: Some(format!("project-{}", number % 7)),
        pipeline_id: Some("1234567890".to_owned()),
        commit: Some("0123456789012345678901234567890123456789".to_owned()),
        framework: "default".to_owned(),
        on_fail: OnFail::Block,
        artifact_path: None,
        output: None,
        extra: Map::new(),
    }
}

/// Writes the files as the store does, without waiting for the disk.
fn fill(folder: &Path) {
    for number in 0..RECORDS {
        let record = record(number);
        let name = format!("{}-{}.json", record.gate_id, record.artifact_id);
        let _ = fs::write(folder.join(name), record.to_json());
    }
}

fn listing(c: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    fill(folder.path());
    let Ok(store) = Store::open(folder.path()) else { return };
    let list = |filter: &Filter| store.list(filter).map(|listing| (listing.records.len(), listing.damaged.len())).ok();
    assert_eq!(list(&Filter::default()), Some((RECORDS, 0)));

    let mut group = c.benchmark_group("artifacts");
    group.sample_size(10).throughput(Throughput::Elements(RECORDS as u64));
    let newest = Filter { limit: Some(20), ..Filter::default() };
    let gate = Filter { gate_id: Some("gate-1".to_owned()), ..Filter::default() };
    for (name, filter) in [("all", Filter::default()), ("the newest 20", newest), ("one of 100 gates", gate)] {
        group.bench_function(format!("list {name} of 100,000"), |b| b.iter(|| list(black_box(&filter))));
    }
    group.bench_function("newest passed of 100,000", |b| b.iter(|| store.newest_passed(black_box("gate-1")).is_ok()));
    group.bench_function("status of 100,000", |b| b.iter(|| store.status(7, 90).is_ok()));
    group.finish();
}

criterion_group!(benches, listing);
criterion_main!(benches);
