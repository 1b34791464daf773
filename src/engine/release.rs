//! A release judged: its plan, run, and what a person declared.

use super::gate_check::Recorder;
use super::run::{self, Ended, How};
use super::session::{self, Session, SessionOptions};
use super::{declared, plan};
use crate::checks::context::Context;
use crate::checks::version_agrees::VersionAgrees;
use crate::model::escape::visible_up_to;
use crate::model::{Row, Status};
use crate::proc::Stop;

/// How much of a revision is shown, in characters.
const REVISION_LIMIT: usize = 80;

/// Asks every check that the release is asked, and returns the rows and what a reader should know besides.
#[must_use]
pub fn judge(context: &Context) -> (Vec<Row>, Vec<String>) {
    let session = session(context);
    let gates =
        session.as_ref().map_err(Clone::clone).map(|session| session.gates(None, &session::HowToRun::default()));
    let prepared = gates.as_ref().map_err(Clone::clone).and_then(|gates| {
        let ready = context.gates.as_ref().map_or(Ok(()), |pipeline| gates.prepare(pipeline));
        ready.map(|()| gates).map_err(|problems| session::Error::Schema(problems).to_string())
    });
    let recorder = session.as_ref().ok().map(|session| Recorder(&session.store));
    let observers: Vec<_> = recorder.iter().map(|recorder| recorder as &dyn run::Observer).collect();
    let checks = plan::all(context, Some(prepared)).into_iter().filter(|check| check.applies().on).collect::<Vec<_>>();
    let ended = run::run(&checks, &context.world, &How { jobs: session::cores().get(), observers: &observers });
    let (rows, mut warnings): (Vec<_>, Vec<_>) = ended.into_iter().map(of_release).unzip();
    let (rows, declared) = declared::apply(rows, &context.release.not_applicable, &context.world.dir, &context.policy);
    warnings.push(VersionAgrees(context).warnings());
    warnings.push(declared);
    (rows, warnings.concat())
}

/// A verdict that could not be recorded holds the release, whatever its author says.
fn of_release(ended: Ended) -> (Row, Vec<String>) {
    match ended.unrecorded {
        Some(why) => {
            (Row { blocking: true, ..Row::auto(ended.row.id, ended.row.title, Status::Unproven, why) }, Vec::new())
        }
        None => (ended.row, ended.warnings),
    }
}

/// What gates run with: only where there are some.
fn session(context: &Context) -> Result<Session, String> {
    if context.gates.is_none() {
        return Err("the policy has no gates".to_owned());
    }
    if let Some(revision) = context.world.revision() {
        let shown = visible_up_to(revision, REVISION_LIMIT);
        return Err(format!("a gate runs in the working tree, and {shown} was judged instead"));
    }
    let session = Session::at(context.world.clone(), SessionOptions::default());
    let mut session = session.map_err(|error| error.to_string())?;
    session.stop = Stop::on_ctrl_c()?;
    Ok(session)
}
