//! From lock files to packages, one reader a file.

use std::path::Path;

use super::{Ecosystem, Package};
use crate::ecosystems::lockfiles::Listed;
use crate::ecosystems::{cargo, node, python, table};
use crate::model::escape::visible_up_to;
use crate::world::{Refused, World};

mod composer;
mod gemfile;
mod go;
mod pipfile;

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 128 << 20;

/// What lock files pin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    /// In the order of the files.
    pub packages: Vec<Package>,
    /// What was left out, and why.
    pub warnings: Vec<String>,
}

/// What one file lists.
#[derive(Debug, Default)]
struct Content {
    listed: Vec<Listed>,
    /// Lines that pin nothing.
    open: Vec<usize>,
}

impl From<Vec<Listed>> for Content {
    fn from(listed: Vec<Listed>) -> Self {
        Self { listed, open: Vec::new() }
    }
}

type Read = Result<Content, String>;

/// Reads lock files, each by its name; their paths are relative to the root.
///
/// # Errors
/// Why a file could not be read, with its name.
pub fn read(world: &World, files: &[impl AsRef<Path>]) -> Result<Locked, String> {
    let mut locked = Locked::default();
    for path in files.iter().map(AsRef::as_ref) {
        let shown = visible_up_to(&path.to_string_lossy().replace('\\', "/"), 200);
        let one = one(world, path, &shown).map_err(|why| format!("{shown}: {why}"))?;
        locked.packages.extend(one.packages);
        locked.warnings.extend(one.warnings);
    }
    Ok(locked)
}

fn one(world: &World, path: &Path, shown: &str) -> Result<Locked, String> {
    let text = world.drafted(path, SIZE_LIMIT).map_err(|error| error.to_string())?.content;
    let module = if name_of(shown) == "go.sum" { module_beside(world, path)? } else { None };
    parse(shown, &text, module.as_deref())
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Reads the text of a lock file by the last name of its path. A go.sum is read together with the go.mod beside it.
///
/// # Errors
/// Why the text is no lock file.
pub fn parse(path: &str, text: &str, module: Option<&str>) -> Result<Locked, String> {
    let name = name_of(path);
    let unknown = "no lock file that is known has this name";
    let ecosystem = table::looked_up_in(name).and_then(Ecosystem::of_name).ok_or(unknown)?;
    let Content { listed, open } = match name {
        "Cargo.lock" => cargo::listed(text).map(Content::from),
        "Pipfile.lock" => pipfile::read(text),
        "go.mod" => go::module(text),
        "go.sum" => go::sums(text, module),
        "Gemfile.lock" | "gems.locked" => gemfile::read(text),
        "composer.lock" => composer::read(text),
        _ if ecosystem == Ecosystem::PyPi && name.ends_with(".txt") => Ok(requirements(text)),
        _ => {
            let listed = python::listed(name, text).or_else(|| node::listed(name, text));
            listed.ok_or(unknown)?.map(Content::from)
        }
    }?;
    let package = |Listed { name, version, line }| Package { ecosystem, name, version, path: path.to_owned(), line };
    let warnings = open.first().map(|first| {
        let lines = if open.len() == 1 { "1 line pins" } else { &format!("{} lines pin", open.len()) };
        format!("{path}:{first}: {lines} no version, so nothing was looked up for it")
    });
    Ok(Locked { packages: listed.into_iter().map(package).collect(), warnings: warnings.into_iter().collect() })
}

fn requirements(text: &str) -> Content {
    let (listed, open) = python::requirements_txt::listed(text);
    Content { listed, open }
}

fn module_beside(world: &World, sums: &Path) -> Result<Option<String>, String> {
    let path = sums.with_file_name("go.mod");
    match world.drafted(&path, SIZE_LIMIT) {
        Ok(text) => Ok(Some(text.content)),
        Err(Refused::Missing) => Ok(None),
        Err(error) => Err(format!("go.mod beside it: {error}")),
    }
}

#[cfg(test)]
mod tests;
