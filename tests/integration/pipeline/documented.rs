//! docs/pipeline.md says what the program does.

use std::fs;
use std::path::Path;

use delivery_gate::internal::gates::NAMES;
use delivery_gate::internal::gates::{COMMON_KEYS, FILE_KEYS};
use delivery_gate::internal::structured::keys;
use delivery_gate::pipeline::Registry;
use serde_json::{Value, json};

use super::{run, statuses};
use crate::common::{Gate, Project};
use crate::docs;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pipeline.md")).expect("the page")
}

/// The body of a section.
fn section<'p>(page: &'p str, title: &str) -> &'p str {
    let sections = docs::sections(page);
    sections.iter().find(|(found, _)| *found == title).unwrap_or_else(|| panic!("no section {title}")).1
}

/// The rows of the section's table that begins with a column, as cells without backquotes.
fn table(body: &str, first: &str) -> Vec<Vec<String>> {
    let start = format!("| {first} |");
    let rows = body.lines().skip_while(|line| !line.starts_with(&start)).take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

#[test]
fn tables_are_the_programs_keys() {
    let registry = Registry::builtin();
    let types = registry.gates().map(|gate| (gate.name(), gate.keys())).filter(|(_, keys)| !keys.is_empty());
    for (title, keys) in [("The gate file", FILE_KEYS), ("Keys of every gate", COMMON_KEYS)].into_iter().chain(types) {
        docs::current_part("docs/pipeline.md", title, &keys::documented(keys));
    }
}

#[test]
fn variables_and_exit_codes_are_the_programs() {
    let page = page();
    let variables = table(section(&page, "Variables"), "variable");
    let mut documented: Vec<_> = variables.iter().flat_map(|row| row[0].split(", ")).collect();
    let mut known = NAMES.to_vec();
    documented.sort_unstable();
    known.sort_unstable();
    assert_eq!(documented, known);

    let help = Gate::bare().args(&["run", "--help"]).run().report(0);
    for flag in ["--context", "--artifact-dir", "--project-id", "--jobs", "--draft", "--no-skip", "--repo", "--output"]
    {
        assert!(help.contains(flag) && section(&page, "Running").contains(flag), "{flag}");
    }
}

/// The files that the examples look at.
fn project() -> Project {
    let project = Project::new();
    let latencies: String = (1..=100).map(|ms| format!("{ms},x\n")).collect();
    let audit = r#"{"dependencies": [{"name": "flask", "version": "0.5", "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"]}]}], "fixes": []}"#;
    let score = json!({
        "schema_key": "halluccheck.score.v1", "project_id": "p", "timestamp": "2026-01-02T03:04:05Z", "is_critical": false,
    });
    let metrics = json!({
        "p99_latency_ms": 1999.5, "regression_pct": 6, "branch_kind": "docs", "errors": 0, "degraded": false,
    });
    project
        .write("events/first.json", r#"{"schema_version": "2.0", "source": "app@1.0.0", "payload": {}}"#)
        .write("pip-audit.json", audit)
        .write("scan.json", r#"{"detected": false, "hit_count": 0, "files_scanned": 7}"#)
        .write("latencies.csv", &format!("ms,path\n{latencies}"))
        .write("baseline.json", r#"{"p50_latency_ms": 50, "p95_latency_ms": 75, "p99_latency_ms": 80}"#)
        .write("score.json", r#"{"prri_score": 42, "dimension_breakdown": {"bias": 0.4}}"#)
        .write("audit/a.jsonl", &score.to_string())
        .write("gates/security.yaml", "gates:\n  - {id: shared, type: command, command: echo shared}\n")
        .write("suite.json", r#"{"passed": 12, "failed": 0}"#)
        .write("metrics.json", &metrics.to_string());
    for name in ["wrk-1.txt", "wrk-2.txt", "wrk-3.txt", "old-1.txt", "old-2.txt", "old-3.txt"] {
        project.write(name, &super::latency::fixture("wrk.txt"));
    }
    project.commit();
    project
}

/// The gate files of a section whose first line says what they end in.
fn examples(body: &str) -> impl Iterator<Item = &str> {
    body.split("```yaml\n")
        .skip(1)
        .filter(|text| text.starts_with('#'))
        .map(|rest| rest.split("```").next().expect("an end"))
}

#[test]
fn examples_end_as_they_say_and_their_metrics_are_documented() {
    let page = page();
    let registry = Registry::builtin();
    let project = project();
    let titles = ["The gate file", "Conditions", "Variables", "Skipping"].into_iter().chain(registry.names());
    for title in titles {
        let body = section(&page, title);
        let documented: Vec<_> = table(body, "metric").concat();
        let mut seen = 0;
        for text in examples(body) {
            let expected = text.lines().next().and_then(|line| line.rsplit(": ").next()).expect("a status");
            project.write("gates.yaml", text);
            let (_, report) = run(&project, &[]).json();
            assert!(statuses(&report).iter().all(|(_, status)| *status == expected), "{text}{report:#}");
            let metrics = report["results"][0]["metrics"].as_object().expect("metrics");
            let known = |name: &str| documented.iter().any(|cell| cell.split(", ").any(|known| known == name));
            let strange: Vec<_> = metrics.keys().filter(|name| !known(name)).collect();
            assert!(
                registry.get(title).is_none_or(|gate| gate.name() == "command") || strange.is_empty(),
                "{strange:?}"
            );
            seen += 1;
        }
        assert!(seen > 0, "{title} has lost its example");
    }
}

/// The console blocks follow one another: one shell runs them all, in a directory with the first gate file.
#[test]
fn console_blocks_print_what_they_say() {
    const END: &str = "-- end of a block --";
    let page = page();
    let project = Project::new();
    let first = section(&page, "Five minutes").split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    project.write("gates.yaml", first.expect("a gate file"));
    let blocks = docs::examples(&page);
    assert!(blocks.len() >= 5, "the page has lost its examples");
    let script: String = blocks.iter().map(|(script, _)| format!("{script}echo '{END}'\n")).collect();
    let printed = docs::shell(&project, &script).replace(&format!("{END}\n"), END);
    let expected: Vec<_> = blocks.iter().map(|(_, expected)| expected.as_str()).collect();
    assert_eq!(printed.split_terminator(END).collect::<Vec<_>>(), expected);
}

/// The shape of the files that circulate: gates that name no source.
#[test]
fn a_file_without_any_source_runs_as_it_stands_and_shows_nothing() {
    let gate = |id: &str, kind: &str, more: &str| {
        format!("  - id: {id}\n    name: \"{id}\"\n    type: {kind}\n{more}    artifact: true\n\n")
    };
    let yaml = [
        gate("schema-validation", "schema_validation", "    on_fail: block\n"),
        gate("dependency-audit", "dependency_security", "    on_fail: block\n    timeout_seconds: 120\n"),
        gate("secrets-scan", "secrets_scan", "    on_fail: block\n"),
        gate("perf", "performance_regression", "    pass_condition: \"p99_latency_ms < 2000\"\n    on_fail: warn\n"),
        gate("prri-check", "halluccheck_prri", "    framework: default\n    on_fail: block\n    parallel: true\n"),
        gate("trust-gate", "halluccheck_trust", "    on_fail: block\n    parallel: true\n"),
    ];
    let project = super::with_gates(&format!("gates:\n{}", yaml.concat()));
    let (run, report) = run(&project, &["--context", "env=staging", "--project-id", "my-agent"]).json();
    let expected = [
        ("schema-validation", "UNPROVEN", "`files:`"),
        ("dependency-audit", "UNPROVEN", "git tracks no lock file"),
        ("secrets-scan", "PASS", "no secret"),
        ("perf", "WARN", "`samples:`"),
        ("prri-check", "UNPROVEN", "`input:`"),
        ("trust-gate", "UNPROVEN", "`events:`"),
    ];
    assert_eq!(run.code, Some(1));
    for (row, (id, status, names)) in report["results"].as_array().expect("results").iter().zip(expected) {
        assert_eq!((&row["id"], &row["status"]), (&Value::from(id), &Value::from(status)));
        assert!(row["detail"].as_str().is_some_and(|detail| detail.contains(names)), "{row}");
    }
}
