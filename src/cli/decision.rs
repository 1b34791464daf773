//! `delivery-gate decision`: a high-impact change needs an approved decision.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Judged;
use super::output::Output;
use super::place;
use crate::evidence::decision;
use crate::evidence::decision::settings::{Asked, Flags};
use crate::evidence::decision::{Change, high_impact, report};
use crate::git::Repository;
use crate::model::Subject;
use crate::model::failure::{Failure, FailureKind};
use crate::system::environment::Environment;

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
    let world = place::world(&args.repo, None, now)?;
    Repository::trust_own_hashing();
    let findings = decision::run(asked, &Change::Proposed, &world);
    let subject = Subject {
        root: Some(world.root.path().display().to_string()),
        commit: findings.ends.as_ref().map(|ends| ends.head.clone()),
        remote: place::remote(&world.repository),
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
