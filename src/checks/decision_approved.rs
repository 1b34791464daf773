//! `decision_approved`: what changed since the last release has an approved decision where it is high-impact.

use super::{Applies, Check, Identity, Stage};
use crate::checks::context::Context;
use crate::evidence::decision;
use crate::evidence::decision::range::Named;
use crate::evidence::decision::settings::DecisionOptions;
use crate::evidence::decision::{Change, Since, report};
use crate::model::{Outcome, Unproven};
use crate::world::World;
use crate::world::last_release::{self, Last, LastRelease, Untold};

/// The check's id.
pub(crate) const ID: &str = "decision_approved";

/// The policy's key.
const KEY: &str = "decision";

/// The check. It is asked only where delivery-gate.yaml has `decision:`, or had it at the last release: a release does not
/// release itself from it.
pub(crate) struct DecisionApproved<'c>(pub &'c Context);

impl Check for DecisionApproved<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "High-impact changes have an approved decision")
    }

    fn applies(&self) -> Applies {
        match self.0.policy.decision {
            Some(_) => Applies::on("the policy has `decision:`"),
            None => asked_before(self.0).map_or_else(|| Applies::off("the policy has no `decision:`"), Applies::on),
        }
    }

    fn stage(&self) -> Stage {
        Stage::LookLong
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        Ok(look(self.0)?)
    }
}

/// Who asked for it before this release: the policy of the last one, or any before where that one's tag is not here.
fn asked_before(context: &Context) -> Option<String> {
    match context.last_release() {
        Ok(Last::Release(last)) if last.policy_has(&context.world, KEY) => {
            Some(format!("the policy of {} has `{KEY}:`", last.tag))
        }
        Err(_) if last_release::policy_had(&context.world, KEY) => {
            Some(format!("the policy of an earlier commit has `{KEY}:`"))
        }
        _ => None,
    }
}

/// Why this release cannot excuse itself from the check: it was asked for before, or nobody can tell.
pub(crate) fn why_bound(context: &Context) -> Option<String> {
    match context.last_release() {
        Err(Untold::Unread(_)) => Some("nobody can tell what the last release was".to_owned()),
        _ => asked_before(context),
    }
}

fn look(context: &Context) -> Result<Outcome, String> {
    let head = context.world.commit().map_err(|unavailable| unavailable.to_string())?;
    let asked = context.decision.clone().ok_or("a variable of the decision gate is not what it takes")?;
    let since = since(context, head, &asked)?;
    let release_dir = context.package.as_ref().map_or(&context.world.dir, |package| &package.release_dir);
    let change = Change::Released { since: &since, release_dir };
    let mut outcome = report::outcome(&decision::run(asked, &change, &context.world));
    if let Since::Last(last) = &since {
        outcome.detail = format!("Since {}{}: {}", last.tag, not_shown_go(context, last), outcome.detail);
    }
    outcome.warnings.extend(warnings(context, &since));
    Ok(outcome)
}

/// From the last release, or from where the command line says.
fn since(context: &Context, head: &str, asked: &DecisionOptions) -> Result<Since, String> {
    if let Some((base, _)) = &asked.ends {
        let source = "--base".to_owned();
        return Ok(Since::Named(Named { base: base.clone(), head: head.to_owned(), source, note: None }));
    }
    Ok(match context.last_release().map_err(|untold| untold.or_else("name a base with --base"))? {
        Last::Release(last) => Since::Last(last.clone()),
        Last::None => Since::Nothing,
    })
}

/// That a tag is there says that something went out, not that the gate let it.
pub(crate) fn not_shown_go(context: &Context, last: &LastRelease) -> &'static str {
    let message = context.world.repository.as_ref().ok().and_then(|repository| repository.tag_message(&last.tag));
    let says_go = message.is_some_and(|message| message.lines().any(|line| line.trim() == "Decision: GO"));
    if says_go { "" } else { " (which is not shown to have been GO)" }
}

fn warnings(context: &Context, since: &Since) -> Vec<String> {
    let mut warnings = Vec::new();
    let policy = context.policy.decision.as_ref();
    if policy.is_some_and(|policy| policy.base.is_some()) {
        let why = "a release does not choose what it is compared with; the flag --base does";
        warnings.push(format!("decision.base in delivery-gate.yaml is ignored: {why}"));
    }
    if let (None, Since::Last(last)) = (policy, since) {
        warnings.push(format!("delivery-gate.yaml has no `decision:` any more; that of {} holds", last.tag));
    }
    warnings
}
