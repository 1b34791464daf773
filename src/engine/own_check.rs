//! A check of a caller of the library: whatever happens inside it stays its own, and is told as such.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::checks::{Applies, Check, Identity, Stage};
use crate::model::{Outcome, Row, Unproven};
use crate::records::{OnFail, Record};
use crate::world::World;

/// What is said of a check that panicked.
const STOPPED: &str = "the check stopped unexpectedly; this is a defect in the program that added it";

/// The check, which may panic.
pub(super) struct OwnCheck<'a>(pub(super) &'a dyn Check);

impl Check for OwnCheck<'_> {
    fn identity(&self) -> Identity {
        self.0.identity()
    }

    fn applies(&self) -> Applies {
        self.0.applies()
    }

    fn on_fail(&self) -> OnFail {
        self.0.on_fail()
    }

    fn stage(&self) -> Stage {
        self.0.stage()
    }

    fn look(&self, world: &World) -> Result<Outcome, Unproven> {
        catch_unwind(AssertUnwindSafe(|| self.0.look(world))).unwrap_or_else(|_| Err(STOPPED.into()))
    }

    fn confirm(&self, world: &World, outcome: Outcome) -> Outcome {
        let confirmed = catch_unwind(AssertUnwindSafe(|| self.0.confirm(world, outcome)));
        confirmed.unwrap_or_else(|_| Outcome::unproven(STOPPED))
    }

    fn record(&self, row: &Row) -> Option<Record> {
        self.0.record(row)
    }
}
