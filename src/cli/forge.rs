//! The flags by which a forge is asked what its CI came to.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use jiff::SignedDuration;

use super::progress::Waiting;
use crate::checks::context::{AskForge, Progress};
use crate::config::ci::ForgeKind;
use crate::evidence::forge::place::{Said, sound};

/// The word for the forge that is around.
const AUTO: &str = "auto";

/// The longest wait, in hours.
const WAIT_LIMIT: i64 = 24;

/// Which forge is asked, and how.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Forge {
    /// Ask the forge what CI came to for the commit: github, gitlab, gitea, bitbucket or auto
    #[arg(long, value_name = "FORGE", value_parser = NonEmptyStringValueParser::new().try_map(|word| kind(&word)))]
    ci: Option<Word>,
    /// Wait so long for what is not over, e.g. 45m
    #[arg(long, value_name = "TIME", value_parser = NonEmptyStringValueParser::new().try_map(|text| wait(&text)))]
    ci_wait: Option<Duration>,
    /// The API of a forge of your own [default: $DELIVERY_GATE_CI_URL, else the CI system's]
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    ci_url: Option<String>,
    /// OWNER/NAME there [default: the CI system's, else the remote's]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new().try_map(|project| sound(&project)))]
    ci_project: Option<String>,
}

/// A forge by its word; none is `auto`.
#[derive(Debug, Clone, Copy)]
struct Word(Option<ForgeKind>);

fn kind(word: &str) -> Result<Word, String> {
    let words = ForgeKind::ALL.iter().map(|(word, _)| *word);
    match ForgeKind::of_word(word) {
        Some(kind) => Ok(Word(Some(kind))),
        None if word == AUTO => Ok(Word(None)),
        None => Err(crate::model::nearest::suggestion(word, words.chain([AUTO]))),
    }
}

fn wait(text: &str) -> Result<Duration, String> {
    let wait = text.parse::<SignedDuration>().ok().filter(|wait| *wait <= SignedDuration::from_hours(WAIT_LIMIT));
    let wait = wait.and_then(|wait| Duration::try_from(wait).ok()).filter(|wait| !wait.is_zero());
    wait.ok_or_else(|| format!("write it as 90s, 45m or 1h30m, {WAIT_LIMIT} hours at most"))
}

impl Forge {
    /// What the caller says.
    pub(super) fn ask(&self) -> AskForge {
        AskForge {
            is_asked: self.ci.is_some(),
            said: Said {
                kind: self.ci.and_then(|Word(kind)| kind),
                url: self.ci_url.clone(),
                project: self.ci_project.clone(),
            },
            wait: self.ci_wait,
            progress: Some(progress()),
        }
    }

    /// The same for whoever came to ask.
    pub(super) fn ask_always(&self) -> AskForge {
        AskForge { is_asked: true, ..self.ask() }
    }
}

/// What is waited for: one line that is drawn anew on a terminal; elsewhere a line each time that it changes.
fn progress() -> Progress {
    if io::stderr().is_terminal() {
        let line = Waiting::new();
        return Arc::new(move |missing| line.say(missing));
    }
    let last = Mutex::new(String::new());
    Arc::new(move |missing| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != missing {
            missing.clone_into(&mut last);
            // A log that is gone is no reason to stop.
            let _ = writeln!(io::stderr(), "waiting for CI: {missing}");
        }
    })
}
