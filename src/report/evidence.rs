//! Which evidence becomes a link. A person looks at what is linked, so the address must be what it seems to be.

/// The longest address that is a link, in bytes: browsers and servers take about as much.
const LIMIT: usize = 2048;

/// The text when it is a web address that means the same to every reader: http or https, a plain host without a user name
/// in front of it, and the characters of RFC 3986 only. Everything else (`javascript:`, letters of other scripts that look
/// like Latin ones, `https://good.example@bad.example`) is text.
#[must_use]
pub(super) fn web_address(text: &str) -> Option<&str> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme))?;
    let rest = &text[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next()?;
    let sound = text.len() <= LIMIT && is_host_and_port(authority) && rest.bytes().all(is_plain);
    sound.then_some(text)
}

fn is_host_and_port(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address.parse::<std::net::Ipv6Addr>().is_ok(), port),
        None => {
            let (name, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
            (name.bytes().all(letter) && name.bytes().any(|b| b.is_ascii_alphanumeric()), port)
        }
    };
    host && (port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()))
}

/// What RFC 3986 allows, except what could end a link in some format: quotes, brackets and `;`, with which an HTML
/// entity ends, are percent-encoded by whoever means them.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%:/?#[]@!$&()*+,=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_are_links() {
        for address in [
            "https://ci.example.com/jobs/456",
            "HTTP://ci.example.com:8080?a=1&b=%7C#top",
            "https://[::1]:8080/x",
            "https://example.com",
            "http://10.0.0.1/@team/a_b~c",
        ] {
            assert_eq!(web_address(address), Some(address));
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "",
            "http",
            "https://",
            "https:///x",
            "https://.",
            "javascript:alert(1)",
            "JavaScript://example.com/%0aalert(1)",
            "data:text/html,x",
            "//example.com",
            "ftp://example.com",
            " https://example.com",
            "https://good.example@bad.example/",
            "https://good.example:443@bad.example/",
            "https://good.example\\@bad.example/",
            "https://ex\u{430}mple.com/",
            "https://example.com/\u{202e}gpj",
            "https://example.com/a b",
            "https://example.com/<x>",
            "https://example.com/\"onclick=\"x",
            "https://example.com/a|b",
            "https://example.com/`x`",
            "https://example.com/?a=1&copy;",
            "https://example.com:port/",
            "https://example.com:99999/",
            "ü",
        ] {
            assert_eq!(web_address(text), None, "{text}");
        }
        assert_eq!(web_address(&format!("https://example.com/{}", "a".repeat(3000))), None);
    }
}
