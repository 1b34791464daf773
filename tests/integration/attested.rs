use crate::common::{Project, RELEASE, result};

fn with_rollback(claim: &str) -> Project {
    let project = Project::drafted();
    let line = "  rollback_tested: {answer: true, by: \"Jane Smith\"}\n";
    project.write("release.yaml", &RELEASE.replace(line, &format!("  {claim}\n"))).commit().tag("v1.2.3");
    project
}

fn row_of(claim: &str) -> String {
    let run = with_rollback(claim).check_after_ci().run();
    run.row("Rollback").to_owned()
}

/// Each claim's row in one run, with what the claim says of its person.
fn rows_of<'b>(claims: &[&'b str]) -> Vec<(&'b str, String)> {
    let project = Project::drafted();
    for (at, by) in claims.iter().enumerate() {
        project.append("release.yaml", &format!("  claim_{at}_: {{answer: true{by}}}\n"));
    }
    let run = project.check_after_ci().run();
    let rows = claims.iter().enumerate().map(|(at, by)| (*by, run.row(&format!("claim_{at}_")).to_owned()));
    rows.collect()
}

#[test]
fn a_named_person_is_a_claim() {
    let names = ["Jane Smith", "Zoë Müller", "李雷", "j.smith@example.com", "Team Blue (on call)"];
    let claims = names.map(|name| format!(", by: \"{name}\""));
    for (name, (_, row)) in names.iter().zip(rows_of(&claims.each_ref().map(String::as_str))) {
        assert!(row.starts_with("PASS  ") && row.ends_with(&format!(" — Attested by {name}.")), "{row}");
    }
}

#[test]
fn no_name_is_no_claim() {
    for (by, row) in rows_of(&["", ", by: \"\"", ", by: \"  \"", ", by: ", ", by: ~", ", by: \"\\u200b\\ufeff\""]) {
        assert!(row.starts_with("FAIL  ") && row.ends_with(" — No named attester (by: is missing)."), "{by}: {row}");
    }
}

#[test]
fn a_placeholder_is_no_name() {
    let names = [
        "TODO",
        "tbd",
        "N/A",
        "None",
        "?",
        "-",
        "<name>",
        "<YOUR NAME>",
        "your  name",
        "Your Name",
        "me",
        "Somebody",
        "TODO: name",
        "tbd (QA)",
        "T\\u200bODO",
        "github-actions[bot]",
        "dependabot",
        "CI",
        "root",
        "Admin",
        "J",
        "pending",
        "TBD by Monday",
        "[name]",
        "anonymous",
        "QA team",
        "GPT-4",
        "AI assistant",
        "GitLab CI",
        "CircleCI",
        "noone",
        "done",
        "LGTM",
        "First Last",
    ];
    let claims = names.map(|name| format!(", by: \"{name}\""));
    for (name, row) in rows_of(&claims.each_ref().map(String::as_str)) {
        assert!(row.starts_with("FAIL  ") && row.ends_with("' is not a named attester."), "{name}: {row}");
    }
    let row = row_of("rollback_tested: {answer: true, by: TODO}");
    assert_eq!(row, "FAIL  Rollback procedure tested — 'TODO' is not a named attester.");
}

#[test]
fn a_placeholder_is_no_evidence() {
    for evidence in ["TODO", "n/a", "x", "https://example.com"] {
        let row = row_of(&format!("rollback_tested: {{answer: true, by: Jane, evidence: \"{evidence}\"}}"));
        let expected = format!("FAIL  Rollback procedure tested — Attested by Jane, but '{evidence}' is no evidence.");
        assert_eq!(row, expected);
    }
}

#[test]
fn not_done_and_not_claimed() {
    let row = row_of("rollback_tested: {answer: false, by: \"Jane Smith\"}");
    assert_eq!(row, "FAIL  Rollback procedure tested — Attested as not done (answer: false).");
    let row = row_of("# nothing");
    assert_eq!(row, "FAIL  Rollback procedure tested — Not attested in release.yaml.");
}

#[test]
fn evidence_and_the_rest_are_in_json() {
    let claim =
        "rollback_tested: {answer: true, by: Jane, evidence: \"https://x.example/1\", at: 2026-11-20, note: fine}";
    let (run, report) = with_rollback(claim).check_after_ci().json();
    let row = result(&report, "rollback_tested");
    assert_eq!(run.code, Some(0));
    assert_eq!(row["evidence"], serde_json::json!(["https://x.example/1"]));
    assert_eq!(row["metrics"], serde_json::json!({"by": "Jane", "note": "fine", "at": "2026-11-20"}));
    assert_eq!((&row["kind"], &row["source"]), (&"ATTESTED".into(), &"release.yaml:3".into()));
}

#[test]
fn a_claim_from_the_future_is_unproven() {
    for at in ["2999-01-01", "2999-01-01T00:00:00Z"] {
        let row = row_of(&format!("rollback_tested: {{answer: true, by: Jane, at: {at}}}"));
        assert!(row.starts_with("UNPROVEN  ") && row.ends_with("which is in the future."), "{row}");
    }
}

#[test]
fn a_claim_that_nobody_asked_for_is_checked_and_shown() {
    let project = Project::drafted();
    project.append("release.yaml", "  load_tested: {answer: true, by: TODO}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    assert_eq!((run.code, run.row("load_tested")), (Some(1), "FAIL  load_tested — 'TODO' is not a named attester."));
}

#[test]
fn the_policy_asks_for_more() {
    let project = Project::drafted();
    let policy = "attestations:\n  security_review: {title: Security review held, evidence: required}\n  \
                  approver_signed_off: {distinct_from: [rollback_tested]}\n";
    project.write("delivery-gate.yaml", policy);
    project.append("release.yaml", "  security_review: {answer: true, by: Jane}\n").commit().tag("v1.2.3");
    let run = project.check_after_ci().run();
    let expected =
        "FAIL  Security review held — Attested by Jane, but the policy requires evidence (evidence: is missing).";
    assert_eq!(run.row("Security review"), expected);
    assert_eq!(run.row("Named approver"), "PASS  Named approver signed off — Attested by Bob Lee.");
}

#[test]
fn four_eyes_are_two_people_however_the_name_is_spelled() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "attestations: {approver_signed_off: {distinct_from: [rollback_tested]}}\n");
    for spelled in ["  jane   SMITH ", "Jane Smith.", "Ｊａｎｅ Smith"] {
        project.write("release.yaml", &RELEASE.replace("Bob Lee", spelled));
        let run = project.check_after_ci().run();
        assert_eq!(run.code, Some(1));
        assert!(run.row("Named approver").contains("who attested rollback_tested too"), "{run:?}");
    }
}
