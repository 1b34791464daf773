//! What CI systems say about the change that they run for, each in its own variables.

use std::path::Path;

use serde::Deserialize;

use super::ends;
use crate::system::environment::Environment;
use crate::system::files;

/// The largest event file that is read, in bytes. GitHub's own limit for a payload is 25 MB.
const EVENT_LIMIT: u64 = 32 << 20;

/// What a CI system says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ci {
    /// Its name, and of what it says.
    pub name: &'static str,
    /// A revision: what the change is compared with. An all-zero one stands for a new branch.
    pub base: Option<String>,
    /// A revision: the change's end.
    pub head: Option<String>,
    /// The repository's main branch, where the system names it.
    pub default_branch: Option<String>,
    /// Title and text of the pull request, those that are there.
    pub texts: Vec<String>,
}

impl Ci {
    fn new(name: &'static str) -> Self {
        Self { name, base: None, head: None, default_branch: None, texts: Vec::new() }
    }
}

/// How one system is read.
type Reader = fn(&Environment) -> Result<Ci, String>;

/// The CI system that the process runs in, if it is a known one.
///
/// # Errors
/// It says that it wrote the change down in a file, and the file cannot be read.
pub fn detect(environment: &Environment) -> Result<Option<Ci>, String> {
    let known: [(&str, Reader); 7] = [
        ("GITHUB_ACTIONS", github),
        ("GITLAB_CI", gitlab),
        ("JENKINS_URL", jenkins),
        ("BITBUCKET_BUILD_NUMBER", bitbucket),
        ("TF_BUILD", azure),
        ("CIRCLECI", circleci),
        ("BUILDKITE", buildkite),
    ];
    let system = known.iter().find(|(variable, _)| environment.get(variable).is_some());
    system.map(|(_, read)| read(environment)).transpose()
}

/// The parts of GitHub's event payloads that matter here: `pull_request`, `push` and `merge_group`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
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

fn github(environment: &Environment) -> Result<Ci, String> {
    let Some(path) = environment.get("GITHUB_EVENT_PATH") else { return Ok(Ci::new("GitHub Actions")) };
    let unreadable = |why: String| format!("GitHub's event file (GITHUB_EVENT_PATH): {why}");
    let text = files::read_anywhere(Path::new(path), EVENT_LIMIT).map_err(|error| unreadable(error.to_string()))?;
    let event: Event = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(github_event(event))
}

fn github_event(event: Event) -> Ci {
    let default_branch = event.repository.and_then(|repository| repository.default_branch);
    let (name, base, head, texts) = match (event.pull_request, event.merge_group, event.before) {
        (Some(pull), ..) => {
            let texts = [pull.title, pull.body].into_iter().flatten().collect();
            ("GitHub Actions, pull_request", Some(pull.base.sha), Some(pull.head.sha), texts)
        }
        (None, Some(group), _) => {
            ("GitHub Actions, merge_group", Some(group.base_sha), Some(group.head_sha), Vec::new())
        }
        (None, None, Some(before)) => ("GitHub Actions, push", Some(before), event.after, Vec::new()),
        (None, None, None) => ("GitHub Actions", None, None, Vec::new()),
    };
    Ci { name, base, head, default_branch, texts }
}

/// In a pipeline for a merged result `CI_COMMIT_SHA` is the merge, which is what is going to be.
fn gitlab(environment: &Environment) -> Result<Ci, String> {
    let get = |name| environment.get(name).map(str::to_owned);
    let merge_request = get("CI_MERGE_REQUEST_DIFF_BASE_SHA");
    let name = if merge_request.is_some() { "GitLab CI, merge request" } else { "GitLab CI, push" };
    let texts = [get("CI_MERGE_REQUEST_TITLE"), get("CI_MERGE_REQUEST_DESCRIPTION")];
    Ok(Ci {
        name,
        base: merge_request.or_else(|| get("CI_COMMIT_BEFORE_SHA")),
        head: get("CI_COMMIT_SHA"),
        default_branch: get("CI_DEFAULT_BRANCH"),
        texts: texts.into_iter().flatten().collect(),
    })
}

fn jenkins(environment: &Environment) -> Result<Ci, String> {
    let get = |name| environment.get(name).map(str::to_owned);
    let target = environment.get("CHANGE_TARGET").map(remote_branch);
    let name = if target.is_some() { "Jenkins, change request" } else { "Jenkins" };
    Ok(Ci {
        name,
        base: target.or_else(|| get("GIT_PREVIOUS_COMMIT")),
        head: get("GIT_COMMIT"),
        default_branch: None,
        texts: get("CHANGE_TITLE").into_iter().collect(),
    })
}

fn bitbucket(environment: &Environment) -> Result<Ci, String> {
    let get = |name| environment.get(name).map(str::to_owned);
    let name = "Bitbucket Pipelines";
    Ok(Ci { base: get("BITBUCKET_PR_DESTINATION_COMMIT"), head: get("BITBUCKET_COMMIT"), ..Ci::new(name) })
}

fn azure(environment: &Environment) -> Result<Ci, String> {
    Ok(Ci {
        base: environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH").map(remote_branch),
        head: environment.get("BUILD_SOURCEVERSION").map(str::to_owned),
        ..Ci::new("Azure Pipelines")
    })
}

/// CircleCI has no variable for the target.
fn circleci(environment: &Environment) -> Result<Ci, String> {
    Ok(Ci { head: environment.get("CIRCLE_SHA1").map(str::to_owned), ..Ci::new("CircleCI") })
}

fn buildkite(environment: &Environment) -> Result<Ci, String> {
    Ok(Ci {
        base: environment.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH").map(remote_branch),
        head: environment.get("BUILDKITE_COMMIT").map(str::to_owned),
        default_branch: environment.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH").map(str::to_owned),
        ..Ci::new("Buildkite")
    })
}

fn remote_branch(name: &str) -> String {
    ends::on_origin(name.strip_prefix("refs/heads/").unwrap_or(name))
}
