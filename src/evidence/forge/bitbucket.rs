//! Bitbucket Cloud and Bitbucket Data Center: the build statuses of the commit.
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/>,
//! <https://developer.atlassian.com/server/bitbucket/rest/>

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Forge;
use super::asker::{Asker, PAGE_LIMIT, Page, Silence, Wanted, both};
use super::github::is_fork;
use super::signal::{Flow, Signal, Source, State};
use crate::config::ci::Demand;

/// The most entries of a page.
const PAGE: usize = 100;

/// How the path of Bitbucket Cloud's API ends.
const CLOUD: &str = "/2.0";

const STATUSES: Wanted = Wanted { what: "build statuses", permission: "repository: read" };
const PROJECT: Wanted = Wanted { what: "project data", permission: "repository: read" };

/// The forge.
pub(super) struct Bitbucket;

#[derive(Deserialize)]
struct Cloud {
    values: Vec<CloudStatus>,
    size: Option<u64>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct CloudStatus {
    key: String,
    name: Option<String>,
    state: String,
    url: Option<String>,
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Links {
    commit: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

#[derive(Deserialize)]
struct Repository {
    parent: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Center {
    values: Vec<CenterStatus>,
    is_last_page: bool,
    next_page_start: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CenterStatus {
    key: String,
    name: Option<String>,
    state: String,
    url: Option<String>,
    date_added: Option<u64>,
}

impl Forge for Bitbucket {
    fn signals(&self, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
        if !ask.place().base.path().ends_with(CLOUD) {
            return of_center(commit, ask);
        }
        let (statuses, fork) = both(|| of_cloud(commit, ask), || forked(ask));
        fork.and(statuses)
    }

    fn rules(&self, _ask: &Asker<'_>) -> Result<Demand, Silence> {
        Err(Silence::lasting(
            "`ci.require: rules`, and Bitbucket requires a number of builds and none by name; name the checks in `ci.require`",
        ))
    }
}

fn of_cloud(commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
    let path: Vec<_> = ["repositories"].into_iter().chain(ask.place().parts()).collect();
    let path = [&path[..], &["commit", commit, "statuses"]].concat();
    let url = |page: u64| {
        ask.place().url(&path).with_query("pagelen", &PAGE.to_string()).with_query("page", &page.to_string())
    };
    let base = ask.place().base.to_string();
    let read = |ask: &Asker<'_>, url| {
        let (page, _): (Cloud, _) = ask.get(STATUSES, url)?;
        // The next page is asked by its number; an address that leads elsewhere says that somebody else answers.
        if page.next.as_ref().is_some_and(|next| !next.starts_with(&format!("{base}/"))) {
            let host = &ask.place().host;
            return Err(Silence::lasting(format!(
                "the next page of the answer leads away from {host}: it is not followed"
            )));
        }
        Ok(Page { entries: page.values, total: page.size })
    };
    let statuses = ask.all(STATUSES, url, read, |status: &CloudStatus| status.key.clone())?;
    Ok(statuses.into_iter().map(|status| of_status(status, commit)).collect())
}

fn of_status(status: CloudStatus, commit: &str) -> Signal {
    let link = status.links.and_then(|links| links.commit).map(|link| link.href);
    let named = link.and_then(|link| link.trim_end_matches('/').rsplit('/').next().map(str::to_owned));
    signal((status.key, status.name, status.state, status.url), 0, named.unwrap_or_else(|| commit.to_owned()))
}

fn forked(ask: &Asker<'_>) -> Result<(), Silence> {
    if !ask.place().is_by_remote {
        return Ok(());
    }
    let path: Vec<_> = ["repositories"].into_iter().chain(ask.place().parts()).collect();
    let (repository, _): (Repository, _) = ask.get(PROJECT, ask.place().url(&path))?;
    repository.parent.map_or(Ok(()), |_| Err(is_fork(ask)))
}

/// Data Center has them by the commit alone, whatever project it is in.
fn of_center(commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence> {
    let (mut start, mut signals) = (0, Vec::new());
    for _ in 0..PAGE_LIMIT {
        let url = ask.place().url(&["build-status", "latest", "commits", commit]);
        let url = url.with_query("limit", &PAGE.to_string()).with_query("start", &start.to_string());
        let (page, _): (Center, _) = ask.get(STATUSES, url)?;
        signals.extend(page.values.into_iter().map(|status| {
            let order = status.date_added.unwrap_or_default();
            signal((status.key, status.name, status.state, status.url), order, commit.to_owned())
        }));
        match page.next_page_start {
            _ if page.is_last_page => return Ok(signals),
            Some(next) if next > start => start = next,
            _ => return Err(Silence::lasting("the answer has more pages, and does not say where the next begins")),
        }
    }
    Err(Asker::too_many())
}

type Told = (String, Option<String>, String, Option<String>);

fn signal((key, name, word, address): Told, order: u64, commit: String) -> Signal {
    let state = match word.as_str() {
        "SUCCESSFUL" => State::Passed,
        "FAILED" | "STOPPED" | "CANCELLED" => State::Failed,
        "INPROGRESS" => State::Open { begun: true },
        _ => State::Unknown,
    };
    // The key tells one from another; several may have one name.
    let name = name.filter(|name| !name.trim().is_empty() && *name != key);
    Signal {
        source: Source::Status,
        run: address.as_deref().and_then(build_in).map(str::to_owned),
        starts: None,
        flow: name.as_ref().map_or(Flow::None, |_| Flow::Known { workflow: None, event: key.clone() }),
        id: key.clone(),
        order,
        name: name.unwrap_or(key),
        app: None,
        commit,
        state,
        word,
        address,
    }
}

/// The number of a pipeline's build in an address: `/owner/name/pipelines/results/12`.
fn build_in(address: &str) -> Option<&str> {
    let number = address.split("/results/").nth(1)?.split(['/', '?', '#']).next()?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}
