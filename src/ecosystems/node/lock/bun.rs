//! bun.lock: JSON with trailing commas (and, as Bun reads it, comments). <https://bun.com/docs/pm/lockfile>

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::tables::Tables;
use super::unique::Unique;
use super::{Entry, Lock, Origin, Recorded, Resolved, Wanted, is_hash};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: u64,
    #[serde(default)]
    workspaces: Unique<Importer>,
    #[serde(default)]
    packages: Unique<Vec<Value>>,
}

#[derive(Deserialize)]
struct Importer {
    name: Option<String>,
    #[serde(flatten)]
    tables: Tables,
}

struct Bun {
    importers: HashMap<String, Importer>,
    packages: HashMap<String, Vec<Value>>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    let file: File =
        serde_json::from_slice(&plain_json(text)).map_err(|error| format!("it is not a valid lock file: {error}"))?;
    if file.lockfile_version > 2 {
        return Err(format!("lockfileVersion {} is not known", file.lockfile_version));
    }
    Ok(Box::new(Bun { importers: file.workspaces.0, packages: file.packages.0 }))
}

impl Lock for Bun {
    fn all(&self) -> Vec<(String, Resolved)> {
        self.packages.iter().filter_map(|(key, package)| Some((key.clone(), resolved(package)?))).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        let Some(importer) = self.importers.get(wanted.importer) else {
            return Entry { recorded: Recorded::NoManifest, resolved: None };
        };
        let recorded = importer.tables.requirements(wanted.name);
        // A copy that only this member sees stands below its name.
        let member = importer.name.as_deref().or(wanted.importer_name).unwrap_or_default();
        let own = self.packages.get(&format!("{member}/{}", wanted.name)).filter(|_| !wanted.importer.is_empty());
        let package = own.or_else(|| self.packages.get(wanted.name));
        Entry { recorded: Recorded::Kept(recorded), resolved: package.and_then(|package| resolved(package)) }
    }
}

/// `["name@version", registry, facts, integrity]`; other origins have other fields after the first.
fn resolved(package: &[Value]) -> Option<Resolved> {
    let identity = package.first()?.as_str()?;
    let at = identity.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    let (name, reference) = (&identity[..at], &identity[at + 1..]);
    let origin = match reference.strip_prefix("workspace:").or_else(|| reference.strip_prefix("root:")) {
        Some(path) => Origin::Local(path.to_owned()),
        None => Origin::of(reference),
    };
    Some(Resolved {
        package: Some(name.to_owned()),
        version: reference.to_owned(),
        origin,
        hashed: package.len() > 1 && is_hash(package.last().and_then(Value::as_str)),
    })
}

/// The same text with blanks for comments and for commas before a closing bracket.
fn plain_json(text: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut comma: Option<usize> = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (piece, blank) = piece(rest, first);
        match first {
            _ if blank => {}
            ']' | '}' => {
                if let Some(at) = comma.take() {
                    plain[at] = b' ';
                }
            }
            ',' => comma = Some(plain.len()),
            first if !first.is_whitespace() => comma = None,
            _ => {}
        }
        plain.extend_from_slice(if blank { b" " } else { piece.as_bytes() });
        rest = &rest[piece.len()..];
    }
    plain
}

/// The string, comment or character that a text begins with, and whether it is a comment.
fn piece(text: &str, first: char) -> (&str, bool) {
    if first == '"' {
        return (&text[..string_end(text)], false);
    }
    if text.starts_with("//") {
        return (&text[..text.find('\n').unwrap_or(text.len())], true);
    }
    match text.strip_prefix("/*").and_then(|inside| inside.find("*/")) {
        Some(end) => (&text[..end + 4], true),
        None => (&text[..first.len_utf8()], false),
    }
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let closes = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_blanks() {
        let cases = [
            ("{\"a\": [1, 2,],}", "{\"a\": [1, 2 ] }"),
            ("{\"a\": \",]\",\n}", "{\"a\": \",]\" \n}"),
            ("[\"\\\"\", // x,]\n]", "[\"\\\"\"   \n]"),
            ("[1, /* ] */ 2]", "[1,   2]"),
            ("[1,,]", "[1, ]"),
            ("[1 / 2]", "[1 / 2]"),
            ("\"open", "\"open"),
            ("/* open", "/* open"),
        ];
        for (text, expected) in cases {
            assert_eq!(String::from_utf8(plain_json(text)).as_deref(), Ok(expected), "{text}");
        }
    }
}
