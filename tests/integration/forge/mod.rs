//! What a forge says of CI: the binary against servers on loopback that speak the forges' APIs.

pub(crate) mod hosts;
mod judged;
mod limits;
mod places;
mod policies;
mod rows;

use serde_json::Value;

use crate::common::{Gate, Project, result};
use crate::server::Server;
use hosts::TOKEN;

/// A forge that is asked: its word, the path of its API, and the variable of its token.
pub(crate) type Kind = (&'static str, &'static str, &'static str);

pub(crate) const GITHUB: Kind = ("github", "", "GITHUB_TOKEN");
const GITLAB: Kind = ("gitlab", "/api/v4", "GITLAB_TOKEN");
const GITEA: Kind = ("gitea", "/api/v1", "GITEA_TOKEN");
const BITBUCKET: Kind = ("bitbucket", "/2.0", "BITBUCKET_TOKEN");
const DATA_CENTER: Kind = ("bitbucket", "/rest", "BITBUCKET_TOKEN");

/// `check` on a release, with a forge asked.
fn asked(project: &Project, server: &Server, kind: Kind) -> Gate {
    at(project.check(), server, kind)
}

/// A command that asks a forge.
pub(crate) fn at(gate: Gate, server: &Server, (word, path, token): Kind) -> Gate {
    let url = format!("{}{path}", server.url());
    gate.args(&["--ci", word, "--ci-url", &url, "--ci-project", "o/n"]).env(token, TOKEN)
}

/// The status and the detail of the row.
fn row(gate: Gate) -> (String, String) {
    let (run, report) = gate.json();
    assert!(!format!("{}{}{report}", run.stdout, run.stderr).contains(TOKEN), "the token is shown");
    let row = result(&report, "ci_status");
    (text(&row["status"]), text(&row["detail"]))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The row of a release whose commit GitHub has this for.
fn github(forge: impl FnOnce(&str) -> hosts::GitHub) -> (String, String) {
    let project = Project::released();
    let server = forge(&project.head()).start();
    row(asked(&project, &server, GITHUB))
}
