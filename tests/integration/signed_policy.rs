//! Whose keys count, how many must sign, and when.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery_gate::internal::evidence::claims::{Statement, encoded};

use crate::common::{Project, result};
use crate::signed::{
    ID, Keys, REQUIRED, envelope, keyid, keys, project, put, row, sealed, sign, signed, signers, statement,
};

/// 1.2.3 is out under a policy; 1.3.0 is prepared.
fn next(keys: &Keys, before: &str) -> Project {
    let project = project(keys, before);
    project.tag("v1.2.3");
    prepare(&project);
    project
}

fn prepare(project: &Project) {
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.3.0\n\n- New.\n\n## 1.2.3\n\n- Old.\n");
    project.write("pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1.3.0\"\ndependencies = [\"a==1\"]\n");
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let release = release.replace("1.2.3", "1.3.0").replace("true,", "true, for: \"1.3.0\",");
    project.write("release.yaml", &release).commit();
}

fn warnings(project: &Project) -> String {
    project.check_after_ci().json().1["warnings"].to_string()
}

#[test]
fn who_commits_a_key_does_not_approve_with_it() {
    let keys = keys();
    keys.make("mallory", &["-t", "ed25519"]);
    let project = next(&keys, REQUIRED);
    let own = format!("mallory@example.com {}\n", keys.public("mallory"));
    project.append(".delivery-gate/allowed_signers", &own).commit();
    let refused = sign(&project, &keys, ID, "mallory", &[]).refusal();
    assert!(refused.contains("is not in v1.2.3:.delivery-gate/allowed_signers"), "{refused}");
    let mut statement = statement(&project);
    (statement.claim.by, statement.claim.made_for) =
        ("mallory@example.com".to_owned(), delivery_gate::internal::config::release::Released::One("1.3.0".to_owned()));
    let text = sealed(&keys, "mallory", &statement.written());
    project.write(&format!(".delivery-gate/claims/1.3.0/{ID}.key.json"), &text).commit();
    let (status, detail) = row(&project, ID);
    assert!(status == "FAIL" && detail.contains("is not in v1.2.3:.delivery-gate/allowed_signers"), "{detail}");
    project.remove(&format!(".delivery-gate/claims/1.3.0/{ID}.key.json")).commit();
    signed(&project, &keys, "jane");
    project.commit().tag("v1.3.0");
    project.check_after_ci().run().report(0);
    assert!(warnings(&project).contains("read from v1.2.3 (which is not shown to have been GO)"));
    // The key counts from the next release on.
    let ours = project.gate(&["check", "--repo", "repo", "--policy-ref", "main~1", "--ci-status", "success"]).run();
    assert!(ours.row("Named approver").contains("PASS"), "{ours:?}");
}

#[test]
fn the_first_release_takes_its_own_and_says_so() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    signed(&project, &keys, "jane");
    project.commit();
    let why = "claims: whose keys count is read from the release itself, for this is the first release";
    assert!(warnings(&project).contains(why), "{}", warnings(&project));
    let late = next(&keys, "tag: \"v{version}\"\n");
    late.write("delivery-gate.yaml", &format!("tag: \"v{{version}}\"\n{REQUIRED}")).commit();
    assert!(row(&late, ID).1.contains("`claims:` of this release wants it signed"));
    assert!(warnings(&late).contains("for the last release's policy has none"));
}

#[test]
fn nothing_that_is_committed_now_excuses_a_signature() {
    let keys = keys();
    for (policy, more) in [
        ("tag: \"v{version}\"\n", ""),
        (REQUIRED, "not_applicable: {approver_signed_off: nobody was there}\n"),
        ("exceptions: {approver_signed_off: {reason: nobody was there}}\n", ""),
        ("claims: {signers: own}\n", ""),
    ] {
        let project = next(&keys, REQUIRED);
        project.write("own", &signers(&keys)).write("delivery-gate.yaml", policy).append("release.yaml", more).commit();
        let (status, detail) = row(&project, ID);
        assert_eq!(status, "FAIL", "{policy} {more}");
        assert!(detail.contains("`claims:` of v1.2.3 wants it signed"), "{policy} {more}: {detail}");
        assert_eq!(project.check_after_ci().run().code, Some(1));
    }
    // An attestation of the project's own is asked although the policy forgot it.
    let before = "attestations: {legal: {}}\nclaims: {required: [legal]}\n";
    let project = next(&keys, before);
    project.write("delivery-gate.yaml", "tag: \"v{version}\"\n").commit();
    assert_eq!(row(&project, "legal").0, "FAIL");
    // What the last release excepted stays excepted.
    let excepted = format!("{REQUIRED}exceptions: {{approver_signed_off: {{reason: nobody was there}}}}\n");
    let project = next(&keys, &excepted);
    assert_eq!(row(&project, ID).0, "NA");
}

#[test]
fn where_the_last_release_is_not_known_it_is_unproven() {
    let keys = keys();
    let project = next(&keys, REQUIRED);
    project.git(&["tag", "-d", "v1.2.3"]);
    let (status, detail) = row(&project, "signed_claims");
    let way = "`git fetch --tags`; if it was never released, --policy-ref REV names the policy that holds";
    assert!(status == "UNPROVEN" && detail.contains(way), "{detail}");
    let project = next(&keys, REQUIRED);
    project.cut_off();
    let (status, detail) = row(&project, "signed_claims");
    assert!(status == "UNPROVEN" && detail.contains("--unshallow"), "{detail}");
    // No claims, no question.
    let plain = next(&keys, "tag: \"v{version}\"\n");
    plain.cut_off();
    let (_, report) = plain.check_after_ci().json();
    assert!(!report.to_string().contains("signed_claims"), "{report}");
}

#[test]
fn a_claim_that_nobody_asks_for_holds_where_it_is_broken() {
    let keys = keys();
    let project = project(&keys, "claims: {}\n");
    let bob = sealed(&keys, "jane", &statement(&project).written());
    for (path, text, id, words) in [
        ("1.2.3/approver_signed_off.x.json", "{}", ID, "the envelope has no `payloadType`"),
        ("1.2.3/own.x.json", "{}", "own", "the envelope has no `payloadType`"),
        ("1.2.3/README.md", "hello", "signed_claims", "it is no envelope"),
        ("1.2.3/changelog.x.json", "{}", "signed_claims", "the envelope has no `payloadType`"),
        ("1.2.3/deeper/x.json", "{}", "signed_claims", "only signed claims belong there"),
        ("1.2.3/rollback_tested.x.json", &bob, ID, "its file's name is for another check"),
    ] {
        let path = format!(".delivery-gate/claims/{path}");
        project.write(&path, text).commit();
        let (status, detail) = row(&project, id);
        assert!(["FAIL", "UNPROVEN"].contains(&status.as_str()) && detail.contains(words), "{path}: {detail}");
        // No declaration makes it go away.
        project.append("release.yaml", &format!("not_applicable: {{{id}: not ours}}\n")).commit();
        let (run, report) = project.check_after_ci().json();
        assert_eq!((run.code, result(&report, id)["status"] == "NA"), (Some(1), false), "{path}");
        project.git(&["reset", "-q", "--hard", "HEAD~2"]);
    }
    // What is too large, or too much, is not read.
    project.write(".delivery-gate/claims/1.2.3/own.x.json", &" ".repeat((64 << 10) + 1)).commit();
    let (status, detail) = row(&project, "own");
    assert!(status == "UNPROVEN" && detail.contains("was not read: it is larger than 65536 bytes"), "{detail}");
    for number in 0..1000 {
        project.write(&format!(".delivery-gate/claims/1.2.3/own.{number}.json"), "{}");
    }
    project.commit();
    let (status, detail) = row(&project, "signed_claims");
    assert!(status == "UNPROVEN" && detail.contains("it has more than 1000 files"), "{detail}");
    project.git(&["reset", "-q", "--hard", "HEAD~2"]);
    // Other versions' folders are not asked.
    project.write(".delivery-gate/claims/1.2.2/x.json", "{}").write(".delivery-gate/claims/notes.txt", "x").commit();
    let (_, report) = project.check_after_ci().json();
    assert!(!report.to_string().contains("x.json"), "{report}");
    // Nobody says whose keys count.
    let silent = self::project(&keys, "tag: \"v{version}\"\n");
    put(&silent, &sealed(&keys, "jane", &statement(&silent).written()));
    let (status, detail) = row(&silent, ID);
    assert!(status == "UNPROVEN" && detail.contains("no `claims:` that says whose keys count"), "{detail}");
}

#[test]
fn an_unasked_claim_is_shown() {
    let keys = keys();
    let project = project(&keys, "attestations: {own: {}}\nclaims: {}\n");
    sign(&project, &keys, "own", "jane", &["--evidence", "https://e.example/1"]).report(0);
    project.commit();
    let (_, report) = project.check_after_ci().json();
    let own = result(&report, "own");
    assert_eq!((&own["status"], &own["evidence"][0]), (&"PASS".into(), &"https://e.example/1".into()), "{own}");
}

#[test]
fn a_claim_about_the_changed_gate_can_be_signed() {
    let keys = keys();
    let strict = "policy_changes: attest\nrequired: [changelog]\nclaims: {required: [policy_change]}\n";
    let project = next(&keys, strict);
    let (_, report) = project.check_after_ci().json();
    assert!(!report["results"].to_string().contains("policy_change"), "{report}");
    project.write("delivery-gate.yaml", &strict.replace("required: [changelog]\n", "")).commit();
    let (status, detail) = row(&project, "policy_change");
    assert!(status == "FAIL" && detail.contains("`claims:` of v1.2.3 wants it signed"), "{detail}");
    sign(&project, &keys, "policy_change", "jane", &[]).report(0);
    project.commit();
    assert_eq!(row(&project, "policy_change").0, "PASS", "{:?}", row(&project, "policy_change"));
}

#[test]
fn four_eyes_look_at_who_signed() {
    let keys = keys();
    let policy = "attestations: {approver_signed_off: {distinct_from: [rollback_tested]}}\nclaims: {}\n";
    let project = project(&keys, policy);
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let release: String =
        release.lines().filter(|line| !line.contains("rollback")).map(|line| format!("{line}\n")).collect();
    project.write("release.yaml", &release).commit();
    sign(&project, &keys, "rollback_tested", "jane", &[]).report(0);
    sign(&project, &keys, ID, "jane", &[]).report(0);
    project.commit();
    let (status, detail) = row(&project, ID);
    let why = "jane@example.com attested rollback_tested too, and the policy asks for another person";
    assert!(status == "FAIL" && detail.contains(why), "{detail}");
    sign(&project, &keys, ID, "bob", &[]).report(0);
    project.commit();
    let (status, detail) = row(&project, ID);
    assert!(
        status == "PASS" && detail.starts_with("Attested by bob@example.com, signed") && !detail.contains("jane"),
        "{detail}"
    );
}

#[test]
fn a_threshold_counts_persons_and_keys() {
    let keys = keys();
    keys.make("second", &["-t", "ed25519"]);
    let project = project(&keys, "claims: {threshold: {approver_signed_off: 2}}\n");
    let lines = signers(&keys)
        + &format!("jane@example.com {}\n", keys.public("second"))
        + &format!("bob@example.com {}\n", keys.public("jane"));
    project.write(".delivery-gate/allowed_signers", &lines).commit();
    let signed_by = |by: &str, key: &str, name: &str| {
        let statement = statement(&project);
        let claim = delivery_gate::internal::evidence::claims::Claim { by: by.to_owned(), ..statement.claim.clone() };
        let text = sealed(&keys, key, &Statement { claim, ..statement }.written());
        project.write(&format!(".delivery-gate/claims/1.2.3/{ID}.{name}.json"), &text).commit();
    };
    signed_by("jane@example.com", "jane", "a");
    signed_by("jane@example.com", "second", "b");
    let (status, detail) = row(&project, ID);
    assert!(status == "FAIL" && detail.contains("1 of 2 persons, each with a key of their own"), "{detail}");
    project.remove(&format!(".delivery-gate/claims/1.2.3/{ID}.b.json")).commit();
    signed_by("bob@example.com", "jane", "c");
    assert_eq!(row(&project, ID).0, "FAIL");
    // Bob may sign with the key that signed for Jane, too: he alone may have made both.
    signed_by("bob@example.com", "bob", "d");
    assert_eq!(row(&project, ID).0, "FAIL");
    let project = self::project(&keys, "claims: {threshold: {approver_signed_off: 2}}\n");
    signed(&project, &keys, "jane");
    signed(project.commit(), &keys, "bob");
    project.commit();
    assert_eq!(row(&project, ID).0, "PASS", "{:?}", row(&project, ID));
}

#[test]
fn an_author_does_not_approve_alone() {
    let keys = keys();
    let policy = "claims: {distinct_from_author: [approver_signed_off]}\n";
    let commit = |project: &Project, arguments: &[&str]| {
        project.git(&["add", "-A"]).git(&[&["commit", "-qm", "x"][..], arguments].concat());
    };
    for (arguments, is_hand) in [
        (&["--author", "Jane <jane@example.com>"][..], true),
        (&["--author", "Jane <JANE@example.com>"], true),
        (&["--author", "jane@example.com <x@example.com>"], true),
        (&["-m", "Co-authored-by: Jane <jane@example.com>"], true),
        (&["-m", "co-authored-by: Jane <jane@example.com>"], true),
        (&["--author", "Bob <bob@example.com>"], false),
    ] {
        let project = next(&keys, policy);
        project.write("code.txt", "x");
        commit(&project, arguments);
        signed(&project, &keys, "jane");
        // Nor does whoever commits the claims become an author by that.
        commit(&project, &["--author", "Bob <bob@example.com>"]);
        let (status, detail) = row(&project, ID);
        assert_eq!(status, if is_hand { "FAIL" } else { "PASS" }, "{arguments:?}: {detail}");
        assert!(!is_hand || detail.contains("jane@example.com had a hand in what is released (commit "), "{detail}");
        signed(&project, &keys, "bob");
        commit(&project, &[]);
        let author_is_bob = arguments.iter().any(|word| word.contains("Bob"));
        assert_eq!(row(&project, ID).0, "PASS", "{author_is_bob} {arguments:?}");
    }
    // An older commit is of an older release, and a merge is its own only where it differs from both.
    let project = project(&keys, policy);
    project.write("old.txt", "x");
    commit(&project, &["--author", "Jane <jane@example.com>"]);
    project.tag("v1.2.3");
    prepare(&project);
    project.git(&["checkout", "-q", "-b", "side"]).write("a.txt", "x").commit();
    project.git(&["checkout", "-q", "main"]).write("b.txt", "x").commit();
    project.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    commit(&project, &["--author", "Jane <jane@example.com>"]);
    signed(&project, &keys, "jane");
    project.commit();
    assert_eq!(row(&project, ID).0, "PASS", "{:?}", row(&project, ID));
}

#[test]
fn a_key_counts_when_it_was_tagged_and_now() {
    let keys = keys();
    let line = |options: &str| format!("jane@example.com {options} {}\n", keys.public("jane"));
    // The commit and the tag are of 2026-01-02T03:04:05Z.
    for (options, status, words) in [
        (
            "valid-before=\"20260103Z\"",
            "UNPROVEN",
            "counted when v1.2.3 was tagged (2026-01-02T03:04:05Z), and not now (",
        ),
        (
            "valid-after=\"20260103Z\"",
            "UNPROVEN",
            "and not when v1.2.3 was tagged (2026-01-02T03:04:05Z): it is not valid before",
        ),
        ("valid-before=\"20250101Z\"", "FAIL", "it expired at 20250101Z"),
        ("valid-after=\"20990101Z\"", "FAIL", "it is not valid before 20990101Z"),
        ("valid-after=\"20260102Z\"", "PASS", "Attested by jane@example.com"),
    ] {
        let project = project(&keys, REQUIRED);
        project.write(".delivery-gate/allowed_signers", &line(options)).commit();
        put(&project, &sealed(&keys, "jane", &statement(&project).written()));
        let (_, untagged) = row(&project, ID);
        assert!(status == "PASS" || untagged.contains("when the commit was made") || status == "FAIL", "{untagged}");
        project.tag("v1.2.3");
        let (found, detail) = row(&project, ID);
        assert!(found == status && detail.contains(words), "{options}: {found} {detail}");
    }
    let project = project(&keys, REQUIRED);
    project.write(".delivery-gate/allowed_signers", &("x foo KEY\n".to_owned() + &line(""))).commit();
    let told = warnings(&project);
    assert!(told.contains("allowed_signers:1:3 counts for nobody: `foo` is no option that is known"), "{told}");
    project.remove(".delivery-gate/allowed_signers").commit();
    put(&project, &sealed(&keys, "jane", &statement(&project).written()));
    let (status, detail) = row(&project, ID);
    assert!(status == "UNPROVEN" && detail.contains("there is no .delivery-gate/allowed_signers"), "{detail}");
}

/// A signature of git's is no claim, and a claim's is none of git's.
#[test]
fn a_tags_signature_is_no_claim_and_a_claims_is_no_tags() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let signers_file = project.path("git-signers");
    fs::write(&signers_file, signers(&keys)).expect("signers");
    let (key, allowed) = (keys.path("jane").display().to_string(), signers_file.display().to_string());
    let config = |command: &str, arguments: &[&str]| {
        let settings = [format!("user.signingKey={key}"), format!("gpg.ssh.allowedSignersFile={allowed}")];
        let run = Command::new("git")
            .args(["-c", "gpg.format=ssh", "-c", &settings[0], "-c", &settings[1], command])
            .args(arguments)
            .current_dir(project.root())
            .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "jane@example.com")])
            .output()
            .expect("git runs");
        run.status.success()
    };
    assert!(config("tag", &["-s", "v1.2.3", "-m", "v1.2.3"]) && config("verify-tag", &["v1.2.3"]));
    let tag = project.git_output(&["cat-file", "tag", "v1.2.3"]);
    let at = tag.find("-----BEGIN SSH").expect("a signature");
    let (payload, armour) = tag.split_at(at);
    // The tag's signature around its own bytes, and around a claim's.
    for payload in [payload.as_bytes().to_vec(), statement(&project).written()] {
        put(&project, &envelope(&payload, armour, &keyid(&keys, "jane")).to_string());
        let (status, detail) = row(&project, ID);
        assert!(status == "FAIL" && detail.contains("for the namespace `git`"), "{detail}");
        project.git(&["reset", "-q", "--hard", "HEAD~1"]);
    }
    // The same tag, signed as claims are.
    let forged = payload.to_owned() + &keys.sign("jane", "delivery-gate", payload.as_bytes());
    fs::write(project.path("forged"), forged).expect("a tag");
    let id = project.git_output(&["hash-object", "-t", "tag", "-w", "../forged"]);
    project.git(&["update-ref", "refs/tags/forged", id.trim()]);
    assert!(!config("verify-tag", &["forged"]));
    let honest = payload.to_owned() + &keys.sign("jane", "git", payload.as_bytes());
    fs::write(project.path("honest"), honest).expect("a tag");
    let id = project.git_output(&["hash-object", "-t", "tag", "-w", "../honest"]);
    project.git(&["update-ref", "refs/tags/honest", id.trim()]);
    assert!(config("verify-tag", &["honest"]));
    // Nor is an envelope's own signature one over a tag.
    let text = sealed(&keys, "jane", &statement(&project).written());
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let armour = STANDARD.decode(value["signatures"][0]["sig"].as_str().expect("a text")).expect("base64");
    let armour = String::from_utf8(armour).expect("UTF-8");
    assert!(keys.verifies(
        signers(&keys).as_bytes(),
        "jane@example.com",
        &armour,
        &encoded(&statement(&project).written())
    ));
}

#[test]
fn what_claims_asks_is_checked_with_the_rest_of_the_policy() {
    let keys = keys();
    for (policy, words) in [
        ("claims: {required: [aprover_signed_off]}\n", "did you mean `approver_signed_off`?"),
        (
            "claims: {threshold: {approver_signed_off: 0}}\n",
            "claims.threshold.approver_signed_off must be a whole number",
        ),
        ("claims: {threshold: {approver_signed_off: \"2\"}}\n", "must be a whole number"),
        ("claims: {threshold: {changelog: 2}}\n", "is not an attestation of this project"),
        ("claims: {signer: x}\n", "did you mean `signers`?"),
        ("claims: [x]\n", "claims must be a mapping"),
    ] {
        let refused = project(&keys, policy).check().run().refusal();
        assert!(refused.contains(words), "{policy}: {refused}");
    }
}

#[test]
fn what_release_yaml_says_must_agree() {
    let keys = keys();
    for (entry, expected) in [
        ("{answer: true, by: Bob Lee}", None),
        ("{answer: false, by: Bob Lee}", Some("says answer: false, and .delivery-gate/claims/1.2.3/")),
        ("{answer: true, for: \"1.2.2\"}", Some("is for 1.2.2, and .delivery-gate/claims/1.2.3/")),
    ] {
        let project = project(&keys, REQUIRED);
        project.append("release.yaml", &format!("  approver_signed_off: {entry}\n")).commit();
        put(&project, &sealed(&keys, "jane", &statement(&project).written()));
        let (status, detail) = row(&project, ID);
        match expected {
            None => assert_eq!(status, "PASS", "{detail}"),
            Some(words) => assert!(status == "FAIL" && detail.contains(words), "{detail}"),
        }
    }
    let project = project(&keys, REQUIRED);
    sign(&project, &keys, ID, "jane", &["--no"]).report(0);
    project.commit();
    let (status, detail) = row(&project, ID);
    assert!(status == "FAIL" && detail.ends_with("as not done (answer: false)."), "{detail}");
}

#[test]
fn unsigned_where_it_is_required_fails_and_is_told_how_to_sign() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let step = "`claims:` of this release wants it signed; `delivery-gate attest approver_signed_off --sign KEY`";
    assert_eq!(row(&project, ID), ("FAIL".to_owned(), format!("Not signed: {step}")));
    project.append("release.yaml", "  approver_signed_off: {answer: true, by: Bob Lee, for: \"1.2.3\"}\n").commit();
    let expected = format!("Attested by Bob Lee in release.yaml, not signed: {step}");
    assert_eq!(row(&project, ID), ("FAIL".to_owned(), expected));
    let told = project.gate(&["attest", "--repo", "repo"]).run().report(1);
    assert!(told.contains("delivery-gate attest approver_signed_off --repo repo --sign KEY"), "{told}");
    let refused = project.gate(&["attest", ID, "--repo", "repo", "--by", "Bob Lee"]).run().refusal();
    assert!(refused.contains("wants it signed"), "{refused}");
    let listed = project.gate(&["list", "--repo", "repo"]).run().report(0);
    assert!(listed.contains("always asked; must be signed"), "{listed}");
}

#[test]
fn releases_that_are_as_near_must_agree_on_whose_keys_count() {
    let keys = keys();
    for (line, agrees) in [("", true), ("# another\n", false)] {
        let project = project(&keys, REQUIRED);
        project.git(&["checkout", "-q", "-b", "fix"]).append(".delivery-gate/allowed_signers", line);
        let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
        project.write("release.yaml", &release.replace("1.2.3", "1.2.4")).commit().tag("v1.2.4");
        project.git(&["checkout", "-q", "main"]).write("main.txt", "1").commit().tag("v1.2.3");
        project.git(&["merge", "-q", "--no-ff", "-m", "both", "fix"]);
        prepare(&project);
        project.write("release.yaml", &release.replace("1.2.3", "1.3.0")).commit();
        let (_, report) = project.check_after_ci().json();
        let untold = report["results"].as_array().expect("rows").iter().find(|row| row["id"] == "signed_claims");
        assert_eq!(untold.is_none(), agrees, "{report}");
        if let Some(row) = untold {
            let detail = row["detail"].as_str().expect("a detail");
            assert!(row["status"] == "UNPROVEN" && detail.contains("v1.2.3 and v1.2.4 are as near"), "{detail}");
        } else {
            assert!(row(&project, ID).1.contains("`claims:` of v1.2.3 wants it signed"));
        }
    }
}

#[cfg(unix)]
#[test]
fn what_no_signature_binds_is_no_part_of_a_release() {
    let keys = keys();
    let held = |target: &str, file: &str| {
        let project = project(&keys, REQUIRED);
        std::os::unix::fs::symlink(target, project.root().join("main.py")).expect("a link");
        std::os::unix::fs::symlink(".delivery-gate", project.root().join("way")).expect("a link");
        project.commit();
        let statement = statement(&project);
        let text = sealed(&keys, "jane", &statement.written());
        project.write(&format!(".delivery-gate/claims/1.2.3/{ID}.key.json"), &text);
        project.write(file, "print('other')\n").commit().tag("v1.2.3");
        project.check_after_ci().run().report(1)
    };
    let old = ".delivery-gate/claims/1.2.2/notes.txt";
    for target in [old, "way/claims/1.2.2/notes.txt", "./.delivery-gate/../.delivery-gate/claims/1.2.2/notes.txt"] {
        let report = held(target, old);
        let why = ".delivery-gate/claims: main.py is a link into it, and what lies there is bound by no signature";
        assert!(report.contains(why), "{target}: {report}");
    }
    let report = held("README", ".delivery-gate/claims/notes.txt");
    let why = ".delivery-gate/claims/notes.txt: it is no folder of a version, and only signed claims belong there";
    assert!(report.contains(why), "{report}");
}

#[test]
fn a_tag_without_a_releases_form_chooses_no_keys() {
    let keys = keys();
    keys.make("mallory", &["-t", "ed25519"]);
    let project = project(&keys, REQUIRED);
    project.tag("v1.2.3");
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let own = format!("mallory@example.com {}\n", keys.public("mallory"));
    project.write("release.yaml", &release.replace("1.2.3", "1.2.4"));
    project.write(".delivery-gate/allowed_signers", &own).commit().git(&["tag", "nonsense-1.2.4"]);
    project.write("release.yaml", &release);
    prepare(&project);
    let report = project.check_after_ci().args(&["--before-tag"]).run().report(1);
    let why =
        "nobody can tell whose keys count: the tag nonsense-1.2.4 stands between this release and those before it";
    assert!(report.contains(why), "{report}");
}

#[test]
fn a_key_that_the_release_takes_away_counts_no_longer() {
    let keys = keys();
    let project = next(&keys, REQUIRED);
    project.write(".delivery-gate/allowed_signers", &format!("bob@example.com {}\n", keys.public("bob"))).commit();
    let mut statement = statement(&project);
    statement.claim.made_for = delivery_gate::internal::config::release::Released::One("1.3.0".to_owned());
    let text = sealed(&keys, "jane", &statement.written());
    project.write(&format!(".delivery-gate/claims/1.3.0/{ID}.key.json"), &text).commit().tag("v1.3.0");
    let (status, detail) = row(&project, ID);
    assert!(status == "FAIL" && detail.contains("this release itself takes the key away"), "{detail}");
}

#[test]
fn names_of_one_key_are_one_person() {
    let two = "claims: {required: [approver_signed_off], threshold: {approver_signed_off: 2}}\n";
    let distinct = "claims: {required: [approver_signed_off], distinct_from_author: [approver_signed_off]}\n";
    let judged = |policy: &str, lines: &dyn Fn(&Keys) -> String, by: &[(&str, &str)]| {
        let keys = keys();
        let project = project(&keys, policy);
        project.write(".delivery-gate/allowed_signers", &lines(&keys)).commit();
        for (at, (who, by)) in by.iter().enumerate() {
            let mut statement = statement(&project);
            statement.claim.by = (*by).to_owned();
            let text = sealed(&keys, who, &statement.written());
            project.write(&format!(".delivery-gate/claims/1.2.3/{ID}.{at}.json"), &text);
        }
        project.commit().tag("v1.2.3");
        row(&project, ID)
    };
    let both = |keys: &Keys| {
        let names = "eve@example.com,eve@corp.example";
        format!("{names} {}\n{names} {}\n", keys.public("jane"), keys.public("bob"))
    };
    let (status, detail) = judged(two, &both, &[("jane", "eve@example.com"), ("bob", "eve@corp.example")]);
    assert!(status == "FAIL" && detail.contains("1 of 2 persons"), "{detail}");
    // The tests' commits are by a@example.com.
    for line in [
        "a@example.com,a@corp.example KEY",
        "*@example.com,a@corp.example KEY",
        "A@EXAMPLE.COM,a@example.com,a@corp.example KEY",
    ] {
        let lines = |keys: &Keys| format!("{}\n", line.replace("KEY", &keys.public("jane")));
        let (status, detail) = judged(distinct, &lines, &[("jane", "a@corp.example")]);
        assert!(status == "FAIL" && detail.contains("is that of a@example.com, too"), "{line}: {detail}");
    }
}

/// 1.2.3 stands in release.yaml and never had a tag.
#[test]
fn a_version_that_was_never_released_leaves_a_way() {
    let keys = keys();
    let policy = "claims: {required: [approver_signed_off], distinct_from_author: [approver_signed_off]}\n";
    let project = next(&keys, policy);
    project.git(&["tag", "-d", "v1.2.3"]);
    let key = keys.path("jane").display().to_string();
    let by = ["--by", "jane@example.com", "--sign", &key];
    let named = ["attest", ID, "--repo", "repo", "--policy-ref", "main~1"];
    project.gate(&named).args(&by).run().report(0);
    project.commit().tag("v1.3.0");
    let check = |more: &[&str]| {
        let (_, report) = project.check_after_ci().args(&["--policy-ref", "main~2"]).args(more).json();
        let row = result(&report, ID);
        (row["status"].as_str().expect("a status").to_owned(), row["detail"].as_str().expect("a detail").to_owned())
    };
    let (status, detail) = check(&[]);
    let next = "if it was never released, --base REV names the commit since which authors are asked for";
    assert!(status == "UNPROVEN" && detail.contains(next), "{detail}");
    assert_eq!(check(&["--base", "main~2"]).0, "PASS");
    let (status, detail) = check(&["--base", "nowhere"]);
    assert!(status == "UNPROVEN" && detail.contains("--base nowhere: there is no such commit"), "{detail}");
    // Where the last release is known, no flag shortens what authors are asked for.
    project.git(&["tag", "-a", "-m", "1.2.3", "v1.2.3", "main~2"]);
    project.git(&["-c", "user.email=jane@example.com", "commit", "-q", "--amend", "--no-edit", "--reset-author"]);
    project.git(&["tag", "-d", "v1.3.0"]).write("code.txt", "x").git(&["add", "-A"]);
    project.git(&["-c", "user.email=jane@example.com", "commit", "-qm", "code"]);
    let (status, detail) = check(&["--base", "main"]);
    assert!(status != "PASS", "{detail}");
}

#[test]
fn a_folder_of_claims_that_cannot_be_read_is_not_an_unsigned_one() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    project.write("elsewhere/x.json", "{}").write(".delivery-gate/claims/1.2.3", "no folder").commit().tag("v1.2.3");
    let (status, detail) = row(&project, ID);
    assert!(status == "UNPROVEN" && detail.starts_with("Nobody can tell whether it is signed: "), "{status} {detail}");
}

#[test]
fn one_claim_in_two_places_is_one() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let path = signed(&project, &keys, "jane");
    project.commit().tag("v1.2.3");
    let file = project.root().join(&path);
    fs::create_dir_all(project.path("claims")).expect("a folder");
    fs::copy(&file, project.path("claims").join(file.file_name().expect("a name"))).expect("a copy");
    let (_, report) = project.check_after_ci().args(&["--claims", "claims"]).json();
    let row = result(&report, ID);
    assert_eq!(row["status"], "PASS");
    assert_eq!(row["signed"].as_array().map(Vec::len), Some(1), "{row}");
}

#[test]
fn what_check_would_not_take_is_not_written() {
    let keys = keys();
    let policy =
        "claims: {required: [approver_signed_off]}\nattestations: {approver_signed_off: {evidence: required}}\n";
    let project = project(&keys, policy);
    let refused = sign(&project, &keys, ID, "jane", &[]).refusal();
    assert!(refused.contains("`check` would not take it: ") && refused.contains("requires evidence"), "{refused}");
    let evidence = ["--evidence", "https://example.com/1", "--at", "2099-01-01"];
    let refused = sign(&project, &keys, ID, "jane", &evidence).refusal();
    assert!(refused.contains("at 2099-01-01, which is in the future"), "{refused}");
    assert!(!project.root().join(".delivery-gate/claims").exists());
    sign(&project, &keys, ID, "jane", &evidence[..2]).report(0);
}

#[test]
fn where_no_key_counts_any_more_the_way_out_is_told() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let line = format!("jane@example.com valid-before=\"20250101Z\" {}\n", keys.public("jane"));
    project.write(".delivery-gate/allowed_signers", &line).commit();
    let refused = sign(&project, &keys, ID, "jane", &[]).refusal();
    let next = "it expired at 20250101Z; sign with a key that counts; a newer file of keys counts by --policy-ref REV";
    assert!(refused.contains("did not count when the commit was made (") && refused.contains(next), "{refused}");
}
