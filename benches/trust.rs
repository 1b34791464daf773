//! The trust gate over a file of many records: MB/s and the most memory that was used. `TRUST_MB` sets the file's size.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use delivery_gate::internal::evidence::trust::{Question, Rules, evaluate};
use delivery_gate::internal::system::Root;
use jiff::{SignedDuration, Timestamp};

const SEARCHES: [&str; 2] = ["pii", "secrets"];

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: u64 = env::var("TRUST_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(256);
    let folder = tempfile::tempdir()?;
    let size = write(&folder.path().join("events.jsonl"), megabytes << 20)?;
    let root = Root::new(folder.path())?;
    let question = Question { project_id: Some("agent"), now: now()?, rules: Rules::default() };
    for _ in 0..5 {
        let start = Instant::now();
        let trust = evaluate(&root, &[PathBuf::from("events.jsonl")], &question)?;
        let seconds = start.elapsed().as_secs_f64();
        let rate = size as f64 / 1e6 / seconds;
        writeln!(io::stdout(), "{} records, {rate:.0} MB/s, peak {}", trust.records, peak())?;
    }
    Ok(())
}

fn now() -> Result<Timestamp, jiff::Error> {
    "2026-11-24T12:00:00Z".parse()
}

fn write(path: &std::path::Path, size: u64) -> Result<u64, Box<dyn Error>> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut written, mut number) = (0, 0u64);
    while written < size {
        let line = record(number)?;
        file.write_all(line.as_bytes())?;
        written += line.len() as u64;
        number += 1;
    }
    file.flush()?;
    Ok(written)
}

/// Eight scores for each look for something, as a busy service writes them.
fn record(number: u64) -> Result<String, Box<dyn Error>> {
    let at = now()? - SignedDuration::from_secs(i64::try_from(number % 100_000)?);
    let (key, field) = match number % 10 {
        kind @ 0..=1 => (SEARCHES[usize::try_from(kind)?], r#""detected":false,"has_secrets":false"#.to_owned()),
        _ => ("score", format!(r#""is_critical":{},"hri":0.{:03}"#, number.is_multiple_of(97), number % 1000)),
    };
    Ok(format!(
        concat!(
            r#"{{"schema_key":"halluccheck.{key}.v1","project_id":"agent","timestamp":"{at}","record_id":"{number:026}","#,
            r#"{field},"model":"large-2","tags":["release","nightly"],"detail":{{"prompt_tokens":{tokens},"note":"checked"}}}}"#,
            "\n"
        ),
        key = key,
        at = at,
        number = number,
        field = field,
        tokens = number % 4096,
    ))
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.map_or_else(|| "unknown".into(), |line| line.trim_start_matches("VmHWM:").trim().to_owned())
}
