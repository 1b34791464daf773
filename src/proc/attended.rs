//! A child that talks with the person at the terminal by itself: it has the gate's own streams, stays in the terminal's foreground
//! and takes the time that the person takes. Ctrl-C ends both.

use std::process::Stdio;

use super::{Command, prepare, reason};
use crate::system::environment::Environment;

/// Runs a command to its end, and says whether it succeeded. Its own words have been seen by then. The command's time limit
/// does not hold: a person sits before it.
///
/// # Errors
/// One line that says why the command could not be started or watched.
pub(crate) fn run_attended(command: &Command, environment: &Environment) -> Result<bool, String> {
    let mut prepared = prepare(command, environment)?;
    prepared.stdin(Stdio::inherit()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let status = prepared.status().map_err(|error| reason(&command.program, &error))?;
    Ok(status.success())
}
