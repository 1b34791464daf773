//! `completions` and `man`: what is made of the command line itself. And `-v`, which logs.

use std::fs;

use crate::common::{Gate, Project};

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Gate::bare().args(&["completions", shell]).run().report(0);
        assert!(script.contains("delivery-gate") && script.contains("ci-status"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_and_words() {
    let script = r#"
        source <(delivery-gate completions bash)
        function=$(complete -p delivery-gate | sed 's/.*-F \([^ ]*\).*/\1/')
        try() {
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            $function delivery-gate "${@: -1}" "${@: -2:1}"
            echo "${COMPREPLY[*]}"
        }
        try delivery-gate ch
        try delivery-gate check --ci-s
        try delivery-gate check --color ""
        try delivery-gate schema p
        try delivery-gate artifacts la
        try delivery-gate help artifacts la
    "#;
    let printed = crate::docs::shell(&Project::new(), script);
    assert_eq!(printed, "check\n--ci-status\nauto always never\npolicy pipeline\nlatest\nlatest\n");
}

#[test]
fn every_command_has_its_page() {
    let project = Project::new();
    assert_eq!(project.gate(&["man", "--dir", "man"]).run().report(0), "");
    let mut pages = 0;
    for entry in fs::read_dir(project.path("man")).expect("the pages") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a stem").to_string_lossy().into_owned();
        let page = fs::read_to_string(&path).expect("a page");
        assert!(page.contains(&format!(".TH {name} 1 ")) && page.contains(".SH SYNOPSIS"), "{page}");
        let command: Vec<_> = name.split('-').skip(2).collect();
        assert_eq!(Gate::bare().args(&["man"]).args(&command).run().report(0), page);
        pages += 1;
    }
    assert_eq!(pages, crate::docs::COMMANDS.len());
}

#[test]
fn pages_that_cannot_be_written_are_told() {
    let project = Project::drafted();
    assert!(project.gate(&["man", "--dir", "repo/release.yaml"]).run().refusal().contains("could not be written"));
    assert!(project.gate(&["man", "--dir", "man", "check"]).run().refusal().contains("cannot be used with"));
}

#[test]
fn verbose_logs_on_standard_error_only() {
    let project = Project::released();
    let [quiet, once, twice] = [&[][..], &["-v"], &["-vv"]].map(|more| project.check_after_ci().args(more).run());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
    assert_eq!((&quiet.stdout, &quiet.stdout), (&once.stdout, &twice.stdout));
    let line = |run: &crate::common::Run, start: &str| run.stderr.lines().any(|line| line.starts_with(start));
    assert!(line(&once, "changelog: PASS in ") && once.stderr.contains(" ms, from CHANGELOG.md:3"), "{}", once.stderr);
    assert!(!line(&once, "  by: ") && line(&twice, "  by: \"Jane Smith\""), "{}", twice.stderr);
    assert!(project.gate(&["list", "-v"]).run().refusal().contains("unexpected argument '-v'"));
}
