//! Findings that a person has looked at: fingerprints in a file of the project's, never values.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::world::{Refused, World};

/// Where it is, relative to the root.
pub(crate) const PATH: &str = ".delivery-gate/secrets-baseline.json";

/// The `schema` key's value.
pub(crate) const SCHEMA: &str = "delivery-gate/secrets-baseline/v1";

/// The largest file that is read, in bytes.
const LIMIT: u64 = 16 << 20;

/// The fingerprints that are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(HashSet<String>);

impl Baseline {
    /// Reads a project's baseline; a project without one allows nothing.
    ///
    /// # Errors
    /// It cannot be read, or is not what it has to be.
    pub fn read(world: &World) -> Result<Self, String> {
        match world.drafted(Path::new(PATH), LIMIT) {
            Ok(text) => Self::parse(&text.content).map_err(|why| format!("{PATH}: {why}")),
            Err(Refused::Missing | Refused::Untracked(None)) => Ok(Self::default()),
            Err(error) => Err(error.about(PATH)),
        }
    }

    /// `{"schema": …, "fingerprints": […]}`: 64 hex digits each, or an object with a `fingerprint` and notes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = crate::structured::json::parse(text.as_bytes())?;
        let object = value.as_object().ok_or("it must be an object")?;
        if object.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
            return Err(format!("`schema` must be {SCHEMA}"));
        }
        if let Some(key) = object.keys().find(|key| !matches!(key.as_str(), "schema" | "fingerprints")) {
            return Err(format!("the key `{key}` is unknown"));
        }
        let list = object.get("fingerprints").and_then(Value::as_array).ok_or("`fingerprints` must be a list")?;
        list.iter().map(fingerprint).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a fingerprint is in it.
    #[must_use]
    pub fn has(&self, fingerprint: &str) -> bool {
        self.0.contains(fingerprint)
    }
}

fn fingerprint(entry: &Value) -> Result<String, String> {
    let text = entry.as_str().or_else(|| entry.get("fingerprint")?.as_str());
    let text = text.filter(|text| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    text.map(str::to_owned).ok_or_else(|| "a fingerprint must be 64 hex digits in lower case".to_owned())
}
