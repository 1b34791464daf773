//! `scan` on work trees, indexes, histories, folders and standard input.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Project, Run, result};

/// In pieces, so that no hosting service takes it for a secret.
fn secret() -> String {
    ["AKIA", "Q7R3T5V7X9Z1B3D5"].concat()
}

fn line() -> String {
    format!("aws={}\n", secret())
}

/// Bytes that are no text, NULs among them.
fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Asserts the exit code, and that nothing of the secret was said.
fn said(run: &Run, code: i32) -> &str {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(!run.stdout.contains(&secret()) && !run.stderr.contains(&secret()));
    &run.stdout
}

fn finds(run: &Run, place: &str) {
    let text = said(run, 1);
    assert!(text.contains(&format!("{place} AWS_ACCESS_KEY 0.97 [REDACTED:AWS_ACCESS_KEY]")), "{text}");
    assert!(text.ends_with("Decision: NO-GO\n"), "{text}");
}

fn piped(project: &Project, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = project.gate(arguments).command;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a child");
    child.stdin.take().expect("a pipe").write_all(input).expect("input");
    Run::of(child.wait_with_output().expect("an end"))
}

/// SC-01.
#[test]
fn a_committed_secret_in_a_clean_tree() {
    let project = Project::new();
    project.write("k.env", &line()).commit();
    finds(&project.gate(&["scan", "repo"]).run(), "repo/k.env:1:5");
}

/// SC-03.
#[test]
fn a_staged_secret_that_the_working_tree_does_not_have() {
    let project = Project::new();
    project.write("k.env", &line()).git(&["add", "-A"]).write("k.env", "ok\n");
    finds(&project.gate(&["scan", "repo"]).run(), "repo/k.env:1:5");
    finds(&project.gate(&["scan", "repo/k.env"]).run(), "repo/k.env:1:5");
    finds(&project.gate(&["scan", "repo", "--staged"]).run(), "repo/k.env:1:5");
    project.remove("k.env");
    finds(&project.gate(&["scan", "repo"]).run(), "repo/k.env:1:5");
}

/// `git commit -a` shows its hook what it will commit in an index of its own.
#[cfg(unix)]
#[test]
fn a_secret_that_only_the_index_of_this_commit_has() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    project.write("k.env", "ok\n").commit().write("k.env", &line());
    let hook = project.root().join(".git/hooks/pre-commit");
    let binary = env!("CARGO_BIN_EXE_delivery-gate");
    let script = format!("#!/bin/sh\n'{binary}' scan --staged . >../said; echo \"exit code $?\" >>../said\n");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a program");
    project.git(&["commit", "-qam", "k"]);
    let said = fs::read_to_string(project.path("said")).expect("what the hook said");
    assert!(said.contains("k.env:1:5") && said.ends_with("exit code 1\n"), "{said}");
}

/// SC-05.
#[test]
fn a_folder_that_is_no_repository() {
    let project = Project::new();
    project.write("k.env", &line());
    fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    finds(&project.gate(&["scan", "repo"]).run(), "repo/k.env:1:5");
}

/// SC-07.
#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let project = Project::new();
    fs::create_dir(project.path("outside")).expect("a folder");
    fs::write(project.path("outside/real"), line()).expect("a file");
    std::os::unix::fs::symlink("../outside/real", project.root().join("link")).expect("a link");
    project.write("ok", "ok\n").commit();
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).starts_with("0 findings in 1 file; 1 not a regular file, skipped\n"));
    // A tracked folder that became a link leads outside, too.
    project.write("dir/real", "ok\n").commit();
    fs::remove_dir_all(project.root().join("dir")).expect("no folder");
    std::os::unix::fs::symlink("../outside", project.root().join("dir")).expect("a link");
    said(&project.gate(&["scan", "repo"]).run(), 0);
}

/// SC-09.
#[test]
fn a_secret_after_much_text_that_looks_like_tokens() {
    let project = Project::new();
    let filler = (1..=180).map(|number| number.to_string()).collect::<Vec<_>>().join("_k9-") + "\n";
    project.write("big.txt", &(filler.repeat(6_000) + &line())).commit();
    finds(&project.gate(&["scan", "repo"]).run(), "repo/big.txt:6001:5");
}

#[test]
fn nothing_scanned_is_unproven() {
    let project = Project::new();
    let text = said(&project.gate(&["scan", "repo"]).run(), 1).to_owned();
    assert!(text.contains("UNPROVEN: nothing was scanned") && text.contains("NO-GO"), "{text}");
    project.write("a.bin", "\0\0\0");
    assert!(said(&project.gate(&["scan", "repo"]).run(), 1).contains("UNPROVEN"));
    assert!(said(&piped(&project, &["scan", "-"], b""), 1).contains("UNPROVEN"));
}

/// A path under which nothing is listed was not looked at, whatever others show. A picture that is named was.
#[test]
fn every_named_path_was_looked_at() {
    let project = Project::new();
    project.write("a.py", "x = 1\n").write(".gitignore", "build/\n").write("build/k.env", &line()).commit();
    fs::create_dir(project.root().join("docs")).expect("a folder");
    fs::create_dir(project.path("beside")).expect("a folder");
    fs::write(project.root().join("logo.png"), b"\x89PNG\0\0\0").expect("a file");
    fs::write(project.root().join("empty.py"), "").expect("a file");
    let why = |path: &str| {
        format!(
            "UNPROVEN: nothing was scanned under {path}: no file is there that git does not ignore; name a path that has one\n"
        )
    };
    for path in ["repo/docs", "repo/build", "beside"] {
        let run = project.gate(&["scan", "repo/a.py", path]).run();
        assert!(said(&run, 1).contains(&why(path)), "{}", run.stdout);
    }
    let staged = project.gate(&["scan", "--staged", "repo/a.py", "repo/logo.png"]).run();
    assert!(said(&staged, 1).contains(&why("repo/logo.png")), "{}", staged.stdout);
    // What was found elsewhere counts, and is not all.
    project.write("k.env", &line());
    let run = project.gate(&["scan", "repo/k.env", "repo/docs"]).run();
    finds(&run, "repo/k.env:1:5");
    assert!(run.stdout.contains("not looked at: nothing was scanned under repo/docs"), "{}", run.stdout);
    // What hooks name.
    for named in [["repo/a.py", "repo/logo.png"], ["repo/a.py", "repo/empty.py"]] {
        said(&project.gate(&[&["scan"], &named[..]].concat()).run(), 0);
    }
    assert!(project.gate(&["scan", "repo/a.py", "repo/misspelt"]).run().refusal().contains("repo/misspelt"));
}

/// A range need not touch every folder that is there.
#[test]
fn a_folder_that_a_range_does_not_touch_was_looked_at() {
    let project = Project::new();
    project.write("src/a", "a\n").write("docs/a", "a\n").commit().write("src/b", "b\n").commit();
    said(&project.gate(&["scan", "repo/src", "repo/docs", "--history=HEAD~1..HEAD"]).run(), 0);
    fs::create_dir(project.root().join("empty")).expect("a folder");
    let run = project.gate(&["scan", "repo/src", "repo/empty", "--history=HEAD~1..HEAD"]).run();
    assert!(said(&run, 1).contains("UNPROVEN: nothing was scanned under repo/empty"), "{}", run.stdout);
}

#[test]
fn a_gate_shows_nothing_where_a_path_has_no_file() {
    let project = Project::new();
    let gate = |paths: &str| {
        project.write("gates.yaml", &format!("gates:\n  - {{id: secrets, type: secrets_scan, paths: [{paths}]}}\n"));
        project.commit();
        project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).run()
    };
    project.write("a.py", "x = 1\n");
    fs::create_dir(project.root().join("docs")).expect("a folder");
    let run = gate("a.py, docs");
    assert!(run.stdout.contains("UNPROVEN  secrets — nothing was scanned under docs"), "{run:?}");
    assert!(gate("a.py, \"nosuch/**\"").stdout.contains("no file matches `nosuch/**`"));
    assert_eq!(gate("a.py").code, Some(0));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let project = Project::new();
    assert!(project.gate(&["scan", "missing"]).run().refusal().contains("missing"));
    assert!(project.gate(&["scan", "repo", "--confidence", "2"]).run().refusal().contains("from 0 to 1"));
    assert!(project.gate(&["scan"]).run().refusal().contains("PATH"));
    let badly = project.gate(&["scan", "repo"]).env("DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD", "high");
    assert!(badly.run().refusal().contains("DELIVERY_GATE_SECRETS_CONFIDENCE_THRESHOLD"));
    assert!(project.gate(&["scan", "repo", "--history=nosuch"]).run().refusal().contains("nosuch"));
    project.write(".delivery-gate/secrets-baseline.json", "{}").write("a", "a\n");
    assert!(project.gate(&["scan", "repo"]).run().refusal().contains("secrets-baseline.json"));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_counted_and_not_waited_for() {
    let project = Project::new();
    fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    project.write("ok", "ok\n");
    let made = std::process::Command::new("mkfifo").arg(project.root().join("pipe")).status();
    assert!(made.expect("mkfifo").success());
    for (target, name) in [(".", "loop"), ("b", "a"), ("a", "b"), ("/dev/zero", "device")] {
        std::os::unix::fs::symlink(target, project.root().join(name)).expect("a link");
    }
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).starts_with("0 findings in 1 file; 5 not a regular file, skipped\n"), "{run:?}");
    assert!(project.gate(&["scan", "/dev/zero"]).run().refusal().contains("not a regular file"));
}

#[test]
fn folders_nested_too_deep_are_not_clean() {
    let project = Project::new();
    fs::remove_dir_all(project.root().join(".git")).expect("no repository");
    project.write("ok", "ok\n").write(&vec!["d"; 300].join("/"), "ok\n");
    assert!(project.gate(&["scan", "repo"]).run().refusal().contains("nested too deep"));
    project.write("k.env", &line());
    let run = project.gate(&["scan", "repo"]).run();
    finds(&run, "repo/k.env:1:5");
    assert!(run.stdout.contains("not looked at: ") && run.stdout.contains("; 1 unreadable"), "{run:?}");
}

#[test]
fn ignored_files_are_left_out_and_tracked_ones_are_not() {
    let project = Project::new();
    project.write("tracked.env", &line()).commit();
    project.write(".gitignore", "*.env\n").write("ignored.env", &line()).write("new.txt", &line());
    let run = project.gate(&["scan", "repo"]).run();
    finds(&run, "repo/tracked.env:1:5");
    finds(&run, "repo/new.txt:1:5");
    assert!(!run.stdout.contains("ignored"));
    finds(&project.gate(&["scan", "repo/ignored.env"]).run(), "repo/ignored.env:1:5");
}

#[test]
fn history_has_what_was_taken_out_again() {
    let project = Project::new();
    project.write("a", "a\n").commit().write("k.env", &line()).commit();
    let commit = project.head();
    project.remove("k.env").commit();
    assert!(said(&project.gate(&["scan", "repo"]).run(), 0).ends_with("Decision: GO\n"));
    let run = project.gate(&["scan", "repo", "--history"]).run();
    finds(&run, "repo/k.env:1:5");
    assert!(run.stdout.contains(&format!("in commit {}", &commit[..12])));
    finds(&project.gate(&["scan", "repo", "--history=HEAD~2..HEAD"]).run(), "repo/k.env:1:5");
    said(&project.gate(&["scan", "repo", "--history=HEAD~2"]).run(), 0);
}

#[test]
fn what_moved_into_the_asked_folder_is_searched_there() {
    let project = Project::new();
    project.write("x/k.env", &line()).commit().git(&["mv", "x", "old"]).write("x/y/more", "a\n");
    project.git(&["mv", "old", "x/y/z"]).commit();
    std::fs::remove_dir_all(project.root().join("x/y/z")).expect("a folder");
    project.commit();
    finds(&project.gate(&["scan", "repo/x/y", "--history"]).run(), "repo/x/y/z/k.env:1:5");
}

#[test]
fn json_has_places_and_no_values() {
    let project = Project::new();
    project.write("k.env", &line()).commit();
    let (run, report) = project.gate(&["scan", "repo"]).json();
    said(&run, 1);
    let row = result(&report, "secrets_scan");
    let metrics = &row["metrics"];
    assert_eq!(
        (&row["status"], &metrics["hit_count"], &metrics["detected"]),
        (&"FAIL".into(), &1.into(), &true.into())
    );
    let finding = &metrics["findings"][0];
    let place = ["line", "column", "start", "end"].map(|key| finding[key].as_u64());
    assert_eq!(place, [Some(1), Some(5), Some(4), Some(24)]);
    assert_eq!(finding["redacted_value"], "[REDACTED:AWS_ACCESS_KEY]");
    assert_eq!(finding["fingerprint"].as_str().map(str::len), Some(64));
}

#[test]
fn comments_and_the_baseline_allow_and_are_counted() {
    let project = Project::new();
    project
        .write("k.env", &line())
        .write("t.env", &format!("{} # delivery-gate:allow AWS_ACCESS_KEY\n", line().trim()));
    let (_, report) = project.gate(&["scan", "repo"]).json();
    let print = &result(&report, "secrets_scan")["metrics"]["findings"][0]["fingerprint"];
    let baseline = serde_json::json!({"schema": "delivery-gate/secrets-baseline/v1", "fingerprints": [print]});
    project.write(".delivery-gate/secrets-baseline.json", &baseline.to_string());
    let run = project.gate(&["scan", "repo"]).run();
    let text = said(&run, 0);
    let counts = "0 findings in 3 files; 1 allowed inline; 1 allowed by the baseline; 2 allowed by this change\n";
    assert!(text.contains(counts), "{text}");
}

#[test]
fn redact_prints_the_input_with_marks() {
    let project = Project::new();
    project.write("k.env", &format!("a {}b\n", line()));
    let marked = "a aws=[REDACTED:AWS_ACCESS_KEY]\nb\n";
    assert_eq!(said(&project.gate(&["scan", "repo/k.env", "--redact"]).run(), 1), marked);
    assert_eq!(said(&piped(&project, &["scan", "-", "--redact"], format!("a {}b\n", line()).as_bytes()), 1), marked);
    assert_eq!(said(&piped(&project, &["scan", "-", "--redact"], b"nothing\n"), 0), "nothing\n");
    assert!(project.gate(&["scan", "repo", "--redact"]).run().refusal().contains("regular file"));
    assert!(project.gate(&["scan", "repo", "-", "--redact"]).run().refusal().contains("one file"));
}

#[test]
fn the_gate_type_finds_the_same() {
    let project = Project::new();
    let gates = "version: \"1.0\"\ngates:\n  - id: secrets\n    type: secrets_scan\n";
    project.write("k.env", &line()).write("gates.yaml", gates).commit();
    let (run, report) = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).json();
    said(&run, 1);
    let row = result(&report, "secrets");
    assert_eq!((&row["status"], &row["metrics"]["hit_count"]), (&Value::from("FAIL"), &Value::from(1)), "{row}");
}

/// What is not searched is named by its cause.
#[test]
fn what_is_not_searched_is_named() {
    let project = Project::new();
    project.write("ok", "ok\n").commit();
    let wide: Vec<u8> = line().chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    fs::write(project.root().join("wide.txt"), wide).expect("a file");
    fs::write(project.root().join("a.zip"), b"PK\x03\x04\0\0").expect("a file");
    fs::write(project.root().join("image.png"), b"\x89PNG\0\0\0").expect("a file");
    fs::write(project.root().join("nul.py"), format!("# a NUL: \0, and text after it\n{}", "x = 1\n".repeat(9)))
        .expect("a file");
    let run = project.gate(&["scan", "repo"]).run();
    let expected = "0 findings in 2 files; 1 binary, skipped; 1 in UTF-32, not searched (repo/wide.txt); \
                    1 archive, not unpacked (repo/a.zip)\n";
    assert!(said(&run, 0).starts_with(expected), "{}", run.stdout);
    let report: Value = serde_json::from_str(&project.gate(&["scan", "repo", "--json"]).run().stdout).expect("JSON");
    let named = &result(&report, "secrets_scan")["metrics"]["not_searched"];
    assert_eq!(
        *named,
        serde_json::json!({"binary": ["repo/image.png"], "encoding": ["repo/wide.txt"], "archive": ["repo/a.zip"]})
    );
}

/// A source that could not be read shows nothing: the gate has no verdict then. A picture is no source.
#[test]
fn a_gate_shows_nothing_where_a_text_was_not_searched() {
    let project = Project::new();
    let gates = "gates:\n  - {id: secrets, type: secrets_scan}\n";
    let run = || {
        let mut gate = project.gate(&["run", "gates.yaml"]);
        gate.command.current_dir(project.root());
        gate.run()
    };
    project.write("gates.yaml", gates).write("ok", "ok\n");
    fs::write(project.root().join("image.png"), b"\x89PNG\0\0\0").expect("a file");
    project.commit();
    fs::write(project.root().join("a.zip"), b"PK\x03\x04\0\0").expect("a file");
    project.commit();
    let passed = run();
    assert_eq!(passed.code, Some(0));
    let told = "PASS  secrets — no secret was found; not searched: 1 binary, 1 archive (a.zip)\n";
    assert!(passed.stdout.contains(told), "{passed:?}");
    fs::write(
        project.root().join(".env.prod"),
        "A".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>(),
    )
    .expect("a file");
    project.commit();
    let run = run();
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("not searched, though it is a text: .env.prod (encoding)"), "{run:?}");
}

/// A secret may stand in a message, in a name, in where a link leads.
#[cfg(unix)]
#[test]
fn a_history_has_more_than_contents() {
    let project = Project::new();
    project.git(&["commit", "-q", "--allow-empty", "-m", "Begin"]);
    let nothing = project.gate(&["scan", "repo", "--history"]).run();
    assert!(said(&nothing, 1).contains("nothing was scanned"), "{nothing:?}");
    project.write("ok", "ok\n").commit();
    assert_eq!(project.gate(&["scan", "repo", "--history"]).run().code, Some(0));
    project.git(&["commit", "-q", "--allow-empty", "-m", &format!("Use aws={}", secret())]);
    finds(&project.gate(&["scan", "repo", "--history"]).run(), "<message>:1:9");
    project.git(&["reset", "-q", "--hard", "HEAD~1"]).git(&["tag", "-a", "v1", "-m", &line()]);
    finds(&project.gate(&["scan", "repo", "--history"]).run(), "<message>:1:5");
    project.git(&["tag", "-d", "v1"]);
    std::os::unix::fs::symlink(format!("/aws={}", secret()), project.root().join("link")).expect("a link");
    project.commit().remove("link").commit();
    finds(&project.gate(&["scan", "repo", "--history"]).run(), "repo/link:1:6");
    project.git(&["reset", "-q", "--hard", "HEAD~2"]);
    project.write(&format!("aws={}", secret()), "ok too\n").commit();
    finds(&project.gate(&["scan", "repo", "--history"]).run(), "<file name>:1:5");
    let text = said(&project.gate(&["scan", "repo", "--history=HEAD~1..HEAD"]).run(), 1).to_owned();
    assert!(text.contains("<file name>:1:5") && text.contains(" in commit "), "{text}");
}

/// Whoever adds a secret can add what allows it.
#[test]
fn what_the_change_allowed_itself_is_listed() {
    let project = Project::new();
    let allowed = format!("aws={} # delivery-gate:allow AWS_ACCESS_KEY\n", secret());
    project.write("ok", "ok\n").commit().write("old.env", &allowed).commit().write("ok", "OK\n").commit();
    let run = project.gate(&["scan", "repo"]).run();
    assert!(!said(&run, 0).contains("allowed by this change"), "{}", run.stdout);
    project.write("old.env", &format!("# moved\n{allowed}")).write("new.env", &allowed).commit();
    let run = project.gate(&["scan", "repo"]).run();
    let listed =
        "allowed by this change: repo/new.env:1:5 AWS_ACCESS_KEY 0.97 [REDACTED:AWS_ACCESS_KEY], by a comment\n";
    assert!(said(&run, 0).starts_with(listed), "{}", run.stdout);
    assert!(run.stdout.contains("; 2 allowed inline; 1 allowed by this change\n"), "{}", run.stdout);
    // A baseline's entry, not yet committed.
    let report: Value =
        serde_json::from_str(&piped(&project, &["scan", "-", "--json"], line().as_bytes()).stdout).expect("JSON");
    let print =
        result(&report, "secrets_scan")["metrics"]["findings"][0]["fingerprint"].as_str().expect("one").to_owned();
    let baseline = format!("{{\"schema\": \"delivery-gate/secrets-baseline/v1\", \"fingerprints\": [\"{print}\"]}}");
    project.write("more.env", &line()).write(".delivery-gate/secrets-baseline.json", &baseline).git(&["add", "-A"]);
    let run = project.gate(&["scan", "repo", "--staged"]).run();
    let listed =
        "allowed by this change: repo/more.env:1:5 AWS_ACCESS_KEY 0.97 [REDACTED:AWS_ACCESS_KEY], by the baseline\n";
    assert!(said(&run, 0).contains(listed), "{}", run.stdout);
}

/// What a graft cuts off would look as if there never had been anything.
#[test]
fn a_history_that_a_graft_cuts_short_shows_nothing() {
    let project = Project::new();
    project.write("a", &line()).commit().remove("a").write("b", "harmless\n").commit();
    finds(&project.gate(&["scan", "repo", "--history"]).run(), "repo/a:1:5");
    fs::create_dir_all(project.root().join(".git/info")).expect("a folder");
    fs::write(project.root().join(".git/info/grafts"), format!("{}\n", project.head())).expect("a graft");
    let refused = project.gate(&["scan", "repo", "--history"]).run().refusal();
    assert!(
        refused.contains("grafts give commits other parents here (.git/info/grafts): remove that file"),
        "{refused}"
    );
}

/// Whether a content is a text is told by the content: a NUL in it, or how its characters are written, hides nothing.
#[test]
fn a_nul_hides_no_text() {
    let filler = "name: a text without an ending that says so\n".repeat(40);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let searched = [
        ("one NUL", [format!("\0{filler}").as_bytes(), line().as_bytes()].concat()),
        ("NULs before it", [vec![0; 20_000], filler.as_bytes().to_vec(), line().into_bytes()].concat()),
        ("NULs before it, and a sign", [b"\x80", &[0; 20_000][..], filler.as_bytes(), line().as_bytes()].concat()),
        ("a picture before it", [noise(9_000), filler.repeat(20).into_bytes(), line().into_bytes()].concat()),
        (
            "a picture before it, and much",
            [noise(300_000), filler.repeat(400).into_bytes(), line().into_bytes()].concat(),
        ),
        ("NULs after it", [line().as_bytes(), &[0; 20_000]].concat()),
        ("UTF-16", wide(&format!("{filler}{}", line()))),
        ("UTF-16 with a NUL and another alphabet", wide(&format!("\0\u{100}\u{400}{filler}{}", line()))),
        (
            "UTF-16 of another alphabet",
            wide(&format!("{}{}", "\u{43a}\u{43b}\u{44e}\u{447} \u{438}\n".repeat(90), line())),
        ),
        ("a mark of UTF-16 and none", [b"\xff\xfe", line().as_bytes(), filler.as_bytes(), b"\0"].concat()),
    ];
    for (name, bytes) in searched {
        for file in ["notes", "k.env"] {
            let project = Project::new();
            project.write("ok", "ok\n");
            fs::write(project.root().join(file), &bytes).expect("a file");
            let run = project.gate(&["scan", "repo"]).run();
            assert!(said(&run, 1).contains(&format!("repo/{file}:")), "{name}: {}", run.stdout);
        }
    }
}

/// The environment of a process, as `/proc` has it: a NUL ends each variable.
#[test]
fn a_nul_ends_a_value() {
    let project = Project::new();
    let uuid = ["3f7a91c0-5be2-4d86", "-a17c-4e92d05b8f36"].concat();
    project.write("environ", &format!("PATH=/bin\0HEROKU_API_KEY={uuid}\0{}\0HOME=/root\0", line().trim()));
    let run = project.gate(&["scan", "repo/environ"]).run();
    let expected = "repo/environ:1:26 HEROKU_API_KEY 0.97 [REDACTED:HEROKU_API_KEY]\n\
                    repo/environ:1:67 AWS_ACCESS_KEY 0.97 [REDACTED:AWS_ACCESS_KEY]\n\
                    2 findings in 1 file; 1 auto-blocked\nDecision: NO-GO\n";
    assert_eq!(said(&run, 1), expected);
    let run = project.gate(&["scan", "repo/environ", "--redact"]).run();
    let expected = "PATH=/bin\0HEROKU_API_KEY=[REDACTED:HEROKU_API_KEY]\0aws=[REDACTED:AWS_ACCESS_KEY]\0HOME=/root\0";
    assert_eq!(said(&run, 1), expected);
}

/// What is written in another way than the rest of its file is searched, too.
#[test]
fn a_part_in_another_encoding_hides_nothing() {
    let filler = "name: a text without an ending that says so\n".repeat(40);
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let four = |text: &str| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>();
    let (much, line) = (filler.repeat(9), line());
    let mixed = [
        ("what PowerShell appends", [filler.as_bytes(), &little(&line)].concat()),
        ("big-endian", [filler.as_bytes(), &big(&line)].concat()),
        ("UTF-32", [filler.as_bytes(), &four(&line)].concat()),
        ("far behind text", [much.repeat(99).as_bytes(), &little(&line)].concat()),
        ("bytes behind UTF-16", [&little(&much), line.as_bytes(), &little(&filler)].concat()),
        ("bytes before UTF-16", [line.as_bytes(), &little(&much)].concat()),
        ("bytes in Chinese", [b"\xff\xfe", &little(&"\u{4e2d}\u{6587}\n".repeat(9_000))[..], line.as_bytes()].concat()),
    ];
    for (name, bytes) in mixed {
        let project = Project::new();
        fs::write(project.root().join("notes"), &bytes).expect("a file");
        let (run, report) = project.gate(&["scan", "repo/notes"]).json();
        assert_eq!(run.code, Some(1), "{name}: {}", run.stdout);
        let findings = &result(&report, "secrets_scan")["metrics"]["findings"];
        assert_eq!(findings.as_array().map(Vec::len), Some(1), "{name}: {findings}");
        let [start, end] = ["start", "end"].map(|key| findings[0][key].as_u64().expect("a place") as usize);
        let found: Vec<u8> = bytes[start..end].iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!(found, secret().into_bytes(), "{name}");
    }
}

/// A gate has no verdict where a text was not read, whatever the file's name; what is no text is no news.
#[test]
fn a_text_that_is_not_read_is_named_and_shows_nothing() {
    let filler = "name: a text without an ending that says so\n".repeat(40);
    let double: Vec<u8> = filler.chars().chain("\u{e9}".chars()).flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let project = Project::new();
    project.write("ok", "ok\n").write("gates.yaml", "gates:\n  - {id: secrets, type: secrets_scan}\n");
    fs::write(project.root().join("notes"), double).expect("a file");
    project.commit();
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).contains("1 in UTF-32, not searched (repo/notes)"), "{}", run.stdout);
    let run = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).run();
    let why = "UNPROVEN  secrets — not searched, though it is a text: notes (encoding)";
    assert!(said(&run, 1).contains(why), "{}", run.stdout);
    // What is no text stays no news.
    let project = Project::new();
    project.write("ok", "ok\n").write("gates.yaml", "gates:\n  - {id: secrets, type: secrets_scan}\n");
    fs::write(project.root().join("noise"), noise(9_000)).expect("a file");
    fs::write(project.root().join("picture"), [noise(900_000), line().into_bytes()].concat()).expect("a file");
    project.commit();
    let run = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).run();
    assert!(said(&run, 0).contains("not searched: 2 binary"), "{}", run.stdout);
}

/// A submodule that was not fetched is an empty folder: it is no clean one.
#[test]
fn a_submodule_that_is_not_checked_out_is_named() {
    let project = Project::new();
    project.write("ok", "ok\n").write("gates.yaml", "gates:\n  - {id: secrets, type: secrets_scan}\n").commit();
    let entry = format!("160000,{},vendor/lib", project.head());
    project.git(&["update-index", "--add", "--cacheinfo", &entry]).git(&["commit", "-qm", "a submodule"]);
    let told = "; 1 submodule, not checked out (repo/vendor/lib)\n";
    // Neither without its folder nor with an empty one.
    for _ in 0..2 {
        let run = project.gate(&["scan", "repo"]).run();
        assert!(said(&run, 0).contains(told), "{}", run.stdout);
        fs::create_dir_all(project.root().join("vendor/lib")).expect("a folder");
    }
    let run = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).run();
    let told = "PASS  secrets — no secret was found; not searched: 1 submodule (vendor/lib)\n";
    assert!(said(&run, 0).contains(told), "{}", run.stdout);
    // Where it is what was asked for, nothing was looked at.
    let run = project.gate(&["scan", "repo/ok", "repo/vendor/lib"]).run();
    assert!(said(&run, 1).contains("UNPROVEN: nothing was scanned under repo/vendor/lib"), "{}", run.stdout);
    fs::write(project.root().join("vendor/lib/k.env"), line()).expect("a file");
    finds(&project.gate(&["scan", "repo"]).run(), "repo/vendor/lib/k.env:1:5");
    let report: Value = serde_json::from_str(&project.gate(&["scan", "repo", "--json"]).run().stdout).expect("JSON");
    assert_eq!(
        result(&report, "secrets_scan")["metrics"]["not_searched"],
        serde_json::json!({"submodule": ["repo/vendor/lib"]})
    );
}

/// Where nothing is known to compare with, what was allowed may be the change's own.
#[test]
fn what_the_change_allowed_is_said_to_be_unknown_where_it_is() {
    let project = Project::new();
    let gates = "gates:\n  - {id: secrets, type: secrets_scan}\n";
    let allowed = format!("aws={} # delivery-gate:allow AWS_ACCESS_KEY\n", secret());
    project.write("gates.yaml", gates).write("a.env", "ok\n").commit().write("a.env", &allowed).commit();
    let gate = || project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]);
    let listed = "allowed by this change: a.env:1:5 AWS_ACCESS_KEY 0.97 [REDACTED:AWS_ACCESS_KEY], by a comment";
    let run = gate().run();
    assert!(said(&run, 0).contains(listed), "{}", run.stdout);
    // On the branch that it is compared with, only what is not committed is the change.
    project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let run = gate().run();
    assert!(!said(&run, 0).contains("allowed"), "{}", run.stdout);
    project.git(&["update-ref", "-d", "refs/remotes/origin/main"]).cut_off();
    let unknown = "what this change allowed is not known: there is nothing to compare HEAD with: this clone is shallow";
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).contains(&format!("{unknown}; ")), "{}", run.stdout);
    let run = gate().run();
    assert!(said(&run, 1).contains(&format!("UNPROVEN  secrets — {unknown}")), "{}", run.stdout);
    let run = gate().env("CI_BASE_SHA", "nosuch").run();
    assert!(said(&run, 1).contains("what this change allowed is not known: 'nosuch'"), "{}", run.stdout);
    // Where nothing is allowed, there is nothing to know.
    project.write("a.env", "ok\n").commit();
    said(&gate().run(), 0);
}

/// A first commit allowed all that is allowed in it.
#[test]
fn a_first_commit_is_a_change_of_everything() {
    let project = Project::new();
    let allowed = format!("aws={} # delivery-gate:allow AWS_ACCESS_KEY\n", secret());
    project.write("a.env", &allowed);
    let listed = "allowed by this change: repo/a.env:1:5 AWS_ACCESS_KEY";
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).starts_with(listed), "{}", run.stdout);
    project.git(&["add", "-A"]);
    let run = project.gate(&["scan", "repo", "--staged"]).run();
    assert!(said(&run, 0).starts_with(listed), "{}", run.stdout);
    project.commit();
    let run = project.gate(&["scan", "repo"]).run();
    assert!(said(&run, 0).starts_with(listed), "{}", run.stdout);
}

/// A file is one, however often and in whichever way it is named.
#[test]
fn a_named_file_is_looked_at_once() {
    let project = Project::new();
    project.write("a.txt", &line()).write("b.txt", "nothing\n").commit();
    let scan = |paths: &[&str]| project.gate(&[&["scan"], paths].concat()).run();
    assert!(scan(&["repo/b.txt"]).report(0).starts_with("0 findings in 1 file\n"));
    for paths in [&["repo/a.txt"][..], &["repo/a.txt", "repo/a.txt"], &["repo/a.txt", "./repo/../repo/a.txt"]] {
        let told = scan(paths).report(1);
        assert!(told.contains("\n1 finding in 1 file;"), "{paths:?}: {told}");
    }
    let told = scan(&["repo", "repo/a.txt"]).report(1);
    assert!(told.contains("\n1 finding in 2 files;"), "{told}");
    // What the index has and the file has not any more is another content.
    project.write("a.txt", "gone\n");
    let told = scan(&["repo/a.txt"]).report(1);
    assert!(told.contains("\n1 finding in 2 files;"), "{told}");
    project.write(".gitignore", "c.txt\n").write("c.txt", "nothing\n");
    assert!(scan(&["repo/c.txt"]).report(0).starts_with("0 findings in 1 file\n"));
}
