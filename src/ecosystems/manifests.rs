//! Finding the package manifests of a project and reading each by its own rules.

use std::path::Path;

use super::{Manifest, cargo, node, python, table};
use crate::model::problem::Problem;
use crate::system::files::ReadError;
use crate::world::Refused;
use crate::world::World;

/// The largest manifest that is read, in bytes: parsed, one takes a hundred times its size.
pub(super) const SIZE_LIMIT: u64 = 1 << 20;

/// The largest requirements file that is read, in bytes: they carry hashes, and are read line by line.
const LINES_LIMIT: u64 = 16 << 20;

/// Whose package manager reads a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// pyproject.toml, requirements.txt.
    Python,
    /// Cargo.toml.
    Rust,
    /// package.json.
    Node,
}

/// A manifest that was found and understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// As the user knows it: relative to the directory of release.yaml.
    pub shown: String,
    /// Whose rules it follows.
    pub language: Language,
    /// What it declares.
    pub manifest: Manifest,
}

/// How a manifest of a given name is read.
type Reader = fn(&World, &Path, &str) -> Result<Manifest, Vec<Problem>>;

/// Reads the manifests of the directory, and those that the policy names besides.
///
/// # Errors
/// Every problem found in any of them.
pub(crate) fn load(world: &World, named: &[String]) -> Result<Vec<Loaded>, Vec<Problem>> {
    let here = |is_there: fn(&World, &Path) -> bool| {
        let found = table::manifests().filter(move |name| is_there(world, &world.dir.join(name)));
        found.collect::<Vec<&str>>()
    };
    let mut paths = here(World::has);
    if paths.is_empty() && named.is_empty() {
        // What git leaves out decides nothing; where there is nothing else, the row names it.
        paths = here(World::is_there);
    }
    for name in named.iter().map(|name| name.strip_prefix("./").unwrap_or(name)) {
        if !paths.contains(&name) {
            paths.push(name);
        }
    }
    let mut manifests = Vec::new();
    let mut problems = Vec::new();
    for shown in paths {
        match one(world, shown) {
            Ok(loaded) => manifests.push(loaded),
            Err(mut more) => problems.append(&mut more),
        }
    }
    if problems.is_empty() { Ok(manifests) } else { Err(problems) }
}

fn one(world: &World, shown: &str) -> Result<Loaded, Vec<Problem>> {
    let path = world.dir.join(shown);
    let Some((language, read)) = reader(&path) else {
        let help = format!("name a {}, or another requirements file", table::manifests_in_words());
        return Err(vec![Problem::new(shown, "this is not a manifest that the gate can read").help(help)]);
    };
    let limit =
        if path.extension().is_some_and(|ending| ending == "txt" || ending == "in") { LINES_LIMIT } else { SIZE_LIMIT };
    let manifest = match world.drafted(&path, limit) {
        Ok(text) => {
            let mut manifest = read(world, &path, &text.content)?;
            manifest.unproven.splice(0..0, text.note(shown));
            manifest
        }
        Err(error @ (Refused::Untracked(_) | Refused::Undetermined(_))) => Manifest::unread(error.about(shown)),
        Err(error) => return Err(vec![unreadable(shown, &error)]),
    };
    Ok(Loaded { shown: shown.to_owned(), language, manifest })
}

fn reader(path: &Path) -> Option<(Language, Reader)> {
    match path.file_name()?.to_str()? {
        "pyproject.toml" => Some((Language::Python, python::pyproject::load)),
        "Cargo.toml" => Some((Language::Rust, cargo::load)),
        "package.json" => Some((Language::Node, node::load)),
        name if name.ends_with(".txt") || name.ends_with(".in") => {
            Some((Language::Python, python::requirements_txt::load))
        }
        _ => None,
    }
}

fn unreadable(shown: &str, error: &Refused) -> Problem {
    let help = match error {
        Refused::Missing => "check `manifests:` in delivery-gate.yaml",
        Refused::Unreadable(ReadError::NotUtf8(_)) => "save it as UTF-8",
        _ => "put the manifest itself there",
    };
    error.problem(shown).help(help)
}

#[cfg(test)]
mod tests {
    use super::table::{ALL, Pins, RUST};
    use super::*;

    #[test]
    fn every_manifest_of_the_table_that_is_read_has_its_reader() {
        for file in ALL.iter().flat_map(|ecosystem| ecosystem.manifests) {
            let name = file.name.replace('*', "x");
            let (has_reader, is_read) = (reader(Path::new(&name)).is_some(), file.pins != Pins::Unread);
            // Any text may be a requirements file, where the policy says so.
            assert!(has_reader == is_read || (has_reader && name.ends_with(".txt")), "{name}");
        }
        assert_eq!(RUST.pinning().collect::<Vec<_>>(), ["Cargo.lock"]);
    }
}
