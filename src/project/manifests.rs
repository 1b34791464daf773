//! Finding the package manifests of a project and reading each by its own rules.

use std::path::{Path, PathBuf};

use super::{Checkout, Manifest, cargo, node, python};
use crate::diagnostic::Problem;
use crate::files::ReadError;

/// The manifests that are read where they are found (check.md).
pub(crate) const BY_CONVENTION: [&str; 4] = ["pyproject.toml", "Cargo.toml", "package.json", "requirements.txt"];

/// The largest manifest that is read, in bytes: parsed, one takes a hundred times its size.
pub(super) const SIZE_LIMIT: u64 = 1 << 20;

/// The largest requirements file that is read, in bytes: they carry hashes, and are read line by line.
const LINES_LIMIT: u64 = 16 << 20;

/// Whose package manager reads a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// pyproject.toml, requirements.txt.
    Python,
    /// Cargo.toml.
    Rust,
    /// package.json.
    Node,
}

/// A manifest that was found and understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Relative to the root.
    pub path: PathBuf,
    /// As the user knows it: relative to the directory of release.yaml.
    pub shown: String,
    /// Whose rules it follows.
    pub language: Language,
    /// What it declares.
    pub manifest: Manifest,
}

/// How a manifest of a given name is read.
type Reader = fn(&Checkout<'_>, &Path, &str) -> Result<Manifest, Vec<Problem>>;

/// Reads the manifests of the directory, and those that the policy names besides.
///
/// # Errors
/// Every problem found in any of them.
pub fn load(checkout: &Checkout<'_>, named: &[String]) -> Result<Vec<Loaded>, Vec<Problem>> {
    let found = BY_CONVENTION.iter().filter(|name| checkout.root.exists(&checkout.dir.join(name)));
    let mut paths: Vec<&str> = found.copied().collect();
    for name in named.iter().map(|name| name.strip_prefix("./").unwrap_or(name)) {
        if !paths.contains(&name) {
            paths.push(name);
        }
    }
    let mut manifests = Vec::new();
    let mut problems = Vec::new();
    for shown in paths {
        match one(checkout, shown) {
            Ok(loaded) => manifests.push(loaded),
            Err(mut more) => problems.append(&mut more),
        }
    }
    if problems.is_empty() { Ok(manifests) } else { Err(problems) }
}

fn one(checkout: &Checkout<'_>, shown: &str) -> Result<Loaded, Vec<Problem>> {
    let path = checkout.dir.join(shown);
    let Some((language, read)) = reader(&path) else {
        let help = "name a pyproject.toml, Cargo.toml, package.json or requirements file";
        return Err(vec![Problem::new(shown, "this is not a manifest that the gate can read").help(help)]);
    };
    let limit =
        if path.extension().is_some_and(|ending| ending == "txt" || ending == "in") { LINES_LIMIT } else { SIZE_LIMIT };
    let text = checkout.root.read_text(&path, limit).map_err(|error| vec![unreadable(shown, &error)])?;
    let manifest = read(checkout, &path, &text.content)?;
    Ok(Loaded { path, shown: shown.to_owned(), language, manifest })
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

fn unreadable(shown: &str, error: &ReadError) -> Problem {
    let help = match error {
        ReadError::Missing => "check `manifests:` in delivery-gate.yaml",
        ReadError::NotUtf8(_) => "save it as UTF-8",
        _ => "put the manifest itself there",
    };
    error.problem(shown).help(help)
}
