//! Forges on loopback that speak the API of the real ones: paths, paging and headers of their published descriptions.

use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// What must appear in no output.
pub(crate) const TOKEN: &str = "tok_5up3r-s3cret";

/// The time that every answer says.
fn date() -> String {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&jiff::Timestamp::now()).expect("a date")
}

/// A JSON answer with headers.
pub(crate) fn reply(status: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    raw(status, &[&[("Content-Type", "application/json; charset=utf-8")], headers].concat(), &body.to_string())
}

/// Any answer; the date is now where no other is given.
pub(crate) fn raw(status: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "Date") {
        head += &format!("Date: {}\r\n", date());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    Answer::Whole(format!("{head}\r\n{body}").into_bytes())
}

/// The path of a request, and its query.
pub(crate) fn target(request: &str) -> (&str, &str) {
    let target = request.split(' ').nth(1).expect("a target");
    target.split_once('?').unwrap_or((target, ""))
}

/// A parameter of a query.
pub(crate) fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn number(query: &str, name: &str, usual: usize) -> usize {
    parameter(query, name).map_or(usual, |text| text.parse().expect("a number"))
}

/// The entries of the page that a query asks for.
fn page<'a>(all: &'a [Value], query: &str, size: &str) -> &'a [Value] {
    let (size, at) = (number(query, size, 30), number(query, "page", 1));
    let start = (size * (at - 1)).min(all.len());
    &all[start..(start + size).min(all.len())]
}

/// What GitHub has for one commit.
#[derive(Clone, Default)]
pub(crate) struct GitHub {
    pub(crate) commit: String,
    pub(crate) checks: Vec<Value>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) runs: Vec<Value>,
    pub(crate) suites: Vec<Value>,
    /// Added to the number of check runs that it says there are.
    pub(crate) more: usize,
    pub(crate) fork: bool,
    /// Whether the token may not see workflow runs.
    pub(crate) without_actions: bool,
}

impl GitHub {
    pub(crate) fn at(commit: &str) -> Self {
        Self { commit: commit.to_owned(), ..Self::default() }
    }

    /// With a check run of a workflow: its id is its place in time, its suite the workflow's.
    pub(crate) fn check(mut self, id: u64, name: &str, outcome: &str) -> Self {
        self.checks.push(check_run(&self.commit, id, name, outcome, 1));
        self
    }

    /// With a workflow run for a suite.
    pub(crate) fn run(mut self, suite: u64, path: &str, event: &str, status: &str, conclusion: Option<&str>) -> Self {
        self.runs.push(json!({
            "id": 1000 + suite, "name": path, "head_sha": self.commit, "path": path, "event": event, "status": status,
            "conclusion": conclusion, "check_suite_id": suite, "html_url": format!("https://github.com/o/n/actions/runs/{suite}"),
        }));
        self
    }

    pub(crate) fn start(self) -> Server {
        Server::start(move |request| self.answer(request))
    }

    pub(crate) fn answer(&self, request: &str) -> Answer {
        let (path, query) = target(request);
        let Some(path) = path.strip_prefix("/repos/o/n") else { return not_found() };
        let of_commit = format!("/commits/{}", self.commit);
        let total = self.checks.len() + self.more;
        match path.strip_prefix(of_commit.as_str()).unwrap_or(path) {
            "/check-runs" => reply(
                "200 OK",
                &[],
                &json!({"total_count": total, "check_runs": page(&self.checks, query, "per_page")}),
            ),
            "/status" => reply(
                "200 OK",
                &[],
                &json!({
                    "state": "pending", "sha": self.commit, "total_count": self.statuses.len(),
                    "statuses": page(&self.statuses, query, "per_page"), "repository": {"full_name": "o/n", "fork": self.fork},
                }),
            ),
            "/actions/runs" if self.without_actions => reply(
                "403 Forbidden",
                &[("X-Accepted-GitHub-Permissions", "actions=read")],
                &json!({"message": "Resource not accessible by integration"}),
            ),
            "/actions/runs" => reply(
                "200 OK",
                &[],
                &json!({"total_count": self.runs.len(), "workflow_runs": page(&self.runs, query, "per_page")}),
            ),
            "/check-suites" => reply(
                "200 OK",
                &[],
                &json!({"total_count": self.suites.len(), "check_suites": page(&self.suites, query, "per_page")}),
            ),
            _ => not_found(),
        }
    }
}

/// A check run of GitHub Actions. A word that is no conclusion is its status.
pub(crate) fn check_run(commit: &str, id: u64, name: &str, outcome: &str, suite: u64) -> Value {
    let is_open = ["queued", "in_progress", "waiting", "requested", "pending"].contains(&outcome);
    let (status, conclusion) = if is_open { (outcome, None) } else { ("completed", Some(outcome)) };
    json!({
        "id": id, "head_sha": commit, "name": name, "status": status, "conclusion": conclusion,
        "started_at": "2026-11-01T00:00:00Z", "html_url": format!("https://github.com/o/n/runs/{id}"),
        "output": {"title": "t", "summary": "s"}, "check_suite": {"id": suite},
        "app": {"id": 15368, "slug": "github-actions"},
    })
}

pub(crate) fn not_found() -> Answer {
    reply("404 Not Found", &[], &json!({"message": "Not Found"}))
}

/// What GitLab has for one commit: its pipelines, and the jobs and bridges of each.
#[derive(Clone, Default)]
pub(crate) struct GitLab {
    pub(crate) commit: String,
    pub(crate) pipelines: Vec<Value>,
    /// By `project/pipeline`.
    pub(crate) jobs: Vec<(String, Vec<Value>)>,
    pub(crate) bridges: Vec<(String, Vec<Value>)>,
    pub(crate) statuses: Vec<Value>,
    pub(crate) fork: bool,
    /// A project that the token may not see.
    pub(crate) hidden: Option<String>,
}

impl GitLab {
    pub(crate) fn start(self) -> Server {
        Server::start(move |request| self.answer(request))
    }

    fn answer(&self, request: &str) -> Answer {
        let (path, query) = target(request);
        let list = |all: &[Value]| {
            let total = all.len().to_string();
            reply("200 OK", &[("X-Total", &total)], &json!(page(all, query, "per_page")))
        };
        let Some(path) = path.strip_prefix("/api/v4/projects/") else { return not_found() };
        let (project, path) = path.split_once('/').unwrap_or((path, ""));
        let of_pipeline = path.strip_prefix("pipelines/").and_then(|rest| rest.split_once('/'));
        let of = |lists: &[(String, Vec<Value>)], id: &str| {
            let wanted = format!("{project}/{id}");
            list(lists.iter().find(|(key, _)| *key == wanted).map_or(&[], |(_, entries)| entries))
        };
        match (path, of_pipeline) {
            _ if self.hidden.as_deref() == Some(project) => not_found(),
            ("", _) if self.fork => reply("200 OK", &[], &json!({"id": 5, "forked_from_project": {"id": 4}})),
            ("", _) => reply("200 OK", &[], &json!({"id": 5})),
            ("pipelines", _) if parameter(query, "sha") == Some(&self.commit) => list(&self.pipelines),
            ("pipelines", _) => list(&[]),
            (_, Some((id, "jobs"))) => of(&self.jobs, id),
            (_, Some((id, "bridges"))) => of(&self.bridges, id),
            (path, _) if path == format!("repository/commits/{}/statuses", self.commit) => list(&self.statuses),
            _ => not_found(),
        }
    }
}

/// A job of a pipeline.
pub(crate) fn job(commit: &str, pipeline: u64, id: u64, name: &str, status: &str) -> Value {
    json!({
        "id": id, "name": name, "status": status, "allow_failure": false, "commit": {"id": commit},
        "pipeline": {"id": pipeline, "project_id": 5}, "web_url": format!("https://gitlab.com/o/n/-/jobs/{id}"),
    })
}

/// The statuses that Gitea or Forgejo has for one commit.
pub(crate) fn gitea(commit: &str, statuses: Vec<Value>) -> Server {
    let path = format!("/api/v1/repos/o/n/commits/{commit}/statuses");
    let all: Vec<_> = statuses
        .into_iter()
        .map(|mut status| {
            status["url"] = json!(format!("https://codeberg.org/api/v1/repos/o/n/statuses/{commit}"));
            status
        })
        .collect();
    Server::start(move |request| {
        let (asked, query) = target(request);
        let total = all.len().to_string();
        match asked == path {
            true => reply("200 OK", &[("X-Total-Count", &total)], &json!(page(&all, query, "limit"))),
            false => not_found(),
        }
    })
}

/// The statuses that Bitbucket Cloud has for one commit.
pub(crate) fn bitbucket(commit: &str, statuses: Vec<Value>) -> Server {
    let path = format!("/2.0/repositories/o/n/commit/{commit}/statuses");
    let link = format!("https://api.bitbucket.org/2.0/repositories/o/n/commit/{commit}");
    let all: Vec<_> = statuses
        .into_iter()
        .map(|mut status| {
            status["links"] = json!({"commit": {"href": link}});
            status
        })
        .collect();
    Server::start(move |request| {
        let (asked, query) = target(request);
        let values = page(&all, query, "pagelen");
        match asked == path {
            true => reply("200 OK", &[], &json!({"values": values, "size": all.len(), "page": 1, "pagelen": 100})),
            false => not_found(),
        }
    })
}

/// The statuses that Bitbucket Data Center has for one commit, in pages of its own size.
pub(crate) fn data_center(commit: &str, statuses: Vec<Value>) -> Server {
    let path = format!("/rest/build-status/latest/commits/{commit}");
    Server::start(move |request| {
        let (asked, query) = target(request);
        let start = number(query, "start", 0);
        let end = (start + 25).min(statuses.len());
        let is_last = end == statuses.len();
        let next = if is_last { Value::Null } else { json!(end) };
        let values = &statuses[start..end];
        match asked == path {
            true => reply(
                "200 OK",
                &[],
                &json!({"values": values, "isLastPage": is_last, "nextPageStart": next, "start": start, "limit": 25}),
            ),
            false => not_found(),
        }
    })
}
