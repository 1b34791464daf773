//! A hostile condition: no panic, a place within the text, and no answer about a metric that is not there.

#![no_main]

use delivery_gate::Metrics;
use delivery_gate::pipeline::Condition;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Condition::parse(text) {
        Ok(condition) => assert!(condition.evaluate(&Metrics::new()).is_err()),
        Err(error) => assert!(error.offset <= text.len()),
    }
});
