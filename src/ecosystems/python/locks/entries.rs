//! The entries of a lock file, and whether each is fixed to the bottom.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pep440_rs::Version;

use crate::ecosystems::graph::{Graph, Need, Package};
use crate::ecosystems::python::declared::{Wants, in_release, normalized};
use crate::ecosystems::python::requirement::Specifier;
use crate::ecosystems::{Pin, Scope};
use crate::model::path::within;
use crate::world::World;

/// How many entries of one name a lock may have; forks for many environments have a few.
const ENTRY_LIMIT: usize = 64;

/// One entry of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: Option<String>,
    /// Where it comes from, as a text to compare, where others refer to that.
    pub(super) source: Option<String>,
    /// The address of the index that it comes from, where the lock file tells.
    pub(super) registry: Option<String>,
    pub(super) content: Content,
    pub(super) needs: Vec<Needed>,
    /// Who installs it, where the lock file parts them.
    pub(super) scope: Scope,
}

/// What fixes the content of a locked package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Every file has a hash that nobody can forge.
    Hashed,
    /// A commit of a repository.
    Commit(String),
    /// Files of this repository, at a path as written.
    Local(String),
    /// Nothing.
    Open,
}

/// What an entry needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) name: String,
    /// Which entries of that name are meant.
    pub(super) allowed: Allowed,
    /// Whether the lock file must have it: what an extra adds, it may leave out.
    pub(super) must: bool,
    /// The extras that add it, by their normalised names, where it is not always needed.
    pub(super) extras: Vec<String>,
}

/// Which entries of a name are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allowed {
    /// All of them.
    Any,
    /// The one of this version and source, as far as they are told.
    Entry { version: Option<String>, source: Option<String> },
    /// Those whose version meets one of these lists; all, where none does: a lock file may override what packages say.
    Versions(Vec<Vec<Specifier>>),
}

impl Locked {
    pub(super) fn new(name: String, version: Option<String>, content: Content) -> Self {
        Self { name, version, source: None, registry: None, content, needs: Vec::new(), scope: Scope::Runtime }
    }

    pub(super) fn fits(&self, wants: &Wants) -> bool {
        match (wants, &self.content) {
            (Wants::Direct(Some(commit)), Content::Commit(found)) => commit == found,
            (Wants::Direct(Some(_)), _) => false,
            (Wants::Direct(None), _) => true,
            // What a lock takes from a repository, a path or a file was put there by the project's sources.
            (_, Content::Commit(_) | Content::Local(_) | Content::Hashed) if self.version.is_none() => true,
            (Wants::Versions(any), _) => self.meets(any),
            (Wants::Local(_) | Wants::Nothing, _) => false,
        }
    }

    fn meets(&self, any: &[Vec<Specifier>]) -> bool {
        let version = self.version();
        version.is_some_and(|version| any.iter().any(|all| all.iter().all(|one| one.allows(&version))))
    }

    pub(super) fn version(&self) -> Option<Version> {
        self.version.as_ref().and_then(|version| version.parse().ok())
    }
}

/// The entries of one lock file.
#[derive(Debug)]
pub(super) struct Entries {
    /// The file's path, as people know it.
    pub(super) shown: String,
    pub(super) all: Vec<Locked>,
    /// Why the content of each is not fixed, as it goes on behind its name and a colon.
    open: Vec<Option<String>>,
    by_name: BTreeMap<String, Vec<usize>>,
    graph: OnceLock<Graph<'static>>,
}

impl Entries {
    /// The entries of the lock file at a path.
    ///
    /// # Errors
    /// Why nobody can tell what it pins.
    pub(super) fn of(world: &World, path: &Path, all: Vec<Locked>) -> Result<Self, String> {
        let shown = path.display().to_string();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, entry) in all.iter().enumerate() {
            by_name.entry(normalized(&entry.name)).or_default().push(number);
        }
        if by_name.values().any(|entries| entries.len() > ENTRY_LIMIT) {
            return Err(format!("{shown} has more than {ENTRY_LIMIT} entries of one package"));
        }
        let mut entries = Self { shown, all, open: Vec::new(), by_name, graph: OnceLock::new() };
        entries.open = entries.all.iter().map(|entry| entries.why_open(world, path, entry)).collect();
        Ok(entries)
    }

    fn why_open(&self, world: &World, path: &Path, entry: &Locked) -> Option<String> {
        match &entry.content {
            Content::Hashed | Content::Commit(_) => None,
            Content::Local(place) => match place_of(path, place).map(|place| in_release(world, &place)) {
                Some(Pin::Pinned) => None,
                Some(Pin::Loose(why) | Pin::Unproven(why) | Pin::Hole(why) | Pin::Contradicted(why)) => Some(why),
                None => Some(format!("{place} is outside the repository")),
            },
            // Formats with one entry per set of extras leave the files out of some.
            Content::Open => {
                let mut twins = self.named(&entry.name).map(|(_, other)| other);
                let is_fixed = |other: &Locked| other.version == entry.version && other.content != Content::Open;
                (!twins.any(is_fixed)).then(|| format!("{} has no hash for it", self.shown))
            }
        }
    }

    /// The entries of a name, each with its number.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = (usize, &Locked)> {
        let numbers = self.by_name.get(&normalized(name)).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.all.get(*number)?)))
    }

    /// Whether the content of an entry is fixed.
    pub(super) fn is_fixed(&self, number: usize) -> bool {
        self.open.get(number).is_some_and(Option::is_none)
    }

    /// The entries that are not fixed, each with its number and the reason.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &Locked, &str)> {
        let entries = self.all.iter().zip(&self.open).enumerate();
        entries.filter_map(|(number, (entry, why))| Some((number, entry, why.as_deref()?)))
    }

    /// The nearest hole behind an entry.
    pub(super) fn hole_behind(&self, number: usize) -> Option<String> {
        self.graph.get_or_init(|| self.graph()).hole_behind(number)
    }

    /// What extras add to an entry and the lock file does not have.
    pub(super) fn lacking(&self, number: usize, extras: &[String]) -> Option<String> {
        let entry = self.all.get(number)?;
        let is_asked = |extra: &String| extras.iter().any(|asked| normalized(asked) == *extra);
        let mut added = entry.needs.iter().filter(|needed| needed.extras.iter().any(is_asked));
        let lacking = added.find(|needed| self.named(&needed.name).next().is_none())?;
        Some(format!("{} via {}: {} does not have it", lacking.name, entry.name, self.shown))
    }

    fn graph(&self) -> Graph<'static> {
        let packages = self.all.iter().zip(&self.open).map(|(entry, open)| Package {
            name: entry.name.clone().into(),
            open: open.clone(),
            needs: entry.needs.iter().flat_map(|needed| self.needs(needed)).collect(),
        });
        Graph::new(packages.collect())
    }

    fn needs(&self, needed: &Needed) -> Vec<Need<'static>> {
        let mut meant: Vec<_> = self.named(&needed.name).filter(|(_, entry)| needed.allowed.is(entry)).collect();
        if meant.is_empty() && matches!(needed.allowed, Allowed::Versions(_)) {
            meant = self.named(&needed.name).collect();
        }
        if meant.is_empty() && needed.must {
            let why = format!("{} does not have it", self.shown);
            return vec![Need::Missing { name: needed.shown().into(), why }];
        }
        meant.into_iter().map(|(number, _)| Need::Package(number)).collect()
    }
}

impl Needed {
    /// "idna", or "idna 3.7" where that version is meant.
    fn shown(&self) -> String {
        match &self.allowed {
            Allowed::Entry { version: Some(version), .. } => format!("{} {version}", self.name),
            _ => self.name.clone(),
        }
    }
}

impl Allowed {
    fn is(&self, entry: &Locked) -> bool {
        match self {
            Self::Any => true,
            Self::Entry { version, source } => {
                (version.is_none() || *version == entry.version) && (source.is_none() || *source == entry.source)
            }
            Self::Versions(any) => entry.meets(any),
        }
    }
}

/// Where a lock file's path leads; nowhere, where that is outside of the repository.
pub(super) fn place_of(lock: &Path, written: &str) -> Option<PathBuf> {
    within(lock.parent().unwrap_or(Path::new("")), written)
}
