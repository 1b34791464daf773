//! From lock files to packages, one reader a file.

use std::path::Path;

use super::{Ecosystem, Package};
use crate::ecosystems::lockfiles::Listed;
use crate::ecosystems::{cargo, composer, dart, deno, dotnet, elixir, gradle, node, python, ruby, swift, table};
use crate::model::escape::visible_up_to;
use crate::world::{Refused, World};

mod go;

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 128 << 20;

/// What lock files pin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    /// In the order of the files.
    pub packages: Vec<Package>,
    /// What was left out, and why.
    pub warnings: Vec<String>,
    /// What nobody looked up, though it is installed.
    pub unread: Vec<Unread>,
}

/// A package or a file of packages that was not looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What a user calls it: a package's name, a file's path.
    pub name: String,
    /// Where it is asked for and what it is.
    pub what: String,
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
pub(crate) fn read(world: &World, files: &[impl AsRef<Path>]) -> Result<Locked, String> {
    let mut locked = Locked::default();
    for path in files.iter().map(AsRef::as_ref) {
        let shown = visible_up_to(&path.to_string_lossy().replace('\\', "/"), 200);
        let one = one(world, path, &shown).map_err(|why| format!("{shown}: {why}"))?;
        locked.packages.extend(one.packages);
        locked.warnings.extend(one.warnings);
        locked.unread.extend(one.unread);
    }
    let read: Vec<_> = files.iter().map(|path| path.as_ref().to_string_lossy().replace('\\', "/")).collect();
    locked.unread.retain(|unread| !read.contains(&unread.name));
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
    let ecosystem = table::looked_up_in(path).and_then(Ecosystem::of_name).ok_or(unknown)?;
    let Content { listed, open } = match name {
        "Cargo.lock" => cargo::listed(text).map(Content::from),
        "deno.lock" => deno::listed(text).map(Content::from),
        "go.mod" => go::module(text),
        "go.sum" | "go.work.sum" => go::sums(text, module),
        "Gemfile.lock" | "gems.locked" => ruby::listed(text).map(Content::from),
        "composer.lock" => composer::listed(text).map(Content::from),
        "mix.lock" => elixir::listed(text).map(Content::from),
        "pubspec.lock" => dart::listed(text).map(Content::from),
        "Package.resolved" => swift::listed(text).map(Content::from),
        _ if ecosystem == Ecosystem::Maven => gradle::listed(name, text).map(Content::from),
        _ if ecosystem == Ecosystem::NuGet => dotnet::listed(text).map(Content::from),
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
    // What an address names has no version that an advisory could speak of.
    let (addresses, listed): (Vec<_>, Vec<_>) = listed.into_iter().partition(|one| one.version.contains([':', '/']));
    let mut unread: Vec<_> = addresses.iter().map(|one| Unread::address(path, one)).collect();
    if name.ends_with(".txt") {
        unread.extend(included(path, text));
    }
    let packages = listed.into_iter().map(package).collect();
    Ok(Locked { packages, warnings: warnings.into_iter().collect(), unread })
}

impl Unread {
    fn address(path: &str, one: &Listed) -> Self {
        let place = one.line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"));
        let version = visible_up_to(&one.version, 200);
        Self {
            name: one.name.clone(),
            what: format!("{place}: {} is from {version}, of which no version is known", one.name),
        }
    }
}

/// The files that a requirements file includes. (A file of constraints installs nothing.)
fn included(path: &str, text: &str) -> Vec<Unread> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let include = |(index, line): (usize, &str)| {
        let line = line.trim();
        let rest = line.strip_prefix("--requirement").or_else(|| line.strip_prefix("-r"))?;
        let named = rest.trim_start_matches(['=', ' ', '\t']).split(" #").next()?.trim();
        let name = joined(folder, named);
        (!named.is_empty()).then(|| Unread { what: format!("{path}:{}: {name}", index + 1), name })
    };
    text.lines().enumerate().filter_map(include).collect()
}

/// A path from the top of what a file in a folder names.
fn joined(folder: &str, named: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
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
