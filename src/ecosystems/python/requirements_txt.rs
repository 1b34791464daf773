//! requirements.txt: pip's requirements format, with its includes and constraints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::declared::{At, COUNT_LIMIT, Declared, Wants, finish, is_archive, loose};
use super::locks::Locks;
use super::options::{self, Options};
use super::places::{folder, read_tracked};
use super::requirement::Source;
use super::requirement_lines::{Line, logical, other_coding, parted};
use super::url::{PUBLIC_INDEX, is_strong_hash, without_credentials};
use crate::ecosystems::lockfiles::Listed;
use crate::ecosystems::{Manifest, Pin, Scope};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::world::World;

/// How deep includes may include.
const DEPTH_LIMIT: usize = 32;

/// How many files one requirements file may include in all.
const FILE_LIMIT: usize = 1_000;

/// The words in a requirements file's name that say that it is for the work on the project.
const DEVELOPMENT: [&str; 13] = [
    "dev",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "lint",
    "linting",
    "linters",
    "doc",
    "docs",
    "ci",
    "build",
];

/// Reads a requirements file and what it includes. Whatever cannot be told is in `unproven`.
///
/// # Errors
/// None: pip's format has no syntax that a line could break for the others.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let mut found = read(world, path, text, Scope::Runtime, "");
    let notes = found.about_indexes(path).into_iter().collect();
    let dependencies = finish(world, &Locks::beside(world, path), found.declared, &mut found.unproven);
    Ok(Manifest { dependencies, included: found.included, unproven: found.unproven, notes, ..Manifest::default() })
}

/// Whether a requirements file is for the work on the project, by its name: `requirements-dev.txt`, `requirements/test.txt`.
pub(crate) fn is_for_development(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    name.ends_with(".txt") && stem.split(['-', '_']).any(|word| DEVELOPMENT.contains(&word))
}

/// The lines of one requirements file that pin a version, and those that leave it open.
pub(crate) fn listed(text: &str) -> (Vec<Listed>, Vec<usize>) {
    let (mut pinned, mut open) = (Vec::new(), Vec::new());
    for (number, line) in logical(text) {
        let (requirement, _) = parted(&line);
        if requirement.trim().is_empty() {
            continue;
        }
        let version = super::requirement::parse(requirement.trim()).ok().and_then(|found| match found.source {
            Source::Versions(all) => Some((found.name, all.into_iter().find(|one| one.is_exact())?.written)),
            Source::Url(_) => None,
        });
        match version {
            Some((name, version)) => pinned.push(Listed { name, version, line: Some(number) }),
            None => open.push(number),
        }
    }
    (pinned, open)
}

/// What a requirements file and its includes ask for.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) declared: Vec<Declared>,
    pub(super) unproven: Vec<String>,
    /// The other files that were read, relative to the root.
    included: Vec<PathBuf>,
    /// The addresses of indexes, without credentials.
    indexes: BTreeSet<String>,
}

impl Read {
    /// An index of one's own decides what a name and a version stand for, unless a hash does.
    fn about_indexes(&self, path: &Path) -> Option<String> {
        let others: Vec<_> =
            self.indexes.iter().filter(|url| url.trim_end_matches('/') != PUBLIC_INDEX).cloned().collect();
        let open = self.declared.iter().filter(|one| matches!(one.wants, Wants::Versions(_)) && !one.hashed).count();
        let told =
            || format!("{} takes packages from {}; {open} of them have no hash", path.display(), others.join(", "));
        (!others.is_empty() && open > 0).then(told)
    }
}

/// What another manifest takes from a requirements file that it names.
pub(super) fn read_named(
    world: &World,
    path: &Path,
    (scope, group): (Scope, &str),
    declared: &mut Vec<Declared>,
    unproven: &mut Vec<String>,
) {
    match read_tracked(world, path) {
        Ok(text) => {
            let read = read(world, path, &text, scope, group);
            declared.extend(read.declared);
            unproven.extend(read.unproven);
        }
        Err(unreliable) => unproven.push(unreliable.reason()),
    }
}

pub(super) fn read(world: &World, path: &Path, text: &str, scope: Scope, group: &str) -> Read {
    let mut reader =
        Reader { world, scope, group, read: Read::default(), constraints: Vec::new(), seen: BTreeSet::new() };
    reader.seen.insert((path.to_owned(), false));
    reader.file(path, text, false, &mut vec![path.to_owned()]);
    let Reader { mut read, constraints, seen, .. } = reader;
    constrain(&mut read.declared, constraints);
    read.included = seen.into_iter().map(|(file, _)| file).filter(|file| file != path).collect();
    read
}

struct Reader<'a> {
    world: &'a World,
    scope: Scope,
    group: &'a str,
    read: Read,
    constraints: Vec<Declared>,
    /// The files that were read, and whether as constraints.
    seen: BTreeSet<(PathBuf, bool)>,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, text: &str, constrains: bool, above: &mut Vec<PathBuf>) {
        if let Some((number, coding)) = other_coding(text) {
            let why = format!(
                "pip reads it as {coding}, by its line `coding`, and the gate as UTF-8: save it so, and take the line out"
            );
            self.undetermined(path, number, why);
        }
        for (number, line) in logical(text) {
            if self.constraints.len().max(self.read.unproven.len()) > COUNT_LIMIT {
                return self.undetermined(path, number, "only the lines before it were read".to_owned());
            }
            if self.read.declared.len() > COUNT_LIMIT {
                return;
            }
            let (requirement, options) = parted(&line);
            if has_variable(&without_credentials(&line)) {
                self.undetermined(path, number, format!("{line} takes a value from the environment"));
                continue;
            }
            match options::parse(options) {
                Ok(options) => self.line(path, (number, requirement.trim().to_owned()), &options, constrains, above),
                Err(why) => self.undetermined(path, number, why),
            }
        }
    }

    fn undetermined(&mut self, path: &Path, line: usize, why: String) {
        self.read.unproven.push(format!("{}:{line}: {why}", path.display()));
    }

    fn line(&mut self, path: &Path, line: Line, options: &Options, constrains: bool, above: &mut Vec<PathBuf>) {
        let (number, requirement) = line;
        let at = At {
            scope: self.scope,
            group: self.group.to_owned(),
            path: path.display().to_string(),
            line: Some(number),
        };
        let editables = options.editables.iter().map(|text| located(text, path, at.clone()));
        let mut declared: Vec<_> = editables.collect();
        if !requirement.is_empty() {
            declared.push(hashed(one(&requirement, path, at), &options.hashes));
        }
        if constrains {
            self.constraints.extend(declared)
        } else {
            self.read.declared.extend(declared)
        }
        self.read.indexes.extend(options.indexes.iter().map(|url| without_credentials(url)));
        // pip reads what a constraints file includes with -r as requirements.
        let includes = options.requirements.iter().map(|target| (target, false));
        for (target, constrains) in includes.chain(options.constraints.iter().map(|target| (target, true))) {
            if let Err(why) = self.include(path, target, constrains, above) {
                self.undetermined(path, number, why);
            }
        }
    }

    fn include(&mut self, path: &Path, target: &str, constrains: bool, above: &mut Vec<PathBuf>) -> Result<(), String> {
        if target.contains("://") || target.starts_with("file:") {
            return Err(format!("{target} is not a file of this repository"));
        }
        let target = within(folder(path), target).ok_or_else(|| format!("{target} is outside the repository"))?;
        if above.contains(&target) {
            return Err(format!("{} includes itself", target.display()));
        }
        if !self.seen.insert((target.clone(), constrains)) {
            return Ok(());
        }
        if above.len() > DEPTH_LIMIT || self.seen.len() > FILE_LIMIT {
            return Err("too many files are included".to_owned());
        }
        let text = read_tracked(self.world, &target).map_err(|unreliable| unreliable.reason())?;
        above.push(target.clone());
        self.file(&target, &text, constrains, above);
        above.pop();
        Ok(())
    }
}

/// pip replaces `${NAME}` anywhere on a line.
fn has_variable(line: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    line.split("${").skip(1).any(|rest| rest.split_once('}').is_some_and(|(name, _)| is_name(name)))
}

/// A requirement on a line of its own: PEP 508, or what pip takes for a URL or a path.
fn one(text: &str, path: &Path, at: At) -> Declared {
    let is_url =
        super::requirement::parse(text).is_err() && text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme));
    if is_url || looks_like_path(text) { located(text, path, at) } else { Declared::parse(text, at) }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn looks_like_path(text: &str) -> bool {
    let bare = text.split_once(';').map_or(text, |(bare, _)| bare).trim_end();
    let before_url = bare.split_once('@').map_or(bare, |(name, _)| name);
    before_url.starts_with('.') || before_url.contains('/') || is_archive(before_url)
}

/// A bare URL, or a path seen from the folder of the file (pip looks from its own; within the repository is what counts).
fn located(text: &str, path: &Path, at: At) -> Declared {
    let (bare, marker) = text.split_once("; ").map_or((text, None), |(bare, marker)| (bare, Some(marker)));
    let bare = bare.trim();
    let declared = if let Some((_, rest)) = bare.split_once("://") {
        Declared::direct(&url_name(bare, rest), bare, at)
    } else {
        local(bare, folder(path), at)
    };
    Declared { marker: marker.map(|marker| marker.trim().to_owned()), ..declared }
}

/// A path is pinned when it stays in the repository: the release itself fixes what is there.
pub(super) fn local(text: &str, base: &Path, at: At) -> Declared {
    let bare = text.strip_prefix("file:").unwrap_or(text);
    let bare = bare.split(['[', '#']).next().unwrap_or(bare);
    // A colon is a drive or a host (`git@host:repository`).
    match within(base, bare).filter(|_| !bare.contains(':')) {
        Some(path) => Declared::new(text, "", Wants::Local(path), at),
        None => Declared::invalid(text, "it is outside the repository".to_owned(), at),
    }
}

/// `egg=NAME`, else the last part of the path.
fn url_name(url: &str, rest: &str) -> String {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="));
    let address = rest.split(['#', '?']).next().unwrap_or(rest);
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or(address);
    let egg = egg.map(|egg| egg.split('[').next().unwrap_or(egg)).filter(|egg| !egg.is_empty());
    egg.unwrap_or(last).to_owned()
}

/// pip takes a file only when one of its hashes fits, so they pin a URL, and lock a version.
fn hashed(declared: Declared, hashes: &[String]) -> Declared {
    let sound = !hashes.is_empty() && hashes.iter().all(|hash| is_strong_hash(hash));
    let is_file = matches!(declared.wants, Wants::Direct(None)) && !is_repository(&declared.written);
    let exact = if sound && is_file { Pin::Pinned } else { declared.exact };
    Declared { hashed: sound && exact == Pin::Pinned, exact, ..declared }
}

fn is_repository(url: &str) -> bool {
    url.split_once("://").is_none_or(|(scheme, _)| scheme.contains('+'))
}

/// A constraint declares nothing. Where it pins, and the requirement agrees, the requirement is pinned by it: pip
/// installs no other version. A looser constraint only narrows, so it changes nothing; one that names a URL replaces
/// where the package comes from.
fn constrain(declared: &mut [Declared], constraints: Vec<Declared>) {
    let mut by_name: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
    for constraint in constraints {
        by_name.entry(constraint.key()).or_default().push(constraint);
    }
    for one in declared {
        let Some(constraints) = by_name.get(&one.key()) else { continue };
        let here = || constraints.iter().filter(|other| other.marker.is_none() || other.marker == one.marker);
        if matches!(one.wants, Wants::Nothing | Wants::Local(_)) {
            continue;
        }
        if let Some(moved) = here().find(|other| matches!(other.wants, Wants::Direct(_)) && other.exact != Pin::Pinned)
        {
            one.exact = loose(format!("{} takes it from a URL that is not pinned", moved.at.path));
        } else if let Some(pin) = here().find(|other| other.exact == Pin::Pinned) {
            one.exact = if agree(one, pin) { Pin::Pinned } else { loose(format!("{} contradicts it", pin.at.path)) };
        }
    }
}

fn agree(one: &Declared, pin: &Declared) -> bool {
    let (Wants::Versions(any), Wants::Versions(pins)) = (&one.wants, &pin.wants) else {
        return one.wants == pin.wants || matches!(one.wants, Wants::Versions(_));
    };
    let pins: Vec<_> = pins.iter().flatten().filter(|pin| pin.is_exact()).collect();
    let meets = |version| any.iter().any(|all| all.iter().all(|one| one.allows(version)));
    pins.iter().all(|pin| pin.version.as_ref().is_none_or(meets))
}
