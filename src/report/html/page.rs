//! The frame of a page: one file that loads nothing and runs nothing.

use sha2::{Digest, Sha256};

use super::text::text;

/// The one stylesheet.
const STYLE: &str = include_str!("../html.css");

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A whole page. `main` is markup already.
#[must_use]
pub(super) fn page(title: &str, main: &str) -> String {
    // A browser reads line breaks as LF before it takes the hash, whatever a checkout made of them.
    let style = STYLE.replace("\r\n", "\n");
    let hash = base64(&Sha256::digest(&style));
    let title = text(title);
    format!(
        "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta name=\"referrer\" content=\"no-referrer\">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{main}</body>
</html>
"
    )
}

/// Base64 with padding (RFC 4648, section 4), as Content Security Policy wants it.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let digit = (word >> (18 - 6 * at) & 63) as usize;
            out.push(if at <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base64_of_the_rfc() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (bytes, shown) in cases {
            assert_eq!(base64(bytes.as_bytes()), shown);
        }
    }

    #[test]
    fn the_style_loads_nothing_and_stays_in_its_element() {
        for foreign in ["url(", "@import", "</", "<!--"] {
            assert!(!STYLE.contains(foreign), "{foreign}");
        }
    }
}
