//! Every setting: one range, whichever command meets it, and whether a variable, a flag or a key says it.

use std::path::Path;

use delivery_gate::internal::model::{AUTO_IDS, STANDARD_ATTESTATIONS};
use delivery_gate::internal::world::settings::{
    ARTIFACT_DIR, PRRI_RED_THRESHOLD, RETENTION_DAYS, SECRETS_CONFIDENCE, Setting, Takes, Usual, all,
};
use serde_json::Value;

use crate::common::{Gate, Project};

/// Values just below a range, at its ends and just above it, and others; and whether each is taken.
fn values(takes: Takes) -> Vec<(String, bool)> {
    let told = |taken: &[&str], refused: &[&str]| {
        let taken = taken.iter().map(|value| ((*value).to_owned(), true));
        taken.chain(refused.iter().map(|value| ((*value).to_owned(), false))).collect::<Vec<_>>()
    };
    match takes {
        Takes::Text(_) => Vec::new(),
        Takes::Folder => told(&["kept"], &[" ", "\t"]),
        Takes::Switch => told(&["false", "0", " FALSE "], &["no", "off", "2", " "]),
        Takes::Whole(_, from, to) => {
            let [from, to, below, above] = [from.into(), to.into(), i64::from(from) - 1, i64::from(to) + 1];
            let ends = [(from, true), (to, true), (below, false), (above, false)];
            let ends = ends.map(|(value, taken)| (value.to_string(), taken)).to_vec();
            [ends, told(&[&format!(" {from} ")], &["1.5", "many", " "])].concat()
        }
        Takes::Number(from, to) => {
            let ends = [(from, true), (to, true), (from - 0.001, false), (to + 0.001, false)];
            let ends = ends.map(|(value, taken)| (value.to_string(), taken)).to_vec();
            [ends, told(&[&format!(" {to} ")], &["NaN", "5%", "inf", " "])].concat()
        }
        Takes::NumberAbove(above, to) => {
            let ends = [(above + 0.001, true), (to, true), (above, false), (to + 0.001, false)];
            [ends.map(|(value, taken)| (value.to_string(), taken)).to_vec(), told(&[], &["NaN", "5%", " "])].concat()
        }
    }
}

const RUNS_OF_GATES: [&[&str]; 5] = [
    &["run", "repo/gates.yaml", "--repo", "repo"],
    &["evaluate", "g", "--type", "secrets_scan", "--payload", "repo/gates.yaml", "--repo", "repo"],
    &["prri", "10", "--repo", "repo"],
    &["trust", "--repo", "repo"],
    &["check", "--repo", "repo"],
];

const OF_RECORDS: [&[&str]; 4] = [
    &["artifacts", "list", "--repo", "repo"],
    &["artifacts", "latest", "ok", "--repo", "repo"],
    &["artifacts", "purge", "--repo", "repo"],
    &["artifacts", "status", "--repo", "repo"],
];

/// The commands that look at a setting.
fn readers(setting: &Setting<Usual>) -> Vec<&'static [&'static str]> {
    let gates = RUNS_OF_GATES.to_vec();
    if setting.variable.starts_with("DECERN_") {
        vec![&["decision", "--repo", "repo"], &["check", "--repo", "repo"]]
    } else if [ARTIFACT_DIR.variable, RETENTION_DAYS.variable].contains(&setting.variable) {
        [gates, OF_RECORDS.to_vec()].concat()
    } else if setting.variable == SECRETS_CONFIDENCE.variable {
        [gates, vec![&["scan", "repo/gates.yaml"][..]]].concat()
    } else {
        gates
    }
}

fn project() -> Project {
    let project = Project::drafted();
    let gates = "gates:\n  - {id: ok, type: secrets_scan, paths: gates.yaml}\n";
    project.write("gates.yaml", gates).write("delivery-gate.yaml", &format!("decision: {{}}\n{gates}"));
    project.commit().tag("v1.2.3");
    project
}

#[test]
fn every_command_judges_a_value_alike() {
    let project = project();
    let mut asked = 0;
    for setting in all() {
        for (value, taken) in values(setting.takes) {
            for command in readers(&setting) {
                let run = project.gate(command).env(setting.variable, &value).run();
                assert_eq!(run.code != Some(2), taken, "{command:?} {}={value}: {run:?}", setting.variable);
                let why = format!("{}: it must be {}; this is `", setting.variable, setting.takes);
                assert!(
                    taken || run.stderr.contains(&why) && run.stderr.contains("leave it out"),
                    "{command:?}: {run:?}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 250, "{asked}");
}

#[test]
fn what_is_wrong_is_told_of_the_variable_that_is_set() {
    let project = project();
    for setting in all() {
        let (Some(older), Some((bad, _))) = (setting.older, values(setting.takes).pop()) else { continue };
        for command in readers(&setting) {
            let said = project.gate(command).env(older, &bad).run().refusal();
            assert!(said.contains(&format!("{older}: it must be")) && !said.contains(setting.variable), "{said}");
            let newer =
                project.gate(command).env(older, &bad).env(setting.variable, &setting.default.to_string()).run();
            assert_ne!(newer.code, Some(2), "{command:?}: {newer:?}");
        }
    }
}

/// A flag that gives a number has the range of its variable. `--older-than 0` alone asks for more: every record.
#[test]
fn flags_have_the_ranges_of_their_variables() {
    let project = project();
    let mut asked = 0;
    for setting in all() {
        let (Some(flag), Takes::Whole(..) | Takes::Number(..)) = (setting.flag, setting.takes) else { continue };
        let command: &[&str] = match flag {
            "--older-than" => &["artifacts", "purge", "--repo", "repo"],
            "--confidence" => &["scan", "repo/gates.yaml"],
            _ => &["decision", "--repo", "repo"],
        };
        for (value, taken) in values(setting.takes).into_iter().filter(|(value, _)| value.trim() == value) {
            let run = project.gate(command).args(&[&format!("{flag}={value}")]).run();
            let taken = taken || (flag == "--older-than" && value == "0");
            assert_eq!(run.code != Some(2), taken, "{flag}={value}: {run:?}");
            asked += 1;
        }
    }
    assert!(asked > 25, "{asked}");
}

#[test]
fn keys_of_gates_have_the_ranges_of_their_variables() {
    let project = project();
    let mut asked = 0;
    for setting in all() {
        let Some(key) = setting.key.filter(|key| !key.starts_with("decision.")) else { continue };
        let kind =
            if setting.variable == PRRI_RED_THRESHOLD.variable { "halluccheck_prri" } else { "halluccheck_trust" };
        for (value, taken) in values(setting.takes).into_iter().filter(|(value, _)| value.trim() == value) {
            project.write("gates.yaml", &format!("gates:\n  - {{id: g, type: {kind}, {key}: {value}}}\n"));
            let run = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]).run();
            assert_eq!(run.code != Some(2), taken, "{key}: {value}: {run:?}");
            asked += 1;
        }
    }
    assert!(asked > 25, "{asked}");
}

#[test]
fn keys_of_the_policy_have_the_ranges_of_their_variables() {
    let project = project();
    let schema: Value = serde_json::from_str(&Gate::bare().args(&["schema", "policy"]).run().report(0)).expect("JSON");
    let mut asked = 0;
    for setting in all() {
        let Some(key) = setting.key.and_then(|key| key.strip_prefix("decision.")) else { continue };
        let (from, to) = match setting.takes {
            Takes::Whole(_, from, to) => (from.into(), to.into()),
            Takes::Number(from, to) => (from, to),
            _ => continue,
        };
        let property = &schema["$defs"]["decision"]["properties"][key];
        assert_eq!((property["minimum"].as_f64(), property["maximum"].as_f64()), (Some(from), Some(to)), "{key}");
        for (value, taken) in values(setting.takes).into_iter().filter(|(value, _)| value.trim() == value) {
            project.write("delivery-gate.yaml", &format!("decision: {{{key}: {value}}}\n"));
            let run = project.check().run();
            assert_eq!(run.code != Some(2), taken, "{key}: {value}: {run:?}");
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked}");
}

/// spanforge's own variable: it was ignored without a word.
#[test]
fn the_window_of_scores_comes_from_the_environment_too() {
    let project = Project::new();
    let record = |kind: &str, rest: &str, at: u8| {
        format!(
            "{{\"schema_key\": \"halluccheck.{kind}.v1\", \"project_id\": \"p\", \"timestamp\": \"2026-01-02T03:04:{at:02}Z\", {rest}}}\n"
        )
    };
    let critical = |critical: bool, at: u8| record("score", &format!("\"is_critical\": {critical}"), at);
    project.write("log.jsonl", &[critical(true, 1), critical(false, 2), critical(false, 3)].concat());
    let gate = "gates:\n  - {id: g, type: halluccheck_trust, events: log.jsonl, allow_no_records: [pii, secrets]";
    let verdict = |more: &str, variables: &[(&str, &str)]| {
        project.write("gates.yaml", &format!("{gate}{more}}}\n"));
        let gate = project.gate(&["run", "repo/gates.yaml", "--repo", "repo"]);
        variables.iter().fold(gate, |gate, (name, value)| gate.env(name, value)).run().code
    };
    assert_eq!(verdict("", &[]), Some(1), "one of three scores is critical");
    assert_eq!(verdict("", &[("SPANFORGE_GATE_HRI_WINDOW", "2")]), Some(0), "the newest two are not");
    assert_eq!(verdict("", &[("SPANFORGE_GATE_HRI_WINDOW", "3"), ("DELIVERY_GATE_HRI_WINDOW", "2")]), Some(0));
    assert_eq!(verdict(", score_window: 3", &[("DELIVERY_GATE_HRI_WINDOW", "2")]), Some(1), "the key counts");
}

/// A folder whose name is blank was once the repository's top.
#[test]
fn no_record_is_written_where_a_blank_variable_says() {
    let project = project();
    let before = project.git_output(&["status", "--porcelain", "--ignored"]);
    for command in RUNS_OF_GATES {
        project.gate(command).env(ARTIFACT_DIR.variable, " ").run().refusal();
    }
    assert_eq!(project.git_output(&["status", "--porcelain", "--ignored"]), before);
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The cells of a document's rows, without quotes.
fn rows(text: &str) -> Vec<Vec<String>> {
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    text.lines().filter(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn the_decision_gates_own_table_agrees() {
    let rows = rows(&read("docs/decision.md"));
    let of_decisions =
        |setting: &Setting<Usual>| ["DECERN_", "CI_"].iter().any(|start| setting.variable.starts_with(start));
    for setting in all().filter(of_decisions) {
        let names =
            |row: &Vec<String>| row.get(1).is_some_and(|cell| cell.split(", ").any(|name| name == setting.variable));
        let row: &[String; 5] =
            rows.iter().find(|row| names(row)).expect(setting.variable).as_slice().try_into().expect("5");
        let flag = row[0].split(' ').next().filter(|flag| !flag.is_empty());
        let key = (!row[2].is_empty()).then(|| format!("decision.{}", row[2]));
        let told = (flag, key.as_deref(), row[3].clone());
        assert_eq!(told, (setting.flag, setting.key, setting.default.to_string()), "{}", setting.variable);
    }
}

/// Where a help, a page or another table names a default, it is the setting's.
#[test]
fn defaults_are_told_alike() {
    let help = read("docs/cli.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut named = 0;
    for told in help.split("[default: $").skip(1).filter_map(|rest| rest.split_once(']')) {
        let (variable, default) = told.0.split_once(", else ").unwrap_or((told.0, "none"));
        let setting = all().find(|setting| setting.variable == variable).expect(variable);
        assert_eq!(default.trim_end_matches(" in the repository"), setting.default.to_string(), "{variable}");
        named += 1;
    }
    assert!(named > 5, "{named} in docs/cli.md");
    let rows = [rows(&read("docs/pipeline.md")), rows(&read("docs/configuration.md"))].concat();
    for (key, setting) in all().filter_map(|setting| Some((setting.key?, setting))) {
        let key = key.trim_start_matches("decision.");
        let mut told = rows.iter().filter(|row| row[0] == key && row.len() == 4).map(|row| row[2].as_str());
        let (is_number, default) = (!matches!(setting.default, Usual::Words(_)), setting.default.to_string());
        assert!(!is_number || told.any(|told| told.split(' ').next_back() == Some(default.as_str())), "{key}");
    }
}

/// The variables of the benches, which are no settings.
const OF_BENCHES: [&str; 1] = ["DELIVERY_GATE_BENCH_TREE"];

/// Whether a word is what a statement calls a result.
fn is_property(word: &str) -> bool {
    let result = word.trim_start_matches("DELIVERY_GATE_").to_ascii_lowercase();
    let id = result.trim_end_matches("_claimed").trim_end_matches("_reported");
    AUTO_IDS.contains(&id) || STANDARD_ATTESTATIONS.iter().any(|(standard, _)| *standard == id)
}

#[test]
fn every_variable_that_a_document_names_is_a_setting() {
    let names: Vec<_> = all().flat_map(|setting| setting.variables().collect::<Vec<_>>()).chain(OF_BENCHES).collect();
    let mut named = 0;
    for path in crate::docs::documents() {
        let text = read(&path);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let ours =
            |word: &&str| ["DELIVERY_GATE_", "SPANFORGE_", "DECERN_"].iter().any(|start| word.starts_with(start));
        for word in words.filter(ours).filter(|word| !word.ends_with('_')) {
            assert!(names.contains(&word) || is_property(word), "{path}: {word}");
            named += 1;
        }
    }
    assert!(named > 60, "{named}");
}
