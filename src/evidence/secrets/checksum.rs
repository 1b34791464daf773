//! Formats that carry a checksum, or something as good as one.

use crate::structured::json;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// How many characters GitHub's and npm's checksum has.
const SUFFIX: usize = 6;

/// Whether the last six characters are the CRC-32 of what lies between the prefix and them, in base 62.
#[must_use]
pub(crate) fn github(token: &[u8]) -> bool {
    let body = token.iter().position(|byte| *byte == b'_').and_then(|at| token.get(at + 1..)).unwrap_or_default();
    let Some(at) = body.len().checked_sub(SUFFIX) else { return false };
    let (random, suffix) = body.split_at(at);
    base62(crc32fast::hash(random)) == suffix
}

fn base62(mut number: u32) -> [u8; SUFFIX] {
    let mut digits = [b'0'; SUFFIX];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// Whether a text is valid Bech32 (BIP 173), all in one case.
#[must_use]
pub(crate) fn bech32(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(split) = lower.iter().rposition(|byte| *byte == b'1') else { return false };
    let (human, data) = (&lower[..split], &lower[split + 1..]);
    let values: Option<Vec<_>> = data.iter().map(|c| BECH32.iter().position(|known| known == c)).collect();
    let Some(values) = values else { return false };
    let high = human.iter().map(|byte| usize::from(byte >> 5));
    let low = human.iter().map(|byte| usize::from(byte & 31));
    high.chain([0]).chain(low).chain(values).fold(1, polymod) == 1
}

fn polymod(checksum: usize, value: usize) -> usize {
    const GENERATOR: [usize; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = checksum >> 25;
    let next = ((checksum & 0x01ff_ffff) << 5) ^ value;
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |next, (_, g)| next ^ g)
}

/// Whether the first part of a JSON web token is a JSON object that names its algorithm, and not `none`.
#[must_use]
pub(crate) fn jwt(token: &[u8]) -> bool {
    let header = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    let header = base64(header).and_then(|bytes| json::parse(&bytes).ok());
    header.is_some_and(|header| header.get("alg").and_then(serde_json::Value::as_str).is_some_and(|alg| alg != "none"))
}

/// The same, where the whole token was encoded once more.
#[must_use]
pub(crate) fn jwt64(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    base64(&token[..token.len() - padding]).is_some_and(|inner| {
        let mut parts = inner.split(|byte| *byte == b'.');
        parts.next().is_some_and(|header| base64(header).is_some_and(|text| json::parse(&text).is_ok()))
            && parts.next().is_some_and(|claims| claims.starts_with(b"eyJ"))
    })
}

/// Whether Base64 begins a JSON object: what stands before it, to a `_`, is a vendor's prefix.
#[must_use]
pub(crate) fn json(token: &[u8]) -> bool {
    let begin = memchr::memmem::find(token, b"eyJ").unwrap_or(0);
    let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-');
    let length = token[begin..].iter().take_while(|byte| is_encoded(byte)).count();
    let text = base64(&token[begin..begin + length / 4 * 4]);
    text.is_some_and(|text| text.starts_with(b"{\"") && text.iter().take(TOLD).all(|byte| byte.is_ascii_graphic()))
}

/// How much of a JSON object is looked at.
const TOLD: usize = 16;

/// Whether the last eight hexadecimal digits are the CRC-32 of all that stands before their `_`, the lowest byte first, as Grafana
/// has it.
#[must_use]
pub(crate) fn crc32(token: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'_', token) else { return false };
    let said = std::str::from_utf8(&token[at + 1..]).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    said == Some(crc32fast::hash(&token[..at]).swap_bytes())
}

/// Whether the text of a key in PEM is what its header says: DER as long as it says itself, or OpenSSH's own form.
#[must_use]
pub(crate) fn pem(armoured: &[u8]) -> bool {
    let Some(begin) = memchr::memmem::find(armoured, b"KEY-----") else { return false };
    let body = &armoured[begin + b"KEY-----".len()..];
    let end = memchr::memmem::find(body, b"-----END").unwrap_or(body.len());
    // In a text of a program a line ends with `\n`, in two characters.
    let body = body[..end].split(|byte| *byte == b'\\').enumerate();
    let body = body.map(|(at, part)| if at > 0 { part.get(1..).unwrap_or_default() } else { part });
    let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let body: Vec<u8> = body.flatten().copied().filter(is_encoded).collect();
    let Some(bytes) = base64(&body) else { return false };
    match bytes.as_slice() {
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(u16::from_be_bytes([*high, *low])),
        [0x30, 0x81, length, rest @ ..] | [0x30, length @ ..=0x7f, rest @ ..] => rest.len() == usize::from(*length),
        bytes => bytes.starts_with(b"openssh-key-v1\0"),
    }
}

/// The password in a Base64 of `user:password`, all printable ASCII.
#[must_use]
pub(crate) fn basic(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let plain = base64(&text[..text.len() - padding])?;
    let (user, password) = plain.split_at(plain.iter().position(|byte| *byte == b':')?);
    let printable = plain.iter().all(u8::is_ascii_graphic);
    (printable && !user.is_empty() && password.len() > 6).then(|| password[1..].to_vec())
}

/// Base64 of either alphabet, without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for c in text {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0x00ff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}
