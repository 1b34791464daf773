//! What CI systems say about the change that they run for, each in its own variables.

use std::path::Path;

use serde::Deserialize;

use super::range;
use crate::system::environment::Environment;
use crate::system::files;
use crate::world::ci_systems::{self, Base, CiSystem};

/// The largest event file that is read, in bytes. GitHub's own limit for a payload is 25 MB.
const EVENT_LIMIT: u64 = 32 << 20;

/// What a CI system says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ci {
    /// Its name, and of what it says.
    pub name: &'static str,
    /// A revision: what a proposed change is compared with.
    pub target: Option<String>,
    /// The branch that it runs for, without `refs/heads/`.
    pub branch: Option<String>,
    /// Whether it says itself that this is the default branch.
    pub on_default: bool,
    /// The commit of the last green build.
    pub green: Option<String>,
    /// The commit before the push; an all-zero one stands for a new branch.
    pub before: Option<String>,
    /// A revision: the change's end.
    pub head: Option<String>,
    /// The repository's main branch, where the system names it.
    pub default_branch: Option<String>,
    /// Title and text of the pull request, those that are there.
    pub texts: Vec<String>,
}

/// The CI system that the process runs in, if it is a known one.
///
/// # Errors
/// It says that it wrote the change down in a file, and the file cannot be read.
pub(crate) fn detect(environment: &Environment) -> Result<Option<Ci>, String> {
    let Some(system) = ci_systems::around(environment) else { return Ok(None) };
    match system.event_file.and_then(|variable| Some((variable, environment.get(variable)?))) {
        Some((variable, path)) => event(system, variable, path).map(Some),
        None => Ok(Some(of_variables(system, environment))),
    }
}

fn of_variables(system: &CiSystem, environment: &Environment) -> Ci {
    let get = |name: &str| environment.get(name).map(str::to_owned);
    let proposed = system.proposed.iter().find_map(|(base, name)| {
        let value = environment.get(base.variable())?;
        let target = match base {
            Base::Commit(_) => value.to_owned(),
            Base::Branch(_) => remote_branch(value),
        };
        Some((*name, Some(target)))
    });
    let pushed = || system.pushed.filter(|(before, _)| environment.get(before).is_some()).map(|(_, name)| (name, None));
    let (name, target) = proposed.or_else(pushed).unwrap_or((system.name, None));
    let branch = system.branch.iter().find_map(|name| get(name));
    Ci {
        name,
        target,
        branch: branch.and_then(|branch| branch_of(&branch)),
        on_default: system.on_default.and_then(get).is_some_and(|value| value == "true"),
        green: system.green.and_then(get),
        before: system.pushed.and_then(|(before, _)| get(before)),
        head: get(system.commit).filter(|_| system.event_file.is_none()),
        default_branch: system.default_branch.and_then(get),
        texts: system.texts.iter().filter_map(|name| get(name)).collect(),
    }
}

/// The short name of a branch; a tag or another reference is none.
fn branch_of(name: &str) -> Option<String> {
    let short = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("origin/")).unwrap_or(name);
    (!short.starts_with("refs/")).then(|| short.to_owned())
}

/// The parts of GitHub's event payloads that matter here: `pull_request`, `push` and `merge_group`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    before: Option<String>,
    after: Option<String>,
    repository: Option<EventRepository>,
}

#[derive(Debug, Deserialize)]
struct PullRequest {
    base: End,
    head: End,
    title: Option<String>,
    body: Option<String>,
}

#[derive(Debug, Deserialize)]
struct End {
    sha: String,
}

#[derive(Debug, Deserialize)]
struct MergeGroup {
    base_sha: String,
    head_sha: String,
}

#[derive(Debug, Deserialize)]
struct EventRepository {
    default_branch: Option<String>,
}

fn event(system: &CiSystem, variable: &str, path: &str) -> Result<Ci, String> {
    let whose = system.name.split(' ').next().unwrap_or(system.name);
    let unreadable = |why: String| format!("{whose}'s event file ({variable}): {why}");
    let text = files::read_anywhere(Path::new(path), EVENT_LIMIT).map_err(|error| unreadable(error.to_string()))?;
    let event: Event = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(github_event(event))
}

fn github_event(event: Event) -> Ci {
    let default_branch = event.repository.and_then(|repository| repository.default_branch);
    let (name, target, head, texts) = match (event.pull_request, event.merge_group, &event.before) {
        (Some(pull), ..) => {
            let texts = [pull.title, pull.body].into_iter().flatten().collect();
            ("GitHub Actions, pull_request", Some(pull.base.sha), Some(pull.head.sha), texts)
        }
        (None, Some(group), _) => {
            ("GitHub Actions, merge_group", Some(group.base_sha), Some(group.head_sha), Vec::new())
        }
        (None, None, Some(_)) => ("GitHub Actions, push", None, event.after, Vec::new()),
        (None, None, None) => ("GitHub Actions", None, None, Vec::new()),
    };
    let branch = event.reference.filter(|name| name.starts_with("refs/heads/")).and_then(|name| branch_of(&name));
    Ci { name, target, branch, before: event.before, head, default_branch, texts, ..Ci::default() }
}

fn remote_branch(name: &str) -> String {
    range::on_origin(name.strip_prefix("refs/heads/").unwrap_or(name))
}
