//! 5,000 packages against 20,000 advisories, in a folder and in a zip.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use delivery_gate::advisories::{Ecosystem, Package, Wanted, database};
use zip::write::{SimpleFileOptions, ZipWriter};

const ADVISORIES: usize = 20_000;
const PACKAGES: usize = 5_000;

/// About the size of the real ones; every fourth is about a package in use.
fn advisory(number: usize) -> String {
    let details = "A flaw in the parser lets a remote party read what it should not. ".repeat(24);
    let versions: Vec<_> = (0..40).map(|patch| format!("0.{patch}.0")).collect();
    serde_json::json!({
        "id": format!("TEST-{number}"),
        "modified": "2026-01-01T00:00:00Z",
        "summary": "a flaw",
        "details": details,
        "aliases": [format!("CVE-2026-{number}")],
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": format!("package-{number}")},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}],
            "versions": versions,
        }],
    })
    .to_string()
}

fn packages() -> Vec<Package> {
    let package = |number: usize| Package {
        ecosystem: Ecosystem::PyPi,
        name: format!("package-{number}"),
        version: if number.is_multiple_of(100) { "0.9" } else { "1.0" }.to_owned(),
        path: "uv.lock".to_owned(),
        line: None,
    };
    (0..PACKAGES).map(package).collect()
}

fn write(folder: &Path) {
    fs::create_dir(folder.join("db")).unwrap();
    let mut zip = ZipWriter::new(fs::File::create(folder.join("db.zip")).unwrap());
    for number in 0..ADVISORIES {
        let (name, text) = (format!("TEST-{number}.json"), advisory(number));
        fs::write(folder.join("db").join(&name), &text).unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn look_up(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let wanted = Wanted::of(&packages());
    let mut group = criterion.benchmark_group("advisories");
    group.sample_size(10);
    for name in ["db", "db.zip"] {
        let path = folder.path().join(name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let found = database::look_up(&path, &wanted).unwrap();
                assert_eq!(found.matches.len(), PACKAGES / 100);
                found
            });
        });
    }
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
