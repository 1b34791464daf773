//! `delivery-gate explain`: what a check proves, how it can fail, how to fix it.

use jiff::Timestamp;

use super::list::{self, Listed};
use super::place::{self, Inputs, Judged};
use crate::checks::context::Context;
use crate::checks::deps_pinned;
use crate::ecosystems::manifests::Loaded;
use crate::ecosystems::table::Told;
use crate::help;
use crate::help::{Subject, Topic, plain};
use crate::model::escape::{visible_line, visible_up_to};
use crate::model::failure::{Failure, FailureKind};
use crate::model::names::check_of;

/// The widest page, in columns.
const WIDTH_LIMIT: u16 = 100;

/// The width without a terminal.
const WIDTH: u16 = 80;

/// Whose section tells how every attestation is judged.
const ATTESTATION: &str = "rollback_tested";

/// The flags of `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A check (its id or its title), a type of gate, or a word of a report; without it, all that can be explained is listed
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judged: Judged,
}

/// The page.
pub(super) fn text(args: &Args, now: Timestamp) -> Result<String, Failure> {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0.min(WIDTH_LIMIT)).into();
    let Some(id) = &args.id else { return Ok(contents(width)) };
    match help::topic(id) {
        Some(topic) if topic.name == deps_pinned::ID => Ok(page(topic, width) + &ecosystems(args, now, width)),
        Some(topic) => Ok(page(topic, width)),
        None => own(args, id, now, width),
    }
}

/// What pins in the ecosystems that the project has; nothing where there is no project to look at.
fn ecosystems(args: &Args, now: Timestamp, width: usize) -> String {
    let Ok(context) = place::before_release(&args.inputs, &args.judged, now) else { return String::new() };
    let mut told: Vec<&str> = Vec::new();
    let mut text = String::new();
    for Loaded { shown, ecosystem, .. } in &context.manifests.loaded {
        let Some(Told { pinned, unproven, advice }) = &ecosystem.told else { continue };
        if !told.contains(&ecosystem.name) {
            told.push(ecosystem.name);
            let here = format!(
                "Here, {} ({shown}): a dependency is pinned when {pinned}. UNPROVEN: {unproven}. To pin them, {advice}.",
                ecosystem.name
            );
            text += &format!("\n{}", plain(&here, width));
        }
    }
    text
}

fn page(Topic { name, body, .. }: Topic, width: usize) -> String {
    format!("{name}\n\n{}", plain(body, width))
}

fn contents(width: usize) -> String {
    let groups = [
        ("Checks", Subject::Check),
        ("Types of gates", Subject::GateType),
        ("Words of a report and of verify", Subject::Word),
    ];
    let topics = help::topics();
    let group = |(title, subject)| {
        let names: Vec<_> = topics.iter().filter(|topic| topic.subject == subject).map(|topic| topic.name).collect();
        plain(&format!("{title}: {}", names.join(", ")), width) + "\n"
    };
    let more = "Ids of this project can be explained too: `delivery-gate list` has them.";
    groups.map(group).concat() + &plain(more, width)
}

/// An id that only this project has.
fn own(args: &Args, id: &str, now: Timestamp, width: usize) -> Result<String, Failure> {
    let context = place::before_release(&args.inputs, &args.judged, now);
    let checks = context.as_ref().map(|context| list::checks(context).0).unwrap_or_default();
    let named = checks.iter().find(|check| check.id == id);
    match (named.or_else(|| checks.iter().find(|check| check.title.eq_ignore_ascii_case(id))), &context) {
        (Some(check), Ok(context)) => Ok(match help::topic(check_of(&check.id)) {
            Some(topic) => page(topic, width),
            None => own_page(check, context, width),
        }),
        (_, context) => Err(unknown(id, &checks, context.as_ref().err())),
    }
}

fn own_page(check: &Listed, context: &Context, width: usize) -> String {
    let (judged, like) = match context.each_gate().find(|gate| gate.id == check.id) {
        Some(gate) => ("It is a gate of the type", gate.kind.as_str()),
        None => ("It is judged like", ATTESTATION),
    };
    let section = help::topic(like).map(|topic| page(topic, width)).unwrap_or_default();
    let title = visible_line(&check.title, list::TEXT_LIMIT);
    format!("{}\n\n{title}\n{}  {}\n\n{judged} {like}:\n\n{section}", check.id, check.label(), check.reason())
}

fn unknown(id: &str, checks: &[Listed], unread: Option<&Failure>) -> Failure {
    let own: Vec<_> = checks.iter().map(|check| check.id.as_str()).collect();
    let meant = help::meant(id, &own).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let mut message = format!(
        "nothing is called `{}`; {meant}`delivery-gate explain` lists what can be explained",
        visible_up_to(id, 80)
    );
    if let Some(failure) = unread {
        message += &format!(" (the ids of this project could not be read: {})", failure.message);
    }
    Failure::new(FailureKind::Usage, message)
}
