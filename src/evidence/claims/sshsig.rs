//! SSHSIG: the armoured signature that `ssh-keygen -Y sign` writes, verified here without any program.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

use super::key::{PublicKey, Unfit};
use super::wire::{Wire, put};
use crate::model::escape::visible_up_to;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";

/// The one version that there is.
const VERSION: u32 = 1;

/// The longest line of an armour, in characters; `ssh-keygen` writes 70.
const LINE_LIMIT: usize = 76;

/// The largest armour that is read, in bytes: one of an RSA key of 8192 bits has about 3,100.
const ARMOUR_LIMIT: usize = 16 << 10;

/// A signature whose key can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSig {
    /// The key that it says it is of.
    pub key: PublicKey,
    /// What it was made for: `git` of commits and tags.
    pub namespace: String,
    reserved: Vec<u8>,
    hash: Hash,
    signature: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

impl SshSig {
    /// Reads an armour, which must be all of the text.
    ///
    /// # Errors
    /// It is none, it is damaged, or of a kind of key that is not read.
    pub fn read(armour: &str) -> Result<Self, Unfit> {
        Self::of_blob(&unarmoured(armour)?)
    }

    fn of_blob(blob: &[u8]) -> Result<Self, Unfit> {
        let damaged = || Unfit::Wrong("the signature is damaged".to_owned());
        let mut wire = Wire::of(blob);
        if wire.take(MAGIC.len()) != Some(MAGIC) {
            return Err(damaged());
        }
        match wire.number() {
            Some(VERSION) => {}
            Some(other) => return Err(Unfit::Unread(format!("version {other} of SSH signatures is not read"))),
            None => return Err(damaged()),
        }
        let key = wire.bytes().ok_or_else(damaged)?;
        let namespace = wire.text().ok_or_else(damaged)?.to_owned();
        let reserved = wire.bytes().ok_or_else(damaged)?.to_owned();
        let hash = match wire.text().ok_or_else(damaged)? {
            "sha256" => Hash::Sha256,
            "sha512" => Hash::Sha512,
            other => {
                return Err(Unfit::Unread(format!(
                    "the hash {} of SSH signatures is not read",
                    visible_up_to(other, 20)
                )));
            }
        };
        let signature = wire.bytes().filter(|_| wire.is_empty()).ok_or_else(damaged)?.to_owned();
        Ok(Self { key: PublicKey::read(key)?, namespace, reserved, hash, signature })
    }

    /// Whether it is its key's signature over a message, made for a namespace.
    ///
    /// # Errors
    /// It is not, and in what way.
    pub fn verify(&self, namespace: &str, message: &[u8]) -> Result<(), Unfit> {
        if self.namespace != namespace {
            let made_for = visible_up_to(&self.namespace, 60);
            return Err(Unfit::Wrong(format!("it was signed for the namespace `{made_for}`, not for `{namespace}`")));
        }
        self.key.verify(&self.signed(message), &self.signature)
    }

    /// The bytes that the key signed.
    fn signed(&self, message: &[u8]) -> Vec<u8> {
        let (name, digest) = match self.hash {
            Hash::Sha256 => ("sha256", Sha256::digest(message).to_vec()),
            Hash::Sha512 => ("sha512", Sha512::digest(message).to_vec()),
        };
        let mut signed = MAGIC.to_vec();
        for part in [self.namespace.as_bytes(), &self.reserved, name.as_bytes(), &digest] {
            put(&mut signed, part);
        }
        signed
    }
}

/// The bytes of an armour. What OpenSSH refuses is refused, and text behind it, too.
fn unarmoured(armour: &str) -> Result<Vec<u8>, Unfit> {
    let wrong = |why: &str| Err(Unfit::Wrong(why.to_owned()));
    if armour.len() > ARMOUR_LIMIT {
        return wrong("the signature is larger than any of a key that is read");
    }
    if armour.starts_with("-----BEGIN PGP") {
        return Err(Unfit::Unread("kind of key not read: OpenPGP".to_owned()));
    }
    let Some(rest) = armour.strip_prefix(BEGIN) else {
        return wrong(match armour.contains('\r') {
            true => "the signature has CRLF line ends, which ssh-keygen refuses, too",
            false => "the signature does not begin as an SSH signature does",
        });
    };
    let Some((body, behind)) = rest.split_once(END) else {
        return wrong("the signature does not end as an SSH signature does");
    };
    if !["", "\n"].contains(&behind) {
        return wrong(match behind.contains(BEGIN.trim_end()) {
            true => "there are several signatures in one",
            false => "there is text behind the signature",
        });
    }
    let lines = body.strip_suffix('\n').unwrap_or_default().split('\n');
    let is_line = |line: &str| (1..=LINE_LIMIT).contains(&line.len());
    if !lines.clone().all(is_line) {
        return wrong("the signature's lines are not those of an SSH signature");
    }
    let joined: String = lines.collect();
    STANDARD.decode(joined).map_err(|_| Unfit::Wrong("the signature is no base64".to_owned()))
}
