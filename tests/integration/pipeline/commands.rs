//! Commands of gates: arguments, environment, directory, files, output, signals.

use std::fs;

use serde_json::{Value, json};

use super::{artifacts, gate, listed, run, statuses, with_gates};
use crate::common::{Gate, Project, result};

/// The detail and the status of the gate `g`.
fn g(gate: Gate) -> (String, String) {
    let (_, report) = gate.json();
    let text = |key: &str| result(&report, "g")[key].as_str().unwrap_or_else(|| panic!("{report}")).to_owned();
    (text("status"), text("detail"))
}

fn executable(project: &Project, name: &str, script: &str) {
    // Another process writes it: while this one had it open for that, a test beside this one could start a child that has it open, too,
    // and then nobody may run it ("Text file busy").
    project.write(&format!("{name}.text"), script);
    let install = "install -m 755 \"$1.text\" \"$1\" && rm \"$1.text\"";
    let run = std::process::Command::new("sh").args(["-c", install, "sh", name]).current_dir(project.root()).status();
    assert!(run.expect("a shell").success());
}

/// The arguments that `./args.sh` was given.
fn arguments(project: &Project) -> Vec<String> {
    let text = fs::read_to_string(project.root().join("args")).expect("the arguments");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_value_is_within_one_argument_whatever_is_in_it() {
    let words = r#"["./args.sh", "${evil}", "x{{ evil }}y", "--e=${evil}", "{{evil}}"]"#;
    for command in [words, r#"'./args.sh ${evil} x{{ evil }}y "--e=${evil}" {{evil}}'"#] {
        let project = with_gates(&format!("gates:\n  - {{id: g, type: command, command: {command}}}\n"));
        executable(&project, "args.sh", "#!/bin/sh\nprintf '%s\\0' \"$@\" > args\n");
        for evil in
            ["a b", "$(touch pwned) `touch pwned`; touch pwned", "'\"\\", "*", "{{ branch }}${branch}", "\n\té", ""]
        {
            run(&project, &["--context", &format!("evil={evil}")]).run().report(0);
            let expected = [evil.to_owned(), format!("x{evil}y"), format!("--e={evil}"), evil.to_owned()];
            assert_eq!(arguments(&project), expected);
        }
        assert!(!project.root().join("pwned").exists());
    }
}

#[test]
fn a_value_never_becomes_an_option() {
    let project = with_gates("gates:\n  - {id: g, type: command, command: './args.sh ${evil}'}\n");
    executable(&project, "args.sh", "#!/bin/sh\n: > args\n");
    let (status, detail) = g(run(&project, &["--context", "evil=--help"]));
    assert!(status == "UNPROVEN" && detail.contains("would be taken for an option"), "{detail}");
    assert!(!project.root().join("args").exists());
}

#[test]
fn the_variables_have_their_values_and_a_script_finds_them_in_its_environment() {
    let script =
        "printf '%s|' \"$DG_PROJECT_ID\" \"$DG_BRANCH\" \"$DG_COMMIT_SHA\" \"$DG_PIPELINE_ID\" \"$DG_ENV\" > seen";
    let words =
        "./args.sh ${project} ${project_id} ${branch} ${commit_sha} ${pipeline_id} ${env} ${repo} ${artifact_dir}";
    let yaml = format!(
        "gates:\n  - id: s\n    type: command\n    shell: true\n    command: {}\n  - {{id: w, type: command, command: '{words}'}}\n",
        json!(script)
    );
    let project = with_gates(&yaml);
    executable(&project, "args.sh", "#!/bin/sh\nprintf '%s\\0' \"$@\" > args\n");
    let arguments_given = ["--project-id", "agent", "--context", "env=$(id)"];
    run(&project, &arguments_given).env("GITHUB_RUN_ID", "77").env("GITHUB_REF", "refs/heads/x").run().report(0);
    let head = project.head();
    let seen = fs::read_to_string(project.root().join("seen")).expect("a file");
    assert_eq!(seen, format!("agent|refs/heads/x|{head}|77|$(id)|"));
    let root = project.root().canonicalize().expect("a path").display().to_string();
    let dir = format!("{root}/.delivery-gate/artifacts");
    assert_eq!(arguments(&project), ["agent", "agent", "refs/heads/x", &head, "77", "$(id)", &root, &dir]);
}

#[test]
fn tokens_are_withheld_unless_the_gate_names_them() {
    let yaml = "gates:\n  - {id: a, type: command, shell: true, command: 'env > without'}\n  \
        - {id: b, type: command, shell: true, command: 'env > with', env: {GITHUB_TOKEN: own, RUST_LOG: warn}}\n";
    let project = with_gates(yaml);
    let run = run(&project, &[]).env("GITHUB_TOKEN", "gh-secret").env("DECERN_API_KEY", "dc-secret").env("PLAIN", "1");
    run.run().report(0);
    let seen = |file: &str| fs::read_to_string(project.root().join(file)).expect("a file");
    assert!(seen("without").contains("PLAIN=1\n"));
    for name in ["GITHUB_TOKEN", "DECERN_API_KEY"] {
        assert!(!seen("without").contains(name), "{name}");
    }
    assert!(seen("with").contains("GITHUB_TOKEN=own\n") && seen("with").contains("RUST_LOG=warn\n"));
}

#[test]
fn a_secret_of_the_environment_is_shown_nowhere() {
    let printed =
        "printf '{\"score\": 3, \"url\": \"http://x:%s@h\", \"%s\": [\"%s\"]}' $DB_PASSWORD $DB_PASSWORD $DB_PASSWORD";
    let loud = "echo failed with $DB_PASSWORD >&2; kill -9 $$";
    let gate = |id: &str, command: &str, more: &str| {
        format!("  - {{id: {id}, type: command, shell: true, on_fail: report, command: {}{more}}}\n", json!(command))
    };
    let yaml = [gate("a", printed, ""), gate("b", printed, ", pass_condition: 'url == \"y\"'"), gate("c", loud, "")];
    let project = with_gates(&format!("gates:\n{}", yaml.concat()));
    for format in ["text", "json"] {
        let run = run(&project, &["--format", format]).env("DB_PASSWORD", "hunter2-hunter2").run();
        assert!(!format!("{run:?}").contains("hunter2-"), "{run:?}");
        assert!(run.stdout.contains("[secret]"), "{run:?}");
    }
    for entry in fs::read_dir(artifacts(&project)).expect("records") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a record");
        assert!(!text.contains("hunter2-"), "{text}");
    }
}

#[test]
fn a_command_runs_where_it_is_told_inside_the_repository() {
    let yaml = "gates:\n  - {id: g, type: command, shell: true, command: 'pwd -P > \"$DG_REPO/here\"', working_dir: sub/dir}\n";
    let project = with_gates(yaml);
    project.write("sub/dir/file", "");
    run(&project, &[]).run().report(0);
    let here = fs::read_to_string(project.root().join("here")).expect("a file");
    assert_eq!(here.trim_end(), project.root().canonicalize().expect("a path").join("sub/dir").display().to_string());
    fs::remove_dir_all(project.root().join("sub/dir")).expect("a folder");
    std::os::unix::fs::symlink(project.path("home"), project.root().join("sub/dir")).expect("a link");
    let (status, detail) = g(run(&project, &[]));
    assert_eq!((status.as_str(), detail.as_str()), ("UNPROVEN", "working_dir leaves the repository"));
}

#[test]
fn a_file_that_the_command_wrote_in_this_run_has_the_metrics() {
    let write = "printf '{\"score\": 3}' > \"$DG_ARTIFACT_DIR/m.json\"";
    let yaml = |command: &str| {
        format!(
            "gates:\n  - {{id: g, type: command, shell: true, artifact: m.json, pass_condition: score < 5, command: {}}}\n",
            json!(command)
        )
    };
    let project = with_gates(&yaml(write));
    for _ in 0..2 {
        let (run, report) = run(&project, &[]).json();
        assert_eq!((run.code, &result(&report, "g")["metrics"]["score"]), (Some(0), &3.into()));
    }
    let written = listed(&project)[0]["artifact_path"].as_str().expect("a path").to_owned();
    assert!(written.ends_with("/.delivery-gate/artifacts/m.json"), "{written}");
    project.git(&["add", "-A"]).git(&["diff", "--cached", "--quiet"]);

    for (command, why) in [
        ("true", "it is older than this run"),
        ("rm \"$DG_ARTIFACT_DIR/m.json\"", "the command did not write this file"),
        ("ln -s ../../gates.yaml \"$DG_ARTIFACT_DIR/m.json\"", "the command did not write this file"),
    ] {
        project.write("gates.yaml", &yaml(command));
        let (status, detail) = g(run(&project, &[]));
        assert!(status == "UNPROVEN" && detail.contains(why), "{command}: {detail}");
    }
}

#[test]
fn a_copy_that_keeps_an_old_time_is_old() {
    let yaml = "gates:\n  - {id: g, type: command, command: 'cp -p old.json .delivery-gate/artifacts/m.json', \
        artifact: m.json, pass_condition: score < 5}\n";
    let project = with_gates(yaml);
    project.write("old.json", r#"{"score": 3}"#);
    let old = fs::File::open(project.root().join("old.json")).expect("a file");
    old.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("a time");
    let (status, detail) = g(run(&project, &[]));
    assert!(status == "UNPROVEN" && detail.contains("older than this run"), "{detail}");
}

#[test]
fn what_outlives_a_timeout_is_told() {
    let script = "setsid sleep 1000 & sleep 1000";
    let yaml = format!("gates:\n  - {{id: g, type: command, shell: true, timeout_seconds: 1, command: {script}}}\n");
    let project = with_gates(&yaml);
    let (run, report) = run(&project, &[]).json();
    assert_eq!((run.code, statuses(&report)), (Some(1), vec![("g", "UNPROVEN")]));
    assert_eq!(report["warnings"], json!(["g: something that the command started held its output open"]));
    #[cfg(target_os = "linux")]
    assert_eq!(crate::processes::ended_in(&project.root(), 1), 1);
}

#[test]
fn a_flood_of_output_is_kept_head_and_tail() {
    let script = "echo begin; yes x | head -c 50000000; echo end";
    let yaml = format!("gates:\n  - {{id: g, type: command, shell: true, fail_fast: false, command: '{script}'}}\n");
    let project = with_gates(&yaml);
    run(&project, &[]).run().report(0);
    let record = gate(&project, &["artifacts", "latest", "g"]).run().report(0);
    let record: Value = serde_json::from_str(&record).expect("a record");
    let stdout = record["output"]["stdout"].as_str().expect("output");
    assert!(stdout.starts_with("begin\n") && stdout.ends_with("end\n") && stdout.len() < 2 << 20, "{}", stdout.len());
}

/// The gate, sent SIGINT with its group once `started` is there.
fn interrupted(project: &Project, mut gate: Gate) -> crate::common::Run {
    use std::os::unix::process::CommandExt;
    gate.command.process_group(0).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = gate.command.spawn().expect("the binary runs");
    crate::common::eventually("the gate runs", || project.root().join("started").exists());
    let group = rustix::process::Pid::from_raw(child.id().try_into().expect("a number")).expect("a process");
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).expect("a signal");
    crate::common::Run::of(child.wait_with_output().expect("an end"))
}

const SLOW: &str = "gates:\n  - {id: first, type: command, command: 'true'}\n  \
    - {id: slow, type: command, shell: true, command: 'sleep 1000 & : > started; wait'}\n  \
    - {id: last, type: command, command: 'touch ran'}\n  \
    - {id: built-in, type: schema_validation, files: none.json, on_fail: warn}\n";

#[test]
fn ctrl_c_ends_the_children_and_says_what_is_known() {
    let project = with_gates(SLOW);
    let said = interrupted(&project, run(&project, &[])).refusal();
    assert!(said.contains("interrupted; known by then: first PASS, slow UNPROVEN, last UNPROVEN"), "{said}");
    assert!(!project.root().join("ran").exists());
    #[cfg(target_os = "linux")]
    assert_eq!(crate::processes::ended_in(&project.root(), 0), 0);
    let details: Vec<Value> = listed(&project).into_iter().rev().map(|record| record["detail"].clone()).collect();
    assert_eq!(details, ["exit code 0", "interrupted", "interrupted", "UNPROVEN: interrupted"]);
}

#[test]
fn ctrl_c_ends_the_command_of_one_gate_too() {
    let project = with_gates(SLOW);
    let evaluate = gate(&project, &["evaluate", "slow", "--config", "gates.yaml"]);
    let said = interrupted(&project, evaluate).refusal();
    assert!(said.contains("interrupted; known by then: slow UNPROVEN"), "{said}");
    #[cfg(target_os = "linux")]
    assert_eq!(crate::processes::ended_in(&project.root(), 0), 0);
}

/// The status and the detail of a command gate that prints the file `out` and ends with exit code 0.
fn printing(project: &Project, out: &[u8], more: &str) -> (String, String) {
    fs::write(project.root().join("out"), out).expect("written");
    project.write("gates.yaml", &format!("gates:\n  - {{id: g, type: command, command: cat out{more}}}\n"));
    g(run(project, &[]))
}

#[test]
fn output_that_is_no_verdict_shows_nothing() {
    let project = Project::new();
    let cases: [(&[u8], &str); 9] = [
        (b"{\"verdict\":\"FAIL\",\"score\":NaN}", "line 1, column 27: expected value"),
        (b"npm warn\n{\"verdict\":\"FAIL\",\"failed\":3,}\n", "line 2, column"),
        (b"{\"verdict\":\"FAIL\"}\n{\"verdict\":\"PASS\"}\n", "line 2, column 1: trailing characters"),
        (b"{\"verdict\":\"FAIL\"}\nDone.\n", "line 2, column 1: trailing characters: `Done.`"),
        (b"{\"verdict\":\"PASS\",\"verdict\":\"FAIL\"}", "the key 'verdict' is there twice"),
        (b"{\"verdict\":", "EOF"),
        (b"[{\"verdict\":\"FAIL\"}]", "it is a list"),
        (b"\xff\xfe{\0}\0", "UTF-16"),
        (b"{'verdict': 'FAIL'}", "print one JSON object as the last thing"),
    ];
    for (out, why) in cases {
        let (status, detail) = printing(&project, out, "");
        assert!(status == "UNPROVEN" && detail.contains(why), "{status} {detail}");
        assert_eq!(printing(&project, out, ", pass_condition: exit_code == 0").0, "UNPROVEN", "{detail}");
    }
    let long = [b"{\"verdict\": \"FAIL\", \"log\": \"".as_slice(), &vec![b'x'; 2 << 20], b"\"}"].concat();
    let (status, detail) = printing(&project, &long, "");
    assert!(status == "UNPROVEN" && detail.contains("longer than 1 MiB"), "{detail}");
}

#[test]
fn a_verdict_behind_other_lines_counts_and_a_plain_text_has_none() {
    let project = Project::new();
    let failed = b"npm warn\n{\"verdict\":\"FAIL\",\"failed\":3}\n";
    assert_eq!(printing(&project, failed, "").0, "FAIL");
    assert_eq!(printing(&project, b"\xef\xbb\xbf{\"verdict\": \"FAIL\"}", "").0, "FAIL");
    for text in ["[INFO] Scanning\n[INFO] BUILD SUCCESS\n", "[1/2] works\n", "all green\n", ""] {
        assert_eq!(printing(&project, text.as_bytes(), "").0, "PASS", "{text}");
    }
}

#[test]
fn a_file_called_json_must_be_one_object() {
    let project = with_gates(
        "gates:\n  - {id: g, type: command, artifact: r.json, command: cp out .delivery-gate/artifacts/r.json}\n",
    );
    let cases = [("{oops", "UNPROVEN"), ("", "UNPROVEN"), ("[1]", "UNPROVEN"), ("{\"verdict\": \"FAIL\"}", "FAIL")];
    for (content, status) in cases {
        project.write("out", content);
        let (found, detail) = g(run(&project, &[]));
        assert_eq!(found, status, "{content}: {detail}");
    }
}

#[test]
fn what_only_a_shell_reads_is_refused_with_its_place() {
    let cases = [
        ("echo start;false", "4:24", "`;` would be an argument"),
        ("echo a&&false", "4:20", "`&&` would be an argument"),
        ("pytest 2>x", "4:22", "`>` would be an argument"),
        ("'sh -c \"echo $HOME\"'", "4:27", "`$HOME` would be an argument"),
        ("|\n      echo Running\n      false", "5:7", "`false` would be arguments of the line before"),
    ];
    for (command, place, why) in cases {
        let project = with_gates(&format!("gates:\n  - id: g\n    type: command\n    command: {command}\n"));
        let refused = run(&project, &[]).run().refusal();
        assert!(refused.contains(&format!("gates.yaml:{place}\n")) && refused.contains(why), "{command}: {refused}");
        assert!(refused.contains("shell: true") && listed(&project).is_empty(), "{refused}");
    }
}

#[test]
fn a_script_ends_at_the_first_command_that_fails() {
    let status = |script: &str, more: &str| {
        let yaml = format!("gates:\n  - {{id: g, type: command, shell: true{more}, command: {}}}\n", json!(script));
        g(run(&with_gates(&yaml), &[])).0
    };
    for script in ["false\necho done", "echo a; false; echo b", "if true; then false; fi; true"] {
        assert_eq!(
            (status(script, ""), status(script, ", fail_fast: false")),
            ("FAIL".into(), "PASS".into()),
            "{script}"
        );
    }
    for script in ["false || true", "if false; then exit 1; fi", "# a comment\ntrue", "#!/bin/sh\ntrue\n"] {
        assert_eq!(status(script, ""), "PASS", "{script}");
    }
    let knows = std::process::Command::new("sh").args(["-c", "set -o pipefail"]).output().expect("sh").status.success();
    assert_eq!(status("false | cat", ""), if knows { "FAIL" } else { "PASS" });
    assert_eq!(status("false | cat", ", fail_fast: false"), "PASS");
}

#[test]
fn a_silent_command_of_a_built_in_type_is_judged_by_its_exit_code() {
    for kind in [
        "schema_validation",
        "dependency_security",
        "secrets_scan",
        "performance_regression",
        "halluccheck_prri",
        "halluccheck_trust",
    ] {
        for (command, status) in
            [("'false'", "FAIL"), ("'true'", "PASS"), ("echo text", "UNPROVEN"), ("ls nowhere", "FAIL")]
        {
            let yaml =
                format!("gates:\n  - {{id: g, type: {kind}, command: {command}, pass_condition: exit_code == 0}}\n");
            let (found, detail) = g(run(&with_gates(&yaml), &[]));
            assert_eq!(found, status, "{kind} {command}: {detail}");
        }
        let yaml = format!("gates:\n  - {{id: g, type: {kind}, command: 'true'}}\n");
        assert_eq!(g(run(&with_gates(&yaml), &[])).0, "UNPROVEN", "{kind}");
    }
}

#[test]
fn a_word_of_the_shell_is_told_to_need_one() {
    let project = Project::new();
    project
        .write(
            "gates.yaml",
            "gates:\n  - {id: a, type: command, command: nosuchprog}\n  - {id: b, type: command, command: exit 3}\n",
        )
        .commit();
    let run = project.gate(&["run", "gates.yaml", "--repo", "repo"]).run();
    assert_eq!(run.row("a —"), "UNPROVEN  a — nosuchprog was not found on PATH; install it, or name its file");
    assert_eq!(
        run.row("b —"),
        "UNPROVEN  b — exit was not found on PATH; it is a word of the shell: set `shell: true`"
    );
}
