//! Signed claims on real repositories, signed by the real `ssh-keygen`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery_gate::internal::config::release::Released;
use delivery_gate::internal::evidence::claims::{Claim, Statement, encoded};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Project, Run, result};
use crate::schemas::validator;

pub(crate) const ID: &str = "approver_signed_off";
pub(crate) const TITLE: &str = "Named approver signed off";
pub(crate) const REQUIRED: &str = "claims: {required: [approver_signed_off]}\n";

/// Keys of several people, in a folder of their own.
pub(crate) struct Keys(TempDir);

impl Keys {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    /// A new key, as `ssh-keygen` makes it of these arguments.
    pub(crate) fn make(&self, name: &str, arguments: &[&str]) -> &Self {
        let path = self.path(name);
        let run = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("ssh-keygen runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Kind and key, as `allowed_signers` has them.
    pub(crate) fn public(&self, name: &str) -> String {
        let text = fs::read_to_string(self.path(&format!("{name}.pub"))).expect("a public key");
        text.split(' ').take(2).collect::<Vec<_>>().join(" ").trim().to_owned()
    }

    /// The armour over some bytes.
    pub(crate) fn sign(&self, name: &str, namespace: &str, bytes: &[u8]) -> String {
        let file = self.path("message");
        fs::write(&file, bytes).expect("a message");
        let _ = fs::remove_file(self.path("message.sig"));
        let run = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .arg(self.path(name))
            .arg(&file)
            .output()
            .expect("ssh-keygen runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        fs::read_to_string(self.path("message.sig")).expect("a signature")
    }

    /// Whether the real program takes a signature, by these lines of `allowed_signers`.
    pub(crate) fn verifies(&self, lines: &[u8], principal: &str, armour: &str, bytes: &[u8]) -> bool {
        let (signers, signature) = (self.path("signers"), self.path("signature"));
        fs::write(&signers, lines).expect("signers");
        fs::write(&signature, armour).expect("a signature");
        let message = self.path("verified");
        fs::write(&message, bytes).expect("a message");
        let run = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", "delivery-gate", "-I", principal, "-f"])
            .arg(&signers)
            .arg("-s")
            .arg(&signature)
            .stdin(fs::File::open(message).expect("a message"))
            .output()
            .expect("ssh-keygen runs");
        run.status.success()
    }
}

/// Jane's and Bob's keys.
pub(crate) fn keys() -> Keys {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]).make("bob", &["-t", "ed25519"]);
    keys
}

pub(crate) fn signers(keys: &Keys) -> String {
    format!("jane@example.com {}\nbob@example.com {}\n", keys.public("jane"), keys.public("bob"))
}

/// The release 1.2.3 under a policy, committed and not tagged.
pub(crate) fn project(keys: &Keys, policy: &str) -> Project {
    let project = Project::drafted();
    let release = fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    let release: String = release.lines().filter(|line| !line.contains(ID)).map(|line| format!("{line}\n")).collect();
    project.write("release.yaml", &release).write("delivery-gate.yaml", policy);
    project.write(".delivery-gate/allowed_signers", &signers(keys)).commit();
    project
}

/// `attest ID --sign KEY` as somebody.
pub(crate) fn sign(project: &Project, keys: &Keys, id: &str, who: &str, more: &[&str]) -> Run {
    let (key, by) = (keys.path(who).display().to_string(), format!("{who}@example.com"));
    project.gate(&["attest", id, "--repo", "repo", "--sign", &key, "--by", &by]).args(more).run()
}

pub(crate) fn signed(project: &Project, keys: &Keys, who: &str) -> String {
    let told = sign(project, keys, ID, who, &[]).report(0);
    let path = told.split_once("Wrote ").expect("a file").1.split_once(',').expect("its end").0.to_owned();
    assert!(project.root().join(&path).is_file(), "{told}");
    path
}

/// The id of the tree without signed claims.
pub(crate) fn tree(project: &Project) -> String {
    let clone = TempDir::new().expect("a folder");
    let index = clone.path().join("index").display().to_string();
    let git = |arguments: &[&str]| {
        let run = Command::new("git")
            .args(arguments)
            .current_dir(project.root())
            .env("GIT_INDEX_FILE", &index)
            .output()
            .expect("git runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).expect("UTF-8").trim().to_owned()
    };
    git(&["read-tree", "HEAD"]);
    git(&["rm", "-r", "-q", "--cached", "--ignore-unmatch", ".delivery-gate/claims"]);
    git(&["write-tree"])
}

pub(crate) fn statement(project: &Project) -> Statement {
    let claim = Claim {
        id: ID.to_owned(),
        answer: true,
        by: "jane@example.com".to_owned(),
        at: "2026-01-01".to_owned(),
        evidence: None,
        note: None,
        made_for: Released::One("1.2.3".to_owned()),
    };
    Statement { project: "demo".to_owned(), tree: tree(project), claim }
}

pub(crate) fn envelope(payload: &[u8], armour: &str, keyid: &str) -> Value {
    json!({
        "payloadType": "application/vnd.in-toto+json",
        "payload": STANDARD.encode(payload),
        "signatures": [{"keyid": keyid, "sig": STANDARD.encode(armour)}],
    })
}

pub(crate) fn keyid(keys: &Keys, name: &str) -> String {
    let run = Command::new("ssh-keygen").arg("-lf").arg(keys.path(&format!("{name}.pub"))).output().expect("it runs");
    String::from_utf8(run.stdout).expect("UTF-8").split(' ').nth(1).expect("a fingerprint").to_owned()
}

/// An envelope around a payload, signed by somebody.
pub(crate) fn sealed(keys: &Keys, who: &str, payload: &[u8]) -> String {
    let armour = keys.sign(who, "delivery-gate", &encoded(payload));
    envelope(payload, &armour, &keyid(keys, who)).to_string()
}

pub(crate) fn put(project: &Project, text: &str) {
    project.write(&format!(".delivery-gate/claims/1.2.3/{ID}.key.json"), text).commit();
}

/// Status and detail of a row.
pub(crate) fn row(project: &Project, id: &str) -> (String, String) {
    let (_, report) = project.check_after_ci().json();
    let row = result(&report, id);
    (row["status"].as_str().expect("a status").to_owned(), row["detail"].as_str().expect("a detail").to_owned())
}

#[test]
fn a_key_of_each_kind_signs_a_release_that_is_go() {
    let keys = Keys::new();
    let kinds: [(&str, &[&str], &str); 5] = [
        ("a", &["-t", "ed25519"], "ED25519"),
        ("b", &["-t", "ecdsa", "-b", "256"], "ECDSA"),
        ("c", &["-t", "ecdsa", "-b", "384"], "ECDSA"),
        ("d", &["-t", "rsa", "-b", "2048"], "RSA"),
        ("e", &["-t", "rsa"], "RSA"),
    ];
    keys.make("jane", &["-t", "ed25519"]).make("bob", &["-t", "ed25519"]);
    let project = project(&keys, REQUIRED);
    let mut lines = String::new();
    for (name, arguments, _) in kinds {
        keys.make(name, arguments);
        lines += &format!("{name}@example.com {}\n", keys.public(name));
    }
    project.write(".delivery-gate/allowed_signers", &lines).commit();
    for (name, _, label) in kinds {
        let told = sign(&project, &keys, ID, name, &["--note", "seen"]).report(0);
        assert!(told.contains(&format!("signed ({label} {})", keyid(&keys, name))), "{told}");
    }
    project.commit().tag("v1.2.3");
    let (run, report) = project.check_after_ci().json();
    let row = result(&report, ID);
    assert_eq!((run.code, row["status"].as_str()), (Some(0), Some("PASS")), "{report}");
    // Persons are told in the order of their names.
    let first = format!("Attested by a@example.com, signed (ED25519 {}), and by b@example.com", keyid(&keys, "a"));
    let detail = row["detail"].as_str().expect("a detail");
    assert!(detail.starts_with(&first) && detail.ends_with(", for 1.2.3."), "{detail}");
    // The real program says the same of each of them.
    let all = row["signed"].as_array().expect("signed");
    assert_eq!(all.len(), kinds.len());
    for one in all {
        let (file, by) = (one["file"].as_str().expect("a file"), one["claim"]["by"].as_str().expect("a person"));
        let text = fs::read_to_string(project.root().join(file)).expect("an envelope");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let decoded = |value: &Value| STANDARD.decode(value.as_str().expect("a text")).expect("base64");
        let armour = String::from_utf8(decoded(&value["signatures"][0]["sig"])).expect("UTF-8");
        let bytes = encoded(&decoded(&value["payload"]));
        assert!(keys.verifies(lines.as_bytes(), by, &armour, &bytes), "{file}");
        assert!(!keys.verifies(lines.as_bytes(), by, &armour, b"other"), "{file}");
        assert_eq!((&one["claim"]["note"], &one["claim"]["tree"]), (&json!("seen"), &json!(tree(&project))));
        assert_eq!(one["key"]["fingerprint"], value["signatures"][0]["keyid"]);
    }
    // Of the same payload a key of ed25519 makes the same signature, whoever asks for it.
    let of_a = all.iter().find(|one| one["claim"]["by"] == "a@example.com").expect("a's");
    let file = of_a["file"].as_str().expect("a file");
    let text = fs::read_to_string(project.root().join(file)).expect("an envelope");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let payload = STANDARD.decode(value["payload"].as_str().expect("a text")).expect("base64");
    let again = keys.sign("a", "delivery-gate", &encoded(&payload));
    assert_eq!(value["signatures"][0]["sig"], STANDARD.encode(again));
}

#[test]
fn one_claim_reads_as_it_is_documented() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let path = signed(&project, &keys, "jane");
    let keyid = keyid(&keys, "jane");
    let short: String = keyid["SHA256:".len()..].chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    assert_eq!(path, format!(".delivery-gate/claims/1.2.3/{ID}.{short}.json"));
    project.commit().tag("v1.2.3");
    let report = project.check_after_ci().run().report(0);
    let line = format!("{TITLE} — Attested by jane@example.com, signed (ED25519 {keyid}), for 1.2.3.");
    assert!(report.contains(&line), "{report}");
    for (format, said) in [
        ("markdown", "**Named approver signed off**: PASS, by `jane@example.com` on "),
        ("html", "signed (ED25519 "),
        ("junit", "signed (ED25519 "),
        ("sarif", "signed (ED25519 "),
    ] {
        let report = project.check_after_ci().args(&["--format", format]).run().report(0);
        assert!(report.contains(said), "{format}: {report}");
    }
    // In a mirror without a working tree, too.
    project.git(&["clone", "-q", "--mirror", ".", "../mirror"]);
    let mirror = ["check", "--repo", "mirror", "--rev", "v1.2.3", "--ci-status", "success"];
    assert!(project.gate(&mirror).run().report(0).contains(&line));
}

/// Whoever signs first is told what has to be written for it, and where; then it works.
#[test]
fn a_project_without_signers_is_told_what_to_write() {
    let keys = keys();
    let project = project(&keys, "project: demo\n");
    project.remove(".delivery-gate/allowed_signers").commit();
    let refused = sign(&project, &keys, ID, "jane", &[]).refusal();
    let line = format!("jane@example.com namespaces=\"delivery-gate\" {}", keys.public("jane"));
    for part in [
        "approver_signed_off: the policy has no `claims:` that says whose keys count",
        "into delivery-gate.yaml: claims: {required: [approver_signed_off]}",
        &format!("into .delivery-gate/allowed_signers: {line}"),
        "commit both, then sign again",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(!project.root().join(".delivery-gate/claims").exists());
    project.append("delivery-gate.yaml", "claims: {required: [approver_signed_off]}\n").commit();
    let refused = sign(&project, &keys, ID, "jane", &[]).refusal();
    assert!(refused.contains(&format!("into .delivery-gate/allowed_signers: {line}")), "{refused}");
    project.write(".delivery-gate/allowed_signers", &format!("{line}\n")).commit();
    sign(&project, &keys, ID, "jane", &[]).report(0);
    // Of a key that cannot be read nobody knows the line.
    let project = self::project(&keys, "project: demo\n");
    let refused =
        project.gate(&["attest", ID, "--repo", "repo", "--sign", "none", "--by", "jane@example.com"]).run().refusal();
    assert!(
        refused.contains("jane@example.com namespaces=\"delivery-gate\" KEY, where KEY is the text of none.pub"),
        "{refused}"
    );
}

#[test]
fn what_is_signed_is_what_is_committed() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    project.append("CHANGELOG.md", "more\n");
    let refused = sign(&project, &keys, ID, "jane", &[]).refusal();
    assert!(refused.contains("CHANGELOG.md is not as it was committed (modified); commit it first"), "{refused}");
    project.git(&["checkout", "-q", "CHANGELOG.md"]);
    for (id, more, why) in [
        ("changelog", &[][..], "the gate itself establishes this"),
        ("approver_signedoff", &[], "did you mean `approver_signed_off`?"),
        (ID, &["--evidence", "TODO"], "--evidence says nothing"),
        (ID, &["--at", "soon"], "--at is neither"),
    ] {
        let refused = sign(&project, &keys, id, "jane", more).refusal();
        assert!(refused.contains(why), "{id}: {refused}");
    }
    let gate = |arguments: &[&str]| project.gate(&["attest", ID, "--repo", "repo"]).args(arguments).run().refusal();
    let jane = keys.path("jane").display().to_string();
    assert!(gate(&["--sign", "none"]).contains("--sign none: there is no such file"));
    assert!(gate(&["--sign", &jane, "--by", "CI"]).contains("'CI' is not a named attester"));
    let of_bob = gate(&["--sign", &jane, "--by", "bob@example.com"]);
    assert!(
        of_bob.contains("is in .delivery-gate/allowed_signers for jane@example.com, and the claim is by"),
        "{of_bob}"
    );
    let other = Keys::new();
    other.make("jane", &["-t", "ed25519"]);
    let unlisted = gate(&["--sign", &other.path("jane").display().to_string()]);
    assert!(unlisted.contains("is not in .delivery-gate/allowed_signers"), "{unlisted}");
    // Nothing was written by any of them.
    assert!(!project.root().join(".delivery-gate/claims").exists());
    // Without --by it is whom the key is listed for.
    let told = project.gate(&["attest", ID, "--repo", "repo", "--sign", &jane]).run().report(0);
    assert!(told.contains("by        jane@example.com"), "{told}");
}

#[test]
fn an_agent_signs_for_whoever_has_only_a_public_key() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let public = project.path("jane.pub");
    fs::copy(keys.path("jane.pub"), &public).expect("a copy");
    let attest = |gate: &str| format!("{gate} attest {ID} --repo repo --sign jane.pub");
    let refused = project.gate(&["attest", ID, "--repo", "repo", "--sign", "jane.pub"]).run().refusal();
    let words = ["ssh-keygen did not sign it", "No private key found for public key"];
    assert!(words.iter().all(|word| refused.contains(word)), "{refused}");
    let script =
        format!("ssh-add -q {} && {}", keys.path("jane").display(), attest(env!("CARGO_BIN_EXE_delivery-gate")));
    let mut agent = project.gate(&[]);
    agent.command = Command::new("ssh-agent");
    agent.command.args(["sh", "-c", &script]).current_dir(project.path("")).stdin(Stdio::null());
    let told = agent.run().report(0);
    assert!(told.contains("by        jane@example.com"), "{told}");
    project.commit();
    assert_eq!(row(&project, ID).0, "PASS");
}

#[test]
fn the_same_content_keeps_its_claims_and_no_other_does() {
    let keys = keys();
    let project = project(&keys, "claims: {required: [approver_signed_off], threshold: {approver_signed_off: 2}}\n");
    // Two people sign side by side.
    for who in ["jane", "bob"] {
        project.git(&["checkout", "-q", "-b", who, "main"]);
        signed(&project, &keys, who);
        project.commit();
    }
    project.git(&["checkout", "-q", "main"]).git(&["merge", "-q", "--no-ff", "-m", "m", "jane"]);
    assert!(row(&project, ID).1.contains("1 of 2 persons, each with a key of their own"));
    project.git(&["merge", "-q", "--no-ff", "-m", "m", "bob"]);
    let holds = |project: &Project| row(project, ID).0 == "PASS";
    assert!(holds(&project));
    // A squash, a rebase and an amended message leave the content as it is.
    let tree = tree(&project);
    project.git(&["checkout", "-q", "--orphan", "squashed"]).git(&["commit", "-qm", "all"]);
    assert!(holds(&project) && self::tree(&project) == tree);
    project.git(&["commit", "-q", "--amend", "-m", "other words"]);
    assert!(holds(&project));
    project.git(&["checkout", "-q", "-B", "rebased", "bob"]).git(&["rebase", "-q", "jane"]);
    assert!(holds(&project));
    // Any other content ends them.
    project.write("new.txt", "x").commit();
    let (status, detail) = row(&project, ID);
    assert_eq!(status, "FAIL");
    assert!(detail.contains(&format!("it was signed for other content (tree {tree}; the release's is")), "{detail}");
}

#[test]
fn three_commands_of_git_tell_what_is_signed() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/claims.md")).expect("the document");
    let (_, rest) = document.split_once("<!-- the digest -->\n```sh\n").expect("the commands");
    let (commands, _) = rest.split_once("```").expect("their end");
    let keys = keys();
    let project = project(&keys, REQUIRED);
    signed(&project, &keys, "jane");
    project.commit().tag("v1.2.3");
    let run = Command::new("sh").args(["-ec", commands]).current_dir(project.root()).output().expect("sh runs");
    let told = String::from_utf8(run.stdout).expect("UTF-8").trim().to_owned();
    let (_, report) = project.check_after_ci().json();
    assert_eq!(result(&report, ID)["signed"][0]["claim"]["tree"], told, "{}", String::from_utf8_lossy(&run.stderr));
    // A folder that has nothing but claims is gone without them; what is below them, or elsewhere, is as git has it.
    project.remove(".delivery-gate/allowed_signers");
    for path in ["x", ".delivery-gate/claims/a/b/c", "claims/.delivery-gate/claims", ".delivery-gate/b"] {
        project.write(path, "1").commit();
        let (_, detail) = row(&project, ID);
        assert!(detail.contains(&format!("the release's is {}", tree(&project))), "{path}: {detail}");
    }
}

#[test]
fn a_project_in_a_folder_is_bound_to_the_whole_repository() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    for name in ["CHANGELOG.md", "pyproject.toml", "release.yaml", "delivery-gate.yaml", ".delivery-gate"] {
        fs::create_dir_all(project.root().join("sub")).expect("a folder");
        fs::rename(project.root().join(name), project.root().join("sub").join(name)).expect("moved");
    }
    project.write(".gitignore", "/sub/.delivery-gate/claims\n").write("other.txt", "1").commit();
    let key = keys.path("jane").display().to_string();
    let told = project.gate(&["attest", ID, "--repo", "repo/sub", "--sign", &key]).run().report(0);
    assert!(told.contains("Next: commit it with `git add -f`, for git ignores it"), "{told}");
    project.git(&["add", "-f", "sub/.delivery-gate/claims"]).git(&["commit", "-qm", "claims"]);
    let judged = || {
        let gate = project.gate(&["check", "--repo", "repo/sub", "--ci-status", "success"]);
        let (_, report) = gate.json();
        let row = result(&report, ID);
        (row["status"].clone(), row["detail"].clone(), row["source"].clone())
    };
    let (status, detail, source) = judged();
    assert_eq!(status, "PASS", "{detail}");
    assert!(source.as_str().is_some_and(|source| source.starts_with(".delivery-gate/claims/1.2.3/")), "{source}");
    project.write("other.txt", "2").commit();
    let (status, detail, _) = judged();
    assert!(status == "FAIL" && detail.to_string().contains("it was signed for other content"), "{detail}");
}

#[test]
fn a_report_with_signed_claims_fits_its_schema() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    signed(&project, &keys, "jane");
    project.write(".delivery-gate/claims/1.2.3/other.x.json", "{}").commit();
    let (_, report) = project.check_after_ci().json();
    let errors: Vec<_> = validator("report").iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{report}");
    let broken = &result(&report, "other")["signed"][0];
    let expected = json!({
        "file": ".delivery-gate/claims/1.2.3/other.x.json", "holds": false, "why": "the envelope has no `payloadType`",
        "key": null, "claim": null,
    });
    assert_eq!(*broken, expected);
    assert_eq!(result(&report, "changelog")["signed"], json!([]));
}

#[test]
fn claims_may_come_from_outside_the_commit() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    project.tag("v1.2.3");
    let path = signed(&project, &keys, "jane");
    fs::create_dir_all(project.path("claims")).expect("a folder");
    let file = project.root().join(&path);
    fs::rename(&file, project.path("claims").join(file.file_name().expect("a name"))).expect("moved");
    fs::remove_dir_all(project.root().join(".delivery-gate/claims")).expect("emptied");
    project.check_after_ci().run().report(1);
    let run = project.check_after_ci().args(&["--claims", "claims"]).run();
    assert!(run.row(TITLE).starts_with("PASS"), "{run:?}");
    run.report(0);
    // One that is broken holds, as one of the commit does; a folder that is not there is no answer.
    fs::write(project.path("claims").join("other.x.json"), "{}").expect("a file");
    let report = project.check_after_ci().args(&["--claims", "claims"]).run().report(1);
    assert!(report.contains("claims/other.x.json: the envelope has no `payloadType`"), "{report}");
    let refused = project.check_after_ci().args(&["--claims", "none"]).run().refusal();
    assert!(refused.contains("--claims none: there is no such folder"), "{refused}");
}

#[test]
fn packages_are_signed_for_together() {
    let keys = keys();
    let project = Project::new();
    project.write("delivery-gate.yaml", &format!("{REQUIRED}project: mono\n"));
    project.write(".delivery-gate/allowed_signers", &signers(&keys));
    for name in ["a", "b"] {
        project.write(&format!("{name}/CHANGELOG.md"), "# Changelog\n\n## 1.0.0\n\n- New.\n");
        project
            .write(&format!("{name}/pyproject.toml"), &format!("[project]\nname = \"{name}\"\nversion = \"1.0.0\"\n"));
    }
    let claim = |id: &str| format!("  {id}: {{answer: true, by: Jane Smith}}\n");
    let claims: String = ["rollback_tested", "oncall_notified", "monitoring_reviewed"].map(claim).concat();
    let release = format!("packages: {{b: \"1.0.0\", a: \"1.0.0\"}}\nattestations:\n{claims}");
    project.write("release.yaml", &release).commit();
    let path = signed(&project, &keys, "jane");
    let sum = Command::new("sh")
        .args(["-c", "printf 'a: 1.0.0\nb: 1.0.0\n' | sha256sum | cut -c1-12"])
        .output()
        .expect("sh runs");
    let sum = String::from_utf8(sum.stdout).expect("UTF-8");
    assert!(path.starts_with(&format!(".delivery-gate/claims/{}/", sum.trim())), "{path}");
    project.commit();
    let (status, detail) = row(&project, ID);
    assert!(status == "PASS" && detail.ends_with("for b 1.0.0, a 1.0.0."), "{status} {detail}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_person_at_a_terminal_sees_what_is_about_to_be_signed() {
    let keys = keys();
    let project = project(&keys, REQUIRED);
    let key = keys.path("jane").display().to_string();
    let script = format!(
        "{} attest {ID} --repo repo --sign {key} --evidence https://e.example/1",
        env!("CARGO_BIN_EXE_delivery-gate")
    );
    let seen = project.at_terminal_seen(&script);
    let tree = tree(&project);
    let about = seen.split_once("About to be signed:").expect(&seen).1;
    let (about, after) = about.split_once("Wrote .delivery-gate/claims/1.2.3/").expect(&seen);
    for line in
        ["project   demo", "version   1.2.3", &format!("content   tree {tree}"), &format!("claim     {ID}: done")]
    {
        assert!(about.contains(line), "{line}: {seen}");
    }
    assert!(about.contains("https://e.example/1") && after.contains("Next: commit it"), "{seen}");
}
