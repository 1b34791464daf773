//! The status of a hostile record: no panic, and no acceptance without the word.

#![no_main]

use delivery_gate::internal::evidence::decision::accepted_at;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if accepted_at(text).is_ok() {
        let lower = text.to_lowercase();
        assert!(lower.contains("accepted") || lower.contains("approved"));
    }
});
