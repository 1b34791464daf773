//! What signals come to: own jobs, workflows, pipelines below pipelines, and what does not count.

use serde_json::json;

use super::hosts::{self, GitHub, GitLab, check_run, job};
use super::{BITBUCKET, DATA_CENTER, GITEA, GITHUB, GITLAB, asked, github, row};
use crate::common::{Project, result};

/// The detail without the commit and the host.
fn bare((status, detail): (String, String)) -> String {
    let start = detail.find(" at ").unwrap_or_else(|| panic!("no commit in {detail}"));
    let end = detail.find(')').expect("a host");
    format!("{status} {}{}", &detail[..start], &detail[end + 1..])
}

#[test]
fn what_passed_is_counted_and_said_with_place_and_commit() {
    let project = Project::released();
    let commit = project.head();
    let server = GitHub::at(&commit).check(1, "test", "success").check(2, "lint", "success").start();
    let (run, report) = asked(&project, &server, GITHUB).json();
    let row = result(&report, "ci_status");
    let detail = format!("2 of 2 checks passed at {} (127.0.0.1/o/n); no check is required by policy", &commit[..8]);
    assert_eq!(
        (run.code, row["status"].as_str(), row["detail"].as_str()),
        (Some(0), Some("PASS"), Some(detail.as_str()))
    );
    assert_eq!(row["source"], "127.0.0.1/o/n");
    let metrics = &row["metrics"];
    assert_eq!((&metrics["commit"], &metrics["requests"]), (&commit.clone().into(), &3.into()));
    let first = json!({
        "name": "test", "source": "check run", "id": "1", "app": "github-actions", "app_id": 15368, "workflow": null,
        "event": null, "outcome": "passed", "word": "success", "role": "counted", "address": "https://github.com/o/n/runs/1",
    });
    assert_eq!(metrics["signals"][0], first);
}

#[test]
fn a_forge_that_says_passed_is_what_a_go_can_rest_on() {
    let project = Project::drafted();
    project.remove("pyproject.toml").remove("CHANGELOG.md");
    project.write("delivery-gate.yaml", "exceptions: {changelog: {reason: we keep none of them}}\n");
    project.commit().tag("v1.2.3");
    let server = GitHub::at(&project.head()).check(1, "test", "success").start();
    let (_, report) = asked(&project, &server, GITHUB).json();
    assert_eq!(result(&report, "ci_status")["status"], "PASS");
    assert_eq!(report["decision"], "GO");
}

#[test]
fn the_gates_own_job_is_left_out_by_its_id_alone() {
    let project = Project::released();
    let forge = GitHub::at(&project.head())
        .check(1, "test", "success")
        .check(7, "gate", "in_progress")
        .check(8, "publish", "queued")
        .run(1, ".github/workflows/ci.yml", "push", "in_progress", None);
    let server = forge.start();
    let gate = || asked(&project, &server, GITHUB);
    let own = bare(row(gate().env("DELIVERY_GATE_CHECK_RUN_ID", "7")));
    // GitHub shows no job whose needs are not met: this one waits for a runner, and not for the gate.
    assert_eq!(own, "UNPROVEN CI has not passed: publish (.github/workflows/ci.yml, push) queued");
    let open = |own: &str| {
        format!(
            "UNPROVEN CI has not passed: gate (.github/workflows/ci.yml, push) in_progress{own}, publish (.github/workflows/ci.yml, push) queued"
        )
    };
    assert_eq!(bare(row(gate().env("DELIVERY_GATE_CHECK_RUN_ID", "9"))), open(""));
    assert_eq!(bare(row(gate())), open(""));
    let help = " (if it is the gate's own job: give its id in DELIVERY_GATE_CHECK_RUN_ID, of GitHub `${{ job.check_run_id }}`)";
    assert_eq!(bare(row(gate().env("GITHUB_ACTIONS", "true"))), open(help));
}

#[test]
fn a_job_of_another_run_that_has_not_begun_is_waited_for() {
    let project = Project::released();
    let commit = project.head();
    let mut forge = GitHub::at(&commit).check(1, "test", "success").check(7, "gate", "in_progress");
    forge.checks.push(check_run(&commit, 8, "slow", "queued", 2));
    let forge = forge.run(1, "a.yml", "push", "in_progress", None).run(2, "b.yml", "push", "queued", None);
    let own = row(asked(&project, &forge.start(), GITHUB).env("DELIVERY_GATE_CHECK_RUN_ID", "7"));
    assert_eq!(bare(own), "UNPROVEN CI has not passed: slow (b.yml, push) queued");
}

#[test]
fn runs_of_one_name_in_two_workflows_are_told_apart_or_not_judged() {
    let two = |without_actions: bool, suites: Vec<serde_json::Value>| {
        github(|commit| {
            let mut forge = GitHub::at(commit).check(1, "build", "failure");
            forge.checks.push(check_run(commit, 2, "build", "success", 2));
            let forge = GitHub { without_actions, suites, ..forge };
            forge.run(1, "a.yml", "push", "completed", Some("failure")).run(
                2,
                "b.yml",
                "push",
                "completed",
                Some("success"),
            )
        })
    };
    assert_eq!(bare(two(false, vec![])), "FAIL 1 of 2 checks failed: build (a.yml, push) failure");
    // Nobody can tell whether the failure is an older run of the one that passed.
    let why = "UNPROVEN what CI came to is not clear: several runs are called build (github-actions) and do not agree, and which \
               workflow each belongs to is not known (a token without `actions: read` does not see it)";
    assert_eq!(bare(two(true, vec![])), why);
    let failed_elsewhere = github(|commit| {
        let mut forge = GitHub::at(commit).check(1, "build", "failure").check(3, "lint", "failure");
        forge.checks.push(check_run(commit, 2, "build", "success", 2));
        GitHub { without_actions: true, ..forge }
    });
    assert_eq!(bare(failed_elsewhere), "FAIL 1 of 3 checks failed: lint (github-actions) failure");
}

#[test]
fn a_suite_without_runs_counts_for_a_while_and_of_actions_only() {
    let suite = |app: u64, slug: &str, minutes: i64| {
        let created = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
        github(|commit| {
            let suite = json!({
                "id": 9, "head_sha": commit, "status": "queued", "created_at": created.to_string(),
                "latest_check_runs_count": 0, "app": {"id": app, "slug": slug},
            });
            let forge = GitHub::at(commit).check(1, "test", "success");
            GitHub { without_actions: true, suites: vec![suite], ..forge }
        })
    };
    let pending = "UNPROVEN CI has not passed: GitHub Actions (github-actions) queued, and CI may not have begun";
    assert_eq!(bare(suite(15368, "github-actions", 2)), pending);
    assert_eq!(bare(suite(15368, "github-actions", 20)), "PASS 1 of 1 checks passed; no check is required by policy");
    assert_eq!(bare(suite(3, "coverage", 2)), "PASS 1 of 1 checks passed; no check is required by policy");
}

#[test]
fn a_workflow_that_could_not_start_failed() {
    let outcome = |status: &str, conclusion: Option<&str>| {
        let of =
            |commit: &str| GitHub::at(commit).check(1, "test", "success").run(2, "b.yml", "push", status, conclusion);
        bare(github(of))
    };
    let failed = "FAIL 1 of 2 checks failed: b.yml (b.yml, push) startup_failure";
    assert_eq!(outcome("completed", Some("startup_failure")), failed);
    assert_eq!(
        outcome("completed", Some("action_required")),
        "UNPROVEN CI has not passed: b.yml (b.yml, push) action_required"
    );
    let skipped = "PASS 1 of 1 checks passed; no check is required by policy; 1 did not run";
    assert_eq!(outcome("completed", Some("skipped")), skipped);
}

#[test]
fn a_run_for_a_pull_request_is_told_as_such() {
    let project = Project::released();
    let forge = GitHub::at(&project.head()).check(1, "test", "success");
    let server = forge.run(1, "ci.yml", "pull_request", "completed", Some("success")).start();
    let (_, report) = asked(&project, &server, GITHUB).json();
    let warned = "1 of the checks ran for a pull request or the like, and may have looked at something else than this very commit (`event: push` in `ci.require` wants others)";
    let warnings = report["warnings"].as_array().expect("warnings");
    assert!(warnings.iter().any(|warning| warning == warned), "{warnings:?}");
}

#[test]
fn pipelines_below_pipelines_are_judged_too() {
    let project = Project::released();
    let commit = project.head();
    let bridge = |id: u64, name: &str, below: u64, project: u64| {
        let mut bridge = job(&commit, 1, id, name, "success");
        bridge["downstream_pipeline"] = json!({"id": below, "project_id": project, "sha": "c".repeat(40)});
        bridge
    };
    let forge = |status: &str, deep: u64| GitLab {
        commit: commit.clone(),
        pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
        jobs: vec![
            ("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "build", "success")]),
            ("7/2".to_owned(), vec![job(&"c".repeat(40), 2, 3, "deploy", status)]),
        ],
        bridges: std::iter::once(("o%2Fn/1".to_owned(), vec![bridge(2, "child", 2, 7)]))
            .chain((2..deep).map(|at| {
                let mut next = bridge(100 + at, "again", at + 1, 7);
                next["pipeline"]["id"] = json!(at);
                (format!("7/{at}"), vec![next])
            }))
            .collect(),
        ..GitLab::default()
    };
    let said = |forge: GitLab| row(asked(&project, &forge.start(), GITLAB));
    assert_eq!(bare(said(forge("success", 0))), "PASS 3 of 3 checks passed; no check is required by policy");
    assert_eq!(bare(said(forge("failed", 0))), "FAIL 1 of 3 checks failed: child > deploy (push) failed");
    let deep = said(forge("success", 9));
    assert_eq!(deep.0, "UNPROVEN");
    assert_eq!(deep.1, "pipelines start pipelines more than 4 deep: not all of them were looked at");
}

#[test]
fn a_status_that_another_system_wrote_at_gitlab_counts() {
    let project = Project::released();
    let commit = project.head();
    let forge = GitLab {
        commit: commit.clone(),
        pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
        jobs: vec![("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "build", "success")])],
        statuses: vec![
            json!({"id": 1, "name": "build", "status": "success", "sha": commit}),
            json!({"id": 2, "name": "jenkins", "status": "failed", "sha": commit}),
        ],
        ..GitLab::default()
    };
    let said = row(asked(&project, &forge.start(), GITLAB));
    assert_eq!(bare(said), "FAIL 1 of 2 checks failed: jenkins failed");
}

#[test]
fn gitlabs_own_job_is_known_by_its_variable_and_created_ones_wait_for_it() {
    let project = Project::released();
    let commit = project.head();
    let of = |other: &str| {
        let jobs = [(1, "test", "success"), (2, "gate", "running"), (3, "deploy", other)];
        let jobs = jobs.map(|(id, name, status)| job(&commit, 1, id, name, status)).to_vec();
        let forge = GitLab {
            commit: commit.clone(),
            pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
            jobs: vec![("o%2Fn/1".to_owned(), jobs)],
            ..GitLab::default()
        };
        bare(row(asked(&project, &forge.start(), GITLAB).env("GITLAB_CI", "true").env("CI_JOB_ID", "2")))
    };
    let passed = "PASS 1 of 1 checks passed; no check is required by policy; not begun, and may wait for the gate: deploy (push)";
    assert_eq!(of("created"), passed);
    // It waits for a runner, and not for the gate.
    assert_eq!(of("pending"), "UNPROVEN CI has not passed: deploy (push) pending");
}

#[test]
fn the_own_run_of_gitea_and_bitbucket_is_known_by_its_number() {
    let project = Project::released();
    let commit = project.head();
    let status = |id: u64, context: &str, status: &str, run: u64| json!({"id": id, "context": context, "status": status, "target_url": format!("/o/n/actions/runs/{run}/jobs/0")});
    let gitea = |statuses: Vec<serde_json::Value>| {
        let gate = asked(&project, &hosts::gitea(&commit, statuses), GITEA);
        let gate = gate.env("GITHUB_ACTIONS", "true").env("GITEA_ACTIONS", "true").env("GITHUB_RUN_NUMBER", "12");
        bare(row(gate))
    };
    let passed = "PASS 1 of 1 checks passed; no check is required by policy";
    assert_eq!(gitea(vec![status(1, "test", "success", 12), status(2, "gate", "pending", 12)]), passed);
    let two = gitea(vec![status(1, "test", "pending", 12), status(2, "gate", "pending", 12)]);
    let help = "(one of this run's jobs is the gate's own: name what must pass in `ci.require`)";
    assert_eq!(two, format!("UNPROVEN CI has not passed: gate pending {help}, test pending {help}"));
    assert_eq!(
        gitea(vec![status(1, "test", "success", 12), status(2, "x", "pending", 13)]),
        "UNPROVEN CI has not passed: x pending"
    );
    let build = |key: &str, state: &str, number: u64| json!({"key": key, "state": state, "url": format!("https://bitbucket.org/o/n/pipelines/results/{number}")});
    let statuses = vec![build("a", "SUCCESSFUL", 11), build("b", "INPROGRESS", 12)];
    let gate = asked(&project, &hosts::bitbucket(&commit, statuses), BITBUCKET).env("BITBUCKET_BUILD_NUMBER", "12");
    assert_eq!(bare(row(gate)), passed);
}

#[test]
fn two_builds_of_one_name_at_bitbucket_are_two() {
    let project = Project::released();
    let commit = project.head();
    let build = |key: &str, state: &str| json!({"key": key, "name": "Nightly", "state": state, "dateAdded": 1});
    let statuses = vec![build("a", "FAILED"), build("b", "SUCCESSFUL")];
    let failed = "FAIL 1 of 2 checks failed: Nightly (a) FAILED";
    assert_eq!(bare(row(asked(&project, &hosts::bitbucket(&commit, statuses.clone()), BITBUCKET))), failed);
    assert_eq!(bare(row(asked(&project, &hosts::data_center(&commit, statuses), DATA_CENTER))), failed);
}

#[test]
fn what_is_not_run_is_never_a_pass_unless_it_may_be_skipped() {
    let of = |require: &str, lint: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("ci: {{from: forge, require: {require}}}\n"));
        project.commit().tag("v1.2.3");
        let server = GitHub::at(&project.head()).check(1, "test", "success").check(2, "lint", lint).start();
        let url = server.url();
        let gate = project
            .check()
            .args(&["--ci-url", &url, "--ci-project", "o/n", "--ci", "github"])
            .env("GITHUB_TOKEN", hosts::TOKEN);
        bare(row(gate)).replace(" (by this release's own `ci:`, the first)", "")
    };
    let skipped =
        "UNPROVEN what CI came to is not clear: lint is required, and did not run (skipped; `may_skip: true` lets it)";
    assert_eq!(of("[{name: test}, {name: lint}]", "skipped"), skipped);
    assert_eq!(
        of("[{name: test}, {name: lint, may_skip: true}]", "skipped"),
        "PASS 1 of 1 checks passed; 2 required; 1 did not run"
    );
    assert_eq!(
        of("[{name: lint, may_skip: true}]", "skipped"),
        "UNPROVEN CI has not passed: nothing ran: lint (github-actions) skipped"
    );
    assert_eq!(of("[{name: test}]", "failure"), "PASS 1 of 1 checks passed; 1 required");
    assert_eq!(
        of("[{name: tests}]", "success"),
        "UNPROVEN CI has not passed: tests is required, and is not there (there are: lint (github-actions), test (github-actions))"
    );
    assert_eq!(of("[{name: test, app: 15368}]", "failure"), "PASS 1 of 1 checks passed; 1 required");
    assert_eq!(of("[{name: test, app: github-actions}]", "failure"), "PASS 1 of 1 checks passed; 1 required");
    let other = "UNPROVEN CI has not passed: test (7) is required, and is not there (there are: lint (github-actions), test (github-actions))";
    assert_eq!(of("[{name: test, app: 7}]", "failure"), other);
}

/// A run of the workflow `ci.yml` for a push: its suite, its status and its conclusion.
fn push(forge: GitHub, suite: u64, status: &str, conclusion: Option<&str>) -> GitHub {
    forge.run(suite, ".github/workflows/ci.yml", "push", status, conclusion)
}

/// A check run of a suite.
fn of_suite(mut forge: GitHub, id: u64, name: &str, outcome: &str, suite: u64) -> GitHub {
    let check = check_run(&forge.commit, id, name, outcome, suite);
    forge.checks.push(check);
    forge
}

#[test]
fn a_run_counts_where_its_jobs_do_not_tell_what_it_came_to() {
    let of = |status: &str, conclusion: Option<&str>| {
        bare(github(|commit| push(GitHub::at(commit).check(1, "build", "success"), 1, status, conclusion)))
    };
    let name = ".github/workflows/ci.yml (.github/workflows/ci.yml, push)";
    assert_eq!(of("completed", Some("success")), "PASS 1 of 1 checks passed; no check is required by policy");
    assert_eq!(of("completed", Some("failure")), format!("FAIL 1 of 2 checks failed: {name} failure"));
    assert_eq!(of("completed", Some("cancelled")), format!("FAIL 1 of 2 checks failed: {name} cancelled"));
    assert_eq!(of("in_progress", None), format!("UNPROVEN CI has not passed: {name} in_progress"));
    assert_eq!(of("queued", None), format!("UNPROVEN CI has not passed: {name} queued"));
    // The same by suites, where the token may not see the runs.
    let suite = |status: &str, conclusion: Option<&str>| {
        let of = |commit: &str| {
            let suite = json!({
                "id": 1, "head_sha": commit, "status": status, "conclusion": conclusion, "created_at": "2026-01-01T00:00:00Z",
                "latest_check_runs_count": 1, "app": {"id": 15368, "slug": "github-actions"},
            });
            GitHub { without_actions: true, suites: vec![suite], ..GitHub::at(commit).check(1, "build", "success") }
        };
        bare(github(of))
    };
    assert_eq!(
        suite("completed", Some("failure")),
        "FAIL 1 of 2 checks failed: GitHub Actions (github-actions) failure"
    );
    assert_eq!(suite("in_progress", None), "UNPROVEN CI has not passed: GitHub Actions (github-actions) in_progress");
    let passed = suite("completed", Some("success"));
    let unseen = "which workflow some are of is not known (a token without `actions: read` does not see it)";
    assert_eq!(passed, format!("PASS 1 of 1 checks passed; no check is required by policy; {unseen}"));
}

#[test]
fn the_newest_run_of_a_workflow_counts_before_it_has_a_job() {
    let of = |first: &str, status: &str, conclusion: Option<&str>, policy: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
        let forge = push(GitHub::at(&project.head()).check(1, "test", first), 1, "completed", Some(first));
        let server = push(forge, 2, status, conclusion).start();
        bare(row(asked(&project, &server, GITHUB))).replace(" (by this release's own `ci:`, the first)", "")
    };
    let name = ".github/workflows/ci.yml (.github/workflows/ci.yml, push)";
    for policy in ["tag: v{version}\n", "ci: {require: [{name: test, workflow: .github/workflows/ci.yml}]}\n"] {
        for first in ["success", "failure"] {
            let open = of(first, "queued", None, policy);
            assert!(open.starts_with(&format!("UNPROVEN CI has not passed: {name} queued")), "{open}");
        }
        let failed = of("success", "completed", Some("startup_failure"), policy);
        assert_eq!(failed, format!("FAIL 1 of 2 checks failed: {name} startup_failure"));
    }
    // A run that was cancelled before it began, and a newer one of the same workflow that passed.
    let cancelled = github(|commit| {
        let forge = push(of_suite(GitHub::at(commit), 1, "test", "success", 2), 1, "completed", Some("cancelled"));
        push(forge, 2, "completed", Some("success"))
    });
    assert_eq!(bare(cancelled), "PASS 1 of 1 checks passed; no check is required by policy");
}

#[test]
fn what_did_not_run_takes_the_place_of_nothing_that_ran() {
    let of = |first: &str, require: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("ci: {{require: {require}}}\n")).commit().tag("v1.2.3");
        let forge = push(of_suite(GitHub::at(&project.head()), 1, "test", first, 1), 1, "completed", Some(first));
        let forge = of_suite(of_suite(forge, 2, "test", "skipped", 2), 3, "lint", "success", 2);
        let server = push(forge, 2, "completed", Some("success")).start();
        bare(row(asked(&project, &server, GITHUB))).replace(" (by this release's own `ci:`, the first)", "")
    };
    let failed = "FAIL 1 of 2 checks failed: test (.github/workflows/ci.yml, push) failure";
    assert_eq!(of("failure", "[{name: test, may_skip: true}, {name: lint}]"), failed);
    assert_eq!(of("success", "[{name: test}]"), "PASS 1 of 1 checks passed; 1 required");
    let project = Project::released();
    let commit = project.head();
    let pipeline = |id: u64| json!({"id": id, "sha": commit, "source": "push", "status": "success"});
    let mut may_fail = job(&commit, 2, 2, "test", "failed");
    may_fail["allow_failure"] = json!(true);
    let forge = GitLab {
        commit: commit.clone(),
        pipelines: vec![pipeline(2), pipeline(1)],
        jobs: vec![
            ("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "test", "failed")]),
            ("o%2Fn/2".to_owned(), vec![may_fail, job(&commit, 2, 3, "lint", "success")]),
        ],
        ..GitLab::default()
    };
    let said = bare(row(asked(&project, &forge.start(), GITLAB)));
    assert_eq!(said, "FAIL 1 of 2 checks failed: test (push) failed");
}

#[test]
fn of_two_jobs_with_one_name_in_one_run_the_worse_counts() {
    let two = |first: &str| {
        bare(github(|commit| {
            let forge = of_suite(of_suite(GitHub::at(commit), 1, "test", first, 1), 2, "test", "success", 1);
            push(forge, 1, "completed", Some("success"))
        }))
    };
    assert_eq!(two("failure"), "FAIL 1 of 1 checks failed: test (.github/workflows/ci.yml, push) failure");
    assert_eq!(two("in_progress"), "UNPROVEN CI has not passed: test (.github/workflows/ci.yml, push) in_progress");
}

#[test]
fn a_workflow_with_an_at_in_its_name_is_another() {
    let of = |path: &str| {
        bare(github(|commit| {
            let forge = of_suite(of_suite(GitHub::at(commit), 1, "test", "failure", 1), 2, "test", "success", 2);
            let forge = push(forge, 1, "completed", Some("failure"));
            forge.run(2, path, "push", "completed", Some("success"))
        }))
    };
    assert!(of(".github/workflows/ci.yml@x.yml").starts_with("FAIL 1 of 2 checks failed: test"));
    assert!(of(".github/workflows/ci.yml@main").starts_with("PASS 1 of 1 checks passed"));
}

#[test]
fn the_gates_own_job_is_one_that_is_not_over() {
    let project = Project::released();
    let server = GitHub::at(&project.head()).check(1, "test", "failure").check(2, "lint", "success").start();
    let own = row(asked(&project, &server, GITHUB).env("DELIVERY_GATE_CHECK_RUN_ID", "1"));
    assert_eq!(bare(own), "FAIL 1 of 2 checks failed: test (github-actions) failure");
}

#[test]
fn the_same_gate_in_another_run_is_not_waited_for() {
    let project = Project::released();
    let commit = project.head();
    let forge = of_suite(of_suite(GitHub::at(&commit), 1, "test", "success", 1), 2, "gate", "failure", 1);
    let forge = of_suite(forge, 3, "gate", "in_progress", 2);
    let forge = push(forge, 1, "completed", Some("failure"));
    let server = forge.run(2, ".github/workflows/ci.yml", "workflow_dispatch", "in_progress", None).start();
    let own = row(asked(&project, &server, GITHUB).env("DELIVERY_GATE_CHECK_RUN_ID", "3"));
    assert_eq!(
        bare(own),
        "FAIL 1 of 2 checks failed: .github/workflows/ci.yml (.github/workflows/ci.yml, push) failure"
    );
}

#[test]
fn only_the_gate_itself_is_no_answer() {
    let project = Project::released();
    let forge = GitHub::at(&project.head()).check(7, "gate", "in_progress");
    let server = push(forge, 1, "in_progress", None).start();
    let own = row(asked(&project, &server, GITHUB).env("DELIVERY_GATE_CHECK_RUN_ID", "7"));
    assert_eq!(bare(own), "UNPROVEN CI has not passed: nothing but the gate's own job has reported yet");
}

#[test]
fn a_pipeline_without_jobs_is_seen() {
    let project = Project::released();
    let commit = project.head();
    let of = |status: &str| {
        let pipeline = |id: u64, status: &str| json!({"id": id, "sha": commit, "source": "push", "status": status});
        let forge = GitLab {
            commit: commit.clone(),
            pipelines: vec![pipeline(2, status), pipeline(1, "success")],
            jobs: vec![("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "test", "success")])],
            ..GitLab::default()
        };
        bare(row(asked(&project, &forge.start(), GITLAB)))
    };
    assert_eq!(of("failed"), "FAIL 1 of 2 checks failed: pipeline 2 (push) failed");
    assert_eq!(of("created"), "UNPROVEN CI has not passed: pipeline 2 (push) created");
    assert_eq!(of("skipped"), "PASS 1 of 1 checks passed; no check is required by policy");
}

#[test]
fn a_gate_in_a_child_pipeline_does_not_wait_for_what_started_it() {
    let project = Project::released();
    let commit = project.head();
    let mut bridge = job(&commit, 1, 2, "release", "running");
    bridge["downstream_pipeline"] = json!({"id": 2, "project_id": 5, "sha": commit, "status": "running"});
    let forge = GitLab {
        commit: commit.clone(),
        pipelines: vec![json!({"id": 1, "sha": commit, "status": "running", "source": "push"})],
        jobs: vec![
            ("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "test", "success"), job(&commit, 1, 4, "ship", "created")]),
            ("5/2".to_owned(), vec![job(&commit, 2, 3, "gate", "running")]),
        ],
        bridges: vec![("o%2Fn/1".to_owned(), vec![bridge])],
        ..GitLab::default()
    };
    let gate = asked(&project, &forge.start(), GITLAB).env("GITLAB_CI", "true").env("CI_JOB_ID", "3");
    let passed =
        "PASS 1 of 1 checks passed; no check is required by policy; not begun, and may wait for the gate: ship (push)";
    assert_eq!(bare(row(gate)), passed);
}

#[test]
fn a_downstream_pipeline_that_the_token_may_not_see_counts_where_everything_does() {
    let of = |policy: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
        let commit = project.head();
        let mut bridge = job(&commit, 1, 2, "deploy", "success");
        bridge["downstream_pipeline"] = json!({"id": 2, "project_id": 9, "sha": "c".repeat(40)});
        let forge = GitLab {
            commit: commit.clone(),
            pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
            jobs: vec![("o%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "test", "success")])],
            bridges: vec![("o%2Fn/1".to_owned(), vec![bridge])],
            hidden: Some("9".to_owned()),
            ..GitLab::default()
        };
        bare(row(asked(&project, &forge.start(), GITLAB))).replace(" (by this release's own `ci:`, the first)", "")
    };
    let unseen = "UNPROVEN what CI came to is not clear: deploy > pipeline 2 not to be seen with this token (404) says neither \
                  passed nor failed";
    assert_eq!(of("tag: v{version}\n"), unseen);
    assert_eq!(of("ci: {require: [{name: test}]}\n"), "PASS 1 of 1 checks passed; 1 required");
}

#[test]
fn what_is_required_can_be_told_apart_by_event_and_number() {
    let of = |require: &str| {
        let project = Project::drafted();
        project.write("delivery-gate.yaml", &format!("ci: {{require: [{require}]}}\n")).commit().tag("v1.2.3");
        let commit = project.head();
        let mut forge = GitHub::at(&commit).check(1, "test", "success");
        forge.checks[0]["app"] = json!({"id": 7, "slug": "15368"});
        let server = forge.run(1, "ci.yml", "pull_request_target", "completed", Some("success")).start();
        row(asked(&project, &server, GITHUB)).0
    };
    assert_eq!(of("{name: test}"), "PASS");
    assert_eq!(of("{name: test, app: \"15368\"}"), "PASS");
    assert_eq!(of("{name: test, app: 15368}"), "UNPROVEN");
    assert_eq!(of("{name: test, event: push}"), "UNPROVEN");
}
