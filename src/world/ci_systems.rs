//! The CI systems that the gate knows, in one table: which variables tell of one, and what it says of the change that it runs for.

use crate::system::environment::Environment;

/// A CI system.
#[derive(Debug, PartialEq, Eq)]
pub struct CiSystem {
    /// Its name.
    pub name: &'static str,
    /// The variable that is there in its jobs.
    pub tells: &'static str,
    /// Whether that variable says `true`, in any letter case; another's is anything at all.
    pub is_true: bool,
    /// The word that chooses it.
    pub word: &'static str,
    /// The file or folder that a repository has for it.
    pub file: &'static str,
    /// The project, as its forge calls it.
    pub project: Option<&'static str>,
    /// The file in which it wrote down what happened.
    pub event_file: Option<&'static str>,
    /// What a proposed change is compared with, and what its job is called then; the first that is set counts.
    pub proposed: &'static [(Base, &'static str)],
    /// The commit of the last build that was green. Of the default branch, it is where the change begins.
    pub green: Option<&'static str>,
    /// The commit before a push, and what its job is called then. It counts on the default branch only: elsewhere whoever
    /// pushes twice would choose it.
    pub pushed: Option<(&'static str, &'static str)>,
    /// Says `true` on the default branch.
    pub on_default: Option<&'static str>,
    /// The commit that the job runs for. Where there is an event file, that names the change's end.
    pub commit: &'static str,
    /// The repository's main branch.
    pub default_branch: Option<&'static str>,
    /// Title and text of the proposed change.
    pub texts: &'static [&'static str],
    /// The branch or ref that the job runs for; the first that is set counts.
    pub branch: &'static [&'static str],
    /// This run of the pipeline.
    pub run: &'static str,
    /// This very job, by the id that its forge knows it by.
    pub own_job: Option<&'static str>,
    /// This run, by the number that stands in the addresses of its statuses, where the job has no id that it could be found by.
    pub own_run: Option<&'static str>,
    /// The word of the forge that it belongs to.
    pub forge: Option<&'static str>,
    /// The address of that forge's API.
    pub api: Option<&'static str>,
}

/// What a variable names as the base of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A commit.
    Commit(&'static str),
    /// A branch of the remote, short or in full.
    Branch(&'static str),
}

impl Base {
    /// The variable.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Commit(variable) | Self::Branch(variable) => variable,
        }
    }
}

/// Every system; the first that a process finds itself in counts.
pub const ALL: [&CiSystem; 8] = [&GITEA, &GITHUB, &GITLAB, &JENKINS, &BITBUCKET, &AZURE, &CIRCLECI, &BUILDKITE];

/// GitHub Actions, and what runs its workflows elsewhere.
pub(crate) const GITHUB: CiSystem = CiSystem {
    name: "GitHub Actions",
    tells: "GITHUB_ACTIONS",
    is_true: true,
    word: "github",
    file: ".github/workflows",
    project: Some("GITHUB_REPOSITORY"),
    event_file: Some("GITHUB_EVENT_PATH"),
    proposed: &[],
    green: None,
    pushed: None,
    on_default: None,
    commit: "GITHUB_SHA",
    default_branch: None,
    texts: &[],
    branch: &["GITHUB_REF"],
    run: "GITHUB_RUN_ID",
    own_job: None,
    own_run: None,
    forge: Some("github"),
    api: Some("GITHUB_API_URL"),
};

/// Gitea Actions and Forgejo Actions, which set GitHub's variables too, with their own values.
pub(crate) const GITEA: CiSystem = CiSystem {
    name: "Gitea Actions",
    tells: "GITEA_ACTIONS",
    word: "gitea",
    file: ".gitea/workflows",
    own_run: Some("GITHUB_RUN_NUMBER"),
    forge: Some("gitea"),
    ..GITHUB
};

/// GitLab CI. In a pipeline for a merged result `CI_COMMIT_SHA` is the merge, which is what is going to be; compared with where
/// the request branched off, it would be full of what others merged meanwhile.
pub(crate) const GITLAB: CiSystem = CiSystem {
    name: "GitLab CI",
    tells: "GITLAB_CI",
    is_true: true,
    word: "gitlab",
    file: ".gitlab-ci.yml",
    project: Some("CI_PROJECT_PATH"),
    event_file: None,
    proposed: &[
        (Base::Commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"), "GitLab CI, merged result"),
        (Base::Commit("CI_MERGE_REQUEST_DIFF_BASE_SHA"), "GitLab CI, merge request"),
    ],
    green: None,
    pushed: Some(("CI_COMMIT_BEFORE_SHA", "GitLab CI, push")),
    on_default: None,
    commit: "CI_COMMIT_SHA",
    default_branch: Some("CI_DEFAULT_BRANCH"),
    texts: &["CI_MERGE_REQUEST_TITLE", "CI_MERGE_REQUEST_DESCRIPTION"],
    branch: &["CI_COMMIT_REF_NAME"],
    run: "CI_PIPELINE_ID",
    own_job: Some("CI_JOB_ID"),
    own_run: None,
    forge: Some("gitlab"),
    api: Some("CI_API_V4_URL"),
};

/// Jenkins.
pub(crate) const JENKINS: CiSystem = CiSystem {
    name: "Jenkins",
    tells: "JENKINS_URL",
    is_true: false,
    word: "jenkins",
    file: "Jenkinsfile",
    project: None,
    event_file: None,
    proposed: &[(Base::Branch("CHANGE_TARGET"), "Jenkins, change request")],
    green: Some("GIT_PREVIOUS_SUCCESSFUL_COMMIT"),
    pushed: Some(("GIT_PREVIOUS_COMMIT", "Jenkins")),
    on_default: Some("BRANCH_IS_PRIMARY"),
    commit: "GIT_COMMIT",
    default_branch: None,
    texts: &["CHANGE_TITLE"],
    branch: &["BRANCH_NAME", "GIT_BRANCH"],
    run: "BUILD_TAG",
    own_job: None,
    own_run: None,
    forge: None,
    api: None,
};

/// Bitbucket Pipelines.
pub(crate) const BITBUCKET: CiSystem = CiSystem {
    name: "Bitbucket Pipelines",
    tells: "BITBUCKET_BUILD_NUMBER",
    is_true: false,
    word: "bitbucket",
    file: "bitbucket-pipelines.yml",
    project: Some("BITBUCKET_REPO_FULL_NAME"),
    event_file: None,
    proposed: &[(Base::Commit("BITBUCKET_PR_DESTINATION_COMMIT"), "Bitbucket Pipelines")],
    green: None,
    pushed: None,
    on_default: None,
    commit: "BITBUCKET_COMMIT",
    default_branch: None,
    texts: &[],
    branch: &["BITBUCKET_BRANCH"],
    run: "BITBUCKET_PIPELINE_UUID",
    own_job: None,
    own_run: Some("BITBUCKET_BUILD_NUMBER"),
    forge: Some("bitbucket"),
    api: None,
};

/// Azure Pipelines.
pub(crate) const AZURE: CiSystem = CiSystem {
    name: "Azure Pipelines",
    tells: "TF_BUILD",
    is_true: true,
    word: "azure",
    file: "azure-pipelines.yml",
    project: Some("BUILD_REPOSITORY_NAME"),
    event_file: None,
    proposed: &[(Base::Branch("SYSTEM_PULLREQUEST_TARGETBRANCH"), "Azure Pipelines")],
    green: None,
    pushed: None,
    on_default: None,
    commit: "BUILD_SOURCEVERSION",
    default_branch: None,
    texts: &[],
    branch: &["BUILD_SOURCEBRANCH"],
    run: "BUILD_BUILDID",
    own_job: None,
    own_run: None,
    forge: None,
    api: None,
};

/// CircleCI, which has no variable for the target.
pub(crate) const CIRCLECI: CiSystem = CiSystem {
    name: "CircleCI",
    tells: "CIRCLECI",
    is_true: true,
    word: "circleci",
    file: ".circleci",
    project: None,
    event_file: None,
    proposed: &[],
    green: None,
    pushed: None,
    on_default: None,
    commit: "CIRCLE_SHA1",
    default_branch: None,
    texts: &[],
    branch: &["CIRCLE_BRANCH"],
    run: "CIRCLE_WORKFLOW_ID",
    own_job: None,
    own_run: None,
    forge: None,
    api: None,
};

/// Buildkite.
pub(crate) const BUILDKITE: CiSystem = CiSystem {
    name: "Buildkite",
    tells: "BUILDKITE",
    is_true: true,
    word: "buildkite",
    file: ".buildkite",
    project: None,
    event_file: None,
    proposed: &[(Base::Branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "Buildkite")],
    green: None,
    pushed: None,
    on_default: None,
    commit: "BUILDKITE_COMMIT",
    default_branch: Some("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
    texts: &[],
    branch: &["BUILDKITE_BRANCH"],
    run: "BUILDKITE_BUILD_ID",
    own_job: Some("BUILDKITE_JOB_ID"),
    own_run: None,
    forge: None,
    api: None,
};

impl CiSystem {
    /// Whether the process runs in one of its jobs.
    #[must_use]
    pub fn is_around(&self, environment: &Environment) -> bool {
        environment.get(self.tells).is_some_and(|value| !self.is_true || value.eq_ignore_ascii_case("true"))
    }
}

/// The system that the process runs in.
#[must_use]
pub(crate) fn around(environment: &Environment) -> Option<&'static CiSystem> {
    ALL.into_iter().find(|system| system.is_around(environment))
}

/// Whether the process runs in a CI system, be it one that the table lacks.
#[must_use]
pub(crate) fn is_ci(environment: &Environment) -> bool {
    let says_so = |value: &str| !value.eq_ignore_ascii_case("false");
    around(environment).is_some() || environment.get("CI").is_some_and(says_so)
}

/// The branch or ref that the process runs for.
#[must_use]
pub(crate) fn branch(environment: &Environment) -> Option<&str> {
    let (name, value) = first(environment, |system| system.branch)?;
    // Jenkins names the branch of a remote.
    Some(if name == "GIT_BRANCH" { value.strip_prefix("origin/").unwrap_or(value) } else { value })
}

/// The run of a pipeline that the process is part of.
#[must_use]
pub(crate) fn run(environment: &Environment) -> Option<&str> {
    first(environment, |system| std::slice::from_ref(&system.run)).map(|(_, value)| value)
}

/// The first variable that is set: of the system that is around, else of any.
fn first(
    environment: &Environment,
    names: impl Fn(&'static CiSystem) -> &'static [&'static str],
) -> Option<(&'static str, &str)> {
    let mut names = around(environment).into_iter().chain(ALL).flat_map(names);
    names.find_map(|name| Some((*name, environment.get(name)?)))
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let code = |name: &str| format!("`{name}`");
    let row = |system: &&CiSystem| {
        let tells = if system.is_true { format!("`{}` is true", system.tells) } else { code(system.tells) };
        let pushed = [system.green, system.pushed.map(|(name, _)| name)];
        let proposed = system.event_file.into_iter().chain(system.proposed.iter().map(|(base, _)| base.variable()));
        let base: Vec<_> = proposed.chain(pushed.into_iter().flatten()).map(code).collect();
        let head = code(system.event_file.unwrap_or(system.commit));
        let branch: Vec<_> = system.branch.iter().copied().map(code).collect();
        let (base, branch) = (base.join(", else "), branch.join(", else "));
        format!("| {} | {tells} | {base} | {head} | {branch} | `{}` |\n", system.name, system.run)
    };
    let head = "| system | it is around when | base of the change | head | `branch` | `pipeline_id` |\n|---|---|---|---|---|---|\n";
    head.to_owned() + &ALL.iter().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_around_when_its_variable_says_so() {
        let around = |name: &str, value: &str| {
            let variables: Environment = [(name.to_owned(), value.to_owned())].into_iter().collect();
            super::around(&variables).map(|system| system.name)
        };
        assert_eq!(around("GITHUB_ACTIONS", "true"), Some("GitHub Actions"));
        assert_eq!(around("TF_BUILD", "True"), Some("Azure Pipelines"));
        assert_eq!(around("JENKINS_URL", "https://ci.example"), Some("Jenkins"));
        for (name, value) in [("GITHUB_ACTIONS", "false"), ("GITHUB_ACTIONS", ""), ("CIRCLECI", "0"), ("CI", "true")] {
            assert_eq!(around(name, value), None, "{name}={value}");
        }
    }

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_system_that_is_around_has_the_first_word() {
        let both = [("GITHUB_REF", "refs/heads/left-over"), ("CI_COMMIT_REF_NAME", "main"), ("CI_PIPELINE_ID", "7")];
        let in_gitlab = environment(&[&both[..], &[("GITLAB_CI", "true")]].concat());
        assert_eq!((branch(&in_gitlab), run(&in_gitlab)), (Some("main"), Some("7")));
        assert_eq!(branch(&environment(&both)), Some("refs/heads/left-over"));
        assert_eq!(branch(&environment(&[("GITLAB_CI", "true"), ("GIT_BRANCH", "origin/x")])), Some("x"));
        assert_eq!(run(&environment(&[("GITLAB_CI", "true")])), None);
    }

    #[test]
    fn a_system_that_is_not_in_the_table_says_ci() {
        let says = |name, value| is_ci(&environment(&[(name, value)]));
        assert!(says("CI", "1") && says("CI", "woodpecker") && says("TF_BUILD", "True"));
        assert!(!says("CI", "false") && !says("CI", "") && !says("TF_BUILD", "False") && !says("OTHER", "true"));
    }

    /// Each variable tells one thing of one system, so that what is read is never another's.
    #[test]
    fn no_variable_stands_in_the_table_twice() {
        // What runs GitHub's workflows elsewhere sets its variables: only the name that tells it is its own.
        let own_variables = ALL.iter().filter(|system| system.commit != GITHUB.commit || system.tells == GITHUB.tells);
        let mut names: Vec<_> = own_variables
            .flat_map(|system| {
                let base = system.proposed.iter().map(|(base, _)| base.variable());
                let others = [system.event_file, system.project, system.pushed.map(|(name, _)| name), system.green];
                let others = others.into_iter().chain([system.default_branch, system.own_job, system.on_default]);
                let others = others.flatten().chain(base);
                let own = [system.tells, system.commit, system.run].into_iter().chain(others);
                own.chain(system.texts.iter().copied()).chain(system.branch.iter().copied())
            })
            .collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
