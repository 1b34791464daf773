//! `delivery-gate verify`: a release that is out, established again.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::forge::Forge;
use super::output::{self, Output};
use super::place;
use super::{Clock, Colour, refuse};
use crate::evidence::decision::settings::Flags;
use crate::model::failure::Failure;
use crate::project::Options;
use crate::project::verify::Verified;
use crate::report::format::Format;

pub(super) const AFTER_HELP: &str = "Exit codes: 0 all that can be is confirmed, 1 it is not, 2 it could not be \
                                     asked.\n\nExample: delivery-gate verify v1.2.3 --record 01JPZ3N8.json";

/// The flags of `verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tag of the release
    #[arg(value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tag: String,
    /// The directory that holds release.yaml; a bare mirror will do
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// The folder of release.yaml in it, for a bare mirror [default: as the record has it]
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    folder: Option<String>,
    /// The policy that it was judged by [default: delivery-gate.yaml of the tag's commit]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Take the whole policy from this commit, which is not the tag's
    #[arg(long, value_name = "REV", conflicts_with = "config", value_parser = NonEmptyStringValueParser::new())]
    policy_ref: Option<String>,
    /// The release.yaml that it was judged with, where that is not part of the commit
    #[arg(long, value_name = "FILE")]
    release: Option<PathBuf>,
    /// The record of its verdict, to compare with [default: the one that the tag names, in the policy's `record`]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Whose keys count, instead of the file that the policy names
    #[arg(long, value_name = "FILE")]
    signers: Option<PathBuf>,
    /// Take signed claims from this folder, too
    #[arg(long, value_name = "DIR")]
    claims: Option<PathBuf>,
    /// One package, by its folder, and the claims: where it was released alone
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    package: Option<String>,
    /// The revision that `check --base` named
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    base: Option<String>,
    #[command(flatten)]
    forge: Forge,
    /// JSON instead of text: `delivery-gate/verify/v1`
    #[arg(long)]
    json: bool,
}

/// Looks, prints, and returns the exit code.
pub(super) fn run(args: &Args, now: Timestamp, clock: &Clock, colour: Colour) -> u8 {
    match look(args, now) {
        Ok(verified) => {
            let text = if args.json { verified.to_json() } else { verified.to_text() };
            output::conclude(text, u8::from(!verified.holds()))
        }
        Err(failure) => {
            let format = if args.json { Format::Json } else { Format::Text };
            refuse("verify", failure, clock, &Output::only(format), colour)
        }
    }
}

fn look(args: &Args, now: Timestamp) -> Result<Verified, Failure> {
    let options = Options {
        release: args.release.clone(),
        policy: args.config.clone(),
        policy_ref: args.policy_ref.clone(),
        folder: args.folder.clone(),
        claims: args.claims.clone(),
        signers: args.signers.clone(),
        package: args.package.clone(),
        change: Flags { base: args.base.clone(), ..Flags::default() },
        ask_forge: args.forge.ask(),
        is_looked_at_again: true,
        ..place::at(now)
    };
    // As CI systems have it.
    let tag = args.tag.strip_prefix("refs/tags/").unwrap_or(&args.tag);
    place::open(&args.repo, options)?.verify(tag, args.record.as_deref()).map_err(place::failure)
}
