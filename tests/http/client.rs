//! What a broken or hostile server may not do to the client.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use delivery_gate::internal::net::{BaseUrl, MAX_BODY, Request, Response};

use crate::server::{
    AMPLE, Deserted, SHORT, Server, TOKEN, answer, assert_fit, base, client, ok, path, request, secret,
};

fn get(base: &BaseUrl, timeout: Duration) -> Result<Response, String> {
    let request = Request::get(base.join(&path("/x")).with_query("q", TOKEN)).bearer(&secret(TOKEN));
    let answer = client(&[]).send(request, timeout);
    answer.inspect_err(|error| assert_fit(error))
}

/// What the client says of an answer.
fn error(answer: impl Into<Vec<u8>>) -> String {
    let server = Server::answering(answer);
    get(&server.base(), AMPLE).expect_err("no answer")
}

#[test]
fn an_answer_comes_with_status_type_and_body() {
    let chunked = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nContent-Type: text/x\r\n\r\n\
                   2\r\nab\r\n1;ext=1\r\nc\r\n0\r\n\r\n";
    let until_closed = "HTTP/1.1 200 OK\r\n\r\nabc";
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".to_owned() + &answer("200 OK", "", "abc");
    let twice = answer("200 OK", "Content-Type: application/json\r\nContent-Type: text/html\r\n", "abc");
    let cases = [
        (
            answer("200 OK", "Content-Type: application/json; charset=utf-8\r\n", "abc"),
            200,
            Some("application/json; charset=utf-8"),
        ),
        (chunked.to_owned(), 404, Some("text/x")),
        (until_closed.to_owned(), 200, None),
        (interim, 200, None),
        (twice, 200, None),
        (answer("206 Partial Content", "Content-Encoding: identity\r\n", "abc"), 206, None),
    ];
    for (bytes, status, content_type) in cases {
        let server = Server::answering(bytes);
        let content_type = content_type.map(str::to_owned);
        assert_eq!(get(&server.base(), AMPLE), Ok(Response { status, content_type, body: b"abc".to_vec() }));
    }
}

#[test]
fn an_answer_without_a_body_is_one() {
    for status in ["204 No Content", "205 Reset Content", "404 Not Found"] {
        let server = Server::answering(answer(status, "", ""));
        assert_eq!(get(&server.base(), AMPLE).expect(status).body, b"");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "304 Not Modified"] {
        let elsewhere = Deserted::new();
        let location = format!("Location: http://127.0.0.1:{}/?{TOKEN}\r\n", elsewhere.port());
        let expected = format!("redirect ({}), not followed", &status[..3]);
        assert_eq!(error(answer(status, &location, "")), expected);
        elsewhere.assert_deserted();
    }
    let same_origin = answer("302 Found", "Location: /elsewhere\r\n", "");
    assert_eq!(error(same_origin), "redirect (302), not followed");
}

#[test]
fn a_server_that_stalls_ends_in_a_timeout() {
    let until_gone = |beginning: &'static str| {
        Server::scripted(move |mut stream, _| {
            request(&mut stream);
            let _ = stream.write_all(beginning.as_bytes());
            request(&mut stream);
        })
    };
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let mut errors = vec![get(&base(&format!("http://127.0.0.1:{port}")), SHORT).expect_err("no answer")];
    for beginning in
        ["", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", "HTTP/1.1 200 OK\r\n\r\na"]
    {
        errors.push(get(&until_gone(beginning).base(), SHORT).expect_err(beginning));
    }
    assert_eq!(errors, ["timeout after 300 ms"; 5]);
}

#[test]
fn a_slow_drip_ends_in_a_timeout() {
    let cases = [
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\n\r\n", "a"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "a"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", ";"),
    ];
    for (beginning, drop) in cases {
        let server = Server::dripping(beginning, drop);
        assert_eq!(get(&server.base(), SHORT).expect_err(beginning), "timeout after 300 ms");
    }
}

#[test]
fn an_upload_that_is_read_slowly_ends_in_a_timeout() {
    let server = Server::scripted(|mut stream, _| crate::server::drip(&mut stream, "HTTP/1.1 103 Hm\r\n\r\n"));
    let upload = Request::post_json(server.base().join(&path("/x")), vec![b'x'; 64 << 20]);
    assert_eq!(client(&[]).send(upload, SHORT), Err("timeout after 300 ms".to_owned()));
}

#[test]
fn a_body_has_a_limit_however_it_is_sent() {
    let limit = usize::try_from(MAX_BODY).expect("a size");
    let body = "x".repeat(limit);
    let server = Server::answering(answer("200 OK", "", &body));
    assert_eq!(get(&server.base(), AMPLE).map(|answer| answer.body.len()), Ok(limit));
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}x\r\n0\r\n\r\n", limit + 1);
    for answer in [answer("500 Oops", "", &(body.clone() + "x")), chunked, format!("HTTP/1.1 200 OK\r\n\r\n{body}x")] {
        assert_eq!(error(answer), "body over 1 MiB");
    }
}

#[test]
fn an_endless_body_is_cut_off() {
    for head in ["", "Transfer-Encoding: chunked\r\n", "Content-Length: 10737418240\r\n"] {
        let server = Server::scripted(move |mut stream, _| {
            request(&mut stream);
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            let begun = stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes());
            let mut open = begun.is_ok();
            while open {
                open = stream.write_all(chunk.as_bytes()).is_ok();
            }
        });
        assert_eq!(get(&server.base(), AMPLE).expect_err(head), "body over 1 MiB");
    }
}

#[test]
fn headers_have_a_limit() {
    let one = format!("X: {}\r\n", "y".repeat(80 << 10));
    assert_eq!(error(answer("200 OK", &one, "")), "response headers over 64 KiB");
    assert_eq!(error(answer("200 OK", &"X: y\r\n".repeat(1000), "")), "the answer is not sound HTTP/1.1");
    let server = Server::scripted(|mut stream, _| {
        request(&mut stream);
        let mut open = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").is_ok();
        while open {
            open = stream.write_all(&[b'y'; 0x1000]).is_ok();
        }
    });
    assert_eq!(get(&server.base(), AMPLE).expect_err("endless"), "response headers over 64 KiB");
}

#[test]
fn a_compressed_body_is_not_unpacked() {
    for encoding in ["gzip", "br", "deflate", "x"] {
        let headers = format!("Content-Encoding: {encoding}\r\n");
        assert_eq!(error(answer("200 OK", &headers, "{}")), "the body is compressed, which was not asked for");
    }
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    let closed = "the connection was closed before the answer was complete";
    let unsound = "the answer is not sound HTTP/1.1";
    let cases = [
        ("", closed),
        ("HTTP/1.1 200 OK\r\nX:", closed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", closed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", closed),
        ("<html>tok_5up3r-s3cret</html>\r\n\r\n", unsound),
        ("HTTP/1.1 tok_5up3r-s3cret\r\n\r\n", unsound),
        ("HTTP/1.1 200 OK\r\nContent-Length: tok_5up3r-s3cret\r\n\r\n", unsound),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ntok_5up3r-s3cret\r\n", unsound),
        ("HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", unsound),
    ];
    for (bytes, expected) in cases {
        assert_eq!(error(bytes), expected, "{bytes}");
    }
}

#[test]
fn nobody_at_home_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    // The port of a connection's other end is taken, yet nobody listens there.
    let taken = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    let port = taken.local_addr().expect("an address").port();
    assert_eq!(get(&base(&format!("http://127.0.0.1:{port}")), AMPLE), Err("connection refused".to_owned()));
}

#[test]
fn any_timeout_can_be_given() {
    let server = Server::answering(ok("{}"));
    assert!(get(&server.base(), Duration::MAX).is_ok());
    let nobody = Deserted::new();
    let base = base(&format!("http://127.0.0.1:{}", nobody.port()));
    assert_eq!(get(&base, Duration::ZERO), Err("timeout after 0 ms".to_owned()));
}
