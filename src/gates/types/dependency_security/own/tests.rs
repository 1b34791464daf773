use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::super::super::bench::Bench;
use super::super::DependencySecurity;
use serde_json::Value;

use super::*;
use crate::gates::gate::{GateType, Judgement};
use crate::model::Metrics;

const LOCK: &str = "[[package]]\nname = \"Flask\"\nversion = \"0.12\"\nfiles = []\n\n[[package]]\nname = \"idna\"\n\
    version = \"3.7\"\nfiles = []\n\n[metadata]\nlock-version = \"2.1\"\n";

fn advisory(id: &str, name: &str, fixed: &str) -> Value {
    json!({
        "id": id, "modified": "2026-11-20T00:00:00Z", "aliases": [format!("CVE-{id}")],
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": name},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        }],
    })
}

fn options(more: Value) -> Value {
    let mut options = json!({"lockfiles": "poetry.lock", "database": "db"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn bench(more: Value, advisories: &[Value]) -> Bench {
    let bench = Bench::new(options(more)).file("poetry.lock", LOCK);
    let named = advisories.iter().map(|advisory| (format!("db/{}.json", advisory["id"].as_str().unwrap()), advisory));
    named.fold(bench, |bench, (name, advisory)| bench.file(&name, &advisory.to_string()))
}

fn metrics(bench: &Bench) -> Metrics {
    bench.source(&DependencySecurity).unwrap().metrics
}

fn unproven(bench: &Bench) -> String {
    match bench.verdict(&DependencySecurity) {
        Judgement::Unproven(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_vulnerable_package_fails_with_everything_about_it() {
    let bench = bench(json!({}), &[advisory("A-1", "flask", "1.0"), advisory("A-2", "idna", "3.7")]);
    let metrics = metrics(&bench);
    let finding = json!({
        "package": "Flask", "ecosystem": "PyPI", "version": "0.12", "lockfile": "poetry.lock", "line": 1,
        "ids": ["A-1"], "aliases": ["CVE-A-1"], "severity": "HIGH", "fixed": ["1.0"],
    });
    assert_eq!(metrics["findings"], json!([finding]));
    let counts = ["cve_count", "severity_max", "high_cves", "packages_scanned", "database_modified"];
    let counts: Vec<_> = counts.iter().map(|name| metrics[*name].clone()).collect();
    assert_eq!(counts, [json!(1), json!("HIGH"), json!(1), json!(2), json!("2026-11-20T00:00:00Z")]);
    assert!(matches!(bench.verdict(&DependencySecurity), Judgement::Fail(_)));
}

#[test]
fn what_github_last_knew_to_be_affected_is_told_beside_a_range_without_an_end() {
    let mut open = advisory("A-1", "flask", "1.0");
    open["affected"][0]["ranges"][0]["events"] = json!([{"introduced": "0"}]);
    open["affected"][0]["database_specific"] = json!({"last_known_affected_version_range": "<= 0.9"});
    let evidence = bench(json!({}), &[open]).source(&DependencySecurity).unwrap();
    let said = "Flask 0.12: A-1 (HIGH), no fix is known, last known to be affected: <= 0.9";
    assert_eq!(evidence.findings[0].message, said);
    assert_eq!(evidence.warnings, [format!("poetry.lock:1: {said}")]);
    assert_eq!(evidence.metrics["findings"][0]["last_known_affected"], "<= 0.9");
}

#[test]
fn nothing_known_passes() {
    let mut withdrawn = advisory("A-1", "flask", "1.0");
    withdrawn["withdrawn"] = json!("2026-01-01T00:00:00Z");
    let bench = bench(json!({}), &[withdrawn, advisory("A-2", "other", "9")]);
    assert!(matches!(bench.verdict(&DependencySecurity), Judgement::Pass(_)));
}

#[test]
fn archives_and_yaml_say_the_same() {
    let json = advisory("A-1", "flask", "1.0").to_string();
    let yaml = "id: A-3\nmodified: 2026-11-21T00:00:00.5Z\naffected:\n- package: {ecosystem: PyPI, name: FLASK}\n  versions:\n  - 0.12\n";
    let files =
        [("x/A-1.json", json.as_str()), ("x/A-3.yaml", yaml), ("x/.github/ci.yaml", "on: push"), ("README.md", "#")];
    let folder = tempfile::tempdir().unwrap();
    let mut zip = ZipWriter::new(fs::File::create(folder.path().join("db.zip")).unwrap());
    let mut tar = tar::Builder::new(GzEncoder::new(
        fs::File::create(folder.path().join("db.tar.gz")).unwrap(),
        Compression::fast(),
    ));
    for (name, text) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        let path = folder.path().join("db").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    zip.finish().unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    for name in ["db", "db.zip", "db.tar.gz"] {
        let path = folder.path().join(name);
        let metrics = metrics(&bench(json!({"database": path.to_str()}), &[]));
        assert_eq!(
            (&metrics["cve_count"], &metrics["database_modified"]),
            (&json!(2), &json!("2026-11-21T00:00:00.5Z")),
            "{name}"
        );
    }
}

#[test]
fn what_the_database_does_not_know_shows_nothing() {
    let known = advisory("A-2", "other", "9");
    let with = |key: &str, value: Value| {
        let mut changed = known.clone();
        changed[key] = value;
        bench(json!({}), &[changed])
    };
    assert!(unproven(&bench(json!({}), &[])).contains("db"));
    assert!(unproven(&with("modified", json!("2026-11-10T11:59:59Z"))).contains("14 days old"));
    assert!(unproven(&with("modified", json!("2026-11-24T12:06:00Z"))).contains("future"));
    assert!(unproven(&with("modified", json!("soon"))).contains("A-2.json"));
    assert!(unproven(&with("affected", json!("none"))).contains("not an OSV advisory"));
    let npm = json!([{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1"]}]);
    assert!(unproven(&with("affected", npm)).contains("no advisories for PyPI"));
    assert!(unproven(&bench(json!({"database": ".."}), &[])).contains("outside"));
    assert!(unproven(&bench(json!({}), &[]).file("db/x.json", "{}")).contains("x.json"));
    assert!(
        unproven(&Bench::new(json!({"lockfiles": "poetry.lock"})).file("poetry.lock", LOCK)).contains("`database:`")
    );
    let odd = json!([{"package": {"ecosystem": "PyPI", "name": "idna"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "x"}]}]}]);
    assert!(unproven(&with("affected", odd)).contains("whether A-2 is about idna 3.7"));
}

#[test]
fn no_package_shows_nothing_unless_that_is_allowed() {
    let empty = |more: Value| Bench::new(options(more)).file("poetry.lock", "[metadata]\nlock-version = \"2.1\"\n");
    assert!(unproven(&empty(json!({}))).contains("no package"));
    assert!(matches!(empty(json!({"allow_empty": true})).verdict(&DependencySecurity), Judgement::Pass(_)));
}

#[test]
fn an_ignored_vulnerability_does_not_count() {
    let ignore = |until| json!({"ignore": [{"id": "CVE-A-1", "reason": "not reached", "until": until}]});
    let found = [advisory("A-1", "flask", "1.0")];
    let metrics = metrics(&bench(ignore("2026-11-24"), &found));
    assert_eq!((&metrics["cve_count"], &metrics["ignored"]), (&json!(0), &json!(1)));
    assert!(matches!(bench(ignore("2026-11-23"), &found).verdict(&DependencySecurity), Judgement::Fail(_)));
}

#[test]
fn wrong_keys_are_told() {
    for (key, value) in [
        ("ignore", json!("A-1")),
        ("ignore", json!([{"id": "A-1", "reason": "x"}])),
        ("ignore", json!([{"id": "A-1", "reason": "x", "until": "soon"}])),
        ("ignore", json!([{"id": "A-1", "reason": " ", "until": "2026-12-31"}])),
        ("ignore", json!([{"id": "A-1", "reason": "x", "until": "2026-12-31", "why": "y"}])),
        ("lockfiles", json!("/etc/*.lock")),
        ("service", json!("http://osv.example.org")),
        ("max_age_days", json!("14")),
        ("allow_empty", json!("yes")),
        ("database", json!([])),
    ] {
        let options = json!({key: value});
        let at = DependencySecurity.gate(options.as_object().unwrap().clone()).err().map(|(at, _)| at);
        assert_eq!(at.as_deref(), Some(key), "{options}");
    }
    let both = json!({"service": "https://osv.example.org", "database": "db"});
    assert!(DependencySecurity.gate(both.as_object().unwrap().clone()).is_err());
}
