//! `decision_approved`: what changed since the last release has an approved decision where it is high-impact.

use super::{Applies, Check, Identity, Stage};
use crate::checks::context::Context;
use crate::config::decision::DecisionPolicy;
use crate::evidence::decision;
use crate::evidence::decision::ends::Named;
use crate::evidence::decision::{Change, report};
use crate::git::Repository;
use crate::model::{Outcome, Unproven};
use crate::world::World;

/// The check's id.
pub const ID: &str = "decision_approved";

/// The check. It is asked only where delivery-gate.yaml has `decision:`.
pub struct DecisionApproved<'c>(pub &'c Context);

impl Check for DecisionApproved<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "High-impact changes have an approved decision")
    }

    fn applies(&self) -> Applies {
        match self.0.policy.decision {
            Some(_) => Applies::on("the policy has `decision:`"),
            None => Applies::off("the policy has no `decision:`"),
        }
    }

    fn stage(&self) -> Stage {
        Stage::LookLong
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        Ok(look(self.0)?)
    }
}

fn look(context: &Context) -> Result<Outcome, String> {
    let repository = context.world.repository.as_ref().map_err(ToString::to_string)?;
    let head = context.world.commit().map_err(|unavailable| unavailable.to_string())?;
    let policy = context.policy.decision.clone().unwrap_or_default();
    let named = since(context, repository, head, &policy)?;
    let asked = context.decision.clone().ok_or("the decision gate was not set up")?;
    Ok(report::outcome(&decision::run(asked, &Change::Released(&named), &context.world)))
}

/// From the last release tag before HEAD, or from where the policy says.
fn since(context: &Context, repository: &Repository, head: &str, policy: &DecisionPolicy) -> Result<Named, String> {
    let (base, source) = match &policy.base {
        Some(base) => (base.clone(), "decision.base".to_owned()),
        None => {
            let last = repository.release_before(head, |tag| context.is_release_tag(tag))?;
            let (commit, tag) = last.ok_or(
                "there is no release tag before HEAD to compare with; set decision.base in delivery-gate.yaml",
            )?;
            (commit, format!("since {tag}"))
        }
    };
    Ok(Named { base, head: head.to_owned(), source })
}
