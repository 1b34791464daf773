//! A check of one package among several: the same check, in the package's folder and under its name.

use std::path::Path;

use crate::checks::context::Context;
use crate::checks::{Applies, Check, Identity, Stage};
use crate::model::{Outcome, Row, Unproven};
use crate::records::{OnFail, Record};
use crate::world::World;

/// The check `changelog:packages/cli`.
pub(super) struct PackageCheck<'c> {
    pub(super) check: Box<dyn Check + 'c>,
    pub(super) package: &'c Context,
    pub(super) folder: &'c str,
}

impl Check for PackageCheck<'_> {
    fn identity(&self) -> Identity {
        let Identity { id, title, kind } = self.check.identity();
        let folder = self.folder;
        Identity { id: format!("{id}:{folder}").into(), title: format!("{title} ({folder})").into(), kind }
    }

    fn applies(&self) -> Applies {
        self.check.applies()
    }

    fn on_fail(&self) -> OnFail {
        self.check.on_fail()
    }

    fn stage(&self) -> Stage {
        self.check.stage()
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        if let Some(why) = self.package.package.as_ref().and_then(|package| package.unseen.as_ref()) {
            return Err(why.clone().into());
        }
        let outcome = self.check.look(&self.package.world)?;
        let above = self.package.package.as_ref().map(|package| package.release_dir.as_path()).unwrap_or(Path::new(""));
        Ok(Outcome { source: outcome.source.map(|source| source.called_from(above)), ..outcome })
    }

    fn confirm(&self, _world: &World, outcome: Outcome) -> Outcome {
        self.check.confirm(&self.package.world, outcome)
    }

    fn record(&self, row: &Row) -> Option<Record> {
        self.check.record(row)
    }
}
