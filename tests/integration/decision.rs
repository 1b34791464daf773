//! The decision gate on real changes, with real servers and with nothing but records.

use serde_json::{Value, json};

use crate::common::{Gate, Project, RELEASE, result};
use crate::server::{Answer, Server, json as answer};

const ACCEPTED: &str = "# 2. Use containers\n\n## Status\n\nAccepted\n";

/// A repository with a base commit on the branch `base`, and nothing changed since.
fn base() -> Project {
    let project = Project::new();
    project.write("src/main.rs", "fn main() {}\n").write("docs/adr/0002-use-containers.md", ACCEPTED);
    project.commit().git(&["branch", "base"]);
    project
}

/// A high-impact change since `base`.
fn changed() -> Project {
    let project = base();
    project.write("Dockerfile", "FROM x\n").commit();
    project
}

fn decision(project: &Project) -> Gate {
    project.gate(&["decision", "--repo", "repo"]).env("CI_BASE_SHA", "base").env("CI_HEAD_SHA", "HEAD")
}

fn with_service(project: &Project, server: &Server) -> Gate {
    let gate = decision(project).env("DECERN_BASE_URL", &server.url()).env("DECERN_CI_TOKEN", "SEKRET-TOKEN");
    gate.env("CI_PR_BODY", "decern:abc-1")
}

/// Approves everything, and judges as told.
fn judging(verdict: &str) -> Server {
    let verdict = answer("200 OK", verdict);
    Server::start(move |request| {
        let valid = answer("200 OK", "{\"valid\":true}");
        Answer::Whole(if request.starts_with("POST") { verdict.clone() } else { valid })
    })
}

const REQUIRED: &str = "Changed files: 1\nDecision required: YES\n\
                        Reason: High-impact patterns matched: Dockerfile (infrastructure)\n";

#[test]
fn a_change_without_high_impact_needs_no_decision() {
    let project = base();
    project.write("src/main.rs", "fn main() { }\n").write("src/b.rs", "\n").commit();
    let run = decision(&project).run();
    let expected =
        "Changed files: 2\nDecision required: NO\nReason: No high-impact file patterns matched.\nGate: passed.\n";
    assert_eq!(run.report(0), expected);
    let (_, report) = decision(&project).json();
    let row = result(&report, "high_impact");
    assert_eq!((&row["status"], &report["decision"]), (&"PASS".into(), &"GO".into()));
    assert_eq!(row["metrics"]["head"].as_str(), Some(project.head().as_str()));
    assert_eq!(row["metrics"]["source"], "CI_BASE_SHA and CI_HEAD_SHA");
    let verbose = decision(&project).args(&["-v"]).run().report(0);
    assert!(verbose.starts_with("Compared: base...HEAD (CI_BASE_SHA and CI_HEAD_SHA)\n"), "{verbose}");
}

#[test]
fn a_high_impact_change_without_a_reference_is_blocked() {
    let expected = format!(
        "{REQUIRED}References: none\nGate: blocked — no decision is referenced; add `decern:<id>` or `ADR-<number>` to the \
         title or the text of the pull request, or to a commit message\n"
    );
    assert_eq!(decision(&changed()).run().report(1), expected);
}

#[test]
fn a_record_that_was_accepted_before_is_enough() {
    let expected = format!("{REQUIRED}References: found 1 ref(s) — ADR-2\nDecision ADR-2: valid.\nGate: passed.\n");
    let run = decision(&changed()).env("CI_PR_TITLE", "Containers (ADR-2)").run();
    assert_eq!(run.report(0), expected);
}

#[test]
fn a_change_cannot_approve_itself() {
    let project = changed();
    project.write("docs/adr/0003-more.md", ACCEPTED).commit();
    let printed = decision(&project).env("CI_PR_BODY", "ADR-3").run().report(1);
    let line = "Decision ADR-3: FAIL — accepted only in this change; merge the decision first\n";
    assert!(
        printed.contains(line) && printed.ends_with("Gate: blocked — no referenced decision is approved\n"),
        "{printed}"
    );
    let policy = "decision: {adr_from: head}\n";
    let project = base();
    project.write("delivery-gate.yaml", policy).commit().git(&["branch", "-f", "base"]);
    project.write("Dockerfile", "FROM x\n").write("docs/adr/0003-more.md", ACCEPTED).commit();
    let printed = decision(&project).env("CI_PR_BODY", "ADR-3").run().report(0);
    assert!(printed.contains("Warning: ADR-3: ") && printed.contains("adr_from: head"), "{printed}");
}

#[test]
fn references_are_looked_for_in_commit_messages_when_there_is_no_other_text() {
    let project = base();
    project.write("Dockerfile", "FROM x\n").git(&["add", "-A"]).git(&[
        "commit",
        "-qm",
        "containers\n\nDecision: ADR-0002",
    ]);
    assert_eq!(decision(&project).run().code, Some(0));
    assert_eq!(decision(&project).env("CI_PR_TITLE", "no reference").run().code, Some(1));
    assert_eq!(decision(&project).env("CI_COMMIT_MESSAGE", "no reference").run().code, Some(1));
}

#[test]
fn the_service_says_what_is_valid() {
    let project = changed();
    let server = Server::json("200 OK", "{\"valid\":true,\"decisionId\":\"abc-1\",\"status\":\"approved\"}");
    let expected = format!("{REQUIRED}References: found 1 ref(s) — abc-1\nDecision abc-1: valid.\nGate: passed.\n");
    assert_eq!(with_service(&project, &server).run().report(0), expected);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].starts_with("GET /api/decision-gate/validate?decisionId=abc-1 HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
    assert!(requests[0].contains("\r\nauthorization: Bearer SEKRET-TOKEN\r\n"), "{}", requests[0]);
}

#[test]
fn everything_but_an_approval_blocks_and_says_why() {
    let project = changed();
    let cases = [
        (answer("404 Not Found", "{}"), "Not Found"),
        (answer("401 Unauthorized", "{\"valid\":false}"), "DECERN_CI_TOKEN"),
        (answer("422 Unprocessable Entity", "{\"valid\":false,\"reason\":\"still a draft\"}"), "still a draft"),
        (
            answer("404 Not Found", "{\"valid\":false,\"reason\":\"not_found\"}"),
            "the service knows no such decision (404 Not Found)",
        ),
        (
            answer("422 Unprocessable Entity", "{\"valid\":false,\"reason\":\"not_approved\",\"status\":\"proposed\"}"),
            "it is not approved: its status is 'proposed' (422 Unprocessable Entity)",
        ),
        (answer("200 OK", "{\"valid\":false,\"reason\":\"rejected\"}"), "rejected"),
        (answer("500 Internal Server Error", ""), "Internal Server Error"),
    ];
    for (bytes, why) in cases {
        let server = Server::start(move |_| Answer::Whole(bytes.clone()));
        let run = with_service(&project, &server).run();
        assert!(!run.stderr.contains("SEKRET") && !run.stdout.contains("SEKRET"), "{run:?}");
        let printed = run.report(1);
        let line = printed.lines().find(|line| line.starts_with("Decision abc-1: FAIL — "));
        assert!(line.is_some_and(|line| line.contains(why)), "{printed}");
    }
    let stalling = Server::start(|_| Answer::Stall(b"HTTP/1.1 200 OK\r\n".to_vec()));
    let printed = with_service(&project, &stalling).env("DECERN_GATE_TIMEOUT_MS", "100").run().report(1);
    assert!(printed.contains("Decision abc-1: FAIL — timeout after 100 ms"), "{printed}");
}

#[test]
fn an_exhausted_observation_is_told() {
    let limit = "{\"valid\":true,\"observation\":true,\"message\":\"The limit of observed checks is reached.\"}";
    let server = Server::json("200 OK", limit);
    let printed = with_service(&changed(), &server).run().report(0);
    let warning =
        "Warning: abc-1: observation: the service did not say its status; The limit of observed checks is reached.\n";
    assert!(printed.contains(warning), "{printed}");
}

#[test]
fn half_a_service_decides_nothing() {
    let project = changed();
    let cases = [
        decision(&project).env("DECERN_BASE_URL", ""),
        decision(&project).env("DECERN_CI_TOKEN", "x"),
        decision(&project).env("DECERN_BASE_URL", "http://127.0.0.1:9"),
    ];
    for gate in cases {
        let printed = gate.env("CI_PR_BODY", "ADR-2").run().report(1);
        assert!(printed.contains("is not set, so the decision service cannot be asked"), "{printed}");
    }
    // A change that needs no decision needs no service.
    let harmless = base();
    harmless.write("src/main.rs", "\n").commit();
    assert_eq!(decision(&harmless).env("DECERN_CI_TOKEN", "x").run().code, Some(0));
}

#[test]
fn the_judge_allows_advises_or_refuses() {
    let project = changed();
    let judged = |verdict: &str| with_service(&project, &judging(verdict)).env("DECERN_GATE_JUDGE_ENABLED", "1");
    let head = format!(
        "{REQUIRED}References: found 1 ref(s) — abc-1\nDecision abc-1: valid.\nJudge: checking diff against decision abc-1...\n"
    );
    let cases = [
        (
            "{\"allowed\":true,\"confidence\":0.85,\"advisoryMessage\":\"Pin the image.\"}",
            "Judge: allowed. Passed at 85%\nAdvisory: Pin the image.\nGate: passed.\n",
            0,
        ),
        (
            "{\"allowed\":true,\"confidence\":1,\"reason\":\"as decided\"}",
            "Judge: allowed. Passed at 100% — as decided\nGate: passed.\n",
            0,
        ),
        ("{\"allowed\":true,\"reason\":\"as decided\"}", "Judge: allowed — as decided\nGate: passed.\n", 0),
        (
            "{\"allowed\":false,\"reason\":\"not in the decision\",\"advisory\":true}",
            "Judge: refused, advisory only — not in the decision\nGate: passed.\n",
            0,
        ),
        (
            "{\"allowed\":false,\"reason\":\"not in the decision\"}",
            "Judge: refused — not in the decision\nGate: blocked — judge: not in the decision\n",
            1,
        ),
    ];
    for (verdict, tail, code) in cases {
        assert_eq!(judged(verdict).run().report(code), format!("{head}{tail}"));
    }
    let unsure =
        judged("{\"allowed\":true,\"confidence\":0.5}").env("DECERN_JUDGE_MIN_CONFIDENCE", "0.8").run().report(1);
    assert!(unsure.contains("confidence 0.5 is below the minimum of 0.8"), "{unsure}");
    let sure = || judged("{\"allowed\":true,\"confidence\":0.9}").env("DECERN_JUDGE_MIN_CONFIDENCE", "0.8");
    let named = |gate: Gate| gate.json().1["thresholds"].to_string();
    assert_eq!(named(sure()), "[\"DECERN_JUDGE_MIN_CONFIDENCE=0.8\"]");
    assert_eq!(named(sure().args(&["--judge-min-confidence", "0.7"])), "[]", "the flag is on the command line");
    for broken in ["", "{}", "{\"allowed\":\"true\"}", "[]"] {
        let printed = judged(broken).run().report(1);
        assert!(printed.contains("Judge: no verdict — "), "{printed}");
    }
}

#[test]
fn what_the_judge_does_not_see_is_said_and_blocks_when_it_matters() {
    let project = changed();
    project.write("logo.png", "x\n").commit();
    let allowed = judging("{\"allowed\":true}");
    let gate = with_service(&project, &allowed).env("DECERN_GATE_JUDGE_ENABLED", "true");
    let printed = gate.run().report(0);
    assert!(
        printed.contains("Warning: not shown to the judge: logo.png (an image or another heavy asset)\n"),
        "{printed}"
    );
    project.write("k8s/logo.png", "x\n").commit();
    let gate = with_service(&project, &allowed).env("DECERN_GATE_JUDGE_ENABLED", "true");
    let printed = gate.run().report(1);
    assert!(printed.contains("k8s/logo.png would not be reviewed"), "{printed}");
}

/// The judge reads what git would print.
#[test]
fn the_diff_is_gits() {
    let project = base();
    project.write("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n").write("gone.txt", "x\n").write("mode.sh", "x\n");
    project
        .write("empty", "")
        .write("no-newline", "x")
        .write("crlf", "a\r\nb\r\n")
        .write(".gitattributes", "*.txt -diff\n");
    project.commit().git(&["branch", "-f", "base"]);
    project.write("a.txt", "1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n").remove("gone.txt").write("no-newline", "y");
    project
        .write("crlf", "a\nb\r\n")
        .write("new \"quoted\".txt", "x\n")
        .write("filled", "é\n")
        .remove("empty")
        .write("also-empty", "");
    project.git(&["update-index", "--chmod=+x", "mode.sh"]).git(&["add", "-A"]).git(&[
        "update-index",
        "--chmod=+x",
        "mode.sh",
    ]);
    project.write("Dockerfile", "FROM x\n").git(&["add", "-A"]).git(&["update-index", "--chmod=+x", "mode.sh"]);
    project.git(&["commit", "-qm", "change"]).git(&["checkout", "-q", "-f", "HEAD"]);
    let server = judging("{\"allowed\":true}");
    assert_eq!(with_service(&project, &server).env("DECERN_GATE_JUDGE_ENABLED", "1").run().code, Some(0));
    let request = server.requests().into_iter().find(|request| request.starts_with("POST")).expect("a question");
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let git = project.git_output(&["-c", "core.quotePath=false", "diff", "--text", "--no-renames", "base...HEAD"]);
    assert_eq!(body["diff"].as_str(), Some(git.as_str()));
    let base = project.git_output(&["rev-parse", "base"]);
    assert_eq!(
        (body["baseSha"].as_str(), body["headSha"].as_str()),
        (Some(base.trim()), Some(project.head().as_str()))
    );
    assert_eq!((&body["truncated"], &body["decisionId"]), (&json!(false), &json!("abc-1")));
    assert!(body.get("adrRef").is_none() && body.get("llm").is_none());
}

#[test]
fn a_records_scope_must_cover_every_high_impact_file() {
    let scoped = "---\nstatus: accepted\nscope: [\"db/**\", \"*.tf\"]\n---\n# 4. Tables\n";
    let project = base();
    project.write("docs/adr/0004-tables.md", scoped).commit().git(&["branch", "-f", "base"]);
    project.write("db/migrations/1.sql", "x\n").commit();
    assert_eq!(decision(&project).env("CI_PR_BODY", "ADR-4").run().code, Some(0));
    project.write("infra/main.tf", "x\n").commit();
    let printed = decision(&project).env("CI_PR_BODY", "ADR-4").run().report(1);
    assert!(printed.ends_with("Gate: blocked — no valid decision covers infra/main.tf\n"), "{printed}");
    assert_eq!(decision(&project).env("CI_PR_BODY", "ADR-4 and ADR-2").run().code, Some(0));
}

#[test]
fn the_policy_is_the_base_commits() {
    let policy = "decision: {patterns: [\"secret/**\"], ignore: [\"docs/Dockerfile\"]}\n";
    let project = base();
    project.write("delivery-gate.yaml", policy).commit().git(&["branch", "-f", "base"]);
    project.write("docs/Dockerfile", "FROM x\n").commit();
    let printed = decision(&project).run().report(0);
    let line = "Ignored: docs/Dockerfile (infrastructure), by decision.ignore 'docs/Dockerfile'\n";
    assert!(printed.contains(line), "{printed}");
    project.write("a/Secret/x", "x\n").write("delivery-gate.yaml", "decision: {ignore: [\"**\"]}\n").commit();
    let printed = decision(&project).run().report(1);
    assert!(printed.contains("a/Secret/x") || printed.contains("delivery-gate.yaml (gate)"), "{printed}");
}

#[test]
fn a_broken_policy_at_the_base_proves_nothing() {
    let project = base();
    project.write("delivery-gate.yaml", "decision: {ignored: [\"**\"]}\n").commit().git(&["branch", "-f", "base"]);
    project.write("src/main.rs", "\n").commit();
    let printed = decision(&project).run().report(1);
    assert!(
        printed.contains("Gate: blocked — delivery-gate.yaml at the base commit cannot be used: unknown key"),
        "{printed}"
    );
}

/// What is installed, and what is run to build it, changes with these.
#[test]
fn names_that_only_some_ecosystems_have_are_high_impact() {
    for path in
        ["gems.locked", "pylock.dev.toml", "requirements/prod.txt", "rebar.config", ".cargo/config.toml", "mvnw"]
    {
        let project = base();
        project.write(path, "x\n").commit();
        let printed = decision(&project).run().report(1);
        assert!(printed.contains("Decision required: YES") && printed.contains(&format!(" {path} (")), "{printed}");
    }
    let project = base();
    project.write("docs/requirements/intro.md", "x\n").write("gems.unlocked", "x\n").commit();
    assert!(decision(&project).run().report(0).contains("Decision required: NO"));
}

/// Other code comes in with a submodule whatever its folder is called, and a link is what it leads to.
#[test]
fn submodules_and_targets_of_links_are_high_impact() {
    let project = base();
    project.write("tools/ci.yml", "x\n").write("tools/other.yml", "x\n").write(".github/README", "x\n");
    std::fs::create_dir(project.path("repo/.github/workflows")).expect("a folder");
    std::os::unix::fs::symlink("../../tools/ci.yml", project.path("repo/.github/workflows/ci.yml")).expect("a link");
    let head = project.head();
    project.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},lib")]);
    project.commit().git(&["branch", "-f", "base"]);
    project.write("tools/other.yml", "y\n").commit();
    assert_eq!(decision(&project).run().code, Some(0));
    project.write("tools/ci.yml", "y\n").commit();
    assert!(decision(&project).run().report(1).contains("tools/ci.yml (ci)"));
    project.git(&["branch", "-f", "base"]);
    project.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},lib", project.head())]);
    project.git(&["commit", "-qm", "moved"]);
    let printed = decision(&project).run().report(1);
    assert!(printed.contains("lib (dependencies)"), "{printed}");
}

#[test]
fn a_decision_that_is_denied_or_quoted_is_not_claimed() {
    let project = changed();
    let asked = |text: &str| decision(&project).env("CI_PR_BODY", text).run();
    for text in ["This is not covered by ADR-2.", "Reverts ADR-2", "> ADR-2", "ADR-2 does not apply here"] {
        let printed = asked(text).report(1);
        assert!(printed.contains("References: none\nNamed, not claimed: ADR-2\n"), "{text}: {printed}");
        assert!(printed.contains("put `Decision: ADR-2` on a line of its own"), "{text}: {printed}");
    }
    assert_eq!(asked("> ADR-2\n\nYes.\n\nDecision: ADR-2").code, Some(0));
    let project = base();
    project
        .write(
            "delivery-gate.yaml",
            "decision: {references: trailer}
",
        )
        .commit()
        .git(&["branch", "-f", "base"]);
    project
        .write(
            "Dockerfile",
            "FROM x
",
        )
        .commit();
    let asked = |text: &str| decision(&project).env("CI_PR_BODY", text).run();
    assert_eq!(asked("Implements ADR-2").code, Some(1));
    assert_eq!(asked("Implements ADR-2\n\nDecision: ADR-2").code, Some(0));
}

#[test]
fn extra_patterns_come_from_the_variable_and_the_flag() {
    let project = base();
    project.write("internal/x", "x\n").write("config/prod.json", "x\n").write("a.sql", "x\n").commit();
    for pattern in ["internal/", "x,prod.json", "*.sql", "nothing, a.sql"] {
        assert_eq!(decision(&project).env("DECERN_GATE_EXTRA_PATTERNS", pattern).run().code, Some(1), "{pattern}");
    }
    assert_eq!(decision(&project).env("DECERN_GATE_EXTRA_PATTERNS", "inter, prod").run().code, Some(0));
    assert_eq!(decision(&project).args(&["--pattern", "*.SQL"]).run().code, Some(1));
}

#[test]
fn values_that_are_none_are_exit_2() {
    let project = changed();
    let cases = [
        ("DECERN_GATE_TIMEOUT_MS", "5s"),
        ("DECERN_GATE_TIMEOUT_MS", "0"),
        ("DECERN_GATE_JUDGE_TIMEOUT_MS", "-1"),
        ("DECERN_GATE_JUDGE_ENABLED", "yes"),
        ("DECERN_JUDGE_MIN_CONFIDENCE", "85"),
        ("DECERN_JUDGE_MIN_CONFIDENCE", "NaN"),
        ("DECERN_VALIDATE_PATH", "/validate?x=1"),
        ("DECERN_JUDGE_PATH", "https://x.example/judge"),
        ("DECERN_BASE_URL", "ftp://x.example"),
        ("DECERN_BASE_URL", "http://192.0.2.1"),
        ("DECERN_CI_TOKEN", "a b"),
    ];
    for (name, value) in cases {
        let refusal = decision(&project).env(name, value).run().refusal();
        assert!(refusal.contains(name), "{name}: {refusal}");
    }
    assert!(project.gate(&["decision", "--repo", "repo", "--head", "HEAD"]).run().refusal().contains("--base"));
}

#[test]
fn an_end_that_is_not_there_blocks_and_names_the_fix() {
    let project = changed();
    let ends = |base: &str, head: &str| {
        project.gate(&["decision", "--repo", "repo"]).env("CI_BASE_SHA", base).env("CI_HEAD_SHA", head).run().report(1)
    };
    let cases = [
        (ends("nowhere", "HEAD"), "'nowhere': there is no such commit here"),
        (ends("HEAD", "HEAD"), "base and head are the same commit; set CI_BASE_SHA and CI_HEAD_SHA"),
        (ends("HEAD", "base"), "head is contained in base"),
        (ends("--output=pwned", "HEAD"), "'--output=pwned'"),
        (ends("", "HEAD"), "CI_HEAD_SHA is set and CI_BASE_SHA is not"),
        (ends("base\nHEAD", "HEAD"), "base\\u{a}HEAD"),
    ];
    for (printed, why) in cases {
        assert!(printed.starts_with("Gate: blocked — ") && printed.contains(why), "{printed}");
    }
    project.git(&["checkout", "-q", "--orphan", "other"]).git(&["commit", "-qm", "root"]);
    assert!(ends("base", "HEAD").contains("no common ancestor"));
    assert!(!project.root().join("pwned").exists());
}

#[test]
fn an_empty_change_is_nothing_to_judge() {
    let project = base();
    project.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
    assert!(decision(&project).run().report(1).contains("no file was changed between base and head"));
}

#[test]
fn without_variables_the_usual_branches_are_compared() {
    let project = changed();
    let bare = || project.gate(&["decision", "--repo", "repo", "-v"]);
    assert!(bare().run().report(1).starts_with("Compared: HEAD~1...HEAD (no variable names the ends"), "HEAD~1");
    project.git(&["update-ref", "refs/remotes/origin/master", "base"]);
    assert!(bare().run().report(1).starts_with("Compared: origin/master...HEAD"), "origin/master");
    project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    assert!(bare().run().report(1).contains("base and head are the same commit"), "a direct push");
}

/// Whoever may push twice must not approve with the first push what the second one brings.
#[test]
fn a_push_off_the_default_branch_is_compared_with_the_default_branch() {
    let project = base();
    project.git(&["update-ref", "refs/remotes/origin/main", "base"]).git(&["checkout", "-qb", "work"]);
    project.write("docs/adr/0001-mine.md", ACCEPTED).commit();
    let first = project.head();
    project.write("Dockerfile", "FROM x\n").git(&["add", "-A"]).git(&["commit", "-qm", "x\n\nDecision: ADR-1"]);
    let head = project.head();
    let push = |branch: &str| {
        let event = json!({"ref": format!("refs/heads/{branch}"), "before": first, "after": head,
            "repository": {"default_branch": "main"}});
        std::fs::write(project.path("push.json"), event.to_string()).expect("an event file");
        let path = project.path("push.json").display().to_string();
        let gate = project.gate(&["decision", "--repo", "repo", "-v"]).env("GITHUB_ACTIONS", "true");
        gate.env("GITHUB_EVENT_PATH", &path)
    };
    let gitlab = |branch: &str| {
        let gate = project.gate(&["decision", "--repo", "repo", "-v"]).env("GITLAB_CI", "true");
        let gate = gate.env("CI_COMMIT_BEFORE_SHA", &first).env("CI_COMMIT_SHA", &head);
        gate.env("CI_DEFAULT_BRANCH", "main").env("CI_COMMIT_REF_NAME", branch)
    };
    let jenkins = |branch: &str| {
        let gate = project.gate(&["decision", "--repo", "repo", "-v"]).env("JENKINS_URL", "x");
        let gate = gate.env("GIT_PREVIOUS_COMMIT", &first).env("GIT_COMMIT", &head);
        gate.env("GIT_PREVIOUS_SUCCESSFUL_COMMIT", &first).env("GIT_BRANCH", branch)
    };
    for gate in [push("work"), gitlab("work"), jenkins("origin/work")] {
        let printed = gate.run().report(1);
        assert!(
            printed.starts_with("Compared: origin/main...") && printed.contains("only in this change"),
            "{printed}"
        );
    }
    for gate in [push("main"), gitlab("main")] {
        let printed = gate.run().report(0);
        assert!(printed.contains("Warning: only this push was judged"), "{printed}");
    }
    let printed = jenkins("origin/main").run().report(0);
    assert!(printed.contains("(Jenkins, since the last green build)") && !printed.contains("Warning"), "{printed}");
    project.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let printed = push("work").run().report(1);
    let fetch = "`git fetch origin \"+refs/heads/main:refs/remotes/origin/main\"`";
    assert!(printed.contains("origin/main, which is not here") && printed.contains(fetch), "{printed}");
}

/// What others merged meanwhile is none of a request's.
#[test]
fn a_merged_result_is_compared_with_the_target_that_it_was_merged_with() {
    let project = base();
    project.git(&["checkout", "-qb", "work"]).write("src/a.rs", "\n").commit();
    project.git(&["checkout", "-q", "base"]).write("Dockerfile", "FROM x\n").commit();
    let target = project.head();
    project.git(&["checkout", "-q", "--detach"]).git(&["merge", "-q", "--no-ff", "-m", "merged", "work"]);
    let began = project.git_output(&["merge-base", "work", "base"]).trim().to_owned();
    let head = project.head();
    let gate = || {
        let gate = project.gate(&["decision", "--repo", "repo"]).env("GITLAB_CI", "true").env("CI_COMMIT_SHA", &head);
        gate.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", &began)
    };
    assert!(gate().env("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &target).run().report(0).contains("Changed files: 1\n"));
    assert!(gate().run().report(1).contains("Dockerfile"));
}

/// Merged crosswise, two branches have several places where they began; a change may be seen from one of them alone.
#[test]
fn what_differs_from_any_common_ancestor_is_part_of_the_change() {
    let project = Project::new();
    project.write("Dockerfile", "FROM bad\n").write("docs/adr/0002-use-containers.md", ACCEPTED).commit();
    project.git(&["branch", "-m", "main"]).git(&["checkout", "-qb", "side"]).write("side.txt", "x\n").commit();
    project.git(&["checkout", "-q", "main"]).write("Dockerfile", "FROM good\n").commit().git(&["tag", "fix"]);
    project.git(&["merge", "-q", "--no-ff", "-m", "side", "side"]);
    project.git(&["checkout", "-qb", "evil", "side"]).git(&["merge", "-q", "-s", "ours", "-m", "ours", "fix"]);
    project.write("readme.txt", "x\n").commit();
    let gate = || project.gate(&["decision", "--repo", "repo", "--base", "main", "--head", "evil"]);
    let printed = gate().run().report(1);
    assert!(printed.contains("Dockerfile (infrastructure)"), "{printed}");
    assert_eq!(gate().env("CI_PR_TITLE", "ADR-2").run().code, Some(0));
    let (_, report) = gate().json();
    assert_eq!(result(&report, "high_impact")["metrics"]["merge_bases"].as_array().map(Vec::len), Some(2));
}

/// Variables, the exit code, and what the line about the ends must say.
type CiCase<'a> = (&'a [(&'a str, &'a str)], i32, &'a str);

/// Each CI system's own words, with the end that they must give.
#[test]
fn every_known_ci_system_names_the_change() {
    let project = changed();
    let commit = |name: &str| project.git_output(&["rev-parse", name]).trim().to_owned();
    let (base, head, zero) = (commit("base"), commit("HEAD"), "0".repeat(40));
    project.git(&["update-ref", "refs/remotes/origin/main", "base"]);
    let event = |name: &str, event: Value| {
        std::fs::write(project.path(name), event.to_string()).expect("an event file");
        project.path(name).display().to_string()
    };
    let pull = event(
        "pull.json",
        json!({"action": "opened", "pull_request": {"base": {"sha": base}, "head": {"sha": head}, "title": "x", "body": "ADR-2"}}),
    );
    let push = event("push.json", json!({"before": base, "after": head, "repository": {"default_branch": "main"}}));
    let fresh = event("new.json", json!({"before": zero, "after": head, "repository": {"default_branch": "main"}}));
    let queue = event("queue.json", json!({"merge_group": {"base_sha": base, "head_sha": head}}));
    let by_hand = event("hand.json", json!({"inputs": {}}));
    let cases: [CiCase; 13] = [
        (&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &pull)], 0, "GitHub Actions, pull_request"),
        (&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &push)], 1, "GitHub Actions, push"),
        (&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &fresh)], 1, "origin/main..."),
        (&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &queue)], 1, "GitHub Actions, merge_group"),
        (&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &by_hand)], 1, "GitHub Actions names no base"),
        (
            &[
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
                ("CI_COMMIT_SHA", &head),
                ("CI_COMMIT_BEFORE_SHA", &zero),
                ("CI_MERGE_REQUEST_TITLE", "ADR-2"),
            ],
            0,
            "GitLab CI, merge request",
        ),
        (&[("GITLAB_CI", "true"), ("CI_COMMIT_BEFORE_SHA", &base), ("CI_COMMIT_SHA", &head)], 1, "GitLab CI, push"),
        (
            &[("JENKINS_URL", "x"), ("CHANGE_TARGET", "main"), ("GIT_COMMIT", &head), ("CHANGE_TITLE", "ADR-2")],
            0,
            "origin/main...",
        ),
        (
            &[("JENKINS_URL", "x"), ("GIT_PREVIOUS_COMMIT", &base), ("GIT_COMMIT", &head)],
            1,
            "(Jenkins, off the default branch)",
        ),
        (
            &[
                ("BITBUCKET_BUILD_NUMBER", "1"),
                ("BITBUCKET_PR_DESTINATION_COMMIT", &base[..12]),
                ("BITBUCKET_COMMIT", &head),
            ],
            1,
            "Bitbucket Pipelines",
        ),
        (
            &[
                ("TF_BUILD", "True"),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
                ("BUILD_SOURCEVERSION", &head),
            ],
            1,
            "Azure Pipelines",
        ),
        (&[("CIRCLECI", "true"), ("CIRCLE_SHA1", &head)], 1, "CircleCI names no base"),
        (
            &[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"), ("BUILDKITE_COMMIT", &head)],
            1,
            "Buildkite",
        ),
    ];
    for (variables, code, source) in cases {
        let gate = project.gate(&["decision", "--repo", "repo", "-v"]);
        let gate = variables.iter().fold(gate, |gate, (name, value)| gate.env(name, value));
        let printed = gate.run().report(code);
        assert!(printed.starts_with("Compared: ") && printed.contains(source), "{variables:?}: {printed}");
        assert!(printed.contains("Dockerfile (infrastructure)"), "{variables:?}: {printed}");
    }
    let missing = project.gate(&["decision", "--repo", "repo"]).env("GITHUB_ACTIONS", "true");
    let printed = missing.env("GITHUB_EVENT_PATH", "none.json").run().report(1);
    assert!(printed.contains("GitHub's event file (GITHUB_EVENT_PATH): there is no such file"), "{printed}");
}

#[test]
fn the_embedded_rules_are_printed() {
    let printed = Gate::bare().args(&["decision", "--list-patterns"]).run().report(0);
    assert_eq!(printed, delivery_gate::internal::evidence::decision::DATA);
}

#[test]
fn outside_a_repository_nothing_is_proven() {
    let project = base();
    std::fs::create_dir(project.path("plain")).expect("a folder");
    let printed = project.gate(&["decision", "--repo", "plain"]).run().report(1);
    assert_eq!(printed, "Gate: blocked — this is not a git repository\n");
}

/// Whoever may push a tag must not choose what the change is compared with.
#[test]
fn a_tag_does_not_take_the_place_of_a_branch_or_a_commit() {
    let project = changed();
    project.write("src/late.rs", "\n").commit();
    let commit = |name: &str| project.git_output(&["rev-parse", name]).trim().to_owned();
    let (base, head) = (commit("base"), commit("HEAD"));
    project.git(&["update-ref", "refs/remotes/origin/main", "base"]);
    for name in ["origin/main", "refs/remotes/origin/gone", "base", &base[..12], &"1".repeat(12)] {
        project.git(&["tag", name, "HEAD~1"]);
    }
    let gate = || project.gate(&["decision", "--repo", "repo"]);
    let in_full = [
        gate().args(&["--head", "HEAD", "--base", "refs/heads/base"]),
        gate().args(&["--base", &base]),
        gate(),
        gate().env("JENKINS_URL", "x").env("CHANGE_TARGET", "main"),
        gate().env("TF_BUILD", "True").env("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
    ];
    for gate in in_full {
        let printed = gate.run().report(1);
        assert!(printed.contains("Dockerfile (infrastructure)"), "{printed}");
    }
    let bitbucket = |base: &str| {
        let gate = gate().env("BITBUCKET_BUILD_NUMBER", "1").env("BITBUCKET_COMMIT", &head);
        gate.env("BITBUCKET_PR_DESTINATION_COMMIT", base)
    };
    let unclear = [
        gate().args(&["--base", "origin/main"]),
        gate().args(&["--base", "base~0"]),
        bitbucket(&base[..12]),
        bitbucket(&"1".repeat(12)),
    ];
    for gate in unclear {
        let printed = gate.run().report(1);
        assert!(printed.contains("': this may be more than one thing") && printed.contains("in full"), "{printed}");
    }
    let gone = gate().env("JENKINS_URL", "x").env("CHANGE_TARGET", "gone").run().report(1);
    assert_eq!(gone, "Gate: blocked — 'origin/gone': there is no such branch here; fetch it first\n");
    project.git(&["tag", "2026.1", &base]).git(&["branch", "2026.1", &base]);
    assert!(gate().args(&["--base", "2026.1"]).run().report(1).contains("Dockerfile (infrastructure)"));
}

/// What head has from `base` is behind the cut, so an older commit looks like where both began.
#[test]
fn history_that_is_cut_between_the_ends_proves_nothing() {
    let project = Project::new();
    project.write("Dockerfile", "FROM old\n").commit().git(&["branch", "begin"]);
    project.write("Dockerfile", "FROM new\n").commit().git(&["branch", "base"]);
    project.write("Dockerfile", "FROM old\n").commit();
    let cut = project.head();
    project.git(&["checkout", "-q", "-b", "side", "begin"]).write("src/a.rs", "\n").commit();
    project.git(&["checkout", "-q", "main"]).git(&["merge", "-q", "side", "-m", "both"]);
    assert!(decision(&project).run().report(1).contains("Dockerfile (infrastructure)"));
    std::fs::write(project.root().join(".git/shallow"), format!("{cut}\n")).expect("a cut");
    let printed = decision(&project).run().report(1);
    let why = "Gate: blocked — the history between base and head is not all here: fetch more history (fetch-depth: 0), `git fetch --unshallow`\n";
    assert_eq!(printed, why);
}

#[test]
fn a_revision_that_is_none_says_so() {
    let project = changed();
    for (revision, why) in
        [("", "'': it is empty"), ("base:src", "this is not a commit"), ("a..b", "this is not a commit")]
    {
        let printed = project.gate(&["decision", "--repo", "repo", "--base", revision]).run().report(1);
        assert!(printed.contains(why), "{printed}");
    }
}

#[test]
fn a_flag_that_cannot_be_used_is_named() {
    let project = changed();
    for (flag, value) in
        [("--pattern", ""), ("--base-url", "ftp://x"), ("--validate-path", "x?y"), ("--judge-path", "https://x")]
    {
        let refusal = decision(&project).args(&[flag, value]).run().refusal();
        assert!(refusal.contains(&format!("error: {flag}: ")), "{refusal}");
    }
}

#[test]
fn check_tells_what_the_judge_only_advises() {
    let project = Project::drafted();
    let policy = "decision: {judge: true}\n";
    project.write("release.yaml", "version: '1.2.1'\n").write("delivery-gate.yaml", policy).commit().tag("v1.2.1");
    project.write("release.yaml", RELEASE).write("Dockerfile", "FROM x\n").git(&["add", "-A"]);
    project.git(&["commit", "-qm", "x\n\nDecision: abc-1"]).tag("v1.2.3");
    let server = judging("{\"allowed\":false,\"advisory\":true,\"reason\":\"use the module\"}");
    let gate = project.check_after_ci().env("DECERN_BASE_URL", &server.url()).env("DECERN_CI_TOKEN", "SEKRET-TOKEN");
    let printed = gate.env("DECERN_JUDGE_MIN_CONFIDENCE", "0.8").run().report(0);
    assert!(printed.contains("\n  - thresholds: DECERN_JUDGE_MIN_CONFIDENCE=0.8\n"), "{printed}");
    assert!(printed.contains("judge: refused, advisory only — use the module"), "{printed}");
}

/// Every kind of change, in many folders.
#[test]
fn the_changed_paths_are_gits_however_many_folders_there_are() {
    let project = Project::new();
    for i in 0..120 {
        for name in ["kept", "edited", "gone", "moved"] {
            project.write(&format!("src/a{}/b{i}/{name}.txt", i % 5), &format!("{name} {i}\n"));
        }
        project.write(&format!("top{i}/x/y"), "y\n").write(&format!("turned{i}"), "a file\n");
    }
    project.commit().git(&["branch", "base"]);
    for i in 0..120 {
        let folder = format!("src/a{}/b{i}", i % 5);
        project.append(&format!("{folder}/edited.txt"), "more\n").remove(&format!("{folder}/gone.txt"));
        project
            .remove(&format!("{folder}/moved.txt"))
            .write(&format!("{folder}/new/moved.txt"), &format!("moved {i}\n"));
        if i % 3 == 0 {
            project.remove(&format!("turned{i}")).write(&format!("turned{i}/inside"), "a folder\n");
            project.append(&format!("top{i}/x/y"), "z\n");
        }
    }
    project.commit();
    #[expect(unsafe_code)]
    // SAFETY: no other test of this program opens a repository itself: they let the binary do it.
    unsafe {
        delivery_gate::read_reftables();
    }
    let repository = delivery_gate::internal::git::Repository::discover(&project.root()).expect("a repository");
    let ids = ["base", "HEAD"].map(|name| project.git_output(&["rev-parse", name]).trim().to_owned());
    let changes = repository.changes(Some(&ids[0]), &ids[1]).expect("changes");
    let found: Vec<_> = changes.iter().map(|change| String::from_utf8_lossy(&change.path).into_owned()).collect();
    let git = project.git_output(&["diff", "--name-only", "--no-renames", "-z", "base", "HEAD"]);
    let expected: Vec<_> = git.split_terminator('\0').map(str::to_owned).collect();
    assert!(expected.len() >= 600);
    assert_eq!(found, expected);
}

/// The record is a worry only of those who have a verdict.
#[test]
fn outside_of_a_usable_repository_that_is_what_is_said() {
    let project = base();
    project.write("delivery-gate.yaml", "record: records\n").commit();
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let bare = "this is a bare repository: it has no working tree; ask in a clone of it";
    let told = project.gate(&["decision", "--repo", "mirror.git"]).run().report(1);
    assert_eq!(told, format!("Gate: blocked — {bare}\n"));
    std::fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    let run = project.gate(&["decision", "--repo", "repo"]).run();
    let nobody = "nobody can tell where records are: delivery-gate.yaml: this is not a git repository; name their folder with --record DIR\n";
    assert_eq!(
        run.report(1),
        format!("Unproven: the record could not be kept: {nobody}Gate: blocked — this is not a git repository\n")
    );
    let told = project.gate(&["records", "list", "--repo", "repo"]).run().refusal();
    assert_eq!(told, format!("error: {nobody}"));
}
