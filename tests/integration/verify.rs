//! A release that is out, established again on real repositories.

use std::fs;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{Gate, Project, RELEASE, Run, result};
use crate::forge::{self, hosts::GitHub};
use crate::packages;
use crate::records::files;
use crate::server::Server;
use crate::signed::{ID, REQUIRED, keys, project as of_keys, signed};

/// A release that was GO, and the name of its record from the project's folder.
fn released() -> (Project, String) {
    let project = Project::released();
    let record = recorded(&project);
    (project, record)
}

pub(crate) fn recorded(project: &Project) -> String {
    project.check_after_ci().args(&["--record", "repo/records"]).run().report(0);
    newest(project)
}

/// The newest record in the project, by its name from the folder that holds the repository.
pub(crate) fn newest(project: &Project) -> String {
    let path = files(project).pop().expect("a record");
    format!("repo/records/{}", path.file_name().and_then(|name| name.to_str()).expect("a name"))
}

fn verify(project: &Project, arguments: &[&str]) -> Gate {
    project.gate(&["verify", "v1.2.3", "--repo", "repo"]).args(arguments)
}

fn json(gate: Gate) -> (Run, Value) {
    gate.json()
}

pub(crate) fn standing<'v>(document: &'v Value, id: &str) -> &'v Value {
    let rows = document["results"].as_array().expect("results");
    &rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id}: {document}"))["standing"]
}

#[test]
fn a_bare_mirror_confirms_what_its_record_says() {
    let (project, record) = released();
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let (run, document) = json(project.gate(&["verify", "v1.2.3", "--repo", "mirror.git", "--record", &record]));
    assert_eq!((run.code, &document["verified"]), (Some(0), &Value::from(true)), "{document}");
    assert_eq!(document["schema"], "delivery-gate/verify/v1");
    assert_eq!(standing(&document, "ci_status"), "recorded");
    for id in ["changelog", "deps_pinned", "release_point", "version_agrees", "rollback_tested"] {
        assert_eq!(standing(&document, id), "confirmed", "{id}");
    }
    let text = project.gate(&["verify", "v1.2.3", "--repo", "mirror.git", "--record", &record]).run().report(0);
    let ci =
        "recorded   ci_status [AUTO]  PASS CI status is 'success' (reported by --ci-status, not looked up); only the";
    assert!(text.contains(ci), "{text}");
    assert!(text.contains("Not proven: Who controls the repository can rewrite all of it"), "{text}");
    assert!(text.ends_with("Verified: CONFIRMED (8 confirmed, 1 as recorded, 0 not)\n"), "{text}");
}

#[test]
fn without_a_record_what_only_a_server_tells_is_lost() {
    let (run, document) = json(verify(&Project::released(), &[]));
    assert_eq!((run.code, &document["record"]), (Some(1), &Value::Null), "{document}");
    assert_eq!(standing(&document, "ci_status"), "cannot be established any more");
    assert_eq!(standing(&document, "release_point"), "confirmed");
}

/// Whether a declaration stands depends on the policy, and there on what the check came to: nobody asks it again.
#[test]
fn a_declaration_confirms_only_what_the_policy_lets_it_whatever_the_check_says() {
    let lost = "cannot be established any more";
    for (policy, expected) in [
        ("not_applicable: any\n", "confirmed"),
        ("not_applicable: unless_failed\n", lost),
        ("not_applicable: attested_only\n", lost),
        ("required: [ci_status]\n", lost),
    ] {
        let project = Project::drafted();
        project.append("release.yaml", "not_applicable: {ci_status: \"No CI here, tests run by hand.\"}\n");
        project.write("delivery-gate.yaml", policy).commit().tag("v1.2.3");
        let (run, document) = json(verify(&project, &[]));
        assert_eq!(standing(&document, "ci_status"), expected, "{policy}: {document}");
        assert_eq!(run.code, Some(i32::from(expected == lost)), "{policy}");
        // What `check` says of it there, where nobody knows either.
        let (_, report) = project.check().json();
        assert_eq!(
            result(&report, "ci_status")["status"],
            if expected == lost { "UNPROVEN" } else { "NA" },
            "{policy}"
        );
    }
}

#[test]
fn a_record_that_is_not_this_releases_is_never_confirmed() {
    let (project, record) = released();
    let path = project.path(&record);
    let text = fs::read_to_string(&path).expect("a record");
    fs::write(&path, text.replace("Found an entry", "Found no entry")).expect("a record");
    let told = verify(&project, &["--record", &record]).run().report(1);
    assert!(told.contains("it was changed after it was written"), "{told}");
    fs::write(&path, &text).expect("a record");

    project.append("CHANGELOG.md", "\nMore.\n").commit().git(&["tag", "-f", "-a", "-m", "v1.2.3", "v1.2.3"]);
    let told = verify(&project, &["--record", &record]).run().report(1);
    assert!(told.contains("the record is of another commit: "), "{told}");
}

#[test]
fn a_record_of_no_go_is_none_of_a_release() {
    let project = Project::released();
    project.check().args(&["--record", "repo/records"]).run().report(1);
    let name = files(&project).pop().expect("a record");
    let told = verify(&project, &["--record", &name.display().to_string()]).run().report(1);
    assert!(told.contains("the record is one of `check` that came to NO-GO, not of a GO"), "{told}");
}

#[test]
fn a_tag_that_was_made_anew_is_told() {
    let (project, record) = released();
    // The record's own commit, and another tag object: lightweight where it was annotated.
    project.git(&["tag", "-f", "v1.2.3", "v1.2.3^{}"]);
    let told = verify(&project, &["--record", &record]).run().report(0);
    assert!(told.contains("Warning: the tag is another object than the one that was recorded: was "), "{told}");
    project.git(&["tag", "-d", "v1.2.3"]);
    let told = verify(&project, &["--record", &record]).run().refusal();
    assert!(told.contains("v1.2.3"), "{told}");
}

#[test]
fn the_digest_in_the_tags_message_binds_the_record() {
    let (project, record) = released();
    let said = verify(&project, &["--record", &record]).json().1["record"]["sha256"].clone();
    let said = said.as_str().expect("a digest").to_owned();
    let tag = |digest: &str| {
        let message = format!("1.2.3\n\nRecord: {digest}");
        project.git(&["tag", "-f", "-a", "-m", &message, "v1.2.3", "v1.2.3^{}"]);
    };
    tag(&said);
    verify(&project, &["--record", &record]).run().report(0);
    let told = verify(&project, &[]).run().report(1);
    assert!(told.contains("which was not compared: --record FILE names it"), "{told}");
    tag(&"0".repeat(64));
    let told = verify(&project, &["--record", &record]).run().report(1);
    assert!(told.contains(&format!("and this one has {said}")), "{told}");
}

#[test]
fn what_is_no_file_cannot_be_asked() {
    let project = Project::released();
    let told = verify(&project, &["--record", "nowhere.json"]).run().refusal();
    assert!(told.contains("--record nowhere.json was not read"), "{told}");
    let told = verify(&project, &["--claims", "nowhere"]).run().refusal();
    assert!(told.contains("there is no such folder"), "{told}");
}

#[test]
fn a_gate_that_runs_a_command_is_as_recorded_and_is_not_run() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "gates: [{id: built, type: command, command: touch ../ran}]\n").commit();
    project.tag("v1.2.3");
    let record = recorded(&project);
    fs::remove_file(project.path("ran")).expect("it ran when the release was judged");
    let (run, document) = json(verify(&project, &["--record", &record]));
    assert_eq!((run.code, standing(&document, "built")), (Some(0), &Value::from("recorded")), "{document}");
    assert!(!project.path("ran").exists());
}

#[test]
fn a_key_counts_when_the_release_was_tagged_and_is_told_when_it_expired_since() {
    let keys = keys();
    let project = of_keys(&keys, REQUIRED);
    signed(&project, &keys, "jane");
    project.commit();
    let mut tag = Command::new("git");
    tag.current_dir(project.root()).args(["-c", "user.name=R", "-c", "user.email=r@example.com"]);
    tag.args(["tag", "-a", "-m", "v1.2.3", "v1.2.3"]).env("GIT_COMMITTER_DATE", "2026-02-03T00:00:00Z");
    assert!(tag.status().expect("git runs").success());
    let line = |until: &str| format!("jane@example.com valid-before=\"{until}\" {}\n", keys.public("jane"));
    let signers = project.path("signers");
    let look = |until: &str| {
        fs::write(&signers, line(until)).expect("signers");
        json(verify(&project, &["--signers", &signers.display().to_string()])).1
    };
    let document = look("20260401Z");
    assert_eq!(standing(&document, ID), "confirmed", "{document}");
    let why = document["expired_since"][0]["why"].as_str().expect("why");
    assert!(why.contains("it expired at 20260401Z"), "{why}");
    let document = look("20260101Z");
    assert_eq!(standing(&document, ID), "different", "{document}");
}

/// A record that somebody changed and sealed anew.
pub(crate) fn resealed(project: &Project, record: &str, change: impl Fn(&mut Value)) {
    let path = project.path(record);
    let text = fs::read_to_string(&path).expect("a record");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut document);
    document.as_object_mut().expect("an object").remove("content_sha256");
    let text = document.to_string();
    let body = text.strip_suffix('}').expect("an object");
    let digest = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    fs::write(&path, format!("{body},\"content_sha256\":\"{digest}\"}}\n")).expect("a record");
}

#[test]
fn a_record_that_was_sealed_anew_confirms_nothing_that_holds_the_release() {
    let row = |document: &mut Value, id: &str, change: fn(&mut Value)| {
        let rows = document["results"].as_array_mut().expect("results");
        change(rows.iter_mut().find(|row| row["check_id"] == id).expect(id));
    };
    let (project, record) = released();
    resealed(&project, &record, |_| {});
    assert_eq!(verify(&project, &["--record", &record]).run().code, Some(0));
    let told = |change: &dyn Fn(&mut Value)| {
        let (project, record) = released();
        resealed(&project, &record, change);
        verify(&project, &["--record", &record]).run().report(1)
    };
    let failed = told(&|document| row(document, "ci_status", |row| row["status"] = "FAIL".into()));
    assert!(failed.contains("different  ci_status"), "{failed}");
    let gone = told(&|document| {
        document["results"].as_array_mut().expect("results").retain(|row| row["check_id"] != "ci_status");
    });
    assert!(gone.contains("cannot be established any more  ci_status"), "{gone}");
    let twice = told(&|document| {
        let rows = document["results"].as_array_mut().expect("results");
        rows.push(rows[0].clone());
    });
    assert!(twice.contains("the record has the row changelog twice"), "{twice}");
    let rehearsed = told(&|document| document["is_rehearsal"] = true.into());
    assert!(rehearsed.contains("the record is of a rehearsal, which is never a GO"), "{rehearsed}");
    let early = told(&|document| document["judged_at"] = "2999-01-01T00:00:00.000Z".into());
    assert!(early.contains("the record is of a time to come: 2999-01-01T00:00:00.000Z"), "{early}");
}

#[test]
fn what_holds_a_release_now_is_not_confirmed_by_a_record_that_says_so_too() {
    let project = Project::drafted();
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n\n- Old.\n").commit().tag("v1.2.3");
    project.check_after_ci().args(&["--record", "repo/records"]).run().report(1);
    let record = newest(&project);
    resealed(&project, &record, |document| {
        document["decision"] = "GO".into();
        document["hold_reasons"] = Value::Array(Vec::new());
    });
    let (run, document) = json(verify(&project, &["--record", &record]));
    assert_eq!((run.code, standing(&document, "changelog")), (Some(1), &"different".into()), "{document}");
}

/// A release in the folder `sub` of a repository, that was GO, and its record.
fn released_in_a_folder() -> (Project, String) {
    let project = Project::drafted();
    for name in ["CHANGELOG.md", "pyproject.toml", "release.yaml"] {
        fs::create_dir_all(project.root().join("sub")).expect("a folder");
        fs::rename(project.root().join(name), project.root().join("sub").join(name)).expect("moved");
    }
    project.commit().tag("v1.2.3");
    let check = ["check", "--repo", "repo/sub", "--ci-status", "success", "--record", "repo/records"];
    project.gate(&check).run().report(0);
    let record = newest(&project);
    (project, record)
}

#[test]
fn in_a_bare_mirror_the_record_or_a_flag_says_which_folder_was_released() {
    let (project, record) = released_in_a_folder();
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let verify = |more: &[&str]| project.gate(&["verify", "v1.2.3", "--repo", "mirror.git"]).args(more);
    verify(&["--record", &record]).run().report(0);
    verify(&["--record", &record, "--folder", "sub"]).run().report(0);
    assert!(verify(&[]).run().refusal().contains("release.yaml"));
    let (_, document) = verify(&["--folder", "sub"]).json();
    assert_eq!(standing(&document, "changelog"), "confirmed", "{document}");
    let refused = verify(&["--folder", "../other"]).run().refusal();
    assert!(refused.contains("--folder ../other: it leads out of the repository"), "{refused}");
    assert!(verify(&["--folder", "nowhere"]).run().refusal().contains("release.yaml"));
}

#[test]
fn the_policy_of_the_record_is_the_policy_of_what_is_compared() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "exceptions: {deps_pinned: {reason: not yet}}\n").commit();
    project.write("delivery-gate.yaml", "tag: \"v{version}\"\n").commit().tag("v1.2.3");
    fs::write(project.path("other.yaml"), "exceptions: {deps_pinned: {reason: by hand}}\n").expect("a policy");
    for flags in [["--policy-ref", "main~1"], ["--config", "other.yaml"]] {
        let _ = fs::remove_dir_all(project.root().join("records"));
        project.check_after_ci().args(&["--record", "repo/records"]).args(&flags).run().report(0);
        let record = newest(&project);
        let told = verify(&project, &["--record", &record]).run().report(1);
        assert!(
            told.contains(
                "Not of this release: the record is of another policy (--policy-ref REV or --config FILE names it): "
            ),
            "{told}"
        );
        verify(&project, &["--record", &record]).args(&flags).run().report(0);
    }
    fs::write(project.path("other.yaml"), "exceptions: {deps_pinned: {reason: by foot}}\n").expect("a policy");
    let record = newest(&project);
    let told = verify(&project, &["--record", &record, "--config", "other.yaml"]).run().report(1);
    assert!(told.contains("the record is of another policy (--policy-ref REV or --config FILE names it): a file of --config with the SHA-256 "), "{told}");
    let refused = verify(&project, &["--policy-ref", "v1.2.3"]).run().refusal();
    assert!(refused.contains("this is the commit that is judged"), "{refused}");
}

#[test]
fn a_release_yaml_from_outside_the_commit_is_named_again() {
    let project = Project::drafted();
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let release = release.replace("true,", "true, for: \"1.2.3\",");
    project.remove("release.yaml").commit().tag("v1.2.3");
    fs::write(project.path("late.yaml"), &release).expect("a file");
    project.check_after_ci().args(&["--record", "repo/records", "--release", "late.yaml"]).run().report(0);
    let record = newest(&project);
    verify(&project, &["--record", &record, "--release", "late.yaml"]).run().report(0);
    fs::write(project.path("late.yaml"), format!("{release}# later\n")).expect("a file");
    let told = verify(&project, &["--record", &record, "--release", "late.yaml"]).run().report(1);
    assert!(told.contains("the record is of another release.yaml (--release FILE"), "{told}");
}

#[test]
fn the_record_that_the_tag_names_is_found_in_the_policys_folder() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "record: records\n").write(".gitignore", "/records\n").commit().tag("v1.2.3");
    project.check_after_ci().run().report(0);
    let path = files(&project).pop().expect("a record");
    let digest = Sha256::digest(fs::read(&path).expect("a record"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let message = format!("1.2.3\n\nRecord:\n  sha256:{digest}\n");
    project.git(&["tag", "-f", "-a", "-m", &message, "v1.2.3", "v1.2.3^{}"]);
    let (run, document) = json(verify(&project, &[]));
    assert_eq!((run.code, &document["record"]["sha256"]), (Some(0), &Value::from(digest)), "{document}");
    fs::remove_file(path).expect("removed");
    let told = verify(&project, &[]).run().report(1);
    assert!(told.contains("which was not compared: --record FILE names it"), "{told}");
}

#[test]
fn what_cannot_be_asked_says_what_is_near() {
    let project = Project::released();
    let told = project.gate(&["verify", "1.2.3", "--repo", "repo"]).run().refusal();
    let near = "1.2.3 is no tag here: there is no refs/tags/1.2.3; did you mean v1.2.3? `git fetch --tags` gets";
    assert!(told.contains(near), "{told}");
    let told = verify(&project, &["--signers", "nowhere"]).run().refusal();
    assert!(told.contains("--signers nowhere: there is no such file"), "{told}");
}

#[test]
fn several_packages_are_confirmed_by_the_tag_of_each() {
    let project = packages::released();
    let record = recorded(&project);
    for tag in ["@acme/cli@3.0.1", "@acme/write@1.0.1"] {
        let (run, document) = json(project.gate(&["verify", tag, "--repo", "repo", "--record", &record]));
        assert_eq!(
            (run.code, standing(&document, "changelog:packages/cli")),
            (Some(0), &"confirmed".into()),
            "{document}"
        );
    }
    resealed(&project, &record, |document| document["packages"][0]["version"] = "3.0.2".into());
    let told = project.gate(&["verify", "@acme/cli@3.0.1", "--repo", "repo", "--record", &record]).run().report(1);
    assert!(told.contains("the record is of other packages"), "{told}");
}

#[test]
fn the_forge_is_asked_again_where_the_flag_says_so() {
    let project = Project::drafted();
    project.write("delivery-gate.yaml", "ci: {require: [{name: test}]}\n").commit().tag("v1.2.3");
    let commit = project.head();
    let server = GitHub::at(&commit).check(1, "test", "success").start();
    let ask = |gate: Gate, server: &Server| forge::at(gate, server, forge::GITHUB);
    let check = project.check().args(&["--record", "repo/records"]);
    ask(check, &server).run().report(0);
    let record = newest(&project);
    let look = |server: &Server| json(ask(verify(&project, &["--record", &record]), server)).1;
    let document = look(&server);
    assert_eq!((standing(&document, "ci_status"), &document["verified"]), (&"confirmed".into(), &true.into()));
    let document = look(&GitHub::at(&commit).check(1, "test", "failure").start());
    assert_eq!((standing(&document, "ci_status"), &document["verified"]), (&"different".into(), &false.into()));
    let document = look(&GitHub::at(&commit).start());
    assert_eq!(standing(&document, "ci_status"), "cannot be established any more", "{document}");
    let (_, document) = json(verify(&project, &["--record", &record]));
    assert_eq!(standing(&document, "ci_status"), "recorded");
}

#[test]
fn what_a_decision_service_said_is_as_recorded_and_it_is_not_asked() {
    let project = Project::drafted();
    project.write("release.yaml", &RELEASE.replace("1.2.3", "1.2.2")).write("delivery-gate.yaml", "decision: {}\n");
    project.commit().tag("v1.2.2").write("Dockerfile", "FROM x\n");
    project.write("release.yaml", &RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\""));
    project.git(&["add", "-A"]).git(&["commit", "-qm", "release\n\nDecision: decern:abc-1"]).tag("v1.2.3");
    let server = Server::json("200 OK", "{\"valid\":true}");
    let with_service = |gate: Gate| gate.env("DECERN_BASE_URL", &server.url()).env("DECERN_CI_TOKEN", "SEKRET-TOKEN");
    with_service(project.check_after_ci().args(&["--record", "repo/records"])).run().report(0);
    let asked = server.requests().len();
    assert!(asked > 0);
    let record = newest(&project);
    let (run, document) = json(with_service(verify(&project, &["--record", &record])));
    assert_eq!((run.code, standing(&document, "decision_approved")), (Some(0), &"recorded".into()), "{document}");
    assert_eq!(server.requests().len(), asked, "nobody is asked");
    // Nor is it taken for confirmed where the variables are not there.
    let (_, document) = json(verify(&project, &["--record", &record]));
    assert_ne!(standing(&document, "decision_approved"), "confirmed", "{document}");
}

/// A path as it is typed may not lead to the folders above it.
#[test]
fn a_folder_of_a_repository_is_named_from_where_one_stands() {
    let project = Project::drafted();
    project.write("pkg/CHANGELOG.md", crate::common::CHANGELOG).write("pkg/release.yaml", RELEASE);
    project.commit().tag("v1.2.3");
    let at = |folder: &str, more: &[&str]| {
        let mut gate = project.gate(&[&["verify", "v1.2.3"], more].concat());
        gate.command.current_dir(project.root().join(folder));
        gate.run().report(1)
    };
    for (folder, more) in
        [("", &["--repo", "pkg"][..]), ("", &["--repo", "./pkg"]), ("pkg", &[]), ("pkg", &["--repo", "."])]
    {
        let told = at(folder, more);
        assert!(told.contains("confirmed  release_point"), "{folder} {more:?}: {told}");
    }
}
