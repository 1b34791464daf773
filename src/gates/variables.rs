//! What `${name}` and `{{ name }}` stand for in a gate's command, and what `skip_on` looks at.

use std::collections::BTreeMap;

use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::system::environment::Environment;
use crate::world::ci_systems;

/// The variables of every run. `project` is another name of `project_id`.
pub const NAMES: [&str; 8] =
    ["project_id", "project", "branch", "commit_sha", "pipeline_id", "timestamp", "artifact_dir", "repo"];

/// Begins the name of a variable's environment variable.
pub(crate) const ENVIRONMENT_PREFIX: &str = "DG_";

/// How full names of branches begin.
const BRANCH_PREFIX: &str = "refs/heads/";

/// What the run knows by itself. What it does not know has no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The project.
    pub project_id: Option<String>,
    /// The branch that git has checked out; a CI system's own word comes before it.
    pub branch: Option<String>,
    /// The commit under test, in full.
    pub commit_sha: Option<String>,
    /// This run; a CI system's own word comes before it.
    pub pipeline_id: Option<String>,
    /// When the run began, RFC 3339 in UTC.
    pub timestamp: Option<String>,
    /// Where records are written.
    pub artifact_dir: Option<String>,
    /// The repository's top level.
    pub repo: Option<String>,
}

/// Names and values; a name without a value is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// The run's own variables, with `context` over them.
    ///
    /// # Errors
    /// `context` sets `artifact_dir`, which has a flag of its own, or gives one variable two values.
    pub fn new(environment: &Environment, defaults: Defaults, context: Vec<(String, String)>) -> Result<Self, String> {
        let mut variables = Self { values: own(environment, defaults) };
        let mut set: Vec<String> = Vec::new();
        for (name, value) in context {
            let stored = if name == "project" { "project_id" } else { name.as_str() };
            if stored == "artifact_dir" {
                return Err("`artifact_dir` is set with --artifact-dir".to_owned());
            }
            let upper = stored.to_ascii_uppercase();
            let own_name = NAMES.iter().any(|own| *own != stored && own.to_ascii_uppercase() == upper);
            if own_name || set.contains(&upper) {
                return Err(format!("the variable `{name}` is given twice; upper and lower case are the same here"));
            }
            set.push(upper);
            variables.values.insert(stored.to_owned(), value);
        }
        Ok(variables)
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let name = if name == "project" { "project_id" } else { name };
        self.values.get(name).map(String::as_str)
    }

    /// The names that a gate file may use: those of every run, and those of the context.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let context = self.values.keys().map(String::as_str).filter(|name| !NAMES.contains(name));
        NAMES.into_iter().chain(context).collect()
    }

    /// The variables as a command finds them in its environment: `DG_BRANCH` and so on.
    pub fn environment(&self) -> impl Iterator<Item = (String, &str)> {
        let named = self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let project = self.get("project_id").map(|value| ("project", value));
        named.chain(project).map(|(name, value)| (environment_name(name), value))
    }

    /// The branch by its short and its full name. A ref that is no branch has only itself.
    #[must_use]
    pub fn branch(&self) -> Option<(String, String)> {
        let branch = self.get("branch").filter(|branch| !branch.is_empty())?;
        let short = branch.strip_prefix(BRANCH_PREFIX).unwrap_or(branch);
        let full = if branch.starts_with("refs/") { branch.to_owned() } else { format!("{BRANCH_PREFIX}{branch}") };
        Some((short.to_owned(), full))
    }

    /// The variables as an expression sees them: texts, the branch by its short name.
    pub(super) fn for_expressions(&self) -> Metrics {
        let mut texts: Metrics =
            self.values.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        if let Some((short, _)) = self.branch() {
            texts.insert("branch".to_owned(), short.into());
        }
        if let Some(project) = self.get("project_id") {
            texts.insert("project".to_owned(), project.into());
        }
        texts
    }
}

/// The environment variable of a variable.
#[must_use]
pub(crate) fn environment_name(name: &str) -> String {
    format!("{ENVIRONMENT_PREFIX}{}", name.to_ascii_uppercase())
}

/// Whether a text is a variable's name: a letter or `_`, then letters, digits and `_`, at most 64.
#[must_use]
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// One `KEY=VALUE` of the command line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    let shown = visible_up_to(text, 60);
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{shown}` is not KEY=VALUE"))?;
    if !is_name(name) {
        let name = visible_up_to(name, 60);
        return Err(format!("`{name}` is not a variable's name: a letter or `_`, then letters, digits and `_`"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn own(environment: &Environment, defaults: Defaults) -> BTreeMap<String, String> {
    let branch = ci_systems::branch(environment).map(str::to_owned).or(defaults.branch);
    let pipeline = ci_systems::run(environment).map(str::to_owned);
    let known = [
        ("project_id", defaults.project_id),
        ("branch", branch),
        ("commit_sha", defaults.commit_sha),
        ("pipeline_id", pipeline.or(defaults.pipeline_id)),
        ("timestamp", defaults.timestamp),
        ("artifact_dir", defaults.artifact_dir),
        ("repo", defaults.repo),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn with(environment_variables: &[(&str, &str)], context: &[&str]) -> Result<Variables, String> {
        let defaults = Defaults {
            project_id: Some("agent".to_owned()),
            branch: Some("main".to_owned()),
            artifact_dir: Some("/a".to_owned()),
            ..Defaults::default()
        };
        let context = context.iter().map(|text| assignment(text)).collect::<Result<_, _>>()?;
        Variables::new(&environment(environment_variables), defaults, context)
    }

    #[test]
    fn the_branch_is_the_ci_systems_word_then_gits() {
        let cases: [(&[(&str, &str)], &str); 8] = [
            (&[], "main"),
            (&[("GITHUB_REF", "refs/heads/x"), ("BRANCH_NAME", "y")], "refs/heads/x"),
            (&[("GITHUB_REF", ""), ("CI_COMMIT_REF_NAME", "y")], "y"),
            (&[("GIT_BRANCH", "origin/y/z")], "y/z"),
            (&[("BITBUCKET_BRANCH", "y")], "y"),
            (&[("BUILD_SOURCEBRANCH", "refs/heads/y")], "refs/heads/y"),
            (&[("CIRCLE_BRANCH", "y")], "y"),
            (&[("BUILDKITE_BRANCH", "y")], "y"),
        ];
        for (variables, branch) in cases {
            assert_eq!(with(variables, &[]).expect("variables").get("branch"), Some(branch));
        }
    }

    #[test]
    fn a_branch_has_two_names_and_another_ref_one() {
        let cases = [
            ("main", "main", "refs/heads/main"),
            ("refs/heads/a/b", "a/b", "refs/heads/a/b"),
            ("refs/pull/5/merge", "refs/pull/5/merge", "refs/pull/5/merge"),
            ("refs/tags/v1", "refs/tags/v1", "refs/tags/v1"),
        ];
        for (branch, short, full) in cases {
            let variables = with(&[], &[&format!("branch={branch}")]).expect("variables");
            assert_eq!(variables.branch(), Some((short.to_owned(), full.to_owned())));
        }
    }

    #[test]
    fn the_context_comes_first_and_may_not_contradict_itself() {
        let variables = with(&[], &["project=other", "env=staging=1", "empty="]).expect("variables");
        assert_eq!(variables.get("project_id"), Some("other"));
        assert_eq!(variables.get("project"), Some("other"));
        assert_eq!(variables.get("env"), Some("staging=1"));
        assert_eq!(variables.get("commit_sha"), None);
        assert!(variables.names().contains(&"commit_sha") && variables.names().contains(&"env"));
        let found: Vec<_> = variables.environment().collect();
        assert!(found.contains(&("DG_PROJECT_ID".to_owned(), "other")));
        assert!(found.contains(&("DG_PROJECT".to_owned(), "other")));
        assert!(found.contains(&("DG_ENV".to_owned(), "staging=1")));
        let refused: [&[&str]; 7] = [
            &["artifact_dir=/b"],
            &["a=1", "a=1"],
            &["a=1", "A=2"],
            &["project=1", "project_id=2"],
            &["BRANCH=x"],
            &["novalue"],
            &["a-b=1"],
        ];
        for context in refused {
            assert!(with(&[], context).is_err(), "{context:?}");
        }
    }
}
