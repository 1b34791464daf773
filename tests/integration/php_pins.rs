//! composer.json, and what composer.lock may say about it.

use std::collections::BTreeSet;

use crate::common::result;
use crate::pins::{changed, fixture, project_of, row_in, row_of};

const LOCK: &str = "composer.lock";

/// One package of a lock file, as Composer writes one from Packagist.
fn package(name: &str, more: &str) -> String {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let dist = format!(
        "{{\"type\": \"zip\", \"url\": \"https://x.example/{commit}\", \"reference\": \"{commit}\", \"shasum\": \"\"}}"
    );
    format!("{{\"name\": \"{name}\", \"version\": \"v1.2.0\", \"dist\": {dist}{more}}}")
}

fn lock(packages: &[String]) -> String {
    format!("{{\"content-hash\": \"{HASH}\", \"packages\": [{}], \"packages-dev\": []}}", packages.join(", "))
}

/// A manifest, and the hash that Composer has of it.
const MANIFEST: &str = "{\"require\": {\"a/a\": \"^1\"}}\n";
const HASH: &str = "0c98c156c174a60390ac5a9600225a1b";

fn with(packages: &[String]) -> String {
    row_of(&[("composer.json", MANIFEST), (LOCK, &lock(packages))])
}

#[test]
fn what_composer_wrote_is_pinned() {
    assert_eq!(changed("php/app", &[]), "PASS  All 4 dependencies are pinned.");
    assert_eq!(
        with(&[package("a/a", ", \"require\": {\"php\": \"*\", \"ext-x\": \"*\"}")]),
        "PASS  All 1 dependencies are pinned."
    );
    // Spaces, other keys and their order are nothing to Composer.
    let changes = [("composer.json", "\"description\": \"Straße / ünïcode\",", ""), ("composer.json", "1.50", "1.5")];
    assert_eq!(changed("php/app", &changes), "PASS  All 4 dependencies are pinned.");
}

#[test]
fn a_lock_that_was_made_for_another_manifest_is_told() {
    let stale = "FAIL  composer.lock is out of date: its content-hash is not that of composer.json; `composer update --lock` \
                 writes it anew";
    for (old, new) in
        [("\"^9\"", "\"^9.0\""), ("\\u2028", "\\u2029"), ("8.2.0", "8.2.1"), ("packages/*", "packages/own")]
    {
        assert_eq!(changed("php/app", &[("composer.json", old, new)]), stale, "{old}");
    }
    assert_eq!(
        changed("php/app", &[(LOCK, "\"content-hash\"", "\"other\"")]),
        "FAIL  composer.lock has no content-hash; `composer update --lock` writes it"
    );
    // Before Composer 1.3 the hash was that of the whole file.
    let old = lock(&[package("a/a", "")]).replace("content-hash", "hash");
    let whole = old.replace(HASH, "b6ae42e2a4594c76dcaab54b1a9bca6d");
    assert_eq!(row_of(&[("composer.json", MANIFEST), (LOCK, &whole)]), "PASS  All 1 dependencies are pinned.");
    assert_eq!(row_of(&[("composer.json", MANIFEST), (LOCK, &old)]), stale);
}

#[test]
fn what_a_package_needs_is_looked_at_to_the_bottom() {
    let fails = |why: &str| format!("FAIL  1 of 4 dependencies are not pinned: {why}");
    let low = "cab555ad7a38a11e2edda960816e9a669a3fa71e";
    let row = changed("php/app", &[(LOCK, low, "cab555a")]);
    let why = "composer.lock has neither a checksum nor a full reference for it";
    let expected = format!(
        "FAIL  3 of 4 dependencies are not pinned: acme/low via acme/log: {why}, acme/low via acme/own: {why}, acme/low via acme/tests: {why}"
    );
    assert_eq!(row, expected);
    assert_eq!(
        changed("php/app", &[(LOCK, "\"psr/iface\": \"1.0.0\"", "\"psr/other\": \"1.0.0\"")]),
        fails("psr/iface via acme/log: composer.lock does not have it")
    );
    assert_eq!(
        changed("php/app", &[(LOCK, "\"name\": \"acme/impl\"", "\"name\": \"acme/more\"")]),
        fails("acme/impl: composer.lock does not have it")
    );
    assert_eq!(
        changed("php/app", &[(LOCK, "\"version\": \"1.0.2\"", "\"version\": \"1.0.3\"")]),
        fails("acme/impl: composer.lock has 1.0.3, which contradicts 1.0.2")
    );
    assert_eq!(
        changed("php/app", &[(LOCK, "\"version\": \"1.0.2\"", "\"version\": \"v1.0.2.0\"")]),
        "PASS  All 4 dependencies are pinned."
    );
    let own = |url: &str| changed("php/app", &[(LOCK, "\"url\": \"packages/own\"", &format!("\"url\": \"{url}\""))]);
    let not_asked =
        " Not asked: packages/own/composer.json (`manifests:` in delivery-gate.yaml adds what is released).";
    assert_eq!(own("../own"), fails("acme/own: ../own is outside of the repository.") + not_asked);
    assert_eq!(own("packages/gone"), fails("acme/own: the release has no folder packages/gone.") + not_asked);
    let for_dev = lock(&[]).replace("\"packages-dev\": []", &format!("\"packages-dev\": [{}]", package("a/a", "")));
    assert_eq!(
        row_of(&[("composer.json", MANIFEST), (LOCK, &for_dev)]),
        "FAIL  1 of 1 dependencies are not pinned: a/a: composer.lock has it for development only"
    );
    let circle = [package("a/a", ", \"require\": {\"B/b\": \"*\"}"), package("b/B", ", \"require\": {\"a/a\": \"*\"}")];
    assert_eq!(with(&circle), "PASS  All 1 dependencies are pinned.");
    let meta = "{\"name\": \"a/a\", \"version\": \"1.0.0\", \"type\": \"metapackage\", \"require\": []}".to_owned();
    assert_eq!(with(&[meta]), "PASS  All 1 dependencies are pinned.");
}

/// The hash is that of the manifest all the same: `composer update --lock` writes it anew and looks at no version.
#[test]
fn a_lock_has_versions_that_are_allowed() {
    let at = |version: &str| with(&[package("a/a", "").replace("v1.2.0", version)]);
    for version in ["1.0.0", "v1.9", "1.2.3-beta1", "1.x-dev", "dev-main"] {
        assert_eq!(at(version), "PASS  All 1 dependencies are pinned.", "{version}");
    }
    for version in ["2.0.0", "v0.9.1", "2.0.0-beta1", "2.x-dev"] {
        let why = format!("a/a: composer.lock has {version}, which ^1 does not allow");
        assert_eq!(at(version), format!("FAIL  1 of 1 dependencies are not pinned: {why}"));
    }
    let needing = |requirement: &str, more: &str| {
        let need = format!(", \"require\": {{\"b/b\": \"{requirement}\"}}");
        with(&[package("a/a", &need), package("b/b", ""), package("c/c", more)])
    };
    assert_eq!(needing("^1 || ^3", ""), "PASS  All 1 dependencies are pinned.");
    let why = "b/b via a/a: composer.lock has v1.2.0, which ^3 does not allow";
    assert_eq!(needing("^3", ""), format!("FAIL  1 of 1 dependencies are not pinned: {why}"));
    // What another package replaces may have any version.
    assert_eq!(needing("^3", ", \"replace\": {\"b/b\": \"3.0\"}"), "PASS  All 1 dependencies are pinned.");
}

#[test]
fn a_requirement_without_a_lock_is_a_version_or_a_commit() {
    let row = |requirement: &str| {
        row_of(&[("composer.json", &format!("{{\"require\": {{\"php\": \">=8\", \"a/a\": \"{requirement}\"}}}}"))])
    };
    for exact in ["1.2.3", "v1.2.3", "=1.2.3", "1.2.3-beta2", "dev-main#0123456789abcdef0123456789abcdef01234567"] {
        assert_eq!(row(exact), "PASS  All 1 dependencies are pinned.", "{exact}");
    }
    for open in [
        "^1.2",
        "~1.2.3",
        "1.*",
        "1.2.x",
        ">=1",
        "*",
        "1.0 || 2.0",
        "1.0 - 2.0",
        "@dev",
        "dev-main",
        "1.x-dev",
        "dev-main#0123456",
        "1.2.3,1.2.4",
    ] {
        assert_eq!(row(open), format!("FAIL  1 of 1 dependencies are not pinned: a/a ({open})"), "{open}");
    }
    assert_eq!(row_of(&[("composer.json", "{\"require\": []}")]), "PASS  No dependencies to pin.");
    let project = project_of(&[("composer.json", MANIFEST), (LOCK, "{}"), (".gitignore", "composer.lock\n")]);
    assert_eq!(
        row_in(project.track()),
        "FAIL  1 of 1 dependencies are not pinned: a/a (^1); composer.lock is not tracked by git"
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let row = |lock: &str| row_of(&[("composer.json", MANIFEST), (LOCK, lock)]);
    let deep = format!("{{\"packages\": [{{\"require\": {}", "[".repeat(100_000));
    for (text, why) in [
        ("{\"packages\": [", "EOF while parsing a list at line 1 column 14"),
        ("{}", "missing field `packages` at line 1 column 2"),
        ("{\"packages\": [], \"packages\": []}", "duplicate field `packages` at line 1 column 27"),
        ("{\"packages\": {}}", "invalid type: map, expected a sequence at line 1 column 13"),
        (&deep, "recursion limit exceeded at line 1 column 151"),
    ] {
        assert_eq!(
            row(text),
            format!("UNPROVEN  a/a: composer.lock could not be read: it is not a valid lock file: {why}")
        );
    }
    let refused = |text: &str| {
        let project = project_of(&[("composer.json", text)]);
        project.track();
        project.check().run().refusal()
    };
    for (text, place) in [
        ("{\"require\": {\"a/a\": 1}}", "composer.json:1:"),
        ("{\n  \"require\": \"x\"\n}", "composer.json:2:"),
        ("{\n  \"require\": {,\n}", "composer.json:2:"),
    ] {
        let told = refused(text);
        assert!(told.contains(place), "{told}");
    }
    let row = row_of(&[("composer.json", "{\"require\": {\"a/a\": \"1\", \"a/a\": \"2\"}}")]);
    assert!(row.starts_with("UNPROVEN  composer.json:1:26: the key `a/a` is here twice"), "{row}");
}

/// Another way to read the same file.
#[test]
fn what_is_locked_is_what_a_search_for_names_finds() {
    let files = fixture("php/app");
    let text = &files.iter().find(|(path, _)| path == LOCK).expect("a lock file").1;
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("\"name\": \"")?.split('"').next());
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    // Without references, each of them is a hole, or has one behind it.
    let (start, end) = ("\"reference\": \"", "\"reference\": \"x");
    let project = project_of(&[]);
    for (path, text) in &files {
        project.write(
            path,
            &if path == LOCK { text.replace(start, end).replace("packages/own", "gone") } else { text.clone() },
        );
    }
    project.track();
    let (_, report) = project.check_after_ci().json();
    let unpinned = result(&report, "deps_pinned")["metrics"]["unpinned"].as_array().expect("a list").clone();
    let mut found: BTreeSet<_> = unpinned.iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
    found.insert("acme/low".to_owned());
    assert_eq!(found, names);
}

#[test]
fn what_others_take_a_version_for_does_not_loosen_it() {
    let row =
        |requirement: &str| row_of(&[("composer.json", &format!("{{\"require\": {{\"a/a\": \"{requirement}\"}}}}\n"))]);
    for exact in ["dev-master#0123456789abcdef0123456789abcdef01234567 as 3.0.999", "1.2.3 as 3.0.999"] {
        assert_eq!(row(exact), "PASS  All 1 dependencies are pinned.", "{exact}");
    }
    assert_eq!(row("dev-master as 3.0.999"), "FAIL  1 of 1 dependencies are not pinned: a/a (dev-master as 3.0.999)");
}

/// A branch is no version with numbers, and no other branch.
#[test]
fn a_branch_that_is_asked_for_is_the_one_that_is_locked() {
    let needing = |requirement: &str, version: &str, more: &str| {
        let need = format!(", \"require\": {{\"b/b\": \"{requirement}\"}}");
        let lock = lock(&[package("a/a", &need), package("b/b", "").replace("v1.2.0", version)]);
        row_of(&[("composer.json", MANIFEST), (LOCK, &lock.replacen('{', &format!("{{{more}"), 1))])
    };
    for (requirement, version) in
        [("dev-main", "dev-main"), ("1.x-dev", "1.x-dev"), ("^1", "1.x-dev"), ("^1", "dev-main"), ("*", "dev-main")]
    {
        let row = needing(requirement, version, "");
        assert_eq!(row, "PASS  All 1 dependencies are pinned.", "{requirement} {version}");
    }
    for (requirement, version) in
        [("dev-main", "1.2.0"), ("1.x-dev", "1.2.0"), ("dev-main", "dev-other"), ("2.x-dev", "1.x-dev")]
    {
        let why = format!("b/b via a/a: composer.lock has {version}, which {requirement} does not allow");
        assert_eq!(needing(requirement, version, ""), format!("FAIL  1 of 1 dependencies are not pinned: {why}"));
    }
    // What the project wants it to be taken for is the project's matter.
    let alias = "\"aliases\": [{\"package\": \"b/b\", \"version\": \"dev-other\", \"alias\": \"dev-main\"}], ";
    assert_eq!(needing("dev-main", "dev-other", alias), "PASS  All 1 dependencies are pinned.");
}
