//! What the policy excepts, applied to what the checks found: the project's own word for what it does not do, release after
//! release. It excuses what holds, and changes nothing of what is shown.

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::checks::context::Context;
use crate::checks::{decision_approved, release_point};
use crate::config::Policy;
use crate::config::policy::{self, Exception};
use crate::model::escape::visible_up_to;
use crate::model::filled::is_filled_in;
use crate::model::names::{check_of, means};
use crate::model::{Excuse, Excuser, Kind, PolicySource, Row, Source, Status};
use crate::world::last_release::Last;

/// How much of a refused reason is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// Applies the exceptions of the policy to the rows that hold; returns what a reader should know.
#[must_use]
pub(crate) fn apply(rows: &mut [Row], context: &Context) -> Vec<String> {
    if context.policy.exceptions.is_empty() {
        return Vec::new();
    }
    let today = Offset::UTC.to_datetime(context.world.now).date();
    let last = LastPolicy::of(context);
    let mut warnings = Vec::new();
    for exception in &context.policy.exceptions {
        let meant = rows.iter_mut().filter(|row| means(&exception.id, &row.id));
        warnings.extend(meant.filter_map(|row| except(row, exception, today, &last, context)));
    }
    warnings
}

fn except(row: &mut Row, exception: &Exception, today: Date, last: &LastPolicy, context: &Context) -> Option<String> {
    if !row.status.holds() {
        // Before the tag is there nothing of the release point is to be excused.
        let is_early = context.before_tag && row.id == release_point::ID;
        let is_needless = row.status.is_pass() && !is_early;
        return is_needless.then(|| format!("{}: the policy's exception is not needed, the check passes", row.title));
    }
    let detail = row.detail.trim_end_matches('.').to_owned();
    if let Some(until) = exception.until.filter(|until| *until < today) {
        row.detail = format!("{detail}; the policy's exception ended on {until}");
        return None;
    }
    if !is_filled_in(&exception.reason) {
        row.status = Status::Fail;
        let shown = visible_up_to(exception.reason.trim(), SHOWN_LIMIT);
        row.detail = format!("{detail}; excepted by the policy, but '{shown}' is no reason");
        return None;
    }
    if let Some(why) = why_not(row, exception, last, context) {
        row.detail = format!("{why}; {detail}");
        return None;
    }
    let verb = if row.status == Status::Fail { "the gate found" } else { "the gate could not tell" };
    let until = exception.until.map(|until| format!(", until {until}")).unwrap_or_default();
    let since = last.since(exception);
    row.kind = Kind::Attested;
    row.status = Status::Na;
    row.detail = format!("{} (by policy{since}{until}; {verb}: {detail})", exception.reason.trim());
    row.source = Some(place(context, exception));
    let Exception { reason, until, .. } = exception.clone();
    row.excuse = Some(Excuse { by: Excuser::Policy, reason, until });
    None
}

/// Why an exception does not excuse this row.
fn why_not(row: &Row, exception: &Exception, last: &LastPolicy, context: &Context) -> Option<String> {
    if row.id == release_point::ID && !release_point::holds_for_no_tag_alone(row) {
        return Some("the policy's exception is for a tag that is not there".to_owned());
    }
    if row.id == release_point::ID && context.tag_astray().is_some() {
        return Some("the policy's exception is for a tag that is missing, not for another release's".to_owned());
    }
    if let Some(why) = context.signed().why_never(&row.id) {
        return Some(format!("the policy's exception does not count: {why}"));
    }
    if let Some(bound) = context.signed().why_bound(&row.id).filter(|_| !last.has(exception)) {
        return Some(format!("the policy's exception is new, and {bound}: it can hold for the next release"));
    }
    let is_new = check_of(&row.id) == decision_approved::ID && !last.has(exception);
    let bound = is_new.then(|| decision_approved::why_bound(context.of_row(&row.id))).flatten()?;
    Some(format!("the policy's exception is new, and {bound}: it can hold for the next release"))
}

fn place(context: &Context, exception: &Exception) -> Source {
    match &context.policy.source {
        PolicySource::Named { path, .. } => path.clone().into(),
        PolicySource::Revision { revision, path, .. } => format!("{revision}:{path}:{}", exception.line).into(),
        PolicySource::Release { path, .. } => Source::in_repository(path, Some(exception.line)),
        PolicySource::Defaults => context.file(policy::FILE, Some(exception.line)),
    }
}

/// What the policy of the last release excepted.
enum LastPolicy {
    Known {
        tag: String,
        /// Of each commit that is the last release, or as near.
        each: Vec<Vec<Exception>>,
    },
    /// There was no release before.
    First,
    Untold,
}

impl LastPolicy {
    fn of(context: &Context) -> Self {
        let Ok(last) = context.last_release() else { return Self::Untold };
        let Last::Release(last) = last else { return Self::First };
        let of = |(_, commit): (String, String)| {
            let written = context.world.policy_at(&commit).ok()?;
            let policy = written.and_then(|(_, text)| Policy::parse(policy::FILE, &text).ok());
            Some(policy.map(|policy| policy.exceptions).unwrap_or_default())
        };
        let each: Option<Vec<_>> = last.commits(&context.world).into_iter().map(of).collect();
        each.map_or(Self::Untold, |each| Self::Known { tag: last.tag.clone(), each })
    }

    /// Since when an exception is there, as it goes on behind "by policy".
    fn since(&self, exception: &Exception) -> String {
        match self {
            Self::Untold => String::new(),
            Self::First => ", new in this release".to_owned(),
            Self::Known { tag, .. } if self.has(exception) => format!(", as in {tag}"),
            Self::Known { .. } => ", new in this release".to_owned(),
        }
    }

    /// Whether an exception stands in it as it stands now.
    fn has(&self, exception: &Exception) -> bool {
        let same =
            |was: &Exception| (&was.id, &was.reason, was.until) == (&exception.id, &exception.reason, exception.until);
        matches!(self, Self::Known { each, .. } if each.iter().all(|exceptions| exceptions.iter().any(same)))
    }
}
