//! What a run left behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a killed process may take to leave.
const LEAVING: Duration = Duration::from_secs(10);

/// Waits until no more than so many processes work in a folder, ends those, and returns how many there were.
pub(crate) fn ended_in(folder: &Path, allowed: usize) -> usize {
    let folder = folder.canonicalize().expect("a folder");
    let deadline = Instant::now() + LEAVING;
    let mut found = working_in(&folder);
    while found.len() > allowed && Instant::now() < deadline {
        std::thread::yield_now();
        found = working_in(&folder);
    }
    for pid in &found {
        let _ = kill_process(*pid, Signal::KILL);
    }
    found.len()
}

/// Those whose working directory is the folder or below; one that has ended has none.
pub(crate) fn working_in(folder: &Path) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").expect("a list of processes");
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let here = |number: &i32| fs::read_link(format!("/proc/{number}/cwd")).is_ok_and(|dir| dir.starts_with(folder));
    numbers.filter(here).filter_map(Pid::from_raw).collect()
}
