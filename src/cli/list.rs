//! `delivery-gate list`: every check, whether this release is asked it, and why.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::place::{self, Inputs, Judged};
use crate::checks::Check;
use crate::checks::context::Context;
use crate::checks::version_agrees::VersionAgrees;
use crate::config::policy;
use crate::config::release::{Exemption, FILE, in_a_folder_above};
use crate::engine::declared;
use crate::engine::plan;
use crate::model::Kind;
use crate::model::escape::visible_up_to;
use crate::model::failure::Failure;
use crate::model::names::check_of;
use crate::project::written::{policy_warning, release_warning};
use crate::records::OnFail;
use crate::structured::pretty;

/// The longest text of a line, in characters.
pub(super) const TEXT_LIMIT: usize = 400;

/// The flags of `list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judged: Judged,
    /// JSON instead of text
    #[arg(long)]
    pub(super) json: bool,
}

/// The `delivery-gate/checks/v1` document.
#[derive(Debug, Serialize)]
struct Listing {
    schema: &'static str,
    checks: Vec<Listed>,
    notes: Vec<String>,
}

/// One check; the keys' order is part of the format.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) title: String,
    kind: &'static str,
    on: bool,
    why: String,
    /// Whether FAIL or UNPROVEN holds the release.
    blocking: bool,
    /// The reason that a person gave in release.yaml.
    not_applicable: Option<String>,
}

/// The checks as text or JSON.
pub(super) fn text(args: &Args, now: Timestamp) -> Result<String, Failure> {
    let context = place::before_release(&args.inputs, &args.judged, now)?;
    let (checks, unknown_ids) = checks(&context);
    let notes = notes(args, &context, &checks, &unknown_ids);
    let listing = Listing { schema: "delivery-gate/checks/v1", checks, notes };
    Ok(if args.json { pretty::to_string(&listing) } else { lines(&listing) })
}

/// Every check, then what was declared not applicable though no check has its name.
pub(super) fn checks(context: &Context) -> (Vec<Listed>, Vec<&Exemption>) {
    let declared = &context.release.not_applicable;
    let reasons: HashMap<_, _> = declared.iter().map(|exemption| (exemption.id.as_str(), &exemption.reason)).collect();
    let checks = plan::all(context, None);
    let checks = checks.iter().map(|check| Listed::of(check.as_ref(), &reasons)).collect::<Vec<_>>();
    let ids = checks.iter().flat_map(|check| [check.id.clone(), check_of(&check.id).to_owned()]);
    let known: HashSet<_> = ids.collect();
    let unknown_ids: Vec<_> = declared.iter().filter(|exemption| !known.contains(&exemption.id)).collect();
    (checks.into_iter().chain(unknown_ids.iter().map(|exemption| Listed::unknown(exemption))).collect(), unknown_ids)
}

impl Listed {
    fn of(check: &dyn Check, reasons: &HashMap<&str, &String>) -> Self {
        let (identity, applies) = (check.identity(), check.applies());
        let reason = reasons.get(identity.id.as_ref()).or_else(|| reasons.get(check_of(&identity.id)));
        let not_applicable = reason.map(|reason| (*reason).clone());
        Self {
            id: identity.id.into_owned(),
            title: identity.title.into_owned(),
            kind: identity.kind.label(),
            on: applies.on,
            why: applies.why.into_owned(),
            blocking: check.on_fail() != OnFail::Report,
            not_applicable,
        }
    }

    fn unknown(exemption: &Exemption) -> Self {
        Self {
            id: exemption.id.clone(),
            title: exemption.id.clone(),
            kind: Kind::Attested.label(),
            on: true,
            why: format!("only in `not_applicable` of {FILE}"),
            blocking: true,
            not_applicable: Some(exemption.reason.clone()),
        }
    }

    /// Whether it is asked, and why, in one line.
    pub(super) fn reason(&self) -> String {
        let mut reason = self.why.clone();
        if let Some(declared) = &self.not_applicable {
            let _ = write!(reason, "; declared not applicable: {declared}");
        }
        if !self.blocking {
            reason += "; never holds the release";
        }
        visible_up_to(&reason, TEXT_LIMIT)
    }

    /// `[AUTO]      on `, as in a report.
    pub(super) fn label(&self) -> String {
        format!("{:<10}  {:<3}", format!("[{}]", self.kind), if self.on { "on" } else { "off" })
    }
}

/// What a reader should know besides: files that are not there, ids that look mistyped.
fn notes(args: &Args, context: &Context, checks: &[Listed], unknown_ids: &[&Exemption]) -> Vec<String> {
    let mut notes = Vec::new();
    let missing = |name: &str| !context.world.has(&context.world.dir.join(name));
    if args.judged.release.is_none() && missing(FILE) {
        notes.push(match in_a_folder_above(&context.world) {
            Some(told) => format!("there is no {FILE} here: {told}"),
            None => format!("there is no {FILE} yet: `delivery-gate init` writes one"),
        });
    }
    if args.inputs.config.is_none() && context.world.policy_path().is_none() {
        notes.push(format!("there is no {}: the defaults hold", policy::FILE));
    }
    notes.extend(release_warning(context));
    notes.extend(policy_warning(&context.world, &context.policy, args.inputs.config.as_deref()));
    notes.extend(context.each_package().flat_map(|one| VersionAgrees(one).warnings()));
    let known = checks.iter().take(checks.len() - unknown_ids.len()).map(|check| check.id.as_str());
    notes.extend(declared::mistyped(unknown_ids, known));
    notes
}

fn lines(listing: &Listing) -> String {
    let width = listing.checks.iter().map(|check| check.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for check in &listing.checks {
        let title = visible_up_to(&check.title, TEXT_LIMIT);
        let _ = writeln!(text, "{}  {:<width$}  {title} — {}", check.label(), check.id, check.reason());
    }
    let on = listing.checks.iter().filter(|check| check.on).count();
    let _ = writeln!(
        text,
        "\n{on} on, {} off. `delivery-gate explain ID` says what one proves.",
        listing.checks.len() - on
    );
    for note in &listing.notes {
        let _ = writeln!(text, "note: {}", visible_up_to(note, TEXT_LIMIT));
    }
    text
}
