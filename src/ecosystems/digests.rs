//! Digests as lock files write them. One that is cut off fixes nothing, and tools refuse it at best.

/// The letters of Base64, and hexadecimal digits: a lock file has some hundred thousand of them.
const BASE64: [bool; 256] = letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const HEXADECIMAL: [bool; 256] = letters(b"0123456789abcdefABCDEF");

const fn letters(of: &[u8]) -> [bool; 256] {
    let (mut found, mut at) = ([false; 256], 0);
    while at < of.len() {
        found[of[at] as usize] = true;
        at += 1;
    }
    found
}

/// Whether a text is a whole digest of so many bytes in Base64.
pub(crate) fn is_base64(text: &str, bytes: usize) -> bool {
    let letters = (bytes * 8).div_ceil(6);
    let Some((digest, fill)) = text.as_bytes().split_at_checked(letters) else { return false };
    let is_filled = fill.len() == letters.next_multiple_of(4) - letters && fill.iter().all(|byte| *byte == b'=');
    is_filled && digest.iter().all(|byte| BASE64[usize::from(*byte)])
}

/// Whether a text is a whole digest of so many bytes in hexadecimal digits.
pub(crate) fn is_hexadecimal(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| HEXADECIMAL[usize::from(byte)])
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
