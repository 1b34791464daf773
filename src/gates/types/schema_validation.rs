//! `schema_validation`: whether documents are what a schema says.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::command_metrics::{judged, with_exit};
use super::super::documents::each_document;
use super::super::event_envelope;
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Options, Wrong};
use super::super::schema::Schema;
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::model::{Finding, Source};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;
use crate::world::glob;
use crate::world::glob::Pattern;

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaValidation;

/// A gate of it.
struct Configured {
    files: Vec<Pattern>,
    against: Against,
}

/// What the documents are held against.
enum Against {
    Schema(PathBuf),
    Envelope { strict: bool },
}

const KEYS: Keys = &[
    Key::required(
        "files",
        Type::Called("globs of JSON, JSONL and YAML files, one or a list", &Type::GLOBS),
        "What is validated. A glob that matches no file is UNPROVEN.",
    ),
    Key::or(
        "schema",
        Type::Called("a JSON Schema file", &Type::Text),
        "the event envelope 2.0",
        "What it is validated against.",
    ),
    Key::or(
        "envelope",
        Type::Called("`strict`: all six fields are required", &Type::OneOrMany(&Type::Word(&["strict"]))),
        "three are",
        "Makes `event_id`, `event_type` and `timestamp` required as well.",
    ),
];

/// How many violations are kept; all are counted.
const KEPT: usize = 1_000;

impl GateType for SchemaValidation {
    fn name(&self) -> &str {
        "schema_validation"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let files = patterns(options)?;
        let schema = options.text("schema");
        let strict = !options.texts("envelope").is_empty();
        let against = match schema {
            Some(_) if strict => return Err(("envelope".into(), "has no meaning beside `schema`".into())),
            Some(path) => Against::Schema(path.into()),
            None => Against::Envelope { strict },
        };
        Ok(Arc::new(Configured { files, against }))
    }
}

impl Gate for Configured {
    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        let rules = Rules::of(job, &self.against)?;
        let mut found = Found::default();
        match job.payload {
            Some(payload) => found.document(&rules, &"payload".into(), Ok(payload.clone())),
            None if self.files.is_empty() => return Err("nothing to validate: set `files:`".into()),
            None => {
                for path in glob::files(&job.world.root, &job.world.dir, &self.files)? {
                    found.file(job, &rules, &path)?;
                }
            }
        }
        if found.documents == 0 {
            return Err("there is no document in the files".into());
        }
        Ok(found.evidence(&rules))
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(judge(metrics)))
    }
}

fn patterns(options: &Options) -> Result<Vec<Pattern>, Wrong> {
    let texts = options.texts("files");
    texts.into_iter().map(|text| Pattern::parse(text).map_err(|why| ("files".to_owned(), why))).collect()
}

enum Rules {
    Schema(Schema),
    Envelope { strict: bool },
}

impl Rules {
    fn of(job: &Job<'_>, against: &Against) -> Result<Self, String> {
        match against {
            Against::Schema(path) => Schema::load(job.world, &job.world.dir.join(path)).map(Self::Schema),
            Against::Envelope { strict } => Ok(Self::Envelope { strict: *strict }),
        }
    }

    fn faults<'r>(&'r self, document: &'r Value) -> Box<dyn Iterator<Item = (String, String)> + 'r> {
        match self {
            Self::Schema(schema) => Box::new(schema.faults(document)),
            Self::Envelope { strict } => Box::new(event_envelope::faults(document, *strict).into_iter()),
        }
    }
}

#[derive(Default)]
struct Found {
    documents: u64,
    count: u64,
    kept: Vec<String>,
    findings: Vec<Finding>,
    warnings: Vec<String>,
}

impl Found {
    fn file(&mut self, job: &Job<'_>, rules: &Rules, path: &std::path::Path) -> Result<(), String> {
        let before = self.documents;
        each_document(&job.world.root, path, |place, document| self.document(rules, place, document))?;
        if self.documents == before && self.warnings.len() < KEPT {
            self.warnings.push(format!("{}: there is no document in it", glob::shown(path)));
        }
        Ok(())
    }

    fn document(&mut self, rules: &Rules, place: &Source, document: Result<Value, String>) {
        self.documents += 1;
        match document {
            Ok(document) => {
                for (pointer, message) in rules.faults(&document) {
                    self.violation(place, &pointer, &message);
                }
            }
            Err(why) => self.violation(place, "", &why),
        }
    }

    fn violation(&mut self, source: &Source, pointer: &str, message: &str) {
        self.count += 1;
        if self.kept.len() < KEPT {
            let (pointer, message) = (visible_up_to(pointer, 200), visible_up_to(message, 300));
            let within = if pointer.is_empty() { String::new() } else { format!(":{pointer}") };
            self.kept.push(format!("{}{within}: {message}", source.text()));
            self.findings.push(Finding {
                rule: "violation".to_owned(),
                message: format!("{pointer}: {message}").trim_start_matches(": ").to_owned(),
                place: source.place().cloned(),
                key: pointer,
            });
        }
    }

    fn evidence(mut self, rules: &Rules) -> Evidence {
        if matches!(rules, Rules::Schema(schema) if schema.accepts_anything) {
            self.warnings.push("the schema has no rule: it accepts anything".into());
        }
        let metrics = [
            ("valid", json!(self.count == 0)),
            ("violations", json!(self.kept)),
            ("violation_count", json!(self.count)),
            ("documents_checked", json!(self.documents)),
        ];
        let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Evidence { metrics, warnings: self.warnings, findings: self.findings, ..Evidence::default() }
    }
}

fn judge(metrics: &Metrics) -> Result<Judgement, String> {
    let valid = metrics::flag(metrics, "valid")?;
    let (listed, first) = violations(metrics)?;
    let counted = metrics::count(metrics, "violation_count")?;
    let documents = metrics::count(metrics, "documents_checked")?;
    if valid.is_none() && counted.is_none() && listed.is_none() {
        return Err("neither `valid` nor `violation_count` is known".into());
    }
    let count = counted.max(listed).unwrap_or_default();
    if count > 0 || valid == Some(false) {
        let more = first.map(|first| format!(", the first: {first}")).unwrap_or_default();
        return Ok(Judgement::Fail(format!("{count} {}{more}", plural(count, "violation"))));
    }
    match documents {
        Some(0) => Err("no document was checked".into()),
        Some(checked) => Ok(Judgement::Pass(format!("{checked} {} valid", plural(checked, "document")))),
        None => Ok(Judgement::Pass("valid".into())),
    }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Tools print the list or only its length.
fn violations(metrics: &Metrics) -> Result<(Option<u64>, Option<String>), String> {
    match metrics.get("violations") {
        Some(Value::Array(items)) => {
            let first = items.first().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            Ok((Some(items.len() as u64), first.map(|first| visible_up_to(&first, 300))))
        }
        _ => Ok((metrics::count(metrics, "violations")?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    const GATE: SchemaValidation = SchemaValidation;
    const SCHEMA: &str = r#"{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}"#;

    fn with_schema(files: Value) -> Bench {
        Bench::new(json!({"files": files, "schema": "s.json"})).file("s.json", SCHEMA)
    }

    #[test]
    fn documents_of_all_files_are_validated() {
        let bench = with_schema(json!(["d/**/*.json*", "d/*.yaml"]))
            .file("d/a.json", r#"{"a": 1}"#)
            .file("d/e/b.jsonl", "{\"a\": 1}\n{\"a\": \"1\"}\n{}\nnope\n")
            .file("d/c.yaml", "a: 1\n---\na: x\n");
        let metrics = bench.source(&GATE).unwrap().metrics;
        assert_eq!((&metrics["valid"], &metrics["documents_checked"]), (&json!(false), &json!(7)));
        let violations: Vec<_> =
            metrics["violations"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        let places: Vec<_> = violations.iter().map(|v| v.split(": ").next().unwrap()).collect();
        assert_eq!(places, ["d/c.yaml:3:/a", "d/e/b.jsonl:2:/a", "d/e/b.jsonl:3", "d/e/b.jsonl:4"]);
        assert_eq!(metrics["violation_count"], json!(4));
        assert!(
            matches!(bench.verdict(&GATE), Judgement::Fail(why) if why.starts_with("4 violations, the first: d/c"))
        );
    }

    #[test]
    fn the_envelope_is_built_in() {
        let event = json!({"schema_version": "2.0", "source": "my-app@1.0.0", "payload": {}});
        let verdict = |options, payload: &Value| Bench::new(options).payload(payload.clone()).verdict(&GATE);
        assert_eq!(verdict(json!({}), &event), Judgement::Pass("1 document valid".into()));
        assert!(matches!(verdict(json!({"envelope": "strict"}), &event), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({}), &json!({"schema_version": "2.0"})), Judgement::Fail(_)));
        assert!(matches!(verdict(json!({}), &json!([event])), Judgement::Fail(_)));
    }

    #[test]
    fn nothing_to_look_at_shows_nothing() {
        let unproven = |bench: Bench| matches!(bench.verdict(&GATE), Judgement::Unproven(_));
        assert!(unproven(with_schema(json!("*.yaml"))));
        assert!(unproven(with_schema(json!("*.jsonl")).file("a.jsonl", "\n")));
        assert!(unproven(with_schema(json!("*.yml")).file("a.yml", "# nothing\n---\n")));
        assert!(unproven(with_schema(json!(["d/a.json", "d/b.json"])).file("d/a.json", r#"{"a": 1}"#)));
        assert!(unproven(Bench::new(json!({"files": "a.json", "schema": "s.json"})).file("a.json", "{}")));
        let bench = with_schema(json!("*.jsonl")).file("a.jsonl", "").file("b.jsonl", r#"{"a": 1}"#);
        assert_eq!(bench.source(&GATE).unwrap().warnings, ["a.jsonl: there is no document in it"]);
        let bench = Bench::new(json!({"schema": "s.json"})).file("s.json", "{}").payload(json!(1));
        assert_eq!(bench.source(&GATE).unwrap().warnings.len(), 1);
    }

    #[test]
    fn many_violations_are_counted_and_not_all_kept() {
        let bench = with_schema(json!("*.jsonl")).file("a.jsonl", &"{}\n".repeat(1_500));
        let metrics = bench.source(&GATE).unwrap().metrics;
        assert_eq!(metrics["violation_count"], json!(1_500));
        assert_eq!(metrics["violations"].as_array().unwrap().len(), KEPT);
    }

    #[test]
    fn a_command_prints_the_result() {
        let verdict = |printed| Bench::new(json!({})).printed(&GATE, printed);
        for good in [json!({"valid": true}), json!({"violations": []}), json!({"violation_count": 0, "exit_code": 0})] {
            assert!(matches!(verdict(good.clone()), Judgement::Pass(_)), "{good}");
        }
        for bad in [
            json!({"valid": false}),
            json!({"valid": true, "violations": ["x"]}),
            json!({"valid": true, "violation_count": 1}),
            json!({"violations": 2}),
            json!({"valid": true, "exit_code": 1}),
        ] {
            assert!(matches!(verdict(bad.clone()), Judgement::Fail(_)), "{bad}");
        }
        for unknown in [
            json!({"exit_code": 0}),
            json!({"valid": "true"}),
            json!({"valid": null}),
            json!({"violation_count": -1}),
            json!({"violations": "none"}),
            json!({"valid": true, "documents_checked": 0}),
        ] {
            assert!(matches!(verdict(unknown.clone()), Judgement::Unproven(_)), "{unknown}");
        }
    }

    #[test]
    fn wrong_options_are_found_before() {
        for options in [
            json!({"files": []}),
            json!({"files": "a["}),
            json!({"files": "/etc/*.json"}),
            json!({"schema": 1}),
            json!({"envelope": "loose"}),
            json!({"envelope": "strict", "schema": "s.json"}),
        ] {
            assert!(GATE.gate(options.as_object().unwrap().clone()).is_err(), "{options}");
        }
        assert!(GATE.gate(json!({"files": ["**/*.json"], "envelope": "strict"}).as_object().unwrap().clone()).is_ok());
    }
}
