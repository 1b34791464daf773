//! A hostile signature: no panic, and none that holds for one message holds for another, or in git's namespace.

#![no_main]

use delivery_gate::internal::evidence::claims::{NAMESPACE, SshSig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The armour as it is, and around the bytes as they are.
    let lines: Vec<String> = text.as_bytes().chunks(48).map(base64).collect();
    let around = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"));
    for armour in [text, &around] {
        let Ok(signature) = SshSig::read(armour) else { continue };
        assert!(signature.key.fingerprint().starts_with("SHA256:"));
        if signature.verify(NAMESPACE, b"one message").is_ok() {
            assert!(signature.verify(NAMESPACE, b"another").is_err());
            assert!(signature.verify("git", b"one message").is_err());
        }
    }
});

/// Padded, so that only the last line may end in `=`.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let digit = |at: usize| match at <= three.len() {
            true => DIGITS[(number >> (18 - 6 * at) & 63) as usize] as char,
            false => '=',
        };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
