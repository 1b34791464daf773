//! `dependency_security` and `secrets_scan` on what real auditors and scanners print. The fixtures are their own output, cut short;
//! those of Bundler-audit, Composer, ggshield, gitleaks, govulncheck, Grype, Safety, Trivy, TruffleHog and Yarn 1 are made after
//! their documentation and sources.

use std::fs;
use std::path::Path;

use super::run;
use crate::common::{Project, result};

const FIXTURES: &str = "tests/fixtures/auditors";

/// Two packages.
const BUN_LOCK: &str = "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\"\": {\"name\": \"x\", \"dependencies\": {\"left-pad\": \"1.3.0\", \"lodash\": \"4.17.21\"}}},\n  \"packages\": {\n    \"left-pad\": [\"left-pad@1.3.0\", \"\", {}, \"sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==\"],\n    \"lodash\": [\"lodash@4.17.21\", \"\", {}, \"sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==\"]\n  }\n}\n";
const YARN_LOCK: &str = "__metadata:\n  version: 8\n\n\"left-pad@npm:1.3.0\":\n  version: 1.3.0\n  resolution: \"left-pad@npm:1.3.0\"\n  checksum: 10c0/0\n  languageName: node\n  linkType: hard\n";

fn project() -> Project {
    let project = Project::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURES);
    for entry in fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        project.write(name, &fs::read_to_string(&path).expect("a fixture"));
    }
    project
        .write("bun.lock", BUN_LOCK)
        .write("yarn.lock", YARN_LOCK)
        .write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"libc\"\nversion = \"0.2.1\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"0000000000000000000000000000000000000000000000000000000000000000\"\n")
        .write("Gemfile.lock", "GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (2.0.1)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rack\n")
        .write("composer.lock", "{\"packages\": [{\"name\": \"twig/twig\", \"version\": \"v3.0.0\"}], \"packages-dev\": []}")
        .write("none/README.md", "nothing")
        .commit();
    project
}

/// Rows of a gate's id, the program and its arguments as the gate sees them, the script that stands for the program, and the
/// row that it comes to.
fn expect(project: &Project, kind: &str, rows: &[(&str, &str, &str, &str)]) {
    let gates = rows.iter().map(|(id, called, script, _)| {
        let words: Vec<_> = called.split(' ').map(|word| format!("\"{word}\"")).collect();
        format!("  - {{id: {id}, type: {kind}, command: [sh, -c, \"{script}\", {}]}}\n", words.join(", "))
    });
    project.write("gates.yaml", &format!("gates:\n{}", gates.collect::<String>()));
    let (_, report) = run(project, &[]).json();
    let said = |id: &str| {
        let row = result(&report, id);
        format!("{} {}", row["status"].as_str().expect("a status"), row["detail"].as_str().expect("a detail"))
    };
    let wrong: Vec<_> = rows.iter().filter(|(id, _, _, expected)| !said(id).starts_with(expected)).collect();
    assert!(wrong.is_empty(), "{:#?}", wrong.iter().map(|(id, ..)| (id, said(id))).collect::<Vec<_>>());
}

#[test]
fn auditors_are_told_by_their_shape() {
    let (one, two) = ("PASS 1 package, no known vulnerability", "PASS 2 packages, no known vulnerability");
    let nothing = "UNPROVEN no package was looked at";
    expect(
        &project(),
        "dependency_security",
        &[
            ("pnpm", "pnpm audit --json", "cat pnpm-clean.json", two),
            (
                "pnpm-found",
                "pnpm audit --json",
                "cat pnpm-found.json; exit 1",
                "FAIL 2 packages, 1 known vulnerability (CRITICAL)",
            ),
            ("yarn1", "yarn audit --json", "cat yarn1-clean.jsonl", two),
            (
                "yarn1-found",
                "yarn audit --json",
                "cat yarn1-found.jsonl; exit 16",
                "FAIL 2 packages, 1 known vulnerability (CRITICAL)",
            ),
            (
                "yarn1-refused",
                "yarn audit --json",
                "cat yarn1-refused.jsonl; exit 1",
                "UNPROVEN yarn audit's summary is missing: it did not run to its end",
            ),
            ("yarn", "yarn npm audit --json --recursive", "true", one),
            (
                "yarn-found",
                "yarn npm audit --json --recursive",
                "cat yarn-found.jsonl; exit 1",
                "FAIL 1 package, 1 known vulnerability (CRITICAL)",
            ),
            (
                "yarn-refused",
                "yarn npm audit --json --recursive",
                "echo no network >&2; exit 1",
                "UNPROVEN the command printed no JSON object (exit code 1): no network",
            ),
            ("bun", "bun audit --json", "echo {}", two),
            (
                "bun-found",
                "bun audit --json",
                "cat bun-found.json; exit 1",
                "FAIL 2 packages, 1 known vulnerability (CRITICAL)",
            ),
            (
                "bun-nowhere",
                "bun audit --json",
                "rm bun.lock; echo {}",
                "UNPROVEN the auditor does not say what it looked at, and beside it there is no lock file that is read (bun)",
            ),
            ("nobody", "audit", "echo {}", "UNPROVEN what the command printed has no shape that is known"),
            ("deny", "cargo deny --format json check advisories", "cat cargo-deny-clean.jsonl", one),
            (
                "deny-found",
                "cargo deny --format json check",
                "cat cargo-deny-found.jsonl; exit 1",
                "FAIL 1 package, 1 known vulnerability (CRITICAL)",
            ),
            (
                "deny-licences",
                "cargo deny --format json check",
                "cat cargo-deny-licences.jsonl; exit 4",
                "FAIL 1 package, 1 finding (UNKNOWN)",
            ),
            (
                "deny-offline",
                "cargo deny --format json check advisories",
                "cat cargo-deny-offline.jsonl; exit 1",
                "UNPROVEN cargo deny did not run to its end: failed to fetch advisory database",
            ),
            ("trivy", "trivy fs --format json .", "cat trivy-clean.json", one),
            (
                "trivy-found",
                "trivy fs --format json .",
                "cat trivy-found.json",
                "FAIL 1 package, 1 known vulnerability (MEDIUM)",
            ),
            ("trivy-nothing", "trivy fs --format json .", "cat trivy-nothing.json", nothing),
            (
                "grype",
                "grype dir:. -o json",
                "cat grype-clean.json",
                "UNPROVEN grype names no package that it looked at where it found nothing",
            ),
            (
                "grype-found",
                "grype dir:. -o json",
                "cat grype-found.json",
                "FAIL 1 package, 1 known vulnerability (MEDIUM)",
            ),
            (
                "grype-broken",
                "grype dir:. -o json",
                "cat grype-broken.json",
                "UNPROVEN grype's database is not sound: database does not exist",
            ),
            (
                "go",
                "govulncheck -format json ./...",
                "cat govulncheck-clean.json",
                "PASS 3 packages, no known vulnerability",
            ),
            (
                "go-found",
                "govulncheck -format json ./...",
                "cat govulncheck-found.json",
                "FAIL 3 packages, 1 known vulnerability (UNKNOWN)",
            ),
            (
                "go-uncalled",
                "govulncheck -format json ./...",
                "cat govulncheck-uncalled.json",
                "PASS 3 packages, no known vulnerability",
            ),
            ("go-nothing", "govulncheck -format json ./...", "cat govulncheck-nothing.json", nothing),
            ("safety", "safety check --json", "cat safety-clean.json", two),
            (
                "safety-found",
                "safety check --json",
                "cat safety-found.json; exit 64",
                "FAIL 2 packages, 1 known vulnerability (UNKNOWN)",
            ),
            ("safety-nothing", "safety check --json", "cat safety-nothing.json", nothing),
            ("bundler", "bundle audit check --format json", "cat bundler-clean.json", one),
            (
                "bundler-found",
                "bundle audit check --format json",
                "cat bundler-found.json; exit 1",
                "FAIL 1 package, 1 known vulnerability (MEDIUM)",
            ),
            ("composer", "composer audit --format=json", "cat composer-clean.json", one),
            (
                "composer-found",
                "composer audit --format=json",
                "cat composer-found.json; exit 1",
                "FAIL 1 package, 1 known vulnerability (HIGH)",
            ),
            (
                "composer-nothing",
                "composer audit --format=json",
                "echo No packages - skipping audit.",
                "UNPROVEN the command printed no JSON object",
            ),
        ],
    );
}

#[test]
fn sarif_shows_what_was_looked_at() {
    expect(
        &project(),
        "dependency_security",
        &[
            ("bandit", "bandit -f sarif", "cat bandit-clean.sarif", "PASS 1 file, no finding"),
            ("bandit-found", "bandit -f sarif", "cat bandit-found.sarif; exit 1", "FAIL 2 files, 3 findings"),
            (
                "bandit-empty",
                "bandit -f sarif",
                "cat bandit-empty.sarif",
                "UNPROVEN the SARIF lists neither results nor `artifacts` that were looked at",
            ),
            (
                "bandit-broken",
                "bandit -f sarif",
                "cat bandit-broken.sarif",
                "UNPROVEN the SARIF has an error among the auditor's notifications",
            ),
            ("eslint", "eslint -f sarif", "cat eslint-ignored.sarif", "PASS 1 file, no finding"),
            (
                "eslint-none",
                "eslint -f sarif",
                "cat eslint-only-ignored.sarif",
                "UNPROVEN the SARIF lists neither results nor `artifacts` that were looked at",
            ),
        ],
    );
}

#[test]
fn an_auditor_that_was_told_to_leave_things_out_shows_nothing_where_it_is_clean() {
    let project = project();
    project
        .write("pip-audit-own.json", r#"{"dependencies": [{"name": "pip-audit", "version": "2.9.0", "vulns": []}]}"#)
        .write("composer-old.json", r#"{"advisories": []}"#);
    let narrowed = "UNPROVEN it found nothing, and did not look at everything: ";
    expect(
        &project,
        "dependency_security",
        &[
            (
                "prod",
                "pnpm audit --json --prod",
                "cat pnpm-clean.json",
                &format!("{narrowed}`--prod` leaves packages out"),
            ),
            (
                "prod-found",
                "pnpm audit --json --prod",
                "cat pnpm-found.json; exit 1",
                "FAIL 2 packages, 1 known vulnerability (CRITICAL)",
            ),
            (
                "direct",
                "yarn npm audit --json",
                "true",
                &format!("{narrowed}without `--recursive` Yarn looks at direct dependencies only"),
            ),
            (
                "stale",
                "trivy fs --skip-db-update --format json .",
                "cat trivy-clean.json",
                &format!("{narrowed}`--skip-db-update` does not renew its advisories"),
            ),
            (
                "assigned",
                "env NODE_ENV=production npm audit",
                "cat pnpm-clean.json",
                &format!("{narrowed}`NODE_ENV` of the environment leaves packages out"),
            ),
            (
                "own",
                "uvx pip-audit --format json",
                "cat pip-audit-own.json",
                &format!(
                    "{narrowed}`uvx` runs pip-audit among its own packages; add `-r requirements.txt` or the project's folder"
                ),
            ),
            (
                "composer-2.5",
                "composer audit --format=json",
                "cat composer-old.json",
                "PASS 1 package, no known vulnerability",
            ),
        ],
    );
    let gate = "{id: g, type: dependency_security, command: [sh, -c, cat pnpm-clean.json, pnpm, audit]";
    let said = |more: &str| {
        project.write("gates.yaml", &format!("gates:\n  - {gate}{more}}}\n"));
        run(&project, &[]).json().1["results"][0]["detail"].as_str().expect("a detail").to_owned()
    };
    assert!(said("").ends_with("no known vulnerability"));
    assert!(
        said(", env: {npm_config_production: \"true\"}")
            .ends_with("`npm_config_production` of the environment leaves packages out")
    );
    project.write(".npmrc", "fund=false\nomit[]=dev\n");
    assert!(said("").ends_with("`omit` in .npmrc leaves packages out"));
    assert!(said(", working_dir: none").contains("the command printed no JSON object"));
}

#[test]
fn what_an_auditor_passes_over_by_name_is_a_warning() {
    let project = project();
    project.write(
        "cargo.json",
        r#"{"lockfile": {"dependency-count": 5}, "settings": {"ignore": ["RUSTSEC-1"]}, "vulnerabilities": {"found": false, "count": 0, "list": []}}"#,
    );
    project.write("pip.json", r#"{"dependencies": [{"name": "x", "version": "1", "vulns": []}]}"#);
    for (called, script, ids) in [
        ("cargo, audit, --json, --ignore, RUSTSEC-1", "cat cargo.json", "RUSTSEC-1"),
        (
            "pip-audit, --format, json, --ignore-vuln, PYSEC-1, --ignore-vuln=PYSEC-2",
            "cat pip.json",
            "PYSEC-1, PYSEC-2",
        ),
    ] {
        let gate = format!("{{id: g, type: dependency_security, command: [sh, -c, {script}, {called}]}}");
        project.write("gates.yaml", &format!("gates:\n  - {gate}\n"));
        let report = run(&project, &[]).run().report(0);
        assert!(report.contains(&format!("suppressed for the auditor: {ids}\n")), "{report}");
    }
}

#[test]
fn scanners_are_told_by_their_shape() {
    let unseen = "UNPROVEN the scanner found nothing, and nothing shows that it looked at a file";
    let looked = "echo '[scan] INFO Checking file: a.py' >&2; ";
    let scanned = "echo 'INF scanned ~1234 bytes (1.23 KB) in 2ms' >&2; ";
    expect(
        &project(),
        "secrets_scan",
        &[
            ("gitleaks", "gitleaks dir --report-format json", &format!("{scanned}echo []"), "PASS no secret was found"),
            (
                "gitleaks-found",
                "gitleaks dir --report-format json",
                "cat gitleaks-found.json; exit 1",
                "FAIL 1 secret found",
            ),
            ("gitleaks-silent", "gitleaks dir --report-format json", "echo []", unseen),
            (
                "gitleaks-nothing",
                "gitleaks dir --report-format json",
                "echo 'scanned ~0 bytes' >&2; echo []",
                "UNPROVEN the scanner looked at nothing",
            ),
            (
                "gitleaks-partial",
                "gitleaks dir --report-format json",
                &format!("{scanned}echo 'no leaks found in partial scan' >&2; echo []"),
                "UNPROVEN gitleaks says that its scan was partial",
            ),
            ("truffle", "trufflehog git file://. --json", "cat trufflehog-log.jsonl >&2", "PASS no secret was found"),
            ("truffle-found", "trufflehog git file://. --json", "cat trufflehog-found.jsonl", "FAIL 1 secret found"),
            ("truffle-silent", "trufflehog git file://. --json", "true", unseen),
            (
                "truffle-verified",
                "trufflehog git file://. --json --only-verified",
                "cat trufflehog-log.jsonl >&2",
                "UNPROVEN `--only-verified` leaves findings out",
            ),
            (
                "truffle-results",
                "trufflehog git file://. --json --results verified",
                "cat trufflehog-log.jsonl >&2",
                "UNPROVEN `--results` leaves findings out",
            ),
            (
                "truffle-all-results",
                "trufflehog git file://. --json --results verified,unverified",
                "cat trufflehog-log.jsonl >&2",
                "PASS no secret was found",
            ),
            (
                "detect",
                "detect-secrets -v scan",
                &format!("{looked}cat detect-secrets-clean.json"),
                "PASS no secret was found",
            ),
            ("detect-found", "detect-secrets -v scan", "cat detect-secrets-found.json", "FAIL 3 secrets found"),
            ("detect-silent", "detect-secrets scan", "cat detect-secrets-clean.json", unseen),
            ("kingfisher", "kingfisher scan . --format json", "cat kingfisher-clean.json", "PASS no secret was found"),
            (
                "kingfisher-found",
                "kingfisher scan . --format json",
                "cat kingfisher-found.json; exit 200",
                "FAIL 1 secret found",
            ),
            (
                "kingfisher-nothing",
                "kingfisher scan . --format json",
                "cat kingfisher-nothing.json",
                "UNPROVEN the scanner looked at nothing",
            ),
            ("rip", "ripsecrets", "true", unseen),
            ("rip-found", "ripsecrets", "echo ./a.py:1:x; exit 1", "FAIL 1 secret found"),
            ("gg", "ggshield secret scan path -r . --json", "cat ggshield-clean.json", unseen),
            (
                "gg-found",
                "ggshield secret scan path -r . --json",
                "cat ggshield-found.json; exit 1",
                "FAIL 1 secret found",
            ),
            (
                "gg-offline",
                "ggshield secret scan path -r . --json",
                "echo no server >&2; exit 4",
                "UNPROVEN the command printed no JSON object (exit code 4): no server",
            ),
            ("sarif", "scanner", "cat bandit-clean.sarif", "PASS no secret was found"),
        ],
    );
}

#[test]
fn no_record_keeps_what_a_scanner_found() {
    let project = project();
    expect(
        &project,
        "secrets_scan",
        &[("g", "gitleaks dir", "sed s/REDACTED/hunter2hunter2/ gitleaks-found.json; exit 1", "FAIL 1 secret found")],
    );
    let records = super::artifacts(&project);
    let kept = fs::read_dir(records)
        .expect("records")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a record"));
    let kept: Vec<_> = kept.filter(|text| text.contains("gate_id")).collect();
    assert!(
        kept.len() == 1 && kept[0].contains("left out: it has the secrets") && !kept[0].contains("hunter2"),
        "{kept:?}"
    );
}
