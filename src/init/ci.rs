//! Jobs that ask the gate, for three CI systems: on a release tag the gate itself, elsewhere its rehearsal.

use std::path::Path;

use super::{github_jobs, gitlab_stages};
use crate::world::ci_systems::{CiSystem, GITHUB, GITLAB, JENKINS};

/// A CI system that a job is written for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template {
    system: &'static CiSystem,
    job: fn(&Asked) -> Job,
}

/// What a job takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// The file, relative to the repository's top level.
    pub path: &'static str,
    /// Its content.
    pub text: String,
    /// What is to be done by hand, in words.
    pub next: String,
    /// The lines to be added for that.
    pub lines: String,
}

/// What a job is written around.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    /// The directory of release.yaml, relative to the repository's top level.
    pub dir: &'a Path,
    /// The text of .gitlab-ci.yml, where there is one.
    pub gitlab: Option<&'a str>,
    /// The names and the texts of GitHub's workflows.
    pub github: &'a [(String, String)],
}

/// The same in the words of a CI file.
struct Asked {
    /// ` --repo FOLDER`, or nothing.
    repo: String,
    stage: String,
    /// The job that is called by the workflow of the tests, and what to do with it, in words.
    call: (String, String),
}

/// Where the gate's own source is: its releases are there, too, once there are some.
const SOURCE: &str = env!("CARGO_PKG_REPOSITORY");

/// The source before it has a home.
const HOMELESS: &str = "https://github.com/OWNER/delivery-gate";

/// This version of the gate, from source: it needs nothing that is published.
fn install() -> String {
    let source = if SOURCE.is_empty() { HOMELESS } else { SOURCE };
    format!("install --locked --git {source} --tag v{} delivery-gate", env!("CARGO_PKG_VERSION"))
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

    /// The job.
    ///
    /// # Errors
    /// A name could mean something else in a CI file.
    pub(crate) fn job(self, around: &Around<'_>) -> Result<Job, String> {
        let harmless = |name: &str| name.chars().all(is_harmless);
        let folder = around.dir.to_str().filter(|folder| harmless(folder));
        let folder = folder.ok_or("the folder's name has characters that would mean something else in a CI file")?;
        Ok((self.job)(&Asked {
            repo: if folder.is_empty() { String::new() } else { format!(" --repo {folder}") },
            stage: gitlab_stages::after_tests(around.gitlab.unwrap_or_default()),
            call: github_call(around.github),
        }))
    }
}

impl Job {
    /// Whether somebody has to say where the gate's source is.
    #[must_use]
    pub(crate) fn is_homeless(&self) -> bool {
        self.text.contains(HOMELESS)
    }
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@')
}

/// An action, by its commit: a tag can be moved.
const CHECKOUT: &str = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";
const UPLOAD: &str = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2";

/// A tag of any form is asked for the gate, which says whether it is the release's: a rehearsal would be green on it.
fn github(Asked { repo, call: (call, next), .. }: &Asked) -> Job {
    let is_release = "startsWith(github.ref, 'refs/tags/')";
    let text = format!(
        r#"# The release gate, called by the workflow that runs the tests. That has to run on release tags, too (`on: push: tags:`), and has
# this job:
{called}name: Delivery gate
on:
  workflow_call:
    inputs:
      ci-status: {{ type: string, required: true }}
permissions: {{}}
jobs:
  gate:
    name: Delivery gate
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check out what is judged
      checks: read # these three to ask what CI came to
      statuses: read
      actions: read
    env:
      CI_STATUS: "${{{{ inputs.ci-status }}}}"
    steps:
      - uses: {CHECKOUT}
        # With the history and the tags: without them there is no release point.
        with: {{ fetch-depth: 0, persist-credentials: false }}
      # On a tag there is a lightweight copy of it now, be it annotated: fetch the tag itself.
      - name: Fetch the tag
        if: startsWith(github.ref, 'refs/tags/')
        run: git -c credential.helper='!f() {{ echo username=x-access-token; echo "password=$TOKEN"; }}; f' fetch --force origin tag "$GITHUB_REF_NAME"
        env:
          TOKEN: "${{{{ github.token }}}}"
      # From source, which takes some minutes.
      - name: Install the gate
        run: |
          rustup toolchain install stable --profile minimal
          cargo +stable {install}
      # What the tests reported can hold the release; what GitHub has for this commit says that they passed.
      - name: The gate
        if: {is_release}
        run: delivery-gate check{repo} --ci github --ci-wait 45m --ci-status "$CI_STATUS" --output json="$RUNNER_TEMP/gate.json"
        env:
          GITHUB_TOKEN: "${{{{ github.token }}}}"
          DELIVERY_GATE_CHECK_RUN_ID: "${{{{ job.check_run_id }}}}" # this job itself is not over
      - name: The rehearsal, before there is a tag
        if: "!{is_release}"
        run: delivery-gate check{repo} --before-tag --ci-status "$CI_STATUS" --output json="$RUNNER_TEMP/gate.json"
      - uses: {UPLOAD}
        if: always()
        with: {{ name: delivery-gate, path: "${{{{ runner.temp }}}}/gate.json", if-no-files-found: ignore }}
"#,
        called = commented(call),
        install = install(),
    );
    Job { path: ".github/workflows/delivery-gate.yml", text, next: next.clone(), lines: call.clone() }
}

/// The job that calls the gate behind the tests of a workflow that is there, and what to do with it.
fn github_call(workflows: &[(String, String)]) -> (String, String) {
    let place = "on release tags, too";
    match github_jobs::of_tests(workflows) {
        None => {
            let next = format!(
                "add this job to the workflow that runs the tests, and {place} (`test` stands for the job that runs them):"
            );
            (call("test", "${{ needs.test.result }}"), next)
        }
        Some(found) => {
            let jobs = found.jobs.join(", ");
            let keep = if found.is_told { "" } else { "; keep those that run the tests" };
            let next = format!("add this job to {}, and run that {place} (its jobs: {jobs}{keep}):", found.workflow);
            match found.jobs.as_slice() {
                [one] => (call(one, &format!("${{{{ needs.{one}.result }}}}")), next),
                _ => (call(&format!("[{jobs}]"), ALL_RESULTS), next),
            }
        }
    }
}

fn call(needs: &str, status: &str) -> String {
    format!(
        "  gate:
    needs: {needs}
    if: always()
    permissions: {{ contents: read, checks: read, statuses: read, actions: read }}
    uses: ./.github/workflows/delivery-gate.yml
    with: {{ ci-status: \"{status}\" }}
"
    )
}

/// The worst result of several jobs.
const ALL_RESULTS: &str = "${{ contains(needs.*.result, 'failure') && 'failure' || contains(needs.*.result, 'cancelled') && \
                           'cancelled' || contains(needs.*.result, 'skipped') && 'skipped' || 'success' }}";

fn gitlab(Asked { repo, stage, .. }: &Asked) -> Job {
    let text = format!(
        "# The release gate. In .gitlab-ci.yml:
{called}.delivery-gate:
  # After the stage of the tests: the jobs run only when those passed.
  stage: {stage}
  # Nothing of other jobs, which would lie in the tree that is judged.
  dependencies: []
  cache: []
  # All of the history, with the tags: without them there is no release point.
  variables: {{ GIT_DEPTH: \"0\" }}
  image: rust:1
  # From source, which takes some minutes.
  before_script:
    - cargo {install}
  artifacts: {{ when: always, paths: [gate.json] }}

# Let the job that ships wait for it: `needs: [delivery-gate]`.
delivery-gate:
  extends: .delivery-gate
  rules: [{{ if: $CI_COMMIT_TAG }}]
  script:
    - delivery-gate check{repo} --ci-status success --output json=gate.json

delivery-gate-rehearsal:
  extends: .delivery-gate
  rules: [{{ if: $CI_COMMIT_BRANCH }}]
  script:
    - delivery-gate check{repo} --before-tag --ci-status success --output json=gate.json
",
        called = commented(GITLAB_INCLUDE),
        install = install(),
    );
    let next = "add to .gitlab-ci.yml:".to_owned();
    Job { path: ".gitlab/delivery-gate.yml", text, next, lines: GITLAB_INCLUDE.to_owned() }
}

const GITLAB_INCLUDE: &str = "\
include:
  - local: .gitlab/delivery-gate.yml
";

fn jenkins(Asked { repo, .. }: &Asked) -> Job {
    // The workspace is kept, and a report of the last build would lie in the tree that is judged.
    let check = |more: &str| {
        format!(
            "rm -f gate.json && delivery-gate check{repo}{more} --ci-status '${{currentBuild.currentResult}}' --output json=gate.json"
        )
    };
    let stage = format!(
        "        stage('Gate') {{
            when {{ buildingTag() }}
            steps {{
                sh 'cargo {install}'
                sh \"{gate}\"
            }}
            post {{ always {{ archiveArtifacts artifacts: 'gate.json', allowEmptyArchive: true }} }}
        }}
        stage('Rehearsal of the gate') {{
            when {{ not {{ buildingTag() }} }}
            steps {{
                sh 'cargo {install}'
                sh \"{rehearsal}\"
            }}
            post {{ always {{ archiveArtifacts artifacts: 'gate.json', allowEmptyArchive: true }} }}
        }}
",
        install = install(),
        gate = check(""),
        rehearsal = check(" --before-tag"),
    );
    let text = format!(
        "// The release gate, after the tests. The agent must have cargo, with its bin folder in PATH, and the checkout all tags; the job is
// a multibranch pipeline that discovers tags.
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
    let next = "in a Jenkinsfile of your own, these are the stages, after that of the tests:".to_owned();
    Job { path: "Jenkinsfile", text, next, lines: stage }
}

fn commented(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("#   {line}\n"));
    format!("#\n{}", lines.collect::<String>())
}
