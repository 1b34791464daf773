//! What a forge's CI says of exactly one commit: every answer to its end, or no verdict.

use std::time::{Duration, Instant};

use jiff::Timestamp;

pub(crate) mod asker;
mod bitbucket;
mod gitea;
mod github;
mod gitlab;
pub(crate) mod judge;
pub(crate) mod place;
pub(crate) mod report;
pub(crate) mod signal;

use asker::{Asker, Silence};
use judge::{Judgement, Own, Verdict, judge};
use place::{Place, Said};
use signal::Signal;

use crate::config::ci::{Demand, ForgeKind, Require};
use crate::model::escape::visible_up_to;
use crate::net::Client;
use crate::proc::Stop;
use crate::system::environment::Environment;

/// How much of a forge's own words is shown, in characters.
const SHOWN: usize = 120;

/// How long is waited before a forge is asked again: the first time, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// What a wait comes to that somebody ended.
const INTERRUPTED: &str = "interrupted while it waited for CI";

/// How soon Ctrl-C ends a wait.
const BLINK: Duration = Duration::from_millis(100);

/// A forge that says what its CI came to.
pub(crate) trait Forge: Sync {
    /// Everything that it has for a commit, which is named in full.
    ///
    /// # Errors
    /// Why that is not everything.
    fn signals(&self, commit: &str, ask: &Asker<'_>) -> Result<Vec<Signal>, Silence>;

    /// What it requires itself on the default branch.
    ///
    /// # Errors
    /// It has no such rules, or the token may not see them.
    fn rules(&self, ask: &Asker<'_>) -> Result<Demand, Silence>;
}

fn forge(kind: ForgeKind) -> &'static dyn Forge {
    match kind {
        ForgeKind::GitHub => &github::GitHub,
        ForgeKind::GitLab => &gitlab::GitLab,
        ForgeKind::Gitea => &gitea::Gitea,
        ForgeKind::Bitbucket => &bitbucket::Bitbucket,
    }
}

/// What is asked.
pub(crate) struct Question<'a> {
    /// Where.
    pub place: &'a Place,
    /// The commit, in full.
    pub commit: &'a str,
    /// What must have passed.
    pub require: &'a Require,
    /// What must have passed besides, where that is asked for.
    pub also: Option<&'a Require>,
    /// Names that do not count where nothing is required.
    pub ignore: &'a [String],
    /// The gate's own job.
    pub own: &'a Own,
    /// How long is waited for what is not over.
    pub wait: Option<Duration>,
    /// Told what is waited for.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// What it came to.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Every signal.
    pub signals: Vec<Signal>,
    /// What they come to.
    pub judgement: Judgement,
    /// How many checks are required; none where all count.
    pub required: Option<usize>,
    /// When the forge was asked, by its clock.
    pub asked_at: Timestamp,
    /// How many requests that took.
    pub requests: usize,
    /// How long was waited.
    pub waited: Duration,
}

/// Asks a forge, again and again for as long as something may still come.
///
/// # Errors
/// Why it did not say.
pub(crate) fn ask(client: &Client, question: &Question<'_>) -> Result<Answer, Silence> {
    let start = Instant::now();
    let deadline = question.wait.map(|wait| start + wait);
    let (mut pause, mut requests) = (PAUSE.0, 0);
    loop {
        // A look that is begun may be ended, however little of the wait is left.
        let asker = Asker::new(client, question.place, None);
        let redacted = |silence: Silence| Silence { why: question.place.token.redact(&silence.why), ..silence };
        let looked = look(&asker, question).map_err(redacted);
        requests += asker.requests();
        let missing = match &looked {
            Ok(answer) => match &answer.judgement.verdict {
                Verdict::Waiting(missing) => report::in_short(missing),
                _ => String::new(),
            },
            Err(silence) if silence.may_pass => silence.why.clone(),
            Err(_) => String::new(),
        };
        let left = deadline.map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(Instant::now()));
        if missing.is_empty() || left.is_zero() {
            return looked.map(|answer| Answer { requests, waited: start.elapsed(), ..answer });
        }
        (question.progress)(&missing);
        if !slept(pause.min(left)) {
            return Err(Silence::lasting(INTERRUPTED));
        }
        pause = (pause * 2).min(PAUSE.1);
    }
}

fn look(asker: &Asker<'_>, question: &Question<'_>) -> Result<Answer, Silence> {
    let Question { place, commit, own, .. } = *question;
    let forge = forge(place.kind);
    let demand = |require: &Require| match require {
        Require::Everything => Ok(Demand { require: None, ignore: question.ignore.to_vec() }),
        Require::Named(required) => Ok(Demand { require: Some(required.clone()), ignore: Vec::new() }),
        Require::Rules => forge.rules(asker),
    };
    let first = demand(question.require)?;
    let also = question.also.map(demand).transpose()?;
    let signals: Vec<_> =
        forge.signals(commit, asker)?.into_iter().map(|signal| signal.redacted(&place.token)).collect();
    if let Some(why) = asker.wrong_clock() {
        return Err(Silence::lasting(why));
    }
    let judged = |demand: Demand| {
        let required = demand.require.as_ref().map(Vec::len);
        (judge(commit, &signals, &demand, own), required)
    };
    let (judgement, required) = judged(first);
    let (judgement, required) = match also {
        Some(also) if judgement.verdict == Verdict::Passed => judged(also),
        _ => (judgement, required),
    };
    Ok(Answer {
        signals,
        judgement,
        required,
        asked_at: asker.now(),
        requests: asker.requests(),
        waited: Duration::ZERO,
    })
}

/// One look at the project `o/n` of a forge, by its word and the address of its API, for whoever tries what it may answer.
#[must_use]
pub fn look_at(word: &str, url: &str, commit: &str) -> Option<Judgement> {
    let kind = ForgeKind::of_word(word)?;
    let said = Said { kind: Some(kind), url: Some(url.to_owned()), project: Some("o/n".to_owned()) };
    let environment = Environment::from_iter([(kind.token().to_owned(), "no-token".to_owned())]);
    let place = Place::find(&said, &environment, &[]).ok()?;
    let question = Question {
        place: &place,
        commit,
        require: &Require::Everything,
        also: None,
        ignore: &[],
        own: &Own::Outside,
        wait: None,
        progress: &|_| {},
    };
    ask(&Client::new(&environment), &question).ok().map(|answer| answer.judgement)
}

/// Lets time pass, and says whether nobody asked to stop meanwhile.
fn slept(pause: Duration) -> bool {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        if Stop::was_ctrl_c() {
            return false;
        }
        std::thread::sleep(BLINK.min(until.saturating_duration_since(Instant::now())));
    }
    true
}

/// A forge's words on one line of reasonable length.
pub(crate) fn shown(words: &str) -> String {
    visible_up_to(words.trim(), SHOWN)
}
