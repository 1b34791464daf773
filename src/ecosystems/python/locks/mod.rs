//! Lock files, and whether they pin a requirement.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::declared::{Declared, Wants, loose, normalized};
use super::places::{Unreliable, folder, read_tracked};
use super::requirements_txt;
use crate::ecosystems::lockfiles::{Listed, headers};
use crate::ecosystems::{Pin, Scope};
use crate::world::World;

mod formats;

/// How many entries of one name a lock may have; forks for many environments have a few.
const ENTRY_LIMIT: usize = 64;

/// One entry of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Locked {
    name: String,
    version: Option<String>,
    content: Content,
}

/// What fixes the content of a locked package.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// Every file has a hash that nobody can forge.
    Hashed,
    /// A commit of a repository.
    Commit(String),
    /// Files of this repository, at a path as written.
    Local(String),
    /// Nothing.
    Open,
}

/// How a lock file is understood; `Err` says why it is not.
type Reader = fn(&str) -> Result<Vec<Locked>, String>;

/// The lock files by name.
const FORMATS: [(&str, Reader); 4] = [
    ("uv.lock", formats::uv),
    ("poetry.lock", formats::poetry),
    ("pdm.lock", formats::pdm),
    ("pylock.toml", formats::pylock),
];

/// The packages of a lock file by its name, those of this repository left out. `None` for a file of another name.
pub(crate) fn listed(name: &str, text: &str) -> Option<Result<Vec<Listed>, String>> {
    let (known, reader) = FORMATS.into_iter().find(|(known, _)| *known == name || is_named_pylock(name, known))?;
    Some(reader(text).map(|entries| {
        let header = if known == "pylock.toml" { "[[packages]]" } else { "[[package]]" };
        let lines = headers(text, header, entries.len());
        let foreign = entries.into_iter().zip(lines).filter(|(entry, _)| !matches!(entry.content, Content::Local(_)));
        foreign.filter_map(|(entry, line)| Some(Listed { name: entry.name, version: entry.version?, line })).collect()
    }))
}

/// PEP 751 allows `pylock.NAME.toml`.
fn is_named_pylock(name: &str, known: &str) -> bool {
    known == "pylock.toml" && name.starts_with("pylock.") && name.ends_with(".toml")
}

/// The lock files that stand beside one manifest.
#[derive(Debug, Default)]
pub(super) struct Locks {
    found: Vec<(String, Found)>,
}

#[derive(Debug)]
enum Found {
    Read(BTreeMap<String, Vec<Locked>>),
    Untracked(String),
    Unreadable(String),
}

impl Locks {
    /// The locks in the folder of a manifest, and the lock of the uv workspace that has it as a member.
    pub(super) fn beside(world: &World, manifest: &Path) -> Self {
        let here = folder(manifest);
        let mut locks = Self::default();
        for (name, reader) in FORMATS {
            locks.add(world, here.join(name), reader);
        }
        if !world.has(&here.join("uv.lock")) {
            locks.workspace(world, here);
        }
        locks.requirements(world, here.join("requirements.txt"), manifest);
        locks
    }

    fn add(&mut self, world: &World, path: PathBuf, reader: Reader) {
        if world.is_there(&path) {
            let shown = path.display().to_string();
            let read = |text: String| reader(&text).map_err(|why| Unreliable::Unreadable(format!("{shown}: {why}")));
            let found = match read_tracked(world, &path).and_then(read) {
                Ok(entries) => Found::of(&shown, entries),
                Err(Unreliable::Untracked(why)) => Found::Untracked(why),
                Err(Unreliable::Unreadable(why)) => Found::Unreadable(why),
            };
            self.found.push((shown, found));
        }
    }

    /// uv keeps one lock for a workspace, at its top, and lists the members in it.
    fn workspace(&mut self, world: &World, member: &Path) {
        let Some(top) = member.ancestors().skip(1).find(|above| world.has(&above.join("uv.lock"))) else {
            return;
        };
        let mut above = Self::default();
        above.add(world, top.join("uv.lock"), formats::uv);
        let place = member.strip_prefix(top).unwrap_or(member);
        self.found.extend(above.found.into_iter().filter(|(_, found)| match found {
            Found::Read(entries) => entries.values().flatten().any(|one| one.is_at(place)),
            Found::Untracked(_) | Found::Unreadable(_) => true,
        }));
    }

    /// A requirements file with hashes locks what stands beside it.
    fn requirements(&mut self, world: &World, path: PathBuf, manifest: &Path) {
        if path == manifest || !world.is_there(&path) {
            return;
        }
        let shown = path.display().to_string();
        let found = match read_tracked(world, &path) {
            Err(Unreliable::Untracked(why)) => Found::Untracked(why),
            Err(Unreliable::Unreadable(why)) => Found::Unreadable(why),
            Ok(text) => {
                let read = requirements_txt::read(world, &path, &text, Scope::Runtime, "");
                if !read.declared.iter().any(|one| one.hashed) {
                    return;
                }
                match read.unproven.into_iter().next() {
                    Some(why) => Found::Unreadable(why),
                    None => Found::of(&shown, read.declared.iter().filter_map(required).collect()),
                }
            }
        };
        self.found.push((shown, found));
    }

    /// Whether a requirement is pinned by a lock. A contradiction in any of them counts first, then a lock that
    /// nobody can read, then a pin.
    pub(super) fn judge(&self, declared: &Declared) -> Pin {
        match declared.wants {
            Wants::Local(_) => return declared.exact.clone(),
            Wants::Nothing => return loose("it is not a valid requirement"),
            Wants::Versions(_) | Wants::Direct(_) => {}
        }
        let mut verdicts: Vec<_> = self.found.iter().map(|(name, found)| found.judge(name, declared)).collect();
        if declared.hashed {
            verdicts.push(Verdict::Pins);
        }
        let strongest = verdicts.into_iter().min_by_key(Verdict::rank);
        match strongest {
            None => loose("no lock file"),
            Some(Verdict::Pins) => Pin::Pinned,
            Some(Verdict::Contradicts(why)) => Pin::Contradicted(why),
            Some(Verdict::Silent(why)) => loose(why),
            Some(Verdict::Unreadable(why)) => Pin::Unproven(why),
        }
    }
}

/// What one lock says of one requirement.
enum Verdict {
    Contradicts(String),
    Unreadable(String),
    Pins,
    Silent(String),
}

impl Verdict {
    fn rank(&self) -> usize {
        match self {
            Self::Contradicts(_) => 0,
            Self::Unreadable(_) => 1,
            Self::Pins => 2,
            Self::Silent(_) => 3,
        }
    }
}

impl Found {
    fn of(name: &str, entries: Vec<Locked>) -> Self {
        let mut by_name: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
        for entry in entries {
            by_name.entry(normalized(&entry.name)).or_default().push(entry);
        }
        match by_name.values().any(|entries| entries.len() > ENTRY_LIMIT) {
            true => Self::Unreadable(format!("{name} has more than {ENTRY_LIMIT} entries of one package")),
            false => Self::Read(by_name),
        }
    }

    fn judge(&self, name: &str, declared: &Declared) -> Verdict {
        match self {
            Self::Untracked(why) => Verdict::Silent(why.clone()),
            Self::Unreadable(why) => Verdict::Unreadable(why.clone()),
            Self::Read(packages) => match packages.get(&declared.key()) {
                Some(entries) => judge(name, entries, declared),
                None => Verdict::Silent(format!("{name} does not have it")),
            },
        }
    }
}

fn judge(lock: &str, entries: &[Locked], declared: &Declared) -> Verdict {
    let fitting: Vec<_> = entries.iter().filter(|entry| entry.fits(&declared.wants)).collect();
    let Some(first) = fitting.first() else {
        let versions: Vec<_> = entries.iter().map(|entry| entry.version.as_deref().unwrap_or("no version")).collect();
        let (name, versions) = (&declared.name, versions.join(" and "));
        return match declared.wants {
            Wants::Versions(_) => {
                let wanted = &declared.written;
                Verdict::Contradicts(format!("{lock} has {name} {versions}, which {wanted} does not allow"))
            }
            _ => Verdict::Contradicts(format!("{lock} has {name} {versions} from elsewhere")),
        };
    };
    // Formats with one entry per set of extras leave the files out of some.
    let is_fixed =
        |entry: &Locked| fitting.iter().any(|other| other.version == entry.version && other.content != Content::Open);
    match fitting.iter().find(|entry| !is_fixed(entry)) {
        None => Verdict::Pins,
        Some(_) => Verdict::Silent(format!("{lock} has no hashes for {}", first.name)),
    }
}

impl Locked {
    fn fits(&self, wants: &Wants) -> bool {
        match (wants, &self.content) {
            (Wants::Direct(Some(commit)), Content::Commit(found)) => commit == found,
            (Wants::Direct(Some(_)), _) => false,
            (Wants::Direct(None), _) => true,
            // What a lock takes from a repository or a path was put there by the project's sources.
            (_, Content::Commit(_) | Content::Local(_)) if self.version.is_none() => true,
            (Wants::Versions(any), _) => {
                let version = self.version.as_ref().and_then(|version| version.parse::<Version>().ok());
                version.is_some_and(|version| any.iter().any(|all| all.iter().all(|one| one.allows(&version))))
            }
            (Wants::Local(_) | Wants::Nothing, _) => false,
        }
    }

    fn is_at(&self, place: &Path) -> bool {
        matches!(&self.content, Content::Local(path) if Path::new(path) == place)
    }
}

/// A hashed requirement as an entry of a lock.
fn required(one: &Declared) -> Option<Locked> {
    let content = if one.hashed { Content::Hashed } else { Content::Open };
    let version = match &one.wants {
        Wants::Versions(any) => any.iter().flatten().find(|one| one.is_exact()).map(|one| one.written.clone()),
        Wants::Direct(_) => None,
        Wants::Local(_) | Wants::Nothing => return None,
    };
    Some(Locked { name: one.name.clone(), version, content })
}

#[cfg(test)]
mod tests;
