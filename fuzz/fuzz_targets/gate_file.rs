//! A hostile gate file: no panic, and either a gate or a problem.

#![no_main]

use delivery_gate::internal::gates::NAMES;
use delivery_gate::pipeline::{Pipeline, Registry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Pipeline::parse("gates.yaml", text, &Registry::builtin(), &NAMES) {
        Ok(pipeline) => assert!(!pipeline.gates.is_empty()),
        Err(problems) => assert!(!problems.is_empty()),
    }
});
