//! The awkward answers of tests/fixtures/forge/ci-answers.jsonl, each through the whole program.

use serde_json::{Value, json};

use super::hosts::{self, GitHub, GitLab, raw, reply};
use super::{BITBUCKET, GITEA, GITHUB, GITLAB, Kind, asked, row};
use crate::common::Project;
use crate::server::Server;

/// Stands for the commit that is asked about.
const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn rows() -> Vec<String> {
    let text = include_str!("../../fixtures/forge/ci-answers.jsonl");
    text.lines().map(str::to_owned).collect()
}

/// A release with the policy of a row.
fn project(row: &Value) -> Project {
    let project = Project::drafted();
    if let Some(require) = row.get("require") {
        project.write("delivery-gate.yaml", &format!("ci: {{require: {require}}}\n"));
    }
    project.commit().tag("v1.2.3");
    project
}

fn entries(row: &Value, key: &str) -> Vec<Value> {
    let pages = row["pages"].as_array().expect("pages").iter();
    pages.filter_map(|page| page.get(key)?.as_array().cloned()).flatten().collect()
}

fn serve(row: &Value, commit: &str) -> (Server, Kind) {
    if let Some(status) = row["http"].as_u64() {
        let status = format!("{status} No");
        return (Server::start(move |_| reply(&status, &[], &json!({"message": "no"}))), GITHUB);
    }
    if row.get("fault").is_some() {
        let page = || raw("200 OK", &[("Content-Type", "text/html")], "<!doctype html><title>Sign in</title>");
        return (Server::start(move |_| page()), GITHUB);
    }
    match row["forge"].as_str().expect("a forge") {
        "github" => (github(row, commit).start(), GITHUB),
        "gitlab" => (gitlab(row, commit).start(), GITLAB),
        "gitea" => {
            // The API calls it `status`.
            let statuses = entries(row, "statuses").into_iter().map(|mut status| {
                status["status"] = status["state"].take();
                status
            });
            (hosts::gitea(commit, statuses.collect()), GITEA)
        }
        _ => (hosts::bitbucket(commit, entries(row, "values")), BITBUCKET),
    }
}

fn github(row: &Value, commit: &str) -> GitHub {
    let (checks, statuses) = (entries(row, "check_runs"), entries(row, "statuses"));
    let total = usize::try_from(row["total"].as_u64().expect("a total")).expect("a number");
    let mut forge = GitHub { more: total - checks.len() - statuses.len(), checks, statuses, ..GitHub::at(commit) };
    for (suite, flow) in row["flow"].as_object().into_iter().flatten() {
        let (path, event) = (flow[0].as_str().expect("a path"), flow[1].as_str().expect("an event"));
        forge = forge.run(suite.parse().expect("a suite"), path, event, "completed", Some("success"));
    }
    if row.get("suite_pending").is_some() {
        forge = forge.run(99, ".github/workflows/ci.yml", "push", "queued", None);
    }
    forge
}

fn gitlab(row: &Value, commit: &str) -> GitLab {
    GitLab {
        commit: commit.to_owned(),
        pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
        jobs: vec![("o%2Fn/1".to_owned(), entries(row, "jobs"))],
        ..GitLab::default()
    }
}

#[test]
fn every_awkward_answer_has_its_verdict() {
    let mut seen = 0;
    for line in rows() {
        let of_row: Value = serde_json::from_str(&line).expect("a row");
        let project = project(&of_row);
        let commit = project.head();
        let here: Value = serde_json::from_str(&line.replace(COMMIT, &commit)).expect("a row");
        let (server, kind) = serve(&here, &commit);
        let mut gate = asked(&project, &server, kind);
        if let Some(own) = here["self"].as_u64() {
            gate = gate.env("DELIVERY_GATE_CHECK_RUN_ID", &own.to_string());
        }
        let (status, detail) = row(gate);
        println!("{:>3} {status:<9} {detail}", here["n"]);
        assert_eq!(status, here["want"].as_str().expect("a verdict"), "{}: {detail}", here["what"]);
        seen += 1;
    }
    assert_eq!(seen, 29);
}
