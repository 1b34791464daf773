//! A POM with the parents that the release has: properties, coordinates, and the versions that are managed for it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::pom::{Kind, Parent, Pom, Wanted};
use super::version;
use crate::ecosystems::expressions::Marks;
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::ecosystems::{Pin, Whose};
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::xml::Element;
use crate::world::{Refused, World};

/// How many parents a POM may have.
const PARENT_LIMIT: usize = 32;

const MARKS: Marks = Marks { open: "${", close: '}' };

/// A POM, and what it inherits.
#[derive(Debug)]
pub(super) struct Project {
    /// The POM itself, then its parents in the release, the nearest first.
    pub(super) poms: Vec<Pom>,
    /// The parent behind the last of them, which is not in the release.
    pub(super) outside: Option<Parent>,
    /// The POMs that ask for their parents by a range of versions, or where nobody can tell whether it is theirs.
    pub(super) loosely: HashSet<usize>,
    /// Where the parents stand, whatever their versions are, and whether each states one.
    lineage: Vec<(PathBuf, bool)>,
    /// Why nobody can tell what the parents are.
    pub(super) unproven: Option<String>,
    /// The value of each property, and those that profiles give it instead.
    properties: HashMap<String, Vec<String>>,
    managed: HashMap<ManagedAs, Wanted>,
    /// Looked at when somebody asks.
    pub(super) lists: OnceCell<Lists>,
}

/// The lists of versions (BOMs) that a project imports.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Those that are projects of the release, by their numbers among them, each once.
    pub(super) own: Vec<usize>,
    pub(super) has_outside: bool,
    /// Why the first of the others that is not fixed is not.
    pub(super) open: Option<Pin>,
}

/// By what a managed version is found: its kind, its coordinates, its type and classifier.
type ManagedAs = (Kind, (String, String), (String, String));

/// Why an expression has no value: the property's name.
pub(super) struct Unknown(pub(super) String);

impl Project {
    /// Reads the parents of a POM.
    ///
    /// # Errors
    /// Syntax errors in one of them.
    pub(super) fn of(world: &World, pom: Pom) -> Result<Self, Vec<Problem>> {
        let mut project = Self::bare(vec![pom], given(world));
        project.climb(world)?;
        let states = |pom: &Pom| (pom.path.clone(), pom.root.value("version").is_some());
        project.lineage = project.poms.iter().map(states).collect();
        project.leave_others();
        project.gather();
        project.manage();
        Ok(project)
    }

    fn bare(poms: Vec<Pom>, properties: HashMap<String, Vec<String>>) -> Self {
        Self {
            poms,
            outside: None,
            loosely: HashSet::new(),
            lineage: Vec::new(),
            unproven: None,
            properties,
            managed: HashMap::new(),
            lists: OnceCell::new(),
        }
    }

    fn climb(&mut self, world: &World) -> Result<(), Vec<Problem>> {
        let mut seen: HashSet<PathBuf> = self.poms.iter().map(|pom| pom.path.clone()).collect();
        while let Some(last) = self.poms.last()
            && let Some(parent) = last.parent()
        {
            match above(world, last, &parent)? {
                Above::Here(pom) if !seen.insert(pom.path.clone()) || self.poms.len() > PARENT_LIMIT => {
                    self.unproven = Some(format!("{}: its parents lead in a circle", last.shown()));
                    break;
                }
                Above::Here(pom) => self.poms.push(*pom),
                Above::Outside => {
                    self.outside = Some(parent);
                    break;
                }
                Above::Unknown(why) => {
                    self.unproven = Some(why);
                    break;
                }
            }
        }
        Ok(())
    }

    /// A POM in another version than that of the parent which is asked for is not that parent: Maven takes it from a repository.
    fn leave_others(&mut self) {
        for number in 0..self.poms.len().saturating_sub(1) {
            match self.has_parent(number) {
                Some(true) => {}
                Some(false) => {
                    self.outside = self.poms[number].parent();
                    self.unproven = None;
                    return self.poms.truncate(number + 1);
                }
                None => _ = self.loosely.insert(number),
            }
        }
    }

    /// Whether the POM behind one has the version that this one gives its parent; `None` where that may be, and may be not.
    fn has_parent(&self, number: usize) -> Option<bool> {
        let asked = self.poms[number].parent()?.version;
        let Some((version, _)) = written(&self.poms[number + 1]) else { return Some(true) };
        if asked.is_empty() || asked == version {
            return Some(true);
        }
        let (asked, versions) = (self.values_at(number, &asked)?, self.values_at(number + 1, &version)?);
        if asked.iter().any(|asked| asked.contains(',')) {
            return None;
        }
        Some(asked.iter().any(|asked| versions.iter().any(|one| one == asked.trim_matches(['[', ']']))))
    }

    /// The values of an expression of one of the POMs.
    fn values_at(&self, number: usize, text: &str) -> Option<Vec<String>> {
        if MARKS.name(text).is_none() {
            return Some(vec![text.to_owned()]);
        }
        let mut project = Self::bare(self.poms[number..].to_vec(), self.properties.clone());
        project.gather();
        project.values(text).ok()
    }

    /// Each property as the nearest POM has it, then what profiles say instead.
    fn gather(&mut self) {
        let (mut own, mut of_profiles): (HashMap<String, String>, Vec<_>) = (HashMap::new(), Vec::new());
        for pom in &self.poms {
            let (profiles, table): (Vec<_>, Vec<_>) = pom.properties().partition(|(is_of_profile, _)| *is_of_profile);
            // Of two in one table Maven takes the last.
            for (_, property) in table.into_iter().rev() {
                own.entry(property.name.clone()).or_insert_with(|| property.text.clone());
            }
            of_profiles
                .extend(profiles.into_iter().map(|(_, property)| (property.name.clone(), property.text.clone())));
        }
        let mut all: HashMap<String, Vec<String>> = own.into_iter().map(|(name, value)| (name, vec![value])).collect();
        for (name, value) in of_profiles {
            all.entry(name).or_default().push(value);
        }
        for (name, values) in all {
            self.properties.entry(name).or_insert(values);
        }
    }

    /// The nearest version that is managed for each; a plugin inherits that of the same plugin, too.
    fn manage(&mut self) {
        let mut managed = HashMap::new();
        let plugins = self.poms.iter().enumerate().flat_map(|(number, pom)| pom.plugins(number > 0));
        for plugin in plugins.filter(|plugin| plugin.version.is_some()) {
            managed.entry(self.managed_as(&plugin, Kind::Plugin)).or_insert(plugin);
        }
        for wanted in self.poms.iter().flat_map(|pom| &pom.wanted) {
            if matches!(wanted.kind, Kind::Managed | Kind::ManagedPlugin) && wanted.version.is_some() {
                managed.entry(self.managed_as(wanted, wanted.kind)).or_insert_with(|| wanted.clone());
            }
        }
        self.managed = managed;
    }

    fn managed_as(&self, wanted: &Wanted, kind: Kind) -> ManagedAs {
        let form = if kind == Kind::Managed { wanted.form.clone() } else { Default::default() };
        (kind, self.names(wanted), form)
    }

    /// The POM itself.
    pub(super) fn pom(&self) -> &Pom {
        &self.poms[0]
    }

    /// What the project is called, as far as the release says it.
    pub(super) fn coordinates(&self) -> (String, String) {
        let own = self.pom().root.value("groupId").map(str::to_owned);
        let group = own.or_else(|| self.pom().parent().map(|parent| parent.group)).unwrap_or_default();
        let artifact = self.pom().root.value("artifactId").unwrap_or_default();
        (self.plain(&group), self.plain(artifact))
    }

    /// Its version as it is written, and the place: its own, else that of its parent.
    pub(super) fn written_version(&self) -> Option<(String, usize)> {
        written(self.pom())
    }

    /// The version that it gives its parent, and the place, where it has one of its own as well and its parent has that of the
    /// POM at `top`.
    pub(super) fn parents_version(&self, top: &Path) -> Option<(String, usize)> {
        self.pom().root.value("version")?;
        let (from, _) = self.lineage.iter().skip(1).find(|(path, states)| path == top || *states)?;
        let version = self.pom().root.child("parent")?.child("version").filter(|version| !version.text.is_empty())?;
        (from == top).then(|| (version.text.clone(), version.line))
    }

    /// Where its version is from, among the modules of the POM at `top`.
    pub(super) fn whose(&self, top: &Path) -> Whose {
        match self.lineage.iter().find(|(path, states)| path == top || *states) {
            Some((path, _)) if path == top => Whose::Project,
            Some((path, _)) if *path == self.pom().path => Whose::Own,
            _ => Whose::Shared,
        }
    }

    fn plain(&self, text: &str) -> String {
        self.values(text).ok().and_then(|values| values.into_iter().next()).unwrap_or_else(|| text.to_owned())
    }

    /// The values that an expression may have: with no profile, and with those that say otherwise.
    ///
    /// # Errors
    /// A property that the release does not define.
    pub(super) fn values(&self, text: &str) -> Result<Vec<String>, Unknown> {
        MARKS.values(text, &|name| self.property(name)).map_err(Unknown)
    }

    /// What stands behind `project.` is the project's own before any property of that name; without it, the property is first.
    fn property(&self, name: &str) -> Option<Vec<String>> {
        let of_project = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom."));
        let own = || self.own(of_project.unwrap_or(name));
        let given = || self.properties.get(name).cloned();
        if of_project.is_some() { own().or_else(given) } else { given().or_else(own) }
    }

    fn own(&self, name: &str) -> Option<Vec<String>> {
        let parent = || self.pom().parent();
        let (group, artifact) =
            (|| self.pom().root.value("groupId").map(str::to_owned), self.pom().root.value("artifactId"));
        let one = match name {
            "version" => self.written_version()?.0,
            "groupId" => group().or_else(|| Some(parent()?.group))?,
            "artifactId" => artifact?.to_owned(),
            "parent.version" => parent()?.version,
            "parent.groupId" => parent()?.group,
            "parent.artifactId" => parent()?.artifact,
            "basedir" => String::new(),
            _ => return None,
        };
        // An expression that leads to itself is none.
        (MARKS.name(&one) != Some(name)).then(|| vec![one])
    }

    /// The version that the release manages for a dependency, or a plugin, that names none itself.
    pub(super) fn managed(&self, wanted: &Wanted) -> Option<&str> {
        let kinds: &[_] =
            if wanted.kind == Kind::Plugin { &[Kind::Plugin, Kind::ManagedPlugin] } else { &[Kind::Managed] };
        let found = kinds.iter().find_map(|kind| self.managed.get(&self.managed_as(wanted, *kind)));
        found?.version.as_deref()
    }

    /// The coordinates of something, without expressions where they can be resolved.
    pub(super) fn names(&self, wanted: &Wanted) -> (String, String) {
        (self.plain(&wanted.group), self.plain(&wanted.artifact))
    }

    /// The same with the version that it has here, the first that is not fixed where there are several.
    pub(super) fn plainly(&self, wanted: &Wanted) -> Wanted {
        let values = wanted.version.as_deref().and_then(|version| self.values(version).ok()).unwrap_or_default();
        let open = values.iter().find(|value| version::open(value).is_some()).or(values.first()).cloned();
        Wanted { version: open.or_else(|| wanted.version.clone()), ..wanted.clone() }
    }

    /// The lists of versions that it imports.
    pub(super) fn boms(&self) -> impl Iterator<Item = &Wanted> {
        self.poms.iter().flat_map(|pom| &pom.wanted).filter(|wanted| wanted.kind == Kind::Bom)
    }

    /// Whether a version is one version only.
    pub(super) fn fixed(&self, text: &str) -> Pin {
        match self.values(text) {
            Err(Unknown(name)) => Pin::Unproven(self.undefined(&name)),
            Ok(values) => match values.iter().find_map(|value| version::open(value)) {
                Some(why) => Pin::Loose(why),
                None => Pin::Pinned,
            },
        }
    }

    /// Whether POMs below that one give properties, or themselves another version or group: what they inherit may mean
    /// something else to this one.
    pub(super) fn overrides(&self, number: usize) -> bool {
        let states = |pom: &Pom| ["version", "groupId"].iter().any(|name| pom.root.value(name).is_some());
        self.poms[..number].iter().any(|pom| states(pom) || pom.properties().next().is_some())
    }

    /// The sentence of a property that has no value here.
    pub(super) fn undefined(&self, name: &str) -> String {
        if self.property(name).is_some() {
            return format!("{}; give it one plain value in {}", self.without_value(name), self.pom().shown());
        }
        let from = match &self.outside {
            Some(parent) => format!(", it may come from the parent {}:{}", parent.group, parent.artifact),
            None => String::new(),
        };
        format!("{}{from}; define it in {}", self.without_value(name), self.pom().shown())
    }

    /// Why a property has no value.
    pub(super) fn without_value(&self, name: &str) -> String {
        match self.property(name) {
            Some(_) => format!("the property {name} leads to itself, or to more values than are told apart"),
            None => format!("nothing in the release defines the property {name}"),
        }
    }
}

/// The version of a POM as it is written, and the place: its own, else that of its parent.
fn written(pom: &Pom) -> Option<(String, usize)> {
    let inherited = || pom.root.child("parent").and_then(|parent| parent.child("version"));
    let written = |version: &&Element| !version.text.is_empty();
    let own = pom.root.child("version").filter(written);
    own.or_else(|| inherited().filter(written)).map(|version| (version.text.clone(), version.line))
}

/// What the nearest `.mvn/maven.config` gives on Maven's command line, above any POM.
fn given(world: &World) -> HashMap<String, Vec<String>> {
    let folders = world.dir.ancestors().map(|folder| folder.join(".mvn/maven.config"));
    let text = folders.into_iter().find_map(|path| world.released(&path, SIZE_LIMIT).ok()).map(|text| text.content);
    let text = text.unwrap_or_default();
    let mut words = text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let mut given = Vec::new();
    while let Some(word) = words.next() {
        let definition = match word.strip_prefix("--define").or_else(|| word.strip_prefix("-D")) {
            Some("") => words.next(),
            rest => rest.map(|rest| rest.trim_start_matches('=')),
        };
        given.extend(definition.and_then(|definition| definition.split_once('=')));
    }
    let given = given.into_iter();
    given.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).collect()
}

enum Above {
    Here(Box<Pom>),
    Outside,
    Unknown(String),
}

fn above(world: &World, pom: &Pom, parent: &Parent) -> Result<Above, Vec<Problem>> {
    let Some(path) = parent.relative.as_deref().and_then(|path| within_on_any_system(pom.dir(), path)) else {
        return Ok(Above::Outside);
    };
    let path = pom_at(world, path);
    let text = match world.released(&path, SIZE_LIMIT) {
        Ok(text) => text.content,
        Err(Refused::Missing) => return Ok(Above::Outside),
        Err(error) => return Ok(Above::Unknown(error.about(&path.display().to_string()))),
    };
    let found = Pom::parse(&path, &text)?;
    let own = found.parent();
    let group = found.root.value("groupId").map(str::to_owned).or(own.map(|own| own.group)).unwrap_or_default();
    let is_it = (group.contains("${") || group == parent.group)
        && found.root.value("artifactId") == Some(parent.artifact.as_str());
    Ok(if is_it { Above::Here(Box::new(found)) } else { Above::Outside })
}

/// A folder stands for the POM in it; what is not there is taken for one.
pub(super) fn pom_at(world: &World, path: PathBuf) -> PathBuf {
    let is_file = path.extension().is_some_and(|ending| ending == "xml") && !world.is_folder(&path).unwrap_or(false);
    if is_file { path } else { path.join(super::FILE) }
}

/// Whether a path with `${project.basedir}` leads to a file of the release.
pub(super) fn is_released(world: &World, project: &Project, path: &str) -> Result<bool, Unknown> {
    let place = |value: &String| within_on_any_system(project.pom().dir(), value.trim_start_matches('/'));
    let values = project.values(path)?;
    Ok(values.iter().all(|value| place(value).is_some_and(|path| world.has(&path))))
}
