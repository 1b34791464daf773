//! composer.lock: packages, and those for development.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Listed, Read};

#[derive(Deserialize)]
struct File {
    packages: Vec<Package>,
    #[serde(default, rename = "packages-dev")]
    packages_dev: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    dist: Option<Dist>,
}

#[derive(Deserialize)]
struct Dist {
    #[serde(rename = "type")]
    kind: Option<String>,
}

pub(super) fn read(text: &str) -> Read {
    let file: File = serde_json::from_str(text).map_err(|error| format!("it is not a valid lock file: {error}"))?;
    let all = file.packages.into_iter().chain(file.packages_dev.into_iter().flatten());
    let foreign = all.filter(|package| package.dist.as_ref().and_then(|dist| dist.kind.as_deref()) != Some("path"));
    let lines = name_lines(text);
    let listed = foreign.map(|Package { name, version, .. }| Listed { line: lines.get(&name).copied(), name, version });
    Ok(listed.collect::<Vec<_>>().into())
}

/// The first line of each `"name": "…"`.
fn name_lines(text: &str) -> HashMap<String, usize> {
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        if let Some((name, _)) = line.split_once("\"name\": \"").and_then(|(_, rest)| rest.split_once('"')) {
            lines.entry(name.replace("\\/", "/")).or_insert(index + 1);
        }
    }
    lines
}
