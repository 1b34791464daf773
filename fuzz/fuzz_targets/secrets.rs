//! The scanner on hostile bytes: no panic, every place inside, and the same findings however the reads are cut.

#![no_main]

use std::io::Read;

use delivery_gate::internal::evidence::secrets::Buffer;
use delivery_gate::internal::evidence::secrets::{Baseline, Scan};
use libfuzzer_sys::fuzz_target;

/// Gives a few bytes at a time.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = into.len().min(self.1);
        self.0.read(&mut into[..count])
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (step, bytes) = input;
    let Ok(scan) = Scan::new(0.0, Baseline::default()) else { panic!("the rules") };
    let whole = scan.look("f", &mut &*bytes, &mut Buffer::default()).expect("bytes");
    let dripped = scan.look("f", &mut Dripping(bytes, usize::from(step) + 1), &mut Buffer::default()).expect("bytes");
    assert_eq!(whole, dripped);
    assert!(whole.findings.iter().all(|finding| finding.start < finding.end && finding.end <= bytes.len() as u64));
});
