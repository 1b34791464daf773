//! A gate as a check: of a release, where delivery-gate.yaml has it, and of a gate file.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::execute::{Kept, Setting, execute, prepare};
use super::run::{Observer, Unrecorded};
use crate::checks::{Applies, Check, Identity, Stage};
use crate::gates::file::{ArtifactChoice, Pipeline};
use crate::gates::{GateSpec, OnFail};
use crate::model::problem::Problem;
use crate::model::{Kind, Metrics, Outcome, Row, Unproven};
use crate::records::{self, Record, Store};
use crate::world::World;

/// What every gate of a run shares.
pub(crate) struct Gates<'a> {
    /// What gates may look at.
    pub setting: Setting<'a>,
    /// Where records are kept.
    pub store: &'a Store,
}

/// One gate.
pub(crate) struct GateCheck<'a> {
    spec: &'a GateSpec,
    /// What it runs with, or why no gate can run; nothing where checks are only listed.
    gates: Option<Result<&'a Gates<'a>, String>>,
    kept: OnceLock<Kept>,
}

impl Gates<'_> {
    /// Looks at what configures gates, before any of them runs.
    ///
    /// # Errors
    /// Every problem of any of them.
    pub(crate) fn prepare(&self, pipeline: &Pipeline) -> Result<(), Vec<Problem>> {
        let gates = pipeline.gates.iter();
        let problems = gates.flat_map(|gate| prepare(gate, &self.setting, self.store).err());
        let problems: Vec<_> = problems.flatten().collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// What tells later runs whether this one may be their baseline.
    fn extra(&self, gate: &GateSpec) -> Metrics {
        let mut extra = Metrics::new();
        extra.insert(records::CONFIGURATION.to_owned(), gate.configuration.clone().into());
        if self.setting.alone {
            extra.insert(records::ALONE.to_owned(), true.into());
        }
        extra
    }

    fn record(&self, gate: &GateSpec, row: &Row, kept: &Kept) -> Record {
        let variable = |name: &str| self.setting.variables.get(name).map(str::to_owned);
        Record {
            schema: records::Schema::V1,
            artifact_id: records::next_id(),
            gate_id: gate.id.clone(),
            name: gate.name.clone(),
            gate_type: gate.kind.clone(),
            verdict: records::Verdict::of(row.status).unwrap_or(records::Verdict::Unproven),
            blocking: row.blocking,
            detail: row.detail.clone(),
            metrics: row.metrics.clone(),
            timestamp: kept.began,
            duration_ms: row.duration_ms,
            project_id: variable("project_id"),
            pipeline_id: variable("pipeline_id"),
            commit: variable("commit_sha"),
            framework: gate.framework.clone(),
            on_fail: gate.on_fail,
            artifact_path: kept.file.clone(),
            output: kept.output.clone(),
            extra: self.extra(gate),
        }
    }
}

impl<'a> GateCheck<'a> {
    /// A gate, and what it runs with.
    #[must_use]
    pub(crate) fn new(spec: &'a GateSpec, gates: Option<Result<&'a Gates<'a>, String>>) -> Self {
        Self { spec, gates, kept: OnceLock::new() }
    }
}

impl Check for GateCheck<'_> {
    fn identity(&self) -> Identity {
        let (id, title) = (self.spec.id.clone(), self.spec.name.clone());
        Identity { id: Cow::Owned(id), title: Cow::Owned(title), kind: Kind::Auto }
    }

    fn applies(&self) -> Applies {
        Applies::on(format!("in `gates` of the policy, on_fail: {}", self.spec.on_fail.word()))
    }

    /// A gate that could not even begin holds, whatever its author says of its verdict.
    fn on_fail(&self) -> OnFail {
        if matches!(self.gates, Some(Err(_))) { OnFail::Block } else { self.spec.on_fail }
    }

    fn stage(&self) -> Stage {
        if self.spec.parallel { Stage::ActBeside } else { Stage::Act }
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        let gates = self.gates.as_ref().ok_or("the gate was not run")?.as_ref().map_err(String::as_str)?;
        let (outcome, kept) = execute(self.spec, &gates.setting, gates.store);
        let _ = self.kept.set(kept);
        Ok(Outcome { source: self.spec.source.clone(), ..outcome })
    }

    fn record(&self, row: &Row) -> Option<Record> {
        let gates = self.gates.as_ref()?.as_ref().ok().filter(|_| self.spec.artifact != ArtifactChoice::None)?;
        Some(gates.record(self.spec, row, self.kept.get_or_init(Kept::nothing)))
    }
}

/// Keeps the records of gates.
pub(crate) struct Recorder<'a>(pub &'a Store);

impl Observer for Recorder<'_> {
    fn ended(&self, check: &dyn Check, row: &mut Row) -> Result<(), Unrecorded> {
        let Some(record) = check.record(row) else { return Ok(()) };
        match self.0.write(&record) {
            Ok(path) => {
                row.evidence.push(path.display().to_string());
                Ok(())
            }
            Err(error) => Err(Unrecorded(format!("the record of {} could not be kept: {error}", row.id))),
        }
    }
}
