//! Pipfile.lock: one table for each category of packages, all of them flat.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entries::{Content, Locked};
use super::formats::commit;
use crate::ecosystems::Scope;
use crate::ecosystems::python::url::is_strong_hash;
use crate::structured::json;

/// The category that `pipenv install` installs.
const RUNTIME: &str = "default";
/// The one that `pipenv install --dev` adds.
const DEVELOPMENT: &str = "develop";

#[derive(Deserialize)]
struct Package {
    version: Option<String>,
    #[serde(default)]
    hashes: Vec<String>,
    git: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    hash: Option<BTreeMap<String, String>>,
}

/// The packages of a lock file.
///
/// # Errors
/// Why the text is none.
pub(super) fn read(text: &str) -> Result<Vec<Locked>, String> {
    let mut file = tables(text)?;
    file.remove("_meta").ok_or("it has no `_meta`")?;
    let mut entries = Vec::new();
    for (category, table) in file {
        let packages: BTreeMap<String, Package> = serde_json::from_value(table).map_err(invalid)?;
        let scope = scope(&category);
        entries.extend(packages.into_iter().map(|(name, package)| {
            let content = package.content();
            let version = package.version.map(|version| version.trim_start_matches('=').trim().to_owned());
            Locked { scope, ..Locked::new(name, version, content) }
        }));
    }
    Ok(entries)
}

/// The digest of the Pipfile that the lock file was made for, where it has one.
pub(super) fn made_for(text: &str) -> Option<String> {
    let meta: Meta = serde_json::from_value(tables(text).ok()?.remove("_meta")?).ok()?;
    meta.hash?.remove("sha256")
}

fn tables(text: &str) -> Result<Map<String, Value>, String> {
    match json::parse(text.as_bytes()).map_err(invalid)? {
        Value::Object(tables) => Ok(tables),
        _ => Err(invalid("it is no object")),
    }
}

fn invalid(error: impl Display) -> String {
    format!("it is not a valid lock file: {error}")
}

fn scope(category: &str) -> Scope {
    match category {
        RUNTIME => Scope::Runtime,
        DEVELOPMENT => Scope::Dev,
        _ => Scope::Optional,
    }
}

impl Package {
    fn content(&self) -> Content {
        match (&self.git, &self.path) {
            (Some(_), _) => commit(self.reference.as_deref()),
            (None, Some(path)) => Content::Local(path.clone()),
            (None, None) if !self.hashes.is_empty() && self.hashes.iter().all(|hash| is_strong_hash(hash)) => {
                Content::Hashed
            }
            (None, None) => Content::Open,
        }
    }
}
