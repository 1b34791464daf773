//! DSSE: the envelope around a claim, and the bytes that are signed for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::key::Unfit;
use super::{NAMESPACE, sshsig::SshSig};
use crate::model::escape::visible_up_to;
use crate::structured::json;

/// What an envelope of a claim holds.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// An envelope that was taken apart; nothing of it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) payload: Vec<u8>,
    pub(super) keyid: String,
    pub(super) signature: SshSig,
}

/// The DSSE pre-authentication encoding of a payload.
#[must_use]
pub fn encoded(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The text of an envelope, on one line.
pub(super) fn written(payload: &[u8], armour: &str, keyid: &str) -> String {
    let signature = json!({"keyid": keyid, "sig": STANDARD.encode(armour)});
    let payload = STANDARD.encode(payload);
    json!({"payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": [signature]}).to_string() + "\n"
}

impl Envelope {
    /// Takes an envelope apart.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Unfit> {
        let wrong = |why: String| Unfit::Wrong(why);
        let value = json::parse(bytes).map_err(|why| wrong(format!("it is no envelope: {why}")))?;
        let fields = object(&value, "the envelope", &["payloadType", "payload", "signatures"]).map_err(wrong)?;
        let kind = text(fields, "payloadType", "the envelope").map_err(wrong)?;
        if kind != PAYLOAD_TYPE {
            return Err(wrong(format!("its payloadType is `{}`, not `{PAYLOAD_TYPE}`", visible_up_to(kind, 80))));
        }
        let payload = base64(fields, "payload", "the envelope").map_err(wrong)?;
        let signatures = fields.get("signatures").and_then(Value::as_array);
        let signature = match signatures.map(Vec::as_slice) {
            Some([one]) => one,
            Some([]) => return Err(wrong("the envelope has no signature".to_owned())),
            Some(several) => {
                let why = "each person signs an envelope of their own";
                return Err(wrong(format!("the envelope has {} signatures: {why}", several.len())));
            }
            None => return Err(wrong("`signatures` of the envelope is no list".to_owned())),
        };
        let fields = object(signature, "the signature", &["keyid", "sig"]).map_err(wrong)?;
        let keyid = text(fields, "keyid", "the signature").map_err(wrong)?.to_owned();
        let armour = String::from_utf8(base64(fields, "sig", "the signature").map_err(wrong)?);
        let armour = armour.map_err(|_| wrong("the signature is no armoured SSH signature".to_owned()))?;
        Ok(Self { payload, keyid, signature: SshSig::read(&armour)? })
    }

    /// Whether its signature is one over its payload, made for a claim.
    pub(super) fn verify(&self) -> Result<(), Unfit> {
        self.signature.verify(NAMESPACE, &encoded(&self.payload))?;
        let fingerprint = self.signature.key.fingerprint();
        if self.keyid != fingerprint {
            let keyid = visible_up_to(&self.keyid, 60);
            return Err(Unfit::Wrong(format!("its keyid is `{keyid}`, and it was signed with {fingerprint}")));
        }
        Ok(())
    }
}

/// A mapping that has these keys at most.
pub(super) fn object<'v>(value: &'v Value, what: &str, keys: &[&str]) -> Result<&'v Map<String, Value>, String> {
    let fields = value.as_object().ok_or_else(|| format!("{what} is {}, not a mapping", json::kind(value)))?;
    match fields.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has the key `{}`, which is not known", visible_up_to(key, 60))),
        None => Ok(fields),
    }
}

/// The text at a key.
pub(super) fn text<'v>(fields: &'v Map<String, Value>, key: &str, what: &str) -> Result<&'v str, String> {
    match fields.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("`{key}` of {what} is {}, not a text", json::kind(other))),
        None => Err(format!("{what} has no `{key}`")),
    }
}

fn base64(fields: &Map<String, Value>, key: &str, what: &str) -> Result<Vec<u8>, String> {
    let decoded = STANDARD.decode(text(fields, key, what)?);
    decoded.map_err(|_| format!("`{key}` of {what} is no base64"))
}
