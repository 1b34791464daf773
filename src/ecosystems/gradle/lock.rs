//! Gradle's lock files: one for all configurations, or, before Gradle 7, one for each in a folder.
//! <https://docs.gradle.org/current/userguide/dependency_locking.html>

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::version;
use crate::ecosystems::lockfiles::{self, Listed};
use crate::ecosystems::{Fault, Pin};
use crate::world::World;

/// The file for all configurations.
const FILE: &str = "gradle.lockfile";

/// That of the classpath of the scripts themselves.
const OF_SCRIPTS: &str = "buildscript-gradle.lockfile";

/// The folder with a file for each configuration.
const FOLDER: &str = "gradle/dependency-locks";

/// The configuration that has the plugins and other code of build scripts.
pub(super) const SCRIPTS: &str = "classpath";

/// What is locked for one project.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// The files that were read, as people know them.
    files: Vec<String>,
    /// By group and name.
    entries: HashMap<String, Vec<Entry>>,
    configurations: BTreeSet<String>,
    /// Why a file cannot be read.
    pub(super) unproven: Option<String>,
    pub(super) faults: Vec<Fault>,
}

/// A locked module.
#[derive(Debug, Clone)]
struct Entry {
    version: String,
    configurations: Vec<String>,
}

/// A line of a lock file.
struct Line<'t> {
    module: &'t str,
    version: &'t str,
    configurations: &'t str,
    number: usize,
}

/// The lines of a file, and the configurations that it says have nothing.
///
/// # Errors
/// The line that cannot be understood, or what is missing.
fn lines(text: &str, is_for_all: bool) -> Result<(Vec<Line<'_>>, &str), String> {
    let (mut found, mut empty) = (Vec::new(), None);
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let misread = || format!("line {} cannot be understood", index + 1);
        let (notation, configurations) = match line.split_once('=') {
            Some(("empty", rest)) if is_for_all => {
                empty = Some(rest);
                continue;
            }
            Some(both) if is_for_all && !both.1.is_empty() => both,
            None if !is_for_all => (line, ""),
            _ => return Err(misread()),
        };
        let (module, version) = notation.rsplit_once(':').ok_or_else(misread)?;
        let is_module =
            module.split(':').filter(|part| !part.is_empty()).count() == 2 && module.matches(':').count() == 1;
        if !is_module || version.is_empty() || notation.contains(char::is_whitespace) {
            return Err(misread());
        }
        found.push(Line { module, version, configurations, number: index + 1 });
    }
    match empty {
        None if is_for_all => Err("it is cut off: its last line, empty=…, is missing".to_owned()),
        empty => Ok((found, empty.unwrap_or_default())),
    }
}

/// The modules that a lock file has.
///
/// # Errors
/// Why the text is no lock file.
pub(crate) fn listed(path: &str, text: &str) -> Result<Vec<Listed>, String> {
    let (lines, _) = lines(text, path.ends_with(FILE))?;
    let listed = |line: Line<'_>| Listed {
        name: line.module.to_owned(),
        version: line.version.to_owned(),
        line: Some(line.number),
    };
    Ok(lines.into_iter().map(listed).collect())
}

impl Lock {
    /// Reads what is locked for the project in `dir`.
    pub(super) fn of(world: &World, dir: &Path) -> Self {
        let mut lock = Self::default();
        for name in [FILE, OF_SCRIPTS] {
            lock.read(world, &dir.join(name), None);
        }
        let names = world.listed(&dir.join(FOLDER)).unwrap_or_default();
        for (name, _) in names {
            if let Some(configuration) = name.strip_suffix(".lockfile") {
                lock.read(world, &dir.join(FOLDER).join(&name), Some(configuration));
            }
        }
        lock
    }

    fn read(&mut self, world: &World, path: &Path, configuration: Option<&str>) {
        let shown = path.display().to_string();
        let text = match lockfiles::text(world, path) {
            Ok(text) => text,
            Err(Pin::Unproven(why)) => {
                self.unproven = Some(why);
                return;
            }
            Err(_) => return,
        };
        match lines(&text, configuration.is_none()) {
            Err(why) => self.unproven = Some(format!("{shown} could not be read: {why}")),
            Ok((lines, empty)) => {
                let own = configuration.or(path.ends_with(OF_SCRIPTS).then_some(SCRIPTS));
                self.configurations.extend(names(empty));
                self.configurations.extend(configuration.map(str::to_owned));
                lines.iter().for_each(|line| self.add(line, own, &shown));
                self.files.push(shown);
            }
        }
    }

    fn add(&mut self, line: &Line<'_>, own: Option<&str>, shown: &str) {
        let configurations: Vec<_> =
            own.map_or_else(|| names(line.configurations).collect(), |own| vec![own.to_owned()]);
        self.configurations.extend(configurations.iter().cloned());
        if let Some(why) = version::open(line.version) {
            let what = format!("{shown} has {} {}: {why}", line.module, line.version);
            self.faults.push(Fault { path: shown.to_owned(), line: Some(line.number), what });
        }
        let known = self.entries.entry(line.module.to_owned()).or_default();
        let both = known.iter().find(|one| one.version != line.version && one.shares(&configurations));
        if let Some(other) = both {
            let what =
                format!("{shown} has {} {} and {} for one configuration", line.module, other.version, line.version);
            self.faults.push(Fault { path: shown.to_owned(), line: Some(line.number), what });
        }
        known.push(Entry { version: line.version.to_owned(), configurations });
    }

    /// Whether any file is there.
    pub(super) fn is_there(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether it decides what is built: it was read, and has the class paths of compiling and of running.
    pub(super) fn is_whole(&self) -> bool {
        let has = |end: &str| self.configurations.iter().any(|name| name.to_lowercase().ends_with(end));
        self.unproven.is_none() && has("compileclasspath") && has("runtimeclasspath")
    }

    /// The modules and their versions, each once.
    pub(super) fn all(&self) -> BTreeSet<(&str, &str)> {
        let entries = self.entries.iter();
        entries.flat_map(|(module, all)| all.iter().map(|entry| (module.as_str(), entry.version.as_str()))).collect()
    }

    /// The file's name, for a sentence.
    pub(super) fn shown(&self) -> &str {
        self.files.first().map_or(FILE, String::as_str)
    }

    /// Whether any configuration has a module.
    pub(super) fn has(&self, module: &str) -> bool {
        self.entries.contains_key(module)
    }

    /// What the lock makes of a dependency: of a configuration, or, where nobody can tell which, of any.
    pub(super) fn pins(&self, module: &str, declared: &str, is_strict: bool, configuration: Option<&str>) -> Pin {
        if let Some(why) = &self.unproven {
            return Pin::Unproven(why.clone());
        }
        let resolved = configuration.map(resolved).unwrap_or_else(|| self.configurations.iter().cloned().collect());
        let locked: Vec<_> = resolved.iter().filter(|name| self.configurations.contains(*name)).cloned().collect();
        if locked.is_empty() || (configuration.is_none() && !self.has(module)) {
            return Pin::Loose(format!("no lock file has {}", configuration.unwrap_or(module)));
        }
        // One that is not locked is resolved anew each time.
        let class_paths = resolved.split_last().map(|(_, class_paths)| class_paths).filter(|_| configuration.is_some());
        if let Some(open) = class_paths.into_iter().flatten().find(|name| !self.configurations.contains(*name)) {
            return Pin::Loose(format!("no lock file has {open}"));
        }
        let entries = self.entries.get(module).into_iter().flatten();
        let entries: Vec<_> = entries.filter(|entry| entry.shares(&locked)).collect();
        let shown = self.shown();
        match entries.iter().find(|entry| !version::allows(declared, is_strict, &entry.version)) {
            Some(other) => {
                Pin::Contradicted(format!("{shown} has {}, which contradicts the build script", other.version))
            }
            None if entries.is_empty() => Pin::Contradicted(format!("{shown} is out of date: it does not have it")),
            None => match entries.iter().find_map(|entry| version::open(&entry.version)) {
                Some(why) => Pin::Loose(why.to_owned()),
                None => Pin::Pinned,
            },
        }
    }
}

impl Entry {
    fn shares(&self, configurations: &[String]) -> bool {
        self.configurations.iter().any(|name| configurations.contains(name))
    }
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The configurations that are resolved for one that dependencies are declared in. (The others cannot be locked.)
fn resolved(configuration: &str) -> Vec<String> {
    let lower = configuration.to_lowercase();
    let class_paths: &[&str] = match &lower {
        name if name.ends_with("compileonly") || name.ends_with("compileonlyapi") => &["CompileClasspath"],
        name if name.ends_with("runtimeonly") || name.ends_with("runtime") => &["RuntimeClasspath"],
        name if ["implementation", "api", "compile"].iter().any(|end| name.ends_with(end)) => {
            &["CompileClasspath", "RuntimeClasspath"]
        }
        _ => return vec![configuration.to_owned()],
    };
    let ends = ["compileonlyapi", "compileonly", "runtimeonly", "runtime", "implementation", "api", "compile"];
    let end = ends.iter().find(|end| lower.ends_with(*end)).map_or(0, |end| end.len());
    let of = configuration.get(..configuration.len() - end).unwrap_or_default();
    let named = class_paths.iter().map(|name| match of {
        "" => name[..1].to_lowercase() + &name[1..],
        of => format!("{of}{name}"),
    });
    // Before Gradle 7 one of the declared configurations could be resolved, too.
    named.chain([configuration.to_owned()]).collect()
}
