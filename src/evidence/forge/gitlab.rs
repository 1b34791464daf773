//! GitLab: the jobs of every pipeline of the commit, those that they start, and the statuses that others report.
//! <https://docs.gitlab.com/api/pipelines/>, <https://docs.gitlab.com/api/jobs/>, <https://docs.gitlab.com/api/commits/>

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Forge;
use super::asker::{Asker, Page, Silence, Wanted, both};
use super::github::is_fork;
use super::signal::{Flow, Signal, Source, State};
use crate::config::ci::Demand;
use crate::net::Url;

/// How deep pipelines may start pipelines.
const DEPTH: usize = 4;

/// The most entries of a page.
const PAGE: &str = "100";

const PIPELINES: Wanted = Wanted { what: "pipelines", permission: "read_api" };
const JOBS: Wanted = Wanted { what: "jobs", permission: "read_api" };
const STATUSES: Wanted = Wanted { what: "commit statuses", permission: "read_api" };
const PROJECT: Wanted = Wanted { what: "project data", permission: "read_api" };

/// The forge.
pub(super) struct GitLab;

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
    sha: String,
    status: String,
    source: Option<String>,
}

/// A job, or a bridge: what starts another pipeline.
#[derive(Deserialize)]
struct Job {
    id: u64,
    name: String,
    status: String,
    #[serde(default)]
    allow_failure: bool,
    web_url: Option<String>,
    commit: Option<Commit>,
    pipeline: PipelineOf,
    downstream_pipeline: Option<Downstream>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
}

#[derive(Deserialize)]
struct PipelineOf {
    id: u64,
}

#[derive(Deserialize)]
struct Downstream {
    id: u64,
    project_id: u64,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    id: u64,
    name: String,
    status: String,
    sha: String,
    #[serde(default)]
    allow_failure: bool,
    target_url: Option<String>,
}

#[derive(Deserialize)]
struct Project {
    forked_from_project: Option<serde::de::IgnoredAny>,
}

/// A pipeline whose jobs are asked for.
struct Asked {
    project: String,
    id: u64,
    /// What it is said to have come to, where that is said.
    status: String,
    /// What started the first of them.
    event: String,
    /// The names of the jobs that led here.
    above: String,
    depth: usize,
}

impl Forge for GitLab {
    fn signals(&self, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
        let project = ask.place().project.clone();
        let pipelines = || list::<Pipeline>(ask, PIPELINES, &|page| pipelines_url(ask, commit, page), |one| one.id);
        let statuses = || list::<Status>(ask, STATUSES, &|page| statuses_url(ask, commit, page), |one| one.id);
        let (pipelines, others) = both(pipelines, || Ok(both(statuses, || forked(ask))));
        let (statuses, fork) = others?;
        fork?;
        let (pipelines, statuses) = (pipelines?, statuses?);
        if let Some(other) = pipelines.iter().find(|pipeline| !pipeline.sha.eq_ignore_ascii_case(commit)) {
            return Err(Silence::lasting(format!("the answer has pipeline {} of another commit", other.id)));
        }
        let asked = |pipeline: Pipeline| Asked {
            project: project.clone(),
            id: pipeline.id,
            status: pipeline.status,
            event: pipeline.source.unwrap_or_else(|| "unknown".to_owned()),
            above: String::new(),
            depth: 1,
        };
        let mut signals = walk(pipelines.into_iter().map(asked).collect(), commit, ask)?;
        let known: HashSet<String> = signals.iter().map(|signal| signal.id.clone()).collect();
        let others = statuses.into_iter().filter(|status| !known.contains(&status.id.to_string()));
        signals.extend(others.map(of_status));
        Ok(signals)
    }

    fn rules(&self, _ask: &Asker<'_>) -> Result<Demand, Silence> {
        Err(Silence::lasting("`ci.require: rules`, and GitLab has no list of required jobs; name them in `ci.require`"))
    }
}

/// Every pipeline, and those that its jobs start.
fn walk(mut asked: Vec<Asked>, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
    let mut signals = Vec::new();
    let mut seen = HashSet::new();
    while !asked.is_empty() {
        asked.retain(|pipeline| seen.insert(pipeline.id));
        let mut next = Vec::new();
        for (pipeline, jobs) in asked.iter().zip(ask.beside(&asked, &|pipeline| jobs(pipeline, ask))) {
            let jobs = match jobs {
                // One of a project that the token may not see: it counts for unknown, where everything counts.
                Err(silence) if silence.is_denied() && pipeline.depth > 1 => {
                    let word = format!("not to be seen with this token ({})", silence.status.unwrap_or_default());
                    signals.push(of_pipeline(pipeline, word, State::Unknown, commit));
                    continue;
                }
                jobs => jobs?,
            };
            if jobs.is_empty() || pipeline.depth == 1 {
                let state = outcome(&pipeline.status, false);
                // What passed is a job, and none is to be seen.
                let state = if jobs.is_empty() && state == State::Passed { State::NotRun } else { state };
                signals.push(of_pipeline(pipeline, pipeline.status.clone(), state, commit));
            }
            for job in jobs {
                next.extend(job.downstream_pipeline.as_ref().map(|below| below_of(pipeline, &job, below)));
                signals.push(of_job(job, pipeline, commit)?);
            }
        }
        if next.iter().any(|pipeline| pipeline.depth > DEPTH) {
            return Err(Silence::lasting(format!(
                "pipelines start pipelines more than {DEPTH} deep: not all of them were looked at"
            )));
        }
        asked = next;
    }
    Ok(signals)
}

fn below_of(pipeline: &Asked, job: &Job, below: &Downstream) -> Asked {
    Asked {
        project: below.project_id.to_string(),
        id: below.id,
        status: below.status.clone().unwrap_or_else(|| "unknown".to_owned()),
        event: pipeline.event.clone(),
        above: format!("{}{} > ", pipeline.above, job.name),
        depth: pipeline.depth + 1,
    }
}

/// The newest of each job, those that were run again left out, and what starts other pipelines.
fn jobs(pipeline: &Asked, ask: &Asker<'_>) -> Result<Vec<Job>, Silence> {
    let url = |kind: &str, page: u64| {
        let id = pipeline.id.to_string();
        paged(ask.place().url(&["projects", &pipeline.project, "pipelines", &id, kind]), page)
    };
    let of = |kind: &'static str| list::<Job>(ask, JOBS, &|page| url(kind, page), |job| job.id);
    let (jobs, bridges) = both(|| of("jobs"), || of("bridges"));
    let mut all = jobs?;
    all.extend(bridges?);
    match all.iter().find(|job| job.pipeline.id != pipeline.id) {
        Some(job) => {
            Err(Silence::lasting(format!("the answer for pipeline {} has job {} of another", pipeline.id, job.id)))
        }
        None => Ok(all),
    }
}

/// Whether the project is a fork, where nothing but a remote names it.
fn forked(ask: &Asker<'_>) -> Result<(), Silence> {
    if !ask.place().is_by_remote {
        return Ok(());
    }
    let (project, _): (Project, _) = ask.get(PROJECT, ask.place().url(&["projects", &ask.place().project]))?;
    project.forked_from_project.map_or(Ok(()), |_| Err(is_fork(ask)))
}

fn pipelines_url(ask: &Asker<'_>, commit: &str, page: u64) -> Url {
    paged(ask.place().url(&["projects", &ask.place().project, "pipelines"]).with_query("sha", commit), page)
}

fn statuses_url(ask: &Asker<'_>, commit: &str, page: u64) -> Url {
    paged(ask.place().url(&["projects", &ask.place().project, "repository", "commits", commit, "statuses"]), page)
}

fn paged(url: Url, page: u64) -> Url {
    url.with_query("per_page", PAGE).with_query("page", &page.to_string())
}

/// A list. GitLab says how many there are, up to 10,000.
fn list<T: DeserializeOwned + Send>(
    ask: &Asker<'_>,
    wanted: Wanted,
    url: &(dyn Fn(u64) -> Url + Sync),
    id: impl Fn(&T) -> u64,
) -> Result<Vec<T>, Silence> {
    let read = |ask: &Asker<'_>, url| {
        let (entries, answer): (Vec<T>, _) = ask.get(wanted, url)?;
        Ok(Page { entries, total: answer.header("x-total").and_then(|total| total.trim().parse().ok()) })
    };
    ask.all(wanted, url, read, |entry| id(entry).to_string())
}

fn of_job(job: Job, pipeline: &Asked, commit: &str) -> Result<Signal, Silence> {
    let is_here = pipeline.above.is_empty();
    // What a pipeline of another project ran for is a commit of that one.
    let named = job.commit.map(|commit| commit.id).filter(|_| is_here);
    let state = outcome(&job.status, job.allow_failure);
    Ok(Signal {
        source: Source::Job,
        id: job.id.to_string(),
        order: job.id,
        name: format!("{}{}", pipeline.above, job.name),
        app: None,
        flow: Flow::Known { workflow: None, event: pipeline.event.clone() },
        run: Some(pipeline.id.to_string()),
        starts: job.downstream_pipeline.as_ref().map(|below| below.id.to_string()),
        commit: named.unwrap_or_else(|| commit.to_owned()),
        word: worded(state, job.status),
        state,
        address: job.web_url,
    })
}

/// A pipeline as a whole: one without a job has a file that is wrong, or is only being made. What another one started is no
/// newer run of that.
fn of_pipeline(pipeline: &Asked, word: String, state: State, commit: &str) -> Signal {
    Signal {
        source: Source::Run,
        id: pipeline.id.to_string(),
        order: pipeline.id,
        name: format!("{}pipeline {}", pipeline.above, pipeline.id),
        app: None,
        flow: match pipeline.depth {
            1 => Flow::Known { workflow: None, event: pipeline.event.clone() },
            _ => Flow::None,
        },
        run: Some(pipeline.id.to_string()),
        starts: None,
        commit: commit.to_owned(),
        word,
        state,
        address: None,
    }
}

fn of_status(status: Status) -> Signal {
    let state = outcome(&status.status, status.allow_failure);
    Signal {
        source: Source::Status,
        id: status.id.to_string(),
        order: status.id,
        name: status.name,
        app: None,
        flow: Flow::None,
        run: None,
        starts: None,
        commit: status.sha,
        word: worded(state, status.status),
        state,
        address: status.target_url,
    }
}

fn worded(state: State, status: String) -> String {
    match (state, status.as_str()) {
        (State::Tolerated, _) => format!("{status}, which it may"),
        (State::Open { .. }, "manual") => "manual: it waits for a person".to_owned(),
        _ => status,
    }
}

/// <https://docs.gitlab.com/ci/jobs/#available-job-statuses>
fn outcome(status: &str, allow_failure: bool) -> State {
    match status {
        "success" => State::Passed,
        "manual" if allow_failure => State::NotRun,
        "failed" | "canceled" if allow_failure => State::Tolerated,
        "failed" | "canceled" => State::Failed,
        "skipped" => State::NotRun,
        "running" | "canceling" => State::Open { begun: true },
        // These wait for a runner or another resource, and not for a job.
        "pending" | "preparing" | "waiting_for_resource" | "waiting_for_callback" => State::Open { begun: true },
        "created" | "scheduled" | "manual" => State::Open { begun: false },
        _ => State::Unknown,
    }
}
