//! Recording a verdict that was reached. One that could not be recorded is kept whole in the report, and is no GO.

use std::path::PathBuf;

use super::{Project, run};
use crate::config::{Policy, SIZE_LIMIT, policy};
use crate::model::problem::Problem;
use crate::model::{Decision, PolicySource, Report, Row, Status};
use crate::records::verdicts::{Added, Ledger, place};
use crate::world::World;

/// The id of the row that says why a verdict was not recorded.
const ID: &str = "record";

/// Its title.
const TITLE: &str = "The verdict is recorded";

impl Project {
    /// Records a report where the options say, else where the policy does. Where nothing was asked, there is no verdict.
    pub(super) fn recorded(
        &self,
        report: Report,
        by_policy: impl FnOnce() -> Result<Option<PathBuf>, String>,
    ) -> Report {
        if report.decision() == Decision::Unasked {
            return report;
        }
        let dir = match &self.options.record {
            Some(dir) => Ok(Some(dir.clone())),
            None => by_policy(),
        };
        let added = dir.and_then(|dir| {
            let added = dir.map(|dir| Ledger::open(&dir)?.add(&report));
            added.transpose().map_err(|error| error.to_string())
        });
        match added {
            Ok(None) => report,
            Ok(Some(added)) => told(report, added),
            Err(why) => unrecorded(report, &why),
        }
    }
}

/// Where the policy records the verdicts of a command that asks nothing else of it.
///
/// # Errors
/// Why nobody can tell, with the next step.
pub(crate) fn of_policy_alone(world: &World) -> Result<Option<PathBuf>, String> {
    let Some(path) = world.policy_path() else { return Ok(None) };
    let unread = |why: String| format!("nobody can tell where records are: {why}; name their folder with --record DIR");
    let written = world.released(&path, SIZE_LIMIT).map_err(|refused| unread(refused.about(policy::FILE)))?;
    let first = |problems: Vec<Problem>| unread(problems.first().map(Problem::in_one_line).unwrap_or_default());
    let record = policy::record_of(policy::FILE, &written.content).map_err(first)?;
    let source = PolicySource::Release { path: path.display().to_string(), blob: None };
    place::of_policy(world, &Policy { record, source, ..Policy::default() })
}

fn told(mut report: Report, added: Added) -> Report {
    let warnings = added.damaged.iter().map(|damaged| format!("{damaged}; nothing is made after it"));
    let warnings: Vec<_> = warnings.collect();
    if let Some(lines) = &mut report.transcript {
        let at = lines.len().saturating_sub(1);
        lines.splice(at..at, warnings.iter().map(|warning| format!("Warning: {warning}")));
    }
    report.warnings.extend(warnings);
    report.recorded = Some(added.recorded);
    report
}

fn unrecorded(mut report: Report, why: &str) -> Report {
    let detail = format!("the record could not be kept: {why}");
    let is_held = report.decision() == Decision::NoGo;
    if let Some(lines) = &mut report.transcript {
        match lines.pop() {
            // What holds it anyway comes first.
            Some(last) if is_held => lines.extend([format!("Unproven: {detail}"), last]),
            _ => lines.push(format!("Gate: blocked — {detail}")),
        }
    }
    let mut id = ID.to_owned();
    while report.rows.iter().any(|row| row.id == id) {
        id.push('_');
    }
    report.rows.push(Row::auto(id, TITLE, Status::Unproven, detail));
    report.summary = report.summary.map(|_| run::summary(&report.rows));
    report
}
