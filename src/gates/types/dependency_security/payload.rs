//! What `evaluate` is given: packages to be looked up, or what an auditor found.

use serde_json::{Map, Value};

use crate::evidence::advisories::{Ecosystem, Package};
use crate::evidence::audit;
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::structured::json::{kind, kind_of_payload};

/// The place of packages that stand in no lock file.
pub(super) const PLACE: &str = "payload";

/// A payload that was understood.
#[derive(Debug, PartialEq)]
pub(super) enum Payload {
    /// They are looked up.
    Packages(Vec<Package>),
    /// The report of an auditor, or this gate's own metrics: read as if a command had printed it.
    Report(Metrics),
}

/// Reads a payload.
///
/// # Errors
/// What in it is not understood. Nothing else is looked at in its place.
pub(super) fn read(payload: &Value) -> Result<Payload, String> {
    match payload {
        Value::String(text) => lines(text).map(Payload::Packages),
        Value::Array(items) => all(items, None).map(Payload::Packages),
        Value::Object(given) if given.contains_key("package") || given.contains_key("packages") => named(given),
        Value::Object(report)
            if report.contains_key("cve_count") || audit::read(std::slice::from_ref(payload), None).is_some() =>
        {
            Ok(Payload::Report(report.clone()))
        }
        Value::Object(_) => Err(format!("it has none of the shapes that are known: {SHAPES}")),
        other => Err(format!("it is {}: {SHAPES}", kind_of_payload(other))),
    }
}

const SHAPES: &str = "`package`, `packages`, a list of packages, or what an auditor printed";

/// `{"package": …}` or `{"packages": […]}`, with the `ecosystem` of them all.
fn named(given: &Map<String, Value>) -> Result<Payload, String> {
    if let Some(other) = given.keys().find(|key| !["package", "packages", "ecosystem"].contains(&key.as_str())) {
        return Err(format!("`{}` is not known beside packages", visible_up_to(other, 40)));
    }
    let ecosystem = given.get("ecosystem").map(ecosystem).transpose()?;
    match (given.get("package"), given.get("packages")) {
        (Some(one), None) => Ok(Payload::Packages(vec![package(one, ecosystem)?])),
        (None, Some(Value::Array(items))) => all(items, ecosystem).map(Payload::Packages),
        (None, Some(other)) => Err(format!("`packages` must be a list; this is {}", kind(other))),
        _ => Err("`package` and `packages` exclude each other".to_owned()),
    }
}

fn ecosystem(value: &Value) -> Result<Ecosystem, String> {
    let text = value.as_str().unwrap_or_default();
    let found = Ecosystem::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("`ecosystem` must be one of {}", Ecosystem::ALL.map(Ecosystem::name).join(", ")))
}

/// A package a line, as a requirements file has them.
fn lines(text: &str) -> Result<Vec<Package>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| written(line, None)).collect()
}

fn all(items: &[Value], ecosystem: Option<Ecosystem>) -> Result<Vec<Package>, String> {
    items.iter().map(|item| package(item, ecosystem)).collect()
}

fn package(item: &Value, common: Option<Ecosystem>) -> Result<Package, String> {
    match item {
        Value::String(text) => written(text.trim(), common),
        Value::Object(entry) => {
            if let Some(other) = entry.keys().find(|key| !["name", "version", "ecosystem"].contains(&key.as_str())) {
                return Err(format!("`{}` is not known in a package", visible_up_to(other, 40)));
            }
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let own = entry.get("ecosystem").map(ecosystem).transpose()?.or(common);
            let own = own.ok_or("a package with `name` and `version` needs its `ecosystem`")?;
            of(own, text("name"), text("version"))
        }
        other => Err(format!("a package must be a text or a mapping; this is {}", kind(other))),
    }
}

/// `name==version` of Python; with an ecosystem also `name@version`; a package URL says its own.
fn written(text: &str, ecosystem: Option<Ecosystem>) -> Result<Package, String> {
    if let Some(url) = text.strip_prefix("pkg:") {
        return package_url(url).ok_or_else(|| unclear(text))?;
    }
    match (text.split_once("=="), ecosystem) {
        (Some((name, version)), None | Some(Ecosystem::PyPi)) => {
            let name = name.split_once('[').map_or(name, |(name, _extras)| name);
            of(Ecosystem::PyPi, name.trim_end(), version.trim_start())
        }
        (_, Some(ecosystem)) => {
            let (name, version) = text.rsplit_once('@').ok_or_else(|| unclear(text))?;
            of(ecosystem, name, version)
        }
        _ => Err(unclear(text)),
    }
}

/// `type/namespace/name@version`, with nothing behind.
fn package_url(url: &str) -> Option<Result<Package, String>> {
    let (kind, rest) = url.split_once('/')?;
    let (name, version) = rest.rsplit_once('@')?;
    let ecosystem = Ecosystem::ALL.into_iter().find(|one| one.package_url_type() == kind)?;
    Some(of(ecosystem, &name.replace("%40", "@"), version))
}

fn of(ecosystem: Ecosystem, name: &str, version: &str) -> Result<Package, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-/@".contains(c);
    let is_version = |c: char| c.is_ascii_alphanumeric() || "._-+!~".contains(c);
    let sound = |text: &str, is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    if !sound(name, is_name) || !sound(version, is_version) {
        return Err(unclear(&format!("{name} {version}")));
    }
    let (name, version) = (name.to_owned(), version.to_owned());
    Ok(Package { ecosystem, name, version, path: PLACE.to_owned(), line: None })
}

fn unclear(text: &str) -> String {
    format!("`{}` is not one version of one package, such as `requests==2.28.0`", visible_up_to(text, 80))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn packages_are_read_in_every_form() {
        let cases = [
            (json!({"package": "requests==2.28.0"}), "PyPI requests 2.28.0"),
            (json!({"packages": ["Flask[async] == 0.5"]}), "PyPI Flask 0.5"),
            (json!(["requests==2.28.0", "pkg:npm/%40a/b@1.0.0"]), "PyPI requests 2.28.0, npm @a/b 1.0.0"),
            (json!("# pinned\nidna==3.7\n\n"), "PyPI idna 3.7"),
            (json!({"package": "@a/b@1.0.0", "ecosystem": "npm"}), "npm @a/b 1.0.0"),
            (json!([{"name": "serde", "version": "1.0.0", "ecosystem": "crates.io"}]), "crates.io serde 1.0.0"),
            (json!({"packages": []}), ""),
        ];
        for (payload, expected) in cases {
            let Ok(Payload::Packages(packages)) = read(&payload) else { panic!("{payload}") };
            let shown =
                |package: &Package| format!("{} {} {}", package.ecosystem.name(), package.name, package.version);
            assert_eq!(packages.iter().map(shown).collect::<Vec<_>>().join(", "), expected);
        }
    }

    #[test]
    fn what_an_auditor_printed_is_a_report() {
        for report in [json!({"cve_count": 1}), json!({"dependencies": []})] {
            assert_eq!(read(&report), Ok(Payload::Report(report.as_object().expect("an object").clone())));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for payload in [
            json!({}),
            json!(null),
            json!(1),
            json!({"pakage": "requests==2.28.0"}),
            json!({"package": "requests>=2"}),
            json!({"package": "requests"}),
            json!({"package": "requests==2.*"}),
            json!({"package": "requests==2.28.0", "packages": []}),
            json!({"package": "requests==2.28.0", "ecosytem": "npm"}),
            json!({"package": "requests==2.28.0", "ecosystem": "npm"}),
            json!({"packages": "requests==2.28.0"}),
            json!({"package": "a@1", "ecosystem": "Debian"}),
            json!([{"name": "serde", "version": "1.0.0"}]),
            json!([{"name": "serde", "ecosystem": "npm"}]),
            json!([["requests==2.28.0"]]),
            json!("requests==2.28.0; python_version < '3'"),
            json!("pkg:deb/x@1"),
        ] {
            assert!(read(&payload).is_err(), "{payload}");
        }
    }
}
