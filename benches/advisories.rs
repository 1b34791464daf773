//! 5,000 packages against 20,000 advisories: a folder of JSON, a zip, a tar.gz, and a folder of YAML.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use delivery_gate::internal::evidence::advisories::{self, Ecosystem, Package, Wanted};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

const ADVISORIES: usize = 20_000;
const PACKAGES: usize = 5_000;

/// About the size of the real ones; every fourth is about a package in use.
fn advisory(number: usize) -> Value {
    let details = "A flaw in the parser lets a remote party read what it should not. ".repeat(24);
    let versions: Vec<_> = (0..40).map(|patch| format!("0.{patch}.0")).collect();
    json!({
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
}

/// As the Python Packaging Advisory Database writes them.
fn yaml(advisory: &Value) -> String {
    let affected = &advisory["affected"][0];
    let versions: String = affected["versions"].as_array().unwrap().iter().map(|one| format!("  - {one}\n")).collect();
    let text = |name: &str| advisory[name].as_str().unwrap();
    let folded = text("details").as_bytes().chunks(78).map(|chunk| String::from_utf8_lossy(chunk).into_owned());
    format!(
        "id: {}\nmodified: {}\ndetails: |\n  {}\naliases:\n- {}\naffected:\n- package:\n    ecosystem: PyPI\n    name: {}\n\
         \x20 ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: \"0\"\n    - fixed: \"1.0\"\n  versions:\n{versions}",
        text("id"),
        json!(text("modified")),
        folded.collect::<Vec<_>>().join("\n  "),
        advisory["aliases"][0].as_str().unwrap(),
        affected["package"]["name"].as_str().unwrap(),
    )
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
    fs::create_dir(folder.join("yaml")).unwrap();
    let gz = GzEncoder::new(fs::File::create(folder.join("db.tar.gz")).unwrap(), Compression::default());
    let mut tar = tar::Builder::new(gz);
    let mut zip = ZipWriter::new(fs::File::create(folder.join("db.zip")).unwrap());
    for number in 0..ADVISORIES {
        let advisory = advisory(number);
        let (name, text) = (format!("TEST-{number}.json"), advisory.to_string());
        fs::write(folder.join("db").join(&name), &text).unwrap();
        fs::write(folder.join(format!("yaml/TEST-{number}.yaml")), yaml(&advisory)).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, &name, text.as_bytes()).unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    tar.into_inner().unwrap().finish().unwrap();
}

fn look_up(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let wanted = Wanted::of(&packages());
    let mut group = criterion.benchmark_group("advisories");
    group.sample_size(10);
    for name in ["db", "db.zip", "db.tar.gz", "yaml"] {
        let path = folder.path().join(name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let found = advisories::look_up(&path, &wanted).unwrap();
                assert_eq!(found.matches.len(), PACKAGES / 100);
                found
            });
        });
    }
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
