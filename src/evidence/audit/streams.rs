//! Auditors that print one JSON object after another.

use std::collections::BTreeMap;

use serde_json::Value;

use super::more::registry_advisory;
use super::{Audit, CARGO_DENY, Finding, LookedAt, Severity};
use crate::model::escape::visible_up_to;

/// Tells by the first object whose output it is, and reads all of it. `None` for a stream that nobody knows.
pub(super) fn read(documents: &[Value]) -> Option<Result<Audit, String>> {
    let first = documents.first()?;
    let kinds = || documents.iter().filter_map(|one| one.get("type")?.as_str());
    if first.get("config").is_some_and(|config| config.get("protocol_version").is_some()) {
        Some(govulncheck(documents))
    } else if kinds().any(|kind| matches!(kind, "auditSummary" | "auditAdvisory")) || is_refused(documents) {
        Some(yarn_classic(documents))
    } else if kinds().any(|kind| matches!(kind, "diagnostic" | "summary" | "log"))
        && documents.iter().all(|one| one.get("fields").is_some())
    {
        Some(cargo_deny(documents))
    } else if documents.iter().all(|one| one.get("value").is_some() && one.pointer("/children/Issue").is_some()) {
        Some(yarn(documents))
    } else {
        None
    }
}

/// Whether Yarn 1 says nothing but how it went on; what went wrong it says on standard error.
fn is_refused(documents: &[Value]) -> bool {
    let is_log = |one: &Value| {
        matches!(text(one, "/type"), Some("info" | "warning" | "error" | "step")) && one["data"].is_string()
    };
    documents.iter().all(is_log)
}

fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path)?.as_str()
}

/// `yarn audit --json` of Yarn 1: advisories, and a summary at its end.
fn yarn_classic(lines: &[Value]) -> Result<Audit, String> {
    if let Some(error) = lines.iter().find(|line| text(line, "/type") == Some("error")) {
        return Err(format!(
            "yarn audit could not ask: {}",
            visible_up_to(text(error, "/data").unwrap_or("an error"), 200)
        ));
    }
    let summary = lines.iter().rfind(|line| text(line, "/type") == Some("auditSummary"));
    let summary = summary.ok_or("yarn audit's summary is missing: it did not run to its end")?;
    let total = summary
        .pointer("/data/totalDependencies")
        .and_then(Value::as_u64)
        .ok_or("yarn audit's summary has no total")?;
    let advisories = lines.iter().filter(|line| text(line, "/type") == Some("auditAdvisory"));
    let found: Vec<Finding> =
        advisories.filter_map(|line| line.pointer("/data/advisory")).map(registry_advisory).collect();
    let counts = summary.pointer("/data/vulnerabilities").and_then(Value::as_object);
    let counted: u64 = counts.into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    if (counted == 0) != found.is_empty() {
        return Err("yarn audit's counts and its advisories differ".into());
    }
    Ok(Audit { looked_at: LookedAt::Packages(total), found, ..Audit::default() })
}

/// `yarn npm audit --json --recursive` of Yarn 4: a line for each advisory, and none where there is nothing. Notices that a
/// package is deprecated stand among them.
fn yarn(lines: &[Value]) -> Result<Audit, String> {
    let advisories =
        lines.iter().filter(|line| !text(line, "/children/ID").is_some_and(|id| id.ends_with("(deprecation)")));
    let found = advisories.map(|line| {
        let own = text(line, "/children/URL").and_then(|url| url.rsplit('/').next()).map(str::to_owned);
        let number = line.pointer("/children/ID").map(|id| format!("npm:{}", id.to_string().trim_matches('"')));
        Finding {
            ids: own.into_iter().chain(number).collect(),
            severity: Severity::of_word(text(line, "/children/Severity").unwrap_or("")),
        }
    });
    Ok(Audit { found: found.collect(), ..silent_yarn() })
}

/// What Yarn 4 says where it found nothing: nothing.
pub(super) fn silent_yarn() -> Audit {
    Audit { looked_at: LookedAt::LockOf("yarn"), ..Audit::default() }
}

/// `cargo deny --format json check`, on standard error: diagnostics, and a summary of the checks that ran.
fn cargo_deny(lines: &[Value]) -> Result<Audit, String> {
    let failed =
        lines.iter().find(|line| text(line, "/type") == Some("log") && text(line, "/fields/level") == Some("ERROR"));
    if let Some(line) = failed {
        return Err(format!(
            "cargo deny did not run to its end: {}",
            visible_up_to(text(line, "/fields/message").unwrap_or("an error"), 200)
        ));
    }
    let summary = lines.iter().rfind(|line| text(line, "/type") == Some("summary"));
    let checks = summary.and_then(|line| line.get("fields")?.as_object());
    let checks = checks.ok_or("cargo deny's summary is missing: it did not run to its end")?;
    if !checks.contains_key("advisories") {
        return Err("cargo deny did not check advisories: run `cargo deny --format json check advisories`".into());
    }
    let mut found = Vec::new();
    for line in lines.iter().filter(|line| text(line, "/type") == Some("diagnostic")) {
        if text(line, "/fields/severity") != Some("error") {
            continue;
        }
        let code = text(line, "/fields/code").unwrap_or("error");
        let id = text(line, "/fields/advisory/id").map_or_else(|| format!("{CARGO_DENY}{code}"), str::to_owned);
        let aliases = line.pointer("/fields/advisory/aliases").and_then(Value::as_array).into_iter().flatten();
        let severity = text(line, "/fields/advisory/cvss").map_or(Severity::Unknown, Severity::of_vector);
        let ids = std::iter::once(id).chain(aliases.filter_map(Value::as_str).map(str::to_owned)).collect();
        found.push(Finding { ids, severity });
    }
    let errors: u64 = checks.values().filter_map(|check| check.get("errors")?.as_u64()).sum();
    if (errors == 0) != found.is_empty() {
        return Err("cargo deny's counts and its diagnostics differ".into());
    }
    Ok(Audit { looked_at: LookedAt::LockOf("Cargo"), found, ..Audit::default() })
}

/// `govulncheck -format json`. As the tool itself, at the level of symbols it takes for a vulnerability what is called; what is
/// only required is named.
fn govulncheck(messages: &[Value]) -> Result<Audit, String> {
    let modules = messages.iter().filter_map(|one| one.pointer("/SBOM/modules")?.as_array()).flatten().count();
    let by_symbol =
        messages.iter().find_map(|one| text(one, "/config/scan_level")).is_none_or(|level| level == "symbol");
    let mut all: BTreeMap<&str, bool> = BTreeMap::new();
    for finding in messages.iter().filter_map(|one| one.get("finding")) {
        let id = text(finding, "/osv").ok_or("govulncheck has a finding without its id")?;
        let called = finding.pointer("/trace/0/function").is_some();
        *all.entry(id).or_default() |= called || !by_symbol;
    }
    let names = |id: &str| {
        let entry = messages.iter().filter_map(|one| one.get("osv")).find(|one| text(one, "/id") == Some(id));
        let aliases = entry.and_then(|one| one.get("aliases")?.as_array()).into_iter().flatten();
        std::iter::once(id.to_owned()).chain(aliases.filter_map(Value::as_str).map(str::to_owned)).collect()
    };
    let found = all.iter().filter(|(_, counts)| **counts);
    let found = found.map(|(id, _)| Finding { ids: names(id), severity: Severity::Unknown }).collect();
    let uncalled = all.iter().filter(|(_, counts)| !**counts);
    let notes = uncalled.map(|(id, _)| ("required, and not called", (*id).to_owned())).collect();
    Ok(Audit { looked_at: LookedAt::Packages(modules as u64), found, notes, ..Audit::default() })
}
