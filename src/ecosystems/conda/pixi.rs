//! The tables of a pixi.toml, or of `[tool.pixi]`.

use std::collections::HashSet;

use super::{Declared, PIXI_LOCK, Wants};
use crate::ecosystems::fixed::{is_commit, is_sha256};
use crate::ecosystems::{DeclaredVersion, Manifest, python};
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node};

/// The name and the version of a pixi.toml.
pub(super) fn project(decoder: &mut Decoder<'_>, fields: Fields<'_>) -> Manifest {
    let of = |key: &str| {
        let tables = ["package", "workspace", "project"].iter().filter_map(|table| fields.get(table)?.entry(key));
        tables.map(|entry| &entry.value).find(|node| node.text().is_some())
    };
    let version = of("version").map(|node| (node.text().unwrap_or_default().to_owned(), decoder.line(&node.span)));
    let path = decoder.path().to_owned();
    Manifest {
        name: of("name").and_then(Node::text).map(str::to_owned),
        version: version.map_or(DeclaredVersion::Absent, |(version, line)| DeclaredVersion::Static {
            version,
            path,
            line,
        }),
        ..Manifest::default()
    }
}

/// Reads the tables of a pixi.toml.
pub(super) struct Pixi {
    platforms: Vec<String>,
    declared: Vec<Declared>,
}

/// The tables of requirements.
const TABLES: [&str; 4] = ["dependencies", "host-dependencies", "build-dependencies", "pypi-dependencies"];

impl Pixi {
    pub(super) fn read(decoder: &mut Decoder<'_>, fields: Fields<'_>) -> Option<Vec<Declared>> {
        let mut platforms = Vec::new();
        for key in ["workspace", "project"] {
            if let Some(table) = decoder.table_at(fields, key) {
                platforms.extend(decoder.list_at(table, "platforms").iter().filter_map(Node::text).map(str::to_owned));
            }
        }
        let mut pixi = Self { platforms, declared: Vec::new() };
        pixi.tables(decoder, fields);
        let used = used(fields);
        if let Some(node) = fields.get("feature") {
            for feature in decoder.entries(node, "feature")? {
                let table = decoder.table(&feature.value, &feature.key)?;
                let more = decoder.list_at(table, "platforms").iter().filter_map(Node::text);
                pixi.platforms.extend(more.map(str::to_owned));
                // What no environment has, nobody installs, and no lock file has it.
                if used.contains(&*feature.key) {
                    pixi.tables(decoder, table);
                }
            }
        }
        if let Some(package) = decoder.table_at(fields, "package") {
            let built = ["build-dependencies", "host-dependencies"]
                .into_iter()
                .filter_map(|key| Some((key, package.get(key)?)));
            for (key, node) in built.filter(|(_, node)| node.entries().is_some_and(|entries| !entries.is_empty())) {
                let why = format!("{PIXI_LOCK} does not have what a package is built with (`package.{key}`)");
                let (name, requirement, line) = (String::new(), String::new(), decoder.line(&node.span));
                pixi.declared.push(Declared { name, requirement, wants: Wants::Nobody(why), line });
            }
        }
        Some(pixi.declared)
    }

    /// The tables of the workspace or of a feature, and those for its platforms.
    fn tables(&mut self, decoder: &mut Decoder<'_>, fields: Fields<'_>) {
        self.requirements(decoder, fields);
        for target in fields.get("target").and_then(Node::entries).unwrap_or_default() {
            if let Some(fields) = decoder.table(&target.value, &target.key)
                && self.is_meant(&target.key)
            {
                self.requirements(decoder, fields);
            }
        }
    }

    fn requirements(&mut self, decoder: &mut Decoder<'_>, fields: Fields<'_>) {
        for table in TABLES {
            let entries = fields.get(table).and_then(|node| decoder.entries(node, table)).unwrap_or_default();
            for entry in entries {
                self.declared.extend(Declared::of_pixi(decoder, table, entry));
            }
        }
    }

    fn is_meant(&self, target: &str) -> bool {
        self.platforms.iter().any(|platform| {
            platform == target
                || platform.split('-').next() == Some(target)
                || target == "unix" && !platform.starts_with("win")
        })
    }
}

/// The features that environments have.
fn used(fields: Fields<'_>) -> HashSet<String> {
    let environments = fields.get("environments").and_then(Node::entries).unwrap_or_default();
    let features = environments.iter().flat_map(|environment| {
        let node = environment.value.entry("features").map_or(&environment.value, |entry| &entry.value);
        node.items().unwrap_or_default()
    });
    features.filter_map(Node::text).map(str::to_owned).collect()
}

impl Declared {
    fn of_pixi(decoder: &mut Decoder<'_>, table: &str, entry: &Entry<'_>) -> Option<Self> {
        let line = decoder.line(&entry.span);
        let name = entry.key.to_string();
        let is_python = table == "pypi-dependencies";
        let of_version = |version: &str, build: Option<&str>| {
            let is_exact = version.starts_with("==") && build.is_some() && !version.contains(['*', ',']);
            match is_python {
                true => Wants::Python(python::pin_of(&format!("{name}{}", version.trim_start_matches('*'))).2),
                false => Wants::Conda { is_exact },
            }
        };
        if let Some(version) = entry.value.text() {
            let wants = of_version(version, None);
            return Some(Self { name, requirement: version.to_owned(), wants, line });
        }
        let fields = decoder.table(&entry.value, &entry.key)?;
        let text = |key: &str| fields.get(key).and_then(Node::text);
        let (requirement, wants) = match (text("path"), text("git"), text("url")) {
            (Some(path), ..) => (path, Wants::Folder(path.to_owned())),
            (_, Some(git), _) => (git, Wants::Address { is_fixed: text("rev").is_some_and(is_commit) }),
            (.., Some(url)) => (url, Wants::Address { is_fixed: text("sha256").is_some_and(is_sha256) }),
            _ => (text("version").unwrap_or("*"), of_version(text("version").unwrap_or("*"), text("build"))),
        };
        Some(Self { requirement: requirement.to_owned(), wants, name, line })
    }
}
