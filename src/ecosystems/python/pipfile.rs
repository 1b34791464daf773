//! Pipenv's Pipfile.

use std::path::Path;

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::declared::{At, Declared, Wants, finish, loose, normalized};
use super::locks::Locks;
use super::places::folder;
use super::poetry::from_git;
use super::requirement::parse_specifiers;
use super::requirements_txt::local;
use crate::ecosystems::{Fault, Manifest, Scope};
use crate::model::problem::Problem;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Meaning, Node, Value};
use crate::world::World;

/// The tables that list no packages.
const SETTINGS: [&str; 5] = ["source", "requires", "scripts", "pipfile", "pipenv"];

/// The keys of a package that say where it is wanted.
const MARKERS: [&str; 5] = ["markers", "sys_platform", "os_name", "python_version", "platform_system"];

/// Reads a manifest.
///
/// # Errors
/// A syntax error, or every value that is not of its type.
pub(crate) fn load(world: &World, path: &Path, text: &str) -> Result<Manifest, Vec<Problem>> {
    let shown = path.display().to_string();
    Decoder::toml(&shown, text, |decoder, node| {
        let table = decoder.table(node, "Pipfile")?;
        let mut declared = Vec::new();
        for entry in table.entries().iter().filter(|entry| !SETTINGS.contains(&entry.key.as_ref())) {
            let packages = decoder.table(&entry.value, &entry.key)?;
            declared.extend(category(decoder, &entry.key, packages, folder(path)));
        }
        let (locks, mut unproven) = (Locks::beside(world, path), Vec::new());
        let dependencies = finish(world, &locks, declared, &mut unproven);
        let faults = stale(&locks, table).into_iter().collect();
        Some(Manifest { dependencies, faults, unproven, ..Manifest::default() })
    })
}

/// One category of packages.
fn category(decoder: &mut Decoder<'_>, name: &str, packages: Fields<'_>, folder: &Path) -> Vec<Declared> {
    let scope = match name {
        "packages" => Scope::Runtime,
        "dev-packages" => Scope::Dev,
        _ => Scope::Optional,
    };
    let mut all = Vec::new();
    for entry in packages.entries() {
        let (path, line) = (decoder.path().to_owned(), Some(decoder.line(&entry.span)));
        let at = At { scope, group: name.to_owned(), path, line };
        all.extend(package(decoder, &entry.key, &entry.value, at, folder));
    }
    all
}

fn package(decoder: &mut Decoder<'_>, name: &str, value: &Node<'_>, at: At, folder: &Path) -> Option<Declared> {
    if let Some(text) = value.text() {
        return Some(version(name, text, at));
    }
    let Value::Mapping(_) = &value.value else { return decoder.wrong(value, name, "a string or a table") };
    let table = decoder.table(value, name)?;
    let [git, reference, path, file, text] =
        ["git", "ref", "path", "file", "version"].map(|key| decoder.text_at(table, key));
    let declared = match (git, path, file) {
        (Some(git), _, _) => from_git(name, git, reference, "ref", at),
        (None, None, Some(url)) if url.contains("://") => Declared::direct(name, url, at),
        (None, Some(path), _) | (None, None, Some(path)) => {
            Declared { name: name.to_owned(), ..local(path, folder, at) }
        }
        (None, None, None) => version(name, text.unwrap_or_default(), at),
    };
    let marker = MARKERS.iter().filter_map(|key| Some(format!("{key} {}", decoder.text_at(table, key)?)));
    let marker = marker.collect::<Vec<_>>().join(" ; ");
    Some(Declared { marker: Some(marker).filter(|marker| !marker.is_empty()), ..declared })
}

fn version(name: &str, text: &str, at: At) -> Declared {
    let all = if matches!(text.trim(), "*" | "") { Some(Vec::new()) } else { parse_specifiers(text) };
    match all {
        Some(all) => Declared::new(name, text, Wants::Versions(vec![all]), at),
        None => {
            let exact = loose("it is not a valid version specifier");
            Declared { exact, ..Declared::new(name, text, Wants::Nothing, at) }
        }
    }
}

/// Where the lock file was made for another Pipfile.
fn stale(locks: &Locks, table: Fields<'_>) -> Option<Fault> {
    let (path, made_for) = locks.pipfile()?;
    let digests = [digest(table, str::to_owned)?, digest(table, canonical)?];
    let what = format!("{path} is out of date: it was made for another Pipfile (pipenv lock)");
    (!digests.contains(&made_for)).then_some(Fault { path, line: None, what })
}

/// The name under which newer versions of Pipenv put a package into the digest.
fn canonical(name: &str) -> String {
    normalized(name)
}

/// SHA-256 of what Pipenv makes of a Pipfile: JSON with sorted keys, and without spaces. Nothing where a value is none that
/// JSON has one spelling for, or where Pipenv adds an index of its own.
fn digest(table: Fields<'_>, name: fn(&str) -> String) -> Option<String> {
    let mut meta = Map::new();
    meta.insert("requires".to_owned(), table.get("requires").map_or(Some(Map::new().into()), json)?);
    meta.insert("sources".to_owned(), json(table.get("source")?)?);
    let mut all = Map::new();
    all.insert("_meta".to_owned(), meta.into());
    let packages = |node: Option<&Node<'_>>| -> Option<Json> {
        let Some(node) = node else { return Some(Map::new().into()) };
        let Json::Object(packages) = json(node)? else { return None };
        Some(Map::from_iter(packages.into_iter().map(|(key, value)| (name(&key), value))).into())
    };
    all.insert("default".to_owned(), packages(table.get("packages"))?);
    all.insert("develop".to_owned(), packages(table.get("dev-packages"))?);
    let known =
        |key: &str| SETTINGS.contains(&key) || ["packages", "dev-packages", "default", "develop"].contains(&key);
    for entry in table.entries().iter().filter(|entry| !known(&entry.key)) {
        all.insert(entry.key.to_string(), packages(Some(&entry.value))?);
    }
    let mut all = Json::Object(all);
    all.sort_all_objects();
    let text = ascii(&all.to_string());
    Some(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn json(node: &Node<'_>) -> Option<Json> {
    Some(match &node.value {
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|entry| Some((entry.key.to_string(), json(&entry.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Scalar { text, meaning: Meaning::Text } => text.as_ref().into(),
        Value::Scalar { meaning: Meaning::Boolean(value), .. } => (*value).into(),
        Value::Scalar { .. } => return None,
    })
}

/// The same JSON in ASCII, as Python writes it.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\x7f'.. => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
            c => text.push(c),
        }
    }
    text
}
