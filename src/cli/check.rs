//! `delivery-gate check`: the release checklist.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::forge::Forge;
use super::output::Output;
use super::place::{self, Inputs, Judged};
use crate::evidence::decision::settings::Flags;
use crate::model::Report;
use crate::model::failure::Failure;
use crate::project::Options;

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
    /// Record the verdict here [default: policy's `record`]
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Args {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        [&self.inputs.config, &self.judged.release].into_iter().flatten().map(PathBuf::as_path).collect()
    }
}

/// Asks every check.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Report, Failure> {
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
    args.inputs.project(Some(&args.judged), options)?.check().map_err(place::failure)
}
