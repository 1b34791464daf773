//! What the signals of a commit come to. Pure: whoever asks again with the same answer gets the same verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::report::in_short;
use super::signal::{Flow, Key, Signal, Source, State};
use crate::config::ci::{AppNamed, Demand, Required};

/// How many signals a sentence names.
pub(super) const SHOWN: usize = 3;

/// The gate's own job, which cannot have passed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Own {
    /// It runs outside of the forge's CI.
    #[default]
    Outside,
    /// It runs in the forge's CI, and its id is not known.
    Nameless {
        /// How to give it, as a next step.
        help: &'static str,
    },
    /// By its id.
    Job(String),
    /// Only its run is known, by the number that stands in its address.
    Run(String),
}

/// What a signal is to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It counts.
    Counted,
    /// A newer run of the same took its place.
    Older,
    /// The gate's own job.
    Own,
    /// A job of the gate's own run that has not begun, and may be waiting for the gate.
    Behind,
    /// The policy leaves it out.
    Ignored,
    /// The policy requires others.
    Unasked,
    /// A run whose jobs say what it came to.
    Told,
}

impl Role {
    /// The word in every output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Older => "older run",
            Self::Own => "the gate's own job",
            Self::Behind => "may wait for the gate",
            Self::Ignored => "ignored by policy",
            Self::Unasked => "not required",
            Self::Told => "told by its jobs",
        }
    }
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that counts passed.
    Passed,
    /// The newest run of something that counts failed: these.
    Failed(Vec<String>),
    /// What is missing may still come: each in words.
    Waiting(Vec<String>),
    /// Nobody can tell, and waiting does not help: why.
    Undecided(String),
}

/// The verdict, and what each signal was to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What it comes to.
    pub verdict: Verdict,
    /// One for each signal, in their order.
    pub roles: Vec<Role>,
    /// How many of those that count passed.
    pub passed: usize,
    /// How many of those that count ran or are to run.
    pub counted: usize,
}

/// Judges the signals of `commit`, in whatever order they are.
#[must_use]
pub fn judge(commit: &str, signals: &[Signal], demand: &Demand, own: &Own) -> Judgement {
    let roles = roles(signals, demand, own);
    let counted = || signals.iter().zip(&roles).filter(|(_, role)| **role == Role::Counted).map(|(signal, _)| signal);
    let passed = counted().filter(|signal| signal.state == State::Passed).count();
    let ran = counted().filter(|signal| !matches!(signal.state, State::NotRun | State::Tolerated)).count();
    let verdict = verdict(commit, signals, &roles, demand, own);
    Judgement { verdict, roles, passed, counted: ran }
}

fn verdict(commit: &str, signals: &[Signal], roles: &[Role], demand: &Demand, own: &Own) -> Verdict {
    if let Some(other) = signals.iter().find(|signal| !signal.commit.eq_ignore_ascii_case(commit)) {
        let shown = other.shown();
        return Verdict::Undecided(format!("the answer names another commit ({}) for {shown}", short(&other.commit)));
    }
    let counted: Vec<_> =
        signals.iter().zip(roles).filter(|(_, role)| **role == Role::Counted).map(|(signal, _)| signal).collect();
    let of = |wanted: fn(State) -> bool| counted.iter().filter(move |signal| wanted(signal.state));
    let unclear = unclear(&counted);
    let failed = of(|state| state == State::Failed).filter(|signal| !unclear.contains(&signal.key()));
    let failed = sorted(failed.map(|signal| worded(signal)));
    if !failed.is_empty() {
        return Verdict::Failed(failed);
    }
    let is_settled = |key: &Key<'_>| !counted.iter().any(|signal| signal.is_open() && signal.key() == *key);
    let is_unclear = |signal: &&&Signal| unclear.contains(&signal.key()) && is_settled(&signal.key());
    if let Some(signal) = counted.iter().find(is_unclear) {
        return Verdict::Undecided(format!(
            "several runs are called {} and do not agree, and which workflow each belongs to is not known (a token without \
             `actions: read` does not see it)",
            signal.shown()
        ));
    }
    let unknown = sorted(of(|state| state == State::Unknown).map(|signal| worded(signal)));
    if let Some(first) = unknown.first() {
        return Verdict::Undecided(format!("{first} says neither passed nor failed"));
    }
    let required = demand.require.as_deref().unwrap_or_default();
    if let Some(why) = required.iter().find_map(|one| skipped(one, &counted)) {
        return Verdict::Undecided(why);
    }
    let mut missing = sorted(counted.iter().filter(|signal| signal.is_open()).map(|signal| open(signal, own)));
    missing.extend(required.iter().filter_map(|one| absent(one, signals, roles)));
    match (missing.is_empty(), counted.iter().any(|signal| signal.state == State::Passed)) {
        (true, true) => return Verdict::Passed,
        (true, false) if counted.is_empty() && roles.contains(&Role::Own) => {
            missing.push("nothing but the gate's own job has reported yet".to_owned());
        }
        (true, false) if counted.is_empty() => missing.push("no check has reported yet".to_owned()),
        (true, false) => {
            let words = counted.iter().map(|signal| worded(signal)).take(SHOWN).collect::<Vec<_>>().join(", ");
            missing.push(format!("nothing ran: {words}"));
        }
        (false, _) => {}
    }
    Verdict::Waiting(missing)
}

/// What each signal is to the verdict: of jobs first, since a run counts where they do not tell what it came to.
fn roles(signals: &[Signal], demand: &Demand, own: &Own) -> Vec<Role> {
    let all = All { signals, newest: newest(signals), own: owned(signals, own), demand };
    let jobs = signals.iter().enumerate().map(|(at, signal)| all.role(at, signal)).collect::<Vec<_>>();
    let of_run = |(at, signal): (usize, &Signal)| match jobs.get(at) {
        Some(Role::Counted) if signal.source == Source::Run => all.of_run(signal, &jobs),
        role => role.copied().unwrap_or(Role::Counted),
    };
    signals.iter().enumerate().map(of_run).collect()
}

/// What the roles are told by.
struct All<'a> {
    signals: &'a [Signal],
    newest: BTreeSet<usize>,
    own: Owned,
    demand: &'a Demand,
}

impl All<'_> {
    fn role(&self, at: usize, signal: &Signal) -> Role {
        let required = self.demand.require.as_ref().map(|all| all.iter().any(|one| is(one, signal)));
        let is_behind =
            signal.source == Source::Job && signal.state == State::Open { begun: false } && self.is_in_own(signal);
        match required {
            _ if self.own.signals.contains(&at) => Role::Own,
            _ if !self.newest.contains(&at) || self.is_overtaken(signal) => Role::Older,
            _ if signal.source == Source::Run => Role::Counted,
            Some(true) => Role::Counted,
            Some(false) => Role::Unasked,
            None if self.demand.ignore.contains(&signal.name) => Role::Ignored,
            None if is_behind => Role::Behind,
            None => Role::Counted,
        }
    }

    fn is_in_own(&self, signal: &Signal) -> bool {
        signal.run.as_ref().is_some_and(|run| self.own.runs.contains(run))
    }

    fn newest(&self) -> impl Iterator<Item = &Signal> {
        self.newest.iter().filter_map(|at| self.signals.get(*at))
    }

    /// Whether a newer run of its workflow is not over and has not come to it yet.
    fn is_overtaken(&self, signal: &Signal) -> bool {
        if !matches!(signal.flow, Flow::Known { .. }) || signal.source == Source::Run {
            return false;
        }
        let runs = |run: &&Signal| run.source == Source::Run;
        let own = self.signals.iter().filter(runs).filter(|run| run.run == signal.run).map(|run| run.order).max();
        let mut newer = self.newest().filter(runs).filter(|run| run.flow == signal.flow && Some(run.order) > own);
        own.is_some()
            && newer.any(|run| {
                let counts = !self.is_in_own(run) && !self.demand.ignore.contains(&run.name);
                counts && run.is_open() && !has(self.signals, run, |_, job| job.name == signal.name)
            })
    }

    /// A run counts for itself where its jobs do not tell what it came to.
    fn of_run(&self, run: &Signal, jobs: &[Role]) -> Role {
        // What the policy leaves out tells it, too.
        let counts = |at: usize| matches!(jobs.get(at), Some(Role::Counted | Role::Ignored));
        let is_told = match run.state {
            State::Passed | State::NotRun | State::Tolerated => has(self.signals, run, |_, _| true),
            State::Failed => has(self.signals, run, |at, job| counts(at) && job.state == State::Failed),
            State::Open { .. } => has(self.signals, run, |at, job| counts(at) && job.is_open()),
            State::Unknown => false,
        };
        let Some(required) = &self.demand.require else {
            return match is_told {
                true => Role::Told,
                false if self.demand.ignore.contains(&run.name) => Role::Ignored,
                false => Role::Counted,
            };
        };
        // Something is required that this workflow runs, and this newest run of it has not come to it.
        let lacks = |one: &Required| {
            let runs_it = self.newest().any(|job| job.flow == run.flow && is(one, job));
            // What an older run came to later, when it was run again, does not tell of this one.
            runs_it && !has(self.signals, run, |at, job| is(one, job) && self.newest.contains(&at))
        };
        let is_bad = run.is_open() || matches!(run.state, State::Failed | State::Unknown);
        if is_bad && required.iter().any(lacks) { Role::Counted } else { Role::Unasked }
    }
}

/// The newest of each key that ran; where none did, the newest. What may fail does not take the place of what failed. Runs of flows
/// that are not known stay beside each other.
fn newest(signals: &[Signal]) -> BTreeSet<usize> {
    let mut by_key: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, signal) in signals.iter().enumerate() {
        let run = if signal.flow == Flow::Unknown { signal.run.as_deref() } else { None };
        by_key.entry((signal.key(), run)).or_default().push(at);
    }
    by_key.into_values().filter_map(|of_key| newest_of(signals, &of_key)).collect()
}

fn newest_of(signals: &[Signal], of_key: &[usize]) -> Option<usize> {
    // Within one run a name stands for two jobs, and the worse counts; a status is written anew.
    let mut attempts: BTreeMap<_, (u64, State, usize)> = BTreeMap::new();
    for (at, signal) in of_key.iter().filter_map(|at| Some((*at, signals.get(*at)?))) {
        let run = signal.run.as_deref().filter(|_| signal.source != Source::Status);
        let (order, state, best) = attempts.entry(run.ok_or(signal.order)).or_insert((signal.order, signal.state, at));
        *order = signal.order.max(*order);
        let stands = signals.get(*best).map_or(0, |best| best.order);
        if (signal.state, signal.order) > (*state, stands) {
            (*state, *best) = (signal.state, at);
        }
    }
    let mut attempts: Vec<_> = attempts.into_values().collect();
    attempts.sort_by(|a, b| b.cmp(a));
    let mut ran = attempts.iter().filter(|(_, state, _)| *state != State::NotRun);
    let Some(first) = ran.next() else { return attempts.first().map(|(.., at)| *at) };
    let before = ran.find(|(_, state, _)| *state != State::Tolerated);
    let failed = before.filter(|(_, state, _)| first.1 == State::Tolerated && *state == State::Failed);
    Some(failed.unwrap_or(first).2)
}

/// Whether a run has such a job.
fn has(signals: &[Signal], run: &Signal, is: impl Fn(usize, &Signal) -> bool) -> bool {
    let of_run = |job: &Signal| job.source != Source::Run && job.run.is_some() && job.run == run.run;
    signals.iter().enumerate().any(|(at, job)| of_run(job) && is(at, job))
}

/// What is the gate's own: signals by their places, and the runs that they belong to.
#[derive(Default)]
struct Owned {
    signals: BTreeSet<usize>,
    runs: BTreeSet<String>,
}

/// The gate's own job, the same job of other runs (which wait for themselves, or did), the runs that it belongs to, and what
/// started those.
fn owned(signals: &[Signal], own: &Own) -> Owned {
    let Some(job) = own_job(signals, own).and_then(|at| signals.get(at)) else { return Owned::default() };
    let workflow = |signal: &Signal| match &signal.flow {
        Flow::Known { workflow, .. } => workflow.clone(),
        Flow::None | Flow::Unknown => None,
    };
    let is_same = |signal: &Signal| {
        let is_job = matches!(own, Own::Job(_)) && signal.flow != Flow::Unknown;
        let same = (signal.source, &signal.app, &signal.name) == (job.source, &job.app, &job.name);
        signal.id == job.id || (is_job && same && workflow(signal) == workflow(job))
    };
    let mut owned = Owned::default();
    for (at, signal) in signals.iter().enumerate().filter(|(_, signal)| is_same(signal)) {
        owned.signals.insert(at);
        owned.runs.extend(signal.run.clone());
    }
    loop {
        let is_new = |at: &usize, signal: &Signal| {
            let starts_it = signal.starts.as_ref().is_some_and(|run| owned.runs.contains(run));
            let is_run =
                signal.source == Source::Run && signal.run.as_ref().is_some_and(|run| owned.runs.contains(run));
            (starts_it || is_run) && signal.is_open() && !owned.signals.contains(at)
        };
        let Some((at, signal)) = signals.iter().enumerate().find(|(at, signal)| is_new(at, signal)) else {
            return owned;
        };
        owned.signals.insert(at);
        owned.runs.extend(signal.run.clone());
    }
}

/// Which signal is the gate's own job: it is not over. By its run alone it is the only one of that run that is not.
fn own_job(signals: &[Signal], own: &Own) -> Option<usize> {
    let find = |is: &dyn Fn(&Signal) -> bool| {
        let mut found =
            signals.iter().enumerate().filter(|(_, signal)| signal.is_open() && is(signal)).map(|(at, _)| at);
        found.next().filter(|_| found.next().is_none())
    };
    match own {
        Own::Outside | Own::Nameless { .. } => None,
        Own::Job(id) => find(&|signal| signal.id == *id && matches!(signal.source, Source::CheckRun | Source::Job)),
        Own::Run(run) => find(&|signal| signal.run.as_deref() == Some(run)),
    }
}

/// What has several runs that disagree, and whose workflows the token may not see: one may be an older run of the other.
fn unclear<'s>(counted: &[&'s Signal]) -> BTreeSet<Key<'s>> {
    let mut states: BTreeMap<_, State> = BTreeMap::new();
    let unknown = counted.iter().copied().filter(|signal| signal.flow == Flow::Unknown && signal.source != Source::Run);
    let disagrees = unknown.filter(|signal| *states.entry(signal.key()).or_insert(signal.state) != signal.state);
    disagrees.map(Signal::key).collect()
}

/// A check that is required, and that nothing ran for.
fn absent(required: &Required, signals: &[Signal], roles: &[Role]) -> Option<String> {
    let mut mine = signals.iter().zip(roles).filter(|(signal, _)| is(required, signal)).map(|(_, role)| *role);
    if mine.clone().any(|role| role == Role::Counted) {
        return None;
    }
    let shown = required.shown();
    if mine.any(|role| role == Role::Own) {
        return Some(format!("{shown} is required, and is the gate's own job"));
    }
    let mut names: Vec<_> = signals.iter().filter(|signal| signal.source != Source::Run).map(Signal::shown).collect();
    names.sort();
    names.dedup();
    let there = if names.is_empty() { String::new() } else { format!(" (there are: {})", in_short(&names)) };
    Some(format!("{shown} is required, and is not there{there}"))
}

/// A check that is required and did not run, though it may not be skipped.
fn skipped(required: &Required, counted: &[&Signal]) -> Option<String> {
    let mut mine = counted.iter().filter(|signal| is(required, signal));
    let signal = mine.find(|signal| match signal.state {
        State::NotRun => !required.may_skip,
        state => state == State::Tolerated,
    })?;
    let next = if signal.state == State::NotRun { "; `may_skip: true` lets it" } else { "" };
    Some(format!("{} is required, and did not run ({}{next})", required.shown(), super::shown(&signal.word)))
}

/// Whether a signal is one of the check that is required.
fn is(required: &Required, signal: &Signal) -> bool {
    let is_app = |wanted: &AppNamed| {
        signal.app.as_ref().is_some_and(|app| match wanted {
            AppNamed::Id(id) => app.id == *id,
            AppNamed::Slug(slug) => app.slug.as_ref() == Some(slug),
        })
    };
    let is_event = |wanted: &String| matches!(&signal.flow, Flow::Known { event, .. } if event == wanted);
    let is_flow = |wanted: &String| match &signal.flow {
        Flow::Known { workflow: Some(workflow), .. } => workflow == wanted,
        Flow::Known { workflow: None, event } => event == wanted,
        Flow::None | Flow::Unknown => false,
    };
    // A status of Bitbucket has a key beside its name.
    let is_named = signal.name == required.name || (signal.source == Source::Status && signal.id == required.name);
    is_named
        && signal.source != Source::Run
        && required.app.as_ref().is_none_or(is_app)
        && required.workflow.as_ref().is_none_or(is_flow)
        && required.event.as_ref().is_none_or(is_event)
}

fn worded(signal: &Signal) -> String {
    format!("{} {}", signal.shown(), super::shown(&signal.word))
}

/// What is not over, and whether it may be the gate itself.
fn open(signal: &Signal, own: &Own) -> String {
    let open = worded(signal);
    match own {
        Own::Nameless { help } if signal.state == (State::Open { begun: true }) => {
            format!("{open} (if it is the gate's own job: {help})")
        }
        Own::Run(run) if signal.run.as_deref() == Some(run) => {
            format!("{open} (one of this run's jobs is the gate's own: name what must pass in `ci.require`)")
        }
        _ => open,
    }
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<_> = words.collect();
    words.sort();
    words
}

/// The beginning of a commit's id.
pub(super) fn short(commit: &str) -> String {
    commit.chars().take(8).collect()
}

#[cfg(test)]
mod tests;
