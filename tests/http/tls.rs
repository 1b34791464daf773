//! TLS: whom the client believes.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use delivery_gate::internal::net::{Client, Request, Response};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::server::{AMPLE, SHORT, Server, TOKEN, assert_fit, base, client, ok, path, request, secret};

/// An authority of this test's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "An authority for tests");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("roots.pem"), certificate.pem()).expect("a file");
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// The path of a file with the authority's certificate.
    pub(crate) fn roots(&self) -> String {
        self.folder.path().join("roots.pem").to_str().expect("UTF-8").to_owned()
    }

    /// A client that trusts this authority and nobody else.
    fn client(&self) -> Client {
        client(&[("SSL_CERT_FILE", &self.roots())])
    }

    /// A server's configuration with a certificate for a host.
    pub(crate) fn for_host(&self, host: &str) -> Arc<ServerConfig> {
        self.with(CertificateParams::new(vec![host.to_owned()]).expect("parameters"))
    }

    fn with(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        config(certificate.der().clone(), &key)
    }
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a configuration"))
}

/// Speaks TLS on a connection.
pub(crate) fn secured(stream: TcpStream, config: Arc<ServerConfig>) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).expect("a connection"), stream)
}

/// A TLS server that answers one request with `{}`, if it gets so far.
fn server(config: Arc<ServerConfig>) -> Server {
    Server::scripted(move |stream, requests| {
        let mut stream = secured(stream, config);
        let request = request(&mut stream);
        if !request.is_empty() {
            requests.send(request).expect("a test that listens");
            stream.write_all(ok("{}").as_bytes()).expect("a client");
            stream.conn.send_close_notify();
            stream.flush().expect("a client");
        }
    })
}

fn get(client: &Client, host: &str, server: &Server) -> Result<Response, String> {
    let base = base(&format!("https://{host}:{}", server.port));
    let request = Request::get(base.join(&path("/x"))).bearer(&secret(TOKEN));
    client.send(request, AMPLE).inspect_err(|error| assert_fit(error))
}

#[test]
fn a_certificate_of_a_trusted_authority_is_believed() {
    let authority = Authority::new();
    for host in ["127.0.0.1", "localhost"] {
        let server = server(authority.for_host(host));
        assert_eq!(get(&authority.client(), host, &server).map(|answer| answer.body), Ok(b"{}".to_vec()));
        assert!(server.request().contains(TOKEN));
    }
}

#[test]
fn any_other_certificate_is_not_and_the_server_gets_no_request() {
    let authority = Authority::new();
    let from_to = |from, to| {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        authority.with(params)
    };
    let key = KeyPair::generate().expect("a key");
    let alone = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters").self_signed(&key);
    let self_signed = config(alone.expect("a certificate").der().clone(), &key);
    let trusting = || authority.client();
    let untrusted = "TLS: the server's certificate is not from an authority that is trusted here";
    let cases = [
        (trusting(), self_signed.clone(), untrusted),
        (client(&[]), self_signed, untrusted),
        (client(&[]), authority.for_host("127.0.0.1"), untrusted),
        (trusting(), authority.for_host("localhost"), "TLS: the server's certificate is for another host"),
        (trusting(), authority.for_host("127.0.0.2"), "TLS: the server's certificate is for another host"),
        (trusting(), from_to(2020, 2021), "TLS: the server's certificate has expired"),
        (trusting(), from_to(3000, 3001), "TLS: the server's certificate is not valid yet"),
    ];
    for (client, config, expected) in cases {
        let server = server(config);
        assert_eq!(get(&client, "127.0.0.1", &server), Err(expected.to_owned()));
        server.assert_not_asked();
    }
}

#[test]
fn a_server_without_tls_gets_no_request() {
    let server = Server::scripted(|mut stream, requests| {
        stream.write_all(ok("{}").as_bytes()).expect("a client");
        requests.send(request(&mut stream)).expect("a test that listens");
    });
    let error = get(&Authority::new().client(), "127.0.0.1", &server).expect_err("no answer");
    assert!(error.starts_with("TLS: "), "{error}");
}

#[test]
fn a_handshake_that_never_ends_is_a_timeout() {
    let server = Server::scripted(|mut stream, _| drop(request(&mut stream)));
    let base = base(&format!("https://127.0.0.1:{}", server.port));
    let answer = Authority::new().client().send(Request::get(base.join(&path("/x"))), SHORT);
    assert_eq!(answer, Err("timeout after 300 ms".to_owned()));
}

#[test]
fn a_certificate_file_that_cannot_be_used_is_an_error() {
    let nobody = crate::server::Deserted::new();
    let base = base(&format!("https://127.0.0.1:{}", nobody.port()));
    let answer = client(&[("SSL_CERT_FILE", "/no/such/file")]).send(Request::get(base.join(&path("/x"))), AMPLE);
    assert!(answer.is_err_and(|error| error.starts_with("TLS: SSL_CERT_FILE cannot be read")));
    nobody.assert_deserted();
}
