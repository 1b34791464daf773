//! Gitea and Forgejo: the statuses of the commit, of which their Actions write one for each job.
//! <https://docs.gitea.com/api/>, <https://codeberg.org/api/swagger>

use serde::Deserialize;

use super::Forge;
use super::asker::{Asker, Page, Silence, Wanted, both};
use super::github::is_fork;
use super::signal::{Flow, Signal, Source, State};
use crate::config::ci::{Demand, Required};

/// The most entries of a page; a host may have set fewer.
const PAGE: &str = "50";

const STATUSES: Wanted = Wanted { what: "commit statuses", permission: "read:repository" };
const PROJECT: Wanted = Wanted { what: "project data", permission: "read:repository" };

/// The forge.
pub(super) struct Gitea;

#[derive(Deserialize)]
struct Status {
    id: u64,
    context: String,
    status: String,
    target_url: Option<String>,
    /// Its own address ends in the commit.
    url: String,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    fork: bool,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    enable_status_check: bool,
    #[serde(default)]
    status_check_contexts: Option<Vec<String>>,
}

impl Forge for Gitea {
    fn signals(&self, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
        let (statuses, fork) = both(|| statuses(commit, ask), || forked(ask));
        Ok(fork.and(statuses)?.into_iter().map(of_status).collect())
    }

    fn rules(&self, ask: &Asker<'_>) -> Result<Demand, Silence> {
        let place = ask.place();
        let (repository, _): (Repository, _) = ask.get(PROJECT, place.url(&path(ask, &[])))?;
        let branch =
            repository.default_branch.ok_or_else(|| Silence::lasting("the forge does not say its default branch"))?;
        let (rules, _): (Branch, _) = ask.get(PROJECT, place.url(&path(ask, &["branches", &branch])))?;
        let contexts = rules.status_check_contexts.filter(|_| rules.enable_status_check).unwrap_or_default();
        if let Some(pattern) = contexts.iter().find(|context| context.contains(['*', '?', '[', '{'])) {
            return Err(Silence::lasting(format!(
                "`ci.require: rules`, and `{}` is a pattern: which checks it stands for is not known; name them in `ci.require`",
                super::shown(pattern)
            )));
        }
        if contexts.is_empty() {
            return Err(ask.requires_nothing(&branch));
        }
        Ok(Demand { require: Some(contexts.into_iter().map(Required::named).collect()), ignore: Vec::new() })
    }
}

fn path<'a>(ask: &'a Asker<'_>, rest: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("repos").chain(ask.place().parts()).chain(rest.iter().copied()).collect()
}

fn statuses(commit: &str, ask: &Asker<'_>) -> Result<Vec<Status>, Silence> {
    let url = |page: u64| {
        let url = ask.place().url(&path(ask, &["commits", commit, "statuses"]));
        url.with_query("limit", PAGE).with_query("page", &page.to_string())
    };
    let read = |ask: &Asker<'_>, url| {
        let (entries, answer): (Option<Vec<Status>>, _) = ask.get(STATUSES, url)?;
        let total = answer.header("x-total-count").and_then(|total| total.trim().parse().ok());
        Ok(Page { entries: entries.unwrap_or_default(), total })
    };
    ask.all(STATUSES, url, read, |status: &Status| status.id.to_string())
}

fn forked(ask: &Asker<'_>) -> Result<(), Silence> {
    if !ask.place().is_by_remote {
        return Ok(());
    }
    let (repository, _): (Repository, _) = ask.get(PROJECT, ask.place().url(&path(ask, &[])))?;
    if repository.fork { Err(is_fork(ask)) } else { Ok(()) }
}

fn of_status(status: Status) -> Signal {
    let state = match status.status.as_str() {
        "success" => State::Passed,
        "failure" | "error" | "warning" => State::Failed,
        "skipped" => State::NotRun,
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
        run: status.target_url.as_deref().and_then(run_in).map(str::to_owned),
        starts: None,
        commit: status.url.rsplit('/').next().unwrap_or_default().to_owned(),
        state,
        word: status.status,
        address: status.target_url,
    }
}

/// The number of a run of Actions in an address: `/owner/name/actions/runs/12/jobs/0`.
fn run_in(address: &str) -> Option<&str> {
    let number = address.split("/actions/runs/").nth(1)?.split(['/', '?', '#']).next()?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}
