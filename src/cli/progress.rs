//! One line per running gate, on a terminal only.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::checks::Check;
use crate::engine::run::{Observer, Unrecorded};
use crate::model::Row;
use crate::model::escape::visible;

/// How often the elapsed time is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// The lines on standard error.
pub(super) struct Progress {
    lines: Option<MultiProgress>,
    running: Mutex<HashMap<String, ProgressBar>>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { lines: io::stderr().is_terminal().then(MultiProgress::new), running: Mutex::default() }
    }
}

impl Observer for Progress {
    fn began(&self, check: &dyn Check) {
        let Some(lines) = &self.lines else { return };
        let identity = check.identity();
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let bar = lines.add(ProgressBar::new_spinner());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(visible(&identity.title).into_owned());
        bar.enable_steady_tick(TICK);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(identity.id.into_owned(), bar);
    }

    fn ended(&self, _check: &dyn Check, row: &mut Row) -> Result<(), Unrecorded> {
        let bar = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&row.id);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        Ok(())
    }
}

/// What is waited for, on a terminal.
pub(super) struct Waiting(ProgressBar);

impl Waiting {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} waiting for CI ({elapsed}): {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn say(&self, missing: &str) {
        self.0.enable_steady_tick(TICK);
        self.0.set_message(visible(missing).into_owned());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
