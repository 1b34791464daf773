//! What is started, and what cannot be.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use delivery_gate::internal::proc::{Command, End, run};
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::Stop;

use crate::common::{Place, finished};

fn refusal(command: &Command) -> String {
    run(command, &Environment::of_process(), &Stop::new()).expect_err("it does not start")
}

#[test]
fn what_cannot_be_started_is_said_in_one_line() {
    let place = Place::new();
    fs::write(place.path("plain"), "#!/bin/sh\n").expect("a file");
    fs::write(place.path("orphan"), "#!/no/such/interpreter\n").expect("a file");
    fs::set_permissions(place.path("orphan"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let cases = [
        ("no-such-tool", "no-such-tool was not found on PATH"),
        ("./no-such-tool", "./no-such-tool was not found"),
        ("./plain", "./plain is not executable"),
        ("plain", "plain was not found on PATH"),
        ("", "the command is empty"),
        ("./orphan", "./orphan could not be started: the interpreter that it names is missing"),
        ("a\nb\u{1b}", r"a\u{a}b\u{1b} was not found on PATH"),
    ];
    for (program, said) in cases {
        assert_eq!(refusal(&place.command(program, &[])), said);
    }
    let nul = refusal(&place.command("true", &["a\0b"]));
    assert!(nul.starts_with("true could not be started: ") && !nul.contains('\n'), "{nul}");
    let mut command = place.command("true", &[]);
    command.dir = place.path("none");
    assert_eq!(refusal(&command), format!("the working directory {} is not there", command.dir.display()));
    command.dir = place.path("plain");
    assert_eq!(refusal(&command), format!("the working directory {} is not there", command.dir.display()));
}

#[test]
fn nothing_is_taken_from_the_working_directory_by_name() {
    let place = Place::new();
    symlink("/bin/true", place.path("evil")).expect("a link");
    for path in ["", ":", ".", "::/usr/bin", "/usr/bin:", "./"] {
        let mut command = place.command("evil", &[]);
        command.env = vec![("PATH".into(), path.into())];
        assert_eq!(refusal(&command), "evil was not found on PATH", "{path:?}");
    }
    let mut command = place.command("evil", &[]);
    command.env = vec![("PATH".into(), place.path("").display().to_string())];
    assert_eq!(finished(&command).end, End::Exit(0));
    assert_eq!(finished(&place.command("./evil", &[])).end, End::Exit(0));
}

#[test]
fn arguments_arrive_as_they_are() {
    let args = ["$(touch pwned)", "a b", "", "`x`", "--output=x", "; exit 9", "*", "\n"];
    let place = Place::new();
    let script = ["-c", "printf '<%s>' \"$@\"", "sh"];
    let run = finished(&place.command("sh", &[&script[..], &args].concat()));
    let expected: String = args.iter().map(|arg| format!("<{arg}>")).collect();
    assert_eq!(run.stdout.text(), expected);
    assert!(!place.path("pwned").exists());
}

#[test]
fn a_program_sees_its_name_and_its_folder() {
    let place = Place::new();
    let run = finished(&place.command("sh", &["-c", "pwd -P; echo \"$0\""]));
    let folder = place.path("").canonicalize().expect("a folder");
    assert_eq!(run.stdout.text(), format!("{}\nsh\n", folder.display()));
}
