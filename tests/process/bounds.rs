//! Output of any size and any bytes.

use delivery_gate::internal::proc::{End, KEPT};

use crate::common::{Place, finished};

#[test]
fn a_gigabyte_on_each_output_is_counted_and_bounded() {
    let place = Place::new();
    let script = "echo first; head -c 1000000000 /dev/zero & head -c 1000000000 /dev/zero >&2; wait; echo last";
    let run = finished(&place.script(script));
    assert_eq!((run.end, run.lingering), (End::Exit(0), false));
    assert_eq!((run.stdout.total(), run.stderr.total()), (1_000_000_011, 1_000_000_000));
    for stream in [&run.stdout, &run.stderr] {
        assert_eq!((stream.whole(), stream.total() - stream.left_out()), (None, KEPT as u64));
        assert!(stream.bytes().len() < KEPT + 100);
    }
    assert!(run.stdout.bytes().starts_with(b"first\n\0") && run.stdout.bytes().ends_with(b"\0last\n"));
    let high_water = memory_high_water();
    assert!(high_water < 256 << 10, "{high_water} KiB");
}

/// The most memory that this process ever had, in KiB; 0 where nobody says.
fn memory_high_water() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().expect("a number"))
}

#[test]
fn a_part_is_never_taken_for_the_whole() {
    let place = Place::new();
    let full = finished(&place.command("head", &["-c", &KEPT.to_string(), "/dev/zero"]));
    assert_eq!(full.stdout.whole().map(<[u8]>::len), Some(KEPT));
    let over = finished(&place.command("head", &["-c", &(KEPT + 1).to_string(), "/dev/zero"]));
    assert_eq!((over.stdout.whole(), over.stdout.left_out()), (None, 1));
    assert!(over.stdout.text().contains("\n[… 1 bytes left out …]\n"));
}

#[test]
fn binary_output_is_kept_as_it_is() {
    let run = finished(&Place::new().script(r"printf 'a\0\377\376\n\200'; printf '\303' >&2"));
    assert_eq!(run.stdout.whole(), Some(b"a\0\xff\xfe\n\x80".as_slice()));
    assert_eq!(run.stdout.text(), "a\0\u{fffd}\u{fffd}\n\u{fffd}");
    assert_eq!(run.stderr.text(), "\u{fffd}");
}
