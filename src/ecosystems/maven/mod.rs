//! Maven's manifests: pom.xml, the parents and the modules that the release has. Maven has no lock file.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use super::manifests::SIZE_LIMIT;
use super::{DeclaredVersion, Dependency, Manifest, Member, Pin, Scope, Whose};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::world::{Refused, World};

mod pom;
mod project;
pub(crate) mod version;

use pom::{Kind, Parent, Pom, Wanted};
use project::{Lists, Project, Unknown};

/// The manifest's name.
const FILE: &str = "pom.xml";

/// How many modules are read.
const MODULE_LIMIT: usize = 5_000;

/// How many inherited declarations are judged with the properties of modules.
const INHERITED_LIMIT: usize = 1_000_000;

/// How many lists of versions may import one another.
const DEPTH_LIMIT: usize = 8;

const NO_VERSION: &str = "it has no version";

const NO_LOCK: &str = "Maven has no lock file";

/// Reads the pom.xml at `path` (relative to the root) whose text is `text`, its parents in the release and its modules.
///
/// # Errors
/// Syntax errors in this POM and in those that belong to it.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let mut reactor = Reactor::read(world, Pom::parse(path, text)?)?;
    let mut dependencies = reactor.extensions(world)?;
    let overridden = reactor.overridden(world);
    let (asked, modules) = reactor.projects.split_first().ok_or_else(Vec::new)?;
    let (group, artifact) = asked.coordinates();
    let top = asked.pom().path.as_path();
    let member = |project: &Project| {
        let path = &project.pom().path;
        let itself = Member { path: path.clone(), version: declared(project), whose: project.whose(top) };
        // Beside a version of its own it names that of its parent, which may be the project's.
        let parent = project.parents_version(top).map(|(text, line)| Member {
            path: path.clone(),
            version: stated(project, (text, line)),
            whose: Whose::Project,
        });
        std::iter::once(itself).chain(parent)
    };
    dependencies.extend(reactor.projects.iter().flat_map(|project| reactor.dependencies(world, project)));
    dependencies.extend(overridden);
    Ok(Manifest {
        name: Some(if group.is_empty() { artifact } else { format!("{group}:{artifact}") }),
        version: declared(asked),
        members: modules.iter().flat_map(member).collect(),
        dependencies,
        unproven: reactor.unproven,
        ..Manifest::default()
    })
}

fn declared(project: &Project) -> DeclaredVersion {
    project.written_version().map_or(DeclaredVersion::Absent, |written| stated(project, written))
}

/// What a version says that stands in a line of the POM itself.
fn stated(project: &Project, (text, line): (String, usize)) -> DeclaredVersion {
    let path = project.pom().shown();
    match project.values(&text) {
        Ok(values) => match values.into_iter().next() {
            Some(version) => DeclaredVersion::Static { version, path, line },
            None => DeclaredVersion::Absent,
        },
        Err(Unknown(name)) => DeclaredVersion::Dynamic(format!("{path}: {}", project.without_value(&name))),
    }
}

/// A project with its modules.
struct Reactor {
    /// The asked one first.
    projects: Vec<Project>,
    unproven: Vec<String>,
    /// The projects by their coordinates.
    own: HashMap<(String, String), Own>,
}

/// A project of the release.
struct Own {
    /// Among all.
    number: usize,
    version: Option<String>,
}

impl Reactor {
    fn read(world: &World, asked: Pom) -> Result<Self, Vec<Problem>> {
        let mut reactor = Self { projects: Vec::new(), unproven: Vec::new(), own: HashMap::new() };
        let mut seen = HashSet::from([asked.path.clone()]);
        let mut waiting = VecDeque::from([asked]);
        let mut problems = Vec::new();
        while let Some(pom) = waiting.pop_front() {
            for path in reactor.modules(world, &pom) {
                if seen.len() >= MODULE_LIMIT {
                    reactor.unproven.push(format!("more than {MODULE_LIMIT} modules belong to {}", pom.shown()));
                    break;
                }
                if seen.insert(path.clone()) {
                    waiting.extend(reactor.module(world, &path, &mut problems));
                }
            }
            match Project::of(world, pom) {
                Ok(project) => reactor.add(project),
                Err(mut more) => problems.append(&mut more),
            }
        }
        if problems.is_empty() { Ok(reactor) } else { Err(problems) }
    }

    fn add(&mut self, project: Project) {
        let version = project.written_version().and_then(|(text, _)| project.values(&text).ok()?.into_iter().next());
        let number = self.projects.len();
        self.own.insert(project.coordinates(), Own { number, version });
        self.unproven.extend(project.unproven.clone());
        self.projects.push(project);
    }

    /// The POMs of the modules.
    fn modules(&mut self, world: &World, pom: &Pom) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for module in pom.modules() {
            match within_on_any_system(pom.dir(), &module.text) {
                Some(path) if !module.text.contains("${") => found.push(project::pom_at(world, path)),
                _ => self.unproven.push(format!(
                    "{}:{}: the module '{}' is no folder of the repository",
                    pom.shown(),
                    module.line,
                    module.text
                )),
            }
        }
        found
    }

    fn module(&mut self, world: &World, path: &Path, problems: &mut Vec<Problem>) -> Option<Pom> {
        let shown = path.display().to_string();
        let text = match world.drafted(path, SIZE_LIMIT) {
            Ok(text) => text,
            Err(error) => {
                self.unproven.push(error.about(&shown));
                return None;
            }
        };
        self.unproven.extend(text.note(&shown));
        Pom::parse(path, &text.content).map_err(|more| problems.extend(more)).ok()
    }

    /// What Maven itself is extended with.
    fn extensions(&mut self, world: &World) -> Result<Vec<Dependency>, Vec<Problem>> {
        let Some(asked) = self.projects.first() else { return Ok(Vec::new()) };
        let path = asked.pom().dir().join(".mvn/extensions.xml");
        match world.released(&path, SIZE_LIMIT) {
            Ok(text) => {
                let extensions = pom::extensions(&path, &text.content)?;
                let row = |one: &Wanted| self.row(asked, &path.display().to_string(), one, self.pin(world, asked, one));
                Ok(extensions.iter().map(row).collect())
            }
            Err(Refused::Missing | Refused::Untracked(_)) => Ok(Vec::new()),
            Err(error) => {
                self.unproven.push(error.about(&path.display().to_string()));
                Ok(Vec::new())
            }
        }
    }

    /// The parent outside of the release, and all that the POM asks for. What parents in the release ask for is told where
    /// they are asked.
    fn dependencies(&self, world: &World, project: &Project) -> Vec<Dependency> {
        let mut rows = Vec::new();
        let asked = &self.projects.iter().map(|one| &one.pom().path).collect::<HashSet<_>>();
        for (number, pom) in project.poms.iter().enumerate() {
            if number > 0 && asked.contains(&pom.path) {
                continue;
            }
            let shown = pom.shown();
            let row = |wanted: &Wanted| self.row(project, &shown, wanted, self.pin(world, project, wanted));
            rows.extend(pom.wanted.iter().filter(|one| is_counted(one)).map(row));
            // A parent of the release that a range may find elsewhere, too.
            let loosely = pom.parent().filter(|_| project.loosely.contains(&number)).map(|parent| of_parent(&parent));
            rows.extend(loosely.iter().map(row).filter(|row| matches!(row.exact, Pin::Loose(_))));
        }
        if let (Some(parent), Some(last)) = (&project.outside, project.poms.last())
            && (project.poms.len() == 1 || !asked.contains(&last.path))
        {
            let wanted = of_parent(parent);
            rows.insert(0, self.row(project, &last.shown(), &wanted, self.pin(world, project, &wanted)));
        }
        rows
    }

    /// What parents in the release ask for, where it is not fixed with the properties of one of their modules alone. Each is told
    /// once, however many modules agree.
    fn overridden(&mut self, world: &World) -> Vec<Dependency> {
        let asked: HashMap<_, _> = self.projects.iter().map(|one| (one.pom().path.as_path(), one)).collect();
        let inherited = self.projects.iter().flat_map(|project| {
            let poms = project.poms.iter().enumerate().skip(1).filter(|(number, _)| project.overrides(*number));
            let parents = poms.filter_map(|(_, pom)| Some((pom, *asked.get(pom.path.as_path())?)));
            parents.flat_map(move |(pom, parent)| {
                let counted = |one: &&Wanted| is_counted(one) && one.has_properties() && pom.hands_down(one);
                pom.wanted.iter().filter(counted).map(move |wanted| (project, pom, parent, wanted))
            })
        });
        let (mut rows, mut seen, mut is_whole) = (Vec::new(), HashSet::new(), true);
        for (number, (project, pom, parent, wanted)) in inherited.enumerate() {
            if number == INHERITED_LIMIT {
                is_whole = false;
                break;
            }
            let pin = self.pin(world, project, wanted);
            if pin == Pin::Pinned || pin == self.pin(world, parent, wanted) {
                continue;
            }
            let row = self.row(project, &pom.shown(), &project.plainly(wanted), pin);
            if seen.insert((row.path.clone(), row.line, row.name.clone(), row.requirement.clone())) {
                rows.push(row);
            }
        }
        if !is_whole {
            self.unproven.push(format!(
                "modules with properties of their own inherit more than {INHERITED_LIMIT} versions; give them in fewer modules"
            ));
        }
        rows
    }

    fn row(&self, project: &Project, path: &str, wanted: &Wanted, exact: Pin) -> Dependency {
        let (group, artifact) = project.names(wanted);
        let lock = if exact == Pin::Pinned { Pin::Loose(NO_LOCK.to_owned()) } else { exact.clone() };
        Dependency {
            name: format!("{group}:{artifact}"),
            requirement: wanted.version.clone().unwrap_or_default(),
            scope: Scope::Runtime,
            path: path.to_owned(),
            line: Some(wanted.line),
            exact,
            lock,
        }
    }

    fn pin(&self, world: &World, project: &Project, wanted: &Wanted) -> Pin {
        if let Some(file) = &wanted.file {
            return match project::is_released(world, project, file) {
                Ok(true) => Pin::Pinned,
                Ok(false) => Pin::Loose(format!("its file {file} is no part of the release")),
                Err(Unknown(name)) => Pin::Unproven(project.undefined(&name)),
            };
        }
        match &wanted.version {
            Some(version) if self.is_own(project, wanted, version) => Pin::Pinned,
            Some(version) => project.fixed(version),
            None => self.managed(project, wanted, &mut HashSet::from([project.pom().path.as_path()]), DEPTH_LIMIT),
        }
    }

    /// Whether it is a project of this release, in the version that it has here.
    fn is_own(&self, project: &Project, wanted: &Wanted, version: &str) -> bool {
        self.own_number(project, wanted, version).is_some()
    }

    fn own_number(&self, project: &Project, wanted: &Wanted, version: &str) -> Option<usize> {
        let own = self.own.get(&project.names(wanted))?;
        let is_it =
            project.values(version).is_ok_and(|values| values.iter().all(|value| own.version.as_ref() == Some(value)));
        is_it.then_some(own.number)
    }

    /// Who gives it its version. What cannot change itself gives always the same. The lists of this release that were `asked`
    /// have no version for it, and are not asked again: many may import the same, or one another.
    fn managed<'p>(
        &'p self,
        project: &'p Project,
        wanted: &Wanted,
        asked: &mut HashSet<&'p Path>,
        depth: usize,
    ) -> Pin {
        if let Some(version) = project.managed(wanted) {
            return if self.is_own(project, wanted, version) { Pin::Pinned } else { project.fixed(version) };
        }
        if depth == 0 {
            return Pin::Unproven(format!("lists of versions import one another more than {DEPTH_LIMIT} deep"));
        }
        let is_plugin = wanted.kind == Kind::Plugin;
        let parent = project.outside.as_ref();
        let mut open = parent.and_then(|parent| not_fixed(project, &parent.artifact, &parent.version));
        let mut is_managed = parent.is_some();
        if !is_plugin {
            let lists = self.lists(project);
            for own in lists.own.iter().filter_map(|number| self.projects.get(*number)) {
                if asked.insert(&own.pom().path) {
                    match self.managed(own, wanted, asked, depth - 1) {
                        Pin::Loose(why) if why == NO_VERSION => {}
                        pin => return pin,
                    }
                }
            }
            is_managed |= lists.has_outside;
            open = open.or_else(|| lists.open.clone());
        }
        match (open, is_managed) {
            (Some(pin), _) => pin,
            (None, true) => Pin::Pinned,
            (None, false) if is_plugin => Pin::Loose("it has no version, so Maven takes one".to_owned()),
            (None, false) => Pin::Loose(NO_VERSION.to_owned()),
        }
    }

    /// The lists of versions that a project imports: every dependency without a version asks for them.
    fn lists<'p>(&self, project: &'p Project) -> &'p Lists {
        project.lists.get_or_init(|| {
            let mut lists = Lists::default();
            for bom in project.boms() {
                let version = bom.version.as_deref().unwrap_or_default();
                match self.own_number(project, bom, version) {
                    Some(own) => lists.own.push(own),
                    None => {
                        lists.has_outside = true;
                        lists.open = lists.open.or_else(|| not_fixed(project, &bom.artifact, version));
                    }
                }
            }
            let mut seen = HashSet::new();
            lists.own.retain(|own| seen.insert(*own));
            lists
        })
    }
}

/// A managed plugin without a version says how a plugin works, not which.
fn is_counted(wanted: &Wanted) -> bool {
    wanted.kind != Kind::ManagedPlugin || wanted.version.is_some()
}

/// A parent as something that is asked for.
fn of_parent(parent: &Parent) -> Wanted {
    Wanted {
        kind: Kind::Bom,
        group: parent.group.clone(),
        artifact: parent.artifact.clone(),
        version: Some(parent.version.clone()).filter(|version| !version.is_empty()),
        form: (String::new(), String::new()),
        file: None,
        line: parent.line,
    }
}

/// What a version is that comes from a parent or a list which is not fixed itself.
fn not_fixed(project: &Project, artifact: &str, version: &str) -> Option<Pin> {
    match project.fixed(version) {
        Pin::Pinned => None,
        Pin::Unproven(why) => Some(Pin::Unproven(why)),
        _ => Some(Pin::Loose(format!("its version comes from {artifact}, which is not fixed"))),
    }
}
