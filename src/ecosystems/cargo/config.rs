//! `.cargo/config.toml`: what it puts in the place of the packages that the manifests ask for.
//! <https://doc.rust-lang.org/cargo/reference/config.html>

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::manifest::{self, Declared};
use crate::model::path::within;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::world::{Refused, World};

/// The names of the file, as cargo looks for them.
const NAMES: [&str; 2] = [".cargo/config", ".cargo/config.toml"];

/// The largest one that is read, in bytes.
const SIZE_LIMIT: u64 = 1 << 20;

/// How many configuration files are read.
const FILE_LIMIT: usize = 200;

/// What the configuration files of a folder and of those above it say together; the nearest wins.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) files: Vec<File>,
    /// Registries by their names: the address of the index.
    indexes: HashMap<String, String>,
    /// What nobody can tell.
    pub(super) unproven: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// One configuration file.
#[derive(Debug)]
pub(super) struct File {
    /// As people know it: its path, relative to the repository's top level.
    pub(super) shown: String,
    /// The folder that its paths start from.
    pub(super) dir: PathBuf,
    pub(super) patches: Vec<Declared>,
    /// Folders of packages that count in the place of others of the same name, each with its line.
    pub(super) paths: Vec<(String, usize)>,
    indexes: Vec<(String, String)>,
    sources: Vec<Source>,
    /// Other files that count as well; of two, the later one wins, and this one wins over both.
    includes: Vec<Include>,
}

/// An entry of `include`.
#[derive(Debug)]
struct Include {
    /// Relative to the folder of the file that has it.
    path: String,
    /// It may be absent.
    optional: bool,
    line: usize,
}

/// A configuration file that is still to be read.
struct Waiting {
    path: PathBuf,
    /// The folder that its paths start from.
    dir: PathBuf,
    /// How it is called where it cannot be read: who includes it, and whether it must be there.
    included: Option<(String, bool)>,
}

/// An entry of `[source]`.
#[derive(Debug)]
struct Source {
    name: String,
    replacement: Option<String>,
    /// The folder, as `directory` or `local-registry` names it.
    folder: Option<String>,
    /// Another place, as it is written.
    place: Option<String>,
}

impl Config {
    /// Reads what cargo reads for a folder of the repository, as far as it is part of the release.
    ///
    /// # Errors
    /// The problems of every file.
    pub(super) fn of(world: &World, folder: &Path) -> Result<Self, Vec<Problem>> {
        let (mut config, mut problems) = (Self::default(), Vec::new());
        let mut seen = HashSet::new();
        for dir in folder.ancestors() {
            let Some(path) = NAMES.iter().map(|name| dir.join(name)).find(|path| world.has(path)) else { continue };
            // The last one is read next, so that a file comes before what it includes.
            let mut waiting = vec![Waiting { path, dir: dir.to_owned(), included: None }];
            while let Some(next) = waiting.pop() {
                if !seen.insert(next.path.clone()) {
                    continue;
                }
                if seen.len() > FILE_LIMIT {
                    config
                        .unproven
                        .push(format!("more than {FILE_LIMIT} files of cargo's configuration include each other"));
                    break;
                }
                match config.add(world, &next) {
                    Ok(included) => waiting.extend(included),
                    Err(more) => problems.extend(more),
                }
            }
        }
        for (name, index) in config.files.iter().flat_map(|file| &file.indexes) {
            config.indexes.entry(name.clone()).or_insert_with(|| index.clone());
        }
        config.replaced_sources(world);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Reads one file; what it includes is still to be read.
    fn add(&mut self, world: &World, next: &Waiting) -> Result<Vec<Waiting>, Vec<Problem>> {
        let shown = next.path.display().to_string();
        match (world.drafted(&next.path, SIZE_LIMIT), &next.included) {
            (Ok(text), _) => {
                let file = File::parse(shown, &next.dir, &text.content)?;
                let (included, outside) = file.included(next.path.parent().unwrap_or(Path::new("")));
                self.unproven.extend(outside);
                self.files.push(file);
                return Ok(included);
            }
            (Err(Refused::Missing | Refused::Untracked(None)), None | Some((_, true))) => {}
            (Err(error), None) => self.unproven.push(error.about(&shown)),
            (Err(error), Some((by, _))) => self.unproven.push(format!("{by}, and {}", error.about(&shown))),
        }
        Ok(Vec::new())
    }

    /// Everything that stands in the place of a package, whichever file says so.
    pub(super) fn patches(&self) -> impl Iterator<Item = &Declared> {
        self.files.iter().flat_map(|file| &file.patches)
    }

    /// The address of a registry's index.
    pub(super) fn index(&self, registry: &str) -> Option<&str> {
        self.indexes.get(registry).map(String::as_str)
    }

    /// A source may be replaced by one that has the same packages: cargo holds them to the checksums of the lock file.
    fn replaced_sources(&mut self, world: &World) {
        let sources = || self.files.iter().flat_map(|file| file.sources.iter().map(move |source| (file, source)));
        let (mut unproven, mut notes) = (Vec::new(), Vec::new());
        for (file, replaced) in sources() {
            let Some(name) = &replaced.replacement else { continue };
            let what = format!("{} takes the packages of {} from {name}", file.shown, replaced.name);
            let found = sources().find(|(_, source)| source.name == *name);
            match found.map(|(file, source)| (file, source.folder.as_deref(), source.place.as_deref())) {
                Some((file, Some(folder), _)) if is_released(world, &file.dir, folder) => {}
                Some((_, Some(folder), _)) => {
                    unproven.push(format!("{what}, and the folder {folder} is no part of the release"));
                }
                Some((_, None, Some(place))) => notes.push(format!("{what} ({place})")),
                _ => unproven.push(format!("{what}, and no file of the release says what that is")),
            }
        }
        self.unproven.append(&mut unproven);
        self.notes.append(&mut notes);
    }
}

fn is_released(world: &World, dir: &Path, folder: &str) -> bool {
    let listed = within(dir, folder).and_then(|folder| world.listed(&folder).ok());
    listed.is_some_and(|listed| !listed.is_empty())
}

impl File {
    fn parse(shown: String, dir: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let (patches, paths, indexes, sources, includes) = Decoder::toml(&shown, text, |decoder, node| {
            let table = decoder.table(node, "config.toml")?;
            let paths = decoder.list_at(table, "paths").iter().filter_map(|item| {
                let line = decoder.line(&item.span);
                decoder.any_text(item, "paths").map(|path| (path.to_owned(), line))
            });
            let paths = paths.collect();
            let (patches, includes) = (manifest::replacements(decoder, table), includes(decoder, table));
            Some((patches, paths, indexes(decoder, table), sources(decoder, table), includes))
        })?;
        Ok(Self { shown, dir: dir.to_owned(), patches, paths, indexes, sources, includes })
    }

    /// The files that this one, which lies in a folder, includes; and what is told of those outside of the repository.
    fn included(&self, folder: &Path) -> (Vec<Waiting>, Vec<String>) {
        let (mut included, mut outside) = (Vec::new(), Vec::new());
        for Include { path, optional, line } in &self.includes {
            let by = format!("{}:{line} includes {path}", self.shown);
            let joined = folder.join(path);
            match within(folder, path) {
                Some(path) => {
                    // As cargo does it: two names off the end of the path as it is written.
                    let dir = joined.parent().and_then(Path::parent);
                    let dir = dir.map(|dir| within(Path::new(""), dir).unwrap_or_else(|| dir.to_owned()));
                    let dir = dir.unwrap_or_else(|| PathBuf::from(".."));
                    included.push(Waiting { path, dir, included: Some((by, *optional)) });
                }
                None => outside.push(format!("{by}, which is outside the repository and was not read")),
            }
        }
        (included, outside)
    }
}

/// An array of paths, or of tables with one; in cargo before 1.94 one path, too.
fn includes(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Include> {
    let Some(node) = table.get("include") else { return Vec::new() };
    let items = match node.text() {
        Some(_) => std::slice::from_ref(node),
        None => decoder.list(node, "include").unwrap_or_default(),
    };
    let include = |item: &crate::structured::node::Node<'_>| {
        let line = decoder.line(&item.span);
        if let Some(path) = item.text() {
            return Some(Include { path: path.to_owned(), optional: false, line });
        }
        if item.entries().is_none() {
            return decoder.wrong(item, "include", "a path, or a table with `path`");
        }
        let fields = decoder.table(item, "include")?;
        let path = fields.required(decoder, "path", "include")?;
        let path = decoder.any_text(path, "path")?.to_owned();
        Some(Include { path, optional: decoder.boolean_at(fields, "optional").unwrap_or(false), line })
    };
    items.iter().filter_map(include).collect()
}

fn indexes(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<(String, String)> {
    let Some(registries) = decoder.table_at(table, "registries") else { return Vec::new() };
    let index = |registry: &crate::structured::node::Entry<'_>| {
        let fields = decoder.table(&registry.value, &registry.key)?;
        Some((registry.key.to_string(), decoder.text_at(fields, "index")?.to_owned()))
    };
    registries.entries().iter().filter_map(index).collect()
}

fn sources(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Source> {
    let Some(sources) = decoder.table_at(table, "source") else { return Vec::new() };
    let source = |entry: &crate::structured::node::Entry<'_>| {
        let fields = decoder.table(&entry.value, &entry.key)?;
        let mut text = |key| decoder.text_at(fields, key).map(str::to_owned);
        Some(Source {
            name: entry.key.to_string(),
            replacement: text("replace-with"),
            folder: text("directory").or_else(|| text("local-registry")),
            place: text("registry").or_else(|| text("git")),
        })
    };
    sources.entries().iter().filter_map(source).collect()
}
