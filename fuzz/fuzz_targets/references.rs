//! References in a hostile text: no panic, and no id outside the alphabet.

#![no_main]

use delivery_gate::internal::evidence::decision::extract;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for reference in extract(&[text]) {
        let id = reference.id();
        assert!(!id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')));
    }
});
