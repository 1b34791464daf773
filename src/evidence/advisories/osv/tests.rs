//! The examples of the schema's documentation, shortened to what matching needs.

use serde_json::{Value, json};

use super::super::{Package, Wanted, database};
use super::*;

fn advisory(id: &str, ecosystem: &str, name: &str, more: Value) -> Value {
    let mut entry = json!({"package": {"ecosystem": ecosystem, "name": name}});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"schema_version": "1.2.0", "id": id, "published": "2020-07-01T00:00:18.401815Z",
        "modified": "2021-03-09T04:49:05.965964Z", "summary": "x", "aliases": ["CVE-1"], "references": [],
        "credits": [{"name": "x", "contact": ["mailto:x@example.org"], "type": "FINDER"}], "affected": [entry],
        "database_specific": {"cwe_ids": ["CWE-327"], "severity": "MODERATE", "github_reviewed": true}})
}

fn ranges(kind: &str, introduced: &str, fixed: &str) -> Value {
    json!([{"type": kind, "events": [{"introduced": introduced}, {"fixed": fixed}]}])
}

/// How many of the versions an advisory is about.
fn affected(advisory: &Value, ecosystem: Ecosystem, name: &str, versions: &[&str]) -> usize {
    let package = |version: &&str| Package {
        ecosystem,
        name: name.to_owned(),
        version: (*version).to_owned(),
        path: "x".to_owned(),
        line: None,
    };
    let wanted = Wanted::of(&versions.iter().map(package).collect::<Vec<_>>());
    database::look_up_in("x.json", advisory.to_string().as_bytes(), &wanted).unwrap().matches.len()
}

#[test]
fn the_examples_of_the_schema_are_read() {
    let npm = advisory("GHSA-r9p9-mrjm-926w", "npm", "elliptic", json!({"ranges": ranges("ECOSYSTEM", "0", "6.5.4")}));
    assert_eq!(affected(&npm, Ecosystem::Npm, "elliptic", &["0.0.1", "6.5.3", "6.5.4-rc.1", "6.5.4", "7.0.0"]), 3);
    let functions = json!({"ranges": ranges("SEMVER", "0", "0.1.20"), "ecosystem_specific": {"severity": "HIGH",
        "functions": ["http::header::HeaderMap::reserve"], "keywords": ["http"]}});
    let rust = advisory("RUSTSEC-2019-0033", "crates.io", "http", functions);
    assert_eq!(affected(&rust, Ecosystem::CratesIo, "http", &["0.1.19", "0.1.20"]), 1);
    let mut both = ranges("ECOSYSTEM", "2.8.0", "2.10.0");
    let git = json!({"type": "GIT", "repo": "https://example.org/pikepdf", "events": [{"introduced": "0"}, {"fixed": "3f38f"}]});
    both.as_array_mut().unwrap().insert(0, git.clone());
    let listed = json!({"ranges": both, "versions": ["2.8.0", "2.8.0.post1", "2.9.0", "2.9.2"]});
    let python = advisory("PYSEC-2021-XXXX", "PyPI", "pikepdf", listed);
    let versions = ["2.7.9", "2.8.0", "2.8.0.post2", "2.9.2", "2.10.0.dev1", "2.10.0"];
    assert_eq!(affected(&python, Ecosystem::PyPi, "PikePDF", &versions), 4);
    let ruby = json!({"ranges": ranges("ECOSYSTEM", "1.14.0", "2.1.0"), "versions": ["1.14.0", "2.1.0.pre.3"]});
    let ruby = advisory("CVE-2019-3881", "RubyGems", "bundler", ruby);
    assert_eq!(affected(&ruby, Ecosystem::RubyGems, "bundler", &["1.13.9", "1.14.0", "2.1.0.pre.3", "2.1.0"]), 2);
    for (ecosystem, name, range) in [
        ("OSS-Fuzz", "icu", json!({"ranges": [git]})),
        ("Debian:7", "nginx", json!({"ranges": ranges("ECOSYSTEM", "0", "1.2.1-2.2+wheezy3")})),
        (
            "Hackage",
            "x509-validation",
            json!({"severity": [{"type": "CVSS_V3", "score": "x"}], "ranges": ranges("ECOSYSTEM", "1.4.0", "1.4.8")}),
        ),
        ("CRAN", "readxl", json!({"versions": ["1.4.1"]})),
    ] {
        assert_eq!(
            affected(&advisory("X-1", ecosystem, name, range), Ecosystem::Npm, name, &["1.4.1"]),
            0,
            "{ecosystem}"
        );
    }
}

#[test]
fn what_the_schema_allows_to_be_absent_may_be_null() {
    for field in ["aliases", "severity", "affected", "withdrawn", "database_specific"] {
        let mut bare = json!({"id": "A-1", "modified": "2021-03-09T04:49:05Z"});
        assert_eq!(affected(&bare, Ecosystem::Npm, "a", &["1.0.0"]), 0);
        bare[field] = Value::Null;
        assert_eq!(affected(&bare, Ecosystem::Npm, "a", &["1.0.0"]), 0, "{field}");
    }
    for field in ["ranges", "versions", "severity", "ecosystem_specific", "database_specific"] {
        let mut entry = json!({"versions": ["1.0.0"], "ranges": ranges("SEMVER", "1.0.0", "2.0.0")});
        entry[field] = Value::Null;
        assert_eq!(affected(&advisory("A-1", "npm", "a", entry), Ecosystem::Npm, "a", &["1.0.0"]), 1, "{field}");
    }
}
