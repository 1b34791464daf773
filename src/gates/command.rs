//! The command of a gate: words first, values afterwards, so that a value is always within one argument.

use std::ffi::OsString;

use super::condition::ConditionError;
use super::variables::{Variables, environment_name, is_name};
use crate::model::escape::visible_up_to;
use crate::model::nearest::suggestion;

/// What a shell would act on. Without a shell it would be an argument, and nothing would tell.
const OPERATORS: [char; 5] = [';', '&', '|', '<', '>'];

/// Ends a script of `sh` at the first command that fails. `-e` does not see the left side of a pipe: where the shell knows
/// how, a pipe fails with any of its parts. On the script's first line, so that the numbers of its lines stay.
const FAIL_FAST: &str = "(set -o pipefail) 2>/dev/null && set -o pipefail; ";

/// A command that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A program and its arguments. The program is written out, so that no value chooses what runs.
    Words(Vec<Word>),
    /// A literal script for the system's shell; variables reach it in its environment only.
    Script {
        /// As it stands.
        text: String,
        /// Whether it ends at the first command that fails.
        fail_fast: bool,
    },
}

/// One argument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

type Wrong = ConditionError;

fn wrong<T>(message: impl Into<String>, offset: usize) -> Result<T, Wrong> {
    Err(ConditionError { message: message.into(), offset })
}

impl Command {
    /// Splits a text into words as a shell does: blanks, quotes and backslashes, nothing else. What only a shell would
    /// act on is refused where it is not quoted. `known` are the variables that may be named.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn split(text: &str, known: &[&str]) -> Result<Self, Wrong> {
        let words = Splitter { text, known, at: 0, word: None, words: Vec::new() }.run()?;
        Self::of(words)
    }

    /// Takes words as they stand in a list.
    ///
    /// # Errors
    /// What is wrong: the index of the word, and where in it.
    pub fn of_list(items: &[&str], known: &[&str]) -> Result<Self, (usize, Wrong)> {
        let words = items.iter().enumerate().map(|(at, item)| word(item, known).map_err(|error| (at, error)));
        Self::of(words.collect::<Result<_, _>>()?).map_err(|error| (0, error))
    }

    /// Takes a script, which under `fail_fast` ends at the first command that fails. A template in it would never be
    /// filled: it is refused.
    ///
    /// # Errors
    /// The template, and where it is.
    pub fn script(text: &str, fail_fast: bool, known: &[&str]) -> Result<Self, Wrong> {
        for (at, _) in text.match_indices(['$', '{']) {
            let Some((name, _)) = template(&text[at..]) else { continue };
            let own = text[at..].starts_with("${") && text.contains(&format!("{name}="));
            if known.contains(&name) && !own {
                let message = format!("a script is not filled in: write `${}`", environment_name(name));
                return wrong(message, at);
            }
        }
        if text.contains('\0') {
            return wrong("a script holds no NUL", 0);
        }
        Ok(Self::Script { text: text.to_owned(), fail_fast })
    }

    fn of(words: Vec<Word>) -> Result<Self, Wrong> {
        match words.first() {
            None => wrong("there is no command here", 0),
            Some(program) if program.parts.iter().any(|part| matches!(part, Part::Variable(_))) => {
                wrong("the program is written out: a variable may not choose what runs", 0)
            }
            Some(program) if program.is_blank() => wrong("the program has no name", 0),
            Some(_) => Ok(Self::Words(words)),
        }
    }

    /// The program and its arguments, filled in. A script is the last argument of `sh -e -c`, or of `cmd /C` on Windows.
    ///
    /// # Errors
    /// A variable without a value; a value with NUL; a value that would begin the argument with `-` and so be taken
    /// for an option.
    pub fn words(&self, variables: &Variables) -> Result<Vec<OsString>, String> {
        match self {
            Self::Words(words) => words.iter().map(|word| word.filled(variables).map(OsString::from)).collect(),
            Self::Script { text, .. } if cfg!(windows) => Ok(["cmd", "/C", text].map(OsString::from).into()),
            Self::Script { text, fail_fast: false } => Ok(["sh", "-c", text].map(OsString::from).into()),
            Self::Script { text, fail_fast: true } => {
                Ok(["sh", "-e", "-c", &format!("{FAIL_FAST}{text}")].map(OsString::from).into())
            }
        }
    }
}

impl Word {
    fn push(&mut self, c: char) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.parts.push(Part::Text(c.into())),
        }
    }

    /// The text of a word without variables.
    fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn is_blank(&self) -> bool {
        self.literal().is_some_and(crate::model::escape::is_blank)
    }

    fn filled(&self, variables: &Variables) -> Result<String, String> {
        let mut argument = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => argument.push_str(text),
                Part::Variable(name) => argument.push_str(value(name, variables)?),
            }
        }
        match self.parts.first() {
            Some(Part::Variable(name)) if argument.starts_with('-') => {
                Err(format!("the value of `{name}` would be taken for an option: it begins with `-`"))
            }
            _ => Ok(argument),
        }
    }
}

fn value<'v>(name: &str, variables: &'v Variables) -> Result<&'v str, String> {
    let value = variables.get(name);
    let value = value.ok_or_else(|| format!("the variable `{name}` has no value: give one with --context {name}=…"))?;
    if value.contains('\0') { Err(format!("the value of `{name}` holds NUL")) } else { Ok(value) }
}

/// A template at the very start of the text: its name and its length.
fn template(text: &str) -> Option<(&str, usize)> {
    let (inner, end) = match text.strip_prefix("${") {
        Some(rest) => (rest.split_once('}')?.0, "}"),
        None => (text.strip_prefix("{{")?.split_once("}}")?.0, "}}"),
    };
    let name = if end == "}" { inner } else { inner.trim_matches([' ', '\t']) };
    is_name(name).then_some((name, 2 + inner.len() + end.len()))
}

/// What stands at `at`: a variable, or characters that stand for themselves, and their length in the text.
fn part(text: &str, at: usize, known: &[&str]) -> Result<(Part, usize), Wrong> {
    let rest = &text[at..];
    if rest.starts_with("$${") {
        return Ok((Part::Text("${".to_owned()), 3));
    }
    if rest.starts_with("${{") {
        return wrong("`${{ … }}` belongs to another system: write `${name}`", at);
    }
    match template(rest) {
        Some((name, length)) if known.contains(&name) => Ok((Part::Variable(name.to_owned()), length)),
        Some((name, _)) => {
            let help = suggestion(name, known.iter().copied());
            wrong(format!("there is no variable `{name}` ({help})"), at)
        }
        None if rest.starts_with("${") => wrong("this is no variable: write `$${` for the characters `${`", at),
        None => {
            let c = rest.chars().next().unwrap_or(' ');
            Ok((Part::Text(c.into()), c.len_utf8()))
        }
    }
}

fn word(text: &str, known: &[&str]) -> Result<Word, Wrong> {
    let mut word = Word::default();
    let mut at = 0;
    while at < text.len() {
        at += add(&mut word, text, at, known)?;
    }
    Ok(word)
}

fn add(word: &mut Word, text: &str, at: usize, known: &[&str]) -> Result<usize, Wrong> {
    let (part, length) = part(text, at, known)?;
    match part {
        Part::Text(text) if text == "\0" => return wrong("an argument holds no NUL", at),
        Part::Text(text) => text.chars().for_each(|c| word.push(c)),
        variable => word.parts.push(variable),
    }
    Ok(length)
}

struct Splitter<'a> {
    text: &'a str,
    known: &'a [&'a str],
    at: usize,
    word: Option<Word>,
    words: Vec<Word>,
}

/// What no shell reads, at `at`.
fn unread<T>(what: &str, at: usize) -> Result<T, Wrong> {
    wrong(
        format!("no shell reads this: {what} would be an argument; put it in single quotes, or set `shell: true`"),
        at,
    )
}

impl Splitter<'_> {
    fn run(mut self) -> Result<Vec<Word>, Wrong> {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        self.text = self.text.trim_end_matches(blank);
        self.at = self.text.len() - self.text.trim_start_matches(blank).len();
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                ' ' | '\t' | '\r' => {
                    self.words.extend(self.word.take());
                    self.at += 1;
                }
                '\n' => return self.new_line(),
                '\'' | '"' => self.quoted(c)?,
                '\\' => self.escaped(|_| true)?,
                c if OPERATORS.contains(&c) => return self.operator(),
                _ => self.character(false)?,
            }
        }
        self.words.extend(self.word.take());
        Ok(self.words)
    }

    fn new_line<T>(&self) -> Result<T, Wrong> {
        let next = self.text.len() - self.text[self.at..].trim_start().len();
        let line = visible_up_to(self.text[next..].lines().next().unwrap_or_default().trim_end(), 80);
        let message = format!(
            "no shell reads this: a new line does not end a command, and `{line}` would be arguments of the line before; \
             write one line, end the line before in a backslash, or set `shell: true`"
        );
        wrong(message, next)
    }

    fn operator<T>(&self) -> Result<T, Wrong> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !OPERATORS.contains(&c)).unwrap_or(rest.len());
        unread(&format!("`{}`", &rest[..length]), self.at)
    }

    /// A character that stands for itself or begins a variable, outside of single quotes also where a shell would put in
    /// what it knows or another command prints.
    fn character(&mut self, literal: bool) -> Result<(), Wrong> {
        let rest = &self.text[self.at..];
        if !literal {
            match rest.strip_prefix('$') {
                _ if rest.starts_with('`') => return unread("a backtick", self.at),
                Some(rest) if rest.starts_with('(') => return unread("`$(`", self.at),
                Some(rest) if rest.starts_with(|c: char| is_parameter(c)) => return self.parameter(rest),
                _ => {}
            }
        }
        self.at += add(self.word.get_or_insert_default(), self.text, self.at, self.known)?;
        Ok(())
    }

    fn parameter<T>(&self, rest: &str) -> Result<T, Wrong> {
        let length = match rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            Some(0) => 1,
            other => other.unwrap_or(rest.len()),
        };
        let name = &rest[..length];
        let instead =
            if self.known.contains(&name) { format!("; the gate's variable is `${{{name}}}`") } else { String::new() };
        unread(&format!("`${name}`"), self.at).map_err(|mut error| {
            error.message.push_str(&instead);
            error
        })
    }

    fn quoted(&mut self, quote: char) -> Result<(), Wrong> {
        let start = self.at;
        self.word.get_or_insert_default();
        self.at += 1;
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                c if c == quote => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' if quote == '"' => self.escaped(|c| matches!(c, '"' | '\\' | '$' | '`'))?,
                _ => self.character(quote == '\'')?,
            }
        }
        wrong(format!("the quote {quote} that opens here has no end"), start)
    }

    /// A backslash and what it takes the meaning of; elsewhere it stands for itself. Before a new line it joins two.
    fn escaped(&mut self, takes: impl Fn(char) -> bool) -> Result<(), Wrong> {
        let Some(next) = self.text[self.at + 1..].chars().next() else {
            return wrong("the command ends in a backslash", self.at);
        };
        if next == '\n' {
            self.at += 2;
            return Ok(());
        }
        let word = self.word.get_or_insert_default();
        if takes(next) {
            word.push(next);
            self.at += 1 + next.len_utf8();
        } else {
            word.push('\\');
            self.at += 1;
        }
        Ok(())
    }
}

/// What may follow `$` where a shell puts something in.
fn is_parameter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '*' | '#' | '?' | '!')
}

#[cfg(test)]
mod tests;
