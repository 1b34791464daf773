//! The JSON Schemas take what the program takes and writes.

use delivery_gate::internal::config::{self, Release};
use delivery_gate::internal::gates::COMMON_KEYS;
use delivery_gate::pipeline::{Keys, Pipeline, Registry, Type};
use jsonschema::{PatternOptions, Validator};
use serde_json::{Value, json};

use crate::common::{Gate, PYPROJECT, Project, RELEASE};

pub(crate) fn validator(file: &str) -> Validator {
    let schema = Gate::bare().args(&["schema", file]).run().report(0);
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(jsonschema::meta::validate(&schema).map_err(|error| error.to_string()), Ok(()));
    let options = jsonschema::options().should_validate_formats(true).with_pattern_options(PatternOptions::regex());
    options.build(&schema).expect("a schema")
}

/// Every text, with what the schema and then the parser say of it.
fn judged(file: &str, cases: &[(bool, bool, &str)], parses: impl Fn(&str) -> bool) {
    let validator = validator(file);
    for (fits, parsed, text) in cases {
        let document: Value = serde_yaml::from_str(text).expect(text);
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors.is_empty(), *fits, "{text}: {errors:?}");
        assert_eq!(parses(text), *parsed, "{text}");
    }
}

#[test]
fn release_yaml() {
    let with = |rest: &str| format!("version: \"1.2.3\"\n{rest}\n");
    let good = [
        RELEASE.to_owned(),
        with("attestations: {}"),
        with("attestations: {a.b-c_1: {answer: false, by: }}"),
        with("attestations: {a: {answer: true, by: \"\", at: 2026-11-20, note: x, evidence: x}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20T14:30:00+02:00\"}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20t14:30:00.123456789-00:30\"}}"),
        with("not_applicable: {changelog: \"none yet\"}"),
        "version: 1!2.0+b_1-c\n".to_owned(),
    ];
    let bad = [
        "{}".to_owned(),
        "version: 1.10\n".to_owned(),
        "version: \"1 2\"\n".to_owned(),
        "version: \"-1\"\n".to_owned(),
        "version: abc\n".to_owned(),
        with("attestatons: {}"),
        with("attestations: []"),
        with("attestations: {a: {answer: \"true\"}}"),
        with("attestations: {a: {}}"),
        with("attestations: {a: {answer: true, By: x}}"),
        with("attestations: {a: {answer: true, by: 1}}"),
        with("attestations: {a: {answer: true, at: yesterday}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20 14:30:00Z\"}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20T14:30Z\"}}"),
        with("attestations: {a: {answer: true, at: \"20261120T143000Z\"}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20T14:30:00+02\"}}"),
        with("attestations: {a: {answer: true, at: \"2026-11-20T14:30:00Z[UTC]\"}}"),
        with("attestations: {a: {answer: true, evidence: \" \"}}"),
        with("attestations: {\"a b\": {answer: true}}"),
        with("attestations: {changelog: {answer: true}}"),
        with("not_applicable: {a: \"\"}"),
        with("not_applicable: {a: true}"),
        with("not_applicable: [a]"),
    ];
    // What no schema can say.
    let beyond =
        [with("attestations: {a: {answer: true}}\nnot_applicable: {a: b}"), with("not_applicable: {a: \"\u{200b}\"}")];
    let cases: Vec<_> = good.iter().map(|text| (true, true, text.as_str())).collect();
    judged("release", &cases, |text| Release::parse("release.yaml", text).is_ok());
    let cases: Vec<_> = bad.iter().map(|text| (false, false, text.as_str())).collect();
    judged("release", &cases, |text| Release::parse("release.yaml", text).is_ok());
    let cases: Vec<_> = beyond.iter().map(|text| (true, false, text.as_str())).collect();
    judged("release", &cases, |text| Release::parse("release.yaml", text).is_ok());
}

#[test]
fn delivery_gate_yaml() {
    let own = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/delivery-gate.yaml")).expect("the policy");
    let cases = [
        (true, true, own.as_str()),
        (true, true, "changelog: docs/CHANGES.md\ntag: \"v{version}\"\ntag_annotated: true\nrequired: [ci_status]\n"),
        (true, true, "not_applicable: unless_failed\nmanifests: [a/pyproject.toml]\n"),
        (true, true, "pinning: {mode: exact, scope: [runtime, optional, build, dev]}\n"),
        (true, true, "attestations: {a: {title: t, evidence: required, distinct_from: [rollback_tested]}, b: {}}\n"),
        (
            true,
            true,
            "decision: {base: v1, providers: [http, adr], patterns: [x], ignore: [z], adr: [d], adr_from: head}\n",
        ),
        (
            true,
            true,
            "decision: {timeout_ms: 1, judge: true, judge_timeout_ms: 86400000, judge_min_confidence: 0.5, judge_partial: warn}\n",
        ),
        (true, true, "gates: [{id: g, type: command, command: echo ok}]\n"),
        (false, false, "changelogg: x\n"),
        (false, false, "changelog: \"\"\n"),
        (false, false, "tag: v1\n"),
        (false, false, "tag_annotated: \"true\"\n"),
        (false, false, "required: []\n"),
        (false, false, "required: ci_status\n"),
        (false, false, "not_applicable: unless-failed\n"),
        (false, false, "manifests: [1]\n"),
        (false, false, "pinning: {mode: Exact}\n"),
        (false, false, "pinning: {scope: [runtime, all]}\n"),
        (false, false, "attestations: {a: {evidence: true}}\n"),
        (false, false, "attestations: {changelog: {title: x}}\n"),
        (false, false, "decision: {provider: http}\n"),
        (false, false, "decision: {timeout_ms: 0}\n"),
        (false, false, "decision: {timeout_ms: \"5\"}\n"),
        (false, false, "decision: {judge_min_confidence: 80}\n"),
        (false, false, "decision: {adr_from: haed}\n"),
        (false, false, "decision: null\n"),
        (false, false, "gates: []\n"),
        (false, false, "gates: [{id: g, type: comand, command: x}]\n"),
        (false, false, "gates: [{id: g, type: command}]\n"),
        // What no schema can say: ids that must be known or distinct, and globs and numbers as they are written.
        (true, false, "required: [ci-status]\n"),
        (true, false, "attestations: {a: {distinct_from: [a]}}\n"),
        (true, false, "decision: {ignore: [\"a[\"]}\n"),
        (true, false, "decision: {timeout_ms: 5.0}\n"),
        (true, false, "gates: [{id: changelog, type: command, command: x}]\n"),
    ];
    judged("policy", &cases, |text| Pipeline::of_policy("delivery-gate.yaml", text).is_ok());
}

/// Values of every kind, those that the table has words and ranges for among them.
fn samples(kind: &Type) -> Vec<Value> {
    let entry = json!({"id": "a", "reason": "b", "until": "2026-12-31"});
    let plain = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(7),
        json!(101),
        json!(4_000_000_000_u32),
        json!(""),
        json!(" "),
        json!("true"),
        json!("1"),
        json!("other"),
        json!("2026-11-20"),
        json!("20261120"),
        json!("v{version}"),
        json!("a/b"),
        json!("https://a.example"),
        json!("secrets_scan"),
        json!(["ci_status"]),
        json!(["rollback_tested"]),
        json!([{"id": "b", "type": "secrets_scan"}]),
        json!("/a"),
        json!("x".repeat(5_000)),
        json!([]),
        json!([""]),
        json!(["other"]),
        json!(["a", 1]),
        json!([null]),
        json!({}),
        json!({"a": "> 1"}),
        json!({"a": 1}),
        json!({"a": null}),
        json!({"a": {}}),
        json!({"a b": "c"}),
        json!({"rollback_tested": 2}),
        json!({"rollback_tested": 0}),
        json!({"a": {"answer": true}}),
        json!({"changelog": {"answer": true}}),
        json!({"unknown": "x"}),
        json!([{}]),
        json!([entry]),
        json!([{"id": "a", "reason": "b", "until": "soon"}]),
        json!([{"id": "a", "reason": "b"}]),
        json!([{"file": "a", "pattern": "v{version}"}]),
        json!([{"file": "a", "pattern": "v"}]),
        json!({"changelog": {"reason": "a"}}),
        json!({"changelog": {"until": "2026-12-31"}}),
        json!([{"id": "a", "reason": "b", "until": "2026-12-31", "other": "x"}]),
    ];
    plain.into_iter().chain(own(kind)).collect()
}

/// The words of a type, alone and in a list, and what is at and beyond the ends of its range.
fn own(kind: &Type) -> Vec<Value> {
    let ends = |least: f64, most: f64, step: f64| {
        [least - step, least, least + step, most - step, most, most + step].into_iter().filter(|end| end.is_finite())
    };
    match kind {
        Type::Called(_, kind) | Type::List(kind) | Type::OneOrMany(kind) => own(kind),
        Type::Map { values: Type::Matching(..), .. } => vec![json!({"packages/cli": "1.2.3"})],
        Type::Either(kinds) => kinds.iter().flat_map(own).collect(),
        Type::Word(words) => {
            words.iter().flat_map(|word| [json!(word), json!([word]), json!([word, "other"])]).collect()
        }
        Type::Whole { least, most, .. } => {
            ends((*least).into(), (*most).into(), 1.0).map(|end| json!(end.round() as i64)).collect()
        }
        Type::Number { least, most } | Type::NumberAbove { above: least, most } => {
            ends(*least, *most, 0.001).map(|end| json!(end)).collect()
        }
        _ => Vec::new(),
    }
}

/// Keys whose texts have a meaning that no schema knows: ids of the project, conditions, commands, globs, names of files and
/// addresses.
const WITH_A_MEANING: [&str; 11] = [
    "required",
    "distinct_from_author",
    "distinct_from",
    "pass_condition",
    "artifact",
    "command",
    "skip_on",
    "files",
    "lockfiles",
    "paths",
    "service",
];

fn is_of_texts(value: &Value) -> bool {
    value.is_string() || value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// Holds one table to its reader: what the schema takes of a key is read, and what it refuses is refused.
fn agree(file: &str, keys: Keys, around: impl Fn(&str, Value) -> Value, parses: impl Fn(&str) -> bool) {
    let validator = validator(file);
    for key in keys {
        let mut seen = [0, 0];
        for value in samples(&key.kind) {
            let document = around(key.name, value.clone());
            let (fits, read) = (validator.is_valid(&document), parses(&document.to_string()));
            let may_mean_nothing = fits && WITH_A_MEANING.contains(&key.name) && is_of_texts(&value);
            assert!(fits == read || may_mean_nothing, "{file}: {}: {value}: {fits} {read}", key.name);
            seen[usize::from(read)] += 1;
        }
        assert!(seen.iter().all(|count| *count > 0), "{file}: {}: {seen:?}", key.name);
    }
}

#[test]
fn every_key_is_read_as_its_table_says() {
    let under = |mut document: Value, pointer: &str, key: &str, value: Value| {
        document.pointer_mut(pointer).expect(pointer)[key] = value;
        document
    };
    let release = |text: &str| Release::parse("release.yaml", text).is_ok();
    let version = json!({"version": "1.2.3"});
    let around = |key: &str, value| {
        // Either of the two says what is released.
        let others = if key == "packages" { json!({}) } else { version.clone() };
        under(others, "", key, value)
    };
    agree("release", config::release::KEYS, around, release);
    let claim = json!({"version": "1.2.3", "attestations": {"a": {"answer": true}}});
    let around = |key: &str, value| under(claim.clone(), "/attestations/a", key, value);
    agree("release", config::release::ATTESTATION_KEYS, around, release);

    let policy = |text: &str| Pipeline::of_policy("delivery-gate.yaml", text).is_ok();
    let versions = json!([{"file": "a", "pattern": "{version}"}]);
    let parts = json!({"pinning": {}, "claims": {}, "decision": {}, "attestations": {"a": {}}, "versions": versions,
        "exceptions": {"changelog": {"reason": "a"}}, "ci": {"require": [{"name": "a"}]}});
    let tables = [
        ("", config::policy::KEYS),
        ("/pinning", config::policy::PINNING_KEYS),
        ("/attestations/a", config::policy::ATTESTATION_KEYS),
        ("/exceptions/changelog", config::policy::EXCEPTION_KEYS),
        ("/versions/0", config::policy::VERSION_KEYS),
        ("/ci/require/0", config::ci::REQUIRED_KEYS),
        ("/claims", config::claims::KEYS),
        ("/decision", config::decision::KEYS),
    ];
    for (pointer, keys) in tables {
        agree("policy", keys, |key, value| under(parts.clone(), pointer, key, value), policy);
    }

    let registry = Registry::builtin();
    let pipeline = |text: &str| Pipeline::parse("gates.yaml", text, &registry, &[]).is_ok();
    let gate = |kind: &str| json!({"gates": [{"id": "g", "type": kind, "command": "x"}]});
    let common = |key: &str, value| {
        // It is about a script.
        let gate =
            if key == "fail_fast" { under(gate("command"), "/gates/0", "shell", json!(true)) } else { gate("command") };
        under(gate, "/gates/0", key, value)
    };
    agree("pipeline", COMMON_KEYS, common, pipeline);
    for kind in registry.gates() {
        let around = |key: &str, value| under(gate(kind.name()), "/gates/0", key, value);
        agree("pipeline", kind.keys(), around, pipeline);
    }
}

/// Reports of every command and exit code.
#[test]
fn reports() {
    let validator = validator("report");
    let valid = |gate: Gate, code: i32| {
        let (run, report) = gate.json();
        let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!((run.code, &errors[..]), (Some(code), &[][..]), "{report}");
    };
    let released = Project::released();
    valid(released.check_after_ci(), 0);
    let project = Project::drafted();
    project.write("gates.yaml", "gates: [{id: tests, type: command, command: echo ok}]\n").commit();
    valid(project.check(), 1);
    let run = |arguments: &[&str], code| {
        let folder = if arguments[0] == "scan" { &[][..] } else { &["--repo", "repo"] };
        valid(project.gate(arguments).args(folder), code);
    };
    run(&["decision"], 1);
    run(&["run", "gates.yaml"], 0);
    run(&["evaluate", "tests", "--config", "gates.yaml"], 0);
    run(&["prri", "12"], 0);
    run(&["prri", "50"], 0);
    run(&["trust"], 1);
    run(&["scan", "repo"], 0);
    let refused: [&[&str]; 10] = [
        &["check", "--formt"],
        &["decision", "--timeout-ms", "0"],
        &["run", "none.yaml"],
        &["evaluate", "g", "--type", "x"],
        &["prri", "101"],
        &["trust", "--project-id", ""],
        &["scan", "none"],
        &["artifacts", "shw"],
        &["schema", "x"],
        &["explain", "--x"],
    ];
    for arguments in refused {
        run(arguments, 2);
    }
    project
        .write("release.yaml", "version: 1\nattestation: {}\n")
        .write("pyproject.toml", &(PYPROJECT.to_owned() + "["));
    run(&["check"], 2);
    run(&["list"], 2);
}

/// What `verify` prints of a release, with a record and without, that holds and that does not.
#[cfg(unix)]
#[test]
fn verify() {
    let validator = validator("verify");
    let keys = crate::signed::keys();
    let project = crate::signed::project(&keys, crate::signed::REQUIRED);
    crate::signed::signed(&project, &keys, "jane");
    project.commit().tag("v1.2.3");
    project.check_after_ci().args(&["--record", "records"]).run().report(0);
    let mut files = std::fs::read_dir(project.path("records")).expect("records").map(|file| file.expect("one").path());
    let record = files.find(|path| path.extension().is_some_and(|it| it == "json")).expect("a record");
    let record = record.to_str().expect("UTF-8").to_owned();
    // The key no longer counts: told, and nothing that holds.
    let ended = format!("jane@example.com valid-before=\"20260201Z\" {}\n", keys.public("jane"));
    std::fs::write(project.path("signers"), ended).expect("signers");
    std::fs::write(project.path("no-record.json"), "{}").expect("a file");
    let document = |more: &[&str], code: i32| {
        let (run, document) = project.gate(&["verify", "v1.2.3", "--repo", "repo"]).args(more).json();
        assert_eq!(run.code, Some(code), "{document}");
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{document}");
        document
    };
    let confirmed = document(&["--record", &record, "--signers", "signers"], 0);
    assert_eq!(confirmed["expired_since"].as_array().map(Vec::len), Some(1), "{confirmed}");
    let lost = document(&[], 1);
    assert_eq!(lost["record"], Value::Null);
    let unsound = document(&["--record", "no-record.json"], 1);
    assert_eq!((&unsound["record"]["sha256"], &unsound["verified"]), (&Value::Null, &Value::from(false)));
    for key in confirmed.as_object().expect("an object").keys() {
        let mut fewer = confirmed.clone();
        fewer.as_object_mut().expect("an object").remove(key);
        assert!(!validator.is_valid(&fewer), "{key} is always there");
    }
    let mut other = confirmed.clone();
    other["results"][0]["standing"] = "proven".into();
    assert!(!validator.is_valid(&other), "no other word is one");
}

/// Records of every command, with as many of their keys filled as one run fills.
#[test]
fn records() {
    let validator = validator("record");
    let project = Project::drafted();
    let release = RELEASE.to_owned() + "not_applicable: {feature_flags: none in this release}\n";
    let policy = "exceptions: {changelog: {reason: we have none, until: 2999-01-02}}\n";
    project.write("release.yaml", &release).write("delivery-gate.yaml", policy).remove("CHANGELOG.md");
    project.write("gates.yaml", "gates: [{id: tests, type: command, command: echo ok}]\n").commit().tag("v1.2.3");
    let kept = ["--record", "records"];
    project.check_after_ci().args(&kept).run().report(0);
    project.check().args(&["--before-tag"]).args(&kept).run();
    project.check().args(&["--config", "repo/delivery-gate.yaml"]).args(&kept).run().report(1);
    project.gate(&["run", "gates.yaml", "--repo", "repo"]).args(&kept).run().report(0);
    project.gate(&["decision", "--repo", "repo"]).args(&kept).run();
    let (_, listing) = project.gate(&["records", "list"]).args(&kept).json();
    let records = listing["records"].as_array().expect("records");
    assert_eq!(records.len(), 5);
    for record in records {
        let errors: Vec<_> = validator.iter_errors(record).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{record}");
        for key in record.as_object().expect("an object").keys() {
            let mut fewer = record.clone();
            fewer.as_object_mut().expect("an object").remove(key);
            assert!(!validator.is_valid(&fewer), "{key} is always there");
        }
    }
}
