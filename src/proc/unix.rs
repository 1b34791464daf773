//! A tree of processes on Unix: a process group.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process_group, waitid};

use super::End;
use super::watch::Event;

const WAITER_STACK: usize = 1 << 16;

/// Where pipes are made inheritable for a moment, another start would pass ours on.
static STARTING: Mutex<()> = Mutex::new(());

/// A child that leads a group, and the group.
pub(super) struct Tree {
    child: Child,
    group: Pid,
    status: Option<ExitStatus>,
}

impl Tree {
    /// Starts the child, and tells when it has ended.
    pub(super) fn start(command: &mut Command, events: Sender<Event>) -> io::Result<Self> {
        command.process_group(0);
        let alone = cfg!(target_vendor = "apple").then(|| STARTING.lock().unwrap_or_else(PoisonError::into_inner));
        let child = command.spawn()?;
        drop(alone);
        let group = Pid::from_child(&child);
        let tree = Self { child, group, status: None };
        thread::Builder::new().stack_size(WAITER_STACK).spawn(move || wait(group, &events))?;
        Ok(tree)
    }

    /// The child's standard output and standard error.
    pub(super) fn streams(&mut self) -> io::Result<(ChildStdout, ChildStderr)> {
        let streams = self.child.stdout.take().zip(self.child.stderr.take());
        streams.ok_or_else(|| io::Error::other("it has no pipes"))
    }

    /// Asks the whole group to end.
    pub(super) fn terminate(&self) {
        let _ = kill_process_group(self.group, Signal::TERM);
    }

    /// Kills what is left of the group.
    pub(super) fn kill(&self) {
        if self.status.is_none() || self.is_there() {
            let _ = kill_process_group(self.group, Signal::KILL);
        }
    }

    /// Whether nothing of the group is left; to be asked after the child has ended.
    pub(super) fn is_gone(&mut self) -> bool {
        self.status().is_err() || !self.is_there() || !lives(self.group)
    }

    /// How the child ended; to be asked after it has.
    pub(super) fn status(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait()?;
        self.status = Some(status);
        Ok(status)
    }

    fn is_there(&self) -> bool {
        test_kill_process_group(self.group) != Err(rustix::io::Errno::SRCH)
    }
}

impl Drop for Tree {
    /// Nothing is left running by a run that failed half-way.
    fn drop(&mut self) {
        if self.status.is_none() {
            self.kill();
            let _ = self.child.try_wait();
        }
    }
}

/// Waits for the end of the child and leaves it unreaped: until the group was killed, its number may not be given to
/// another one.
fn wait(child: Pid, events: &Sender<Event>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(child), options));
    let _ = events.send(Event::Ended);
}

/// Whether a group is more than orphans that have ended: the first process of many containers never reaps them.
#[cfg(target_os = "linux")]
fn lives(group: Pid) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return true;
    };
    let numbers = processes
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit));
    let group = group.as_raw_nonzero().to_string();
    numbers.flat_map(|entry| std::fs::read(entry.path().join("stat"))).any(|stat| is_of_group(&stat, &group))
}

#[cfg(not(target_os = "linux"))]
fn lives(_: Pid) -> bool {
    true
}

/// Whether the text of `/proc/…/stat` is that of a process of a group that has not ended. The name in it may hold
/// anything, so it is read from its last parenthesis: `12 (name) S 1 12 …`, with the parent and the group.
#[cfg(target_os = "linux")]
fn is_of_group(stat: &[u8], group: &str) -> bool {
    let stat = String::from_utf8_lossy(stat);
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    let ended = matches!(fields.next(), None | Some("Z" | "X" | "x"));
    !ended && fields.nth(1) == Some(group)
}

/// An end that nobody forced.
pub(super) fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code),
        (None, signal) => End::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_a_group_is_told_by_its_state() {
        let cases = [
            ("12 (sh) S 1 40 12 0 -1", true),
            ("12 (a) Z 1 40 (b) S 1 40 12 0 -1", true),
            ("12 (sh) Z 1 40 12 0 -1", false),
            ("12 (sh) S 40 12 40 0 -1", false),
            ("12 (40) S 1 4 40 0 -1", false),
            ("", false),
        ];
        for (stat, expected) in cases {
            assert_eq!(is_of_group(stat.as_bytes(), "40"), expected, "{stat}");
        }
    }
}
