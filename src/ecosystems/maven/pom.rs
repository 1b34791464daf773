//! One pom.xml as it is written. <https://maven.apache.org/pom.html>

use std::path::{Path, PathBuf};

use crate::model::problem::{PROBLEM_LIMIT, Problem};
use crate::structured::xml::{self, Element};

/// A project's own POM.
#[derive(Debug, Clone)]
pub(super) struct Pom {
    /// Relative to the root.
    pub(super) path: PathBuf,
    pub(super) root: Element,
    /// Whatever is asked for by its coordinates.
    pub(super) wanted: Vec<Wanted>,
}

/// A parent, a dependency, a plugin: whatever has coordinates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) kind: Kind,
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    /// Type and classifier, which tell managed versions apart.
    pub(super) form: (String, String),
    /// The path of a file, where the scope is `system`.
    pub(super) file: Option<String>,
    pub(super) line: usize,
}

impl Wanted {
    /// Whether what it is depends on properties.
    pub(super) fn has_properties(&self) -> bool {
        let texts = [Some(&self.group), Some(&self.artifact), self.version.as_ref(), self.file.as_ref()];
        texts.into_iter().flatten().any(|text| text.contains("${"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Dependency,
    /// A version for whoever asks for the dependency without one.
    Managed,
    /// A list of such versions (`<scope>import</scope>`).
    Bom,
    /// It works in the build: a plugin, an extension.
    Plugin,
    ManagedPlugin,
}

/// Where a parent is looked for.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    /// `None` where only a repository is asked.
    pub(super) relative: Option<String>,
    pub(super) line: usize,
}

/// The elements of which one may stand in another; Maven refuses a second.
const SINGLE: [&str; 20] = [
    "parent",
    "relativePath",
    "groupId",
    "artifactId",
    "version",
    "type",
    "classifier",
    "scope",
    "systemPath",
    "properties",
    "modules",
    "subprojects",
    "dependencies",
    "dependencyManagement",
    "build",
    "reporting",
    "plugins",
    "pluginManagement",
    "extensions",
    "profiles",
];

/// The elements in which names are anybody's own.
const FREE: [&str; 2] = ["properties", "configuration"];

/// The group of plugins that name none.
const PLUGINS: &str = "org.apache.maven.plugins";

impl Pom {
    /// Reads a POM.
    ///
    /// # Errors
    /// Syntax errors, and what Maven itself refuses in any POM.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let shown = path.display().to_string();
        let root = xml::parse(&shown, text)?;
        if root.name != "project" {
            let message = format!("the outermost element is '{}', not 'project'", root.name);
            return Err(vec![root.problem(&shown, text, message).help("put a Maven project there")]);
        }
        let mut twice = Vec::new();
        again(&root, &mut twice);
        let twice: Vec<_> = twice
            .into_iter()
            .take(PROBLEM_LIMIT)
            .map(|(parent, again)| {
                let message = format!("'{}' stands in the {} twice", again.name, parent.name);
                again.problem(&shown, text, message).help("keep one of them")
            })
            .collect();
        let wanted = parts(&root).flat_map(of_part).collect();
        if twice.is_empty() { Ok(Self { path: path.to_owned(), root, wanted }) } else { Err(twice) }
    }

    pub(super) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn parent(&self) -> Option<Parent> {
        let parent = self.root.child("parent")?;
        let text = |name| parent.value(name).unwrap_or_default().to_owned();
        let relative = match parent.child("relativePath") {
            None => Some("../pom.xml".to_owned()),
            Some(path) if path.text.is_empty() => None,
            Some(path) => Some(path.text.clone()),
        };
        let (group, artifact, version) = (text("groupId"), text("artifactId"), text("version"));
        Some(Parent { group, artifact, version, relative, line: parent.line })
    }

    /// The folders or files of the modules, those of profiles among them.
    pub(super) fn modules(&self) -> impl Iterator<Item = &Element> {
        let lists = [("modules", "module"), ("subprojects", "subproject")];
        self.parts().flat_map(move |part| lists.into_iter().flat_map(move |(list, one)| part.listed(list, one)))
    }

    /// The plugins of the build, without those of profiles; of a parent those that its modules inherit.
    pub(super) fn plugins(&self, is_parent: bool) -> impl Iterator<Item = Wanted> {
        let all = self.root.child("build").into_iter().flat_map(|build| build.listed("plugins", "plugin"));
        let counted = all.filter(move |plugin| !is_parent || plugin.value("inherited") != Some("false"));
        counted.map(|plugin| wanted(plugin, Kind::Plugin))
    }

    /// Whether modules inherit what it asks for.
    pub(super) fn hands_down(&self, wanted: &Wanted) -> bool {
        wanted.kind != Kind::Plugin
            || self.plugins(true).any(|one| one == *wanted)
            || !self.plugins(false).any(|one| one == *wanted)
    }

    /// The properties of the project, then those of each profile.
    pub(super) fn properties(&self) -> impl Iterator<Item = (bool, &Element)> {
        let tables = self.parts().enumerate();
        tables.flat_map(|(number, part)| {
            let table = part.child("properties").into_iter().flat_map(|table| &table.children);
            table.map(move |property| (number > 0, property))
        })
    }

    fn parts(&self) -> impl Iterator<Item = &Element> {
        parts(&self.root)
    }
}

/// Every element that stands twice where it may stand once, with the one around it.
fn again<'e>(element: &'e Element, found: &mut Vec<(&'e Element, &'e Element)>) {
    found.extend(SINGLE.iter().filter_map(|name| element.all(name).nth(1)).map(|again| (element, again)));
    for child in element.children.iter().filter(|child| !FREE.contains(&child.name.as_str())) {
        again(child, found);
    }
}

/// The project itself and its profiles, each of which may have what the project has.
fn parts(root: &Element) -> impl Iterator<Item = &Element> {
    std::iter::once(root).chain(root.listed("profiles", "profile"))
}

fn of_part(part: &Element) -> Vec<Wanted> {
    let mut found = dependencies(part, Kind::Dependency);
    found.extend(part.child("dependencyManagement").into_iter().flat_map(|table| dependencies(table, Kind::Managed)));
    for build in part.child("build").into_iter().chain(part.child("reporting")) {
        for (table, kind) in [(Some(build), Kind::Plugin), (build.child("pluginManagement"), Kind::ManagedPlugin)] {
            for plugin in table.into_iter().flat_map(|table| table.listed("plugins", "plugin")) {
                found.push(wanted(plugin, kind));
                found.extend(dependencies(plugin, Kind::Dependency));
                found.extend(processors(plugin));
            }
        }
        found.extend(build.listed("extensions", "extension").map(|one| wanted(one, Kind::Plugin)));
    }
    found
}

/// What the compiler runs, which is asked for in the plugin's configuration or in that of one of its executions.
fn processors(plugin: &Element) -> impl Iterator<Item = Wanted> {
    let users = std::iter::once(plugin).chain(plugin.listed("executions", "execution"));
    let tables = users.filter_map(|user| user.child("configuration")?.child("annotationProcessorPaths"));
    tables.flat_map(|table| &table.children).map(|one| wanted(one, Kind::Dependency))
}

fn dependencies(element: &Element, kind: Kind) -> Vec<Wanted> {
    element.listed("dependencies", "dependency").map(|one| wanted(one, kind)).collect()
}

/// The extensions of `.mvn/extensions.xml`, which Maven loads before the project.
///
/// # Errors
/// Syntax errors.
pub(super) fn extensions(path: &Path, text: &str) -> Result<Vec<Wanted>, Vec<Problem>> {
    let root = xml::parse(&path.display().to_string(), text)?;
    Ok(root.all("extension").map(|one| wanted(one, Kind::Plugin)).collect())
}

fn wanted(element: &Element, kind: Kind) -> Wanted {
    let text = |name| element.value(name).map(str::to_owned);
    let is_import = kind == Kind::Managed && text("scope").as_deref() == Some("import");
    let is_plugin = matches!(kind, Kind::Plugin | Kind::ManagedPlugin);
    Wanted {
        kind: if is_import { Kind::Bom } else { kind },
        group: text("groupId").unwrap_or_else(|| if is_plugin { PLUGINS.to_owned() } else { String::new() }),
        artifact: text("artifactId").unwrap_or_default(),
        version: text("version"),
        form: (text("type").unwrap_or_else(|| "jar".to_owned()), text("classifier").unwrap_or_default()),
        file: text("systemPath").filter(|_| text("scope").as_deref() == Some("system")),
        line: element.line,
    }
}
