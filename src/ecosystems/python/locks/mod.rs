//! Lock files, and whether they pin a requirement.

use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::declared::{Declared, Wants, loose, normalized};
use super::places::{Unreliable, folder, read_tracked};
use super::url::without_credentials;
use super::{PIPFILE, requirements_txt};
use crate::ecosystems::lockfiles::{KeyLines, Listed, headers, version_line};
use crate::ecosystems::table::PYTHON;
use crate::ecosystems::{Dependency, Fault, Pin, Scope, Stated};
use crate::world::World;

mod entries;
mod formats;
mod pipfile;

use entries::{Content, Entries, Locked, place_of};

/// How a lock file is understood; `Err` says why it is not.
type Reader = fn(&str) -> Result<Vec<Locked>, String>;

/// A format of lock files.
struct Format {
    /// The file's name, as the table of ecosystems has it.
    name: &'static str,
    reader: Reader,
    /// It does not tell what an entry needs, or not surely, so that all of them count.
    is_flat: bool,
}

const fn format(name: &'static str, reader: Reader, is_flat: bool) -> Format {
    Format { name, reader, is_flat }
}

const UV: &str = "uv.lock";
const PIPFILE_LOCK: &str = "Pipfile.lock";
const NAMED_PYLOCK: &str = "pylock.*.toml";

/// The lock files by name.
const FORMATS: [Format; 6] = [
    format(UV, formats::uv, false),
    format("poetry.lock", formats::poetry, false),
    format("pdm.lock", formats::pdm, false),
    format("pylock.toml", formats::pylock, true),
    format(NAMED_PYLOCK, formats::pylock, true),
    format(PIPFILE_LOCK, pipfile::read, true),
];

/// The format of a lock file of this name.
fn format_of(name: &str) -> Option<&'static Format> {
    let known = PYTHON.locks.iter().find(|file| file.is(name))?;
    FORMATS.iter().find(|format| format.name == known.name)
}

/// The packages of a lock file by its name, those of this repository left out. `None` for a file of another name.
pub(crate) fn listed(name: &str, text: &str) -> Option<Result<Vec<Listed>, String>> {
    let format = format_of(name)?;
    Some((format.reader)(text).map(|entries| {
        let lines = lines(format.name, text, &entries);
        let foreign = entries.into_iter().zip(lines).filter(|(entry, _)| !matches!(entry.content, Content::Local(_)));
        foreign.filter_map(|(entry, line)| Some(Listed { name: entry.name, version: entry.version?, line })).collect()
    }))
}

/// Where each entry begins.
fn lines(format: &str, text: &str, entries: &[Locked]) -> Vec<Option<usize>> {
    match format {
        PIPFILE_LOCK => {
            let keys = KeyLines::of(text);
            entries.iter().map(|entry| keys.line(&entry.name)).collect()
        }
        format if format.starts_with("pylock") => headers(text, "[[packages]]", entries.len()),
        _ => headers(text, "[[package]]", entries.len()),
    }
}

/// The lock files that stand beside one manifest.
#[derive(Debug, Default)]
pub(super) struct Locks {
    found: Vec<(String, Found)>,
}

#[derive(Debug)]
enum Found {
    Read(Box<Lock>),
    Untracked(String),
    Unreadable(String),
}

/// A lock file that was read.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    text: String,
    /// The name of its format; that of the file itself, where it is a requirements file.
    format: &'static str,
    is_flat: bool,
    entries: Entries,
}

impl Locks {
    /// The locks in the folder of a manifest, and the lock of the uv workspace that has it as a member.
    pub(super) fn beside(world: &World, manifest: &Path) -> Self {
        let here = folder(manifest);
        let mut locks = Self::default();
        let name = manifest.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        for lock in names(world, here) {
            // Pipenv reads no other manifest, and no other lock file.
            let is_pipenvs = lock == PIPFILE_LOCK;
            if (name != PIPFILE || is_pipenvs) && (name != "pyproject.toml" || !is_pipenvs) {
                locks.add(world, here.join(lock));
            }
        }
        if name != PIPFILE && !world.has(&here.join(UV)) {
            locks.workspace(world, here);
        }
        locks.requirements(world, here.join("requirements.txt"), manifest);
        locks
    }

    fn add(&mut self, world: &World, path: PathBuf) {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(format_of);
        let Some(format) = name.filter(|_| world.is_there(&path)) else { return };
        let shown = path.display().to_string();
        let read = |text: String| {
            let entries = (format.reader)(&text).map_err(|why| format!("{shown}: {why}"))?;
            let entries = Entries::of(world, &path, entries)?;
            Ok(Lock { path: path.clone(), text, format: format.name, is_flat: format.is_flat, entries })
        };
        let read = read_tracked(world, &path).and_then(|text| read(text).map_err(Unreliable::Unreadable));
        self.found.push((shown, Found::of(read)));
    }

    /// uv keeps one lock for a workspace, at its top, and lists the members in it.
    fn workspace(&mut self, world: &World, member: &Path) {
        let Some(top) = member.ancestors().skip(1).find(|above| world.has(&above.join(UV))) else {
            return;
        };
        let mut above = Self::default();
        above.add(world, top.join(UV));
        self.found.extend(above.found.into_iter().filter(|(_, found)| match found {
            Found::Read(lock) => lock.at(member).next().is_some(),
            Found::Untracked(_) | Found::Unreadable(_) => true,
        }));
    }

    /// A requirements file with hashes locks what stands beside it.
    fn requirements(&mut self, world: &World, path: PathBuf, manifest: &Path) {
        if path == manifest || !world.is_there(&path) {
            return;
        }
        let shown = path.display().to_string();
        let read = |text: String| {
            let read = requirements_txt::read(world, &path, &text, Scope::Runtime, "");
            if !read.declared.iter().any(|one| one.hashed) {
                return Ok(None);
            }
            if let Some(why) = read.unproven.into_iter().next() {
                return Err(Unreliable::Unreadable(why));
            }
            let entries = Entries::of(world, &path, read.declared.iter().filter_map(required).collect());
            let entries = entries.map_err(Unreliable::Unreadable)?;
            Ok(Some(Lock { path: path.clone(), text, format: "requirements.txt", is_flat: false, entries }))
        };
        if let Some(read) = read_tracked(world, &path).and_then(read).transpose() {
            self.found.push((shown, Found::of(read)));
        }
    }

    fn read(&self) -> impl Iterator<Item = &Lock> {
        self.found.iter().filter_map(|(_, found)| match found {
            Found::Read(lock) => Some(lock.as_ref()),
            Found::Untracked(_) | Found::Unreadable(_) => None,
        })
    }

    /// What the lock files say of the version of the project in this folder. (uv leaves out one that is computed.)
    pub(super) fn own_versions(&self, project: &Path) -> Vec<Stated> {
        let own = self.read().filter(|lock| lock.format == UV).flat_map(|lock| {
            lock.at(project).filter_map(|entry| {
                let version = entry.version.clone()?;
                let line = version_line(&lock.text, &entry.name, &version);
                Some(Stated { version, path: lock.entries.shown.clone(), line })
            })
        });
        own.collect()
    }

    /// The lock files that do not have the project of this name in this folder: each was made for another one. Only uv's tell.
    pub(super) fn of_others(&self, project: &Path, name: &str) -> Vec<Fault> {
        let is_this = |entry: &Locked| normalized(&entry.name) == normalized(name);
        let others = self.read().filter(|lock| lock.format == UV && !lock.at(project).any(is_this)).map(|lock| {
            let shown = &lock.entries.shown;
            let (line, has) = match lock.at(project).next() {
                Some(other) => {
                    let number = lock.entries.all.iter().position(|entry| std::ptr::eq(entry, other));
                    let lines = lines(lock.format, &lock.text, &lock.entries.all);
                    let line = number.and_then(|number| lines.get(number).copied().flatten());
                    (line, format!("it has {} in the place of {name}", other.name))
                }
                None => (None, format!("it does not have {name} itself")),
            };
            let what = format!("{shown} was made for another project: {has} (`uv lock` writes it anew)");
            Fault { path: shown.clone(), line, what }
        });
        others.collect()
    }

    /// Pipenv's lock file, and the digest of the Pipfile that it was made for, where it has one.
    pub(super) fn pipfile(&self) -> Option<(String, String)> {
        let lock = self.read().find(|lock| lock.format == PIPFILE_LOCK)?;
        Some((lock.entries.shown.clone(), pipfile::made_for(&lock.text)?))
    }

    /// Where a lock file does not tell what needs what, each entry must be fixed by itself: those that are not.
    pub(super) fn open_entries(&self) -> Vec<Dependency> {
        let open = self.read().filter(|lock| lock.is_flat).flat_map(|lock| {
            let lines = lines(lock.format, &lock.text, &lock.entries.all);
            lock.entries.open().map(move |(number, entry, why)| Dependency {
                name: entry.name.clone(),
                requirement: entry.version.as_ref().map(|version| format!("=={version}")).unwrap_or_default(),
                scope: entry.scope,
                path: lock.entries.shown.clone(),
                line: lines.get(number).copied().flatten(),
                exact: Pin::Pinned,
                lock: Pin::Hole(format!("{}: {why}", entry.name)),
            })
        });
        open.collect()
    }

    /// Whether the lock files decide for a program that nobody runs; nothing, where there is none that counts.
    pub(super) fn whole(&self) -> Option<Pin> {
        let unreadable = self.found.iter().find_map(|(_, found)| match found {
            Found::Unreadable(why) => Some(Pin::Unproven(why.clone())),
            Found::Read(_) | Found::Untracked(_) => None,
        });
        let open = self.read().find_map(|lock| lock.entries.open().next());
        let hole = open.map(|(_, entry, why)| Pin::Hole(format!("{}: {why}", entry.name)));
        hole.or(unreadable).or_else(|| self.read().next().map(|_| Pin::Pinned))
    }

    /// Whether a requirement is pinned by a lock. A contradiction in any of them counts first, then a hole, then a lock
    /// that nobody can read, then a pin.
    pub(super) fn judge(&self, declared: &Declared) -> Pin {
        match declared.wants {
            Wants::Local(_) => return self.judge_local(declared),
            Wants::Nothing => return loose("it is not a valid requirement"),
            Wants::Versions(_) | Wants::Direct(_) => {}
        }
        let mut verdicts: Vec<_> = self.found.iter().map(|(name, found)| found.judge(name, declared)).collect();
        verdicts.extend(self.disagreement(&declared.name).map(Verdict::Hole));
        if declared.hashed {
            verdicts.push(Verdict::Pins);
        }
        let strongest = verdicts.into_iter().min_by_key(Verdict::rank);
        match strongest {
            None => loose("no lock file"),
            Some(Verdict::Pins) => Pin::Pinned,
            Some(Verdict::Contradicts(why)) => Pin::Contradicted(why),
            Some(Verdict::Hole(sentence)) => Pin::Hole(sentence),
            Some(Verdict::Silent(why)) => loose(why),
            Some(Verdict::Unreadable(why)) => Pin::Unproven(why),
        }
    }

    /// What a local package needs is in the lock file, too.
    fn judge_local(&self, declared: &Declared) -> Pin {
        let holes = || {
            self.read().find_map(|lock| {
                let mut local = lock.entries.named(&declared.name);
                local.find_map(|(number, entry)| match entry.content {
                    Content::Local(_) => lock.entries.hole_behind(number),
                    _ => None,
                })
            })
        };
        let hole = if declared.exact == Pin::Pinned { holes() } else { None };
        hole.map_or_else(|| declared.exact.clone(), Pin::Hole)
    }

    /// Two lock files that have no version of a package in common.
    fn disagreement(&self, name: &str) -> Option<String> {
        let mut versions: Vec<_> = self.read().map(|lock| (lock, lock.versions(name))).collect();
        versions.retain(|(_, versions)| !versions.is_empty());
        versions.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
        let mut pairs = versions
            .iter()
            .enumerate()
            .flat_map(|(index, one)| versions.iter().skip(index + 1).map(move |other| (one, other)));
        let ((one, ours), (other, theirs)) = pairs.find(|((one, ours), (other, theirs))| {
            // A lock file with a name of its own is for an environment of its own.
            let both_named = one.format == NAMED_PYLOCK && other.format == NAMED_PYLOCK;
            !both_named && !ours.iter().any(|version| theirs.contains(version))
        })?;
        let (ours, theirs) = (shown(ours), shown(theirs));
        Some(format!("{} has {name} {ours}, {} {theirs}", one.entries.shown, other.entries.shown))
    }
}

fn shown(versions: &[Version]) -> String {
    versions.iter().map(Version::to_string).collect::<Vec<_>>().join(" and ")
}

impl Lock {
    /// The entries of the project in this folder.
    fn at(&self, project: &Path) -> impl Iterator<Item = &Locked> {
        self.entries.all.iter().filter(move |entry| match &entry.content {
            Content::Local(written) => place_of(&self.path, written).as_deref() == Some(project),
            _ => false,
        })
    }

    fn versions(&self, name: &str) -> Vec<Version> {
        self.entries.named(name).filter_map(|(_, entry)| entry.version()).collect()
    }
}

/// What one lock says of one requirement.
enum Verdict {
    Contradicts(String),
    Hole(String),
    Unreadable(String),
    Pins,
    Silent(String),
}

impl Verdict {
    fn rank(&self) -> usize {
        match self {
            Self::Contradicts(_) => 0,
            Self::Hole(_) => 1,
            Self::Unreadable(_) => 2,
            Self::Pins => 3,
            Self::Silent(_) => 4,
        }
    }
}

impl Found {
    fn of(read: Result<Lock, Unreliable>) -> Self {
        match read {
            Ok(lock) => Self::Read(Box::new(lock)),
            Err(Unreliable::Untracked(why)) => Self::Untracked(why),
            Err(Unreliable::Unreadable(why)) => Self::Unreadable(why),
        }
    }

    fn judge(&self, name: &str, declared: &Declared) -> Verdict {
        match self {
            Self::Untracked(why) => Verdict::Silent(why.clone()),
            Self::Unreadable(why) => Verdict::Unreadable(why.clone()),
            Self::Read(lock) if lock.entries.named(&declared.name).next().is_none() => {
                Verdict::Silent(format!("{name} does not have it"))
            }
            Self::Read(lock) => judge(name, &lock.entries, declared),
        }
    }
}

fn judge(lock: &str, entries: &Entries, declared: &Declared) -> Verdict {
    let fitting: Vec<_> = entries.named(&declared.name).filter(|(_, entry)| entry.fits(&declared.wants)).collect();
    if fitting.is_empty() {
        let versions = entries.named(&declared.name).map(|(_, entry)| entry.version.as_deref().unwrap_or("no version"));
        let (name, versions) = (&declared.name, versions.collect::<Vec<_>>().join(" and "));
        return match declared.wants {
            Wants::Versions(_) => {
                let wanted = &declared.written;
                Verdict::Contradicts(format!("{lock} has {name} {versions}, which {wanted} does not allow"))
            }
            _ => Verdict::Contradicts(format!("{lock} has {name} {versions} from elsewhere")),
        };
    }
    if let Some((_, open)) = fitting.iter().find(|(number, _)| !entries.is_fixed(*number)) {
        return Verdict::Silent(format!("{lock} has no hashes for {}", open.name));
    }
    if let Some((_, other)) = fitting.iter().find(|(_, entry)| is_elsewhere(entry, declared)) {
        let [found, wanted] =
            [&other.registry, &declared.index].map(|url| without_credentials(url.as_deref().unwrap_or_default()));
        return Verdict::Hole(format!("{lock} has {} from {found}, {} from {wanted}", other.name, declared.at.path));
    }
    let behind = |number: usize| entries.lacking(number, &declared.extras).or_else(|| entries.hole_behind(number));
    let hole = fitting.iter().find_map(|(number, _)| behind(*number));
    hole.map_or(Verdict::Pins, Verdict::Hole)
}

/// Whether an entry comes from another index than the one that the manifest names for it.
fn is_elsewhere(entry: &Locked, declared: &Declared) -> bool {
    let bare =
        |url: &str| url.contains("://").then(|| without_credentials(url).trim_end_matches('/').to_ascii_lowercase());
    let address = |url: &Option<String>| url.as_deref().and_then(bare);
    let (found, wanted) = (address(&entry.registry), address(&declared.index));
    found.is_some() && wanted.is_some() && found != wanted
}

/// The lock files of a folder, in the order of the table.
fn names(world: &World, folder: &Path) -> Vec<String> {
    let listed = world.listed(folder).unwrap_or_default().into_iter().map(|(name, _)| name);
    let usual = FORMATS.iter().map(|format| format.name.to_owned()).filter(|name| !name.contains('*'));
    let mut names: Vec<_> = listed.chain(usual).filter(|name| format_of(name).is_some()).collect();
    let place =
        |name: &String| FORMATS.iter().position(|format| format_of(name).is_some_and(|of| of.name == format.name));
    names.sort_by_key(|name| (place(name), name.clone()));
    names.dedup();
    names
}

/// A requirement of a requirements file with hashes as an entry of a lock.
fn required(one: &Declared) -> Option<Locked> {
    let (version, content) = match &one.wants {
        Wants::Versions(any) => {
            let exact = any.iter().flatten().find(|one| one.is_exact());
            let content = if one.hashed { Content::Hashed } else { Content::Open };
            (exact.map(|one| one.written.clone()), content)
        }
        Wants::Direct(Some(commit)) => (None, Content::Commit(commit.clone())),
        Wants::Direct(None) => (None, if one.exact == Pin::Pinned { Content::Hashed } else { Content::Open }),
        Wants::Local(_) | Wants::Nothing => return None,
    };
    Some(Locked::new(one.name.clone(), version, content))
}

#[cfg(test)]
mod tests;
