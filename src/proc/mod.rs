//! Child processes, bounded in time and memory: started directly, in a tree of their own that ends with them.
//!
//! A child is the leader of a new process group (Unix) or the first process of a new job object (Windows). When it has
//! ended, what it left in there is killed: nothing goes on changing the project after the verdict. What moved to a
//! session of its own is out of reach on Unix, but cannot hold the gate.

mod attended;
mod capture;
mod lookup;
mod secrets;
mod stop;
#[cfg(unix)]
mod unix;
mod variables;
mod watch;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub(crate) use attended::run_attended;
pub(crate) use capture::Captured;
pub use capture::KEPT;
pub(crate) use lookup::NOT_ON_PATH;
pub use secrets::{Secrets, masked};
pub use stop::Stop;

use crate::model::escape::visible;
use crate::system::environment::Environment;
use capture::Stream;
#[cfg(unix)]
use unix::{Tree, end_of};
use watch::Watch;
#[cfg(windows)]
use windows::{Tree, end_of};

/// Between the polite request to end and the kill.
const POLITE: Duration = Duration::from_secs(2);

/// How long output may stay open after the child ended by itself: what reads a pipe of the child's, such as a `tee`,
/// ends a moment later.
const GRACE: Duration = Duration::from_secs(1);

/// How long output may stay open after everything in reach was killed.
const HELD: Duration = Duration::from_millis(250);

/// How long a killed process may take to end; one that waits for a dead disk does not.
const KILLED: Duration = Duration::from_secs(5);

/// How often it is asked whether the rest of a group has gone, which no event tells. Only after a request to end.
const ASK: Duration = Duration::from_millis(20);

/// What to run.
#[derive(Debug, Clone)]
pub struct Command {
    /// A name to be found on the child's PATH, or a path; a relative path starts at `dir`.
    pub program: OsString,
    /// The arguments; no shell looks at them.
    pub args: Vec<OsString>,
    /// The working directory.
    pub dir: PathBuf,
    /// Added to the environment that the child inherits, or replacing what is there.
    pub env: Vec<(String, String)>,
    /// After which the whole tree is ended.
    pub timeout: Duration,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub struct Finished {
    /// How the process itself ended.
    pub end: End,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// From before the start until nothing of it was waited for any more.
    pub took: Duration,
    /// Whether something that it had started still held its output open when it had ended, or after the kill: what was
    /// captured may miss the end of what that something had to say.
    pub lingering: bool,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exit(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// We ended it: its time was over.
    TimedOut,
    /// We ended it, or did not start it: a [`Stop`] was requested.
    Interrupted,
}

/// Runs a command to its end: standard input is empty, both outputs are read at once.
///
/// The child's environment is `environment` without `DECERN_*` and `*_TOKEN`, plus the command's own variables.
///
/// # Errors
/// One line that says why the command could not be started or watched.
pub fn run(command: &Command, environment: &Environment, stop: &Stop) -> Result<Finished, String> {
    let begun = Instant::now();
    if stop.is_requested() {
        return Ok(Finished {
            end: End::Interrupted,
            stdout: Captured::default(),
            stderr: Captured::default(),
            took: begun.elapsed(),
            lingering: false,
        });
    }
    let mut prepared = prepare(command, environment)?;
    let (events, received) = mpsc::channel();
    let _listening = stop.listen(events.clone());
    let failed = |e: io::Error| reason(&command.program, &e);
    let mut tree = Tree::start(&mut prepared, events.clone()).map_err(failed)?;
    let (stdout, stderr) = tree.streams().map_err(failed)?;
    let stdout = Stream::read(stdout, events.clone()).map_err(failed)?;
    let stderr = Stream::read(stderr, events).map_err(failed)?;
    let (end, lingering) = attend(&mut tree, &mut Watch::new(received), begun.checked_add(command.timeout));
    let end = match end {
        Some(end) => end,
        None => end_of(tree.status().map_err(|e| format!("how {} ended is not known: {e}", shown(&command.program)))?),
    };
    Ok(Finished { end, stdout: stdout.take(), stderr: stderr.take(), took: begun.elapsed(), lingering })
}

/// Waits until the tree has ended, or ends it. Nothing is said about the end of a process that ended by itself.
fn attend(tree: &mut Tree, watch: &mut Watch, deadline: Option<Instant>) -> (Option<End>, bool) {
    watch.until(deadline, |seen| seen.ended || seen.stopped);
    if watch.ended {
        watch.within(GRACE, |seen| seen.closed() || seen.stopped);
        let lingering = !watch.closed();
        tree.kill();
        watch.within(HELD, Watch::closed);
        return (None, lingering);
    }
    let end = if watch.stopped { End::Interrupted } else { End::TimedOut };
    end_politely(tree, watch);
    tree.kill();
    watch.within(KILLED, |seen| seen.ended);
    watch.within(HELD, Watch::closed);
    (Some(end), !watch.closed())
}

/// Asks the tree to end, and waits until all of it has, or for [`POLITE`].
fn end_politely(tree: &mut Tree, watch: &mut Watch) {
    let deadline = Instant::now() + POLITE;
    tree.terminate();
    watch.until(Some(deadline), |seen| seen.ended);
    while watch.ended && !tree.is_gone() && Instant::now() < deadline {
        watch.within(ASK, |_| false);
    }
}

fn prepare(command: &Command, environment: &Environment) -> Result<std::process::Command, String> {
    let dir = std::path::absolute(&command.dir).map_err(|e| format!("the working directory: {e}"))?;
    if !dir.is_dir() {
        return Err(format!("the working directory {} is not there", shown(command.dir.as_os_str())));
    }
    let variables = variables::of_child(&command.env, environment)?;
    let program = lookup::program(&command.program, &dir, variables::path(&variables))?;
    let mut prepared = std::process::Command::new(program);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut prepared, &command.program);
    prepared.args(&command.args).current_dir(dir).env_clear().envs(variables);
    prepared.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(prepared)
}

/// Why a program that is there did not start.
fn reason(program: &OsStr, e: &io::Error) -> String {
    let program = shown(program);
    match e.kind() {
        io::ErrorKind::NotFound => format!("{program} could not be started: the interpreter that it names is missing"),
        _ => format!("{program} could not be started: {e}"),
    }
}

/// A name for one line of a message.
fn shown(name: &OsStr) -> String {
    visible(&name.to_string_lossy()).into_owned()
}
