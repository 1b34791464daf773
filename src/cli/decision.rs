//! `delivery-gate decision`: a high-impact change needs an approved decision.

use std::path::PathBuf;

use jiff::Timestamp;

use super::output::Output;
use super::place;
use crate::evidence::decision::high_impact;
use crate::evidence::decision::settings::Flags;
use crate::model::Report;
use crate::model::failure::Failure;
use crate::project::Options;

/// The flags of `decision`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory that holds delivery-gate.yaml; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    #[command(flatten)]
    flags: Flags,
    /// Print the embedded high-impact rules and stop
    #[arg(long)]
    pub(super) list_patterns: bool,
    /// Record the verdict here [default: the policy's]
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Judges the change.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Report, Failure> {
    let options = Options { change: args.flags.clone(), record: args.record.clone(), ..place::at(now) };
    place::open(&args.repo, options)?.decide_in_words(args.output.verbose > 0).map_err(place::failure)
}

/// The embedded rules, as they are.
pub(super) fn patterns() -> &'static str {
    high_impact::DATA
}
