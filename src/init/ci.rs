//! A job that asks the gate, for three CI systems.

use std::path::Path;

use crate::world::ci_systems::{CiSystem, GITHUB, GITLAB, JENKINS};

/// A CI system that a job is written for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    system: &'static CiSystem,
    job: fn(&str) -> Job,
}

/// What a job takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// The file, relative to the repository's top level.
    pub path: &'static str,
    /// Its content.
    pub text: String,
    /// What is to be done by hand, in words.
    pub next: &'static str,
    /// The lines to be added for that.
    pub lines: String,
}

impl Template {
    /// Every one.
    pub(crate) const ALL: [Self; 3] = [
        Self { system: &GITHUB, job: github },
        Self { system: &GITLAB, job: gitlab },
        Self { system: &JENKINS, job: jenkins },
    ];

    /// Those that a repository has files of.
    #[must_use]
    pub(crate) fn found(top: &Path) -> Vec<Self> {
        Self::ALL.into_iter().filter(|one| top.join(one.system.file).exists()).collect()
    }

    /// The one that a word chooses.
    #[must_use]
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// The word that chooses it.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        self.system.word
    }

    /// The system's name.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        self.system.name
    }

    /// The job for a release.yaml in `dir`, relative to the repository's top level.
    ///
    /// # Errors
    /// The folder's name could mean something else in a CI file.
    pub(crate) fn job(self, dir: &Path) -> Result<Job, String> {
        let folder = dir.to_str().filter(|folder| folder.chars().all(is_harmless));
        let folder = folder.ok_or("the folder's name has characters that would mean something else in a CI file")?;
        let repo = if folder.is_empty() { String::new() } else { format!(" --repo {folder}") };
        Ok((self.job)(&repo))
    }
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/')
}

fn github(repo: &str) -> Job {
    let text = format!(
        "# The release gate, called by the workflow that runs the tests. A job there:
{}name: Delivery gate
on:
  workflow_call:
    inputs:
      ci-status: {{ type: string, required: true }}
permissions:
  contents: read
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        # With the tags: without them there is no release point.
        with: {{ fetch-depth: 0 }}
      # Put a step here that installs delivery-gate.
      - run: delivery-gate check{repo} --ci-status \"$CI_STATUS\" --output json=gate.json
        env:
          CI_STATUS: \"${{{{ inputs.ci-status }}}}\"
      - uses: actions/upload-artifact@v4
        if: always()
        with: {{ name: delivery-gate, path: gate.json }}
",
        commented(GITHUB_CALL)
    );
    let next = "add this job to the workflow that runs the tests (`test` is the job that runs them):";
    Job { path: ".github/workflows/delivery-gate.yml", text, next, lines: GITHUB_CALL.to_owned() }
}

const GITHUB_CALL: &str = r#"  gate:
    needs: test
    if: always()
    uses: ./.github/workflows/delivery-gate.yml
    with: { ci-status: "${{ needs.test.result }}" }
"#;

fn gitlab(repo: &str) -> Job {
    let text = format!(
        "# The release gate. In .gitlab-ci.yml:
{}gate:
  # A stage after that of the tests: the job runs only when they passed.
  stage: deploy
  # All of the history, with the tags: without them there is no release point.
  variables: {{ GIT_DEPTH: \"0\" }}
  rules: [{{ if: $CI_COMMIT_TAG }}]
  # The image must have delivery-gate.
  script:
    - delivery-gate check{repo} --ci-status success --output json=gate.json
  artifacts: {{ when: always, paths: [gate.json] }}
",
        commented(GITLAB_INCLUDE)
    );
    let next = "add to .gitlab-ci.yml:";
    Job { path: ".gitlab/delivery-gate.yml", text, next, lines: GITLAB_INCLUDE.to_owned() }
}

const GITLAB_INCLUDE: &str = "\
include:
  - local: .gitlab/delivery-gate.yml
";

fn jenkins(repo: &str) -> Job {
    let stage = format!(
        "        stage('Gate') {{
            steps {{
                sh \"delivery-gate check{repo} --ci-status '${{currentBuild.currentResult}}' --output json=gate.json\"
            }}
            post {{ always {{ archiveArtifacts artifacts: 'gate.json' }} }}
        }}
"
    );
    let text = format!(
        "// The release gate, after the tests. The agent must have delivery-gate, and the checkout all tags.
pipeline {{
    agent any
    stages {{
        stage('Test') {{
            steps {{
                error 'Run the tests here: the gate is told how the build went so far.'
            }}
        }}
{stage}    }}
}}
"
    );
    let next = "in a Jenkinsfile of your own, this is the stage, after that of the tests:";
    Job { path: "Jenkinsfile", text, next, lines: stage }
}

fn commented(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("#   {line}\n"));
    format!("#\n{}", lines.collect::<String>())
}
