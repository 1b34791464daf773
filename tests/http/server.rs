//! Servers of one connection, on threads, and what they were asked.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use delivery_gate::internal::model::Secret;
use delivery_gate::internal::net::{BaseUrl, Client, EndpointPath};
use delivery_gate::internal::system::Environment;

/// What must appear in no error.
pub(crate) const TOKEN: &str = "tok_5up3r-s3cret";

/// For what is to end well: it is never waited for.
pub(crate) const AMPLE: Duration = Duration::from_secs(60);

/// For what never ends by itself.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// A server that answers its first connection and refuses what comes after.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Receiver<Vec<u8>>,
}

impl Server {
    /// Reads one request and answers with these bytes.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::scripted(move |mut stream, requests| {
            requests.send(request(&mut stream)).expect("a test that listens");
            // A client that has seen enough hangs up.
            let _ = stream.write_all(&answer);
        })
    }

    /// Reads one request, sends these bytes and then one more byte at a time, for as long as the client listens.
    pub(crate) fn dripping(beginning: &'static str, drop: &'static str) -> Self {
        Self::scripted(move |mut stream, requests| {
            requests.send(request(&mut stream)).expect("a test that listens");
            let _ = stream.write_all(beginning.as_bytes());
            drip(&mut stream, drop);
        })
    }

    /// Does what the script says with the first connection.
    pub(crate) fn scripted(script: impl FnOnce(TcpStream, Sender<Vec<u8>>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            drop(listener);
            script(stream, sender);
        });
        Self { port, requests }
    }

    /// The request, once it has come.
    pub(crate) fn request(&self) -> String {
        let request = self.requests.recv().expect("a request");
        String::from_utf8(request).expect("UTF-8")
    }

    /// Asserts that the server has ended without a request.
    pub(crate) fn assert_not_asked(&self) {
        assert!(self.requests.recv().is_err());
    }

    pub(crate) fn base(&self) -> BaseUrl {
        base(&format!("http://127.0.0.1:{}", self.port))
    }
}

/// A port that nobody may connect to.
pub(crate) struct Deserted(TcpListener);

impl Deserted {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        Self(listener)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    /// Asserts that nobody came: a connection would be waiting by now.
    pub(crate) fn assert_deserted(&self) {
        assert_eq!(self.0.accept().expect_err("nobody").kind(), ErrorKind::WouldBlock);
    }
}

/// Reads a request with its body, if it has one.
pub(crate) fn request(stream: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return request;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).expect("a head in UTF-8").to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).expect("a body");
    request.extend(body);
    request
}

/// Sends `drop` again and again, with a pause after each byte that the client's hanging up cuts short.
pub(crate) fn drip(stream: &mut TcpStream, drop: &str) {
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a stream");
    for byte in drop.bytes().cycle() {
        let gone = matches!(stream.read(&mut [0]), Ok(0));
        if gone || stream.write_all(&[byte]).is_err() {
            return;
        }
    }
}

/// An answer with a length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A 200 with JSON.
pub(crate) fn ok(json: &str) -> String {
    answer("200 OK", "Content-Type: application/json\r\n", json)
}

pub(crate) fn base(text: &str) -> BaseUrl {
    BaseUrl::parse(text, false).expect(text)
}

pub(crate) fn path(text: &str) -> EndpointPath {
    EndpointPath::parse(text).expect(text)
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text).expect("a secret")
}

pub(crate) fn client(variables: &[(&str, &str)]) -> Client {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Client::new(&variables.collect::<Environment>())
}

/// Asserts that a line can be shown: on one line, and without even the beginning of the token.
pub(crate) fn assert_fit(line: &str) {
    assert!(!line.contains(&TOKEN[..8]) && !line.chars().any(char::is_control), "{line:?}");
}
