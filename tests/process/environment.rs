//! What a child inherits, to the last variable.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use delivery_gate::internal::proc::{Secrets, masked, run};
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::Stop;

use crate::common::Place;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_environment_is_exactly_the_gates_without_tokens() {
    let gate = environment(&[
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/home/x"),
        ("EMPTY", ""),
        ("DECERN_URL", "https://x.example"),
        ("GITHUB_TOKEN", "ghs_abcdef"),
        ("NPM_TOKEN", "npm_abcdef"),
        ("TOKEN_COUNT", "3"),
    ]);
    let mut command = Place::new().command("/usr/bin/env", &["-0"]);
    command.dir = "/".into();
    command.env = vec![("NPM_TOKEN".into(), "named".into()), ("LINES".into(), "a\nb".into())];
    let run = run(&command, &gate, &Stop::new()).expect("it starts");
    let text = run.stdout.text();
    let mut variables: Vec<&str> = text.split_terminator('\0').collect();
    variables.sort_unstable();
    let expected = ["EMPTY=", "HOME=/home/x", "LINES=a\nb", "NPM_TOKEN=named", "PATH=/usr/bin:/bin", "TOKEN_COUNT=3"];
    assert_eq!(variables, expected);
}

#[test]
fn a_value_that_is_not_utf8_arrives_as_it_is() {
    let odd = OsString::from_vec(b"x\xff\xfe".to_vec());
    let gate: Environment =
        [(OsString::from("PATH"), OsString::from("/usr/bin:/bin")), ("ODD".into(), odd)].into_iter().collect();
    let place = Place::new();
    let run = run(&place.script("printf %s \"$ODD\""), &gate, &Stop::new()).expect("it starts");
    assert_eq!(run.stdout.whole(), Some(b"x\xff\xfe".as_slice()));
}

#[test]
fn what_a_child_says_is_kept_without_secrets() {
    let gate = environment(&[("PATH", "/usr/bin:/bin"), ("DB_PASSWORD", "correct horse"), ("A_TOKEN", "tok-123456")]);
    let place = Place::new();
    let script = "echo \"pass $DB_PASSWORD, token ${A_TOKEN-none}\"; echo tok-123456 >&2";
    let run = run(&place.script(script), &gate, &Stop::new()).expect("it starts");
    assert_eq!(run.stdout.text(), "pass correct horse, token none\n");
    assert_eq!(run.stdout.masked(&Secrets::of(&gate)), "pass [secret], token none\n");
    assert_eq!(masked(&run.stderr.text(), &gate), "[secret]\n");
}
