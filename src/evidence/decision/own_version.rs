//! What every release changes and nobody decides on: the project's own version in manifests and lock files, and in
//! release.yaml the version and the claims. A file that differs in more than that counts.

use serde_json::{Map, Value};

use crate::model::names::RELEASE_FILE;
use crate::structured::{json, yaml};

/// What a file differs in, for people, where that is nothing to decide on.
#[must_use]
pub(super) fn only(name: &str, old: &[u8], new: &[u8]) -> Option<&'static str> {
    let what = if name == RELEASE_FILE { "the version and the claims" } else { "the project's own version" };
    let [old, new] = [parsed(name, old)?, parsed(name, new)?];
    (without_version(name, old)? == without_version(name, new)?).then_some(what)
}

/// The file as data; comments and layout are no part of it.
fn parsed(name: &str, bytes: &[u8]) -> Option<Map<String, Value>> {
    let text = str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let extension = name.rsplit('.').next()?;
    let value = match extension {
        "json" => json::parse(text.as_bytes()).ok()?,
        "yaml" => yaml::parse(name, text).ok()??.to_json().ok()?,
        "toml" | "lock" => serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok()?,
        _ => return None,
    };
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The data without the project's own version; `None` for a file of another kind.
fn without_version(name: &str, mut file: Map<String, Value>) -> Option<Map<String, Value>> {
    match name {
        RELEASE_FILE => ["version", "packages", "attestations"].iter().for_each(|key| drop(file.remove(*key))),
        "package.json" | "composer.json" | "pubspec.yaml" | "deno.json" => drop_version(&mut file, &[]),
        "pyproject.toml" => ["project", "tool/poetry"].iter().for_each(|table| drop_version(&mut file, &[table])),
        "pixi.toml" => drop_version(&mut file, &["project", "workspace", "package"]),
        "Cargo.toml" => {
            drop_version(&mut file, &["package", "workspace/package"]);
            file.values_mut().for_each(drop_of_members);
        }
        "package-lock.json" | "npm-shrinkwrap.json" => of_npm(&mut file),
        "Cargo.lock" => of_packages(&mut file, |package| !package.contains_key("source")),
        "uv.lock" => of_packages(&mut file, |package| {
            let source = package.get("source").and_then(Value::as_object);
            source.is_some_and(|source| source.contains_key("editable") || source.contains_key("virtual"))
        }),
        _ => return None,
    }
    Some(file)
}

/// Takes `version` out of tables (`a/b` is b in a), or of the file itself. What is no text is left: it says something else.
fn drop_version(file: &mut Map<String, Value>, tables: &[&str]) {
    if tables.is_empty() {
        drop_text(file);
    }
    for table in tables {
        let mut parts = table.split('/');
        let first = parts.next().and_then(|part| file.get_mut(part));
        let inner = parts.fold(first, |value, part| value.and_then(|value| value.get_mut(part)));
        if let Some(Value::Object(fields)) = inner {
            drop_text(fields);
        }
    }
}

fn drop_text(fields: &mut Map<String, Value>) {
    if fields.get("version").is_some_and(Value::is_string) {
        fields.remove("version");
    }
}

/// A dependency with a path is one of the project's own packages; its version goes along.
fn drop_of_members(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("path").is_some_and(Value::is_string) {
                drop_text(fields);
            }
            fields.values_mut().for_each(drop_of_members);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_of_members),
        _ => {}
    }
}

fn of_npm(file: &mut Map<String, Value>) {
    drop_text(file);
    let Some(Value::Object(packages)) = file.get_mut("packages") else { return };
    for (place, package) in packages {
        if let Value::Object(package) = package
            && !place.split('/').any(|part| part == "node_modules")
        {
            drop_text(package);
        }
    }
}

fn of_packages(file: &mut Map<String, Value>, is_own: impl Fn(&Map<String, Value>) -> bool) {
    let Some(Value::Array(packages)) = file.get_mut("package") else { return };
    for package in packages.iter_mut().filter_map(Value::as_object_mut) {
        if is_own(package) {
            drop_text(package);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_version_is_nothing_to_decide_on() {
        let cases = [
            ("release.yaml", "version: '1'\n", "version: '2'\nattestations: {a: {answer: true}}\n"),
            ("package.json", r#"{"version": "1", "a": 1}"#, r#"{"a": 1, "version": "2"}"#),
            ("Cargo.toml", "[package]\nversion = '1'\n", "[package]\nversion = '2'\n"),
            (
                "Cargo.toml",
                "[workspace.package]\nversion = '1'\n[dependencies]\na = {path = 'a', version = '1'}\n",
                "[workspace.package]\nversion = '2'\n[dependencies]\na = {path = 'a', version = '2'}\n",
            ),
            ("Cargo.lock", "[[package]]\nname = 'a'\nversion = '1'\n", "[[package]]\nname = 'a'\nversion = '2'\n"),
            ("pyproject.toml", "[tool.poetry]\nversion = '1'\n", "[tool.poetry]\nversion = '2'\n"),
            (
                "package-lock.json",
                r#"{"version": "1", "packages": {"": {"version": "1"}, "lib": {"version": "1"}}}"#,
                r#"{"version": "2", "packages": {"": {"version": "2"}, "lib": {"version": "2"}}}"#,
            ),
            (
                "uv.lock",
                "[[package]]\nname = 'a'\nversion = '1'\nsource = {editable = '.'}\n",
                "[[package]]\nname = 'a'\nversion = '2'\nsource = {editable = '.'}\n",
            ),
        ];
        for (name, old, new) in cases {
            assert!(only(name, old.as_bytes(), new.as_bytes()).is_some(), "{name}: {old}");
        }
    }

    #[test]
    fn anything_more_counts() {
        let cases = [
            ("release.yaml", "version: '1'\n", "version: '2'\nnot_applicable: {a: b}\n"),
            ("release.yaml", "version: '1'\n", "version: ["),
            ("package.json", r#"{"version": "1"}"#, r#"{"version": "2", "scripts": {}}"#),
            ("package.json", r#"{"version": "1"}"#, r#"{"version": ["2"]}"#),
            ("Cargo.toml", "[dependencies.a]\nversion = '1'\n", "[dependencies.a]\nversion = '2'\n"),
            ("Cargo.lock", "[[package]]\nversion = '1'\nsource = 'x'\n", "[[package]]\nversion = '2'\nsource = 'x'\n"),
            (
                "package-lock.json",
                r#"{"packages": {"node_modules/a": {"version": "1"}}}"#,
                r#"{"packages": {"node_modules/a": {"version": "2"}}}"#,
            ),
            ("uv.lock", "[[package]]\nversion = '1'\n", "[[package]]\nversion = '2'\n"),
            ("delivery-gate.yaml", "version: '1'\n", "version: '2'\n"),
            ("Dockerfile", "FROM a:1\n", "FROM a:2\n"),
        ];
        for (name, old, new) in cases {
            assert_eq!(only(name, old.as_bytes(), new.as_bytes()), None, "{name}: {old}");
        }
    }
}
