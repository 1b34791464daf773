//! `delivery-gate ci`: what a forge's CI says of a commit, for people who want to see what is missing before they release.

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::forge::Forge;
use super::output::{self, Output};
use super::place::{self, Inputs, Judged};
use super::{Clock, Colour, refuse};
use crate::model::failure::Failure;
use crate::project::{CiAnswer, Options};
use crate::report::format::Format;

pub(super) const AFTER_HELP: &str = "Exit codes: 0 CI passed, 1 it did not or nobody can tell, 2 usage or configuration \
                                     error.\n\nExample: delivery-gate ci --ci github --rev v1.2.3";

/// The flags of `ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// Ask about this tag or commit instead of HEAD
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    rev: Option<String>,
    #[command(flatten)]
    forge: Forge,
    /// JSON instead of text: `delivery-gate/ci/v1`
    #[arg(long)]
    json: bool,
}

/// Asks, prints, and returns the exit code.
pub(super) fn run(args: &Args, now: Timestamp, clock: &Clock, colour: Colour) -> u8 {
    match look(args, now) {
        Ok(answer) => {
            let text = if args.json { answer.to_json() } else { answer.to_text() };
            output::conclude(text, u8::from(!answer.has_passed()))
        }
        Err(failure) => {
            let format = if args.json { Format::Json } else { Format::Text };
            refuse("ci", failure, clock, &Output::only(format), colour)
        }
    }
}

fn look(args: &Args, now: Timestamp) -> Result<CiAnswer, Failure> {
    let options = Options { ask_forge: args.forge.ask_always(), ..place::at(now) };
    let judged = Judged { rev: args.rev.clone(), ..Judged::default() };
    args.inputs.project(Some(&judged), options)?.ci().map_err(place::failure)
}
