//! Deno's manifests: deno.json, with or without comments, and deno.lock. <https://docs.deno.com/runtime/fundamentals/configuration/>

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::node::{Patterns, is_exact, meets};
use super::{DeclaredVersion, Dependency, Fault, Manifest, Member, Pin, Scope};
use crate::ecosystems::manifests::SIZE_LIMIT;
use crate::model::path::within_on_any_system;
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::jsonc;
use crate::world::{Refused, World};
use lock::Lock;
pub(crate) use lock::listed;
use specifier::{Registry, Specifier};

mod lock;
mod specifier;

/// The manifest's names, in the order in which Deno looks for them.
const NAMES: [&str; 2] = ["deno.json", "deno.jsonc"];

/// The endings of code that imports by such names.
const CODE: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/// What one deno.json says.
#[derive(Debug, Default)]
struct Config {
    name: Option<String>,
    /// With its line.
    version: Option<(String, usize)>,
    imports: Vec<Import>,
    /// A file with more of them.
    import_map: Option<String>,
    /// Folders of packages that count in the place of published ones.
    links: Vec<Import>,
    members: Vec<String>,
    lock: LockFile,
}

/// A text with its line.
#[derive(Debug)]
struct Import {
    /// What code calls it, where an import map says so.
    key: String,
    text: String,
    line: usize,
}

/// Which lock file there is to be.
#[derive(Debug, Default)]
enum LockFile {
    #[default]
    Usual,
    At(String),
    Off,
}

/// Reads a deno.json; at the top of a workspace its members' imports count, too.
///
/// # Errors
/// Every problem of the manifest and of the members' manifests.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let config = Config::read(path, text)?;
    let mut reader = Reader { world, unproven: Vec::new(), names: HashMap::new() };
    let members = reader.members(folder, &config)?;
    let named = |(_, member): &(PathBuf, Config)| {
        Some((member.name.clone()?, member.version.as_ref().map(|(version, _)| version.clone())))
    };
    reader.names = members.iter().filter_map(named).collect();
    let above = reader.workspace_around(folder)?;
    if let Some(above) = &above {
        reader.names.extend(above.members.iter().filter_map(named));
    }
    let lock = reader.lock(folder, &config, above.as_ref());
    let mut dependencies = reader.dependencies(path, &config, &lock)?;
    if let Some(above) = &above {
        dependencies.extend(reader.inherited(folder, above, &lock)?);
    }
    for (path, member) in &members {
        dependencies.extend(reader.dependencies(path, member, &lock)?);
    }
    let faults: Vec<Fault> = lock.faults();
    let version = stated(&config, path);
    let members = members.iter().map(|(path, member)| Member::own(path.clone(), stated(member, path)));
    let members = members.collect();
    let unproven = reader.unproven;
    Ok(Manifest { name: config.name, version, members, dependencies, faults, unproven, ..Manifest::default() })
}

fn stated(config: &Config, path: &Path) -> DeclaredVersion {
    match &config.version {
        Some((version, line)) => {
            DeclaredVersion::Static { version: version.clone(), path: path.display().to_string(), line: *line }
        }
        None => DeclaredVersion::Absent,
    }
}

impl Config {
    fn read(path: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let (shown, text) = (path.display().to_string(), jsonc::plain(text));
        Decoder::json(&shown, &text, |decoder, node| {
            let table = decoder.table(node, "deno.json")?;
            let version = table.get("version").and_then(|node| {
                let line = decoder.line(&node.span);
                decoder.any_text(node, "version").map(|version| (version.to_owned(), line))
            });
            Some(Self {
                name: decoder.text_at(table, "name").map(str::to_owned),
                version,
                imports: imports(decoder, table),
                import_map: decoder.text_at(table, "importMap").map(str::to_owned),
                links: texts(decoder, table, "links").into_iter().chain(texts(decoder, table, "patch")).collect(),
                members: members(decoder, table),
                lock: lock_file(decoder, table),
            })
        })
    }
}

fn imports(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<Import> {
    let mut found = Vec::new();
    let mut read = |decoder: &mut Decoder<'_>, imports: Fields<'_>| {
        for entry in imports.entries() {
            let line = decoder.line(&entry.span);
            // What an import map maps to null is none.
            if let Some(text) = entry.value.text() {
                found.push(Import { key: entry.key.to_string(), text: text.to_owned(), line });
            }
        }
    };
    if let Some(imports) = decoder.table_at(table, "imports") {
        read(decoder, imports);
    }
    for scope in decoder.table_at(table, "scopes").iter().flat_map(|scopes| scopes.entries()) {
        if let Some(imports) = decoder.table(&scope.value, &scope.key) {
            read(decoder, imports);
        }
    }
    found
}

fn texts(decoder: &mut Decoder<'_>, table: Fields<'_>, key: &str) -> Vec<Import> {
    let items = decoder.list_at(table, key).iter();
    let text = items.filter_map(|item| {
        let line = decoder.line(&item.span);
        Some(Import { key: String::new(), text: decoder.any_text(item, key)?.to_owned(), line })
    });
    text.collect()
}

/// A list of patterns, or an object that holds them under `members`.
fn members(decoder: &mut Decoder<'_>, table: Fields<'_>) -> Vec<String> {
    let is_object = table.get("workspace").is_some_and(|node| node.text().is_none() && node.entry("members").is_some());
    let members = if is_object {
        let workspace = decoder.table_at(table, "workspace");
        workspace.map(|workspace| texts(decoder, workspace, "members")).unwrap_or_default()
    } else {
        texts(decoder, table, "workspace")
    };
    members.into_iter().map(|member| member.text).collect()
}

/// `false`, a path, or an object that holds it under `path`.
fn lock_file(decoder: &mut Decoder<'_>, table: Fields<'_>) -> LockFile {
    let Some(node) = table.get("lock") else { return LockFile::Usual };
    match (node.boolean(), node.text()) {
        (Some(false), _) => LockFile::Off,
        (Some(true), _) => LockFile::Usual,
        (None, Some(path)) => LockFile::At(path.to_owned()),
        (None, None) => {
            let path = decoder.table(node, "lock").and_then(|lock| decoder.text_at(lock, "path"));
            path.map_or(LockFile::Usual, |path| LockFile::At(path.to_owned()))
        }
    }
}

/// The workspace that has the asked manifest for a member.
struct Above {
    /// Its manifest, relative to the root.
    path: PathBuf,
    config: Config,
    /// The manifests of all of its members.
    members: Vec<(PathBuf, Config)>,
}

/// Whether a text may import something by its name in an import map; a name with a slash at its end stands for what begins with it.
fn uses(text: &str, key: &str) -> bool {
    ['"', '\'', '`'].iter().any(|quote| {
        let begun = format!("{quote}{key}");
        let mut behind = text.split(begun.as_str()).skip(1);
        behind.any(|rest| key.ends_with('/') || rest.starts_with([*quote, '/']))
    })
}

struct Reader<'a> {
    world: &'a World,
    unproven: Vec<String>,
    /// The names of the members, each with its version.
    names: HashMap<String, Option<String>>,
}

impl Reader<'_> {
    fn members(&mut self, folder: &Path, config: &Config) -> Result<Vec<(PathBuf, Config)>, Vec<Problem>> {
        let patterns = Patterns::new(config.members.iter());
        self.unproven.extend(patterns.refused.iter().cloned());
        let package = ["package.json"];
        let found = patterns.find(self.world, folder, &NAMES.iter().chain(&package).copied().collect::<Vec<_>>());
        let folders = found.unwrap_or_else(|why| {
            self.unproven.push(why);
            Default::default()
        });
        let mut members = Vec::new();
        for folder in folders {
            let paths = NAMES.iter().map(|name| folder.join(name));
            let Some(path) = paths.into_iter().find(|path| self.world.has(path)) else {
                let package = folder.join("package.json").display().to_string();
                self.unproven.push(format!("{package} is a member that was not read; name it under `manifests:`"));
                continue;
            };
            if let Some(config) = self.file(&path)? {
                members.push((path, config));
            }
        }
        Ok(members)
    }

    /// The lock file that counts: where it is not named, that of the folder, or of the workspace that has it for a member.
    fn lock(&self, folder: &Path, config: &Config, above: Option<&Above>) -> Lock {
        match &config.lock {
            LockFile::Off => Lock::Not(loose("the manifest wants no lock file")),
            LockFile::At(path) => Lock::at(self.world, within_on_any_system(folder, path)),
            LockFile::Usual => {
                let is_own = self.world.is_there(&folder.join(lock::FILE));
                let top = above.filter(|_| !is_own).and_then(|above| above.path.parent()).unwrap_or(folder);
                Lock::at(self.world, Some(top.join(lock::FILE)))
            }
        }
    }

    /// The workspace above that has a folder for a member.
    fn workspace_around(&mut self, folder: &Path) -> Result<Option<Above>, Vec<Problem>> {
        for above in folder.ancestors().skip(1) {
            let mut paths = NAMES.iter().map(|name| above.join(name));
            let Some(path) = paths.find(|path| self.world.has(path)) else { continue };
            let Some(config) = self.file(&path)? else { continue };
            if config.members.is_empty() {
                continue;
            }
            let members = Patterns::new(config.members.iter()).find(self.world, above, &NAMES);
            if !members.is_ok_and(|members| members.iter().any(|member| member == folder)) {
                return Ok(None);
            }
            // What the other members lack is told where the workspace is asked.
            let told = self.unproven.len();
            let members = self.members(above, &config)?;
            self.unproven.truncate(told);
            return Ok(Some(Above { path, config, members }));
        }
        Ok(None)
    }

    /// What the workspace above imports for all of its members, as far as this one's code may use it.
    fn inherited(&mut self, folder: &Path, above: &Above, lock: &Lock) -> Result<Vec<Dependency>, Vec<Problem>> {
        let code = self.code(folder);
        let is_used =
            |import: &&Import| code.as_ref().is_none_or(|code| code.iter().any(|text| uses(text, &import.key)));
        let Above { path, config, .. } = above;
        let imports = config.imports.iter().filter(is_used);
        let mut found: Vec<_> = imports.filter_map(|import| self.import(path, import, lock)).collect();
        let map = config.import_map.as_ref().and_then(|map| within_on_any_system(path.parent()?, map));
        if let Some(map) = map {
            let more = self.file(&map)?.map(|more| more.imports).unwrap_or_default();
            found.extend(more.iter().filter(is_used).filter_map(|import| self.import(&map, import, lock)));
        }
        Ok(found)
    }

    /// The texts of a folder's code; `None` where one cannot be read, which may use anything.
    fn code(&self, folder: &Path) -> Option<Vec<String>> {
        let is_code = |path: &str| {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            CODE.contains(&ending) && Path::new(path).starts_with(folder)
        };
        let paths = self.world.paths(&is_code).ok()?;
        paths.iter().map(|path| Some(self.world.drafted(path, SIZE_LIMIT).ok()?.content)).collect()
    }

    /// A manifest, or an import map, which has the same keys.
    fn file(&mut self, path: &Path) -> Result<Option<Config>, Vec<Problem>> {
        let shown = path.display().to_string();
        match self.world.drafted(path, SIZE_LIMIT) {
            Ok(text) => {
                self.unproven.extend(text.note(&shown));
                Config::read(path, &text.content).map(Some)
            }
            Err(error) => {
                self.unproven.push(error.about(&shown));
                Ok(None)
            }
        }
    }

    fn dependencies(&mut self, path: &Path, config: &Config, lock: &Lock) -> Result<Vec<Dependency>, Vec<Problem>> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut found: Vec<_> = config.imports.iter().filter_map(|import| self.import(path, import, lock)).collect();
        found.extend(config.links.iter().map(|link| {
            let pin = self.local(folder, &link.text);
            row(path, link, "links", (pin.clone(), pin))
        }));
        if let Some(map) = &config.import_map {
            match within_on_any_system(folder, map) {
                Some(map) => {
                    let more = self.file(&map)?.map(|more| more.imports).unwrap_or_default();
                    found.extend(more.iter().filter_map(|import| self.import(&map, import, lock)));
                }
                None => self.unproven.push(format!("{}: the import map {map} was not read", path.display())),
            }
        }
        Ok(found)
    }

    /// What an import asks for, where it is no file of the project.
    fn import(&self, path: &Path, import: &Import, lock: &Lock) -> Option<Dependency> {
        let specifier = Specifier::parse(&import.text)?;
        let (name, exact) = match &specifier {
            Specifier::Package { registry: Registry::Jsr, name, range } if self.is_member(name, range) => {
                return Some(row(path, import, name, (Pin::Pinned, Pin::Pinned)));
            }
            Specifier::Package { name, range, .. } if is_exact(range) => (name.as_str(), Pin::Pinned),
            Specifier::Package { name, .. } => (name.as_str(), loose("it is not an exact version")),
            Specifier::Address(address) => (address.as_str(), loose("what an address serves can change")),
            Specifier::File => (import.text.as_str(), loose("it is outside the repository")),
        };
        Some(row(path, import, name, (exact, lock.pin(&specifier))))
    }

    /// Whether Deno takes a member of the workspace: one in another version than is asked for comes from the registry.
    fn is_member(&self, name: &str, range: &str) -> bool {
        let version = self.names.get(name).map(Option::as_deref);
        version.is_some_and(|version| version.is_none_or(|version| meets(version, range)))
    }

    fn local(&self, folder: &Path, path: &str) -> Pin {
        let Some(target) = within_on_any_system(folder, path) else { return loose("it is outside the repository") };
        if NAMES.iter().chain(&["package.json"]).any(|name| self.world.has(&target.join(name))) {
            return Pin::Pinned;
        }
        Pin::Loose(Refused::Missing.about(&target.display().to_string()))
    }
}

fn row(path: &Path, import: &Import, name: &str, (exact, lock): (Pin, Pin)) -> Dependency {
    Dependency {
        name: name.to_owned(),
        requirement: if import.text == name { String::new() } else { import.text.clone() },
        scope: Scope::Runtime,
        path: path.display().to_string(),
        line: Some(import.line),
        exact,
        lock,
    }
}

fn loose(why: &str) -> Pin {
    Pin::Loose(why.to_owned())
}
