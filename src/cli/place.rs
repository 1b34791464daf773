//! The project that the flags name, and what is said of it on a command line.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use crate::checks::context::{CiStatus, Context};
use crate::engine::error::Error;
use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};
use crate::project::{Options, Project};

/// Where the files are.
#[derive(Debug, clap::Args)]
pub(super) struct Inputs {
    /// The directory that holds release.yaml; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(super) repo: PathBuf,
    /// The project's policy [default: delivery-gate.yaml in the repo directory, else the nearest above it]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Take the whole policy from this commit, which is not the one that is judged
    #[arg(long, value_name = "REV", conflicts_with = "config", value_parser = NonEmptyStringValueParser::new())]
    pub(super) policy_ref: Option<String>,
}

/// Which commit is judged.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Judged {
    /// Judge this tag or commit instead of the working tree; a bare repository will do
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    pub(super) rev: Option<String>,
    /// Take release.yaml from this file, which is not part of the commit that is tagged
    #[arg(long, value_name = "FILE")]
    pub(super) release: Option<PathBuf>,
}

impl Inputs {
    /// The project.
    pub(super) fn project(&self, judged: Option<&Judged>, options: Options) -> Result<Project, Failure> {
        let revision = judged.and_then(|judged| judged.rev.clone());
        let release = judged.and_then(|judged| judged.release.clone());
        open(
            &self.repo,
            Options { revision, release, policy: self.config.clone(), policy_ref: self.policy_ref.clone(), ..options },
        )
    }
}

/// What the checks look at, before release.yaml is written.
pub(super) fn before_release(inputs: &Inputs, judged: &Judged, now: Timestamp) -> Result<Context, Failure> {
    inputs.project(Some(judged), at(now))?.before_release().map_err(failure)
}

/// What is the same for every question of one run.
pub(super) fn at(now: Timestamp) -> Options {
    Options { now: Some(now), ..Options::default() }
}

/// CI's outcome, as the flag gives it.
pub(super) fn of_flag(status: Option<&String>) -> Option<CiStatus> {
    status.map(|value| CiStatus { value: value.clone(), source: "--ci-status" })
}

/// The project that `--repo` names.
pub(super) fn open(repo: &Path, options: Options) -> Result<Project, Failure> {
    Project::open(repo, options).map_err(failure)
}

/// What the user gave is named by its flag.
pub(super) fn failure(error: Error) -> Failure {
    let flag = match &error {
        Error::Directory { .. } => "--repo ",
        Error::Revision { .. } => "--rev ",
        _ => return error.into(),
    };
    Failure::new(FailureKind::Usage, format!("{flag}{error}"))
}

/// A text as one word of a shell's command line.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | ':' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", visible(text).replace('\'', "'\\''"))
}
