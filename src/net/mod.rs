//! The one HTTP client: bounded in bytes and in total time, and a secret goes to one origin only.

mod fault;
mod proxy;
mod trust;
mod url;

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use ureq::http::{self as types, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

pub(crate) use fault::Fault;
pub use url::{BaseUrl, EndpointPath};
pub(crate) use url::{Url, percent_encoded};

use crate::model::secret::Secret;
use crate::system::environment::Environment;
use proxy::Proxies;

/// The most that is read of an answer's body, in bytes, where the request asks for no more.
pub const MAX_BODY: u64 = 1 << 20;

/// The most that is read of an answer's headers, in bytes.
pub(crate) const MAX_HEADERS: usize = 64 << 10;

/// The longest that any request may take, whatever timeout it is given.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// A client. Clones share what was read of the environment.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    proxies: Proxies,
    certificate_file: Option<String>,
    roots: OnceLock<Result<RootCerts, String>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

/// One request.
#[derive(Debug)]
pub struct Request {
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    limit: u64,
}

impl Request {
    /// `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self { url, headers: HeaderMap::new(), body: None, limit: MAX_BODY }
    }

    /// `POST` with a JSON body.
    #[must_use]
    pub fn post_json(url: Url, body: Vec<u8>) -> Self {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { url, headers: HeaderMap::from_iter([json]), body: Some(body), limit: MAX_BODY }
    }

    /// Adds `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        self.authorization("Bearer", token)
    }

    /// Adds `Authorization` with a scheme: `token …`.
    #[must_use]
    pub(crate) fn authorization(self, scheme: &str, token: &Secret) -> Self {
        self.sensitive(header::AUTHORIZATION, &format!("{scheme} {}", token.expose()))
    }

    /// Lets the answer's body have so many bytes.
    #[must_use]
    pub(crate) fn limit(self, bytes: u64) -> Self {
        Self { limit: bytes, ..self }
    }

    /// Adds a header whose value is a secret.
    #[must_use]
    pub fn secret(self, name: &'static str, value: &Secret) -> Self {
        self.sensitive(HeaderName::from_static(name), value.expose())
    }

    /// Adds a header. The name is in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    fn sensitive(mut self, name: HeaderName, value: &str) -> Self {
        // A `Secret` is printable ASCII, so the value is always one.
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }
}

/// An answer of any status but a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`, if there is exactly one.
    pub content_type: Option<String>,
    /// The whole body, as far as the request's limit.
    pub body: Vec<u8>,
}

impl Response {
    /// What the status code means, in HTTP's own words: `Not Found`.
    #[must_use]
    pub fn status_text(&self) -> String {
        let known = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        known.map_or_else(|| format!("HTTP status {}", self.status), str::to_owned)
    }

    /// Whether the content type says JSON: `application/json` or `application/…+json`, with any parameters.
    #[must_use]
    pub fn is_json(&self) -> bool {
        let essence = self.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    }
}

/// An answer with its headers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Status, type and body.
    pub response: Response,
    headers: HeaderMap,
}

impl Answer {
    /// A header's value, where it is there exactly once. The name is in lower case.
    #[must_use]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        only(&self.headers, name)
    }
}

impl Client {
    /// A client that heeds `HTTPS_PROXY`, `NO_PROXY` (or their lower-case forms) and `SSL_CERT_FILE`.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        let certificate_file = environment.get("SSL_CERT_FILE").map(str::to_owned);
        let shared = Shared { proxies: Proxies::of(environment), certificate_file, roots: OnceLock::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Makes a request. `timeout` covers everything: looking the name up, connecting, TLS, sending, and the last byte
    /// of the body.
    ///
    /// # Errors
    /// Why there is no answer, in one line without any part of the request: a redirect, an encoded body and one over
    /// the limits are errors too.
    pub fn send(&self, request: Request, timeout: Duration) -> Result<Response, String> {
        self.ask(request, timeout).map(|answer| answer.response).map_err(|fault| fault.line)
    }

    /// The same, with the headers of the answer.
    ///
    /// # Errors
    /// As [`Client::send`], and of which kind.
    pub(crate) fn ask(&self, request: Request, timeout: Duration) -> Result<Answer, Fault> {
        let timeout = timeout.min(MAX_TIMEOUT);
        let agent = self.agent(&request.url, timeout).map_err(Fault::lasting)?;
        let (answer, answered) = mpsc::sync_channel(1);
        let worker = agent.clone();
        // Where nobody waits any more, the answer is nobody's.
        let work = move || drop(answer.send(exchange(&worker, request, timeout)));
        let no_thread = |error| Fault::passing(format!("no thread for the request: {error}"));
        thread::Builder::new().spawn(work).map_err(no_thread)?;
        // The agent's own deadline starts anew with each piece of a slow upload and in a proxy's handshake; this one
        // does not.
        match answered.recv_timeout(timeout) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                agent.shutdown();
                Err(Fault::passing(fault::of_timeout(timeout)))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Fault::passing("the request could not be made".to_owned())),
        }
    }

    fn agent(&self, url: &Url, timeout: Duration) -> Result<Agent, String> {
        let proxy = self.shared.proxies.of_request(url.base())?;
        let roots = if url.base().is_https() { self.roots()? } else { RootCerts::WebPki };
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEADERS)
            .max_idle_connections(0)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("delivery-gate/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .accept_encoding("identity");
        Ok(config.build().new_agent())
    }

    fn roots(&self) -> Result<RootCerts, String> {
        self.shared.roots.get_or_init(|| trust::roots(self.shared.certificate_file.as_deref())).clone()
    }
}

fn exchange(agent: &Agent, request: Request, timeout: Duration) -> Result<Answer, Fault> {
    let limit = request.limit;
    let failed = |error: ureq::Error| Fault::of(&error, timeout, limit);
    let answer = run(agent, request).map_err(failed)?;
    let status = answer.status();
    if status.is_redirection() {
        return Err(Fault::redirect(status.as_u16()));
    }
    if let Some(encoding) = answer.headers().get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(Fault::lasting("the body is compressed, which was not asked for".to_owned()));
    }
    let headers = answer.headers().clone();
    let content_type = only(&headers, header::CONTENT_TYPE.as_str()).map(str::to_owned);
    let body = answer.into_body().with_config().limit(limit).read_to_vec().map_err(failed)?;
    Ok(Answer { response: Response { status: status.as_u16(), content_type, body }, headers })
}

fn run(agent: &Agent, request: Request) -> Result<types::Response<Body>, ureq::Error> {
    let mut head = types::Request::builder().uri(request.url.with_its_query());
    if let Some(headers) = head.headers_mut() {
        *headers = request.headers;
    }
    match request.body {
        None => agent.run(head.method("GET").body(())?),
        Some(body) => agent.run(head.method("POST").body(body)?),
    }
}

/// A header's value, where the answer has it exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let only = all.next().filter(|_| all.next().is_none());
    only.and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_content_type() {
        let response = |content_type: &str| Response {
            status: 200,
            content_type: Some(content_type.to_owned()),
            body: Vec::new(),
        };
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(response(json).is_json(), "{json}");
        }
        for other in ["", "text/html", "text/json", "application/jsonp", "x; application/json", "application/xjson"] {
            assert!(!response(other).is_json(), "{other}");
        }
        assert!(!Response { content_type: None, ..response("") }.is_json());
    }

    #[test]
    fn a_status_has_words() {
        let words = |status| Response { status, content_type: None, body: Vec::new() }.status_text();
        assert_eq!([words(404), words(599)], ["Not Found", "HTTP status 599"]);
    }

    #[test]
    fn nothing_that_can_be_printed_shows_a_secret() {
        let proxy = ("HTTPS_PROXY".to_owned(), "http://u:hunter2@proxy.example".to_owned());
        let client = Client::new(&Environment::from_iter([proxy]));
        let secret = Secret::new("hunter2").unwrap();
        let url = BaseUrl::parse("https://d.example", false).unwrap().join(&EndpointPath::parse("/x").unwrap());
        let request = Request::get(url).bearer(&secret).secret("x-api-key", &secret);
        let shown = format!("{client:?} {request:?}");
        assert!(shown.contains("Sensitive") && !shown.contains("hunter2"), "{shown}");
    }
}
