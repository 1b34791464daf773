//! Whom TLS trusts.

use std::fs;

use ureq::tls::{PemItem, RootCerts, parse_pem};

/// The roots of trust: the certificates of `SSL_CERT_FILE` and no others if it is given (on every system, as OpenSSL
/// does), else the platform's, else Mozilla's as they were bundled.
pub(super) fn roots(certificate_file: Option<&str>) -> Result<RootCerts, String> {
    certificate_file.map_or_else(|| Ok(of_platform()), of_file)
}

fn of_file(path: &str) -> Result<RootCerts, String> {
    let pem = fs::read(path).map_err(|e| format!("TLS: SSL_CERT_FILE cannot be read: {e}"))?;
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(_) => Some(Err("TLS: SSL_CERT_FILE is not sound PEM".to_owned())),
    });
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err("TLS: SSL_CERT_FILE has no certificate".to_owned());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// Windows and Apple's systems verify certificates themselves; elsewhere the platform has a store of files.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn of_platform() -> RootCerts {
    RootCerts::PlatformVerifier
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn of_platform() -> RootCerts {
    let native = rustls_native_certs::load_native_certs().certs;
    let certificates = native.iter().map(|certificate| ureq::tls::Certificate::from_der(certificate).to_owned());
    or_bundled(&certificates.collect::<Vec<_>>())
}

/// A small container often has no store at all.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn or_bundled(native: &[ureq::tls::Certificate<'static>]) -> RootCerts {
    if native.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(native) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_file_without_certificates_trusts_nobody() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("roots.pem");
        let path = path.to_str().expect("UTF-8");
        assert!(roots(Some(path)).is_err_and(|e| e.starts_with("TLS: SSL_CERT_FILE cannot be read")));
        for (text, reason) in [
            ("", "TLS: SSL_CERT_FILE has no certificate"),
            ("nothing", "TLS: SSL_CERT_FILE has no certificate"),
            ("-----BEGIN CERTIFICATE-----\n", "TLS: SSL_CERT_FILE is not sound PEM"),
        ] {
            fs::write(path, text).expect("a file");
            assert_eq!(roots(Some(path)).expect_err(text), reason);
        }
    }

    #[cfg(all(unix, not(target_vendor = "apple")))]
    #[test]
    fn bundled_roots_stand_in_for_a_platform_without_any() {
        assert!(matches!(or_bundled(&[]), RootCerts::WebPki));
        assert!(matches!(or_bundled(&[ureq::tls::Certificate::from_der(b"x").to_owned()]), RootCerts::Specific(_)));
    }
}
