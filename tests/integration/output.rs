use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{Gate, Project, Run};

#[test]
fn json_is_on_stdout_on_exit_2_too() {
    let project = Project::drafted();
    project.write("release.yaml", "version: 1.10\n");
    let (run, report) = project.check().json();
    assert_eq!((run.code, &report["decision"], &report["exit_code"]), (Some(2), &Value::Null, &2.into()));
    assert_eq!((&report["error"]["kind"], &report["error"]["path"]), (&"manifest".into(), &"release.yaml".into()));
    assert_eq!((&report["error"]["line"], &report["error"]["column"]), (&1.into(), &10.into()));
    assert!(run.stderr.contains("release.yaml:1:10"), "{run:?}");
}

#[test]
fn a_line_with_a_broken_up_command_is_quoted() {
    let project = Project::drafted();
    project.write("release.yaml", "version: a##[x]éééé # c\n");
    assert!(project.check().run().refusal().contains("1 | version: a#\\u{23}[x]éééé # c\n"));
    let page = project.check().args(&["--format", "html"]).run();
    assert!(page.stdout.contains("<mark>a#\\u{23}[x]éééé</mark> # c</pre>"), "{page:?}");
}

#[test]
fn usage_errors_are_exit_2_and_json_where_json_was_asked_for() {
    for arguments in
        [&["check", "--jsn"][..], &["chekc"], &["check", "--format", "xml"], &["check", "--repo", "no/such"], &[]]
    {
        let run = Gate::bare().args(arguments).run();
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
    let (run, report) = Gate::bare().args(&["check", "--jsn"]).json();
    assert_eq!((run.code, &report["error"]["kind"]), (Some(2), &"usage".into()));
}

#[test]
fn an_argument_cannot_move_the_cursor() {
    let run = Gate::bare().args(&["check", "--\u{1b}[2J\n::error::x"]).run();
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains("\n::error"), "{run:?}");
}

#[test]
fn a_report_in_the_working_tree_is_told_of() {
    let project = Project::released();
    let told = |path: &str, ci: &str| {
        let run = project.check_after_ci().args(&["--output", &format!("html={path}")]).env("CI", ci).run();
        assert_eq!(run.code, Some(0), "{run:?}");
        run.stderr
    };
    assert_eq!(told("gate.html", ""), "");
    let warning = "warning: repo/gate.html is in the working tree: the next check finds the tree changed, unless .gitignore \
                   names it\n";
    assert_eq!(told("repo/gate.html", ""), warning);
    project.remove("gate.html");
    assert_eq!(told("repo/gate.html", "true"), "");
    project.remove("gate.html").write(".git/info/exclude", "*.html\n");
    assert_eq!(told("repo/gate.html", ""), "");
}

#[test]
fn a_report_for_a_folder_that_is_not_there_says_so() {
    let refusal = Project::released().check_after_ci().args(&["--output", "html=no/such/gate.html"]).run().refusal();
    assert!(refusal.contains("no/such/gate.html: its folder does not exist"), "{refusal}");
}

#[test]
fn reports_go_to_files_whole() {
    let project = Project::released();
    let run = project.check_after_ci().args(&["--output", "json=r.json", "--output", "text=r.txt"]).run();
    assert_eq!(fs::read_to_string(project.path("r.txt")).expect("a report"), run.stdout);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.path("r.json")).expect("a report")).expect("JSON");
    assert_eq!((run.code, &report["decision"]), (Some(0), &"GO".into()));
    let left = fs::read_dir(project.path(""))
        .expect("a folder")
        .filter_map(|e| e.expect("an entry").file_name().into_string().ok());
    assert!(left.into_iter().all(|name| !name.starts_with(".delivery-gate")));
}

#[test]
fn two_reports_for_one_file_and_unknown_formats_are_refused() {
    let project = Project::released();
    let run = project.check_after_ci().args(&["--output", "json=o", "--output", "text=o"]).run();
    assert_eq!((run.code, run.stdout.contains("GO")), (Some(2), false), "{run:?}");
    assert!(run.stderr.contains("two reports cannot be written to one file: o"), "{run:?}");
    assert!(!project.path("o").exists());
    let run = project.check_after_ci().args(&["--output", "jsn=o"]).run();
    assert!(
        run.code == Some(2) && run.stderr.contains("`jsn` is not a format; did you mean `json`? Known: text, json"),
        "{run:?}"
    );
}

#[cfg(unix)]
#[test]
fn one_file_by_two_names_takes_one_report() {
    let project = Project::released();
    fs::write(project.path("o"), "").expect("a file");
    std::os::unix::fs::symlink("o", project.path("link")).expect("a link");
    for (one, other) in [("json=o", "text=link"), ("json=new", "text=./new")] {
        let run = project.check_after_ci().args(&["--output", one, "--output", other]).run();
        assert!(run.code == Some(2) && run.stderr.contains("to one file"), "{one} {other}: {run:?}");
    }
    assert_eq!(fs::read_to_string(project.path("o")).expect("a file"), "");
}

#[test]
fn what_the_gate_asks_about_is_not_overwritten() {
    let project = Project::released();
    project.write("policy.yaml", "{}\n");
    for file in ["release.yaml", "delivery-gate.yaml", "CHANGELOG.md", "policy.yaml"] {
        let before = fs::read_to_string(project.root().join(file)).ok();
        let target = format!("json=repo/{file}");
        let run = project.check_after_ci().args(&["--config", "repo/policy.yaml", "--output", &target]).run();
        assert!(run.code == Some(2) && run.stderr.contains("choose another file"), "{file}: {run:?}");
        assert_eq!(fs::read_to_string(project.root().join(file)).ok(), before, "{file}");
    }
    project.write("release.yaml", "version: 1.10\n");
    project.check().args(&["--output", "json=repo/release.yaml"]).run().refusal();
    assert_eq!(fs::read_to_string(project.root().join("release.yaml")).expect("a file"), "version: 1.10\n");
}

#[cfg(target_os = "linux")]
#[test]
fn no_file_says_go_when_another_could_not_be_written() {
    let project = Project::released();
    let run = project.check_after_ci().args(&["--output", "json=r.json", "--output", "html=/proc/report"]).run();
    assert_eq!(run.code, Some(2), "{run:?}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.path("r.json")).expect("a report")).expect("JSON");
    assert_eq!((&report["decision"], &report["exit_code"]), (&Value::Null, &2.into()));
}

#[test]
fn a_report_that_cannot_be_written_is_exit_2_and_no_go() {
    let project = Project::released();
    fs::create_dir(project.path("folder")).expect("a folder");
    for target in ["json=no/such/r.json", "json=folder"] {
        let (run, report) = project.check_after_ci().args(&["--output", target]).json();
        assert_eq!((run.code, &report["error"]["kind"]), (Some(2), &"output".into()), "{target}");
    }
    for target in ["r.json", "xml=r.xml", "json="] {
        assert_eq!(project.check_after_ci().args(&["--output", target]).run().code, Some(2), "{target}");
    }
}

#[test]
fn colour_is_asked_for_or_absent() {
    let project = Project::released();
    let escapes = |gate: Gate| gate.run().stdout.contains('\u{1b}');
    assert!(!escapes(project.check()));
    assert!(escapes(project.check().args(&["--color", "always"])));
    assert!(escapes(project.check().env("CLICOLOR_FORCE", "1")));
    assert!(!escapes(project.check().env("CLICOLOR_FORCE", "1").args(&["--color", "never"])));
    assert!(!escapes(project.check().env("NO_COLOR", "1")));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let project = Project::released();
    let plain = project.check().run().stdout;
    let coloured = project.check().args(&["--color", "always"]).run().stdout;
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, plain);
}

/// Runs the gate with its standard output handled by a shell.
#[cfg(unix)]
pub(crate) fn through_shell(gate: &Gate, redirection: &str) -> Run {
    let words = std::iter::once(gate.command.get_program()).chain(gate.command.get_args());
    let quoted: Vec<_> = words.map(|word| format!("'{}'", word.to_str().expect("UTF-8"))).collect();
    let script = format!("set -o pipefail; {} {redirection}", quoted.join(" "));
    let mut shell = Command::new("bash");
    shell
        .env_clear()
        .envs(gate.command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    shell.current_dir(gate.command.get_current_dir().expect("a folder")).args(["-c", &script]);
    Run::of(shell.output().expect("bash runs"))
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_keeps_the_exit_code_and_says_nothing() {
    let project = Project::released();
    for redirection in ["| head -c 1 >&2", "| true", ">&-"] {
        let run = through_shell(&project.check(), redirection);
        assert_eq!(run.code, Some(1), "{redirection}: {run:?}");
        assert!(run.stderr.len() <= 1, "{redirection}: {run:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_go_that_nobody_could_read_is_exit_2() {
    let project = Project::released();
    let summary = project.path("summary").display().to_string();
    let gate = project.check_after_ci().env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let run = through_shell(&gate.args(&["--output", "json=r.json"]), ">/dev/full");
    assert_eq!(run.code, Some(2), "{run:?}");
    let report = fs::read_to_string(project.path("r.json")).expect("a report");
    assert!(report.contains("\"exit_code\": 2"), "{report}");
    let summary = fs::read_to_string(summary).expect("a summary");
    assert!(summary.starts_with("## Decision: none"), "{summary}");
    assert!(run.stderr.contains("could not be written to standard output"), "{run:?}");
}

#[test]
fn help_and_version_are_answers() {
    let help = Gate::bare().args(&["check", "--help"]).run();
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("--ci-status <STATUS>"), "{help:?}");
    let version = Gate::bare().args(&["--version"]).run();
    assert_eq!(version.stdout, format!("delivery-gate {}\n", env!("CARGO_PKG_VERSION")));
}
