//! Commands in a temporary folder, and conditions that are waited for.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use delivery_gate::internal::proc::{Command, Finished, run};
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::Stop;
use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

/// What nothing here needs, unless the machine is in trouble.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Soon over.
pub(crate) const SHORT: Duration = Duration::from_millis(100);

/// A folder to run commands in.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Command {
        Command {
            program: program.into(),
            args: args.iter().map(Into::into).collect(),
            dir: self.folder.path().to_owned(),
            env: Vec::new(),
            timeout: LONG,
        }
    }

    pub(crate) fn script(&self, script: &str) -> Command {
        self.command("sh", &["-c", script])
    }

    /// The number that a script wrote into a file: `echo $! > name.new; mv name.new name`.
    pub(crate) fn pid(&self, name: &str) -> Pid {
        let text = fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        Pid::from_raw(text.trim().parse().expect("a number")).expect("a process")
    }
}

/// What a shell does to have its variables found by [`Place::pid`].
pub(crate) fn note(value: &str, name: &str) -> String {
    format!("echo {value} > {name}.new; mv {name}.new {name}")
}

pub(crate) fn finished(command: &Command) -> Finished {
    run(command, &Environment::of_process(), &Stop::new()).expect("it starts")
}

/// Runs a script until it has made some files, and stops it then.
pub(crate) fn stopped_after(place: &Place, files: &[&str], script: &str) -> Finished {
    let stop = Stop::new();
    thread::scope(|scope| {
        let run = scope.spawn(|| run(&place.script(script), &Environment::of_process(), &stop));
        for file in files {
            eventually(file, || place.path(file).exists());
        }
        stop.request();
        run.join().expect("no panic").expect("it starts")
    })
}

/// Waits until something holds, and fails when it does not within a minute.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// Whether a process has ended; one that nobody reaps has, too.
pub(crate) fn is_gone(pid: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let zombie = state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']));
    zombie || test_kill_process(pid).is_err()
}
