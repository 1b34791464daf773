//! pubspec.yaml, and what pubspec.lock may say about it.

use crate::pins::{changed, fixture, project_of, row_in, row_of};

const NAME: &str = "dart/workspace";
const HASH: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn fails(why: &str) -> String {
    format!("FAIL  1 of 4 dependencies are not pinned: {why}")
}

#[test]
fn a_workspace_is_pinned_by_its_lock_file() {
    assert_eq!(changed(NAME, &[]), "PASS  All 4 dependencies are pinned.");
    // A member by itself has the lock file of its workspace.
    let project = project_of(&[("delivery-gate.yaml", "manifests: [pkgs/own/pubspec.yaml]\n")]);
    for (path, text) in fixture(NAME).iter().filter(|(path, _)| path != "pubspec.yaml") {
        project.write(path, text);
    }
    let row = row_in(project.track());
    assert_eq!(row, "FAIL  1 of 1 dependencies are not pinned: meta (^2.0.0)");
}

#[test]
fn each_hash_and_each_entry_is_missed() {
    let lock = |old: &str, new: &str| changed(NAME, &[("pubspec.lock", old, new)]);
    assert_eq!(lock("  args:", "  arg:"), fails("args (^2.4.0)"));
    assert_eq!(lock("\"2.5.0\"", "\"2.3.0\""), fails("args (^2.4.0)"));
    assert_eq!(lock("\"2.5.0\"", "\"3.0.0-dev\""), fails("args (^2.4.0)"));
    assert_eq!(lock("resolved-ref: \"0123", "resolved-ref: \"123"), fails("lints (https://git.example/lints.git)"));
    assert_eq!(
        lock(&format!("sha256: {}", "b".repeat(64)), "other: x"),
        "FAIL  pubspec.lock has no SHA-256 (of async); `dart pub get` writes it anew"
    );
    // One version is pinned without a lock file, too.
    let all = lock(&format!("sha256: \"{HASH}\""), "other: x");
    assert_eq!(all, "FAIL  2 of 4 dependencies are not pinned: args (^2.4.0), meta (^2.0.0)");
    assert_eq!(
        lock("source: sdk", "source: elsewhere").split(';').next(),
        Some("FAIL  pubspec.lock has the source `elsewhere`, which the gate does not know (of flutter)")
    );
}

#[test]
fn a_lock_file_that_cannot_be_read_is_unproven() {
    let text = "name: d\nversion: 1.2.3\ndependencies:\n  a: ^1.0.0\n";
    let of = |lock: &str| row_of(&[("pubspec.yaml", text), ("pubspec.lock", lock)]);
    for lock in [
        "packages:\n  a: [",
        "packages: 1\n",
        "packages:\n  a: {version: x}\n",
        "packages:\n  a: {source: hosted, version: \"1\"}\n  a: {source: hosted, version: \"1\"}\n",
        "",
        "a: &x 1\nb: *x\n",
    ] {
        let row = of(lock);
        assert!(row.starts_with("UNPROVEN  a: pubspec.lock could not be read: "), "{lock:?}: {row}");
    }
    let deep = format!("packages: {}", "[".repeat(100_000));
    assert!(of(&deep).starts_with("UNPROVEN  a: pubspec.lock could not be read: "));
}

#[test]
fn without_a_lock_file_one_version_counts() {
    let of = |dependency: &str| {
        row_of(&[("pubspec.yaml", &format!("name: d\nversion: 1.2.3\ndependencies:\n  a: {dependency}\n"))])
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (dependency, expected) in [
        ("1.2.3", "PASS  All 1 dependencies are pinned."),
        ("{hosted: https://x.example, version: 1.2.3}", "PASS  All 1 dependencies are pinned."),
        (&format!("{{git: {{url: u, ref: {commit}}}}}"), "PASS  All 1 dependencies are pinned."),
        ("{sdk: flutter}", "PASS  No dependencies to pin."),
        ("^1.2.3", "FAIL  1 of 1 dependencies are not pinned: a (^1.2.3)"),
        ("any", "FAIL  1 of 1 dependencies are not pinned: a (any)"),
        ("", "FAIL  1 of 1 dependencies are not pinned: a"),
        ("{git: u}", "FAIL  1 of 1 dependencies are not pinned: a (u)"),
        ("{path: ../a}", "FAIL  1 of 1 dependencies are not pinned: a (../a)"),
        ("{path: a}", "UNPROVEN  a: there is no a/pubspec.yaml"),
    ] {
        assert_eq!(of(dependency), expected, "{dependency}");
    }
}

#[test]
fn a_manifest_that_cannot_be_parsed_is_shown_with_its_place() {
    for (text, place) in [
        ("name: [\n", "pubspec.yaml:"),
        ("name: d\ndependencies: [a]\n", "pubspec.yaml:2:15"),
        ("workspace: x\n", "pubspec.yaml:1:12"),
    ] {
        let project = project_of(&[("pubspec.yaml", text)]);
        let told = project.track().check_after_ci().run().refusal();
        assert!(told.contains(place), "{text:?}: {told}");
    }
}

/// Another way to read the same file.
#[test]
fn entries_are_those_that_a_search_for_lines_finds() {
    let files = fixture(NAME);
    let lock = &files.iter().find(|(path, _)| path == "pubspec.lock").expect("a lock").1;
    let names: Vec<_> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.strip_suffix(':'))
        .collect();
    let open = lock
        .replace("source: hosted", "source: x")
        .replace("source: git", "source: x")
        .replace("source: sdk", "source: x");
    let row = row_of(&[("pubspec.yaml", "name: d\nversion: 1.2.3\n"), ("pubspec.lock", &open)]);
    assert_eq!(names, ["args", "async", "flutter", "lints", "meta"]);
    assert!(names.iter().all(|name| row.contains(&format!("(of {name})"))), "{row}");
}
