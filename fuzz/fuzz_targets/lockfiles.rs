//! A hostile lock file of any kind, told by its first byte: no panic, and no line that the file cannot have.

#![no_main]

use delivery_gate::internal::ecosystems::table;
use delivery_gate::internal::evidence::advisories::parse;
use libfuzzer_sys::fuzz_target;

/// A name of each lock file that is looked up; a pattern stands for one of its names.
fn name(kind: u8) -> String {
    let names: Vec<_> = table::names_looked_up().collect();
    names[usize::from(kind) % names.len()].replace('*', "-x")
}

fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let module = text.split_once('\0').map(|(module, _)| module);
    if let Ok(locked) = parse(&name(kind), text, module) {
        // More than line feeds end a line of a requirements file.
        let most = text.len() + 1;
        assert!(locked.packages.iter().filter_map(|package| package.line).all(|line| (1..=most).contains(&line)));
    }
});
