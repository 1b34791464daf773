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
    /// The file or folder that a repository has for it, where `init` writes a job, and the word that chooses it.
    pub files: Option<(&'static str, &'static str)>,
    /// The file in which it wrote down what happened.
    pub event_file: Option<&'static str>,
    /// What a proposed change is compared with, and what its job is called then.
    pub proposed: Option<(Base, &'static str)>,
    /// The commit before a push, and what its job is called then.
    pub pushed: Option<(&'static str, &'static str)>,
    /// The commit that the job runs for.
    pub head: Option<&'static str>,
    /// The repository's main branch.
    pub default_branch: Option<&'static str>,
    /// Title and text of the proposed change.
    pub texts: &'static [&'static str],
    /// The branch or ref that the job runs for; the first that is set counts.
    pub branch: &'static [&'static str],
    /// This run of the pipeline.
    pub run: &'static str,
    /// This very job.
    pub own_job: Option<&'static str>,
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
pub const ALL: [&CiSystem; 7] = [&GITHUB, &GITLAB, &JENKINS, &BITBUCKET, &AZURE, &CIRCLECI, &BUILDKITE];

/// GitHub Actions, and what runs its workflows elsewhere.
pub const GITHUB: CiSystem = CiSystem {
    name: "GitHub Actions",
    tells: "GITHUB_ACTIONS",
    is_true: true,
    files: Some((".github/workflows", "github")),
    event_file: Some("GITHUB_EVENT_PATH"),
    proposed: None,
    pushed: None,
    head: None,
    default_branch: None,
    texts: &[],
    branch: &["GITHUB_REF"],
    run: "GITHUB_RUN_ID",
    own_job: None,
};

/// GitLab CI. In a pipeline for a merged result `CI_COMMIT_SHA` is the merge, which is what is going to be.
pub const GITLAB: CiSystem = CiSystem {
    name: "GitLab CI",
    tells: "GITLAB_CI",
    is_true: true,
    files: Some((".gitlab-ci.yml", "gitlab")),
    event_file: None,
    proposed: Some((Base::Commit("CI_MERGE_REQUEST_DIFF_BASE_SHA"), "GitLab CI, merge request")),
    pushed: Some(("CI_COMMIT_BEFORE_SHA", "GitLab CI, push")),
    head: Some("CI_COMMIT_SHA"),
    default_branch: Some("CI_DEFAULT_BRANCH"),
    texts: &["CI_MERGE_REQUEST_TITLE", "CI_MERGE_REQUEST_DESCRIPTION"],
    branch: &["CI_COMMIT_REF_NAME"],
    run: "CI_PIPELINE_ID",
    own_job: Some("CI_JOB_ID"),
};

/// Jenkins.
pub const JENKINS: CiSystem = CiSystem {
    name: "Jenkins",
    tells: "JENKINS_URL",
    is_true: false,
    files: Some(("Jenkinsfile", "jenkins")),
    event_file: None,
    proposed: Some((Base::Branch("CHANGE_TARGET"), "Jenkins, change request")),
    pushed: Some(("GIT_PREVIOUS_COMMIT", "Jenkins")),
    head: Some("GIT_COMMIT"),
    default_branch: None,
    texts: &["CHANGE_TITLE"],
    branch: &["BRANCH_NAME", "GIT_BRANCH"],
    run: "BUILD_TAG",
    own_job: None,
};

/// Bitbucket Pipelines.
pub const BITBUCKET: CiSystem = CiSystem {
    name: "Bitbucket Pipelines",
    tells: "BITBUCKET_BUILD_NUMBER",
    is_true: false,
    files: None,
    event_file: None,
    proposed: Some((Base::Commit("BITBUCKET_PR_DESTINATION_COMMIT"), "Bitbucket Pipelines")),
    pushed: None,
    head: Some("BITBUCKET_COMMIT"),
    default_branch: None,
    texts: &[],
    branch: &["BITBUCKET_BRANCH"],
    run: "BITBUCKET_PIPELINE_UUID",
    own_job: None,
};

/// Azure Pipelines.
pub const AZURE: CiSystem = CiSystem {
    name: "Azure Pipelines",
    tells: "TF_BUILD",
    is_true: true,
    files: None,
    event_file: None,
    proposed: Some((Base::Branch("SYSTEM_PULLREQUEST_TARGETBRANCH"), "Azure Pipelines")),
    pushed: None,
    head: Some("BUILD_SOURCEVERSION"),
    default_branch: None,
    texts: &[],
    branch: &["BUILD_SOURCEBRANCH"],
    run: "BUILD_BUILDID",
    own_job: None,
};

/// CircleCI, which has no variable for the target.
pub const CIRCLECI: CiSystem = CiSystem {
    name: "CircleCI",
    tells: "CIRCLECI",
    is_true: true,
    files: None,
    event_file: None,
    proposed: None,
    pushed: None,
    head: Some("CIRCLE_SHA1"),
    default_branch: None,
    texts: &[],
    branch: &["CIRCLE_BRANCH"],
    run: "CIRCLE_WORKFLOW_ID",
    own_job: None,
};

/// Buildkite.
pub const BUILDKITE: CiSystem = CiSystem {
    name: "Buildkite",
    tells: "BUILDKITE",
    is_true: true,
    files: None,
    event_file: None,
    proposed: Some((Base::Branch("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "Buildkite")),
    pushed: None,
    head: Some("BUILDKITE_COMMIT"),
    default_branch: Some("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
    texts: &[],
    branch: &["BUILDKITE_BRANCH"],
    run: "BUILDKITE_BUILD_ID",
    own_job: Some("BUILDKITE_JOB_ID"),
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
pub fn around(environment: &Environment) -> Option<&'static CiSystem> {
    ALL.into_iter().find(|system| system.is_around(environment))
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let code = |name: &str| format!("`{name}`");
    let row = |system: &&CiSystem| {
        let tells = if system.is_true { format!("`{}` is true", system.tells) } else { code(system.tells) };
        let base =
            [system.event_file, system.proposed.map(|(base, _)| base.variable()), system.pushed.map(|(name, _)| name)];
        let base: Vec<_> = base.into_iter().flatten().map(code).collect();
        let head = system.head.or(system.event_file).map(code).unwrap_or_default();
        let own = system.own_job.map(code).unwrap_or_default();
        format!("| {} | {tells} | {} | {head} | `{}` | {own} |\n", system.name, base.join(", else "), system.run)
    };
    let head =
        "| system | it is around when | base of the change | head | run | own job |\n|---|---|---|---|---|---|\n";
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
}
