//! What one Cargo.toml says, without looking anywhere else.

use std::path::{Path, PathBuf};

use crate::ecosystems::Scope;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node};

/// One Cargo.toml.
#[derive(Debug)]
pub(super) struct Package {
    /// Relative to the root.
    pub(super) path: PathBuf,
    /// `package.name`; a workspace without a package of its own has none.
    pub(super) name: Option<String>,
    pub(super) version: Version,
    pub(super) dependencies: Vec<Declared>,
    /// What `[patch]` and `[replace]` put in the place of other packages.
    pub(super) replacements: Vec<Declared>,
    pub(super) workspace: Option<WorkspaceTable>,
    /// `package.workspace`: where the workspace is, if not in a folder above.
    pub(super) workspace_dir: Option<String>,
}

/// A `package.version`, or `workspace.package.version`.
#[derive(Debug, Clone)]
pub(super) enum Version {
    Own { version: String, line: usize },
    Inherited,
    Absent,
}

/// The `[workspace]` table.
#[derive(Debug)]
pub(super) struct WorkspaceTable {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) version: Version,
    pub(super) dependencies: Vec<Declared>,
}

/// One dependency as written.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// The key: what the code calls it.
    pub(super) key: String,
    /// The package's real name.
    pub(super) package: String,
    /// The version requirement, when there is one.
    pub(super) requirement: Option<String>,
    pub(super) source: Source,
    /// The registry that it names, if not crates.io.
    pub(super) registry: Option<String>,
    pub(super) scope: Scope,
    pub(super) line: usize,
}

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Registry,
    Git {
        url: String,
        rev: Option<String>,
        reference: Option<String>,
    },
    Path(String),
    /// `workspace = true`.
    Inherited,
}

/// The dependency tables, under both spellings that cargo takes.
const TABLES: [(&str, Scope); 5] = [
    ("dependencies", Scope::Runtime),
    ("build-dependencies", Scope::Build),
    ("build_dependencies", Scope::Build),
    ("dev-dependencies", Scope::Dev),
    ("dev_dependencies", Scope::Dev),
];

/// What cargo calls the registry that counts where none is named.
const CRATES_IO: &str = "crates-io";

impl Package {
    /// Reads the text of the Cargo.toml at `path`.
    ///
    /// # Errors
    /// The syntax error, or every value of the wrong type.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let shown = path.display().to_string();
        Decoder::toml(&shown, text, |decoder, node| {
            let table = decoder.table(node, "Cargo.toml")?;
            let package = decoder.table_at(table, "package").or_else(|| decoder.table_at(table, "project"));
            let own = |decoder: &mut Decoder<'_>, key| package.and_then(|package| decoder.text_at(package, key));
            Some(Self {
                path: path.to_owned(),
                name: own(decoder, "name").map(str::to_owned),
                version: package.map_or(Version::Absent, |package| version(decoder, package)),
                dependencies: dependencies(decoder, table),
                replacements: replacements(decoder, table),
                workspace: decoder.table_at(table, "workspace").map(|table| workspace(decoder, table)),
                workspace_dir: own(decoder, "workspace").map(str::to_owned),
            })
        })
    }

    /// The folder of the manifest, relative to the root.
    pub(super) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn version(decoder: &mut Decoder<'_>, package: Fields<'_>) -> Version {
    let Some(node) = package.get("version") else { return Version::Absent };
    if inherits(node) {
        return Version::Inherited;
    }
    let line = decoder.line(&node.span);
    let version = decoder.any_text(node, "version");
    version.map_or(Version::Absent, |version| Version::Own { version: version.to_owned(), line })
}

fn workspace(decoder: &mut Decoder<'_>, table: Fields<'_>) -> WorkspaceTable {
    WorkspaceTable {
        members: strings(decoder, table, "members"),
        exclude: strings(decoder, table, "exclude"),
        version: decoder.table_at(table, "package").map_or(Version::Absent, |package| version(decoder, package)),
        dependencies: entries(decoder, table, "dependencies", Scope::Runtime),
    }
}

fn strings(decoder: &mut Decoder<'_>, table: Fields<'_>, key: &str) -> Vec<String> {
    let items = decoder.list_at(table, key);
    items.iter().filter_map(|item| decoder.any_text(item, key)).map(str::to_owned).collect()
}

fn dependencies(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Declared> {
    let mut declared = tables(decoder, table);
    if let Some(targets) = decoder.table_at(table, "target") {
        for target in targets.entries() {
            if let Some(table) = decoder.table(&target.value, &target.key) {
                declared.extend(tables(decoder, table));
            }
        }
    }
    declared
}

fn tables(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Declared> {
    TABLES.iter().flat_map(|(key, scope)| entries(decoder, table, key, *scope)).collect()
}

/// What `[patch]` and `[replace]` of a manifest, or of a configuration file, put in the place of other packages.
pub(super) fn replacements(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Declared> {
    let mut declared = entries(decoder, table, "replace", Scope::Build);
    for replaced in &mut declared {
        // The key is a package id: "name:version" or "url#name@version".
        let name = replaced.package.rsplit(['/', '#']).next().unwrap_or_default();
        replaced.package = name.split([':', '@']).next().unwrap_or_default().to_owned();
    }
    if let Some(registries) = decoder.table_at(table, "patch") {
        for registry in registries.entries() {
            declared.extend(entries(decoder, registries, &registry.key, Scope::Build));
        }
    }
    declared
}

fn entries(decoder: &mut Decoder<'_>, table: Fields<'_>, key: &str, scope: Scope) -> Vec<Declared> {
    let Some(table) = decoder.table_at(table, key) else { return Vec::new() };
    table.entries().iter().filter_map(|dependency| entry(decoder, dependency, scope)).collect()
}

fn entry(decoder: &mut Decoder<'_>, entry: &Entry<'_>, scope: Scope) -> Option<Declared> {
    let (key, node) = (entry.key.as_ref(), &entry.value);
    let plain = Declared {
        key: key.to_owned(),
        package: key.to_owned(),
        requirement: None,
        source: Source::Registry,
        registry: None,
        scope,
        line: decoder.line(&entry.span),
    };
    if let Some(requirement) = node.text() {
        return Some(Declared { requirement: Some(requirement.to_owned()), ..plain });
    }
    let table = decoder.table(node, key)?;
    let package = decoder.text_at(table, "package").unwrap_or(key).to_owned();
    let requirement = decoder.text_at(table, "version").map(str::to_owned);
    let registry = decoder.text_at(table, "registry").filter(|name| *name != CRATES_IO).map(str::to_owned);
    Some(Declared { package, requirement, source: source(decoder, table), registry, ..plain })
}

/// A path wins over git, as in cargo.
fn source(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Source {
    let mut text = |key| decoder.text_at(table, key).map(str::to_owned);
    let (path, url, rev) = (text("path"), text("git"), text("rev"));
    let reference = text("branch").map(|name| format!("branch {name}")).or(text("tag").map(|tag| format!("tag {tag}")));
    match (path, url) {
        (Some(path), _) => Source::Path(path),
        (None, Some(url)) => Source::Git { url, rev, reference },
        (None, None) if says_workspace(table) => Source::Inherited,
        (None, None) => Source::Registry,
    }
}

/// `{ workspace = true }`.
fn inherits(node: &Node<'_>) -> bool {
    node.entry("workspace").and_then(|entry| entry.value.boolean()) == Some(true)
}

fn says_workspace(table: Fields<'_>) -> bool {
    table.get("workspace").and_then(Node::boolean) == Some(true)
}
