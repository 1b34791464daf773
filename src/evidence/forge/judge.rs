//! What the signals of a commit come to. Pure: whoever asks again with the same answer gets the same verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::signal::{Flow, Key, Signal, Source, State};
use crate::config::ci::{Demand, Required};

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
    let ran = counted().filter(|signal| signal.state != State::NotRun).count();
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
    if let Some(signal) = counted.iter().find(|signal| unclear.contains(&signal.key())) {
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
    let mut missing = sorted(of(|state| matches!(state, State::Open { .. })).map(|signal| open(signal, own)));
    missing.extend(required.iter().filter_map(|one| absent(one, signals, roles)));
    match (missing.is_empty(), counted.iter().any(|signal| signal.state == State::Passed)) {
        (true, true) => return Verdict::Passed,
        (true, false) if counted.is_empty() => missing.push("no check has reported yet".to_owned()),
        (true, false) => {
            let words = counted.iter().map(|signal| worded(signal)).take(SHOWN).collect::<Vec<_>>().join(", ");
            missing.push(format!("nothing ran: {words}"));
        }
        (false, _) => {}
    }
    Verdict::Waiting(missing)
}

/// What each signal is to the verdict.
fn roles(signals: &[Signal], demand: &Demand, own: &Own) -> Vec<Role> {
    let newest = newest(signals);
    let own_job = own_job(signals, own);
    let own_run = own_job.and_then(|at| signals.get(at)?.run.as_deref());
    let role = |(at, signal): (usize, &Signal)| {
        let required = demand.require.as_ref().map(|all| all.iter().any(|one| is(one, signal)));
        let is_behind =
            signal.state == State::Open { begun: false } && own_run.is_some() && signal.run.as_deref() == own_run;
        match required {
            _ if own_job == Some(at) => Role::Own,
            _ if !newest.contains(&at) => Role::Older,
            Some(true) => Role::Counted,
            Some(false) => Role::Unasked,
            None if demand.ignore.contains(&signal.name) => Role::Ignored,
            None if is_behind => Role::Behind,
            None => Role::Counted,
        }
    };
    signals.iter().enumerate().map(role).collect()
}

/// The newest run of each key; of two that are as new, the worse. Runs of flows that are not known stay beside each other.
fn newest(signals: &[Signal]) -> Vec<usize> {
    let mut by_key = BTreeMap::new();
    for (at, signal) in signals.iter().enumerate() {
        let run = if signal.flow == Flow::Unknown { signal.run.as_deref() } else { None };
        let (order, state) = (signal.order, signal.state);
        let best = by_key.entry((signal.key(), run)).or_insert((order, state, at));
        if (order, state) > (best.0, best.1) {
            *best = (order, state, at);
        }
    }
    by_key.into_values().map(|(.., at)| at).collect()
}

/// Which signal is the gate's own job. By its run alone it is the only one of that run that is not over.
fn own_job(signals: &[Signal], own: &Own) -> Option<usize> {
    let find = |is: &dyn Fn(&Signal) -> bool| {
        let mut found = signals.iter().enumerate().filter(|(_, signal)| is(signal)).map(|(at, _)| at);
        found.next().filter(|_| found.next().is_none())
    };
    match own {
        Own::Outside | Own::Nameless { .. } => None,
        Own::Job(id) => find(&|signal| signal.id == *id && signal.source != Source::Status),
        Own::Run(run) => {
            find(&|signal| signal.run.as_deref() == Some(run) && matches!(signal.state, State::Open { .. }))
        }
    }
}

/// What has several runs that disagree, and whose workflows the token may not see: one may be an older run of the other.
fn unclear<'s>(counted: &[&'s Signal]) -> BTreeSet<Key<'s>> {
    let mut states: BTreeMap<_, State> = BTreeMap::new();
    let unknown = counted.iter().copied().filter(|signal| signal.flow == Flow::Unknown);
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
    Some(if mine.any(|role| role == Role::Own) {
        format!("{shown} is required, and is the gate's own job")
    } else {
        format!("{shown} is required, and is not there")
    })
}

/// A check that is required and did not run, though it may not be skipped.
fn skipped(required: &Required, counted: &[&Signal]) -> Option<String> {
    let mut mine = counted.iter().filter(|signal| is(required, signal));
    let signal = mine.find(|signal| signal.state == State::NotRun && !required.may_skip)?;
    Some(format!("{} is required, and did not run ({})", required.shown(), super::shown(&signal.word)))
}

/// Whether a signal is one of the check that is required.
fn is(required: &Required, signal: &Signal) -> bool {
    let is_app = |wanted: &String| {
        signal.app.as_ref().is_some_and(|app| app.id.to_string() == *wanted || app.slug.as_ref() == Some(wanted))
    };
    let is_flow = |wanted: &String| match &signal.flow {
        Flow::Known { workflow: Some(workflow), .. } => workflow == wanted,
        Flow::Known { workflow: None, event } => event == wanted,
        Flow::None | Flow::Unknown => false,
    };
    // A status of Bitbucket has a key beside its name.
    let is_named = signal.name == required.name || (signal.source == Source::Status && signal.id == required.name);
    is_named && required.app.as_ref().is_none_or(is_app) && required.workflow.as_ref().is_none_or(is_flow)
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
