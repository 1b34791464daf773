//! setuptools' own files: setup.cfg is read, setup.py is a program and never run.

use std::path::Path;

use super::declared::{At, Declared, finish};
use super::ini::{self, Ini};
use super::locks::Locks;
use super::places::{folder, read_tracked};
use super::{pyproject, requirements_txt, version_source};
use crate::ecosystems::{DeclaredVersion, Dependency, Manifest, Pin, Scope};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::world::World;

/// The file's name.
const CFG: &str = "setup.cfg";

/// Reads setup.cfg, as far as no `[project]` of pyproject.toml stands in the place of it.
///
/// # Errors
/// A line that is none of an INI file.
pub(crate) fn cfg(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    if pyproject::has_project(world, folder(path)) {
        return Ok(Manifest::default());
    }
    let shown = path.display().to_string();
    let ini = ini::parse(&shown, text).map_err(|problem| vec![problem])?;
    let mut reader = Reader { world, path, shown: &shown, declared: Vec::new(), unproven: Vec::new() };
    reader.requirements(&ini);
    let Reader { declared, mut unproven, .. } = reader;
    let name = ini.get("metadata", "name").map(|found| found.value.trim().to_owned());
    let version = version(world, path, &ini);
    let dependencies = finish(world, &Locks::beside(world, path), declared, &mut unproven);
    Ok(Manifest { name, version, dependencies, unproven, ..Manifest::default() })
}

/// What setup.cfg declares in the place of a `[project]` that leaves `key` to it; nothing, where it does not either.
pub(super) fn left_to_cfg(world: &World, pyproject: &Path, scope: Scope) -> Option<(Vec<Declared>, Vec<String>)> {
    let path = folder(pyproject).join(CFG);
    let text = read_tracked(world, &path).ok()?;
    let shown = path.display().to_string();
    let ini = ini::parse(&shown, &text).ok()?;
    let mut reader = Reader { world, path: &path, shown: &shown, declared: Vec::new(), unproven: Vec::new() };
    reader.requirements(&ini);
    reader.declared.retain(|one| one.at.scope == scope);
    (!reader.declared.is_empty()).then_some((reader.declared, reader.unproven))
}

struct Reader<'a> {
    world: &'a World,
    path: &'a Path,
    shown: &'a str,
    declared: Vec<Declared>,
    unproven: Vec<String>,
}

impl Reader<'_> {
    fn requirements(&mut self, ini: &Ini) {
        if let Some(found) = ini.get("options", "install_requires") {
            self.list(found, Scope::Runtime, "");
        }
        for (extra, found) in ini.section("options.extras_require") {
            self.list(found, Scope::Optional, extra);
        }
    }

    /// One requirement a line, several behind semicolons on one line, or the files that have them.
    fn list(&mut self, found: &ini::Found, scope: Scope, group: &str) {
        let value = found.value.trim();
        if let Some(files) = value.strip_prefix("file:") {
            return files.split(',').for_each(|file| self.file(file.trim(), scope, group));
        }
        let is_long = value.contains('\n') || found.value.starts_with('\n');
        let parts: Vec<_> = if is_long { found.value.split('\n').collect() } else { found.value.split(';').collect() };
        for (index, text) in parts.into_iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let line = Some(if is_long { found.line + index } else { found.line });
            let at = At { scope, group: group.to_owned(), path: self.shown.to_owned(), line };
            self.declared.push(Declared::parse(text.trim(), at));
        }
    }

    fn file(&mut self, name: &str, scope: Scope, group: &str) {
        let Some(path) = within(folder(self.path), name) else {
            return self.unproven.push(format!("{name} is outside the repository"));
        };
        requirements_txt::read_named(self.world, &path, (scope, group), &mut self.declared, &mut self.unproven);
    }
}

fn version(world: &World, path: &Path, ini: &Ini) -> DeclaredVersion {
    let Some(found) = ini.get("metadata", "version") else { return DeclaredVersion::Absent };
    let (version, shown) = (found.value.trim(), path.display().to_string());
    match version.split_once(':') {
        Some((how @ ("attr" | "file"), what)) => version_source::of_setuptools(world, path, how, what)
            .unwrap_or_else(|| DeclaredVersion::Dynamic(format!("{shown} says version = {version}"))),
        _ => DeclaredVersion::Static { version: version.to_owned(), path: shown, line: found.line },
    }
}

/// Looks at setup.py: what stands there as plain text is read, and whatever it may declare beyond that is for a lock file
/// to decide.
///
/// # Errors
/// None: it is no declaration.
pub(crate) fn py(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    let code = without_comments(text);
    let Some(arguments) = code.find("setup(").map(|at| &code[at..]) else { return Ok(Manifest::default()) };
    if pyproject::has_project(world, folder(path)) {
        return Ok(Manifest::default());
    }
    let declares = ["install_requires", "extras_require", "**"].into_iter().find(|word| arguments.contains(word));
    let dependency = declares.map(|word| {
        let what = if word == "**" { "its arguments are" } else { &format!("its {word} is") };
        let next =
            "move it to pyproject.toml or setup.cfg, or commit a lock file with hashes that `pinning` lets count";
        let why = format!("{what} code, which is not run: {next}");
        let lock = Locks::beside(world, path).whole().unwrap_or(Pin::Unproven(why.clone()));
        Dependency {
            name: shown.clone(),
            requirement: String::new(),
            scope: Scope::Runtime,
            path: shown.clone(),
            line: line_of(&code, word),
            exact: Pin::Unproven(why),
            lock,
        }
    });
    let version = literal_version(&code, arguments, &shown);
    Ok(Manifest { version, dependencies: dependency.into_iter().collect(), ..Manifest::default() })
}

/// The text without what stands behind `#` outside of quotes, line by line.
fn without_comments(text: &str) -> String {
    let bare = |line: &str| {
        let mut quote = None;
        let end = line.char_indices().find(|(_, c)| {
            match (quote, *c) {
                (None, '#') => return true,
                (None, '\'' | '"') => quote = Some(*c),
                (Some(open), c) if open == c => quote = None,
                _ => {}
            }
            false
        });
        end.map_or(line, |(at, _)| &line[..at]).to_owned()
    };
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

fn line_of(code: &str, word: &str) -> Option<usize> {
    let at = code.find("setup(")?;
    let word = code[at..].find(word)?;
    Some(code[..at + word].matches('\n').count() + 1)
}

/// `version=VERSION`, where the file gives that name a text and nothing else.
fn constant(code: &str, value: &str, shown: &str) -> Option<DeclaredVersion> {
    let (name, rest) = value.split_at(value.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(value.len()));
    let is_all = !name.is_empty() && rest.trim_start().starts_with([',', ')']);
    let (version, line) = version_source::assigned(code, name).filter(|_| is_all)?;
    Some(DeclaredVersion::Static { version, path: shown.to_owned(), line })
}

/// `version="1.2.3"` among the arguments, or a constant of the file; anything else behind `version=` is computed.
fn literal_version(code: &str, arguments: &str, shown: &str) -> DeclaredVersion {
    let is_whole = |at: usize| !arguments[..at].ends_with(|c: char| c.is_alphanumeric() || "_.".contains(c));
    let behind = |at: usize| arguments[at + "version".len()..].trim_start().strip_prefix('=').map(str::trim_start);
    let found = arguments.match_indices("version").filter(|(at, _)| is_whole(*at));
    let Some((at, value)) = found.filter_map(|(at, _)| Some((at, behind(at)?))).next() else {
        return DeclaredVersion::Absent;
    };
    let computed = || DeclaredVersion::Dynamic(format!("{shown} computes its version"));
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return constant(code, value, shown).unwrap_or_else(computed);
    };
    let Some((version, rest)) = value[1..].split_once(quote) else { return computed() };
    if version.is_empty() || version.contains(['\\', '\n']) || !rest.trim_start().starts_with([',', ')']) {
        return computed();
    }
    let line = code[..code.len() - arguments.len() + at].matches('\n').count() + 1;
    DeclaredVersion::Static { version: version.to_owned(), path: shown.to_owned(), line }
}
