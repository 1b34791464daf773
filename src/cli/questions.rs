//! Asking the person at the terminal. Enter takes the default; the end of input ends the run.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Stderr, Stdin, Write};

use crate::model::escape::visible;
use crate::model::failure::{Failure, FailureKind};

/// The longest answer, in bytes.
const ANSWER_LIMIT: u64 = 16 << 10;

/// Questions are written to one place and answers read from another.
pub(super) struct Questions<R, W> {
    from: R,
    to: W,
}

impl Questions<BufReader<Stdin>, Stderr> {
    /// The terminal, when a person sits at one.
    pub(super) fn at_terminal() -> Option<Self> {
        let (from, to) = (io::stdin(), io::stderr());
        let terminal = from.is_terminal() && to.is_terminal();
        terminal.then(|| Self { from: BufReader::new(from), to })
    }
}

impl<R: BufRead, W: Write> Questions<R, W> {
    /// Asks once. An empty answer is the default.
    ///
    /// # Errors
    /// There is nobody to answer any more.
    pub(super) fn ask(&mut self, question: &str, default: &str) -> Result<String, Failure> {
        let hint = if default.is_empty() { String::new() } else { format!(" [{}]", visible(default)) };
        let mut answer = Vec::new();
        let asked = write!(self.to, "{question}{hint}: ").and_then(|()| self.to.flush());
        let read = asked.and_then(|()| (&mut self.from).take(ANSWER_LIMIT).read_until(b'\n', &mut answer));
        match read {
            Ok(_) if answer.ends_with(b"\n") => {}
            Ok(_) => return Err(stopped("the input ended")),
            Err(error) => return Err(stopped(&error.to_string())),
        }
        let answer = String::from_utf8(answer).map_err(|_| stopped("the answer is not UTF-8"))?;
        let answer = answer.trim();
        Ok(if answer.is_empty() { default.to_owned() } else { answer.to_owned() })
    }

    /// Asks until the answer is understood; `understand` says what is wrong with one that is not.
    ///
    /// # Errors
    /// There is nobody to answer any more.
    pub(super) fn ask_for<T>(
        &mut self,
        question: &str,
        default: &str,
        understand: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        loop {
            match understand(&self.ask(question, default)?) {
                Ok(value) => return Ok(value),
                Err(why) => self.say(&format!("  {why}"))?,
            }
        }
    }

    /// A line of text.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn say(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.to, "{}", visible(line)).map_err(|error| stopped(&error.to_string()))
    }

    /// Several lines of text.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn say_all(&mut self, text: &str) -> Result<(), Failure> {
        text.lines().try_for_each(|line| self.say(line))
    }
}

fn stopped(why: &str) -> Failure {
    Failure::new(FailureKind::Interrupted, format!("stopped: {why}; nothing was written"))
}

/// `y` or `n`, in any of their spellings.
pub(super) fn yes_or_no(answer: &str) -> Result<bool, String> {
    match answer.to_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("answer y or n".to_owned()),
    }
}
