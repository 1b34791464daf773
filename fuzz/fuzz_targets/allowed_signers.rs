//! A hostile `allowed_signers`: no panic, every faulty line has its place, and a key counts only where its line has it.

#![no_main]

use delivery_gate::internal::evidence::claims::{Moment, PublicKey, Signers, Standing};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMcFQmsqZrbZoi4EMwqbrnfwmEMN7kH0LO9idqo7MjSE";

fuzz_target!(|text: &str| {
    // `K` alone stands for a key, which nobody finds by chance.
    let text = text.replace('K', KEY);
    let Ok(signers) = Signers::read("signers", text.as_bytes()) else { return };
    for problem in signers.faulty() {
        assert!(problem.place.as_ref().is_some_and(|place| place.line >= 1 && place.column >= 1));
    }
    let key = PublicKey::of_line(KEY).expect("a key");
    let moments = [Moment { called: "now".to_owned(), at: jiff::Timestamp::UNIX_EPOCH }];
    if signers.judge(&key, "jane@example.com", &moments) == Standing::Holds {
        assert!(text.contains(KEY));
    }
});
