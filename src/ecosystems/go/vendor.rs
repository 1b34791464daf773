//! vendor/modules.txt: what Go builds from instead of other places, where it fits go.mod. <https://go.dev/ref/mod#vendoring>

use std::collections::HashMap;
use std::path::Path;

use super::module::{GoMod, Replacement};
use crate::ecosystems::{Fault, Pin, lockfiles};
use crate::world::World;

/// The file, seen from the folder of go.mod.
const FILE: &str = "vendor/modules.txt";

/// What Go builds from, seen from the folder of go.mod.
const FOLDER: &str = "vendor";

/// The first version of Go that builds from the folder when it is there.
const SINCE: u32 = 14;

/// What the folder `vendor` says to a go.mod.
pub(super) enum Vendor {
    /// Go does not look there.
    None,
    /// The folder has every module that is required.
    Whole,
    /// It was made for another go.mod, and Go refuses it.
    Stale(Fault),
    /// Nobody can tell, and why.
    Unproven(String),
}

impl Vendor {
    /// Reads what the release has beside a go.mod.
    pub(super) fn beside(world: &World, module: &GoMod, dir: &Path) -> Self {
        let path = dir.join(FILE);
        if !module.is_since(SINCE) {
            return Self::None;
        }
        let text = match lockfiles::text(world, &path) {
            Ok(text) => text,
            Err(Pin::Unproven(why)) => return Self::Unproven(why),
            Err(_) => return Self::None,
        };
        let shown = path.display().to_string();
        match contradiction(module, &text) {
            None if packages(&text).all(|package| is_there(world, &dir.join(FOLDER).join(package))) => Self::Whole,
            None => Self::Unproven(format!("{shown} names packages that the release does not have in {FOLDER}")),
            Some((line, what)) => {
                let what = format!("{shown} is out of date: {what}; `go mod vendor` writes it anew");
                Self::Stale(Fault { path: shown, line, what })
            }
        }
    }
}

/// A module of modules.txt.
struct Entry<'t> {
    line: usize,
    /// What stands behind the arrow.
    replaced: Option<&'t str>,
    /// Whether go.mod requires it.
    explicit: bool,
}

/// What the two files say differently, as Go compares them.
fn contradiction(module: &GoMod, text: &str) -> Option<(Option<usize>, String)> {
    let mut entries = entries(text);
    for required in &module.required {
        let (path, version) = (required.path.as_str(), required.version.as_str());
        let Some(entry) = entries.remove(&(path, version)).filter(|entry| entry.explicit) else {
            return Some((None, format!("it does not have {path} {version}")));
        };
        let wanted = module.replaced.of(path, version).map(|replacement| match replacement {
            Replacement::Folder(folder) => folder.clone(),
            Replacement::Module { path, version } => format!("{path} {version}"),
        });
        if entry.replaced != wanted.as_deref() {
            return Some((Some(entry.line), format!("it has another replacement of {path}")));
        }
    }
    let mut more: Vec<_> = entries.into_iter().filter(|(_, entry)| entry.explicit).collect();
    more.sort_by_key(|(_, entry)| entry.line);
    let ((path, version), entry) = more.into_iter().next()?;
    Some((Some(entry.line), format!("go.mod does not require {path} {version}")))
}

/// The packages that the folder is said to have.
fn packages(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_there(world: &World, folder: &Path) -> bool {
    world.listed(folder).is_ok_and(|files| files.iter().any(|(name, _)| name.ends_with(".go")))
}

fn entries(text: &str) -> HashMap<(&str, &str), Entry<'_>> {
    let mut entries = HashMap::new();
    let mut last = None;
    for (line, number) in text.lines().zip(1..) {
        if let Some(marks) = line.strip_prefix("## ") {
            let explicit = marks.split(';').any(|mark| mark.trim() == "explicit");
            if let Some(entry) = last.and_then(|key| entries.get_mut(&key)).filter(|_| explicit) {
                let entry: &mut Entry<'_> = entry;
                entry.explicit = true;
            }
        } else if let Some(module) = line.strip_prefix("# ") {
            let (module, replaced) = module.split_once(" => ").map_or((module, None), |(one, new)| (one, Some(new)));
            // Without a version it only tells of a replacement.
            last = module.split_once(' ');
            entries.extend(last.map(|key| (key, Entry { line: number, replaced, explicit: false })));
        }
    }
    entries
}
