//! Public keys as SSH writes them, and what each kind says of a signature.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::wire::Wire;

/// The shortest RSA key that counts, in bits.
const RSA_LEAST: usize = 2048;

/// The longest RSA key that is read, in bits.
const RSA_MOST: usize = 8192;

/// The bit of a security key's flags that says that a person touched it.
const TOUCHED: u8 = 1;

const ED25519: &str = "ssh-ed25519";
const P256: &str = "ecdsa-sha2-nistp256";
const P384: &str = "ecdsa-sha2-nistp384";
const RSA: &str = "ssh-rsa";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";

/// Kinds that OpenSSH has and that are not read here.
const UNREAD: [&str; 6] = [
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-dss",
    "ssh-xmss@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-ed448",
];

/// How the name of a certificate's kind ends.
const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// Why a key, or what was signed with it, does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is shown to be wrong, and how.
    Wrong(String),
    /// It may be right: its kind is not read here.
    Unread(String),
}

/// A public key that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    blob: Vec<u8>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Ed25519(Vec<u8>),
    P256(Vec<u8>),
    P384(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
    SkEd25519 { point: Vec<u8>, application: Vec<u8> },
}

impl PublicKey {
    /// A key as it stands in signatures and, in base64, in files.
    ///
    /// # Errors
    /// It is damaged or too weak, or of a kind that is not read.
    pub fn read(blob: &[u8]) -> Result<Self, Unfit> {
        let damaged = || Unfit::Wrong("the public key is damaged".to_owned());
        let mut wire = Wire::of(blob);
        let name = wire.text().ok_or_else(damaged)?;
        if !is_read(name) {
            return Err(unread(name));
        }
        let kind = Kind::read(name, &mut wire).filter(|_| wire.is_empty()).ok_or_else(damaged)?;
        if let Kind::Rsa { n, .. } = &kind {
            fits(bits(n))?;
        }
        Ok(Self { blob: blob.to_owned(), kind })
    }

    /// A key as a public key file has it: its kind, and the key in base64. Nothing where it is none that is read.
    #[must_use]
    pub fn of_line(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (kind, blob) = (words.next()?, decoded(words.next()?)?);
        Self::read(&blob).ok().filter(|key| key.kind.name() == kind)
    }

    /// What it is called beside its fingerprint, as `ssh-keygen -l` does.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.kind {
            Kind::Ed25519(_) => "ED25519",
            Kind::P256(_) | Kind::P384(_) => "ECDSA",
            Kind::Rsa { .. } => "RSA",
            Kind::SkEd25519 { .. } => "ED25519-SK",
        }
    }

    /// `SHA256:` and 43 characters, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob)
    }

    /// The key as it is written.
    pub(super) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Whether a signature, as SSH writes one, is this key's over a message.
    ///
    /// # Errors
    /// It is not, and in what way.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unfit> {
        let wrong = |why: &str| Unfit::Wrong(why.to_owned());
        let mut wire = Wire::of(signature);
        let parts = wire.text().zip(wire.bytes());
        let (name, raw) = parts.ok_or_else(|| wrong("the signature is damaged"))?;
        let security = match self.kind {
            Kind::SkEd25519 { .. } => wire.byte().zip(wire.number()),
            _ => None,
        };
        if !wire.is_empty() {
            return Err(wrong("the signature is damaged"));
        }
        match &self.kind {
            Kind::Rsa { n, e } => rsa(name, (n, e), message, raw),
            kind if kind.name() != name => Err(wrong("the signature is of another kind than its key")),
            Kind::Ed25519(point) => asked(&signature::ED25519, point, message, raw),
            Kind::P256(point) => asked(&signature::ECDSA_P256_SHA256_FIXED, point, message, &fixed(raw, 32)?),
            Kind::P384(point) => asked(&signature::ECDSA_P384_SHA384_FIXED, point, message, &fixed(raw, 48)?),
            Kind::SkEd25519 { point, application } => {
                let (flags, counter) = security.ok_or_else(|| wrong("the signature is damaged"))?;
                if flags & TOUCHED == 0 {
                    return Err(wrong("nobody touched the security key for it"));
                }
                asked(&signature::ED25519, point, &of_security_key(application, flags, counter, message), raw)
            }
        }
    }
}

impl Kind {
    fn read(name: &str, wire: &mut Wire<'_>) -> Option<Self> {
        let point = |bytes: &[u8], length: usize| (bytes.len() == length).then(|| bytes.to_owned());
        match name {
            ED25519 => point(wire.bytes()?, 32).map(Self::Ed25519),
            P256 => point(on_curve(wire, "nistp256")?, 65).map(Self::P256),
            P384 => point(on_curve(wire, "nistp384")?, 97).map(Self::P384),
            RSA => {
                let (e, n) = (wire.whole_number()?.to_owned(), wire.whole_number()?.to_owned());
                Some(Self::Rsa { n, e })
            }
            SK_ED25519 => {
                let (point, application) = (point(wire.bytes()?, 32)?, wire.bytes()?.to_owned());
                Some(Self::SkEd25519 { point, application })
            }
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => ED25519,
            Self::P256(_) => P256,
            Self::P384(_) => P384,
            Self::Rsa { .. } => RSA,
            Self::SkEd25519 { .. } => SK_ED25519,
        }
    }
}

/// The point of a key whose curve is named once more.
fn on_curve<'a>(wire: &mut Wire<'a>, curve: &str) -> Option<&'a [u8]> {
    (wire.text()? == curve).then(|| wire.bytes())?
}

/// The fingerprint of a key in whatever kind, as `ssh-keygen -l` shows it.
pub(super) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// A key in base64, as files have it, and the bytes that it stands for.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Whether a word is the name of a kind of key, read or not.
pub(super) fn is_kind(word: &str) -> bool {
    is_read(word) || UNREAD.contains(&word) || word.ends_with(CERTIFICATE)
}

fn is_read(name: &str) -> bool {
    [ED25519, P256, P384, RSA, SK_ED25519].contains(&name)
}

fn unread(name: &str) -> Unfit {
    let shown = crate::model::escape::visible_up_to(name, 60);
    Unfit::Unread(match name.ends_with(CERTIFICATE) {
        true => format!("kind of key not read: a certificate ({shown})"),
        false => format!("kind of key not read: {shown}"),
    })
}

fn bits(n: &[u8]) -> usize {
    n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize)
}

fn fits(bits: usize) -> Result<(), Unfit> {
    match bits {
        ..RSA_LEAST => Err(Unfit::Wrong(format!("an RSA key of {bits} bits is too weak: {RSA_LEAST} are the least"))),
        RSA_LEAST..=RSA_MOST => Ok(()),
        _ => Err(Unfit::Unread(format!("kind of key not read: RSA of {bits} bits, {RSA_MOST} are the most"))),
    }
}

fn asked(
    how: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    raw: &[u8],
) -> Result<(), Unfit> {
    let verified = UnparsedPublicKey::new(how, key).verify(message, raw);
    verified.map_err(|_| Unfit::Wrong("the signature is not over this claim".to_owned()))
}

fn rsa(name: &str, (n, e): (&[u8], &[u8]), message: &[u8], raw: &[u8]) -> Result<(), Unfit> {
    let how = match name {
        "rsa-sha2-256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "rsa-sha2-512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "ssh-rsa" => return Err(Unfit::Wrong("the signature is over SHA-1, which anybody can forge".to_owned())),
        _ => return Err(Unfit::Wrong("the signature is of another kind than its key".to_owned())),
    };
    // Some agents leave zeros out that stand first.
    let zeros = n.len().saturating_sub(raw.len());
    let padded = [vec![0; zeros], raw.to_vec()].concat();
    let verified = RsaPublicKeyComponents { n, e }.verify(how, message, &padded);
    verified.map_err(|_| Unfit::Wrong("the signature is not over this claim".to_owned()))
}

/// Both numbers of an ECDSA signature, each of so many bytes.
fn fixed(raw: &[u8], length: usize) -> Result<Vec<u8>, Unfit> {
    let mut wire = Wire::of(raw);
    let numbers = wire.whole_number().zip(wire.whole_number()).filter(|_| wire.is_empty());
    let padded = |number: &[u8]| {
        let zeros = length.checked_sub(number.len())?;
        Some([vec![0; zeros], number.to_vec()].concat())
    };
    let both = numbers.and_then(|(r, s)| Some([padded(r)?, padded(s)?].concat()));
    both.ok_or_else(|| Unfit::Wrong("the signature is damaged".to_owned()))
}

/// What a security key signs: the message only as a hash, and what it knows of the moment.
fn of_security_key(application: &[u8], flags: u8, counter: u32, message: &[u8]) -> Vec<u8> {
    let mut signed = Sha256::digest(application).to_vec();
    signed.push(flags);
    signed.extend(counter.to_be_bytes());
    signed.extend(Sha256::digest(message));
    signed
}
