use std::fs;

use crate::common::Project;

fn refusal_of(policy: &str) -> String {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", policy);
    project.check_after_ci().run().refusal()
}

#[test]
fn every_refusal_names_the_place() {
    let cases = [
        ("", "delivery-gate.yaml:1:1", "the file is empty"),
        ("changelogg: x\n", "delivery-gate.yaml:1:1", "did you mean `changelog`?"),
        ("changelog: \"\"\n", "delivery-gate.yaml:1:12", "is empty"),
        ("changelog: ./release.yaml\n", "delivery-gate.yaml:1:12", "names a file of the gate's own"),
        (
            "versions: [{file: delivery-gate.yaml, pattern: 'v{version}'}]\n",
            "delivery-gate.yaml:1:19",
            "names a file of the gate's own",
        ),
        ("tag: v1\n", "delivery-gate.yaml:1:6", "must hold `{version}`"),
        ("tag_annotated: \"true\"\n", "delivery-gate.yaml:1:16", "true or false"),
        ("required: []\n", "delivery-gate.yaml:1:11", "empty list"),
        ("required: ci_status\n", "delivery-gate.yaml:1:11", "must be a list"),
        ("required: [ci-status]\n", "delivery-gate.yaml:1:12", "did you mean `ci_status`?"),
        ("not_applicable: unless-failed\n", "delivery-gate.yaml:1:17", "did you mean `unless_failed`?"),
        ("pinning: {mode: Exact}\n", "delivery-gate.yaml:1:17", "did you mean `exact`?"),
        ("pinning: {scope: [runtime, all]}\n", "delivery-gate.yaml:1:28", "not a value of pinning.scope"),
        ("attestations: {a: {evidence: true}}\n", "delivery-gate.yaml:1:30", "a boolean"),
        ("attestations: {a: {distinct_from: [a]}}\n", "delivery-gate.yaml:1:36", "from itself"),
        ("attestations: {changelog: {title: x}}\n", "delivery-gate.yaml:1:16", "by the gate itself"),
        ("decision: {provider: http}\n", "delivery-gate.yaml:1:12", "did you mean `providers`?"),
        ("decision: {providers: [htp]}\n", "delivery-gate.yaml:1:24", "did you mean `http`?"),
        ("decision: {ignore: [\"a[\"]}\n", "delivery-gate.yaml:1:21", "is not a glob"),
        ("decision: {timeout_ms: 0}\n", "delivery-gate.yaml:1:24", "a whole number of milliseconds"),
        ("decision: {timeout_ms: \"5\"}\n", "delivery-gate.yaml:1:24", "a whole number of milliseconds"),
        ("decision: {judge_min_confidence: 80}\n", "delivery-gate.yaml:1:34", "from 0 to 1"),
        ("decision: {adr_from: haed}\n", "delivery-gate.yaml:1:22", "did you mean `head`?"),
        ("gates: []\n", "delivery-gate.yaml:1:8", "empty list"),
        ("gates: [{id: changelog, type: command, command: x}]\n", "delivery-gate.yaml:1:8", "the id of another check"),
        ("gates: [{id: g, type: comand, command: x}]\n", "delivery-gate.yaml:1:23", "did you mean `command`?"),
    ];
    for (policy, place, piece) in cases {
        let refusal = refusal_of(policy);
        assert!(refusal.contains(place) && refusal.contains(piece), "{policy:?}: {refusal}");
    }
}

#[test]
fn config_names_a_file_anywhere() {
    let project = Project::drafted();
    project.commit().git(&["tag", "v1.2.3"]);
    fs::write(project.path("strict.yaml"), "tag_annotated: true\n").expect("a file");
    assert_eq!(project.check_after_ci().run().code, Some(0));
    assert_eq!(project.check_after_ci().args(&["--config", "strict.yaml"]).run().code, Some(1));
}

#[test]
fn a_config_that_is_not_there_is_refused() {
    let project = Project::released();
    assert!(project.check_after_ci().args(&["--config", "none.yaml"]).run().refusal().contains("none.yaml"));
    assert!(project.check_after_ci().args(&["--config", ""]).run().refusal().contains("--config"));
}

#[test]
fn a_manifest_that_the_policy_names_must_be_there_and_readable() {
    assert!(refusal_of("manifests: [sub/pyproject.toml]\n").contains("sub/pyproject.toml: there is no such file"));
    assert!(refusal_of("manifests: [CHANGELOG.md]\n").contains("not a manifest that the gate can read"));
    assert!(refusal_of("manifests: [../pyproject.toml]\n").contains("pyproject.toml: "));
}

/// An annotation stands in the file that it is about.
#[test]
fn a_manifest_of_a_folder_is_named_from_the_folder() {
    let project = Project::new();
    project.write("pk/release.yaml", "version: \"1.2.3\"\n").write("pk/package.json", "{\"name\": \"x").commit();
    let check = || project.gate(&["check", "--repo", "repo/pk"]);
    let told = check().run().refusal();
    assert!(told.contains("--> package.json:1:"), "{told}");
    let annotation = check().args(&["--format", "github"]).run();
    assert!(annotation.stdout.contains("::error file=pk/package.json,line=1,"), "{annotation:?}");
}

#[test]
fn an_attestation_is_known_once() {
    let project = Project::drafted();
    project.write(
        "delivery-gate.yaml",
        "attestations:\n  approver_signed_off: {distinct_from: [foo]}\n  own: {title: Own}\n",
    );
    let told = project.check().run().refusal();
    let known = "known: rollback_tested, oncall_notified, approver_signed_off, monitoring_reviewed, own\n";
    assert!(told.contains(known), "{told}");
}

/// What a path of the policy is wrong about stands in the policy.
#[test]
fn a_manifest_that_cannot_be_read_is_told_at_its_place_in_the_policy() {
    let project = Project::drafted();
    let cases =
        [("nosuch.toml", "this is not a manifest that the gate can read"), ("notes.txt", "there is no such file")];
    for (path, why) in cases {
        project.write("delivery-gate.yaml", &format!("project: demo\nmanifests: [{path}]\n")).commit();
        let told = project.check().run().refusal();
        assert!(told.contains(&format!("error: {path}: {why}\n --> delivery-gate.yaml:2:13\n")), "{told}");
    }
    let told = project.check().run().refusal();
    assert!(!told.contains("check `manifests:`"), "{told}");
}
