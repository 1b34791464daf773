//! MSBuild's files as far as they declare packages: properties, items and imports. Conditions are not computed: what stands
//! under one counts beside what does not. No name in them has a case that counts.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::ecosystems::expressions::Marks;
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::xml::{self, Element};
use crate::world::glob::{self, Pattern};
use crate::world::{Refused, World};

/// How many versions a central file may give one package, for as many conditions.
const VERSION_LIMIT: usize = 32;

/// How many files may be imported.
const IMPORT_LIMIT: usize = 256;

const MARKS: Marks = Marks { open: "$(", close: ')' };

/// The function that finds a file in a folder or above, in lower case.
const ABOVE: &str = "getpathoffileabove(";

/// Where tools keep their own files, which declare nothing that a project pins; in lower case.
const OF_TOOLS: [&str; 8] = [
    "msbuildtoolspath",
    "msbuildbinpath",
    "msbuildextensionspath",
    "msbuildsdkspath",
    "vstoolspath",
    "nugetroot",
    "msbuildprogramfiles",
    "visualstudio",
];

/// A project with what surrounds it.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    /// By name in lower case, in the order of evaluation.
    properties: HashMap<String, Vec<Property>>,
    pub(super) references: Vec<Reference>,
    /// The versions that a central file gives, by name in lower case.
    pub(super) central: HashMap<String, Vec<String>>,
    /// The projects that it refers to, relative to the root.
    pub(super) projects: Vec<PathBuf>,
    pub(super) unproven: Vec<String>,
    /// The name of the project's file, without its ending.
    name: String,
    /// The project's folder, from which its items are named wherever they stand.
    dir: PathBuf,
    seen: HashSet<PathBuf>,
}

#[derive(Debug, Clone)]
struct Property {
    text: String,
    path: String,
    line: usize,
    is_conditional: bool,
}

/// A package that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) is_conditional: bool,
}

/// One file that is read.
struct At<'a> {
    path: &'a Path,
    shown: &'a str,
}

impl At<'_> {
    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl Evaluated {
    /// Reads a project and what is read with it: the nearest central files above it, and what they import.
    ///
    /// # Errors
    /// Syntax errors.
    pub(super) fn project(world: &World, path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let dir = path.parent().unwrap_or(Path::new(""));
        let mut found = Self { name, dir: dir.to_owned(), ..Self::default() };
        found.above(world, dir, "Directory.Build.props")?;
        found.above(world, dir, "Directory.Packages.props")?;
        found.text(world, path, text)?;
        found.above(world, dir, "Directory.Build.targets")?;
        Ok(found)
    }

    /// Reads the properties of a folder alone.
    ///
    /// # Errors
    /// Syntax errors.
    pub(super) fn folder(world: &World, dir: &Path) -> Result<Self, Vec<Problem>> {
        let mut found = Self::default();
        found.above(world, dir, "Directory.Build.props")?;
        Ok(found)
    }

    /// The nearest file of a name, in a folder or above.
    fn above(&mut self, world: &World, dir: &Path, name: &str) -> Result<(), Vec<Problem>> {
        match dir.ancestors().map(|folder| folder.join(name)).find(|path| world.has(path)) {
            Some(path) => self.file(world, &path),
            None => Ok(()),
        }
    }

    fn file(&mut self, world: &World, path: &Path) -> Result<(), Vec<Problem>> {
        let shown = path.display().to_string();
        match world.drafted(path, SIZE_LIMIT) {
            Ok(text) => {
                self.unproven.extend(text.note(&shown));
                self.text(world, path, &text.content)
            }
            Err(error) => {
                self.unproven.push(error.about(&shown));
                Ok(())
            }
        }
    }

    fn text(&mut self, world: &World, path: &Path, text: &str) -> Result<(), Vec<Problem>> {
        let shown = path.display().to_string();
        if !self.seen.insert(path.to_owned()) {
            return Ok(());
        }
        if self.seen.len() > IMPORT_LIMIT {
            self.unproven.push(format!("{shown}: more than {IMPORT_LIMIT} files are imported"));
            return Ok(());
        }
        let root = xml::parse(&shown, text)?;
        if root.name != "Project" {
            let message = format!("the outermost element is '{}', not 'Project'", root.name);
            return Err(vec![root.problem(&shown, text, message).help("put an MSBuild project there")]);
        }
        self.elements(world, &At { path, shown: &shown }, &root.in_lower_case())
    }

    /// Goes through the elements without recursion: each file may import the next from deep within.
    fn elements(&mut self, world: &World, at: &At<'_>, root: &Element) -> Result<(), Vec<Problem>> {
        let mut open: Vec<_> = root.children.iter().rev().map(|one| (one, false)).collect();
        while let Some((element, is_conditional)) = open.pop() {
            let is_conditional = is_conditional || is_conditional_itself(element);
            match element.name.as_str() {
                "propertygroup" => element.children.iter().for_each(|one| self.property(at, one, is_conditional)),
                "itemgroup" => element.children.iter().for_each(|one| self.item(world, at, one, is_conditional)),
                // What a target adds while the project is built is restored with the rest.
                "target" => {
                    let groups = element.all("itemgroup").flat_map(|group| &group.children);
                    groups.for_each(|one| self.item(world, at, one, true));
                }
                "import" => self.import(world, at, element)?,
                "importgroup" | "choose" | "when" | "otherwise" => {
                    let is_conditional = is_conditional || element.name != "importgroup";
                    open.extend(element.children.iter().rev().map(|one| (one, is_conditional)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn property(&mut self, at: &At<'_>, element: &Element, is_conditional: bool) {
        let property = Property {
            text: element.text.clone(),
            path: at.shown.to_owned(),
            line: element.line,
            is_conditional: is_conditional || is_conditional_itself(element),
        };
        self.properties.entry(element.name.clone()).or_default().push(property);
    }

    fn item(&mut self, world: &World, at: &At<'_>, element: &Element, is_conditional: bool) {
        let is_conditional = is_conditional || is_conditional_itself(element);
        let text = |name: &str| element.said(name).map(str::to_owned);
        let Some(names) = element.attribute("include").or_else(|| element.attribute("update")) else { return };
        let names: Vec<_> = names.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
        match element.name.as_str() {
            "packagereference" | "globalpackagereference" | "dotnetclitoolreference" | "packagedownload" => {
                let is_update = element.attribute("include").is_none();
                for name in names {
                    if name.contains(['@', '*', '%']) {
                        self.unproven
                            .push(format!("{}:{} computes the packages that it asks for", at.shown, element.line));
                        continue;
                    }
                    let version = text("versionoverride").or_else(|| text("version"));
                    let (name, path, line) = (name.to_owned(), at.shown.to_owned(), element.line);
                    let one = Reference { name, version, path, line, is_conditional };
                    if is_update { self.update(&one) } else { self.references.push(one) }
                }
            }
            "packageversion" => {
                for name in names {
                    let known = self.central.entry(name.to_lowercase()).or_default();
                    match text("version") {
                        Some(_) if known.len() >= VERSION_LIMIT => self.unproven.push(format!(
                            "{}:{}: {name} has more than {VERSION_LIMIT} versions",
                            at.shown, element.line
                        )),
                        version => known.extend(version),
                    }
                }
            }
            "projectreference" => {
                for name in names {
                    self.reference(world, at, name, element.line);
                }
            }
            _ => {}
        }
    }

    /// `Update` changes what was included before; one under a condition may.
    fn update(&mut self, update: &Reference) {
        if update.version.is_none() {
            return;
        }
        if update.is_conditional {
            let is_known = self.references.iter().any(|known| known.name.eq_ignore_ascii_case(&update.name));
            self.references.extend(is_known.then(|| update.clone()));
            return;
        }
        for known in self.references.iter_mut().filter(|known| known.name.eq_ignore_ascii_case(&update.name)) {
            known.version.clone_from(&update.version);
        }
    }

    fn reference(&mut self, world: &World, at: &At<'_>, name: &str, line: usize) {
        let place = format!("{}:{line}", at.shown);
        match self.path(at, &self.dir, name).ok().flatten() {
            Some(path) if path.to_string_lossy().contains(['*', '?']) => match matched(world, &path) {
                Ok(paths) => self.projects.extend(paths),
                Err(why) => self.unproven.push(format!("{place}: {why}")),
            },
            Some(path) => self.projects.push(path),
            None => self.unproven.push(format!("{place}: the project {name} is not in the repository")),
        }
    }

    fn import(&mut self, world: &World, at: &At<'_>, element: &Element) -> Result<(), Vec<Problem>> {
        let named = element.attribute("project").unwrap_or_default();
        let lower = named.to_ascii_lowercase();
        let is_of_tools = MARKS.name(&lower).is_some_and(|name| {
            lower.starts_with(MARKS.open) && OF_TOOLS.iter().any(|tool| name.starts_with(tool)) && !self.defines(name)
        });
        if element.attribute("sdk").is_some() || is_of_tools {
            return Ok(());
        }
        // The usual way to read on in the next file above.
        if let Some((start, _)) = lower.split_once(ABOVE) {
            let (_, rest) = named.split_at(start.len() + ABOVE.len());
            let name = rest.trim_start_matches(['\'', '"']).split(['\'', '"', ',', ')']).next().unwrap_or_default();
            let own = at.path.file_name().unwrap_or_default().to_string_lossy();
            let name = if name.eq_ignore_ascii_case("$(MSBuildThisFile") { own.into_owned() } else { name.to_owned() };
            if !name.contains(MARKS.open) {
                return at.dir().parent().map_or(Ok(()), |above| self.above(world, above, &name));
            }
        }
        match self.path(at, at.dir(), named) {
            Ok(Some(path)) => match world.part(&path) {
                Ok(_) => self.file(world, &path),
                Err(Refused::Missing) if is_conditional_itself(element) => Ok(()),
                Err(error) => {
                    self.unproven.push(error.about(&path.display().to_string()));
                    Ok(())
                }
            },
            Ok(None) | Err(_) => {
                let place = format!("{}:{}", at.shown, element.line);
                self.unproven
                    .push(format!("{place} imports {named}, which is not in the release: it may add packages"));
                Ok(())
            }
        }
    }

    /// A path that a file names as seen from `dir`, relative to the root; `None` where it leads out of the repository.
    fn path(&self, at: &At<'_>, dir: &Path, named: &str) -> Result<Option<PathBuf>, String> {
        let known = [("$(MSBuildThisFileDirectory)", at.dir()), ("$(MSBuildProjectDirectory)", &self.dir)];
        let under = |(start, dir)| Some((dir, behind(named, start)?.trim_start_matches(['/', '\\'])));
        let (dir, rest) = known.into_iter().find_map(under).unwrap_or((dir, named));
        let values = self.values(rest)?;
        Ok(values.first().and_then(|value| within_on_any_system(dir, value)))
    }

    /// Every text that may come of one.
    ///
    /// # Errors
    /// A property that nothing in the release defines.
    pub(super) fn values(&self, text: &str) -> Result<Vec<String>, String> {
        MARKS.values(text, &|name| {
            if name.eq_ignore_ascii_case("MSBuildProjectName") {
                return Some(vec![self.name.clone()]);
            }
            let (usual, others) = self.candidates(name)?;
            Some(usual.into_iter().chain(others).map(|one| one.text.clone()).collect())
        })
    }

    fn defines(&self, name: &str) -> bool {
        self.properties.contains_key(&name.to_lowercase())
    }

    /// A property's value where it can have one only.
    pub(super) fn only(&self, name: &str) -> Option<String> {
        let (usual, others) = self.candidates(name)?;
        let values = self.values(&usual?.text).ok().filter(|_| others.is_empty())?;
        if let [only] = values.as_slice() { Some(only.clone()) } else { None }
    }

    /// The last value without a condition, and those under one.
    fn candidates(&self, name: &str) -> Option<(Option<&Property>, Vec<&Property>)> {
        let all = self.properties.get(&name.to_lowercase())?;
        let usual = all.iter().rev().find(|one| !one.is_conditional);
        Some((usual, all.iter().filter(|one| one.is_conditional).collect()))
    }

    /// A property's value, the file and the line.
    pub(super) fn stated(&self, name: &str) -> Option<(Result<String, String>, String, usize)> {
        let (usual, others) = self.candidates(name)?;
        let one = usual.or_else(|| others.first().copied())?;
        let value = self.values(&one.text).and_then(|values| values.into_iter().next().ok_or_else(|| name.to_owned()));
        Some((value, one.path.clone(), one.line))
    }
}

/// The projects of the release that a path with `*`, `**` or `?` in it matches.
///
/// # Errors
/// None does, or the path is no pattern.
fn matched(world: &World, path: &Path) -> Result<Vec<PathBuf>, String> {
    glob::released(world, Path::new(""), &[Pattern::parse(&path.to_string_lossy())?])
}

/// The text behind its start, whose case does not count.
fn behind<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let (own, rest) = text.split_at_checked(start.len())?;
    own.eq_ignore_ascii_case(start).then_some(rest)
}

fn is_conditional_itself(element: &Element) -> bool {
    element.attribute("condition").is_some()
}
