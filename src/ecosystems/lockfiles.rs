//! What a lock file of any kind lists, whoever asks.

use std::collections::HashMap;
use std::path::Path;

use super::Pin;
use crate::world::{Refused, World};

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The package's name.
    pub(crate) name: String,
    /// Its version as written.
    pub(crate) version: String,
    /// Its line, from 1, where it is known.
    pub(crate) line: Option<usize>,
}

/// The largest lock file that is read, in bytes.
const SIZE_LIMIT: u64 = 64 << 20;

/// The text of a lock file of the release, by its path relative to the root.
///
/// # Errors
/// The pin that every dependency has then: none, where the release has no such file; unproven, where it cannot be read.
pub(crate) fn text(world: &World, path: &Path) -> Result<String, Pin> {
    let shown = path.display().to_string();
    match world.released(path, SIZE_LIMIT) {
        Ok(text) => Ok(text.content),
        Err(error @ (Refused::Missing | Refused::Untracked(_))) => Err(Pin::Loose(error.about(&shown))),
        Err(error) => Err(Pin::Unproven(error.about(&shown))),
    }
}

/// A lock file of the release, read by `parse`, whose error is why the text is none.
///
/// # Errors
/// As [`text`].
pub(crate) fn parsed<L>(world: &World, path: &Path, parse: impl FnOnce(&str) -> Result<L, String>) -> Result<L, Pin> {
    let unread = |why| Pin::Unproven(format!("{} could not be read: {why}", path.display()));
    text(world, path).and_then(|text| parse(&text).map_err(unread))
}

/// The lines, from 1, that are a header like `[[package]]`, when there are as many as were read.
pub(crate) fn headers(text: &str, header: &str, count: usize) -> Vec<Option<usize>> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.trim_end() == header);
    let lines: Vec<_> = lines.map(|(index, _)| Some(index + 1)).collect();
    if lines.len() == count { lines } else { vec![None; count] }
}

/// The line of a package's version in TOML, where it stands below its name, as the tools write it.
pub(crate) fn version_line(text: &str, name: &str, version: &str) -> Option<usize> {
    let name = format!("name = \"{name}\"");
    let version = format!("\"{version}\"");
    let mut lines = text.lines().enumerate();
    while lines.any(|(_, line)| line == name) {
        // The name may stand on the next line again.
        if let Some((index, _)) = lines.clone().next().filter(|(_, next)| next.contains(&version)) {
            return Some(index + 1);
        }
    }
    None
}

/// The first line of each key of a JSON or YAML text with one key a line.
pub(crate) struct KeyLines<'t>(HashMap<&'t str, usize>);

impl<'t> KeyLines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let mut lines = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            if let Some(key) = key(line.trim()) {
                lines.entry(key).or_insert(index + 1);
            }
        }
        Self(lines)
    }

    pub(crate) fn line(&self, key: &str) -> Option<usize> {
        self.0.get(key).copied()
    }
}

fn key(line: &str) -> Option<&str> {
    match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote).map(|(key, _)| key),
        _ => {
            let key = line.strip_suffix(':').or_else(|| line.split_once(": ").map(|(key, _)| key))?;
            // Yarn 1 lists requirements behind commas.
            Some(key.split(", ").next().unwrap_or(key))
        }
    }
}
