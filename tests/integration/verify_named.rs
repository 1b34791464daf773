//! `verify` names again what a release was judged with, and misses no row that it was asked for.

use serde_json::{Value, json};

use crate::common::{Project, RELEASE};
use crate::packages;
use crate::signed::{ID, REQUIRED, keys, project as of_keys, signed};
use crate::verify::{newest, recorded, resealed, standing};

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
fn a_verdict_is_not_older_than_what_it_is_about() {
    let project = Project::drafted();
    let policy = "exceptions: {changelog: {reason: none yet, until: 2020-06-01}}\n";
    project.write("delivery-gate.yaml", policy).remove("CHANGELOG.md").commit().tag("v1.2.3");
    project.check_after_ci().args(&["--record", "repo/records"]).run().report(1);
    let record = newest(&project);
    // As if it had been judged when the exception still held.
    resealed(&project, &record, |document| {
        let rows = document["results"].as_array_mut().expect("results");
        let row = rows.iter_mut().find(|row| row["check_id"] == "changelog").expect("the row");
        for (key, value) in
            [("kind", "ATTESTED"), ("status", "NA"), ("exception", "none yet"), ("excused_by", "policy")]
        {
            row[key] = value.into();
        }
        (document["decision"], document["hold_reasons"]) = ("GO".into(), json!([]));
        document["judged_at"] = "2020-05-01T00:00:00.000Z".into();
    });
    let told = project.gate(&["verify", "v1.2.3", "--repo", "repo", "--record", &record]).run().report(1);
    assert!(
        told.contains("the record is of a time before its commit was made: 2020-05-01T00:00:00.000Z, and "),
        "{told}"
    );
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

#[test]
fn a_package_that_was_released_alone_is_verified_alone() {
    let project = packages::released();
    project.git(&["tag", "-d", "@acme/write@1.0.1"]);
    let alone = ["--package", "packages/cli"];
    project.check_after_ci().args(&alone).args(&["--record", "repo/records"]).run().report(0);
    let record = newest(&project);
    let look = || project.gate(&["verify", "@acme/cli@3.0.1", "--repo", "repo", "--record", &record]);
    let (run, document) = look().args(&alone).json();
    assert_eq!((run.code, standing(&document, "changelog:packages/cli")), (Some(0), &"confirmed".into()), "{document}");
    let told = look().run().report(1);
    let other = "Not of this release: the record is of other packages: packages/cli 3.0.1, and this is packages/cli 3.0.1, \
                 packages/write 1.0.1 (--package DIR asks one alone)";
    assert!(told.contains(other), "{told}");
}

#[test]
fn the_base_of_the_verdict_is_named_again() {
    let project = Project::drafted();
    project.write("release.yaml", &RELEASE.replace("1.2.3", "1.2.2")).write("delivery-gate.yaml", "decision: {}\n");
    project.commit().tag("v1.2.2").write("Dockerfile", "FROM x\n").commit();
    project.git(&["branch", "decided"]);
    project.write("release.yaml", &RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\""));
    project.commit().tag("v1.2.3");
    project.check_after_ci().args(&["--record", "repo/records", "--base", "decided"]).run().report(0);
    let record = newest(&project);
    let look = || project.gate(&["verify", "v1.2.3", "--repo", "repo", "--record", &record]);
    assert_eq!(standing(&look().json().1, "decision_approved"), "different");
    let (run, document) = look().args(&["--base", "decided"]).json();
    assert_eq!((run.code, standing(&document, "decision_approved")), (Some(0), &"confirmed".into()), "{document}");
}

#[test]
fn a_row_that_nobody_can_tell_of_is_not_different() {
    let keys = keys();
    let project = of_keys(&keys, REQUIRED);
    project.write("release.yaml", "version: \"1.2.2\"\n").commit().tag("v1.2.2");
    project.write("release.yaml", &RELEASE.replace("answer: true", "answer: true, for: \"1.2.3\"")).commit();
    signed(&project, &keys, "jane");
    project.commit().tag("v1.2.3");
    let record = recorded(&project);
    project.git(&["tag", "-d", "v1.2.2"]);
    let (run, document) = project.gate(&["verify", "v1.2.3", "--repo", "repo", "--record", &record]).json();
    for id in [ID, "signed_claims"] {
        let told = (run.code, standing(&document, id));
        assert_eq!(told, (Some(1), &"cannot be established any more".into()), "{document}");
    }
}

#[test]
fn a_bare_mirror_has_a_flag_for_the_folder() {
    let project = Project::new();
    project.write("sub/release.yaml", RELEASE).commit().tag("v1.2.3");
    project.git(&["clone", "-q", "--mirror", ".", "../mirror.git"]);
    let told = project.gate(&["verify", "v1.2.3", "--repo", "mirror.git"]).run().refusal();
    assert!(told.contains("--repo names another folder (`verify` of a bare repository: --folder)"), "{told}");
}

#[test]
fn a_record_of_no_go_is_told_once() {
    let project = Project::released();
    project.check().args(&["--record", "repo/records"]).run().report(1);
    let record = newest(&project);
    let (_, document) = project.gate(&["verify", "v1.2.3", "--repo", "repo", "--record", &record]).json();
    assert_eq!(document["problems"], json!(["the record is one of `check` that came to NO-GO, not of a GO"]));
}

#[test]
fn a_tag_may_be_named_as_a_ci_system_has_it() {
    let project = Project::released();
    let record = recorded(&project);
    let (run, document) = project.gate(&["verify", "refs/tags/v1.2.3", "--repo", "repo", "--record", &record]).json();
    assert_eq!((run.code, &document["tag"]), (Some(0), &Value::from("v1.2.3")), "{document}");
}

/// Whoever may push a branch does not choose by its name what is looked at.
#[test]
fn a_tag_is_meant_whatever_else_has_its_name() {
    let project = Project::released();
    let (record, released) = (recorded(&project), project.head());
    project.append("CHANGELOG.md", "\nMore.\n").commit();
    let other = project.head();
    for name in ["v1.2.3", "refs/tags/v1.2.3", "tags/v1.2.3"] {
        project.git(&["update-ref", &format!("refs/heads/{name}"), &other]);
        project.git(&["update-ref", &format!("refs/remotes/{name}"), &other]);
    }
    // As a file beside HEAD, which git asks before any tag.
    std::fs::write(project.root().join(".git/v1.2.3"), format!("{other}\n")).expect("a file");
    for name in ["v1.2.3", "refs/tags/v1.2.3"] {
        let (run, document) = project.gate(&["verify", name, "--repo", "repo", "--record", &record]).json();
        let found = (run.code, &document["tag"], &document["commit"]);
        assert_eq!(found, (Some(0), &Value::from("v1.2.3"), &Value::from(released.as_str())), "{document}");
    }
}

#[test]
fn a_tag_may_be_named_as_a_commit_is() {
    let project = Project::drafted();
    project.commit();
    let (name, released) = ("0123456789abcdef0123456789abcdef01234567", project.head());
    for name in [name, "HEAD", "v1.2.3"] {
        project.tag(name);
    }
    project.append("CHANGELOG.md", "\nMore.\n").commit();
    for name in [name, "HEAD"] {
        let document = project.gate(&["verify", name, "--repo", "repo"]).json().1;
        assert_eq!(document["commit"], Value::from(released.as_str()), "{document}");
    }
}

#[test]
fn what_is_no_tag_is_told_with_what_gets_one() {
    let project = Project::released();
    let (head, look) = (project.head(), |name: &str| project.gate(&["verify", name, "--repo", "repo"]).run().refusal());
    let fetch = "`git fetch --tags` gets those that the remote has\n";
    project.git(&["branch", "v1.2.2"]).git(&["tag", "content", "HEAD:release.yaml"]);
    project.git(&["symbolic-ref", "refs/tags/latest", "refs/tags/v1.2.3"]);
    let another = "it names a commit in another way, as a branch or an id does";
    for (name, near) in [("main", ""), ("v1.2.2", "; did you mean v1.2.3?"), (&head, ""), ("v1.2.3^{}", "")] {
        let near = if near.is_empty() { ";" } else { near };
        let told = look(name);
        assert!(told.ends_with(&format!(": {name} is no tag here: {another}{near} {fetch}")), "{told}");
    }
    for name in ["heads/nothing", "a..b", "refs/heads/main"] {
        let told = look(name);
        assert!(told.contains(&format!("{name} is no tag here: ")) && told.ends_with(fetch), "{told}");
    }
    for (name, what) in [("content", "a blob"), ("latest", "another reference")] {
        let told = look(name);
        assert!(told.ends_with(&format!("{name} is no tag of a commit: it points at {what}\n")), "{told}");
    }
}

#[test]
fn a_clone_without_tags_says_how_to_get_them() {
    let project = Project::released();
    project.git(&["clone", "-q", "--no-tags", ".", "../clone"]);
    let told = project.gate(&["verify", "v1.2.3", "--repo", "clone"]).run().refusal();
    let why = "v1.2.3 is no tag here: there is none at all; `git fetch --tags` gets those that the remote has\n";
    assert!(told.ends_with(why), "{told}");
    let told = project.gate(&["verify", "v1.2.3", "--repo", "home"]).run().refusal();
    assert!(told.contains("v1.2.3 was not looked up: "), "{told}");
}

#[test]
fn a_tag_whose_commit_is_not_here_is_told_as_such() {
    let project = Project::released();
    let id = project.head();
    std::fs::remove_file(project.root().join(".git/objects").join(&id[..2]).join(&id[2..])).expect("the commit");
    let told = project.gate(&["verify", "v1.2.3", "--repo", "repo"]).run().refusal();
    assert!(told.starts_with("error: tag v1.2.3 could not be read: "), "{told}");
}

#[test]
fn tags_that_cannot_be_listed_are_not_said_to_be_none() {
    let project = Project::new();
    // Whatever it keeps its tags in: one that is no reference, and a list that is none.
    project.write("release.yaml", RELEASE).commit();
    std::fs::create_dir_all(project.root().join(".git/refs/tags")).expect("a folder");
    std::fs::write(project.root().join(".git/refs/tags/v1.2.2"), "v1\n").expect("a file");
    let tables = project.root().join(".git/reftable/tables.list");
    if tables.exists() {
        std::fs::write(tables, "../HEAD\n").expect("a file");
    }
    let told = project.gate(&["verify", "v1.2.3", "--repo", "repo"]).run().refusal();
    assert!(told.contains(" could not be ") && !told.contains("there is none"), "{told}");
}
