//! Whose `ci:` judges a release, what the flags change, waiting, and `delivery-gate ci`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::hosts::{GitHub, TOKEN};
use super::{GITHUB, asked, row};
use crate::common::{Gate, Project, RELEASE};
use crate::server::Server;

const FORGE: &str = "ci: {from: forge, forge: github, require: [{name: test}]}\n";

/// A first release under the one policy, and a second under the other.
fn second(before: &str, now: &str) -> Project {
    let project = Project::drafted();
    put(&project, before);
    project.commit().tag("v1.2.3");
    put(&project, now);
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = [\"a==1\"]\n");
    let release = RELEASE.replace("1.2.3", "1.3.0").replace("true,", "true, for: \"1.3.0\",");
    project.write("release.yaml", &release).commit().tag("v1.3.0");
    project
}

fn put(project: &Project, policy: &str) {
    project.write("delivery-gate.yaml", if policy.is_empty() { "tag: v{version}\n" } else { policy });
}

/// GitHub with a test that passed and a lint that failed.
fn server(project: &Project) -> Server {
    GitHub::at(&project.head()).check(1, "test", "success").check(2, "lint", "failure").start()
}

/// Without `--ci`: the policy says whether the forge is asked.
fn by_policy(project: &Project, server: &Server) -> Gate {
    project
        .check()
        .env("DELIVERY_GATE_CI_URL", &server.url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", "o/n")
}

#[test]
fn the_policy_of_the_last_release_judges_and_not_the_releases_own() {
    let said = |before: &str, now: &str| {
        let project = second(before, now);
        let server = server(&project);
        let (status, detail) = row(by_policy(&project, &server));
        (status, detail.split(')').skip(1).collect::<Vec<_>>().join(")"))
    };
    let strict = "ci: {from: forge, forge: github, require: [{name: test}, {name: lint}]}\n";
    assert_eq!(said(FORGE, FORGE), ("PASS".to_owned(), "; 1 required (by `ci:` of v1.2.3)".to_owned()));
    let (status, detail) = said(strict, FORGE);
    assert_eq!(status, "FAIL");
    assert!(detail.ends_with("(by `ci:` of v1.2.3; this release's own counts from the next one on)"), "{detail}");
    let (status, detail) = said(strict, "");
    assert_eq!(status, "FAIL", "{detail}");
    let (status, detail) = said("", FORGE);
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("PASS", "; 1 required (by this release's own `ci:`; v1.2.3 had none)")
    );
}

#[test]
fn a_release_does_not_narrow_what_the_caller_asks_for() {
    let project = second("", FORGE);
    let server = server(&project);
    let (status, detail) = row(asked(&project, &server, GITHUB));
    assert_eq!(status, "FAIL", "{detail}");
    let project = second("", "ci: {require: [{name: tests}]}\n");
    let all_green = GitHub::at(&project.head()).check(1, "test", "success").start();
    let (status, detail) = row(asked(&project, &all_green, GITHUB));
    assert_eq!(status, "UNPROVEN", "{detail}");
    assert!(detail.contains("tests is required, and is not there"), "{detail}");
}

#[test]
fn a_policy_that_was_named_comes_first() {
    let project = second(FORGE, FORGE);
    project
        .git(&["checkout", "-q", "-b", "gate", "v1.2.3"])
        .write("delivery-gate.yaml", "ci: {from: forge, require: [{name: lint}]}\n");
    project.commit().git(&["checkout", "-q", "v1.3.0"]);
    let server = server(&project);
    let (status, detail) = row(by_policy(&project, &server).args(&["--policy-ref", "gate"]));
    assert_eq!(status, "FAIL", "{detail}");
}

#[test]
fn a_removed_ci_is_loosened_and_named() {
    let project = second(FORGE, "");
    let (_, report) = by_policy(&project, &server(&project)).json();
    let changes = report["policy_changes"]["changes"].as_array().expect("changes");
    let of_ci = changes.iter().find(|change| change["key"] == "ci").expect("a change of ci");
    assert_eq!(of_ci["direction"], "loosened");
}

#[test]
fn where_only_the_policy_asks_a_held_release_is_not_asked_for() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", FORGE).write("CHANGELOG.md", "# Changelog\n").commit().tag("v1.2.3");
    let server = server(&project);
    let (status, detail) = row(by_policy(&project, &server));
    assert_eq!(status, "UNPROVEN");
    assert_eq!(detail, "the forge was not asked: changelog holds the release already (--ci asks all the same)");
    assert!(server.requests().is_empty());
    assert_eq!(row(by_policy(&project, &server).args(&["--ci", "github"])).0, "PASS");
    // What the policy excuses does not hold it.
    let excused = format!("{FORGE}exceptions: {{changelog: {{reason: it is kept elsewhere}}}}\n");
    project.write("delivery-gate.yaml", &excused).commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "again"]);
    let server = self::server(&project);
    assert_eq!(row(by_policy(&project, &server)).0, "PASS");
}

#[test]
fn a_reported_word_can_hold_the_release_and_never_lifts_it() {
    let project = Project::released();
    let red = GitHub::at(&project.head()).check(1, "test", "failure").start();
    let (status, _) = row(asked(&project, &red, GITHUB).args(&["--ci-status", "success"]));
    assert_eq!(status, "FAIL");
    let green = GitHub::at(&project.head()).check(1, "test", "success").start();
    let (status, detail) = row(asked(&project, &green, GITHUB).env("DELIVERY_GATE_CI_STATUS", "cancelled"));
    assert_eq!(status, "FAIL");
    assert!(
        detail.starts_with("CI status is 'cancelled', not 'success'. The forge: 1 of 1 checks passed at "),
        "{detail}"
    );
}

#[test]
fn a_rehearsal_asks_where_it_is_told_to() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", FORGE).commit();
    let server = server(&project);
    let (status, detail) = row(by_policy(&project, &server).args(&["--before-tag"]));
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("SKIPPED", "asked on the tag: a rehearsal asks the forge with --ci")
    );
    assert!(server.requests().is_empty());
    assert_eq!(row(by_policy(&project, &server).args(&["--before-tag", "--ci", "auto"])).0, "PASS");
}

#[test]
fn what_is_not_over_is_waited_for_and_a_failure_ends_the_wait() {
    for (then, expected) in [("success", "PASS"), ("failure", "FAIL")] {
        let project = Project::released();
        let commit = project.head();
        let looks = AtomicUsize::new(0);
        let server = Server::start(move |request| {
            let is_look = request.contains("/check-runs");
            let look = if is_look { looks.fetch_add(1, Ordering::SeqCst) } else { 0 };
            let outcome = if look == 0 { "in_progress" } else { then };
            let other = if look == 0 { "success" } else { "in_progress" };
            let other = if then == "success" { "success" } else { other };
            GitHub::at(&commit).check(1, "test", outcome).check(2, "slow", other).answer(request)
        });
        let run = asked(&project, &server, GITHUB).args(&["--ci-wait", "20m"]).run();
        assert!(run.row("Tests passed in CI").starts_with(expected), "{run:?}");
        assert_eq!(run.stderr, "waiting for CI: test (github-actions) in_progress\n");
    }
}

#[test]
fn a_wait_that_ends_says_what_is_missing() {
    let project = Project::released();
    let server = GitHub::at(&project.head()).check(1, "test", "queued").start();
    let (status, detail) = row(asked(&project, &server, GITHUB).args(&["--ci-wait", "2s"]));
    assert_eq!(status, "UNPROVEN");
    assert!(detail.contains("after 2 s of waiting: test (github-actions) queued"), "{detail}");
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused() {
    for (policy, why) in [
        ("ci: {from: forge}\n", "`ci.from: forge` has no `require`"),
        ("ci: {from: forge, require: []}\n", "ci.require is an empty list"),
        ("ci: {from: forge, require: rule}\n", "`rule` is not a value of ci.require"),
        ("ci: {from: github, require: rules}\n", "`github` is not a value of ci.from"),
        ("ci: {forge: githib}\n", "`githib` is not a value of ci.forge"),
        ("ci: {require: [{app: 1}]}\n", "a required check has no `name`"),
        ("ci: {require: [{name: a, may_skp: true}]}\n", "unknown key `may_skp`"),
        ("ci: {require: [{name: a}], ignore: [b]}\n", "`ci.ignore` beside `ci.require` changes nothing"),
        ("ci: {require: [{name: a, workflow: ci.yml}]}\n", "write its path: .github/workflows/ci.yml"),
        ("ci: {url: https://x}\n", "unknown key `url` in ci"),
    ] {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
        let refusal = project.check_after_ci().run().refusal();
        assert!(refusal.contains(why) && refusal.contains("delivery-gate.yaml:1"), "{policy}{refusal}");
    }
}

#[test]
fn ci_prints_the_signals_of_a_commit() {
    let project = Project::new();
    project.write("a", "").commit();
    let commit = project.head();
    let forge = GitHub::at(&commit).check(1, "test", "success").check(2, "lint", "failure");
    let mut forge = forge.run(1, ".github/workflows/ci.yml", "push", "completed", Some("failure"));
    forge.runs[0]["name"] = "CI".into();
    let server = forge.start();
    let ci = |more: &[&str]| {
        let gate =
            project.gate(&["ci", "--repo", "repo", "--ci", "github", "--ci-url", &server.url(), "--ci-project", "o/n"]);
        gate.args(more).env("GITHUB_TOKEN", TOKEN).run()
    };
    let run = ci(&[]);
    let expected = format!(
        "OUTCOME  NAME  WORKFLOW                  EVENT  APP             SAYS\n\
         passed   test  .github/workflows/ci.yml  push   github-actions  success\n\
         failed   lint  .github/workflows/ci.yml  push   github-actions  failure\n\
         failed   CI    .github/workflows/ci.yml  push                   failure (told by its jobs)\n\n\
         FAIL  1 of 2 checks failed at {} (127.0.0.1/o/n): lint (.github/workflows/ci.yml, push) failure\n",
        &commit[..8]
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(1), expected.as_str(), ""));
    let document: Value = serde_json::from_str(&ci(&["--json"]).stdout).expect("JSON");
    let keys: Vec<_> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "schema",
        "verdict",
        "detail",
        "forge",
        "host",
        "project",
        "commit",
        "asked_at",
        "requests",
        "waited_s",
        "required",
        "passed",
        "counted",
        "signal_count",
        "signals",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&document["schema"], &document["verdict"]), (&"delivery-gate/ci/v1".into(), &"FAIL".into()));
    let silent = project.gate(&["ci", "--repo", "repo", "--ci", "github", "--json"]).run();
    let document: Value = serde_json::from_str(&silent.stdout).expect("JSON");
    assert_eq!((silent.code, &document["verdict"], &document["host"]), (Some(1), &"UNPROVEN".into(), &Value::Null));
    assert_eq!(document["commit"], commit);
}

#[test]
fn ci_asks_about_the_commit_that_is_named() {
    let project = second("", "");
    let old = project.git_output(&["rev-parse", "v1.2.3^{commit}"]).trim().to_owned();
    let server = GitHub::at(&old).check(1, "test", "failure").start();
    let ci = |more: &[&str]| {
        let gate =
            project.gate(&["ci", "--repo", "repo", "--ci", "github", "--ci-url", &server.url(), "--ci-project", "o/n"]);
        gate.args(more).env("GITHUB_TOKEN", TOKEN).run()
    };
    let run = ci(&["--rev", "v1.2.3"]);
    assert!(
        run.code == Some(1) && run.stdout.contains(&format!("FAIL  1 of 1 checks failed at {}", &old[..8])),
        "{run:?}"
    );
    assert!(ci(&["--rev", "v9"]).refusal().contains("--rev v9"));
}
