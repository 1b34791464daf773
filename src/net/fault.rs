//! Why a request failed, in one line of our own words: an error's text may hold what the server or a proxy's URL said.

use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::CertificateError;
use ureq::Error;

use super::{MAX_BODY, MAX_HEADERS};
use crate::model::escape::visible;

/// The line for an error of a request that was given `timeout`.
pub(super) fn line(error: &Error, timeout: Duration) -> String {
    match error {
        Error::Timeout(_) => of_timeout(timeout),
        Error::Io(error) => of_io(error, timeout),
        Error::Rustls(error) => of_tls(error),
        Error::Tls(_) | Error::TlsRequired => "TLS: no secure connection".to_owned(),
        Error::HostNotFound => "the host has no address".to_owned(),
        Error::BodyExceedsLimit(_) => format!("body over {} MiB", MAX_BODY >> 20),
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
