//! `delivery-gate decision`: a high-impact change needs an approved decision.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Judged;
use super::output::Output;
use super::place::{self, Place};
use crate::decision::settings::{Asked, Flags};
use crate::decision::{self, Change, World, high_impact, report};
use crate::environment::Environment;
use crate::failure::{Failure, FailureKind};
use crate::git::Repository;
use crate::report::Subject;

/// The flags of `decision`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory that holds delivery-gate.yaml; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    #[command(flatten)]
    flags: Flags,
    /// Print the embedded high-impact rules and stop
    #[arg(long)]
    pub(super) list_patterns: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Judges the change.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Judged, Failure> {
    let environment = Environment::of_process();
    let asked = Asked::read(&args.flags, &environment).map_err(|problems| Failure::of(FailureKind::Usage, problems))?;
    let Place { root, dir, repository } = Place::of(&args.repo)?;
    let findings = match &repository {
        Ok(repository) => {
            Repository::trust_own_hashing();
            let world = World { repository, dir: &dir, environment: &environment, now };
            decision::run(asked, &Change::Proposed, &world)
        }
        Err(unavailable) => decision::gate::Findings::unproven(unavailable.to_string()),
    };
    let subject = Subject {
        root: Some(root.path().display().to_string()),
        commit: findings.ends.as_ref().map(|ends| ends.head.clone()),
        remote: place::remote(&repository),
        ..Subject::default()
    };
    Ok(Judged {
        command: "decision",
        subject,
        rows: report::rows(&findings),
        warnings: findings.warnings.clone(),
        transcript: Some(report::transcript(&findings, args.output.verbose > 0)),
        summary: None,
    })
}

/// The embedded rules, as they are.
pub(super) fn patterns() -> &'static str {
    high_impact::DATA
}
