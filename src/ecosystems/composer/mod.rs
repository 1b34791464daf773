//! PHP's manifests: composer.json, and composer.lock. <https://getcomposer.org/doc/04-schema.md>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::lockfiles::{self, KeyLines};
use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::Node;
use crate::world::World;

mod constraint;
mod hash;
mod lock;

pub(crate) use lock::listed;
use lock::{Lock, Packages, is_platform};

/// The manifest's name, and the lock file's.
const FILE: &str = "composer.json";
const LOCK: &str = "composer.lock";

/// Reads the composer.json at `path` (relative to the root) whose text is `text`, and the lock file beside it.
///
/// # Errors
/// Syntax errors and values of the wrong type.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let says = Project::parse(&path.display().to_string(), text)?;
    let lock_path = path.with_file_name(LOCK);
    let shown = lock_path.display().to_string();
    let mut manifest = Manifest { name: says.name.clone(), version: says.version.clone(), ..Manifest::default() };
    let lock = match lockfiles::text(world, &lock_path) {
        Ok(lock_text) => match Lock::parse(&lock_text) {
            Ok(lock) => {
                manifest.faults.extend(says.stale(&lock, &lock_text, text, &shown));
                Ok(lock)
            }
            Err(why) => Err(Pin::Unproven(format!("{shown} could not be read: {why}"))),
        },
        Err(pin) => Err(pin),
    };
    let lock = match lock {
        Ok(lock) => lock,
        Err(pin) => {
            let rows = says.required.iter().map(|required| required.row(path, pin.clone()));
            manifest.dependencies.extend(rows);
            return Ok(manifest);
        }
    };
    let folders = Folders::of(world, &lock, path.parent().unwrap_or(Path::new("")));
    let given: Vec<_> = says.name.iter().chain(&says.given).cloned().collect();
    let packages = Packages::new(&lock, &shown, &given, &|folder| folders.open.get(folder).cloned());
    let judge = |required: &Required| required.row(path, required.pin(&packages, &shown, &folders));
    manifest.dependencies.extend(says.required.iter().map(judge));
    manifest.unproven.extend(folders.unproven);
    manifest.members.extend(folders.members);
    Ok(manifest)
}

/// What a composer.json says.
struct Project {
    name: Option<String>,
    version: DeclaredVersion,
    required: Vec<Required>,
    /// The names that it stands for.
    given: Vec<String>,
    /// None where it has a text that is no Unicode.
    content_hash: Option<String>,
    path: String,
}

/// A package that is required.
struct Required {
    name: String,
    requirement: String,
    scope: Scope,
    line: usize,
}

impl Project {
    fn parse(path: &str, text: &str) -> Result<Self, Vec<Problem>> {
        Decoder::json(path, text, |decoder, node| {
            let table = decoder.table(node, FILE)?;
            let version = table.get("version").and_then(|node| {
                let line = decoder.line(&node.span);
                let version = decoder.any_text(node, "version")?.to_owned();
                Some(DeclaredVersion::Static { version, path: path.to_owned(), line })
            });
            let mut required = Self::required(decoder, table, "require", Scope::Runtime);
            required.extend(Self::required(decoder, table, "require-dev", Scope::Dev));
            let given = ["replace", "provide"].iter().filter_map(|key| table.get(key)?.entries()).flatten();
            Some(Self {
                name: decoder.text_at(table, "name").map(str::to_owned),
                version: version.unwrap_or_default(),
                required,
                given: given.map(|entry| entry.key.to_string()).collect(),
                content_hash: hash::content_hash(node),
                path: path.to_owned(),
            })
        })
    }

    fn required(decoder: &mut Decoder<'_>, table: Fields<'_>, key: &str, scope: Scope) -> Vec<Required> {
        // PHP writes a mapping without keys as a list.
        let node = table.get(key).filter(|node| node.items().is_none_or(|items| !items.is_empty()));
        let entries = node.and_then(|node: &Node<'_>| decoder.entries(node, key)).unwrap_or_default();
        let packages = entries.iter().filter(|entry| !is_platform(&entry.key));
        let one = |entry: &crate::structured::node::Entry<'_>| {
            let requirement = decoder.any_text(&entry.value, &entry.key)?.to_owned();
            Some(Required { name: entry.key.to_string(), requirement, scope, line: decoder.line(&entry.span) })
        };
        packages.filter_map(one).collect()
    }

    /// Whether the lock file was made for this composer.json, as Composer asks.
    fn stale(&self, lock: &Lock, lock_text: &str, text: &str, shown: &str) -> Option<Fault> {
        let is_there = |hash: &&String| !hash.is_empty();
        let (locked, own) = match (lock.content_hash.as_ref().filter(is_there), lock.hash.as_ref().filter(is_there)) {
            (Some(locked), _) => (locked, self.content_hash.clone()),
            (None, Some(locked)) => (locked, Some(hash::md5(text.as_bytes()))),
            (None, None) => {
                let what = format!("{shown} has no content-hash; `composer update --lock` writes it");
                return Some(Fault { path: shown.to_owned(), line: None, what });
            }
        };
        if own.as_ref() == Some(locked) {
            return None;
        }
        let line = KeyLines::of(lock_text).line(if lock.content_hash.is_some() { "content-hash" } else { "hash" });
        let what = format!(
            "{shown} is out of date: its content-hash is not that of {}; `composer update --lock` writes it anew",
            self.path
        );
        Some(Fault { path: shown.to_owned(), line, what })
    }
}

impl Required {
    fn row(&self, path: &Path, lock: Pin) -> Dependency {
        Dependency {
            name: self.name.clone(),
            requirement: self.requirement.clone(),
            scope: self.scope,
            path: path.display().to_string(),
            line: Some(self.line),
            exact: self.exact(),
            lock,
        }
    }

    /// Whether the requirement alone fixes the package.
    fn exact(&self) -> Pin {
        match self.commit() {
            Some(commit) if commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => Pin::Pinned,
            Some(_) => Pin::Loose("what follows # is not a full commit id".to_owned()),
            None if self.numbers().is_some() => Pin::Pinned,
            None => Pin::Loose("it is not X.Y.Z".to_owned()),
        }
    }

    /// What is to be installed: ` as 1.0.999` behind it is what others take it for.
    fn asked(&self) -> &str {
        self.requirement.split_once(" as ").map_or(self.requirement.as_str(), |(asked, _)| asked).trim()
    }

    /// `dev-main#commit`.
    fn commit(&self) -> Option<&str> {
        self.asked().split_once('#').map(|(_, commit)| commit)
    }

    /// The numbers of an exact version: four, as Composer fills them up, and what follows them.
    fn numbers(&self) -> Option<(Vec<u64>, String)> {
        version(self.asked().trim_start_matches('=').trim())
    }

    /// Whether the lock file has it, and all that it needs.
    fn pin(&self, packages: &Packages<'_>, shown: &str, folders: &Folders) -> Pin {
        let found = packages.of(&self.name);
        let Some(numbers) = found else { return Pin::Hole(format!("{}: {shown} does not have it", self.name)) };
        let is_for_dev = |number: &usize| packages.by_number.get(*number).is_some_and(|(_, dev)| *dev);
        if self.scope == Scope::Runtime && !numbers.is_empty() && numbers.iter().all(is_for_dev) {
            return Pin::Hole(format!("{}: {shown} has it for development only", self.name));
        }
        for number in numbers {
            let Some((package, _)) = packages.by_number.get(*number) else { continue };
            let is_itself = package.name.eq_ignore_ascii_case(&self.name);
            if is_itself
                && self.numbers().is_some_and(|wanted| version(&package.version).is_some_and(|has| has != wanted))
            {
                let why = format!("{shown} has {}, which contradicts {}", package.version, self.asked());
                return Pin::Hole(format!("{}: {why}", package.name));
            }
            if is_itself && constraint::is_unmet(&package.version, self.asked()) {
                let why = format!("{shown} has {}, which {} does not allow", package.version, self.asked());
                return Pin::Hole(format!("{}: {why}", package.name));
            }
            if let Some(why) = package.open(shown, &|folder| folders.open.get(folder).cloned()) {
                return Pin::Hole(format!("{}: {why}", package.name));
            }
            if let Some(hole) = packages.graph.hole_behind(*number) {
                return Pin::Hole(hole);
            }
        }
        Pin::Pinned
    }
}

/// A version that is one: its numbers, filled up to four, and what follows them in small letters.
fn version(text: &str) -> Option<(Vec<u64>, String)> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text).to_ascii_lowercase();
    let end = text.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let mut numbers = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    // Composer reads `1` and `1.2` as versions, too; what follows may be a stability, and no operator.
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte));
    numbers.resize(numbers.len().max(4), 0);
    let rest = rest.trim_start_matches('-').split('+').next().unwrap_or_default().to_owned();
    (is_plain && !rest.contains('x') && !rest.starts_with("dev")).then_some((numbers, rest))
}

/// The folders of packages that are part of the repository.
#[derive(Default)]
struct Folders {
    /// Why one is not fixed.
    open: BTreeMap<String, String>,
    members: Vec<Member>,
    unproven: Vec<String>,
}

impl Folders {
    fn of(world: &World, lock: &Lock, dir: &Path) -> Self {
        let mut folders = Self::default();
        for folder in lock.folders() {
            let Some(path) = within_on_any_system(dir, folder) else {
                folders.open.insert(folder.to_owned(), format!("{folder} is outside of the repository"));
                continue;
            };
            match world.is_folder(&path) {
                Ok(true) => folders.member(world, path.join(FILE)),
                Ok(false) => {
                    folders.open.insert(folder.to_owned(), format!("the release has no folder {folder}"));
                }
                Err(error) => folders.unproven.push(error.about(folder)),
            }
        }
        folders
    }

    fn member(&mut self, world: &World, path: PathBuf) {
        if world.has(&path) {
            self.members.push(Member::own(path, DeclaredVersion::Absent));
        }
    }
}
