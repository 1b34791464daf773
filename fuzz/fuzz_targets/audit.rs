//! Hostile output of an auditor: no panic, and nothing that counts a vulnerability passes.

#![no_main]

use std::path::Path;

use delivery_gate::environment::Environment;
use delivery_gate::files::Root;
use delivery_gate::pipeline::{Job, Judgement, Options, Registry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(printed) = serde_json::from_str::<Options>(text) else { return };
    let registry = Registry::builtin();
    let Some(gate) = registry.get("dependency_security") else { return };
    let (root, environment, options) = (Root::new(Path::new(".")), Environment::of_process(), Options::new());
    let job = Job {
        id: "audit",
        framework: "default",
        options: &options,
        payload: None,
        root: &root.expect("a folder"),
        dir: Path::new(""),
        repository: None,
        environment: &environment,
        project_id: None,
        baseline: &|| Ok(None),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    if let Ok(evidence) = gate.interpret(&job, printed) {
        let good = matches!(gate.judge(&job, &evidence.metrics), Judgement::Pass(_));
        assert!(!good || evidence.metrics["cve_count"] == 0);
    }
});
