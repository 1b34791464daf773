//! `verify` misses no row that the release was asked for.

use serde_json::json;

use crate::common::Project;
use crate::verify::{newest, resealed, standing};

#[test]
fn a_record_without_a_row_that_the_policy_asks_for_confirms_nothing() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "decision: {providers: [http]}\n").commit().tag("v1.2.3");
    project.check_after_ci().args(&["--record", "repo/records"]).run().report(1);
    let record = newest(&project);
    resealed(&project, &record, |document| {
        document["results"].as_array_mut().expect("results").retain(|row| row["check_id"] != "decision_approved");
        (document["decision"], document["hold_reasons"]) = ("GO".into(), json!([]));
    });
    let (run, document) = project.gate(&["verify", "v1.2.3", "--repo", "repo", "--record", &record]).json();
    assert_eq!(run.code, Some(1), "{document}");
    assert_eq!(standing(&document, "decision_approved"), "cannot be established any more");
}

#[test]
fn a_service_that_no_policy_asks_is_not_missed() {
    let project = Project::released();
    let (_, document) = project
        .gate(&["verify", "v1.2.3", "--repo", "repo"])
        .env("DECERN_BASE_URL", "http://localhost:1")
        .env("DECERN_CI_TOKEN", "SEKRET-TOKEN")
        .json();
    let rows = document["results"].as_array().expect("results");
    assert!(rows.iter().all(|row| row["id"] != "decision_approved"), "{document}");
}
