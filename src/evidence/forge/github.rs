//! GitHub, and GitHub Enterprise: check runs, commit statuses, and the workflow runs that tell which workflow a check run is of.
//! <https://docs.github.com/en/rest/checks/runs>, <https://docs.github.com/en/rest/commits/statuses>,
//! <https://docs.github.com/en/rest/actions/workflow-runs>

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Forge;
use super::asker::{Asker, Page, Silence, Wanted, both};
use super::signal::{App, Flow, Signal, Source, State};
use crate::config::ci::{AppNamed, Demand, Required};

/// The number of the app that is GitHub Actions on github.com.
const ACTIONS: u64 = 15368;

/// Its name in addresses, on every host.
const ACTIONS_SLUG: &str = "github-actions";

/// How long a suite of GitHub Actions may be without a run before it is taken for one that no workflow is for.
const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// The most entries of a page.
const PAGE: &str = "100";

const CHECK_RUNS: Wanted = Wanted { what: "check runs", permission: "checks: read" };
const STATUSES: Wanted = Wanted { what: "commit statuses", permission: "statuses: read" };
const WORKFLOW_RUNS: Wanted = Wanted { what: "workflow runs", permission: "actions: read" };
const SUITES: Wanted = Wanted { what: "check suites", permission: "checks: read" };
const REPOSITORY: Wanted = Wanted { what: "project data", permission: "metadata: read" };
const RULES: Wanted = Wanted { what: "branch rules", permission: "metadata: read" };

/// Rules of a branch that ask for runs by other names than those of status checks.
const OTHER_RULES: [&str; 3] = ["workflows", "code_scanning", "required_deployments"];

/// The forge.
pub(super) struct GitHub;

#[derive(Deserialize)]
struct CheckRuns {
    total_count: u64,
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    head_sha: String,
    name: String,
    status: String,
    conclusion: Option<String>,
    html_url: Option<String>,
    check_suite: Option<Suite>,
    app: Option<AppOf>,
}

#[derive(Deserialize)]
struct Suite {
    id: u64,
}

#[derive(Deserialize)]
struct AppOf {
    id: u64,
    slug: Option<String>,
}

#[derive(Deserialize)]
struct Combined {
    sha: String,
    total_count: u64,
    statuses: Vec<Status>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    fork: bool,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    id: u64,
    context: String,
    state: String,
    target_url: Option<String>,
}

#[derive(Deserialize)]
struct WorkflowRuns {
    total_count: u64,
    workflow_runs: Vec<WorkflowRun>,
}

#[derive(Deserialize)]
struct WorkflowRun {
    id: u64,
    name: Option<String>,
    head_sha: String,
    path: String,
    event: String,
    status: Option<String>,
    conclusion: Option<String>,
    check_suite_id: Option<u64>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct Suites {
    total_count: u64,
    check_suites: Vec<CheckSuite>,
}

#[derive(Deserialize)]
struct CheckSuite {
    id: u64,
    head_sha: String,
    status: Option<String>,
    conclusion: Option<String>,
    created_at: Option<String>,
    latest_check_runs_count: Option<u64>,
    app: Option<AppOf>,
}

impl Forge for GitHub {
    fn signals(&self, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
        let others = || Ok(both(|| statuses(commit, ask), || workflow_runs(commit, ask)));
        let (checks, others) = both(|| check_runs(commit, ask), others);
        let (checks, (statuses, runs)) = (checks?, others?);
        let statuses = statuses?;
        let (runs, suites) = match runs {
            Ok(runs) => (Some(runs), Vec::new()),
            Err(silence) if silence.is_denied() => (None, suites(commit, &checks, ask)?),
            Err(silence) => return Err(silence),
        };
        let flows = runs.as_ref().map(|runs| flows(runs));
        let mut signals: Vec<_> = checks.iter().map(|check| of_check(check, flows.as_ref())).collect();
        signals.extend(statuses);
        let has_checks = |run: &WorkflowRun| checks.iter().any(|check| suite_of(check) == run.check_suite_id);
        signals.extend(runs.iter().flatten().map(|run| of_run(run, has_checks(run))));
        signals.extend(suites);
        Ok(signals)
    }

    fn rules(&self, ask: &Asker<'_>) -> Result<Demand, Silence> {
        let (repository, _): (Repository, _) = ask.get(REPOSITORY, ask.place().url(&repository(ask, &[])))?;
        let branch =
            repository.default_branch.ok_or_else(|| Silence::lasting("the forge does not say its default branch"))?;
        let rules = ruled(&branch, ask)?;
        let (protected, _): (Branch, _) =
            ask.get(RULES, ask.place().url(&self::repository(ask, &["branches", &branch])))?;
        let mut required = rules;
        for one in
            protected.protection.and_then(|all| all.required_status_checks).into_iter().flat_map(Protected::checks)
        {
            if !required.contains(&one) {
                required.push(one);
            }
        }
        if required.is_empty() {
            return Err(ask.requires_nothing(&branch));
        }
        Ok(Demand { require: Some(required), ignore: Vec::new() })
    }
}

/// The path of something of the project.
fn repository<'a>(ask: &'a Asker<'_>, rest: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("repos").chain(ask.place().parts()).chain(rest.iter().copied()).collect()
}

fn check_runs(commit: &str, ask: &Asker<'_>) -> Result<Vec<CheckRun>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&repository(ask, &["commits", commit, "check-runs"]));
        url.with_query("filter", "latest").with_query("per_page", PAGE).with_query("page", &page.to_string())
    };
    let read = |ask: &Asker<'_>, url| {
        let (page, _): (CheckRuns, _) = ask.get(CHECK_RUNS, url)?;
        Ok(Page { entries: page.check_runs, total: Some(page.total_count) })
    };
    ask.all(CHECK_RUNS, url, read, |check: &CheckRun| check.id.to_string())
}

/// The newest status of each context. The state of all of them together is not read: it is "pending" where there is none.
fn statuses(commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&repository(ask, &["commits", commit, "status"]));
        url.with_query("per_page", PAGE).with_query("page", &page.to_string())
    };
    let read = |ask: &Asker<'_>, url| {
        let (page, _): (Combined, _) = ask.get(STATUSES, url)?;
        if ask.place().is_by_remote && page.repository.is_some_and(|repository| repository.fork) {
            return Err(is_fork(ask));
        }
        let sha = page.sha;
        let entries = page.statuses.into_iter().map(|status| of_status(status, &sha)).collect();
        Ok(Page { entries, total: Some(page.total_count) })
    };
    ask.all(STATUSES, url, read, |status: &Signal| status.id.clone())
}

/// A fork's CI is not the project's, and a remote does not say that this is meant.
pub(super) fn is_fork(ask: &Asker<'_>) -> Silence {
    let project = &ask.place().project;
    Silence::lasting(format!(
        "{} is a fork: its CI is not that of the project it comes from; say which of the two releases with --ci-project \
         (--ci-project {project}, if it is this one)",
        ask.place().shown()
    ))
}

fn workflow_runs(commit: &str, ask: &Asker<'_>) -> Result<Vec<WorkflowRun>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&repository(ask, &["actions", "runs"]));
        url.with_query("head_sha", commit).with_query("per_page", PAGE).with_query("page", &page.to_string())
    };
    let read = |ask: &Asker<'_>, url| {
        let (page, _): (WorkflowRuns, _) = ask.get(WORKFLOW_RUNS, url)?;
        Ok(Page { entries: page.workflow_runs, total: Some(page.total_count) })
    };
    ask.all(WORKFLOW_RUNS, url, read, |run: &WorkflowRun| run.id.to_string())
}

/// The suites of GitHub Actions, for a token that may not see workflow runs. There is one for every push, be no workflow for
/// it: one that has waited for long without a run is no news. Those of other apps say nothing that their runs do not.
fn suites(commit: &str, checks: &[CheckRun], ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&repository(ask, &["commits", commit, "check-suites"]));
        url.with_query("per_page", PAGE).with_query("page", &page.to_string())
    };
    let read = |ask: &Asker<'_>, url| {
        let (page, _): (Suites, _) = ask.get(SUITES, url)?;
        Ok(Page { entries: page.check_suites, total: Some(page.total_count) })
    };
    let suites = ask.all(SUITES, url, read, |suite: &CheckSuite| suite.id.to_string())?;
    let has_none = |suite: &CheckSuite| {
        suite.latest_check_runs_count.unwrap_or_default() == 0
            && !checks.iter().any(|check| suite_of(check) == Some(suite.id))
    };
    let is_young = |suite: &CheckSuite| {
        let since = suite.created_at.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
        since.is_none_or(|since| since.duration_until(ask.now()) < GRACE)
    };
    let is_news = |suite: &&CheckSuite| {
        let is_over = suite.status.as_deref() == Some("completed");
        suite.app.as_ref().is_some_and(is_actions) && (is_over || !has_none(suite) || is_young(suite))
    };
    Ok(suites.iter().filter(is_news).map(of_suite).collect())
}

fn is_actions(app: &AppOf) -> bool {
    app.id == ACTIONS || app.slug.as_deref() == Some(ACTIONS_SLUG)
}

fn suite_of(check: &CheckRun) -> Option<u64> {
    check.check_suite.as_ref().map(|suite| suite.id)
}

/// The workflow of each suite. A path may name the branch that it was read from.
fn flows(runs: &[WorkflowRun]) -> HashMap<u64, Flow> {
    let flow = |run: &WorkflowRun| Some((run.check_suite_id?, flow_of(run)));
    runs.iter().filter_map(flow).collect()
}

fn flow_of(run: &WorkflowRun) -> Flow {
    Flow::Known { workflow: Some(file_of(&run.path).to_owned()), event: run.event.clone() }
}

/// The file in a path that may name the branch it was read from: `.github/workflows/ci.yml@main`. A file may have an `@` in its
/// name, and then its end is that of a workflow.
fn file_of(path: &str) -> &str {
    let is_file = |text: &str| [".yml", ".yaml"].iter().any(|ending| text.ends_with(ending));
    let cut = path.match_indices('@').map(|(at, _)| &path[..at]).find(|text| is_file(text));
    if is_file(path) { path } else { cut.unwrap_or(path) }
}

fn of_check(check: &CheckRun, flows: Option<&HashMap<u64, Flow>>) -> Signal {
    let suite = suite_of(check);
    let flow = match check.app.as_ref().is_some_and(is_actions) {
        false => Flow::None,
        true => flows.zip(suite).and_then(|(flows, suite)| flows.get(&suite)).cloned().unwrap_or(Flow::Unknown),
    };
    let (state, word) = outcome(&check.status, check.conclusion.as_deref());
    Signal {
        source: Source::CheckRun,
        id: check.id.to_string(),
        order: check.id,
        name: check.name.clone(),
        app: check.app.as_ref().map(|app| App { id: app.id, slug: app.slug.clone() }),
        flow,
        run: suite.map(|suite| suite.to_string()),
        starts: None,
        commit: check.head_sha.clone(),
        state,
        word,
        address: check.html_url.clone(),
    }
}

/// A run as a whole: one without a check run waits, or ended before any of its jobs began, as one whose file is wrong does; one with
/// some may have more to come.
fn of_run(run: &WorkflowRun, has_checks: bool) -> Signal {
    let (state, word) = outcome(run.status.as_deref().unwrap_or_default(), run.conclusion.as_deref());
    // What passed is a job, and none is to be seen.
    let state = if state == State::Passed && !has_checks { State::NotRun } else { state };
    Signal {
        source: Source::Run,
        id: run.id.to_string(),
        order: run.id,
        name: run.name.clone().unwrap_or_else(|| file_of(&run.path).to_owned()),
        app: None,
        flow: flow_of(run),
        run: run.check_suite_id.map(|suite| suite.to_string()),
        starts: None,
        commit: run.head_sha.clone(),
        state,
        word,
        address: run.html_url.clone(),
    }
}

fn of_suite(suite: &CheckSuite) -> Signal {
    let (state, word) = outcome(suite.status.as_deref().unwrap_or("queued"), suite.conclusion.as_deref());
    let note = if matches!(state, State::Open { begun: false }) { ", and CI may not have begun" } else { "" };
    Signal {
        source: Source::Run,
        id: suite.id.to_string(),
        order: suite.id,
        name: "GitHub Actions".to_owned(),
        app: suite.app.as_ref().map(|app| App { id: app.id, slug: app.slug.clone() }),
        flow: Flow::Unknown,
        run: Some(suite.id.to_string()),
        starts: None,
        commit: suite.head_sha.clone(),
        state,
        word: format!("{word}{note}"),
        address: None,
    }
}

fn of_status(status: Status, commit: &str) -> Signal {
    let state = match status.state.as_str() {
        "success" => State::Passed,
        "failure" | "error" => State::Failed,
        "pending" => State::Open { begun: true },
        _ => State::Unknown,
    };
    Signal {
        source: Source::Status,
        id: status.id.to_string(),
        order: status.id,
        name: status.context,
        app: None,
        flow: Flow::None,
        run: None,
        starts: None,
        commit: commit.to_owned(),
        state,
        word: status.state,
        address: status.target_url,
    }
}

/// <https://docs.github.com/en/rest/checks/runs#create-a-check-run>, and what only GitHub itself sets.
fn outcome(status: &str, conclusion: Option<&str>) -> (State, String) {
    let state = match (status, conclusion) {
        ("completed", Some("success")) => State::Passed,
        ("completed", Some("failure" | "timed_out" | "cancelled" | "startup_failure")) => State::Failed,
        ("completed", Some("skipped" | "neutral")) => State::NotRun,
        // A person has to let it run.
        ("completed", Some("action_required")) => State::Open { begun: false },
        ("in_progress", _) => State::Open { begun: true },
        ("queued" | "waiting" | "requested" | "pending", _) => State::Open { begun: false },
        _ => State::Unknown,
    };
    let word = match (status, conclusion) {
        ("completed", Some(conclusion)) => conclusion.to_owned(),
        ("completed", None) => "completed without a conclusion".to_owned(),
        (status, _) => status.to_owned(),
    };
    (state, word)
}

#[derive(Deserialize)]
struct Branch {
    protection: Option<Protection>,
}

#[derive(Deserialize)]
struct Protection {
    required_status_checks: Option<Protected>,
}

#[derive(Deserialize)]
struct Protected {
    #[serde(default)]
    contexts: Vec<String>,
    #[serde(default)]
    checks: Vec<ProtectedCheck>,
}

#[derive(Deserialize)]
struct ProtectedCheck {
    context: String,
    app_id: Option<i64>,
}

impl Protected {
    /// The checks, or what older hosts have of them: their names alone.
    fn checks(self) -> Vec<Required> {
        let named = self.checks.iter().any(|check| self.contexts.contains(&check.context));
        let alone = self.contexts.into_iter().filter(|_| !named).map(|name| required(name, None));
        let checks = self.checks.into_iter().map(|check| required(check.context, check.app_id));
        checks.chain(alone).collect()
    }
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "type")]
    kind: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default)]
    required_status_checks: Vec<RuledCheck>,
}

#[derive(Deserialize)]
struct RuledCheck {
    context: String,
    integration_id: Option<i64>,
}

/// What the rulesets of a branch require.
fn ruled(branch: &str, ask: &Asker<'_>) -> Result<Vec<Required>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&repository(ask, &["rules", "branches", branch]));
        url.with_query("per_page", PAGE).with_query("page", &page.to_string())
    };
    let mut required = Vec::new();
    for page in 1.. {
        let (rules, _): (Vec<Rule>, _) = ask.get(RULES, url(page))?;
        let is_full = rules.len() == 100;
        if let Some(other) = rules.iter().find(|rule| OTHER_RULES.contains(&rule.kind.as_str())) {
            return Err(Silence::lasting(format!(
                "`ci.require: rules`, and the rule `{}` of {} asks for more than status checks, which is not looked at; name the \
                 checks in `ci.require`",
                other.kind,
                super::shown(branch)
            )));
        }
        let ruled = rules.into_iter().filter(|rule| rule.kind == "required_status_checks");
        let checks = ruled.filter_map(|rule| rule.parameters).flat_map(|parameters| parameters.required_status_checks);
        required.extend(checks.map(|check| self::required(check.context, check.integration_id)));
        if !is_full {
            break;
        }
    }
    Ok(required)
}

/// -1 is "any app".
fn required(name: String, app: Option<i64>) -> Required {
    let app = app.and_then(|app| u64::try_from(app).ok()).map(AppNamed::Id);
    Required { app, ..Required::named(name) }
}
