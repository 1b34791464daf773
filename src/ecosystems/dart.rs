//! Dart's manifests: pubspec.yaml, the members of its workspace, and pubspec.lock. <https://dart.dev/tools/pub/pubspec>

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fixed::{self, is_commit, is_sha256};
use super::lockfiles::{self, KeyLines, Listed};
use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope, comparators};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::decode::Decoder;
use crate::structured::node::{Entry, Node};
use crate::structured::yaml_values;
use crate::world::World;

/// The manifest, what overrides it, and its lock file.
const FILE: &str = "pubspec.yaml";
const OVERRIDES: &str = "pubspec_overrides.yaml";
const LOCK: &str = "pubspec.lock";

/// The largest lock file that is read, in bytes.
const LOCK_LIMIT: u64 = 64 << 20;

/// How many names a sentence has at most.
const SHOWN_LIMIT: usize = 5;

/// Reads the pubspec.yaml at `path` (relative to the root) whose text is `text`, the members of its workspace, and the lock
/// file, which a member has at the top of its workspace.
///
/// # Errors
/// A syntax error, and values of the wrong type, in any of them.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let top = Pubspec::parse(path, text)?;
    let mut manifest = Manifest { name: top.name.clone(), version: top.version.clone(), ..Manifest::default() };
    let members = top.members(world, &mut manifest)?;
    let all: Vec<_> = std::iter::once(&top).chain(&members).collect();
    let lock_path = top.lock(world);
    let lock = lockfiles::parsed(world, &lock_path, |text| Lock::parse(world, &lock_path, text));
    let overridden = overridden(world, &all)?;
    let own: HashSet<_> = all.iter().filter_map(|one| one.name.as_deref()).collect();
    for one in &all {
        let foreign = one
            .declared
            .iter()
            .filter(|declared| !(declared.source == Source::Hosted && own.contains(declared.name.as_str())));
        let rows = foreign.map(|declared| one.row(world, declared, lock.as_ref(), overridden.contains(&declared.name)));
        manifest.dependencies.extend(rows);
    }
    if let Ok(lock) = &lock {
        let direct: HashSet<_> = manifest.dependencies.iter().map(|row| row.name.as_str()).collect();
        manifest.faults.extend(lock.fault(&direct));
    }
    Ok(manifest)
}

/// One pubspec.yaml.
struct Pubspec {
    /// Relative to the root.
    path: PathBuf,
    name: Option<String>,
    version: DeclaredVersion,
    declared: Vec<Declared>,
    /// `workspace:`.
    members: Vec<String>,
    /// `resolution: workspace`.
    is_member: bool,
}

/// One requirement.
struct Declared {
    name: String,
    requirement: String,
    source: Source,
    scope: Scope,
    /// From 1.
    line: usize,
    overrides: bool,
}

#[derive(PartialEq, Eq)]
enum Source {
    Hosted,
    Git {
        reference: String,
    },
    Path(String),
    /// A part of Dart or Flutter.
    Sdk,
}

/// The tables, each with its scope.
const TABLES: [(&str, Scope); 3] =
    [("dependencies", Scope::Runtime), ("dev_dependencies", Scope::Dev), ("dependency_overrides", Scope::Runtime)];

impl Pubspec {
    fn parse(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let shown = path.display().to_string();
        let empty = ("it is empty", "write the package's name");
        Decoder::yaml(&shown, text, empty, |decoder, node| {
            let fields = decoder.table(node, FILE)?;
            let mut declared = Vec::new();
            for (table, scope) in TABLES {
                // What is left empty is null.
                if let Some(node) = fields.get(table).filter(|node| !node.is_null()) {
                    for entry in decoder.entries(node, table)? {
                        declared.extend(Declared::read(decoder, table, scope, entry));
                    }
                }
            }
            declared.retain(|one| one.source != Source::Sdk);
            let members = fields.get("workspace").filter(|node| !node.is_null());
            let members = members.and_then(|node| decoder.list(node, "workspace")).unwrap_or_default();
            let version = fields.get("version").and_then(|node| Some((node.scalar()?.0, decoder.line(&node.span))));
            Some(Self {
                path: path.to_owned(),
                name: fields.get("name").and_then(Node::text).map(str::to_owned),
                version: version.map_or(DeclaredVersion::Absent, |(version, line)| DeclaredVersion::Static {
                    version: version.to_owned(),
                    path: shown.clone(),
                    line,
                }),
                declared,
                members: members.iter().filter_map(|node| decoder.text(node, "a member of workspace")).collect(),
                is_member: fields.get("resolution").and_then(Node::text) == Some("workspace"),
            })
        })
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The members that are there; those that are not are told.
    fn members(&self, world: &World, manifest: &mut Manifest) -> Result<Vec<Self>, Vec<Problem>> {
        let mut members = Vec::new();
        let mut problems = Vec::new();
        for folder in &self.members {
            let Some(path) = within_on_any_system(self.dir(), folder).map(|path| path.join(FILE)) else {
                manifest
                    .unproven
                    .push(format!("{}: the member {folder} is outside of the repository", self.path.display()));
                continue;
            };
            let shown = path.display().to_string();
            match world.drafted(&path, SIZE_LIMIT) {
                Ok(text) => match Self::parse(&path, &text.content) {
                    Ok(member) => {
                        manifest.unproven.extend(text.note(&shown));
                        manifest.members.push(Member::own(path, member.version.clone()));
                        members.push(member);
                    }
                    Err(more) => problems.extend(more),
                },
                Err(error) => manifest.unproven.push(error.about(&shown)),
            }
        }
        if problems.is_empty() { Ok(members) } else { Err(problems) }
    }

    /// The lock file: a member's is that of the nearest folder above that has one.
    fn lock(&self, world: &World) -> PathBuf {
        let above = self.dir().ancestors().skip(1).map(|folder| folder.join(LOCK));
        let above = above.filter(|_| self.is_member).find(|path| world.has(path));
        above.unwrap_or_else(|| self.dir().join(LOCK))
    }

    fn row(&self, world: &World, declared: &Declared, lock: Result<&Lock, &Pin>, is_overridden: bool) -> Dependency {
        let exact = match &declared.source {
            Source::Path(path) => fixed::local(world, self.dir(), path, FILE),
            Source::Git { reference } if is_commit(reference) => Pin::Pinned,
            Source::Git { .. } => Pin::Loose("it follows a git reference, not a revision".to_owned()),
            Source::Hosted if semver::Version::parse(&declared.requirement).is_ok() => Pin::Pinned,
            Source::Hosted | Source::Sdk => Pin::Loose("it is not one version".to_owned()),
        };
        let lock = match (&declared.source, lock) {
            (Source::Path(_), _) => exact.clone(),
            (_, Ok(lock)) => lock.judge(declared, is_overridden && !declared.overrides),
            (_, Err(pin)) => pin.clone(),
        };
        Dependency {
            name: declared.name.clone(),
            requirement: declared.requirement.clone(),
            scope: declared.scope,
            path: self.path.display().to_string(),
            line: Some(declared.line),
            exact,
            lock,
        }
    }
}

impl Declared {
    fn read(decoder: &mut Decoder<'_>, table: &str, scope: Scope, entry: &Entry<'_>) -> Option<Self> {
        let line = decoder.line(&entry.span);
        let overrides = table == "dependency_overrides";
        let of = |requirement: &str, source| {
            let (name, requirement) = (entry.key.to_string(), requirement.to_owned());
            Some(Self { name, requirement, source, scope, line, overrides })
        };
        if let Some((text, _)) = entry.value.scalar() {
            return of(if entry.value.is_null() { "" } else { text }, Source::Hosted);
        }
        let fields = decoder.table(&entry.value, &entry.key)?;
        let text = |key: &str| fields.get(key).and_then(Node::scalar).map(|(text, _)| text);
        match (text("path"), fields.get("git"), fields.has("sdk")) {
            (Some(path), ..) => of(path, Source::Path(path.to_owned())),
            (None, Some(git), _) => {
                let inner = |key: &str| git.entry(key).and_then(|entry| entry.value.scalar()).map(|(text, _)| text);
                let url = git.text().or_else(|| inner("url")).unwrap_or_default();
                of(url, Source::Git { reference: inner("ref").unwrap_or_default().to_owned() })
            }
            (None, None, true) => of("", Source::Sdk),
            (None, None, false) => of(text("version").unwrap_or_default(), Source::Hosted),
        }
    }
}

/// The names whose requirements an override replaces, those of the file for overrides among them.
fn overridden(world: &World, all: &[&Pubspec]) -> Result<HashSet<String>, Vec<Problem>> {
    let mut names: HashSet<_> =
        all.iter().flat_map(|one| &one.declared).filter(|one| one.overrides).map(|one| one.name.clone()).collect();
    for one in all {
        let path = one.dir().join(OVERRIDES);
        if let Ok(text) = world.released(&path, SIZE_LIMIT) {
            let more = Pubspec::parse(&path, &text.content)?.declared;
            names.extend(more.into_iter().map(|one| one.name));
        }
    }
    Ok(names)
}

/// pubspec.lock.
struct Lock {
    /// As people know it.
    shown: String,
    entries: BTreeMap<String, Locked>,
    lines: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
struct Package {
    source: String,
    version: String,
    #[serde(default)]
    description: Option<Description>,
}

/// Where it is from; a part of an SDK has only a name there.
#[derive(Deserialize)]
#[serde(untagged)]
enum Description {
    Fields {
        sha256: Option<String>,
        #[serde(rename = "resolved-ref")]
        resolved_ref: Option<String>,
        path: Option<String>,
    },
    Name(#[expect(dead_code, reason = "only its kind counts")] String),
}

struct Locked {
    version: String,
    source: String,
    /// Why its content is not fixed.
    open: Option<String>,
}

/// The packages of a registry.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(text: &str) -> Result<Vec<Listed>, String> {
    let lines = KeyLines::of(text);
    let hosted = packages(text)?.into_iter().filter(|(_, package)| package.source == "hosted");
    Ok(hosted.map(|(name, package)| Listed { line: lines.line(&name), name, version: package.version }).collect())
}

fn packages(text: &str) -> Result<BTreeMap<String, Package>, String> {
    let mut files: Vec<File> = yaml_values::documents(text, LOCK_LIMIT, 1)?;
    files.pop().map(|file| file.packages).ok_or_else(|| "it is empty".to_owned())
}

impl Lock {
    fn parse(world: &World, path: &Path, text: &str) -> Result<Self, String> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let lines = KeyLines::of(text);
        let packages = packages(text)?;
        let lines = packages.keys().filter_map(|name| Some((name.clone(), lines.line(name)?))).collect();
        let locked = |package: Package| Locked {
            open: package.open(world, folder),
            version: package.version,
            source: package.source,
        };
        let entries = packages.into_iter().map(|(name, package)| (name, locked(package))).collect();
        Ok(Self { shown: path.display().to_string(), entries, lines })
    }

    fn judge(&self, declared: &Declared, is_overridden: bool) -> Pin {
        let Some(entry) = self.entries.get(&declared.name) else {
            return Pin::Loose(format!("{LOCK} does not have it"));
        };
        let contradicts = |what: &str| Pin::Contradicted(format!("{LOCK} has {what}, which contradicts the manifest"));
        let source = if matches!(declared.source, Source::Git { .. }) { "git" } else { "hosted" };
        if !is_overridden && entry.source != source {
            return contradicts(&format!("a package from `{}`", entry.source));
        }
        if !is_overridden && source == "hosted" && allows(&declared.requirement, &entry.version) == Some(false) {
            return contradicts(&entry.version);
        }
        entry.open.as_ref().map_or(Pin::Pinned, |why| Pin::Loose(format!("{LOCK} has {why}")))
    }

    /// What is not fixed behind the direct dependencies: the lock file does not say what needs what.
    fn fault(&self, direct: &HashSet<&str>) -> Option<Fault> {
        let open = self.entries.iter().filter(|(name, entry)| entry.open.is_some() && !direct.contains(name.as_str()));
        let open: Vec<_> = open.filter_map(|(name, entry)| Some((name, entry.open.as_deref()?))).collect();
        let (first, _) = open.first()?;
        let mut told: Vec<_> = open.iter().take(SHOWN_LIMIT).map(|(name, why)| format!("{why} (of {name})")).collect();
        if open.len() > SHOWN_LIMIT {
            told.push(format!("{} more", open.len() - SHOWN_LIMIT));
        }
        let what = format!("{} has {}; `dart pub get` writes it anew", self.shown, told.join(", "));
        Some(Fault { path: self.shown.clone(), line: self.lines.get(*first).copied(), what })
    }
}

impl Package {
    fn open(&self, world: &World, folder: &Path) -> Option<String> {
        let (sha256, resolved, path) = match &self.description {
            Some(Description::Fields { sha256, resolved_ref, path }) => (sha256, resolved_ref, path),
            Some(Description::Name(_)) | None => (&None, &None, &None),
        };
        match self.source.as_str() {
            "hosted" if sha256.as_deref().is_some_and(is_sha256) => None,
            "hosted" => Some("no SHA-256".to_owned()),
            "git" if resolved.as_deref().is_some_and(is_commit) => None,
            "git" => Some("no full revision".to_owned()),
            "path" => match fixed::local(world, folder, path.as_deref().unwrap_or("/"), FILE) {
                Pin::Pinned => None,
                _ => Some("a folder that the release does not have".to_owned()),
            },
            // It comes with the SDK.
            "sdk" => None,
            other => Some(format!("the source `{other}`, which the gate does not know")),
        }
    }
}

/// Whether a constraint lets a version through; `None` where nobody can tell.
fn allows(constraint: &str, version: &str) -> Option<bool> {
    let constraint = constraint.trim();
    if constraint.is_empty() || constraint == "any" {
        return Some(true);
    }
    let comparisons = constraint.replace(">= ", ">=").replace("<= ", "<=").replace("> ", ">").replace("< ", "<");
    let each: Option<Vec<_>> =
        comparisons.split_whitespace().map(|comparison| comparators::allows(comparison, version)).collect();
    each.map(|each| each.into_iter().all(|one| one))
}
