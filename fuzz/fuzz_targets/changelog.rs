//! A hostile changelog of any format, told by its first byte: no panic, and no line that the file cannot have.

#![no_main]

use delivery_gate::internal::evidence::changelog::{Entry, Format, find, find_in_file_of};
use libfuzzer_sys::fuzz_target;

const FORMATS: [Format; 5] = [Format::Markdown, Format::ReStructuredText, Format::AsciiDoc, Format::Org, Format::Plain];

fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let format = FORMATS[usize::from(kind) % FORMATS.len()];
    let most = text.split('\n').count();
    let entries = [
        find(format, text, "1.2.3", &[]),
        find(format, text, "1.2.3", &["demo"]),
        find_in_file_of(format, text, "1.2.3"),
    ];
    for entry in &entries {
        if let Entry::Found { line }
        | Entry::Empty { line }
        | Entry::Unreleased { line, .. }
        | Entry::Mentioned { line } = entry
        {
            assert!((1..=most).contains(line));
        }
    }
});
