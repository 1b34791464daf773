//! One line per running gate, on a terminal only.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::engine::runner::Watcher;
use crate::gates::GateSpec;
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

impl Watcher for Progress {
    fn began(&self, gate: &GateSpec) {
        let Some(lines) = &self.lines else { return };
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let bar = lines.add(ProgressBar::new_spinner());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(visible(&gate.name).into_owned());
        bar.enable_steady_tick(TICK);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(gate.id.clone(), bar);
    }

    fn ended(&self, gate: &GateSpec) {
        let bar = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&gate.id);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}
