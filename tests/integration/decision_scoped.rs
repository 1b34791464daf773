//! Records that say for themselves which files they cover, and how firmly they hold them.

use serde_json::{Value, json};

use crate::common::{Gate, Project, RELEASE, result};
use crate::server::{Answer, Server, json as answer};

const NO_REFERENCE: &str = "Gate: blocked — no decision is referenced; add `decern:<id>` or `ADR-<number>` to the title or the \
                            text of the pull request, or to a commit message\n";

fn record(rest: &str) -> String {
    format!("---\nstatus: accepted\n{rest}\n---\n# A decision\n\nAs it was decided.\n")
}

/// A repository whose base has these records, by number, and this policy.
fn base(records: &[(u32, &str)], policy: &str) -> Project {
    let project = Project::new();
    project.write("src/main.rs", "fn main() {}\n").write("delivery-gate.yaml", policy);
    for (number, rest) in records {
        project.write(&format!("docs/adr/{number:04}-decision.md"), &record(rest));
    }
    project.commit().git(&["branch", "base"]);
    project
}

const WARNING: &str = "scope: [\"db/**\"]\nenforcement: warning";
const NOT_SCOPED: &str = "decision: {}\n";
const SCOPED: &str = "decision: {scoped: true}\n";
const JUDGED: &str = "decision: {scoped: true, judge: true}\n";

fn decision(project: &Project) -> Gate {
    project.gate(&["decision", "--repo", "repo"]).env("CI_BASE_SHA", "base").env("CI_HEAD_SHA", "HEAD")
}

/// A model that answers each question about a decision with a verdict: the JSON text, by the decision's id.
fn model(verdict: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        let id = request.split("begin decision ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let message = json!({"choices": [{"message": {"content": verdict(id)}}]});
        Answer::Whole(answer("200 OK", &message.to_string()))
    })
}

fn allowed() -> String {
    json!({"allowed": true, "confidence": 0.9, "reason": "It fits."}).to_string()
}

fn refused() -> String {
    json!({"allowed": false, "confidence": 0.9, "reason": "It does not fit."}).to_string()
}

fn asking(project: &Project, model: &Server) -> Gate {
    let gate = decision(project).env("DECERN_JUDGE_LLM_BASE_URL", &model.url());
    gate.env("DECERN_JUDGE_LLM_API_KEY", "SEKRET-KEY").env("DECERN_JUDGE_LLM_MODEL", "m")
}

#[test]
fn what_only_warning_records_cover_needs_no_reference() {
    let project = base(&[(2, WARNING)], NOT_SCOPED);
    project.write("db/schema.sql", "x\n").write("db/migrations/1.sql", "x\n").commit();
    let expected = "Changed files: 2\nDecision required: YES\nReason: High-impact patterns matched: \
                    db/migrations/1.sql (database), db/schema.sql (database)\nReferences: none\nWarning: no valid decision \
                    covers db/migrations/1.sql and 1 more; ADR-0002 does, with enforcement: warning\nGate: passed.\n";
    assert_eq!(decision(&project).run().report(0), expected);
    let (_, report) = decision(&project).json();
    let row = result(&report, "high_impact");
    assert_eq!((&row["status"], &report["decision"]), (&json!("WARN"), &json!("GO")));
    assert_eq!(row["metrics"]["warned"], json!(["db/migrations/1.sql", "db/schema.sql"]));
    // A reference that is refused is no more than none, and one that is valid is all that is asked for.
    let refused = decision(&project).env("CI_PR_BODY", "ADR-9").run().report(0);
    assert!(refused.contains("Decision ADR-9: FAIL — ") && refused.ends_with("Gate: passed.\n"), "{refused}");
    let valid = decision(&project).env("CI_PR_BODY", "ADR-2").run().report(0);
    assert!(!valid.contains("Warning: "), "{valid}");
}

#[test]
fn a_file_that_anything_firmer_covers_needs_a_reference() {
    let beside: [&[(u32, &str)]; 4] = [
        &[(2, WARNING), (3, "scope: db/migrations/**")],
        &[(2, WARNING), (3, "scope: db/**\nenforcement: Blocking")],
        &[(2, WARNING), (3, "")],
        &[(2, "scope: docs/**\nenforcement: warning")],
    ];
    for records in beside {
        let project = base(records, NOT_SCOPED);
        project.write("db/migrations/1.sql", "x\n").commit();
        assert!(decision(&project).run().report(1).ends_with(NO_REFERENCE), "{records:?}");
    }
    // The part that a firmer one covers is what is missing.
    let project = base(&[(2, WARNING), (3, "scope: \"*.tf\""), (4, "scope: docs/**")], NOT_SCOPED);
    project.write("db/migrations/1.sql", "x\n").write("main.tf", "x\n").commit();
    let printed = decision(&project).env("CI_PR_BODY", "ADR-4").run().report(1);
    assert!(printed.ends_with("Gate: blocked — no valid decision covers main.tf\n"), "{printed}");
    assert_eq!(decision(&project).env("CI_PR_BODY", "ADR-3").run().code, Some(0));
}

#[test]
fn a_change_does_not_say_itself_that_a_warning_is_enough() {
    let project = base(&[(2, "scope: db/**")], NOT_SCOPED);
    project.write("docs/adr/0002-decision.md", &record(WARNING)).write("docs/adr/0003-more.md", &record(WARNING));
    project.write("db/migrations/1.sql", "x\n").commit();
    assert!(decision(&project).run().report(1).ends_with(NO_REFERENCE));
    // Nor that it is not: what the base has still holds.
    let project = base(&[(2, WARNING)], NOT_SCOPED);
    project.remove("docs/adr/0002-decision.md").write("db/migrations/1.sql", "x\n").commit();
    let printed = decision(&project).run().report(0);
    assert!(printed.contains("Warning: ADR-0002: no longer valid after this change: "), "{printed}");
    // Where the records of the change count, that is told.
    let project = base(&[(2, "scope: db/**")], "decision: {adr_from: head}\n");
    project.write("docs/adr/0002-decision.md", &record(WARNING)).write("db/migrations/1.sql", "x\n").commit();
    let printed = decision(&project).run().report(0);
    assert!(
        printed.contains("Warning: ADR-0002: read from the change itself (decision.adr_from: head)\n"),
        "{printed}"
    );
}

#[test]
fn another_word_for_the_enforcement_makes_the_record_invalid() {
    let project = base(&[(2, "scope: db/**\nenforcement: warn"), (3, WARNING)], NOT_SCOPED);
    project.write("db/migrations/1.sql", "x\n").commit();
    let why = "docs/adr/0002-decision.md: its enforcement in line 4 is \"warn\": write blocking or warning";
    let printed = decision(&project).env("CI_PR_BODY", "ADR-2").run().report(1);
    assert!(printed.contains(&format!("Decision ADR-2: FAIL — {why}\n")), "{printed}");
    // It may be firmer than the other one: nobody can tell.
    let printed = decision(&project).run().report(1);
    assert!(printed.contains(&format!("Warning: {why}\n")) && printed.ends_with(NO_REFERENCE), "{printed}");
}

#[test]
fn a_refusal_of_a_decision_that_only_warns_is_a_warning() {
    let project = base(&[(2, WARNING), (3, "scope: \"*.tf\"")], "decision: {judge: true}\n");
    project.write("db/migrations/1.sql", "x\n").commit();
    let refusing = model(|_| refused());
    let printed = asking(&project, &refusing).env("CI_PR_BODY", "ADR-2").run().report(0);
    let tail = "Judge: refused, the decision only warns — It does not fit.\nGate: passed.\n";
    assert!(printed.ends_with(tail), "{printed}");
    let (_, report) = asking(&project, &refusing).env("CI_PR_BODY", "ADR-2").json();
    assert_eq!((&result(&report, "judge")["status"], &report["decision"]), (&json!("WARN"), &json!("GO")));
    // No verdict is none, however firm the decision is.
    let broken = model(|_| "{}".to_owned());
    assert!(asking(&project, &broken).env("CI_PR_BODY", "ADR-2").run().report(1).contains("Judge: no verdict — "));
    // Naming it last does not make a warning of what a firmer one covers.
    project.write("main.tf", "x\n").commit();
    let printed = asking(&project, &refusing).env("CI_PR_BODY", "ADR-3, ADR-2").run().report(1);
    assert!(printed.ends_with("Gate: blocked — judge: It does not fit.\n"), "{printed}");
}

#[test]
fn every_record_in_whose_scope_the_change_lies_is_asked() {
    let records = [
        (2, "scope: src/**"),
        (3, "scope: src/*.rs\nenforcement: warning"),
        (4, "scope: docs/**"),
        (5, ""),
        (6, "scope: [src/main.rs]"),
    ];
    let project = base(&records, JUDGED);
    project.write("docs/a.md", "x\n").write("docs/adr/0006-decision.md", "# 6. x\n\nStatus: proposed\n").commit();
    project.git(&["branch", "-f", "base"]).write("src/main.rs", "fn main() { }\n").commit();
    let allowing = model(|_| allowed());
    let expected = "Changed files: 1\nDecision required: NO\nReason: No high-impact file patterns matched.\n\
                    In scope: 2 record(s) — ADR-0002, ADR-0003 (warning)\n\
                    Judge: checking diff against decision ADR-0002...\nJudge: allowed. Passed at 90% — It fits.\n\
                    Judge: checking diff against decision ADR-0003...\nJudge: allowed. Passed at 90% — It fits.\n\
                    Gate: passed.\n";
    assert_eq!(asking(&project, &allowing).run().report(0), expected);
    assert_eq!(allowing.requests().len(), 2);
    let refusing = |refuses: &'static str| model(move |id| if id == refuses { refused() } else { allowed() });
    let blocked = asking(&project, &refusing("ADR-0002")).run().report(1);
    assert!(blocked.ends_with("Gate: blocked — judge: ADR-0002: It does not fit.\n"), "{blocked}");
    let warned = asking(&project, &refusing("ADR-0003"));
    let (run, report) = warned.json();
    assert_eq!((run.code, &result(&report, "judge:ADR-0003")["status"]), (Some(0), &json!("WARN")));
    assert_eq!(result(&report, "judge:ADR-0002")["metrics"]["reason"], "It fits.");
    for broken in ["", "{\"allowed\": true}"] {
        let printed =
            asking(&project, &model(move |id| if id == "ADR-0003" { broken.into() } else { allowed() })).run();
        assert!(printed.report(1).contains("Judge: no verdict — "), "{broken}");
    }
    // Without a judge they are named.
    project.git(&["reset", "-q", "--hard", "base"]).write("delivery-gate.yaml", SCOPED).commit();
    project.git(&["branch", "-f", "base"]).write("src/main.rs", "fn main() {  }\n").commit();
    let printed = decision(&project).run().report(0);
    assert!(printed.contains("In scope: 2 record(s) — ADR-0002, ADR-0003 (warning)\nGate: passed.\n"), "{printed}");
}

/// The record that is named is asked about once, and first.
#[test]
fn records_in_scope_are_asked_about_beside_the_reference() {
    let project = base(&[(2, "scope: db/**"), (3, "scope: db/migrations/*")], JUDGED);
    project.write("db/migrations/1.sql", "x\n").commit();
    let allowing = model(|_| allowed());
    let (run, report) = asking(&project, &allowing).env("CI_PR_BODY", "ADR-2").json();
    assert_eq!((run.code, allowing.requests().len()), (Some(0), 2));
    assert_eq!(result(&report, "judge")["metrics"]["decision"], "ADR-2");
    assert_eq!(result(&report, "judge:ADR-0003")["metrics"]["decision"], "ADR-0003");
    // A change that is blocked without them is not sent anywhere.
    let unasked = model(|_| allowed());
    assert!(asking(&project, &unasked).run().report(1).ends_with(NO_REFERENCE));
    assert!(unasked.requests().is_empty());
}

#[test]
fn neither_the_policy_nor_a_record_of_the_change_loosens_it() {
    let project = base(&[(2, "scope: src/**"), (3, "scope: src/**")], JUDGED);
    project.write("delivery-gate.yaml", NOT_SCOPED).remove("docs/adr/0003-decision.md");
    project.write("docs/adr/0002-decision.md", &record("scope: docs/**\nenforcement: warning"));
    project.write("src/main.rs", "\n").commit();
    let refusing = model(|id| if id == "ADR-0003" { refused() } else { allowed() });
    let printed = asking(&project, &refusing).env("CI_PR_BODY", "ADR-2").run().report(1);
    assert!(printed.contains("In scope: 2 record(s) — ADR-0002, ADR-0003\n"), "{printed}");
    let told = "Warning: ADR-0003: no longer valid after this change: there is no record ADR-0003 in docs/adr\n";
    assert!(printed.contains(told), "{printed}");
}

#[test]
fn a_record_of_which_nobody_can_tell_is_said_and_proves_nothing() {
    let broken = [
        ("enforcement: maybe\nscope: src/**", "its enforcement in line 3 is \"maybe\": write blocking or warning"),
        ("scope: {a: b}", "its `scope` is not a glob or a list of globs"),
        ("scope: src/**\nStatus: proposed", "it does not agree with itself"),
    ];
    for (rest, why) in broken {
        let project = base(&[(2, rest)], SCOPED);
        project.write("src/main.rs", "\n").commit();
        let printed = decision(&project).run().report(1);
        assert!(
            printed.contains(why) && printed.contains("with decision.scoped it may cover this change"),
            "{printed}"
        );
        let (_, report) = decision(&project).json();
        assert_eq!(result(&report, "high_impact")["status"], "UNPROVEN");
    }
    // A change of records alone may mend it, and where it covers nothing of the change it is only said.
    let project = base(&[(2, "scope: {a: b}"), (3, "scope: docs/adr/**")], SCOPED);
    project.write("docs/adr/0002-decision.md", &record("scope: src/**")).commit();
    let printed = decision(&project).run().report(0);
    assert!(printed.contains("Warning: docs/adr/0002-decision.md: its `scope` is not a glob"), "{printed}");
}

#[test]
fn a_scope_that_matches_nothing_is_told() {
    let project = base(&[(2, "scope: [\"databse/**\", \"*.tfx\"]"), (3, "scope: src/**")], SCOPED);
    project.write("README.md", "x\n").commit();
    let warning = "Warning: ADR-0002: its scope matches no file of the repository: databse/**, *.tfx\n";
    let printed = decision(&project).run().report(0);
    assert!(printed.contains(warning) && printed.matches("Warning: ").count() == 1, "{printed}");
    // A record that is named has one too.
    let project = base(&[(2, "scope: \"databse/**\"")], NOT_SCOPED);
    project.write("Dockerfile", "FROM x\n").commit();
    let printed = decision(&project).env("CI_PR_BODY", "ADR-2").run().report(1);
    assert!(printed.contains("Warning: ADR-2: its scope matches no file of the repository: databse/**\n"), "{printed}");
}

#[test]
fn at_most_twenty_are_asked_about_and_the_rest_are_named() {
    let mut records: Vec<_> = (1..=21).map(|number| (number, "scope: src/**")).collect();
    records[0].1 = "scope: src/**\nenforcement: warning";
    let project = base(&records, JUDGED);
    project.write("src/main.rs", "\n").commit();
    let allowing = model(|_| allowed());
    let printed = asking(&project, &allowing).run().report(0);
    assert_eq!(allowing.requests().len(), 20);
    let warning =
        "Warning: the change lies in the scope of more than 20 records; the judge was not asked about ADR-0001\n";
    assert!(printed.contains(warning), "{printed}");
}

/// A service that approves changes does not take the records' place: they are asked about all the same, by their number.
#[test]
fn a_service_is_asked_about_the_records_in_scope() {
    let project = base(&[(2, "scope: src/**"), (3, "scope: src/**\nenforcement: warning")], JUDGED);
    project.write("docs/adr/0003-more.md", &record("scope: src/**")).commit().git(&["branch", "-f", "base"]);
    project.write("src/main.rs", "\n").write("Dockerfile", "FROM x\n").commit();
    let server = Server::start(|request| {
        let is_refused = request.contains("\"adrRef\":\"ADR-0003-more\"");
        let verdict = if is_refused { "{\"allowed\":false,\"reason\":\"no\"}" } else { "{\"allowed\":true}" };
        let post = request.starts_with("POST");
        Answer::Whole(answer("200 OK", if post { verdict } else { "{\"valid\":true,\"status\":\"approved\"}" }))
    });
    let gate = decision(&project).env("DECERN_BASE_URL", &server.url()).env("DECERN_CI_TOKEN", "SEKRET-TOKEN");
    let printed = gate.env("CI_PR_BODY", "decern:abc-1").run().report(1);
    assert!(printed.ends_with("Gate: blocked — judge: ADR-0003-more: no\n"), "{printed}");
    let questions = server.requests().into_iter().filter(|request| request.starts_with("POST"));
    let asked = questions.filter_map(|request| {
        let body: Value = serde_json::from_str(request.split_once("\r\n\r\n")?.1).ok()?;
        body.get("adrRef").or(body.get("decisionId"))?.as_str().map(str::to_owned)
    });
    let mut asked: Vec<_> = asked.collect();
    asked.sort_unstable();
    assert_eq!(asked, ["ADR-0002", "ADR-0003-decision", "ADR-0003-more", "abc-1"]);
    // Where a service approves, a record does not say that a warning is enough.
    let project = base(&[(2, WARNING)], SCOPED);
    project.write("db/migrations/1.sql", "x\n").commit();
    let gate = decision(&project).env("DECERN_BASE_URL", &server.url()).env("DECERN_CI_TOKEN", "SEKRET-TOKEN");
    assert!(gate.run().report(1).ends_with(NO_REFERENCE));
}

#[test]
fn what_the_judge_does_not_see_of_a_scope_blocks() {
    let project = base(&[(2, "scope: pictures/**")], JUDGED);
    project.write("pictures/a.png", "x\n").write("src/main.rs", "\n").commit();
    let printed = asking(&project, &model(|_| allowed())).run().report(1);
    assert!(printed.contains("Judge: no verdict — none of the files in its scope would be reviewed\n"), "{printed}");
}

/// A submodule stands for what is in it.
#[test]
fn a_submodule_lies_in_the_scope_of_its_files() {
    let project = base(&[(2, "scope: vendor/lib/**")], SCOPED);
    let commit = project.head();
    project.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},vendor/lib")]);
    project.git(&["commit", "-qm", "x\n\nDecision: ADR-2"]);
    let printed = decision(&project).run().report(0);
    assert!(printed.contains("In scope: 1 record(s) — ADR-0002\n"), "{printed}");
}

#[test]
fn check_asks_and_warns_too() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", JUDGED).write("docs/adr/0002-decision.md", &record("scope: src/**"));
    project.write("docs/adr/0003-decision.md", &record("scope: [src/**, Dockerfile]\nenforcement: warning"));
    project.write("release.yaml", "version: '1.2.1'\n").commit().tag("v1.2.1");
    project
        .write("release.yaml", RELEASE)
        .write("src/main.rs", "\n")
        .write("Dockerfile", "FROM x\n")
        .commit()
        .tag("v1.2.3");
    let ask = |server: &Server| {
        let gate = project.check_after_ci().env("DECERN_JUDGE_LLM_BASE_URL", &server.url());
        gate.env("DECERN_JUDGE_LLM_API_KEY", "SEKRET-KEY").env("DECERN_JUDGE_LLM_MODEL", "m")
    };
    let printed = ask(&model(|id| if id == "ADR-0003" { refused() } else { allowed() })).run().report(0);
    assert!(
        printed.contains("no valid decision covers Dockerfile; ADR-0003 does, with enforcement: warning"),
        "{printed}"
    );
    assert!(printed.contains("judge:ADR-0003: refused, the decision only warns — It does not fit."), "{printed}");
    let printed = ask(&model(|_| refused())).run().report(1);
    assert!(printed.contains("judge: ADR-0002: It does not fit."), "{printed}");
}

/// A slip takes the limits of a record away, so it is said.
#[test]
fn a_key_that_is_nearly_a_known_one_is_told() {
    let cases = [
        ("scop: [\"db/**\"]", "`scop` in line 3", "`scope`"),
        ("path: db/**", "`path` in line 3", "`paths`"),
        ("tags: [a]\nenforcment: warning", "`enforcment` in line 4", "`enforcement`"),
        ("staus: rejected", "`staus` in line 3", "`status`"),
        ("superseeds: ADR-1", "`superseeds` in line 3", "`supersedes`"),
    ];
    for (rest, what, meant) in cases {
        let project = base(&[(2, rest)], NOT_SCOPED);
        project.write("Dockerfile", "FROM x\n").commit();
        let told = decision(&project).env("CI_PR_BODY", "ADR-2").run().report(0);
        let warning =
            format!("Warning: ADR-2: its front matter has {what}, which says nothing: did you mean {meant}?\n");
        assert!(told.contains(&warning), "{rest}: {told}");
    }
    let project =
        base(&[(2, "tags: [a]\ntitle: A\nauthor: J\nsource: x\ncreated: 2026-01-01\ndate: 2026-01-01")], NOT_SCOPED);
    project.write("Dockerfile", "FROM x\n").commit();
    let told = decision(&project).env("CI_PR_BODY", "ADR-2").run().report(0);
    assert!(!told.contains("Warning"), "{told}");
}
