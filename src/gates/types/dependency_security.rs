//! `dependency_security`: known vulnerabilities in what the project depends on.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

mod asked;
mod own;
mod payload;

use own::Configured;
use payload::Payload;

use super::super::command_metrics::{EXIT_CODE, judged, payload_of, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Left, Options, Wrong};
use crate::evidence::audit;
use crate::evidence::audit::{Audit, LookedAt, OTHER, Severity};
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::model::problem::Problem;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DependencySecurity;

const KEYS: Keys = &[
    Key::or("lockfiles", Type::GLOBS, "every lock file that git tracks", "What is looked at."),
    Key::or(
        "database",
        Type::Called(
            "folder, zip or tar.gz of OSV advisories, one or a list; an absolute path may lead out of the repository",
            &Type::OneOrMany(&Type::Text),
        ),
        "none",
        "The advisories.",
    ),
    Key::or(
        "service",
        Type::Called("address of a service that speaks the OSV API", &Type::Text),
        "none",
        "The advisories, asked of a service.",
    ),
    Key::or(
        "max_age_days",
        Type::Whole { unit: "days", least: 0, most: 36_500 },
        "14",
        "How old the database's newest change may be. An older database is UNPROVEN.",
    ),
    Key::or(
        "ignore",
        Type::Called("list of `id`, `reason` and `until` (a date)", &Type::Objects(IGNORE_KEYS)),
        "none",
        "Vulnerabilities that do not count until a day. An entry that has run out counts again; one that nothing needs is a warning.",
    ),
    Key::or(
        "allow_empty",
        Type::Called("whether no package at all is fine", &Type::Boolean),
        "false",
        "Lets a project without any package pass.",
    ),
    Key::or(
        "allow_skipped",
        Type::Called(
            "packages that the auditor may leave out, and lock files that are not read, one or a list",
            &Type::OneOrMany(&Type::Text),
        ),
        "none",
        "Any other package that the auditor left out, or lock file that the own look-up does not read, makes the gate UNPROVEN.",
    ),
];

const IGNORE_KEYS: Keys = &[
    Key::required("id", Type::Text, "The vulnerability."),
    Key::required("reason", Type::Text, "Why it does not count."),
    Key::required("until", Type::Date, "The last day on which it does not count."),
];

impl GateType for DependencySecurity {
    fn name(&self) -> &str {
        "dependency_security"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        Ok(Arc::new(Configured::of(options)?))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        payload_of(job, |payload| payload::read(payload).map(drop))
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        match job.payload.map(payload::read).transpose()? {
            None => own::source(job, self),
            Some(Payload::Packages(packages)) => own::of_packages(job, self, packages),
            Some(Payload::Report(report)) => self.interpret(job, report),
        }
    }

    fn interpret(&self, job: &Job<'_>, printed: Metrics) -> Result<Evidence, String> {
        let code = printed.get(EXIT_CODE).cloned();
        let mut evidence = match audit::read(&[Value::Object(printed.clone())], None) {
            Some(audit) => self.found(job, Path::new(""), audit?)?,
            None => own(&printed)?,
        };
        evidence.metrics.extend(code.map(|code| (EXIT_CODE.to_owned(), code)));
        self.seen(evidence)
    }

    fn read(&self, job: &Job<'_>, left: &Left<'_>) -> Option<Result<Evidence, String>> {
        let documents = super::super::output::documents(left.output)?;
        if documents.is_empty() && left.exit_code != 0 {
            return None;
        }
        let asked = asked::of(job, left);
        let mut audit = audit::read(&documents, Some(&asked))?;
        if let Ok(audit) = &mut audit {
            let ignored = asked.ignored().into_iter().filter(|id| !audit.suppressed.contains(id));
            let ignored: Vec<_> = ignored.collect();
            audit.suppressed.extend(ignored);
        }
        // What it did find holds, whatever it was told to leave out.
        let is_clean = audit.as_ref().is_ok_and(|audit| audit.found.is_empty());
        let found = match asked.left_out(&job.world.environment).filter(|_| is_clean) {
            Some(why) => Err(format!("it found nothing, and did not look at everything: {why}")),
            None => audit.and_then(|audit| self.found(job, left.dir, audit)).and_then(|evidence| self.seen(evidence)),
        };
        Some(found)
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(judge(metrics, self.may_be_empty)))
    }
}

impl Configured {
    fn seen(&self, evidence: Evidence) -> Result<Evidence, String> {
        match looked_at(&evidence.metrics)? {
            Some((_, 1..)) => Ok(evidence),
            Some((_, 0)) if self.may_be_empty => Ok(evidence),
            _ => Err("no package was looked at".into()),
        }
    }

    /// `dir` is where the auditor ran.
    fn found(&self, job: &Job<'_>, dir: &Path, mut audit: Audit) -> Result<Evidence, String> {
        if let LookedAt::LockOf(stem) = audit.looked_at {
            audit.looked_at = LookedAt::Packages(asked::locked(job, dir, stem)?);
        }
        let skipped = audit.skipped.iter().map(String::as_str);
        let (allowed, others): (Vec<_>, Vec<_>) =
            skipped.partition(|name| self.allow_skipped.iter().any(|allowed| allowed == name));
        if !others.is_empty() {
            let help = "name those that may be left out under `allow_skipped:`";
            return Err(format!("{} not looked at: {}; {help}", others.len(), list(&others)));
        }
        if audit.looked_at.is_nothing() && !self.may_be_empty {
            return Err(match allowed.is_empty() {
                true => "no package was looked at; an auditor that lists only vulnerable packages must list all".into(),
                false => "no package was looked at: all that the auditor names are under `allow_skipped:`".into(),
            });
        }
        let suppressed: Vec<_> = audit.suppressed.iter().map(String::as_str).collect();
        let mut warnings = vec![("not looked at", allowed), ("suppressed for the auditor", suppressed)];
        for (what, name) in &audit.notes {
            match warnings.iter_mut().find(|(known, _)| known == what) {
                Some((_, names)) => names.push(name),
                None => warnings.push((what, vec![name])),
            }
        }
        let warnings = warnings.iter().filter(|(_, names)| !names.is_empty());
        let warnings = warnings.map(|(what, names)| format!("{what}: {}", list(names))).collect();
        Ok(Evidence { metrics: audit.metrics(), warnings, ..Evidence::default() })
    }
}

fn list(names: &[&str]) -> String {
    let shown = names.iter().take(10).map(|name| visible_up_to(name, 60)).collect::<Vec<_>>().join(", ");
    if names.len() > 10 { shown + ", …" } else { shown }
}

/// How much was looked at, in the unit of whoever looked.
fn looked_at(metrics: &Metrics) -> Result<Option<(&'static str, u64)>, String> {
    for (name, unit) in LookedAt::METRICS.into_iter().zip(["package", "file"]) {
        if let Some(count) = metrics::count(metrics, name)? {
            return Ok(Some((unit, count)));
        }
    }
    Ok(None)
}

const COUNTS: [&str; 4] = ["cve_count", "critical_cves", "high_cves", "total_vulnerabilities"];

/// A tool that prints this gate's own metrics.
fn own(printed: &Metrics) -> Result<Evidence, String> {
    let counts = COUNTS.map(|name| metrics::count(printed, name)).into_iter().collect::<Result<Vec<_>, _>>()?;
    if counts[0].is_none() || metrics::count(printed, "packages_scanned")?.is_none() {
        return Err(format!("what the command printed has no shape that is known: {}", audit::KNOWN));
    }
    if let Some(word) = printed.get("severity_max")
        && Severity::ALL.iter().all(|severity| word.as_str() != Some(severity.word()))
    {
        return Err("`severity_max` is no severity".into());
    }
    let mut metrics = printed.clone();
    let most = counts.into_iter().flatten().max().unwrap_or_default();
    if most > 0 {
        // A count that is above cve_count belongs to a vulnerability too.
        let count = metrics.get("cve_count").and_then(Value::as_u64).unwrap_or_default();
        metrics.insert("cve_count".into(), json!(count.max(1)));
    }
    Ok(Evidence::of(metrics))
}

fn judge(metrics: &Metrics, may_be_empty: bool) -> Result<Judgement, String> {
    let count = metrics::count(metrics, "cve_count")?.ok_or("`cve_count` is not known")?;
    let (unit, looked_at) = looked_at(metrics)?.unwrap_or(("package", 0));
    if looked_at == 0 && !may_be_empty {
        return Err("no package was looked at".into());
    }
    let worst = metrics.get("severity_max").and_then(Value::as_str).unwrap_or("UNKNOWN");
    let looked_at = if looked_at == 1 { format!("1 {unit}") } else { format!("{looked_at} {unit}s") };
    // What SARIF and cargo deny have may be a licence that is refused, too.
    let other = metrics::count(metrics, OTHER)?.unwrap_or(0);
    let (one, many) = if unit == "file" || other > 0 {
        ("finding", "findings")
    } else {
        ("known vulnerability", "known vulnerabilities")
    };
    Ok(match count {
        0 => Judgement::Pass(format!("{looked_at}, no {one}")),
        1 => Judgement::Fail(format!("{looked_at}, 1 {one} ({worst})")),
        _ => Judgement::Fail(format!("{looked_at}, {count} {many}, the worst {worst}")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    fn metrics(printed: Value) -> Result<Value, String> {
        let printed = printed.as_object().unwrap().clone();
        let evidence = Bench::new(json!({})).interpret(&DependencySecurity, printed)?;
        let names =
            ["cve_count", "severity_max", "critical_cves", "high_cves", "total_vulnerabilities", "packages_scanned"];
        Ok(Value::Array(names.map(|name| evidence.metrics[name].clone()).to_vec()))
    }

    fn verdict(printed: Value) -> Judgement {
        Bench::new(json!({})).printed(&DependencySecurity, printed)
    }

    fn pip(vulnerabilities: Value) -> Value {
        let other = json!({"name": "idna", "version": "3.7", "vulns": []});
        json!({"dependencies": [{"name": "flask", "version": "0.5", "vulns": vulnerabilities}, other], "fixes": []})
    }

    fn npm(vulnerabilities: Value, total: u64, packages: u64) -> Value {
        json!({
            "auditReportVersion": 2,
            "vulnerabilities": vulnerabilities,
            "metadata": {
                "vulnerabilities": {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0, "total": total},
                "dependencies": {"prod": packages, "dev": 0, "optional": 0, "peer": 0, "peerOptional": 0, "total": packages},
            },
        })
    }

    fn cargo(list: Value, count: u64, packages: u64) -> Value {
        json!({
            "database": {"advisory-count": 700},
            "lockfile": {"dependency-count": packages},
            "settings": {},
            "vulnerabilities": {"found": count > 0, "count": count, "list": list},
            "warnings": {},
        })
    }

    #[test]
    fn tools_are_told_apart_and_counted() {
        let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        let advisory = json!({"source": 1, "url": "https://github.com/advisories/GHSA-1", "severity": "high"});
        let through = json!({
            "a": {"name": "a", "severity": "high", "via": [advisory, "b"]},
            "b": {"name": "b", "severity": "high", "via": ["a"]},
            "c": {"name": "c", "severity": "critical", "via": [advisory]},
        });
        let osv = json!({"results": [{"source": {}, "packages": [
            {"package": {"name": "x"}, "vulnerabilities": [{"id": "GHSA-1", "aliases": ["CVE-1"]}, {"id": "PYSEC-1"}],
             "groups": [{"ids": ["GHSA-1", "PYSEC-1"], "aliases": ["CVE-1"], "max_severity": "7.5"}]},
            {"package": {"name": "y"}, "vulnerabilities": [{"id": "GO-1", "database_specific": {"severity": "MODERATE"}}]},
            {"package": {"name": "z"}},
        ]}]});
        let list = json!([{"advisory": {"id": "RUSTSEC-1", "aliases": ["CVE-1"], "cvss": vector}, "package": {}},
            {"advisory": {"id": "RUSTSEC-2", "cvss": null}}]);
        let cases = [
            (pip(json!([])), json!([0, "NONE", 0, 0, 0, 2])),
            (pip(json!([{"id": "PYSEC-2019-179", "fix_versions": ["1.0"]}])), json!([1, "UNKNOWN", 0, 0, 1, 2])),
            (npm(json!({}), 0, 9), json!([0, "NONE", 0, 0, 0, 9])),
            (npm(through, 3, 9), json!([1, "HIGH", 0, 1, 2, 9])),
            (npm(json!({"a": {"severity": "moderate", "via": []}}), 1, 9), json!([1, "MEDIUM", 0, 0, 1, 9])),
            (cargo(json!([]), 0, 4), json!([0, "NONE", 0, 0, 0, 4])),
            (cargo(list, 2, 4), json!([2, "CRITICAL", 1, 0, 2, 4])),
            (osv, json!([2, "HIGH", 0, 1, 2, 3])),
        ];
        for (printed, expected) in cases {
            assert_eq!(metrics(printed.clone()), Ok(expected), "{printed}");
        }
    }

    #[test]
    fn a_vulnerability_fails_whatever_the_exit_code() {
        let mut bad = pip(json!([{"id": "PYSEC-2019-179"}]));
        bad["exit_code"] = json!(0);
        assert!(matches!(verdict(bad), Judgement::Fail(_)));
        let mut good = pip(json!([]));
        good["exit_code"] = json!(0);
        assert!(matches!(verdict(good.clone()), Judgement::Pass(_)));
        good["exit_code"] = json!(2);
        assert!(matches!(verdict(good), Judgement::Fail(_)));
    }

    #[test]
    fn what_is_not_known_or_looked_at_nothing_shows_nothing() {
        let list = json!([{"advisory": {"id": "RUSTSEC-1"}}]);
        for printed in [
            json!({}),
            json!({"exit_code": 0}),
            json!({"error": {"code": "ENOLOCK"}}),
            json!({"dependencies": []}),
            json!({"dependencies": [{"name": "x"}]}),
            json!({"dependencies": [{"name": "x", "vulns": "none"}]}),
            json!({"dependencies": [{"name": "x", "vulns": [{"fix_versions": []}]}]}),
            json!({"dependencies": [{"name": "x", "vulns": []}, {"name": "own", "skip_reason": "not on the index"}]}),
            json!({"results": []}),
            json!({"results": [], "dependencies": [{"name": "x", "vulns": []}]}),
            json!({"auditReportVersion": 2, "vulnerabilities": {}}),
            npm(json!({}), 0, 0),
            npm(json!({}), 3, 9),
            npm(json!({"a": {"severity": "high", "via": ["b"]}, "b": {"severity": "high", "via": ["a"]}}), 2, 9),
            npm(json!({"a": {"severity": "high", "via": ["b"]}}), 1, 9),
            cargo(json!([]), 0, 0),
            cargo(json!([]), 1, 4),
            cargo(list, 0, 4),
            json!({"cve_count": 0}),
            json!({"cve_count": 0, "packages_scanned": 0}),
            json!({"cve_count": "0", "packages_scanned": 3}),
            json!({"cve_count": 0, "packages_scanned": 3, "severity_max": "FINE"}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Unproven(_)), "{printed}");
        }
    }

    fn sarif(results: Value) -> Value {
        let rules = json!([
            {"id": "CVE-1", "deprecatedIds": ["CVE-1", "GHSA-1"], "properties": {"security-severity": "9.8"}},
            {"id": "CVE-2", "properties": {"security-severity": 5}},
            {"id": "CVE-3"},
        ]);
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": rules}}, "results": results,
            "artifacts": [{"location": {"uri": "Cargo.lock"}}, {"roles": ["driver"], "location": {"uri": "x.exe"}}],
            "invocations": [{"executionSuccessful": true}]}]})
    }

    fn place(uri: &str) -> Value {
        json!([{"physicalLocation": {"artifactLocation": {"uri": uri}}}])
    }

    #[test]
    fn sarif_counts_files() {
        let bench = Bench::new(json!({}));
        let counted = |printed: Value| {
            let metrics = bench
                .interpret(&DependencySecurity, printed.as_object().unwrap().clone())
                .map(|evidence| evidence.metrics)?;
            let names = ["cve_count", "severity_max", "total_vulnerabilities", "files_scanned"];
            Ok::<_, String>(Value::Array(names.map(|name| metrics[name].clone()).to_vec()))
        };
        let passed = json!([{"ruleId": "CVE-1", "kind": "pass"}, {"ruleId": "CVE-1", "kind": "notApplicable"},
            {"ruleId": "CVE-1", "baselineState": "absent"}]);
        let cases = [
            (json!([]), json!([0, "NONE", 0, 1])),
            (passed, json!([0, "NONE", 0, 1])),
            (json!([{"ruleId": "CVE-1"}]), json!([1, "CRITICAL", 1, 1])),
            (json!([{"ruleId": "CVE-1"}, {"ruleId": "GHSA-1"}]), json!([1, "CRITICAL", 2, 1])),
            (json!([{"ruleIndex": 1}, {"rule": {"id": "CVE-3"}, "level": "note"}]), json!([2, "UNKNOWN", 2, 1])),
            (json!([{"message": {}}, {"message": {}}]), json!([2, "UNKNOWN", 2, 1])),
            (json!([{"ruleId": "CVE-3", "kind": "open"}]), json!([1, "UNKNOWN", 1, 1])),
            (
                json!([{"ruleId": "CVE-2", "locations": place("a")}, {"ruleId": "CVE-2", "locations": place("b")}]),
                json!([1, "MEDIUM", 2, 2]),
            ),
            (json!([{"ruleId": "CVE-2", "properties": {"security-severity": "7.0"}}]), json!([1, "HIGH", 1, 1])),
            (
                json!([{"ruleId": "CVE-1", "suppressions": [{"kind": "external", "status": "underReview"}]}]),
                json!([1, "CRITICAL", 1, 1]),
            ),
        ];
        for (results, expected) in cases {
            assert_eq!(counted(sarif(results.clone())), Ok(expected), "{results}");
        }
        let Judgement::Pass(why) = verdict(sarif(json!([]))) else { panic!("no pass") };
        assert_eq!(why, "1 file, no finding");
        let refused = json!([{"ruleId": "rejected"}]);
        let Judgement::Fail(why) = verdict(sarif(refused)) else { panic!("no fail") };
        assert_eq!(why, "1 file, 1 finding (UNKNOWN)", "a licence is no vulnerability");
    }

    #[test]
    fn what_is_suppressed_in_sarif_is_listed() {
        let printed = sarif(json!([{"ruleId": "CVE-1", "suppressions": [{"kind": "external"}]}]));
        let evidence =
            Bench::new(json!({})).interpret(&DependencySecurity, printed.as_object().unwrap().clone()).unwrap();
        assert_eq!(
            (&evidence.metrics["cve_count"], evidence.warnings),
            (&json!(0), vec!["suppressed for the auditor: CVE-1".to_owned()])
        );
    }

    #[test]
    fn sarif_that_does_not_show_what_was_looked_at_shows_nothing() {
        let with = |key: &str, value: Value| {
            let mut printed = sarif(json!([]));
            printed["runs"][0][key] = value;
            printed
        };
        let mut two = sarif(json!([]));
        two["runs"].as_array_mut().unwrap().push(json!({"tool": {"driver": {"name": "y"}}, "results": []}));
        let error = json!([{"executionSuccessful": true, "toolExecutionNotifications": [{"level": "error"}]}]);
        for printed in [
            json!({"version": "2.1.0", "runs": []}),
            json!({"version": "2.0.0", "runs": with("kind", json!(1))["runs"]}),
            json!({"runs": with("kind", json!(1))["runs"]}),
            with("results", json!(null)),
            with("results", json!([7])),
            with("artifacts", json!([])),
            with("artifacts", json!([{"roles": ["driver"]}])),
            with("invocations", json!([{"executionSuccessful": false}])),
            with("invocations", json!([{}])),
            with("invocations", error),
            with("tool", json!({})),
            two,
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Unproven(_)), "{printed}");
        }
    }

    #[test]
    fn a_skipped_package_must_be_allowed_by_name() {
        let printed = json!({"dependencies": [{"name": "x", "vulns": []}, {"name": "own", "skip_reason": "editable"}]});
        let bench = Bench::new(json!({"allow_skipped": "own"}));
        assert!(matches!(bench.printed(&DependencySecurity, printed.clone()), Judgement::Pass(_)));
        let evidence = bench.interpret(&DependencySecurity, printed.as_object().unwrap().clone());
        assert_eq!(evidence.unwrap().warnings, ["not looked at: own"]);
    }

    #[test]
    fn an_auditor_that_skipped_everything_is_told_which_key_allows_it() {
        let printed = json!({"dependencies": [{"name": "own", "skip_reason": "editable"}]});
        for (more, expected) in [
            (json!({}), "1 not looked at: own; name those that may be left out under `allow_skipped:`"),
            (
                json!({"allow_skipped": "own"}),
                "no package was looked at: all that the auditor names are under `allow_skipped:`",
            ),
        ] {
            let why = Bench::new(more).printed(&DependencySecurity, printed.clone());
            assert_eq!(why, Judgement::Unproven(expected.to_owned()));
        }
    }

    #[test]
    fn the_metrics_may_be_printed_as_they_are() {
        let verdict = |printed| verdict(printed);
        assert!(matches!(verdict(json!({"cve_count": 0, "packages_scanned": 3})), Judgement::Pass(_)));
        assert!(matches!(verdict(json!({"cve_count": 1, "packages_scanned": 3})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({"cve_count": 0, "high_cves": 1, "packages_scanned": 3})), Judgement::Fail(_)));
    }
}
