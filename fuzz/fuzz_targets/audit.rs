//! Hostile output of an auditor: no panic, and nothing that counts a vulnerability passes.

#![no_main]

use std::path::Path;

use delivery_gate::World;
use delivery_gate::internal::system::Environment;
use delivery_gate::pipeline::{Job, Judgement, Registry};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let Ok(printed) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let registry = Registry::builtin();
    let Some(kind) = registry.get("dependency_security") else { return };
    let gate = kind.gate(Map::new()).expect("a gate without options");
    let world = World::open(Path::new("."), None, Environment::of_process(), jiff::Timestamp::UNIX_EPOCH);
    let job = Job {
        id: "audit",
        framework: "default",
        payload: None,
        world: &world.expect("a folder"),
        project_id: None,
        baseline: &|| Ok(Default::default()),
    };
    if let Ok(evidence) = gate.interpret(&job, printed) {
        let good = matches!(gate.judge(&job, &evidence.metrics), Judgement::Pass(_));
        assert!(!good || evidence.metrics["cve_count"] == 0);
    }
});
