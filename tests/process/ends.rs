//! How a process ends, and what is known of it then.

use std::thread;

use delivery_gate::internal::proc::{End, run};
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::Stop;
use rustix::process::{Signal, getpid, kill_process};

use crate::common::{LONG, Place, SHORT, eventually, finished, is_gone, note, stopped_after};

#[test]
fn exit_codes_and_signals_are_told_apart() {
    let place = Place::new();
    let cases = [
        ("exit 0", End::Exit(0)),
        ("exit 3", End::Exit(3)),
        ("exit 255", End::Exit(255)),
        ("exit 137", End::Exit(137)),
        ("kill -KILL $$", End::Signal(9)),
        ("kill -TERM $$", End::Signal(15)),
        ("ulimit -c 0; kill -SEGV $$", End::Signal(11)),
    ];
    for (script, end) in cases {
        assert_eq!(finished(&place.script(script)).end, end, "{script}");
    }
}

#[test]
fn both_outputs_are_kept_apart_and_whole() {
    let run = finished(&Place::new().script("echo out; echo err >&2; printf more"));
    assert_eq!(run.stdout.whole(), Some(b"out\nmore".as_slice()));
    assert_eq!(run.stderr.text(), "err\n");
    assert!(!run.lingering);
}

#[test]
fn standard_input_is_empty() {
    let mut command = Place::new().command("cat", &[]);
    command.dir = "/".into();
    let run = finished(&command);
    assert_eq!((run.end, run.stdout.total()), (End::Exit(0), 0));
}

#[test]
fn a_timeout_ends_what_would_go_on() {
    let place = Place::new();
    for script in ["exec sleep 1000", "sleep 1000", "kill -STOP $$"] {
        let mut command = place.script(script);
        command.timeout = SHORT;
        let run = finished(&command);
        assert_eq!((run.end, run.lingering), (End::TimedOut, false), "{script}");
        assert!(run.took >= SHORT && run.took < LONG, "{script}: {:?}", run.took);
    }
}

#[test]
fn a_process_is_asked_politely_first() {
    let script = "trap 'echo bye; exit 7' TERM; echo hello; : > ready; while :; do sleep 0.01; done";
    let run = stopped_after(&Place::new(), &["ready"], script);
    assert_eq!((run.end, run.stdout.text().as_ref()), (End::Interrupted, "hello\nbye\n"));
}

#[test]
fn what_ignores_the_request_is_killed() {
    let place = Place::new();
    let script = format!("trap '' TERM; {}; while :; do sleep 0.01; done", note("$$", "pid"));
    let run = stopped_after(&place, &["pid"], &script);
    assert_eq!((run.end, run.lingering), (End::Interrupted, false));
    assert!(run.took < LONG && is_gone(place.pid("pid")));
}

#[test]
fn closing_its_outputs_is_not_the_end() {
    let place = Place::new();
    let run = finished(&place.script("echo said; exec >&- 2>&-; sleep 0.2; : > late; exit 4"));
    assert_eq!((run.end, run.stdout.text().as_ref()), (End::Exit(4), "said\n"));
    assert!(place.path("late").exists());
    let mut command = place.script("exec >&- 2>&-; exec sleep 1000");
    command.timeout = SHORT;
    assert_eq!(finished(&command).end, End::TimedOut);
}

#[test]
fn a_stop_from_another_thread_ends_every_run() {
    let place = Place::new();
    let stop = Stop::new();
    let ready = |i: u32| place.path(&format!("pid{i}"));
    thread::scope(|scope| {
        let start = |i: u32| {
            let command = place.script(&format!("{}; exec sleep 1000", note("$$", &format!("pid{i}"))));
            let stop = stop.clone();
            scope.spawn(move || run(&command, &Environment::of_process(), &stop))
        };
        let runs: Vec<_> = (0..4).map(start).collect();
        eventually("all run", || (0..4).all(|i| ready(i).exists()));
        stop.request();
        for run in runs {
            let run = run.join().expect("no panic").expect("it started");
            assert_eq!(run.end, End::Interrupted);
            assert!(run.took < LONG);
        }
    });
    assert!((0..4).all(|i| is_gone(place.pid(&format!("pid{i}")))));
}

#[test]
fn after_a_stop_nothing_is_started() {
    let place = Place::new();
    let stop = Stop::new();
    stop.request();
    let run = run(&place.script(": > started"), &Environment::of_process(), &stop).expect("an answer");
    assert_eq!(run.end, End::Interrupted);
    assert!(!place.path("started").exists());
}

#[test]
fn ctrl_c_is_a_stop() {
    let place = Place::new();
    let stop = Stop::on_ctrl_c().expect("a handler");
    let same = Stop::on_ctrl_c().expect("the same handler");
    let command = place.script(&format!("{}; exec sleep 1000", note("$$", "pid")));
    thread::scope(|scope| {
        let run = scope.spawn(|| run(&command, &Environment::of_process(), &stop));
        eventually("it runs", || place.path("pid").exists());
        assert!(!same.is_requested());
        kill_process(getpid(), Signal::INT).expect("a signal to ourselves");
        assert_eq!(run.join().expect("no panic").expect("it started").end, End::Interrupted);
    });
    assert!(same.is_requested() && is_gone(place.pid("pid")));
}
