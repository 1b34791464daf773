use proptest::prelude::*;

use super::*;
use crate::gates::variables::{Defaults, NAMES};
use crate::system::environment::Environment;

fn with(values: &[(&str, &str)]) -> Variables {
    let context = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Variables::new(&Environment::default(), Defaults::default(), context).expect("variables")
}

fn filled(text: &str, variables: &Variables) -> Result<Vec<String>, String> {
    let command = Command::split(text, &NAMES).unwrap_or_else(|error| panic!("{text}: {error}"));
    let words = command.words(variables)?;
    Ok(words.into_iter().map(|word| word.into_string().expect("UTF-8")).collect())
}

#[test]
fn a_text_is_split_as_a_shell_would() {
    let variables = with(&[("branch", "x --help"), ("project", "my project; $(id)")]);
    let cases: [(&str, &[&str]); 16] = [
        ("true", &["true"]),
        ("  a  b\t'c d' \"e f\"\n", &["a", "b", "c d", "e f"]),
        ("a 'b'\"c\"d e''", &["a", "bcd", "e"]),
        (r"a b\ c \'d \\ ", &["a", "b c", "'d", r"\"]),
        (r#"a "b\"c\d" 'e\f'"#, &["a", r#"b"c\d"#, r"e\f"]),
        ("a ''", &["a", ""]),
        ("ls /nonexistent {{ branch }}", &["ls", "/nonexistent", "x --help"]),
        ("a {{project}} ${project_id}", &["a", "my project; $(id)", "my project; $(id)"]),
        ("a --ref=${branch}!", &["a", "--ref=x --help!"]),
        ("a '${branch}' \"{{ branch }}\"", &["a", "x --help", "x --help"]),
        (
            "a $${branch} '$branch' {{ .State }} '{{json .}}'",
            &["a", "${branch}", "$branch", "{{", ".State", "}}", "{{json .}}"],
        ),
        ("a '&&' \"|\" \\; b\\&c ^x$ $ \"5$\"", &["a", "&&", "|", ";", "b&c", "^x$", "$", "5$"]),
        ("a 'x;y\n2>z' \"\\$b \\` $${c}\" \"\n\"", &["a", "x;y\n2>z", "$b ` ${c}", "\n"]),
        ("\na b \\\n  --c\"d\\\ne\"\n\n", &["a", "b", "--cde"]),
        ("hc perf --project {{ project }}", &["hc", "perf", "--project", "my project; $(id)"]),
        ("é 'ü ß'", &["é", "ü ß"]),
    ];
    for (text, words) in cases {
        assert_eq!(filled(text, &variables).expect(text), words, "{text}");
    }
}

#[test]
fn what_is_no_command_names_its_place() {
    let cases = [
        ("", 0, "there is no command here"),
        ("a 'b", 2, "the quote ' that opens here has no end"),
        ("a \"b", 2, "the quote \" that opens here has no end"),
        ("a \\", 2, "the command ends in a backslash"),
        ("'' a", 0, "the program has no name"),
        ("${branch} a", 0, "the program is written out: a variable may not choose what runs"),
        ("a ${brunch}", 2, "there is no variable `brunch` (did you mean `branch`? Known: "),
        ("a {{ brunch }}", 2, "there is no variable `brunch` (did you mean `branch`? Known: "),
        ("a ${branch:-x}", 2, "this is no variable: write `$${` for the characters `${`"),
        ("a ${{ github.ref }}", 2, "`${{ … }}` belongs to another system"),
        ("a && b", 2, "no shell reads this: `&&` would be an argument"),
        ("a x | b", 4, "no shell reads this: `|` would be an argument"),
        ("a; b", 1, "no shell reads this: `;` would be an argument"),
        ("echo start;false", 10, "no shell reads this: `;` would be an argument"),
        ("a&&b", 1, "no shell reads this: `&&` would be an argument"),
        ("a 'x'||b", 5, "no shell reads this: `||` would be an argument"),
        ("a 2>x", 3, "no shell reads this: `>` would be an argument"),
        ("a b 2>&1", 5, "no shell reads this: `>&` would be an argument"),
        ("a &", 2, "no shell reads this: `&` would be an argument"),
        ("a <<x", 2, "no shell reads this: `<<` would be an argument"),
        ("a --u=${branch}|b", 15, "no shell reads this: `|` would be an argument"),
        ("echo Running\nfalse\n", 13, "no shell reads this: a new line does not end a command"),
        ("a\n\n  b", 5, "no shell reads this: a new line does not end a command"),
        ("a \"$(b)\"", 3, "no shell reads this: `$(` would be an argument"),
        ("a \"x `b`\"", 5, "no shell reads this: a backtick would be an argument"),
        ("a \"$HOME/x\"", 3, "no shell reads this: `$HOME` would be an argument"),
        ("a $HOME", 2, "no shell reads this: `$HOME` would be an argument"),
        ("a $? x", 2, "no shell reads this: `$?` would be an argument"),
        ("a \"costs $5\"", 9, "no shell reads this: `$5` would be an argument"),
        (
            "a $branch",
            2,
            "no shell reads this: `$branch` would be an argument; put it in single quotes, or set `shell: true`; the gate's",
        ),
        ("a > b", 2, "no shell reads this: `>` would be an argument"),
        ("a $(b)", 2, "no shell reads this: `$(` would be an argument"),
        ("a `b`", 2, "no shell reads this: a backtick would be an argument"),
        ("a \0", 2, "an argument holds no NUL"),
    ];
    for (text, offset, message) in cases {
        let error = Command::split(text, &NAMES).expect_err(text);
        assert_eq!(error.offset, offset, "{text}");
        assert!(error.message.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn a_value_is_never_taken_for_an_option() {
    type Values = [(&'static str, &'static str)];
    let refused: [(&str, &Values, &str); 5] = [
        ("a ${branch}", &[("branch", "--help")], "the value of `branch` would be taken for an option"),
        ("a ${branch}x", &[("branch", "-")], "the value of `branch` would be taken for an option"),
        ("a ${project}${branch}", &[("project", ""), ("branch", "-x")], "the value of `project` would be taken"),
        ("a ${branch}", &[], "the variable `branch` has no value: give one with --context branch=…"),
        ("a x${branch}", &[("branch", "a\0b")], "the value of `branch` holds NUL"),
    ];
    for (text, values, why) in refused {
        let error = filled(text, &with(values)).expect_err(text);
        assert!(error.starts_with(why), "{text}: {error}");
    }
    assert_eq!(filled("a -${branch} x-${branch}", &with(&[("branch", "-v")])).unwrap(), ["a", "--v", "x--v"]);
}

#[test]
fn a_list_is_taken_as_it_stands() {
    let command = Command::of_list(&["a", "b c", "&&", "", "--x=${branch}"], &NAMES).expect("a command");
    let words = command.words(&with(&[("branch", "y z")])).expect("words");
    assert_eq!(words, ["a", "b c", "&&", "", "--x=y z"]);
    assert_eq!(Command::of_list(&["a", "${brunch}"], &NAMES).expect_err("unknown").0, 1);
    assert!(Command::of_list(&[], &NAMES).is_err() && Command::of_list(&["{{ repo }}"], &NAMES).is_err());
}

#[test]
fn a_script_is_literal() {
    let script = "x=1; echo ${x} $DG_BRANCH ${HOME:-} {{ other }} && true";
    let words = |fail_fast| {
        let command = Command::script(script, fail_fast, &NAMES).expect("a script");
        let words = command.words(&Variables::default()).expect("words").into_iter();
        words.map(|word| word.into_string().expect("UTF-8")).collect::<Vec<_>>()
    };
    assert_eq!(words(false).last().map(String::as_str), Some(script));
    assert_eq!(words(false).len(), 3);
    assert!(words(true).last().is_some_and(|word| word.ends_with(script)));
    for text in ["echo ${branch}", "echo {{ branch }}"] {
        let error = Command::script(text, true, &NAMES).expect_err(text);
        assert_eq!((error.offset, error.message.as_str()), (5, "a script is not filled in: write `$DG_BRANCH`"));
    }
    assert!(Command::script("branch=x; echo ${branch}", true, &NAMES).is_ok());
}

proptest! {
    #[test]
    fn a_value_is_exactly_one_argument(value in "[^\0]*") {
        let variables = with(&[("branch", &value)]);
        match filled("a b {{ branch }} c --x=${branch} '${branch} d'", &variables) {
            Ok(words) => {
                let quoted = format!("{value} d");
                let assigned = format!("--x={value}");
                prop_assert_eq!(words, ["a", "b", value.as_str(), "c", assigned.as_str(), quoted.as_str()]);
            }
            Err(_) => prop_assert!(value.starts_with('-')),
        }
    }

    #[test]
    fn no_command_panics(text in prop_oneof!["[ab '\"\\\\${}|;&é]*", ".*"]) {
        if let Err(error) = Command::split(&text, &NAMES) {
            prop_assert!(error.offset <= text.len());
        }
        drop(Command::script(&text, true, &NAMES));
        drop(Command::of_list(&[&text], &NAMES));
    }
}
