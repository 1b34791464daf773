//! `delivery-gate artifacts`: the records of gates.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;

use super::numbers::{days, limit};
use super::place;
use super::records::{self, Answer};
use super::{Clock, Colour};
use crate::gates::Registry;
use crate::model::escape::{visible, visible_up_to};
use crate::model::failure::{Failure, FailureKind};
use crate::model::nearest::nearest;
use crate::records::settings;
use crate::records::{Damaged, Filter, Listing, Purged, Record, Status, Store, StoreError, Ulid};
use crate::structured::pretty;
use crate::system::environment::Environment;
use crate::world::settings::RETENTION_DAYS;

/// The longest detail in a list, in characters.
const DETAIL_LIMIT: usize = 100;

/// The flags of `artifacts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory whose repository has the records
    #[arg(long, global = true, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// Where the records are [default: $DELIVERY_GATE_ARTIFACT_DIR, else .delivery-gate/artifacts in the repository]
    #[arg(long, global = true, value_name = "DIR")]
    artifact_dir: Option<PathBuf>,
    /// JSON instead of text; a record is JSON anyway
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the records, newest first; exit code 1 when one is damaged
    #[command(after_help = "Example: delivery-gate artifacts list --gate perf-regression --limit 10")]
    List(ListOptions),
    /// Print one record
    #[command(after_help = "Example: delivery-gate artifacts show 01JPZ3N8V5Q6W7X8Y9Z0A1B2C3")]
    Show {
        /// The record's id
        #[arg(value_name = "ID", value_parser = ulid)]
        id: Ulid,
    },
    /// Print a gate's newest record; exit code 1 when there is none
    #[command(after_help = "Example: delivery-gate artifacts latest perf-regression")]
    Latest {
        /// The gate's id
        #[arg(value_name = "GATE_ID")]
        gate_id: String,
    },
    /// Remove old records, except those that a performance gate still compares with
    #[command(after_help = "Example: delivery-gate artifacts purge --older-than 30")]
    Purge {
        /// The age in days, by the time in a record's id [default: $DELIVERY_GATE_ARTIFACT_RETENTION_DAYS, else 90]
        #[arg(long, value_name = "DAYS", value_parser = days)]
        older_than: Option<u32>,
    },
    /// Say whether the records can be relied on; exit code 1 when not
    #[command(after_help = "Example: delivery-gate artifacts status --json")]
    Status,
}

#[derive(Debug, clap::Args)]
struct ListOptions {
    /// Only those of one gate
    #[arg(long, value_name = "GATE_ID")]
    gate: Option<String>,
    /// Only those of one project
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
    /// Only the newest so many; older records are not read, so damage there is not found
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<u32>,
}

fn ulid(text: &str) -> Result<Ulid, String> {
    Ulid::from_string(text).map_err(|_| "a record's id has 26 characters, as 01JPZ3N8V5Q6W7X8Y9Z0A1B2C3".to_owned())
}

/// Does what was asked and returns the exit code.
pub(super) fn run(args: &Args, clock: &Clock, colour: Colour) -> u8 {
    records::conclude("artifacts", answer(args, clock.started_at), args.json, clock, colour)
}

fn answer(args: &Args, now: Timestamp) -> Result<Answer, Failure> {
    let usage = |why: String| Failure::new(FailureKind::Usage, why);
    let environment = Environment::of_process();
    let retention = RETENTION_DAYS.whole_or_usual(&environment);
    let retention = retention.map_err(|problem| Failure::of(FailureKind::Usage, vec![problem]))?;
    let root = place::open(&args.repo, place::at(now))?.world(now).map_err(place::failure)?.root;
    let dir = settings::directory(args.artifact_dir.as_deref(), &environment, &root);
    let store = dir.and_then(|dir| Store::open(&dir)).map_err(|error| usage(error.to_string()))?;
    let done = match &args.action {
        Action::List(asked) => store.list(&asked.filter()).map(|listing| listed(&store, &listing, args.json)),
        Action::Show { id } => {
            found(store.get(*id), || format!("there is no record {id} in {}", store.dir().display()))
        }
        Action::Latest { gate_id } => found(store.latest(gate_id), || {
            let meant = meant(&store, gate_id).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("there is no record of the gate {gate_id} in {}{meant}", store.dir().display())
        }),
        Action::Purge { older_than } => {
            store.purge(older_than.unwrap_or(retention), now).map(|purged| removed(&purged, args.json))
        }
        Action::Status => {
            store.status(Registry::builtin().names().len(), retention).map(|status| said(&status, args.json))
        }
    };
    done.map_err(|error| usage(error.to_string()))
}

/// The gate with records whose id a mistyped one was meant to be.
fn meant(store: &Store, gate_id: &str) -> Option<String> {
    let records = store.list(&Filter::default()).ok()?.records;
    let known: BTreeSet<_> = records.iter().map(|record| record.gate_id.as_str()).collect();
    nearest(gate_id, &Vec::from_iter(known)).map(str::to_owned)
}

impl ListOptions {
    fn filter(&self) -> Filter {
        Filter {
            gate_id: self.gate.clone(),
            project_id: self.project_id.clone(),
            limit: self.limit.and_then(|limit| usize::try_from(limit).ok()),
        }
    }
}

/// A record, or that there is none to rely on.
fn found(record: Result<Option<Record>, StoreError>, none: impl Fn() -> String) -> Result<Answer, StoreError> {
    match record {
        Ok(Some(record)) => Ok(Answer { text: record.to_json(), complaint: None }),
        Ok(None) => Ok(Answer { text: String::new(), complaint: Some(none()) }),
        Err(StoreError::Damaged(damaged)) => Ok(Answer { text: String::new(), complaint: Some(damaged.to_string()) }),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct JsonListing<'a> {
    schema: &'static str,
    artifact_dir: String,
    artifacts: &'a [Record],
    damaged: Vec<JsonDamaged<'a>>,
}

#[derive(Serialize)]
struct JsonDamaged<'a> {
    file: &'a str,
    reason: &'a str,
}

fn json_damaged(damaged: &[Damaged]) -> Vec<JsonDamaged<'_>> {
    damaged.iter().map(|Damaged { file, reason }| JsonDamaged { file, reason }).collect()
}

fn listed(store: &Store, listing: &Listing, json: bool) -> Answer {
    let artifact_dir = store.dir().display().to_string();
    let text = if json {
        let damaged = json_damaged(&listing.damaged);
        let schema = "delivery-gate/artifact-list/v1";
        pretty::to_string(&JsonListing { schema, artifact_dir, artifacts: &listing.records, damaged })
    } else {
        table(&artifact_dir, listing)
    };
    Answer { text, complaint: complaint(&listing.damaged) }
}

fn complaint(damaged: &[Damaged]) -> Option<String> {
    (!damaged.is_empty()).then(|| format!("{}; inspect it, then move it away", count(damaged.len(), "damaged record")))
}

fn table(artifact_dir: &str, listing: &Listing) -> String {
    let mut text = String::new();
    let width = listing.records.iter().map(|record| record.gate_id.len()).max().unwrap_or(0);
    for record in &listing.records {
        let Record { artifact_id, gate_id, timestamp, .. } = record;
        let (verdict, detail) = (record.verdict.label(), visible_up_to(&record.detail, DETAIL_LIMIT));
        let line = format!("{timestamp:.3}  {verdict:<8}  {artifact_id}  {gate_id:<width$}  {detail}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push_str(&damaged_lines(&listing.damaged));
    let _ = writeln!(text, "{} in {}", count(listing.records.len(), "record"), visible(artifact_dir));
    text
}

fn damaged_lines(damaged: &[Damaged]) -> String {
    damaged.iter().fold(String::new(), |text, damaged| text + "DAMAGED  " + &visible(&damaged.to_string()) + "\n")
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[derive(Serialize)]
struct JsonPurged<'a> {
    removed: usize,
    kept_as_baseline: usize,
    leftovers_removed: usize,
    damaged: Vec<JsonDamaged<'a>>,
}

fn removed(purged: &Purged, json: bool) -> Answer {
    let Purged { removed, baselines, leftovers, damaged } = purged;
    let text = if json {
        let damaged = json_damaged(damaged);
        let (removed, kept_as_baseline, leftovers_removed) = (*removed, *baselines, *leftovers);
        pretty::to_string(&JsonPurged { removed, kept_as_baseline, leftovers_removed, damaged })
    } else {
        let mut text = damaged_lines(damaged);
        let _ = writeln!(text, "removed {}", count(*removed, "record"));
        for (number, what) in [(*baselines, "kept as a baseline"), (*leftovers, "files of killed writers removed")] {
            if number > 0 {
                let _ = writeln!(text, "{what}: {number}");
            }
        }
        text
    };
    Answer { text, complaint: complaint(damaged) }
}

fn said(status: &Status, json: bool) -> Answer {
    let text = if json { pretty::to_string(status) } else { lines(status) };
    Answer { text, complaint: (!status.healthy).then(|| "the store is degraded".to_owned()) }
}

fn lines(status: &Status) -> String {
    let facts = [
        ("status", status.status.label().to_owned()),
        ("gate_count", status.gate_count.to_string()),
        ("artifact_count", status.artifact_count.to_string()),
        ("artifact_dir", visible(&status.artifact_dir).into_owned()),
        ("retention_days", status.retention_days.to_string()),
        ("open_circuit_breakers", status.open_circuit_breakers.to_string()),
        ("healthy", status.healthy.to_string()),
    ];
    let problems = status.problems.iter().map(|problem| ("problem", visible(problem).into_owned()));
    facts.into_iter().chain(problems).map(|(name, value)| format!("{name}: {value}\n")).collect()
}
