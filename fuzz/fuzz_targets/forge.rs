//! A hostile forge, which one is told by the first byte: it answers everything with one body. No panic, and nothing passes where
//! the answer does not name the commit that was asked about.

#![no_main]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Mutex, OnceLock};
use std::thread;

use delivery_gate::internal::evidence::forge::{Verdict, look_at};
use libfuzzer_sys::fuzz_target;

const COMMIT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What is asked, and the path of the API there.
const FORGES: [(&str, &str); 5] =
    [("github", ""), ("gitlab", "/api/v4"), ("gitea", "/api/v1"), ("bitbucket", "/2.0"), ("bitbucket", "/rest")];

static BODY: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The port of a server that runs until the process ends.
fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || listener.incoming().flatten().for_each(answer));
        port
    })
}

fn answer(mut stream: std::net::TcpStream) {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(&chunk[..length]),
        }
    }
    let body = BODY.lock().expect("a body").clone();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let _ = stream.write_all(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    let _ = stream.write_all(&body);
}

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, body) = input;
    let (word, path) = FORGES[usize::from(kind) % FORGES.len()];
    BODY.lock().expect("a body").clone_from(&body.to_vec());
    let url = format!("http://127.0.0.1:{}{path}", port());
    let passed = look_at(word, &url, COMMIT).is_some_and(|judgement| judgement.verdict == Verdict::Passed);
    // Bitbucket's statuses may come without the commit: their address has it.
    let is_named = body.windows(COMMIT.len()).any(|window| window.eq_ignore_ascii_case(COMMIT.as_bytes()));
    assert!(!passed || is_named || word == "bitbucket");
});
