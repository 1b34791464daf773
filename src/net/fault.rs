//! Why a request failed, in one line of our own words: an error's text may hold what the server or a proxy's URL said.

use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::CertificateError;
use ureq::Error;

use super::MAX_HEADERS;
use crate::model::escape::visible;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// One line without any part of the request.
    pub line: String,
    /// Whether the same request may be answered a moment later.
    pub may_pass: bool,
    /// Whether the server named another address.
    pub is_redirect: bool,
}

impl Fault {
    /// One that a moment may mend.
    pub(super) fn passing(line: String) -> Self {
        Self { line, may_pass: true, is_redirect: false }
    }

    /// One that stays.
    pub(super) fn lasting(line: String) -> Self {
        Self { line, may_pass: false, is_redirect: false }
    }

    /// A redirect with this status.
    pub(super) fn redirect(status: u16) -> Self {
        Self { line: format!("redirect ({status}), not followed"), may_pass: false, is_redirect: true }
    }

    /// That of a request that was given `timeout` and takes a body of `limit` bytes.
    pub(super) fn of(error: &Error, timeout: Duration, limit: u64) -> Self {
        let may_pass = match error {
            Error::Timeout(_) | Error::HostNotFound | Error::ConnectProxyFailed(_) => true,
            Error::Io(error) => error.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()),
            _ => false,
        };
        Self { line: line(error, timeout, limit), may_pass, is_redirect: false }
    }
}

fn line(error: &Error, timeout: Duration, limit: u64) -> String {
    match error {
        Error::Timeout(_) => of_timeout(timeout),
        Error::Io(error) => of_io(error, timeout),
        Error::Rustls(error) => of_tls(error),
        Error::Tls(_) | Error::TlsRequired => "TLS: no secure connection".to_owned(),
        Error::HostNotFound => "the host has no address".to_owned(),
        Error::BodyExceedsLimit(_) => format!("body over {} MiB", limit >> 20),
        Error::LargeResponseHeader(..) => format!("response headers over {} KiB", MAX_HEADERS >> 10),
        Error::Protocol(_) | Error::BodyStalled => "the answer is not sound HTTP/1.1".to_owned(),
        Error::ConnectProxyFailed(_) => "the proxy did not open the connection".to_owned(),
        _ => "the request could not be made".to_owned(),
    }
}

/// The line for a deadline that passed.
pub(super) fn of_timeout(timeout: Duration) -> String {
    format!("timeout after {} ms", timeout.as_millis())
}

fn of_io(error: &io::Error, timeout: Duration) -> String {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_tls(tls);
    }
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => of_timeout(timeout),
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection was closed before the answer was complete".to_owned(),
        _ => format!("network: {}", visible(&error.to_string())),
    }
}

fn of_tls(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(problem) = error else {
        return format!("TLS: {}", visible(&error.to_string()));
    };
    let what = match problem {
        CertificateError::UnknownIssuer => "is not from an authority that is trusted here",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "is for another host",
        CertificateError::Revoked => "was revoked",
        _ => "is not valid",
    };
    format!("TLS: the server's certificate {what}")
}
