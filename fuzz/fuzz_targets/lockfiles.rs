//! A hostile lock file of any kind, told by its first byte: no panic, and no line that the file cannot have.

#![no_main]

use delivery_gate::evidence::advisories::lockfiles::parse;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 15] = [
    "Cargo.lock",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
    "requirements.txt",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "go.mod",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
];

fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let name = NAMES[usize::from(kind) % NAMES.len()];
    let module = text.split_once('\0').map(|(module, _)| module);
    if let Ok(locked) = parse(name, text, module) {
        // More than line feeds end a line of a requirements file.
        let most = text.len() + 1;
        assert!(locked.packages.iter().filter_map(|package| package.line).all(|line| (1..=most).contains(&line)));
    }
});
