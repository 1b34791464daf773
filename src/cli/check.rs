//! `delivery-gate check`: the release checklist.

use std::path::Path;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::Judged;
use super::inputs::{self, Inputs};
use super::output::Output;
use super::place::{policy_warning, remote};
use crate::checks::context::Context;
use crate::config::release as release_yaml;
use crate::engine::release;
use crate::git::Tag;
use crate::model::failure::{Failure, FailureKind};
use crate::model::{Place as FilePlace, Subject};
use crate::world::settings::check_gates;

/// The flags of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judged: inputs::Judged,
    /// CI's outcome, e.g. success [default: $DELIVERY_GATE_CI_STATUS]
    #[arg(long, value_name = "STATUS", value_parser = NonEmptyStringValueParser::new())]
    ci_status: Option<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Args {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Path> {
        self.inputs.config.as_deref().into_iter().collect()
    }
}

/// Asks every check.
pub(super) fn judge(args: &Args, now: Timestamp) -> Result<Judged, Failure> {
    let context = args.inputs.context(&args.judged, args.ci_status.clone(), now)?;
    if context.gates.is_some() {
        let wrong = |problems| Failure::of(FailureKind::Configuration, problems);
        check_gates(&context.world.environment).map_err(wrong)?;
    }
    let (rows, mut warnings) = release::judge(&context);
    warnings.extend(policy_warning(&context.world, args.inputs.config.as_deref()));
    Ok(Judged { command: "check", subject: subject(&context), rows, warnings, transcript: None, summary: None })
}

fn subject(context: &Context) -> Subject {
    let commit = context.world.commit().ok();
    let at_it = |tag: &Tag| matches!(tag, Tag::At { commit: at, .. } if Some(at.as_str()) == commit);
    Subject {
        root: Some(context.world.root.path().display().to_string()),
        commit: commit.map(str::to_owned),
        tag: context.tags().iter().find(|(_, tag)| at_it(tag)).map(|(name, _)| name.clone()),
        version: Some(context.release.version.clone()),
        remote: remote(&context.world.repository),
        file: FilePlace::under(&context.world.dir, release_yaml::FILE),
    }
}
