//! Running gates: in the order of the file, neighbours that may run side by side together, each with its record.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::execute::{Finding, Setting, execute, prepare};
use crate::gates::file::{ArtifactWish, GateSpec, OnFail, Pipeline};
use crate::gates::registry::Registry;
use crate::model::problem::Problem;
use crate::model::{Caution, Kind, Row, Status};
use crate::records;
use crate::records::{Record, Store};

/// A run of a pipeline.
pub struct Run<'a> {
    /// What to run.
    pub pipeline: &'a Pipeline,
    /// What the types mean.
    pub registry: &'a Registry,
    /// What gates may look at.
    pub setting: Setting<'a>,
    /// Where records are kept.
    pub store: &'a Store,
    /// How many gates run at once, at least 1.
    pub jobs: usize,
    /// Told when a gate begins and ends.
    pub watcher: &'a dyn Watcher,
}

/// Somebody who watches gates begin and end.
pub trait Watcher: Sync {
    /// A gate begins.
    fn began(&self, _gate: &GateSpec) {}
    /// It has ended.
    fn ended(&self, _gate: &GateSpec) {}
}

/// Nobody.
pub struct Unwatched;

impl Watcher for Unwatched {}

/// What one gate came to.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its row in the report.
    pub row: Row,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// Why its record could not be kept, when it was wanted: nothing is a GO then.
    pub unrecorded: Option<String>,
}

impl Run<'_> {
    /// Looks at what configures the gates, before any of them runs.
    ///
    /// # Errors
    /// Every problem of any of them.
    pub fn prepare(&self) -> Result<(), Vec<Problem>> {
        let gates = self.pipeline.gates.iter();
        let problems = gates.flat_map(|gate| prepare(gate, self.registry, &self.setting, self.store).err());
        let problems: Vec<_> = problems.flatten().collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Runs every gate, and returns what each came to in the order of the file.
    #[must_use]
    pub fn gates(&self) -> Vec<Ended> {
        let groups = self.pipeline.gates.chunk_by(|a, b| a.parallel && b.parallel);
        groups.flat_map(|group| self.group(group)).collect()
    }

    /// Every gate of a group runs, however many there are; threads take the next one as they get free.
    fn group(&self, group: &[GateSpec]) -> Vec<Ended> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        let work = || {
            while let Some((at, gate)) = take(group, &next) {
                let ended = self.gate(gate);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, ended));
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.jobs.min(group.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, ended)| ended).collect()
    }

    fn gate(&self, gate: &GateSpec) -> Ended {
        self.watcher.began(gate);
        let look = || execute(gate, self.registry, &self.setting, self.store);
        let finding = catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Finding::stopped());
        let ended = self.record(gate, finding);
        self.watcher.ended(gate);
        ended
    }

    fn record(&self, gate: &GateSpec, finding: Finding) -> Ended {
        let (status, detail) = under_policy(gate.on_fail, finding.status, &finding.detail);
        let mut row = Row {
            id: gate.id.clone(),
            title: gate.name.clone(),
            kind: Kind::Auto,
            status,
            blocking: gate.on_fail != OnFail::Report,
            detail,
            source: gate.source.clone(),
            findings: finding.findings.clone(),
            metrics: finding.metrics.clone(),
            evidence: Vec::new(),
            duration_ms: finding.took.as_secs_f64() * 1000.0,
        };
        if gate.artifact == ArtifactWish::None {
            return Ended { row, warnings: finding.warnings, unrecorded: None };
        }
        let unrecorded = match self.store.write(&self.record_of(gate, &row, &finding)) {
            Ok(path) => {
                row.evidence.push(path.display().to_string());
                None
            }
            Err(error) => Some(format!("the record of {} could not be kept: {error}", gate.id)),
        };
        Ended { row, warnings: finding.warnings, unrecorded }
    }

    fn record_of(&self, gate: &GateSpec, row: &Row, finding: &Finding) -> Record {
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
            metrics: finding.metrics.clone(),
            timestamp: finding.began,
            duration_ms: row.duration_ms,
            project_id: variable("project_id"),
            pipeline_id: variable("pipeline_id"),
            commit: variable("commit_sha"),
            framework: gate.framework.clone(),
            on_fail: gate.on_fail,
            artifact_path: finding.file.clone(),
            output: finding.output.clone(),
            extra: serde_json::Map::new(),
        }
    }
}

fn take<'g>(group: &'g [GateSpec], next: &AtomicUsize) -> Option<(usize, &'g GateSpec)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    group.get(at).map(|gate| (at, gate))
}

/// What a finding becomes under the gate's `on_fail`.
fn under_policy(on_fail: OnFail, status: Status, detail: &str) -> (Status, String) {
    match (on_fail, status) {
        (OnFail::Warn, Status::Fail | Status::Unproven) => {
            (Status::Warn(Caution::Excused), format!("{}: {detail}", status.label()))
        }
        _ => (status, detail.to_owned()),
    }
}
