//! `delivery-gate check`: the release checklist.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::attestation::{Asked, Attestation};
use super::forge::Forge;
use super::output::{self, Output};
use super::place::{self, Inputs, Judged};
use super::{Clock, Colour, finished};
use crate::evidence::decision::settings::Flags;
use crate::model::Report;
use crate::model::failure::Failure;
use crate::project::{Options, Project};
use crate::system::environment::Environment;
use crate::world::ci_systems::is_ci;

/// The flags of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judged: Judged,
    /// CI's outcome, e.g. success [default: $DELIVERY_GATE_CI_STATUS]
    #[arg(long, value_name = "STATUS", value_parser = NonEmptyStringValueParser::new())]
    ci_status: Option<String>,
    #[command(flatten)]
    forge: Forge,
    /// A rehearsal before the tag is there, READY and never GO; with =TAG for a tool that is about to make this tag
    #[arg(long, value_name = "TAG", num_args = 0..=1, require_equals = true, value_parser = NonEmptyStringValueParser::new())]
    #[arg(conflicts_with = "release")]
    before_tag: Option<Option<String>>,
    /// Ask one package, by its folder, and the claims
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    package: Option<String>,
    /// Take signed claims from this folder, too
    #[arg(long, value_name = "DIR")]
    claims: Option<PathBuf>,
    /// What decisions are asked about: the changes since this revision [default: the last release]
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    base: Option<String>,
    /// Record the verdict here [default: the policy's]
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(flatten)]
    attestation: Attestation,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Args {
    /// The files that it names, and the folders.
    fn named(&self) -> Vec<&Path> {
        let files = [&self.inputs.config, &self.judged.release, &self.claims, &self.record];
        files.into_iter().flatten().map(PathBuf::as_path).chain(self.attestation.key()).collect()
    }
}

/// Asks every check, tells what came of it, and returns the exit code.
pub(super) fn run(args: &Args, clock: &Clock, colour: Colour) -> u8 {
    let named = args.named();
    let (asked, result) = match args.attestation.begin(args.output.targets(), &named) {
        Ok(Some(asked)) => {
            let result = judge_and_state(args, clock.started_at, &asked);
            (Some(asked), result)
        }
        Ok(None) => (None, judge(args, clock.started_at)),
        Err(failure) => (None, Err(failure)),
    };
    let exit_code = output::deliver(finished("check", result, &args.output, clock), &args.output, &named, colour);
    if let Some(asked) = asked.filter(|_| exit_code == 0) {
        let left = asked.keep();
        // A CI system throws its tree away.
        left.filter(|_| !is_ci(&Environment::of_process())).iter().for_each(|left| output::warn(left));
    }
    exit_code
}

fn judge(args: &Args, now: Timestamp) -> Result<Report, Failure> {
    project(args, now)?.check().map_err(place::failure)
}

/// The same, and a GO is written as a statement.
fn judge_and_state(args: &Args, now: Timestamp, asked: &Asked<'_>) -> Result<Report, Failure> {
    let (report, statement) = project(args, now)?.check_and_state().map_err(place::failure)?;
    statement.map_or(Ok(()), |statement| asked.write(statement))?;
    Ok(report)
}

fn project(args: &Args, now: Timestamp) -> Result<Project, Failure> {
    let ci_status = place::of_flag(args.ci_status.as_ref());
    let change = Flags { base: args.base.clone(), ..Flags::default() };
    let (before_tag, tag_to_be) = (args.before_tag.is_some(), args.before_tag.clone().flatten());
    let options = Options {
        ci_status,
        ask_forge: args.forge.ask(),
        change,
        before_tag,
        tag_to_be,
        package: args.package.clone(),
        claims: args.claims.clone(),
        record: args.record.clone(),
        on_ctrl_c: true,
        ..place::at(now)
    };
    args.inputs.project(Some(&args.judged), options)
}
