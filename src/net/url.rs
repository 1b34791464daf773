//! Addresses: a base URL from the environment, a path under it, and the two together.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Where a service lives: scheme, host, port and a path that everything asked of it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    https: bool,
    host: Host,
    port: Option<u16>,
    path: String,
}

/// A host as it is written, without the brackets of an IPv6 address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl BaseUrl {
    /// Reads a base URL. A slash at its end makes no difference.
    ///
    /// # Errors
    /// Anything but `http(s)://host[:port][/path]` (user information, a query, a fragment), and plain http to a host
    /// that is not this machine (127.0.0.0/8, `::1`, `localhost`) unless `allow_insecure`. The reason is one line
    /// and does not repeat the URL, which may hold a password.
    pub fn parse(text: &str, allow_insecure: bool) -> Result<Self, String> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or("it does not begin with https://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("only https:// (and http:// to this machine) is supported".to_owned()),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        let (host, port) = authority_of(authority)?;
        let path = path.trim_end_matches('/');
        path_problem(path).map_or(Ok(()), |problem| Err(format!("its path {problem}")))?;
        let base = Self { https, host, port, path: path.to_owned() };
        if !https && !allow_insecure && !base.is_loopback() {
            return Err("https is required: plain http would show the token to the network".to_owned());
        }
        Ok(base)
    }

    /// The address of a path under this base.
    #[must_use]
    pub fn join(&self, path: &EndpointPath) -> Url {
        Url { base: self.clone(), path: path.0.clone(), query: String::new() }
    }

    /// The host, without brackets and in lower case.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.bare()
    }

    /// The port, be it the scheme's own.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// The path, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    /// Whether the host is this machine by its very name.
    pub(super) fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Name(name) => name == "localhost",
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        match &self.host {
            Host::V6(address) => write!(f, "{scheme}://[{address}]")?,
            host => write!(f, "{scheme}://{}", host.bare())?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str(&self.path)
    }
}

impl Host {
    fn bare(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::V4(address) => address.to_string(),
            Self::V6(address) => address.to_string(),
        }
    }
}

fn authority_of(authority: &str) -> Result<(Host, Option<u16>), String> {
    if authority.contains('@') {
        return Err("it has a user name or password; put the token into its own variable".to_owned());
    }
    let end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[end..].find(':') {
        Some(colon) => (&authority[..end + colon], Some(&authority[end + colon + 1..])),
        None => (authority, None),
    };
    let port = port.map(port_of).transpose()?;
    Ok((host_of(host)?, port))
}

fn port_of(text: &str) -> Result<u16, String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port != 0).ok_or_else(|| "its port is not 1 to 65535".to_owned())
}

fn host_of(text: &str) -> Result<Host, String> {
    if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse().map(Host::V6).map_err(|_| "its host is not an IPv6 address".to_owned());
    }
    if let Ok(address) = text.parse() {
        return Ok(Host::V4(address));
    }
    let name = text.to_ascii_lowercase();
    let sound = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    if sound { Ok(Host::Name(name)) } else { Err("its host is not a host name".to_owned()) }
}

/// The path of an endpoint under a base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointPath(String);

impl EndpointPath {
    /// Reads a path like `/api/decision-gate/validate`.
    ///
    /// # Errors
    /// A path that does not begin with one slash, or that has a query, a fragment, a scheme, `.` or `..` as a segment
    /// (percent-encoded too), or a character that does not belong into a path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.starts_with('/') || text.starts_with("//") {
            return Err("it has to be a path that begins with one slash".to_owned());
        }
        path_problem(text).map_or_else(|| Ok(Self(text.to_owned())), |problem| Err(format!("it {problem}")))
    }

    /// A path of segments, each percent-encoded, a slash in one too. `.` and `..` are none: they would lead elsewhere.
    #[must_use]
    pub(crate) fn of_segments(segments: &[&str]) -> Self {
        let encoded = |segment: &&str| match *segment {
            "." => "/%2E".to_owned(),
            ".." => "/%2E%2E".to_owned(),
            segment => format!("/{}", percent_encoded(segment)),
        };
        Self(segments.iter().map(encoded).collect())
    }
}

fn path_problem(path: &str) -> Option<&'static str> {
    if path.contains(['?', '#']) {
        return Some("has a query or a fragment");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&b);
    if !path.bytes().all(allowed) || !percent_signs_are_sound(path) {
        return Some("has a character that does not belong into a path");
    }
    let dotted = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.split('/').any(dotted).then_some("has '.' or '..' as a segment")
}

fn percent_signs_are_sound(path: &str) -> bool {
    path.split('%').skip(1).all(|after| after.len() >= 2 && after.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

/// The address of one request. Its `Display` leaves the query out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    base: BaseUrl,
    path: String,
    query: String,
}

impl Url {
    /// Adds a query parameter, with everything but unreserved characters (RFC 3986) percent-encoded.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.query.is_empty() { '?' } else { '&' };
        self.query.push(separator);
        self.query.push_str(&format!("{}={}", percent_encoded(name), percent_encoded(value)));
        self
    }

    pub(super) fn base(&self) -> &BaseUrl {
        &self.base
    }

    pub(super) fn with_its_query(&self) -> String {
        format!("{self}{}", self.query)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base, self.path)
    }
}

pub(crate) fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|b| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_read_and_written() {
        let cases = [
            ("https://Decisions.Example.com", "https://decisions.example.com"),
            (" HTTPS://d.example/base// ", "https://d.example/base"),
            ("https://d.example:8443/a/b%20c", "https://d.example:8443/a/b%20c"),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("http://LOCALHOST", "http://localhost"),
            ("http://127.8.9.1", "http://127.8.9.1"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
        ];
        for (text, shown) in cases {
            assert_eq!(BaseUrl::parse(text, false).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let hosts =
            ["d.example", "127.0.0.1.d.example", "localhost.d.example", "10.0.0.1", "0.0.0.0", "127.1", "[::2]"];
        for host in hosts.map(|host| format!("http://{host}:80")) {
            assert!(BaseUrl::parse(&host, false).unwrap_err().starts_with("https is required"), "{host}");
            assert_eq!(BaseUrl::parse(&host, true).unwrap().to_string(), host);
        }
    }

    #[test]
    fn anything_else_is_no_base_url() {
        let texts = [
            "",
            "d.example",
            "//d.example",
            "https:d.example",
            "ftp://d.example",
            "file:///etc/passwd",
            "https://",
            "https:///path",
            "https://user@d.example",
            "https://user:hunter2@d.example",
            "https://d.example?x=hunter2",
            "https://d.example/?x=1",
            "https://d.example/#f",
            "https://d.example#f",
            "https://d.example:",
            "https://d.example:0",
            "https://d.example:+1",
            "https://d.example:65536",
            "https://d.example:80:80",
            "https://d.ex ample",
            "https://d.example\\@evil.example",
            "https://d.example\r\nX: y",
            "https://dé.example",
            "https://[::1",
            "https://::1",
            "https://[localhost]",
            "https://[::1]x",
            "https://%6c.example",
            "https://d.example/a/../b",
            "https://d.example/a b",
        ];
        for text in texts {
            let error = BaseUrl::parse(text, true).expect_err(text);
            assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_path_stays_under_its_base() {
        let base = BaseUrl::parse("https://d.example/base/", false).unwrap();
        let path = EndpointPath::parse("/api/v1/validate").unwrap();
        let url = base.join(&path).with_query("decisionId", "a b&c=d#é").with_query("x", "1");
        assert_eq!(url.to_string(), "https://d.example/base/api/v1/validate");
        let whole = "https://d.example/base/api/v1/validate?decisionId=a%20b%26c%3Dd%23%C3%A9&x=1";
        assert_eq!(url.with_its_query(), whole);
        let refused = [
            "",
            "api",
            "//evil.example/x",
            "https://evil.example",
            "/a?b",
            "/a#b",
            "/a/../b",
            "/..",
            "/a/%2E%2e/b",
            "/./a",
            "/a\\b",
            "/a b",
            "/a\nb",
            "/é",
            "/%zz",
            "/%2",
            "@evil.example",
        ];
        for text in refused {
            assert!(EndpointPath::parse(text).is_err(), "{text:?}");
        }
    }
}
