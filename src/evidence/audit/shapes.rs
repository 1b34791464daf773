//! One reader for each tool. The fields that are named here must be there: a shape that changed is not guessed at.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Audit, Finding, LookedAt, Severity, decode};

#[derive(Deserialize)]
struct PipAudit {
    dependencies: Vec<PipDependency>,
}

#[derive(Deserialize)]
struct PipDependency {
    name: String,
    skip_reason: Option<String>,
    vulns: Option<Vec<PipVulnerability>>,
}

#[derive(Deserialize)]
struct PipVulnerability {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
}

/// `pip-audit --format json`. It rates nothing.
pub(crate) fn pip_audit(printed: Value) -> Result<Audit, String> {
    let printed: PipAudit = decode("pip-audit", printed)?;
    let (mut packages, mut audit) = (0, Audit::default());
    for dependency in printed.dependencies {
        match (dependency.vulns, dependency.skip_reason) {
            (Some(vulnerabilities), None) => {
                packages += 1;
                audit.found.extend(vulnerabilities.into_iter().map(|vulnerability| Finding {
                    ids: std::iter::once(vulnerability.id).chain(vulnerability.aliases).collect(),
                    severity: Severity::Unknown,
                }));
            }
            (None, Some(_)) => audit.skipped.push(dependency.name),
            _ => {
                return Err(
                    "it looks like pip-audit's output, but a package has neither `vulns` nor `skip_reason`".into()
                );
            }
        }
    }
    Ok(Audit { looked_at: LookedAt::Packages(packages), ..audit })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NpmAudit {
    audit_report_version: u64,
    vulnerabilities: BTreeMap<String, NpmVulnerability>,
    metadata: NpmMetadata,
}

#[derive(Deserialize)]
struct NpmVulnerability {
    severity: String,
    via: Vec<NpmVia>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NpmVia {
    Package(String),
    Advisory { source: Option<Value>, url: Option<String>, severity: Option<String> },
}

#[derive(Deserialize)]
struct NpmMetadata {
    vulnerabilities: NpmTotals,
    dependencies: NpmTotals,
}

#[derive(Deserialize)]
struct NpmTotals {
    total: u64,
}

/// `npm audit --json`, npm 7 or later.
pub(crate) fn npm_audit(printed: Value) -> Result<Audit, String> {
    let printed: NpmAudit = decode("npm audit", printed)?;
    if printed.audit_report_version != 2 {
        return Err(format!("npm audit's report version {} is not known", printed.audit_report_version));
    }
    if printed.metadata.vulnerabilities.total != printed.vulnerabilities.len() as u64 {
        return Err("npm audit's total and its list of vulnerabilities differ".into());
    }
    let listed = |via: &NpmVia| match via {
        NpmVia::Package(name) => printed.vulnerabilities.contains_key(name),
        NpmVia::Advisory { .. } => true,
    };
    if !printed.vulnerabilities.values().flat_map(|found| &found.via).all(listed) {
        return Err("npm audit blames a package that it does not list".into());
    }
    let vulnerable = printed.vulnerabilities.len();
    let found: Vec<_> =
        printed.vulnerabilities.into_iter().flat_map(|(name, found)| npm_findings(name, found)).collect();
    if vulnerable > 0 && found.is_empty() {
        return Err("npm audit lists vulnerable packages, and no advisory".into());
    }
    Ok(Audit { looked_at: LookedAt::Packages(printed.metadata.dependencies.total), found, ..Audit::default() })
}

/// A package that is vulnerable only through another counts with that other's advisory.
fn npm_findings(name: String, vulnerability: NpmVulnerability) -> Vec<Finding> {
    let package = Severity::of_word(&vulnerability.severity);
    let through = vulnerability.via.iter().all(|via| matches!(via, NpmVia::Package(_)));
    let origin = |via: &NpmVia| match via {
        NpmVia::Package(_) => None,
        NpmVia::Advisory { source, url, severity } => {
            let advisory = url.as_deref().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
            let ids: Vec<_> =
                advisory.into_iter().chain(source.as_ref().map(|source| format!("npm:{source}"))).collect();
            let ids = if ids.is_empty() { vec![format!("package:{name}")] } else { ids };
            Some(Finding { ids, severity: severity.as_deref().map_or(package, Severity::of_word) })
        }
    };
    if vulnerability.via.is_empty() {
        return vec![Finding { ids: vec![format!("package:{name}")], severity: package }];
    }
    if through { Vec::new() } else { vulnerability.via.iter().filter_map(origin).collect() }
}

#[derive(Deserialize)]
struct CargoAudit {
    lockfile: CargoLockfile,
    #[serde(default)]
    settings: CargoSettings,
    vulnerabilities: CargoVulnerabilities,
}

/// What it was told by options and `audit.toml`.
#[derive(Deserialize, Default)]
struct CargoSettings {
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CargoLockfile {
    dependency_count: u64,
}

#[derive(Deserialize)]
struct CargoVulnerabilities {
    found: bool,
    count: u64,
    list: Vec<CargoVulnerability>,
}

#[derive(Deserialize)]
struct CargoVulnerability {
    advisory: CargoAdvisory,
}

#[derive(Deserialize)]
struct CargoAdvisory {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    cvss: Option<String>,
}

/// `cargo audit --json`.
pub(crate) fn cargo_audit(printed: Value) -> Result<Audit, String> {
    let printed: CargoAudit = decode("cargo audit", printed)?;
    let CargoVulnerabilities { found, count, list } = printed.vulnerabilities;
    if count != list.len() as u64 || found == list.is_empty() {
        return Err("cargo audit's count and its list of vulnerabilities differ".into());
    }
    let finding = |CargoVulnerability { advisory }: CargoVulnerability| Finding {
        severity: advisory.cvss.as_deref().map_or(Severity::Unknown, Severity::of_vector),
        ids: std::iter::once(advisory.id).chain(advisory.aliases).collect(),
    };
    let found = list.into_iter().map(finding).collect();
    let looked_at = LookedAt::Packages(printed.lockfile.dependency_count);
    Ok(Audit { looked_at, found, suppressed: printed.settings.ignore, ..Audit::default() })
}

#[derive(Deserialize)]
struct OsvScanner {
    results: Vec<OsvResult>,
}

#[derive(Deserialize)]
struct OsvResult {
    packages: Vec<OsvPackage>,
}

#[derive(Deserialize)]
struct OsvPackage {
    #[serde(default)]
    vulnerabilities: Vec<OsvVulnerability>,
    #[serde(default)]
    groups: Vec<OsvGroup>,
}

#[derive(Deserialize)]
struct OsvVulnerability {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    database_specific: Option<OsvDatabaseSpecific>,
}

#[derive(Deserialize)]
struct OsvDatabaseSpecific {
    severity: Option<Value>,
}

#[derive(Deserialize)]
struct OsvGroup {
    ids: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    max_severity: String,
}

/// `osv-scanner --format json`. It lists only vulnerable packages, unless it is asked for all of them.
pub(crate) fn osv_scanner(printed: Value) -> Result<Audit, String> {
    let printed: OsvScanner = decode("osv-scanner", printed)?;
    let packages: Vec<_> = printed.results.into_iter().flat_map(|result| result.packages).collect();
    Ok(Audit {
        looked_at: LookedAt::Packages(packages.len() as u64),
        found: packages.into_iter().flat_map(osv_findings).collect(),
        ..Audit::default()
    })
}

/// The groups are its vulnerabilities with their aliases taken together; what no group names counts by itself.
fn osv_findings(package: OsvPackage) -> Vec<Finding> {
    let mut found: Vec<_> = package.groups.into_iter().map(osv_group).collect();
    for OsvVulnerability { id, aliases, database_specific } in package.vulnerabilities {
        let word = database_specific.and_then(|specific| specific.severity);
        let severity = word.as_ref().and_then(Value::as_str).map_or(Severity::Unknown, Severity::of_word);
        match found.iter_mut().find(|finding| finding.ids.contains(&id)) {
            Some(finding) if finding.severity == Severity::Unknown => finding.severity = severity,
            Some(_) => {}
            None => found.push(Finding { ids: std::iter::once(id).chain(aliases).collect(), severity }),
        }
    }
    found
}

fn osv_group(group: OsvGroup) -> Finding {
    let severity = group.max_severity.parse().map_or(Severity::Unknown, Severity::of_score);
    Finding { ids: group.ids.into_iter().chain(group.aliases).collect(), severity }
}
