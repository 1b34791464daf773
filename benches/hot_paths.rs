//! Criterion benches of the pure parts: the changelog, PEP 508, the decision gate's matching and the verdict.

#![allow(clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use delivery_gate::internal::ecosystems::requirement;
use delivery_gate::internal::evidence::changelog::{Format, find};
use delivery_gate::internal::evidence::decision::Policy;
use delivery_gate::internal::evidence::decision::extract;
use delivery_gate::internal::model::{Rule, verdict};
use delivery_gate::{Kind, Row, Status};

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
        b.iter(|| find(Format::Markdown, black_box(&text), "1.0.0", &[]))
    });
    let entry = |i: u32| format!("1.{i}.0 (2026-01-02)\n------------------\n\n* Fixed a thing.\n\n");
    let text: String = (0..5_000).rev().map(entry).collect();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("last of 5,000 rst entries", |b| {
        b.iter(|| find(Format::ReStructuredText, black_box(&text), "1.0.0", &[]))
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

fn high_impact_paths(c: &mut Criterion) {
    let policy = Policy::new(&[], &[]).expect("the embedded rules");
    let path = |i: u32| format!("src/module{}/internal/feature{}/component_{i}.ts", i % 97, i % 13).into_bytes();
    let paths: Vec<_> = (0..100_000).map(path).collect();
    c.bench_function("100,000 paths against the high-impact rules", |b| {
        b.iter(|| policy.hits(black_box(&paths).iter().map(|path| (path.as_slice(), false))).len())
    });
}

fn references(c: &mut Criterion) {
    let line = "Changes the thing ([#12](https://x.example/12)), see `code` and ADR-12 or decern:550e8400-e29b.\n\n";
    let text = line.repeat(1_000);
    let mut group = c.benchmark_group("references");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("100 KB of pull request text", |b| b.iter(|| extract(&[black_box(&text)]).len()));
    group.finish();
}

fn verdicts(c: &mut Criterion) {
    let row = |i: u32| Row {
        id: i.to_string(),
        title: "X".into(),
        kind: Kind::Auto,
        status: if i.is_multiple_of(7) { Status::Na } else { Status::Pass },
        blocking: true,
        detail: String::new(),
        below: Vec::new(),
        source: None,
        findings: Vec::new(),
        metrics: serde_json::Map::new(),
        evidence: Vec::new(),
        excuse: None,
        duration_ms: 0.0,
    };
    let rows: Vec<_> = (0..1_000).map(row).collect();
    c.bench_function("verdict over 1,000 rows", |b| b.iter(|| verdict(black_box(&rows), Rule::Release)));
}

criterion_group!(benches, changelog, pep_508, high_impact_paths, references, verdicts);
criterion_main!(benches);
