//! A release that is out, established again: every row that needs no command and no server, compared with its record.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use super::{Project, subject_of};
use crate::checks::context::Context;
use crate::checks::decision_approved;
use crate::engine::error::Error;
use crate::engine::release::{self, How};
use crate::git::{Repository, Tag};
use crate::model::names::check_of;
use crate::model::nearest::nearest;
use crate::model::{Row, Subject};
use crate::system::environment::Environment;
use crate::world::settings::{DECISION_TOKEN, DECISION_URL};

mod compared;
mod document;
mod record;
mod told;

use compared::{Compared, LeftOut};
pub(crate) use document::SCHEMA_DOCUMENT;
use record::Recorded;

/// The check that only a forge can answer.
const CI_STATUS: &str = "ci_status";

/// How the variables of a decision service and of a model begin.
const SERVICES: &str = "DECERN_";

/// What a release came to when it was looked at again.
pub(crate) struct Verified {
    tag: String,
    subject: Subject,
    record: Recorded,
    rows: Vec<Compared>,
    /// The signed claims whose key no longer counts: the file, and why.
    expired: Vec<(String, String)>,
    warnings: Vec<String>,
}

impl Verified {
    /// Whether all that can be is confirmed.
    pub(crate) fn holds(&self) -> bool {
        self.record.problems().is_empty() && !self.rows.is_empty() && self.rows.iter().all(Compared::holds)
    }
}

/// Looks at a tag again, which is named without `refs/tags/`: nothing else of its name is taken for it.
///
/// # Errors
/// It is none of a commit, its files cannot be read, or the record cannot.
pub(super) fn verify(project: &Project, tag: &str, record: Option<&Path>) -> Result<Verified, Error> {
    let now = project.options.time();
    let mut recorded = Recorded::read(record)?;
    let repository = Repository::discover_commits(&project.dir);
    let repository = repository.map_err(|why| Error::usage(format!("{tag} was not looked up: {why}")))?;
    let (commit, full) = (commit_of(&repository, tag)?, format!("refs/tags/{tag}"));
    let folder = recorded.folder().filter(|_| repository.is_bare());
    let offline = offline(project, full, recorded.judged_at().unwrap_or(now), folder);
    let context = offline.context(offline.options.time()).map_err(|error| match error {
        Error::Revision { why, .. } => Error::usage(unread(tag, &why)),
        error => error,
    })?;
    if context.world.commit().is_ok_and(|judged| judged != commit) {
        return Err(Error::usage(format!("tag {tag} moved during the run")));
    }
    if let Some(path) = record.is_none().then(|| record::named_by_the_tag(&context, tag)).flatten() {
        return verify(project, tag, Some(&path));
    }
    let subject = subject_of(&context);
    recorded.hold_to(&context, &subject, (tag, &commit));
    let left_out = left_out(&context, &project.options.variables());
    let (rows, mut warnings) = judged(&offline, &context, &left_out)?;
    warnings.extend(recorded.another_tag_object(&subject));
    let expired = context.signed().expired_since(now);
    let rows = compared::rows(&rows, recorded.usable(), &left_out);
    Ok(Verified { tag: tag.to_owned(), subject, record: recorded, rows, expired, warnings })
}

/// The same project at a revision, before nobody who could be asked: at the time of the record, so that what has a day counts as it
/// did. In a bare repository nothing but the record may say which folder of it was released.
fn offline(project: &Project, revision: String, now: Timestamp, folder: Option<&str>) -> Project {
    let mut options = project.options.clone();
    options.folder = options.folder.or_else(|| folder.map(str::to_owned));
    let variables = options.variables();
    let own = variables.all().filter(|(name, _)| !name.to_string_lossy().starts_with(SERVICES));
    let own: Environment = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (options.environment, options.now, options.revision) = (Some(own), Some(now), Some(revision));
    Project { dir: project.dir.clone(), options, registry: project.registry.clone(), checks: Vec::new() }
}

/// The commit that a tag names, in hex digits.
fn commit_of(repository: &Repository, tag: &str) -> Result<String, Error> {
    let told = match repository.tag(tag) {
        Tag::At { commit, .. } => return Ok(commit),
        Tag::Missing => no_tag(repository, tag),
        Tag::NotACommit(what) => format!("{tag} is no tag of a commit: it points at {what}"),
        Tag::Unreadable(why) => unread(tag, &why),
    };
    Err(Error::usage(told))
}

fn unread(tag: &str, why: &str) -> String {
    format!("tag {tag} could not be read: {why}")
}

/// Why there is no such tag, and what to do about it.
fn no_tag(repository: &Repository, tag: &str) -> String {
    let listed = repository.tag_names();
    let why = match &listed {
        _ if repository.has(tag) => "it names a commit in another way, as a branch or an id does".to_owned(),
        Err(why) => format!("there is no refs/tags/{tag}, and the others could not be listed: {why}"),
        Ok(tags) if tags.is_empty() => "there is none at all".to_owned(),
        Ok(_) => format!("there is no refs/tags/{tag}"),
    };
    let tags = listed.unwrap_or_default();
    let near = nearest(tag, &tags.iter().map(String::as_str).collect::<Vec<_>>());
    let near = near.map_or_else(String::new, |near| format!(" did you mean {near}?"));
    format!("{tag} is no tag here: {why};{near} `git fetch --tags` gets those that the remote has")
}

/// The checks that are not asked again, and why.
fn left_out(context: &Context, environment: &Environment) -> Vec<LeftOut> {
    let gates: HashSet<_> = context.each_gate().map(|gate| gate.id.as_str()).collect();
    let why = |id: &str| match check_of(id) {
        CI_STATUS => (!context.ask_forge.is_asked).then_some("only the forge can tell: --ci asks it"),
        decision_approved::ID => asks_a_service(context.of_row(id), environment)
            .then_some("a decision service said so, and none is asked here"),
        check => gates.contains(check).then_some("a gate runs its command only when the release is judged"),
    };
    release::asked(context).into_iter().filter_map(|id| Some(LeftOut { why: why(&id)?, id })).collect()
}

fn asks_a_service(context: &Context, environment: &Environment) -> bool {
    let is_around = environment.has(DECISION_URL.variable) || environment.has(DECISION_TOKEN.variable);
    let (Some(decision), Some(policy)) = (&context.decision, &context.policy.decision) else { return is_around };
    is_around || decision.clone().with(policy.clone()).needs_a_server()
}

fn judged(project: &Project, context: &Context, left_out: &[LeftOut]) -> Result<(Vec<Row>, Vec<String>), Error> {
    let ids: Vec<_> = left_out.iter().map(|one| check_of(&one.id).to_owned()).collect();
    let how = How {
        own: &[],
        registry: &project.registry,
        session: project.options.session.clone(),
        gates: project.options.how_to_run(),
        left_out: &ids,
        on_ctrl_c: false,
    };
    release::judge(context, how)
}
