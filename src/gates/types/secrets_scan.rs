//! `secrets_scan`: whether there are secrets in the files.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::command_metrics::{judged, name_thresholds, payload_of, with_exit};
use super::super::gate::{Evidence, Gate, GateType, Job, Judgement, Left, Options, Wrong};
use super::super::output::documents;
use crate::evidence::decision::compared_with;
use crate::evidence::scanners;
use crate::evidence::secrets;
use crate::evidence::secrets::change;
use crate::evidence::secrets::files::{Listed, Which};
use crate::evidence::secrets::{Baseline, Scan, Summary};
use crate::git::Repository;
use crate::model::Metrics;
use crate::model::Place;
use crate::model::escape::visible_up_to;
use crate::model::problem::Problem;
use crate::structured::json::kind;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::metrics;
use crate::system::environment::Environment;
use crate::world::glob;
use crate::world::glob::Pattern;
use crate::world::settings::SECRETS_CONFIDENCE;

/// The type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SecretsScan;

/// A gate of it; without a pattern, the files of the repository are scanned.
struct Configured {
    paths: Vec<Pattern>,
}

const KEYS: Keys = &[Key::or("paths", Type::GLOBS, "the files that git tracks", "What the built-in scan looks at.")];

/// How many of what was not looked at stand in the row; the metrics have more.
const SHOWN: usize = 3;

/// How much of their names, in characters.
const SHOWN_LIMIT: usize = 300;

/// The cause that is no news: a picture is no text.
const BINARY: &str = "binary";

/// The metric and its older name.
const DETECTED: [&str; 2] = ["detected", "secrets_detected"];

impl GateType for SecretsScan {
    fn name(&self) -> &str {
        "secrets_scan"
    }

    fn keys(&self) -> Keys {
        KEYS
    }

    fn configure(&self, options: &Options) -> Result<Arc<dyn Gate>, Wrong> {
        let paths = options.texts("paths").into_iter().map(Pattern::parse).collect::<Result<_, _>>();
        Ok(Arc::new(Configured { paths: paths.map_err(|why| ("paths".to_owned(), why))? }))
    }
}

impl Gate for Configured {
    fn prepare(&self, job: &Job<'_>) -> Result<(), Vec<Problem>> {
        payload_of(job, |payload| Payload::read(payload).map(drop))
    }

    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        let payload = job.payload.map(Payload::read).transpose()?;
        if let Some(Payload::Report(report)) = payload {
            return self.interpret(job, report.clone());
        }
        let scan = Scan::new(secrets::confidence_of(&job.world.environment)?, Baseline::read(job.world)?)?;
        let summary = match payload {
            Some(payload) => payload.scanned(&scan)?,
            None => {
                let mut summary = scan.run(listed(job, &self.paths)?);
                compare(job, &mut summary, &scan)?;
                summary
            }
        };
        let untold = || summary.untold.clone().filter(|_| summary.hit_count == 0);
        match summary.shortfall().or_else(|| summary.unsearched_text()).or_else(untold) {
            Some(why) => Err(why),
            None => {
                // What was handed in is no file of the repository.
                let in_repository = job.payload.is_none();
                let place = |found: &secrets::Finding| Place::under(Path::new(""), &found.path);
                let findings = summary.findings.iter();
                let findings = findings.map(|found| found.reported(place(found).filter(|_| in_repository)));
                let findings = findings.collect();
                let mut metrics = summary.metrics();
                name_confidence(&mut metrics, &job.world.environment);
                let mut warnings = summary.unreadable;
                warnings.extend(summary.missed);
                warnings.extend(summary.untold);
                warnings.extend(summary.allowed_by_change.iter().map(|what| format!("allowed by this change: {what}")));
                Ok(Evidence { metrics, findings, warnings, ..Evidence::default() })
            }
        }
    }

    /// Whichever of the names is printed, conditions may use both, and the count with them.
    fn interpret(&self, _job: &Job<'_>, mut printed: Metrics) -> Result<Evidence, String> {
        let hits = metrics::count(&printed, "hit_count")?;
        let said = metrics::flag_of_two(&printed, DETECTED)?;
        if metrics::count(&printed, "files_scanned")? == Some(0) {
            return Err("no file was scanned".into());
        }
        let detected = match (said, hits) {
            (None, None) => {
                return Err(format!("what the command printed has no shape that is known: {}", scanners::KNOWN));
            }
            (Some(true), Some(0)) | (Some(false), Some(1..)) => {
                return Err("`detected` and `hit_count` contradict each other".into());
            }
            (said, hits) => said.unwrap_or(hits != Some(0)),
        };
        if metrics::flag(&printed, "auto_blocked")? == Some(true) && !detected {
            return Err("`auto_blocked` contradicts that nothing was detected".into());
        }
        printed.extend(DETECTED.map(|name| (name.to_owned(), Value::Bool(detected))));
        if hits.is_none() && !detected {
            printed.insert("hit_count".into(), json!(0));
        }
        Ok(Evidence::of(printed))
    }

    fn read(&self, _job: &Job<'_>, left: &Left<'_>) -> Option<Result<Evidence, String>> {
        let documents = documents(left.output);
        if documents.as_ref().is_some_and(Vec::is_empty) && left.exit_code != 0 {
            return None;
        }
        let output = String::from_utf8_lossy(left.output);
        let scanner =
            scanners::Left { words: left.words, documents: documents.as_deref(), output: &output, stderr: left.stderr };
        Some(scanners::read(&scanner)?.and_then(|scanned| {
            let aside = format!("{} of the scanner's findings are set aside by its baseline", scanned.set_aside);
            let warnings = (scanned.set_aside > 0).then_some(aside).into_iter().collect();
            Ok(Evidence { metrics: scanned.metrics()?, warnings, is_secret: true, ..Evidence::default() })
        }))
    }

    fn judge(&self, _job: &Job<'_>, metrics: &Metrics) -> Judgement {
        with_exit(metrics, judged(judge(metrics)))
    }
}

/// Adds what the change allowed itself, where there is a repository.
fn compare(job: &Job<'_>, summary: &mut Summary, scan: &Scan) -> Result<(), String> {
    let Ok(repository) = job.world.repository.as_deref() else { return Ok(()) };
    let before = || compared_with(&job.world.environment, repository);
    let path = |found: &str| Place::under(Path::new(""), found).map(|place| place.path);
    change::compare(before, repository, summary, scan, path)
}

/// Names the confidence that the environment asks for, where it does.
pub(crate) fn name_confidence(metrics: &mut Metrics, environment: &Environment) {
    let given = SECRETS_CONFIDENCE.given(environment);
    name_thresholds(metrics, [given.map(|(name, value)| (name, value.to_owned()))]);
}

/// The files of `paths:`, else those of the repository.
fn listed(job: &Job<'_>, patterns: &[Pattern]) -> Result<Listed, String> {
    let mut listed = Listed::default();
    if patterns.is_empty() {
        let top = job
            .world
            .repository
            .as_deref()
            .map_err(|_| "there is no git repository here; name the files under `paths:`")?
            .top();
        let own = Repository::discover(top).map_err(|why| why.to_string())?;
        listed.repository(own, b"", Path::new(""), Which::WorkTree)?;
        return Ok(listed);
    }
    for path in glob::files(&job.world.root, &job.world.dir, patterns)? {
        let inside = job.world.root.resolve(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let full = job.world.root.path().join(inside);
        let before = listed.count();
        if full.is_dir() {
            listed.folder(&full, &path)
        } else {
            listed.named(&full, &path)
        }
        listed.expect_more_than(before, &path);
    }
    Ok(listed)
}

/// What `evaluate` is given.
enum Payload<'p> {
    /// One text.
    Text(&'p str),
    /// Texts by the names of their files.
    Files(&'p Map<String, Value>),
    /// What a scanner found.
    Report(&'p Metrics),
}

impl<'p> Payload<'p> {
    /// An object that is none of these could be a report that nobody understood.
    fn read(payload: &'p Value) -> Result<Self, String> {
        let is_report = |key: &str| key == "hit_count" || DETECTED.contains(&key);
        let unknown =
            "a text, `{\"files\": {path: text}}`, or a scanner's object with `secrets_detected` or `hit_count`";
        match payload {
            Value::String(text) => {
                let broken = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{');
                let says = |key: &str| text.contains(&format!("\"{key}\""));
                if broken && DETECTED.into_iter().chain(["hit_count"]).any(says) {
                    return Err("it begins like a scanner's object and is not valid JSON".to_owned());
                }
                Ok(Self::Text(text))
            }
            Value::Object(given) => match given.get("files") {
                Some(Value::Object(files)) if given.len() == 1 => Ok(Self::Files(files)),
                None if given.keys().any(|key| is_report(key)) => Ok(Self::Report(given)),
                _ => Err(format!("it has none of the shapes that are known: {unknown}")),
            },
            other => Err(format!("it is {}, not {unknown}", kind(other))),
        }
    }

    fn scanned(&self, scan: &Scan) -> Result<Summary, String> {
        let text = |name: &str, text: &str| scan.text(name, &mut text.as_bytes());
        let files = match self {
            Self::Text(payload) => return text("<payload>", payload),
            Self::Files(files) => *files,
            Self::Report(_) => return Err("a report is not scanned".to_owned()),
        };
        let mut summary = Summary::default();
        for (name, content) in files {
            let content = content.as_str().ok_or_else(|| format!("`files`: {name} is not a text"))?;
            summary.merge(text(name, content)?);
        }
        Ok(summary)
    }
}

fn judge(metrics: &Metrics) -> Result<Judgement, String> {
    let hits = metrics::count(metrics, "hit_count")?;
    let detected = metrics::flag_of_two(metrics, DETECTED)?.ok_or("whether there are secrets is not known")?;
    Ok(match (detected, hits) {
        (false, None | Some(0)) => Judgement::Pass(format!("no secret was found{}", not_searched(metrics))),
        (_, Some(hits @ 1..)) => {
            Judgement::Fail(format!("{hits} {} found", if hits == 1 { "secret" } else { "secrets" }))
        }
        _ => Judgement::Fail("secrets were found".into()),
    })
}

/// What was not looked at, by its cause: nobody takes it for clean then. Archives are few, and the first are named.
fn not_searched(metrics: &Metrics) -> String {
    let Some(Value::Object(causes)) = metrics.get("not_searched") else { return String::new() };
    let told = causes.iter().filter_map(|(cause, names)| {
        let names: Vec<_> = names.as_array()?.iter().filter_map(Value::as_str).collect();
        let first = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        let more = if names.len() > SHOWN { ", …" } else { "" };
        let which =
            if cause == BINARY { String::new() } else { format!(" ({}{more})", visible_up_to(&first, SHOWN_LIMIT)) };
        let many = if names.len() < secrets::NAMED { "" } else { " or more" };
        Some(format!("{}{many} {cause}{which}", names.len()))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() { String::new() } else { format!("; not searched: {}", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::super::bench::Bench;
    use super::*;

    fn verdict(printed: Value) -> Judgement {
        Bench::new(json!({})).printed(&SecretsScan, printed)
    }

    #[test]
    fn either_name_is_read() {
        for printed in [
            json!({"detected": false}),
            json!({"secrets_detected": false, "hit_count": 0, "exit_code": 0}),
            json!({"hit_count": 0, "files_scanned": 3}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Pass(_)), "{printed}");
        }
        for printed in [
            json!({"detected": true}),
            json!({"secrets_detected": true, "hit_count": 2, "exit_code": 1}),
            json!({"hit_count": 1}),
            json!({"detected": false, "exit_code": 2}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Fail(_)), "{printed}");
        }
    }

    #[test]
    fn both_names_are_there_for_conditions() {
        let bench = Bench::new(json!({}));
        let printed = json!({"hit_count": 2}).as_object().unwrap().clone();
        let metrics = bench.interpret(&SecretsScan, printed).unwrap().metrics;
        assert_eq!((&metrics["detected"], &metrics["secrets_detected"]), (&json!(true), &json!(true)));
    }

    #[test]
    fn anything_else_shows_nothing() {
        for printed in [
            json!({}),
            json!({"exit_code": 0}),
            json!({"detected": "false"}),
            json!({"detected": null}),
            json!({"detected": false, "secrets_detected": true}),
            json!({"detected": false, "hit_count": 1}),
            json!({"detected": true, "hit_count": 0}),
            json!({"hit_count": -1}),
            json!({"hit_count": "0"}),
            json!({"detected": false, "files_scanned": 0}),
        ] {
            assert!(matches!(verdict(printed.clone()), Judgement::Unproven(_)), "{printed}");
        }
    }

    #[test]
    fn wrong_options_are_found_before() {
        for paths in [json!([]), json!("a["), json!("/etc/*"), json!(1), json!(["a", ""])] {
            let options = json!({ "paths": paths });
            let at = SecretsScan.gate(options.as_object().unwrap().clone()).err().map(|(at, _)| at);
            assert_eq!(at.as_deref(), Some("paths"), "{options}");
        }
        assert!(SecretsScan.gate(json!({"paths": ["src/**"]}).as_object().unwrap().clone()).is_ok());
    }
}
