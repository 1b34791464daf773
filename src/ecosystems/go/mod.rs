//! Go's manifests: go.mod, the go.work around it, and their hashes in go.sum. <https://go.dev/ref/mod>

use std::path::{Path, PathBuf};

use super::lockfiles::Listed;
use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Manifest, Member, Pin, Scope, Stated};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::world::{Refused, World};

mod lines;
mod module;
mod sums;
mod vendor;

use module::is_version;
pub(crate) use module::{GoMod, Replaced, Replacement, Required};
use sums::Sums;
pub(crate) use sums::listed as listed_sums;
use vendor::Vendor;

/// The manifest's name, that of its hashes, and those of a workspace.
const FILE: &str = "go.mod";
const SUMS: &str = "go.sum";
const WORK: &str = "go.work";
const WORK_SUMS: &str = "go.work.sum";

/// Reads the go.mod at `path` (relative to the root) whose text is `text`, the modules of this repository that stand in the
/// place of others, and the hashes; those of the go.work that takes it for a member, where there is one.
///
/// # Errors
/// Lines that are not of the grammar, in this manifest and in those that belong to it.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let module = One::parse(path, text)?;
    let stated = module.says.major.clone().map(|(line, version)| Stated {
        version,
        path: path.display().to_string(),
        line: Some(line),
    });
    let mut manifest =
        Manifest { name: module.says.name.clone(), stated: stated.into_iter().collect(), ..Manifest::default() };
    let mut reader = Reader::new(world, &mut manifest);
    let build = match reader.workspace_around(&module) {
        Some((work, members)) => reader.of_workspace(&work, members),
        None => reader.of_module(&module),
    };
    reader.judge(&build, &module);
    reader.ended()?;
    Ok(manifest)
}

/// Reads the go.work at `path` whose text is `text`, and its members but for one beside it, which is read by itself.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_work(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let work = One::parse(path, text)?;
    let mut manifest = Manifest::default();
    let mut reader = Reader::new(world, &mut manifest);
    let members = reader.members(&work);
    let absent: Vec<_> =
        work.says.used.iter().filter_map(|(line, folder)| reader.absent(&work, *line, folder)).collect();
    reader.manifest.dependencies.extend(absent);
    let others = |member: &&One| member.dir() != work.dir();
    let paths: Vec<_> = members.iter().filter(others).map(|member| member.path.clone()).collect();
    let build = reader.of_workspace(&work, members);
    reader.says_more(&work);
    for path in paths {
        if let Some(member) = build.members.iter().find(|member| member.path == path) {
            reader.judge(&build, member);
            reader.manifest.members.push(Member::own(path, DeclaredVersion::Absent));
        }
    }
    reader.ended()?;
    Ok(manifest)
}

/// A module of go.mod or go.sum, as advisories speak of it.
pub(crate) fn listed(name: &str, version: &str, line: usize) -> Listed {
    let version = version.strip_prefix('v').unwrap_or(version);
    Listed { name: name.to_owned(), version: version.to_owned(), line: Some(line) }
}

/// A go.mod or go.work, and where it is.
struct One {
    /// Relative to the root.
    path: PathBuf,
    says: GoMod,
}

impl One {
    fn parse(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        Ok(Self { path: path.to_owned(), says: GoMod::parse(&path.display().to_string(), text)? })
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// What a module is built with.
struct Build {
    /// The members of the workspace.
    members: Vec<One>,
    /// The replacements that Go obeys, each with the folder that its paths begin in; the first that fits counts.
    replaced: Vec<(PathBuf, Replaced)>,
    sums: Sums,
    /// The folder `vendor` has everything.
    vendored: bool,
}

struct Reader<'a> {
    world: &'a World,
    manifest: &'a mut Manifest,
    problems: Vec<Problem>,
    /// The modules of this repository that stand in the place of others.
    local: Vec<One>,
}

impl<'a> Reader<'a> {
    fn new(world: &'a World, manifest: &'a mut Manifest) -> Self {
        Self { world, manifest, problems: Vec::new(), local: Vec::new() }
    }

    fn ended(self) -> Result<(), Vec<Problem>> {
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }

    /// The go.work in the folder or above that has a module for a member, and all its members.
    fn workspace_around(&mut self, module: &One) -> Option<(One, Vec<One>)> {
        let paths: Vec<_> = module.dir().ancestors().map(|folder| folder.join(WORK)).collect();
        // Go takes the nearest, whatever it says.
        let path = paths.into_iter().find(|path| self.world.has(path))?;
        let work = self.read(&path)?;
        let is_member = |folder: &str| within_on_any_system(work.dir(), folder).as_deref() == Some(module.dir());
        if !work.says.used.iter().any(|(_, folder)| is_member(folder)) {
            return None;
        }
        let members = self.members(&work);
        Some((work, members))
    }

    /// The members that are there.
    fn members(&mut self, work: &One) -> Vec<One> {
        let folders = work.says.used.iter().filter_map(|(_, folder)| within_on_any_system(work.dir(), folder));
        let mut paths: Vec<_> = folders.map(|folder| folder.join(FILE)).filter(|path| self.world.has(path)).collect();
        paths.sort();
        paths.dedup();
        paths.iter().filter_map(|path| self.read(path)).collect()
    }

    fn read(&mut self, path: &Path) -> Option<One> {
        let shown = path.display().to_string();
        match self.world.drafted(path, SIZE_LIMIT) {
            Ok(text) => {
                self.manifest.unproven.extend(text.note(&shown));
                One::parse(path, &text.content).map_err(|problems| self.problems.extend(problems)).ok()
            }
            Err(error) => {
                self.manifest.unproven.push(error.about(&shown));
                None
            }
        }
    }

    fn of_workspace(&mut self, work: &One, members: Vec<One>) -> Build {
        let beside = |one: &One, name| one.dir().join(name);
        let mut files: Vec<_> = members.iter().map(|member| beside(member, SUMS)).collect();
        files.push(beside(work, WORK_SUMS));
        let sums = self.sums(&files, "no go.sum of the workspace has a".to_owned());
        let replaced =
            std::iter::once(work).chain(&members).map(|one| (one.dir().to_owned(), one.says.replaced.clone()));
        Build { replaced: replaced.collect(), members, sums, vendored: false }
    }

    fn of_module(&mut self, module: &One) -> Build {
        let vendored = match Vendor::beside(self.world, &module.says, module.dir()) {
            Vendor::Whole => true,
            Vendor::None => false,
            Vendor::Stale(fault) => {
                self.manifest.faults.push(fault);
                false
            }
            Vendor::Unproven(why) => {
                self.manifest.unproven.push(why);
                false
            }
        };
        let file = module.dir().join(SUMS);
        let sums = self.sums(std::slice::from_ref(&file), format!("{} has no", file.display()));
        let replaced = vec![(module.dir().to_owned(), module.says.replaced.clone())];
        Build { members: Vec::new(), replaced, sums, vendored }
    }

    fn sums(&mut self, files: &[PathBuf], lack: String) -> Sums {
        let mut sums = Sums::read(self.world, files, lack);
        self.manifest.faults.append(&mut sums.faults);
        self.manifest.unproven.extend(sums.unproven.iter().cloned());
        sums
    }

    /// What a module requires, and what stands in the place of that.
    fn judge(&mut self, build: &Build, module: &One) {
        self.says_more(module);
        let needs: Vec<_> = module.says.required.iter().map(|required| self.need(build, required)).collect();
        needs.iter().for_each(|need| self.without_sums(build, need));
        for (required, need) in module.says.required.iter().zip(needs) {
            self.manifest.dependencies.push(row(build, module, required, &need));
        }
        if !module.says.is_whole() && !build.vendored && !module.says.required.is_empty() {
            self.behind_local(build);
            self.manifest.notes.push(format!(
                "{} is older than Go 1.17 and lists direct requirements only: Go holds the others to go.sum",
                module.path.display()
            ));
        }
    }

    /// That no file has the hashes that one is needed of, once.
    fn without_sums(&mut self, build: &Build, need: &Need) {
        let missing = build.sums.missing().filter(|_| *need == Need::Hashes);
        let missing = missing.filter(|fault| !self.manifest.faults.contains(fault)).cloned();
        self.manifest.faults.extend(missing);
    }

    /// What the modules of this repository require, where the one that is judged does not list it. Which version is built is
    /// known to Go alone, and it wants the go.mod of each.
    fn behind_local(&mut self, build: &Build) {
        while let Some(local) = self.local.pop() {
            for required in &local.says.required {
                let required = Required { indirect: true, ..required.clone() };
                let need = self.need(build, &required);
                self.without_sums(build, &need);
                self.manifest.dependencies.push(row(build, &local, &required, &need));
            }
        }
    }

    /// What a manifest has beside its requirements.
    fn says_more(&mut self, one: &One) {
        let shown = one.path.display();
        if let Some((line, verb)) = one.says.unknown.first() {
            self.manifest.unproven.push(format!("{shown}:{line}: the gate does not know the directive `{verb}`"));
        }
        if one.says.name.is_none() && one.path.ends_with(FILE) {
            let help = "begin it with `module` and the module's path";
            self.problems.push(Problem::new(shown.to_string(), "it names no module").help(help));
        }
    }

    fn need(&mut self, build: &Build, required: &Required) -> Need {
        let Required { path, version, .. } = required;
        if build.vendored || build.members.iter().any(|member| member.says.name.as_ref() == Some(path)) {
            return Need::Nothing;
        }
        match build.replacement(path, version) {
            Some((dir, Replacement::Folder(folder))) => Need::of_pin(self.folder(dir, folder)),
            Some((_, Replacement::Module { version, .. })) if !is_version(version) => Need::Open,
            Some(_) => Need::Hashes,
            None if is_version(version) => Need::Hashes,
            None => Need::Open,
        }
    }

    /// A module of this repository is what the release is; one outside is not. It is a member from there on.
    fn folder(&mut self, dir: &Path, folder: &str) -> Pin {
        let Some(path) = within_on_any_system(dir, folder).map(|folder| folder.join(FILE)) else {
            return Pin::Loose(format!("{folder} is outside of the repository"));
        };
        match self.world.part(&path) {
            Ok(_) => {
                if !self.manifest.members.iter().any(|member| member.path == path) {
                    let local = self.read(&path);
                    self.local.extend(local);
                    self.manifest.members.push(Member::own(path, DeclaredVersion::Absent));
                }
                Pin::Pinned
            }
            Err(error @ Refused::Untracked(_)) => Pin::Loose(error.about(&path.display().to_string())),
            Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
        }
    }

    /// A member that is not there.
    fn absent(&self, work: &One, line: usize, folder: &str) -> Option<Dependency> {
        let path = within_on_any_system(work.dir(), folder).map(|folder| folder.join(FILE));
        let pin = match &path {
            None => Pin::Loose("it is outside of the repository".to_owned()),
            Some(path) if self.world.has(path) => return None,
            Some(path) => match self.world.part(path) {
                Err(error @ Refused::Untracked(_)) => Pin::Loose(error.about(&path.display().to_string())),
                Err(error) => Pin::Unproven(error.about(&path.display().to_string())),
                Ok(_) => return None,
            },
        };
        Some(Dependency {
            name: folder.to_owned(),
            requirement: String::new(),
            scope: Scope::Runtime,
            path: work.path.display().to_string(),
            line: Some(line),
            exact: pin.clone(),
            lock: pin,
        })
    }
}

/// What fixes a module that is required.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Need {
    /// It is part of the release.
    Nothing,
    /// Its version, with its hashes.
    Hashes,
    /// What stands there is not one version.
    Open,
    /// It has a place in the repository, and is not there.
    Elsewhere(Pin),
}

impl Need {
    fn of_pin(pin: Pin) -> Self {
        if pin == Pin::Pinned { Self::Nothing } else { Self::Elsewhere(pin) }
    }

    fn exact(&self) -> Pin {
        match self {
            Self::Nothing | Self::Hashes => Pin::Pinned,
            Self::Open => Pin::Loose("it is not one version (vX.Y.Z)".to_owned()),
            Self::Elsewhere(pin) => pin.clone(),
        }
    }
}

impl Build {
    /// What stands in a module's place, and the folder that its path begins in.
    fn replacement(&self, path: &str, version: &str) -> Option<(&Path, &Replacement)> {
        self.replaced.iter().find_map(|(dir, replaced)| Some((dir.as_path(), replaced.of(path, version)?)))
    }

    /// Whether the hashes of a module, or of the one in its place, are there.
    fn hashes(&self, required: &Required) -> Pin {
        let (path, version) = (required.path.as_str(), required.version.as_str());
        if let Some(fault) = self.sums.missing() {
            return Pin::Loose(fault.what.clone());
        }
        if let Some(why) = self.sums.unproven.first() {
            return Pin::Unproven(why.clone());
        }
        let (new, shown) = match self.replacement(path, version) {
            Some((_, Replacement::Module { path: new, version })) => {
                ((new.as_str(), version.as_str()), format!("{new} {version} in place of {path}"))
            }
            _ => ((path, version), format!("{path} {version}")),
        };
        let lacks = self.sums.lacks(new.0, new.1, !required.indirect);
        lacks.map_or(Pin::Pinned, |why| Pin::Hole(format!("{shown}: {why}")))
    }
}

fn row(build: &Build, module: &One, required: &Required, need: &Need) -> Dependency {
    let exact = need.exact();
    let lock = if *need == Need::Hashes { build.hashes(required) } else { exact.clone() };
    Dependency {
        name: required.path.clone(),
        requirement: required.version.clone(),
        scope: Scope::Runtime,
        path: module.path.display().to_string(),
        line: Some(required.line),
        exact,
        lock,
    }
}
