//! The pipeline as a caller of the library has it, with a type of gate of its own.

#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::sync::Arc;

use delivery_gate::engine::session::{Error, HowToRun, Session};
use delivery_gate::gates::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use delivery_gate::model::Decision;
use delivery_gate::model::Metrics;
use serde_json::json;
use tempfile::TempDir;

/// Counts the letters of its id; one of them it cannot bear.
struct Letters;

impl GateType for Letters {
    fn name(&self) -> &str {
        "letters"
    }

    fn configure(&self, _: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        Ok(Arc::new(Self))
    }
}

impl Gate for Letters {
    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        assert_ne!(job.id, "unbearable");
        let mut metrics = Metrics::new();
        metrics.insert("letters".to_owned(), json!(job.id.len()));
        Ok(Evidence::of(metrics))
    }

    fn judge(&self, _: &Job<'_>, _: &Metrics) -> Judgement {
        Judgement::Pass("letters were counted".to_owned())
    }
}

fn session(gates: &str) -> (TempDir, Session) {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("gates.yaml"), gates).expect("a file");
    let mut session = Session::open(folder.path(), Default::default()).expect("a session");
    session.registry.add(Box::new(Letters)).expect("a new name");
    (folder, session)
}

#[test]
fn a_type_of_the_callers_own_runs_like_any_other() {
    let (_folder, session) = session(
        "gates:\n  - {id: short, type: letters, pass_condition: letters < 6}\n  - {id: longer, type: letters}\n",
    );
    let pipeline = session.load("gates.yaml".as_ref()).expect("a gate file");
    let outcome = session.run(&pipeline, &HowToRun::default()).expect("a run").require_go().expect("a GO");
    assert_eq!(outcome.gates[0].row.detail, "letters < 6 holds");
    assert_eq!(outcome.gates[1].row.metrics["letters"], 6);
    assert!(session.store.latest("longer").expect("records").is_some());
}

#[test]
fn a_type_that_panics_proves_nothing_and_takes_no_other_along() {
    let (_folder, session) = session("gates:\n  - {id: unbearable, type: letters}\n  - {id: fine, type: letters}\n");
    let pipeline = session.load("gates.yaml".as_ref()).expect("a gate file");
    let outcome = session.run(&pipeline, &HowToRun::default()).expect("a run");
    let statuses: Vec<_> = outcome.gates.iter().map(|gate| gate.row.status.label()).collect();
    assert_eq!((statuses, outcome.decision()), (vec!["UNPROVEN", "PASS"], Decision::NoGo));
    match outcome.require_go() {
        Err(Error::Pipeline { failed }) => assert_eq!(failed, ["unbearable"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_wrong_is_told_apart() {
    let (_folder, session) = session("gates:\n  - {id: a, type: leters}\n");
    let problems = match session.load("gates.yaml".as_ref()) {
        Err(Error::Schema(problems)) => problems,
        other => panic!("{other:?}"),
    };
    assert!(problems[0].help.as_deref().is_some_and(|help| help.contains("letters")), "{problems:?}");
    assert!(matches!(session.require_trust(&[]), Err(Error::Trust(ended)) if ended.row.status.label() == "UNPROVEN"));
    assert!(matches!(session.gate("../a", "letters"), Err(Error::Evaluation(_))));
    assert!(matches!(session.prri(f64::NAN, &[], "default", None), Err(Error::Evaluation(_))));
}
