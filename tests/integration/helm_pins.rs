//! Chart.yaml, and what Chart.lock may say about it.

use crate::pins::{changed, fixture, project_of, row_in, row_of};

const NAME: &str = "helm/locked";
const NOT_ASKED: &str =
    ". Not asked: charts/own/Chart.yaml (`manifests:` in delivery-gate.yaml adds what is released).";
const STALE: &str =
    "FAIL  Chart.lock is out of date: its digest does not fit Chart.yaml; `helm dependency update` writes it anew";

fn row(changes: &[(&str, &str, &str)]) -> String {
    changed(NAME, changes).replace(NOT_ASKED, "")
}

fn chart(dependency: &str) -> String {
    format!("apiVersion: v2\nname: d\nversion: 1.2.3\ndependencies:\n  - {dependency}\n")
}

#[test]
fn a_lock_file_whose_digest_fits_pins() {
    assert_eq!(row(&[]), "PASS  All 3 dependencies are pinned");
    assert_eq!(row(&[("Chart.yaml", "<16", "<17")]), STALE);
    assert_eq!(row(&[("Chart.yaml", "alias: shared", "alias: other")]), STALE);
    assert_eq!(row(&[("Chart.lock", "15.5.2", "15.5.3")]), STALE);
    assert_eq!(
        row(&[("Chart.lock", "name: postgresql", "name: mysql")]),
        format!("{STALE}; 1 of 3 dependencies are not pinned: postgresql (>=15.0.0 <16)")
    );
    assert_eq!(
        row(&[("Chart.lock", "2.20.0", "2.19.0")]),
        format!("{STALE}; 1 of 3 dependencies are not pinned: common (2.20.0)")
    );
    assert_eq!(
        row(&[("Chart.lock", "15.5.2", "15.x")]),
        format!("{STALE}; 1 of 3 dependencies are not pinned: postgresql (>=15.0.0 <16)")
    );
}

#[test]
fn a_chart_of_the_first_version_has_its_dependencies_in_another_file() {
    // Helm 2 made the digest of the requirements alone.
    let requirements = "dependencies:\n- name: a\n  version: ~1.2\n  repository: https://x.example\n";
    let lock = "dependencies:\n- name: a\n  repository: https://x.example\n  version: 1.2.9\ndigest: sha256:DIGEST\n";
    let of = |digest: &str| {
        row_of(&[
            ("Chart.yaml", "apiVersion: v1\nname: d\nversion: 1.2.3\n"),
            ("requirements.yaml", requirements),
            ("requirements.lock", &lock.replace("DIGEST", digest)),
        ])
    };
    assert_eq!(
        of("5d8837eb4a4faffd0af83b991818219cbdc9dfd283a452331c90503929935b2e"),
        "PASS  All 1 dependencies are pinned."
    );
    assert_eq!(
        of("0d0fdd2b1cd2dbec5dbbb78a995584a0581f3bf7f4e10e79ce0c0aa8e1fd7018"),
        "PASS  All 1 dependencies are pinned."
    );
    let stale = "FAIL  requirements.lock is out of date: its digest does not fit requirements.yaml; `helm dependency update` writes it anew";
    assert_eq!(of(&"a".repeat(64)), stale);
}

#[test]
fn without_a_lock_file_one_version_counts() {
    for (dependency, expected) in [
        ("{name: a, version: 1.2.3, repository: https://x.example}", "PASS  All 1 dependencies are pinned."),
        ("{name: a, version: v1.2.3, repository: oci://x.example}", "PASS  All 1 dependencies are pinned."),
        (
            "{name: a, version: ^1.2.3, repository: https://x.example}",
            "FAIL  1 of 1 dependencies are not pinned: a (^1.2.3)",
        ),
        (
            "{name: a, version: \"1.2\", repository: https://x.example}",
            "FAIL  1 of 1 dependencies are not pinned: a (1.2)",
        ),
        ("{name: a, repository: file://../a}", "FAIL  1 of 1 dependencies are not pinned: a"),
        ("{name: a, repository: file://a}", "UNPROVEN  a: there is no a/Chart.yaml"),
        ("{name: a, version: 1.2.3}", "UNPROVEN  a: there is no charts/a/Chart.yaml"),
    ] {
        assert_eq!(row_of(&[("Chart.yaml", &chart(dependency))]), expected, "{dependency}");
    }
    let packed = project_of(&[("Chart.yaml", &chart("{name: a, version: 1.2.3}")), ("charts/a-1.2.3.tgz", "x")]);
    assert_eq!(row_in(packed.track()), "PASS  All 1 dependencies are pinned.");
    assert_eq!(row_of(&[("Chart.yaml", "apiVersion: v2\nname: d\nversion: 1.2.3\n")]), "PASS  No dependencies to pin.");
}

#[test]
fn a_lock_file_that_cannot_be_read_is_unproven() {
    let text = chart("{name: a, version: ^1.2.3, repository: https://x.example}");
    for lock in ["", "dependencies: [", "digest: x\n", "dependencies: []\n", "digest: sha256:ab\ndependencies: []\n"] {
        let row = row_of(&[("Chart.yaml", &text), ("Chart.lock", lock)]);
        assert!(row.starts_with("UNPROVEN  a: Chart.lock could not be read: "), "{lock:?}: {row}");
    }
    for (text, place) in
        [("dependencies: x\n", "Chart.yaml:1:15"), ("dependencies: [{version: x}]\n", "Chart.yaml:1:16")]
    {
        let project = project_of(&[("Chart.yaml", text)]);
        let told = project.track().check_after_ci().run().refusal();
        assert!(told.contains(place), "{text:?}: {told}");
    }
}

/// Another way to read the same file.
#[test]
fn dependencies_are_those_that_a_search_for_lines_finds() {
    let files = fixture(NAME);
    let text = &files.iter().find(|(path, _)| path == "Chart.yaml").expect("a chart").1;
    let names = text.lines().filter(|line| line.trim_start().starts_with("- name: ")).count();
    assert_eq!(row(&[]), format!("PASS  All {names} dependencies are pinned"));
}
