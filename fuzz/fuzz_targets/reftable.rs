//! A hostile table of a reftable: no panic, no memory without end, and never more references than bytes.

#![no_main]

use delivery_gate::internal::git::reftable::look_through;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The file as it is, and blocks between a header and a footer that is right, of both kinds of ids, with any index.
    let (version, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (index, rest) = rest.split_first_chunk::<2>().unwrap_or((&[0; 2], rest));
    let mut header = b"REFT".to_vec();
    header.push(1 + version % 2);
    header.extend([0, version / 2, 0]);
    header.extend([0; 16]);
    if version % 2 == 1 {
        header.extend(b"s256");
    }
    let mut footer = header.clone();
    footer.extend([0; 6]);
    footer.extend(index);
    footer.extend([0; 32]);
    footer.extend(crc32(&footer).to_be_bytes());
    let around = [header.as_slice(), rest, &footer].concat();
    for table in [bytes, &around] {
        assert!(look_through(table).is_none_or(|count| count < table.len()));
    }
});

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}
