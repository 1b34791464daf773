//! composer.lock: packages, and those for development.

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
    let listed = foreign.map(|Package { name, version, .. }| Listed { line: line(text, &name), name, version });
    Ok(listed.collect::<Vec<_>>().into())
}

fn line(text: &str, name: &str) -> Option<usize> {
    let wanted = format!("\"name\": \"{}\"", name.replace('/', "\\/"));
    let plain = format!("\"name\": \"{name}\"");
    text.lines().position(|line| line.contains(&plain) || line.contains(&wanted)).map(|index| index + 1)
}
