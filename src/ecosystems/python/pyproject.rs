//! pyproject.toml: PEP 621 metadata, dependency groups, and the tables of the tools that replace them.

use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::declared::{At, Declared, finish};
use super::locks::Locks;
use super::places::{folder, read_tracked};
use super::uv::Uv;
use super::{groups, poetry, requirements_txt, setup, version_source, workspace};
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::ecosystems::{DeclaredVersion, Fault, Manifest, Member, Scope, Stated, conda};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::Node;
use crate::world::World;

/// Reads a manifest, and the members of the uv workspace that it is the top of.
///
/// # Errors
/// A syntax error, or every value that is not of its type.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let top = project(world, path, text, None)?;
    let Project { mut manifest, members, uv } = top;
    conda::add_pyproject(world, path, text, &mut manifest)?;
    let mut problems = Vec::new();
    for member in members {
        let text = match read_tracked(world, &member) {
            Ok(text) => text,
            Err(unreliable) => {
                manifest.unproven.push(unreliable.reason());
                continue;
            }
        };
        match project(world, &member, &text, Some(&uv)) {
            Ok(Project { manifest: found, .. }) => {
                manifest.faults.extend(stale(&member, &found));
                manifest.members.push(Member::own(member, found.version));
                manifest.dependencies.extend(found.dependencies);
                manifest.faults.extend(found.faults);
                manifest.unproven.extend(found.unproven);
            }
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(manifest) } else { Err(problems) }
}

/// Where the lock file has a member in another version: `uv sync --locked` refuses it then. (The top's own version is held
/// to the release's.)
fn stale(member: &Path, found: &Manifest) -> Vec<Fault> {
    let DeclaredVersion::Static { version, .. } = &found.version else { return Vec::new() };
    let is_other = |locked: &&Stated| !is_same_version(&locked.version, version);
    let stale = found.stated.iter().filter(is_other).map(|locked| {
        let (path, line, name) = (locked.path.clone(), locked.line, found.name.as_deref().unwrap_or_default());
        let what = format!("{path} is out of date: it has {name} {}, {} {version}", locked.version, member.display());
        Fault { path, line, what }
    });
    stale.collect()
}

/// Versions are spelled in several ways (PEP 440); what is none is a text.
fn is_same_version(one: &str, other: &str) -> bool {
    match (one.parse::<Version>(), other.parse::<Version>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Whether the pyproject.toml of a folder says what setup.cfg and setup.py said before there was one. One that cannot be read
/// is told of by its own reader.
pub(super) fn has_project(world: &World, folder: &Path) -> bool {
    let Ok(text) = world.drafted(&folder.join("pyproject.toml"), SIZE_LIMIT) else { return false };
    let Ok(table) = toml::from_str::<toml::Table>(&text.content) else { return false };
    table.contains_key("project") || table.get("tool").and_then(|tool| tool.get("poetry")).is_some()
}

/// One pyproject.toml.
struct Project {
    manifest: Manifest,
    members: Vec<PathBuf>,
    uv: Uv,
}

fn project(world: &World, path: &Path, text: &str, above: Option<&Uv>) -> Result<Project, Vec<Problem>> {
    let shown = path.display().to_string();
    Decoder::toml(&shown, text, |decoder, node| {
        let table = decoder.table(node, "pyproject.toml")?;
        let mut reader = Reader { world, path, decoder, declared: Vec::new(), unproven: Vec::new() };
        let version = reader.metadata(table);
        let tool = reader.decoder.table_at(table, "tool");
        let uv = tool.and_then(|tool| reader.decoder.table_at(tool, "uv"));
        let members = uv.map(|uv| reader.members(uv)).unwrap_or_default();
        let uv = match uv {
            Some(uv) => Uv::read(reader.decoder, uv, folder(path), above),
            None => above.cloned().unwrap_or_default(),
        };
        let name = reader.decoder.table_at(table, "project").and_then(|table| reader.decoder.text_at(table, "name"));
        let poetry = tool.and_then(|tool| reader.decoder.table_at(tool, "poetry"));
        let poetry_name = poetry.and_then(|poetry| reader.decoder.text_at(poetry, "name"));
        let Reader { mut declared, mut unproven, .. } = reader;
        if let Some(name) = name {
            declared.iter_mut().for_each(|one| one.settle_in(name, folder(path)));
        }
        uv.apply(&mut declared);
        let locks = Locks::beside(world, path);
        let dependencies = finish(world, &locks, declared, &mut unproven);
        // Without a `[project]` it is the top of a workspace, which the lock file does not have.
        let faults = name.map(|name| locks.of_others(folder(path), name)).unwrap_or_default();
        let name = name.or(poetry_name).map(str::to_owned);
        let stated = locks.own_versions(folder(path));
        Some(Project {
            manifest: Manifest { name, version, stated, dependencies, faults, unproven, ..Manifest::default() },
            members,
            uv,
        })
    })
}

struct Reader<'d, 'a> {
    world: &'d World,
    path: &'d Path,
    decoder: &'d mut Decoder<'a>,
    declared: Vec<Declared>,
    unproven: Vec<String>,
}

impl Reader<'_, '_> {
    /// Every requirement, and the project's version.
    fn metadata<'t>(&mut self, table: Fields<'t>) -> DeclaredVersion {
        let project = self.decoder.table_at(table, "project");
        let tool = self.decoder.table_at(table, "tool");
        let poetry = tool.and_then(|tool| self.decoder.table_at(tool, "poetry"));
        let dynamic = project.map(|project| self.strings(project, "dynamic")).unwrap_or_default();
        if let Some(project) = project {
            self.project(project);
            self.dynamic(&dynamic, tool, poetry);
        } else if poetry.is_none() {
            self.legacy(tool);
        }
        if let Some(build) = self.decoder.table_at(table, "build-system") {
            self.requirements(build, "requires", Scope::Build, "");
        }
        if let Some(table) = self.decoder.table_at(table, "dependency-groups") {
            let declared = groups::read(self.decoder, table);
            self.declared.extend(declared);
        }
        if let Some(poetry) = poetry {
            let enriches = project.is_some_and(|project| project.has("dependencies"));
            poetry::read(self.decoder, poetry, folder(self.path), enriches, &mut self.declared);
        }
        self.development(tool);
        match self.version(project, &dynamic, tool, poetry) {
            DeclaredVersion::Dynamic(why) => {
                let found = version_source::find(self.world, self.path, self.decoder, table);
                found.unwrap_or(DeclaredVersion::Dynamic(why))
            }
            version => version,
        }
    }

    fn project<'t>(&mut self, project: Fields<'t>) {
        self.requirements(project, "dependencies", Scope::Runtime, "");
        let extras = self.decoder.table_at(project, "optional-dependencies");
        for extra in extras.into_iter().flat_map(|extras| extras.entries()) {
            self.list(&extra.value, &extra.key, Scope::Optional, &extra.key);
        }
    }

    fn requirements<'t>(&mut self, table: Fields<'t>, key: &str, scope: Scope, group: &str) {
        if let Some(list) = table.get(key) {
            self.list(list, key, scope, group);
        }
    }

    fn list<'t>(&mut self, list: &'t Node<'t>, what: &str, scope: Scope, group: &str) {
        for item in self.decoder.list(list, what).unwrap_or_default() {
            if let Some(text) = self.decoder.any_text(item, what) {
                let at = self.at(item, scope, group);
                self.declared.push(requirement(text, folder(self.path), at));
            }
        }
    }

    fn at(&self, node: &Node<'_>, scope: Scope, group: &str) -> At {
        let (path, line) = (self.decoder.path().to_owned(), Some(self.decoder.line(&node.span)));
        At { scope, group: group.to_owned(), path, line }
    }

    fn strings<'t>(&mut self, table: Fields<'t>, key: &str) -> Vec<&'t str> {
        let items = self.decoder.list_at(table, key).iter();
        items.filter_map(|item| self.decoder.any_text(item, key)).collect()
    }

    /// What `dynamic` leaves to a build tool: setuptools names files or has it in setup.cfg, Poetry has a table, nobody else can be
    /// followed.
    fn dynamic<'t>(&mut self, dynamic: &[&str], tool: Option<Fields<'t>>, poetry: Option<Fields<'t>>) {
        let setuptools = tool.and_then(|tool| self.decoder.table_at(tool, "setuptools"));
        let setuptools = setuptools.and_then(|setuptools| self.decoder.table_at(setuptools, "dynamic"));
        let kinds =
            [("dependencies", Scope::Runtime, "dependencies"), ("optional-dependencies", Scope::Optional, "extras")];
        for (key, scope, of_poetry) in kinds.into_iter().filter(|(key, _, _)| dynamic.contains(key)) {
            match setuptools.and_then(|setuptools| setuptools.get(key)) {
                Some(node) if scope == Scope::Optional => self.optional_files(node),
                Some(node) => self.files(node, scope, ""),
                None if poetry.is_some_and(|poetry| poetry.has(of_poetry)) => {}
                None => match setup::left_to_cfg(self.world, self.path, scope) {
                    Some((declared, unproven)) => {
                        self.declared.extend(declared);
                        self.unproven.extend(unproven);
                    }
                    None => self.unproven.push(format!("{} says dynamic = [\"{key}\"]", self.path.display())),
                },
            }
        }
    }

    fn optional_files<'t>(&mut self, node: &'t Node<'t>) {
        let extras = self.decoder.table(node, "optional-dependencies");
        for extra in extras.into_iter().flat_map(|extras| extras.entries()) {
            self.files(&extra.value, Scope::Optional, &extra.key);
        }
    }

    fn files<'t>(&mut self, node: &'t Node<'t>, scope: Scope, group: &str) {
        let Some(table) = self.decoder.table(node, "dependencies") else { return };
        let names = match table.get("file") {
            Some(file) if file.text().is_some() => file.text().into_iter().collect(),
            Some(_) => self.strings(table, "file"),
            None => {
                self.decoder.problem(&node.span, "`file` is missing", "name the file that lists the requirements");
                return;
            }
        };
        for name in names {
            let Some(path) = within(folder(self.path), name) else {
                self.unproven.push(format!("{name} is outside the repository"));
                continue;
            };
            let (declared, unproven) = (&mut self.declared, &mut self.unproven);
            requirements_txt::read_named(self.world, &path, (scope, group), declared, unproven);
        }
    }

    /// Without `[project]`, Flit's old table may have requirements. (The readers of setup.cfg and setup.py tell of theirs.)
    fn legacy<'t>(&mut self, tool: Option<Fields<'t>>) {
        if tool.is_some_and(|tool| tool.has("flit")) {
            let path = self.path.display();
            self.unproven.push(format!("{path} has no [project] table; [tool.flit] may declare dependencies"));
        }
    }

    /// The development requirements that uv and PDM kept before there were dependency groups.
    fn development<'t>(&mut self, tool: Option<Fields<'t>>) {
        let Some(tool) = tool else { return };
        if let Some(uv) = self.decoder.table_at(tool, "uv") {
            self.requirements(uv, "dev-dependencies", Scope::Dev, "dev");
        }
        let pdm = self.decoder.table_at(tool, "pdm").and_then(|pdm| self.decoder.table_at(pdm, "dev-dependencies"));
        for group in pdm.into_iter().flat_map(|groups| groups.entries()) {
            self.list(&group.value, &group.key, Scope::Dev, &group.key);
        }
    }

    fn members<'t>(&mut self, uv: Fields<'t>) -> Vec<PathBuf> {
        let Some(table) = self.decoder.table_at(uv, "workspace") else { return Vec::new() };
        let (patterns, excluded) = (self.strings(table, "members"), self.strings(table, "exclude"));
        match workspace::members(self.world, folder(self.path), &patterns, &excluded) {
            Ok(members) => members,
            Err(why) => {
                self.unproven.push(why);
                Vec::new()
            }
        }
    }

    /// `[project] version`, else Poetry's; one that a tool computes cannot be compared.
    fn version<'t>(
        &mut self,
        project: Option<Fields<'t>>,
        dynamic: &[&str],
        tool: Option<Fields<'t>>,
        poetry: Option<Fields<'t>>,
    ) -> DeclaredVersion {
        let plugin = "poetry-dynamic-versioning";
        let path = self.path.display();
        if let Some(found) = project.and_then(|project| self.stated(project)) {
            return found;
        }
        if tool.is_some_and(|tool| tool.has(plugin)) {
            return DeclaredVersion::Dynamic(format!("{path} has [tool.{plugin}]"));
        }
        if let Some(found) = poetry.and_then(|poetry| self.stated(poetry)) {
            return found;
        }
        match dynamic.contains(&"version") {
            true => DeclaredVersion::Dynamic(format!("{path} says dynamic = [\"version\"]")),
            false => DeclaredVersion::Absent,
        }
    }

    fn stated<'t>(&mut self, table: Fields<'t>) -> Option<DeclaredVersion> {
        let node = table.get("version")?;
        let version = self.decoder.any_text(node, "version")?.to_owned();
        let (path, line) = (self.decoder.path().to_owned(), self.decoder.line(&node.span));
        Some(DeclaredVersion::Static { version, path, line })
    }
}

/// A requirement, or a place in this repository as Hatch and PDM write it.
fn requirement(text: &str, base: &Path, at: At) -> Declared {
    let (name, url) = match text.strip_prefix("-e ") {
        Some(url) => ("", url.trim()),
        None => text.split_once('@').map_or(("", ""), |(name, url)| (name.trim(), url.trim())),
    };
    let place = ["{root:uri}/", "file:///${PROJECT_ROOT}/"].iter().find_map(|prefix| url.strip_prefix(prefix));
    let Some(place) = place else { return Declared::parse(text, at) };
    let declared = requirements_txt::local(place, base, at);
    let name = if name.is_empty() { declared.name.clone() } else { name.to_owned() };
    Declared { name, ..declared }
}
