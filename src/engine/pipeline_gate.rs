//! The gates of delivery-gate.yaml, each an AUTO check of the release. They run as in `delivery-gate run`: in their
//! order, with their records.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::checks::context::Context;
use crate::checks::{Applies, Check, Identity, Stage};
use crate::engine::runner::Ended;
use crate::engine::session::Session;
use crate::engine::session::{HowToRun, SessionOptions};
use crate::gates::{GateSpec, OnFail};
use crate::model::Kind;
use crate::model::Outcome;
use crate::model::escape::visible_up_to;
use crate::proc::Stop;

/// One gate. All gates are run by the first of them that is asked.
pub struct PipelineGate {
    at: usize,
    spec: GateSpec,
    all: Arc<OnceLock<Result<Vec<Ended>, String>>>,
}

impl PipelineGate {
    /// The gates that the policy has.
    #[must_use]
    pub fn all(context: &Context) -> Vec<Self> {
        let all = Arc::new(OnceLock::new());
        let gates = context.each_gate().enumerate();
        gates.map(|(at, spec)| Self { at, spec: spec.clone(), all: Arc::clone(&all) }).collect()
    }
}

impl Check for PipelineGate {
    fn identity(&self) -> Identity {
        let (id, title) = (self.spec.id.clone(), self.spec.name.clone());
        Identity { id: Cow::Owned(id), title: Cow::Owned(title), kind: Kind::Auto }
    }

    fn applies(&self, _context: &Context) -> Applies {
        Applies::on(format!("in `gates` of the policy, on_fail: {}", self.spec.on_fail.word()))
    }

    fn blocking(&self) -> bool {
        self.spec.on_fail != OnFail::Report
    }

    fn stage(&self) -> Stage {
        Stage::Act
    }

    fn run(&self, context: &Context) -> Outcome {
        if let Some(revision) = context.world.revision() {
            let shown = visible_up_to(revision, 80);
            return Outcome::unproven(format!("a gate runs in the working tree, and {shown} was judged instead"));
        }
        match self.all.get_or_init(|| run(context)) {
            Ok(ended) => ended.get(self.at).map_or_else(|| Outcome::unproven("the gate was not run"), outcome),
            Err(why) => Outcome { holds_all_the_same: true, ..Outcome::unproven(why) },
        }
    }
}

fn run(context: &Context) -> Result<Vec<Ended>, String> {
    let Some(pipeline) = &context.gates else { return Ok(Vec::new()) };
    let session = session(context).map_err(|error| error.to_string())?;
    let outcome = session.run(pipeline, &HowToRun::default());
    Ok(outcome.map_err(|error| error.to_string())?.gates)
}

fn session(context: &Context) -> Result<Session, crate::engine::session::Error> {
    let mut session = Session::at(context.world.clone(), SessionOptions::default())?;
    session.stop = Stop::on_ctrl_c().map_err(crate::engine::session::Error::Evaluation)?;
    Ok(session)
}

fn outcome(ended: &Ended) -> Outcome {
    let row = &ended.row;
    if let Some(why) = &ended.unrecorded {
        return Outcome { holds_all_the_same: true, ..Outcome::unproven(why) };
    }
    Outcome {
        source: row.source.clone(),
        findings: row.findings.clone(),
        metrics: row.metrics.clone(),
        evidence: row.evidence.clone(),
        warnings: ended.warnings.clone(),
        took_ms: Some(row.duration_ms),
        ..Outcome::new(row.status, row.detail.clone())
    }
}
