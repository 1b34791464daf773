//! Criterion benches of the pure parts: the changelog, PEP 508 and the verdict.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delivery_gate::changelog::{Format, find};
use delivery_gate::project::python::requirement;
use delivery_gate::report::{Kind, Row, Status, verdict};

fn changelog(c: &mut Criterion) {
    let mut group = c.benchmark_group("changelog");
    let entry = |i: u32| {
        format!(
            "## [1.{i}.0] - 2026-01-02\n\n### Fixed\n\n- `thing` no longer breaks ([#{i}](https://x.example/{i})).\n\n"
        )
    };
    let text: String = (0..5_000).rev().map(entry).collect();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("last of 5,000 Markdown entries", |b| {
        b.iter(|| find(Format::Markdown, black_box(&text), "1.0.0"))
    });
    let entry = |i: u32| format!("1.{i}.0 (2026-01-02)\n------------------\n\n* Fixed a thing.\n\n");
    let text: String = (0..5_000).rev().map(entry).collect();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("last of 5,000 rst entries", |b| {
        b.iter(|| find(Format::ReStructuredText, black_box(&text), "1.0.0"))
    });
    group.finish();
}

fn pep_508(c: &mut Criterion) {
    let texts = [
        "requests==2.31.0",
        "requests[socks,security] >=2.8.1,==2.8.* ; python_version < '2.7' and sys_platform == 'win32'",
        "name @ git+https://x.example/r.git@0123456789012345678901234567890123456789#egg=name",
    ];
    c.bench_function("three PEP 508 requirements", |b| {
        b.iter(|| texts.iter().filter(|text| requirement::parse(black_box(text)).is_ok()).count())
    });
}

fn verdicts(c: &mut Criterion) {
    let row = |i: u32| Row {
        id: i.to_string(),
        title: "X".into(),
        kind: Kind::Auto,
        status: if i % 7 == 0 { Status::Na } else { Status::Pass },
        blocking: true,
        detail: String::new(),
        source: None,
        metrics: serde_json::Map::new(),
        evidence: Vec::new(),
        duration_ms: 0.0,
    };
    let rows: Vec<_> = (0..1_000).map(row).collect();
    c.bench_function("verdict over 1,000 rows", |b| b.iter(|| verdict(black_box(&rows))));
}

criterion_group!(benches, changelog, pep_508, verdicts);
criterion_main!(benches);
