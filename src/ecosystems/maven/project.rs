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
        let (properties, managed) = (given(world), HashMap::new());
        let mut project =
            Self { poms: vec![pom], outside: None, unproven: None, properties, managed, lists: OnceCell::new() };
        project.climb(world)?;
        project.gather();
        project.manage();
        Ok(project)
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
        let root = &self.pom().root;
        let inherited = || root.child("parent").and_then(|parent| parent.child("version"));
        let written = |version: &&Element| !version.text.is_empty();
        let own = root.child("version").filter(written);
        own.or_else(|| inherited().filter(written)).map(|version| (version.text.clone(), version.line))
    }

    /// The version that it gives its parent, and the place, where it has one of its own as well and its parent has that of the
    /// POM at `top`.
    pub(super) fn parents_version(&self, top: &Path) -> Option<(String, usize)> {
        self.pom().root.value("version")?;
        let from = self.poms.iter().skip(1).find(|pom| pom.path == top || pom.root.value("version").is_some())?;
        let version = self.pom().root.child("parent")?.child("version").filter(|version| !version.text.is_empty())?;
        (from.path == top).then(|| (version.text.clone(), version.line))
    }

    /// Where its version is from, among the modules of the POM at `top`.
    pub(super) fn whose(&self, top: &Path) -> Whose {
        let states = |pom: &Pom| pom.root.value("version").is_some();
        match self.poms.iter().find(|pom| pom.path == top || states(pom)) {
            Some(pom) if pom.path == top => Whose::Project,
            Some(pom) if pom.path == self.pom().path => Whose::Own,
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

    fn property(&self, name: &str) -> Option<Vec<String>> {
        if let Some(values) = self.properties.get(name) {
            return Some(values.clone());
        }
        let name = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")).unwrap_or(name);
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

    /// The sentence of a property that nobody defines.
    pub(super) fn undefined(&self, name: &str) -> String {
        let from = match &self.outside {
            Some(parent) => format!(", it may come from the parent {}:{}", parent.group, parent.artifact),
            None => String::new(),
        };
        format!("nothing in the release defines the property {name}{from}; define it in {}", self.pom().shown())
    }
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
