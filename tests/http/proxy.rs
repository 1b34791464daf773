//! Proxies: for https to another machine, and for nothing else.

use std::io::Write;

use delivery_gate::internal::net::{Client, Request, Response};

use crate::server::{AMPLE, Deserted, SHORT, Server, TOKEN, assert_fit, base, client, drip, ok, path, request, secret};
use crate::tls::{Authority, secured};

const ELSEWHERE: &str = "https://decisions.test";

fn get(client: &Client, url: &str) -> Result<Response, String> {
    let request = Request::get(base(url).join(&path("/x"))).bearer(&secret(TOKEN));
    client.send(request, AMPLE).inspect_err(|error| assert_fit(error))
}

/// A server that answers a request with `{}` over TLS, after it has been a proxy if `tunnel`.
fn server(authority: &Authority, host: &str, tunnel: bool) -> Server {
    let config = authority.for_host(host);
    Server::scripted(move |mut stream, requests| {
        if tunnel {
            requests.send(request(&mut stream)).expect("a test that listens");
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("a client");
        }
        let mut stream = secured(stream, config);
        requests.send(request(&mut stream)).expect("a test that listens");
        stream.write_all(ok("{}").as_bytes()).expect("a client");
        stream.conn.send_close_notify();
        stream.flush().expect("a client");
    })
}

#[test]
fn https_to_another_machine_goes_through_a_tunnel() {
    let authority = Authority::new();
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = server(&authority, "decisions.test", true);
        let url = format!("http://us%40er:pa55@127.0.0.1:{}", proxy.port);
        let client = client(&[(name, &url), ("SSL_CERT_FILE", &authority.roots())]);
        assert!(get(&client, ELSEWHERE).is_ok());
        let version = env!("CARGO_PKG_VERSION");
        let connect = format!(
            "CONNECT decisions.test:443 HTTP/1.1\r\nHost: decisions.test:443\r\nUser-Agent: delivery-gate/{version}\r\n\
             Proxy-Connection: Keep-Alive\r\nProxy-Authorization: Basic dXNAZXI6cGE1NQ==\r\n\r\n"
        );
        assert_eq!(proxy.request(), connect);
        let inner = proxy.request();
        assert!(inner.contains(TOKEN) && !inner.to_ascii_lowercase().contains("proxy"), "{inner}");
    }
}

#[test]
fn no_other_variable_and_no_other_address_goes_through_a_proxy() {
    let authority = Authority::new();
    let proxy = Deserted::new();
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let mut variables = names.map(|name| (name, url.as_str())).to_vec();
    let roots = authority.roots();
    variables.push(("SSL_CERT_FILE", &roots));
    let client = client(&variables);
    let plain = Server::answering(ok("{}"));
    assert!(get(&client, &plain.base().to_string()).is_ok());
    for host in ["127.0.0.1", "localhost"] {
        let server = server(&authority, host, false);
        assert!(get(&client, &format!("https://{host}:{}", server.port)).is_ok());
    }
    proxy.assert_deserted();
}

/// 0.0.0.0 is not a loopback address, and yet (except on Windows) leads to this machine.
#[cfg(unix)]
#[test]
fn no_proxy_exempts_a_host() {
    let authority = Authority::new();
    let direct = server(&authority, "0.0.0.0", false);
    let proxy = Deserted::new();
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let roots = authority.roots();
    let client = client(&[("HTTPS_PROXY", &url), ("NO_PROXY", "other.test, 0.0.0.0"), ("SSL_CERT_FILE", &roots)]);
    assert!(get(&client, &format!("https://0.0.0.0:{}", direct.port)).is_ok());
    proxy.assert_deserted();
}

#[test]
fn a_proxy_that_refuses_stalls_or_cannot_be_used_is_an_error() {
    let refusing = format!("HTTP/1.1 407 {TOKEN}\r\nContent-Length: 0\r\n\r\n");
    let redirecting = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n".to_owned();
    for answer in [refusing, redirecting, String::new()] {
        let proxy = Server::answering(answer);
        let client = client(&[("HTTPS_PROXY", &format!("127.0.0.1:{}", proxy.port))]);
        assert_eq!(get(&client, ELSEWHERE), Err("the proxy did not open the connection".to_owned()));
        assert!(!proxy.request().contains(TOKEN));
    }
    let client = client(&[("HTTPS_PROXY", &format!("socks5://u:{TOKEN}@127.0.0.1"))]);
    assert!(get(&client, ELSEWHERE).is_err_and(|error| error.starts_with("HTTPS_PROXY: only http and https")));
}

#[test]
fn a_proxy_that_drips_ends_in_a_timeout() {
    let proxy = Server::scripted(|mut stream, _| {
        request(&mut stream);
        drip(&mut stream, "HTTP/1.1 200 OK\r\nX: ");
    });
    let client = client(&[("HTTPS_PROXY", &format!("127.0.0.1:{}", proxy.port))]);
    let answer = client.send(Request::get(base(ELSEWHERE).join(&path("/x"))), SHORT);
    assert_eq!(answer, Err("timeout after 300 ms".to_owned()));
}
