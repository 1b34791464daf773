//! A release that is out, established again on real repositories.

use std::fs;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{Gate, Project, Run};
use crate::records::files;
use crate::signed::{ID, REQUIRED, keys, project as of_keys, signed};

/// A release that was GO, and the name of its record from the project's folder.
fn released() -> (Project, String) {
    let project = Project::released();
    let record = recorded(&project);
    (project, record)
}

fn recorded(project: &Project) -> String {
    project.check_after_ci().args(&["--record", "repo/records"]).run().report(0);
    let path = files(project).pop().expect("a record");
    format!("repo/records/{}", path.file_name().and_then(|name| name.to_str()).expect("a name"))
}

fn verify(project: &Project, arguments: &[&str]) -> Gate {
    project.gate(&["verify", "v1.2.3", "--repo", "repo"]).args(arguments)
}

fn json(gate: Gate) -> (Run, Value) {
    gate.json()
}

fn standing<'v>(document: &'v Value, id: &str) -> &'v Value {
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
fn what_is_no_tag_and_no_file_cannot_be_asked() {
    let project = Project::released();
    let told = project.gate(&["verify", "main", "--repo", "repo"]).run().refusal();
    assert!(told.contains("main is no tag of a commit"), "{told}");
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
fn resealed(project: &Project, record: &str, change: impl Fn(&mut Value)) {
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
    let path = files(&project).pop().expect("a record");
    let record = format!("repo/records/{}", path.file_name().and_then(|name| name.to_str()).expect("a name"));
    resealed(&project, &record, |document| {
        document["decision"] = "GO".into();
        document["hold_reasons"] = Value::Array(Vec::new());
    });
    let (run, document) = json(verify(&project, &["--record", &record]));
    assert_eq!((run.code, standing(&document, "changelog")), (Some(1), &"different".into()), "{document}");
}
