//! Ruby's manifests: Gemfile and gemspecs, which are programs and never run, and the lock file, which decides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::graph::Graph;
use super::lockfiles;
use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope, Stated};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::world::{Listed, World};

mod gemfile;
mod gemspec;
mod lock;
pub(crate) mod version;
mod words;

use gemfile::{Gem, Gemfile, Place, is_exact, normalized};
use gemspec::{Gemspec, Version};
pub(crate) use lock::listed;
use lock::{Kind, Lock, Source, Spec};

/// The lock files, each with its manifest.
const LOCKS: [(&str, &str); 2] = [("Gemfile", "Gemfile.lock"), ("gems.rb", "gems.locked")];

/// The tool itself, which the lock file tells in another place: no gem to be looked for, as PHP's Composer is no package.
const BUNDLER: &str = "bundler";

/// How a gemspec's name ends.
const GEMSPEC: &str = ".gemspec";

/// Reads the Gemfile or gems.rb at `path` (relative to the root) whose text is `text`, and its lock file, which decides.
///
/// # Errors
/// None: what is computed is UNPROVEN where no lock file decides.
pub(crate) fn load_gemfile(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let says = Gemfile::parse(text);
    let mut judge = Judge { world, path, manifest: Manifest::default() };
    judge.gemspec_beside(&says);
    match Locked::beside(world, path) {
        Ok(locked) => judge.locked_gems(&says, &locked),
        Err(Pin::Unproven(why)) => judge.manifest.unproven.push(why),
        Err(pin) => judge.gems_alone(&says, &pin),
    }
    Ok(judge.manifest)
}

/// Reads the gemspec at `path` whose text is `text`, the file that has its version, and the lock file beside it.
///
/// # Errors
/// None, as [`load_gemfile`].
pub(crate) fn load_gemspec(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let says = Gemspec::parse(text);
    let mut judge = Judge { world, path, manifest: Manifest::default() };
    judge.manifest.version = judge.version(&says);
    match Locked::beside(world, path) {
        Ok(locked) => judge.locked_needs(&says, &locked),
        Err(pin) => judge.needs_alone(&says, &pin),
    }
    judge.manifest.name = says.name;
    Ok(judge.manifest)
}

/// A lock file that was read.
struct Locked {
    /// Relative to the root.
    shown: String,
    lock: Lock,
    graph: Graph<'static>,
    /// Why a folder of its sources is not fixed.
    open_folders: BTreeMap<String, String>,
    members: Vec<PathBuf>,
    unproven: Vec<String>,
}

impl Locked {
    /// The lock file that a manifest is held to.
    fn beside(world: &World, path: &Path) -> Result<Self, Pin> {
        let named = LOCKS.iter().find(|(manifest, _)| path.ends_with(manifest)).map(|(_, lock)| *lock);
        let is_there = |lock: &&str| world.is_there(&path.with_file_name(lock));
        let any = || LOCKS.iter().map(|(_, lock)| *lock).find(is_there);
        let file = path.with_file_name(named.or_else(any).unwrap_or("Gemfile.lock"));
        let shown = file.display().to_string();
        let text = lockfiles::text(world, &file)?;
        let unread = |why: String| Pin::Unproven(format!("{shown} could not be read: {why}"));
        let lock = Lock::parse(&text).map_err(unread)?;
        if lock.direct.is_none() {
            return Err(unread("it has no DEPENDENCIES".to_owned()));
        }
        let mut locked = Self {
            shown,
            lock,
            graph: Graph::default(),
            open_folders: BTreeMap::new(),
            members: Vec::new(),
            unproven: Vec::new(),
        };
        locked.look_at_folders(world, path.parent().unwrap_or(Path::new("")));
        locked.look_at_plugins();
        locked.graph = locked.lock.graph(&locked.shown, &|folder| locked.open_folders.get(folder).cloned());
        Ok(locked)
    }

    /// The gems of the repository itself: each folder has to be part of the release.
    fn look_at_folders(&mut self, world: &World, dir: &Path) {
        for remote in self.lock.folders() {
            let Some(folder) = within_on_any_system(dir, remote) else {
                self.open_folders.insert(remote.to_owned(), format!("{remote} is outside of the repository"));
                continue;
            };
            match world.is_folder(&folder) {
                Ok(true) => {
                    let names = world.listed(&folder).unwrap_or_default().into_iter();
                    let specs = names.filter(|(name, kind)| *kind != Listed::Folder && name.ends_with(GEMSPEC));
                    self.members.extend(specs.map(|(name, _)| folder.join(name)));
                }
                Ok(false) => {
                    self.open_folders.insert(remote.to_owned(), format!("the release has no folder {remote}"));
                }
                Err(error) => self.unproven.push(error.about(remote)),
            }
        }
    }

    /// The gems that a plugin fetches and that nobody asks for directly, of which nobody would hear otherwise.
    fn look_at_plugins(&mut self) {
        let direct: HashSet<_> = self.lock.direct.iter().flatten().map(|one| one.name.as_str()).collect();
        let fetched = self.lock.specs.iter().filter(|spec| !direct.contains(spec.name.as_str()));
        let fetched = fetched.filter(|spec| self.lock.source(spec).is_some_and(|source| source.kind == Kind::Plugin));
        let told = fetched.map(|spec| format!("{}: {}:{}: a plugin fetches it", spec.name, self.shown, spec.line));
        self.unproven.extend(told.collect::<Vec<_>>());
    }

    /// Whether a gem, and all that it needs, is fixed, in a version that the requirement allows.
    fn pin<'t>(&self, name: &str, requirement: impl Iterator<Item = &'t str> + Clone) -> Pin {
        let mut found = false;
        for (number, spec) in self.lock.of(name) {
            found = true;
            let open = self.lock.open(spec, &self.shown, &|folder| self.open_folders.get(folder).cloned());
            if self.lock.source(spec).is_some_and(|source| source.kind == Kind::Plugin) {
                return Pin::Unproven(format!("{}:{}: a plugin fetches it", self.shown, spec.line));
            }
            if let Some(why) = open {
                return Pin::Hole(format!("{name}: {why}"));
            }
            if let Some(unmet) = version::unmet(&spec.version, requirement.clone()) {
                let why = format!("{} has {}, which does not meet {unmet}", self.shown, spec.version);
                return Pin::Contradicted(why);
            }
            if let Some(hole) = self.graph.hole_behind(number) {
                return Pin::Hole(hole);
            }
        }
        if found { Pin::Pinned } else { Pin::Hole(format!("{name}: {} does not have it", self.shown)) }
    }

    /// What says that the lock file has a gem from another place than the Gemfile, as far as that is written out; `is_plain` where
    /// the whole Gemfile has nothing but gems of registries.
    fn other_place(&self, gem: &Gem, gemfile: &str, is_plain: bool) -> Option<String> {
        let (_, spec) = self.lock.of(&gem.name).next()?;
        let source = self.lock.source(spec)?;
        let of_address = |address: &str| address.trim_end_matches('/').trim_end_matches(".git").to_owned();
        let is_named = |address: &String| source.remotes.iter().any(|remote| of_address(remote) == of_address(address));
        let fits = match &gem.place {
            // What a plugin makes of a place is known to the plugin.
            _ if source.kind == Kind::Plugin => true,
            Place::Git(commit) => {
                source.kind == Kind::Git
                    && gem.repository.as_ref().is_none_or(is_named)
                    && commit.as_ref().is_none_or(|commit| commit.len() != 40 || source.is_at(commit))
            }
            Place::Folder(_) => source.kind == Kind::Path,
            // Whatever else a Gemfile gets from repositories may bring the gem along.
            Place::Registry => !is_plain || !matches!(source.kind, Kind::Git | Kind::Path),
        };
        (!fits).then(|| format!("{} has it from another place than {gemfile}:{}", self.shown, gem.line))
    }

    /// Whether a gem of this folder itself is asked for, as `gemspec` in a Gemfile does.
    fn has_own(&self, name: Option<&str>) -> bool {
        let direct = self.lock.direct.iter().flatten().map(|one| one.name.as_str());
        direct.filter(|one| name.is_none_or(|name| name == *one)).any(|one| self.own(Some(one)).is_some())
    }

    /// The entry of a gem of this folder itself.
    fn own(&self, name: Option<&str>) -> Option<&Spec> {
        let is_own = |spec: &&Spec| matches!(self.lock.source(spec).and_then(Source::folder), Some("." | "./"));
        let mut own = self.lock.specs.iter().filter(is_own);
        match name {
            Some(name) => own.find(|spec| spec.name == name),
            None => own.next(),
        }
    }
}

/// Tells how firmly the gems of a manifest are pinned.
struct Judge<'a> {
    world: &'a World,
    path: &'a Path,
    manifest: Manifest,
}

impl Judge<'_> {
    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// The gemspec that the Gemfile takes dependencies from is a manifest of its own, if it is there.
    fn gemspec_beside(&mut self, says: &Gemfile) {
        let Some(gemfile::Beside { name, line }) = &says.gemspec else { return };
        if self.gemspecs(name.as_deref()).is_empty() {
            let what =
                name.as_ref().map_or_else(|| "a gemspec beside it".to_owned(), |name| format!("{name}{GEMSPEC}"));
            let why = "the release has none: commit it, or write the gems into the Gemfile";
            self.manifest.unproven.push(format!("{}:{line} takes its gems from {what}, and {why}", self.shown()));
        }
    }

    /// The gemspecs beside the Gemfile that `gemspec` may mean, from the root.
    fn gemspecs(&self, name: Option<&str>) -> Vec<PathBuf> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        let is_it = |file: &String| match name {
            Some(name) => file.strip_suffix(GEMSPEC) == Some(name),
            None => file.ends_with(GEMSPEC),
        };
        let names = self.world.listed(dir).unwrap_or_default().into_iter().map(|(name, _)| name);
        names.filter(is_it).map(|file| dir.join(file)).filter(|path| self.world.has(path)).collect()
    }

    /// What the gem of the gemspec is called, as far as it is written out.
    fn own_name(&self, name: Option<&str>) -> Option<String> {
        let [path] = &self.gemspecs(name)[..] else { return name.map(str::to_owned) };
        let text = self.world.drafted(path, SIZE_LIMIT).ok()?.content;
        Gemspec::parse(&text).name.or_else(|| name.map(str::to_owned))
    }

    fn locked_gems(&mut self, says: &Gemfile, locked: &Locked) {
        self.about_lock(locked);
        let direct = locked.lock.direct.as_deref().unwrap_or_default();
        let gems: HashMap<_, _> = says.gems.iter().rev().map(|gem| (gem.name.as_str(), gem)).collect();
        let (shown, is_plain) = (self.shown(), says.is_plain());
        for one in direct {
            let gem = gems.get(one.name.as_str()).copied();
            let is_absent = locked.lock.of(&one.name).next().is_none();
            let lock = match (is_absent, gem) {
                (true, Some(gem)) if gem.for_platforms => {
                    let note = format!("{} is for platforms that {} does not have", one.name, locked.shown);
                    self.manifest.notes.push(note);
                    Pin::Pinned
                }
                (true, None) => {
                    let why = format!(
                        "{} does not have it, and whether it is for another platform is computed",
                        locked.shown
                    );
                    Pin::Unproven(why)
                }
                _ => match gem.filter(|gem| gem.certain).and_then(|gem| locked.other_place(gem, &shown, is_plain)) {
                    Some(why) => Pin::Contradicted(why),
                    None => locked.pin(&one.name, one.requirement.split(',')),
                },
            };
            let exact = gem.map_or_else(|| Pin::Loose("the lock file decides".to_owned()), |gem| self.exact(gem));
            self.push((&one.name, &one.requirement), Scope::Runtime, gem.map(|gem| gem.line), (exact, lock));
        }
        let stale = stale(says, &locked.lock, &self.shown(), &locked.shown);
        self.manifest.faults.extend(stale);
        if let Some(gemfile::Beside { name, line }) = &says.gemspec
            && !locked.has_own(self.own_name(name.as_deref()).as_deref())
        {
            let what = format!(
                "{} is out of date: it does not have the gem of the gemspec of {}:{line}",
                locked.shown,
                self.shown()
            );
            self.manifest.faults.push(Fault { path: locked.shown.clone(), line: None, what });
        }
        let own = locked.members.iter().filter(|path| path.parent() != self.path.parent());
        let member = |path: &PathBuf| Member::own(path.clone(), DeclaredVersion::Absent);
        self.manifest.members.extend(own.map(member));
    }

    /// What is told of the lock file as a whole.
    fn about_lock(&mut self, locked: &Locked) {
        self.manifest.unproven.extend(locked.unproven.iter().cloned());
        let empty = locked.lock.empty_checksums();
        if empty > 0 {
            self.manifest.notes.push(format!(
                "{} has no checksum yet for {empty} of its gems, which are fixed by version (`bundle lock --add-checksums`)",
                locked.shown
            ));
        }
    }

    fn gems_alone(&mut self, says: &Gemfile, lock: &Pin) {
        if let (Some(line), Pin::Loose(why)) = (says.computed, lock) {
            self.manifest.unproven.push(format!(
                "{}:{line} is computed: the lock file decides ({why}; `bundle lock` writes it)",
                self.shown()
            ));
        }
        for gem in &says.gems {
            let exact = self.exact(gem);
            self.push((&gem.name, &gem.requirement.join(", ")), Scope::Runtime, Some(gem.line), (exact, lock.clone()));
        }
    }

    /// Whether a literal gem alone is fixed.
    fn exact(&self, gem: &Gem) -> Pin {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        match &gem.place {
            Place::Git(Some(commit)) if commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Pin::Pinned
            }
            Place::Git(_) => Pin::Loose("its ref is not a full commit id".to_owned()),
            Place::Folder(Some(folder)) => {
                match within_on_any_system(dir, folder).map(|path| self.world.is_folder(&path)) {
                    Some(Ok(true)) => Pin::Pinned,
                    Some(Err(error)) => Pin::Unproven(error.about(folder)),
                    _ => Pin::Loose("its folder is no part of the release".to_owned()),
                }
            }
            Place::Folder(None) => Pin::Unproven("its folder is computed".to_owned()),
            Place::Registry if is_exact(&gem.requirement) => Pin::Pinned,
            Place::Registry => Pin::Loose("it is not = X.Y.Z".to_owned()),
        }
    }

    fn locked_needs(&mut self, says: &Gemspec, locked: &Locked) {
        let own = locked.own(says.name.as_deref());
        self.manifest.stated.extend(own.map(|spec| Stated {
            version: spec.version.clone(),
            path: locked.shown.clone(),
            line: Some(spec.line),
        }));
        let needs: HashSet<&str> = own.into_iter().flat_map(|own| &own.needs).map(|need| need.name.as_str()).collect();
        for one in &says.dependencies {
            let is_missed = one.scope == Scope::Runtime && !needs.contains(one.name.as_str());
            if let Some(own) = own.filter(|_| is_missed) {
                let (shown, name, line) = (&locked.shown, &one.name, one.line);
                let what =
                    format!("{shown} is out of date: its {} does not need {name} of {}:{line}", own.name, self.shown());
                self.manifest.faults.push(Fault { path: shown.clone(), line: Some(own.line), what });
            }
            let requirement = one.requirement.iter().map(String::as_str);
            self.declared(one, locked.pin(&one.name, requirement));
        }
        let written: HashSet<_> = says.dependencies.iter().map(|one| &one.name).collect();
        let computed =
            own.into_iter().flat_map(|own| &own.needs).map(|need| &need.name).filter(|name| !written.contains(name));
        for name in computed {
            let exact = Pin::Loose("the lock file decides".to_owned());
            self.push((name, ""), Scope::Runtime, None, (exact, locked.pin(name, std::iter::empty())));
        }
        if let (Some(line), None) = (says.computed, own) {
            let why = format!("{}:{line} is computed, and {} does not have the gem itself", self.shown(), locked.shown);
            self.manifest.unproven.push(why);
        }
    }

    fn needs_alone(&mut self, says: &Gemspec, lock: &Pin) {
        if let Some(line) = says.computed {
            let (Pin::Loose(why) | Pin::Unproven(why) | Pin::Contradicted(why) | Pin::Hole(why)) = lock else { return };
            self.manifest.unproven.push(format!("{}:{line} is computed: the lock file decides ({why})", self.shown()));
        }
        for one in &says.dependencies {
            self.declared(one, lock.clone());
        }
    }

    fn declared(&mut self, one: &gemspec::Declared, lock: Pin) {
        let is_exact = is_exact(&one.requirement);
        let exact = if is_exact { Pin::Pinned } else { Pin::Loose("it is not = X.Y.Z".to_owned()) };
        self.push((&one.name, &one.requirement.join(", ")), one.scope, Some(one.line), (exact, lock));
    }

    fn push(&mut self, named: (&str, &str), scope: Scope, line: Option<usize>, (exact, lock): (Pin, Pin)) {
        let (name, requirement) = (named.0.to_owned(), named.1.to_owned());
        let path = self.shown();
        self.manifest.dependencies.push(Dependency { name, requirement, scope, path, line, exact, lock });
    }

    /// The version of a gemspec: a text, or a constant of a file that it requires, else of the only version.rb below lib.
    fn version(&self, says: &Gemspec) -> DeclaredVersion {
        let computed = || DeclaredVersion::Dynamic(format!("{} computes its version", self.shown()));
        match &says.version {
            Version::Text(line, version) => {
                DeclaredVersion::Static { version: version.clone(), path: self.shown(), line: *line }
            }
            Version::Computed => computed(),
            Version::Constant(name) => self.constant(says, name).unwrap_or_else(computed),
        }
    }

    fn constant(&self, says: &Gemspec, name: &str) -> Option<DeclaredVersion> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        let required = says.required.iter().flat_map(|file| {
            let file = if file.ends_with(".rb") { file.clone() } else { format!("{file}.rb") };
            ["".to_owned() + &file, format!("lib/{file}")]
        });
        let required = required.filter_map(|file| within_on_any_system(dir, &file)).filter(|file| self.world.has(file));
        let in_file = |path: &PathBuf| {
            let text = self.world.drafted(path, SIZE_LIMIT).ok()?.content;
            let (line, version) = gemspec::constant(&text, name)?;
            Some(DeclaredVersion::Static { version, path: path.display().to_string(), line })
        };
        let named: Vec<_> = required.collect();
        named.iter().find_map(in_file).or_else(|| {
            let lib = dir.join("lib");
            let found =
                self.world.paths(&|path| path.ends_with("/version.rb") && Path::new(path).starts_with(&lib)).ok()?;
            if let [only] = found.as_slice() { in_file(only) } else { None }
        })
    }
}

/// What a Gemfile and its lock file say differently, as far as it is written out.
fn stale(says: &Gemfile, lock: &Lock, gemfile: &str, shown: &str) -> Vec<Fault> {
    let direct = lock.direct.as_deref().unwrap_or_default();
    let fault = |line: Option<usize>, what: String| {
        let what = format!("{shown} is out of date: {what}");
        Fault { path: shown.to_owned(), line, what }
    };
    let by_name: HashMap<_, _> = direct.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut asked: HashMap<&str, usize> = HashMap::new();
    for gem in &says.gems {
        *asked.entry(&gem.name).or_default() += 1;
    }
    let mut faults = Vec::new();
    for gem in says.gems.iter().filter(|gem| gem.certain) {
        let (name, line) = (gem.name.as_str(), gem.line);
        let Some(one) = by_name.get(name) else {
            faults.push(fault(None, format!("it does not have {name} of {gemfile}:{line}")));
            continue;
        };
        let locked = normalized(one.requirement.split(',').filter(|text| !text.trim().is_empty()));
        // One that stands there twice, under two conditions, may be either.
        if locked != gem.requirement && asked.get(name) == Some(&1) {
            let (has, wants) = (shown_requirement(&locked), shown_requirement(&gem.requirement));
            faults.push(fault(Some(one.line), format!("it has {name} {has}, {gemfile}:{line} {wants}")));
        }
    }
    let registries = lock.sources.iter().filter(|source| source.kind == Kind::Gem).flat_map(|source| &source.remotes);
    let named = |remote: &str| says.registries.iter().any(|known| known == remote.trim_end_matches('/'));
    let foreign = registries.filter(|remote| says.computed.is_none() && !named(remote));
    faults.extend(
        foreign.map(|remote| fault(None, format!("its gems are from {remote}, which {gemfile} does not name"))),
    );
    let is_whole = says.computed.is_none() && says.gemspec.is_none();
    let deleted = direct.iter().filter(|one| is_whole && !asked.contains_key(one.name.as_str()));
    faults.extend(deleted.map(|one| fault(Some(one.line), format!("{gemfile} does not have {}", one.name))));
    faults
}

fn shown_requirement(requirement: &[String]) -> String {
    if requirement.is_empty() { "in any version".to_owned() } else { requirement.join(", ") }
}
