//! Package.swift, and what Package.resolved may say about it.

use crate::common::result;
use crate::pins::{changed, fixture, project_of, row_of};

const NAME: &str = "swift/resolved";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NOT_ASKED: &str = ". Not asked: Own/Package.swift (`manifests:` in delivery-gate.yaml adds what is released).";

fn row(changes: &[(&str, &str, &str)]) -> String {
    changed(NAME, changes).replace(NOT_ASKED, "")
}

fn package(dependencies: &str) -> String {
    format!(
        "// swift-tools-version: 5.9\nimport PackageDescription\nlet package = Package(name: \"D\", dependencies: {dependencies})\n"
    )
}

#[test]
fn all_pins_have_their_revision() {
    assert_eq!(row(&[]), "PASS  All 5 dependencies are pinned");
    let fails = |why: &str| format!("FAIL  1 of 5 dependencies are not pinned: {why}");
    let lock = |old: &str, new: &str| row(&[("Package.resolved", old, new)]);
    assert_eq!(
        lock(&format!("{COMMIT}\",\n        \"version\" : \"2.0.1"), "abc\",\n        \"version\" : \"2.0.1"),
        fails("https://git.example/B (2.0.1)")
    );
    // Behind the first level.
    assert_eq!(
        lock(&format!("{COMMIT}\",\n        \"version\" : \"0.9.0"), "abc\",\n        \"version\" : \"0.9.0"),
        fails("d")
    );
    assert_eq!(lock("\"1.4.2\"", "\"1.1.9\""), fails("https://git.example/swift-a.git (from 1.2.0)"));
    assert_eq!(lock("\"1.4.2\"", "\"2.0.0\""), fails("https://git.example/swift-a.git (from 1.2.0)"));
    assert_eq!(lock("\"2.0.1\"", "\"2.0.2\""), fails("https://git.example/B (2.0.1)"));
    assert_eq!(row(&[("Package.swift", "path: \"Own\"", "path: \"../Own\"")]), fails("../Own"));
    let missing = row(&[("Package.swift", "\"https://git.example/c\"", "\"https://git.example/e\"")]);
    assert_eq!(missing, "FAIL  1 of 6 dependencies are not pinned: https://git.example/e (branch main)");
    let registry = lock(
        "\"remoteSourceControl\",\n      \"location\" : \"https://git.example/d\"",
        "\"registry\",\n      \"location\" : \"d\"",
    );
    assert_eq!(registry, fails("d"));
}

#[test]
fn every_version_of_the_lock_file_is_read() {
    let text = package("[.package(url: \"https://x.example/A.git\", from: \"1.0.0\")]");
    let of = |lock: &str| row_of(&[("Package.swift", &text), ("Package.resolved", lock)]);
    let old = format!(
        "{{\"object\": {{\"pins\": [{{\"package\": \"Aa\", \"repositoryURL\": \"https://x.example/A.git\", \"state\": {{\"branch\": null, \"revision\": \"{COMMIT}\", \"version\": \"1.1.0\"}}}}]}}, \"version\": 1}}"
    );
    assert_eq!(of(&old), "PASS  All 1 dependencies are pinned.");
    let pin = format!(
        "{{\"identity\": \"a\", \"kind\": \"remoteSourceControl\", \"location\": \"https://x.example/A\", \"state\": {{\"revision\": \"{COMMIT}\", \"version\": \"1.1.0\"}}}}"
    );
    assert_eq!(of(&format!("{{\"pins\": [{pin}], \"version\": 2}}")), "PASS  All 1 dependencies are pinned.");
    let unread = "UNPROVEN  https://x.example/A.git: Package.resolved could not be read: ";
    for (lock, why) in [
        (format!("{{\"pins\": [{pin}], \"version\": 4}}"), "its version 4 is not known"),
        (format!("{{\"pins\": [{pin}], \"version\": 1}}"), "its `pins` are not where its version has them"),
        (format!("{{\"pins\": [{pin}, {pin}], \"version\": 2}}"), "a is there twice"),
        (
            format!("{{\"pins\": [{pin}], \"pins\": [], \"version\": 2}}"),
            "the key 'pins' is there twice at line 1 column",
        ),
        ("{\"pins\": [".to_owned(), "EOF while parsing"),
        ("{\"pins\": [{\"state\": {}}], \"version\": 2}".to_owned(), "one of its pins has no name"),
        ("{\"pins\": [1], \"version\": 2}".to_owned(), "invalid type"),
        ("[".repeat(100_000), "nested deeper than 64 levels"),
    ] {
        let row = of(&lock);
        assert!(row.starts_with(&format!("{unread}{why}")), "{why}: {row}");
    }
}

#[test]
fn without_a_lock_file_a_revision_counts() {
    for (dependencies, expected) in [
        ("[]", "PASS  No dependencies to pin."),
        ("[.package(url: \"u/a\", from: \"1.0.0\")]", "FAIL  1 of 1 dependencies are not pinned: u/a (from 1.0.0)"),
        ("[.package(url: \"u/a\", exact: \"1.0.0\")]", "FAIL  1 of 1 dependencies are not pinned: u/a (1.0.0)"),
        ("[.package(path: \"A\")]", "UNPROVEN  A: there is no A/Package.swift"),
    ] {
        assert_eq!(row_of(&[("Package.swift", &package(dependencies))]), expected, "{dependencies}");
    }
    let fixed = package(&format!("[.package(url: \"u/a\", revision: \"{COMMIT}\")]"));
    assert_eq!(row_of(&[("Package.swift", &fixed)]), "PASS  All 1 dependencies are pinned.");
    let computed = "UNPROVEN  Package.swift computes its dependencies; there is no Package.resolved; the lock file decides: `swift package \
                    resolve` writes Package.resolved, and git must have it";
    for dependencies in ["dependencies()", "[.package(url: base + \"a\", from: \"1.0.0\")]"] {
        assert_eq!(row_of(&[("Package.swift", &package(dependencies))]), computed, "{dependencies}");
    }
    let lock = format!(
        "{{\"pins\": [{{\"identity\": \"a\", \"location\": \"u/a\", \"state\": {{\"revision\": \"{COMMIT}\"}}}}], \"version\": 3}}"
    );
    let files = [("Package.swift", &*package("dependencies()")), ("Package.resolved", &*lock)];
    assert_eq!(row_of(&files), "PASS  All 1 dependencies are pinned.");
}

/// Another way to read the same file.
#[test]
fn pins_are_those_that_a_search_for_lines_finds() {
    let files = fixture(NAME);
    let lock = &files.iter().find(|(path, _)| path == "Package.resolved").expect("a lock").1;
    let wanted: Vec<_> =
        lock.lines().filter_map(|line| line.trim().strip_prefix("\"identity\" : \"")?.strip_suffix("\",")).collect();
    let project = project_of(&[("Package.swift", &package("[]")), ("Package.resolved", &lock.replace(COMMIT, "x"))]);
    let (_, report) = project.track().check_after_ci().json();
    let unpinned = &result(&report, "deps_pinned")["metrics"]["unpinned"];
    let found: Vec<_> = unpinned.as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(found, wanted);
}
