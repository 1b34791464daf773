//! A release judged: its plan, run, and what a person declared.

use std::collections::HashSet;
use std::path::Path;

use super::error::{Error, Problems};
use super::gate_check::Recorder;
use super::own_check::OwnCheck;
use super::run::{self, GateResult};
use super::session::{self, HowToRun, Session, SessionOptions};
use super::{declared, excepted, plan};
use crate::checks::context::Context;
use crate::checks::{Check, Identity};
use crate::config::release::FILE;
use crate::gates::Registry;
use crate::model::escape::visible_up_to;
use crate::model::names::check_of;
use crate::model::{PolicySource, Row, Status};
use crate::proc::Stop;

/// How much of a revision is shown, in characters.
const REVISION_LIMIT: usize = 80;

/// What a release is asked besides, and how.
pub(crate) struct How<'a> {
    /// Checks of the caller's own, after all others.
    pub own: &'a [Box<dyn Check>],
    /// The types of gates that the policy was read with.
    pub registry: &'a Registry,
    /// Where the records of its gates are kept, and for whom.
    pub session: SessionOptions,
    /// How its gates are run.
    pub gates: HowToRun<'a>,
    /// The checks that are not asked, by their bare ids.
    pub left_out: &'a [String],
    /// Whether Ctrl-C ends its gates.
    pub on_ctrl_c: bool,
}

/// Asks every check that the release is asked, and returns the rows and what a reader should know besides.
///
/// # Errors
/// A check of the caller's own has the id of another.
pub(crate) fn judge(context: &Context, how: How<'_>) -> Result<(Vec<Row>, Vec<String>), Error> {
    let left_out = how.left_out;
    let (own, jobs, settings) = (how.own, how.gates.jobs.unwrap_or_else(session::cores).get(), how.gates);
    let session = session(context, how);
    let gates = session.as_ref().map_err(Clone::clone).map(|session| session.gates(None, &settings));
    let prepared = gates.as_ref().map_err(Clone::clone).and_then(|gates| {
        let ready = context.gates.as_ref().map_or(Ok(()), |pipeline| gates.prepare(pipeline));
        ready.map(|()| gates).map_err(|problems| Problems::from(problems).first())
    });
    let recorder = session.as_ref().ok().map(|session| Recorder(&session.store));
    let observers: Vec<_> = recorder.iter().map(|recorder| recorder as &dyn run::Observer).collect();
    let mut checks = plan::all(context, Some(prepared));
    add(own, &mut checks)?;
    let is_left_out = |id: &str| left_out.iter().any(|left_out| left_out == check_of(id));
    checks.retain(|check| check.applies().on);
    let unasked: Vec<_> = checks.extract_if(.., |check| is_left_out(&check.identity().id)).collect();
    let ended = run::run(&checks, &context.world, &run::How { jobs, observers: &observers });
    let (mut rows, mut warnings): (Vec<_>, Vec<_>) = ended.into_iter().map(of_release).unzip();
    rows.extend(unasked.iter().map(|check| not_asked(check.identity())));
    let told = context.release.not_applicable.iter().map(|declared| context.last_claims().told(declared));
    let told: Vec<_> = told.collect();
    let (mut rows, declared) = declared::apply(rows, &told, context);
    // What nobody asked has a row only where a declaration stands whatever the answer is.
    rows.retain(|row| !is_left_out(&row.id) || row.excuse.is_some());
    stand_in_named(&mut rows, context);
    warnings.extend(context.last_claims.get().map(|last| last.warning.clone().into_iter().collect()));
    warnings.push(context.signed().warnings.clone());
    warnings.push(declared);
    warnings.push(excepted::apply(&mut rows, context));
    Ok((rows, warnings.concat()))
}

fn not_asked(check: Identity) -> Row {
    Row::auto(check.id, check.title, Status::Skipped, "not asked here".to_owned())
}

/// The ids of the rows that a release is asked for, in the order of the report.
#[must_use]
pub(crate) fn asked(context: &Context) -> Vec<String> {
    let checks = plan::all(context, None).into_iter().filter(|check| check.applies().on);
    checks.map(|check| check.identity().id.into_owned()).collect()
}

/// What a person declared in a release.yaml from outside the commit stands there, and not in the commit's own.
fn stand_in_named(rows: &mut [Row], context: &Context) {
    if context.release.named.is_none() {
        return;
    }
    for declared in &context.release.not_applicable {
        let (own, line) = (context.file(FILE, Some(declared.line)), Some(declared.line));
        let row = rows.iter_mut().find(|row| row.id == declared.id && row.source.as_ref() == Some(&own));
        if let Some(row) = row {
            row.source = Some(context.release_file(line));
        }
    }
}

/// An id is a row's name: what one check found must not be taken for what another did.
fn add<'c>(own: &'c [Box<dyn Check>], checks: &mut Vec<Box<dyn Check + 'c>>) -> Result<(), Error> {
    let mut ids: HashSet<_> = checks.iter().map(|check| check.identity().id).collect();
    for check in own {
        let id = check.identity().id;
        if !ids.insert(id.clone()) {
            return Err(Error::usage(format!("two checks are called `{id}`")));
        }
        checks.push(Box::new(OwnCheck(check.as_ref())));
    }
    Ok(())
}

/// A verdict that could not be recorded holds the release, whatever its author says.
fn of_release(ended: GateResult) -> (Row, Vec<String>) {
    match ended.unrecorded {
        Some(why) => {
            (Row { blocking: true, ..Row::auto(ended.row.id, ended.row.title, Status::Unproven, why) }, Vec::new())
        }
        None => (ended.row, ended.warnings),
    }
}

/// What gates run with: only where there are some.
fn session(context: &Context, how: How<'_>) -> Result<Session, String> {
    if context.gates.is_none() {
        return Err("the policy has no gates".to_owned());
    }
    if let Some(revision) = context.world.revision() {
        let shown = visible_up_to(revision, REVISION_LIMIT);
        return Err(format!("a gate runs in the working tree, and {shown} was judged instead"));
    }
    let stop = if how.on_ctrl_c { Stop::on_ctrl_c()? } else { Stop::new() };
    // Gates and their records belong to the policy: one in a folder above runs them there.
    let world = match &context.policy.source {
        PolicySource::Release { path, .. } | PolicySource::Revision { path, .. } => {
            context.world.clone().in_dir(Path::new(path).parent().unwrap_or(Path::new("")).to_owned())
        }
        PolicySource::Defaults | PolicySource::Named { .. } => context.world.clone(),
    };
    let session = Session::at(world, how.session, how.registry.clone(), stop);
    session.map_err(|error| error.to_string())
}
