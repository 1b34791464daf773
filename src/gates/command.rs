//! The command of a gate: words first, values afterwards, so that a value is always within one argument.

use std::ffi::OsString;

use super::condition::ConditionError;
use super::variables::{Variables, environment_name, is_name};
use crate::model::nearest::suggestion;

/// What a word of a shell's own would do there: without a shell it would be an argument, and nothing would tell.
const SHELL_WORDS: [&str; 14] = ["&&", "||", "|", ";", "&", ">", ">>", "<", "<<", "2>", "2>&1", ">&2", "&>", "|&"];

/// A command that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A program and its arguments. The program is written out, so that no value chooses what runs.
    Words(Vec<Word>),
    /// A literal script for the system's shell; variables reach it in its environment only.
    Script(String),
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
    /// Splits a text into words as a shell does: blanks, quotes and backslashes, nothing else. `known` are the
    /// variables that may be named.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn split(text: &str, known: &[&str]) -> Result<Self, Wrong> {
        let words = Splitter { text, known, at: 0, word: None, bare: true, words: Vec::new() }.run()?;
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

    /// Takes a script. A template in it would never be filled: it is refused.
    ///
    /// # Errors
    /// The template, and where it is.
    pub fn script(text: &str, known: &[&str]) -> Result<Self, Wrong> {
        for (at, _) in text.match_indices(['$', '{']) {
            let Some((name, _)) = template(&text[at..]) else { continue };
            let own = text[at..].starts_with("${") && text.contains(&format!("{name}="));
            if known.contains(&name) && !own {
                let message = format!("a script is not filled in: write `${}`", environment_name(name));
                return wrong(message, at);
            }
        }
        if text.contains('\0') { wrong("a script holds no NUL", 0) } else { Ok(Self::Script(text.to_owned())) }
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

    /// The program and its arguments, filled in. A script is the last argument of `sh -c`, or of `cmd /C` on Windows.
    ///
    /// # Errors
    /// A variable without a value; a value with NUL; a value that would begin the argument with `-` and so be taken
    /// for an option.
    pub fn words(&self, variables: &Variables) -> Result<Vec<OsString>, String> {
        match self {
            Self::Words(words) => words.iter().map(|word| word.filled(variables).map(OsString::from)).collect(),
            Self::Script(text) => {
                let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
                Ok(shell.into_iter().chain([text.as_str()]).map(OsString::from).collect())
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
    /// Nothing in the word is quoted.
    bare: bool,
    words: Vec<Word>,
}

impl Splitter<'_> {
    fn run(mut self) -> Result<Vec<Word>, Wrong> {
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                ' ' | '\t' | '\n' | '\r' => {
                    self.end_word()?;
                    self.at += 1;
                }
                '\'' | '"' => self.quoted(c)?,
                '\\' => self.escaped(|_| true)?,
                '`' => {
                    return wrong("no shell reads this: a backtick would be an argument; see `shell: true`", self.at);
                }
                '$' if self.text[self.at..].starts_with("$(") => {
                    return wrong("no shell reads this: `$(` would be an argument; see `shell: true`", self.at);
                }
                _ => self.character()?,
            }
        }
        self.end_word()?;
        Ok(self.words)
    }

    fn character(&mut self) -> Result<(), Wrong> {
        self.at += add(self.word.get_or_insert_default(), self.text, self.at, self.known)?;
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), Wrong> {
        let start = self.at;
        self.bare = false;
        self.word.get_or_insert_default();
        self.at += 1;
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                c if c == quote => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' if quote == '"' => self.escaped(|c| matches!(c, '"' | '\\' | '$' | '`'))?,
                _ => self.character()?,
            }
        }
        wrong(format!("the quote {quote} that opens here has no end"), start)
    }

    /// A backslash and what it takes the meaning of; elsewhere it stands for itself.
    fn escaped(&mut self, takes: impl Fn(char) -> bool) -> Result<(), Wrong> {
        self.bare = false;
        let Some(next) = self.text[self.at + 1..].chars().next() else {
            return wrong("the command ends in a backslash", self.at);
        };
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

    fn end_word(&mut self) -> Result<(), Wrong> {
        let bare = std::mem::replace(&mut self.bare, true);
        let Some(word) = self.word.take() else { return Ok(()) };
        let literal = word.literal().filter(|_| bare).unwrap_or_default();
        let stray = SHELL_WORDS.contains(&literal) || (literal.ends_with(';') && literal.len() > 1);
        if stray {
            let message =
                format!("no shell reads this: `{literal}` would be an argument; quote it, or see `shell: true`");
            return wrong(message, self.at - literal.len());
        }
        self.words.push(word);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
