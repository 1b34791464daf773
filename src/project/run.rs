//! Gates, and the report that they make.

use std::path::Path;

use crate::engine::error::Error;
use crate::engine::run::GateResult;
use crate::engine::session::Session;
use crate::gates::Pipeline;
use crate::model::{Report, Row, Status, Subject, Timing};

/// The caller names the file as the process sees it, or from the project's directory; it stands in the repository.
pub(crate) fn load(session: &Session, file: &Path) -> Result<Pipeline, Error> {
    let here = session.world.root.path().join(&session.world.dir);
    let outside = |why: &str| Error::usage(format!("{}: {why}", file.display()));
    let found = [here.join(file), file.to_owned()].into_iter().find_map(|path| path.canonicalize().ok());
    let found = found.ok_or_else(|| outside("there is no such file"))?;
    let relative =
        found.strip_prefix(session.world.root.path()).map_err(|_| outside("it is outside the repository"))?;
    let loaded = session.load_at(relative, &file.display().to_string());
    loaded.map_err(|error| error.in_dir(&session.world.dir))
}

/// The report of gates that have run. An unrecorded verdict is not a GO, and what was ended early is none either.
pub(crate) fn report(
    command: &'static str,
    session: &Session,
    gates: Vec<GateResult>,
    timing: Timing,
) -> Result<Report, Error> {
    if let Some(why) = gates.iter().find_map(|gate| gate.unrecorded.clone()) {
        return Err(Error::Unrecorded(why));
    }
    if session.stop.is_requested() {
        let known = gates.iter().map(|GateResult { row, .. }| format!("{} {}", row.id, row.status.label()));
        return Err(Error::Interrupted { known: known.collect() });
    }
    let asked = gates.first().and_then(|gate| gate.row.source.as_ref()?.place().cloned());
    let around = super::subject_in(&session.world);
    let (repository, commit) = (session.world.repository.as_deref().ok(), session.world.commit().ok());
    let subject = Subject {
        commit: commit.map(str::to_owned),
        tree: repository.zip(commit).and_then(|(repository, commit)| repository.tree_id(commit)),
        file: asked.map(|place| place.at(None)),
        project: session.project().map(str::to_owned).or(around.project),
        ..around
    };
    let (rows, warnings): (Vec<_>, Vec<_>) = gates.into_iter().map(|gate| (gate.row, gate.warnings)).unzip();
    let summary = (command == "run").then(|| summary(&rows));
    Ok(Report {
        command,
        subject,
        rows,
        warnings: warnings.concat(),
        transcript: None,
        summary,
        rehearsal: None,
        recorded: None,
        timing,
    })
}

/// One line that counts.
pub(super) fn summary(rows: &[Row]) -> String {
    let count = |wanted: fn(Status) -> bool| rows.iter().filter(|row| wanted(row.status)).count();
    format!(
        "Result: {} passed, {} failed, {} warned, {} skipped, {} unproven",
        count(Status::is_pass),
        count(|status| status == Status::Fail),
        count(|status| matches!(status, Status::Warn(_))),
        count(|status| status == Status::Skipped),
        count(|status| status == Status::Unproven),
    )
}
