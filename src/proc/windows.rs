//! A tree of processes on Windows: a job object.

use std::io;
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};

use super::End;
use super::watch::Event;

/// How often it is asked whether the child has ended: what waits for one cannot be told to kill it.
const TICK: Duration = Duration::from_millis(5);

/// A child and what it starts.
pub(super) struct Tree {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    status: Arc<OnceLock<ExitStatus>>,
    kills: Sender<()>,
}

impl Tree {
    /// Starts the child, and tells when it has ended.
    pub(super) fn start(command: &mut Command, events: Sender<Event>) -> io::Result<Self> {
        let command = std::mem::replace(command, Command::new(""));
        let mut child = CommandWrap::from(command).wrap(JobObject).spawn()?;
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let (kills, ordered) = channel();
        let status = Arc::new(OnceLock::new());
        let shared = Arc::clone(&status);
        thread::Builder::new().spawn(move || guard(child, &ordered, &shared, &events))?;
        Ok(Self { stdout, stderr, status, kills })
    }

    /// The child's standard output and standard error.
    pub(super) fn streams(&mut self) -> io::Result<(ChildStdout, ChildStderr)> {
        let streams = self.stdout.take().zip(self.stderr.take());
        streams.ok_or_else(|| io::Error::other("it has no pipes"))
    }

    /// Ends the whole job: there is no polite request that a process without a window would get.
    pub(super) fn terminate(&self) {
        self.kill();
    }

    /// Kills what is left of the job.
    pub(super) fn kill(&self) {
        let _ = self.kills.send(());
    }

    /// Whether nothing of the job is left; to be asked after the child has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.status.get().is_some()
    }

    /// How the child ended; to be asked after it has.
    pub(super) fn status(&self) -> io::Result<ExitStatus> {
        self.status.get().copied().ok_or_else(|| io::Error::other("it has not ended"))
    }
}

/// Owns the child until nobody asks for it any more, and kills the job then.
fn guard(
    mut child: Box<dyn ChildWrapper>,
    kills: &Receiver<()>,
    status: &OnceLock<ExitStatus>,
    events: &Sender<Event>,
) {
    loop {
        let order = match status.get() {
            None => kills.recv_timeout(TICK),
            Some(_) => kills.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if order != Err(RecvTimeoutError::Timeout) {
            let _ = child.start_kill();
        }
        if order == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        if status.get().is_none()
            && let Ok(Some(ended)) = child.inner_mut().try_wait()
        {
            let _ = status.set(ended);
            let _ = events.send(Event::Ended);
        }
    }
}

/// An end that nobody forced.
pub(super) fn end_of(status: ExitStatus) -> End {
    End::Exit(status.code().unwrap_or(-1))
}
