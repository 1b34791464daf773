//! The trust gate: what the newest audit records say about critical scores, personal data and secrets.
//!
//! Records are lines of JSON with `schema_key`, `project_id` and `timestamp`. Every line is validated, whatever it is
//! about: one that is malformed could be the one that matters. Files of any size are read in bounded memory.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::model::Metrics;
use crate::model::problem::Problem;
use crate::system::environment::Environment;
use crate::system::files::Root;
use crate::world::glob;
use crate::world::glob::Pattern;
use crate::world::settings::{HRI_CRITICAL_THRESHOLD, HRI_WINDOW, PII_WINDOW_HOURS, SECRETS_WINDOW_HOURS};

mod read;
mod record;
mod tally;
#[cfg(test)]
mod tests;

use tally::{Tally, Window};

/// A clock may be ahead by this much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What the records are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// How many of the newest scores count, from 1 on.
    pub score_window: u32,
    /// The rate of critical scores that fails, above 0 and up to 1. The rate itself fails too.
    pub hri_critical_threshold: f64,
    /// How far back detections of personal data count, in hours.
    pub pii_window_hours: u32,
    /// How far back detections of secrets count, in hours.
    pub secrets_window_hours: u32,
    /// Whether it is fine that nobody looked for personal data within the window.
    pub allow_no_pii_records: bool,
    /// Whether it is fine that nobody looked for secrets within the window.
    pub allow_no_secrets_records: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            score_window: HRI_WINDOW.default,
            hri_critical_threshold: HRI_CRITICAL_THRESHOLD.default,
            pii_window_hours: PII_WINDOW_HOURS.default,
            secrets_window_hours: SECRETS_WINDOW_HOURS.default,
            allow_no_pii_records: false,
            allow_no_secrets_records: false,
        }
    }
}

impl Rules {
    /// The default rules, with what the environment sets.
    ///
    /// # Errors
    /// A value that its setting does not take.
    pub fn of(environment: &Environment) -> Result<Self, Problem> {
        Ok(Self {
            score_window: HRI_WINDOW.whole_or_usual(environment)?,
            hri_critical_threshold: HRI_CRITICAL_THRESHOLD.number_or_usual(environment)?,
            pii_window_hours: PII_WINDOW_HOURS.whole_or_usual(environment)?,
            secrets_window_hours: SECRETS_WINDOW_HOURS.whole_or_usual(environment)?,
            ..Self::default()
        })
    }
}

/// Whose records are looked at, when, and by what rules.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Records of other projects are validated and do not count; without it, all count.
    pub project_id: Option<&'a str>,
    /// The moment that windows end at.
    pub now: Timestamp,
    /// What the records are held against.
    pub rules: Rules,
}

impl Question<'_> {
    fn latest(&self) -> Timestamp {
        self.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX)
    }

    fn since(&self, hours: u32) -> Timestamp {
        self.now.saturating_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN)
    }
}

/// What the records come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// Critical scores among the newest, 0 to 1; `None` without any score.
    pub hri_critical_rate: Option<f64>,
    /// The rate that fails.
    pub hri_critical_threshold: f64,
    /// Whether personal data was detected within the window.
    pub pii_detected: bool,
    /// How often, whatever the window's length.
    pub pii_detections_24h: u64,
    /// Whether secrets were detected within the window.
    pub secrets_detected: bool,
    /// How often, whatever the window's length.
    pub secrets_detections_24h: u64,
    /// Why it fails, one line each.
    pub failures: Vec<String>,
    /// What nobody has looked at, one line each: without failures, that is UNPROVEN.
    pub missing: Vec<String>,
    /// All records that were read.
    pub records: u64,
}

/// Tallies the records of files, which are relative to the root, and holds them against the rules.
///
/// # Errors
/// A file that cannot be read, a line that is no sound record, a timestamp more than five minutes in the future; the
/// message names file and line.
pub fn evaluate(root: &Root, files: &[PathBuf], question: &Question<'_>) -> Result<Trust, String> {
    let mut total = Tally::default();
    for path in files {
        let shown = glob::shown(path);
        let (file, size) = root.open(path).map_err(|error| format!("{shown}: {error}"))?;
        let tally = read::tally(file.take(size), question).map_err(|why| format!("{shown}:{why}"))?;
        total.merge(tally, question);
    }
    Ok(Trust::of(&total, question))
}

/// The same for records that were read before.
///
/// # Errors
/// As [`evaluate`]; the message names the record's place in the list.
pub(crate) fn evaluate_records(records: &[Value], question: &Question<'_>) -> Result<Trust, String> {
    let mut total = Tally::default();
    for (at, value) in records.iter().enumerate() {
        let line = value.to_string();
        let added = record::parse(&line).and_then(|record| total.add(&record, question));
        added.map_err(|why| format!("record {}: {why}", at + 1))?;
    }
    Ok(Trust::of(&total, question))
}

/// The files that `events:` names: files and globs as they are, and of folders every `*.jsonl` below them.
///
/// # Errors
/// A place that names nothing, a folder without such a file, what cannot be listed.
pub(crate) fn event_files(root: &Root, dir: &Path, places: &[impl AsRef<str>]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for place in places {
        for path in glob::files(root, dir, &[Pattern::parse(place.as_ref())?])? {
            let resolved = root.resolve(&path).map_err(|error| format!("{}: {error}", glob::shown(&path)))?;
            if !root.path().join(resolved).is_dir() {
                found.push(path);
                continue;
            }
            let before = found.len();
            let link = RefCell::new(None);
            glob::below(root, &path, usize::MAX, &mut found, |name| {
                if leads_elsewhere(&root.path().join(&path).join(name)) {
                    link.replace(Some(path.join(name)));
                }
                name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"))
            })?;
            if let Some(link) = link.into_inner() {
                let shown = glob::shown(&link);
                return Err(format!(
                    "{shown}: a link that leads to no file is not followed; name where it leads under `events:`"
                ));
            }
            if found.len() == before {
                return Err(format!("{}: there is no *.jsonl file in this folder", glob::shown(&path)));
            }
        }
    }
    distinct(root, found)
}

/// Whether a name is a link to a folder, or to nothing: the records behind it would be passed over.
fn leads_elsewhere(path: &Path) -> bool {
    path.is_symlink() && !path.is_file()
}

/// A file counts once, however often it is named and through whatever links.
fn distinct(root: &Root, files: Vec<PathBuf>) -> Result<Vec<PathBuf>, String> {
    let resolve = |path: PathBuf| root.resolve(&path).map_err(|error| format!("{}: {error}", glob::shown(&path)));
    let mut files = files.into_iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    files.dedup();
    Ok(files)
}

impl Trust {
    fn of(tally: &Tally, question: &Question<'_>) -> Self {
        let rules = &question.rules;
        let (scores, critical) = tally.scores();
        let rate = (scores > 0).then(|| ratio(critical, scores));
        let mut trust = Self {
            hri_critical_rate: rate,
            hri_critical_threshold: rules.hri_critical_threshold,
            pii_detected: tally.pii.detections > 0,
            pii_detections_24h: tally.pii.detections,
            secrets_detected: tally.secrets.detections > 0,
            secrets_detections_24h: tally.secrets.detections,
            failures: Vec::new(),
            missing: Vec::new(),
            records: tally.records,
        };
        match rate {
            None => trust.missing.push("no score record".into()),
            Some(rate) if rate >= rules.hri_critical_threshold => trust.failures.push(format!(
                "{critical} of the newest {scores} scores are critical: a rate of {rate}, at or above {}",
                rules.hri_critical_threshold
            )),
            Some(_) => {}
        }
        trust.window("personal data", tally.pii, rules.pii_window_hours, rules.allow_no_pii_records);
        trust.window("secrets", tally.secrets, rules.secrets_window_hours, rules.allow_no_secrets_records);
        trust
    }

    fn window(&mut self, what: &str, window: Window, hours: u32, may_be_empty: bool) {
        if window.detections > 0 {
            self.failures.push(format!("{what} detected in {} records of the last {hours} h", window.detections));
        } else if window.looks == 0 && !may_be_empty {
            self.missing.push(format!("no record of a look for {what} in the last {hours} h"));
        }
    }

    /// By name, as gates and records have them.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::new();
        metrics.extend(self.hri_critical_rate.map(|rate| ("hri_critical_rate".to_owned(), json!(rate))));
        metrics.extend([
            ("hri_critical_threshold".to_owned(), json!(self.hri_critical_threshold)),
            ("pii_detected".to_owned(), json!(self.pii_detected)),
            ("pii_detections_24h".to_owned(), json!(self.pii_detections_24h)),
            ("secrets_detected".to_owned(), json!(self.secrets_detected)),
            ("secrets_detections_24h".to_owned(), json!(self.secrets_detections_24h)),
            ("failures".to_owned(), json!(self.failures)),
            ("records".to_owned(), json!(self.records)),
        ]);
        metrics
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most MAX_SCORE_WINDOW of each")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
