//! What a child starts: it ends with the child, and cannot hold the gate.

use std::thread;

use delivery_gate::internal::proc::End;
use rustix::process::{Signal, kill_process};

use crate::common::{LONG, Place, SHORT, eventually, finished, is_gone, note, stopped_after};

#[test]
fn a_timeout_ends_the_whole_tree() {
    let place = Place::new();
    for script in ["sleep 1000 & sleep 1000 & wait", "while :; do /bin/true & /bin/true; done", "yes & yes >&2"] {
        let mut command = place.script(script);
        command.timeout = SHORT * 2;
        let run = finished(&command);
        // Whatever lived would have its output open.
        assert_eq!((run.end, run.lingering), (End::TimedOut, false), "{script}");
    }
}

#[test]
fn a_stop_ends_the_whole_tree() {
    let place = Place::new();
    let inner = format!("sleep 1000 >/dev/null 2>&1 & {}; wait", note("$!", "grandchild"));
    let middle = format!("sh -c '{inner}' & {}; wait", note("$!", "child"));
    assert_eq!(stopped_after(&place, &["grandchild", "child"], &middle).end, End::Interrupted);
    eventually("the grandchild is gone", || is_gone(place.pid("grandchild")));
    eventually("the child is gone", || is_gone(place.pid("child")));
}

#[test]
fn grandchildren_get_their_time_to_end_after_the_child_did() {
    let place = Place::new();
    let inner = "trap \"sleep 0.1; : > cleaned; exit\" TERM; : > ready; while :; do sleep 0.01; done";
    let script = format!("trap 'exit 0' TERM; sh -c '{inner}' >/dev/null 2>&1 & while :; do sleep 0.01; done");
    assert_eq!(stopped_after(&place, &["ready"], &script).end, End::Interrupted);
    assert!(place.path("cleaned").exists());
}

#[test]
fn a_tree_that_ignores_the_request_is_killed() {
    let place = Place::new();
    let inner = format!("trap \"\" TERM; {}; while :; do sleep 0.01; done", note("$$", "grandchild"));
    let run = stopped_after(&place, &["grandchild"], &format!("sh -c '{inner}' & wait"));
    assert_eq!((run.end, run.lingering), (End::Interrupted, false));
    eventually("the grandchild is gone", || is_gone(place.pid("grandchild")));
}

#[test]
fn what_keeps_the_pipe_after_the_end_is_killed_and_told() {
    let place = Place::new();
    let run = finished(&place.script(&format!("sleep 1000 & {}; echo done", note("$!", "grandchild"))));
    assert_eq!((run.end, run.stdout.text().as_ref(), run.lingering), (End::Exit(0), "done\n", true));
    assert!(run.took < LONG);
    eventually("the grandchild is gone", || is_gone(place.pid("grandchild")));
}

#[test]
fn what_floods_the_pipe_after_the_end_is_killed_and_told() {
    let run = finished(&Place::new().script("yes & exit 5"));
    assert_eq!((run.end, run.lingering), (End::Exit(5), true));
    assert!(run.took < LONG);
}

#[test]
fn what_is_left_without_a_pipe_is_killed_too() {
    let place = Place::new();
    let run = finished(&place.script(&format!("sleep 1000 >/dev/null 2>&1 & {}", note("$!", "grandchild"))));
    assert_eq!((run.end, run.lingering), (End::Exit(0), false));
    eventually("the grandchild is gone", || is_gone(place.pid("grandchild")));
}

#[test]
fn what_finishes_the_output_a_moment_later_is_heard() {
    let run = finished(&Place::new().script("(sleep 0.01; echo later) & echo now"));
    assert_eq!((run.end, run.stdout.whole(), run.lingering), (End::Exit(0), Some(b"now\nlater\n".as_slice()), false));
}

#[test]
fn a_session_of_its_own_cannot_hold_the_gate() {
    let place = Place::new();
    let script = format!("setsid sh -c '{}; exec sleep 1000' & ", note("$$", "own"));
    let waits = "until test -e own; do sleep 0.01; done; echo done";
    let run = finished(&place.script(&(script.clone() + waits)));
    assert_eq!((run.end, run.stdout.text().as_ref(), run.lingering), (End::Exit(0), "done\n", true));
    assert!(run.took < LONG && !is_gone(place.pid("own")));
    kill_process(place.pid("own"), Signal::KILL).expect("it was there");

    let place = Place::new();
    let run = stopped_after(&place, &["own"], &(script + "exec sleep 1000"));
    assert_eq!((run.end, run.lingering), (End::Interrupted, true));
    assert!(run.took < LONG && !is_gone(place.pid("own")));
    kill_process(place.pid("own"), Signal::KILL).expect("it was there");
}

#[test]
fn sixty_four_run_at_once() {
    let place = Place::new();
    let all = "until test $(ls here.* | wc -l) -eq 64; do sleep 0.05; done";
    thread::scope(|scope| {
        let start = |i: i32| {
            let command = place.script(&format!(": > here.{i}; {all}; echo {i}; exit {i}"));
            scope.spawn(move || finished(&command))
        };
        let runs: Vec<_> = (0..64).map(start).collect();
        for (i, run) in runs.into_iter().enumerate() {
            let run = run.join().expect("no panic");
            assert_eq!((run.end, run.lingering), (End::Exit(i as i32), false));
            assert_eq!(run.stdout.text(), format!("{i}\n"));
        }
    });
}
