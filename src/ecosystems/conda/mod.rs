//! Conda's environment.yml with conda-lock.yml, and pixi.toml with pixi.lock.
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>, <https://pixi.sh/latest/reference/pixi_manifest/>

use std::collections::HashSet;
use std::path::Path;

use super::{Dependency, Manifest, Pin, Scope, fixed, lockfiles, python};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::decode::Decoder;
use crate::structured::node::Node;
use crate::world::World;

mod lock;
mod pixi;

use lock::Lock;
use pixi::Pixi;

/// The lock files.
const CONDA_LOCK: &str = "conda-lock.yml";
const PIXI_LOCK: &str = "pixi.lock";

/// Reads the environment.yml at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// A syntax error, and values of the wrong type.
pub(crate) fn load_environment(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    let mut manifest = Manifest::default();
    let declared = Decoder::yaml(&shown, text, ("it is empty", "name the dependencies"), |decoder, node| {
        let fields = decoder.table(node, "the environment")?;
        manifest.name = fields.get("name").and_then(Node::text).map(str::to_owned);
        let mut declared = Vec::new();
        let list = fields.get("dependencies").filter(|node| !node.is_null());
        for node in list.and_then(|node| decoder.list(node, "dependencies")).unwrap_or_default() {
            match node.entry("pip") {
                Some(pip) if !pip.value.is_null() => {
                    for node in decoder.list(&pip.value, "pip")? {
                        let text = decoder.text(node, "a requirement")?;
                        declared.push(Declared::of_pip(&text, decoder.line(&node.span)));
                    }
                }
                Some(_) => {}
                None => {
                    declared.push(Declared::of_conda(&decoder.text(node, "a dependency")?, decoder.line(&node.span)))
                }
            }
        }
        Some(declared)
    })?;
    let lock = folder(path).join(CONDA_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_conda(world, &lock, text));
    finish(world, path, manifest, declared, read)
}

/// Reads the pixi.toml at `path` (relative to the root) whose text is `text`, and the lock file.
///
/// # Errors
/// A syntax error, and values of the wrong type.
pub(crate) fn load_pixi(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    let (manifest, declared) = Decoder::toml(&shown, text, |decoder, node| {
        let fields = decoder.table(node, "pixi.toml")?;
        Some((pixi::project(decoder, fields), Pixi::read(decoder, fields)?))
    })?;
    let lock = folder(path).join(PIXI_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_pixi(world, &lock, text));
    finish(world, path, manifest, declared, read)
}

/// Adds what `[tool.pixi]` of a pyproject.toml asks for. Python's requirements have to be exact by default; these are Pixi's,
/// which its lock file pins.
///
/// # Errors
/// Values of the wrong type.
pub(crate) fn add_pyproject(
    world: &World,
    path: &Path,
    text: &str,
    manifest: &mut Manifest,
) -> Result<(), Vec<Problem>> {
    if !text.contains("tool.pixi") {
        return Ok(());
    }
    let shown = path.display().to_string();
    let declared = Decoder::toml(&shown, text, |decoder, node| {
        let table = decoder.table(node, "pyproject.toml")?;
        let tool = decoder.table_at(table, "tool");
        match tool.and_then(|tool| decoder.table_at(tool, "pixi")) {
            Some(pixi) => Pixi::read(decoder, pixi),
            None => Some(Vec::new()),
        }
    })?;
    if declared.is_empty() {
        return Ok(());
    }
    let lock = folder(path).join(PIXI_LOCK);
    let read = lockfiles::parsed(world, &lock, |text| Lock::of_pixi(world, &lock, text));
    let found = finish(world, path, Manifest::default(), declared, read)?;
    let either = |row: Dependency| {
        let is_pinned = row.exact == Pin::Pinned && !matches!(row.lock, Pin::Contradicted(_) | Pin::Hole(_));
        let pin = if is_pinned { Pin::Pinned } else { row.lock.clone() };
        Dependency { exact: pin.clone(), lock: pin, ..row }
    };
    manifest.dependencies.extend(found.dependencies.into_iter().map(either));
    manifest.unproven.extend(found.unproven);
    // What is wrong with a lock file holds only where a lock file may pin.
    manifest.unproven.extend(found.faults.into_iter().map(|fault| fault.what));
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn finish(
    world: &World,
    path: &Path,
    mut manifest: Manifest,
    declared: Vec<Declared>,
    lock: Result<Lock, Pin>,
) -> Result<Manifest, Vec<Problem>> {
    for one in declared {
        if let Wants::File(file) = &one.wants {
            // What lies beside release.yaml under this name is a manifest of its own.
            let is_read = within_on_any_system(folder(path), file) == Some(world.dir.join("requirements.txt"));
            if !is_read {
                let told = "is not read here: name the packages, or the file under `manifests:` in delivery-gate.yaml and not here";
                manifest.unproven.push(format!("{}:{}: `{}` {told}", path.display(), one.line, one.name));
            }
            continue;
        }
        if let Wants::Nobody(why) = &one.wants {
            manifest.unproven.push(format!("{}:{}: {why}", path.display(), one.line));
            continue;
        }
        let exact = one.exact(world, folder(path));
        let judged = match (&one.wants, &lock) {
            (Wants::Folder(_), _) => exact.clone(),
            (_, Ok(lock)) => lock.judge(&one),
            (_, Err(pin)) => pin.clone(),
        };
        manifest.dependencies.push(Dependency {
            name: one.name,
            requirement: one.requirement,
            scope: Scope::Runtime,
            path: path.display().to_string(),
            line: Some(one.line),
            exact,
            lock: judged,
        });
    }
    if let Ok(lock) = lock {
        let direct: HashSet<_> = manifest.dependencies.iter().map(|row| key(&row.name)).collect();
        manifest.faults.extend(lock.fault(&direct));
    }
    Ok(manifest)
}

/// One requirement.
struct Declared {
    name: String,
    requirement: String,
    wants: Wants,
    /// From 1.
    line: usize,
}

enum Wants {
    /// A package of Conda; whether its build is named, too.
    Conda { is_exact: bool },
    /// What Python's own rule says.
    Python(Pin),
    /// A folder.
    Folder(String),
    /// A repository or an archive, and whether its content is fixed.
    Address { is_fixed: bool },
    /// A requirements file.
    File(String),
    /// Something that nobody here reads; why.
    Nobody(String),
}

impl Declared {
    /// `channel::name=version=build`, in all its parts or fewer.
    fn of_conda(text: &str, line: usize) -> Self {
        let text = text.trim();
        if text.contains("://") {
            let (name, requirement) = (text.rsplit('/').next().unwrap_or(text).to_owned(), String::new());
            return Self { name, requirement, wants: Wants::Address { is_fixed: false }, line };
        }
        let spec = text.rsplit_once("::").map_or(text, |(_, spec)| spec);
        let end = spec.find(|c: char| c.is_whitespace() || "=<>!~[".contains(c)).unwrap_or(spec.len());
        let (name, rest) = spec.split_at(end);
        let requirement = rest.split(" #").next().unwrap_or_default().trim();
        let mut parts = requirement.trim_start_matches('=').split('=');
        let is_plain = |part: &str| !part.is_empty() && !part.contains(['*', '<', '>', '!', '~', ',', '|', '[', ' ']);
        let is_exact = requirement.starts_with('=')
            && parts.next().is_some_and(is_plain)
            && parts.next().is_some_and(is_plain)
            && parts.next().is_none();
        Self { name: name.to_owned(), requirement: requirement.to_owned(), wants: Wants::Conda { is_exact }, line }
    }

    /// A line of a requirements file.
    fn of_pip(text: &str, line: usize) -> Self {
        let text = text.trim();
        let editable = text.strip_prefix("-e ").or_else(|| text.strip_prefix("--editable ")).map(str::trim);
        let path = editable.unwrap_or(text);
        if path.starts_with(['.', '/']) {
            let wants = Wants::Folder(path.split('[').next().unwrap_or(path).to_owned());
            return Self { name: path.to_owned(), requirement: String::new(), wants, line };
        }
        let file = path.strip_prefix("--requirement").or_else(|| path.strip_prefix("-r"));
        if let Some(file) = file.map(|file| file.trim_start_matches(['=', ' '])) {
            let (name, requirement) = (path.to_owned(), String::new());
            return Self { name, requirement, wants: Wants::File(file.to_owned()), line };
        }
        if path.starts_with('-') {
            let why = format!("`{path}` is not read here: name the packages");
            return Self { name: String::new(), requirement: String::new(), wants: Wants::Nobody(why), line };
        }
        let (name, requirement, pin) = python::pin_of(path.split(" #").next().unwrap_or(path));
        Self { name, requirement, wants: Wants::Python(pin), line }
    }

    /// Whether it is fixed without a lock file.
    fn exact(&self, world: &World, folder: &Path) -> Pin {
        let loose = |why: &str| Pin::Loose(why.to_owned());
        match &self.wants {
            Wants::Conda { is_exact: true } | Wants::Address { is_fixed: true } => Pin::Pinned,
            Wants::Conda { is_exact: false } => loose("it is not name=version=build"),
            Wants::Address { is_fixed: false } => loose("its address has no hash and no full revision"),
            Wants::Python(pin) => pin.clone(),
            Wants::Folder(path) if fixed::has(world, folder, path) => Pin::Pinned,
            Wants::Folder(_) => loose("its path is not in the release"),
            Wants::Nobody(why) | Wants::File(why) => Pin::Unproven(why.clone()),
        }
    }
}

/// Packages are compared without these differences, whichever registry they are from.
fn key(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_of_conda_is_exact_with_its_build() {
        for (text, name, requirement, exact) in [
            ("numpy", "numpy", "", false),
            ("numpy=1.26", "numpy", "=1.26", false),
            ("numpy==1.26.4", "numpy", "==1.26.4", false),
            ("conda-forge::numpy=1.26.4=py312h8753938_0", "numpy", "=1.26.4=py312h8753938_0", true),
            ("numpy==1.26.4=py312h8753938_0", "numpy", "==1.26.4=py312h8753938_0", true),
            ("numpy=1.26.4=py312*", "numpy", "=1.26.4=py312*", false),
            ("numpy >=1.26,<2", "numpy", ">=1.26,<2", false),
            ("numpy[version='>=1']", "numpy", "[version='>=1']", false),
        ] {
            let declared = Declared::of_conda(text, 1);
            let is_exact = matches!(declared.wants, Wants::Conda { is_exact: true });
            assert_eq!(
                (declared.name.as_str(), declared.requirement.as_str(), is_exact),
                (name, requirement, exact),
                "{text}"
            );
        }
    }
}
