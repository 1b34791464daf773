//! Which proxy a request goes through: `HTTPS_PROXY` for https to another machine, and none for anything else.

use ureq::{Proxy, ProxyProtocol};

use super::url::BaseUrl;
use crate::system::environment::Environment;

/// What the environment says of proxies. Not printable: a proxy's URL may hold a password.
pub(super) struct Proxies {
    https: Option<String>,
    exempt: Vec<String>,
}

impl Proxies {
    /// Reads `https_proxy` and `no_proxy`, in lower case first as curl does, then in upper case.
    pub(super) fn of(environment: &Environment) -> Self {
        let either = |lower: &str, upper: &str| environment.get(lower).or_else(|| environment.get(upper));
        let entries = either("no_proxy", "NO_PROXY").unwrap_or_default().split([',', ' ']);
        Self {
            https: either("https_proxy", "HTTPS_PROXY").map(str::to_owned),
            exempt: entries.filter(|entry| !entry.is_empty()).map(str::to_ascii_lowercase).collect(),
        }
    }

    /// The proxy for a request.
    pub(super) fn of_request(&self, base: &BaseUrl) -> Result<Option<Proxy>, String> {
        match &self.https {
            Some(url) if base.is_https() && !base.is_loopback() && !self.exempts(base) => parse(url).map(Some),
            _ => Ok(None),
        }
    }

    fn exempts(&self, base: &BaseUrl) -> bool {
        self.exempt.iter().any(|entry| covers(entry, &base.host(), base.port()))
    }
}

fn parse(url: &str) -> Result<Proxy, String> {
    let proxy = Proxy::new(url).map_err(|_| "HTTPS_PROXY is not a URL".to_owned())?;
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err("HTTPS_PROXY: only http and https proxies are supported".to_owned()),
    }
}

/// Whether an entry of `NO_PROXY` covers a host: `*`, an address, or a domain (with or without `.` or `*.` before it)
/// that covers its subdomains too; each with a port if one is given.
fn covers(entry: &str, host: &str, port: u16) -> bool {
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, number)) if !name.contains(':') || name.ends_with(']') => (name, Some(number)),
        _ => (entry, None),
    };
    if wanted.is_some_and(|number| number.parse() != Ok(port)) {
        return false;
    }
    let name = name.trim_start_matches("*.").trim_start_matches('.').trim_matches(['[', ']']);
    name == "*" || name == host || is_below(host, name)
}

fn is_below(host: &str, domain: &str) -> bool {
    !domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(variables: &[(&str, &str)], base: &str) -> Result<Option<String>, String> {
        let environment = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let base = BaseUrl::parse(base, true).expect("a base URL");
        let proxy = Proxies::of(&environment).of_request(&base)?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn only_https_to_another_machine_goes_through_a_proxy() {
        let all = [
            ("HTTPS_PROXY", "http://s:hunter2@proxy.example:3128"),
            ("HTTP_PROXY", "http://plain.example"),
            ("ALL_PROXY", "http://all.example"),
        ];
        assert_eq!(route(&all, "https://d.example"), Ok(Some("proxy.example:3128".to_owned())));
        for base in ["http://d.example", "https://localhost", "https://127.0.0.1", "https://[::1]", "http://127.0.0.1"]
        {
            assert_eq!(route(&all, base), Ok(None), "{base}");
        }
        assert_eq!(route(&all[1..], "https://d.example"), Ok(None));
        let both = [("HTTPS_PROXY", "upper.example:1"), ("https_proxy", "lower.example:2")];
        assert_eq!(route(&both, "https://d.example"), Ok(Some("lower.example:2".to_owned())));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_without_its_password() {
        for url in ["socks5://u:hunter2@p.example", "ftp://u:hunter2@p.example", "http://u:hunter2@", "http://a b/"] {
            let error = route(&[("HTTPS_PROXY", url)], "https://d.example").expect_err(url);
            assert!(error.starts_with("HTTPS_PROXY") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_proxy_exempts_hosts_and_domains() {
        let cases = [
            ("*", "d.example", true),
            ("d.example", "d.example", true),
            ("D.Example", "d.example", true),
            ("example", "d.example", true),
            (".d.example", "a.b.d.example", true),
            (".d.example", "d.example", true),
            ("*.d.example", "a.d.example", true),
            ("x.example, d.example", "d.example", true),
            ("d.example:443", "d.example", true),
            ("d.example:8443", "d.example", false),
            ("d.example:", "d.example", false),
            ("d.example", "bad.example", false),
            ("d.example", "d.example.evil.example", false),
            ("a.d.example", "d.example", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("0.0.1", "10.0.0.10", false),
            ("2001:db8::1", "[2001:db8::1]", true),
            ("[2001:db8::1]:443", "[2001:db8::1]", true),
            ("2001:db8::2", "[2001:db8::1]", false),
            (",.,", "d.example", false),
        ];
        for (no_proxy, host, exempt) in cases {
            let variables = [("HTTPS_PROXY", "http://p.example"), ("NO_PROXY", no_proxy)];
            let route = route(&variables, &format!("https://{host}")).unwrap();
            assert_eq!(route.is_none(), exempt, "{no_proxy} and {host}");
        }
    }
}
