//! What a look at a forge comes to, in words and for machines.

use serde_json::{Map, Value, json};

use super::judge::{Role, SHOWN, Verdict, short};
use super::place::Place;
use super::signal::{Flow, Signal, Source, State};
use super::{Answer, shown};
use crate::model::{Finding, Outcome, Status};

/// The most findings of a row, and the most signals that its metrics have.
const LIST_LIMIT: usize = 1000;

/// What [`metrics`] has, in its order.
pub(crate) const KEYS: [&str; 12] = [
    "forge",
    "host",
    "project",
    "commit",
    "asked_at",
    "requests",
    "waited_s",
    "required",
    "passed",
    "counted",
    "signal_count",
    "signals",
];

/// Some of several words, and how many more there are.
pub(crate) fn in_short(words: &[String]) -> String {
    let more = words.len().saturating_sub(SHOWN);
    let first = words.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// The row's outcome.
pub(crate) fn outcome(answer: &Answer, place: &Place, commit: &str) -> Outcome {
    let at = format!("at {} ({})", short(commit), place.shown());
    let judgement = &answer.judgement;
    let of = judgement.counted;
    let (status, detail) = match &judgement.verdict {
        Verdict::Passed => {
            (Status::Pass, format!("{} of {of} checks passed {at}{}", judgement.passed, remarks(answer)))
        }
        Verdict::Failed(failed) => {
            (Status::Fail, format!("{} of {of} checks failed {at}: {}", failed.len(), in_short(failed)))
        }
        Verdict::Waiting(missing) => {
            let waited = answer.waited.as_secs();
            let waited = if waited == 0 { String::new() } else { format!(" after {waited} s of waiting") };
            (Status::Unproven, format!("CI has not passed {at}{waited}: {}{}", in_short(missing), pushed(answer)))
        }
        Verdict::Undecided(why) => (Status::Unproven, format!("what CI came to is not clear {at}: {why}")),
    };
    let findings = answer.signals.iter().zip(&judgement.roles).take(LIST_LIMIT);
    let outcome = Outcome::new(status, detail).findings(findings.map(|(signal, role)| finding(signal, *role)));
    let metrics = metrics(answer, place, commit);
    let mut outcome = metrics.into_iter().fold(outcome, |outcome, (key, value)| outcome.metric(&key, value));
    outcome.warnings.extend(for_pull_requests(answer));
    outcome
}

/// What a reader of a PASS should know: what was not asked for, and what was not counted.
fn remarks(answer: &Answer) -> String {
    let mut remarks = Vec::new();
    match answer.required {
        None => remarks.push("no check is required by policy".to_owned()),
        Some(required) => remarks.push(format!("{required} required")),
    }
    let with =
        |wanted: Role| answer.signals.iter().zip(&answer.judgement.roles).filter(move |(_, role)| **role == wanted);
    let did_not_run = |signal: &Signal| matches!(signal.state, State::NotRun | State::Tolerated);
    let skipped = with(Role::Counted).filter(|(signal, _)| did_not_run(signal)).count();
    if skipped > 0 {
        remarks.push(format!("{skipped} did not run"));
    }
    let is_unseen = |signal: &Signal| signal.source == Source::Run && signal.flow == Flow::Unknown;
    if answer.signals.iter().any(is_unseen) {
        remarks.push(
            "which workflow some are of is not known (a token without `actions: read` does not see it)".to_owned(),
        );
    }
    for (role, words) in [(Role::Behind, "not begun, and may wait for the gate"), (Role::Ignored, "ignored by policy")]
    {
        let names: Vec<_> = with(role).map(|(signal, _)| signal.shown()).collect();
        if !names.is_empty() {
            remarks.push(format!("{words}: {}", in_short(&names)));
        }
    }
    format!("; {}", remarks.join("; "))
}

/// Where a forge has nothing at all, the commit may not be there.
fn pushed(answer: &Answer) -> &'static str {
    if answer.signals.is_empty() {
        "; if the commit is pushed and CI runs for it, ask again, or wait with --ci-wait"
    } else {
        ""
    }
}

/// What starts a run that looks at this very commit, unless its file says otherwise. A run for a pull request looks at the merge
/// with its base, and one that another run or a comment started at whatever its file says.
const OF_COMMIT: [&str; 10] =
    ["push", "merge_group", "schedule", "workflow_dispatch", "release", "create", "dynamic", "web", "api", "trigger"];

/// Runs that may have looked at something else.
fn for_pull_requests(answer: &Answer) -> Option<String> {
    let counted = answer.signals.iter().zip(&answer.judgement.roles).filter(|(_, role)| **role == Role::Counted);
    let passed = counted.map(|(signal, _)| signal).filter(|signal| signal.state == State::Passed);
    let is_for_one = |signal: &&Signal| match &signal.flow {
        Flow::Known { workflow: Some(_), event } => !OF_COMMIT.contains(&event.as_str()),
        _ => false,
    };
    let count = passed.filter(is_for_one).count();
    (count > 0 && answer.judgement.verdict == Verdict::Passed).then(|| {
        format!(
            "{count} of the checks ran for a pull request or the like, and may have looked at something else than this very \
             commit (`event: push` in `ci.require` wants others)"
        )
    })
}

fn finding(signal: &Signal, role: Role) -> Finding {
    let address = signal.address.as_deref().map(|address| format!(" {}", shown(address))).unwrap_or_default();
    let role = if role == Role::Counted { String::new() } else { format!(" ({})", role.word()) };
    Finding {
        rule: signal.state.word().to_owned(),
        message: format!("{}: {}{role}{address}", signal.shown(), shown(&signal.word)),
        place: None,
        key: signal.shown(),
    }
}

/// Facts for machines: where and when it was asked, and every signal.
pub(crate) fn metrics(answer: &Answer, place: &Place, commit: &str) -> Map<String, Value> {
    let mut signals: Vec<_> = answer.signals.iter().zip(&answer.judgement.roles).collect();
    if signals.len() > LIST_LIMIT {
        // What is not good is not to be cut off.
        signals.sort_by_key(|(signal, role)| (**role != Role::Counted, std::cmp::Reverse(signal.state)));
    }
    let signals: Vec<_> =
        signals.into_iter().take(LIST_LIMIT).map(|(signal, role)| signal.to_json(role.word())).collect();
    let values = [
        json!(place.kind.word()),
        json!(place.host),
        json!(place.project),
        json!(commit),
        json!(answer.asked_at.to_string()),
        json!(answer.requests),
        json!(answer.waited.as_secs()),
        json!(answer.required),
        json!(answer.judgement.passed),
        json!(answer.judgement.counted),
        json!(answer.signals.len()),
        Value::Array(signals),
    ];
    KEYS.iter().map(|key| (*key).to_owned()).zip(values).collect()
}
