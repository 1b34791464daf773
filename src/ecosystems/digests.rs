//! Digests as lock files write them. One that is cut off fixes nothing, and tools refuse it at best.

/// Whether a text is a whole digest of so many bytes in Base64.
pub(crate) fn is_base64(text: &str, bytes: usize) -> bool {
    let letters = (bytes * 8).div_ceil(6);
    let Some((digest, fill)) = text.split_at_checked(letters) else { return false };
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    digest.bytes().all(is_letter) && fill == "=".repeat(letters.next_multiple_of(4) - letters)
}

/// Whether a text is a whole digest of so many bytes in hexadecimal digits.
pub(crate) fn is_hexadecimal(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_whole_or_none() {
        for (bytes, letters, fill) in [(32, 43, "="), (48, 64, ""), (64, 86, "==")] {
            let digest = "A".repeat(letters);
            assert!(is_base64(&format!("{digest}{fill}"), bytes), "{bytes}");
            for other in [format!("A{digest}{fill}"), format!("{digest}{fill}="), "=".repeat(letters + fill.len())] {
                assert!(!is_base64(&other, bytes), "{other}");
            }
            assert!(!is_base64(&digest[1..], bytes) && !is_base64("", bytes) && !is_base64("ää", bytes));
        }
        assert!(is_hexadecimal(&"aF".repeat(32), 32));
        assert!(!is_hexadecimal(&"a".repeat(63), 32) && !is_hexadecimal(&"g".repeat(64), 32));
    }
}
