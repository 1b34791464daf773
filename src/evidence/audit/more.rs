//! Auditors that print one JSON object, beyond those of `shapes`.

use serde_json::Value;

use super::{Audit, Finding, LookedAt, Severity};

/// A text under a key.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = String> + '_ {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

/// What a vulnerability is called: the first that is known comes first.
fn finding(ids: impl IntoIterator<Item = String>, severity: Option<&str>, otherwise: &str) -> Finding {
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.dedup();
    if ids.is_empty() {
        ids.push(format!("package:{otherwise}"));
    }
    Finding { ids, severity: severity.map_or(Severity::Unknown, Severity::of_word) }
}

/// The last part of an address, which is the advisory's id.
fn of_address(value: &Value, key: &str) -> Option<String> {
    text(value, key)?.rsplit('/').next().map(str::to_owned)
}

/// pnpm's and Yarn 1's advisory, which npm 6 had too.
pub(super) fn registry_advisory(advisory: &Value) -> Finding {
    let own = text(advisory, "github_advisory_id").map(str::to_owned).or_else(|| of_address(advisory, "url"));
    let number = advisory.get("id").map(|id| format!("npm:{id}"));
    let ids = own.into_iter().chain(texts(advisory.get("cves"))).chain(number);
    finding(ids, text(advisory, "severity"), text(advisory, "module_name").unwrap_or("?"))
}

/// `pnpm audit --json`. What its user ignores is left out of `advisories`, and out of its counts.
pub(super) fn pnpm(printed: &Value) -> Result<Audit, String> {
    let advisories = printed["advisories"].as_object().ok_or("pnpm audit's `advisories` are no object")?;
    let total = printed["metadata"]["totalDependencies"].as_u64().ok_or("pnpm audit has no `totalDependencies`")?;
    let counts = printed["metadata"]["vulnerabilities"].as_object().ok_or("pnpm audit has no counts")?;
    let counted: u64 = counts.values().filter_map(Value::as_u64).sum();
    if (counted == 0) != advisories.is_empty() {
        return Err("pnpm audit's counts and its list of advisories differ".into());
    }
    let found = advisories.values().map(registry_advisory).collect();
    Ok(Audit { looked_at: LookedAt::Packages(total), found, ..Audit::default() })
}

/// `bun audit --json`: packages with their advisories, and nothing at all where there are none.
pub(super) fn bun(printed: &Value) -> Result<Audit, String> {
    let packages = printed.as_object().ok_or("bun audit's output is no object")?;
    let mut found = Vec::new();
    for (name, advisories) in packages.iter().filter(|(name, _)| *name != "exit_code") {
        let advisories = advisories.as_array().ok_or("bun audit lists a package without advisories")?;
        for one in advisories {
            let number = one.get("id").map(|id| format!("npm:{id}"));
            found.push(finding(of_address(one, "url").into_iter().chain(number), text(one, "severity"), name));
        }
    }
    Ok(Audit { looked_at: LookedAt::LockOf("bun"), found, ..Audit::default() })
}

/// Whether each value is a list of what npm's registry says of a package.
pub(super) fn is_bun(printed: &Value) -> bool {
    let packages = printed.as_object().into_iter().flatten().filter(|(name, _)| *name != "exit_code");
    let mut lists = packages.map(|(_, list)| list.as_array().map(Vec::as_slice).unwrap_or_default()).peekable();
    lists.peek().is_some()
        && lists.all(|list| {
            !list.is_empty()
                && list.iter().all(|one| text(one, "vulnerable_versions").is_some() && text(one, "url").is_some())
        })
}

/// `composer audit --format json`: an empty list where there is nothing, else packages with lists or objects of advisories.
pub(super) fn composer(printed: &Value) -> Result<Audit, String> {
    let mut found = Vec::new();
    let packages = match &printed["advisories"] {
        Value::Array(none) if none.is_empty() => Vec::new(),
        Value::Object(packages) => packages.iter().collect(),
        _ => return Err("composer audit's `advisories` have an unknown shape".into()),
    };
    for (name, advisories) in packages {
        let each: Vec<&Value> = match advisories {
            Value::Array(list) => list.iter().collect(),
            Value::Object(all) => all.values().collect(),
            _ => return Err("composer audit lists a package without advisories".into()),
        };
        for one in each {
            let ids = [text(one, "advisoryId"), text(one, "cve")].into_iter().flatten().map(str::to_owned);
            found.push(finding(ids, text(one, "severity"), name));
        }
    }
    let ignored = printed.get("ignored-advisories").and_then(Value::as_object);
    let suppressed = ignored.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    Ok(Audit { looked_at: LookedAt::LockOf("composer"), found, suppressed, ..Audit::default() })
}

/// `bundle audit --format json`: a result is a gem with an advisory, or a source that is not safe.
pub(super) fn bundler(printed: &Value) -> Result<Audit, String> {
    let results = printed["results"].as_array().ok_or("bundler-audit's `results` are no list")?;
    let mut found = Vec::new();
    for one in results {
        let advisory = &one["advisory"];
        match text(one, "type") {
            Some("unpatched_gem") => {
                let own = text(advisory, "id").map(str::to_owned);
                let cve = text(advisory, "cve").map(|number| format!("CVE-{number}"));
                let ghsa = text(advisory, "ghsa").map(|part| format!("GHSA-{part}"));
                let ids = own.into_iter().chain(cve).chain(ghsa);
                found.push(finding(ids, text(advisory, "criticality"), text(&one["gem"], "name").unwrap_or("?")));
            }
            Some("insecure_source") => {
                found.push(finding([format!("source:{}", text(one, "source").unwrap_or("?"))], None, "?"));
            }
            _ => return Err("bundler-audit has a result of an unknown type".into()),
        }
    }
    Ok(Audit { looked_at: LookedAt::LockOf("Gemfile"), found, ..Audit::default() })
}

/// `trivy --format json`. Only what has packages was looked up; secrets and settings are another question.
pub(super) fn trivy(printed: &Value) -> Result<Audit, String> {
    let results = printed.get("Results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut audit = Audit::default();
    let (mut packages, mut targets) = (0, 0);
    for one in results.iter().filter(|one| matches!(text(one, "Class"), Some("lang-pkgs" | "os-pkgs"))) {
        targets += 1;
        packages += one.get("Packages").and_then(Value::as_array).map_or(0, Vec::len) as u64;
        for found in one.get("Vulnerabilities").and_then(Value::as_array).into_iter().flatten() {
            let id = text(found, "VulnerabilityID").ok_or("trivy has a vulnerability without its id")?;
            let ids = std::iter::once(id.to_owned()).chain(texts(found.get("VendorIDs")));
            audit.found.push(finding(ids, text(found, "Severity"), id));
        }
        let modified = one.get("ExperimentalModifiedFindings").and_then(Value::as_array);
        audit.suppressed.extend(
            modified
                .into_iter()
                .flatten()
                .filter_map(|one| text(&one["Finding"], "VulnerabilityID"))
                .map(str::to_owned),
        );
    }
    audit.looked_at = if packages > 0 { LookedAt::Packages(packages) } else { LookedAt::Files(targets) };
    Ok(audit)
}

/// `grype -o json`. It lists what it found, and never what it looked at.
pub(super) fn grype(printed: &Value) -> Result<Audit, String> {
    let matches = printed["matches"].as_array().ok_or("grype's `matches` are no list")?;
    let database = &printed["descriptor"]["db"];
    let state = database.get("status").unwrap_or(database);
    if let Some(why) = text(state, "error") {
        return Err(format!("grype's database is not sound: {}", crate::model::escape::visible_up_to(why, 200)));
    }
    if state.get("valid").and_then(Value::as_bool) == Some(false) {
        return Err("grype's database is not valid".into());
    }
    let mut found = Vec::new();
    for one in matches {
        let own = text(&one["vulnerability"], "id").ok_or("grype has a match without a vulnerability")?;
        let related =
            one["relatedVulnerabilities"].as_array().into_iter().flatten().filter_map(|other| text(other, "id"));
        let ids = std::iter::once(own).chain(related).map(str::to_owned);
        found.push(finding(ids, text(&one["vulnerability"], "severity"), own));
    }
    let ignored = printed.get("ignoredMatches").and_then(Value::as_array).into_iter().flatten();
    let suppressed: Vec<String> =
        ignored.filter_map(|one| text(&one["vulnerability"], "id")).map(str::to_owned).collect();
    if found.is_empty() {
        return Err("grype names no package that it looked at where it found nothing; write SARIF or JSON of another auditor, or \
                    look the lock files up with `database:` or `service:`"
            .into());
    }
    Ok(Audit { looked_at: LookedAt::Packages(found.len() as u64), found, suppressed, ..Audit::default() })
}

/// `safety check --json`.
pub(super) fn safety(printed: &Value) -> Result<Audit, String> {
    let scanned = printed["scanned_packages"].as_object().ok_or("safety's `scanned_packages` are no object")?;
    let vulnerabilities = printed["vulnerabilities"].as_array().ok_or("safety's `vulnerabilities` are no list")?;
    let mut audit = Audit { looked_at: LookedAt::Packages(scanned.len() as u64), ..Audit::default() };
    let ids = |one: &Value| {
        let number = text(one, "vulnerability_id").map(|id| format!("safety:{id}"));
        text(one, "CVE").map(str::to_owned).into_iter().chain(number).collect::<Vec<_>>()
    };
    for one in vulnerabilities {
        audit.found.push(finding(ids(one), text(one, "severity"), text(one, "package_name").unwrap_or("?")));
    }
    let ignored = printed.get("ignored_vulnerabilities").and_then(Value::as_array).into_iter().flatten();
    audit.suppressed = ignored.filter_map(|one| ids(one).into_iter().next()).collect();
    Ok(audit)
}
