//! The jobs of a workflow of GitHub that the gate is to wait for.

use crate::structured::node::Node;
use crate::structured::yaml;

/// Jobs of one workflow.
pub(super) struct Found {
    /// Its file's name.
    pub workflow: String,
    /// Their ids.
    pub jobs: Vec<String>,
    /// Whether it is clear that they run the tests; else a person has to choose among them.
    pub is_told: bool,
}

/// The events at which tests run.
const EVENTS: [&str; 2] = ["push", "pull_request"];

/// What workflows of tests are called.
const NAMES: [&str; 5] = ["test", "tests", "ci", "build", "main"];

/// The jobs that run the tests, of the one workflow that clearly has them.
pub(super) fn of_tests(workflows: &[(String, String)]) -> Option<Found> {
    let read = |(name, text): &(String, String)| Some((name.clone(), jobs(name, text)?));
    let read: Vec<_> =
        workflows.iter().filter(|(name, _)| !name.starts_with("delivery-gate.")).filter_map(read).collect();
    let with_tests = |(name, jobs): &(String, Vec<String>)| {
        let tests: Vec<_> = jobs.iter().filter(|id| is_of_tests(id)).cloned().collect();
        // Beside `test` there may be one that only runs when that failed.
        let exact = tests.iter().find(|id| matches!(id.as_str(), "test" | "tests")).cloned();
        let jobs = exact.map_or(tests, |exact| vec![exact]);
        (!jobs.is_empty()).then(|| Found { workflow: name.clone(), is_told: jobs.len() == 1, jobs })
    };
    let told: Vec<_> = read.iter().filter_map(with_tests).collect();
    if !told.is_empty() {
        return only(told, |found| &found.workflow);
    }
    let all = |(workflow, jobs)| Found { workflow, jobs, is_told: false };
    only(read.into_iter().map(all).collect(), |found| &found.workflow)
}

/// The only one, or the only one whose name says that it is of tests.
fn only(mut found: Vec<Found>, name: impl Fn(&Found) -> &str) -> Option<Found> {
    if found.len() > 1 {
        found.retain(|one| {
            name(one).split('.').next().is_some_and(|stem| NAMES.contains(&stem.to_lowercase().as_str()))
        });
    }
    if found.len() == 1 { found.pop() } else { None }
}

/// The ids of all jobs, where changes start them.
fn jobs(name: &str, text: &str) -> Option<Vec<String>> {
    let node = yaml::parse(name, text).ok()??;
    let is_of_changes = node.entry("on").is_some_and(|on| events(&on.value).iter().any(|event| EVENTS.contains(event)));
    let jobs = node.entry("jobs").filter(|_| is_of_changes)?;
    let ids: Vec<_> = jobs.value.entries()?.iter().map(|entry| entry.key.to_string()).collect();
    (!ids.is_empty() && ids.iter().all(|id| is_plain(id))).then_some(ids)
}

fn events<'n>(on: &'n Node<'_>) -> Vec<&'n str> {
    match (on.text(), on.items(), on.entries()) {
        (Some(event), ..) => vec![event],
        (_, Some(events), _) => events.iter().filter_map(Node::text).collect(),
        (.., Some(entries)) => entries.iter().map(|entry| entry.key.as_ref()).collect(),
        _ => Vec::new(),
    }
}

/// GitHub takes no other id, and one of these means nothing else in a CI file.
fn is_plain(id: &str) -> bool {
    id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn is_of_tests(id: &str) -> bool {
    id.to_lowercase()
        .split(['-', '_'])
        .any(|word| matches!(word, "test" | "tests" | "testing" | "unittest" | "unittests"))
}
