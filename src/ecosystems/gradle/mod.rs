//! Gradle's manifests and lock files. Build scripts are programs: plain declarations are read, nothing is run, and where
//! something is computed the lock file decides.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope, Stated, Whose};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::structured::xml::{self, Element};
use crate::world::{Refused, World};

mod build;
mod catalog;
mod lock;
mod plugins;
mod properties;
mod script;
mod settings;
mod version;

use build::{Declared, Interpreter, Plugin};
use catalog::{Catalog, Version};
use lock::Lock;
pub(crate) use lock::listed;
use settings::Settings;

/// The build scripts, by the languages that they are written in.
const SCRIPTS: [&str; 2] = ["build.gradle", "build.gradle.kts"];

/// The scripts that name the projects of a build.
const SETTINGS: [&str; 2] = ["settings.gradle", "settings.gradle.kts"];

const PROPERTIES: &str = "gradle.properties";

/// The properties that are a project's version: Gradle's own, and that of the plugins that publish to Maven Central.
const VERSION_PROPERTIES: [&str; 2] = ["version", "VERSION_NAME"];

const CATALOG: &str = "gradle/libs.versions.toml";

const VERIFICATION: &str = "gradle/verification-metadata.xml";

/// How many projects of a build are read.
const PROJECT_LIMIT: usize = 5_000;

/// How much is read, in bytes, of a script that speaks for other projects: once for each set of their properties.
const OVERRIDE_LIMIT: usize = 20_000_000;

/// What pins whatever a program asks for.
const LOCKING: &str = "dependencyLocking { lockAllConfigurations() }, then ./gradlew dependencies --write-locks";

/// Reads the build script at `path` (relative to the root) whose text is `text`, the projects that the settings beside it
/// name, the catalog and the lock files.
///
/// # Errors
/// Syntax errors in the catalog.
pub(crate) fn load(world: &World, path: &Path, _text: &str) -> Result<Manifest, Vec<Problem>> {
    let dir = path.parent().unwrap_or(Path::new(""));
    let manifest = Build::read(world, dir).map(|build| build.manifest(world, path))?;
    if manifest.version != DeclaredVersion::Absent {
        return Ok(manifest);
    }
    let version = dir.ancestors().skip(1).find_map(|above| version_from_above(world, above, dir));
    Ok(Manifest { version: version.unwrap_or_default(), ..manifest })
}

/// Reads settings where no build script stands beside them, which would read them itself.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_settings(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let dir = path.parent().unwrap_or(Path::new(""));
    let is_beside = SCRIPTS.iter().any(|name| world.has(&dir.join(name)));
    if is_beside { Ok(Manifest::default()) } else { load(world, path, text) }
}

/// What the build of a folder above says of the version of a project of it.
fn version_from_above(world: &World, above: &Path, dir: &Path) -> Option<DeclaredVersion> {
    let settings = settings_of(world, above, &mut Vec::new())?;
    settings.included.iter().find(|(folder, _)| within(above, folder).as_deref() == Some(dir))?;
    let build = Build::read(world, above).ok()?;
    let top = build.projects.first()?;
    let script = || top.script.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    match top.declared.version_of_others.as_ref().or(top.declared.version_of_all.as_ref()) {
        Some(build::Stated::Plain(version, line)) => {
            Some(DeclaredVersion::Static { version: version.clone(), path: script(), line: *line })
        }
        Some(build::Stated::Computed(line)) => {
            Some(DeclaredVersion::Dynamic(format!("{}:{line} computes it", script())))
        }
        None => top.property().map(|Stated { version, path, line }| DeclaredVersion::Static {
            version,
            path,
            line: line.unwrap_or(1),
        }),
    }
}

/// A project of the build.
struct Project {
    /// Its folder, relative to the root.
    dir: PathBuf,
    /// Its script; none where its parent's says everything.
    script: Option<PathBuf>,
    declared: Declared,
    properties: HashMap<String, (String, usize)>,
    lock: Lock,
}

/// A build: a project and those that its settings include.
struct Build {
    projects: Vec<Project>,
    settings: Settings,
    catalog: Catalog,
    /// The plugins that are programs of this repository, by their names.
    own_plugins: HashMap<String, PathBuf>,
    /// The folder in which others of them may be.
    own_build: Option<PathBuf>,
    unproven: Vec<String>,
    notes: Vec<String>,
}

impl Build {
    fn read(world: &World, dir: &Path) -> Result<Self, Vec<Problem>> {
        let mut unproven = Vec::new();
        let settings = settings_of(world, dir, &mut unproven).unwrap_or_default();
        let catalog = match optional(world, &dir.join(CATALOG), &mut unproven) {
            Some((shown, text)) if !settings.has_catalogs => Catalog::parse(&shown, &text)?,
            _ => Catalog::default(),
        };
        let verified = optional(world, &dir.join(VERIFICATION), &mut unproven);
        let notes = verified.map(|(shown, text)| checksums(&shown, &text)).transpose()?.into_iter().collect();
        let own_plugins = plugins::of_repository(world).unwrap_or_else(|why| {
            unproven.push(why);
            HashMap::new()
        });
        let own_build = Some(dir.join("buildSrc")).filter(|folder| world.is_folder(folder).unwrap_or(true));
        let mut build = Self { projects: Vec::new(), settings, catalog, own_plugins, own_build, unproven, notes };
        build.projects(world, dir);
        build.unproven.extend(build.settings.unproven.clone());
        Ok(build)
    }

    fn projects(&mut self, world: &World, dir: &Path) {
        let top = properties(world, dir, &mut self.unproven);
        let included = self.settings.included.clone();
        let own = dir.join("buildSrc");
        let own = SCRIPTS.iter().chain(&SETTINGS).any(|name| world.has(&own.join(name))).then_some(own);
        let mut waiting = VecDeque::from([dir.to_owned()]);
        if let Some(own) = own {
            self.projects_of_build(world, &own);
            waiting.push_back(own);
        }
        let parents = self.settings.parents.iter().filter_map(|folder| within(dir, folder));
        waiting.extend(parents.filter(|path| world.is_folder(path).unwrap_or(true)));
        for (folder, line) in included {
            match within(dir, &folder) {
                Some(path) if world.is_folder(&path).unwrap_or(true) => waiting.push_back(path),
                _ => self.unproven.push(format!("{}:{line}: there is no folder {folder}", self.settings.shown)),
            }
        }
        let mut seen = HashSet::new();
        while let Some(dir) = waiting.pop_front() {
            if seen.len() >= PROJECT_LIMIT {
                self.unproven.push(format!("more than {PROJECT_LIMIT} projects belong to {}", self.settings.shown));
                return;
            }
            if seen.insert(dir.clone()) {
                let project = self.project(world, &dir, &top);
                self.projects.push(project);
            }
        }
        self.said_of_others(world, &top);
    }

    /// What the first script says of other projects is said with their properties.
    fn said_of_others(&mut self, world: &World, top: &HashMap<String, (String, usize)>) {
        let Some((first, others)) = self.projects.split_first_mut() else { return };
        let Some((shown, text)) = first.script.as_deref().and_then(|path| optional(world, path, &mut Vec::new()))
        else {
            return;
        };
        let Ok(statements) = script::parse(&shown, &text) else { return };
        let (top, top_path) = (values(top), first.dir.join(PROPERTIES));
        let mut seen = HashSet::from([Vec::new()]);
        for project in others {
            let own = values(&project.properties).into_iter();
            let mut own: Vec<_> =
                own.filter(|(name, value)| top.get(name) != Some(value) && text.contains(name.as_str())).collect();
            own.sort();
            if !seen.insert(own.clone()) {
                continue;
            }
            if seen.len() * text.len() > OVERRIDE_LIMIT {
                let told = "too many projects have properties of their own that this uses; give them in";
                return self.unproven.push(format!("{shown}: {told} {}", top_path.display()));
            }
            let known = top.clone().into_iter().chain(own).collect();
            first.declared.add_for_all(Interpreter::new(&self.catalog, &known).read(&statements));
        }
    }

    /// A build inside of this one may have more projects, which are not read with it.
    fn projects_of_build(&mut self, world: &World, dir: &Path) {
        let settings = settings_of(world, dir, &mut self.unproven).unwrap_or_default();
        if let Some((_, line)) = settings.included.first() {
            let told = "names projects that were not read; name their scripts under `manifests:`";
            self.unproven.push(format!("{}:{line} {told}", settings.shown));
        }
        self.unproven.extend(settings.unproven);
    }

    fn project(&mut self, world: &World, dir: &Path, top: &HashMap<String, (String, usize)>) -> Project {
        let own = properties(world, dir, &mut self.unproven);
        let script = SCRIPTS.iter().map(|name| dir.join(name)).find(|path| world.has(path));
        let known = values(top).into_iter().chain(values(&own)).collect();
        let mut declared = Declared::default();
        let text = script.as_deref().and_then(|path| optional(world, path, &mut self.unproven));
        if let Some((shown, text)) = text {
            match script::parse(&shown, &text) {
                Ok(statements) => declared = Interpreter::new(&self.catalog, &known).read(&statements),
                Err(line) => declared.computed = Some((line, "cannot be understood")),
            }
        }
        Project { dir: dir.to_owned(), script, declared, properties: own, lock: Lock::of(world, dir) }
    }

    fn manifest(mut self, world: &World, path: &Path) -> Manifest {
        let mut dependencies = self.rows_of_settings();
        for project in &self.projects {
            dependencies.extend(self.rows(world, project));
        }
        let local: Vec<_> = self.projects.iter().flat_map(|project| self.local_plugins(project)).collect();
        let computed: Vec<_> = self.projects.iter().filter_map(|project| self.undecided(project)).collect();
        self.unproven.extend(computed.into_iter().chain(local));
        let faults: Vec<Fault> = self.projects.iter().flat_map(|project| project.lock.faults.clone()).collect();
        let locks = self.projects.iter().filter_map(|project| project.lock.unproven.clone());
        self.unproven.extend(locks);
        let unlocked = self.projects.iter().filter(|project| project.lock.is_there()).filter_map(|project| {
            let (line, shown) = (project.declared.unlocked?, project.script.as_ref()?.display());
            Some(format!("{shown}:{line} leaves something out of the lock file, or puts that elsewhere"))
        });
        self.unproven.extend(unlocked.collect::<Vec<_>>());
        let members = self.projects.iter().skip(1).filter_map(|project| {
            let (version, _) = project.version();
            Some(Member { path: project.script.clone()?, version, whose: self.whose(project) })
        });
        let members = members.filter(|member| member.path != path).collect();
        let (version, stated) = self.projects.first().map(Project::version).unwrap_or_default();
        self.unproven.sort();
        self.unproven.dedup();
        let name = self.settings.name.clone();
        Manifest {
            name,
            version,
            stated,
            members,
            dependencies,
            faults,
            unproven: self.unproven,
            notes: self.notes,
            ..Manifest::default()
        }
    }

    /// A property that only the first project's gradle.properties has is every project's.
    fn whose(&self, project: &Project) -> Whose {
        let top = self.projects.first().map(|first| &first.properties);
        let is_shared = project.declared.version_name.as_ref().is_some_and(|name| {
            top.is_some_and(|top| top.contains_key(name)) && !project.properties.contains_key(name)
        });
        if is_shared { Whose::Shared } else { Whose::Own }
    }

    /// What a project computes, and no lock file decides.
    fn undecided(&self, project: &Project) -> Option<String> {
        let (line, what) = project.declared.computed?;
        let shown = project.script.as_ref()?.display();
        if project.lock.is_whole() {
            return None;
        }
        let why = if project.lock.is_there() {
            format!(" ({} has no class path)", project.lock.shown())
        } else {
            String::new()
        };
        Some(format!("{shown}:{line} {what}: the lock file decides: {LOCKING}{why}"))
    }

    /// Plugins that this build has itself, or that nobody knows: they may add dependencies.
    fn local_plugins(&self, project: &Project) -> Vec<String> {
        if project.lock.is_whole() {
            return Vec::new();
        }
        let Some(script) = &project.script else { return Vec::new() };
        let told = self.unknown_plugins(project).map(|plugin| {
            let place = format!("{}:{}", script.display(), plugin.line);
            let may = "may add dependencies";
            match (self.own_plugins.get(&plugin.id), &self.own_build) {
                (Some(file), _) => format!(
                    "{place}: the plugin {} is {}, which was not read and {may}: lock them: {LOCKING}",
                    plugin.id,
                    file.display()
                ),
                (None, Some(folder)) => format!(
                    "{place}: no version of the plugin {} stands in the release, and {}, where it may be, was not read; it {may}: \
                     lock them: {LOCKING}",
                    plugin.id,
                    folder.display()
                ),
                (None, None) if is_class(&plugin.id) => format!(
                    "{place}: nothing in the release says where the plugin of the class {} comes from, and it {may}: apply it by its \
                     name, with a version in `plugins`, or lock them: {LOCKING}",
                    plugin.id
                ),
                (None, None) => format!(
                    "{place}: no version of the plugin {} stands in the release, and it {may}: write one behind its name in \
                     `plugins`, or lock them: {LOCKING}",
                    plugin.id
                ),
            }
        });
        told.collect()
    }

    fn unknown_plugins<'p>(&'p self, project: &'p Project) -> impl Iterator<Item = &'p Plugin> {
        let has_class_path = self.has_class_path(project);
        let is_known = move |plugin: &Plugin| {
            let is_own = self.own_plugins.contains_key(&plugin.id);
            let has_version = self.version_of(plugin).is_some() || self.on_class_path(&plugin.id).is_some();
            !is_own && (has_version || plugin.is_applied && has_class_path)
        };
        let open = project.declared.plugins.iter().filter(move |plugin| !is_known(plugin));
        open.filter(|plugin| !plugins::is_of_gradle(&plugin.id))
    }

    /// Whether a project has plugins from elsewhere on its class path, or on that of the first one: each is a row of its own,
    /// and what is applied by its name comes from one of them.
    fn has_class_path(&self, project: &Project) -> bool {
        let declared = self.projects.iter().take(1).chain([project]).map(|project| &project.declared);
        declared.chain([&self.settings.own]).any(|declared| {
            declared.plugins.iter().any(|plugin| plugin.version.is_some())
                || declared.dependencies.iter().any(|one| one.configuration == lock::SCRIPTS)
        })
    }

    /// The version of a plugin: its own, or that of the settings or of the first project.
    fn version_of(&self, plugin: &Plugin) -> Option<Version> {
        let others = self.settings.plugins.iter().chain(self.projects.iter().flat_map(|one| &one.declared.plugins));
        let mut others = others.filter(|other| other.id == plugin.id).filter_map(|other| other.version.clone());
        plugin.version.clone().or_else(|| others.next())
    }

    /// The version that the settings or the first project put on the class path of all scripts, which is a row of its own: there, a
    /// plugin is found by its name alone.
    fn on_class_path(&self, plugin: &str) -> Option<Version> {
        let declared = self.projects.iter().take(1).map(|project| &project.declared).chain([&self.settings.own]);
        let mut modules = declared.flat_map(|declared| &declared.dependencies).filter(|one| {
            one.configuration == lock::SCRIPTS && !one.version.text.is_empty() && plugins::is_in(plugin, &one.module)
        });
        modules.next().map(|one| one.version.clone())
    }

    /// What the settings themselves are run with.
    fn rows_of_settings(&self) -> Vec<Dependency> {
        let own = &self.settings.own;
        let row = |name: &str, version: &Version, line: usize| {
            let exact = fixed(version);
            row(name, &version.text, &self.settings.shown, line, (exact.clone(), exact))
        };
        let plugins = own.plugins.iter().filter_map(|one| Some(row(&one.id, one.version.as_ref()?, one.line)));
        plugins.chain(own.dependencies.iter().map(|one| row(&one.module, &one.version, one.line))).collect()
    }

    fn rows(&self, world: &World, project: &Project) -> Vec<Dependency> {
        let Some(script) = &project.script else { return Vec::new() };
        let versions = self.versions(project);
        let shown = script.display().to_string();
        let mut rows = Vec::new();
        for plugin in &project.declared.plugins {
            if let Some(version) = self.version_of(plugin) {
                let exact = fixed(&version);
                rows.push(row(&plugin.id, &version.text, &shown, plugin.line, (exact.clone(), exact)));
            }
        }
        for one in &project.declared.dependencies {
            let pins = if one.is_file { file(world, project, &one.module) } else { self.pins(project, one, &versions) };
            rows.push(row(&one.module, &one.version.text, &shown, one.line, pins));
        }
        let is_open = project.declared.computed.is_some() || self.unknown_plugins(project).next().is_some();
        if is_open && project.lock.is_whole() {
            let known: HashSet<_> = project.declared.dependencies.iter().map(|one| one.module.clone()).collect();
            let all = project.lock.all().into_iter().filter(|(module, _)| !known.contains(*module));
            let locked =
                all.map(|(module, version)| row(module, version, project.lock.shown(), 0, (Pin::Pinned, Pin::Pinned)));
            rows.extend(locked);
        }
        rows
    }

    fn pins(&self, project: &Project, one: &build::Dependency, versions: &Versions<'_>) -> (Pin, Pin) {
        let exact = self.exact(project, one, versions);
        let ask = |lock: &Lock| {
            let configuration = Some(one.configuration.as_str()).filter(|_| !one.is_constraint && !one.is_of_part);
            match lock.pins(&one.module, &one.version.text, one.version.is_strict, configuration) {
                // What nothing asks for is not there.
                Pin::Loose(_) if one.is_constraint && lock.is_whole() && !lock.has(&one.module) => Pin::Pinned,
                pin => pin,
            }
        };
        let lock = if one.is_platform {
            exact.clone()
        } else if one.is_for_all {
            let asked =
                self.projects.iter().filter(|project| project.lock.is_there()).map(|project| ask(&project.lock));
            let asked: Vec<_> = asked.collect();
            // Another project may have what this one has not.
            asked.iter().find(|pin| **pin == Pin::Pinned).or(asked.first()).cloned().unwrap_or_else(no_lock)
        } else if project.lock.is_there() || project.lock.unproven.is_some() {
            ask(&project.lock)
        } else {
            no_lock()
        };
        (exact, lock)
    }

    /// The versions that the first project and this one give.
    fn versions<'p>(&'p self, project: &'p Project) -> Versions<'p> {
        let all = self.projects.iter().take(1).chain([project]).flat_map(|project| &project.declared.dependencies);
        let mut versions = Versions::default();
        for one in all {
            if !one.version.text.is_empty() {
                versions.known.entry(&one.module).or_insert(&one.version);
            }
            if one.is_platform {
                versions.platforms.push(one);
            }
        }
        versions
    }

    fn exact(&self, project: &Project, one: &build::Dependency, versions: &Versions<'_>) -> Pin {
        if !one.version.text.is_empty() {
            return fixed(&one.version);
        }
        if let Some(version) = versions.known.get(one.module.as_str()) {
            return fixed(version);
        }
        let mut platforms = versions.platforms.iter().filter(|other| other.module != one.module).peekable();
        let has_platform = platforms.peek().is_some();
        if let Some(open) = platforms.find(|platform| fixed(&platform.version) != Pin::Pinned) {
            return Pin::Loose(format!("its version comes from {}, which is not fixed", open.module));
        }
        if has_platform || self.has_managing_plugin(project, &one.module) {
            return Pin::Pinned;
        }
        Pin::Loose("it has no version".to_owned())
    }

    /// Plugins that bring the versions of what names none.
    fn has_managing_plugin(&self, project: &Project, module: &str) -> bool {
        let managing = |id: &str| {
            id == "io.spring.dependency-management"
                || (id.starts_with("org.jetbrains.kotlin.") && module.starts_with("org.jetbrains.kotlin:"))
        };
        let plugins = self.projects.iter().take(1).chain([project]).flat_map(|project| &project.declared.plugins);
        let version = |plugin: &Plugin| self.version_of(plugin).or_else(|| self.on_class_path(&plugin.id));
        let mut versions = plugins.filter(|plugin| managing(&plugin.id)).filter_map(version);
        versions.any(|version| fixed(&version) == Pin::Pinned)
    }
}

/// Whether a plugin is applied by its class and not by its name.
fn is_class(id: &str) -> bool {
    id.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// What gives modules their versions that name none.
#[derive(Default)]
struct Versions<'p> {
    /// By module.
    known: HashMap<&'p str, &'p Version>,
    platforms: Vec<&'p build::Dependency>,
}

fn no_lock() -> Pin {
    Pin::Loose("there is no gradle.lockfile".to_owned())
}

fn fixed(version: &Version) -> Pin {
    version::open(&version.text).map_or(Pin::Pinned, |why| Pin::Loose(why.to_owned()))
}

fn file(world: &World, project: &Project, path: &str) -> (Pin, Pin) {
    let is_there = within(&project.dir, path).is_some_and(|path| world.has(&path));
    let pin = if is_there { Pin::Pinned } else { Pin::Loose("it is no part of the release".to_owned()) };
    (pin.clone(), pin)
}

fn row(name: &str, requirement: &str, path: &str, line: usize, (exact, lock): (Pin, Pin)) -> Dependency {
    Dependency {
        name: name.to_owned(),
        requirement: requirement.to_owned(),
        scope: Scope::Runtime,
        path: path.to_owned(),
        line: Some(line).filter(|line| *line > 0),
        exact,
        lock,
    }
}

impl Project {
    /// The version that its gradle.properties say.
    fn property(&self) -> Option<Stated> {
        let known = VERSION_PROPERTIES.iter().filter_map(|name| self.properties.get(*name));
        // Without a value it says nothing.
        let (version, line) = known.into_iter().find(|(version, _)| !version.is_empty())?;
        let path = self.dir.join(PROPERTIES).display().to_string();
        Some(Stated { version: version.clone(), path, line: Some(*line) })
    }

    /// Its version, and what else states one.
    fn version(&self) -> (DeclaredVersion, Vec<Stated>) {
        let path = self.script.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let Declared { version, version_of_all, version_of_others, .. } = &self.declared;
        let of_properties = self.property();
        // What the others have is the project's where this one has none.
        let of_others = version_of_others.as_ref().filter(|_| of_properties.is_none());
        match (version.as_ref().or(version_of_all.as_ref()).or(of_others), of_properties) {
            (Some(build::Stated::Plain(version, line)), other) => {
                let declared = DeclaredVersion::Static { version: version.clone(), path, line: *line };
                (declared, other.into_iter().collect())
            }
            (Some(build::Stated::Computed(line)), None) => {
                (DeclaredVersion::Dynamic(format!("{path}:{line} computes it")), Vec::new())
            }
            (_, Some(Stated { version, path, line })) => {
                (DeclaredVersion::Static { version, path, line: line.unwrap_or(1) }, Vec::new())
            }
            (None, None) => (DeclaredVersion::Absent, Vec::new()),
        }
    }
}

/// Of how many components Gradle verifies a checksum. It holds nothing: what is declared or locked is told elsewhere.
fn checksums(shown: &str, text: &str) -> Result<String, Vec<Problem>> {
    let root = xml::parse(shown, text)?;
    let components: Vec<_> = root.listed("components", "component").collect();
    let is_strong = |artifact: &Element| ["sha256", "sha512"].iter().any(|name| artifact.child(name).is_some());
    let strong = components.iter().filter(|component| component.all("artifact").all(is_strong)).count();
    Ok(format!("{shown} has strong checksums of {strong} of {} components", components.len()))
}

/// A file that need not be there, as people know it, and its text. What is there and cannot be read is told.
fn optional(world: &World, path: &Path, unproven: &mut Vec<String>) -> Option<(String, String)> {
    let shown = path.display().to_string();
    match world.drafted(path, SIZE_LIMIT) {
        Ok(text) => {
            unproven.extend(text.note(&shown));
            Some((shown, text.content))
        }
        Err(Refused::Missing | Refused::Untracked(None)) => None,
        Err(error) => {
            unproven.push(error.about(&shown));
            None
        }
    }
}

/// The settings of a folder.
fn settings_of(world: &World, dir: &Path, unproven: &mut Vec<String>) -> Option<Settings> {
    let (shown, text) = SETTINGS.iter().find_map(|name| optional(world, &dir.join(name), unproven))?;
    // What cannot be read of the properties is told where the project's are read.
    Some(Settings::parse(&shown, &text, &values(&properties(world, dir, &mut Vec::new()))))
}

fn values(properties: &HashMap<String, (String, usize)>) -> HashMap<String, String> {
    properties.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect()
}

/// Each property with its line.
fn properties(world: &World, dir: &Path, unproven: &mut Vec<String>) -> HashMap<String, (String, usize)> {
    let text = optional(world, &dir.join(PROPERTIES), unproven).map(|(_, text)| text).unwrap_or_default();
    properties::read(&text).into_iter().map(|(name, value, line)| (name, (value, line))).collect()
}
