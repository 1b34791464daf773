//! A GO as a statement for other tools: `check --attestation svr=FILE`.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery_gate::internal::evidence::claims::encoded;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::{Gate, Project};
use crate::signed::{ID, REQUIRED, keys, project as of_keys, row, signed, signers, tree};

const FILE: &str = "gate.intoto.json";

fn state(gate: Gate) -> Gate {
    gate.args(&["--attestation", &format!("svr={FILE}")])
}

fn text(project: &Project) -> String {
    fs::read_to_string(project.path(FILE)).expect("a statement")
}

fn statement(project: &Project) -> Value {
    serde_json::from_str(&text(project)).expect("JSON")
}

fn properties(project: &Project, gate: Gate) -> Vec<String> {
    state(gate).run().report(0);
    let statement = statement(project);
    let listed = statement["predicate"]["properties"].as_array().expect("properties");
    listed.iter().map(|name| name.as_str().expect("a text").to_owned()).collect()
}

fn is_there(project: &Project) -> bool {
    project.path(FILE).exists()
}

/// The release 1.2.3 with a policy and a remote.
fn released() -> Project {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "tag_annotated: true\n").commit().tag("v1.2.3");
    project.git(&["remote", "add", "origin", "https://user:secret@git.example.com/acme/demo.git"]);
    project
}

/// What differs from run to run is replaced: the time is held to its form first.
fn redacted(project: &Project) -> String {
    let statement = statement(project);
    let time = statement["predicate"]["timeCreated"].as_str().expect("a time");
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    assert_eq!(time.chars().map(digits).collect::<String>(), "0000-00-00T00:00:00.000Z");
    let blob = project.git_output(&["rev-parse", "HEAD:delivery-gate.yaml"]);
    let text =
        text(project).replace(time, "<time>").replace(&project.head(), "<commit>").replace(&tree(project), "<tree>");
    text.replace(blob.trim(), "<blob>").replace(env!("CARGO_PKG_VERSION"), "<version>")
}

#[test]
fn a_go_is_stated_as_the_document_shows_it() {
    let project = released();
    let run = state(project.check_after_ci()).run();
    assert!(run.report(0).ends_with("Decision: GO\n"));
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/claims.md")).expect("the document");
    let (_, rest) = document.split_once("<!-- the statement -->\n```json\n").expect("the example");
    let (example, _) = rest.split_once("```").expect("its end");
    assert_eq!(redacted(&project), example);
}

#[test]
fn what_is_bound_is_the_content_without_claims_and_the_commit() {
    let keys = keys();
    let project = of_keys(&keys, REQUIRED);
    signed(&project, &keys, "jane");
    project.commit().tag("v1.2.3");
    state(project.check_after_ci()).run().report(0);
    let subject = statement(&project)["subject"].clone();
    assert_ne!(tree(&project), project.git_output(&["rev-parse", "HEAD^{tree}"]).trim());
    let expected = json!([
        {"name": "demo", "digest": {"gitTree": tree(&project)}},
        {"name": "v1.2.3", "digest": {"gitCommit": project.head()}},
    ]);
    assert_eq!(subject, expected);
    // A bare mirror says the same of the tag.
    let here = redacted(&project);
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let gate = project.gate(&["check", "--repo", "mirror.git", "--rev", "v1.2.3", "--ci-status", "success"]);
    state(gate).run().report(0);
    assert_eq!(redacted(&project), here);
}

#[test]
fn nothing_but_a_go_leaves_a_statement() {
    let project = released();
    state(project.check_after_ci()).run().report(0);
    assert!(is_there(&project));
    // NO-GO, and what the run before stated is gone.
    state(project.check()).run().report(1);
    assert!(!is_there(&project));
    // No decision.
    fs::write(project.path(FILE), "of another run").expect("a file");
    project.write("release.yaml", "version: 1.10\n");
    assert_eq!(state(project.check_after_ci()).run().code, Some(2));
    assert!(!is_there(&project));
    // A GO that could not be told.
    project.git(&["checkout", "-q", "."]);
    fs::write(project.path(FILE), "of another run").expect("a file");
    let elsewhere = state(project.check_after_ci()).args(&["--output", "json=no/such/folder/r.json"]).run();
    assert_eq!(elsewhere.code, Some(2), "{elsewhere:?}");
    assert!(!is_there(&project));
    // A verdict that could not be recorded is no GO.
    fs::write(project.path("file"), "").expect("a file");
    state(project.check_after_ci()).args(&["--record", "file"]).run().report(1);
    assert!(!is_there(&project));
    let names: Vec<_> =
        fs::read_dir(project.path("")).expect("the folder").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(names.len(), 3, "no draft is left behind: {names:?}");
}

#[cfg(unix)]
#[test]
fn a_go_that_nobody_read_is_not_stated() {
    let project = released();
    let gate = state(project.check_after_ci());
    let words: Vec<_> = gate.command.get_args().map(|word| word.to_str().expect("UTF-8")).collect();
    let line = format!("\"$0\" {} >/dev/full", words.join(" "));
    let mut shell = Command::new("sh");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_delivery-gate")]).current_dir(project.path(""));
    let status = shell.status().expect("sh runs");
    assert_eq!(status.code(), Some(2));
    assert!(!is_there(&project));
}

#[test]
fn a_statement_goes_nowhere_but_to_a_file_of_its_own() {
    let project = released();
    fs::create_dir(project.path("folder")).expect("a folder");
    fs::write(project.path("policy.yaml"), "tag_annotated: true\n").expect("a policy");
    let refused = |file: &str, more: &[&str]| {
        let run = project.check_after_ci().args(&["--attestation", file]).args(more).run();
        assert_eq!(run.code, Some(2), "{run:?}");
        run.stderr
    };
    let usage = [
        ("SVR=x", "`SVR` is no kind of statement; did you mean `svr`? Known: svr"),
        ("vsa=x", "`vsa` is no kind of statement; known: svr"),
        ("svr=", "the path is empty"),
        ("svr=-", "standard output is the report's: name a file"),
        ("x", "write it as KIND=FILE, for example svr=gate.intoto.json"),
    ];
    for (file, why) in usage {
        assert!(refused(file, &[]).contains(why), "{}", refused(file, &[]));
    }
    let places = [
        ("svr=folder", "the statement could not be written to folder: it is there and is not a regular file"),
        ("svr=no/such/file", "the statement could not be written to no/such/file: "),
        (
            "svr=repo/CHANGELOG.md",
            "a statement would overwrite repo/CHANGELOG.md, which git tracks: choose another file",
        ),
        ("svr=release.yaml", "a statement would overwrite release.yaml, which the gate reads"),
    ];
    for (file, why) in places {
        assert!(refused(file, &[]).contains(why), "{}", refused(file, &[]));
    }
    assert!(project.root().join("CHANGELOG.md").exists());
    let named = refused("svr=policy.yaml", &["--config", "policy.yaml"]);
    assert!(named.contains("a statement would overwrite policy.yaml, which the gate reads"), "{named}");
    assert!(project.path("policy.yaml").exists());
    let twice = refused("svr=r.json", &["--output", "json=./r.json"]);
    assert!(twice.contains("a statement and a report cannot be written to one file: r.json"), "{twice}");
    let rehearsal = refused("svr=r.json", &["--before-tag"]);
    assert!(rehearsal.contains("cannot be used with"), "{rehearsal}");
    assert!(refused("svr=r.json", &["--sign", "no-such-key"]).contains("--sign no-such-key: there is no such file"));
    assert!(!project.path("r.json").exists());
    for command in [&["run", "gates.yaml"][..], &["decision"], &["verify", "v1.2.3"]] {
        let run = project.gate(command).args(&["--repo", "repo", "--attestation", "svr=x"]).run();
        assert!(run.stderr.contains("unexpected argument '--attestation'"), "{run:?}");
    }
    let key = project.check().args(&["--sign", "key"]).run();
    assert!(key.stderr.contains("--attestation <svr=FILE>"), "{key:?}");
}

#[test]
fn what_would_be_lost_is_never_taken_away_for_a_statement_or_a_report() {
    let keys = keys();
    let project = released();
    let key = project.path("key");
    fs::copy(keys.path("jane"), &key).expect("a key");
    project.check_after_ci().args(&["--record", "records"]).run().report(0);
    let record = fs::read_dir(project.path("records")).expect("records").flatten().map(|entry| entry.path());
    let record = record.into_iter().find(|path| path.extension().is_some_and(|it| it == "json")).expect("a record");
    let claim = project.path("repo/.delivery-gate/claims/1.2.3/of.json");
    fs::create_dir_all(claim.parent().expect("a folder")).expect("a folder");
    fs::create_dir(project.path("kept")).expect("a folder");
    fs::write(&claim, "a claim that is not committed yet").expect("a claim");
    fs::write(project.path("kept/of.json"), "a claim").expect("a claim");
    let record = record.display().to_string();
    let lost = [
        ("key", "which the gate reads"),
        ("repo/.git/HEAD", "which is in git's own folder"),
        (record.as_str(), "which is among records or signed claims"),
        ("records/gate.intoto.json", "which is among records or signed claims"),
        ("kept/of.json", "which is among records or signed claims"),
        ("repo/.delivery-gate/claims/1.2.3/of.json", "which is among records or signed claims"),
    ];
    for (file, why) in lost {
        let before = fs::read(project.path(file)).ok();
        let svr = format!("svr={file}");
        let options = ["--sign", "key", "--claims", "kept", "--attestation"];
        let as_statement = project.check_after_ci().args(&options).args(&[&svr]).run();
        let report = format!("json={file}");
        let options = ["--sign", "key", "--claims", "kept", "--attestation", "svr=g.json", "--output"];
        let as_report = project.check_after_ci().args(&options).args(&[&report]).run();
        for (run, what) in [(as_statement, "a statement"), (as_report, "a report")] {
            let told = format!("{what} would overwrite {file}, {why}: choose another file");
            assert_eq!(run.code, Some(2), "{run:?}");
            assert!(run.stderr.contains(&told), "{told}: {run:?}");
        }
        assert_eq!(fs::read(project.path(file)).ok(), before, "{file}");
    }
    // Beside them there is room.
    state(project.check_after_ci()).args(&["--record", "records", "--output", "text=records/report.txt"]).run();
    assert!(project.path("records/report.txt").exists());
}

#[test]
fn a_claim_is_never_called_as_a_proof_is() {
    let project = Project::drafted();
    project.append(
        "release.yaml",
        "  load_tested: {answer: true, by: \"Jane Smith\"}\nnot_applicable: {flags: None here.}\n",
    );
    let policy = "exceptions: {changelog: {reason: we have none yet, until: 2999-01-02}}\ngates:\n  \
                  - {id: smoke-test, type: command, command: 'true'}\n  \
                  - {id: lint, type: command, command: 'false', on_fail: warn}\n  \
                  - {id: style, type: command, command: 'false', on_fail: report}\n  \
                  - {id: slow, type: command, command: 'true', skip_on: [main]}\n";
    project.write("delivery-gate.yaml", policy).remove("CHANGELOG.md").commit().tag("v1.2.3");
    let expected = [
        "DELIVERY_GATE_CI_STATUS_REPORTED",
        "DELIVERY_GATE_DEPS_PINNED",
        "DELIVERY_GATE_RELEASE_POINT",
        "DELIVERY_GATE_VERSION_AGREES",
        "DELIVERY_GATE_SMOKE_TEST",
        "DELIVERY_GATE_ROLLBACK_TESTED_CLAIMED",
        "DELIVERY_GATE_ONCALL_NOTIFIED_CLAIMED",
        "DELIVERY_GATE_APPROVER_SIGNED_OFF_CLAIMED",
        "DELIVERY_GATE_MONITORING_REVIEWED_CLAIMED",
        "DELIVERY_GATE_LOAD_TESTED_CLAIMED",
    ];
    assert_eq!(properties(&project, project.check_after_ci()), expected);
}

#[test]
fn a_name_of_several_rows_stands_only_where_all_of_them_pass() {
    let project = Project::drafted();
    project.append("release.yaml", "  a-b: {answer: true, by: \"Jane Smith\"}\nnot_applicable: {d: Not here.}\n");
    let policy = "gates:\n  \
                  - {id: b.c, type: command, command: 'true'}\n  \
                  - {id: b_c, type: command, command: 'true'}\n  \
                  - {id: c.d, type: command, command: 'true'}\n  \
                  - {id: c-d, type: command, command: 'false', on_fail: warn}\n  \
                  - {id: d_claimed, type: command, command: 'true'}\n  \
                  - {id: a_b, type: command, command: 'true'}\n";
    project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
    let said = properties(&project, project.check_after_ci());
    let after = |name: &str| said.iter().position(|said| said == name).map(|at| at + 1).expect(name);
    let gates = &said[after("DELIVERY_GATE_VERSION_AGREES")..after("DELIVERY_GATE_ROLLBACK_TESTED_CLAIMED") - 1];
    assert_eq!(gates, ["DELIVERY_GATE_B_C", "DELIVERY_GATE_A_B"]);
    assert_eq!(said[after("DELIVERY_GATE_MONITORING_REVIEWED_CLAIMED")..], ["DELIVERY_GATE_A_B_CLAIMED"]);
}

#[test]
fn each_package_has_its_own_properties_and_its_own_policy() {
    let project = Project::new();
    for (name, version) in [("cli", "3.0.1"), ("write", "1.0.1")] {
        let folder = format!("packages/{name}");
        let manifest = format!(
            "{{\"name\": \"@acme/{name}\", \"version\": \"{version}\", \"dependencies\": {{\"a\": \"1.0.0\"}}}}\n"
        );
        project.write(&format!("{folder}/package.json"), &manifest);
        project.write(&format!("{folder}/CHANGELOG.md"), &format!("# Changelog\n\n## {version}\n\n- Fixed.\n"));
        project.write(&format!("{folder}/delivery-gate.yaml"), "tag_annotated: true\ntag: '{name}@{version}'\n");
    }
    project.remove("packages/write/delivery-gate.yaml");
    let claims = crate::common::RELEASE.split_once('\n').expect("claims").1;
    project
        .write("release.yaml", &format!("packages:\n  packages/cli: \"3.0.1\"\n  packages/write: \"1.0.1\"\n{claims}"));
    project.commit().tag("@acme/cli@3.0.1").tag("@acme/write@1.0.1");
    let all = properties(&project, project.check_after_ci());
    assert_eq!(
        all[..4],
        [
            "DELIVERY_GATE_CHANGELOG:packages/cli",
            "DELIVERY_GATE_CHANGELOG:packages/write",
            "DELIVERY_GATE_CI_STATUS_REPORTED",
            "DELIVERY_GATE_DEPS_PINNED:packages/cli",
        ]
    );
    let whole = statement(&project);
    assert_eq!(whole["subject"][1]["name"], "@acme/cli@3.0.1, @acme/write@1.0.1");
    assert_eq!(whole["predicate"]["verifier"]["policy"], json!({"uri": "https://delivery-gate.dev/policy/defaults"}));
    let blob = project.git_output(&["rev-parse", "HEAD:packages/cli/delivery-gate.yaml"]);
    let own = json!({"packages/cli": {"name": "packages/cli/delivery-gate.yaml", "digest": {"gitBlob": blob.trim()}}});
    assert_eq!(whole["predicate"]["verifier"]["packagePolicies"], own);
    let one = properties(&project, project.check_after_ci().args(&["--package", "packages/write"]));
    assert!(one.iter().any(|name| name == "DELIVERY_GATE_CHANGELOG:packages/write"), "{one:?}");
    assert!(!one.iter().any(|name| name.ends_with("packages/cli")), "{one:?}");
    assert_eq!(statement(&project)["subject"][1]["name"], "@acme/write@1.0.1");
}

#[test]
fn the_policy_that_held_is_named_with_its_digest() {
    let project = released();
    project.git(&["branch", "trusted/a+b"]);
    let outside = "tag_annotated: true\n";
    fs::write(project.path("policy.yaml"), outside).expect("a policy");
    let policy = |more: &[&str]| {
        state(project.check_after_ci()).args(more).run().report(0);
        statement(&project)["predicate"]["verifier"]["policy"].clone()
    };
    let sha256: String = Sha256::digest(outside).iter().map(|byte| format!("{byte:02x}")).collect();
    let named = policy(&["--config", "policy.yaml"]);
    assert_eq!(named, json!({"name": "policy.yaml", "digest": {"sha256": sha256}}));
    project.append("CHANGELOG.md", "More.\n").commit().git(&["tag", "-f", "-a", "-m", "x", "v1.2.3"]);
    let by_ref = policy(&["--policy-ref", "trusted/a+b"]);
    let blob = project.git_output(&["rev-parse", "trusted/a+b:delivery-gate.yaml"]);
    let uri = "git+https://git.example.com/acme/demo.git@trusted%2Fa%2Bb#delivery-gate.yaml";
    assert_eq!(by_ref, json!({"name": "delivery-gate.yaml", "uri": uri, "digest": {"gitBlob": blob.trim()}}));
}

#[test]
fn a_release_whose_tag_is_excused_is_called_by_its_version() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "exceptions: {release_point: {reason: tags are made elsewhere}}\n").commit();
    for more in [&[][..], &["--rev", "main"]] {
        let said = properties(&project, project.check_after_ci().args(more));
        assert!(said.iter().all(|name| !name.contains("RELEASE_POINT")) && said.len() > 5, "{said:?}");
        let subject = &statement(&project)["subject"][1];
        assert_eq!(*subject, json!({"name": "1.2.3", "digest": {"gitCommit": project.head()}}));
    }
    // A commit would be bound, and it is another content that was judged.
    project.append("CHANGELOG.md", "And more.\n");
    state(project.check_after_ci()).run().report(1);
    assert!(!is_there(&project));
}

#[test]
fn a_signed_statement_is_an_envelope_and_never_a_claim() {
    let keys = keys();
    let project = of_keys(&keys, REQUIRED);
    let path = signed(&project, &keys, "bob");
    project.commit().tag("v1.2.3");
    let key = keys.path("jane").display().to_string();
    state(project.check_after_ci()).args(&["--sign", &key]).run().report(0);
    let envelope = statement(&project);
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    let decoded = |value: &Value| STANDARD.decode(value.as_str().expect("a text")).expect("base64");
    let (payload, armour) = (decoded(&envelope["payload"]), decoded(&envelope["signatures"][0]["sig"]));
    let armour = String::from_utf8(armour).expect("an armour");
    assert!(keys.verifies(signers(&keys).as_bytes(), "jane@example.com", &armour, &encoded(&payload)));
    let said: Value = serde_json::from_slice(&payload).expect("JSON");
    assert_eq!(said["predicateType"], "https://in-toto.io/attestation/svr/v0.1");
    assert_eq!(said["subject"][0]["digest"]["gitTree"], tree(&project));
    // Jane may sign claims; what she signed is none.
    let name = format!(".delivery-gate/claims/1.2.3/{ID}.statement.json");
    project.remove(&path).write(&name, &text(&project)).commit().git(&["tag", "-f", "-a", "-m", "x", "v1.2.3"]);
    let (status, detail) = row(&project, ID);
    assert_eq!(status, "FAIL");
    let why = "the statement is not about one subject";
    let other =
        "its predicateType is `https://in-toto.io/attestation/svr/v0.1`, not `https://delivery-gate.dev/claim/v1`";
    assert!(detail.contains(other) && !detail.contains(why), "{detail}");
}

#[test]
fn where_nothing_was_looked_at_nothing_is_shown() {
    let project = Project::drafted();
    project.remove("pyproject.toml").commit().tag("v1.2.3");
    let all = properties(&project, project.check_after_ci());
    assert!(!all.iter().any(|name| name.starts_with("DELIVERY_GATE_DEPS_PINNED")), "{all:?}");
    let project = Project::drafted();
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.2.3\"\n").commit().tag("v1.2.3");
    let all = properties(&project, project.check_after_ci());
    assert!(all.iter().any(|name| name == "DELIVERY_GATE_DEPS_PINNED"), "{all:?}");
}

#[test]
fn a_release_yaml_from_outside_the_commit_is_named_with_its_digest() {
    let project = Project::drafted();
    let release = crate::common::RELEASE.replace("true,", "true, for: \"1.2.3\",");
    fs::write(project.path("late.yaml"), &release).expect("a file");
    project.remove("release.yaml").commit().tag("v1.2.3");
    state(project.check_after_ci()).args(&["--release", "late.yaml"]).run().report(0);
    let sha256: String = Sha256::digest(&release).iter().map(|byte| format!("{byte:02x}")).collect();
    let named = json!({"name": "late.yaml", "digest": {"sha256": sha256}});
    assert_eq!(statement(&project)["predicate"]["verifier"]["release"], named);
}

#[test]
fn a_statement_in_the_working_tree_is_told() {
    let project = released();
    let run = project.check_after_ci().args(&["--attestation", "svr=repo/gate.json"]).run();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("warning: repo/gate.json is in the working tree: the next check finds"), "{run:?}");
}
