use crate::common::{Project, result};

fn judged(value: &str) -> (String, String) {
    let project = Project::released();
    let (_, report) = project.check().args(&["--ci-status", value]).json();
    let row = result(&report, "ci_status");
    assert_eq!(row["source"], "--ci-status");
    (row["status"].as_str().expect("a status").to_owned(), row["detail"].as_str().expect("a detail").to_owned())
}

#[test]
fn three_words_pass_in_any_case_and_space() {
    for value in ["success", "succeeded", "passed", "SUCCESS", " Passed\n"] {
        assert_eq!(judged(value).0, "PASS", "{value:?}");
    }
}

#[test]
fn anything_else_fails_and_is_shown_escaped_and_cut() {
    for value in ["failure", "successful", "cancelled", "skipped", "succes", " ", "success failure", "pass\u{200b}ed"] {
        assert_eq!(judged(value).0, "FAIL", "{value:?}");
    }
    assert_eq!(judged("a\u{1b}[2J").1, r"CI status is 'a\u{1b}[2J', not 'success'.");
    assert_eq!(judged(&"x".repeat(200)).1, format!("CI status is '{}…', not 'success'.", "x".repeat(79)));
}

#[test]
fn the_variable_counts_and_is_named_as_the_source() {
    let project = Project::released();
    let (run, report) = project.check().env("DELIVERY_GATE_CI_STATUS", "passed").json();
    assert_eq!((run.code, &result(&report, "ci_status")["source"]), (Some(0), &"DELIVERY_GATE_CI_STATUS".into()));
    let (_, report) = project.check_after_ci().env("DELIVERY_GATE_CI_STATUS", "failure").json();
    assert_eq!(result(&report, "ci_status")["source"], "--ci-status");
}

#[test]
fn no_value_and_an_empty_variable_are_unproven() {
    let project = Project::released();
    for gate in [project.check(), project.check().env("DELIVERY_GATE_CI_STATUS", "")] {
        let run = gate.run();
        let expected = "UNPROVEN  Tests passed in CI — no CI status was given: --ci asks the forge, --ci-status or DELIVERY_GATE_CI_STATUS reports it";
        assert_eq!((run.code, run.row("Tests passed")), (Some(1), expected));
    }
}

#[test]
fn an_explicitly_empty_flag_is_a_usage_error() {
    let project = Project::released();
    assert!(project.check().args(&["--ci-status", ""]).run().refusal().contains("--ci-status"));
}
