//! Workspaces, patches and what a lock file may say about them.

use crate::common::Project;
use crate::pins::{project_of, row_of};

const PACKAGE: &str = "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn lock(packages: &[&str]) -> String {
    packages.iter().fold("version = 4\n".to_owned(), |lock, package| format!("{lock}\n[[package]]\n{package}\n"))
}

fn registry(name: &str, version: &str) -> String {
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    format!(
        "name = \"{name}\"\nversion = \"{version}\"\nsource = \"{source}\"\nchecksum = \"abababababababababababababababababababababababababababababababab\"\n"
    )
}

fn demo(dependencies: &str) -> String {
    format!("name = \"demo\"\nversion = \"1.2.3\"\ndependencies = [{dependencies}]\n")
}

fn manifest(tables: &str) -> String {
    format!("{PACKAGE}{tables}")
}

#[test]
fn exact_requirements_need_no_lock() {
    let cases = [
        ("[dependencies]\na = \"=1.2.3\"\n", "PASS  All 1 dependencies are pinned."),
        ("[dependencies]\na = \"=1.2\"\n", "FAIL  1 of 1 dependencies are not pinned: a (=1.2)"),
        ("[dependencies]\na = \">=1.0, =1.2.3\"\n", "PASS  All 1 dependencies are pinned."),
        ("[dependencies]\na = \"not a version\"\n", "FAIL  1 of 1 dependencies are not pinned: a (not a version)"),
        ("[dependencies]\na = {}\n", "FAIL  1 of 1 dependencies are not pinned: a"),
        ("[dependencies]\na = { workspace = true }\n", "FAIL  1 of 1 dependencies are not pinned: a"),
        ("[target.'cfg(unix)'.dev-dependencies]\na = \"1\"\n", "FAIL  1 of 1 dependencies are not pinned: a (1)"),
        ("[build_dependencies]\na = \"1\"\n", "FAIL  1 of 1 dependencies are not pinned: a (1)"),
        ("[dependencies]\na = { path = \"../a\" }\n", "FAIL  1 of 1 dependencies are not pinned: a (../a)"),
        ("[dependencies]\na = { path = \"a\" }\n", "FAIL  1 of 1 dependencies are not pinned: a (a)"),
        (
            "[dependencies]\na = { git = \"https://x.example/a\" }\n",
            "FAIL  1 of 1 dependencies are not pinned: a (https://x.example/a)",
        ),
        (
            "[dependencies]\na = { git = \"https://x.example/a\", tag = \"v1\" }\n",
            "FAIL  1 of 1 dependencies are not pinned: a (https://x.example/a, tag v1)",
        ),
        (
            "[dependencies]\na = { git = \"https://x.example/a\", rev = \"main\" }\n",
            "FAIL  1 of 1 dependencies are not pinned: a (https://x.example/a, rev main)",
        ),
    ];
    for (tables, expected) in cases {
        assert_eq!(row_of(&[("Cargo.toml", &manifest(tables))]), expected, "{tables}");
    }
    let full = format!("[dependencies]\na = {{ git = \"https://x.example/a\", rev = \"{COMMIT}\" }}\n");
    assert_eq!(row_of(&[("Cargo.toml", &manifest(&full))]), "PASS  All 1 dependencies are pinned.");
}

#[test]
fn a_lock_pins_only_what_it_resolves() {
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    let unpinned = "FAIL  1 of 1 dependencies are not pinned: a (1.2)";
    let cases = [
        (lock(&[&demo("\"a\""), &registry("a", "1.4.0")]), "PASS  All 1 dependencies are pinned."),
        (lock(&[&demo("\"a 2.0.0\""), &registry("a", "1.4.0"), &registry("a", "2.0.0")]), unpinned),
        (lock(&[&demo(""), &registry("a", "1.4.0")]), unpinned),
        (lock(&[&registry("a", "1.4.0")]), unpinned),
        (
            lock(&[
                &demo("\"a\""),
                &registry("a", "1.4.0")
                    .replace("checksum = \"abababababababababababababababababababababababababababababababab\"\n", ""),
            ]),
            unpinned,
        ),
        (lock(&[&demo("\"a\""), "name = \"a\"\nversion = \"1.4.0\"\n"]), unpinned),
        ("[[package]\n".to_owned(), "UNPROVEN  a: Cargo.lock could not be read: unclosed array table, expected `]`"),
    ];
    for (lock, expected) in cases {
        let row = row_of(&[("Cargo.toml", &text), ("Cargo.lock", &lock)]);
        assert!(row.starts_with(expected), "{lock}\n{row}");
    }
}

#[test]
fn a_hole_behind_the_first_level_is_named_with_its_way() {
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    let a = format!("{}dependencies = [\"b\"]\n", registry("a", "1.4.0"));
    let b = format!("{}dependencies = [\"c 1.0.0\"]\n", registry("b", "0.1.0"));
    let c = registry("c", "1.0.0");
    let row = |entries: &[&str]| row_of(&[("Cargo.toml", &text), ("Cargo.lock", &lock(entries))]);
    let own = demo("\"a\"");
    assert_eq!(row(&[&own, &a, &b, &c]), "PASS  All 1 dependencies are pinned.");
    let fails = |why: &str| format!("FAIL  1 of 1 dependencies are not pinned: {why}");
    assert_eq!(row(&[&own, &a]), fails("b via a: Cargo.lock does not have it"));
    assert_eq!(row(&[&own, &a, &b]), fails("c via a > b: Cargo.lock does not have it"));
    assert_eq!(row(&[&own, &a, &b, &registry("c", "2.0.0")]), fails("c via a > b: Cargo.lock does not have it"));
    let open = c.replace("checksum = \"abababababababababababababababababababababababababababababababab\"\n", "");
    assert_eq!(row(&[&own, &a, &b, &open]), fails("c via a > b: Cargo.lock has no checksum for it"));
    // An exact requirement fixes the package and nothing behind it.
    let exact = manifest("[dependencies]\na = \"=1.4.0\"\n");
    let row = row_of(&[("Cargo.toml", &exact), ("Cargo.lock", &lock(&[&own, &a]))]);
    assert_eq!(row, fails("b via a: Cargo.lock does not have it"));
}

#[test]
fn a_member_of_another_version_in_the_lock_is_told() {
    let top = manifest("[workspace]\nmembers = [\"m\"]\n");
    let member = "[package]\nname = \"m\"\nversion = \"0.2.0\"\n";
    let files = |version: &str| lock(&[&demo(""), &format!("name = \"m\"\nversion = \"{version}\"\n")]);
    let row =
        |version: &str| row_of(&[("Cargo.toml", &top), ("m/Cargo.toml", member), ("Cargo.lock", &files(version))]);
    assert_eq!(row("0.2.0"), "PASS  No dependencies to pin.");
    assert_eq!(row("0.1.0"), "FAIL  Cargo.lock is out of date: it has m 0.1.0, m/Cargo.toml 0.2.0");
}

#[test]
fn an_exact_requirement_does_not_mend_a_lock_that_contradicts_it() {
    let text = manifest("[dependencies]\na = \"=1.2.0\"\n");
    let lock = lock(&[&demo("\"a\""), &registry("a", "1.4.0")]);
    let row = row_of(&[("Cargo.toml", &text), ("Cargo.lock", &lock)]);
    assert_eq!(row, "FAIL  1 of 1 dependencies are not pinned: a (=1.2.0)");
}

#[test]
fn the_first_lock_format_has_its_checksums_at_the_end() {
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let entry = format!("name = \"a\"\nversion = \"1.4.0\"\nsource = \"{source}\"\n");
    let own = demo(&format!("\"a 1.4.0 ({source})\""));
    let old = format!(
        "[[package]]\n{own}\n[[package]]\n{entry}\n[metadata]\n\"checksum a 1.4.0 ({source})\" = \"abababababababababababababababababababababababababababababababab\"\n"
    );
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    assert_eq!(row_of(&[("Cargo.toml", &text), ("Cargo.lock", &old)]), "PASS  All 1 dependencies are pinned.");
}

#[test]
fn git_dependencies_are_pinned_by_the_commit_in_the_lock() {
    let text = manifest("[dependencies]\na = { git = \"https://x.example/a\", branch = \"main\" }\n");
    let entry = |source: &str| format!("name = \"a\"\nversion = \"1.4.0\"\nsource = \"{source}\"\n");
    let unpinned = "FAIL  1 of 1 dependencies are not pinned: a (https://x.example/a, branch main)";
    let cases = [
        (format!("git+https://x.example/a.git?branch=main#{COMMIT}"), "PASS  All 1 dependencies are pinned."),
        ("git+https://x.example/a?branch=main".to_owned(), unpinned),
        (format!("git+https://x.example/other?branch=main#{COMMIT}"), unpinned),
        ("registry+https://github.com/rust-lang/crates.io-index".to_owned(), unpinned),
    ];
    for (source, expected) in cases {
        let lock = lock(&[&demo("\"a\""), &entry(&source)]);
        assert_eq!(row_of(&[("Cargo.toml", &text), ("Cargo.lock", &lock)]), expected, "{source}");
    }
}

#[test]
fn a_patch_counts_and_lets_its_package_come_from_elsewhere() {
    let patch =
        "[dependencies]\na = \"1\"\n[patch.crates-io]\na = { git = \"https://x.example/a\", branch = \"main\" }\n";
    let text = manifest(patch);
    let git = format!("name = \"a\"\nversion = \"1.4.0\"\nsource = \"git+https://x.example/a?branch=main#{COMMIT}\"\n");
    let locked = lock(&[&demo("\"a\""), &git]);
    assert_eq!(row_of(&[("Cargo.toml", &text), ("Cargo.lock", &locked)]), "PASS  All 2 dependencies are pinned.");
    let ignoring = lock(&[&demo("\"a\""), &registry("a", "1.4.0")]);
    assert_eq!(
        row_of(&[("Cargo.toml", &text), ("Cargo.lock", &ignoring)]),
        "FAIL  1 of 2 dependencies are not pinned: a (https://x.example/a, branch main)"
    );
}

#[test]
fn a_workspace_is_read_with_its_members() {
    let root = "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/out\"]\n[workspace.package]\nversion = \"1.2.3\"\n\
                [workspace.dependencies]\na = \"1\"\nlocal = { path = \"crates/local\" }\n";
    let one = "[package]\nname = \"one\"\nversion.workspace = true\n[dependencies]\na.workspace = true\nlocal.workspace = true\n";
    let local = "[package]\nname = \"local\"\nversion = \"0.1.0\"\n[dependencies]\nb = { package = \"real-b\", version = \"2\" }\n";
    let out = "[package]\nname = \"out\"\nversion = \"0.1.0\"\n[dependencies]\nz = \"*\"\n";
    let files = |lock: &str| {
        row_of(&[
            ("Cargo.toml", root),
            ("crates/one/Cargo.toml", one),
            ("crates/local/Cargo.toml", local),
            ("crates/out/Cargo.toml", out),
            ("crates/README", "no member"),
            ("Cargo.lock", lock),
        ])
    };
    let locked = lock(&[
        &registry("a", "1.0.0"),
        &registry("real-b", "2.1.0"),
        "name = \"local\"\nversion = \"0.1.0\"\ndependencies = [\"real-b\"]\n",
        "name = \"one\"\nversion = \"1.2.3\"\ndependencies = [\"a\", \"local\"]\n",
    ]);
    let others = "Not asked: crates/out/Cargo.toml (`manifests:` in delivery-gate.yaml adds what is released).";
    assert_eq!(files(&locked), format!("PASS  All 3 dependencies are pinned. {others}"));
    let stale = locked.replace("real-b", "other-b");
    assert_eq!(files(&stale), format!("FAIL  1 of 3 dependencies are not pinned: b (2). {others}"));
}

#[test]
fn a_member_that_git_does_not_track_or_that_is_not_there_is_unproven() {
    let root = "[workspace]\nmembers = [\"one\", \"two\"]\n";
    let one = "[package]\nname = \"one\"\nversion = \"1.2.3\"\n";
    let row = row_of(&[("Cargo.toml", root), ("one/Cargo.toml", one), (".gitignore", "one/\n")]);
    assert_eq!(row, "UNPROVEN  one/Cargo.toml is not tracked by git; there is no two/Cargo.toml");
}

#[test]
fn a_members_own_problems_are_told_with_their_place() {
    let project = Project::drafted();
    project
        .write("Cargo.toml", "[workspace]\nmembers = [\"one\"]\n")
        .write("one/Cargo.toml", "[dependencies]\na = 1\n");
    let refusal = project.commit().check_after_ci().run().refusal();
    assert!(refusal.contains("one/Cargo.toml:2:5") && refusal.contains("must be a table"), "{refusal}");
}

#[test]
fn the_lock_of_a_member_is_its_workspaces() {
    let member = "[package]\nname = \"one\"\nversion = \"1.2.3\"\n[dependencies]\na = \"1\"\n";
    let locked = lock(&[&registry("a", "1.0.0"), "name = \"one\"\nversion = \"1.2.3\"\ndependencies = [\"a\"]\n"]);
    let row = row_of(&[
        ("delivery-gate.yaml", "manifests: [one/Cargo.toml]\n"),
        ("one/Cargo.toml", member),
        ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
        ("Cargo.lock", &locked),
    ]);
    assert_eq!(row, "PASS  All 1 dependencies are pinned.");
}

#[test]
fn a_package_of_another_registry_contradicts_the_manifest() {
    let text = manifest("[dependencies]\na = { version = \"1.2\", registry = \"internal\" }\n");
    let from = |source: &str| {
        let entry = registry("a", "1.4.0").replace("registry+https://github.com/rust-lang/crates.io-index", source);
        lock(&[&demo("\"a\""), &entry])
    };
    let config = "[registries]\ninternal = { index = \"sparse+https://crates.corp.example/\" }\n";
    let crates_io = lock(&[&demo("\"a\""), &registry("a", "1.4.0")]);
    let other = from("sparse+https://other.example/");
    let own = from("sparse+https://crates.corp.example/");
    let fails = "FAIL  1 of 1 dependencies are not pinned: a (1.2)";
    let cases = [
        (&crates_io, "", fails),
        (&other, "", "PASS  All 1 dependencies are pinned."),
        (&own, config, "PASS  All 1 dependencies are pinned."),
        (&other, config, fails),
        (&crates_io, config, fails),
    ];
    for (lock, config, expected) in cases {
        let row = row_of(&[("Cargo.toml", &text), ("Cargo.lock", lock), (".cargo/config.toml", config)]);
        assert_eq!(row, expected, "{lock} {config}");
    }
    // Where the manifest names none, crates.io is meant.
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    assert_eq!(row_of(&[("Cargo.toml", &text), ("Cargo.lock", &other)]), fails);
}

#[test]
fn what_cargos_configuration_puts_in_the_place_of_packages_counts() {
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    let lock = lock(&[&demo("\"a\""), &registry("a", "1.4.0")]);
    let patch = |source: &str| format!("[patch.crates-io]\na = {{ {source} }}\n");
    let pinned = |count: usize| format!("PASS  All {count} dependencies are pinned.");
    let git = "git = \"https://x.example/a\"";
    let cases = [
        (patch(&format!("{git}, branch = \"main\"")), format!("FAIL  1 of 2 dependencies are not pinned: a ({}, branch main)", "https://x.example/a")),
        (patch("path = \"../a\""), "FAIL  1 of 2 dependencies are not pinned: a (../a)".to_owned()),
        (patch("path = \"vendor/a\""), pinned(2)),
        ("paths = [\"vendor/a\"]\n".to_owned(), pinned(2)),
        ("paths = [\"/srv/a\"]\n".to_owned(), "FAIL  1 of 2 dependencies are not pinned: paths (/srv/a)".to_owned()),
        ("[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"vendor\"\n".to_owned(), pinned(1)),
        (
            "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"gone\"\n".to_owned(),
            "UNPROVEN  .cargo/config.toml takes the packages of crates-io from v, and the folder gone is no part of the release".to_owned(),
        ),
        (
            "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+https://m.example/\"\n".to_owned(),
            format!("{} .cargo/config.toml takes the packages of crates-io from m (sparse+https://m.example/).", pinned(1)),
        ),
        (
            "[source.crates-io]\nreplace-with = \"m\"\n".to_owned(),
            "UNPROVEN  .cargo/config.toml takes the packages of crates-io from m, and no file of the release says what that is".to_owned(),
        ),
    ];
    for (config, expected) in cases {
        let vendored = ("vendor/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.4.0\"\n");
        let row = row_of(&[("Cargo.toml", &text), ("Cargo.lock", &lock), (".cargo/config.toml", &config), vendored]);
        let row = row.split(" Not asked:").next().unwrap_or_default();
        assert_eq!(row.trim_end_matches('.'), expected.trim_end_matches('.'), "{config}");
    }
}

#[test]
fn what_cargos_configuration_includes_is_read_too() {
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    let lock = lock(&[&demo("\"a\""), &registry("a", "1.4.0")]);
    let patch = "[patch.crates-io]\na = { git = \"https://x.example/a\", branch = \"main\" }\n";
    let path = "[patch.crates-io]\na = { path = \"vendor/a\" }\n";
    let replaced = "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"gone\"\n";
    let fails = "FAIL  1 of 2 dependencies are not pinned: a (https://x.example/a, branch main)";
    let passes = |count: usize| format!("PASS  All {count} dependencies are pinned");
    let unproven = |why: &str| format!("UNPROVEN  .cargo/config.toml:1 includes {why}");
    let cases = [
        ("include = [\"more.toml\"]\n", ".cargo/more.toml", patch, fails.to_owned()),
        ("include = \"more.toml\"\n", ".cargo/more.toml", patch, fails.to_owned()),
        ("include = [{ path = \"../cfg/more.toml\" }]\n", "cfg/more.toml", patch, fails.to_owned()),
        ("include = [{ path = \"../cfg/more.toml\" }]\n", "cfg/more.toml", path, passes(2)),
        // Cargo takes two names off `.cargo/../more.toml`.
        ("include = [\"../more.toml\"]\n", "more.toml", path, "FAIL  1 of 2 dependencies are not pinned: a (vendor/a)".to_owned()),
        ("include = [\"a.toml\"]\n", ".cargo/a.toml", "include = [\"config.toml\", \"a.toml\"]\n", passes(1)),
        (
            "include = [\"more.toml\"]\n",
            ".cargo/more.toml",
            replaced,
            "UNPROVEN  .cargo/more.toml takes the packages of crates-io from v, and the folder gone is no part of the release".to_owned(),
        ),
        ("include = [\"more.toml\"]\n", "x", "", unproven("more.toml, and there is no .cargo/more.toml")),
        ("include = [\"git.toml\"]\n", ".cargo/git.toml", patch, unproven("git.toml, and .cargo/git.toml is not tracked by git")),
        ("include = [\"../../more.toml\"]\n", "x", "", unproven("../../more.toml, which is outside the repository and was not read")),
        ("include = [{ path = \"more.toml\", optional = true }]\n", "x", "", passes(1)),
    ];
    for (config, other, content, expected) in cases {
        let vendored = ("vendor/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.4.0\"\n");
        let files =
            [("Cargo.toml", text.as_str()), ("Cargo.lock", &lock), (".cargo/config.toml", config), (other, content)];
        let row = row_of(&[&files[..], &[vendored, (".gitignore", "git.toml\n")]].concat());
        let row = row.split(" Not asked:").next().unwrap_or_default();
        assert_eq!(row.trim_end_matches('.'), expected, "{config} {content}");
    }
}

#[test]
fn what_cargos_configuration_may_include_is_told() {
    let files =
        [("Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.2.3\"\n"), (".cargo/config.toml", "include = [1]\n")];
    let told = project_of(&files).check_after_ci().run().refusal();
    assert!(told.contains("`include` must be a path, or a table with `path`; this is a number"), "{told}");
}

/// Cargo chooses anew what has no source and is no package of the release.
#[test]
fn what_has_no_source_is_a_package_of_the_release() {
    let text = manifest("[dependencies]\na = \"1.2\"\n");
    let a = format!("{}dependencies = [\"b\"]\n", registry("a", "1.4.0"));
    let lock = lock(&[&demo("\"a\""), &a, "name = \"b\"\nversion = \"0.1.0\"\n"]);
    let files = [("Cargo.toml", text.as_str()), ("Cargo.lock", &lock)];
    let fails = "FAIL  1 of 1 dependencies are not pinned: b via a: Cargo.lock has no source for it, and no package of the release \
                 is called so";
    assert_eq!(row_of(&files), fails);
    // Wherever it lies: it may be a member of the workspace that the asked one is of, or what a patch leads to.
    let b = "[package]\nname = \"b\"\nversion = \"0.1.0\"\n";
    let there = row_of(&[files[0], files[1], ("crates/b/Cargo.toml", b)]);
    assert!(there.starts_with("PASS  All 1 dependencies are pinned."), "{there}");
    let other = b.replace("\"b\"", "\"other\"") + "\n[[bin]]\nname = \"b\"\n";
    let there = row_of(&[files[0], files[1], ("crates/b/Cargo.toml", &other)]);
    assert!(there.starts_with(fails), "{there}");
}
