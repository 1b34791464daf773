use proptest::prelude::*;

use super::*;
use crate::evidence::forge::signal::App;

const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Few names, apps and runs, so that signals meet.
fn signal() -> impl Strategy<Value = Signal> {
    let state = prop_oneof![
        3 => Just(State::Passed),
        1 => Just(State::NotRun),
        1 => Just(State::Tolerated),
        1 => any::<bool>().prop_map(|begun| State::Open { begun }),
        1 => Just(State::Unknown),
        1 => Just(State::Failed),
    ];
    let flow = prop_oneof![
        Just(Flow::None),
        Just(Flow::Unknown),
        "[ab]\\.yml".prop_map(|path| Flow::Known { workflow: Some(path), event: "push".to_owned() }),
    ];
    let source = prop_oneof![Just(Source::CheckRun), Just(Source::Status), Just(Source::Run), Just(Source::Job)];
    let commit = prop_oneof![30 => Just(COMMIT.to_owned()), 1 => Just("b".repeat(40))];
    let parts = (state, flow, source, commit, "[xyz]", 1..50_u64, prop::option::of(1..3_u64), 1..3_u64);
    parts.prop_map(|(state, flow, source, commit, name, order, app, run)| Signal {
        source,
        id: order.to_string(),
        order,
        name,
        app: app.map(|id| App { id, slug: None }),
        flow,
        run: Some(run.to_string()),
        starts: None,
        commit,
        state,
        word: "word".to_owned(),
        address: None,
    })
}

/// One that speaks against a pass.
fn bad() -> impl Strategy<Value = Signal> {
    let state =
        prop_oneof![any::<bool>().prop_map(|begun| State::Open { begun }), Just(State::Unknown), Just(State::Failed)];
    (signal(), state).prop_map(|(signal, state)| Signal { state, ..signal })
}

/// Each with an id of its own.
fn signals() -> impl Strategy<Value = Vec<Signal>> {
    prop::collection::vec(signal(), 0..12).prop_map(|all| {
        let mut seen = BTreeSet::new();
        all.into_iter().filter(|signal| seen.insert(signal.order)).collect()
    })
}

fn demand() -> impl Strategy<Value = Demand> {
    let required = ("[xyz]", any::<bool>(), prop::option::of("[ab]\\.yml"));
    let required =
        required.prop_map(|(name, may_skip, workflow)| Required { name, app: None, workflow, event: None, may_skip });
    let require = prop::option::of(prop::collection::vec(required, 1..3));
    (require, prop::collection::vec("[xyz]", 0..2)).prop_map(|(require, ignore)| Demand { require, ignore })
}

fn own() -> impl Strategy<Value = Own> {
    prop_oneof![
        Just(Own::Outside),
        Just(Own::Nameless { help: "" }),
        (1..50_u64).prop_map(|id| Own::Job(id.to_string()))
    ]
}

fn passes(signals: &[Signal], demand: &Demand, own: &Own) -> bool {
    judge(COMMIT, signals, demand, own).verdict == Verdict::Passed
}

/// Run 1 was run again after run 2 had come to the job: what it says now is not what run 2 will say.
#[test]
fn an_open_run_is_not_told_by_what_an_older_one_came_to_later() {
    let signal = |source, name: &str, order: u64, run: &str, state| Signal {
        source,
        id: order.to_string(),
        order,
        name: name.to_owned(),
        app: None,
        flow: Flow::Known { workflow: Some("a.yml".to_owned()), event: "push".to_owned() },
        run: Some(run.to_owned()),
        starts: None,
        commit: COMMIT.to_owned(),
        state,
        word: "word".to_owned(),
        address: None,
    };
    let open = State::Open { begun: false };
    let required = Required { name: "z".to_owned(), app: None, workflow: None, event: None, may_skip: false };
    let demand = Demand { require: Some(vec![required]), ignore: Vec::new() };
    let again = signal(Source::CheckRun, "z", 35, "1", State::Passed);
    let verdict = |run: State, job: Option<State>| {
        let job = job.map(|state| signal(Source::CheckRun, "z", 2, "2", state));
        let all: Vec<_> = [again.clone(), signal(Source::Run, "x", 1, "2", run)].into_iter().chain(job).collect();
        judge(COMMIT, &all, &demand, &Own::Outside).verdict
    };
    for job in [None, Some(open)] {
        assert!(matches!(verdict(open, job), Verdict::Waiting(_)), "{job:?}");
    }
    assert!(matches!(verdict(State::Failed, Some(State::Failed)), Verdict::Failed(_)));
    assert_eq!(verdict(State::Passed, Some(State::Passed)), Verdict::Passed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn nothing_bad_that_is_added_makes_a_pass(all in signals(), more in bad(), demand in demand(), own in own()) {
        // The gate's own job is no signal of what it judges.
        let own = if own == Own::Job(more.id.clone()) { Own::Outside } else { own };
        // What the policy leaves out may tell why a run failed.
        let ignore = demand.ignore.into_iter().filter(|name| *name != more.name).collect();
        let demand = Demand { ignore, ..demand };
        // Each has an id of its own.
        let all: Vec<_> = all.into_iter().filter(|signal| signal.order != more.order).collect();
        let before = passes(&all, &demand, &own);
        let with: Vec<_> = all.into_iter().chain([more]).collect();
        prop_assert!(before || !passes(&with, &demand, &own));
    }

    #[test]
    fn the_order_makes_no_difference(all in signals().prop_shuffle(), demand in demand(), own in own()) {
        let mut sorted = all.clone();
        sorted.sort_by_key(|signal| (signal.order, signal.state, signal.shown()));
        let (one, other) = (judge(COMMIT, &all, &demand, &own), judge(COMMIT, &sorted, &demand, &own));
        prop_assert_eq!(std::mem::discriminant(&one.verdict), std::mem::discriminant(&other.verdict));
        prop_assert_eq!((one.passed, one.counted), (other.passed, other.counted));
    }

    #[test]
    fn a_signal_of_another_commit_never_counts(all in signals(), more in signal(), demand in demand(), own in own()) {
        let other = Signal { commit: "c".repeat(40), ..more };
        let with: Vec<_> = all.into_iter().chain([other]).collect();
        prop_assert!(!passes(&with, &demand, &own));
    }

    #[test]
    fn a_pass_has_passed_something_and_nothing_that_counts_is_worse(all in signals(), demand in demand(), own in own()) {
        let judgement = judge(COMMIT, &all, &demand, &own);
        let is_sound = judgement.passed > 0 && judgement.passed == judgement.counted;
        prop_assert!(is_sound || judgement.verdict != Verdict::Passed);
    }
}
