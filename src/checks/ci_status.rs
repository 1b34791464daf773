//! `ci_status`: CI reported success. Either the forge says so, asked for the very commit, or somebody gave the word to the gate,
//! which did not observe it, and the row says so.

use std::sync::OnceLock;

use crate::checks::context::{CiStatus as Reported, Context};
use crate::config::Policy;
use crate::config::ci::{CiPolicy, Require};
use crate::config::policy;
use crate::evidence::forge::place::{self, Place, Said};
use crate::evidence::forge::{self, Answer, Question, report};
use crate::model::escape::visible_up_to;
use crate::model::{Hollow, Outcome, PolicySource, Status, Unproven};
use crate::net::Client;
use crate::world::World;
use crate::world::last_release::{self, Last, LastRelease};

use super::{Check, Identity, Stage};

/// The check's id.
pub(crate) const ID: &str = "ci_status";

/// The policy's key.
const KEY: &str = "ci";

/// The words that pass (docs/checks.md), in lower case.
const SUCCESS: [&str; 3] = ["success", "succeeded", "passed"];

/// How much of another value is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// The check.
pub(crate) struct CiStatus<'c> {
    context: &'c Context,
    /// Looked for once.
    judge: OnceLock<Result<Judge, Unproven>>,
}

impl<'c> CiStatus<'c> {
    /// Of a release.
    pub(crate) fn of(context: &'c Context) -> Self {
        Self { context, judge: OnceLock::new() }
    }

    fn judge(&self) -> Result<&Judge, Unproven> {
        self.judge.get_or_init(|| Judge::of(self.context)).as_ref().map_err(Clone::clone)
    }
}

impl Check for CiStatus<'_> {
    fn identity(&self) -> Identity {
        Identity::auto(ID, "Tests passed in CI")
    }

    /// Whoever wants the forge asked has it asked at once. Where only the policy does, it is not asked for a release that is held
    /// anyway.
    fn stage(&self) -> Stage {
        let is_by_policy = || !self.context.before_tag && self.judge().is_ok_and(Judge::is_forge);
        match self.context.ask_forge.is_asked {
            true => Stage::LookLong,
            false if is_by_policy() => Stage::Ask,
            false => Stage::Look,
        }
    }

    fn look(&self, _world: &World) -> Result<Outcome, Unproven> {
        look(self.context, self.judge()?)
    }

    fn look_after(&self, _world: &World, held: &[String]) -> Result<Outcome, Unproven> {
        let context = self.context;
        let excused = |id: &&String| {
            context.policy.exceptions.iter().any(|exception| exception.id == **id)
                || context.release.not_applicable.iter().any(|declared| declared.id == **id)
        };
        match held.iter().find(|id| !excused(id)) {
            Some(id) => {
                Err(format!("the forge was not asked: {id} holds the release already (--ci asks all the same)").into())
            }
            None => look(context, self.judge()?),
        }
    }
}

fn look(context: &Context, judge: &Judge) -> Result<Outcome, Unproven> {
    let is_asked = context.ask_forge.is_asked || (judge.is_forge() && !context.before_tag);
    let reported = context.ci_status.as_ref();
    if !is_asked {
        return reported.map_or_else(|| unreported(context, judge.is_forge()), |status| Ok(of_report(status)));
    }
    let outcome = asked(context, judge)?;
    // A word can hold the release, and never lifts it.
    Ok(match reported.map(|status| (status, of_report(status))) {
        Some((status, held)) if held.status == Status::Fail => {
            let detail = format!("{} The forge: {}", held.detail, outcome.detail);
            Outcome { status: Status::Fail, detail, ..outcome }.source(status.source)
        }
        _ => outcome,
    })
}

fn unreported(context: &Context, is_forge: bool) -> Result<Outcome, Unproven> {
    match (context.before_tag, is_forge) {
        (true, true) => Ok(Outcome::new(Status::Skipped, "asked on the tag: a rehearsal asks the forge with --ci")),
        (true, false) => {
            Ok(Outcome::new(Status::Skipped, "asked on the tag: no CI status was given to this rehearsal"))
        }
        (false, _) => {
            Err("no CI status was given: --ci asks the forge, --ci-status or DELIVERY_GATE_CI_STATUS reports it".into())
        }
    }
}

fn of_report(status: &Reported) -> Outcome {
    let shown = visible_up_to(&status.value, SHOWN_LIMIT);
    let passed = SUCCESS.contains(&status.value.trim().to_lowercase().as_str());
    let outcome = if passed {
        let detail = format!("CI status is '{shown}' (reported by {}, not looked up).", status.source);
        Outcome::new(Status::Hollow(Hollow::Hearsay), detail)
    } else {
        Outcome::fail(format!("CI status is '{shown}', not 'success'."))
    };
    outcome.source(status.source)
}

fn asked(context: &Context, judge: &Judge) -> Result<Outcome, Unproven> {
    let (place, commit, answer) = ask(context, judge)?;
    let outcome = report::outcome(&answer, &place, &commit);
    let detail = format!("{}{}", outcome.detail, judge.said());
    Ok(Outcome { detail, ..outcome }.source(place.shown()))
}

/// The forge's answer for the commit that is judged.
///
/// # Errors
/// It is not known whom to ask, or the forge did not say.
pub(crate) fn ask(context: &Context, judge: &Judge) -> Result<(Place, String, Answer), Unproven> {
    let commit = context.world.commit().map_err(|unavailable| unavailable.to_string())?;
    let remotes = context.world.repository.as_ref().map(|repository| repository.remotes()).unwrap_or_default();
    let environment = &context.world.environment;
    let of_policy = judge.ci.as_ref().and_then(|ci| ci.forge);
    let said = Said { kind: context.ask_forge.said.kind.or(of_policy), ..context.ask_forge.said.clone() };
    let place = Place::find(&said, environment, &remotes)?;
    let own = place::own(place.kind, environment);
    let progress = |missing: &str| {
        if let Some(progress) = &context.ask_forge.progress {
            progress(missing);
        }
    };
    let (require, also) = judge.require(context.ask_forge.is_asked);
    let question = Question {
        place: &place,
        commit,
        require,
        also,
        ignore: judge.ignore(context.ask_forge.is_asked),
        own: &own,
        wait: context.ask_forge.wait,
        progress: &progress,
    };
    let answer = forge::ask(&Client::new(environment), &question).map_err(|silence| silence.why)?;
    Ok((place, commit.to_owned(), answer))
}

/// Whose `ci:` says what must have passed: a change does not choose its own judge.
pub(crate) struct Judge {
    ci: Option<CiPolicy>,
    whose: Whose,
}

/// Where a `ci:` stands.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    /// In no policy, or in the one that was named for this run.
    Given,
    /// In that of the last release, by its tag; and whether the release's own is another.
    Last(String, bool),
    /// In the release's own, since no release was before it.
    First,
    /// In the release's own, since the last one had none.
    New(String),
}

impl Judge {
    /// The judge of a release.
    ///
    /// # Errors
    /// Nobody can tell.
    pub(crate) fn of(context: &Context) -> Result<Self, Unproven> {
        let own = context.policy.ci.clone();
        if matches!(context.policy.source, PolicySource::Revision { .. } | PolicySource::Named { .. }) {
            return Ok(Self { ci: own, whose: Whose::Given });
        }
        match context.last_release() {
            Ok(Last::Release(last)) => Self::since(context, own, last),
            Ok(Last::None) => Ok(Self { whose: if own.is_some() { Whose::First } else { Whose::Given }, ci: own }),
            Err(why) if own.is_some() || last_release::policy_had(&context.world, KEY) => {
                Err(format!("which policy says what CI must have passed is not known: {why}").into())
            }
            Err(_) => Ok(Self { ci: None, whose: Whose::Given }),
        }
    }

    fn since(context: &Context, own: Option<CiPolicy>, last: &LastRelease) -> Result<Self, Unproven> {
        let new = |own: Option<CiPolicy>| {
            let whose = if own.is_some() { Whose::New(last.tag.clone()) } else { Whose::Given };
            Ok(Self { ci: own, whose })
        };
        if !last.policy_has(&context.world, KEY) {
            return new(own);
        }
        for (tag, commit) in last.commits(&context.world) {
            let found = context.world.policy_at(&commit);
            let found = found.map_err(|(path, refused)| refused.about(&format!("{} of {tag}", path.display())))?;
            let Some((path, text)) = found else { continue };
            let unread = |_| {
                let path = path.display();
                format!(
                    "{path} of {tag} is no policy that this version reads; name the one that is to hold with --policy-ref"
                )
            };
            let policy = Policy::parse(policy::FILE, &text).map_err(unread)?;
            if let Some(ci) = policy.ci {
                let is_other = own.as_ref() != Some(&ci);
                return Ok(Self { ci: Some(ci), whose: Whose::Last(tag, is_other) });
            }
        }
        new(own)
    }

    /// Whether the policy wants the forge asked.
    pub(crate) fn is_forge(&self) -> bool {
        self.ci.as_ref().is_some_and(|ci| ci.from_forge)
    }

    /// What must have passed, and what must have passed besides. Where the caller wants the forge asked and the last release's
    /// policy narrowed nothing, this release does not either.
    fn require(&self, by_flag: bool) -> (&Require, Option<&Require>) {
        let own = self.ci.as_ref().map_or(&Require::Everything, |ci| &ci.require);
        if self.narrows_itself(by_flag) { (&Require::Everything, Some(own)) } else { (own, None) }
    }

    fn ignore(&self, by_flag: bool) -> &[String] {
        let own = self.ci.as_ref().map(|ci| ci.ignore.as_slice()).unwrap_or_default();
        if self.narrows_itself(by_flag) { &[] } else { own }
    }

    fn narrows_itself(&self, by_flag: bool) -> bool {
        by_flag && matches!(self.whose, Whose::New(_))
    }

    /// Whose it is, where a reader would not expect it.
    pub(crate) fn said(&self) -> String {
        match &self.whose {
            Whose::Last(tag, true) => format!(" (by `ci:` of {tag}; this release's own counts from the next one on)"),
            Whose::First => " (by this release's own `ci:`, the first)".to_owned(),
            Whose::New(tag) => format!(" (by this release's own `ci:`; {tag} had none)"),
            Whose::Last(tag, false) => format!(" (by `ci:` of {tag})"),
            Whose::Given => String::new(),
        }
    }
}
