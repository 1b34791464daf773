//! Real HTTP servers on loopback, each answering as a test says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server sends, byte for byte.
pub(crate) enum Answer {
    /// These bytes; then it closes.
    Whole(Vec<u8>),
    /// These bytes; then nothing, until the client goes away.
    Stall(Vec<u8>),
    /// These bytes, then `a` for ever.
    Endless(Vec<u8>),
}

/// A server that runs until the test process ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &seen, answer.as_ref()));
            }
        });
        Self { port, requests }
    }

    /// A server that answers everything with one JSON document.
    pub(crate) fn json(status: &str, body: &str) -> Self {
        let whole = json(status, body);
        Self::start(move |_| Answer::Whole(whole.clone()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far, whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }
}

/// A JSON answer as bytes.
pub(crate) fn json(status: &str, body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

/// The client may leave at any time: what fails to be sent is nobody's loss.
fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>, answer: &dyn Fn(&str) -> Answer) {
    let Some(request) = request(&mut stream) else { return };
    seen.lock().expect("the requests").push(request.clone());
    match answer(&request) {
        Answer::Whole(bytes) => drop(stream.write_all(&bytes)),
        Answer::Stall(bytes) => {
            if stream.write_all(&bytes).is_ok() {
                let _ = stream.read(&mut [0]);
            }
        }
        Answer::Endless(bytes) => {
            let chunk = [b'a'; 1 << 16];
            let mut sent = stream.write_all(&bytes);
            while sent.is_ok() {
                sent = stream.write_all(&chunk);
            }
        }
    }
}

/// Head and body of one request.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 1 << 16];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    }
}
