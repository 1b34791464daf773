//! What `process::run` costs above a bare start of the same program, measured in the same run.

// The ratio is for a person who runs the bench.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use delivery_gate::internal::proc::{Command, Secrets, run};
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::Stop;

fn bare() {
    let mut command = std::process::Command::new("true");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().is_ok_and(|status| status.success()));
}

fn ours(command: &Command, environment: &Environment, stop: &Stop) {
    assert!(run(black_box(command), environment, stop).is_ok());
}

/// In alternation, so that a busy machine is as busy for both.
fn ratio(command: &Command, environment: &Environment, stop: &Stop) {
    let time = |work: &dyn Fn()| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    let pairs = (0..1_000).map(|_| (time(&bare), time(&|| ours(command, environment, stop))));
    let (mut bare, mut ours): (Vec<Duration>, Vec<Duration>) = pairs.unzip();
    bare.sort();
    ours.sort();
    for (name, at) in [("lowest tenth", 100), ("median", 500), ("highest tenth", 900)] {
        let factor = ours[at].as_secs_f64() / bare[at].as_secs_f64();
        println!("{name}: bare {:?}, process::run {:?}, ratio {factor:.2}", bare[at], ours[at]);
    }
}

fn start(c: &mut Criterion) {
    let command = Command {
        program: "true".into(),
        args: Vec::new(),
        dir: PathBuf::from("."),
        env: Vec::new(),
        timeout: Duration::from_secs(60),
    };
    let (environment, stop) = (Environment::of_process(), Stop::new());
    ratio(&command, &environment, &stop);
    let mut group = c.benchmark_group("start and wait for `true`");
    group.bench_function("bare", |b| b.iter(bare));
    group.bench_function("process::run", |b| b.iter(|| ours(&command, &environment, &stop)));
    group.finish();
}

fn mask(c: &mut Criterion) {
    let values: Vec<String> = (0..20).map(|i| format!("ghp_{i:036}")).collect();
    let secrets = Secrets::new(values.iter().map(|value| ("X_TOKEN", value.as_str())));
    let text = "the quick brown fox jumps over the lazy dog, gh and again\n".repeat(18_000);
    let mut group = c.benchmark_group("mask");
    group.throughput(criterion::Throughput::Bytes(text.len() as u64));
    group.bench_function("1 MiB of text, 20 secrets", |b| b.iter(|| secrets.mask(black_box(&text))));
    group.finish();
}

criterion_group!(benches, start, mask);
criterion_main!(benches);
