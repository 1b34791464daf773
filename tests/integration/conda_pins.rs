//! environment.yml and pixi.toml, and what conda-lock.yml and pixi.lock may say about them.

use crate::pins::{changed, fixture, project_of, row_of};

const HASH: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn a_lock_file_with_hashes_pins() {
    assert_eq!(changed("conda/locked", &[]), "PASS  All 4 dependencies are pinned.");
    let fails = |why: &str| format!("FAIL  1 of 4 dependencies are not pinned: {why}");
    let lock = |old: &str, new: &str| changed("conda/locked", &[("conda-lock.yml", old, new)]);
    assert_eq!(lock("name: numpy", "name: numpi"), fails("numpy"));
    assert_eq!(lock("version: 3.12.2", "version: 3.11.2"), fails("python (=3.12)"));
    let requests = format!("sha256: {}\n  category: main\n  optional: false\n", "b".repeat(64));
    let row = lock(&requests, "category: main\n");
    // MD5 alone is not strong.
    assert_eq!(
        row,
        "FAIL  conda-lock.yml has no SHA-256 for openssl; 1 of 4 dependencies are not pinned: requests (>=2.31)"
    );
}

#[test]
fn without_a_lock_file_a_build_or_pythons_rule_counts() {
    let of = |dependency: &str| row_of(&[("environment.yml", &format!("name: d\ndependencies:\n  - {dependency}\n"))]);
    for (dependency, expected) in [
        ("numpy=1.26.4=py312h8753938_0", "PASS  All 1 dependencies are pinned."),
        ("numpy=1.26.4", "FAIL  1 of 1 dependencies are not pinned: numpy (=1.26.4)"),
        ("pip: [requests==2.31.0]", "PASS  All 1 dependencies are pinned."),
        ("pip: [\"requests>=2\"]", "FAIL  1 of 1 dependencies are not pinned: requests (>=2)"),
        ("pip: [\"-e ../x\"]", "FAIL  1 of 1 dependencies are not pinned: ../x"),
        ("pip: [-e .]", "PASS  All 1 dependencies are pinned."),
        ("https://x.example/a-1-0.conda", "FAIL  1 of 1 dependencies are not pinned: a-1-0.conda"),
        (
            "pip: [-r more.txt]",
            "UNPROVEN  environment.yml:3: `-r more.txt` is not read here: name the packages, or the file under `manifests:` in delivery-gate.yaml and not here",
        ),
    ] {
        assert_eq!(of(dependency), expected, "{dependency}");
    }
    // Which is a manifest of its own.
    let files =
        [("environment.yml", "dependencies:\n  - pip: [-r requirements.txt]\n"), ("requirements.txt", "a==1\nb\n")];
    assert_eq!(row_of(&files), "FAIL  1 of 2 dependencies are not pinned: b");
    assert_eq!(row_of(&[("environment.yaml", "name: d\n")]), "PASS  No dependencies to pin.");
}

#[test]
fn pixi_is_pinned_by_its_lock_file() {
    let row = |changes: &[(&str, &str, &str)]| {
        changed("pixi/locked", changes)
            .replace(". Not asked: own/pyproject.toml (`manifests:` in delivery-gate.yaml adds what is released).", "")
    };
    assert_eq!(row(&[]), "PASS  All 4 dependencies are pinned");
    let fails = |why: &str| format!("FAIL  1 of 4 dependencies are not pinned: {why}");
    let lock = |old: &str, new: &str| row(&[("pixi.lock", old, new)]);
    assert_eq!(lock("torch?source", "torches?source"), fails("torch (*)"));
    assert_eq!(lock("python-3.12.2", "python-3.11.2"), fails("python (3.12.*)"));
    assert_eq!(
        lock("pytest-8.1.1-pyhd8ed1ab_0.conda\n  sha256", "pytest-8.1.1-pyhd8ed1ab_0.conda\n  sha1"),
        fails("pytest (>=8)")
    );
    assert_eq!(row(&[("pixi.toml", "path = \"own\"", "path = \"../own\"")]), fails("own (../own)"));
    let other = "      - conda: https://conda.example/conda-forge/linux-64/zlib-1.3-h_0.conda\n      - pypi: ./own\n";
    assert_eq!(lock("      - pypi: ./own\n", other), "FAIL  pixi.lock has no entry for zlib");
    // A platform that is asked for, and a feature that an environment has.
    assert_eq!(
        row(&[("pixi.toml", "[\"linux-64\"]", "[\"linux-64\", \"win-64\"]")]),
        "FAIL  1 of 5 dependencies are not pinned: pywin32 (*)"
    );
    assert_eq!(
        row(&[("pixi.toml", "test = [\"test\"]", "test = { features = [\"test\", \"unused\"] }")]),
        "FAIL  1 of 5 dependencies are not pinned: black (*)"
    );
    let built = "[package.build-dependencies]\ncmake = \"*\"\n\n[dependencies]";
    assert_eq!(
        row(&[("pixi.toml", "[dependencies]", built)]),
        "UNPROVEN  pixi.toml:7: pixi.lock does not have what a package is built with (`package.build-dependencies`)"
    );
}

#[test]
fn pixi_in_a_pyproject_is_pinned_by_the_same_lock_file() {
    let text = "[project]\nname = \"d\"\nversion = \"1.2.3\"\ndependencies = [\"b==1\"]\n[tool.pixi.workspace]\nplatforms = [\"linux-64\"]\n[tool.pixi.dependencies]\na = \"*\"\n";
    let lock = format!(
        "version: 6\nenvironments: {{}}\npackages:\n- conda: https://x.example/a-1-0.conda\n  sha256: {HASH}\n"
    );
    let of = |lock: &str| row_of(&[("pyproject.toml", text), ("pixi.lock", lock)]);
    assert_eq!(of(&lock), "PASS  All 2 dependencies are pinned.");
    assert_eq!(of(&lock.replace("a-1", "c-1")), "FAIL  1 of 2 dependencies are not pinned: a (*)");
    let open = format!("{lock}- conda: https://x.example/c-1-0.conda\n");
    assert_eq!(of(&open), "UNPROVEN  pixi.lock has no SHA-256 for c");
    assert_eq!(row_of(&[("pyproject.toml", text)]), "FAIL  1 of 2 dependencies are not pinned: a (*)");
}

#[test]
fn an_older_lock_file_of_pixi_is_read() {
    let text = "[project]\nname = \"d\"\nversion = \"1.2.3\"\nplatforms = [\"linux-64\"]\n[dependencies]\na = \"*\"\n";
    let lock = format!(
        "version: 5\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64:\n      - conda: https://x.example/a-1-0.conda\npackages:\n\
         - kind: conda\n  name: a\n  version: '1'\n  url: https://x.example/a-1-0.conda\n  sha256: {HASH}\n"
    );
    let of = |lock: &str| row_of(&[("pixi.toml", text), ("pixi.lock", lock)]);
    assert_eq!(of(&lock), "PASS  All 1 dependencies are pinned.");
    for version in ["3", "7"] {
        let other = lock.replace("version: 5", &format!("version: {version}"));
        assert_eq!(
            of(&other),
            format!("UNPROVEN  a: pixi.lock could not be read: its version {version} is not one of 4 to 6")
        );
    }
    for bad in [
        "version: 6\npackages: [",
        "version: six\n",
        "",
        "version: 6\npackages:\n- sha256: x\n",
        "version: 6\nversion: 6\n",
    ] {
        let row = of(bad);
        assert!(row.starts_with("UNPROVEN  a: pixi.lock could not be read: "), "{bad:?}: {row}");
    }
}

#[test]
fn a_manifest_that_cannot_be_parsed_is_shown_with_its_place() {
    for (path, text, place) in [
        ("environment.yml", "dependencies: x\n", "environment.yml:1:15"),
        ("environment.yml", "dependencies: [1]\n", "environment.yml:1:16"),
        ("pixi.toml", "[dependencies\n", "pixi.toml:1:"),
        ("pixi.toml", "dependencies = 1\n", "pixi.toml:1:16"),
    ] {
        let project = project_of(&[(path, text)]);
        let told = project.track().check_after_ci().run().refusal();
        assert!(told.contains(place), "{text:?}: {told}");
    }
}

/// Another way to read the same files.
#[test]
fn packages_are_those_that_a_search_for_lines_finds() {
    let files = fixture("conda/locked");
    let lock = &files.iter().find(|(path, _)| path == "conda-lock.yml").expect("a lock").1;
    let names: Vec<_> = lock.lines().filter_map(|line| line.strip_prefix("- name: ")).collect();
    let row = row_of(&[("environment.yml", "name: d\n"), ("conda-lock.yml", &lock.replace("sha256", "sha1"))]);
    let all: Vec<_> = names.iter().map(|name| format!("no SHA-256 for {name}")).collect();
    assert_eq!(row, format!("FAIL  conda-lock.yml has {}", all.join(", ")));
}
