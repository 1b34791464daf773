//! A hostile advisory, JSON or YAML: no panic, and one without a time is none.

#![no_main]

use delivery_gate::internal::evidence::advisories::look_up_in;
use delivery_gate::internal::evidence::advisories::{Ecosystem, Package, Wanted};
use libfuzzer_sys::fuzz_target;

fn wanted() -> Wanted {
    let versions = ["1.0.0", "2.0.0-rc.1", "1!2.0.post1+local", "v1.0.x-dev", "latest"];
    let named = |ecosystem, version: &str| Package {
        ecosystem,
        name: "a".to_owned(),
        version: version.to_owned(),
        path: "x".to_owned(),
        line: None,
    };
    let all = Ecosystem::ALL.into_iter().flat_map(|ecosystem| versions.map(|version| named(ecosystem, version)));
    Wanted::of(&all.collect::<Vec<_>>())
}

fuzz_target!(|bytes: &[u8]| {
    for name in ["a.json", "a.yaml"] {
        if let Ok(found) = look_up_in(name, bytes, &wanted()) {
            assert!(found.modified.is_some());
        }
    }
});
