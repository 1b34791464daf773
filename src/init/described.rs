//! What a manifest says of its package beside version and dependencies: its name, and whether others build on it. Only proposals
//! rest on it, so what cannot be read says nothing.

use std::path::Path;

use crate::structured::node::Node;
use crate::structured::{json_nodes, toml, yaml};
use crate::world::World;

/// The largest manifest that is looked at, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// What a package is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Others build on it, and lock it.
    Library,
    /// It is installed and run.
    Application,
    /// It is published nowhere, as far as its manifest says.
    Unpublished,
}

/// A manifest, by its path relative to the root.
pub(super) struct Described<'w> {
    world: &'w World,
    path: &'w Path,
    text: String,
}

impl<'w> Described<'w> {
    /// Reads it.
    pub(super) fn read(world: &'w World, path: &'w Path) -> Option<Self> {
        let text = world.drafted(path, SIZE_LIMIT).ok()?.content;
        Some(Self { world, path, text })
    }

    fn file(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Asks the document, where it is one.
    fn ask<T>(&self, question: impl FnOnce(&Node<'_>) -> Option<T>) -> Option<T> {
        let ending = self.path.extension()?.to_str()?;
        match ending {
            "toml" => question(&toml::parse("", &self.text).ok()?),
            "json" => question(&json_nodes::parse("", &self.text).ok()?),
            "yaml" => question(&yaml::parse("", &self.text).ok()??),
            _ => None,
        }
    }

    /// How the package is called.
    pub(super) fn name(&self) -> Option<String> {
        let ways: &[&[&str]] = match self.file() {
            "Cargo.toml" => &[&["package", "name"]],
            "pyproject.toml" => &[&["project", "name"], &["tool", "poetry", "name"]],
            _ => &[&["name"]],
        };
        self.ask(|node| ways.iter().find_map(|way| at(node, way)?.text().map(str::to_owned)))
    }

    /// Whether it says that npm may not publish it, as the top of a workspace often does.
    pub(super) fn is_private(&self) -> bool {
        let is_said = || self.ask(|node| at(node, &["private"])?.boolean());
        self.file() == "package.json" && is_said() == Some(true)
    }

    /// What it is to others.
    pub(super) fn nature(&self) -> Nature {
        let found = match self.file() {
            "Cargo.toml" => self.ask(|node| Some(self.of_cargo(node))),
            "package.json" => self.ask(|node| Some(of_node(node))),
            "pyproject.toml" => self.ask(|node| Some(of_python(node))),
            "composer.json" => self.ask(|node| Some(of_php(node))),
            "pubspec.yaml" => self.ask(|node| Some(of_dart(node))),
            "setup.py" | "setup.cfg" => Some(Nature::Library),
            "Package.swift" if self.text.contains(".library(") => Some(Nature::Library),
            "mix.exs" if self.text.contains("package:") => Some(Nature::Library),
            file if file.ends_with(".gemspec") => Some(Nature::Library),
            _ => None,
        };
        found.unwrap_or(Nature::Unpublished)
    }

    fn of_cargo(&self, node: &Node<'_>) -> Nature {
        let is_kept = at(node, &["package", "publish"]).and_then(Node::boolean) == Some(false);
        if node.entry("package").is_none() || is_kept {
            return Nature::Unpublished;
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let has_main = ["src/main.rs", "src/bin"].iter().any(|path| self.world.has(&folder.join(path)));
        if has_main || node.entry("bin").is_some() { Nature::Application } else { Nature::Library }
    }
}

fn of_node(node: &Node<'_>) -> Nature {
    let is_private = at(node, &["private"]).and_then(Node::boolean) == Some(true);
    match (node.entry("name").is_some() && !is_private, node.entry("bin").is_some()) {
        (false, _) => Nature::Unpublished,
        (true, true) => Nature::Application,
        (true, false) => Nature::Library,
    }
}

fn of_python(node: &Node<'_>) -> Nature {
    let poetry = at(node, &["tool", "poetry"]);
    let is_package = poetry.is_some_and(|poetry| at(poetry, &["package-mode"]).and_then(Node::boolean) != Some(false));
    let is_built = node.entry("project").is_some() && node.entry("build-system").is_some();
    if is_package || (is_built && poetry.is_none()) { Nature::Library } else { Nature::Unpublished }
}

fn of_php(node: &Node<'_>) -> Nature {
    match (node.entry("name"), at(node, &["type"]).and_then(Node::text)) {
        (None, _) => Nature::Unpublished,
        (Some(_), Some("project")) => Nature::Application,
        (Some(_), _) => Nature::Library,
    }
}

fn of_dart(node: &Node<'_>) -> Nature {
    let is_kept = at(node, &["publish_to"]).and_then(Node::text) == Some("none");
    if is_kept { Nature::Unpublished } else { Nature::Library }
}

fn at<'n, 't>(node: &'n Node<'t>, way: &[&str]) -> Option<&'n Node<'t>> {
    way.iter().try_fold(node, |node, key| Some(&node.entry(key)?.value))
}
