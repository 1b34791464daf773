//! `dependency_security` by itself: real lock files, real advisories, and a service on this machine.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use delivery_gate::pipeline::HowToRun;
use delivery_gate::{Options, Project};
use serde_json::{Map, Value, json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/advisories").join(name)
}

/// The label, the one line and the metrics of a gate over a project with one lock file, which git tracks.
fn run(lockfile: &Path, options: &str) -> (String, String, Map<String, Value>) {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(lockfile, folder.path().join(lockfile.file_name().unwrap())).unwrap();
    let gates = format!("gates:\n  - id: deps\n    type: dependency_security\n{options}");
    fs::write(folder.path().join("gates.yaml"), gates).unwrap();
    for arguments in [&["init", "-q"][..], &["add", "."]] {
        assert!(Command::new("git").args(arguments).current_dir(folder.path()).status().unwrap().success());
    }
    let session = Project::open(folder.path(), Options::default()).unwrap().session().unwrap();
    let pipeline = session.load("gates.yaml".as_ref()).unwrap();
    let mut outcome = session.run(&pipeline, &HowToRun::default()).unwrap();
    let row = outcome.gates.remove(0).row;
    (row.status.label().to_owned(), row.detail, row.metrics)
}

fn database(name: &str) -> String {
    format!("    max_age_days: 36500\n    database: {}\n", json!(fixture(name)))
}

fn found(metrics: &Map<String, Value>) -> Vec<String> {
    let findings = metrics["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown = findings.map(|one| {
        let [package, version, line, severity] = ["package", "version", "line", "severity"].map(|key| text(&one[key]));
        format!("{package} {version} at {line}: {} {severity}, fixed {}", one["ids"], one["fixed"])
    });
    shown.collect()
}

#[test]
fn cargo_lock_against_rustsec() {
    let (label, detail, metrics) = run(&fixture("vulnerable/Cargo.lock"), &database("rustsec"));
    assert_eq!(label, "FAIL", "{detail}");
    assert_eq!(
        found(&metrics),
        [
            "smallvec 1.6.0 at 25: [\"RUSTSEC-2021-0003\"] CRITICAL, fixed [\"1.6.1\"]",
            "time 0.1.42 at 31: [\"RUSTSEC-2020-0071\"] MEDIUM, fixed [\"0.2.0\",\"0.2.1\",\"0.2.2\",\"0.2.3\",\"0.2.4\",\
             \"0.2.5\",\"0.2.6\",\"0.2.23\"]",
        ]
    );
    let (label, detail, metrics) = run(&fixture("fixed/Cargo.lock"), &database("rustsec"));
    assert_eq!((label.as_str(), &metrics["cve_count"]), ("PASS", &json!(0)), "{detail}");
}

#[test]
fn uv_lock_against_pypa() {
    let (label, detail, metrics) = run(&fixture("vulnerable/uv.lock"), &database("pypa"));
    assert_eq!(label, "FAIL", "{detail}");
    let found = found(&metrics);
    let ids = ["PYSEC-2018-66", "PYSEC-2019-179", "PYSEC-2023-62", "PYSEC-2021-66"];
    assert_eq!(found.len(), ids.len(), "{found:?}");
    for (found, id) in found.iter().zip(ids) {
        assert!(found.contains(id), "{found} {id}");
    }
    let (label, detail, metrics) = run(&fixture("fixed/uv.lock"), &database("pypa"));
    assert_eq!((label.as_str(), &metrics["cve_count"]), ("PASS", &json!(0)), "{detail}");
}

/// Each package and version with the advisories about it.
fn named(metrics: &Map<String, Value>) -> Vec<String> {
    let findings = metrics["findings"].as_array().unwrap().iter();
    let mut named: Vec<_> = findings
        .map(|one| {
            format!("{} {} {}", one["package"].as_str().unwrap(), one["version"].as_str().unwrap(), one["ids"][0])
        })
        .collect();
    named.sort();
    named.dedup();
    named
}

fn finds(lockfiles: &[&str], advisories: &str, expected: &[&str]) {
    for lockfile in lockfiles {
        let (label, detail, metrics) = run(&fixture("vulnerable").join(lockfile), &database(advisories));
        assert_eq!(
            (label.as_str(), named(&metrics)),
            ("FAIL", expected.iter().map(|one| (*one).to_owned()).collect()),
            "{lockfile} {detail}"
        );
    }
}

fn finds_nothing(lockfiles: &[&str], advisories: &str) {
    for lockfile in lockfiles {
        let (label, detail, metrics) = run(&fixture("fixed").join(lockfile), &database(advisories));
        assert_eq!((label.as_str(), &metrics["cve_count"]), ("PASS", &json!(0)), "{lockfile} {detail}");
    }
}

#[test]
fn every_node_lock_file_against_github() {
    let lockfiles = [
        "npm-1/package-lock.json",
        "npm-2/package-lock.json",
        "npm-3/package-lock.json",
        "yarn-1/yarn.lock",
        "yarn-berry/yarn.lock",
        "pnpm/pnpm-lock.yaml",
        "bun/bun.lock",
    ];
    let expected = [
        "lodash 4.17.19 \"GHSA-35jh-r3h4-6jhm\"",
        "lodash 4.17.20 \"GHSA-35jh-r3h4-6jhm\"",
        "minimist 0.0.8 \"GHSA-vh95-rmgr-6w4m\"",
        "minimist 0.0.8 \"GHSA-xvch-5gv4-984h\"",
        "minimist 1.2.5 \"GHSA-xvch-5gv4-984h\"",
    ];
    finds(&lockfiles, "github", &expected);
    finds_nothing(
        &["npm-3/package-lock.json", "yarn-berry/yarn.lock", "pnpm/pnpm-lock.yaml", "bun/bun.lock"],
        "github",
    );
}

#[test]
fn every_python_lock_file_against_pypa() {
    let lockfiles = [
        "poetry/poetry.lock",
        "pdm/pdm.lock",
        "pip-lock/pylock.toml",
        "pipenv/Pipfile.lock",
        "pip-compile/requirements.txt",
        "uv-pip-freeze/requirements.txt",
    ];
    let expected = [
        "flask 0.12.2 \"PYSEC-2018-66\"",
        "flask 0.12.2 \"PYSEC-2019-179\"",
        "flask 0.12.2 \"PYSEC-2023-62\"",
        "jinja2 2.11.2 \"PYSEC-2021-66\"",
    ];
    finds(&lockfiles, "pypa", &expected);
    finds_nothing(&["poetry/poetry.lock", "pip-lock/pylock.toml", "uv-pip-freeze/requirements.txt"], "pypa");
}

#[test]
fn go_mod_against_the_go_database() {
    finds(&["go/go.mod"], "go-vulndb", &["golang.org/x/text 0.3.6 \"GO-2021-0113\""]);
    finds_nothing(&["go/go.mod"], "go-vulndb");
}

#[test]
fn an_old_database_or_one_of_another_ecosystem_shows_nothing() {
    let old = format!("    database: {}\n", json!(fixture("pypa")));
    let (label, detail, _) = run(&fixture("vulnerable/uv.lock"), &old);
    assert!(label == "UNPROVEN" && detail.contains("max_age_days"), "{label} {detail}");
    let (label, detail, _) = run(&fixture("fixed/uv.lock"), &database("rustsec"));
    assert!(label == "UNPROVEN" && detail.contains("no advisories for PyPI"), "{label} {detail}");
}

/// What is answered about a number of packages.
type Results = Box<dyn Fn(usize) -> Value + Send + Sync>;

type Answer = Arc<dyn Fn(&str, &str) -> (u16, String) + Send + Sync>;

/// A service on this machine, and the requests that it got.
fn service(answer: Answer) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("    service: http://{}\n", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = serve(stream, &answer, &log);
        }
    });
    (address, asked)
}

fn serve(stream: TcpStream, answer: &Answer, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(format!("{path} {}", String::from_utf8_lossy(&body)));
    let (status, text) = answer(&path, &String::from_utf8_lossy(&body));
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    (&stream).write_all((head + &text).as_bytes())
}

/// Of two packages, the first has one advisory on each of two pages.
fn pages(path: &str, body: &str) -> (u16, String) {
    if let Some(id) = path.strip_prefix("/v1/vulns/") {
        let affected = json!([{"package": {"ecosystem": "crates.io", "name": "time"}, "ranges": [{"type": "SEMVER",
            "events": [{"introduced": "0"}, {"fixed": "0.2.23"}]}], "database_specific": {"severity": "LOW"}}]);
        return (200, json!({"id": id, "modified": "2026-01-01T00:00:00Z", "affected": affected}).to_string());
    }
    let queries: Value = serde_json::from_str(body).unwrap();
    let answer = |query: &Value| match (query["package"]["name"].as_str(), query.get("page_token")) {
        (Some("time"), None) => json!({"vulns": [{"id": "A-1", "modified": "x"}], "next_page_token": "two"}),
        (Some("time"), Some(_)) => json!({"vulns": [{"id": "A-2", "modified": "x"}]}),
        _ => json!({}),
    };
    let results: Vec<_> = queries["queries"].as_array().unwrap().iter().map(answer).collect();
    (200, json!({"results": results}).to_string())
}

#[test]
fn a_service_is_asked_page_by_page() {
    let (address, asked) = service(Arc::new(pages));
    let (label, detail, metrics) = run(&fixture("vulnerable/Cargo.lock"), &address);
    assert_eq!(label, "FAIL", "{detail}");
    let found = found(&metrics);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("time 0.1.42 at 31: [\"A-1\"] LOW"), "{found:?}");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|request| request.starts_with("/v1/querybatch")).count(), 2);
    assert!(asked[1].contains("\"page_token\":\"two\""), "{asked:?}");
}

#[test]
fn a_service_without_findings_passes() {
    let empty = |_: &str, body: &str| {
        let queries: Value = serde_json::from_str(body).unwrap();
        let results = vec![json!({}); queries["queries"].as_array().unwrap().len()];
        (200, json!({"results": results}).to_string())
    };
    let (address, _) = service(Arc::new(empty));
    let (label, detail, _) = run(&fixture("vulnerable/Cargo.lock"), &address);
    assert_eq!(label, "PASS", "{detail}");
}

#[test]
fn an_odd_answer_shows_nothing() {
    let named = |id: &'static str| {
        move |queries: usize| {
            let mut results = vec![json!({}); queries];
            results[0] = json!({"vulns": [{"id": id}]});
            json!({"results": results})
        }
    };
    let cases: Vec<(Results, &str)> = vec![
        (Box::new(|_| json!({"results": []})), "another number of packages"),
        (Box::new(|_| json!([])), "odd"),
        (Box::new(named("../../x")), "not an advisory's id"),
        (Box::new(named("A-1")), "another advisory"),
        (Box::new(named("A-404")), "404"),
    ];
    for (results, expected) in cases {
        let answer = move |path: &str, body: &str| match path {
            "/v1/vulns/A-1" => (200, json!({"id": "B-1", "modified": "x"}).to_string()),
            "/v1/querybatch" => {
                let queries: Value = serde_json::from_str(body).unwrap();
                (200, results(queries["queries"].as_array().unwrap().len()).to_string())
            }
            _ => (404, "{}".to_owned()),
        };
        let (address, _) = service(Arc::new(answer));
        let (label, detail, _) = run(&fixture("vulnerable/Cargo.lock"), &address);
        assert!(label == "UNPROVEN" && detail.contains(expected), "{label} {detail} {expected}");
    }
}

#[test]
fn a_service_that_is_not_there_shows_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (label, detail, _) = run(&fixture("vulnerable/Cargo.lock"), &format!("    service: http://{address}\n"));
    assert!(label == "UNPROVEN" && detail.contains("connection refused"), "{label} {detail}");
}
