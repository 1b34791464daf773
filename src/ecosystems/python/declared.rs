//! Requirements as a manifest declares them, and which of them are pinned by what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::locks::Locks;
use super::requirement::{self, Source, Specifier};
use super::url;
use crate::ecosystems::{Dependency, Pin, Scope};
use crate::world::{Part, Refused, World};

/// How many dependencies of one project are looked at.
pub(super) const COUNT_LIMIT: usize = 20_000;

/// How much of a name or requirement is kept, in characters: a report is for people.
const SHOWN_LIMIT: usize = 300;

/// Where a requirement stands.
#[derive(Debug, Clone)]
pub(super) struct At {
    pub(super) scope: Scope,
    /// The extra or group within the scope.
    pub(super) group: String,
    /// The file, relative to the root.
    pub(super) path: String,
    pub(super) line: Option<usize>,
}

/// What may be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wants {
    /// A version that all specifiers of one of these lists allow.
    Versions(Vec<Vec<Specifier>>),
    /// What a URL leads to; the full commit id, where it names one.
    Direct(Option<String>),
    /// Files of this repository, at a path from its root.
    Local(PathBuf),
    /// Nothing that can be understood.
    Nothing,
}

/// One requirement.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) written: String,
    pub(super) wants: Wants,
    pub(super) marker: Option<String>,
    /// The extras of it that are asked for.
    pub(super) extras: Vec<String>,
    /// The address of the index that the manifest names for it.
    pub(super) index: Option<String>,
    pub(super) at: At,
    pub(super) exact: Pin,
    /// It carries hashes of its own, so it is its own lock.
    pub(super) hashed: bool,
}

/// The name under which PEP 503 compares packages.
pub(super) fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

pub(super) fn loose(why: impl Into<String>) -> Pin {
    Pin::Loose(why.into())
}

impl Declared {
    pub(super) fn new(name: &str, written: &str, wants: Wants, at: At) -> Self {
        let exact = exactness(&wants);
        let (name, written) = (name.to_owned(), written.to_owned());
        Self { name, written, wants, marker: None, extras: Vec::new(), index: None, at, exact, hashed: false }
    }

    /// A PEP 508 requirement. One that is not valid is named as written, and is not pinned.
    pub(super) fn parse(text: &str, at: At) -> Self {
        match requirement::parse(text) {
            Ok(found) => Self::of(found, at),
            Err(invalid) => Self::invalid(text, format!("it is not a valid requirement: {invalid}"), at),
        }
    }

    pub(super) fn of(found: requirement::Requirement, at: At) -> Self {
        let declared = match found.source {
            Source::Versions(all) => Self::new(&found.name, &found.written, Wants::Versions(vec![all]), at),
            Source::Url(url) => Self::direct(&found.name, &url, at),
        };
        Self { marker: found.marker, extras: found.extras, ..declared }
    }

    pub(super) fn invalid(text: &str, why: String, at: At) -> Self {
        let shown = text.trim();
        Self { exact: loose(why), ..Self::new(if shown.is_empty() { "''" } else { shown }, "", Wants::Nothing, at) }
    }

    /// What a URL leads to.
    pub(super) fn direct(name: &str, url: &str, at: At) -> Self {
        let target = url::judge(url);
        Self { exact: target.pin, ..Self::new(name, url, Wants::Direct(target.commit), at) }
    }

    /// An extra that asks for the project's own name (`all = ["demo[a,b]"]`) gets the project itself, of which there is
    /// one version: the release. A group, a build or a URL may get another one.
    pub(super) fn settle_in(&mut self, project: &str, folder: &Path) {
        let installed_with_it = matches!(self.at.scope, Scope::Runtime | Scope::Optional);
        if installed_with_it && matches!(self.wants, Wants::Versions(_)) && self.key() == normalized(project) {
            (self.exact, self.wants) = (Pin::Pinned, Wants::Local(folder.to_owned()));
        }
    }

    pub(super) fn key(&self) -> String {
        normalized(&self.name)
    }

    fn finish(self, locks: &Locks) -> Dependency {
        let lock = locks.judge(&self);
        let (name, requirement) = (cut(&self.name), cut(&self.written));
        let At { scope, path, line, .. } = self.at;
        Dependency { name, requirement, scope, path, line, exact: self.exact, lock }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn exactness(wants: &Wants) -> Pin {
    match wants {
        Wants::Local(_) => Pin::Pinned,
        Wants::Direct(_) => loose("the URL has no hash"),
        Wants::Nothing => loose("it is not a valid requirement"),
        Wants::Versions(any) => match any.as_slice() {
            [all] => exact_version(all),
            _ => loose("it allows several versions"),
        },
    }
}

fn exact_version(all: &[Specifier]) -> Pin {
    let Some(pin) = all.iter().find(|one| one.is_exact()) else {
        return loose(if all.is_empty() { "no version is named" } else { "it allows several versions" });
    };
    let Ok(version) = pin.written.parse::<Version>() else { return Pin::Pinned };
    match all.iter().all(|one| one.is_exact() && one.written == pin.written || one.allows(&version)) {
        true => Pin::Pinned,
        false => loose("its parts contradict each other"),
    }
}

/// The dependencies, after the requirements of one package in one group were held against each other.
pub(super) fn finish(
    world: &World,
    locks: &Locks,
    mut all: Vec<Declared>,
    unproven: &mut Vec<String>,
) -> Vec<Dependency> {
    if all.len() > COUNT_LIMIT {
        all.truncate(COUNT_LIMIT);
        unproven.push(format!("only the first {COUNT_LIMIT} dependencies were looked at"));
    }
    all.iter_mut().for_each(|one| at_home(world, one));
    settle(&mut all);
    all.into_iter().map(|declared| declared.finish(locks)).chain(locks.open_entries()).collect()
}

/// The files that make a folder a package to pip.
const PACKAGE_FILES: [&str; 2] = ["pyproject.toml", "setup.py"];

fn at_home(world: &World, one: &mut Declared) {
    if let (Wants::Local(path), Pin::Pinned) = (&one.wants, &one.exact) {
        one.exact = in_release(world, path);
    }
}

/// What stands in the repository's folder belongs to the release only when git tracks it: a package file itself, of a
/// folder what makes it a package.
pub(super) fn in_release(world: &World, path: &Path) -> Pin {
    if is_archive(&path.to_string_lossy()) {
        return tracked(world, path, "the file is not tracked by git");
    }
    let manifest = PACKAGE_FILES.map(|name| path.join(name)).into_iter().find(|file| world.is_there(file));
    if let Some(manifest) = manifest {
        return tracked(world, &manifest, &format!("{} is not tracked by git", manifest.display()));
    }
    match world.listed(path) {
        Ok(files) if !files.is_empty() => Pin::Pinned,
        Ok(_) | Err(Refused::Missing | Refused::Untracked(_)) => {
            loose(format!("there is no {} in the release", path.display()))
        }
        Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
    }
}

fn tracked(world: &World, path: &Path, untracked: &str) -> Pin {
    match world.part(path) {
        Ok(Part::Tracked) => Pin::Pinned,
        Ok(Part::New) | Err(Refused::Missing | Refused::Untracked(_)) => loose(untracked),
        Ok(Part::Unknown) => Pin::Unproven(world.undetermined().unwrap_or_default().to_owned()),
        Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
    }
}

/// Whether pip takes a file of this name for a package.
pub(super) fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz"].iter().any(|end| name.ends_with(end))
}

/// What else is asked of one package in one group.
#[derive(Default)]
struct Others {
    /// The markers of the requirements that do not pin.
    loose: BTreeMap<Option<String>, String>,
    /// The pins under each marker.
    exact: BTreeMap<Option<String>, BTreeSet<String>>,
}

/// A pin holds only where it applies: a looser requirement of the same package under another marker is installed
/// where that marker holds, and two pins under one marker cannot both be met.
fn settle(all: &mut [Declared]) {
    let mut packages: BTreeMap<(Scope, String, String), Others> = BTreeMap::new();
    let key = |one: &Declared| (one.at.scope, one.at.group.clone(), one.key());
    for one in all.iter().filter(|one| one.wants != Wants::Nothing) {
        let others = packages.entry(key(one)).or_default();
        match &one.exact {
            Pin::Pinned => drop(others.exact.entry(one.marker.clone()).or_default().insert(identity(one))),
            Pin::Loose(_) | Pin::Contradicted(_) | Pin::Hole(_) | Pin::Unproven(_) => {
                drop(others.loose.insert(one.marker.clone(), one.written.clone()))
            }
        }
    }
    for one in all.iter_mut().filter(|one| one.exact == Pin::Pinned) {
        let Some(others) = packages.get(&key(one)) else { continue };
        if let Some((_, written)) = others.loose.iter().find(|(marker, _)| **marker != one.marker) {
            let written = if written.is_empty() { "any version" } else { written };
            one.exact = loose(format!("{written} is asked for as well"));
        } else if others.exact.get(&one.marker).is_some_and(|pins| pins.len() > 1) {
            one.exact = loose("it is pinned twice, differently");
        }
    }
}

/// What a pin names, in one spelling.
fn identity(one: &Declared) -> String {
    let any = match &one.wants {
        Wants::Versions(any) => any,
        Wants::Local(path) => return path.display().to_string(),
        Wants::Direct(_) | Wants::Nothing => return one.written.clone(),
    };
    let pin = any.iter().flatten().find(|one| one.is_exact());
    pin.map_or_else(String::new, |pin| match &pin.version {
        Some(version) => without_zeros(version).to_string(),
        None => pin.written.clone(),
    })
}

/// 1.0 and 1 are one version.
fn without_zeros(version: &Version) -> Version {
    let release = version.release();
    let end = release.iter().rposition(|number| *number != 0).map_or(1, |last| last + 1);
    version.clone().with_release(release.iter().take(end).copied())
}
