//! The GitHub Action's script, run by hand as a runner would run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::common::{Project, Run};
use crate::forge::hosts::{GitHub, TOKEN};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One run of the action.
struct Action<'p> {
    project: &'p Project,
    command: Command,
}

impl<'p> Action<'p> {
    /// On a project, with the binary under test.
    fn on(project: &'p Project) -> Self {
        Self::downloading(project).input("BINARY", env!("CARGO_BIN_EXE_delivery-gate"))
    }

    /// On a project, with whatever binary the inputs name.
    fn downloading(project: &'p Project) -> Self {
        let mut command = Command::new("bash");
        command.arg(repository().join("packaging/action/run.sh")).current_dir(project.root()).stdin(Stdio::null());
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a PATH"));
        command.env("RUNNER_TEMP", project.path("")).env("GITHUB_OUTPUT", project.path("outputs"));
        Self { project, command }
    }

    fn input(mut self, name: &str, value: &str) -> Self {
        self.command.env(format!("GATE_{name}"), value);
        self
    }

    /// The run, and the outputs `decision` and `exit-code`.
    fn run(mut self) -> (Run, String) {
        let run = Run::of(self.command.output().expect("bash runs"));
        let outputs = fs::read_to_string(self.project.path("outputs")).expect("outputs");
        let outputs = outputs.lines().filter(|line| !line.starts_with("report="));
        (run, outputs.collect::<Vec<_>>().join(" "))
    }

    /// What is said when nothing was judged.
    fn refusal(self) -> String {
        let (run, outputs) = self.run();
        assert_eq!(outputs, "decision=ERROR exit-code=2", "{run:?}");
        run.refusal()
    }
}

fn report(project: &Project) -> PathBuf {
    let outputs = fs::read_to_string(project.path("outputs")).expect("outputs");
    let path = outputs.lines().find_map(|line| line.strip_prefix("report="));
    PathBuf::from(path.expect("a report"))
}

#[test]
fn no_input_begins_a_line_of_what_is_said() {
    let project = Project::released();
    for name in ["COMMAND", "FAIL_ON", "BINARY", "WORKING_DIRECTORY"] {
        let said = Action::on(&project).input(name, "x\r\n::error::y").refusal();
        fs::remove_file(project.path("outputs")).expect("outputs");
        assert!(said.contains("x  ::error::y") && !said.contains("\n::") && !said.contains('\r'), "{said:?}");
    }
}

#[test]
fn a_release_that_is_ready_is_a_go() {
    let project = Project::released();
    let (run, outputs) = Action::on(&project).input("CI_STATUS", "success").run();
    assert!(run.report(0).contains("Decision: GO"));
    assert_eq!(outputs, "decision=GO exit-code=0");
    let report = fs::read_to_string(report(&project)).expect("the report");
    assert!(report.contains("\"decision\": \"GO\""), "{report}");
}

#[test]
fn a_no_go_fails_the_step_unless_only_errors_are_to() {
    for (fail_on, code) in [("no-go", 1), ("error", 0)] {
        let project = Project::released();
        let (run, outputs) = Action::on(&project).input("CI_STATUS", "failure").input("FAIL_ON", fail_on).run();
        assert!(run.report(code).contains("Decision: NO-GO"));
        assert_eq!(outputs, "decision=NO-GO exit-code=1");
    }
}

#[test]
fn a_rehearsal_is_no_go_unless_it_was_asked_for() {
    let project = Project::drafted();
    project.commit();
    let said = Action::on(&project).input("ARGS", "--before-tag").run();
    assert_eq!((said.0.code, said.1.as_str()), (Some(2), "decision=ERROR exit-code=2"));
    assert!(said.0.stderr.contains("READY is of a rehearsal, and no GO: set 'before-tag'"), "{said:?}");
    fs::remove_file(project.path("outputs")).expect("outputs");
    let (run, outputs) = Action::on(&project).input("BEFORE_TAG", "true").run();
    assert_eq!((run.code, outputs.as_str()), (Some(0), "decision=READY exit-code=0"), "{run:?}");
    fs::remove_file(project.path("outputs")).expect("outputs");
    // The tag that a tool is about to make comes among the arguments.
    for (tag, outcome) in
        [("v1.2.3", (Some(0), "decision=READY exit-code=0")), ("v2", (Some(1), "decision=NOT READY exit-code=1"))]
    {
        let about = Action::on(&project).input("BEFORE_TAG", "true").input("ARGS", &format!("--before-tag={tag}"));
        let (run, outputs) = about.run();
        assert_eq!((run.code, outputs.as_str()), outcome, "{run:?}");
        fs::remove_file(project.path("outputs")).expect("outputs");
    }
    let (run, outputs) = Action::on(&project).input("BEFORE_TAG", "true").input("CI_STATUS", "failure").run();
    assert_eq!((run.code, outputs.as_str()), (Some(1), "decision=NOT READY exit-code=1"), "{run:?}");
    fs::remove_file(project.path("outputs")).expect("outputs");
    project.tag("v1.2.3").write("more.txt", "x\n").commit();
    let (run, outputs) = Action::on(&project).input("BEFORE_TAG", "true").run();
    assert_eq!((run.code, outputs.as_str()), (Some(0), "decision=NONE exit-code=0"), "{run:?}");
    fs::remove_file(project.path("outputs")).expect("outputs");
    let refused = Action::on(&project).input("BEFORE_TAG", "true").input("COMMAND", "scan").refusal();
    assert!(refused.contains("'before-tag' is for the command check"), "{refused}");
    fs::remove_file(project.path("outputs")).expect("outputs");
    let refused = Action::on(&project).input("BEFORE_TAG", "yes").refusal();
    assert!(refused.contains("'before-tag' is 'yes'; known: true, false"), "{refused}");
}

#[test]
fn a_gate_that_could_not_be_asked_fails_the_step_whatever_it_should_fail_on() {
    let project = Project::new();
    let said = Action::on(&project).input("FAIL_ON", "error").refusal();
    assert!(said.contains("release.yaml"), "{said}");
}

#[test]
fn help_is_no_verdict() {
    let project = Project::released();
    let (run, outputs) = Action::on(&project).input("ARGS", "--help").run();
    assert_eq!((run.code, outputs.as_str()), (Some(2), "decision=ERROR exit-code=2"));
    assert!(run.stderr.contains("gave no verdict (exit code 0)"), "{run:?}");
}

#[test]
fn each_line_is_one_argument_and_none_is_run() {
    let project = Project::new();
    project.write("$(touch made) *.txt", "nothing\n").write("a.txt", "nothing\n");
    let (run, _) = Action::on(&project).input("COMMAND", "scan").input("ARGS", "$(touch made) *.txt\r\n\na.txt").run();
    assert!(run.stdout.contains("in 2 files"), "{run:?}");
    assert!(!project.root().join("made").exists());
}

#[test]
fn a_forge_is_asked_with_the_jobs_token_and_without_the_job() {
    let project = Project::released();
    let commit = project.head();
    let forge = GitHub::at(&commit).check(1, "test", "success").check(7, "gate", "in_progress");
    let server = forge.run(1, ".github/workflows/ci.yml", "push", "in_progress", None).start();
    let action = || {
        let action = Action::on(&project).input("CI", "github").input("CI_WAIT", "1s").input("TOKEN", TOKEN);
        let mut action = action.input("CHECK_RUN_ID", "7");
        action
            .command
            .env("GITHUB_API_URL", server.url())
            .env("GITHUB_REPOSITORY", "o/n")
            .env("GITHUB_ACTIONS", "true");
        action
    };
    // In GitHub Actions the program has the output, too.
    let (run, outputs) = action().run();
    assert_eq!((run.code, outputs.as_str()), (Some(0), "decision=GO decision=GO exit-code=0"), "{run:?}");
    assert!(run.stdout.contains("1 of 1 checks passed"), "{run:?}");
    assert!(server.requests().iter().all(|request| request.to_lowercase().contains(&format!("bearer {TOKEN}"))));
    let other = Project::released();
    let refused = Action::on(&other).input("CI", "github").input("COMMAND", "decision").refusal();
    assert!(refused.contains("'ci' and 'ci-wait' are for the command check"), "{refused}");
}

#[test]
fn what_the_action_does_not_know_is_refused() {
    let project = Project::released();
    for (input, value, said) in [
        ("COMMAND", "schema", "known: check, decision, run, evaluate, prri, trust, scan"),
        ("FAIL_ON", "never", "known: no-go, error"),
        ("BINARY", "no/such/gate", "which is no program"),
        ("WORKING_DIRECTORY", "nowhere", "which is no folder"),
    ] {
        fs::write(project.path("outputs"), "").expect("no outputs yet");
        let refusal = Action::on(&project).input(input, value).refusal();
        assert!(refusal.contains(said), "{refusal}");
    }
    for version in ["", "latest", "main", "v1.0.0/../../evil", "v1.0.0 --output=x"] {
        fs::write(project.path("outputs"), "").expect("no outputs yet");
        let refusal = Action::downloading(&project).input("VERSION", version).refusal();
        assert!(refusal.contains("is not a release"), "{refusal}");
    }
}

/// A folder as a release's files lie on a server, with an archive whose program runs the binary under test.
struct Release {
    archive: PathBuf,
    url: String,
}

impl Release {
    fn of(project: &Project) -> Self {
        let triple = match std::env::consts::OS {
            "macos" => format!("{}-apple-darwin", std::env::consts::ARCH),
            _ => format!("{}-unknown-linux-gnu", std::env::consts::ARCH),
        };
        let name = format!("delivery-gate-9.8.7-{triple}");
        let folder = project.path("releases/v9.8.7");
        fs::create_dir_all(folder.join(&name)).expect("a folder");
        let program = folder.join(&name).join("delivery-gate");
        let text = format!("#!/bin/sh\ntouch started\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_delivery-gate"));
        fs::write(&program, text).expect("a program");
        let archive = folder.join(format!("{name}.tar.gz"));
        let packed = Command::new("bash")
            .args(["-c", "chmod +x \"$1/delivery-gate\" && tar -czf \"$1.tar.gz\" \"$1\"", "bash", &name])
            .current_dir(&folder)
            .status();
        assert!(packed.expect("bash runs").success());
        Self { archive, url: format!("file://{}", project.path("releases").display()) }
    }

    fn digest(&self) -> String {
        let digest = Sha256::digest(fs::read(&self.archive).expect("the archive"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn list(&self, digest: &str, name: &str) {
        let sums = self.archive.with_file_name("SHA256SUMS");
        fs::write(sums, format!("{digest}  {name}\n")).expect("the digests");
    }

    fn name(&self) -> String {
        self.archive.file_name().expect("a name").to_string_lossy().into_owned()
    }

    fn action<'p>(&self, project: &'p Project) -> Action<'p> {
        let action = Action::downloading(project).input("BASE_URL", &self.url).input("ACTION_REF", "v9.8.7");
        action.input("COMMAND", "prri").input("ARGS", "12")
    }
}

#[test]
fn a_download_with_the_listed_digest_runs() {
    let project = Project::new();
    let release = Release::of(&project);
    release.list(&release.digest(), &release.name());
    let (run, outputs) = release.action(&project).run();
    assert_eq!((run.code, outputs.as_str()), (Some(0), "decision=GO exit-code=0"), "{run:?}");
    assert!(project.root().join("started").exists());
}

#[test]
fn a_download_with_another_digest_is_never_run() {
    let project = Project::new();
    let release = Release::of(&project);
    let right = release.digest();
    let refused = |said: &str, pinned: &str| {
        fs::write(project.path("outputs"), "").expect("no outputs yet");
        let refusal = release.action(&project).input("SHA256", pinned).refusal();
        assert!(refusal.contains(said), "{refusal}");
        assert!(!project.root().join("started").exists());
    };
    refused("SHA256SUMS could not be downloaded", "");
    release.list(&"0".repeat(64), &release.name());
    refused(&format!("not {}", "0".repeat(64)), "");
    release.list(&right, &format!("x{}", release.name()));
    refused("not any that SHA256SUMS lists", "");
    release.list(&right, &release.name());
    refused(&format!("not {}", "1".repeat(64)), &"1".repeat(64));
    fs::remove_file(&release.archive).expect("it goes");
    refused("could not be downloaded", "");
}

#[test]
fn a_pinned_digest_needs_no_list() {
    let project = Project::new();
    let release = Release::of(&project);
    let (run, outputs) = release.action(&project).input("SHA256", &release.digest()).run();
    assert_eq!((run.code, outputs.as_str()), (Some(0), "decision=GO exit-code=0"), "{run:?}");
}

/// An input that is part of a command line could be one.
#[test]
fn every_input_of_the_action_reaches_the_script_as_a_variable() {
    let action = fs::read_to_string(repository().join("action.yml")).expect("action.yml");
    let script = fs::read_to_string(repository().join("packaging/action/run.sh")).expect("the script");
    let (declared, steps) = action.split_once("\noutputs:\n").expect("outputs");
    let names = declared.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names: Vec<_> = names.filter(|name| !name.starts_with(' ')).collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let variable = format!("GATE_{}", name.to_uppercase().replace('-', "_"));
        assert!(steps.contains(&format!("        {variable}: ${{{{ inputs.{name} }}}}\n")), "{name}");
        assert!(script.contains(&variable), "{variable}");
    }
    let commands = steps.lines().filter(|line| line.trim_start().starts_with("run:"));
    assert!(commands.clone().count() > 0 && commands.clone().all(|line| !line.contains("${{")), "{steps}");
}
