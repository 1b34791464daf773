//! Pipfile.lock: one table for each category of packages.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Listed, Read};
use crate::ecosystems::lockfiles::KeyLines;

#[derive(Deserialize)]
struct Package {
    version: Option<String>,
}

pub(super) fn read(text: &str) -> Read {
    let invalid = |error: serde_json::Error| format!("it is not a valid lock file: {error}");
    let mut file: BTreeMap<String, Value> = serde_json::from_str(text).map_err(invalid)?;
    file.remove("_meta").ok_or("it has no `_meta`")?;
    let lines = KeyLines::of(text);
    let mut listed = Vec::new();
    for table in file.into_values() {
        let packages: BTreeMap<String, Package> = serde_json::from_value(table).map_err(invalid)?;
        listed.extend(packages.into_iter().filter_map(|(name, package)| {
            let version = package.version?.trim_start_matches('=').trim().to_owned();
            Some(Listed { line: lines.line(&name), name, version })
        }));
    }
    Ok(listed.into())
}
