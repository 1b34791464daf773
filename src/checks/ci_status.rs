//! `ci_status`: CI reported success. The value was given to the gate, not observed by it, and the source says so.

use super::{Check, Identity};
use crate::checks::context::Context;
use crate::model::escape::visible_up_to;
use crate::model::{Hollow, Outcome, Status, Unproven};
use crate::world::World;

/// The check's id.
pub(crate) const ID: &str = "ci_status";

/// The words that pass (docs/checks.md), in lower case.
const SUCCESS: [&str; 3] = ["success", "succeeded", "passed"];

/// How much of another value is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// The check.
pub(crate) struct CiStatus<'c>(pub &'c Context);

impl Check for CiStatus<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Tests passed in CI")
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let context = self.0;
        let Some(status) = &context.ci_status else {
            if context.before_tag {
                return Ok(Outcome::new(Status::Skipped, "asked on the tag: no CI status was given to this rehearsal"));
            }
            return Err("no CI status was given; pass --ci-status or set DELIVERY_GATE_CI_STATUS".into());
        };
        let shown = visible_up_to(&status.value, SHOWN_LIMIT);
        let passed = SUCCESS.contains(&status.value.trim().to_lowercase().as_str());
        let outcome = if passed {
            Outcome::new(Status::Hollow(Hollow::Hearsay), format!("CI status is '{shown}'."))
        } else {
            Outcome::fail(format!("CI status is '{shown}', not 'success'."))
        };
        Ok(outcome.source(status.source))
    }
}
