use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::gates::testing::registry;
use crate::gates::types::bench::Bench;
use crate::gates::variables::NAMES;
use crate::model::problem::PROBLEM_LIMIT;

fn parse(text: &str) -> Result<Pipeline, Vec<Problem>> {
    Pipeline::parse("gates.yaml", text, &registry(), &NAMES)
}

fn gates(text: &str) -> Vec<GateSpec> {
    parse(text).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}")).gates
}

/// Line, column, message and help of each problem.
fn problems(text: &str) -> Vec<(usize, usize, String, String)> {
    let problems = parse(text).err().unwrap_or_else(|| panic!("this was taken:\n{text}"));
    let told = problems.into_iter().map(|problem| {
        let place = problem.place.map_or((0, 0), |place| (place.line, place.column));
        (place.0, place.1, problem.message, problem.help.unwrap_or_default().into_string())
    });
    told.collect()
}

/// A file with one `command` gate and one more line.
fn with(line: &str) -> String {
    format!("gates:\n  - id: g\n    type: command\n    command: \"true\"\n    {line}\n")
}

#[test]
fn a_gate_is_read_with_its_defaults() {
    let gates = gates(&with("parallel: true"));
    let gate = &gates[0];
    assert_eq!((gate.id.as_str(), gate.name.as_str(), gate.kind.as_str(), gate.line), ("g", "g", "command", 2));
    assert_eq!((gate.on_fail, gate.timeout, gate.parallel), (OnFail::Block, Duration::from_secs(60), true));
    assert_eq!((&gate.artifact, gate.framework.as_str()), (&ArtifactChoice::Record, "default"));
    assert!(gate.pass_condition.is_none() && gate.skip_on.is_none() && !gate.skip_on_draft);
    assert!(gate.env.is_empty() && gate.working_dir.is_none());
}

#[test]
fn every_key_is_read() {
    let text = r#"
version: "1.0"
gates:
  - id: perf-regression
    name: "Performance Regression"
    type: halluccheck_prri
    pass_condition: "p99_latency_ms < 2000 && regression_pct <= 5"
    on_fail: report
    artifact: false
    command: ["hc", "perf", "--project", "${project_id}"]
    framework: eu-ai-act
    timeout_seconds: 86400
    skip_on: "branch.startsWith('dependabot/')"
    skip_on_draft: true
    env: { RUST_LOG: warn, EMPTY: "" }
    working_dir: services/api
    prri_red_threshold: 0x41
    input: "70"
  - id: no
    type: command
    command: echo ${branch} && true
    shell: true
"#;
    let text = text.replace("echo ${branch}", "echo $DG_BRANCH");
    let gates = gates(&text);
    let gate = &gates[0];
    assert_eq!(gate.pass_condition.as_ref().map(Condition::metrics), Some(vec!["p99_latency_ms", "regression_pct"]));
    assert_eq!((gate.on_fail, &gate.artifact), (OnFail::Report, &ArtifactChoice::None));
    assert_eq!((gate.timeout.as_secs(), gate.working_dir.as_deref()), (86400, Some("services/api")));
    assert_eq!(gate.env.get("RUST_LOG").map(String::as_str), Some("warn"));
    let seen = Bench::new(json!({})).with(|job| gate.gate.source(job)).unwrap().metrics;
    assert_eq!(serde_json::Value::Object(seen), json!({"prri_red_threshold": 65.0, "input": "70"}));
    assert_eq!((gates[1].id.as_str(), gates[1].line), ("no", 19));
    assert!(
        matches!(&gates[1].command, Some(Command::Script { text, fail_fast: true }) if text == "echo $DG_BRANCH && true")
    );
}

/// Both spellings of the published files; only the shape is theirs.
#[test]
fn published_files_are_read_unchanged() {
    let text = r#"
gates:
  - id: gate1_schema
    name: "Schema Validation"
    type: schema_validation
    command: "hc schema validate --project {{ project }} --commit {{ commit_sha }}"
    pass_condition:
      exit_code: "== 0"
    on_fail: block
    timeout_seconds: 60
    skip_on:
      - "refs/heads/dependabot/*"
      - "refs/heads/renovate/*"
    skip_on_draft: true
  - id: gate2_deps
    name: "Dependency Security (pip-audit)"
    type: dependency_security
    command: "pip-audit --format json -q"
    pass_condition: { critical_cves: "== 0" }
    timeout_seconds: 180
  - id: gate3_secrets
    type: secrets_scan
    pass_condition: { secrets_detected: "== 0" }
  - id: gate4_perf
    type: performance_regression
    command: "hc perf --project {{ project }} --branch {{ branch }}"
    pass_condition: { regressions: "== 0" }
    on_fail: warn
    parallel: true
  - id: gate5_governance
    type: halluccheck_prri
    pass_condition: { prri_score: "< 70" }
    framework: eu-ai-act
    artifact: prri_result.json
    prri_red_threshold: 70
  - id: gate6_trust
    type: halluccheck_trust
    pass_condition:
      hri_critical_rate: "< 0.05"
      pii_detected: "false"
      secrets_detected: false
    artifact: trust_gate_result.json
    hri_critical_threshold: 0.05
  - id: perf-regression
    type: performance_regression
    pass_condition: "p99_latency_ms < 2000"
    artifact: true
"#;
    let gates = gates(text);
    let ids: Vec<_> = gates.iter().map(|gate| gate.id.as_str()).collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    assert_eq!(gates[4].artifact, ArtifactChoice::File("prri_result.json".to_owned()));
    let found = json!({"hri_critical_rate": 0.01, "pii_detected": false, "secrets_detected": false});
    let trust = gates[5].pass_condition.as_ref().expect("a condition");
    assert_eq!(trust.evaluate(found.as_object().expect("an object")), Ok(true));
    let secrets = gates[2].pass_condition.as_ref().expect("a condition");
    assert_eq!(secrets.evaluate(found.as_object().expect("an object")), Ok(true));
}

#[test]
fn one_wrong_line_is_one_problem_with_its_place_and_a_next_step() {
    let cases = [
        ("on_fail: Block", 14, "`Block` is not a value of gate `g`: on_fail", "did you mean `block`?"),
        ("on_fail: blok", 14, "`blok` is not a value", "did you mean `block`?"),
        ("on_fail: null", 14, "gate `g`: on_fail must be a text, this is nothing (null)", "write it, or leave"),
        ("on_fail:", 12, "gate `g`: on_fail must be a text, this is nothing (null)", "write it, or leave"),
        ("on_fail: true", 14, "gate `g`: on_fail must be a text, this is a boolean", "put it in quotes"),
        ("on_fial: warn", 5, "unknown key `on_fial` in gate `g`", "did you mean `on_fail`?"),
        ("paralel: true", 5, "unknown key `paralel` in gate `g`", "did you mean `parallel`?"),
        ("prri_red_threshold: 1", 5, "unknown key `prri_red_threshold` in gate `g`", "known: id, name"),
        ("parallel: yes", 15, "gate `g`: parallel must be true or false", "write true or false"),
        ("parallel: \"true\"", 15, "gate `g`: parallel must be true or false", "write true or false"),
        ("skip_on_draft: 1", 20, "gate `g`: skip_on_draft must be true or false", "write true or false"),
        ("name: 5", 11, "gate `g`: name must be a text, this is a number", "put it in quotes: \"5\""),
        ("name: ''", 11, "gate `g`: name is empty", "write it, or leave"),
        ("timeout_seconds: 0", 22, "gate `g`: timeout_seconds must be a whole number", "write 1 to 86400"),
        ("timeout_seconds: 86401", 22, "gate `g`: timeout_seconds must be a whole number", "write 1 to 86400"),
        ("timeout_seconds: 1.5", 22, "gate `g`: timeout_seconds must be a whole number", "write 1 to 86400"),
        ("timeout_seconds: \"60\"", 22, "gate `g`: timeout_seconds must be a whole number", "write 1 to 86400"),
        ("timeout_seconds: -1", 22, "gate `g`: timeout_seconds must be a whole number", "write 1 to 86400"),
        ("artifact: ../x.json", 15, "gate `g`: artifact must be true, false or the name of a file", "name a file"),
        ("artifact: /etc/x", 15, "gate `g`: artifact must be true, false or the name of a file", "name a file"),
        ("artifact: 5", 15, "gate `g`: artifact must be a text, this is a number", "put it in quotes"),
        ("working_dir: ../x", 18, "gate `g`: working_dir is not inside the repository", "it must stay"),
        ("working_dir: /x", 18, "gate `g`: working_dir is not inside the repository", "write a path relative"),
        ("pass_condition: \"exit_code = 0\"", 32, "gate `g`: pass_condition: `=` compares nothing", "for example"),
        ("pass_condition: 'exit_code <'", 33, "gate `g`: pass_condition: the condition ends", "for example"),
        ("pass_condition: exit_code < x y", 35, "gate `g`: pass_condition: `y` stands where", "for example"),
        ("pass_condition: \"a\\t<\"", 21, "gate `g`: pass_condition: the condition ends", "for example"),
        ("pass_condition: true", 21, "gate `g`: pass_condition must be a text, this is a boolean", "put it"),
        ("pass_condition: \"true\"", 22, "gate `g`: pass_condition: this names no metric", "for example"),
        ("pass_condition: []", 21, "gate `g`: pass_condition must be an expression or a mapping", "write"),
        ("pass_condition: {}", 21, "gate `g`: pass_condition is empty", "for example \"< 70\""),
        ("pass_condition: {score: '< x'}", 32, "gate `g`: pass_condition.score: `<` needs a number", "for example"),
        ("pass_condition: {score: null}", 29, "gate `g`: pass_condition.score must be a test", "write"),
        ("pass_condition: {score: [1]}", 29, "gate `g`: pass_condition.score must be a test", "write"),
        ("skip_on: true", 14, "gate `g`: skip_on must be a text, this is a boolean", "put it in quotes"),
        ("skip_on: []", 14, "gate `g`: skip_on is an empty list", "name at least one"),
        ("skip_on: ['a', 5]", 20, "gate `g`: skip_on must be a text, this is a number", "put it in quotes"),
        ("skip_on: \"brnch == 'x'\"", 15, "gate `g`: skip_on: there is no variable `brnch`", "for example"),
        ("skip_on: [\"branch == 'x'\"]", 23, "gate `g`: skip_on: a list holds globs", "for example"),
        ("env: {1A: x}", 11, "gate `g`: env: this cannot be set", "use letters"),
        ("env: {DG_BRANCH: x}", 11, "gate `g`: env: this cannot be set", "use letters"),
        ("env: {A: 5}", 14, "gate `g`: env.A must be a text, this is a number", "put it in quotes"),
        ("env: {A: '${branch}'}", 14, "gate `g`: env.A is not filled in", "a value is taken as it stands"),
        ("env: [A]", 10, "gate `g`: env must be a mapping", "write a mapping"),
        ("framework: 2", 16, "gate `g`: framework must be a text, this is a number", "put it in quotes"),
        ("shell: \"true\"", 12, "gate `g`: shell must be true or false", "write true or false"),
    ];
    for (line, column, message, help) in cases {
        let found = problems(&with(line));
        assert_eq!(found.len(), 1, "{line}: {found:#?}");
        let (at, col, said, next) = &found[0];
        assert_eq!((*at, *col), (5, column), "{line}: {said}");
        assert!(said.starts_with(message), "{line}: {said}");
        assert!(next.starts_with(help), "{line}: {next}");
    }
}

#[test]
fn the_shape_of_the_file_is_checked() {
    let gate = "id: g, type: command, command: x";
    let cases = [
        ("", "the file is empty: there are no gates"),
        ("# nothing\n", "the file is empty: there are no gates"),
        ("{}", "the gate file has no `gates`"),
        ("gate: []", "unknown key `gate` in the gate file"),
        ("gates: []", "there are no gates: `gates` is an empty list"),
        ("gates:", "gates must be a list of gates; this is nothing (null)"),
        ("gates: {id: g}", "gates must be a list of gates; this is a mapping"),
        ("gates: [g]", "a gate must be a mapping"),
        ("gates: [null]", "a gate must be a mapping"),
        ("- id: g\n  type: command", "the gate file must be a mapping with `gates:`; this is a list"),
        ("text", "the gate file must be a mapping"),
        ("gates:\n  - id: g\n    command: \"false\"\n   bad: [\n", "this is not valid YAML"),
        (&format!("gates: [{{{gate}}}]\n---\ngates: [{{{gate}}}]"), "a second YAML document starts here"),
        (&format!("version: 2\ngates: [{{{gate}}}]"), "this version of the gate file is not known"),
        ("gates: [{id: g, id: h, type: command, command: x}]", "the key `id` is here twice"),
        ("gates: [&a {id: g, type: command, command: x}]", "an anchor (`&name`) is not allowed here"),
        ("gates: [{type: command, command: x}]", "a gate has no `id`"),
        ("gates: [{id: g, command: x}]", "gate `g` has no `type`"),
        ("gates: [{id: g, type: command}]", "gate `g` has no `command`"),
        ("gates: [{id: g, type: command, command: null}]", "gate `g`: command must be a text, this is nothing"),
        ("gates: [{id: g, type: command, command: ''}]", "gate `g`: command is empty"),
        ("gates: [{id: g, type: command, command: []}]", "gate `g`: command is an empty list"),
        ("gates: [{id: g, type: command, command: [x, 5]}]", "gate `g`: command must be a text, this is a number"),
        ("gates: [{id: g, type: command, command: 'x \"y'}]", "gate `g`: command: the quote \" that opens here"),
        ("gates: [{id: g, type: command, command: 'x ${brunch}'}]", "gate `g`: command: there is no variable `brunch`"),
        ("gates: [{id: g, type: command, command: 'x && y'}]", "gate `g`: command: no shell reads this"),
        ("gates: [{id: g, type: command, command: [x], shell: true}]", "gate `g`: command must be one text, under"),
        ("gates: [{id: g, type: secrets_scan, shell: true}]", "gate `g`: shell is nothing without a command"),
        ("gates: [{id: g, type: secrets_scan, fail_fast: true}]", "gate `g`: fail_fast is nothing without a command"),
        ("gates: [{id: g, type: command, command: x, fail_fast: false}]", "gate `g`: fail_fast is about a script"),
        ("gates: [{id: g, type: secret_scan}]", "`secret_scan` is not a type of gate"),
        ("gates: [{id: g, type: null}]", "gate `g`: type must be a text, this is nothing (null)"),
        ("gates: [{id: , type: secrets_scan}]", "id must be a text, this is nothing (null)"),
        ("gates: [{id: 1e5, type: secrets_scan}]", "id must be a text, this is a number"),
        ("gates: [{id: false, type: secrets_scan}]", "id must be a text, this is a boolean"),
        ("gates: [{id: NUL, type: secrets_scan}]", "`NUL` is not an id for a gate"),
        ("gates: [{id: a/b, type: secrets_scan}]", "`a/b` is not an id for a gate"),
        ("gates: [{id: g, type: halluccheck_prri, input: null}]", "gate `g`: input is nothing (null)"),
        ("gates: [{id: g, type: halluccheck_prri, prri_red_threshold: .inf}]", "gate `g`: prri_red_threshold: `.inf`"),
        (
            "gates: [{id: g, type: halluccheck_prri, prri_red_threshold: '1'}]",
            "gate `g`: prri_red_threshold: must be a number from 0",
        ),
    ];
    for (text, message) in cases {
        let found = problems(text);
        assert!(found[0].2.starts_with(message), "{text}: {found:#?}");
        assert!(!found[0].3.is_empty(), "{text} leaves the user without a next step");
    }
    let found = problems("gates: [{id: g, type: secret_scan}]");
    assert!(found[0].3.starts_with("did you mean `secrets_scan`?"), "{found:?}");
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = "gates:\n  - id: g\n    type: comand\n    on_fail: blok\n  - id: G\n    type: command\n    command: 'x ${y}'\n  \
                - id: h\n    type: secrets_scan\n    artifact: a.json\n  - id: i\n    type: secrets_scan\n    artifact: A.json\n";
    let found: Vec<_> = problems(text).into_iter().map(|(line, column, message, _)| (line, column, message)).collect();
    let expected = [
        (3, 11, "`comand` is not a type of gate"),
        (4, 14, "`blok` is not a value of gate `g`: on_fail"),
        (5, 9, "the id `G` is taken: the gate in line 2 has it"),
        (7, 17, "gate `G`: command: there is no variable `y` (known: project_id, project, branch"),
        (13, 15, "the file `A.json` is another gate's: line 10 names it"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, column, message), (at, col, start)) in found.iter().zip(expected) {
        assert_eq!((*line, *column), (at, col), "{message}");
        assert!(message.starts_with(start), "{message}");
    }
}

/// The corpus of hostile pipelines, as far as the file alone decides; ids as in tests/fixtures/hostile-cases.json.
#[test]
fn hostile_files_are_refused_with_a_place() {
    let cases = [
        ("PL-01", "gates:\n  - id: g\n    type: secret_scan\n    command: \"true\"\n    on_fail: block\n", 3),
        ("PL-05", &with("on_fail: Block"), 5),
        ("PL-07", &with("on_fail: blok"), 5),
        ("PL-09", &with("on_fail: null"), 5),
        ("PL-20", &with("on_fail: warn\n  - id: g\n    type: command\n    command: \"false\""), 6),
        ("PL-23", "gates: []\n", 1),
        ("PL-25", "gates:\n  - id: g\n    command: \"false\"\n   bad: [\n", 4),
        ("PL-27", "- id: g\n  type: command\n  command: \"false\"\n", 1),
        ("PL-32", "gates:\n  - id: g\n    type: command\n    on_fail: block\n", 2),
    ];
    for (id, text, line) in cases {
        let found = problems(text);
        assert_eq!((found.len(), found[0].0), (1, line), "{id}: {found:?}");
    }
}

#[test]
fn hostile_files_that_must_run_are_read() {
    let texts = [
        "gates:\n  - id: no\n    type: command\n    command: \"false\"\n    on_fail: block\n".to_owned(),
        with("pass_condition: {violatons: \"== 0\"}"),
        with("skip_on: [\"(a+)+$\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"]"),
        "gates:\n  - id: g\n    type: command\n    command: \"ls /nonexistent {{ branch }}\"\n".to_owned(),
        "\r\ngates:\r\n  - id: g\r\n    type: command\r\n    command: x\r\n".to_owned(),
    ];
    for text in texts {
        assert_eq!(gates(&text).len(), 1, "{text}");
    }
}

#[test]
fn bombs_are_refused_quickly() {
    let many = (0..5_000).fold("gates:\n".to_owned(), |text, at| text + &format!("  - {{id: g{at}, type: nope}}\n"));
    let found = problems(&many);
    assert_eq!(found.len(), PROBLEM_LIMIT + 1);
    assert_eq!(found[PROBLEM_LIMIT].2, "4900 more problems are not shown");
    let sound = many.replace("nope", "secrets_scan");
    assert_eq!(gates(&sound).last().map(|gate| gate.line), Some(5_001));
    let anchors = format!("gates: [{}]", "&a 1,".repeat(100_000));
    assert_eq!(problems(&anchors).len(), PROBLEM_LIMIT + 1);
    assert_eq!(problems(&format!("gates: {}", "[".repeat(100_000))).len(), 1);
}

#[test]
fn a_file_is_read_inside_the_repository_only() {
    let outside = tempfile::tempdir().expect("a directory");
    std::fs::write(outside.path().join("gates.yaml"), with("parallel: true")).expect("a file");
    let inside = tempfile::tempdir_in(outside.path()).expect("a directory");
    std::fs::write(inside.path().join("gates.yaml"), format!("\u{feff}{}", with("parallel: true"))).expect("a file");
    let root = Root::new(inside.path()).expect("a root");
    let load = |path: &str| Pipeline::load(&root, Path::new(path), path, &registry(), &NAMES);
    assert!(load("gates.yaml").is_ok());
    for path in ["../gates.yaml", "missing.yaml", "."] {
        let problems = load(path).expect_err(path);
        assert_eq!((problems.len(), problems[0].path.as_str()), (1, path));
    }
}

#[test]
fn a_list_within_another_file_is_read_as_well() {
    let text = "x: 1\ngates:\n  - {id: g, type: command, command: x}\n  - {id: h, type: nope}\n";
    let problems = Decoder::yaml("delivery-gate.yaml", text, ("", ""), |decoder, node| {
        let gates = &node.entry("gates").expect("gates").value;
        let pipeline = Pipeline::from_node(decoder, gates, &registry(), &NAMES);
        assert_eq!(pipeline.as_ref().map(|pipeline| pipeline.gates.len()), Some(1));
        pipeline
    });
    assert_eq!(problems.expect_err("a problem").len(), 1);
}

#[test]
fn a_registry_keeps_its_order_and_its_names_apart() {
    let mut registry = registry();
    assert_eq!(registry.names().first().copied(), Some("schema_validation"));
    let again = crate::gates::testing::named("command", &[]);
    assert!(registry.add(again).is_err());
    assert!(registry.add(crate::gates::testing::named("own", COMMON_KEYS)).is_err());
    assert_eq!(registry.add(crate::gates::testing::named("own", &[])), Ok(()));
    assert!(registry.get("own").is_some() && registry.get("other").is_none());
}

fn lines() -> impl Strategy<Value = String> {
    let lines = [
        "gates:",
        "  - id: a",
        "  - id: CON",
        "    type: command",
        "    type: halluccheck_prri",
        "    command: x ${branch}",
        "    command: [a, '{{ b }}']",
        "    pass_condition: a < 1 || b",
        "    pass_condition: {a: '< 1'}",
        "    skip_on: x/*",
        "    env: {A: b}",
        "    artifact: é",
        "    shell: true",
        "    on_fail:",
        "    timeout_seconds: 1e9",
        "    input: [~, 1.5]",
        "  -",
        "    - [",
        "    a: \"\\u0000\"",
        "    ? x",
        "\t",
        "    name: |\n      a\n      b",
        "    pass_condition: >-\n      a <\n      é",
    ];
    proptest::collection::vec(proptest::sample::select(lines.to_vec()), 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_file_panics(text in prop_oneof![lines(), ".*"]) {
        match parse(&text) {
            Ok(pipeline) => prop_assert!(!pipeline.gates.is_empty()),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
