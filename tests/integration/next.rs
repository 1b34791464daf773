//! The next release begins in release.yaml.

use std::fs;

use crate::common::{Project, RELEASE};

fn release(project: &Project) -> String {
    fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml")
}

fn next(project: &Project, arguments: &[&str]) -> crate::common::Run {
    project.gate(&[&["next", "--repo", "repo"], arguments].concat()).run()
}

#[test]
fn the_version_is_written_and_the_claims_go() {
    let project = Project::released();
    project.append("release.yaml", "# ours\nnot_applicable: {own: no such thing here}\n");
    let told = next(&project, &["minor"]).report(0);
    let expected = "Wrote release.yaml: 1.2.3 -> 1.3.0\n  emptied  rollback_tested, oncall_notified, approver_signed_off, \
                    monitoring_reviewed\n  kept     own (not applicable)\n\nNext: the changelog's entry and the manifests' \
                    version, then\n  delivery-gate attest\n";
    assert_eq!(told, expected);
    let text = "version: \"1.3.0\"\nattestations: {}\n# ours\nnot_applicable: {own: no such thing here}\n";
    assert_eq!(release(&project), text);
    assert!(next(&project, &["2.0.0-rc.1"]).report(0).contains("1.3.0 -> 2.0.0-rc.1\n  emptied  nothing\n"));
    assert!(next(&project, &["patch"]).report(0).contains("2.0.0-rc.1 -> 2.0.0\n"));
}

#[test]
fn a_version_is_written_as_the_one_before_it_was() {
    let project = Project::released();
    let told = next(&project, &["v1.3.0"]).report(0);
    assert!(told.starts_with("Wrote release.yaml: 1.2.3 -> 1.3.0\n"), "{told}");
    let marked = Project::released();
    marked.write("release.yaml", "version: \"v1.2.3\"\n");
    assert!(next(&marked, &["v1.3.0"]).report(0).starts_with("Wrote release.yaml: v1.2.3 -> v1.3.0\n"));
}

#[test]
fn a_manifest_that_is_ahead_names_the_version() {
    let project = Project::released();
    let told = next(&project, &[]).refusal();
    assert!(told.contains("which version? name it, or major (2.0.0), minor (1.3.0), patch (1.2.4)"), "{told}");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.4.0\"\n");
    assert!(next(&project, &[]).report(0).starts_with("Wrote release.yaml: 1.2.3 -> 1.4.0\n"));
}

#[test]
fn what_is_no_next_version_is_refused_and_nothing_is_written() {
    let project = Project::released();
    let cases = [
        ("1.2.3", "release.yaml has 1.2.3 already; `delivery-gate attest` claims again"),
        ("v1.2.3", "release.yaml has 1.2.3 already"),
        ("1.2.2", "1.2.2 does not come behind 1.2.3"),
        ("1.2.3-rc.1", "1.2.3-rc.1 does not come behind 1.2.3"),
        ("micro", "'micro' is no version: name it, or major (2.0.0)"),
        ("1 2", "'1 2' is no version"),
    ];
    for (version, words) in cases {
        let told = next(&project, &[version]).refusal();
        assert!(told.contains(words), "{version}: {told}");
    }
    assert_eq!(release(&project), RELEASE);
    project.remove("release.yaml");
    assert!(next(&project, &["1.3.0"]).refusal().contains("`delivery-gate init` writes one"));
    project.write("release.yaml", "version: [\n");
    assert!(next(&project, &["1.3.0"]).refusal().contains("release.yaml:"));
}

#[test]
fn a_calendar_version_has_no_words_but_an_order() {
    let project = Project::released();
    project.write("release.yaml", "version: \"2026.11\"\n");
    assert!(next(&project, &["minor"]).refusal().contains("2026.11 has no minor behind it: name the version"));
    assert!(next(&project, &["2026.10"]).refusal().contains("does not come behind"));
    assert_eq!(next(&project, &["2026.12"]).code, Some(0));
    assert_eq!(release(&project), "version: \"2026.12\"\n");
}

#[test]
fn the_second_release_in_four_commands() {
    let project = Project::released();
    next(&project, &["1.3.0"]).report(0);
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = [\"a==1\"]\n");
    for id in ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"] {
        project.gate(&["attest", id, "--by", "Jane Smith", "--repo", "repo"]).run().report(0);
    }
    project.commit().tag("v1.3.0");
    project.check_after_ci().run().report(0);
}

/// Whoever comes second begins the release behind the one that the first began.
#[cfg(unix)]
#[test]
fn writers_at_the_same_time_wait_for_one_another() {
    let project = Project::released();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..8).map(|_| scope.spawn(|| next(&project, &["patch"]).code)).collect();
        for one in running {
            assert_eq!(one.join().expect("an end"), Some(0));
        }
    });
    assert!(release(&project).contains("version: \"1.2.11\""), "{}", release(&project));
}

#[test]
fn a_chart_that_is_ahead_names_the_version_where_it_is_the_project() {
    let project = Project::released();
    project.write("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.5.0\nappVersion: \"1.4.0\"\n");
    assert!(next(&project, &[]).report(0).starts_with("Wrote release.yaml: 1.2.3 -> 1.4.0\n"));
    project.remove("pyproject.toml");
    assert!(next(&project, &[]).report(0).starts_with("Wrote release.yaml: 1.4.0 -> 1.5.0\n"));
}

#[test]
fn below_release_yaml_its_folder_is_named_and_no_second_one_proposed() {
    let project = Project::drafted();
    project.write("src/demo/a.py", "");
    let above = format!(
        "there is one in a folder above: run it there, or with --repo {}\n",
        project.root().canonicalize().expect("the top").display()
    );
    let told = project.gate(&["next", "minor", "--repo", "repo/src/demo"]).run().refusal();
    assert!(told.contains(&above) && !told.contains("init"), "{told}");
    let told = project.gate(&["list", "--repo", "repo/src/demo"]).run().report(0);
    assert!(told.contains(&above) && !told.contains("init"), "{told}");
    let told = project.gate(&["init", "--yes", "--repo", "repo/src/demo"]).run().report(0);
    let note = "\nrelease    ../../release.yaml releases what is above: one here is a release of its own, beside it\n";
    assert!(told.contains(note), "{told}");
}
